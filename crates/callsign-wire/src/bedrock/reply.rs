//! Whole answers of this dialect, read into the hub and written from it.

use super::block::pieces;
use super::carry::{Audience, Carrier, Speaker};
use super::rest;
use super::usage;
use crate::dialect::Dialect;
use crate::hub::extras::{Extras, Json};
use crate::hub::flaw::DecodeError;
use crate::hub::loss::Losses;
use crate::hub::reply::{Choice, Finish, Reply};
use crate::hub::usage::Usage;
use crate::json::object::Object;
use crate::json::walk::Node;
use crate::json::writer::Writer;
use crate::translate::Voice;

/// That an answer ends because of a guardrail, which the hub does not tell from other filters.
pub(super) const GUARDRAIL: &str = "guardrail_intervened";

/// The member of what the model adds in words of its own.
pub(super) const FIELDS: &str = "additionalModelResponseFields";

/// The member of how long it took.
pub(super) const METRICS: &str = "metrics";

/// Members that only those miss who look after the service.
const TECHNICAL: [&str; 3] = [METRICS, "performanceConfig", "serviceTier"];

/// Reads an answer.
pub(crate) fn decode(body: &[u8]) -> Result<Reply, DecodeError> {
    let mut object = Object::of(Node::read(body).ok_or_else(DecodeError::not_json)?)?;
    let mut reply = Reply::new(Dialect::Bedrock);
    let mut output = object.object("output")?.ok_or_else(|| DecodeError::missing("output"))?;
    let message = output.object("message").map_err(|error| error.within("output"))?;
    let mut message = message.ok_or_else(|| DecodeError::missing("output.message"))?;
    let pieces = pieces(&mut message, "content").map_err(|error| error.within("output.message"))?;
    let mut extras = Extras::default();
    let finish = finish(&mut object, &mut extras)?;
    reply.choices = vec![Choice { pieces, finish, ..Choice::default() }];
    if let Some(counts) = object.object("usage")? {
        let (usage, left) = usage::read(counts).map_err(|error| error.within("usage"))?;
        reply.usage = Some(usage);
        if let Some(left) = rest::inner(&left) {
            extras.push_quiet("usage", left);
        }
    }
    extras.append(object.rest());
    extras.hush(is_technical);
    reply.extras = extras;
    Ok(reply)
}

/// Whether a member is missed by nobody but those who look after the service.
pub(super) fn is_technical(name: &str, _: &Json) -> bool {
    TECHNICAL.contains(&name)
}

/// Takes `stopReason`; which sequence was met stands among the model's own fields, where it was asked for.
pub(super) fn finish(object: &mut Object<'_>, extras: &mut Extras) -> Result<Option<Finish>, DecodeError> {
    let Some(reason) = object.text("stopReason")? else { return Ok(None) };
    let sequence = || object.peek(FIELDS)?.get("stop_sequence")?.text();
    Ok(Some(match reason.as_str() {
        "end_turn" => Finish::Stop,
        "stop_sequence" => Finish::StopSequence(sequence().map(std::borrow::Cow::into_owned)),
        "max_tokens" => Finish::Length,
        "model_context_window_exceeded" => Finish::ContextFull,
        "tool_use" => Finish::ToolCalls,
        "content_filtered" => Finish::Filtered,
        GUARDRAIL => {
            extras.note(GUARDRAIL);
            Finish::Filtered
        }
        _ => Finish::Other(Dialect::Bedrock, reason),
    }))
}

/// Writes an answer.
pub(crate) fn encode(reply: &Reply, voice: &Voice, losses: &mut Losses) -> Vec<u8> {
    let own = reply.dialect == Dialect::Bedrock;
    if !own {
        losses.extras("", &reply.extras);
    }
    for index in 1..reply.choices.len() {
        losses.dropped(format!("choices[{index}]"));
    }
    let none = Choice::default();
    let choice = reply.choices.first().unwrap_or(&none);
    let mut writer = Writer::with_capacity(1024);
    writer.object(|writer| {
        writer.key("output").object(|writer| {
            writer.key("message").object(|writer| {
                writer.key("role").text("assistant");
                writer.key("content").array(|writer| write_content(writer, choice, reply.dialect, losses));
            });
        });
        let finish = choice.finish();
        writer.key("stopReason").text(reason(&finish, reply.extras.notes(GUARDRAIL), losses));
        let left = reply.extras.get("usage").filter(|_| own);
        writer.key("usage").object(|writer| {
            usage::write(writer, &known(reply.usage, voice));
            rest::write_members(writer, left);
        });
        if !own {
            write_latency(writer);
            writer.json_member(FIELDS, met(&finish).as_ref());
        }
        for (name, json) in reply.extras.iter().filter(|(name, _)| own && *name != "usage") {
            writer.key(name).json(json);
        }
    });
    writer.into_bytes()
}

/// What an answer took, or what is known of it beforehand.
pub(super) fn known(usage: Option<Usage>, voice: &Voice) -> Usage {
    usage.unwrap_or(Usage { input: voice.input_tokens, ..Usage::default() })
}

/// Writes the member that must be there, though nobody measured.
pub(super) fn write_latency(writer: &mut Writer) {
    writer.key(METRICS).object(|writer| writer.key("latencyMs").count(0));
}

fn write_content(writer: &mut Writer, choice: &Choice, from: Dialect, losses: &mut Losses) {
    let own = from == Dialect::Bedrock;
    let mut carrier = Carrier::new(Audience::Client, from, losses);
    for (index, piece) in choice.pieces.iter().enumerate() {
        let entry = carrier.entry(piece, Speaker::Assistant, &format!("content[{index}]"));
        if let Some(entry) = entry {
            entry.write(writer);
        }
    }
    if !own {
        carrier.losses.extras("choices[0]", &choice.extras);
    }
    if choice.logprobs.is_some() {
        carrier.losses.dropped("logprobs");
    }
}

/// Why an answer ends, in this dialect's words.
pub(super) fn reason<'a>(finish: &'a Finish, guarded: bool, losses: &mut Losses) -> &'a str {
    match finish {
        Finish::Stop => "end_turn",
        Finish::StopSequence(_) => "stop_sequence",
        Finish::Length => "max_tokens",
        Finish::ContextFull => "model_context_window_exceeded",
        Finish::ToolCalls => "tool_use",
        Finish::Filtered if guarded => GUARDRAIL,
        Finish::Filtered => "content_filtered",
        Finish::Other(Dialect::Bedrock, reason) => reason,
        Finish::Paused | Finish::Other(..) => {
            losses.changed("finish_reason");
            "end_turn"
        }
    }
}

/// The field that names the stop sequence which was met, as Claude spells it.
pub(super) fn met(finish: &Finish) -> Option<Json> {
    let Finish::StopSequence(Some(sequence)) = finish else { return None };
    let mut writer = Writer::default();
    writer.object(|writer| writer.key("stop_sequence").text(sequence));
    Some(Json::written(writer.into_bytes()))
}
