//! A stream that broke, carried on by another target: what was said so far, the request that goes on from there, and the
//! mark on the answer's last event.

use std::borrow::Cow;

use bytes::Bytes;
use serde::Serialize;

use crate::dialect::Operation;
use crate::frame::sse::Frame;
use crate::json::walk::Node;
use crate::json::{self, Top};
use crate::opening::{self, Opening};

mod request;

pub use request::{Continued, Prefill, request};

/// What one event of a stream adds to the answer's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said<'a> {
    /// This text.
    Text(Cow<'a, str>),
    /// Something that no other model could go on from.
    Unsafe,
    /// Nothing.
    Nothing,
    /// The answer is whole.
    Finished,
}

/// The plain text in an event.
pub fn said(operation: Operation, event: &Frame) -> Said<'_> {
    match opening::event(operation, event) {
        Opening::End => return Said::Finished,
        Opening::Error => return Said::Nothing,
        Opening::Unreadable => return Said::Unsafe,
        Opening::Nothing | Opening::Meaningful | Opening::Filtered => {}
    }
    let Some(object) = event.data.as_deref().and_then(Node::read) else {
        return Said::Nothing;
    };
    let name = event.event.as_deref();
    match operation {
        Operation::ChatCompletions => choices(object, chat_choice),
        Operation::Completions => choices(object, completion_choice),
        Operation::Messages => message_event(object, name),
        Operation::Responses => response_event(object, name),
        _ => Said::Unsafe,
    }
}

/// The bytes of an answer's last event with the mark that another model carried on, right after the brace of its data.
pub fn marked(event: &[u8], model: &str, characters: usize) -> Vec<u8> {
    place_for_mark(event)
        .and_then(|(at, only)| mark_at(event, (at, only), model, characters))
        .unwrap_or_else(|| event.to_vec())
}

#[derive(Serialize)]
struct Mark<'a> {
    resumed: Resumed<'a>,
}

#[derive(Serialize)]
struct Resumed<'a> {
    model: &'a str,
    after_characters: usize,
}

/// The byte after the brace of an event's data, and whether nothing else stands in it.
fn place_for_mark(event: &[u8]) -> Option<(usize, bool)> {
    let frame = Frame::from(Bytes::copy_from_slice(event));
    let Top::Object { inside, empty } = json::document(frame.data.as_deref()?, |_| {}).ok()? else {
        return None;
    };
    Some((frame.place_in_raw(&(inside - 1..inside))?.end, empty))
}

fn mark_at(event: &[u8], (at, only): (usize, bool), model: &str, characters: usize) -> Option<Vec<u8>> {
    let (head, tail) = event.split_at_checked(at)?;
    let mark = Mark { resumed: Resumed { model, after_characters: characters } };
    let mark = serde_json::to_vec(&mark).ok()?;
    let comma: &[u8] = if only { b"" } else { b"," };
    Some([head, b"\"callsign\":", &mark, comma, tail].concat())
}

/// Only the first choice can be carried on, and only where it is the only one.
fn choices<'a>(object: Node<'a>, each: fn(Node<'a>) -> Said<'a>) -> Said<'a> {
    let mut choices = object.get("choices").into_iter().flat_map(Node::elements);
    match (choices.next(), choices.next()) {
        (None, _) => Said::Nothing,
        (Some(choice), None) if is_first(choice, "index") => match each(choice) {
            Said::Unsafe => Said::Unsafe,
            _ if choice.get("finish_reason").is_some_and(|reason| !reason.is_blank()) => Said::Finished,
            said => said,
        },
        _ => Said::Unsafe,
    }
}

/// Whether a position is 0, or unsaid.
fn is_first(node: Node<'_>, position: &str) -> bool {
    node.get(position).is_none_or(|index| index.spelled() == b"0")
}

fn chat_choice(choice: Node<'_>) -> Said<'_> {
    let mut said = Said::Nothing;
    for member in choice.get("delta").into_iter().flat_map(Node::members) {
        let value = Node::of(&member);
        if value.is_blank() {
            continue;
        }
        if member.is("content") {
            said = text(value);
        } else if opening::is_part(&member) {
            return Said::Unsafe;
        }
    }
    said
}

fn completion_choice(choice: Node<'_>) -> Said<'_> {
    choice.get("text").filter(|text| !text.is_blank()).map_or(Said::Nothing, text)
}

/// Half of a surrogate pair is no text: its other half may come with the next event.
fn text(value: Node<'_>) -> Said<'_> {
    value.text().map_or(Said::Unsafe, Said::Text)
}

fn held<'a>(node: Node<'a>, name: &str) -> Said<'a> {
    node.get(name).filter(|text| !text.is_blank()).map_or(Said::Nothing, text)
}

fn message_event<'a>(object: Node<'a>, name: Option<&'a [u8]>) -> Said<'a> {
    let part = match opening::event_type(object, name).as_ref() {
        "content_block_start" => object.get("content_block"),
        "content_block_delta" => object.get("delta"),
        "message_delta" => {
            let stopped = object.at(&["delta", "stop_reason"]).is_some_and(|reason| !reason.is_blank());
            return if stopped { Said::Finished } else { Said::Nothing };
        }
        "message_stop" => return Said::Finished,
        _ => return Said::Nothing,
    };
    match part.and_then(|part| Some((part, part.get("type")?.text()?))) {
        Some((part, kind)) if matches!(kind.as_ref(), "text" | "text_delta") && is_first(object, "index") => {
            held(part, "text")
        }
        _ => Said::Unsafe,
    }
}

fn response_event<'a>(object: Node<'a>, name: Option<&'a [u8]>) -> Said<'a> {
    match opening::event_type(object, name).as_ref() {
        "response.output_text.delta"
            if is_first(object, "output_index") && is_first(object, "content_index") =>
        {
            held(object, "delta")
        }
        "response.completed" | "response.incomplete" => Said::Finished,
        "response.output_item.added" => {
            let is_message = object.at(&["item", "type"]).is_some_and(|kind| kind.says("message"));
            if is_message { Said::Nothing } else { Said::Unsafe }
        }
        other if opening::is_delta(other) => Said::Unsafe,
        _ => Said::Nothing,
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_types, reason = "what is told apart here is read back as values")]
mod tests;
