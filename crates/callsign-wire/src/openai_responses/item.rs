//! Items, which inputs and outputs are lists of, read into the hub's pieces.

use std::borrow::Cow;

use super::content;
use crate::dialect::Dialect;
use crate::hub::conversation::Role;
use crate::hub::extras::{Extras, Json};
use crate::hub::flaw::DecodeError;
use crate::hub::part::{
    Media, MediaKind, Part, Piece, Reasoning, ReasoningForm, Source, ToolCall, ToolResult,
};
use crate::hub::seal::{self, Maker, Seal};
use crate::json::Kind;
use crate::json::object::Object;
use crate::json::walk::Node;

/// Under this name the first piece of a reply's message keeps the item's own members.
pub(super) const MESSAGE: &str = "message";

/// Under this one where the message is no answer yet (`phase: commentary`), which other dialects cannot say.
pub(super) const PHASE: &str = "phase";

/// What an item is.
#[derive(Debug)]
pub(super) struct Item {
    /// Who says it.
    pub(super) role: Role,
    /// Whether it is a message, whose own members `head` holds.
    pub(super) is_message: bool,
    /// The members of a message besides its content.
    pub(super) head: Extras,
    /// What it says.
    pub(super) pieces: Vec<Piece>,
}

// === impl Item ===

impl Item {
    /// Reads an item of any kind.
    pub(super) fn read(node: Node<'_>) -> Result<Self, DecodeError> {
        let object = Object::of(node)?;
        let kind = object.peek("type").filter(|kind| kind.kind() != Kind::Null);
        let kind = match kind {
            Some(kind) => crate::json::object::said(kind).map_err(|error| error.within("type"))?,
            None if object.peek("role").is_some() => Cow::Borrowed("message"),
            None if object.peek("id").is_some() => Cow::Borrowed("item_reference"),
            None => return Err(DecodeError::missing("type")),
        };
        match kind.as_ref() {
            "message" => message(object),
            "function_call" => call(object, "arguments").map(Self::said),
            "custom_tool_call" => call(object, "input").map(Self::said),
            "function_call_output" => result(object, false),
            "custom_tool_call_output" => result(object, true),
            "reasoning" => reasoning(object).map(Self::said),
            "image_generation_call" => image(object, node).map(Self::said),
            other => Ok(Self::opaque(other, node)),
        }
    }

    /// Something that the model says.
    fn said(piece: Piece) -> Self {
        Self { role: Role::Assistant, is_message: false, head: Extras::default(), pieces: vec![piece] }
    }

    fn opaque(kind: &str, node: Node<'_>) -> Self {
        let answers = kind.ends_with("_output") || kind.ends_with("_response");
        let role = if answers { Role::Tool } else { Role::Assistant };
        Self { role, ..Self::said(Piece::of(content::opaque(kind, node))) }
    }
}

fn message(mut object: Object<'_>) -> Result<Item, DecodeError> {
    let role = object.peek("role").ok_or_else(|| DecodeError::missing("role"))?;
    let role = match crate::json::object::said(role).map_err(|error| error.within("role"))?.as_ref() {
        "user" => Role::User,
        "assistant" => Role::Assistant,
        "system" => Role::System,
        "developer" => Role::Developer,
        _ => {
            let wanted = "one of `user`, `assistant`, `system`, `developer`";
            return Err(DecodeError::expected(wanted).within("role"));
        }
    };
    let pieces = content::decode(&mut object, "content")?;
    let mut head = object.rest();
    head.hush(|name, json| matches!(name, "type" | "role" | "id" | "status") || json.node().is_blank());
    Ok(Item { role, is_message: true, head, pieces })
}

fn call(mut object: Object<'_>, input: &str) -> Result<Piece, DecodeError> {
    let custom = input == "input";
    let id = match object.text("call_id")? {
        Some(id) => id,
        // Servers that know one identifier only.
        None => object.text("id")?.ok_or_else(|| DecodeError::missing("call_id"))?,
    };
    let name = object.required_text("name")?;
    let arguments = match object.peek(input).map(|node| (node.kind(), node)) {
        // Some servers send the arguments themselves in place of their text.
        Some((Kind::Object, node)) => {
            object.take(input);
            Json::of(node).as_str().to_owned()
        }
        _ => object.text(input)?.unwrap_or_default(),
    };
    let part = Part::ToolCall(ToolCall { id, name, arguments, custom, seal: None });
    Ok(Piece { part, cache: None, extras: identity(object) })
}

fn result(mut object: Object<'_>, custom: bool) -> Result<Item, DecodeError> {
    let call = object.required_text("call_id")?;
    let pieces = content::decode(&mut object, "output")?;
    let part = Part::ToolResult(ToolResult { call, name: None, pieces, is_error: None, custom });
    let piece = Piece { part, cache: None, extras: identity(object) };
    Ok(Item { role: Role::Tool, ..Item::said(piece) })
}

fn reasoning(mut object: Object<'_>) -> Result<Piece, DecodeError> {
    let summary = paragraphs(&mut object, "summary")?;
    let content = if summary.is_empty() { paragraphs(&mut object, "content")? } else { Vec::new() };
    let form = if content.is_empty() { ReasoningForm::Summary } else { ReasoningForm::Full };
    let paragraphs = if content.is_empty() { summary } else { content };
    let seal = object.text("encrypted_content")?.filter(|seal| !seal.is_empty());
    let unsealed = seal.as_deref() == Some(seal::NONE);
    let seal = seal.filter(|_| !unsealed);
    let seal = seal.and_then(|seal| Seal::unpacked(&seal, Some(Maker::OpenAi)));
    let id = object.peek("id").and_then(Node::text);
    let seal = seal.map(|seal| seal.of_item(id.as_deref()));
    let part = Part::Reasoning(Reasoning { paragraphs, form, seal, redacted: false });
    let mut extras = identity(object);
    extras.hush(|name, _| name == "content");
    if unsealed {
        extras.note(seal::NONE);
    }
    Ok(Piece { part, cache: None, extras })
}

/// The texts of `summary` or `content` that say anything.
fn paragraphs(object: &mut Object<'_>, name: &str) -> Result<Vec<String>, DecodeError> {
    let mut texts =
        object.each(name, |node| Object::of(node)?.text("text").map(Option::unwrap_or_default))?;
    texts.retain(|text| !text.is_empty());
    Ok(texts)
}

/// A picture that the provider's own tool made; one that failed has nothing to show.
fn image(mut object: Object<'_>, node: Node<'_>) -> Result<Piece, DecodeError> {
    let Some(data) = object.text("result")?.filter(|data| !data.is_empty()) else {
        return Ok(Piece::of(content::opaque("image_generation_call", node)));
    };
    let format = object.peek("output_format").and_then(Node::text);
    let media_type = format!("image/{}", format.as_deref().unwrap_or("png"));
    let (kind, source) = (MediaKind::Image, Source::Base64(data));
    let media = Media { kind, source, media_type: Some(media_type), name: None, detail: None };
    let mut extras = object.rest();
    // How it was made; what was made is carried.
    extras.hush(|_, _| true);
    Ok(Piece { part: Part::Media(media), cache: None, extras })
}

/// What is left of an item: names and states that say nothing to others.
fn identity(object: Object<'_>) -> Extras {
    let mut extras = object.rest();
    extras.hush(|name, json| matches!(name, "type" | "id" | "status") || json.node().is_blank());
    extras
}

/// The pieces of a reply's item: the first of a message knows the message.
pub(super) fn of_reply(node: Node<'_>) -> Result<Vec<Piece>, DecodeError> {
    let Item { is_message, head, mut pieces, role, .. } = Item::read(node)?;
    if role == Role::Tool && matches!(pieces.as_slice(), [Piece { part: Part::ToolResult(_), .. }]) {
        // The provider's own tools: an answer has no place for results.
        let kind = node.get("type").and_then(Node::text).unwrap_or_default();
        return Ok(vec![Piece::of(content::opaque(&kind, node))]);
    }
    if is_message {
        if pieces.is_empty() {
            pieces.push(Piece::text(""));
        }
        for piece in &mut pieces {
            spoken(piece);
        }
        if let Some(first) = pieces.first_mut() {
            keep_head(&mut first.extras, self::head(&head));
        }
    }
    Ok(pieces)
}

/// Takes away what every part of an answer has and what the encoder sees to.
pub(super) fn spoken(piece: &mut Piece) {
    if matches!(piece.part, Part::Text(_) | Part::Refusal(_)) {
        let kept =
            piece.extras.iter().filter(|(name, _)| !matches!(*name, "type" | "logprobs" | "annotations"));
        let kept: Vec<_> = kept.map(|(name, json)| (name.to_owned(), json.clone())).collect();
        piece.extras = Extras::of(kept);
    }
}

/// The members of a message that are the same from its beginning to its end.
pub(super) fn head(members: &Extras) -> Json {
    let mut writer = crate::json::writer::Writer::default();
    writer.object(|writer| {
        for (name, json) in members.iter().filter(|(name, _)| !matches!(*name, "type" | "role" | "status")) {
            writer.key(name).json(json);
        }
    });
    Json::written(writer.into_bytes())
}

/// Whether a piece begins a message of its own.
pub(super) fn begins_message(dialect: Dialect, extras: &Extras) -> bool {
    dialect == Dialect::OpenAiResponses && head_in(extras).is_some()
}

/// Keeps the members of the message that a piece begins.
pub(super) fn keep_head(extras: &mut Extras, head: Json) {
    if head.node().get(PHASE).is_some_and(|phase| phase.says("commentary")) {
        extras.push(PHASE, head);
    } else {
        extras.push_quiet(MESSAGE, head);
    }
}

/// The members of the message that a piece begins.
pub(super) fn head_in(extras: &Extras) -> Option<&Json> {
    extras.get(MESSAGE).or_else(|| extras.get(PHASE))
}
