//! How many exchanges and connections are under way in the whole process.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A shared count. Clones count together.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally(Arc<AtomicUsize>);

/// One that is counted until it is dropped.
#[derive(Debug)]
pub(crate) struct Counted(Tally);

// === impl Tally ===

impl Tally {
    /// Counts one more, unless `most` are counted already.
    pub(crate) fn enter(&self, most: u32) -> Option<Counted> {
        let counted = Counted(self.clone());
        let before = self.0.fetch_add(1, Ordering::Relaxed);
        (before < most as usize).then_some(counted)
    }

    /// How many are counted now.
    pub(crate) fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

// === impl Counted ===

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::Tally;

    #[test]
    fn the_one_too_many_is_refused_and_not_counted() {
        let tally = Tally::default();
        let first = tally.enter(1);
        assert!(first.is_some());
        assert!(tally.enter(1).is_none());
        assert_eq!(tally.count(), 1);
        drop(first);
        assert!(tally.enter(1).is_some());
    }
}
