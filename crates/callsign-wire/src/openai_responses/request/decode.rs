//! Requests, read into the hub.

use std::borrow::Cow;

use crate::dialect::Dialect;
use crate::hub::conversation::{Conversation, Role, Turn};
use crate::hub::extras::{Extras, Json};
use crate::hub::flaw::DecodeError;
use crate::hub::part::{Part, Piece, Reasoning, ReasoningForm};
use crate::hub::seal::{Maker, Seal};
use crate::hub::wish::{Effort, Format, Logprobs, Thinking, ThinkingMode, Tier, Tool, ToolChoice, ToolKind};
use crate::json::Kind;
use crate::json::object::{Object, said};
use crate::json::walk::Node;
use crate::openai_responses::item::Item;
use crate::openai_responses::sealed::{Sealed, unpacked};

const OWN: Dialect = Dialect::OpenAiResponses;

/// What `include` may ask for without anything being lost elsewhere: these things come by themselves.
const COME_ANYWAY: [&str; 2] = ["reasoning.encrypted_content", "message.output_text.logprobs"];

/// Reads a request.
pub(crate) fn decode(body: &[u8]) -> Result<Conversation, DecodeError> {
    let mut object = Object::of(Node::checked(body))?;
    let mut conversation = Conversation::new(OWN);
    object.take("model");
    if let Some(text) = object.text("instructions")? {
        conversation.turns.push(Turn::of(Role::System, vec![Piece::text(text)]));
    }
    input(&mut object, &mut conversation.turns)?;
    bind_seals(&mut conversation.turns);
    conversation.tools = object.each("tools", tool)?;
    conversation.tool_choice = object.take("tool_choice").map(tool_choice).transpose()?;
    conversation.parallel_tools = object.boolean("parallel_tool_calls")?;
    let mut nested = Extras::default();
    form(&mut object, &mut conversation, &mut nested)?;
    conversation.thinking = thinking(&mut object, &mut nested)?;
    sampling(&mut object, &mut conversation)?;
    circumstances(&mut object, &mut conversation)?;
    conversation.extras = object.rest();
    conversation.extras.append(nested);
    conversation.extras.hush(says_nothing);
    Ok(conversation)
}

fn input(object: &mut Object<'_>, turns: &mut Vec<Turn>) -> Result<(), DecodeError> {
    let Some(node) = object.peek("input") else { return Ok(()) };
    match node.kind() {
        Kind::Text => {
            let text = object.required_text("input")?;
            turns.push(Turn { origin: Some(0), ..Turn::of(Role::User, vec![Piece::text(text)]) });
        }
        Kind::Array => {
            object.take("input");
            for (index, node) in node.elements().enumerate() {
                let Item { role, head, pieces, .. } =
                    Item::read(node).map_err(|error| error.at("input", index))?;
                turns.push(Turn { role, pieces, name: None, origin: Some(index), extras: head });
            }
        }
        Kind::Null => drop(object.take("input")),
        _ => return Err(DecodeError::expected("a string or an array of items").within("input")),
    }
    Ok(())
}

/// Gives seals of other makers, which came back in reasoning items, to what they belong to.
fn bind_seals(turns: &mut Vec<Turn>) {
    let mut of_call: Option<Seal> = None;
    turns.retain_mut(|turn| {
        for piece in &mut turn.pieces {
            match &mut piece.part {
                Part::Reasoning(reasoning) => {
                    if let Some(seal) = restored(reasoning) {
                        of_call = Some(seal);
                        return false;
                    }
                }
                Part::ToolCall(call) => call.seal = of_call.take(),
                _ => {}
            }
        }
        true
    });
}

/// Thoughts that another maker sealed, as they were; the seal of the next call where the item was made for that.
fn restored(reasoning: &mut Reasoning) -> Option<Seal> {
    let seal = reasoning.seal.as_ref().filter(|seal| seal.maker != Maker::OpenAi)?;
    reasoning.form = ReasoningForm::Full;
    match unpacked(&seal.packed(None))? {
        Sealed::Call(seal) if reasoning.paragraphs.is_empty() => Some(seal),
        Sealed::Thoughts(seal) | Sealed::Call(seal) => {
            reasoning.seal = Some(seal);
            None
        }
        Sealed::Redacted(seal) => {
            (reasoning.seal, reasoning.redacted) = (Some(seal), true);
            None
        }
    }
}

fn tool(node: Node<'_>) -> Result<Tool, DecodeError> {
    let mut object = Object::of(node)?;
    let kind = object.peek("type").ok_or_else(|| DecodeError::missing("type"))?;
    let kind = said(kind).map_err(|error| error.within("type"))?;
    let is_own = matches!(kind.as_ref(), "function" | "custom");
    if !is_own {
        let name = object.text("name")?.unwrap_or_default();
        let kind = ToolKind::BuiltIn { dialect: OWN, kind: kind.into_owned(), json: Json::of(node) };
        let extras = Extras::default();
        return Ok(Tool { name, description: None, kind, strict: None, cache: None, extras });
    }
    let name = object.required_text("name")?;
    let description = object.text("description")?;
    let strict = object.boolean("strict")?;
    let kind = if kind == "function" {
        ToolKind::Function { schema: object.json("parameters") }
    } else {
        ToolKind::Custom { format: object.json("format") }
    };
    let mut extras = object.rest();
    extras.hush(|name, json| {
        name == "type"
            || json.node().is_blank()
            || json.as_str() == "false"
            || json.as_str() == r#"["direct"]"#
    });
    Ok(Tool { name, description, kind, strict, cache: None, extras })
}

fn tool_choice(node: Node<'_>) -> Result<ToolChoice, DecodeError> {
    let opaque = || ToolChoice::Opaque(OWN, Json::of(node));
    if node.kind() == Kind::Object {
        let kind = node.get("type").and_then(Node::text).unwrap_or_default();
        let name = node.get("name").and_then(Node::text).filter(|_| node.members().count() == 2);
        return Ok(match (kind.as_ref(), name) {
            ("function" | "custom", Some(name)) => ToolChoice::Tool(name.into_owned()),
            _ => opaque(),
        });
    }
    match said(node).map_err(|_| wrong_choice())?.as_ref() {
        "auto" => Ok(ToolChoice::Auto),
        "none" => Ok(ToolChoice::None),
        "required" => Ok(ToolChoice::Required),
        _ => Err(wrong_choice()),
    }
}

fn wrong_choice() -> DecodeError {
    DecodeError::expected("`auto`, `none`, `required` or an object").within("tool_choice")
}

/// Takes an object whose members are known, so that what is left of it is told under its own name.
fn inside<'a>(object: &mut Object<'a>, name: &str) -> Result<Option<Object<'a>>, DecodeError> {
    match object.peek(name) {
        Some(node) if !node.is_blank() => object.object(name),
        _ => Ok(None),
    }
}

fn leave(nested: &mut Extras, name: &str, rest: Object<'_>) {
    for (key, json) in rest.rest().iter() {
        nested.push(&format!("{name}.{key}"), json.clone());
    }
}

fn form(
    object: &mut Object<'_>,
    conversation: &mut Conversation,
    nested: &mut Extras,
) -> Result<(), DecodeError> {
    let Some(mut text) = inside(object, "text")? else { return Ok(()) };
    let in_text = |error: DecodeError| error.within("text");
    conversation.verbosity = text.text("verbosity").map_err(in_text)?;
    let known = ["text", "json_object", "json_schema"];
    let format = text.peek("format").and_then(|format| format.get("type")).and_then(Node::text);
    if format.is_some_and(|kind| known.contains(&kind.as_ref()))
        && let Some(mut format) = text.object("format").map_err(in_text)?
    {
        let read = self::format(&mut format).map_err(|error| in_text(error.within("format")))?;
        conversation.format = Some(read);
        leave(nested, "text.format", format);
    }
    leave(nested, "text", text);
    Ok(())
}

fn format(object: &mut Object<'_>) -> Result<Format, DecodeError> {
    Ok(match object.required_text("type")?.as_str() {
        "json_schema" => Format::JsonSchema {
            name: object.text("name")?,
            description: object.text("description")?,
            schema: object.json("schema").ok_or_else(|| DecodeError::missing("schema"))?,
            strict: object.boolean("strict")?,
        },
        "json_object" => Format::JsonObject,
        _ => Format::Text,
    })
}

fn thinking(object: &mut Object<'_>, nested: &mut Extras) -> Result<Option<Thinking>, DecodeError> {
    let Some(mut reasoning) = inside(object, "reasoning")? else { return Ok(None) };
    let within = |error: DecodeError| error.within("reasoning");
    let mut thinking = Thinking::default();
    let named = reasoning.peek("effort").and_then(Node::text);
    if let Some(effort) = named.as_deref().and_then(Effort::named) {
        reasoning.take("effort");
        thinking.effort = Some(effort);
        thinking.mode = (effort == Effort::None).then_some(ThinkingMode::Off);
    }
    thinking.show = reasoning.text("summary").map_err(within)?;
    if thinking.show.is_none() {
        // The older name; it stays as it is for its own dialect.
        let older = reasoning.peek("generate_summary").and_then(Node::text);
        thinking.show = older.map(Cow::into_owned);
    }
    leave(nested, "reasoning", reasoning);
    Ok(Some(thinking))
}

fn sampling(object: &mut Object<'_>, conversation: &mut Conversation) -> Result<(), DecodeError> {
    let sampling = &mut conversation.sampling;
    sampling.temperature = object.number("temperature")?;
    sampling.top_p = object.number("top_p")?;
    let top = object.count("top_logprobs")?;
    let wanted = object.peek("include").is_some_and(|include| {
        include.elements().any(|element| element.says("message.output_text.logprobs"))
    });
    if wanted || top.is_some() {
        sampling.logprobs = Some(Logprobs { top });
    }
    conversation.max_tokens = object.count("max_output_tokens")?;
    Ok(())
}

fn circumstances(object: &mut Object<'_>, conversation: &mut Conversation) -> Result<(), DecodeError> {
    conversation.stream = object.boolean("stream")?.unwrap_or(false);
    conversation.store = object.boolean("store")?;
    conversation.metadata = object.json("metadata");
    conversation.cache_key = object.text("prompt_cache_key")?;
    conversation.tier = tier(object)?;
    // Both stay for their own dialect, which tells them apart.
    for name in ["safety_identifier", "user"] {
        if let Some(node) = object.peek(name).filter(|node| node.kind() != Kind::Null) {
            let user = said(node).map_err(|error| error.within(name))?.into_owned();
            conversation.user.get_or_insert(user);
        }
    }
    Ok(())
}

fn tier(object: &mut Object<'_>) -> Result<Option<Tier>, DecodeError> {
    let Some(node) = object.peek("service_tier").filter(|node| node.kind() != Kind::Null) else {
        return Ok(None);
    };
    let name = said(node).map_err(|error| error.within("service_tier"))?;
    // Another name of `priority`, kept for its own dialect.
    if name != "fast" {
        object.take("service_tier");
    }
    Ok(Some(tier_named(&name)))
}

/// The tier of this name.
pub(in crate::openai_responses) fn tier_named(name: &str) -> Tier {
    match name {
        "auto" => Tier::Auto,
        "default" => Tier::Standard,
        "flex" => Tier::Flex,
        "priority" | "fast" => Tier::Priority,
        other => Tier::Other(OWN, other.to_owned()),
    }
}

/// Whether nobody would miss a member of the body whose target speaks another dialect.
fn says_nothing(name: &str, json: &Json) -> bool {
    let node = json.node();
    match name {
        "user"
        | "safety_identifier"
        | "client_metadata"
        | "stream_options"
        | "service_tier"
        | "reasoning.generate_summary" => true,
        "truncation" => node.says("disabled"),
        "background" => json.as_str() == "false",
        "include" => node.elements().all(|element| COME_ANYWAY.iter().any(|known| element.says(known))),
        _ => node.is_blank(),
    }
}
