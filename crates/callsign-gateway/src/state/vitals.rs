//! How targets are doing: what outlives a request, and is kept when a configuration is replaced.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use callsign_plan::alias::{Alias, Condition};
use callsign_plan::breaker::Breaker;
use callsign_plan::budget::RetryBudget;
use callsign_plan::catalog::{Catalog, Parts};
use callsign_plan::course::Leg;
use callsign_plan::ids::{AliasId, TargetId};
use callsign_plan::latency::PeakEwma;
use callsign_plan::target::{Model, Target};
use callsign_plan::units::Moment;
use callsign_plan::vitals::{Admission, Vitals};

use tokio::time::Instant;

use super::clock::Clock;
use super::patience::{Pair, Patience};
use super::shortfall::Shortfall;

/// How one target is doing.
#[derive(Debug, Default)]
pub(crate) struct Vital {
    in_flight: AtomicU32,
    /// Whether the breaker has anything to say; looked at before the lock is taken.
    troubled: AtomicBool,
    health: Mutex<Health>,
    /// What it counts beyond the estimates of its questions.
    shortfall: Shortfall,
}

#[derive(Debug, Default)]
struct Health {
    breaker: Breaker,
    latency: PeakEwma,
    budget: RetryBudget,
}

/// The vitals of one configuration's targets, and the turns of its aliases.
#[derive(Debug)]
pub(crate) struct Ward {
    targets: Vec<Option<Arc<Vital>>>,
    turns: Vec<Arc<AtomicU64>>,
    patience: Arc<Patience>,
}

/// The vitals at one moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sight<'a> {
    pub(crate) ward: &'a Ward,
    pub(crate) now: Moment,
}

/// An attempt under way; it is counted until it is dropped.
#[derive(Debug)]
pub(crate) struct Trial {
    vital: Option<Arc<Vital>>,
    clock: Clock,
    began: Moment,
    /// Whether a breaker waits for what comes of it.
    awaited: bool,
    first: First,
    patience: Arc<Patience>,
    /// The alias asked for, and the target.
    pair: Option<Pair>,
}

/// Whether an attempt is the first at its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum First {
    Attempt,
    Retry,
}

/// A breaker that has nothing to say.
pub(crate) const CLOSED: &str = "closed";

// === impl Ward ===

impl Ward {
    /// Vitals for the targets and turns for the aliases of `catalog`; those known to `before` by name are kept.
    pub(crate) fn new(catalog: &Catalog, before: Option<(&Self, &Catalog)>, seed: impl Fn() -> u64) -> Self {
        let Parts { targets, aliases, .. } = catalog.parts();
        let mut known = HashMap::new();
        let mut counting = HashMap::new();
        if let Some((ward, catalog)) = before {
            let Parts { targets, aliases, .. } = catalog.parts();
            known.extend(targets.iter().map(|target| &*target.name).zip(&ward.targets));
            counting.extend(aliases.iter().map(|alias| &*alias.name).zip(&ward.turns));
        }
        let vital = |target: &Target| match (&target.model, known.get(&*target.name)) {
            // A wildcard is as many models as clients can name: one must not stand for another.
            (Model::Asked, _) => None,
            (Model::Fixed(_), Some(Some(vital))) => Some(Arc::clone(vital)),
            (Model::Fixed(_), _) => Some(Arc::default()),
        };
        let turn = |alias: &Alias| match counting.get(&*alias.name) {
            Some(turns) => Arc::clone(turns),
            // Replicas that start together shall not all begin with the same target.
            None => Arc::new(AtomicU64::new(seed())),
        };
        Self {
            targets: targets.iter().map(vital).collect(),
            turns: aliases.iter().map(turn).collect(),
            patience: Arc::default(),
        }
    }

    /// Counts an attempt at a target.
    pub(crate) fn begin(&self, (leg, alias): (&Leg, Option<AliasId>), clock: Clock, now: Instant) -> Trial {
        let vital = self.vital(leg.target).cloned();
        if let Some(vital) = &vital {
            vital.in_flight.fetch_add(1, Ordering::Relaxed);
        }
        Trial {
            vital,
            clock,
            began: clock.moment(now),
            awaited: leg.probe,
            first: if leg.is_retry() { First::Retry } else { First::Attempt },
            patience: Arc::clone(&self.patience),
            pair: alias.map(|alias| (alias, leg.target)),
        }
    }

    /// What a target counts beyond the estimates of its questions.
    pub(crate) fn shortfall(&self, target: TargetId) -> Option<&Shortfall> {
        self.vital(target).map(|vital| &vital.shortfall)
    }

    /// How a target's breaker stands, and how many attempts are under way; looks, and takes no probe.
    pub(crate) fn standing(&self, target: TargetId, now: Moment) -> (&'static str, u32) {
        let Some(vital) = self.vital(target) else { return (CLOSED, 0) };
        let in_flight = vital.in_flight.load(Ordering::Relaxed);
        if !vital.troubled.load(Ordering::Relaxed) {
            return (CLOSED, in_flight);
        }
        let breaker = match vital.health().breaker.peek(now) {
            Admission::Free => CLOSED,
            Admission::Ejected { left, .. } if left > Duration::ZERO => "open",
            Admission::Ejected { .. } | Admission::Probe | Admission::Returning { .. } => "half_open",
        };
        (breaker, in_flight)
    }

    fn vital(&self, target: TargetId) -> Option<&Arc<Vital>> {
        self.targets.get(target.0 as usize)?.as_ref()
    }
}

// === impl Vital ===

impl Vital {
    fn health(&self) -> MutexGuard<'_, Health> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, note: impl FnOnce(&mut Health)) {
        let mut health = self.health();
        note(&mut health);
        self.troubled.store(!health.breaker.is_calm(), Ordering::Relaxed);
    }
}

// === impl Sight ===

impl Sight<'_> {
    /// What a target's breaker says and how many attempts are under way; `None` for those that have no vitals.
    pub(crate) fn look(&self, target: TargetId) -> Option<(Admission, u32)> {
        let vital = self.ward.vital(target)?;
        let troubled = vital.troubled.load(Ordering::Relaxed);
        let admission = if troubled { vital.health().breaker.peek(self.now) } else { Admission::Free };
        Some((admission, vital.in_flight.load(Ordering::Relaxed)))
    }
}

impl Vitals for Sight<'_> {
    fn admit(&self, target: TargetId, alias: Option<AliasId>) -> Admission {
        let (patience, pair) = (&self.ward.patience, alias.map(|alias| (alias, target)));
        let impatient = pair.map(|pair| patience.peek(pair, self.now));
        if let Some(ejected @ Admission::Ejected { .. }) = impatient {
            return ejected;
        }
        let admission = match self.ward.vital(target) {
            Some(vital) if vital.troubled.load(Ordering::Relaxed) => vital.health().breaker.admit(self.now),
            _ => Admission::Free,
        };
        match (admission, pair) {
            (Admission::Free, Some(pair)) => patience.admit(pair, self.now),
            _ => admission,
        }
    }

    fn load(&self, target: TargetId) -> u32 {
        self.ward.vital(target).map_or(0, |vital| vital.in_flight.load(Ordering::Relaxed))
    }

    fn latency(&self, target: TargetId) -> Duration {
        self.ward.vital(target).map_or(Duration::ZERO, |vital| vital.health().latency.read(self.now))
    }

    fn turn(&self, alias: AliasId) -> u64 {
        let turns = self.ward.turns.get(alias.0 as usize);
        turns.map_or(0, |turns| turns.fetch_add(1, Ordering::Relaxed))
    }

    fn may_retry(&self, target: TargetId) -> bool {
        self.ward.vital(target).is_none_or(|vital| vital.health().budget.withdraw(self.now))
    }
}

// === impl Trial ===

impl Trial {
    /// The target answers now.
    pub(crate) fn opened(&mut self, now: Instant) {
        let (now, began, first) = (self.clock.moment(now), self.began, self.first);
        self.kept(now);
        self.judge(|health| {
            health.breaker.succeeded(now, began);
            health.latency.observe(now.since(began), now);
            health.deposit(first, now);
        });
    }

    /// The target lives, though it did not answer what was asked.
    pub(crate) fn refused(&mut self) {
        let (now, began) = (self.clock.now(), self.began);
        self.kept(now);
        self.judge(|health| health.breaker.succeeded(now, began));
    }

    /// The target failed before it answered; `after` is when it wants to be asked again.
    pub(crate) fn failed(&mut self, cause: Condition, after: Option<Duration>) {
        let (now, began, first) = (self.clock.now(), self.began, self.first);
        self.kept(now);
        self.judge(|health| {
            health.breaker.failed(now, began, cause, after);
            health.latency.observe(now.since(began), now);
            health.deposit(first, now);
        });
    }

    /// The target broke off an answer that it had begun.
    pub(crate) fn broke(&mut self, cause: Condition) {
        let (now, began) = (self.clock.now(), self.began);
        self.judge(|health| health.breaker.failed(now, began, cause, None));
    }

    /// It kept the caller waiting for longer than the alias lets it, which says nothing of other aliases.
    pub(crate) fn outwaited(&mut self) {
        let (now, began) = (self.clock.now(), self.began);
        if let Some(pair) = self.pair {
            self.patience.lost(pair, now, began);
        }
        self.unknown(now);
    }

    /// It was given no time to speak of, since others had used it up.
    pub(crate) fn cut_short(&mut self) {
        let now = self.clock.now();
        self.left_open(now);
        self.unknown(now);
    }

    /// How it is doing is not known, but that it takes as long as this.
    fn unknown(&mut self, now: Moment) {
        let (began, awaited, first) = (self.began, self.awaited, self.first);
        self.judge(|health| {
            if awaited {
                health.breaker.abandoned(now);
            }
            health.latency.observe(now.since(began), now);
            health.deposit(first, now);
        });
    }

    fn kept(&self, now: Moment) {
        if let Some(pair) = self.pair {
            self.patience.kept(pair, now, self.began);
        }
    }

    fn left_open(&self, now: Moment) {
        if let Some(pair) = self.pair.filter(|_| self.awaited) {
            self.patience.left_open(pair, now);
        }
    }

    fn judge(&mut self, note: impl FnOnce(&mut Health)) {
        self.awaited = false;
        if let Some(vital) = &self.vital {
            vital.note(note);
        }
    }
}

impl Drop for Trial {
    fn drop(&mut self) {
        if self.awaited {
            let now = self.clock.now();
            self.left_open(now);
            self.judge(|health| health.breaker.abandoned(now));
        }
        if let Some(vital) = &self.vital {
            vital.in_flight.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

// === impl Health ===

impl Health {
    /// First attempts feed the budget of retries; retries do not.
    fn deposit(&mut self, first: First, now: Moment) {
        if first == First::Attempt {
            self.budget.deposit(now);
        }
    }
}
