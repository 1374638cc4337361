//! Tallies by time: those of the last minute as one sum that slides, those of the minutes before as lines of text.

use std::collections::VecDeque;

use super::tally::{Outcome, Tally};

/// The last minute slides by so much, in milliseconds.
pub(super) const STEP: u64 = 5000;
/// So many steps are a minute.
const STEPS: u64 = 12;
/// Milliseconds of a minute.
pub(super) const MINUTE: u64 = 60_000;

/// What came in the last minute.
#[derive(Debug, Default)]
pub(super) struct Recent {
    /// The steps in which anything came, the newest last.
    steps: VecDeque<(u64, Tally)>,
    /// All of them together.
    sum: Tally,
}

/// What came in each minute.
#[derive(Debug, Default)]
pub(super) struct Minutes {
    current: Option<(u64, Tally, Standing)>,
    /// Those that are over, as text: an idle one takes a few bytes.
    over: VecDeque<(u64, Box<str>, Standing)>,
}

/// Whether somebody has taken a minute's numbers since they changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Taken,
    Changed,
}

// === impl Recent ===

impl Recent {
    /// Counts what ended at `now`, in milliseconds.
    pub(super) fn add(&mut self, now: u64, outcome: &Outcome, conditions: &[&'static str]) {
        self.slide(now);
        let step = now / STEP;
        if self.steps.back().is_none_or(|(newest, _)| *newest < step) {
            self.steps.push_back((step, Tally::default()));
        }
        if let Some((_, tally)) = self.steps.back_mut() {
            tally.add(outcome, conditions);
        }
        self.sum.add(outcome, conditions);
    }

    /// What came in the minute before `now`.
    pub(super) fn at(&mut self, now: u64) -> &Tally {
        self.slide(now);
        &self.sum
    }

    /// Whether nothing came.
    pub(super) fn is_idle(&mut self, now: u64) -> bool {
        self.slide(now);
        self.steps.is_empty()
    }

    fn slide(&mut self, now: u64) {
        let newest = now / STEP;
        // A clock that was put back by more than all of it: what there is belongs to no time.
        if self.steps.back().is_some_and(|(step, _)| *step > newest + STEPS) {
            *self = Self::default();
        }
        while let Some((step, tally)) = self.steps.front() {
            if step + STEPS > newest {
                break;
            }
            self.sum.subtract(tally);
            self.steps.pop_front();
        }
    }
}

/// How long a window that is asked now has been counting, in milliseconds.
pub(super) fn covered(now: u64) -> u64 {
    (STEPS - 1) * STEP + now % STEP
}

// === impl Minutes ===

impl Minutes {
    /// Counts what ended at `now`, in milliseconds.
    pub(super) fn add(&mut self, now: u64, outcome: &Outcome, conditions: &[&'static str]) {
        let minute = now / MINUTE;
        // Exchanges come a little out of order; a clock that was put back starts anew.
        if self.current.as_ref().is_some_and(|(current, ..)| minute > *current || minute + 2 < *current) {
            self.close();
        }
        let (_, tally, standing) =
            self.current.get_or_insert_with(|| (minute, Tally::default(), Standing::Changed));
        tally.add(outcome, conditions);
        *standing = Standing::Changed;
    }

    fn close(&mut self) {
        if let Some((minute, tally, standing)) = self.current.take() {
            self.over.push_back((minute, tally.to_text().into(), standing));
        }
    }

    /// The minutes from one to another, both included.
    pub(super) fn between(&self, from: u64, to: u64) -> impl Iterator<Item = (u64, Tally)> {
        let wanted = move |minute: u64| (from..=to).contains(&minute);
        let over = self.over.iter().filter(move |(minute, ..)| wanted(*minute));
        let over = over.filter_map(|(minute, text, _)| Some((*minute, Tally::from_text(text)?)));
        let current = self.current.iter().filter(move |(minute, ..)| wanted(*minute));
        over.chain(current.map(|(minute, tally, _)| (*minute, tally.clone())))
    }

    /// The minutes that have changed since this was asked last, as text.
    pub(super) fn changed(&mut self) -> Vec<(u64, Box<str>)> {
        let mut changed = Vec::new();
        for (minute, text, standing) in self.over.iter_mut().rev() {
            if std::mem::replace(standing, Standing::Taken) == Standing::Taken {
                break;
            }
            changed.push((*minute, text.clone()));
        }
        if let Some((minute, tally, standing)) = &mut self.current
            && std::mem::replace(standing, Standing::Taken) == Standing::Changed
        {
            changed.push((*minute, tally.to_text().into()));
        }
        changed
    }

    /// Forgets the minutes before this one; gives how many are left.
    pub(super) fn forget_before(&mut self, minute: u64) -> usize {
        while self.over.front().is_some_and(|(oldest, ..)| *oldest < minute) {
            self.over.pop_front();
        }
        if self.current.as_ref().is_some_and(|(current, ..)| *current < minute) {
            self.current = None;
        }
        self.over.len() + usize::from(self.current.is_some())
    }
}
