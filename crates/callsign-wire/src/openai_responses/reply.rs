//! Whole answers of this dialect, read into the hub and written from it.

use super::item;
use super::request::tier_named;
use super::stream::Mouth;
use crate::dialect::Dialect;
use crate::hub::extras::{Extras, Json};
use crate::hub::flaw::DecodeError;
use crate::hub::fold::unfold;
use crate::hub::loss::Losses;
use crate::hub::reply::{Choice, Finish, Reply};
use crate::hub::usage::Usage;
use crate::json::Kind;
use crate::json::object::Object;
use crate::json::walk::Node;
use crate::json::writer::Writer;
use crate::translate::{Speak, Voice};

const OWN: Dialect = Dialect::OpenAiResponses;

/// Members by which an answer repeats its request, or that are the same in each.
const REPEATED: [&str; 21] = [
    "background",
    "completed_at",
    "instructions",
    "max_output_tokens",
    "max_tool_calls",
    "metadata",
    "parallel_tool_calls",
    "previous_response_id",
    "prompt",
    "prompt_cache_key",
    "reasoning",
    "safety_identifier",
    "store",
    "temperature",
    "text",
    "tool_choice",
    "tools",
    "top_logprobs",
    "top_p",
    "truncation",
    "user",
];

/// Reads an answer.
pub(crate) fn decode(body: &[u8]) -> Result<Reply, DecodeError> {
    let node = Node::read(body).ok_or_else(DecodeError::not_json)?;
    let (mut reply, mut object) = beginning(node)?;
    let status = object.text("status")?;
    if status.as_deref() == Some("failed") || object.take("error").is_some() {
        return Err(DecodeError::said("says that the answer failed"));
    }
    if matches!(status.as_deref(), Some("queued" | "in_progress")) {
        return Err(DecodeError::said("says that the answer is still to come"));
    }
    if object.peek("output").is_none_or(|output| output.kind() != Kind::Array) {
        return Err(DecodeError::said("holds no answer"));
    }
    let reason = reason(&mut object)?;
    let pieces = object.each("output", item::of_reply)?;
    let choice = Choice {
        pieces: pieces.into_iter().flatten().collect(),
        finish: status.map(|status| finish(&status, reason.as_deref())),
        logprobs: logprobs(node),
        extras: Extras::default(),
    };
    reply.choices.push(choice);
    reply.usage = object.object("usage")?.map(usage).transpose().map_err(|error| error.within("usage"))?;
    reply.extras = object.rest();
    reply.extras.hush(is_repeated);
    Ok(reply)
}

/// Writes an answer: what its stream would end with.
pub(crate) fn encode(reply: &Reply, voice: &Voice, losses: &mut Losses) -> Vec<u8> {
    let mut mouth = Mouth::new(voice.clone());
    let mut stream = Vec::new();
    for event in unfold(reply.clone()) {
        mouth.say(event, &mut stream);
        stream.clear();
    }
    losses.append(mouth.losses().clone());
    mouth.whole()
}

/// What is known of an answer from its beginning, and its other members.
pub(super) fn beginning(node: Node<'_>) -> Result<(Reply, Object<'_>), DecodeError> {
    let mut object = Object::of(node)?;
    object.take("object");
    let mut reply = Reply::new(OWN);
    reply.id = object.text("id")?;
    reply.model = object.text("model")?;
    // Some servers count in fractions of seconds.
    let created = object.number("created_at")?.filter(|created| (0.0..1e15).contains(created));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to fit")]
    let whole_seconds = created.map(|created| created as u64);
    reply.created = whole_seconds;
    reply.tier = object.text("service_tier")?.map(|tier| tier_named(&tier));
    Ok((reply, object))
}

/// Whether nobody would miss this member of an answer.
pub(super) fn is_repeated(name: &str, json: &Json) -> bool {
    REPEATED.contains(&name) || json.node().is_blank() || json.as_str() == "false"
}

/// Why an answer ends that has this status.
pub(super) fn finish(status: &str, reason: Option<&str>) -> Finish {
    match (status, reason) {
        ("completed", _) => Finish::Stop,
        ("incomplete", Some("max_output_tokens")) => Finish::Length,
        ("incomplete", Some("content_filter")) => Finish::Filtered,
        ("incomplete", Some(other)) => Finish::Other(OWN, other.to_owned()),
        (status, _) => Finish::Other(OWN, status.to_owned()),
    }
}

/// Why an answer is incomplete.
pub(super) fn reason(object: &mut Object<'_>) -> Result<Option<String>, DecodeError> {
    let Some(mut details) = object.object("incomplete_details")? else { return Ok(None) };
    details.text("reason").map_err(|error| error.within("incomplete_details"))
}

/// What it took.
pub(super) fn usage(mut object: Object<'_>) -> Result<Usage, DecodeError> {
    let mut details = object.object("input_tokens_details")?;
    let mut detail = |name| details.as_mut().map_or(Ok(None), |details| details.count(name));
    let (cache_read, cache_write) = (detail("cached_tokens")?, detail("cache_write_tokens")?);
    let mut output_details = object.object("output_tokens_details")?;
    let reasoning = output_details.as_mut().map_or(Ok(None), |details| details.count("reasoning_tokens"))?;
    Ok(Usage {
        input: object.count("input_tokens")?.unwrap_or(0),
        cache_read,
        cache_write,
        cache_write_hour: None,
        output: object.count("output_tokens")?.unwrap_or(0),
        reasoning,
    })
}

/// The log probabilities of all words, as chat spells them.
fn logprobs(response: Node<'_>) -> Option<Json> {
    let items = response.get("output").into_iter().flat_map(Node::elements);
    let parts = items.filter_map(|item| item.get("content")).flat_map(Node::elements);
    joined(parts.filter_map(|part| part.get("logprobs")))
}

/// Lists of log probabilities as one, in chat's spelling; `None` where all are empty.
pub(super) fn joined<'a>(lists: impl Iterator<Item = Node<'a>>) -> Option<Json> {
    let mut elements = lists.flat_map(Node::elements).filter(|one| one.kind() == Kind::Object).peekable();
    elements.peek()?;
    let mut writer = Writer::default();
    writer.object(|writer| {
        writer.key("content").array(|writer| elements.for_each(|one| writer.json(&Json::of(one))));
    });
    Some(Json::written(writer.into_bytes()))
}
