//! A request's members, written from the hub.

use super::arrange::{self, Message};
use super::decode::{LIMIT, USER};
use super::messages::Scribe;
use super::{thinking, tools};
use crate::dialect::Dialect;
use crate::hub::conversation::{Conversation, Role};
use crate::hub::flaw::EncodeError;
use crate::hub::loss::Losses;
use crate::hub::part::{Part, Piece};
use crate::hub::user;
use crate::hub::wish::{Format, Sampling, Tier};
use crate::json::writer::Writer;
use crate::openai_chat::{calls, nested, outcome};
use crate::quirks::{self, Members};
use crate::translate::Terms;

/// A wish whose name differs from dialect to dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    Thinking,
    TopK,
    Stop,
    Verbosity,
    Tier,
}

/// What a client of the Responses API and one of this call by the same name.
const SHARED: [&str; 5] =
    ["moderation", "prompt_cache_options", "prompt_cache_retention", "safety_identifier", "top_logprobs"];

/// Writes a request.
pub(super) fn body(
    conversation: &Conversation,
    terms: Terms<'_>,
    losses: &mut Losses,
) -> Result<Vec<u8>, EncodeError> {
    let own = conversation.dialect == Dialect::OpenAiChat;
    let messages = arrange::messages(conversation, terms.chat.system);
    if messages.is_empty() {
        return Err(silent());
    }
    check_question(conversation, &messages, terms, losses)?;
    let mut writer = Writer::with_capacity(size(conversation));
    writer.object(|writer| {
        writer.key("model").text(terms.model);
        writer.key("messages").array(|writer| {
            write_hint_of_json(writer, conversation);
            Scribe::new(conversation, terms.chat, losses).write(writer, &messages);
        });
        tools::write(writer, conversation, terms.chat, losses);
        if own {
            own_wishes(writer, conversation, terms);
        } else {
            wishes(writer, conversation, terms, losses);
        }
    });
    Ok(writer.into_bytes())
}

/// A question of which nothing can be said would be another one without it.
fn check_question(
    conversation: &Conversation,
    messages: &[Message<'_>],
    terms: Terms<'_>,
    losses: &mut Losses,
) -> Result<(), EncodeError> {
    let scribe = Scribe::new(conversation, terms.chat, losses);
    let asked =
        messages.iter().rfind(|message| message.role == Role::User && message.turn.role == Role::User);
    match asked.filter(|message| !scribe.is_sayable(message)) {
        None => Ok(()),
        Some(message) => Err(EncodeError::unsayable(conversation.place(message.turn))),
    }
}

/// Nothing was said: every server refuses that.
fn silent() -> EncodeError {
    let reason = "nothing was said that could be answered, send at least one message";
    EncodeError { path: String::new(), reason: reason.to_owned() }
}

/// About how many bytes it comes to, so that they need not be moved while they are written.
fn size(conversation: &Conversation) -> usize {
    let pieces = conversation.turns.iter().flat_map(|turn| &turn.pieces);
    let said: usize = pieces.map(piece_size).sum();
    1024 + said + said / 8 + 1024 * conversation.tools.len()
}

fn piece_size(piece: &Piece) -> usize {
    match &piece.part {
        Part::Text(text) => text.text.len() + 64,
        Part::ToolCall(call) => call.arguments.len() + 192,
        Part::ToolResult(result) => result.pieces.iter().map(piece_size).sum::<usize>() + 128,
        _ => 256,
    }
}

/// Writes the wishes of a client of this dialect as they came.
fn own_wishes(writer: &mut Writer, conversation: &Conversation, terms: Terms<'_>) {
    let extras = &conversation.extras;
    let limit = if extras.notes(LIMIT) { LIMIT } else { "max_tokens" };
    writer.count_member(limit, conversation.max_tokens);
    let sampling = &conversation.sampling;
    write_sampling(writer, sampling);
    writer.count_member("top_k", sampling.top_k);
    write_stop(writer, &sampling.stop);
    if let Some(format) = &conversation.format {
        write_format(writer, format, conversation);
    }
    if let Some(wish) = &conversation.thinking {
        thinking::write_own(writer, wish, extras);
    }
    writer.text_member("verbosity", conversation.verbosity.as_deref());
    let user = if extras.notes(USER) { USER } else { "user" };
    writer.text_member(user, conversation.user.as_deref());
    writer.json_member("metadata", conversation.metadata.as_ref());
    writer.text_member("service_tier", conversation.tier.as_ref().and_then(outcome::tier_word));
    writer.text_member("prompt_cache_key", conversation.cache_key.as_deref());
    writer.boolean_member("store", conversation.store);
    write_stream(writer, conversation, terms);
    nested::write_own(writer, extras);
}

/// Writes the wishes of another dialect's client as far as the target takes them.
fn wishes(writer: &mut Writer, conversation: &Conversation, terms: Terms<'_>, losses: &mut Losses) {
    let limit = match terms.chat.limit {
        quirks::Limit::MaxTokens => "max_tokens",
        quirks::Limit::MaxCompletionTokens => LIMIT,
    };
    writer.count_member(limit, conversation.max_tokens);
    write_sampling(writer, &in_range(conversation, losses));
    write_stop(writer, &stops(conversation, losses));
    if let Some(format) = conversation.format.as_ref().filter(|format| **format != Format::Text) {
        write_format(writer, format, conversation);
    }
    thinking::write(writer, conversation, terms.chat.effort, losses);
    if let Some(user) = &conversation.user
        && terms.chat.members != Members::Few
    {
        writer.key("user").text(&short_user(user));
    }
    openai_wishes(writer, conversation, terms, losses);
    write_stream(writer, conversation, terms);
    rest(writer, conversation, terms, losses);
}

/// Writes what OpenAI's own service knows and others may refuse.
fn openai_wishes(writer: &mut Writer, conversation: &Conversation, terms: Terms<'_>, losses: &mut Losses) {
    let openai = terms.chat.members == Members::OpenAi;
    match &conversation.verbosity {
        Some(verbosity) if openai => writer.key("verbosity").text(verbosity),
        Some(_) => losses.dropped(place_of(conversation, Wish::Verbosity)),
        None => {}
    }
    // `auto` is what there is without asking; a key for the cache is only a hint.
    match conversation.tier.as_ref().filter(|tier| **tier != Tier::Auto) {
        Some(tier) if openai && outcome::tier_word(tier).is_some() => {
            writer.text_member("service_tier", outcome::tier_word(tier));
        }
        Some(Tier::Standard) | None => {}
        Some(_) => losses.dropped(place_of(conversation, Wish::Tier)),
    }
    if openai {
        writer.text_member("prompt_cache_key", conversation.cache_key.as_deref());
    }
}

/// Notes what has no place, but for what OpenAI's two APIs have in common.
fn rest(writer: &mut Writer, conversation: &Conversation, terms: Terms<'_>, losses: &mut Losses) {
    // Only answers that are kept may have it.
    if conversation.metadata.as_ref().is_some_and(|notes| !notes.node().is_blank()) {
        losses.dropped("metadata");
    }
    let openai = conversation.dialect == Dialect::OpenAiResponses && terms.chat.members == Members::OpenAi;
    let is_shared = |name: &str| openai && SHARED.contains(&name);
    for (name, json) in conversation.extras.iter().filter(|(name, _)| is_shared(name)) {
        writer.key(name).json(json);
    }
    for (name, _) in conversation.extras.telling().filter(|(name, _)| !is_shared(name)) {
        losses.dropped(name);
    }
}

fn write_sampling(writer: &mut Writer, sampling: &Sampling) {
    writer.number_member("temperature", sampling.temperature);
    writer.number_member("top_p", sampling.top_p);
    writer.number_member("frequency_penalty", sampling.frequency_penalty);
    writer.number_member("presence_penalty", sampling.presence_penalty);
    if let Some(seed) = sampling.seed {
        writer.key("seed").integer(seed);
    }
    writer.count_member("n", sampling.candidates);
    if let Some(logprobs) = sampling.logprobs {
        writer.key("logprobs").boolean(true);
        writer.count_member("top_logprobs", logprobs.top);
    }
}

/// The sampling with every number in the range of this dialect.
fn in_range(conversation: &Conversation, losses: &mut Losses) -> Sampling {
    let mut sampling = conversation.sampling.clone();
    let ranges = [
        ("temperature", &mut sampling.temperature, 0.0..=2.0),
        ("top_p", &mut sampling.top_p, 0.0..=1.0),
        ("frequency_penalty", &mut sampling.frequency_penalty, -2.0..=2.0),
        ("presence_penalty", &mut sampling.presence_penalty, -2.0..=2.0),
    ];
    for (name, number, range) in ranges {
        if let Some(asked) = *number
            && !range.contains(&asked)
        {
            *number = Some(asked.clamp(*range.start(), *range.end()));
            losses.changed(sampling_place(conversation.dialect, name));
        }
    }
    if let Some(logprobs) = &mut sampling.logprobs
        && logprobs.top.is_some_and(|top| top > 20)
    {
        logprobs.top = Some(20);
        losses.changed("top_logprobs");
    }
    if sampling.top_k.is_some() {
        losses.dropped(place_of(conversation, Wish::TopK));
    }
    sampling
}

fn write_stop(writer: &mut Writer, stop: &[String]) {
    match stop {
        [] => {}
        [one] => writer.key("stop").text(one),
        several => writer.key("stop").array(|writer| several.iter().for_each(|stop| writer.text(stop))),
    }
}

/// The first four: more are refused.
fn stops(conversation: &Conversation, losses: &mut Losses) -> Vec<String> {
    const MOST: usize = 4;
    let stop = &conversation.sampling.stop;
    if stop.len() > MOST {
        losses.changed(place_of(conversation, Wish::Stop));
    }
    stop.iter().take(MOST).cloned().collect()
}

fn write_format(writer: &mut Writer, format: &Format, conversation: &Conversation) {
    const NAME: &str = "response_format";
    let own = conversation.dialect == Dialect::OpenAiChat;
    writer.key(NAME).object(|writer| {
        let kind = match format {
            Format::Text => "text",
            Format::JsonObject => "json_object",
            Format::JsonSchema { .. } => "json_schema",
        };
        writer.key("type").text(kind);
        if let Format::JsonSchema { name, description, schema, strict } = format {
            writer.key("json_schema").object(|writer| {
                let usual = (!own).then_some("answer");
                writer.text_member("name", name.as_deref().or(usual));
                writer.text_member("description", description.as_deref());
                writer.key("schema").json(schema);
                writer.boolean_member("strict", *strict);
                if own {
                    nested::write(writer, &conversation.extras, "response_format.json_schema");
                }
            });
        }
        if own {
            nested::write(writer, &conversation.extras, NAME);
        }
    });
}

/// OpenAI refuses `json_object` where no message speaks of JSON; other dialects ask for no such word.
fn write_hint_of_json(writer: &mut Writer, conversation: &Conversation) {
    let own = conversation.dialect == Dialect::OpenAiChat;
    if own || conversation.format != Some(Format::JsonObject) || speaks_of_json(conversation) {
        return;
    }
    writer.object(|writer| {
        writer.key("role").text("system");
        writer.key("content").text("Answer in JSON.");
    });
}

fn speaks_of_json(conversation: &Conversation) -> bool {
    let pieces = conversation.turns.iter().flat_map(|turn| &turn.pieces);
    let mut texts = pieces.filter_map(|piece| match &piece.part {
        Part::Text(text) => Some(text.text.as_bytes()),
        _ => None,
    });
    texts.any(|text| text.windows(4).any(|word| word.eq_ignore_ascii_case(b"json")))
}

fn write_stream(writer: &mut Writer, conversation: &Conversation, terms: Terms<'_>) {
    const NAME: &str = "stream_options";
    if conversation.stream {
        writer.key("stream").boolean(true);
    }
    if conversation.dialect == Dialect::OpenAiChat {
        if conversation.include_usage.is_some() || nested::has(&conversation.extras, NAME) {
            writer.key(NAME).object(|writer| {
                writer.boolean_member("include_usage", conversation.include_usage);
                nested::write(writer, &conversation.extras, NAME);
            });
        }
    } else if conversation.stream && terms.chat.members != Members::Few {
        // Every other dialect's streams say what they took.
        writer.key(NAME).object(|writer| writer.key("include_usage").boolean(true));
    }
}

/// OpenAI refuses a longer name than this, and Claude Code's are longer: what is told apart stays so.
fn short_user(user: &str) -> std::borrow::Cow<'_, str> {
    const LONGEST: usize = 64;
    let user = user::sign(user);
    if user.len() <= LONGEST {
        return user;
    }
    let (first, second) = (calls::mixed(&[user.as_bytes()]), calls::mixed(&[b"user", user.as_bytes()]));
    format!("user_{first:016x}{second:016x}").into()
}

/// Where a wish stands in the client's dialect.
pub(super) fn place_of(conversation: &Conversation, wish: Wish) -> &'static str {
    match (wish, conversation.dialect) {
        (Wish::Thinking, Dialect::OpenAiChat) => "reasoning_effort",
        (Wish::Thinking, Dialect::OpenAiResponses) => "reasoning",
        (Wish::Thinking, Dialect::Anthropic) => "thinking",
        (Wish::Thinking, Dialect::Gemini) => "generationConfig.thinkingConfig",
        (Wish::Thinking, Dialect::Bedrock) => "additionalModelRequestFields.thinking",
        (Wish::TopK, Dialect::Gemini) => "generationConfig.topK",
        (Wish::TopK, Dialect::Bedrock) => "additionalModelRequestFields.top_k",
        (Wish::TopK, _) => "top_k",
        (Wish::Stop, Dialect::Anthropic) => "stop_sequences",
        (Wish::Stop, Dialect::Gemini) => "generationConfig.stopSequences",
        (Wish::Stop, Dialect::Bedrock) => "inferenceConfig.stopSequences",
        (Wish::Stop, _) => "stop",
        (Wish::Verbosity, Dialect::OpenAiResponses) => "text.verbosity",
        (Wish::Verbosity, _) => "verbosity",
        (Wish::Tier, Dialect::Gemini | Dialect::Bedrock) => "serviceTier",
        (Wish::Tier, _) => "service_tier",
    }
}

fn sampling_place(dialect: Dialect, name: &str) -> String {
    let camel = match name {
        "top_p" => "topP",
        "frequency_penalty" => "frequencyPenalty",
        "presence_penalty" => "presencePenalty",
        other => other,
    };
    match dialect {
        Dialect::Gemini => format!("generationConfig.{camel}"),
        Dialect::Bedrock => format!("inferenceConfig.{camel}"),
        _ => name.to_owned(),
    }
}
