//! Google generateContent. <https://ai.google.dev/api/generate-content>

mod entry;
mod field;
mod grounding;
mod ids;
mod logprobs;
mod media;
mod outcome;
mod part;
mod proof;
mod schema;

pub mod count;
pub(crate) mod proto;
pub(crate) mod reply;
pub(crate) mod request;
pub(crate) mod stream;

pub(crate) use proof::UNKNOWN as UNKNOWN_SIGNATURE;

use crate::hub::usage::Usage;
use crate::json::object::Object;
use crate::json::walk::Node;

/// Reads what an answer took.
pub(crate) fn used(node: Node<'_>) -> Option<Usage> {
    outcome::usage(Object::of(node).ok()?, &Usage::default()).ok()
}
