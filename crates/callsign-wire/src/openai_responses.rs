//! OpenAI Responses. <https://platform.openai.com/docs/api-reference/responses>

pub(crate) mod count;
pub mod history;
pub mod listing;
pub(crate) mod reply;
pub(crate) mod request;
pub(crate) mod stream;

mod content;
mod item;
mod sealed;

use crate::hub::usage::Usage;
use crate::json::object::Object;
use crate::json::walk::Node;

/// Reads what an answer took.
pub(crate) fn used(node: Node<'_>) -> Option<Usage> {
    reply::usage(Object::of(node).ok()?).ok()
}
