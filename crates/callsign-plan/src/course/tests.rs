//! Walks over small catalogs: which legs a request is given, attempt by attempt.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::time::Duration;

use callsign_wire::dialect::Dialects;
use proptest::prelude::*;

use super::{Around, Asker, Broken, Course, Setback, Step};
use crate::alias::{
    Algorithm, Chain, Condition, Deprecation, Fallback, Member, MidStream, Pool, Retries, Route, Share,
    Split, Sticky,
};
use crate::catalog::{Catalog, Found, Parts};
use crate::dice::Dice;
use crate::explain::{What, explain};
use crate::fault::Failure;
use crate::ids::{AliasId, TargetId};
use crate::target::{Credential, Timeouts};
use crate::tests::{alias, parts, to_target};
use crate::trace::{Mark, Pass};
use crate::units::{Moment, Weight};
use crate::vitals::{Admission, Vitals};

#[derive(Default)]
struct Surroundings {
    admissions: HashMap<u32, Admission>,
    loads: HashMap<u32, u32>,
    turns: RefCell<HashMap<u32, u64>>,
    budget: Cell<u32>,
    user: Option<String>,
    headers: Vec<(&'static str, &'static str)>,
    now: Duration,
    /// What was asked of breakers.
    asked: RefCell<Vec<(u32, Option<AliasId>)>>,
}

impl Vitals for Surroundings {
    fn admit(&self, target: TargetId, alias: Option<AliasId>) -> Admission {
        self.asked.borrow_mut().push((target.0, alias));
        self.admissions.get(&target.0).copied().unwrap_or(Admission::Free)
    }

    fn load(&self, target: TargetId) -> u32 {
        self.loads.get(&target.0).copied().unwrap_or(0)
    }

    fn latency(&self, _target: TargetId) -> Duration {
        Duration::ZERO
    }

    fn turn(&self, alias: AliasId) -> u64 {
        let mut turns = self.turns.borrow_mut();
        let turn = turns.entry(alias.0).or_default();
        *turn += 1;
        *turn - 1
    }

    fn may_retry(&self, _target: TargetId) -> bool {
        self.budget.get().checked_sub(1).map(|left| self.budget.set(left)).is_some()
    }
}

impl Asker for Surroundings {
    fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    fn header(&self, name: &str) -> Option<&[u8]> {
        self.headers.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_bytes())
    }

    fn prompt(&self) -> Option<u64> {
        None
    }

    fn can_ask(&self, dialects: Dialects) -> bool {
        !dialects.is_empty()
    }
}

const TOTAL: Duration = Duration::from_mins(5);

impl Surroundings {
    fn around<'a>(&'a self, catalog: &'a Catalog) -> Around<'a> {
        Around { catalog, vitals: self, asker: self, now: Moment(self.now), date: 1_000 }
    }

    fn course(&self, catalog: &Catalog, name: &str) -> Course {
        let found = catalog.find(name).expect("a known name");
        Course::chart(&self.around(catalog), (found, name), TOTAL, Dice::new(7)).expect("a sound catalog")
    }

    /// The targets of a walk in which each attempt fails as `failures` say; after them an attempt succeeds.
    fn walk(&self, catalog: &Catalog, name: &str, failures: &[Failure]) -> Vec<u32> {
        self.walked(catalog, name, failures).0
    }

    fn walked(&self, catalog: &Catalog, name: &str, failures: &[Failure]) -> (Vec<u32>, Course) {
        let mut course = self.course(catalog, name);
        let (mut legs, mut setback) = (Vec::new(), None);
        let mut failures = failures.iter();
        while let Step::Try(leg) = course.step(&self.around(catalog), setback).expect("a sound catalog") {
            legs.push(leg.target.0);
            let Some(failure) = failures.next() else { break };
            setback = Some(Setback { failure: *failure, after: None });
        }
        (legs, course)
    }
}

fn failures(conditions: &[Condition]) -> Vec<Failure> {
    conditions.iter().map(|condition| Failure::of(*condition)).collect()
}

fn fallback(route: Route, conditions: &[Condition]) -> Fallback {
    Fallback { route, conditions: conditions.to_vec() }
}

fn chain(primary: Route, fallbacks: Vec<Fallback>) -> Route {
    Route::Chain(Chain { primary: Box::new(primary), fallbacks })
}

fn pool(algorithm: Algorithm, members: impl IntoIterator<Item = Route>) -> Route {
    let members = members.into_iter().map(|route| Member { route, weight: Weight::ONE }).collect();
    Route::Pool(Pool { algorithm, members })
}

fn split(parts: &[(Route, u64)], sticky: Option<Sticky>) -> Route {
    let share = |(route, weight): &(Route, u64)| Share {
        route: route.clone(),
        weight: Weight(weight * Weight::ONE.0),
    };
    Route::Split(Split { shares: parts.iter().map(share).collect(), sticky })
}

fn to_alias(id: u32) -> Route {
    Route::Alias(AliasId(id))
}

/// Six targets `p/0` … `p/5` and these aliases.
fn catalog(aliases: &[(&str, Route)]) -> Catalog {
    Catalog::new(some(aliases))
}

fn some(aliases: &[(&str, Route)]) -> Parts {
    let mut parts = parts(&["p/0", "p/1", "p/2", "p/3", "p/4", "p/5"]);
    parts.aliases = aliases.iter().map(|(name, route)| alias(name, route.clone())).collect();
    parts
}

use Condition::{
    AllPreviousFailed, Any, AuthFailed, ContentFiltered, ContextLengthExceeded, CostExceeded,
    InvalidResponse, ModelNotFound, PrimaryAndFirstFallbackFailed, PrimaryFailed, QuotaExceeded, RateLimited,
    Timeout, Unavailable,
};

const ANY: &[Condition] = &[Any];

/// How the attempts fail, one after another.
type Seen = &'static [Condition];

#[test]
fn first_fallback_whose_conditions_hold_is_tried() {
    let route = |first: &[Condition], second: &[Condition]| {
        chain(to_target(0), vec![fallback(to_target(1), first), fallback(to_target(2), second)])
    };
    let cases: &[(Route, &[Condition], &[u32])] = &[
        (route(ANY, ANY), &[Timeout], &[0, 1]),
        (route(ANY, ANY), &[Timeout, Timeout], &[0, 1, 2]),
        (route(ANY, ANY), &[Timeout, Timeout, Timeout], &[0, 1, 2]),
        (route(&[RateLimited], ANY), &[Timeout], &[0, 2]),
        (route(&[RateLimited, Timeout], ANY), &[Timeout], &[0, 1]),
        // A fallback that was not tried did not fail.
        (route(&[RateLimited], &[PrimaryAndFirstFallbackFailed]), &[Timeout], &[0]),
        (route(&[Timeout], &[PrimaryAndFirstFallbackFailed]), &[Timeout, AuthFailed], &[0, 1, 2]),
        (route(&[RateLimited], &[AllPreviousFailed]), &[Timeout], &[0]),
        (route(ANY, &[AllPreviousFailed]), &[Timeout, Timeout], &[0, 1, 2]),
        (route(&[RateLimited], &[PrimaryFailed]), &[Timeout], &[0, 2]),
        // There is no way back up the list.
        (route(&[RateLimited], &[Timeout]), &[Timeout, RateLimited], &[0, 2]),
        (route(ANY, ANY), &[ContentFiltered], &[0]),
        (route(&[PrimaryFailed], ANY), &[ContentFiltered], &[0]),
        (route(&[ContentFiltered], ANY), &[ContentFiltered], &[0, 1]),
        (route(&[CostExceeded], &[InvalidResponse]), &[InvalidResponse], &[0, 2]),
        (route(&[ModelNotFound], &[ContextLengthExceeded]), &[ContextLengthExceeded], &[0, 2]),
    ];
    for (route, seen, expected) in cases {
        let catalog = catalog(&[("a", route.clone())]);
        let legs = Surroundings::default().walk(&catalog, "a", &failures(seen));
        assert_eq!(legs, *expected, "{seen:?} on {route:?}");
    }
}

#[test]
fn mistake_of_the_client_never_moves() {
    let catalog = catalog(&[("a", chain(to_target(0), vec![fallback(to_target(1), ANY)]))]);
    assert_eq!(Surroundings::default().walk(&catalog, "a", &[Failure::CLIENT]), [0]);
}

#[test]
fn answer_may_stand_for_several_conditions() {
    let on_quota = vec![fallback(to_target(1), &[QuotaExceeded])];
    let catalog = catalog(&[("a", chain(to_target(0), on_quota))]);
    let both = Failure::of(RateLimited).also(QuotaExceeded);
    assert_eq!(Surroundings::default().walk(&catalog, "a", &[both]), [0, 1]);
    assert_eq!(both.condition(), Some(RateLimited));
}

#[test]
fn pool_gives_each_member_once_before_the_chain_falls_back() {
    let members = || [to_target(0), to_target(1), to_target(2)];
    let route = chain(pool(Algorithm::RoundRobin, members()), vec![fallback(to_target(3), ANY)]);
    let catalog = catalog(&[("a", route)]);
    let around = Surroundings::default();
    for _ in 0..3 {
        let legs = around.walk(&catalog, "a", &failures(&[Timeout; 4]));
        let mut members = legs[..3].to_vec();
        members.sort_unstable();
        assert_eq!((members, legs[3..].to_vec()), (vec![0, 1, 2], vec![3]));
    }
    let legs = around.walk(&catalog, "a", &failures(&[ContentFiltered]));
    assert_eq!(legs.len(), 1, "a refusal on policy does not go round the pool");
}

#[test]
fn prompt_too_long_for_a_model_is_not_sent_to_its_equals() {
    let mut parts = some(&[("a", pool(Algorithm::RoundRobin, [to_target(0), to_target(1), to_target(2)]))]);
    parts.targets[1].model = parts.targets[0].model.clone();
    let legs =
        Surroundings::default().walk(&Catalog::new(parts), "a", &failures(&[ContextLengthExceeded; 3]));
    assert_eq!(legs, [0, 2]);
}

#[test]
fn routes_compose() {
    let catalog = catalog(&[
        ("entry", split(&[(to_target(5), 50), (to_alias(1), 50)], None)),
        ("second", chain(to_alias(2), vec![fallback(to_alias(3), &[Unavailable])])),
        (
            "pool",
            chain(
                pool(Algorithm::RoundRobin, [to_target(0), to_target(1)]),
                vec![fallback(to_target(2), &[RateLimited])],
            ),
        ),
        ("last", to_target(3)),
    ]);
    let around = Surroundings::default();
    let mut seen = Vec::new();
    for _ in 0..20 {
        seen.push(around.walk(&catalog, "entry", &failures(&[Unavailable; 5])));
    }
    let through_the_pool: Vec<_> = seen.iter().filter(|legs| legs.len() > 1).collect();
    assert!((9..=11).contains(&through_the_pool.len()), "{seen:?}");
    for legs in through_the_pool {
        let mut members = legs[..2].to_vec();
        members.sort_unstable();
        assert_eq!((members, &legs[2..]), (vec![0, 1], &[3][..]), "{seen:?}");
    }
    let limited = around.walk(&catalog, "second", &failures(&[RateLimited; 5]));
    assert_eq!(limited[2..], [2], "the inner fallback has failed, and the outer one does not catch that");
}

#[test]
fn split_part_that_fails_is_not_replaced_by_another() {
    let catalog = catalog(&[("a", split(&[(to_target(0), 100), (to_target(1), 0)], None))]);
    assert_eq!(Surroundings::default().walk(&catalog, "a", &failures(&[Timeout])), [0]);
}

#[test]
fn key_decides_before_a_session_and_a_session_before_the_turn() {
    let by_user = split(&[(to_target(0), 50), (to_target(1), 50)], Some(Sticky::User));
    let catalog = catalog(&[("a", by_user)]);
    let chosen = |user: Option<&str>, headers: &[(&'static str, &'static str)]| {
        let around = Surroundings {
            user: user.map(str::to_owned),
            headers: headers.to_vec(),
            ..Surroundings::default()
        };
        let legs: Vec<u32> = (0..8).flat_map(|_| around.walk(&catalog, "a", &[])).collect();
        legs
    };
    for user in ["u1", "u2", "u3", "u4"] {
        let legs = chosen(Some(user), &[]);
        assert!(legs.iter().all(|leg| *leg == legs[0]), "{legs:?}");
        assert_eq!(chosen(Some(user), &[("x-callsign-session", "s")]), legs);
    }
    let session = chosen(None, &[("x-model-affinity", "s")]);
    assert!(session.iter().all(|leg| *leg == session[0]), "{session:?}");
    let in_turn = chosen(None, &[]);
    assert!(in_turn.contains(&0) && in_turn.contains(&1), "{in_turn:?}");
}

#[test]
fn ejected_target_is_passed_over_and_counts_as_failed() {
    let route = chain(to_target(0), vec![fallback(to_target(1), &[RateLimited])]);
    let catalog = catalog(&[("a", route)]);
    let ejected = Admission::Ejected { cause: RateLimited, left: Duration::from_secs(3) };
    let around = Surroundings { admissions: HashMap::from([(0, ejected)]), ..Surroundings::default() };
    let (legs, course) = around.walked(&catalog, "a", &[]);
    assert_eq!(legs, [1]);
    let why = Pass::Ejected { cause: RateLimited, left: Duration::from_secs(3) };
    assert!(course.trace().contains(&Mark::Passed { target: TargetId(0), why }), "{:?}", course.trace());
}

#[test]
fn last_target_left_is_never_ejected() {
    let ejected = Admission::Ejected { cause: Unavailable, left: Duration::from_secs(3) };
    let admissions: HashMap<u32, Admission> = (0..6).map(|target| (target, ejected)).collect();
    let around = Surroundings { admissions, ..Surroundings::default() };
    let on_limit = chain(to_target(0), vec![fallback(to_target(1), ANY)]);
    let catalog = catalog(&[("one", to_target(0)), ("chain", on_limit)]);
    assert_eq!(around.walk(&catalog, "one", &[]), [0]);
    assert_eq!(around.walk(&catalog, "p/4", &[]), [4]);
    let (legs, course) = around.walked(&catalog, "chain", &failures(&[Timeout, Timeout]));
    assert_eq!(legs, [0, 1]);
    assert!(course.trace().contains(&Mark::LastResort));
}

#[test]
fn last_resort_keeps_what_the_request_has_chosen() {
    let ejected = Admission::Ejected { cause: Unavailable, left: Duration::from_secs(3) };
    let catalog = catalog(&[
        ("pool", pool(Algorithm::RoundRobin, [to_target(0), to_target(1)])),
        ("split", split(&[(to_target(2), 75), (to_target(3), 25)], None)),
        (
            "both",
            chain(to_alias(1), vec![fallback(to_target(4), &[RateLimited]), fallback(to_alias(0), ANY)]),
        ),
    ]);
    for (name, failures, expected) in
        [("pool", 0, [500, 500]), ("split", 0, [750, 250]), ("both", 1, [500, 500])]
    {
        let admissions = (0..6).map(|target| (target, ejected)).collect();
        let around = Surroundings { admissions, ..Surroundings::default() };
        let mut served = HashMap::<u32, u32>::new();
        for _ in 0..1000 {
            let legs = around.walk(&catalog, name, &vec![Failure::of(Unavailable); failures]);
            *served.entry(*legs.last().unwrap()).or_default() += 1;
        }
        let mut counts: Vec<_> = served.into_iter().collect();
        counts.sort_unstable();
        assert_eq!(counts.len(), expected.len(), "{name} {counts:?}");
        let fair = |((_, count), expected): (&(u32, u32), u32)| count.abs_diff(expected) <= 2;
        assert!(counts.iter().zip(expected).all(fair), "{name} {counts:?}");
        let turns = around.turns.borrow();
        assert!(turns.values().all(|turns| *turns == 1000), "{name} {turns:?}");
    }
}

#[test]
fn alias_entered_twice_by_one_request_chooses_once() {
    let catalog = catalog(&[
        ("a", chain(to_alias(1), vec![fallback(to_alias(2), ANY)])),
        ("split", split(&[(to_target(0), 50), (to_target(1), 50)], None)),
        ("again", to_alias(1)),
    ]);
    let around = Surroundings::default();
    let walks: Vec<Vec<u32>> =
        (0..4).map(|_| around.walk(&catalog, "a", &failures(&[Timeout, Timeout]))).collect();
    assert!(walks.iter().all(|legs| legs.len() == 2 && legs[0] == legs[1]), "{walks:?}");
    assert!(walks.iter().any(|legs| *legs != walks[0]), "{walks:?}");
}

#[test]
fn target_that_does_not_speak_the_dialect_is_passed_over_and_fails_as_what_was_before() {
    let three = |second: &[Condition], third: &[Condition]| {
        chain(to_target(0), vec![fallback(to_target(1), second), fallback(to_target(2), third)])
    };
    let members = || pool(Algorithm::RoundRobin, [to_target(1), to_target(2)]);
    let to_pool = || chain(to_target(0), vec![fallback(members(), &[ContentFiltered])]);
    let cases: &[(&[u32], Route, Seen, &[u32])] = &[
        (&[0], three(ANY, ANY), &[], &[1]),
        (&[0], three(&[Unavailable], ANY), &[], &[1]),
        (&[0], three(&[RateLimited], &[PrimaryFailed]), &[], &[2]),
        (&[0], three(&[RateLimited], &[Timeout]), &[], &[]),
        (&[1], three(&[RateLimited], &[RateLimited]), &[RateLimited], &[0, 2]),
        (&[1], three(&[RateLimited], &[Unavailable]), &[RateLimited], &[0]),
        (&[1], three(&[ContentFiltered], &[ContentFiltered]), &[ContentFiltered], &[0, 2]),
        (&[1], three(&[ContentFiltered], ANY), &[ContentFiltered], &[0]),
        (&[1], three(ANY, &[AllPreviousFailed]), &[Timeout], &[0, 2]),
        (&[1], to_pool(), &[ContentFiltered], &[0, 2]),
        (&[2], to_pool(), &[ContentFiltered, ContentFiltered], &[0, 1]),
        (&[0, 1, 2], three(ANY, ANY), &[], &[]),
    ];
    for (deaf, route, seen, expected) in cases {
        let mut parts = some(&[("a", route.clone())]);
        for id in *deaf {
            parts.targets[*id as usize].dialects = Dialects::NONE;
        }
        let around = Surroundings::default();
        let (legs, course) = around.walked(&Catalog::new(parts), "a", &failures(seen));
        assert_eq!(legs, *expected, "{deaf:?} {route:?}");
        let why = Pass::Dialect;
        let passed = |id: &u32| course.trace().contains(&Mark::Passed { target: TargetId(*id), why });
        assert!(deaf.iter().any(passed) || seen.len() == 2, "{:?}", course.trace());
        let asked = around.asked.borrow();
        assert!(!asked.iter().any(|(id, _)| deaf.contains(id)), "no breaker is asked: {asked:?}");
    }
}

#[test]
fn breakers_are_told_which_alias_was_asked_for() {
    let catalog = catalog(&[("a", to_alias(1)), ("b", to_target(0))]);
    for (name, expected) in [("a", Some(AliasId(0))), ("b", Some(AliasId(1))), ("p/0", None)] {
        let around = Surroundings::default();
        around.walk(&catalog, name, &[]);
        assert_eq!(*around.asked.borrow(), [(0, expected)], "{name}");
    }
}

#[test]
fn target_that_is_coming_back_waits_its_turn_without_having_failed() {
    let never = |cause| Admission::Returning { cause, share: 0 };
    let ejected = Admission::Ejected { cause: Unavailable, left: Duration::from_secs(3) };
    let one = |on: &[Condition]| chain(to_target(0), vec![fallback(to_target(1), on)]);
    let two = |first: &[Condition], second: &[Condition]| {
        chain(to_target(0), vec![fallback(to_target(1), first), fallback(to_target(2), second)])
    };
    let cases: &[(Route, Option<Admission>, Seen, &[u32])] = &[
        (one(ANY), None, &[], &[1]),
        (one(&[RateLimited]), None, &[], &[1]),
        (one(&[Unavailable]), None, &[], &[1]),
        (one(&[Timeout]), None, &[], &[0]),
        (one(&[PrimaryFailed]), None, &[], &[0]),
        (one(&[PrimaryFailed]), None, &[Timeout], &[0, 1]),
        (one(&[AllPreviousFailed]), None, &[], &[0]),
        (two(ANY, &[PrimaryAndFirstFallbackFailed]), None, &[Timeout], &[1]),
        (two(ANY, &[AllPreviousFailed]), None, &[Timeout], &[1]),
        (two(ANY, &[PrimaryFailed, Timeout]), None, &[Timeout], &[1, 2]),
        // It is better than one that is ejected.
        (one(ANY), Some(ejected), &[], &[0]),
        (pool(Algorithm::RoundRobin, [to_target(1), to_target(0)]), Some(ejected), &[], &[0]),
        (to_target(0), None, &[], &[0]),
    ];
    for (route, second, seen, expected) in cases {
        let catalog = catalog(&[("a", route.clone())]);
        let admissions = [(0, Some(never(RateLimited))), (1, *second)];
        let admissions =
            admissions.into_iter().filter_map(|(id, admission)| Some((id, admission?))).collect();
        let around = Surroundings { admissions, ..Surroundings::default() };
        let (legs, course) = around.walked(&catalog, "a", &failures(seen));
        assert_eq!(legs, *expected, "{route:?}");
        assert!(!course.trace().contains(&Mark::LastResort), "{:?}", course.trace());
        let passed = Mark::Passed { target: TargetId(0), why: Pass::Returning };
        assert_eq!(course.trace().contains(&passed), expected[0] != 0, "{:?}", course.trace());
    }
}

#[test]
fn target_without_a_key_is_passed_over_even_as_a_last_resort() {
    let route = chain(to_target(0), vec![fallback(to_target(1), ANY)]);
    let mut parts = some(&[("a", route), ("alone", to_target(0))]);
    parts.targets[0].credential = Credential::Missing { variable: "KEY".into() };
    let catalog = Catalog::new(parts);
    assert_eq!(Surroundings::default().walk(&catalog, "a", &[]), [1]);
    assert_eq!(Surroundings::default().walk(&catalog, "alone", &[]), Vec::<u32>::new());
}

#[test]
fn alias_past_its_sunset_is_passed_over() {
    let route = chain(to_alias(1), vec![fallback(to_target(1), ANY)]);
    let mut parts = some(&[("a", route), ("old", to_target(0))]);
    parts.aliases[1].deprecated = Some(Deprecation { since: None, sunset: Some(1_000), successor: None });
    assert_eq!(Surroundings::default().walk(&Catalog::new(parts), "a", &[]), [1]);
}

#[test]
fn retries_stay_on_the_target_while_it_may_help_and_the_budget_lasts() {
    let route = chain(to_target(0), vec![fallback(to_target(1), ANY)]);
    let mut parts = some(&[("a", route)]);
    parts.aliases[0].retries = Some(Retries { attempts: 2, backoff: Duration::from_millis(100) });
    let catalog = Catalog::new(parts);
    let cases: &[(u32, Condition, &[u32])] = &[
        (9, Unavailable, &[0, 0, 0, 1, 1, 1]),
        (1, Unavailable, &[0, 0, 1]),
        (0, Unavailable, &[0, 1]),
        (9, AuthFailed, &[0, 1]),
        (9, ModelNotFound, &[0, 1]),
    ];
    for (budget, condition, expected) in cases {
        let around = Surroundings { budget: Cell::new(*budget), ..Surroundings::default() };
        assert_eq!(
            around.walk(&catalog, "a", &failures(&[*condition; 9])),
            *expected,
            "{budget} {condition:?}"
        );
    }
}

#[test]
fn innermost_alias_that_says_something_of_attempts_decides() {
    use MidStream::{Error, Resume};
    let on = |attempts| Some(Retries { attempts, backoff: Duration::from_millis(100) });
    // What the alias asked for says, then the one it leads to; how often its target is tried, and what its leg says.
    let cases = [
        (on(2), on(0), 1, (Some(Resume), Some(Error), Error)),
        (on(0), on(2), 3, (Some(Error), Some(Resume), Resume)),
        (on(2), None, 3, (Some(Resume), None, Resume)),
        (None, on(1), 2, (None, Some(Resume), Resume)),
        (None, None, 1, (None, None, Error)),
    ];
    for (outer, inner, tries, (outside, inside, expected)) in cases {
        let mut parts = some(&[("outer", to_alias(1)), ("inner", to_target(0))]);
        (parts.aliases[0].retries, parts.aliases[1].retries) = (outer, inner);
        (parts.aliases[0].mid_stream, parts.aliases[1].mid_stream) = (outside, inside);
        let catalog = Catalog::new(parts);
        let around = Surroundings { budget: Cell::new(9), ..Surroundings::default() };
        let tried = around.walk(&catalog, "outer", &failures(&[Unavailable; 9]));
        assert_eq!(tried, vec![0; tries], "{outer:?} {inner:?}");
        let step = around.course(&catalog, "outer").step(&around.around(&catalog), None).unwrap();
        let Step::Try(leg) = step else { panic!("something is left") };
        assert_eq!(leg.mid_stream, expected, "{outside:?} {inside:?}");
    }
}

#[test]
fn retry_after_is_obeyed_where_it_fits_and_moves_on_where_not() {
    let route = chain(to_target(0), vec![fallback(to_target(1), ANY)]);
    let mut parts = some(&[("a", route)]);
    parts.aliases[0].retries = Some(Retries { attempts: 1, backoff: Duration::from_millis(100) });
    parts.aliases[0].timeouts = Timeouts { total: Some(Duration::from_secs(10)), ..Timeouts::default() };
    let catalog = Catalog::new(parts);
    for (after, expected) in [(9, (0, 9)), (10, (1, 0)), (3600, (1, 0))] {
        let around = Surroundings { budget: Cell::new(5), ..Surroundings::default() };
        let mut course = around.course(&catalog, "a");
        course.step(&around.around(&catalog), None).unwrap();
        let setback = Setback { failure: Failure::of(RateLimited), after: Some(Duration::from_secs(after)) };
        let Step::Try(leg) = course.step(&around.around(&catalog), Some(setback)).unwrap() else {
            panic!("something is left")
        };
        assert_eq!((leg.target.0, leg.after.as_secs()), expected, "{after}");
    }
}

#[test]
fn nearest_scope_sets_a_limit_and_the_strictest_latency_holds() {
    let seconds = |seconds| Some(Duration::from_secs(seconds));
    let mut parts = some(&[("outer", to_alias(1)), ("inner", to_target(0)), ("fallen", to_target(1))]);
    parts.timeouts = Timeouts { connect: seconds(1), idle: seconds(1), ..Timeouts::default() };
    parts.targets[0].timeouts = Timeouts { first_token: seconds(2), ..Timeouts::default() };
    parts.targets[1].max_latency = seconds(7);
    parts.aliases[0].timeouts = Timeouts { idle: seconds(4), total: seconds(40), ..Timeouts::default() };
    parts.aliases[1].timeouts =
        Timeouts { first_token: seconds(3), idle: seconds(3), total: seconds(30), ..Timeouts::default() };
    parts.aliases[0].guardrails.max_latency = seconds(5);
    parts.aliases[1].guardrails.max_latency = seconds(6);
    parts.aliases[2].guardrails.max_latency = seconds(1);
    parts.aliases[1].mid_stream = Some(MidStream::Resume);
    let catalog = Catalog::new(parts);
    let around = Surroundings { now: Duration::from_secs(100), ..Surroundings::default() };
    let leg = |name: &str| match around.course(&catalog, name).step(&around.around(&catalog), None) {
        Ok(Step::Try(leg)) => leg,
        other => panic!("{other:?}"),
    };
    let limits = leg("outer").limits;
    let found = [limits.connect, limits.first_token, limits.idle, limits.deadline.0];
    assert_eq!(found.map(|limit| limit.as_secs()), [1, 2, 3, 130]);
    assert_eq!(limits.max_latency, seconds(5));
    assert_eq!(leg("outer").mid_stream, MidStream::Resume);
    assert_eq!(leg("fallen").limits.max_latency, seconds(7), "a target's own limit overrides the alias's");
    let limits = leg("p/5").limits;
    let found = [limits.connect, limits.first_token, limits.idle, limits.deadline.0];
    assert_eq!(found.map(|limit| limit.as_secs()), [1, 60, 1, 400]);
}

#[test]
fn what_is_left_when_time_is_over_is_passed_over() {
    let mut parts = some(&[
        ("outer", chain(to_alias(1), vec![fallback(to_target(3), &[Timeout])])),
        ("inner", chain(to_target(0), vec![fallback(to_target(1), ANY)])),
    ]);
    parts.aliases[1].timeouts.total = Some(Duration::from_secs(1));
    let catalog = Catalog::new(parts);
    let mut around = Surroundings::default();
    let mut course = around.course(&catalog, "outer");
    course.step(&around.around(&catalog), None).unwrap();
    around.now = Duration::from_secs(2);
    let setback = Setback { failure: Failure::of(Timeout), after: None };
    let Ok(Step::Try(leg)) = course.step(&around.around(&catalog), Some(setback)) else { panic!("a leg") };
    assert_eq!(leg.target.0, 3, "the outer alias has time left");
    around.now = TOTAL;
    assert_eq!(course.step(&around.around(&catalog), Some(setback)), Ok(Step::Stop));
}

#[test]
fn wildcard_serves_the_model_that_was_asked_for() {
    let catalog = Catalog::new(parts(&["openai/*"]));
    let around = Surroundings::default();
    let mut course = around.course(&catalog, "openai/ft:gpt-4o:team::1");
    let Ok(Step::Try(leg)) = course.step(&around.around(&catalog), None) else { panic!("a leg") };
    assert_eq!(leg.model.as_ref(), "ft:gpt-4o:team::1");
}

#[test]
fn broken_catalog_is_told() {
    let around = Surroundings::default();
    for route in [to_alias(0), to_alias(7), to_target(77), split(&[], None)] {
        let catalog = catalog(&[("a", route.clone())]);
        let found = (Found::Alias(AliasId(0)), "a");
        let mut course = Course::chart(&around.around(&catalog), found, TOTAL, Dice::new(1)).unwrap();
        assert_eq!(course.step(&around.around(&catalog), None), Err(Broken), "{route:?}");
    }
}

#[test]
fn trace_is_told_in_names_with_every_candidate() {
    let catalog = catalog(&[
        (
            "a",
            chain(
                split(&[(to_alias(1), 100), (to_target(5), 0)], None),
                vec![fallback(to_target(3), &[RateLimited]), fallback(to_target(4), ANY)],
            ),
        ),
        ("b", pool(Algorithm::RoundRobin, [to_target(0), to_target(1)])),
    ]);
    let (_, course) = Surroundings::default().walked(&catalog, "a", &failures(&[Timeout, Timeout]));
    let told = explain(&catalog, course.trace());
    let shape: Vec<(usize, String)> = told
        .iter()
        .map(|decision| {
            let name = match &decision.what {
                What::Alias(name) => format!("alias {name}"),
                What::Split { parts, .. } => {
                    format!("split {}", parts.iter().filter(|part| part.taken).count())
                }
                What::Pool { members, .. } => format!("pool of {}", members.len()),
                What::Fallback { number, because, .. } => format!("fallback {number} {}", because.name()),
                What::NotHeld { number, .. } => format!("not held {number}"),
                What::Tried(target) => format!("tried {target}"),
                other => format!("{other:?}"),
            };
            (decision.depth, name)
        })
        .collect();
    let expected = [
        (0, "alias a"),
        (1, "split 1"),
        (1, "alias b"),
        (2, "pool of 2"),
        (2, "tried p/0"),
        (2, "pool of 2"),
        (2, "tried p/1"),
        (1, "not held 1"),
        (1, "fallback 2 any"),
        (1, "tried p/4"),
    ];
    assert_eq!(shape, expected.map(|(depth, name)| (depth, name.to_owned())));
}

fn any_condition() -> impl Strategy<Value = Condition> {
    prop::sample::select(Condition::NAMES.map(|(condition, _)| condition).to_vec())
}

fn any_leaf(aliases: u32) -> impl Strategy<Value = Route> {
    prop_oneof![(0u32..6).prop_map(to_target), (aliases..aliases + 2).prop_map(to_alias)]
}

/// A route of alias number `id`, which only leads to aliases behind it.
fn any_route(id: u32) -> impl Strategy<Value = Route> {
    let leaf = || {
        any_leaf(id + 1).prop_map(|route| match route {
            Route::Alias(AliasId(id)) if id >= 4 => to_target(id % 6),
            route => route,
        })
    };
    let primary = prop_oneof![
        leaf(),
        prop::collection::vec((leaf(), 1u64..5), 1..4).prop_map(|parts| split(&parts, None)),
        prop::collection::vec(leaf(), 1..4).prop_map(|members| pool(Algorithm::RoundRobin, members)),
    ];
    let fallbacks = prop::collection::vec((leaf(), prop::collection::vec(any_condition(), 1..3)), 0..3);
    (primary, fallbacks).prop_map(|(primary, fallbacks)| {
        if fallbacks.is_empty() {
            return primary;
        }
        chain(
            primary,
            fallbacks.into_iter().map(|(route, conditions)| fallback(route, &conditions)).collect(),
        )
    })
}

proptest! {
    /// Whatever the routes and the failures, a walk ends, tries no more than there is, and something is tried.
    #[test]
    fn every_walk_ends(
        routes in (any_route(0), any_route(1), any_route(2), any_route(3)),
        seen in prop::collection::vec(any_condition(), 0..200),
        out in prop::collection::hash_set(0u32..6, 0..6),
    ) {
        let catalog = catalog(&[("a", routes.0), ("b", routes.1), ("c", routes.2), ("d", routes.3)]);
        let ejected = Admission::Ejected { cause: Timeout, left: Duration::from_secs(1) };
        let admissions = out.into_iter().map(|target| (target, ejected)).collect();
        let around = Surroundings { admissions, ..Surroundings::default() };
        let (legs, course) = around.walked(&catalog, "a", &failures(&seen));
        prop_assert!(!legs.is_empty());
        prop_assert!(legs.len() <= 6usize.pow(4));
        prop_assert_eq!(explain(&catalog, course.trace()).len(), course.trace().len());
    }
}
