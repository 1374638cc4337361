//! What an answer took, told by its bytes: by its first and its last ones, since most of it lies between.

use memchr::memmem::{Finder, FinderRev};

use crate::dialect::{Dialect, Operation};
use crate::hub::usage::Usage;
use crate::json::shape;
use crate::json::walk::Node;
use crate::{anthropic, gemini, openai_chat, openai_responses};

/// How many counts are looked at that say nothing (`"usage":null`) before one is given up for.
const MOST: usize = 64;

/// What an answer in one piece took, where it says so.
pub fn whole(operation: Operation, body: &[u8]) -> Option<Usage> {
    last(operation, body)
}

/// What a stream took of which these are the first and the last bytes; either may begin or end amid an event.
pub fn stream(operation: Operation, head: &[u8], tail: &[u8]) -> Option<Usage> {
    if operation.dialect() != Dialect::Anthropic {
        return last(operation, tail);
    }
    let counted = [first_counts(operation, head), last_counts(operation, tail)];
    some(anthropic::used(counted.into_iter().flatten().map(|(node, _)| node)))
}

/// How the counts are called.
const fn key(operation: Operation) -> &'static [u8] {
    match operation.dialect() {
        Dialect::Gemini => br#""usageMetadata""#,
        _ => br#""usage""#,
    }
}

fn last(operation: Operation, text: &[u8]) -> Option<Usage> {
    last_counts(operation, text).map(|(_, usage)| usage)
}

/// The first counts that stand in `text`, and what they say.
fn first_counts(operation: Operation, text: &[u8]) -> Option<(Node<'_>, Usage)> {
    let key = key(operation);
    Finder::new(key).find_iter(text).take(MOST).find_map(|at| counts(operation, text, at + key.len()))
}

/// The last counts that stand in `text`. Within strings quotes are escaped, so what looks like the key is one.
fn last_counts(operation: Operation, text: &[u8]) -> Option<(Node<'_>, Usage)> {
    let key = key(operation);
    FinderRev::new(key).rfind_iter(text).take(MOST).find_map(|at| counts(operation, text, at + key.len()))
}

/// The object behind a key that ends at `behind`, where it counts anything.
fn counts(operation: Operation, text: &[u8], behind: usize) -> Option<(Node<'_>, Usage)> {
    let value = text.get(behind..)?.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start();
    if !value.starts_with(b"{") {
        return None;
    }
    let node = Node::read(value.get(..shape::container(value))?)?;
    some(read(operation, node)).map(|usage| (node, usage))
}

fn read(operation: Operation, node: Node<'_>) -> Option<Usage> {
    match operation.dialect() {
        Dialect::OpenAiChat => openai_chat::used(node),
        Dialect::OpenAiResponses => openai_responses::used(node),
        Dialect::Anthropic => anthropic::used([node]),
        Dialect::Gemini => gemini::used(node),
        Dialect::Bedrock => None,
    }
}

fn some(usage: Option<Usage>) -> Option<Usage> {
    usage.filter(|usage| usage.total() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn usage(input: u64, output: u64) -> Usage {
        Usage { input, output, cache_read: None, cache_write: None, cache_write_hour: None, reasoning: None }
    }

    #[test]
    fn counts_are_found_wherever_they_stand() {
        let chat = Operation::ChatCompletions;
        for (operation, body, expected) in [
            (chat, r#"{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4}}"#, Some(usage(3, 4))),
            (
                chat,
                r#"{"usage" : {"prompt_tokens":3,"completion_tokens":4},"choices":[]}"#,
                Some(usage(3, 4)),
            ),
            (chat, r#"{"choices":[{"message":{"content":"\"usage\":{\"prompt_tokens\":9}"}}]}"#, None),
            (chat, r#"{"choices":[],"usage":null}"#, None),
            (chat, r#"{"choices":[],"usage":{"prompt_tokens":0,"completion_tokens":0}}"#, None),
            (
                chat,
                r#"{"usage":{"prompt_tokens":9,"prompt_tokens_details":{"cached_tokens":5},"completion_tokens":4,"completion_tokens_details":{"reasoning_tokens":2}}}"#,
                Some(Usage { cache_read: Some(5), reasoning: Some(2), ..usage(9, 4) }),
            ),
            (
                Operation::Messages,
                r#"{"content":[{"type":"tool_use","input":{"usage":{"input_tokens":99}}}],"usage":{"input_tokens":3,"cache_read_input_tokens":7,"cache_creation_input_tokens":2,"output_tokens":4}}"#,
                Some(Usage { cache_read: Some(7), cache_write: Some(2), ..usage(12, 4) }),
            ),
            (
                Operation::Responses,
                r#"{"output":[],"usage":{"input_tokens":3,"output_tokens":4},"user":null}"#,
                Some(usage(3, 4)),
            ),
            (
                Operation::GenerateContent,
                r#"{"candidates":[],"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":4,"thoughtsTokenCount":2}}"#,
                Some(Usage { reasoning: Some(2), ..usage(3, 6) }),
            ),
        ] {
            assert_eq!(whole(operation, body.as_bytes()), expected, "{body}");
        }
    }

    #[test]
    fn streams_tell_at_their_ends() {
        let start = r#"data: {"type":"message_start","message":{"usage":{"input_tokens":25,"cache_read_input_tokens":5,"output_tokens":1}}}"#;
        let end = r#"data: {"type":"message_delta","delta":{},"usage":{"output_tokens":15}}"#;
        let expected = Usage { cache_read: Some(5), ..usage(30, 15) };
        assert_eq!(stream(Operation::Messages, start.as_bytes(), end.as_bytes()), Some(expected));
        let cut = Usage { cache_read: Some(5), ..usage(30, 1) };
        assert_eq!(stream(Operation::Messages, start.as_bytes(), b"{\"delta\":1}"), Some(cut));
        let chunks = "data: {\"choices\":[],\"usage\":null}\n\ndata: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4}}\n\ndata: [DONE]\n\n";
        let chat = Operation::ChatCompletions;
        assert_eq!(stream(chat, chunks.as_bytes(), chunks.as_bytes()), Some(usage(3, 4)));
        assert_eq!(stream(chat, b"", chunks.get(..40).unwrap().as_bytes()), None);
    }
}
