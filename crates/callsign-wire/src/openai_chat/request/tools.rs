//! Tools and the choice among them.

use std::borrow::Cow;

use crate::dialect::Dialect;
use crate::hub::conversation::Conversation;
use crate::hub::custom;
use crate::hub::extras::{Extras, Json};
use crate::hub::flaw::DecodeError;
use crate::hub::loss::Losses;
use crate::hub::schema::write_schema;
use crate::hub::wish::{Tool, ToolChoice, ToolKind};
use crate::json::Kind;
use crate::json::object::{Object, said};
use crate::json::walk::Node;
use crate::json::writer::Writer;
use crate::openai_chat::content::{self, Beside};
use crate::openai_chat::nested;
use crate::quirks::{Cache, Chat, Members};

/// Takes the tools and the choice among them, in the form of today or that of 2023.
pub(super) fn take(object: &mut Object<'_>, conversation: &mut Conversation) -> Result<(), DecodeError> {
    conversation.tools = object.each("tools", tool)?;
    let functions = object.each("functions", |node| {
        let mut object = Object::of(node)?;
        let mut tool = function(&mut object)?;
        tool.extras = object.rest();
        Ok(tool)
    })?;
    conversation.tools.extend(functions);
    let choice =
        object.take("tool_choice").map(|node| choice(node).map_err(|error| error.within("tool_choice")));
    let older = object
        .take("function_call")
        .map(|node| choice_of_2023(node).map_err(|error| error.within("function_call")));
    conversation.tool_choice = choice.or(older).transpose()?;
    conversation.parallel_tools = object.boolean("parallel_tool_calls")?;
    Ok(())
}

fn tool(node: Node<'_>) -> Result<Tool, DecodeError> {
    let mut object = Object::of(node)?;
    let kind = object.text_ref("type")?;
    let mut extras = Extras::default();
    let mut tool = match kind.as_deref() {
        Some("custom") if object.peek("custom").is_some() => {
            inside(&mut object, "custom", &mut extras, custom_tool)?
        }
        Some("custom") => custom_tool(&mut object)?,
        // Some clients send the Responses API's flat form, or Anthropic's.
        None | Some("function") if object.peek("name").is_some() => function(&mut object)?,
        None | Some("function") => inside(&mut object, "function", &mut extras, function)?,
        Some(kind) => return Ok(built_in(kind, node)),
    };
    tool.cache = content::cache_hint(&mut object, &mut extras)?;
    extras.append(object.rest());
    tool.extras = extras;
    Ok(tool)
}

fn inside(
    object: &mut Object<'_>,
    name: &str,
    extras: &mut Extras,
    read: fn(&mut Object<'_>) -> Result<Tool, DecodeError>,
) -> Result<Tool, DecodeError> {
    let mut inside = object.object(name)?.ok_or_else(|| DecodeError::missing(name))?;
    let tool = read(&mut inside).map_err(|error| error.within(name))?;
    nested::keep(extras, name, &inside.rest());
    Ok(tool)
}

fn function(object: &mut Object<'_>) -> Result<Tool, DecodeError> {
    let schema = object.json("parameters").or_else(|| object.json("input_schema"));
    Ok(Tool {
        name: object.required_text("name")?,
        description: object.text("description")?,
        kind: ToolKind::Function { schema },
        strict: object.boolean("strict")?,
        cache: None,
        extras: Extras::default(),
    })
}

fn custom_tool(object: &mut Object<'_>) -> Result<Tool, DecodeError> {
    let format = object.take("format").map(|node| node.get("grammar").map_or_else(|| Json::of(node), flat));
    Ok(Tool {
        name: object.required_text("name")?,
        description: object.text("description")?,
        kind: ToolKind::Custom { format },
        strict: None,
        cache: None,
        extras: Extras::default(),
    })
}

/// A grammar as the Responses API spells it, and the hub: without an object of its own.
fn flat(grammar: Node<'_>) -> Json {
    let mut writer = Writer::default();
    writer.object(|writer| {
        writer.key("type").text("grammar");
        write_members(writer, grammar, &["type"]);
    });
    Json::written(writer.into_bytes())
}

/// Writes an object's members but those `left_out`.
fn write_members(writer: &mut Writer, object: Node<'_>, left_out: &[&str]) {
    for member in object.members().filter(|member| !left_out.iter().any(|name| member.is(name))) {
        let key = String::from_utf8_lossy(member.key);
        writer.key(&key).json(&Json::of(Node::of(&member)));
    }
}

fn built_in(kind: &str, node: Node<'_>) -> Tool {
    let (dialect, json) = (Dialect::OpenAiChat, Json::of(node));
    Tool {
        name: node.get("name").and_then(Node::text).map(Cow::into_owned).unwrap_or_default(),
        description: None,
        kind: ToolKind::BuiltIn { dialect, kind: kind.to_owned(), json },
        strict: None,
        cache: None,
        extras: Extras::default(),
    }
}

fn choice(node: Node<'_>) -> Result<ToolChoice, DecodeError> {
    if node.kind() == Kind::Text {
        return match said(node)?.as_ref() {
            "auto" => Ok(ToolChoice::Auto),
            "none" => Ok(ToolChoice::None),
            // Mistral's word.
            "required" | "any" => Ok(ToolChoice::Required),
            _ => Err(DecodeError::expected("`auto`, `none`, `required` or an object")),
        };
    }
    if node.kind() != Kind::Object {
        return Err(DecodeError::expected("a string or an object"));
    }
    let named = ["function", "custom"].iter().find_map(|kind| node.at(&[kind, "name"])?.text());
    let flat =
        || node.get("type").filter(|kind| kind.says("function")).and_then(|_| node.get("name")?.text());
    Ok(match named.or_else(flat) {
        Some(name) => ToolChoice::Tool(name.into_owned()),
        None => ToolChoice::Opaque(Dialect::OpenAiChat, Json::of(node)),
    })
}

fn choice_of_2023(node: Node<'_>) -> Result<ToolChoice, DecodeError> {
    match node.get("name").and_then(Node::text) {
        Some(name) => Ok(ToolChoice::Tool(name.into_owned())),
        None => choice(node),
    }
}

/// Writes the tools and the choice among them.
pub(super) fn write(writer: &mut Writer, conversation: &Conversation, chat: Chat, losses: &mut Losses) {
    let own = conversation.dialect == Dialect::OpenAiChat;
    let known = known(conversation, chat, losses);
    if !known.is_empty() {
        writer.key("tools").array(|writer| {
            for tool in &known {
                write_tool(writer, tool, conversation.dialect, chat);
            }
        });
    }
    // Without tools neither is allowed.
    if !known.is_empty() || own {
        write_choice(writer, conversation, &known, losses);
        let parallel = conversation.parallel_tools.filter(|parallel| own || !parallel);
        writer.boolean_member("parallel_tool_calls", parallel);
    }
}

/// The tools that this dialect has a form for.
fn known<'a>(conversation: &'a Conversation, chat: Chat, losses: &mut Losses) -> Vec<Cow<'a, Tool>> {
    let own = conversation.dialect == Dialect::OpenAiChat;
    let mut known = Vec::with_capacity(conversation.tools.len());
    for (index, tool) in conversation.tools.iter().enumerate() {
        let path = format!("tools[{index}]");
        match &tool.kind {
            ToolKind::BuiltIn { dialect, .. } if *dialect != Dialect::OpenAiChat => losses.dropped(path),
            _ => {
                if !own {
                    losses.extras(&path, &tool.extras);
                }
                // Of all servers only OpenAI's own have tools that are no functions.
                let functions = !own && chat.members != Members::OpenAi;
                let offered = functions.then(|| custom::offered(tool)).flatten();
                if offered.is_some() {
                    losses.changed(path);
                }
                known.push(offered.map_or(Cow::Borrowed(tool), Cow::Owned));
            }
        }
    }
    known
}

fn write_tool(writer: &mut Writer, tool: &Tool, dialect: Dialect, chat: Chat) {
    let own = dialect == Dialect::OpenAiChat;
    let member = match &tool.kind {
        ToolKind::BuiltIn { json, .. } => return writer.json(json),
        ToolKind::Function { .. } => "function",
        ToolKind::Custom { .. } => "custom",
    };
    let beside = Beside {
        extras: own.then_some(&tool.extras),
        hint: tool.cache.as_ref().filter(|_| own || chat.cache == Cache::CacheControl),
    };
    writer.object(|writer| {
        writer.key("type").text(member);
        writer.key(member).object(|writer| {
            writer.key("name").text(&tool.name);
            writer.text_member("description", tool.description.as_deref());
            match &tool.kind {
                ToolKind::Function { schema } if own => writer.json_member("parameters", schema.as_ref()),
                ToolKind::Function { schema } => write_schema(writer.key("parameters"), schema.as_ref()),
                ToolKind::Custom { format: Some(format) } => {
                    write_format(writer.key("format"), format.node());
                }
                ToolKind::Custom { format: None } | ToolKind::BuiltIn { .. } => {}
            }
            writer.boolean_member("strict", tool.strict);
            if own {
                nested::write(writer, &tool.extras, member);
            }
        });
        beside.write(writer);
    });
}

/// Writes a custom tool's format: this dialect gives a grammar an object of its own.
fn write_format(writer: &mut Writer, format: Node<'_>) {
    if !format.get("type").is_some_and(|kind| kind.says("grammar")) || format.get("grammar").is_some() {
        return writer.json(&Json::of(format));
    }
    writer.object(|writer| {
        writer.key("type").text("grammar");
        writer.key("grammar").object(|writer| write_members(writer, format, &["type"]));
    });
}

fn write_choice(
    writer: &mut Writer,
    conversation: &Conversation,
    known: &[Cow<'_, Tool>],
    losses: &mut Losses,
) {
    match &conversation.tool_choice {
        None => {}
        Some(ToolChoice::Auto) => writer.key("tool_choice").text("auto"),
        Some(ToolChoice::None) => writer.key("tool_choice").text("none"),
        Some(ToolChoice::Required) => writer.key("tool_choice").text("required"),
        Some(ToolChoice::Tool(name)) => write_named(writer.key("tool_choice"), name, known),
        Some(ToolChoice::Opaque(Dialect::OpenAiChat, json)) => writer.key("tool_choice").json(json),
        Some(ToolChoice::Opaque(Dialect::OpenAiResponses, json))
            if json.node().get("type").is_some_and(|kind| kind.says("allowed_tools")) =>
        {
            write_allowed(writer.key("tool_choice"), json.node());
        }
        Some(ToolChoice::Opaque(..)) => losses.dropped("tool_choice"),
    }
}

fn write_named(writer: &mut Writer, name: &str, known: &[Cow<'_, Tool>]) {
    let custom = known.iter().any(|tool| tool.name == name && matches!(tool.kind, ToolKind::Custom { .. }));
    let member = if custom { "custom" } else { "function" };
    writer.object(|writer| {
        writer.key("type").text(member);
        writer.key(member).object(|writer| writer.key("name").text(name));
    });
}

/// Writes the Responses API's `allowed_tools` in this dialect's form, which gives each an object of its own.
fn write_allowed(writer: &mut Writer, allowed: Node<'_>) {
    writer.object(|writer| {
        writer.key("type").text("allowed_tools");
        writer.key("allowed_tools").object(|writer| {
            writer.json_member("mode", allowed.get("mode").map(Json::of).as_ref());
            writer.key("tools").array(|writer| {
                for tool in allowed.get("tools").into_iter().flat_map(Node::elements) {
                    write_allowed_tool(writer, tool);
                }
            });
        });
    });
}

fn write_allowed_tool(writer: &mut Writer, tool: Node<'_>) {
    let kind = tool.get("type").and_then(Node::text);
    let Some(member @ ("function" | "custom")) = kind.as_deref() else {
        return writer.json(&Json::of(tool));
    };
    writer.object(|writer| {
        writer.key("type").text(member);
        writer.key(member).object(|writer| write_members(writer, tool, &["type"]));
    });
}
