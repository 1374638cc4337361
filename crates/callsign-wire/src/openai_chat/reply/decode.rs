//! Whole answers, read into the hub.

use super::citations;
use crate::dialect::Dialect;
use crate::hub::extras::Extras;
use crate::hub::flaw::DecodeError;
use crate::hub::part::{Media, MediaKind, Part, Piece, Source, ToolCall};
use crate::hub::reply::{Choice, Finish, Reply};
use crate::hub::usage::Usage;
use crate::json::object::Object;
use crate::json::walk::Node;
use crate::openai_chat::{calls, content, nested, outcome, thoughts};

/// Pictures that a model made, as `OpenRouter` sends them.
pub(in crate::openai_chat) const IMAGES: &str = "images";

/// Reads an answer.
pub(super) fn reply(body: &[u8]) -> Result<Reply, DecodeError> {
    let node = Node::read(body).ok_or_else(DecodeError::not_json)?;
    let mut object = Object::of(node)?;
    let mut reply = Reply::new(Dialect::OpenAiChat);
    reply.id = object.text("id")?.filter(|id| !id.is_empty());
    reply.model = object.text("model")?.filter(|model| !model.is_empty());
    reply.created = object.count("created").unwrap_or(None);
    reply.tier = object.text_ref("service_tier")?.map(|name| outcome::tier(&name));
    object.take("object");
    if object.peek("choices").is_none() {
        return Err(DecodeError::missing("choices"));
    }
    let id = reply.id.clone().unwrap_or_default();
    let mut choices = object.each("choices", |node| choice(node, &id))?;
    choices.sort_by_key(|(index, _)| *index);
    reply.choices = choices.into_iter().map(|(_, choice)| choice).collect();
    if let Some(node) = object.take("usage") {
        let (usage, left) = outcome::usage(node, &Usage::default()).map_err(|error| error.within("usage"))?;
        reply.usage = Some(usage);
        if let Some(left) = outcome::usage_left(&left) {
            reply.extras.push(outcome::USAGE, left);
        }
    }
    reply.extras.append(object.rest());
    nested::hush(&mut reply.extras);
    Ok(reply)
}

fn choice(node: Node<'_>, id: &str) -> Result<(u64, Choice), DecodeError> {
    let mut object = Object::of(node)?;
    let index = object.count("index")?.unwrap_or(0);
    let mut choice = Choice::default();
    let number = u32::try_from(index).unwrap_or(0);
    let mut message = object.object("message")?.ok_or_else(|| DecodeError::missing("message"))?;
    let read = pieces(&mut message, |call| calls::made_up(id, number, call));
    choice.pieces = read.map_err(|error| error.within("message"))?;
    choice.finish = object.text_ref("finish_reason")?.and_then(|reason| outcome::finish(&reason));
    // vLLM tells here which of the stop sequences it was.
    if choice.finish == Some(Finish::Stop)
        && let Some(stop) = object.peek("stop_reason").and_then(Node::text)
    {
        object.take("stop_reason");
        choice.finish = Some(Finish::StopSequence(Some(stop.into_owned())));
    }
    choice.logprobs = object.json("logprobs");
    choice.extras = object.rest();
    nested::hush(&mut choice.extras);
    leave(&mut choice, message.rest());
    Ok((index, choice))
}

fn pieces(message: &mut Object<'_>, made_up: impl Fn(usize) -> String) -> Result<Vec<Piece>, DecodeError> {
    message.take("role");
    let mut pieces = thoughts::take(message)?;
    pieces.extend(content::take(message)?);
    cite(message, &mut pieces)?;
    let refusal = message.text("refusal")?.filter(|refusal| !refusal.is_empty());
    pieces.extend(refusal.map(|refusal| Piece::of(Part::Refusal(refusal))));
    pieces.extend(thoughts::take_bare_seal(message));
    pieces.extend(message.object("audio")?.map(audio).transpose()?);
    pieces.extend(message.each(IMAGES, image)?.into_iter().flatten());
    let mut number = 0;
    pieces.extend(message.each(calls::CALLS, |node| {
        number += 1;
        calls::read(node, || made_up(number - 1))
    })?);
    if let Some(called) = message.object("function_call")? {
        pieces.push(call_of_2023(called, made_up(0)).map_err(|error| error.within("function_call"))?);
    }
    Ok(pieces)
}

/// Takes the citations, which belong to the text before them.
fn cite(message: &mut Object<'_>, pieces: &mut [Piece]) -> Result<(), DecodeError> {
    let text = pieces.iter_mut().find_map(|piece| match &mut piece.part {
        Part::Text(text) => Some(text),
        _ => None,
    });
    let empty = message.peek(citations::NAME).is_some_and(Node::is_blank);
    if let Some(text) = text.filter(|_| !empty) {
        text.citations = message.each(citations::NAME, |node| Ok(citations::read(node)))?;
    }
    Ok(())
}

/// Reads a spoken answer. Its form is the one that was asked for, and not said again.
pub(in crate::openai_chat) fn audio(mut object: Object<'_>) -> Result<Piece, DecodeError> {
    let data = object.text("data").map_err(|error| error.within("audio"))?.unwrap_or_default();
    let (kind, source) = (MediaKind::Audio, Source::Base64(data));
    let media = Media { kind, source, media_type: None, name: None, detail: None };
    Ok(Piece { extras: object.rest(), ..Piece::of(Part::Media(media)) })
}

/// Reads a picture that the model made.
pub(in crate::openai_chat) fn image(node: Node<'_>) -> Result<Option<Piece>, DecodeError> {
    let mut object = Object::of(node)?;
    object.take("type");
    object.take("index");
    let url = object.take("image_url").and_then(|image| image.get("url")?.text());
    let media = url.map(|url| content::linked_media(&url, MediaKind::Image));
    Ok(media.map(|media| Piece { extras: object.rest(), ..Piece::of(Part::Media(media)) }))
}

fn call_of_2023(mut called: Object<'_>, id: String) -> Result<Piece, DecodeError> {
    let name = called.required_text("name")?;
    let arguments = calls::arguments(called.take("arguments")).map_err(|error| error.within("arguments"))?;
    let part = Part::ToolCall(ToolCall { id, name, arguments, custom: false, seal: None });
    Ok(Piece { extras: called.rest(), ..Piece::of(part) })
}

/// Keeps what is left of a message with its words, or else with its choice.
fn leave(choice: &mut Choice, rest: Extras) {
    let words = choice.pieces.iter_mut().find(|piece| matches!(piece.part, Part::Text(_) | Part::Refusal(_)));
    if let Some(piece) = words {
        piece.extras.append(rest);
        nested::hush(&mut piece.extras);
        return;
    }
    for (name, json) in rest.iter().filter(|(_, json)| !json.node().is_blank()) {
        choice.extras.push(&format!("message.{name}"), json.clone());
    }
}
