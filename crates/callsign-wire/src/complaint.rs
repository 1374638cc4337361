//! What a provider complains of, read from the words of its error. What a status says by itself is not judged here.

use crate::dialect::Operation;
use crate::frame::sse::Frame;
use crate::json::Kind;
use crate::json::walk::Node;
use crate::opening::{self, Opening};

mod words;

/// What an error speaks of; several may hold, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
#[expect(clippy::struct_excessive_bools, reason = "independent answers to independent questions")]
pub struct Complaint {
    /// No quota, credit or budget is left.
    pub quota: bool,
    /// The prompt does not fit into the model's context window.
    pub context: bool,
    /// The provider refused on policy.
    pub policy: bool,
    /// The model, or its deployment, is not there.
    pub model_missing: bool,
    /// The provider has no capacity at the moment.
    pub overloaded: bool,
    /// Too many requests or tokens in too short a time.
    pub rate: bool,
}

/// How much of a text is read: complaints come early, and what follows may be the prompt.
const MOST_TEXT: usize = 4096;

/// How far errors are followed that stand within errors.
const MOST_LEVELS: u8 = 10;

/// Reads the body of an error that came with this status, or of an error in place of an answer that came with 200.
pub fn read(status: u16, body: &[u8]) -> Complaint {
    let is_failure = status >= 400;
    let mut reader = Reader { numbers: !is_failure, ..Reader::default() };
    match Node::read(body) {
        Some(error) => reader.value(error, MOST_LEVELS),
        None if is_failure => reader.plain(body),
        None => {}
    }
    reader.complaint
}

/// Reads the error that an event of a stream brings; nothing where it brings none.
pub fn event_complaint(operation: Operation, event: &Frame) -> Complaint {
    let mut reader = Reader { numbers: true, ..Reader::default() };
    if opening::event(operation, event) == Opening::Error
        && let Some(data) = event.data.as_deref()
    {
        match Node::read(data) {
            Some(error) => reader.value(error, MOST_LEVELS),
            None => reader.plain(data),
        }
    }
    reader.complaint
}

/// Goes over an error wherever providers put its parts.
#[derive(Default)]
struct Reader {
    complaint: Complaint,
    /// Whether codes are statuses that came no other way.
    numbers: bool,
}

// === impl Reader ===

impl Reader {
    /// An error, a message, or a list of either: Gemini wraps its error in an array, validators list flaws.
    fn value(&mut self, value: Node<'_>, levels: u8) {
        let Some(levels) = levels.checked_sub(1) else { return };
        match value.kind() {
            Kind::Text => self.text(value, levels),
            Kind::Array => value.elements().for_each(|one| self.value(one, levels)),
            Kind::Object => self.object(value, levels),
            Kind::Number | Kind::Bool | Kind::Null => {}
        }
    }

    fn object(&mut self, object: Node<'_>, levels: u8) {
        for member in object.members() {
            let value = Node::of(&member);
            match member.key {
                b"code" | b"type" | b"status" | b"__type" | b"reason" | b"error_type" => self.code(value),
                b"message"
                | b"Message"
                | b"msg"
                | b"error"
                | b"errors"
                | b"detail"
                | b"details"
                | b"innererror"
                | b"inner_error"
                | b"response"
                | b"incomplete_details"
                | b"metadata"
                | b"raw"
                | b"choices" => self.value(value, levels),
                _ => {}
            }
        }
    }

    fn code(&mut self, value: Node<'_>) {
        let quoted = value.text();
        let spelled =
            quoted.as_deref().or_else(|| std::str::from_utf8(value.spelled()).ok()).unwrap_or_default();
        words::code(&mut self.complaint, spelled);
        if self.numbers {
            words::number(&mut self.complaint, spelled);
        }
    }

    /// A message; one that an intermediary passes on may be a whole body of its own.
    fn text(&mut self, value: Node<'_>, levels: u8) {
        let Some(text) = value.text() else { return };
        match Node::read(text.as_bytes()).filter(|inner| matches!(inner.kind(), Kind::Object | Kind::Array)) {
            Some(inner) => self.value(inner, levels),
            None => self.plain(text.as_bytes()),
        }
    }

    /// Words that are in no form. Pages of HTML come from between here and the provider, and speak of anything.
    fn plain(&mut self, text: &[u8]) {
        if !text.trim_ascii_start().starts_with(b"<") {
            let beginning = text.get(..MOST_TEXT).unwrap_or(text);
            words::message(&mut self.complaint, &String::from_utf8_lossy(beginning));
        }
    }
}

#[cfg(test)]
mod tests;
