//! What a walk decided, step by step: the answer to "why did it go there?".

use std::time::Duration;

use crate::alias::Condition;
use crate::ids::{AliasId, TargetId};

/// One decision of a walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// An alias was entered.
    Entered(AliasId),
    /// A split chose one of its parts.
    Part {
        /// Whose split.
        alias: AliasId,
        /// Which part, from 0.
        part: usize,
        /// What chose.
        by: Chosen,
    },
    /// A pool picked one of its members.
    Member {
        /// Whose pool.
        alias: AliasId,
        /// Which member, from 0.
        member: usize,
    },
    /// A fallback was taken.
    Fallback {
        /// Whose chain.
        alias: AliasId,
        /// Which fallback, from 0.
        fallback: usize,
        /// The condition of it that held.
        because: Condition,
    },
    /// None of a fallback's conditions held.
    NotHeld {
        /// Whose chain.
        alias: AliasId,
        /// Which fallback, from 0.
        fallback: usize,
    },
    /// A target was passed over.
    Passed {
        /// Which target.
        target: TargetId,
        /// Why.
        why: Pass,
    },
    /// An alias was passed over, since it is past its sunset.
    Retired(AliasId),
    /// A target was tried.
    Tried(TargetId),
    /// A target was tried once more, after a pause.
    Retried {
        /// Which target.
        target: TargetId,
        /// The pause before it.
        after: Duration,
    },
    /// Nothing was left, so ejected targets count again.
    LastResort,
}

/// What chose the part of a split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chosen {
    /// The alias's count.
    Turn,
    /// The caller's key.
    Key,
}

/// Why a target was passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pass {
    /// It failed lately.
    Ejected {
        /// With what.
        cause: Condition,
        /// For how much longer.
        left: Duration,
    },
    /// It came back lately and gets only a part of the traffic.
    Returning,
    /// It speaks no dialect that the request could be translated to.
    Dialect,
    /// Its key is not set.
    NoKey,
    /// The time for the request was over.
    Late,
}
