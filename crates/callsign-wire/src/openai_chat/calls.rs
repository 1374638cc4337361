//! Tool calls, as messages and answers hold them.

use std::borrow::Cow;

use super::nested;
use crate::dialect::Dialect;
use crate::hub::extras::{Extras, Json};
use crate::hub::flaw::DecodeError;
use crate::hub::part::{Opaque, Part, Piece, ToolCall};
use crate::hub::seal::{Maker, Seal};
use crate::json::Kind;
use crate::json::object::{Object, said};
use crate::json::walk::Node;
use crate::json::writer::Writer;
use crate::quirks::CallIds;

/// A part that stood among the calls.
pub(super) const CALLS: &str = "tool_calls";
/// Google's place for what OpenAI's form has none for.
const EXTRA: &str = "extra_content";

/// Reads one of `tool_calls`. Some servers leave out the identifier, and some clients the type.
pub(super) fn read(node: Node<'_>, made_up: impl FnOnce() -> String) -> Result<Piece, DecodeError> {
    let mut object = Object::of(node)?;
    let mut extras = Extras::default();
    let kind = object.text_ref("type")?;
    let custom = object.peek("custom").is_some() && object.peek("function").is_none();
    let (member, input) = if custom { ("custom", "input") } else { ("function", "arguments") };
    let Some(mut called) = object.object(member)? else {
        return foreign(node, kind);
    };
    let name = called.required_text("name").map_err(|error| error.within(member))?;
    let arguments = arguments(called.take(input)).map_err(|error| error.within(input).within(member))?;
    nested::keep(&mut extras, member, &called.rest());
    let id = object.text("id")?.filter(|id| !id.is_empty()).unwrap_or_else(made_up);
    object.take("index");
    let seal = seal(&mut object);
    extras.append(object.rest());
    nested::hush(&mut extras);
    let part = Part::ToolCall(ToolCall { id, name, arguments, custom, seal });
    Ok(Piece { part, cache: None, extras })
}

/// A call of a kind that is neither a function's nor a custom tool's.
fn foreign(node: Node<'_>, kind: Option<Cow<'_, str>>) -> Result<Piece, DecodeError> {
    let kind = kind.filter(|kind| kind != "function").ok_or_else(|| DecodeError::missing("function"))?;
    let (kind, json) = (kind.into_owned(), Json::of(node));
    let mut piece = Piece::of(Part::Opaque(Opaque { dialect: Dialect::OpenAiChat, kind, json }));
    piece.extras.note(CALLS);
    Ok(piece)
}

/// The JSON text of arguments: a string, or the value itself, as some servers send it.
pub(super) fn arguments(node: Option<Node<'_>>) -> Result<String, DecodeError> {
    let Some(node) = node else { return Ok(String::new()) };
    if node.kind() == Kind::Text {
        return said(node).map(Cow::into_owned);
    }
    Ok(Json::of(node).as_str().to_owned())
}

/// Takes Gemini's seal, if nothing else stands beside it.
pub(super) fn seal(object: &mut Object<'_>) -> Option<Seal> {
    let extra = object.peek(EXTRA)?;
    let seal = extra.at(&["google", "thought_signature"])?.text()?;
    let alone = extra.members().count() == 1
        && extra.get("google").is_some_and(|google| google.members().count() == 1);
    if alone {
        object.take(EXTRA);
    }
    Seal::unpacked(&seal, Some(Maker::Google))
}

/// Writes a call. `id` is what the target or the client is to call it.
pub(super) fn write(writer: &mut Writer, call: &ToolCall, id: &str, beside: CallBeside<'_>) {
    writer.object(|writer| {
        write_members(writer, call, id, beside);
    });
}

/// What is written beside a call's own members.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct CallBeside<'a> {
    /// What only this dialect knows of the call, where it came in this dialect.
    pub(super) extras: Option<&'a Extras>,
    /// Whether its seal is wanted.
    pub(super) seal: Option<&'a Seal>,
}

/// Writes the members of a call.
pub(super) fn write_members(writer: &mut Writer, call: &ToolCall, id: &str, beside: CallBeside<'_>) {
    let member = if call.custom { "custom" } else { "function" };
    writer.key("id").text(id);
    writer.key("type").text(member);
    writer.key(member).object(|writer| {
        writer.key("name").text(&call.name);
        if call.custom {
            writer.key("input").text(&call.arguments);
        } else {
            // Servers read this as JSON, and nothing is none.
            writer.key("arguments").text(if call.arguments.is_empty() { "{}" } else { &call.arguments });
        }
        if let Some(extras) = beside.extras {
            nested::write(writer, extras, member);
        }
    });
    if let Some(seal) = beside.seal.filter(|_| beside.extras.is_none_or(|extras| extras.get(EXTRA).is_none()))
    {
        write_seal(writer, seal);
    }
    if let Some(extras) = beside.extras {
        nested::write_own(writer, extras);
    }
}

/// Writes Gemini's seal as Google's own endpoint does.
pub(super) fn write_seal(writer: &mut Writer, seal: &Seal) {
    writer.key(EXTRA).object(|writer| {
        writer.key("google").object(|writer| {
            writer.key("thought_signature").text(&seal.packed(Some(Maker::Google)));
        });
    });
}

/// An identifier for a call that came without one: the same whenever the same answer is read.
pub(super) fn made_up(answer: &str, choice: u32, number: usize) -> String {
    format!("call_{:016x}", mixed(&[answer.as_bytes(), &choice.to_le_bytes(), &number.to_le_bytes()]))
}

/// A call's identifier as a target takes it: as it is, or another one that is always the same.
pub(super) fn id_for(ids: CallIds, id: &str) -> Cow<'_, str> {
    const LONGEST: usize = 40;
    match ids {
        CallIds::Short if id.len() <= LONGEST => Cow::Borrowed(id),
        CallIds::Short => Cow::Owned(format!("call_{:016x}", mixed(&[id.as_bytes()]))),
        CallIds::Nine if id.len() == 9 && id.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
            Cow::Borrowed(id)
        }
        CallIds::Nine => Cow::Owned(format!("{:09x}", mixed(&[id.as_bytes()]) & 0xF_FFFF_FFFF)),
    }
}

/// FNV-1a: what is mixed need not be kept from anyone, only told apart.
pub(super) fn mixed(texts: &[&[u8]]) -> u64 {
    let bytes = texts.iter().flat_map(|text| text.iter().copied().chain([0xFF]));
    bytes.fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3))
}
