//! Features that Anthropic's clients switch on in a header (`anthropic-beta`). Claude at Bedrock takes them in the body, and
//! refuses those that it does not know.
//!
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages-request-response.html>

use crate::hub::conversation::Conversation;
use crate::hub::loss::Losses;
use crate::quirks::Family;

/// What Claude at Bedrock knows.
const KNOWN: [&str; 14] = [
    "compact-2026-01-12",
    "computer-use-2024-10-22",
    "computer-use-2025-01-24",
    "computer-use-2025-11-24",
    "context-1m-2025-08-07",
    "context-management-2025-06-27",
    "dev-full-thinking-2025-05-14",
    "effort-2025-11-24",
    "fine-grained-tool-streaming-2025-05-14",
    "interleaved-thinking-2025-05-14",
    "output-128k-2025-02-19",
    "token-efficient-tools-2025-02-19",
    "tool-examples-2025-10-29",
    "tool-search-tool-2025-10-19",
];

/// What it knows under another name.
const RENAMED: [(&str, &str); 1] = [("advanced-tool-use-2025-11-20", "tool-search-tool-2025-10-19")];

/// What says who asks, or switches on what is there in any case.
const SAYS_NOTHING: [&str; 7] = [
    "claude-code-20250219",
    "extended-cache-ttl-2025-04-11",
    "oauth-2025-04-20",
    "pdfs-2024-09-25",
    "prompt-caching-2024-07-31",
    "prompt-caching-scope-2026-01-05",
    "structured-outputs-2025-11-13",
];

/// The features that the model is told of; others are noted as losses.
pub(super) fn known<'a>(conversation: &'a Conversation, family: Family, losses: &mut Losses) -> Vec<&'a str> {
    let mut told: Vec<&str> = Vec::new();
    for beta in conversation.betas.iter().map(String::as_str) {
        let name = RENAMED.iter().find(|(name, _)| *name == beta).map_or(beta, |(_, renamed)| *renamed);
        if KNOWN.contains(&name) && family == Family::Claude {
            if !told.contains(&name) {
                told.push(name);
            }
        } else if !SAYS_NOTHING.contains(&beta) {
            losses.dropped(format!("anthropic-beta.{beta}"));
        }
    }
    told
}
