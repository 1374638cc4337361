//! Whether a target may be tried: what its attempts came to decides, and what it said about coming back.
//!
//! It judges what it is told. Which failures are the target's own, and that the last target left is tried whatever
//! its breaker says, is the caller's business.

use std::time::Duration;

use crate::alias::Condition;
use crate::units::Moment;
use crate::vitals::Admission;

/// So many failures in a row eject, however long they took.
pub const FAILURES_IN_A_ROW: u32 = 5;
/// Failures eject when they are at least this share of the results within [`WINDOW`], in hundredths.
pub const FAILURE_PERCENT: u64 = 50;
/// With fewer results than these, their share says nothing.
pub const ENOUGH_RESULTS: u64 = 20;
/// How far back results count. It moves on by the second, so that up to a second less is looked at.
pub const WINDOW: Duration = Duration::from_secs(BUCKETS as u64);
/// The first ejection; each further one in a row takes twice as long.
pub const FIRST_EJECTION: Duration = Duration::from_secs(5);
/// The longest ejection that doubling leads to.
pub const LONGEST_EJECTION: Duration = Duration::from_mins(1);
/// The longest ejection that a provider can ask for.
pub const LONGEST_RETRY_AFTER: Duration = Duration::from_mins(5);
/// A probe that has told nothing for so long is given up.
pub const PROBE_PATIENCE: Duration = Duration::from_mins(1);
/// How long a target takes from its first success back to its whole share.
pub const SLOW_RETURN: Duration = Duration::from_secs(10);
/// What a target gets right after its first success, in thousandths.
pub const FIRST_SHARE: u16 = 100;
/// A target that had its whole share for so long starts again at [`FIRST_EJECTION`].
pub const FORGETTING: Duration = Duration::from_mins(1);

const BUCKETS: usize = 10;
const WHOLE_SHARE: u16 = 1000;

/// The breaker of one target.
///
/// Moments may come a little out of order, as they do from threads that wait for one lock.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Breaker {
    state: State,
    /// Ejections without a long time of health between them.
    ejections: u32,
    /// The last of them.
    ejected_at: Option<Moment>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    Closed(Closed),
    Ejected { cause: Condition, until: Moment },
    Probing { cause: Condition, since: Moment },
    Returning { cause: Condition, since: Moment },
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Closed {
    failures_in_a_row: u32,
    window: Window,
    /// Where it has had its whole share again since an ejection that still counts.
    whole_since: Option<Moment>,
}

/// The results of the last seconds, each second in a bucket, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Window {
    buckets: [Bucket; BUCKETS],
    newest: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Bucket {
    successes: u32,
    failures: u32,
}

// === impl Breaker ===

impl Breaker {
    /// Whether an attempt may be made now. Who is told [`Admission::Probe`] has to make it, and to say what it came
    /// to; everybody else is told that the target is ejected until then.
    pub fn admit(&mut self, now: Moment) -> Admission {
        self.settle(now);
        let admission = self.peek(now);
        if let (Admission::Probe, State::Ejected { cause, .. } | State::Probing { cause, .. }) =
            (admission, &self.state)
        {
            self.state = State::Probing { cause: *cause, since: now };
        }
        admission
    }

    /// What [`Self::admit`] would say, without taking the probe.
    pub fn peek(&self, now: Moment) -> Admission {
        match self.state {
            State::Closed(_) => Admission::Free,
            State::Ejected { until, .. } if now >= until => Admission::Probe,
            State::Ejected { cause, until } => Admission::Ejected { cause, left: until.since(now) },
            State::Probing { since, .. } if now.since(since) >= PROBE_PATIENCE => Admission::Probe,
            State::Probing { cause, .. } => Admission::Ejected { cause, left: Duration::ZERO },
            State::Returning { cause, since } => returning(cause, now.since(since)),
        }
    }

    /// An attempt that began at `began` succeeded.
    pub fn succeeded(&mut self, now: Moment, began: Moment) {
        self.settle(now);
        if self.outdates(began) {
            return;
        }
        match &mut self.state {
            State::Closed(closed) => closed.succeeded(now),
            State::Probing { cause, .. } => self.state = State::Returning { cause: *cause, since: now },
            // Only a probe ends an ejection, and a return takes its time.
            State::Ejected { .. } | State::Returning { .. } => {}
        }
    }

    /// An attempt that began at `began` failed with `cause`; `after` is when the provider wants to be asked again.
    pub fn failed(&mut self, now: Moment, began: Moment, cause: Condition, after: Option<Duration>) {
        self.settle(now);
        let after = after.filter(|after| !after.is_zero()).map(|after| after.min(LONGEST_RETRY_AFTER));
        let outdated = self.outdates(began);
        match &mut self.state {
            // Whenever it was asked, this is when the provider wants to be asked again.
            State::Ejected { until, .. } => *until = (*until).max(now + after.unwrap_or_default()),
            _ if outdated => {}
            State::Closed(closed) => {
                if closed.failed(now) || after.is_some() {
                    self.eject(now, cause, after);
                }
            }
            State::Probing { .. } | State::Returning { .. } => self.eject(now, cause, after),
        }
    }

    /// An attempt that was admitted as [`Admission::Probe`] ended without a verdict: the next asker gets the probe.
    pub fn abandoned(&mut self, now: Moment) {
        if let State::Probing { cause, .. } = self.state {
            self.state = State::Ejected { cause, until: now };
        }
    }

    /// Whether everybody is admitted and no failure is remembered: a success need not be told.
    pub fn is_calm(&self) -> bool {
        matches!(&self.state, State::Closed(closed) if closed.is_calm())
    }

    /// Whether an attempt that began at `began` was under way when the target was ejected: what comes of it says
    /// nothing about how the target has been since.
    fn outdates(&self, began: Moment) -> bool {
        self.ejected_at.is_some_and(|ejected| began <= ejected)
    }

    fn eject(&mut self, now: Moment, cause: Condition, after: Option<Duration>) {
        let doubled = FIRST_EJECTION.saturating_mul(1 << self.ejections.min(31)).min(LONGEST_EJECTION);
        self.ejections = self.ejections.saturating_add(1);
        self.ejected_at = Some(now);
        self.state = State::Ejected { cause, until: now + after.unwrap_or(doubled) };
    }

    /// Does what time alone does.
    fn settle(&mut self, now: Moment) {
        match &mut self.state {
            State::Returning { since, .. } if now.since(*since) >= SLOW_RETURN => {
                let whole_since = Some(*since + SLOW_RETURN);
                self.state = State::Closed(Closed { whole_since, ..Closed::default() });
                self.settle(now);
            }
            State::Closed(Closed { whole_since: Some(since), .. }) if now.since(*since) > FORGETTING => {
                self.ejections = 0;
            }
            _ => {}
        }
    }
}

fn returning(cause: Condition, elapsed: Duration) -> Admission {
    let still_missing = u128::from(WHOLE_SHARE - FIRST_SHARE);
    let regained = still_missing * elapsed.as_nanos() / SLOW_RETURN.as_nanos();
    let share = u16::try_from(regained).unwrap_or(u16::MAX).saturating_add(FIRST_SHARE);
    if share < WHOLE_SHARE { Admission::Returning { cause, share } } else { Admission::Free }
}

// === impl State ===

impl Default for State {
    fn default() -> Self {
        Self::Closed(Closed::default())
    }
}

// === impl Closed ===

impl Closed {
    /// A failure stays in the window until a success is told, which ends its row as well.
    fn is_calm(&self) -> bool {
        self.window.holds_no_failure()
    }

    /// Successes count from the first failure on; before it nobody tells them.
    fn succeeded(&mut self, now: Moment) {
        self.failures_in_a_row = 0;
        self.window.advance(now);
        if self.window.holds_no_failure() {
            self.window = Window::default();
        } else {
            self.window.count(|bucket| &mut bucket.successes);
        }
    }

    /// Whether that was one failure too many.
    fn failed(&mut self, now: Moment) -> bool {
        self.failures_in_a_row = self.failures_in_a_row.saturating_add(1);
        self.window.advance(now);
        self.window.count(|bucket| &mut bucket.failures);
        let (failures, results) = self.window.sums();
        let share_reached = results >= ENOUGH_RESULTS && failures * 100 >= results * FAILURE_PERCENT;
        self.failures_in_a_row >= FAILURES_IN_A_ROW || share_reached
    }
}

// === impl Window ===

impl Window {
    fn advance(&mut self, now: Moment) {
        let second = now.0.as_secs();
        let passed = usize::try_from(second.saturating_sub(self.newest)).unwrap_or(BUCKETS).min(BUCKETS);
        self.buckets.rotate_right(passed);
        self.buckets.iter_mut().take(passed).for_each(|bucket| *bucket = Bucket::default());
        self.newest = self.newest.max(second);
    }

    fn count(&mut self, which: fn(&mut Bucket) -> &mut u32) {
        if let Some(count) = self.buckets.first_mut().map(which) {
            *count = count.saturating_add(1);
        }
    }

    fn holds_no_failure(&self) -> bool {
        self.buckets.iter().all(|bucket| bucket.failures == 0)
    }

    /// How many failures there were, and how many results.
    fn sums(&self) -> (u64, u64) {
        self.buckets.iter().fold((0, 0), |(failures, results), bucket| {
            let failed = u64::from(bucket.failures);
            (failures + failed, results + failed + u64::from(bucket.successes))
        })
    }
}

#[cfg(test)]
mod tests;
