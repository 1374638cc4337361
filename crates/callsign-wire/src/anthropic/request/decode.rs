//! A request, read.

use crate::anthropic::block::{cache, pieces};
use crate::anthropic::names;
use crate::anthropic::rest::{inner, rest};
use crate::dialect::Dialect;
use crate::hub::conversation::{Conversation, Role, Turn};
use crate::hub::extras::{Extras, Json};
use crate::hub::flaw::DecodeError;
use crate::hub::wish::{Effort, Format, Sampling, Thinking, ThinkingMode, Tier, Tool, ToolChoice, ToolKind};
use crate::json::object::{Object, said};
use crate::json::walk::Node;

/// Reads a request. A question for the count of its tokens is one without `max_tokens`.
pub(crate) fn decode(body: &[u8]) -> Result<Conversation, DecodeError> {
    let node = Node::read(body).ok_or_else(DecodeError::not_json)?;
    let mut object = Object::of(node)?;
    let mut conversation = Conversation::new(Dialect::Anthropic);
    // The target's name is put in its place.
    object.text_ref("model")?;
    conversation.turns = turns(&mut object)?;
    conversation.max_tokens = object.count("max_tokens")?;
    conversation.sampling = sampling(&mut object)?;
    conversation.tools = object.each("tools", tool)?;
    choose(&mut object, &mut conversation)?;
    think(&mut object, &mut conversation)?;
    metadata(&mut object, &mut conversation)?;
    conversation.tier = object.text("service_tier")?.map(tier);
    // What is not asked for stays as it is said.
    if object.peek("stream").is_some_and(|stream| stream.spelled() != b"false") {
        conversation.stream = object.boolean("stream")?.unwrap_or(false);
    }
    conversation.extras.append(rest(object));
    Ok(conversation)
}

fn turns(object: &mut Object<'_>) -> Result<Vec<Turn>, DecodeError> {
    let mut turns = Vec::new();
    if let Some(system) = object.take("system") {
        let pieces = pieces(system).map_err(|error| error.within("system"))?;
        turns.push(Turn::of(Role::System, pieces));
    }
    if object.peek("messages").is_none() {
        return Err(DecodeError::missing("messages"));
    }
    let said = object.each("messages", turn)?;
    turns.extend(said.into_iter().enumerate().map(|(index, turn)| Turn { origin: Some(index), ..turn }));
    Ok(turns)
}

fn turn(node: Node<'_>) -> Result<Turn, DecodeError> {
    let mut object = Object::of(node)?;
    let role = match object.required_text("role")?.as_str() {
        "user" => Role::User,
        "assistant" => Role::Assistant,
        "system" => Role::System,
        _ => return Err(DecodeError::said("must be `user`, `assistant` or `system`").within("role")),
    };
    let content = object.take("content").map(pieces).transpose();
    let pieces = match content.map_err(|error| error.within("content"))? {
        Some(pieces) => pieces,
        // A system turn may hold nothing but settings.
        None if role == Role::System => Vec::new(),
        None => return Err(DecodeError::missing("content")),
    };
    Ok(Turn { extras: rest(object), ..Turn::of(role, pieces) })
}

fn sampling(object: &mut Object<'_>) -> Result<Sampling, DecodeError> {
    Ok(Sampling {
        temperature: object.number("temperature")?,
        top_p: object.number("top_p")?,
        top_k: object.count("top_k")?,
        stop: object.each("stop_sequences", |node| said(node).map(std::borrow::Cow::into_owned))?,
        ..Sampling::default()
    })
}

fn tool(node: Node<'_>) -> Result<Tool, DecodeError> {
    let mut object = Object::of(node)?;
    let kind = object.text("type")?;
    if let Some(kind) = kind.clone().filter(|kind| kind != "custom") {
        let name = object.text("name")?.unwrap_or_default();
        let kind = ToolKind::BuiltIn { dialect: Dialect::Anthropic, kind, json: Json::of(node) };
        let extras = Extras::default();
        return Ok(Tool { name, description: None, kind, strict: None, cache: None, extras });
    }
    let name = names::read(object.required_text("name")?);
    let (cache, mut extras) = cache(&mut object)?;
    if kind.is_some() {
        extras.push_quiet("type", Json::written(b"\"custom\"".to_vec()));
    }
    let description = object.text("description")?;
    let schema = object.json("input_schema");
    let strict = object.boolean("strict")?;
    extras.append(rest(object));
    Ok(Tool { name, description, kind: ToolKind::Function { schema }, strict, cache, extras })
}

fn choose(object: &mut Object<'_>, conversation: &mut Conversation) -> Result<(), DecodeError> {
    let Some(node) = object.take("tool_choice") else { return Ok(()) };
    let read = || {
        let mut choice = Object::of(node)?;
        let kind = choice.required_text("type")?;
        let alone = choice.boolean("disable_parallel_tool_use")?;
        let choice = match kind.as_str() {
            "auto" => ToolChoice::Auto,
            "any" => ToolChoice::Required,
            "none" => ToolChoice::None,
            "tool" => ToolChoice::Tool(names::read(choice.required_text("name")?)),
            _ => ToolChoice::Opaque(Dialect::Anthropic, Json::of(node)),
        };
        Ok((choice, alone))
    };
    let (choice, alone) = read().map_err(|error: DecodeError| error.within("tool_choice"))?;
    conversation.tool_choice = Some(choice);
    conversation.parallel_tools = alone.map(|alone| !alone);
    Ok(())
}

/// `thinking`, `output_config` and what that was called before.
fn think(object: &mut Object<'_>, conversation: &mut Conversation) -> Result<(), DecodeError> {
    let mut wish = Thinking::default();
    if let Some(node) = object.take("thinking")
        && !thinking(node, &mut wish).map_err(|error| error.within("thinking"))?
    {
        conversation.extras.push("thinking", Json::of(node));
    }
    if let Some(mut config) = object.object("output_config")? {
        output(&mut config, &mut wish, conversation).map_err(|error| error.within("output_config"))?;
        if let Some(left) = inner(&rest(config)) {
            conversation.extras.push("output_config", left);
        }
    }
    if let Some(node) = object.take("output_format") {
        let format = format(node).map_err(|error| error.within("output_format"))?;
        conversation.format = conversation.format.take().or(format);
    }
    conversation.thinking = Some(wish).filter(|wish| *wish != Thinking::default());
    Ok(())
}

/// Whether the hub knows this way to think.
fn thinking(node: Node<'_>, wish: &mut Thinking) -> Result<bool, DecodeError> {
    let mut object = Object::of(node)?;
    let mode = match object.required_text("type")?.as_str() {
        "enabled" => ThinkingMode::On,
        "adaptive" => ThinkingMode::Adaptive,
        "disabled" => ThinkingMode::Off,
        _ => return Ok(false),
    };
    wish.budget = object.count("budget_tokens")?;
    wish.show = object.text("display")?;
    wish.mode = Some(mode);
    Ok(true)
}

fn output(
    config: &mut Object<'_>,
    wish: &mut Thinking,
    conversation: &mut Conversation,
) -> Result<(), DecodeError> {
    if let Some(effort) = config.text("effort")? {
        let known = Effort::named(&effort);
        wish.effort = Some(known.ok_or_else(|| {
            DecodeError::said("must be `low`, `medium`, `high`, `xhigh` or `max`").within("effort")
        })?);
    }
    if let Some(node) = config.take("format") {
        conversation.format = format(node).map_err(|error| error.within("format"))?;
    }
    Ok(())
}

fn format(node: Node<'_>) -> Result<Option<Format>, DecodeError> {
    let mut object = Object::of(node)?;
    if object.required_text("type")? != "json_schema" {
        return Err(DecodeError::said("must be `json_schema`").within("type"));
    }
    let schema = object.json("schema").ok_or_else(|| DecodeError::missing("schema"))?;
    Ok(Some(Format::JsonSchema { name: None, description: None, schema, strict: None }))
}

fn metadata(object: &mut Object<'_>, conversation: &mut Conversation) -> Result<(), DecodeError> {
    let Some(mut metadata) = object.object("metadata")? else { return Ok(()) };
    conversation.user = metadata.text("user_id").map_err(|error| error.within("metadata"))?;
    if let Some(left) = inner(&rest(metadata)) {
        conversation.extras.push("metadata", left);
    }
    Ok(())
}

fn tier(name: String) -> Tier {
    match name.as_str() {
        "auto" => Tier::Auto,
        "standard_only" => Tier::Standard,
        _ => Tier::Other(Dialect::Anthropic, name),
    }
}
