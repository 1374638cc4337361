//! How targets are doing, as a decision sees it.

use std::time::Duration;

use crate::alias::Condition;
use crate::ids::{AliasId, TargetId};

/// What decisions ask of the state that outlives a request.
pub trait Vitals {
    /// Whether the target may be tried now by a request for `alias`, or for the target itself. A [`Admission::Probe`] is given to one asker, who has to try.
    fn admit(&self, target: TargetId, alias: Option<AliasId>) -> Admission;
    /// How many attempts are under way at the target.
    fn load(&self, target: TargetId) -> u32;
    /// How long the target takes to open an answer: its peak-EWMA, zero while nothing is known.
    fn latency(&self, target: TargetId) -> Duration;
    /// The next number of the alias's own count, for what goes in turn.
    fn turn(&self, alias: AliasId) -> u64;
    /// Whether the target may be tried once more by the same request; takes from its retry budget.
    fn may_retry(&self, target: TargetId) -> bool;
}

/// Whether a target may be tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// It is well.
    Free,
    /// It was ejected; this one attempt finds out whether it is back.
    Probe,
    /// It came back lately and gets this share of what it would get, in thousandths.
    Returning {
        /// What it failed with.
        cause: Condition,
        /// From 1 to 999.
        share: u16,
    },
    /// It is ejected.
    Ejected {
        /// What it failed with.
        cause: Condition,
        /// How long it stays so; zero while a probe is under way.
        left: Duration,
    },
}
