//! What the guardrails found of one kind, as a record tells it.

use std::borrow::Cow;
use std::fmt;

use callsign_guard::rules::{Action, Side};

/// What the guardrails found of one kind; nothing of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    /// What it is about; of what a referee flags, what kind of referee that is.
    pub(crate) topic: &'static str,
    /// What it is exactly.
    pub(crate) kind: Cow<'static, str>,
    /// What was done about it.
    pub(crate) action: Action,
    /// Which way it went.
    pub(crate) side: Side,
    /// How often it was found.
    pub(crate) count: u32,
}

// === impl Finding ===

impl Finding {
    /// Something that was found once.
    pub(super) fn new(
        topic: &'static str,
        kind: impl Into<Cow<'static, str>>,
        action: Action,
        side: Side,
    ) -> Self {
        Self { topic, kind: kind.into(), action, side, count: 1 }
    }

    /// Whether the two differ in how often they were found alone.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        let told = |finding: &Self| (finding.topic, finding.action, finding.side);
        told(self) == told(other) && self.kind == other.kind
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { topic, kind, action, side, count } = self;
        write!(formatter, "{} {} {topic}/{kind} {count}", side.name(), action.name())
    }
}
