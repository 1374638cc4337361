//! Verdicts that were given before, for as long as they may be trusted; bounded, and of the texts only hashes.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::{Hash, Verdict};

/// What is remembered; shared by all workers, and by one configuration after another.
#[derive(Debug, Default)]
pub(crate) struct Memory(Mutex<Generations>);

/// When the young are many, they become the old, and the old are forgotten.
#[derive(Debug, Default)]
struct Generations {
    young: HashMap<Hash, Remembered>,
    old: HashMap<Hash, Remembered>,
}

#[derive(Debug, Clone)]
struct Remembered {
    verdict: Verdict,
    until: Instant,
}

/// Of each generation.
const MOST: usize = 8192;

// === impl Memory ===

impl Memory {
    /// What was said of it, if that still holds.
    pub(super) fn recall(&self, key: &Hash, now: Instant) -> Option<Verdict> {
        let generations = self.generations();
        let found = generations.young.get(key).or_else(|| generations.old.get(key));
        found.filter(|remembered| now < remembered.until).map(|remembered| remembered.verdict.clone())
    }

    /// Remembers a verdict, where there is any time for it.
    pub(super) fn keep(&self, key: Hash, verdict: Verdict, (now, time): (Instant, Duration)) {
        let Some(until) = now.checked_add(time).filter(|until| *until > now) else { return };
        let mut generations = self.generations();
        if generations.young.len() >= MOST {
            generations.old = std::mem::take(&mut generations.young);
        }
        generations.young.insert(key, Remembered { verdict, until });
    }

    /// How many are remembered.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        let generations = self.generations();
        generations.young.len() + generations.old.len()
    }

    fn generations(&self) -> MutexGuard<'_, Generations> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
