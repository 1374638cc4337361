//! Understands a stream. What servers leave out of the protocol (parts that are never announced, deltas that never come) is
//! made up for by the events that repeat it.

use super::track::{Sink, Track};
use crate::dialect::Dialect;
use crate::error_body::ErrorKind;
use crate::frame::sse::Frame;
use crate::hub::event::{Delta, Event, Failed, Opened, Start};
use crate::hub::extras::Extras;
use crate::hub::flaw::DecodeError;
use crate::hub::part::ReasoningForm;
use crate::hub::wish::Tier;
use crate::json::Kind;
use crate::json::object::Object;
use crate::json::walk::Node;
use crate::openai_responses::item::{self, Item};
use crate::openai_responses::request::tier_named;
use crate::openai_responses::{content, reply};
use crate::translate::Hear;

/// Understands a stream.
#[derive(Debug, Default)]
pub(crate) struct Ear {
    started: bool,
    over: bool,
    next_part: u32,
    tracks: Vec<Track>,
    /// The tier that was told at the beginning.
    tier: Option<Tier>,
}

// === impl Ear ===

impl Hear for Ear {
    fn hear(&mut self, frame: &Frame, heard: &mut Vec<Event>) -> Result<(), DecodeError> {
        let Some(data) = frame.data.as_deref() else { return Ok(()) };
        if self.over || data.trim_ascii() == b"[DONE]" || data.trim_ascii().is_empty() {
            return Ok(());
        }
        let node = Node::read(data).ok_or_else(DecodeError::not_json)?;
        if node.kind() != Kind::Object {
            return Err(DecodeError::expected("an object"));
        }
        let kind = node.get("type").and_then(Node::text).unwrap_or_else(|| {
            String::from_utf8_lossy(frame.event.as_deref().unwrap_or_default()).into_owned().into()
        });
        match kind.as_ref() {
            "error" | "response.failed" => self.fail(node, heard),
            "response.created" | "response.in_progress" | "response.queued" => self.start(node, heard)?,
            "response.completed" | "response.incomplete" | "response.cancelled" => {
                self.start(node, heard)?;
                self.finish(node, heard)?;
            }
            _ if node.get("error").is_some_and(|error| error.kind() == Kind::Object) => {
                self.fail(node, heard);
            }
            kind => {
                self.start(node, heard)?;
                self.item_event(kind, node, heard)?;
            }
        }
        Ok(())
    }

    fn end(&mut self, _heard: &mut Vec<Event>) -> bool {
        self.over
    }
}

impl Ear {
    /// The first event tells what the answer is; where it does not, that stays unknown.
    fn start(&mut self, event: Node<'_>, heard: &mut Vec<Event>) -> Result<(), DecodeError> {
        if std::mem::replace(&mut self.started, true) {
            return Ok(());
        }
        let mut start = Start::new(Dialect::OpenAiResponses);
        if let Some(response) = event.get("response") {
            let (begun, mut object) = reply::beginning(response).map_err(|error| error.within("response"))?;
            for state in ["status", "error", "incomplete_details", "output", "usage"] {
                object.take(state);
            }
            start =
                Start { id: begun.id, model: begun.model, created: begun.created, tier: begun.tier, ..start };
            self.tier.clone_from(&start.tier);
            start.extras = object.rest();
            start.extras.hush(reply::is_repeated);
        }
        heard.push(Event::Start(start));
        Ok(())
    }

    fn fail(&mut self, event: Node<'_>, heard: &mut Vec<Event>) {
        if !std::mem::replace(&mut self.started, true) {
            heard.push(Event::Start(Start::new(Dialect::OpenAiResponses)));
        }
        self.over = true;
        let error = event.at(&["response", "error"]).or_else(|| event.get("error"));
        let error = error.filter(|error| error.kind() == Kind::Object).unwrap_or(event);
        let said = |name| error.get(name).and_then(Node::text).map(std::borrow::Cow::into_owned);
        let code = said("code").unwrap_or_default();
        let named = said("type").filter(|kind| kind != "error").unwrap_or_default();
        let message = said("message").unwrap_or_else(|| "the provider's answer failed".to_owned());
        heard.push(Event::Failed(Failed { kind: kind_of(&code, &named), code, message }));
    }

    fn item_event(&mut self, kind: &str, event: Node<'_>, heard: &mut Vec<Event>) -> Result<(), DecodeError> {
        let at = self.track(number(event, "output_index").unwrap_or(0));
        let mut sink = Sink { next: &mut self.next_part, heard };
        let Some(track) = self.tracks.get_mut(at) else { return Ok(()) };
        match kind {
            "response.output_item.added" => added(track, event, &mut sink),
            "response.output_item.done" => match event.get("item").filter(|item| item.kind() == Kind::Object)
            {
                Some(node) => {
                    let pieces = item::of_reply(node).map_err(|error| error.within("item"))?;
                    track.settle(pieces, node, &mut sink);
                    Ok(())
                }
                None => Ok(()),
            },
            "response.content_part.added" | "response.content_part.done" => {
                part(track, (kind, event), &mut sink)
            }
            _ => said(track, kind, event, &mut sink),
        }
    }

    /// The item of this `output_index`.
    fn track(&mut self, index: u64) -> usize {
        if let Some(at) = self.tracks.iter().position(|track| track.index == index) {
            return at;
        }
        self.tracks.push(Track::new(index));
        self.tracks.len() - 1
    }

    /// The whole response: what was missed of it, and how it ends.
    fn finish(&mut self, event: Node<'_>, heard: &mut Vec<Event>) -> Result<(), DecodeError> {
        let response = event.get("response").ok_or_else(|| DecodeError::missing("response"))?;
        let within = |error: DecodeError| error.within("response");
        let mut object = Object::of(response).map_err(within)?;
        let items = object.elements("output").map_err(within)?.into_iter().flatten();
        for (index, node) in (0..).zip(items) {
            let pieces = item::of_reply(node).map_err(|error| within(error.within("output")))?;
            let at = self.track(index);
            if let Some(track) = self.tracks.get_mut(at) {
                track.settle(pieces, node, &mut Sink { next: &mut self.next_part, heard });
            }
        }
        for track in &mut self.tracks {
            track.close(&mut Sink { next: &mut self.next_part, heard });
        }
        let status = object.text("status").map_err(within)?;
        let reason = reply::reason(&mut object).map_err(within)?;
        let finish = status.map(|status| reply::finish(&status, reason.as_deref()));
        let tier = object.text("service_tier").map_err(within)?.map(|name| tier_named(&name));
        heard.extend(Event::retold(tier, self.tier.as_ref()));
        heard.push(Event::finish(0, finish));
        if let Some(usage) = object.object("usage").map_err(within)? {
            heard.push(Event::Usage(reply::usage(usage).map_err(within)?));
        }
        heard.push(Event::End);
        self.over = true;
        Ok(())
    }
}

/// An item begins. Calls say at once what they are; thoughts only with their first words.
fn added(track: &mut Track, event: Node<'_>, sink: &mut Sink<'_>) -> Result<(), DecodeError> {
    let Some(node) = event.get("item").filter(|item| item.kind() == Kind::Object) else { return Ok(()) };
    let kind = node.get("type").and_then(Node::text).unwrap_or_default();
    match kind.as_ref() {
        "message" => {
            let read = Item::read(node).map_err(|error| error.within("item"))?;
            track.head = Some(item::head(&read.head));
        }
        "function_call" | "custom_tool_call" => {
            let pieces = item::of_reply(node).map_err(|error| error.within("item"))?;
            for piece in pieces {
                let crate::hub::part::Part::ToolCall(call) = piece.part else { continue };
                let opened =
                    Opened::ToolCall { id: call.id, name: call.name, custom: call.custom, seal: None };
                track.open(0, || (opened, piece.extras), sink);
            }
        }
        _ => {}
    }
    Ok(())
}

/// A part of a message begins or is whole.
fn part(track: &mut Track, (said, event): (&str, Node<'_>), sink: &mut Sink<'_>) -> Result<(), DecodeError> {
    let Some(node) = event.get("part") else { return Ok(()) };
    let index = number(event, "content_index").unwrap_or(0);
    let kind = node.get("type").and_then(Node::text).unwrap_or_default();
    if !matches!(kind.as_ref(), "output_text" | "refusal") {
        return Ok(());
    }
    let mut piece = content::part(node).map_err(|error| error.within("part"))?;
    item::spoken(&mut piece);
    if said == "response.content_part.done" {
        track.prove_once(index, node.get("logprobs"), sink);
        track.settle_part(index, piece, sink);
    } else {
        let opened = if kind == "refusal" { Opened::Refusal } else { Opened::Text };
        track.open(index, || (opened, piece.extras), sink);
    }
    Ok(())
}

/// Something is said.
fn said(track: &mut Track, kind: &str, event: Node<'_>, sink: &mut Sink<'_>) -> Result<(), DecodeError> {
    let delta = || match event.get("delta") {
        Some(node) => crate::json::object::said(node)
            .map(std::borrow::Cow::into_owned)
            .map_err(|error| error.within("delta")),
        None => Ok(String::new()),
    };
    let index = number(event, "content_index").unwrap_or(0);
    let nothing = Extras::default;
    match kind {
        "response.output_text.delta" => {
            track.open(index, || (Opened::Text, nothing()), sink);
            track.add(index, Delta::Text(delta()?), sink);
            track.prove(index, event.get("logprobs"), sink);
        }
        "response.refusal.delta" => {
            track.open(index, || (Opened::Refusal, nothing()), sink);
            track.add(index, Delta::Text(delta()?), sink);
        }
        "response.output_text.annotation.added" => {
            if let Some(annotation) = event.get("annotation").filter(|node| node.kind() == Kind::Object) {
                track.open(index, || (Opened::Text, nothing()), sink);
                track.add(index, Delta::Citation(content::citation(annotation)), sink);
            }
        }
        "response.function_call_arguments.delta" | "response.custom_tool_call_input.delta" => {
            track.add(0, Delta::Arguments(delta()?), sink);
        }
        "response.reasoning_summary_text.delta" => {
            let paragraph = number(event, "summary_index").unwrap_or(0);
            track.think((ReasoningForm::Summary, paragraph), delta()?, sink);
        }
        "response.reasoning_text.delta" => track.think((ReasoningForm::Full, index), delta()?, sink),
        // Progress of the provider's own tools, and what the item's last event repeats.
        _ => {}
    }
    Ok(())
}

fn number(event: Node<'_>, name: &str) -> Option<u64> {
    std::str::from_utf8(event.get(name)?.spelled()).ok()?.parse().ok()
}

/// The kind of an error of this code or type.
fn kind_of(code: &str, named: &str) -> ErrorKind {
    [code, named].into_iter().find_map(known).unwrap_or(ErrorKind::Api)
}

fn known(name: &str) -> Option<ErrorKind> {
    Some(match name {
        "rate_limit_exceeded"
        | "rate_limit_error"
        | "insufficient_quota"
        | "usage_limit_reached"
        | "tokens"
        | "requests" => ErrorKind::RateLimit,
        "server_is_overloaded" | "slow_down" | "overloaded_error" | "service_unavailable" => {
            ErrorKind::Overloaded
        }
        "authentication_error" | "invalid_api_key" => ErrorKind::Authentication,
        "permission_error" => ErrorKind::Permission,
        "model_not_found" | "not_found_error" => ErrorKind::NotFound,
        "timeout" | "timeout_error" | "vector_store_timeout" => ErrorKind::Timeout,
        "invalid_request_error"
        | "context_length_exceeded"
        | "invalid_prompt"
        | "cyber_policy"
        | "bio_policy"
        | "content_policy_violation" => ErrorKind::InvalidRequest,
        _ if name.starts_with("invalid_") || name.contains("image") => ErrorKind::InvalidRequest,
        _ => return None,
    })
}
