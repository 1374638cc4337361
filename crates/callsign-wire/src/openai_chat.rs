//! OpenAI Chat Completions, as OpenAI's own service and the many servers speak it that are compatible with it.
//! <https://platform.openai.com/docs/api-reference/chat>

mod calls;
mod content;
mod nested;
mod outcome;
pub(crate) mod reply;
pub(crate) mod request;
pub(crate) mod stream;
mod thoughts;

use crate::hub::usage::Usage;
use crate::json::walk::Node;

/// Reads what an answer took.
pub(crate) fn used(node: Node<'_>) -> Option<Usage> {
    outcome::usage(node, &Usage::default()).ok().map(|(usage, _)| usage)
}

#[cfg(test)]
#[expect(clippy::disallowed_types, reason = "bodies are compared as values")]
mod tests;
