//! Content blocks, read. Requests and answers share them.

use super::proof::Signature;
use super::rest::{inner, rest};
use super::{citation, media, names, proof};
use crate::dialect::Dialect;
use crate::hub::extras::{Extras, Json};
use crate::hub::flaw::DecodeError;
use crate::hub::part::{
    CacheHint, Media, MediaKind, Opaque, Part, Piece, Reasoning, ReasoningForm, Source, Text, ToolCall,
    ToolResult,
};
use crate::hub::seal::Seal;
use crate::json::Kind;
use crate::json::object::{Object, said};
use crate::json::walk::Node;

/// A block, or the seal that belongs to the call behind it.
enum Block {
    Piece(Piece),
    CallSeal(Seal),
}

/// Reads `content`: a string, or a list of blocks.
pub(super) fn pieces(node: Node<'_>) -> Result<Vec<Piece>, DecodeError> {
    match node.kind() {
        Kind::Text => Ok(vec![Piece::text(said(node)?)]),
        Kind::Array => blocks(node),
        _ => Err(DecodeError::expected("a string or an array")),
    }
}

fn blocks(node: Node<'_>) -> Result<Vec<Piece>, DecodeError> {
    let mut pieces = Vec::new();
    let mut waiting: Option<Seal> = None;
    for (index, node) in node.elements().enumerate() {
        match block(node).map_err(|error| error.at("", index))? {
            Block::CallSeal(seal) => pieces.extend(waiting.replace(seal).map(unbound)),
            Block::Piece(mut piece) => {
                if let (Part::ToolCall(call), true) = (&mut piece.part, waiting.is_some()) {
                    call.seal = waiting.take();
                }
                pieces.extend(waiting.take().map(unbound));
                pieces.push(piece);
            }
        }
    }
    pieces.extend(waiting.map(unbound));
    Ok(pieces)
}

/// A call's seal whose call is gone.
pub(super) fn unbound(seal: Seal) -> Piece {
    Piece::of(Part::Reasoning(Reasoning { seal: Some(seal), ..Reasoning::default() }))
}

fn block(node: Node<'_>) -> Result<Block, DecodeError> {
    let mut object = Object::of(node)?;
    let kind = object.required_text("type")?;
    let cache = cache(&mut object)?;
    let part = match kind.as_str() {
        "text" => text(&mut object)?,
        "thinking" => match Signature::read(&object.text("signature")?.unwrap_or_default()) {
            Signature::Call(seal) => return Ok(Block::CallSeal(seal)),
            Signature::Thoughts(seal) => thoughts(object.text("thinking")?.unwrap_or_default(), seal),
        },
        "redacted_thinking" => redacted(&object.required_text("data")?),
        "tool_use" => call(&mut object)?,
        "tool_result" => result(&mut object)?,
        "image" | "document" | "search_result" => {
            return picture(node, object, &kind, cache).map(Block::Piece);
        }
        _ => return Ok(Block::Piece(opaque(node, kind))),
    };
    let (cache, mut extras) = cache;
    extras.append(rest(object));
    Ok(Block::Piece(Piece { part, cache, extras }))
}

/// A block that this dialect alone knows.
pub(super) fn opaque(node: Node<'_>, kind: String) -> Piece {
    Piece::of(Part::Opaque(Opaque { dialect: Dialect::Anthropic, kind, json: Json::of(node) }))
}

/// Takes `cache_control`, with what else stands in it.
pub(super) fn cache(object: &mut Object<'_>) -> Result<(Option<CacheHint>, Extras), DecodeError> {
    let Some(mut control) = object.object("cache_control")? else { return Ok((None, Extras::default())) };
    let kind = control.text_ref("type").map_err(|error| error.within("cache_control"))?;
    if kind.is_some_and(|kind| kind != "ephemeral") {
        return Err(DecodeError::said("must be `ephemeral`").within("type").within("cache_control"));
    }
    let ttl = control.text("ttl").map_err(|error| error.within("cache_control"))?;
    let mut extras = Extras::default();
    if let Some(left) = inner(&rest(control)) {
        extras.push_quiet("cache_control", left);
    }
    Ok((Some(CacheHint { ttl }), extras))
}

fn text(object: &mut Object<'_>) -> Result<Part, DecodeError> {
    let citations = citation::read_all(object)?;
    Ok(Part::Text(Text { text: object.required_text("text")?, citations }))
}

/// Thoughts as they came in one text.
pub(super) fn thoughts(text: String, seal: Option<Seal>) -> Part {
    let paragraphs = if text.is_empty() { Vec::new() } else { vec![text] };
    Part::Reasoning(Reasoning { paragraphs, form: ReasoningForm::Full, seal, redacted: false })
}

fn redacted(data: &str) -> Part {
    Part::Reasoning(Reasoning { seal: proof::own(data), redacted: true, ..Reasoning::default() })
}

fn call(object: &mut Object<'_>) -> Result<Part, DecodeError> {
    let id = names::read(object.required_text("id")?);
    let name = names::read(object.required_text("name")?);
    let arguments = object.json("input").map_or_else(|| "{}".to_owned(), |json| json.as_str().to_owned());
    Ok(Part::ToolCall(ToolCall { id, name, arguments, custom: false, seal: None }))
}

fn result(object: &mut Object<'_>) -> Result<Part, DecodeError> {
    let call = names::read(object.required_text("tool_use_id")?);
    let content = object.take("content").map(pieces).transpose();
    let pieces = content.map_err(|error| error.within("content"))?.unwrap_or_default();
    let is_error = object.boolean("is_error")?;
    Ok(Part::ToolResult(ToolResult { call, name: None, pieces, is_error, custom: false }))
}

fn picture(
    node: Node<'_>,
    mut object: Object<'_>,
    kind: &str,
    (cache, mut extras): (Option<CacheHint>, Extras),
) -> Result<Piece, DecodeError> {
    if kind == "search_result" {
        return Ok(found(node, &mut object, cache)?.unwrap_or_else(|| opaque(node, kind.to_owned())));
    }
    let whole = object.take("source").ok_or_else(|| DecodeError::missing("source"))?;
    let source = media::source(whole).map_err(|error| error.within("source"))?;
    let blocks = || whole.get("content").and_then(media::text_of);
    let (source, media_type, left) = match source {
        Some(found) => found,
        None => match blocks() {
            Some(text) => {
                extras.push("source", Json::of(whole));
                (Source::Text(text), Some("text/plain".to_owned()), Extras::default())
            }
            None => return Ok(opaque(node, kind.to_owned())),
        },
    };
    if let Some(left) = inner(&left) {
        extras.push("source", left);
    }
    let name = object.text("title")?;
    let kind = if kind == "image" { MediaKind::Image } else { MediaKind::Document };
    extras.append(rest(object));
    let part = Part::Media(Media { kind, source, media_type, name, detail: None });
    Ok(Piece { part, cache, extras })
}

/// What a search found: a text with a title to everyone else. The whole block stays beside it.
fn found(
    node: Node<'_>,
    object: &mut Object<'_>,
    cache: Option<CacheHint>,
) -> Result<Option<Piece>, DecodeError> {
    let Some(text) = object.take("content").and_then(media::text_of) else { return Ok(None) };
    let name = object.text("title")?;
    let mut extras = Extras::default();
    extras.push("search_result", Json::of(node));
    let media_type = Some("text/plain".to_owned());
    let source = Source::Text(text);
    let part = Part::Media(Media { kind: MediaKind::Document, source, media_type, name, detail: None });
    Ok(Some(Piece { part, cache, extras }))
}
