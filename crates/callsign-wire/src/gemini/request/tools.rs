//! `tools` and `toolConfig`, both ways. <https://ai.google.dev/api/caching#Tool>

use std::borrow::Cow;

use super::decode::telling;
use crate::dialect::Dialect;
use crate::gemini::field::Field;
use crate::gemini::{proto, schema};
use crate::hub::conversation::Conversation;
use crate::hub::custom;
use crate::hub::extras::{Extras, Json};
use crate::hub::flaw::DecodeError;
use crate::hub::loss::Losses;
use crate::hub::wish::{Tool, ToolChoice, ToolKind};
use crate::json::object::Object;
use crate::json::walk::Node;
use crate::json::writer::Writer;

/// Reads the tools, each function and each of Gemini's own as one.
pub(super) fn read(request: &mut Object<'_>) -> Result<Vec<Tool>, DecodeError> {
    let Some(node) = request.take("tools") else { return Ok(Vec::new()) };
    let mut tools = Vec::new();
    // One that stands alone is taken for a list of one.
    let list = node.elements();
    let single = Some(node).filter(|node| node.kind() == crate::json::Kind::Object);
    for (index, element) in list.chain(single).enumerate() {
        read_element(element, &mut tools).map_err(|error| error.at("tools", index))?;
    }
    Ok(tools)
}

fn read_element(node: Node<'_>, tools: &mut Vec<Tool>) -> Result<(), DecodeError> {
    let mut element = proto::object(node)?;
    tools.append(&mut element.each("functionDeclarations", function)?);
    for (kind, json) in element.rest().iter() {
        let mut writer = Writer::default();
        writer.object(|writer| writer.key(kind).json(json));
        let (kind, json) = (kind.to_owned(), Json::written(writer.into_bytes()));
        let kind = ToolKind::BuiltIn { dialect: Dialect::Gemini, kind, json };
        tools.push(Tool {
            name: String::new(),
            description: None,
            kind,
            strict: None,
            cache: None,
            extras: Extras::default(),
        });
    }
    Ok(())
}

fn function(node: Node<'_>) -> Result<Tool, DecodeError> {
    let mut function = proto::object(node)?;
    let name = function.required_text("name")?;
    let description = function.text("description")?;
    let plain = telling(function.json("parametersJsonSchema"));
    let openapi = telling(function.json("parameters"));
    let schema =
        plain.or_else(|| openapi.as_ref().map(|parameters| schema::as_json_schema(parameters.node())));
    let mut extras = function.rest();
    if let Some(parameters) = openapi {
        extras.push_quiet("parameters", parameters);
    }
    let kind = ToolKind::Function { schema };
    Ok(Tool { name, description, kind, strict: None, cache: None, extras })
}

/// Reads which tools are to be used.
pub(super) fn read_choice(config: &mut Object<'_>) -> Result<Option<ToolChoice>, DecodeError> {
    let Some(node) = config.take("functionCallingConfig") else { return Ok(None) };
    let within = |error: DecodeError| error.within("functionCallingConfig");
    let mut calling = proto::object(node).map_err(within)?;
    let mode = calling.text("mode").map_err(within)?.map(|mode| mode.to_ascii_uppercase());
    let allowed: Vec<String> = calling
        .each("allowedFunctionNames", |node| crate::json::object::said(node).map(Cow::into_owned))
        .map_err(within)?;
    let opaque = || Some(ToolChoice::Opaque(Dialect::Gemini, Json::of(node)));
    if !calling.rest().is_empty() {
        return Ok(opaque());
    }
    Ok(match (mode.as_deref(), allowed.as_slice()) {
        (Some("AUTO"), []) => Some(ToolChoice::Auto),
        (Some("NONE"), []) => Some(ToolChoice::None),
        (Some("ANY"), []) => Some(ToolChoice::Required),
        (Some("ANY"), [only]) => Some(ToolChoice::Tool(only.clone())),
        (None | Some("MODE_UNSPECIFIED"), []) => None,
        _ => opaque(),
    })
}

/// Writes the tools that Gemini can be told of.
pub(super) fn write(writer: &mut Writer, conversation: &Conversation, losses: &mut Losses) {
    let tools = conversation.tools.iter().enumerate();
    let tools = tools.filter_map(|(index, tool)| {
        let told = told(tool);
        let place = || format!("tools[{index}]");
        match &told {
            None => losses.dropped(place()),
            Some(Cow::Owned(_)) => losses.changed(place()),
            Some(Cow::Borrowed(_)) => {}
        }
        if told.is_some() && conversation.dialect != Dialect::Gemini {
            losses.extras(&place(), &tool.extras);
        }
        told
    });
    let tools: Vec<Cow<'_, Tool>> = tools.collect();
    if tools.is_empty() {
        return;
    }
    let is_function = |tool: &Tool| matches!(tool.kind, ToolKind::Function { .. });
    writer.key("tools").array(|writer| {
        for run in tools.chunk_by(|one, next| is_function(one) && is_function(next)) {
            write_run(writer, run, conversation.dialect);
        }
    });
}

/// The tool as Gemini can be told of it: one that takes plain text becomes a function.
fn told(tool: &Tool) -> Option<Cow<'_, Tool>> {
    match &tool.kind {
        ToolKind::Function { .. } | ToolKind::BuiltIn { dialect: Dialect::Gemini, .. } => {
            Some(Cow::Borrowed(tool))
        }
        ToolKind::Custom { .. } => custom::offered(tool).map(Cow::Owned),
        ToolKind::BuiltIn { .. } => None,
    }
}

/// Writes functions that follow each other, or one tool of Gemini's own.
fn write_run(writer: &mut Writer, run: &[Cow<'_, Tool>], dialect: Dialect) {
    if let Some(ToolKind::BuiltIn { json, .. }) = run.first().map(|tool| &tool.kind) {
        return writer.json(json);
    }
    writer.object(|writer| {
        writer.key("functionDeclarations").array(|writer| {
            for tool in run {
                writer.object(|writer| write_function(writer, tool, dialect));
            }
        });
    });
}

fn write_function(writer: &mut Writer, tool: &Tool, dialect: Dialect) {
    writer.key("name").text(&tool.name);
    writer.text_member("description", tool.description.as_deref());
    let own = dialect == Dialect::Gemini;
    let schema = match &tool.kind {
        ToolKind::Function { schema } => schema.as_ref().filter(|schema| own || says_something(schema)),
        _ => None,
    };
    if !own || tool.extras.get("parameters").is_none() {
        writer.json_member("parametersJsonSchema", schema);
    }
    if own {
        writer.extras(&tool.extras);
    }
}

/// Whether a schema asks for anything at all.
fn says_something(schema: &Json) -> bool {
    schema.node().members().next().is_some()
}

/// Writes which tools are to be used.
pub(super) fn write_choice(writer: &mut Writer, conversation: &Conversation, losses: &mut Losses) {
    let own = conversation.dialect == Dialect::Gemini;
    if !own && conversation.parallel_tools == Some(false) {
        losses.dropped(Field::Parallel.of(conversation));
    }
    let told = |tool: &Tool| !matches!(tool.kind, ToolKind::BuiltIn { .. });
    let choice = Choice::of(conversation).filter(|_| own || conversation.tools.iter().any(told));
    let missed = !matches!(conversation.tool_choice, None | Some(ToolChoice::Auto | ToolChoice::None));
    if choice.is_none() && missed {
        losses.dropped(Field::ToolChoice.of(conversation));
    }
    let kept = own && proto::keeps(&conversation.extras, "toolConfig");
    if choice.is_none() && !kept {
        return;
    }
    writer.key("toolConfig").object(|writer| {
        match choice {
            None => {}
            Some(Choice::Whole(json)) => writer.key("functionCallingConfig").json(json),
            Some(Choice::Mode(mode, names)) => writer.key("functionCallingConfig").object(|writer| {
                writer.key("mode").text(mode);
                if !names.is_empty() {
                    writer
                        .key("allowedFunctionNames")
                        .array(|writer| names.iter().for_each(|name| writer.text(name)));
                }
            }),
        }
        if own {
            proto::write_kept(writer, &conversation.extras, "toolConfig");
        }
    });
}

/// Which tools are to be used, in Gemini's words.
enum Choice<'a> {
    Mode(&'static str, Vec<String>),
    Whole(&'a Json),
}

// === impl Choice ===

impl<'a> Choice<'a> {
    fn of(conversation: &'a Conversation) -> Option<Self> {
        // Only then is a call sure to follow its schema.
        let strict = conversation.tools.iter().any(|tool| tool.strict == Some(true));
        let free = if strict { "VALIDATED" } else { "AUTO" };
        let mode = |mode| Some(Self::Mode(mode, Vec::new()));
        match &conversation.tool_choice {
            None => strict.then(|| Self::Mode(free, Vec::new())),
            Some(ToolChoice::Auto) => mode(free),
            Some(ToolChoice::None) => mode("NONE"),
            Some(ToolChoice::Required) => mode("ANY"),
            Some(ToolChoice::Tool(name)) => Some(Self::Mode("ANY", vec![name.clone()])),
            Some(ToolChoice::Opaque(Dialect::Gemini, json)) => Some(Self::Whole(json)),
            Some(ToolChoice::Opaque(_, json)) => allowed(json.node()),
        }
    }
}

/// OpenAI's `allowed_tools`, where all of them are functions.
/// <https://platform.openai.com/docs/guides/function-calling#allowed-tools>
fn allowed<'a>(choice: Node<'_>) -> Option<Choice<'a>> {
    if !choice.get("type")?.says("allowed_tools") {
        return None;
    }
    let choice = choice.get("allowed_tools").unwrap_or(choice);
    let mode = if choice.get("mode")?.says("required") { "ANY" } else { "VALIDATED" };
    let names = choice.get("tools")?.elements().map(|tool| {
        let name = tool.get("name").or_else(|| tool.at(&["function", "name"]))?;
        name.text().map(Cow::into_owned)
    });
    let names: Option<Vec<String>> = names.collect();
    names.filter(|names| !names.is_empty()).map(|names| Choice::Mode(mode, names))
}
