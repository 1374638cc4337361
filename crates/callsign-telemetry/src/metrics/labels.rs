//! Labels of metrics, and the bounds on how many values one may have.

use std::collections::HashSet;
use std::fmt::{self, Write as _};
use std::sync::Arc;

use foldhash::fast::FixedState;
use prometheus_client::encoding::{EncodeLabelValue, LabelValueEncoder};

/// The labels of one series. One without a value counts as absent.
pub(crate) type Labels = Vec<(&'static str, Arc<str>)>;

/// What stands for all values beyond a bound.
pub(crate) const OTHER: &str = "other";

/// The values of one label. Once there are as many as may be, every further one is `other`.
#[derive(Debug)]
pub(crate) struct Bound {
    known: HashSet<Arc<str>, FixedState>,
    most: usize,
    other: Arc<str>,
}

/// The name of a trace, as exemplars carry it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TraceId(pub(crate) u128);

/// What an exemplar says.
pub(crate) type Exemplar = [(&'static str, TraceId); 1];

// === impl Bound ===

impl Bound {
    pub(crate) fn new(most: usize) -> Self {
        Self { known: HashSet::default(), most, other: OTHER.into() }
    }

    /// The value, if it was met before.
    pub(crate) fn met(&self, value: &str) -> Option<Arc<str>> {
        self.known.get(value).cloned()
    }

    /// The value, or `other`.
    pub(crate) fn of(&mut self, value: &str) -> Arc<str> {
        if let Some(known) = self.met(value) {
            return known;
        }
        if self.known.len() >= self.most {
            return Arc::clone(&self.other);
        }
        let value: Arc<str> = value.into();
        self.known.insert(Arc::clone(&value));
        value
    }
}

impl EncodeLabelValue for TraceId {
    fn encode(&self, encoder: &mut LabelValueEncoder) -> fmt::Result {
        write!(encoder, "{:032x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_beyond_the_bound_are_told_as_one() {
        let mut bound = Bound::new(2);
        let told: Vec<Arc<str>> = ["a", "b", "c", "a", "d"].iter().map(|value| bound.of(value)).collect();
        assert_eq!(told.iter().map(|value| &**value).collect::<Vec<_>>(), ["a", "b", "other", "a", "other"]);
    }
}
