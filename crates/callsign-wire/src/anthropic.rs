//! Anthropic Messages. <https://docs.anthropic.com/en/api/messages>
//!
//! What the hub has and this dialect has not is carried so that it comes back when a client sends its history again:
//!
//! - Seals of other makers stand packed in the `signature` of a thinking block, its text empty where there are no thoughts.
//! - A seal that is bound to a call (Gemini's) stands in a thinking block of its own right before the `tool_use`. Its
//!   `signature` begins with `call.`, so that it is told from sealed thoughts, and it is bound again when it is read.
//! - Thoughts without any seal, and citations of pages, have `callsign.none` where Anthropic has its own proof.
//! - Identifiers and names that the API refuses are escaped ([`names`]).
//!
//! None of it goes to Anthropic itself: requests leave out what is not its own. So a body that comes from a client of this
//! dialect may be passed on untouched only where `"callsign.` and `"call.callsign.` stand nowhere in it.

mod block;
mod carry;
mod citation;
pub(crate) mod count;
mod entry;
mod media;
pub(crate) mod names;
mod proof;
mod rest;
mod usage;

pub(crate) mod reply;
pub(crate) mod request;
pub(crate) mod stream;

use crate::hub::usage::Usage;
use crate::json::object::Object;
use crate::json::walk::Node;

/// Reads what an answer took from the counts of a whole answer, or from those that its stream told, one after another.
pub(crate) fn used<'a>(told: impl IntoIterator<Item = Node<'a>>) -> Option<Usage> {
    let mut counts = usage::Counts::default();
    for node in told {
        counts.take(&mut Object::of(node).ok()?).ok()?;
    }
    Some(counts.usage())
}

#[cfg(test)]
mod tests;
