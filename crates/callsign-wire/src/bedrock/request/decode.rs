//! A request, read.

use std::borrow::Cow;

use crate::anthropic::names;
use crate::bedrock::block::{cache_point, pieces};
use crate::bedrock::rest::{inner, only};
use crate::dialect::Dialect;
use crate::hub::conversation::{Conversation, Role, Turn};
use crate::hub::extras::{Extras, Json};
use crate::hub::flaw::DecodeError;
use crate::hub::wish::{Effort, Format, Thinking, ThinkingMode, Tier, Tool, ToolChoice, ToolKind};
use crate::json::Kind;
use crate::json::object::{Object, said};
use crate::json::walk::Node;

/// Reads a request.
pub(crate) fn decode(body: &[u8]) -> Result<Conversation, DecodeError> {
    let node = Node::read(body).ok_or_else(DecodeError::not_json)?;
    let mut object = Object::of(node)?;
    let mut conversation = Conversation::new(Dialect::Bedrock);
    let system = pieces(&mut object, "system")?;
    if !system.is_empty() {
        conversation.turns.push(Turn::of(Role::System, system));
    }
    let said = object.each("messages", turn)?;
    let numbered = said.into_iter().enumerate().map(|(index, turn)| Turn { origin: Some(index), ..turn });
    conversation.turns.extend(numbered);
    inside(&mut object, &mut conversation, "inferenceConfig", sampling)?;
    inside(&mut object, &mut conversation, "toolConfig", tools)?;
    inside(&mut object, &mut conversation, "additionalModelRequestFields", additional)?;
    inside(&mut object, &mut conversation, "outputConfig", output)?;
    inside(&mut object, &mut conversation, "serviceTier", tier)?;
    conversation.metadata = object.json("requestMetadata");
    conversation.extras.append(object.rest());
    Ok(conversation)
}

/// Reads the members of an inner object that the hub knows; the others stay, among the extras.
fn inside(
    object: &mut Object<'_>,
    conversation: &mut Conversation,
    name: &str,
    read: impl FnOnce(&mut Object<'_>, &mut Conversation) -> Result<(), DecodeError>,
) -> Result<(), DecodeError> {
    let Some(mut inside) = object.object(name)? else { return Ok(()) };
    read(&mut inside, conversation).map_err(|error| error.within(name))?;
    if let Some(left) = inner(&inside.rest()) {
        conversation.extras.push(name, left);
    }
    Ok(())
}

fn turn(node: Node<'_>) -> Result<Turn, DecodeError> {
    let mut object = Object::of(node)?;
    let role = match object.required_text("role")?.as_str() {
        "user" => Role::User,
        "assistant" => Role::Assistant,
        "system" => Role::System,
        _ => return Err(DecodeError::said("must be `user`, `assistant` or `system`").within("role")),
    };
    if object.peek("content").is_none() {
        return Err(DecodeError::missing("content"));
    }
    let pieces = pieces(&mut object, "content")?;
    Ok(Turn { extras: object.rest(), ..Turn::of(role, pieces) })
}

fn sampling(object: &mut Object<'_>, conversation: &mut Conversation) -> Result<(), DecodeError> {
    conversation.max_tokens = object.count("maxTokens")?;
    let sampling = &mut conversation.sampling;
    sampling.temperature = object.number("temperature")?;
    sampling.top_p = object.number("topP")?;
    sampling.stop = object.each("stopSequences", |node| said(node).map(Cow::into_owned))?;
    Ok(())
}

fn tools(object: &mut Object<'_>, conversation: &mut Conversation) -> Result<(), DecodeError> {
    let tools = &mut conversation.tools;
    for (index, node) in object.elements("tools")?.into_iter().flatten().enumerate() {
        let last = tools.last_mut().filter(|last| last.cache.is_none());
        match (cache_point(node), last) {
            (Some(hint), Some(last)) => last.cache = Some(hint),
            _ => tools.push(tool(node).map_err(|error| error.at("tools", index))?),
        }
    }
    conversation.tool_choice = object.take("toolChoice").map(choice).transpose()?;
    Ok(())
}

fn tool(node: Node<'_>) -> Result<Tool, DecodeError> {
    if node.kind() != Kind::Object {
        return Err(DecodeError::expected("an object"));
    }
    let Some((key, value)) = only(node) else {
        return Err(DecodeError::said("must have exactly one member"));
    };
    if key != b"toolSpec" {
        let (dialect, json) = (Dialect::Bedrock, Json::of(node));
        let kind = ToolKind::BuiltIn { dialect, kind: String::from_utf8_lossy(key).into_owned(), json };
        let name = value.get("name").and_then(Node::text).unwrap_or_default().into_owned();
        let extras = Extras::default();
        return Ok(Tool { name, description: None, kind, strict: None, cache: None, extras });
    }
    specified(value).map_err(|error| error.within("toolSpec"))
}

fn specified(node: Node<'_>) -> Result<Tool, DecodeError> {
    let mut object = Object::of(node)?;
    let name = names::read(object.required_text("name")?);
    let description = object.text("description")?;
    let schema = object.object("inputSchema")?.and_then(|mut schema| schema.json("json"));
    let strict = object.boolean("strict")?;
    let kind = ToolKind::Function { schema };
    Ok(Tool { name, description, kind, strict, cache: None, extras: object.rest() })
}

fn choice(node: Node<'_>) -> Result<ToolChoice, DecodeError> {
    let named = node.at(&["tool", "name"]).and_then(Node::text);
    Ok(match (only(node).map(|(key, _)| key), named) {
        (Some(b"auto"), _) => ToolChoice::Auto,
        (Some(b"any"), _) => ToolChoice::Required,
        (Some(b"tool"), Some(name)) => ToolChoice::Tool(names::read(name.into_owned())),
        (Some(b"tool"), None) => {
            return Err(DecodeError::missing("name").within("tool").within("toolChoice"));
        }
        _ => ToolChoice::Opaque(Dialect::Bedrock, Json::of(node)),
    })
}

/// What Claude takes beyond the settings that all models have in common.
fn additional(object: &mut Object<'_>, conversation: &mut Conversation) -> Result<(), DecodeError> {
    conversation.sampling.top_k = object.count("top_k")?;
    let known = object.peek("thinking").and_then(|thinking| mode(thinking));
    let Some(mode) = known else { return Ok(()) };
    let Some(mut thinking) = object.object("thinking")? else { return Ok(()) };
    thinking.take("type");
    let budget = thinking.count("budget_tokens").map_err(|error| error.within("thinking"))?;
    let show = thinking.text("display").map_err(|error| error.within("thinking"))?;
    conversation.thinking = Some(Thinking { mode: Some(mode), effort: None, budget, show });
    Ok(())
}

/// The mode that the hub knows; thinking in other words than Claude's stays as it is.
fn mode(thinking: Node<'_>) -> Option<ThinkingMode> {
    let known = thinking
        .members()
        .all(|member| ["type", "budget_tokens", "display"].into_iter().any(|name| member.is(name)));
    let kind = thinking.get("type").filter(|_| known)?.text()?;
    match kind.as_ref() {
        "enabled" => Some(ThinkingMode::On),
        "adaptive" => Some(ThinkingMode::Adaptive),
        "disabled" => Some(ThinkingMode::Off),
        _ => None,
    }
}

fn output(object: &mut Object<'_>, conversation: &mut Conversation) -> Result<(), DecodeError> {
    if let Some(effort) = object.peek("effort").and_then(Node::text)
        && let Some(effort) = Effort::named(&effort)
    {
        object.take("effort");
        conversation.thinking.get_or_insert_default().effort = Some(effort);
    }
    if let Some(node) = object.take("textFormat") {
        let format = format(node).map_err(|error| error.within("textFormat"))?;
        conversation.format = Some(format);
    }
    Ok(())
}

/// The schema stands in a string.
fn format(node: Node<'_>) -> Result<Format, DecodeError> {
    let mut object = Object::of(node)?;
    if object.required_text("type")? != "json_schema" {
        return Err(DecodeError::said("must be `json_schema`").within("type"));
    }
    let missing = || DecodeError::missing("structure.jsonSchema");
    let defined = node.at(&["structure", "jsonSchema"]).ok_or_else(missing)?;
    let read = || {
        let mut defined = Object::of(defined)?;
        let spelled = defined.required_text("schema")?;
        let schema = Json::read(&spelled)
            .ok_or_else(|| DecodeError::said("must be a string of valid json").within("schema"))?;
        let (name, description) = (defined.text("name")?, defined.text("description")?);
        Ok(Format::JsonSchema { name, description, schema, strict: None })
    };
    read().map_err(|error: DecodeError| error.within("structure.jsonSchema"))
}

fn tier(object: &mut Object<'_>, conversation: &mut Conversation) -> Result<(), DecodeError> {
    let name = object.required_text("type")?;
    conversation.tier = Some(match name.as_str() {
        "default" => Tier::Standard,
        "flex" => Tier::Flex,
        "priority" => Tier::Priority,
        _ => Tier::Other(Dialect::Bedrock, name),
    });
    Ok(())
}
