//! `generationConfig`, both ways. <https://ai.google.dev/api/generate-content#v1beta.GenerationConfig>

use super::decode::telling;
use super::thinking;
use crate::gemini::field::Field;
use crate::gemini::{proto, schema};
use crate::hub::conversation::Conversation;
use crate::hub::extras::Extras;
use crate::hub::flaw::DecodeError;
use crate::hub::loss::Losses;
use crate::hub::wish::{Format, Logprobs};
use crate::json::object::{Object, said};
use crate::json::writer::Writer;
use crate::quirks::ThinkingForm;

/// The most stop sequences that a request may have.
const MOST_STOPS: usize = 5;
/// The most other words that log probabilities are told of.
const MOST_LOGPROBS: u64 = 20;
/// The highest temperature.
const HOTTEST: f64 = 2.0;

const JSON: &str = "application/json";

/// Reads what the answer is to be like.
pub(super) fn read(mut config: Object<'_>, conversation: &mut Conversation) -> Result<(), DecodeError> {
    conversation.max_tokens = proto::count(&mut config, "maxOutputTokens")?;
    let sampling = &mut conversation.sampling;
    sampling.temperature = config.number("temperature")?;
    sampling.top_p = config.number("topP")?;
    sampling.top_k = proto::count(&mut config, "topK")?;
    sampling.frequency_penalty = config.number("frequencyPenalty")?;
    sampling.presence_penalty = config.number("presencePenalty")?;
    sampling.seed = proto::integer(&mut config, "seed")?;
    sampling.candidates = proto::count(&mut config, "candidateCount")?;
    sampling.stop = config.each("stopSequences", |node| said(node).map(std::borrow::Cow::into_owned))?;
    if config.boolean("responseLogprobs")? == Some(true) {
        sampling.logprobs = Some(Logprobs { top: proto::count(&mut config, "logprobs")? });
    }
    read_format(&mut config, conversation)?;
    if let Some(thinking) = proto::member(&mut config, "thinkingConfig")? {
        thinking::read(thinking, conversation).map_err(|error| error.within("thinkingConfig"))?;
    }
    proto::keep(&mut conversation.extras, "generationConfig", config);
    Ok(())
}

fn read_format(config: &mut Object<'_>, conversation: &mut Conversation) -> Result<(), DecodeError> {
    let is_json = config.peek("responseMimeType").is_none_or(|node| node.says(JSON));
    // Other forms (`text/x.enum`) are Gemini's own, with the schema that belongs to them.
    if !is_json && !config.peek("responseMimeType").is_some_and(|node| node.says("text/plain")) {
        return Ok(());
    }
    let mime_type = config.text("responseMimeType")?;
    let openapi = telling(config.json("responseSchema"));
    let plain = telling(config.json("responseJsonSchema"));
    if let Some(schema) = &openapi {
        conversation.extras.push_quiet("generationConfig.responseSchema", schema.clone());
    }
    let schema = plain.or_else(|| openapi.map(|schema| schema::as_json_schema(schema.node())));
    conversation.format = match (schema, mime_type.as_deref()) {
        (Some(schema), _) => Some(Format::JsonSchema { name: None, description: None, schema, strict: None }),
        (None, Some(JSON)) => Some(Format::JsonObject),
        (None, Some(_)) => Some(Format::Text),
        (None, None) => None,
    };
    Ok(())
}

/// Writes what the answer is to be like, as the client of this dialect said it.
pub(super) fn write_own(writer: &mut Writer, conversation: &Conversation) {
    let sampling = &conversation.sampling;
    writer.number_member("temperature", sampling.temperature);
    write_same(writer, conversation);
    if let Some(seed) = sampling.seed {
        writer.key("seed").integer(seed);
    }
    if !sampling.stop.is_empty() {
        writer.key("stopSequences").array(|writer| sampling.stop.iter().for_each(|stop| writer.text(stop)));
    }
    if let Some(logprobs) = sampling.logprobs {
        writer.key("responseLogprobs").boolean(true);
        writer.count_member("logprobs", logprobs.top);
    }
    write_format(writer, conversation);
    thinking::write_own(writer, conversation);
    proto::write_kept(writer, &conversation.extras, "generationConfig");
}

/// Writes what the answer is to be like, within Gemini's ranges.
pub(super) fn write(
    writer: &mut Writer,
    conversation: &Conversation,
    form: ThinkingForm,
    losses: &mut Losses,
) {
    let sampling = &conversation.sampling;
    if let Some(temperature) = sampling.temperature {
        let within = temperature.clamp(0.0, HOTTEST);
        note_if(within.to_bits() != temperature.to_bits(), losses, conversation, Field::Temperature);
        writer.key("temperature").number(within);
    }
    write_same(writer, conversation);
    if let Some(seed) = sampling.seed {
        let within = i32::try_from(seed).unwrap_or_else(|_| folded(seed));
        note_if(i64::from(within) != seed, losses, conversation, Field::Seed);
        writer.key("seed").integer(i64::from(within));
    }
    if !sampling.stop.is_empty() {
        note_if(sampling.stop.len() > MOST_STOPS, losses, conversation, Field::Stop);
        let stops = sampling.stop.iter().take(MOST_STOPS);
        writer.key("stopSequences").array(|writer| stops.for_each(|stop| writer.text(stop)));
    }
    if let Some(logprobs) = sampling.logprobs {
        writer.key("responseLogprobs").boolean(true);
        let top = logprobs.top.map(|top| top.min(MOST_LOGPROBS));
        note_if(top != logprobs.top, losses, conversation, Field::Logprobs);
        writer.count_member("logprobs", top);
    }
    write_format(writer, conversation);
    if let Some(Format::JsonSchema { description: Some(_), .. }) = &conversation.format {
        losses.dropped(format!("{}.description", Field::Format.of(conversation)));
    }
    thinking::write(writer, conversation, form, losses);
}

/// Members of which Gemini's ranges are everybody's.
fn write_same(writer: &mut Writer, conversation: &Conversation) {
    let sampling = &conversation.sampling;
    writer.number_member("topP", sampling.top_p);
    writer.count_member("topK", sampling.top_k);
    writer.number_member("frequencyPenalty", sampling.frequency_penalty);
    writer.number_member("presencePenalty", sampling.presence_penalty);
    writer.count_member("candidateCount", sampling.candidates.filter(|count| *count > 0));
    writer.count_member("maxOutputTokens", conversation.max_tokens);
}

fn write_format(writer: &mut Writer, conversation: &Conversation) {
    match &conversation.format {
        None => {}
        Some(Format::Text) => writer.key("responseMimeType").text("text/plain"),
        Some(Format::JsonObject) => writer.key("responseMimeType").text(JSON),
        Some(Format::JsonSchema { schema, .. }) => {
            writer.key("responseMimeType").text(JSON);
            if conversation.extras.get("generationConfig.responseSchema").is_none() {
                writer.key("responseJsonSchema").json(schema);
            }
        }
    }
}

/// A large seed as one of 32 bits, the same each time.
fn folded(seed: i64) -> i32 {
    let folded = seed.rem_euclid(i64::from(i32::MAX));
    i32::try_from(folded).unwrap_or_default()
}

fn note_if(changed: bool, losses: &mut Losses, conversation: &Conversation, field: Field) {
    if changed {
        losses.changed(field.of(conversation));
    }
}

/// Whether anything would be written.
pub(super) fn says_anything(conversation: &Conversation) -> bool {
    let Conversation { max_tokens, format, thinking, sampling, extras, .. } = conversation;
    let kept = |extras: &Extras| proto::keeps(extras, "generationConfig");
    max_tokens.is_some()
        || format.is_some()
        || thinking.is_some()
        || *sampling != crate::hub::wish::Sampling::default()
        || kept(extras)
}
