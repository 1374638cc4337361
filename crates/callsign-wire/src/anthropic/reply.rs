//! Whole answers of this dialect, read into the hub and written from it.

use super::block::pieces;
use super::carry::{Audience, Carrier, Speaker};
use super::entry::{Block, Entry};
use super::{proof, rest, usage};
use crate::dialect::Dialect;
use crate::hub::extras::Extras;
use crate::hub::flaw::DecodeError;
use crate::hub::loss::Losses;
use crate::hub::part::{Part, Piece};
use crate::hub::reply::{Choice, Finish, Reply};
use crate::hub::usage::Usage;
use crate::json::object::Object;
use crate::json::walk::Node;
use crate::json::writer::Writer;
use crate::translate::Voice;

/// Reads an answer.
pub(crate) fn decode(body: &[u8]) -> Result<Reply, DecodeError> {
    let mut object = Object::of(Node::read(body).ok_or_else(DecodeError::not_json)?)?;
    let mut reply = Reply::new(Dialect::Anthropic);
    reply.id = object.text("id")?;
    reply.model = object.text("model")?;
    let content = object.take("content").ok_or_else(|| DecodeError::missing("content"))?;
    let pieces = pieces(content).map_err(|error| error.within("content"))?;
    let finish = finish(&mut object)?;
    reply.choices = vec![Choice { pieces, finish, ..Choice::default() }];
    let mut left = None;
    if let Some(counts) = object.object("usage")? {
        let (usage, tier, extras) = usage::read(counts).map_err(|error| error.within("usage"))?;
        (reply.usage, reply.tier) = (Some(usage), tier);
        left = rest::inner(&extras);
    }
    reply.extras = extras(object)?;
    if let Some(left) = left {
        reply.extras.push_quiet("usage", left);
    }
    Ok(reply)
}

/// What is left of a message's members; what is always the same says nothing.
pub(super) fn extras(mut object: Object<'_>) -> Result<Extras, DecodeError> {
    object.text_ref("type")?;
    object.text_ref("role")?;
    Ok(rest::rest(object))
}

/// Takes `stop_reason` and `stop_sequence`.
pub(super) fn finish(object: &mut Object<'_>) -> Result<Option<Finish>, DecodeError> {
    let sequence = object.text("stop_sequence")?;
    let Some(reason) = object.text("stop_reason")? else { return Ok(None) };
    Ok(Some(match reason.as_str() {
        "end_turn" => Finish::Stop,
        "stop_sequence" => Finish::StopSequence(sequence),
        "max_tokens" => Finish::Length,
        "model_context_window_exceeded" => Finish::ContextFull,
        "tool_use" => Finish::ToolCalls,
        "refusal" => Finish::Filtered,
        "pause_turn" => Finish::Paused,
        _ => Finish::Other(Dialect::Anthropic, reason),
    }))
}

/// Writes an answer.
pub(crate) fn encode(reply: &Reply, voice: &Voice, losses: &mut Losses) -> Vec<u8> {
    let own = reply.dialect == Dialect::Anthropic;
    if !own {
        losses.extras("", &reply.extras);
    }
    for index in 1..reply.choices.len() {
        losses.dropped(format!("choices[{index}]"));
    }
    let choice = reply.choices.first();
    let mut writer = Writer::with_capacity(1024);
    writer.object(|writer| {
        writer.key("id").text(&id(reply.dialect, reply.id.as_deref(), voice));
        writer.key("type").text("message");
        writer.key("role").text("assistant");
        writer.key("model").text(voice.model.as_deref().or(reply.model.as_deref()).unwrap_or_default());
        writer.key("content").array(|writer| {
            let said = choice.map(|choice| entries(choice, reply.dialect, losses)).unwrap_or_default();
            for entry in said {
                entry.write(writer);
            }
        });
        let finish = choice.map_or(Finish::Stop, |choice| choice.finish().declined(choice.declines()));
        write_finish(writer, &finish, losses);
        let left = if own { reply.extras.get("usage") } else { None };
        writer.key("usage").object(|writer| {
            let unknown = Usage { input: voice.input_tokens, ..Usage::default() };
            usage::write(writer, &reply.usage.unwrap_or(unknown));
            usage::write_tier(writer, reply.tier.as_ref());
            super::entry::write_members(writer, left);
        });
        for (name, json) in reply.extras.iter().filter(|(name, _)| own && *name != "usage") {
            writer.key(name).json(json);
        }
    });
    writer.into_bytes()
}

/// The answer's identifier: this dialect's own, or one made of what the voice knows.
pub(super) fn id(dialect: Dialect, id: Option<&str>, voice: &Voice) -> String {
    match id {
        Some(id) if dialect == Dialect::Anthropic => id.to_owned(),
        _ => format!("msg_{}", voice.id),
    }
}

fn entries<'a>(choice: &'a Choice, from: Dialect, losses: &mut Losses) -> Vec<Entry<'a>> {
    let mut carrier = Carrier { audience: Audience::Client, from, losses };
    let mut entries = Vec::with_capacity(choice.pieces.len());
    for (index, piece) in choice.pieces.iter().enumerate() {
        entries.extend(call_seal(piece));
        entries.extend(carrier.entry(piece, Speaker::Assistant, &format!("content[{index}]")));
    }
    if from != Dialect::Anthropic {
        carrier.losses.extras("choices[0]", &choice.extras);
    }
    if choice.logprobs.is_some() {
        carrier.losses.dropped("logprobs");
    }
    entries
}

/// The block that carries the seal of a call.
fn call_seal(piece: &Piece) -> Option<Entry<'_>> {
    let Part::ToolCall(call) = &piece.part else { return None };
    let signature = proof::of_call(call.seal.as_ref()?).into();
    Some(Entry::of(Block::Thinking { text: "".into(), signature }))
}

/// Writes `stop_reason` and `stop_sequence`.
pub(super) fn write_finish(writer: &mut Writer, finish: &Finish, losses: &mut Losses) {
    let (reason, sequence) = match finish {
        Finish::Stop => ("end_turn", None),
        Finish::StopSequence(sequence) => ("stop_sequence", sequence.as_deref()),
        Finish::Length => ("max_tokens", None),
        Finish::ContextFull => ("model_context_window_exceeded", None),
        Finish::ToolCalls => ("tool_use", None),
        Finish::Filtered => ("refusal", None),
        Finish::Paused => ("pause_turn", None),
        Finish::Other(Dialect::Anthropic, reason) => (reason.as_str(), None),
        Finish::Other(..) => {
            losses.changed("finish_reason");
            ("end_turn", None)
        }
    };
    writer.key("stop_reason").text(reason);
    match sequence {
        Some(sequence) => writer.key("stop_sequence").text(sequence),
        None => writer.key("stop_sequence").null(),
    }
}
