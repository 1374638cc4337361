//! The latest records, for whoever asks what became of a request.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Entry, Notes};
use crate::state::world::World;

/// The latest records of one worker.
#[derive(Debug, Default)]
pub(crate) struct Ring(Mutex<VecDeque<Notes>>);

/// So many are kept. More would not stay in a core's cache, and every request frees the oldest.
const KEPT: usize = 256;

// === impl Ring ===

impl Ring {
    /// Adds a record that has ended; the oldest goes.
    pub(super) fn push(&self, notes: &Notes) {
        let mut ring = self.ring();
        if ring.len() >= KEPT {
            ring.pop_front();
        }
        ring.push_back(notes.clone());
    }

    /// The record of this exchange.
    pub(crate) fn find(&self, id: &str) -> Option<Entry> {
        let ring = self.ring();
        ring.iter().rev().find(|notes| notes.write().id.as_str() == id).map(Notes::read)
    }

    /// The records, the last first.
    pub(crate) fn all(&self) -> Vec<Notes> {
        self.ring().iter().rev().cloned().collect()
    }

    /// Lets go of every configuration but this one.
    pub(crate) fn settle(&self, current: &Arc<World>) {
        self.ring().iter().for_each(|notes| notes.settle(current));
    }

    fn ring(&self) -> MutexGuard<'_, VecDeque<Notes>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
