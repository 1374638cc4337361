//! Numbers of all exchanges, of each alias and of each target: of the last minute, and minute by minute for some hours.
//!
//! Pure: the time comes with the exchanges. What is kept is bounded whatever names clients make up, and what is idle
//! takes little or nothing.

pub mod histogram;
pub mod tally;
mod window;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use foldhash::fast::RandomState;

use crate::exchange::{Attempt, Ended, Exchange};
use tally::{Outcome, Tally};
use window::{MINUTE, Minutes, Recent, covered};

/// The numbers of everything that was seen.
#[derive(Debug)]
pub struct Rollups {
    all: Series,
    aliases: Named<Series>,
    targets: Named<Series>,
    /// How many names have numbers, those of an alias's targets included.
    names: usize,
    /// Since when it is counted, in milliseconds since 1970-01-01 UTC.
    since: u64,
    /// Minutes before this one are kept no more.
    first_minute: u64,
    swept: u64,
}

type Named<T> = HashMap<Arc<str>, T, RandomState>;

/// The numbers of one thing.
#[derive(Debug, Default)]
struct Series {
    recent: Recent,
    minutes: Minutes,
    /// Of an alias: each of its targets, as far as it was asked for this alias.
    parts: Named<Recent>,
}

/// Whose numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject<'n> {
    /// Everything.
    All,
    /// Of one alias.
    Alias(&'n str),
    /// Of one target.
    Target(&'n str),
}

/// The numbers of the last minute.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Numbers {
    /// How many requests, or attempts, ended.
    pub total: u64,
    /// How many of them failed.
    pub errors: u64,
    /// The time that was looked at.
    pub span: Duration,
    /// How long half of them took, in milliseconds.
    pub p50_ms: Option<u64>,
    /// How long all but a twentieth took.
    pub p95_ms: Option<u64>,
    /// How long half of them took to their first words.
    pub first_p50_ms: Option<u64>,
    /// How long all but a twentieth took to their first words.
    pub first_p95_ms: Option<u64>,
    /// What they cost.
    pub cost_nanodollars: u64,
    /// Tokens that were read.
    pub input_tokens: u64,
    /// Tokens that were written.
    pub output_tokens: u64,
}

/// One minute of one thing, to be kept elsewhere. It takes the place of what was told of the same minute before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Minute {
    /// Minutes since 1970-01-01 UTC.
    pub minute: u64,
    /// `all`, `alias` or `target`.
    pub kind: &'static str,
    /// Whose; empty for everything.
    pub name: Arc<str>,
    /// The numbers, for [`Tally::from_text`].
    pub text: Box<str>,
}

/// So many names have numbers at once; clients can make up any, where a provider's every model may be asked for.
const MOST_NAMES: usize = 50_000;
/// So many minutes are kept of each, where there is room.
const MOST_MINUTES: u64 = 180;
/// So many are kept of all together.
const MOST_CELLS: usize = 400_000;

// === impl Rollups ===

impl Rollups {
    /// Nothing is counted yet; `now` in milliseconds since 1970-01-01 UTC.
    pub fn new(now: u64) -> Self {
        Self {
            all: Series::default(),
            aliases: Named::default(),
            targets: Named::default(),
            names: 0,
            since: now,
            first_minute: 0,
            swept: now / MINUTE,
        }
    }

    /// Counts an exchange that is over.
    pub fn saw(&mut self, exchange: &Exchange) {
        let now = exchange.began_ms.saturating_add(milliseconds(exchange.took));
        if now / MINUTE != self.swept {
            self.sweep(now);
        }
        let outcome = of_exchange(exchange);
        let moved = moved(exchange);
        self.all.add(now, &outcome, &moved);
        let alias = exchange.asked.as_ref().and_then(|asked| asked.alias.as_ref());
        if let Some(series) = alias.and_then(|alias| find(&mut self.aliases, &mut self.names, alias)) {
            series.add(now, &outcome, &moved);
        }
        for attempt in &exchange.attempts {
            let outcome = of_attempt(exchange, attempt);
            let condition = attempt.condition.as_slice();
            if let Some(series) = find(&mut self.targets, &mut self.names, &attempt.target) {
                series.add(now, &outcome, condition);
            }
            let series = alias.and_then(|alias| self.aliases.get_mut(alias));
            if let Some(part) =
                series.and_then(|series| find(&mut series.parts, &mut self.names, &attempt.target))
            {
                part.add(now, &outcome, condition);
            }
        }
    }

    /// The numbers of the minute before `now`.
    pub fn numbers(&mut self, subject: Subject<'_>, now: u64) -> Numbers {
        let span = self.span(now);
        let series = self.series_mut(subject);
        series.map_or_else(Numbers::default, |series| Numbers::of(series.recent.at(now), span))
    }

    /// Those of one target, as far as it was asked for this alias.
    pub fn numbers_of_part(&mut self, (alias, target): (&str, &str), now: u64) -> Numbers {
        let span = self.span(now);
        let part = self.aliases.get_mut(alias).and_then(|series| series.parts.get_mut(target));
        part.map_or_else(Numbers::default, |part| Numbers::of(part.at(now), span))
    }

    /// How many of an alias's requests came in the minute before `now`.
    pub fn requests(&mut self, subject: Subject<'_>, now: u64) -> u64 {
        self.series_mut(subject).map_or(0, |series| series.recent.at(now).requests)
    }

    /// The aliases that had any requests in the minute before `now`, with how many.
    pub fn busy(&mut self, now: u64) -> Vec<(Arc<str>, u64)> {
        let counted =
            |(name, series): (&Arc<str>, &mut Series)| (Arc::clone(name), series.recent.at(now).requests);
        self.aliases.iter_mut().map(counted).filter(|(_, requests)| *requests > 0).collect()
    }

    /// Every target that has numbers.
    pub fn targets(&self) -> Vec<Arc<str>> {
        self.targets.keys().cloned().collect()
    }

    /// What came in each of these minutes, both ends included, as far as it is kept here.
    pub fn minutes(&self, subject: Subject<'_>, from: u64, to: u64) -> BTreeMap<u64, Tally> {
        let mut minutes: BTreeMap<u64, Tally> = BTreeMap::new();
        for (minute, tally) in self.series(subject).iter().flat_map(|series| series.minutes.between(from, to))
        {
            minutes.entry(minute).or_default().merge(&tally);
        }
        minutes
    }

    /// Minutes before this one are not kept here any more.
    pub fn first_minute(&self) -> u64 {
        self.first_minute
    }

    /// Every minute that has changed since this was asked last.
    pub fn changed(&mut self) -> Vec<Minute> {
        let mut changed = Vec::new();
        let mut tell = |kind, name: &Arc<str>, series: &mut Series| {
            let minutes = series.minutes.changed().into_iter();
            let name = || Arc::clone(name);
            changed.extend(minutes.map(|(minute, text)| Minute { minute, kind, name: name(), text }));
        };
        tell(Subject::All.kind(), &Arc::default(), &mut self.all);
        self.aliases.iter_mut().for_each(|(name, series)| tell(Subject::Alias("").kind(), name, series));
        self.targets.iter_mut().for_each(|(name, series)| tell(Subject::Target("").kind(), name, series));
        changed
    }

    fn series(&self, subject: Subject<'_>) -> Option<&Series> {
        match subject {
            Subject::All => Some(&self.all),
            Subject::Alias(name) => self.aliases.get(name),
            Subject::Target(name) => self.targets.get(name),
        }
    }

    fn series_mut(&mut self, subject: Subject<'_>) -> Option<&mut Series> {
        match subject {
            Subject::All => Some(&mut self.all),
            Subject::Alias(name) => self.aliases.get_mut(name),
            Subject::Target(name) => self.targets.get_mut(name),
        }
    }

    /// How long the window that is asked now has been counting.
    fn span(&self, now: u64) -> Duration {
        Duration::from_millis(covered(now).min(now.saturating_sub(self.since)).max(1000))
    }

    /// Lets go of what is old, and of names that nothing is known of any more.
    fn sweep(&mut self, now: u64) {
        self.swept = now / MINUTE;
        let mut kept = MOST_MINUTES;
        loop {
            let first = self.swept.saturating_sub(kept);
            let each = self.aliases.values_mut().chain(self.targets.values_mut()).chain([&mut self.all]);
            let cells: usize = each.map(|series| series.minutes.forget_before(first)).sum();
            self.first_minute = self.first_minute.max(first);
            if cells <= MOST_CELLS || kept <= 1 {
                break;
            }
            kept -= kept.div_ceil(4);
        }
        for series in self.aliases.values_mut() {
            series.parts.retain(|_, part| !part.is_idle(now));
        }
        let first = self.first_minute;
        let lives =
            |series: &mut Series| !series.recent.is_idle(now) || series.minutes.forget_before(first) > 0;
        self.aliases.retain(|_, series| lives(series));
        self.targets.retain(|_, series| lives(series));
        let parts: usize = self.aliases.values().map(|series| series.parts.len()).sum();
        self.names = self.aliases.len() + self.targets.len() + parts;
    }
}

/// What has this name, made where there is room.
fn find<'m, T: Default>(all: &'m mut Named<T>, names: &mut usize, name: &Arc<str>) -> Option<&'m mut T> {
    if !all.contains_key(name) {
        if *names >= MOST_NAMES {
            return None;
        }
        *names += 1;
        all.insert(Arc::clone(name), T::default());
    }
    all.get_mut(name)
}

/// The exchange as its client saw it. A client that has gone is no error; a provider's error that was passed on is one.
fn of_exchange(exchange: &Exchange) -> Outcome {
    let spent = exchange.attempts.iter().filter_map(|attempt| attempt.spent);
    let mut outcome = Outcome {
        errors: u64::from(exchange.status >= 400 || matches!(exchange.ended, Ended::Broken | Ended::Refused)),
        duration: milliseconds(exchange.took),
        first: exchange.first.filter(|_| exchange.served().is_some()).map(milliseconds),
        ..Outcome::default()
    };
    for spent in spent {
        outcome.input = outcome.input.saturating_add(spent.usage.input);
        outcome.output = outcome.output.saturating_add(spent.usage.output);
    }
    outcome.cost = exchange.cost().map_or(0, |cost| cost.0);
    outcome
}

/// One attempt: that which served lasted until the end of the exchange.
fn of_attempt(exchange: &Exchange, attempt: &Attempt) -> Outcome {
    let served = attempt.condition.is_none();
    let failed = attempt.condition.is_some_and(|condition| condition != "cancelled");
    let duration = if served { exchange.took.saturating_sub(attempt.after) } else { attempt.took };
    let usage = attempt.spent.map(|spent| spent.usage).unwrap_or_default();
    Outcome {
        errors: u64::from(failed),
        duration: milliseconds(duration),
        first: served.then(|| milliseconds(attempt.took)),
        cost: attempt.spent.and_then(|spent| spent.cost).map_or(0, |cost| cost.0),
        input: usage.input,
        output: usage.output,
    }
}

/// Why another target was asked, or the same once more.
fn moved(exchange: &Exchange) -> Vec<&'static str> {
    let before = exchange.attempts.len().saturating_sub(1);
    exchange.attempts.iter().take(before).filter_map(|attempt| attempt.condition).collect()
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

// === impl Series ===

impl Series {
    fn add(&mut self, now: u64, outcome: &Outcome, conditions: &[&'static str]) {
        self.recent.add(now, outcome, conditions);
        self.minutes.add(now, outcome, conditions);
    }
}

// === impl Subject ===

impl<'n> Subject<'n> {
    /// `all`, `alias` or `target`.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Alias(_) => "alias",
            Self::Target(_) => "target",
        }
    }

    /// The name; empty for everything.
    pub const fn name(self) -> &'n str {
        match self {
            Self::All => "",
            Self::Alias(name) | Self::Target(name) => name,
        }
    }
}

// === impl Numbers ===

impl Numbers {
    fn of(tally: &Tally, span: Duration) -> Self {
        Self {
            total: tally.requests,
            errors: tally.errors,
            span,
            p50_ms: tally.duration.percentile(500),
            p95_ms: tally.duration.percentile(950),
            first_p50_ms: tally.first.percentile(500),
            first_p95_ms: tally.first.percentile(950),
            cost_nanodollars: tally.cost,
            input_tokens: tally.input,
            output_tokens: tally.output,
        }
    }

    /// How many of them did not fail.
    pub fn served(&self) -> u64 {
        self.total.saturating_sub(self.errors)
    }
}

#[cfg(test)]
mod tests;
