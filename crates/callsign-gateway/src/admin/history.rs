//! What came in each stretch of time: minutes from memory, and behind them those that were kept.

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use callsign_telemetry::rollup::Subject;
use callsign_telemetry::rollup::tally::Tally;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Operator, aside};
use crate::listen::unix_milliseconds;
use crate::observe::chronicle::Memory;
use crate::refusal::{Code, Refusal};

/// What is asked for.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    alias: Option<String>,
    target: Option<String>,
    from_ms: Option<u64>,
    to_ms: Option<u64>,
    step_s: Option<u64>,
}

/// Milliseconds of a minute: nothing is kept by shorter times.
const MINUTE: u64 = 60_000;
/// What is told where nobody says since when.
const HOUR: u64 = 60 * MINUTE;
/// Most points of one answer.
const MOST: u64 = 1500;

/// Stretches of time, each of so many minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stretches {
    /// The first minute.
    first: u64,
    /// The last minute.
    last: u64,
    step: u64,
}

/// The numbers of each stretch.
pub(super) async fn tell(
    State(operator): State<Operator>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Response {
    aside(move || {
        let Query(asked) = asked.map_err(|_| wrong("the query cannot be read"))?;
        let subject = match (&asked.alias, &asked.target) {
            (None, None) => Subject::All,
            (Some(alias), None) => Subject::Alias(alias),
            (None, Some(target)) => Subject::Target(target),
            (Some(_), Some(_)) => return Err(wrong("`alias` and `target` are one too many")),
        };
        let stretches = Stretches::of(&asked, unix_milliseconds())?;
        let minutes = minutes(&operator.memory, subject, stretches);
        let mut told = columns(stretches, &minutes);
        told.insert("alias".to_owned(), json!(asked.alias));
        told.insert("target".to_owned(), json!(asked.target));
        told.insert("step_s".to_owned(), json!(stretches.step * 60));
        Ok(Value::Object(told))
    })
    .await
}

fn wrong(what: &str) -> Refusal {
    let message = format!(
        "{what}; write `alias` or `target` or neither, `from_ms` before `to_ms`, and a `step_s` of whole minutes for at most {MOST} points"
    );
    Refusal::new(Code::InvalidRequest, message)
}

fn minutes(memory: &Memory, subject: Subject<'_>, stretches: Stretches) -> BTreeMap<u64, Tally> {
    let Stretches { first, last, .. } = stretches;
    let (mut minutes, own) = {
        let rollups = memory.rollups();
        (rollups.minutes(subject, first.max(rollups.first_minute()), last), rollups.first_minute())
    };
    let kept =
        memory.past.as_ref().map(|past| past.minutes((subject.kind(), subject.name()), (first, last), own));
    match kept {
        Some(Ok(rows)) => {
            for (minute, tally) in
                rows.iter().filter_map(|(minute, text)| Some((minute, Tally::from_text(text)?)))
            {
                minutes.entry(*minute).or_default().merge(&tally);
            }
        }
        Some(Err(error)) => tracing::warn!(%error, "history cannot be read"),
        None => {}
    }
    minutes
}

/// One list for each number, all of one length.
fn columns(stretches: Stretches, minutes: &BTreeMap<u64, Tally>) -> Map<String, Value> {
    let sums: Vec<(u64, Tally)> =
        stretches.starts().map(|start| (start, stretches.sum(start, minutes))).collect();
    let column =
        |number: &dyn Fn(&Tally) -> Value| sums.iter().map(|(_, tally)| number(tally)).collect::<Value>();
    let counted: BTreeSet<&str> =
        sums.iter().flat_map(|(_, tally)| &tally.conditions).map(|(condition, _)| *condition).collect();
    let times: Vec<u64> = sums.iter().map(|(start, _)| start * MINUTE).collect();
    let conditions: Map<String, Value> = counted
        .into_iter()
        .map(|condition| (condition.to_owned(), column(&|tally| json!(count(tally, condition)))))
        .collect();
    let columns = [
        ("times_ms", json!(times)),
        ("requests", column(&|tally| json!(tally.requests))),
        ("errors", column(&|tally| json!(tally.errors))),
        ("p50_ms", column(&|tally| json!(tally.duration.percentile(500)))),
        ("p95_ms", column(&|tally| json!(tally.duration.percentile(950)))),
        ("first_p50_ms", column(&|tally| json!(tally.first.percentile(500)))),
        ("first_p95_ms", column(&|tally| json!(tally.first.percentile(950)))),
        ("cost_nanodollars", column(&|tally| json!(tally.cost))),
        ("input_tokens", column(&|tally| json!(tally.input))),
        ("output_tokens", column(&|tally| json!(tally.output))),
        ("conditions", Value::Object(conditions)),
    ];
    columns.into_iter().map(|(name, column)| (name.to_owned(), column)).collect()
}

fn count(tally: &Tally, condition: &str) -> u64 {
    let found = tally.conditions.iter().find(|(known, _)| *known == condition);
    found.map_or(0, |(_, count)| *count)
}

// === impl Stretches ===

impl Stretches {
    fn of(asked: &Asked, now: u64) -> Result<Self, Refusal> {
        let to = asked.to_ms.unwrap_or(now);
        let from = asked.from_ms.unwrap_or(to.saturating_sub(HOUR - MINUTE));
        let step_s = asked.step_s.unwrap_or(60);
        if from > to || step_s == 0 || !step_s.is_multiple_of(60) {
            return Err(wrong("there are no such times"));
        }
        // Whoever asks again later gets the same stretches.
        let step = step_s / 60;
        let first = from / MINUTE / step * step;
        let stretches = Self { first, last: to / MINUTE, step };
        if (stretches.last - first) / step >= MOST {
            return Err(wrong("these are too many points"));
        }
        Ok(stretches)
    }

    /// The first minute of each.
    fn starts(self) -> impl Iterator<Item = u64> {
        (0..=(self.last - self.first) / self.step).map(move |number| self.first + number * self.step)
    }

    fn sum(self, start: u64, minutes: &BTreeMap<u64, Tally>) -> Tally {
        let within = minutes.range(start..start.saturating_add(self.step));
        within.fold(Tally::default(), |mut sum, (_, tally)| {
            sum.merge(tally);
            sum
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stretches(from: Option<u64>, to: Option<u64>, step: Option<u64>) -> Option<(u64, u64, u64)> {
        let asked = Asked { alias: None, target: None, from_ms: from, to_ms: to, step_s: step };
        let Stretches { first, last, step } = Stretches::of(&asked, 100 * HOUR).ok()?;
        Some((first, last, step))
    }

    #[test]
    fn times_are_cut_into_whole_stretches() {
        for ((from, to, step), expected) in [
            ((None, None, None), Some((99 * 60 + 1, 6000, 1))),
            ((Some(0), Some(MINUTE), None), Some((0, 1, 1))),
            ((Some(7 * MINUTE), Some(20 * MINUTE), Some(300)), Some((5, 20, 5))),
            ((Some(2), Some(1), None), None),
            ((None, None, Some(0)), None),
            ((None, None, Some(90)), None),
            ((Some(0), Some(1499 * MINUTE), None), Some((0, 1499, 1))),
            ((Some(0), Some(1500 * MINUTE), None), None),
            (
                (Some(0), Some(u64::MAX), Some(u64::MAX / 60 * 60)),
                Some((0, u64::MAX / MINUTE, u64::MAX / 60)),
            ),
        ] {
            assert_eq!(stretches(from, to, step), expected, "{from:?} {to:?} {step:?}");
        }
    }
}
