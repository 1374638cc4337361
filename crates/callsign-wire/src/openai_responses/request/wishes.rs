//! How the answer is wished to be: tools, form, thinking, sampling, and the circumstances.

use std::borrow::Cow;

use crate::dialect::Dialect;
use crate::hub::conversation::Conversation;
use crate::hub::extras::{Extras, Json};
use crate::hub::flaw::EncodeError;
use crate::hub::loss::Losses;
use crate::hub::part::Part;
use crate::hub::schema::write_schema;
use crate::hub::seal::Maker;
use crate::hub::user;
use crate::hub::wish::{Effort, Format, Thinking, ThinkingMode, Tier, Tool, ToolChoice, ToolKind};
use crate::json::writer::Writer;

const OWN: Dialect = Dialect::OpenAiResponses;

/// The service refuses smaller limits.
const LEAST_TOKENS: u64 = 16;

/// The service refuses longer identifiers of users.
const LONGEST_USER: usize = 64;

/// Whether the service can be asked this at all.
pub(super) fn check(conversation: &Conversation) -> Result<(), EncodeError> {
    if conversation.dialect == OWN {
        return Ok(());
    }
    for (index, tool) in conversation.tools.iter().enumerate() {
        let is_own = !matches!(tool.kind, ToolKind::BuiltIn { .. });
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        if is_own && (tool.name.is_empty() || !tool.name.bytes().all(is_plain)) {
            let reason = format!(
                "the tool `{}` cannot be offered to this target, name it with letters, digits, `_` and `-` only",
                tool.name
            );
            return Err(EncodeError { path: format!("tools[{index}].name"), reason });
        }
    }
    Ok(())
}

/// Writes the tools and which of them are to be used.
pub(super) fn tools(writer: &mut Writer, conversation: &Conversation, losses: &mut Losses) {
    let own = conversation.dialect == OWN;
    let known = |tool: &Tool| !matches!(&tool.kind, ToolKind::BuiltIn { dialect, .. } if *dialect != OWN);
    for (index, tool) in conversation.tools.iter().enumerate().filter(|_| !own) {
        if known(tool) {
            losses.extras(&format!("tools[{index}]"), &tool.extras);
        } else {
            losses.dropped(format!("tools[{index}]"));
        }
    }
    let any = conversation.tools.iter().any(known);
    if any {
        writer.key("tools").array(|writer| {
            let from = conversation.dialect;
            conversation.tools.iter().filter(|tool| known(tool)).for_each(|each| tool(writer, each, from));
        });
    }
    match &conversation.tool_choice {
        Some(ToolChoice::Opaque(dialect, _)) if *dialect != OWN => losses.dropped(choice_name(conversation)),
        // Without tools there is nothing to choose, and the service refuses the member.
        Some(choice) if any || own => tool_choice(writer, choice, conversation),
        _ => {}
    }
    if any || own {
        writer.boolean_member("parallel_tool_calls", conversation.parallel_tools);
    }
}

fn tool(writer: &mut Writer, tool: &Tool, from: Dialect) {
    let own = from == OWN;
    let kind = match &tool.kind {
        ToolKind::BuiltIn { json, .. } => return writer.json(json),
        ToolKind::Function { .. } => "function",
        ToolKind::Custom { .. } => "custom",
    };
    writer.object(|writer| {
        if !own || tool.extras.get("type").is_none() {
            writer.key("type").text(kind);
        }
        writer.key("name").text(&tool.name);
        writer.text_member("description", tool.description.as_deref());
        match &tool.kind {
            ToolKind::Function { schema: Some(schema) } if own => writer.key("parameters").json(schema),
            ToolKind::Function { schema: None } if own => {}
            // The service wants `properties` even where there are none.
            ToolKind::Function { schema } => write_schema(writer.key("parameters"), schema.as_ref()),
            ToolKind::Custom { format } => custom_format(writer, format.as_ref()),
            ToolKind::BuiltIn { .. } => {}
        }
        // Here a function is strict unless it says that it is not; elsewhere it is the other way round.
        let is_function = matches!(tool.kind, ToolKind::Function { .. });
        writer.boolean_member("strict", tool.strict.or((is_function && !own).then_some(false)));
        if own {
            writer.extras(&tool.extras);
        }
    });
}

/// Chat keeps a grammar in an object of its own.
fn custom_format(writer: &mut Writer, format: Option<&Json>) {
    let Some(format) = format else { return };
    match format.node().get("grammar") {
        None => writer.key("format").json(format),
        Some(grammar) => writer.key("format").object(|writer| {
            writer.key("type").text("grammar");
            for name in ["syntax", "definition"] {
                writer.json_member(name, grammar.get(name).map(Json::of).as_ref());
            }
        }),
    }
}

fn tool_choice(writer: &mut Writer, choice: &ToolChoice, conversation: &Conversation) {
    writer.key("tool_choice");
    match choice {
        ToolChoice::Auto => writer.text("auto"),
        ToolChoice::None => writer.text("none"),
        ToolChoice::Required => writer.text("required"),
        ToolChoice::Opaque(_, json) => writer.json(json),
        ToolChoice::Tool(name) => {
            let is_custom = |tool: &Tool| tool.name == *name && matches!(tool.kind, ToolKind::Custom { .. });
            let custom = conversation.tools.iter().any(is_custom);
            writer.object(|writer| {
                writer.key("type").text(if custom { "custom" } else { "function" });
                writer.key("name").text(name);
            });
        }
    }
}

const fn choice_name(conversation: &Conversation) -> &'static str {
    match conversation.dialect {
        Dialect::Gemini => "toolConfig.functionCallingConfig",
        Dialect::Bedrock => "toolConfig.toolChoice",
        _ => "tool_choice",
    }
}

/// Writes the form of the answer and how much is to be thought.
pub(super) fn form(writer: &mut Writer, conversation: &Conversation, losses: &mut Losses) {
    let extras = &conversation.extras;
    let has =
        |prefix: &str| conversation.dialect == OWN && extras.iter().any(|(name, _)| name.starts_with(prefix));
    if conversation.format.is_some() || conversation.verbosity.is_some() || has("text.") {
        writer.key("text").object(|writer| {
            if let Some(format) = &conversation.format {
                writer.key("format").object(|writer| self::format(writer, format, (conversation, losses)));
            }
            writer.text_member("verbosity", conversation.verbosity.as_deref());
            nested(writer, extras, "text.");
        });
    }
    match &conversation.thinking {
        Some(thinking) if conversation.dialect == OWN => {
            writer.key("reasoning").object(|writer| {
                writer.text_member("effort", thinking.effort.map(Effort::name));
                let older = extras.get("reasoning.generate_summary").is_some();
                writer.text_member("summary", thinking.show.as_deref().filter(|_| !older));
                nested(writer, extras, "reasoning.");
            });
        }
        Some(thinking) => self::thinking(writer, thinking, (conversation, losses)),
        None => {}
    }
}

/// Writes the members whose names begin with `prefix` and have no more levels.
fn nested(writer: &mut Writer, extras: &Extras, prefix: &str) {
    for (name, json) in extras.iter() {
        if let Some(name) = name.strip_prefix(prefix).filter(|name| !name.contains('.')) {
            writer.key(name).json(json);
        }
    }
}

fn format(writer: &mut Writer, format: &Format, (conversation, losses): (&Conversation, &mut Losses)) {
    let kind = match format {
        Format::Text => "text",
        Format::JsonObject => "json_object",
        Format::JsonSchema { .. } => "json_schema",
    };
    writer.key("type").text(kind);
    if let Format::JsonSchema { name, description, schema, strict } = format {
        let name = name.as_deref().unwrap_or("answer");
        let fitting = if conversation.dialect == OWN { Cow::Borrowed(name) } else { fitting_name(name) };
        if fitting != name {
            losses.changed("response_format.json_schema.name");
        }
        writer.key("name").text(&fitting);
        writer.text_member("description", description.as_deref());
        writer.key("schema").json(schema);
        writer.boolean_member("strict", *strict);
    }
    if conversation.dialect == OWN {
        nested(writer, &conversation.extras, "text.format.");
    }
}

/// The name of a schema: at most 64 letters, digits, `_` and `-`.
fn fitting_name(name: &str) -> Cow<'_, str> {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-');
    if name.len() <= 64 && !name.is_empty() && name.chars().all(fits) {
        return Cow::Borrowed(name);
    }
    let fitting: String =
        name.chars().take(64).map(|letter| if fits(letter) { letter } else { '_' }).collect();
    Cow::Owned(if fitting.is_empty() { "answer".to_owned() } else { fitting })
}

fn thinking(writer: &mut Writer, thinking: &Thinking, (conversation, losses): (&Conversation, &mut Losses)) {
    let off = thinking.mode == Some(ThinkingMode::Off);
    // By budget alone nobody means efforts that only some models have.
    let of_budget = |tokens| Effort::of_budget(tokens).min(Effort::High);
    let effort = thinking.effort.or(thinking.budget.map(of_budget));
    if off && effort.is_none_or(|effort| effort != Effort::None) {
        // Models that cannot think refuse to be told not to; whoever wants it for sure says `none`.
        losses.changed(thinking_name(conversation.dialect));
        return;
    }
    if thinking.budget.is_some_and(|budget| budget > 0) {
        losses.changed(thinking_name(conversation.dialect));
    }
    let shown = shown(thinking, conversation.dialect);
    if effort.is_none() && shown.is_none() {
        return;
    }
    writer.key("reasoning").object(|writer| {
        writer.text_member("effort", effort.map(Effort::name));
        writer.text_member("summary", shown);
    });
}

/// How thoughts are to be shown: Anthropic's clients see them unless they say otherwise.
fn shown(thinking: &Thinking, from: Dialect) -> Option<&str> {
    match thinking.show.as_deref() {
        Some(show @ ("auto" | "concise" | "detailed")) => Some(show),
        Some("summarized") => Some("auto"),
        Some(_) => None,
        None => {
            let thinks = matches!(thinking.mode, Some(ThinkingMode::On | ThinkingMode::Adaptive));
            (thinks && matches!(from, Dialect::Anthropic | Dialect::Bedrock)).then_some("auto")
        }
    }
}

const fn thinking_name(from: Dialect) -> &'static str {
    match from {
        Dialect::OpenAiChat => "reasoning_effort",
        Dialect::OpenAiResponses => "reasoning",
        Dialect::Anthropic => "thinking",
        Dialect::Gemini => "generationConfig.thinkingConfig",
        Dialect::Bedrock => "additionalModelRequestFields.thinking",
    }
}

/// Writes how words are chosen.
pub(super) fn sampling(writer: &mut Writer, conversation: &Conversation, losses: &mut Losses) {
    let sampling = &conversation.sampling;
    let own = conversation.dialect == OWN;
    let named = |name: &str| knob(conversation.dialect, name);
    let mut within = |name: &str, value: Option<f64>, most: f64| {
        let fitting = if own { value } else { value.map(|value| value.clamp(0.0, most)) };
        if fitting != value {
            losses.changed(named(name));
        }
        fitting
    };
    writer.number_member("temperature", within("temperature", sampling.temperature, 2.0));
    writer.number_member("top_p", within("top_p", sampling.top_p, 1.0));
    let limit = conversation.max_tokens;
    let fitting = if own { limit } else { limit.map(|limit| limit.max(LEAST_TOKENS)) };
    if fitting != limit {
        losses.changed(named("max_tokens"));
    }
    writer.count_member("max_output_tokens", fitting);
    writer.count_member("top_logprobs", sampling.logprobs.and_then(|logprobs| logprobs.top));
    for (name, is_there) in [
        ("top_k", sampling.top_k.is_some()),
        ("frequency_penalty", sampling.frequency_penalty.is_some_and(|penalty| penalty != 0.0)),
        ("presence_penalty", sampling.presence_penalty.is_some_and(|penalty| penalty != 0.0)),
        ("seed", sampling.seed.is_some()),
        ("stop", !sampling.stop.is_empty()),
        ("n", sampling.candidates.is_some_and(|count| count > 1)),
    ] {
        if is_there {
            losses.dropped(named(name));
        }
    }
}

/// What each dialect calls its knobs, by their names in OpenAI's chat.
fn knob(from: Dialect, name: &str) -> String {
    let own = match (from, name) {
        (Dialect::Anthropic, "stop") => "stop_sequences",
        (Dialect::Gemini, "stop") => "generationConfig.stopSequences",
        (Dialect::Bedrock, "stop") => "inferenceConfig.stopSequences",
        (Dialect::Gemini, "n") => "generationConfig.candidateCount",
        (Dialect::Gemini, "top_k") => "generationConfig.topK",
        (Dialect::Bedrock, "top_k") => "additionalModelRequestFields.top_k",
        (Dialect::Gemini, "top_p") => "generationConfig.topP",
        (Dialect::Bedrock, "top_p") => "inferenceConfig.topP",
        (Dialect::Gemini, "max_tokens") => "generationConfig.maxOutputTokens",
        (Dialect::Bedrock, "max_tokens") => "inferenceConfig.maxTokens",
        (Dialect::Gemini, "frequency_penalty") => "generationConfig.frequencyPenalty",
        (Dialect::Gemini, "presence_penalty") => "generationConfig.presencePenalty",
        (Dialect::Gemini, "seed") => "generationConfig.seed",
        (Dialect::Gemini, "temperature") => "generationConfig.temperature",
        (Dialect::Bedrock, "temperature") => "inferenceConfig.temperature",
        _ => name,
    };
    own.to_owned()
}

/// Writes what the answer is asked under.
pub(super) fn circumstances(writer: &mut Writer, conversation: &Conversation, losses: &mut Losses) {
    let own = conversation.dialect == OWN;
    if conversation.stream {
        writer.key("stream").boolean(true);
    }
    // Elsewhere nothing is kept unless it is asked for; here it would be for 30 days.
    writer.boolean_member("store", conversation.store.or((!own).then_some(false)));
    writer.text_member("prompt_cache_key", conversation.cache_key.as_deref());
    writer.json_member("metadata", conversation.metadata.as_ref());
    if own {
        let tier = conversation.tier.as_ref().filter(|_| conversation.extras.get("service_tier").is_none());
        writer.text_member("service_tier", tier.and_then(tier_name));
        return;
    }
    match conversation.tier.as_ref().map(|tier| (tier, tier_name(tier))) {
        Some((_, Some(name))) => writer.key("service_tier").text(name),
        Some((_, None)) => losses.dropped(if conversation.dialect == Dialect::Gemini {
            "serviceTier"
        } else {
            "service_tier"
        }),
        None => {}
    }
    if let Some(user) = conversation.user.as_deref() {
        // One that is too long is told by its digest, as the service itself recommends.
        let user = user::sign(user);
        let fitting = if user.len() > LONGEST_USER { Cow::Owned(digest(&user)) } else { user };
        if conversation.extras.get("safety_identifier").is_none() {
            writer.key("safety_identifier").text(&fitting);
        }
    }
    include(writer, conversation);
}

/// Asks for what other dialects' clients get by themselves. Models that do not think refuse to be asked for the proof.
fn include(writer: &mut Writer, conversation: &Conversation) {
    let thinking = conversation.thinking.as_ref();
    let thinks = thinking.is_some_and(|thinking| {
        thinking.mode != Some(ThinkingMode::Off) && thinking.effort != Some(Effort::None)
    });
    let mut pieces = conversation.turns.iter().flat_map(|turn| &turn.pieces);
    let thought = pieces.any(|piece| match &piece.part {
        Part::Reasoning(reasoning) => reasoning.seal.as_ref().is_some_and(|seal| seal.maker == Maker::OpenAi),
        _ => false,
    });
    let wanted = [
        ("reasoning.encrypted_content", thinks || thought),
        ("message.output_text.logprobs", conversation.sampling.logprobs.is_some()),
    ];
    if wanted.iter().any(|(_, wanted)| *wanted) {
        writer.key("include").array(|writer| {
            wanted.iter().filter(|(_, wanted)| *wanted).for_each(|(name, _)| writer.text(name));
        });
    }
}

/// The name of a tier; `None` where only another provider has it.
pub(in crate::openai_responses) fn tier_name(tier: &Tier) -> Option<&str> {
    match tier {
        Tier::Auto => Some("auto"),
        Tier::Standard => Some("default"),
        Tier::Flex => Some("flex"),
        Tier::Priority => Some("priority"),
        Tier::Other(Dialect::OpenAiChat | Dialect::OpenAiResponses, name) => Some(name),
        Tier::Other(..) => None,
    }
}

/// 128 bits of FNV-1a in hex: short, and the same for the same text.
/// <https://datatracker.ietf.org/doc/html/draft-eastlake-fnv>
pub(super) fn digest(text: &str) -> String {
    const BASIS: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    let hash = text.bytes().fold(BASIS, |hash, byte| (hash ^ u128::from(byte)).wrapping_mul(PRIME));
    format!("{hash:032x}")
}
