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

/// How one target is doing.
#[derive(Debug, Default)]
pub(crate) struct Vital {
    in_flight: AtomicU32,
    /// Whether the breaker has anything to say; looked at before the lock is taken.
    troubled: AtomicBool,
    health: Mutex<Health>,
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
    /// Whether the breaker waits for what comes of it.
    awaited: bool,
}

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
        Self { targets: targets.iter().map(vital).collect(), turns: aliases.iter().map(turn).collect() }
    }

    /// Counts an attempt at a target.
    pub(crate) fn begin(&self, leg: &Leg, clock: Clock, now: Instant) -> Trial {
        let vital = self.vital(leg.target).cloned();
        if let Some(vital) = &vital {
            vital.in_flight.fetch_add(1, Ordering::Relaxed);
        }
        Trial { vital, clock, began: clock.moment(now), awaited: leg.probe }
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

impl Vitals for Sight<'_> {
    fn admit(&self, target: TargetId, _alias: Option<AliasId>) -> Admission {
        match self.ward.vital(target) {
            Some(vital) if vital.troubled.load(Ordering::Relaxed) => vital.health().breaker.admit(self.now),
            _ => Admission::Free,
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
        let (now, began) = (self.clock.moment(now), self.began);
        self.judge(|health| {
            health.breaker.succeeded(now, began);
            health.latency.observe(now.since(began), now);
            health.budget.deposit(now);
        });
    }

    /// The target lives, though it did not answer what was asked.
    pub(crate) fn refused(&mut self) {
        let (now, began) = (self.clock.now(), self.began);
        self.judge(|health| health.breaker.succeeded(now, began));
    }

    /// The target failed before it answered; `after` is when it wants to be asked again.
    pub(crate) fn failed(&mut self, cause: Condition, after: Option<Duration>) {
        let (now, began) = (self.clock.now(), self.began);
        self.judge(|health| {
            health.breaker.failed(now, began, cause, after);
            health.latency.observe(now.since(began), now);
            health.budget.deposit(now);
        });
    }

    /// The target broke off an answer that it had begun.
    pub(crate) fn broke(&mut self, cause: Condition) {
        let (now, began) = (self.clock.now(), self.began);
        self.judge(|health| health.breaker.failed(now, began, cause, None));
    }

    /// It kept the caller waiting for longer than this caller wanted, which says nothing of others.
    pub(crate) fn outwaited(&mut self) {
        let (now, began, awaited) = (self.clock.now(), self.began, self.awaited);
        self.judge(|health| {
            if awaited {
                health.breaker.abandoned(now);
            }
            health.latency.observe(now.since(began), now);
        });
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
            self.judge(|health| health.breaker.abandoned(now));
        }
        if let Some(vital) = &self.vital {
            vital.in_flight.fetch_sub(1, Ordering::Relaxed);
        }
    }
}
