//! What a breaker says after what it was told.

use proptest::prelude::*;

use super::*;
use Step::{Asked, Failed, Gone, Later, Succeeded};

/// What happens to a breaker; times are milliseconds.
#[derive(Debug, Clone, Copy)]
enum Step {
    Succeeded,
    Failed,
    /// A failure with a `Retry-After` of so long.
    Later(u64),
    /// The client of the probe left.
    Gone,
    /// Somebody asks, and is told this.
    Asked(Admission),
}

/// When, how often, and what.
type Told = (u64, usize, Step);

const FREE: Step = Asked(Admission::Free);
const PROBE: Step = Asked(Admission::Probe);

const fn ejected(left: u64) -> Step {
    Asked(Admission::Ejected { cause: Condition::Unavailable, left: Duration::from_millis(left) })
}

const fn returning(share: u16) -> Step {
    Asked(Admission::Returning { cause: Condition::Unavailable, share })
}

fn after(millis: u64) -> Moment {
    Moment(Duration::from_millis(millis))
}

fn tell(breaker: &mut Breaker, now: Moment, step: Step) {
    match step {
        Succeeded => breaker.succeeded(now, now),
        Failed => breaker.failed(now, now, Condition::Unavailable, None),
        Later(millis) => {
            breaker.failed(now, now, Condition::Unavailable, Some(Duration::from_millis(millis)));
        }
        Gone => breaker.abandoned(now),
        Asked(_) => {
            breaker.admit(now);
        }
    }
}

/// Walks a breaker through `steps`, each so many times at its millisecond.
fn check(name: &str, steps: &[Told]) {
    let mut breaker = Breaker::default();
    for (place, (millis, times, step)) in steps.iter().enumerate() {
        let now = after(*millis);
        for _ in 0..*times {
            let Asked(expected) = *step else {
                tell(&mut breaker, now, *step);
                continue;
            };
            assert_eq!(breaker.peek(now), expected, "{name}: peek, step {place}");
            assert_eq!(breaker.admit(now), expected, "{name}: admit, step {place}");
        }
    }
}

#[test]
fn failures_in_a_row_eject() {
    check("the fifth", &[(0, 4, Failed), (0, 1, FREE), (1, 1, Failed), (1, 1, ejected(5_000))]);
    check("however slowly", &[(0, 4, Failed), (3_600_000, 1, Failed), (3_600_000, 1, ejected(5_000))]);
    check("a success breaks the row", &[(0, 4, Failed), (1, 1, Succeeded), (2, 4, Failed), (2, 1, FREE)]);
}

#[test]
fn half_of_enough_results_ejects() {
    // Alternating results: a failure first, so that successes count.
    let alternating =
        |pairs: usize| -> Vec<_> { (0..pairs * 2).map(|at| (0, 1, [Failed, Succeeded][at % 2])).collect() };
    let with = |mut steps: Vec<Told>, more: &[Told]| {
        steps.extend_from_slice(more);
        steps
    };
    check("19 results", &with(alternating(9), &[(1, 1, Failed), (1, 1, FREE)]));
    check("20 results, judged with the next failure", &with(alternating(10), &[(1, 1, FREE)]));
    check("11 of 21", &with(alternating(10), &[(1, 1, Failed), (1, 1, ejected(5_000))]));
    check("11 of 22", &with(alternating(10), &[(1, 1, Succeeded), (1, 1, Failed), (1, 1, ejected(5_000))]));
    check("11 of 23", &with(alternating(10), &[(1, 2, Succeeded), (1, 1, Failed), (1, 1, FREE)]));
    check("in the window", &with(alternating(10), &[(9_999, 1, Failed), (9_999, 1, ejected(5_000))]));
    let late: Vec<Told> = alternating(10).into_iter().map(|(_, times, step)| (18_000, times, step)).collect();
    let back = [(5_000, 1, Succeeded), (18_500, 1, Failed), (18_500, 1, ejected(5_000))];
    check("told out of order", &with(late, &back));
    check("out of the window", &with(alternating(10), &[(10_000, 1, Failed), (10_000, 1, FREE)]));
}

#[test]
fn what_a_provider_asks_for_ejects_at_once() {
    check(
        "for so long",
        &[(0, 1, Later(7_000)), (0, 1, ejected(7_000)), (6_999, 1, ejected(1)), (7_000, 1, PROBE)],
    );
    check("shorter than our own", &[(0, 1, Later(1_000)), (0, 1, ejected(1_000))]);
    check("five minutes at most", &[(0, 1, Later(86_400_000)), (0, 1, ejected(300_000))]);
    check(
        "zero is no time",
        &[(0, 1, Later(0)), (0, 1, FREE), (0, 3, Later(0)), (0, 1, Failed), (0, 1, ejected(5_000))],
    );
    check(
        "longer than the one before",
        &[(0, 1, Later(7_000)), (1, 1, Later(8_000)), (1, 1, ejected(8_000))],
    );
    check(
        "shorter than the one before",
        &[(0, 1, Later(7_000)), (1, 1, Later(2_000)), (1, 1, ejected(6_999))],
    );
    check(
        "a failed probe",
        &[(0, 5, Failed), (5_000, 1, PROBE), (5_001, 1, Later(90_000)), (5_001, 1, ejected(90_000))],
    );
}

#[test]
fn stragglers_change_nothing_about_an_ejection() {
    check("failures", &[(0, 5, Failed), (3_000, 5, Failed), (3_000, 1, ejected(2_000)), (5_000, 1, PROBE)]);
    check("successes", &[(0, 5, Failed), (3_000, 5, Succeeded), (3_000, 1, ejected(2_000))]);
    check("after its end", &[(0, 5, Failed), (6_000, 1, Failed), (6_000, 1, Succeeded), (6_000, 1, PROBE)]);
    check("clients that leave", &[(0, 5, Failed), (3_000, 1, Gone), (3_000, 1, ejected(2_000))]);
}

/// What five attempts that began at zero come to; the ejection is at five milliseconds.
#[test]
fn attempts_begun_before_an_ejection_decide_nothing_after_it() {
    let straggle = |breaker: &mut Breaker, now: u64| {
        for began in [0, 5] {
            breaker.succeeded(after(now), after(began));
            breaker.failed(after(now), after(began), Condition::Timeout, None);
            breaker.failed(after(now), after(began), Condition::Timeout, Some(Duration::from_secs(90)));
        }
    };
    let mut breaker = Breaker::default();
    (0..5).for_each(|_| breaker.failed(after(5), after(0), Condition::Unavailable, None));
    assert_eq!(breaker.admit(after(5_005)), Admission::Probe);
    straggle(&mut breaker, 6_000);
    let probed = Admission::Ejected { cause: Condition::Unavailable, left: Duration::ZERO };
    assert_eq!(breaker.peek(after(6_000)), probed, "the probe alone decides");
    breaker.succeeded(after(7_000), after(5_005));
    straggle(&mut breaker, 12_000);
    let share = |breaker: &Breaker, now| match breaker.peek(after(now)) {
        Admission::Returning { share, .. } => Some(share),
        _ => None,
    };
    assert_eq!(share(&breaker, 12_000), Some(550), "it comes back");
    straggle(&mut breaker, 18_000);
    assert_eq!(breaker.peek(after(18_000)), Admission::Free, "it is back");
    breaker.failed(after(18_000), after(17_000), Condition::Timeout, Some(Duration::from_secs(1)));
    assert_eq!(breaker.admit(after(19_000)), Admission::Probe);
    breaker.failed(after(19_500), after(19_000), Condition::Timeout, None);
    let doubled_twice = Admission::Ejected { cause: Condition::Timeout, left: Duration::from_secs(20) };
    assert_eq!(breaker.peek(after(19_500)), doubled_twice, "stragglers double nothing");
}

#[test]
fn one_probe_is_out_at_a_time() {
    let out = [(0, 5, Failed), (5_000, 1, PROBE), (5_000, 3, ejected(0))];
    let with = |more: &[Told]| [&out, more].concat();
    check("all along", &with(&[(64_999, 1, ejected(0))]));
    check(
        "until it is given up",
        &with(&[(65_000, 1, PROBE), (65_000, 1, ejected(0)), (124_999, 1, ejected(0))]),
    );
    check("one that is given back", &with(&[(6_000, 1, Gone), (6_000, 1, PROBE), (6_000, 1, ejected(0))]));
    check("one that fails", &with(&[(6_000, 1, Failed), (6_000, 1, ejected(10_000)), (16_000, 1, PROBE)]));
    check("one that succeeds", &with(&[(6_000, 1, Succeeded), (6_000, 2, returning(100))]));
    check("one that succeeds late", &with(&[(70_000, 1, Succeeded), (70_000, 2, returning(100))]));
}

#[test]
fn a_target_comes_back_slowly() {
    let back = [(0, 5, Failed), (5_000, 1, PROBE), (6_000, 1, Succeeded)];
    let with = |more: &[Told]| [&back, more].concat();
    check(
        "in a line",
        &with(&[(6_000, 1, returning(100)), (8_500, 1, returning(325)), (11_000, 1, returning(550))]),
    );
    check("to the whole", &with(&[(15_999, 1, returning(999)), (16_000, 1, FREE)]));
    check("with successes", &with(&[(11_000, 9, Succeeded), (11_000, 1, returning(550)), (16_000, 1, FREE)]));
    check("not with a failure", &with(&[(11_000, 1, Failed), (11_000, 1, ejected(10_000))]));
    check("clients that leave", &with(&[(11_000, 1, Gone), (11_000, 1, returning(550))]));
    check(
        "then as any other",
        &with(&[(16_000, 4, Failed), (16_000, 1, FREE), (16_000, 1, Failed), (16_000, 1, ejected(10_000))]),
    );
}

#[test]
fn ejections_in_a_row_double_up_to_a_minute_and_are_forgotten() {
    let mut steps = vec![(0, 5, Failed)];
    let mut now = 0;
    for seconds in [5, 10, 20, 40].into_iter().chain(std::iter::repeat_n(60, 40)) {
        steps.push((now, 1, ejected(seconds * 1_000)));
        now += seconds * 1_000;
        steps.extend([(now, 1, PROBE), (now, 1, Failed)]);
    }
    check("doubled", &steps);
    let healthy = now + 60_000 + 10_000 + 60_001;
    steps.extend([(now + 60_000, 1, PROBE), (now + 60_000, 1, Succeeded)]);
    steps.extend([(healthy, 1, Later(1_000)), (healthy + 1_000, 1, PROBE), (healthy + 1_000, 1, Failed)]);
    steps.push((healthy + 1_000, 1, ejected(10_000)));
    check("forgotten at once", &steps);
    let again = |pause: u64, left: u64| {
        let whole = 5_000 + 10_000;
        [
            (0, 5, Failed),
            (5_000, 1, PROBE),
            (5_000, 1, Succeeded),
            (whole + pause, 5, Failed),
            (whole + pause, 1, ejected(left)),
        ]
    };
    check("soon after", &again(0, 10_000));
    check("a minute after", &again(60_000, 10_000));
    check("more than a minute after", &again(60_001, 5_000));
    check("long after", &again(3_600_000, 5_000));
}

#[test]
fn the_last_cause_is_told() {
    let mut breaker = Breaker::default();
    (0..4).for_each(|_| breaker.failed(after(0), after(0), Condition::Unavailable, None));
    breaker.failed(after(0), after(0), Condition::RateLimited, None);
    let told = |breaker: &Breaker, now| match breaker.peek(after(now)) {
        Admission::Ejected { cause, .. } => Some(cause),
        _ => None,
    };
    assert_eq!(told(&breaker, 0), Some(Condition::RateLimited));
    assert_eq!(breaker.admit(after(5_000)), Admission::Probe);
    assert_eq!(told(&breaker, 5_000), Some(Condition::RateLimited));
    breaker.failed(after(5_000), after(5_000), Condition::Timeout, None);
    assert_eq!(told(&breaker, 5_000), Some(Condition::Timeout));
}

#[test]
fn only_a_target_without_remembered_failures_is_calm() {
    let cases: [(_, &[Told], _); 9] = [
        ("new", &[], true),
        ("after successes", &[(0, 9, Succeeded)], true),
        ("after a failure", &[(0, 1, Failed)], false),
        ("with a failure in the window", &[(0, 1, Failed), (9_999, 1, Succeeded)], false),
        ("once that is over", &[(0, 1, Failed), (10_000, 1, Succeeded)], true),
        ("ejected", &[(0, 5, Failed)], false),
        ("probing", &[(0, 5, Failed), (5_000, 1, PROBE)], false),
        ("returning", &[(0, 5, Failed), (5_000, 1, PROBE), (5_000, 1, Succeeded)], false),
        ("back", &[(0, 5, Failed), (5_000, 1, PROBE), (5_000, 1, Succeeded), (15_000, 1, FREE)], true),
    ];
    for (name, steps, expected) in cases {
        let mut breaker = Breaker::default();
        for (millis, times, step) in steps {
            (0..*times).for_each(|_| tell(&mut breaker, after(*millis), *step));
        }
        assert_eq!(breaker.is_calm(), expected, "{name}");
    }
}

fn is_ejected(admission: Admission) -> bool {
    matches!(admission, Admission::Ejected { .. })
}

/// The results that count, remembered one by one.
#[derive(Default)]
struct Remembered {
    /// Second, and whether it was a failure.
    results: Vec<(u64, bool)>,
    in_a_row: u32,
}

impl Remembered {
    /// Whether this result is one too many.
    fn take(&mut self, second: u64, failed: bool) -> bool {
        self.results.push((second, failed));
        self.results.retain(|(then, _)| second - then < WINDOW.as_secs());
        if !self.results.iter().any(|(_, failed)| *failed) {
            self.results.clear();
        }
        self.in_a_row = if failed { self.in_a_row + 1 } else { 0 };
        let failures = self.results.iter().filter(|(_, failed)| *failed).count();
        failed && (self.in_a_row >= 5 || (self.results.len() >= 20 && failures * 2 >= self.results.len()))
    }
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => Just(Succeeded),
        4 => Just(Failed),
        1 => (0..600_000u64).prop_map(Later),
        1 => Just(Gone),
        4 => Just(FREE),
    ]
}

/// Mostly moments apart, now and then minutes.
fn any_time() -> impl Strategy<Value = u64> {
    prop_oneof![5 => 0..50u64, 3 => 0..6_000u64, 1 => 0..120_000u64]
}

proptest! {
    #[test]
    fn a_closed_breaker_opens_exactly_when_its_results_say_so(
        results in prop::collection::vec((0..1_500u64, prop::bool::weighted(0.45)), 1..200),
    ) {
        let mut breaker = Breaker::default();
        let mut remembered = Remembered::default();
        let mut now = 0;
        for (passed, failed) in results {
            now += passed;
            let expected = remembered.take(now / 1_000, failed);
            tell(&mut breaker, after(now), if failed { Failed } else { Succeeded });
            prop_assert_eq!(breaker.peek(after(now)) != Admission::Free, expected);
            if expected {
                break;
            }
        }
    }

    #[test]
    fn at_most_one_probe_is_out(steps in prop::collection::vec((any_time(), any_step()), 1..100)) {
        let mut breaker = Breaker::default();
        let (mut now, mut out) = (0, None);
        for (passed, step) in steps {
            now += passed;
            let peeked = breaker.peek(after(now));
            match step {
                Asked(_) => {
                    let admission = breaker.admit(after(now));
                    prop_assert_eq!(peeked, admission);
                    if admission == Admission::Probe {
                        prop_assert!(out.is_none_or(|since| now - since >= 60_000), "{:?} {}", out, now);
                        out = Some(now);
                    }
                }
                // Before a probe is out, what is told are stragglers; after that its verdict is among them.
                step => {
                    tell(&mut breaker, after(now), step);
                    out = None;
                }
            }
        }
    }

    #[test]
    fn whatever_happened_a_success_brings_a_target_back(
        steps in prop::collection::vec((any_time(), any_step()), 0..60),
    ) {
        let mut breaker = Breaker::default();
        let mut now = 0;
        for (passed, step) in steps {
            now += passed;
            tell(&mut breaker, after(now), step);
            if let Admission::Ejected { left, .. } = breaker.peek(after(now)) {
                prop_assert!(left <= LONGEST_RETRY_AFTER);
            }
        }
        now += 300_000;
        prop_assert!(!is_ejected(breaker.admit(after(now))));
        breaker.succeeded(after(now), after(now));
        prop_assert!(!is_ejected(breaker.admit(after(now))));
        prop_assert_ne!(breaker.peek(after(now)), Admission::Probe);
        now += 10_000;
        prop_assert_eq!(breaker.admit(after(now)), Admission::Free);
        breaker.succeeded(after(now), after(now));
        prop_assert!(breaker.is_calm());
    }

    #[test]
    fn a_share_grows_with_every_moment_and_stays_below_the_whole(one in 0..10_000u64, other in 0..10_000u64) {
        let mut breaker = Breaker::default();
        (0..5).for_each(|_| tell(&mut breaker, after(0), Failed));
        tell(&mut breaker, after(5_000), PROBE);
        tell(&mut breaker, after(5_000), Succeeded);
        let share = |passed| match breaker.peek(after(5_000 + passed)) {
            Admission::Returning { share, .. } => share,
            admission => panic!("{admission:?}"),
        };
        prop_assert!(share(one.min(other)) <= share(one.max(other)));
        prop_assert!((100..1_000).contains(&share(one)));
    }

    /// Whoever finds it calm may as well keep a success to themselves.
    #[test]
    fn a_success_tells_a_calm_breaker_nothing(
        steps in prop::collection::vec((any_time(), any_step()), 0..60),
        passed in any_time(),
    ) {
        let mut breaker = Breaker::default();
        let mut now = 0;
        for (passed, step) in steps {
            now += passed;
            tell(&mut breaker, after(now), step);
        }
        now += passed;
        if breaker.is_calm() {
            let mut told = breaker.clone();
            told.succeeded(after(now), after(now));
            prop_assert_eq!(breaker.admit(after(now)), Admission::Free);
            prop_assert_eq!(told, breaker);
        }
    }

    /// Up to ten seconds back: no probe is given twice for it, no ejection lasts longer, nothing overflows.
    #[test]
    fn moments_out_of_order_break_nothing(
        start in prop_oneof![Just(0u64), 0..1_000_000u64, Just(u64::MAX / 2)],
        steps in prop::collection::vec((any_time(), 0..10_000u64, any_step()), 0..60),
    ) {
        let mut breaker = Breaker::default();
        let mut latest = start;
        for (passed, back, step) in steps {
            latest += passed;
            let now = latest.saturating_sub(back);
            tell(&mut breaker, after(now), Gone);
            if breaker.admit(after(now)) == Admission::Probe {
                prop_assert!(is_ejected(breaker.admit(after(now.saturating_sub(back)))));
            }
            tell(&mut breaker, after(now), step);
        }
        prop_assert!(!is_ejected(breaker.admit(after(latest + 300_000))));
        tell(&mut breaker, Moment(Duration::MAX), Later(1));
        tell(&mut breaker, Moment(Duration::MAX), Succeeded);
        breaker.admit(Moment(Duration::ZERO));
    }
}
