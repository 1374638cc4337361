//! Reads a request.

use super::{config, tools};
use crate::dialect::Dialect;
use crate::gemini::part::{self, Calls};
use crate::gemini::proto;
use crate::hub::conversation::{Conversation, Role, Turn};
use crate::hub::extras::Json;
use crate::hub::flaw::DecodeError;
use crate::hub::pairing;
use crate::hub::part::{Part, Piece};
use crate::hub::seal::Maker;
use crate::hub::wish::Tier;
use crate::json::Kind;
use crate::json::object::Object;
use crate::json::walk::Node;

/// Reads a request.
pub(crate) fn decode(body: &[u8]) -> Result<Conversation, DecodeError> {
    let node = Node::read(body).ok_or_else(DecodeError::not_json)?;
    let mut request = proto::object(node)?;
    let mut conversation = Conversation::new(Dialect::Gemini);
    // The path names the model.
    request.take("model");
    if let Some(node) = request.take("systemInstruction") {
        let turn = instruction(node).map_err(|error| error.within("systemInstruction"))?;
        conversation.turns.push(turn);
    }
    read_contents(&mut request, &mut conversation)?;
    conversation.tools = tools::read(&mut request)?;
    if let Some(mut config) = proto::member(&mut request, "toolConfig")? {
        conversation.tool_choice =
            tools::read_choice(&mut config).map_err(|error| error.within("toolConfig"))?;
        proto::keep(&mut conversation.extras, "toolConfig", config);
    }
    if let Some(config) = proto::member(&mut request, "generationConfig")? {
        config::read(config, &mut conversation).map_err(|error| error.within("generationConfig"))?;
    }
    conversation.tier = request.text("serviceTier")?.map(tier);
    conversation.store = request.boolean("store")?;
    let kept = std::mem::take(&mut conversation.extras);
    conversation.extras = request.rest();
    conversation.extras.append(kept);
    conversation.extras.hush(|_, json| json.node().is_blank());
    pairing::check(&conversation)?;
    Ok(conversation)
}

fn tier(name: String) -> Tier {
    match name.to_ascii_lowercase().as_str() {
        "unspecified" => Tier::Auto,
        "standard" => Tier::Standard,
        "flex" => Tier::Flex,
        "priority" => Tier::Priority,
        _ => Tier::Other(Dialect::Gemini, name),
    }
}

/// What the system says: a `Content`, a list of parts, or a plain text.
fn instruction(node: Node<'_>) -> Result<Turn, DecodeError> {
    let mut pieces = Vec::new();
    match node.kind() {
        Kind::Object => {
            let mut content = proto::object(node)?;
            // SDKs fill in a role that nobody reads.
            content.take("role");
            read_parts(&mut content, &mut Calls::default(), &mut pieces)?;
            let extras = content.rest();
            return Ok(Turn { extras, ..Turn::of(Role::System, pieces) });
        }
        Kind::Array => {
            for (index, part) in node.elements().enumerate() {
                read_part(part, &mut Calls::default(), &mut pieces).map_err(|error| error.at("", index))?;
            }
        }
        _ => pieces.push(Piece::text(
            node.text().ok_or_else(|| DecodeError::expected("a content, parts or a string"))?,
        )),
    }
    Ok(Turn::of(Role::System, pieces))
}

fn read_contents(request: &mut Object<'_>, conversation: &mut Conversation) -> Result<(), DecodeError> {
    let node = request.take("contents").ok_or_else(|| DecodeError::missing("contents"))?;
    let mut calls = Calls::default();
    if node.kind() != Kind::Array {
        return Err(DecodeError::expected("an array").within("contents"));
    }
    for (index, content) in node.elements().enumerate() {
        let mut turn = turn(content, &mut calls).map_err(|error| error.at("contents", index))?;
        turn.origin = Some(index);
        conversation.turns.push(turn);
    }
    if node.elements().next().is_none() {
        return Err(DecodeError::expected("an array of at least one content").within("contents"));
    }
    Ok(())
}

fn turn(node: Node<'_>, calls: &mut Calls) -> Result<Turn, DecodeError> {
    let mut content = proto::object(node)?;
    let role = match content.text_ref("role")?.as_deref() {
        None | Some("user" | "") => Role::User,
        Some("model") => Role::Assistant,
        // What results came in before they came in the user's turns.
        Some("function" | "tool") => Role::Tool,
        Some(_) => return Err(DecodeError::expected("`user` or `model`").within("role")),
    };
    let mut pieces = Vec::new();
    read_parts(&mut content, calls, &mut pieces)?;
    Ok(Turn { extras: content.rest(), ..Turn::of(role, pieces) })
}

fn read_parts(
    content: &mut Object<'_>,
    calls: &mut Calls,
    pieces: &mut Vec<Piece>,
) -> Result<(), DecodeError> {
    let elements = content.elements("parts")?.into_iter().flatten();
    for (index, node) in elements.enumerate() {
        read_part(node, calls, pieces).map_err(|error| error.at("parts", index))?;
        gather(pieces);
    }
    Ok(())
}

/// Makes one of the thoughts that a stream told in parts, once their seal is met: another maker seals all of them, word by
/// word. Google's own thoughts stay in the parts that they came in.
fn gather(pieces: &mut Vec<Piece>) {
    let Some((Piece { part: Part::Reasoning(last), .. }, before)) = pieces.split_last() else { return };
    let foreign = last.seal.as_ref().is_some_and(|seal| seal.maker != Maker::Google);
    if !foreign || last.redacted {
        return;
    }
    let told = before.iter().rev().take_while(|piece| is_unsealed(piece)).count();
    if told == 0 {
        return;
    }
    let run = pieces.split_off(before.len() - told);
    let said: String = run.iter().map(thoughts_of).collect();
    let Some(mut whole) = run.into_iter().next_back() else { return };
    if let Part::Reasoning(reasoning) = &mut whole.part {
        reasoning.paragraphs = vec![said];
    }
    pieces.push(whole);
}

fn thoughts_of(piece: &Piece) -> String {
    match &piece.part {
        Part::Reasoning(reasoning) => reasoning.text(),
        _ => String::new(),
    }
}

fn is_unsealed(piece: &Piece) -> bool {
    matches!(&piece.part, Part::Reasoning(reasoning) if reasoning.seal.is_none())
}

/// SDKs take a text for a part; some send it on like that.
fn read_part(node: Node<'_>, calls: &mut Calls, pieces: &mut Vec<Piece>) -> Result<(), DecodeError> {
    if let Some(text) = node.text() {
        pieces.push(Piece::text(text));
        return Ok(());
    }
    part::read(node, calls, pieces)
}

/// The value as it is spelled, where it says anything.
pub(super) fn telling(json: Option<Json>) -> Option<Json> {
    json.filter(|json| !json.node().is_blank())
}
