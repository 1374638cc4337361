//! Whether a stream ended as its dialect says, told by its last bytes.

use std::sync::LazyLock;

use bytes::Bytes;
use memchr::memmem::Finder;

use crate::dialect::Operation;
use crate::frame::sse::{Frame, Framer};
use crate::json::walk::{self, Node};
use crate::opening::{self, Opening};

/// How a stream ended that the provider closed in good order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ending {
    /// With what its dialect ends with.
    Complete,
    /// With an error that the provider spoke itself.
    Failed,
    /// With neither: something is missing.
    Cut,
}

/// The ending of a stream of which `tail` is the last (about) 1 KiB, which may begin amid an event.
pub fn of(operation: Operation, tail: &[u8]) -> Ending {
    if !ends_with_a_word(operation) {
        return Ending::Complete;
    }
    let mut ending = Ending::Cut;
    for (index, frame) in frames(tail).iter().enumerate() {
        let last_word = match word(operation, frame) {
            None if index == 0 => last_words(operation, &frame.raw),
            found => found,
        };
        ending = match (last_word, ending) {
            // A marker that follows an error makes no answer of it.
            (None, before) | (Some(Ending::Complete), before @ Ending::Failed) => before,
            (Some(word), _) => word,
        };
    }
    ending
}

const fn ends_with_a_word(operation: Operation) -> bool {
    matches!(
        operation,
        Operation::ChatCompletions
            | Operation::Completions
            | Operation::Messages
            | Operation::Responses
            | Operation::StreamGenerateContent
    )
}

/// The events, with one whose blank line never came.
fn frames(tail: &[u8]) -> Vec<Frame> {
    let mut framer = Framer::new(usize::MAX);
    framer.push(Bytes::copy_from_slice(tail));
    let mut found = Vec::new();
    while let Ok(Some(frame)) = framer.next_frame() {
        found.push(frame);
    }
    let rest = framer.finish();
    found.extend(rest.frame);
    found.extend(Some(rest.tail).filter(|tail| !tail.is_empty()).map(Frame::from));
    found
}

/// What an event says about the end of its stream.
fn word(operation: Operation, frame: &Frame) -> Option<Ending> {
    if is_silent(operation, &frame.raw) {
        return None;
    }
    match opening::event(operation, frame) {
        Opening::Error => return Some(Ending::Failed),
        Opening::End => return Some(Ending::Complete),
        _ => {}
    }
    let object = Node::read(frame.data.as_deref()?)?;
    let ends = match operation {
        Operation::Messages => opening::event_type(object, frame.event.as_deref()) == "message_stop",
        Operation::Responses => matches!(
            opening::event_type(object, frame.event.as_deref()).as_ref(),
            "response.completed" | "response.incomplete"
        ),
        Operation::StreamGenerateContent => opening::gemini::ends(object),
        _ => object.get("choices").into_iter().flat_map(Node::elements).any(is_finished),
    };
    ends.then_some(Ending::Complete)
}

/// What a chat's event holds that may say something of an end; escapes may spell anything.
static WORDS: LazyLock<[Finder<'static>; 3]> =
    LazyLock::new(|| [b"error".as_slice(), b"[DONE]", br"\u"].map(Finder::new));
static REASON: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(br#""finish_reason""#));

/// Whether an event says nothing of the end of its stream as far as can be told without reading it. Nearly all of a chat's
/// are so.
fn is_silent(operation: Operation, raw: &[u8]) -> bool {
    let is_open = |at: usize| {
        let after = raw.get(at + REASON.needle().len()..).unwrap_or_default().trim_ascii_start();
        after.strip_prefix(b":").is_some_and(|value| value.trim_ascii_start().starts_with(b"null"))
    };
    matches!(operation, Operation::ChatCompletions | Operation::Completions)
        && WORDS.iter().all(|word| word.find(raw).is_none())
        && REASON.find_iter(raw).all(is_open)
}

fn is_finished(choice: Node<'_>) -> bool {
    choice.get("finish_reason").is_some_and(|reason| !reason.is_blank())
}

/// The same for an event whose beginning is out of reach. The end of a response repeats all of it, so it often is; of its
/// events only those at the end know what it used.
fn last_words(operation: Operation, raw: &[u8]) -> Option<Ending> {
    let line = raw.split(|byte| matches!(byte, b'\n' | b'\r')).next()?;
    let mut said = None;
    walk::from_end(line, |depth, key, value| {
        let found = match (operation, depth, key) {
            (_, 1, b"type") if value.starts_with(br#""error""#) => Some(Ending::Failed),
            (_, 1, b"error") if value.starts_with(b"{") => Some(Ending::Failed),
            (Operation::Messages, 1, b"type") if value.starts_with(br#""message_stop""#) => {
                Some(Ending::Complete)
            }
            (Operation::Responses, 1, b"type") => response_word(value),
            (Operation::Responses, 2, b"usage") if value.starts_with(b"{") => Some(Ending::Complete),
            (Operation::ChatCompletions | Operation::Completions, 3, b"finish_reason") => {
                value.starts_with(b"\"").then_some(Ending::Complete)
            }
            (Operation::StreamGenerateContent, 3, b"finishReason") => Some(Ending::Complete),
            _ => None,
        };
        said = said.or(found);
    });
    said
}

fn response_word(value: &[u8]) -> Option<Ending> {
    if value.starts_with(br#""response.failed""#) {
        return Some(Ending::Failed);
    }
    let ends = [br#""response.completed""#.as_slice(), br#""response.incomplete""#];
    ends.iter().any(|end| value.starts_with(end)).then_some(Ending::Complete)
}

#[cfg(test)]
mod tests;
