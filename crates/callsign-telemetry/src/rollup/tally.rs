//! What several exchanges came to together: sums that can be added, taken away again, and written as a line of text.

use std::fmt::Write as _;

use callsign_plan::alias::Condition;

use super::histogram::Histogram;

/// What some exchanges, or attempts, came to together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tally {
    /// How many.
    pub requests: u64,
    /// How many of them failed.
    pub errors: u64,
    /// What they cost, in nano-dollars, as far as that is known.
    pub cost: u64,
    /// Tokens that were read.
    pub input: u64,
    /// Tokens that were written.
    pub output: u64,
    /// How long they took.
    pub duration: Histogram,
    /// How long until their first words.
    pub first: Histogram,
    /// Why attempts failed, each with how often that was; sorted.
    pub conditions: Vec<(&'static str, u64)>,
}

/// What one exchange, or one attempt, came to.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Outcome {
    pub(super) errors: u64,
    pub(super) cost: u64,
    pub(super) input: u64,
    pub(super) output: u64,
    /// In milliseconds.
    pub(super) duration: u64,
    /// In milliseconds, where there were any first words.
    pub(super) first: Option<u64>,
}

/// The form of the text.
const FORM: &str = "1";

// === impl Tally ===

impl Tally {
    pub(super) fn add(&mut self, outcome: &Outcome, conditions: &[&'static str]) {
        self.requests += 1;
        self.errors += outcome.errors;
        self.cost = self.cost.saturating_add(outcome.cost);
        self.input = self.input.saturating_add(outcome.input);
        self.output = self.output.saturating_add(outcome.output);
        self.duration.add(outcome.duration);
        if let Some(first) = outcome.first {
            self.first.add(first);
        }
        for condition in conditions {
            self.add_condition(condition, 1);
        }
    }

    /// Adds what `other` holds.
    pub fn merge(&mut self, other: &Self) {
        self.requests += other.requests;
        self.errors += other.errors;
        self.cost = self.cost.saturating_add(other.cost);
        self.input = self.input.saturating_add(other.input);
        self.output = self.output.saturating_add(other.output);
        self.duration.merge(&other.duration);
        self.first.merge(&other.first);
        for (condition, count) in &other.conditions {
            self.add_condition(condition, *count);
        }
    }

    /// Takes away what `other` holds, which was added before.
    pub fn subtract(&mut self, other: &Self) {
        self.requests = self.requests.saturating_sub(other.requests);
        self.errors = self.errors.saturating_sub(other.errors);
        self.cost = self.cost.saturating_sub(other.cost);
        self.input = self.input.saturating_sub(other.input);
        self.output = self.output.saturating_sub(other.output);
        self.duration.subtract(&other.duration);
        self.first.subtract(&other.first);
        for (condition, gone) in &other.conditions {
            if let Some((_, count)) = self.conditions.iter_mut().find(|(known, _)| known == condition) {
                *count = count.saturating_sub(*gone);
            }
        }
        self.conditions.retain(|(_, count)| *count > 0);
    }

    fn add_condition(&mut self, condition: &'static str, count: u64) {
        match self.conditions.binary_search_by_key(&condition, |(known, _)| known) {
            Ok(place) => {
                if let Some((_, known)) = self.conditions.get_mut(place) {
                    *known += count;
                }
            }
            Err(place) => self.conditions.insert(place, (condition, count)),
        }
    }

    /// All of it as a line of text.
    pub fn to_text(&self) -> String {
        let Self { requests, errors, cost, input, output, duration, first, conditions } = self;
        let mut text = format!("{FORM};{requests};{errors};{cost};{input};{output};");
        write_pairs(&mut text, duration.counts().iter().copied());
        text.push(';');
        write_pairs(&mut text, first.counts().iter().copied());
        text.push(';');
        write_pairs(&mut text, conditions.iter().copied());
        text
    }

    /// What the text says; `None` where this version cannot read it.
    pub fn from_text(text: &str) -> Option<Self> {
        let mut parts = text.split(';');
        if parts.next()? != FORM {
            return None;
        }
        let mut number = || parts.next()?.parse::<u64>().ok();
        let (requests, errors, cost, input, output) = (number()?, number()?, number()?, number()?, number()?);
        let (duration, first) = (histogram(parts.next()?)?, histogram(parts.next()?)?);
        let mut tally =
            Self { requests, errors, cost, input, output, duration, first, conditions: Vec::new() };
        for (condition, count) in pairs(parts.next()?) {
            tally.add_condition(known(condition), count?);
        }
        parts.next().is_none().then_some(tally)
    }
}

fn write_pairs<K: std::fmt::Display, C: std::fmt::Display>(
    text: &mut String,
    pairs: impl Iterator<Item = (K, C)>,
) {
    for (number, (key, count)) in pairs.enumerate() {
        let comma = if number > 0 { "," } else { "" };
        // Writing to a string cannot fail.
        _ = write!(text, "{comma}{key}:{count}");
    }
}

fn histogram(text: &str) -> Option<Histogram> {
    let mut histogram = Histogram::default();
    for (bucket, count) in pairs(text) {
        histogram.add_to(bucket.parse().ok()?, u32::try_from(count?).ok()?);
    }
    Some(histogram)
}

fn pairs(text: &str) -> impl Iterator<Item = (&str, Option<u64>)> {
    text.split(',').filter(|pair| !pair.is_empty()).map(|pair| {
        let (key, count) = pair.split_once(':').unwrap_or((pair, ""));
        (key, count.parse().ok())
    })
}

/// Beside the conditions of fallbacks: a mistake of the client's, and a client that has gone.
const OTHERS: [&str; 2] = ["cancelled", "invalid_request"];

fn known(condition: &str) -> &'static str {
    let names = Condition::NAMES.iter().filter_map(|(_, names)| names.first());
    names.chain(&OTHERS).find(|name| **name == condition).copied().unwrap_or("other")
}
