//! The walk of one request, played: nothing is sent, and what becomes of each attempt is written beforehand.

use std::cell::RefCell;
use std::collections::HashMap;
use std::time::Duration;

use callsign_gateway::forecast::Forecast;
use callsign_plan::alias::Condition;
use callsign_plan::breaker::FIRST_EJECTION;
use callsign_plan::catalog::{Catalog, Found};
use callsign_plan::course::{Around, Asker, Broken, Course, Leg, Setback, Step};
use callsign_plan::dice::Dice;
use callsign_plan::draw::fingerprint;
use callsign_plan::explain::{Decision, What, explain};
use callsign_plan::fault::Failure;
use callsign_plan::ids::{AliasId, TargetId};
use callsign_plan::target::Model;
use callsign_plan::units::{Moment, Money};
use callsign_plan::vitals::{Admission, Vitals};
use callsign_wire::caller::prompt_beginning;
use callsign_wire::dialect::{Dialect, Dialects, Operation};
use serde_json::json;

use super::cost::{self, Costs};
use super::fault::Fault;

/// Everything that a played request meets.
pub(super) struct Rehearsal<'a> {
    /// What the names mean.
    pub(super) catalog: &'a Catalog,
    /// What is asked for, and under which name.
    pub(super) asked: (Found, &'a str),
    /// How the attempts fail, in order; later ones answer.
    pub(super) faults: &'a [Fault],
    /// Whether the answer is wanted as a stream.
    pub(super) stream: bool,
    /// Who asks.
    pub(super) caller: Caller<'a>,
    /// What it may cost.
    pub(super) costs: Costs<'a>,
    /// How targets are doing.
    pub(super) calm: Calm,
    /// The longest that all attempts may take, where the configuration does not say.
    pub(super) total: Duration,
    /// Today: seconds since 1970-01-01 UTC.
    pub(super) date: u64,
}

/// What a played request came to.
pub(super) struct Played {
    /// What was decided, in order.
    pub(super) decisions: Vec<Decision>,
    /// The attempts, in order.
    pub(super) attempts: Vec<Attempt>,
    /// How it ended.
    pub(super) ending: Ending,
}

/// One attempt.
pub(super) struct Attempt {
    /// Where to.
    pub(super) id: TargetId,
    /// The same as it is shown.
    pub(super) target: String,
    /// How it fails, if it does.
    pub(super) fault: Option<Fault>,
    /// The pause before it.
    pub(super) after: Duration,
    /// How long it may keep the caller waiting.
    pub(super) max_latency: Option<Duration>,
    /// How long its stream's first token may take.
    pub(super) first_token: Option<Duration>,
    /// How long it may take altogether.
    pub(super) left: Duration,
    /// What it costs at most, where a ceiling stands over it.
    pub(super) cost: Option<Forecast>,
}

/// How a played request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// The last attempt answers.
    Served,
    /// The last attempt fails by the client's own fault.
    Refused,
    /// All that there is was tried.
    Exhausted,
    /// There was nothing to try.
    Untried,
}

/// Who asks.
pub(super) struct Caller<'a> {
    key: Option<&'a str>,
    prompt: Option<u64>,
    dialect: Dialect,
}

/// Targets that are well and idle, but for those that are ejected; and each alias's count.
pub(super) struct Calm {
    ejected: Vec<TargetId>,
    /// Where each count starts.
    first: u64,
    turns: RefCell<HashMap<AliasId, u64>>,
}

/// How much of a prompt's beginning the gateway looks at.
const BEGINNING: usize = 1 << 10;

// === impl Rehearsal ===

impl Rehearsal<'_> {
    /// Plays request number `number`, counted from the one that the turns start with. The number also decides what
    /// is left to chance, so that a dry run can be repeated.
    pub(super) fn play(&self, number: u64) -> Result<Played, Broken> {
        let chance = self.calm.first.wrapping_add(number);
        let mut now = Moment::default();
        let mut course = Course::chart(&self.around(now), self.asked, self.total, Dice::new(chance))?;
        let (mut attempts, mut setback, mut spent) = (Vec::new(), None, Money(0));
        while let Step::Try(leg) = course.step(&self.around(now), setback)? {
            now = now + leg.after;
            let attempt = self.attempt(&leg, self.faults.get(attempts.len()), (now, spent))?;
            now = now + attempt.took();
            spent = spent.plus(cost::gone(attempt.cost.as_ref(), attempt.fault.as_ref()));
            setback = attempt.fault.map(|fault| Setback { failure: fault.failure, after: None });
            attempts.push(attempt);
            if setback.is_none() {
                break;
            }
        }
        let decisions = explain(self.catalog, course.trace());
        let ending = Ending::of(attempts.last());
        Ok(Played { decisions: named(decisions, &attempts), attempts, ending })
    }

    fn around(&self, now: Moment) -> Around<'_> {
        Around { catalog: self.catalog, vitals: &self.calm, asker: &self.caller, now, date: self.date }
    }

    fn attempt(
        &self,
        leg: &Leg,
        fault: Option<&Fault>,
        (now, spent): (Moment, Money),
    ) -> Result<Attempt, Broken> {
        let target = self.catalog.target(leg.target).ok_or(Broken)?;
        let shown = match target.model {
            Model::Fixed(_) => target.name.to_string(),
            Model::Asked => format!("{}/{}", target.provider, leg.model),
        };
        let left = leg.limits.deadline.since(now);
        let cost = self.costs.of(leg, target, spent);
        let is_dear = cost.as_ref().is_some_and(|cost| cost.verdict.most().is_none());
        Ok(Attempt {
            id: leg.target,
            target: shown,
            fault: if is_dear { Some(cost::TOO_DEAR) } else { fault.copied() },
            cost,
            after: leg.after,
            max_latency: leg.limits.max_latency,
            first_token: Some(leg.limits.first_token).filter(|_| self.stream),
            left: leg.limits.total.map_or(left, |total| total.min(left)),
        })
    }
}

/// Attempts under the names they are shown by: of a `provider/*`, the model that was asked for.
fn named(mut decisions: Vec<Decision>, attempts: &[Attempt]) -> Vec<Decision> {
    let mut attempts = attempts.iter();
    for decision in &mut decisions {
        if let What::Tried(target) | What::Retried { target, .. } = &mut decision.what
            && let Some(attempt) = attempts.next()
        {
            *target = attempt.target.as_str().into();
        }
    }
    decisions
}

// === impl Attempt ===

impl Attempt {
    /// How long it took before it failed. A timeout that nobody set uses up the time of the whole exchange.
    fn took(&self) -> Duration {
        let timed_out = self.fault.is_some_and(|fault| fault.failure.condition() == Some(Condition::Timeout));
        let patience = self.max_latency.into_iter().chain(self.first_token).min();
        if timed_out {
            patience.map_or(self.left, |patience| patience.min(self.left))
        } else {
            Duration::ZERO
        }
    }
}

// === impl Ending ===

impl Ending {
    fn of(last: Option<&Attempt>) -> Self {
        match last.map(|attempt| attempt.fault) {
            None => Self::Untried,
            Some(None) => Self::Served,
            Some(Some(fault)) if fault.failure == Failure::CLIENT => Self::Refused,
            Some(Some(_)) => Self::Exhausted,
        }
    }
}

// === impl Caller ===

impl<'a> Caller<'a> {
    /// A caller known by `key`, who begins with `prompt` and speaks `dialect`.
    pub(super) fn new(key: Option<&'a str>, prompt: Option<&str>, dialect: Dialect) -> Self {
        let beginning = prompt.and_then(|prompt| {
            let body = json!({"messages": [{"role": "user", "content": prompt}]}).to_string();
            prompt_beginning(body.as_bytes(), BEGINNING)
        });
        Self { key, prompt: beginning.map(|beginning| fingerprint(&beginning)), dialect }
    }
}

impl Asker for Caller<'_> {
    fn user(&self) -> Option<&str> {
        self.key
    }

    fn header(&self, _name: &str) -> Option<&[u8]> {
        self.key.map(str::as_bytes)
    }

    fn prompt(&self) -> Option<u64> {
        self.prompt
    }

    fn can_ask(&self, dialects: Dialects) -> bool {
        let asked = match self.dialect {
            Dialect::Anthropic => Operation::Messages,
            _ => Operation::ChatCompletions,
        };
        asked.towards(dialects, false).is_some()
    }
}

// === impl Calm ===

impl Calm {
    /// All is well but for `ejected`; each alias counts from `first`.
    pub(super) fn new(ejected: Vec<TargetId>, first: u64) -> Self {
        Self { ejected, first, turns: RefCell::default() }
    }
}

impl Vitals for Calm {
    fn admit(&self, target: TargetId, _alias: Option<AliasId>) -> Admission {
        if self.ejected.contains(&target) {
            return Admission::Ejected { cause: Condition::Unavailable, left: FIRST_EJECTION };
        }
        Admission::Free
    }

    fn load(&self, _target: TargetId) -> u32 {
        0
    }

    fn latency(&self, _target: TargetId) -> Duration {
        Duration::ZERO
    }

    fn turn(&self, alias: AliasId) -> u64 {
        let mut turns = self.turns.borrow_mut();
        let next = turns.entry(alias).or_insert(self.first);
        let turn = *next;
        *next = next.wrapping_add(1);
        turn
    }

    fn may_retry(&self, _target: TargetId) -> bool {
        true
    }
}
