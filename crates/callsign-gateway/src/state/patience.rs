//! Which targets are too slow for which alias. `max_latency` is one alias's patience: a target that outwaits it is left
//! alone by that alias for a while, and by no other.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use callsign_plan::alias::Condition;
use callsign_plan::breaker::Breaker;
use callsign_plan::ids::{AliasId, TargetId};
use callsign_plan::units::Moment;
use callsign_plan::vitals::Admission;

/// A breaker for each alias and target that had to be given up lately.
#[derive(Debug, Default)]
pub(crate) struct Patience {
    /// Looked at before the lock is taken.
    tried: AtomicBool,
    breakers: Mutex<HashMap<Pair, Breaker>>,
}

/// Whose patience, with whom.
pub(crate) type Pair = (AliasId, TargetId);

// === impl Patience ===

impl Patience {
    /// Whether the alias would have the target tried now.
    pub(crate) fn admit(&self, pair: Pair, now: Moment) -> Admission {
        self.look(pair, |breaker| breaker.admit(now)).unwrap_or(Admission::Free)
    }

    /// The same, without taking a probe.
    pub(crate) fn peek(&self, pair: Pair, now: Moment) -> Admission {
        self.look(pair, |breaker| breaker.peek(now)).unwrap_or(Admission::Free)
    }

    /// The target took longer than the alias waits.
    pub(crate) fn lost(&self, pair: Pair, now: Moment, began: Moment) {
        let mut breakers = self.breakers.lock().unwrap_or_else(PoisonError::into_inner);
        breakers.entry(pair).or_default().failed(now, began, Condition::Timeout, None);
        self.tried.store(true, Ordering::Relaxed);
    }

    /// The target answered in time.
    pub(crate) fn kept(&self, pair: Pair, now: Moment, began: Moment) {
        self.look(pair, |breaker| breaker.succeeded(now, began));
    }

    /// Nobody knows whether it would have.
    pub(crate) fn left_open(&self, pair: Pair, now: Moment) {
        self.look(pair, |breaker| breaker.abandoned(now));
    }

    fn look<T>(&self, pair: Pair, look: impl FnOnce(&mut Breaker) -> T) -> Option<T> {
        if !self.tried.load(Ordering::Relaxed) {
            return None;
        }
        let mut breakers = self.breakers.lock().unwrap_or_else(PoisonError::into_inner);
        let breaker = breakers.get_mut(&pair)?;
        let seen = look(breaker);
        if breaker.is_calm() {
            breakers.remove(&pair);
            self.tried.store(!breakers.is_empty(), Ordering::Relaxed);
        }
        Some(seen)
    }
}
