//! A request's members, read into the hub.

use super::{thinking, tools, turns};
use crate::dialect::Dialect;
use crate::hub::conversation::Conversation;
use crate::hub::extras::{Extras, Json};
use crate::hub::flaw::DecodeError;
use crate::hub::pairing;
use crate::hub::wish::{Format, Logprobs, Sampling};
use crate::json::Kind;
use crate::json::object::{Object, said};
use crate::json::walk::Node;
use crate::openai_chat::{nested, outcome};

/// The newer name of the limit; `max_tokens` is the older one.
pub(super) const LIMIT: &str = "max_completion_tokens";
/// The newer name of the user.
pub(super) const USER: &str = "safety_identifier";

/// Reads a request.
pub(super) fn conversation(body: &[u8]) -> Result<Conversation, DecodeError> {
    let mut object = Object::of(Node::checked(body))?;
    let mut conversation = Conversation::new(Dialect::OpenAiChat);
    // The model is found and replaced before anything is translated.
    object.take("model");
    if object.peek("messages").is_none() {
        return Err(DecodeError::missing("messages"));
    }
    let mut reader = turns::Reader::default();
    let messages = object.elements("messages")?.into_iter().flatten();
    for (index, node) in messages.enumerate() {
        let turn = reader.turn(node, index).map_err(|error| error.at("messages", index))?;
        conversation.turns.push(turn);
    }
    tools::take(&mut object, &mut conversation)?;
    conversation.sampling = sampling(&mut object)?;
    conversation.format = format(&mut object, &mut conversation.extras)?;
    conversation.thinking = thinking::take(&mut object, &mut conversation.extras)?;
    stream(&mut object, &mut conversation)?;
    rest(&mut object, &mut conversation)?;
    conversation.extras.append(object.rest());
    nested::hush(&mut conversation.extras);
    pairing::check(&conversation)?;
    Ok(conversation)
}

fn sampling(object: &mut Object<'_>) -> Result<Sampling, DecodeError> {
    Ok(Sampling {
        temperature: object.number("temperature")?,
        top_p: object.number("top_p")?,
        top_k: top_k(object),
        frequency_penalty: object.number("frequency_penalty")?,
        presence_penalty: object.number("presence_penalty")?,
        seed: object.integer("seed")?,
        stop: stop(object)?,
        // One answer is what there is without asking.
        candidates: object.count("n")?.filter(|count| *count != 1),
        logprobs: logprobs(object)?,
    })
}

/// Not OpenAI's own; servers that have it take -1 and 0 for "all".
fn top_k(object: &mut Object<'_>) -> Option<u64> {
    let count: i64 = std::str::from_utf8(object.peek("top_k")?.spelled()).ok()?.parse().ok()?;
    object.take("top_k");
    u64::try_from(count).ok().filter(|count| *count > 0)
}

fn stop(object: &mut Object<'_>) -> Result<Vec<String>, DecodeError> {
    if object.peek("stop").is_some_and(|node| node.kind() == Kind::Text) {
        return Ok(object.text("stop")?.into_iter().collect());
    }
    object.each("stop", |node| said(node).map(std::borrow::Cow::into_owned))
}

fn logprobs(object: &mut Object<'_>) -> Result<Option<Logprobs>, DecodeError> {
    if object.boolean("logprobs")? != Some(true) {
        return Ok(None);
    }
    Ok(Some(Logprobs { top: object.count("top_logprobs")? }))
}

fn format(object: &mut Object<'_>, extras: &mut Extras) -> Result<Option<Format>, DecodeError> {
    const NAME: &str = "response_format";
    let Some(whole) = object.peek(NAME).filter(|node| node.kind() != Kind::Null) else {
        object.take(NAME);
        return Ok(None);
    };
    let mut wanted = Object::of(whole).map_err(|error| error.within(NAME))?;
    let kind = wanted.required_text("type").map_err(|error| error.within(NAME))?;
    let format = match kind.as_str() {
        "text" => Format::Text,
        "json_object" => Format::JsonObject,
        "json_schema" => schema(&mut wanted, extras).map_err(|error| error.within(NAME))?,
        // Grammars and the like, of servers that have them.
        _ => return Ok(None),
    };
    object.take(NAME);
    nested::keep(extras, NAME, &wanted.rest());
    Ok(Some(format))
}

fn schema(wanted: &mut Object<'_>, extras: &mut Extras) -> Result<Format, DecodeError> {
    const NAME: &str = "json_schema";
    let mut object = wanted.object(NAME)?.ok_or_else(|| DecodeError::missing(NAME))?;
    let mut read = || {
        let (name, description) = (object.text("name")?, object.text("description")?);
        let schema = object.json("schema").or_else(|| Json::read("{}"));
        let schema = schema.ok_or_else(|| DecodeError::missing("schema"))?;
        Ok(Format::JsonSchema { name, description, schema, strict: object.boolean("strict")? })
    };
    let format = read().map_err(|error: DecodeError| error.within(NAME))?;
    nested::keep(extras, "response_format.json_schema", &object.rest());
    Ok(format)
}

fn stream(object: &mut Object<'_>, conversation: &mut Conversation) -> Result<(), DecodeError> {
    const NAME: &str = "stream_options";
    conversation.stream = object.boolean("stream")?.unwrap_or(false);
    if let Some(mut options) = object.object(NAME)? {
        conversation.include_usage = options.boolean("include_usage").map_err(|error| error.within(NAME))?;
        nested::keep(&mut conversation.extras, NAME, &options.rest());
    }
    Ok(())
}

fn rest(object: &mut Object<'_>, conversation: &mut Conversation) -> Result<(), DecodeError> {
    conversation.max_tokens = object.count(LIMIT)?;
    let older = object.count("max_tokens")?;
    if conversation.max_tokens.is_some() {
        conversation.extras.note(LIMIT);
    } else {
        conversation.max_tokens = older;
    }
    conversation.user = object.text(USER)?;
    if conversation.user.is_some() {
        conversation.extras.note(USER);
    } else {
        conversation.user = object.text("user")?;
    }
    conversation.verbosity = object.text("verbosity")?;
    conversation.metadata = object.json("metadata");
    conversation.tier = object.text_ref("service_tier")?.map(|name| outcome::tier(&name));
    conversation.cache_key = object.text("prompt_cache_key")?;
    conversation.store = object.boolean("store")?;
    if object.peek("modalities").is_some_and(is_text_alone) {
        object.take("modalities");
    }
    Ok(())
}

/// Text alone is what there is without asking.
fn is_text_alone(modalities: Node<'_>) -> bool {
    modalities.elements().all(|modality| modality.says("text"))
}
