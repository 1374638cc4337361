//! The conditions of `fallbacks`: which can never hold, which failures they catch, and which fallbacks are reached.

use callsign_plan::alias::{Condition, Fallback};
use callsign_plan::fault::Failure;

use crate::diagnostic::{Code, Findings};
use crate::tree::Node;

/// The conditions of one fallback; `any` where none is written.
pub(crate) fn conditions(node: &Node, position: usize, findings: &mut Findings<'_>) -> Vec<Condition> {
    let mut conditions = Vec::new();
    for item in node.get("conditions").map_or(&[][..], Node::items) {
        let Some(condition) = item.text().and_then(condition) else { continue };
        if condition == Condition::PrimaryAndFirstFallbackFailed && position == 0 {
            findings
                .report(Code::ImpossibleCondition, item.span, "on the first fallback this can never hold")
                .label("the first fallback is this one")
                .help("write `primary_failed`, or move it to a later fallback");
        }
        if conditions.contains(&condition) {
            findings
                .report(Code::NoEffect, item.span, "this condition stands here already")
                .label("has no effect")
                .help("remove it");
            continue;
        }
        conditions.push(condition);
    }
    if conditions.is_empty() { vec![Condition::Any] } else { conditions }
}

/// A set of the failures that an attempt can end in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Failures(u16);

/// How an attempt can end, by the name that people are told.
const FAILURES: [(&str, Failure); 10] = [
    ("rate_limited", Failure::of(Condition::RateLimited).also(Condition::QuotaExceeded)),
    ("quota_exceeded", Failure::of(Condition::QuotaExceeded)),
    ("timeout", Failure::of(Condition::Timeout)),
    ("unavailable", Failure::of(Condition::Unavailable)),
    ("auth_failed", Failure::of(Condition::AuthFailed)),
    ("model_not_found", Failure::of(Condition::ModelNotFound)),
    ("context_length_exceeded", Failure::of(Condition::ContextLengthExceeded)),
    ("invalid_response", Failure::of(Condition::InvalidResponse)),
    ("cost_exceeded", Failure::of(Condition::CostExceeded)),
    ("content_filtered", Failure::of(Condition::ContentFiltered)),
];

/// What is known of the steps before a fallback, besides the last failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Past {
    /// The first fallback was tried.
    first: bool,
    /// Every fallback was tried.
    all: bool,
}

/// Whether a fallback is ever reached, and whether ever without what it leads to having been tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Arrival {
    pub(crate) ever: bool,
    pub(crate) fresh: bool,
}

/// The failures after which a chain goes on from its primary by itself, none of its fallbacks having been tried.
pub(crate) fn caught(fallbacks: &[Fallback]) -> Failures {
    (0..).zip(fallbacks).fold(Failures::NONE, |caught, (position, fallback)| {
        let past = Past { first: false, all: position == 0 };
        caught.or(Failures::that_hold(&fallback.conditions, past))
    })
}

/// How each fallback is reached, if attempts end in `possible`. `covers` says whether the primary (`None`) or an
/// earlier fallback, once tried, leaves nothing new to the one that is asked about.
pub(crate) fn arrivals(
    fallbacks: &[Fallback],
    possible: Failures,
    covers: impl Fn(Option<usize>) -> bool,
) -> Vec<Arrival> {
    let start = State { past: Past { first: false, all: true }, covered: covers(None) };
    let mut states = vec![(start, possible)];
    let mut arrivals = Vec::with_capacity(fallbacks.len());
    for (position, fallback) in fallbacks.iter().enumerate() {
        let mut arrival = Arrival::default();
        let mut next = Vec::with_capacity(states.len() + 1);
        for (state, failures) in states {
            let holding = Failures::that_hold(&fallback.conditions, state.past);
            let taken = failures.and(holding);
            if taken != Failures::NONE {
                arrival.ever = true;
                arrival.fresh |= !state.covered;
                add(&mut next, state.after(position, covers(Some(position))), possible);
            }
            let passed = State { past: Past { all: false, ..state.past }, ..state };
            add(&mut next, passed, failures.without(holding));
        }
        states = next;
        arrivals.push(arrival);
    }
    arrivals
}

/// Where a chain may stand before one of its fallbacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct State {
    past: Past,
    covered: bool,
}

fn add(states: &mut Vec<(State, Failures)>, state: State, failures: Failures) {
    if failures == Failures::NONE {
        return;
    }
    match states.iter_mut().find(|(other, _)| *other == state) {
        Some((_, known)) => *known = known.or(failures),
        None => states.push((state, failures)),
    }
}

fn condition(word: &str) -> Option<Condition> {
    Condition::NAMES.iter().find(|(_, names)| names.contains(&word)).map(|(condition, _)| *condition)
}

// === impl State ===

impl State {
    /// After the fallback at `position` was tried.
    const fn after(self, position: usize, covered: bool) -> Self {
        let past = Past { first: self.past.first || position == 0, all: self.past.all };
        Self { past, covered: self.covered || covered }
    }
}

// === impl Failures ===

impl Failures {
    /// No failure.
    pub(crate) const NONE: Self = Self(0);

    /// Every failure of a target that no cost limit passes over.
    pub(crate) fn without_cost() -> Self {
        Self::all().without(Self::that(Condition::CostExceeded))
    }

    /// Every failure there is.
    pub(crate) fn all() -> Self {
        Self::those(|_| true)
    }

    fn those(wanted: impl Fn(&Failure) -> bool) -> Self {
        let bits = FAILURES.iter().enumerate().filter(|(_, (_, failure))| wanted(failure));
        Self(bits.fold(0, |bits, (place, _)| bits | 1 << place))
    }

    fn that(condition: Condition) -> Self {
        Self::those(|failure| failure.is(condition))
    }

    /// The failures after which one of `conditions` holds.
    fn that_hold(conditions: &[Condition], past: Past) -> Self {
        conditions.iter().fold(Self::NONE, |set, condition| {
            set.or(match condition {
                Condition::PrimaryAndFirstFallbackFailed if !past.first => Self::NONE,
                Condition::AllPreviousFailed if !past.all => Self::NONE,
                // A refusal on policy moves a request on only where it is named.
                Condition::PrimaryFailed
                | Condition::PrimaryAndFirstFallbackFailed
                | Condition::AllPreviousFailed => Self::that(Condition::Any),
                condition => Self::that(*condition),
            })
        })
    }

    pub(crate) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// The names of the failures that a chain is expected to catch, and that are not among these.
    pub(crate) fn missing(self) -> Vec<&'static str> {
        let expected = Self::that(Condition::Any).without(Self::that(Condition::CostExceeded));
        let missing = expected.without(self);
        let named = FAILURES.iter().enumerate().filter(|(place, _)| missing.0 & (1 << place) != 0);
        named.map(|(_, (name, _))| *name).collect()
    }
}

#[cfg(test)]
mod tests {
    use callsign_plan::alias::Route;
    use callsign_plan::ids::TargetId;

    use super::*;

    fn fallbacks(all: &[&[Condition]]) -> Vec<Fallback> {
        let route = Route::Target(TargetId(0));
        all.iter().map(|one| Fallback { route: route.clone(), conditions: one.to_vec() }).collect()
    }

    #[test]
    fn arrivals_follow_the_rules_of_a_chain() {
        use Condition as C;
        let cases: &[(&[&[C]], &str)] = &[
            (&[&[C::Any], &[C::Any]], "yy"),
            (&[&[C::Any], &[C::Timeout]], "yy"),
            (&[&[C::Timeout], &[C::PrimaryAndFirstFallbackFailed], &[C::AllPreviousFailed]], "yyy"),
            (&[&[C::PrimaryAndFirstFallbackFailed], &[C::AllPreviousFailed]], "nn"),
            (&[&[C::CostExceeded], &[C::AllPreviousFailed], &[C::PrimaryFailed]], "nny"),
            (&[&[C::CostExceeded], &[C::PrimaryAndFirstFallbackFailed]], "nn"),
            (&[&[C::PrimaryFailed], &[C::ContentFiltered]], "yy"),
            (&[&[C::ContentFiltered], &[C::AllPreviousFailed]], "yy"),
        ];
        for (conditions, expected) in cases {
            let found: String = arrivals(&fallbacks(conditions), Failures::without_cost(), |_| false)
                .iter()
                .map(|arrival| if arrival.ever { 'y' } else { 'n' })
                .collect();
            assert_eq!(found, *expected, "{conditions:?}");
        }
    }

    #[test]
    fn what_was_tried_on_every_way_is_not_fresh() {
        use Condition as C;
        // Whether the last fallback meets something new, where the primary or this fallback is the same as it.
        for (conditions, same, fresh) in [
            (&[&[C::Any] as &[C]] as &[&[C]], None, false),
            (&[&[C::Any], &[C::Any]], Some(0), false),
            (&[&[C::Timeout], &[C::Any]], Some(0), true),
            (&[&[C::Timeout], &[C::RateLimited], &[C::AllPreviousFailed]], Some(1), false),
            (&[&[C::Timeout], &[C::RateLimited], &[C::Unavailable]], Some(0), true),
        ] {
            let found = arrivals(&fallbacks(conditions), Failures::without_cost(), |step| step == same);
            assert_eq!(found.last().map(|arrival| arrival.fresh), Some(fresh), "{conditions:?} {same:?}");
        }
    }
}
