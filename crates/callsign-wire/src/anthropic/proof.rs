//! What stands in a `signature`: Anthropic's own, another maker's packed, one that belongs to a call, or none.

use crate::hub::seal::{Maker, Seal};

pub(super) use crate::hub::seal::NONE;

/// Stands before a packed seal that belongs to the call behind it.
const CALL: &str = "call.";

/// Whose a signature is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Signature {
    /// That of the thoughts that it stands with.
    Thoughts(Option<Seal>),
    /// That of the call behind it.
    Call(Seal),
}

// === impl Signature ===

impl Signature {
    /// Reads one.
    pub(super) fn read(text: &str) -> Self {
        match text.strip_prefix(CALL).and_then(|packed| Seal::unpacked(packed, None)) {
            Some(seal) => Self::Call(seal),
            None => Self::Thoughts(own(text)),
        }
    }
}

/// The seal that `text` is, where it is one.
pub(super) fn own(text: &str) -> Option<Seal> {
    if text.is_empty() || text == NONE {
        return None;
    }
    Seal::unpacked(text, Some(Maker::Anthropic))
}

/// The signature of thoughts for a client.
pub(super) fn of_thoughts(seal: Option<&Seal>) -> String {
    seal.map_or_else(|| NONE.to_owned(), |seal| seal.packed(Some(Maker::Anthropic)))
}

/// The signature of the block before a call, for a client.
pub(super) fn of_call(seal: &Seal) -> String {
    format!("{CALL}{}", seal.packed(None))
}
