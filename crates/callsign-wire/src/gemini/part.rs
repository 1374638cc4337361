//! A `Part`, read into the pieces that it stands for. <https://ai.google.dev/api/caching#Part>

use super::ids::Ids;
use super::media;
use super::proof::{self, Proof};
use super::proto;
use crate::dialect::Dialect;
use crate::hub::extras::{Extras, Json};
use crate::hub::flaw::DecodeError;
use crate::hub::part::{Opaque, Part, Piece, Reasoning, ReasoningForm, Text, ToolCall, ToolResult};
use crate::json::Kind;
use crate::json::object::Object;
use crate::json::walk::Node;

/// Calls that no result was met for yet.
#[derive(Debug, Default)]
pub(super) struct Calls {
    ids: Ids,
    /// Their ids and names, in order.
    open: Vec<(String, String)>,
}

/// Reads one part and adds what it stands for. A signature on words becomes a piece of its own behind them.
pub(super) fn read(node: Node<'_>, calls: &mut Calls, pieces: &mut Vec<Piece>) -> Result<(), DecodeError> {
    let mut part = proto::object(node)?;
    let thought = part.boolean("thought")? == Some(true);
    let proof = part.text("thoughtSignature")?.and_then(|text| proof::read(&text));
    if let Some(text) = part.text("text")? {
        words(text, thought, proof, part, pieces);
        return Ok(());
    }
    if let Some(call) = part.take("functionCall") {
        pieces.push(call_of(call, proof, part, calls).map_err(|error| error.within("functionCall"))?);
    } else if let Some(result) = part.take("functionResponse") {
        let result = result_of(result, part, calls).map_err(|error| error.within("functionResponse"))?;
        pieces.push(result);
    } else if let Some(medium) = media::take(&mut part)?.filter(|_| !thought) {
        pieces.push(Piece { part: Part::Media(medium), cache: None, extras: part.rest() });
        pieces.extend(proof.map(|proof| seal_alone(proof, Extras::default())));
    } else {
        pieces.extend(unknown(node, proof)?);
    }
    Ok(())
}

fn words(text: String, thought: bool, proof: Option<Proof>, rest: Object<'_>, pieces: &mut Vec<Piece>) {
    let mut extras = rest.rest();
    if thought {
        let hidden = text.is_empty();
        if hidden {
            extras.push_quiet("thought", written(b"true"));
        }
        let mut piece = proof.map_or_else(
            || Piece::of(Part::Reasoning(thoughts(Vec::new()))),
            |proof| seal_alone(proof, Extras::default()),
        );
        if let (Part::Reasoning(reasoning), false) = (&mut piece.part, hidden) {
            reasoning.paragraphs.push(text);
        }
        pieces.push(Piece { extras, ..piece });
    } else if text.is_empty() && proof.is_some() {
        extras.push_quiet("text", written(br#""""#));
        pieces.extend(proof.map(|proof| seal_alone(proof, extras)));
    } else {
        pieces.push(Piece { part: Part::Text(Text { text, citations: Vec::new() }), cache: None, extras });
        pieces.extend(proof.map(|proof| seal_alone(proof, Extras::default())));
    }
}

/// Thoughts of which only the seal is there.
pub(super) fn seal_alone(proof: Proof, extras: Extras) -> Piece {
    let Proof { seal, redacted } = proof;
    let part = Part::Reasoning(Reasoning { seal: Some(seal), redacted, ..thoughts(Vec::new()) });
    Piece { part, cache: None, extras }
}

/// Gemini shows summaries of its thoughts.
pub(super) fn thoughts(paragraphs: Vec<String>) -> Reasoning {
    Reasoning { paragraphs, form: ReasoningForm::Summary, seal: None, redacted: false }
}

fn call_of(
    node: Node<'_>,
    proof: Option<Proof>,
    part: Object<'_>,
    calls: &mut Calls,
) -> Result<Piece, DecodeError> {
    let mut call = proto::object(node)?;
    let name = call.required_text("name")?;
    let args = call.take("args");
    if args.is_some_and(|args| args.kind() != Kind::Object) {
        return Err(DecodeError::expected("an object").within("args"));
    }
    let arguments = args.map_or_else(|| "{}".to_owned(), proto::compact);
    let given = call.text("id")?.filter(|id| !id.is_empty());
    let id = given.unwrap_or_else(|| calls.ids.next(&name, &arguments));
    calls.open.push((id.clone(), name.clone()));
    let mut extras = part.rest();
    proto::keep(&mut extras, "functionCall", call);
    let seal = proof.map(|proof| proof.seal);
    let part = Part::ToolCall(ToolCall { id, name, arguments, custom: false, seal });
    Ok(Piece { part, cache: None, extras })
}

fn result_of(node: Node<'_>, part: Object<'_>, calls: &mut Calls) -> Result<Piece, DecodeError> {
    let mut result = proto::object(node)?;
    let name = result.required_text("name")?;
    let given = result.text("id")?.filter(|id| !id.is_empty());
    let response = result.take("response");
    if response.is_some_and(|response| response.kind() != Kind::Object) {
        return Err(DecodeError::expected("an object").within("response"));
    }
    let (text, is_error) = response.map_or((None, None), said);
    let mut pieces: Vec<Piece> = text.into_iter().map(Piece::text).collect();
    pieces.append(&mut result.each("parts", shown)?);
    let mut extras = part.rest();
    proto::keep(&mut extras, "functionResponse", result);
    let call = calls.answered(given, &name);
    let part = ToolResult { call, name: Some(name), pieces, is_error, custom: false };
    Ok(Piece { part: Part::ToolResult(part), cache: None, extras })
}

/// What a result says. Of an object, `output` alone is the output and `error` alone is an error; anything else is the
/// output as a whole. <https://ai.google.dev/api/caching#FunctionResponse>
fn said(response: Node<'_>) -> (Option<String>, Option<bool>) {
    let whole = || proto::compact(response);
    let mut members = response.members();
    let only = members.next().filter(|_| members.next().is_none());
    let Some(member) = only else { return (Some(whole()), None) };
    let value = Node::of(&member);
    // A text that is an object would be taken for the object that it says.
    let plain = value.text().filter(|text| !is_object(text)).map(std::borrow::Cow::into_owned);
    match (plain, value.kind()) {
        (Some(text), _) if member.is("output") => (Some(text), None),
        (Some(text), _) if member.is("error") => (Some(text), Some(true)),
        (None, Kind::Object) if member.is("error") => (Some(proto::compact(value)), Some(true)),
        _ => (Some(whole()), None),
    }
}

/// Whether a text is a JSON object.
pub(super) fn is_object(text: &str) -> bool {
    text.trim_start().starts_with('{') && Node::read(text.as_bytes()).is_some()
}

fn shown(node: Node<'_>) -> Result<Piece, DecodeError> {
    let mut part = proto::object(node)?;
    let medium = media::take(&mut part)?;
    let part_of = |medium| Piece { part: Part::Media(medium), cache: None, extras: part.rest() };
    Ok(medium.map_or_else(|| opaque(node, "functionResponsePart"), part_of))
}

/// A part of a kind that only Gemini knows; nothing where it is empty.
fn unknown(node: Node<'_>, proof: Option<Proof>) -> Result<Option<Piece>, DecodeError> {
    let rest = proto::object(node)?.rest();
    let remark =
        |name: &str| ["thought", "thoughtSignature", "videoMetadata", "partMetadata"].contains(&name);
    let kind = rest.iter().map(|(name, _)| name).find(|name| !remark(name));
    Ok(match (kind, proof) {
        (Some(kind), _) => Some(opaque(node, kind)),
        (None, Some(proof)) => Some(seal_alone(proof, Extras::default())),
        (None, None) => None,
    })
}

fn opaque(node: Node<'_>, kind: &str) -> Piece {
    let (dialect, kind, json) = (Dialect::Gemini, kind.to_owned(), proto::compact_json(node));
    Piece::of(Part::Opaque(Opaque { dialect, kind, json }))
}

fn written(text: &[u8]) -> Json {
    Json::written(text.to_vec())
}

// === impl Calls ===

impl Calls {
    /// Calls of an answer with this name.
    pub(super) fn of_answer(response_id: Option<&str>) -> Self {
        Self { ids: Ids::of_answer(response_id), open: Vec::new() }
    }

    /// The id of the call that a result answers: the one it names, else the first of its name, else the first of all.
    /// Where there is none, what the result names.
    fn answered(&mut self, given: Option<String>, name: &str) -> String {
        let named = given.as_deref().and_then(|given| self.open.iter().position(|(id, _)| id == given));
        let alike = || self.open.iter().position(|(_, called)| called == name);
        match named.or_else(alike) {
            Some(at) => self.open.remove(at).0,
            None => given.unwrap_or_default(),
        }
    }
}
