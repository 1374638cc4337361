//! Numbers are what a plain count of the same exchanges comes to, up to the width of a bucket, and they are bounded.

use std::sync::Arc;
use std::time::Duration;

use callsign_plan::units::Money;
use callsign_wire::dialect::Operation;
use callsign_wire::hub::usage::Usage;
use proptest::prelude::*;

use super::histogram::Histogram;
use super::tally::{Outcome, Tally};
use super::window::{MINUTE, Minutes, Recent, STEP};
use super::*;
use crate::exchange::{Asked, Spent};

/// 2026-01-01 00:00 UTC, in milliseconds: the first of a minute.
const START: u64 = 1_767_225_600_000;

fn histogram(times: &[u64]) -> Histogram {
    let mut histogram = Histogram::default();
    for time in times {
        histogram.add(*time);
    }
    histogram
}

fn exact(times: &[u64], thousandths: u64) -> Option<u64> {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let rank = usize::try_from((sorted.len() as u64 * thousandths).div_ceil(1000).max(1)).unwrap();
    sorted.get(rank - 1).copied()
}

fn times() -> impl Strategy<Value = Vec<u64>> {
    prop::collection::vec(prop_oneof![0..20_u64, 0..5000_u64, 0..200_000_000_u64], 0..200)
}

fn outcomes() -> impl Strategy<Value = Vec<(u64, Outcome, Vec<&'static str>)>> {
    let outcome = (0..2_u64, 0..1000_u64, 0..1000_u64, prop::option::of(0..500_u64)).prop_map(
        |(errors, cost, duration, first)| Outcome { errors, cost, input: cost, output: 1, duration, first },
    );
    let conditions =
        prop::collection::vec(prop::sample::select(vec!["timeout", "rate_limited", "cancelled"]), 0..3);
    prop::collection::vec((0..200_000_u64, outcome, conditions), 0..80)
}

fn tally<'o>(outcomes: impl IntoIterator<Item = &'o (u64, Outcome, Vec<&'static str>)>) -> Tally {
    let mut tally = Tally::default();
    outcomes.into_iter().for_each(|(_, outcome, conditions)| tally.add(outcome, conditions));
    tally
}

proptest! {
    #[test]
    fn percentiles_are_within_a_bucket_of_the_exact_ones(times in times(), thousandths in 1..=1000_u64) {
        let (found, exact) = (histogram(&times).percentile(thousandths), exact(&times, thousandths));
        prop_assert_eq!(found.is_some(), exact.is_some());
        if let (Some(found), Some(exact)) = (found, exact) {
            prop_assert!(found.abs_diff(exact) * 31 <= exact, "{} instead of {}", found, exact);
        }
    }

    #[test]
    fn merging_is_counting_everything_together(one in outcomes(), other in outcomes()) {
        let mut merged = tally(&one);
        merged.merge(&tally(&other));
        prop_assert_eq!(&merged, &tally(one.iter().chain(&other)));
        merged.subtract(&tally(&other));
        prop_assert_eq!(merged, tally(&one));
    }

    #[test]
    fn text_says_all_of_a_tally(outcomes in outcomes()) {
        let tally = tally(&outcomes);
        prop_assert_eq!(Tally::from_text(&tally.to_text()), Some(tally));
    }

    #[test]
    fn no_text_is_taken_for_another(text in "[0-9;:,a-z]{0,40}") {
        if let Some(tally) = Tally::from_text(&text) {
            prop_assert_eq!(Tally::from_text(&tally.to_text()), Some(tally));
        }
    }

    #[test]
    fn last_minute_slides(mut outcomes in outcomes(), later in 0..100_000_u64) {
        outcomes.sort_by_key(|(at, ..)| *at);
        let mut recent = Recent::default();
        for (at, outcome, conditions) in &outcomes {
            recent.add(START + at, outcome, conditions);
        }
        let now = START + outcomes.last().map_or(0, |(at, ..)| *at) + later;
        let first = (now / STEP - 11) * STEP;
        let expected = tally(outcomes.iter().filter(|(at, ..)| START + at >= first));
        prop_assert_eq!(recent.at(now), &expected);
    }

    #[test]
    fn every_minute_is_told_once_it_has_changed(mut outcomes in outcomes(), looks in prop::collection::vec(any::<bool>(), 80)) {
        outcomes.sort_by_key(|(at, ..)| *at);
        let mut minutes = Minutes::default();
        let mut written = BTreeMap::new();
        for ((at, outcome, conditions), look) in outcomes.iter().zip(looks) {
            minutes.add(START + at, outcome, conditions);
            if look {
                written.extend(minutes.changed());
            }
        }
        written.extend(minutes.changed());
        prop_assert_eq!(minutes.changed(), vec![]);
        let mut expected: BTreeMap<u64, Vec<_>> = BTreeMap::new();
        for one in &outcomes {
            expected.entry((START + one.0) / MINUTE).or_default().push(one.clone());
        }
        let expected: BTreeMap<u64, Tally> = expected.iter().map(|(minute, all)| (*minute, tally(all))).collect();
        let told = written.iter().map(|(minute, text)| (*minute, Tally::from_text(text).unwrap())).collect();
        prop_assert_eq!(&expected, &told);
        prop_assert_eq!(&expected, &minutes.between(0, u64::MAX).collect::<BTreeMap<_, _>>());
    }
}

#[test]
fn text_that_cannot_be_read_is_none() {
    for text in
        ["", "1", "2;1;0;0;0;0;;;", "1;1;0;0;0;0;;", "1;x;0;0;0;0;;;", "1;1;0;0;0;0;1;;", "1;1;0;0;0;0;;;;"]
    {
        assert_eq!(Tally::from_text(text), None, "{text}");
    }
    assert_eq!(Tally::from_text("1;1;0;0;0;0;;;nobody:3").unwrap().conditions, [("other", 3)]);
}

fn attempt(target: &str, condition: Option<&'static str>) -> Attempt {
    let usage = Usage { input: 7, output: 3, ..Usage::default() };
    let spent = condition.is_none().then_some(Spent { usage, cost: Some(Money(50)), is_estimate: false });
    let (after, took) = (Duration::from_millis(10), Duration::from_millis(20));
    Attempt { target: target.into(), after, took, condition, status: None, spent }
}

fn exchange(alias: &str, at: u64, attempts: Vec<Attempt>) -> Exchange {
    let asked = Asked {
        name: alias.into(),
        alias: Some(alias.into()),
        operation: Operation::ChatCompletions,
        stream: false,
    };
    let served = attempts.last().is_some_and(|last| last.condition.is_none());
    Exchange {
        id: "x".into(),
        began_ms: START + at,
        took: Duration::from_millis(100),
        first: Some(Duration::from_millis(30)),
        own: None,
        asked: Some(asked),
        status: 200,
        error: None,
        ended: if served { Ended::Complete } else { Ended::Refused },
        model: None,
        losses: None,
        bytes: 0,
        resumed: None,
        attempts,
        checks: Vec::new(),
        findings: Vec::new(),
        trace: None,
        labels: Vec::new(),
        content: None,
    }
}

#[test]
fn exchange_counts_for_its_alias_its_targets_and_everything() {
    let mut rollups = Rollups::new(START);
    rollups.saw(&exchange("a", 1000, vec![attempt("p/x", Some("timeout")), attempt("p/y", None)]));
    rollups.saw(&exchange("b", 2000, vec![attempt("p/x", Some("timeout"))]));
    let now = START + 10_000;
    let mut totals = |subject| {
        let Numbers { total, errors, cost_nanodollars, p50_ms, first_p50_ms, .. } =
            rollups.numbers(subject, now);
        (total, errors, cost_nanodollars, p50_ms, first_p50_ms)
    };
    assert_eq!(totals(Subject::All), (2, 1, 50, Some(101), Some(30)));
    assert_eq!(totals(Subject::Alias("a")), (1, 0, 50, Some(101), Some(30)));
    assert_eq!(totals(Subject::Alias("b")), (1, 1, 0, Some(101), None));
    assert_eq!(totals(Subject::Target("p/x")), (2, 2, 0, Some(20), None));
    assert_eq!(totals(Subject::Target("p/y")), (1, 0, 50, Some(89), Some(20)));
    assert_eq!(totals(Subject::Alias("nobody")), (0, 0, 0, None, None));
    assert_eq!(rollups.numbers_of_part(("b", "p/x"), now).errors, 1);
    assert_eq!(rollups.numbers(Subject::All, now).span, Duration::from_secs(10));
    let conditions = |subject| rollups.minutes(subject, 0, u64::MAX).into_values().next().unwrap().conditions;
    // What nobody was asked after has moved nothing.
    assert_eq!(conditions(Subject::All), [("timeout", 1)]);
    assert_eq!(conditions(Subject::Target("p/x")), [("timeout", 2)]);
}

#[test]
fn names_that_clients_make_up_take_bounded_room() {
    let mut rollups = Rollups::new(START);
    for number in 0..MOST_NAMES + 100 {
        rollups.saw(&exchange("a", 0, vec![attempt(&format!("p/{number}"), None)]));
    }
    assert!(rollups.names <= MOST_NAMES);
    assert_eq!(rollups.numbers(Subject::All, START).total, MOST_NAMES as u64 + 100);
    // Hours later nothing is left of them.
    rollups.saw(&exchange("a", (MOST_MINUTES + 2) * MINUTE, vec![]));
    assert_eq!((rollups.targets.len(), rollups.names), (0, 1));
}

#[test]
fn clock_that_is_put_back_starts_anew() {
    let mut rollups = Rollups::new(START);
    rollups.saw(&exchange("a", 3_600_000, vec![]));
    rollups.saw(&exchange("a", 0, vec![]));
    assert_eq!(rollups.numbers(Subject::All, START).total, 1);
    assert_eq!(rollups.minutes(Subject::All, 0, u64::MAX).len(), 2);
}

#[test]
fn idle_alias_is_told_as_idle_and_a_busy_one_as_busy() {
    let mut rollups = Rollups::new(START);
    rollups.saw(&exchange("a", 0, vec![]));
    rollups.saw(&exchange("b", 120_000, vec![]));
    assert_eq!(rollups.busy(START + 120_000), [(Arc::from("b"), 1)]);
}
