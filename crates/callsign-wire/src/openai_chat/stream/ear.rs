//! Chunks, read into the hub's events.

use super::track::{Numbers, Track};
use crate::dialect::Dialect;
use crate::error_body::ErrorKind;
use crate::frame::sse::Frame;
use crate::hub::event::{Event, Failed, Start};
use crate::hub::extras::{Extras, Json};
use crate::hub::flaw::DecodeError;
use crate::hub::usage::Usage;
use crate::hub::wish::Tier;
use crate::json::Kind;
use crate::json::object::Object;
use crate::json::walk::Node;
use crate::openai_chat::{nested, outcome};
use crate::translate::Hear;

/// Understands a stream.
#[derive(Debug, Default)]
pub(crate) struct Ear {
    state: State,
    numbers: Numbers,
    tracks: Vec<Track>,
    /// The answer's identifier, of which identifiers of calls are made that came without.
    answer: String,
    usage: Option<Usage>,
    tier: Option<Tier>,
    /// What came before the answer began.
    early: Extras,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing has come that belongs to an answer.
    #[default]
    Waiting,
    Begun,
    /// All was said, an error included.
    Over,
}

// === impl Ear ===

impl Hear for Ear {
    fn hear(&mut self, frame: &Frame, heard: &mut Vec<Event>) -> Result<(), DecodeError> {
        let Some(data) = frame.data.as_deref() else { return Ok(()) };
        if self.state == State::Over || data.trim_ascii().is_empty() {
            return Ok(());
        }
        if data.trim_ascii() == b"[DONE]" {
            // Where nothing was answered, nothing is over.
            if !self.tracks.is_empty() {
                self.over(heard);
            }
            return Ok(());
        }
        let node = Node::read(data).ok_or_else(DecodeError::not_json)?;
        let object = Object::of(node)?;
        match failure(&object, node, frame.event.as_deref()) {
            Some(failed) => {
                self.state = State::Over;
                heard.push(Event::Failed(failed));
                Ok(())
            }
            None => self.chunk(object, heard),
        }
    }

    fn end(&mut self, heard: &mut Vec<Event>) -> bool {
        let finished = !self.tracks.is_empty() && self.tracks.iter().all(Track::is_finished);
        if self.state == State::Begun && finished {
            self.over(heard);
        }
        self.state == State::Over
    }
}

impl Ear {
    fn chunk(&mut self, mut object: Object<'_>, heard: &mut Vec<Event>) -> Result<(), DecodeError> {
        let choices = object.take("choices").filter(|node| node.kind() == Kind::Array);
        let usage = usage(&mut object);
        let empty = choices.is_none_or(Node::is_blank);
        if self.state == State::Waiting {
            if empty && usage.is_none() {
                // Azure tells first what its filters say of the prompt.
                object.take("id");
                self.early.append(early(object));
                return Ok(());
            }
            self.start(object, heard)?;
        } else {
            self.retell(object, heard)?;
        }
        for node in choices.into_iter().flat_map(Node::elements) {
            self.choice(node, heard).map_err(|error| error.within("choices"))?;
        }
        if let Some(node) = usage {
            let before = self.usage.unwrap_or_default();
            let (usage, _) = outcome::usage(node, &before).map_err(|error| error.within("usage"))?;
            if self.usage != Some(usage) {
                self.usage = Some(usage);
                heard.push(Event::Usage(usage));
            }
        }
        Ok(())
    }

    fn start(&mut self, mut object: Object<'_>, heard: &mut Vec<Event>) -> Result<(), DecodeError> {
        let mut start = Start::new(Dialect::OpenAiChat);
        start.id = object.text("id")?.filter(|id| !id.is_empty());
        start.model = object.text("model")?.filter(|model| !model.is_empty());
        start.created = object.count("created").unwrap_or(None);
        start.tier = object.text_ref("service_tier")?.map(|name| outcome::tier(&name));
        self.tier.clone_from(&start.tier);
        start.extras = std::mem::take(&mut self.early);
        start.extras.append(early(object));
        nested::hush(&mut start.extras);
        self.answer = start.id.clone().unwrap_or_default();
        self.state = State::Begun;
        heard.push(Event::Start(start));
        Ok(())
    }

    /// What later chunks say of the whole answer: the tier that it really came at.
    fn retell(&mut self, mut object: Object<'_>, heard: &mut Vec<Event>) -> Result<(), DecodeError> {
        let tier = object.text_ref("service_tier")?.map(|name| outcome::tier(&name));
        let retold = Event::retold(tier.clone(), self.tier.as_ref());
        self.tier = tier.or(self.tier.take());
        heard.extend(retold);
        Ok(())
    }

    fn choice(&mut self, node: Node<'_>, heard: &mut Vec<Event>) -> Result<(), DecodeError> {
        let mut object = Object::of(node)?;
        let index = object.count("index").unwrap_or(None).unwrap_or(0);
        let index =
            u32::try_from(index).map_err(|_| DecodeError::expected("a small number").within("index"))?;
        let at = self.track(index);
        if let Some(logprobs) = object.take("logprobs").filter(|node| has_words(*node)) {
            heard.push(Event::Logprobs { choice: index, json: Json::of(logprobs) });
        }
        let reason = object.text_ref("finish_reason")?.unwrap_or_default();
        let stop = object.take("stop_reason").and_then(Node::text).map(std::borrow::Cow::into_owned);
        // Servers that cannot stream send it whole, as a `message`.
        let delta = match object.object("delta")? {
            None => object.object("message")?,
            delta => delta,
        };
        let Some(track) = self.tracks.get_mut(at) else { return Ok(()) };
        if let Some(delta) = delta {
            let heard = track.delta(delta, &self.answer, &mut self.numbers, heard);
            heard.map_err(|error| error.within("delta"))?;
        }
        track.finish(&reason, stop);
        track.keep(object.rest());
        Ok(())
    }

    /// Where the choice of this number is, in order of appearance.
    fn track(&mut self, choice: u32) -> usize {
        let known = self.tracks.iter().position(|track| track.choice() == choice);
        known.unwrap_or_else(|| {
            self.tracks.push(Track::new(choice));
            self.tracks.len() - 1
        })
    }

    fn over(&mut self, heard: &mut Vec<Event>) {
        if self.state != State::Begun {
            return;
        }
        self.state = State::Over;
        for track in std::mem::take(&mut self.tracks) {
            track.end(&mut self.numbers, heard);
        }
        heard.push(Event::End);
    }
}

/// Takes what an answer took; Groq tells it in a member of its own.
fn usage<'a>(object: &mut Object<'a>) -> Option<Node<'a>> {
    let usage = object.take("usage").filter(|node| node.kind() == Kind::Object);
    let groq = || object.peek("x_groq")?.get("usage").filter(|node| node.kind() == Kind::Object);
    usage.or_else(groq)
}

/// What is left of a chunk and belongs to the answer.
fn early(mut object: Object<'_>) -> Extras {
    for chunk in ["object", "created", "model", "obfuscation", "x_groq"] {
        object.take(chunk);
    }
    object.rest()
}

fn has_words(logprobs: Node<'_>) -> bool {
    logprobs.members().any(|member| !Node::of(&member).is_blank())
}

/// The error that an event is, if it is one.
fn failure(object: &Object<'_>, node: Node<'_>, event: Option<&[u8]>) -> Option<Failed> {
    let error = object.peek("error").filter(|error| error.kind() != Kind::Null);
    // vLLM and Mistral have no envelope.
    let flat = object.peek("object").is_some_and(|kind| kind.says("error")) || event == Some(b"error");
    let error = error.or_else(|| flat.then_some(node))?;
    let text = |name: &str| error.get(name).and_then(Node::text).map(std::borrow::Cow::into_owned);
    let message = if error.kind() == Kind::Text { error.text().map(Into::into) } else { text("message") };
    let kind = text("type").unwrap_or_default();
    let code = error.get("code").filter(|code| code.kind() != Kind::Null);
    let code = code.map(|code| text("code").unwrap_or_else(|| Json::of(code).as_str().to_owned()));
    let code = code.unwrap_or_default();
    Some(Failed { kind: kind_of(&kind, &code), code, message: message.unwrap_or_default() })
}

/// The kind of an error by its type or its code, which with some servers is a status.
fn kind_of(kind: &str, code: &str) -> ErrorKind {
    let known = [kind, code].into_iter().find_map(|word| {
        Some(match word {
            "invalid_request_error" | "400" | "422" | "context_length_exceeded" => ErrorKind::InvalidRequest,
            "authentication_error" | "invalid_api_key" | "401" => ErrorKind::Authentication,
            "permission_error" | "403" => ErrorKind::Permission,
            "not_found_error" | "model_not_found" | "404" => ErrorKind::NotFound,
            "request_too_large" | "413" => ErrorKind::TooLarge,
            "rate_limit_error"
            | "rate_limit_exceeded"
            | "tokens"
            | "requests"
            | "insufficient_quota"
            | "429" => ErrorKind::RateLimit,
            "timeout_error" | "timeout" | "408" | "504" => ErrorKind::Timeout,
            "overloaded_error" | "overloaded" | "503" | "529" => ErrorKind::Overloaded,
            _ => return None,
        })
    });
    known.unwrap_or(ErrorKind::Api)
}
