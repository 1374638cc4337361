//! Content blocks, read. Requests and answers share them.

use super::{citation, media};
use crate::anthropic::names;
use crate::base64;
use crate::dialect::Dialect;
use crate::hub::extras::{Extras, Json};
use crate::hub::flaw::DecodeError;
use crate::hub::part::{
    CacheHint, Media, MediaKind, Opaque, Part, Piece, Reasoning, Source, Text, ToolCall, ToolResult,
};
use crate::hub::seal::{Maker, Seal};
use crate::json::Kind;
use crate::json::object::{Object, said};
use crate::json::walk::Node;

/// That a text is spelled as JSON, as results of tools may be.
pub(super) const AS_JSON: &str = "json";

/// That a text stands in a block for cited text, though nothing is cited.
pub(super) const CITED: &str = "citationsContent";

/// Reads a list of blocks. A cache point belongs to the block before it.
pub(super) fn pieces(object: &mut Object<'_>, name: &str) -> Result<Vec<Piece>, DecodeError> {
    let mut pieces: Vec<Piece> = Vec::new();
    for (index, node) in object.elements(name)?.into_iter().flatten().enumerate() {
        let last = pieces.last_mut().filter(|last| last.cache.is_none());
        match (cache_point(node), last) {
            (Some(hint), Some(last)) => last.cache = Some(hint),
            _ => pieces.push(block(node).map_err(|error| error.at(name, index))?),
        }
    }
    Ok(pieces)
}

/// The cache hint that an element is, where it is nothing else.
pub(super) fn cache_point(node: Node<'_>) -> Option<CacheHint> {
    let (key, point) = super::rest::only(node).filter(|(key, _)| *key == b"cachePoint")?;
    let plain = point.get("type").is_some_and(|kind| kind.says("default"));
    let known = point.members().all(|member| member.is("type") || member.is("ttl"));
    let ttl = point.get("ttl").filter(|ttl| ttl.kind() != Kind::Null);
    let readable = ttl.is_none_or(|ttl| ttl.kind() == Kind::Text);
    (plain && known && readable && !key.is_empty())
        .then(|| CacheHint { ttl: ttl.and_then(Node::text).map(std::borrow::Cow::into_owned) })
}

fn block(node: Node<'_>) -> Result<Piece, DecodeError> {
    if node.kind() != Kind::Object {
        return Err(DecodeError::expected("an object"));
    }
    let Some((key, value)) = super::rest::only(node) else {
        return Err(DecodeError::said("must have exactly one member"));
    };
    let name = String::from_utf8_lossy(key);
    let read = match name.as_ref() {
        "text" => said(value).map(|text| Some(Piece::text(text))),
        "json" => Ok(Some(json(value))),
        "image" => media::read(value, MediaKind::Image).map(Some),
        "document" => media::read(value, MediaKind::Document).map(Some),
        "video" => media::read(value, MediaKind::Video).map(Some),
        "audio" => media::read(value, MediaKind::Audio).map(Some),
        "toolUse" => call(value),
        "toolResult" => result(value),
        "reasoningContent" => reasoning(value),
        "citationsContent" => cited(value).map(Some),
        "guardContent" => guarded(value),
        "searchResult" => found(node, value),
        _ => Ok(None),
    };
    let read = read.map_err(|error| error.within(&name))?;
    Ok(read.unwrap_or_else(|| opaque(&name, Json::of(node))))
}

/// A block that this dialect alone knows.
pub(super) fn opaque(kind: &str, json: Json) -> Piece {
    Piece::of(Part::Opaque(Opaque { dialect: Dialect::Bedrock, kind: kind.to_owned(), json }))
}

/// A result that is JSON: to everybody else a text.
fn json(node: Node<'_>) -> Piece {
    let mut piece = Piece::text(Json::of(node).as_str());
    piece.extras.note(AS_JSON);
    piece
}

/// A call; `None` for one that the provider answers itself.
fn call(node: Node<'_>) -> Result<Option<Piece>, DecodeError> {
    let mut object = Object::of(node)?;
    if object.take("type").is_some() {
        return Ok(None);
    }
    let id = object.required_text("toolUseId")?;
    let name = names::read(object.required_text("name")?);
    let arguments = object.json("input").map_or_else(|| "{}".to_owned(), |json| json.as_str().to_owned());
    let part = Part::ToolCall(ToolCall { id, name, arguments, custom: false, seal: None });
    Ok(Some(Piece { extras: object.rest(), ..Piece::of(part) }))
}

fn result(node: Node<'_>) -> Result<Option<Piece>, DecodeError> {
    let mut object = Object::of(node)?;
    if object.take("type").is_some() {
        return Ok(None);
    }
    let call = object.required_text("toolUseId")?;
    let pieces = pieces(&mut object, "content")?;
    let is_error = match object.text_ref("status")?.as_deref() {
        None => None,
        Some("error") => Some(true),
        Some("success") => Some(false),
        Some(_) => return Err(DecodeError::said("must be `success` or `error`").within("status")),
    };
    let part = Part::ToolResult(ToolResult { call, name: None, pieces, is_error, custom: false });
    Ok(Some(Piece { extras: object.rest(), ..Piece::of(part) }))
}

fn reasoning(node: Node<'_>) -> Result<Option<Piece>, DecodeError> {
    let mut object = Object::of(node)?;
    if let Some(data) = object.text("redactedContent")? {
        let seal = Some(hidden(data));
        let part = Part::Reasoning(Reasoning { seal, redacted: true, ..Reasoning::default() });
        return Ok(Some(Piece { extras: object.rest(), ..Piece::of(part) }));
    }
    let Some(mut thoughts) = object.object("reasoningText")? else { return Ok(None) };
    let text = thoughts.text("text").map_err(|error| error.within("reasoningText"))?;
    let signature = thoughts.text("signature").map_err(|error| error.within("reasoningText"))?;
    let paragraphs = text.filter(|text| !text.is_empty()).into_iter().collect();
    let seal = signature.and_then(|signature| proof(&signature));
    let part = Part::Reasoning(Reasoning { paragraphs, seal, ..Reasoning::default() });
    Ok(Some(Piece { extras: thoughts.rest(), ..Piece::of(part) }))
}

/// The proof of thoughts. Only Claude gives any.
pub(super) fn proof(signature: &str) -> Option<Seal> {
    if signature.is_empty() { None } else { Seal::unpacked(signature, Some(Maker::Anthropic)) }
}

/// Thoughts that the provider hides, in base64: Claude's own, or another maker's packed.
pub(super) fn hidden(data: String) -> Seal {
    let packed = base64::decode(&data).and_then(|bytes| String::from_utf8(bytes).ok());
    let unpacked = packed.and_then(|packed| Seal::unpacked(&packed, None));
    unpacked.unwrap_or_else(|| Seal::new(Maker::Anthropic, data))
}

fn cited(node: Node<'_>) -> Result<Piece, DecodeError> {
    let mut object = Object::of(node)?;
    let content = object.peek("content");
    let texts = object.each("content", |node| Object::of(node)?.required_text("text"))?;
    let citations = citation::read_all(&mut object)?;
    let mut extras = object.rest();
    if citations.is_empty() {
        extras.note(CITED);
    }
    if let Some(content) = content.filter(|_| texts.len() != 1) {
        extras.push_quiet("content", Json::of(content));
    }
    Ok(Piece { extras, ..Piece::of(Part::Text(Text { text: texts.concat(), citations })) })
}

/// Words that a guardrail is to look at: words to everybody else. Pictures stay as they are.
fn guarded(node: Node<'_>) -> Result<Option<Piece>, DecodeError> {
    let mut object = Object::of(node)?;
    let Some(mut text) = object.object("text")? else { return Ok(None) };
    let words = text.required_text("text").map_err(|error| error.within("text"))?;
    let left = super::rest::inner(&text.rest()).unwrap_or_else(|| Json::written(b"{}".to_vec()));
    let mut piece = Piece::text(words);
    piece.extras.push("guardContent", left);
    Ok(Some(piece))
}

/// What a search found: a document to everybody else. The whole block stays beside it.
fn found(whole: Node<'_>, node: Node<'_>) -> Result<Option<Piece>, DecodeError> {
    let mut object = Object::of(node)?;
    let name = object.text("title")?;
    let texts = object.each("content", |node| Object::of(node)?.required_text("text"))?;
    let media_type = Some("text/plain".to_owned());
    let source = Source::Text(texts.join("\n"));
    let part = Part::Media(Media { kind: MediaKind::Document, source, media_type, name, detail: None });
    let mut extras = Extras::default();
    extras.push("searchResult", Json::of(whole));
    Ok(Some(Piece { extras, ..Piece::of(part) }))
}
