//! The messages of a request, read into turns.

use crate::dialect::Dialect;
use crate::hub::conversation::{Role, Turn};
use crate::hub::extras::{Extras, Json};
use crate::hub::flaw::DecodeError;
use crate::hub::part::{Opaque, Part, Piece, ToolCall, ToolResult};
use crate::json::object::Object;
use crate::json::walk::Node;
use crate::openai_chat::{calls, content, nested, thoughts};

/// An opaque part that stood in the member of the message which it is named after.
pub(super) const MEMBER: &str = "member";

/// Reads messages in order; a result may need to know what was called before it.
#[derive(Debug, Default)]
pub(super) struct Reader {
    /// The calls of custom tools.
    custom: Vec<String>,
    /// The calls in the form of 2023, which have a name and no identifier.
    named: Vec<(String, String)>,
}

// === impl Reader ===

impl Reader {
    /// Reads the message of this number.
    pub(super) fn turn(&mut self, node: Node<'_>, index: usize) -> Result<Turn, DecodeError> {
        let mut object = Object::of(node)?;
        let role = object.text_ref("role")?.ok_or_else(|| DecodeError::missing("role"))?;
        let (role, pieces) = match role.as_ref() {
            "system" => (Role::System, content::take(&mut object)?),
            "developer" => (Role::Developer, content::take(&mut object)?),
            "user" => (Role::User, content::take(&mut object)?),
            "assistant" => (Role::Assistant, self.assistant(&mut object, index)?),
            "tool" => (Role::Tool, vec![self.result(&mut object)?]),
            "function" => (Role::Tool, vec![self.result_of_2023(&mut object)?]),
            _ => {
                let known = "`system`, `developer`, `user`, `assistant` or `tool`";
                return Err(DecodeError::expected(known).within("role"));
            }
        };
        let mut turn = Turn { origin: Some(index), ..Turn::of(role, pieces) };
        let mut extras = Extras::default();
        // A hint on the message is one on its end.
        if let Some(hint) = content::cache_hint(&mut object, &mut extras)?
            && let Some(last) = turn.pieces.last_mut()
        {
            last.cache = Some(hint);
            last.extras.append(extras);
        }
        turn.name = object.text("name")?;
        turn.extras = object.rest();
        nested::hush(&mut turn.extras);
        Ok(turn)
    }

    fn assistant(&mut self, object: &mut Object<'_>, index: usize) -> Result<Vec<Piece>, DecodeError> {
        let mut pieces = thoughts::take(object)?;
        pieces.extend(content::take(object)?);
        let refusal = object.text("refusal")?.filter(|refusal| !refusal.is_empty());
        pieces.extend(refusal.map(|refusal| Piece::of(Part::Refusal(refusal))));
        pieces.extend(thoughts::take_bare_seal(object));
        pieces.extend(object.json("audio").map(|json| member("audio", json)));
        let mut number = 0;
        pieces.extend(object.each(calls::CALLS, |node| {
            number += 1;
            self.call(node, index, number)
        })?);
        if let Some(called) = object.object("function_call")? {
            let call = self.call_of_2023(called, index);
            pieces.push(call.map_err(|error| error.within("function_call"))?);
        }
        Ok(pieces)
    }

    fn call(&mut self, node: Node<'_>, index: usize, number: usize) -> Result<Piece, DecodeError> {
        let piece = calls::read(node, || format!("call_{index}_{number}"))?;
        match &piece.part {
            Part::ToolCall(call) if call.custom => self.custom.push(call.id.clone()),
            _ => {}
        }
        Ok(piece)
    }

    fn call_of_2023(&mut self, mut called: Object<'_>, index: usize) -> Result<Piece, DecodeError> {
        let name = called.required_text("name")?;
        let arguments =
            calls::arguments(called.take("arguments")).map_err(|error| error.within("arguments"))?;
        let id = format!("call_{index}");
        self.named.push((name.clone(), id.clone()));
        let call = ToolCall { id, name, arguments, custom: false, seal: None };
        Ok(Piece { extras: called.rest(), ..Piece::of(Part::ToolCall(call)) })
    }

    fn result(&self, object: &mut Object<'_>) -> Result<Piece, DecodeError> {
        let call = object.required_text("tool_call_id")?;
        let (name, pieces) = (object.text("name")?, content::take(object)?);
        let custom = self.custom.contains(&call);
        Ok(Piece::of(Part::ToolResult(ToolResult { call, name, pieces, is_error: None, custom })))
    }

    /// A result that names the function: it answers that function's last call.
    fn result_of_2023(&self, object: &mut Object<'_>) -> Result<Piece, DecodeError> {
        let name = object.required_text("name")?;
        let called = self.named.iter().rev().find(|(called, _)| *called == name);
        // One without a call is found and told by the check of pairs.
        let call = called.map_or_else(|| format!("call_{name}"), |(_, id)| id.clone());
        let pieces = content::take(object)?;
        let (name, custom) = (Some(name), false);
        Ok(Piece::of(Part::ToolResult(ToolResult { call, name, pieces, is_error: None, custom })))
    }
}

/// Something that only this dialect has, in a member of its own.
fn member(name: &str, json: Json) -> Piece {
    let (dialect, kind) = (Dialect::OpenAiChat, name.to_owned());
    let mut piece = Piece::of(Part::Opaque(Opaque { dialect, kind, json }));
    piece.extras.note(MEMBER);
    piece
}
