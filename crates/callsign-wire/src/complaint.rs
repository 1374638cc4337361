//! What a provider complains of, read from the words of its error. What the status alone says is not judged here.

use std::borrow::Cow;

use crate::dialect::Operation;
use crate::frame::sse::Frame;
use crate::json::Kind;
use crate::json::walk::Node;

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

/// How much of a body that is no JSON, or of one text in it, is read: complaints come early.
const MOST_TEXT: usize = 4096;

/// How far errors are followed that stand within errors.
const MOST_LEVELS: usize = 4;

/// Reads the body of an error. The status only guards against words that mean something else under another one.
pub fn read(status: u16, body: &[u8]) -> Complaint {
    let mut complaint = Complaint::default();
    match Node::read(body) {
        Some(node) => complaint.read_error(node, MOST_LEVELS),
        None => complaint.read_plain(body),
    }
    // Below 400 nothing failed, whatever an answer speaks of.
    if status < 400 { Complaint::default() } else { complaint }
}

/// Reads the error that an event of a stream brings; nothing for an event that is none.
pub fn event_complaint(operation: Operation, event: &Frame) -> Complaint {
    if crate::opening::event(operation, event) != crate::opening::Opening::Error {
        return Complaint::default();
    }
    let mut complaint = Complaint::default();
    if let Some(data) = event.data.as_deref() {
        match Node::read(data) {
            Some(node) => complaint.read_error(node, MOST_LEVELS),
            None => complaint.read_plain(data),
        }
    }
    complaint
}

// === impl Complaint ===

impl Complaint {
    /// Reads an error wherever providers put its parts.
    fn read_error(&mut self, node: Node<'_>, levels: usize) {
        match node.kind() {
            Kind::Text => self.read_text(node),
            // Gemini wraps its error in an array; FastAPI has an array of flaws.
            Kind::Array if levels > 0 => node.elements().for_each(|one| self.read_error(one, levels - 1)),
            Kind::Object if levels > 0 => self.read_object(node, levels - 1),
            _ => {}
        }
    }

    fn read_object(&mut self, object: Node<'_>, levels: usize) {
        for member in object.members() {
            let Ok(key) = std::str::from_utf8(member.key) else { continue };
            let value = Node::of(&member);
            match key {
                "code" | "type" | "status" | "__type" | "reason" | "error_type" => self.read_code(value),
                "message" | "Message" | "msg" => self.read_error(value, levels),
                "error" | "detail" | "details" | "innererror" | "errors" | "response"
                | "incomplete_details" | "metadata" | "raw" => self.read_error(value, levels),
                _ => {}
            }
        }
    }

    fn read_code(&mut self, value: Node<'_>) {
        if let Some(code) = value.text() {
            words::code(self, &code);
        }
    }

    /// A message; some hold another provider's body as text.
    fn read_text(&mut self, value: Node<'_>) {
        if let Some(text) = value.text() {
            words::message(self, beginning(&text));
        }
    }

    /// A body that is no JSON; pages of HTML come from in between, and speak of anything.
    fn read_plain(&mut self, body: &[u8]) {
        if body.trim_ascii_start().starts_with(b"<") {
            return;
        }
        let text: Cow<'_, str> = String::from_utf8_lossy(body.get(..MOST_TEXT).unwrap_or(body));
        words::message(self, &text);
    }
}

fn beginning(text: &str) -> &str {
    text.get(..text.floor_char_boundary(MOST_TEXT)).unwrap_or(text)
}

#[cfg(test)]
mod tests;
