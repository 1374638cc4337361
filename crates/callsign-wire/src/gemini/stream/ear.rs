//! Understands a stream.

use crate::dialect::Dialect;
use crate::error_body::ErrorKind;
use crate::frame::sse::Frame;
use crate::gemini::part::{self, Calls};
use crate::gemini::reply::{blocked, read_usage, remarks};
use crate::gemini::{grounding, logprobs, outcome, proto};
use crate::hub::event::{Delta, Event, Failed, Opened, Start};
use crate::hub::extras::Extras;
use crate::hub::flaw::DecodeError;
use crate::hub::part::{Part, Piece, Reasoning, ReasoningForm, ToolCall};
use crate::hub::reply::Finish;
use crate::hub::usage::Usage;
use crate::json::object::Object;
use crate::json::walk::Node;
use crate::translate::Hear;

/// Understands a stream.
#[derive(Debug, Default)]
pub(crate) struct Ear {
    begun: bool,
    failed: bool,
    calls: Calls,
    usage: Option<Usage>,
    next_part: u32,
    choices: Vec<Choice>,
    pieces: Vec<Piece>,
}

/// One of the answers.
#[derive(Debug)]
struct Choice {
    index: u32,
    open: Option<Open>,
    /// What only this dialect knows of it, as far as it has come.
    extras: Extras,
    finished: bool,
}

/// Words that may go on.
#[derive(Debug)]
struct Open {
    part: u32,
    /// The words until now; none for thoughts.
    text: Option<String>,
}

// === impl Ear ===

impl Hear for Ear {
    fn hear(&mut self, frame: &Frame, heard: &mut Vec<Event>) -> Result<(), DecodeError> {
        let Some(data) = frame.data.as_deref().filter(|data| !data.is_empty() && *data != b"[DONE]") else {
            return Ok(());
        };
        if self.failed {
            return Ok(());
        }
        let node = Node::read(data).ok_or_else(DecodeError::not_json)?;
        let mut answer = proto::object(node)?;
        let error = answer.take("error");
        let usage = read_usage(&mut answer, &self.usage.unwrap_or_default())?;
        let blocked = blocked(&answer);
        let candidates = answer.elements("candidates")?;
        self.begin(answer, heard)?;
        if let Some(error) = error {
            self.failed = true;
            heard.push(Event::Failed(failed(error)));
            return Ok(());
        }
        for (place, node) in (0..).zip(candidates.into_iter().flatten()) {
            self.candidate(node, place, heard).map_err(|error| error.within("candidates"))?;
        }
        if blocked && self.choices.is_empty() {
            let choice = self.choice(0);
            self.finish(choice, Finish::Filtered, heard);
        }
        if let Some(usage) = usage.filter(|usage| self.usage != Some(*usage)) {
            self.usage = Some(usage);
            heard.push(Event::Usage(usage));
        }
        Ok(())
    }

    fn end(&mut self, heard: &mut Vec<Event>) -> bool {
        if self.failed {
            return true;
        }
        let whole = !self.choices.is_empty() && self.choices.iter().all(|choice| choice.finished);
        heard.extend(whole.then_some(Event::End));
        whole
    }
}

impl Ear {
    fn begin(&mut self, mut answer: Object<'_>, heard: &mut Vec<Event>) -> Result<(), DecodeError> {
        if self.begun {
            return Ok(());
        }
        self.begun = true;
        let mut start = Start::new(Dialect::Gemini);
        start.id = answer.text("responseId")?;
        start.model = answer.text("modelVersion")?;
        self.calls = Calls::of_answer(start.id.as_deref());
        start.extras = answer.rest();
        start.extras.hush(|name, _| name != "promptFeedback");
        heard.push(Event::Start(start));
        Ok(())
    }

    fn candidate(&mut self, node: Node<'_>, place: u32, heard: &mut Vec<Event>) -> Result<(), DecodeError> {
        let mut candidate = proto::object(node)?;
        let index = proto::count(&mut candidate, "index")?.and_then(|index| u32::try_from(index).ok());
        let at = self.choice(index.unwrap_or(place));
        if self.choices.get(at).is_none_or(|choice| choice.finished) {
            return Ok(());
        }
        if let Some(words) = candidate.take("logprobsResult") {
            let choice = self.index(at);
            heard.push(Event::Logprobs { choice, json: logprobs::as_chat(words) });
        }
        if let Some(mut content) = proto::member(&mut candidate, "content")? {
            let mut pieces = std::mem::take(&mut self.pieces);
            for (index, node) in content.elements("parts")?.into_iter().flatten().enumerate() {
                part::read(node, &mut self.calls, &mut pieces)
                    .map_err(|error| error.at("parts", index).within("content"))?;
            }
            pieces.drain(..).for_each(|piece| self.piece(at, piece, heard));
            self.pieces = pieces;
        }
        self.cite(at, &mut candidate, heard);
        let finish = candidate.text("finishReason")?.and_then(|reason| outcome::finish(&reason));
        if let Some(choice) = self.choices.get_mut(at) {
            // Of what is told more than once the last holds.
            let mut extras = remarks(candidate);
            extras.append(std::mem::take(&mut choice.extras));
            choice.extras = extras;
        }
        if let Some(finish) = finish {
            self.finish(at, finish, heard);
        }
        Ok(())
    }

    fn piece(&mut self, at: usize, piece: Piece, heard: &mut Vec<Event>) {
        let Piece { part, extras, .. } = piece;
        match part {
            Part::Text(text) if text.text.is_empty() => {}
            Part::Text(text) => self.words(at, text.text, extras, heard),
            Part::Reasoning(reasoning) => self.thoughts(at, reasoning, extras, heard),
            Part::ToolCall(ToolCall { id, name, arguments, custom, seal }) => {
                let opened = Opened::ToolCall { id, name, custom, seal };
                let part = self.open(at, opened, extras, heard);
                heard.push(Event::Delta { part, delta: Delta::Arguments(arguments) });
                heard.push(Event::Close { part });
            }
            Part::Media(medium) => self.whole(at, Opened::Media(medium), extras, heard),
            Part::Opaque(opaque) => self.whole(at, Opened::Opaque(opaque), extras, heard),
            // A model answers no calls, and declines in plain words.
            Part::ToolResult(_) | Part::Refusal(_) => {}
        }
    }

    fn words(&mut self, at: usize, said: String, extras: Extras, heard: &mut Vec<Event>) {
        let open = self.choices.get_mut(at).and_then(|choice| choice.open.as_mut());
        let part = if let Some(Open { part, text: Some(text) }) = open {
            text.push_str(&said);
            *part
        } else {
            let part = self.open(at, Opened::Text, extras, heard);
            self.leave_open(at, Open { part, text: Some(said.clone()) });
            part
        };
        heard.push(Event::Delta { part, delta: Delta::Text(said) });
    }

    /// Thoughts go on until they are signed. A seal without thoughts is a part of its own, unless it signs those before.
    fn thoughts(&mut self, at: usize, thoughts: Reasoning, extras: Extras, heard: &mut Vec<Event>) {
        let Reasoning { paragraphs, seal, redacted, .. } = thoughts;
        let alone = paragraphs.is_empty();
        if alone && seal.is_none() {
            return;
        }
        let continues = !redacted && (!alone || extras.get("thought").is_some());
        let open = self.choices.get(at).and_then(|choice| choice.open.as_ref());
        let part = match open {
            Some(Open { part, text: None }) if continues => *part,
            _ => {
                let opened = Opened::Reasoning { form: ReasoningForm::Summary, redacted };
                let part = self.open(at, opened, extras, heard);
                self.leave_open(at, Open { part, text: None });
                part
            }
        };
        heard.extend(paragraphs.into_iter().map(|text| Event::Delta { part, delta: Delta::Text(text) }));
        if let Some(seal) = seal {
            heard.push(Event::Delta { part, delta: Delta::Seal(seal) });
            self.close(at, heard);
        }
    }

    /// What the words before are based on.
    fn cite(&self, at: usize, candidate: &mut Object<'_>, heard: &mut Vec<Event>) {
        let found = grounding::found(candidate.take("groundingMetadata"), candidate.take("citationMetadata"));
        let open = self.choices.get(at).and_then(|choice| choice.open.as_ref());
        let Some(Open { part, text: Some(text) }) = open else { return };
        for found in found {
            let delta = Delta::Citation(found.about(text));
            heard.push(Event::Delta { part: *part, delta });
        }
    }

    fn whole(&mut self, at: usize, opened: Opened, extras: Extras, heard: &mut Vec<Event>) {
        let part = self.open(at, opened, extras, heard);
        heard.push(Event::Close { part });
    }

    /// Begins a part, and ends the one before.
    fn open(&mut self, at: usize, opened: Opened, extras: Extras, heard: &mut Vec<Event>) -> u32 {
        self.close(at, heard);
        let part = self.next_part;
        self.next_part += 1;
        heard.push(Event::Open { part, choice: self.index(at), opened, extras });
        part
    }

    fn leave_open(&mut self, at: usize, open: Open) {
        if let Some(choice) = self.choices.get_mut(at) {
            choice.open = Some(open);
        }
    }

    fn close(&mut self, at: usize, heard: &mut Vec<Event>) {
        let open = self.choices.get_mut(at).and_then(|choice| choice.open.take());
        heard.extend(open.map(|open| Event::Close { part: open.part }));
    }

    fn finish(&mut self, at: usize, finish: Finish, heard: &mut Vec<Event>) {
        self.close(at, heard);
        if let Some(choice) = self.choices.get_mut(at) {
            choice.finished = true;
            let mut extras = Extras::default();
            let place = format!("candidates[{}]", choice.index);
            proto::keep_all(&mut extras, &place, &std::mem::take(&mut choice.extras));
            heard.extend(Event::more(extras));
            heard.push(Event::finish(choice.index, Some(finish)));
        }
    }

    /// The place of the choice with this number.
    fn choice(&mut self, index: u32) -> usize {
        let found = self.choices.iter().position(|choice| choice.index == index);
        found.unwrap_or_else(|| {
            self.choices.push(Choice { index, open: None, extras: Extras::default(), finished: false });
            self.choices.len() - 1
        })
    }

    fn index(&self, at: usize) -> u32 {
        self.choices.get(at).map_or(0, |choice| choice.index)
    }
}

/// The error that came in place of an answer. <https://cloud.google.com/apis/design/errors>
fn failed(error: Node<'_>) -> Failed {
    let text = |name| error.get(name).and_then(Node::text).unwrap_or_default().into_owned();
    let (code, message) = (text("status"), text("message"));
    let kind = match code.as_str() {
        "INVALID_ARGUMENT" | "FAILED_PRECONDITION" | "OUT_OF_RANGE" => ErrorKind::InvalidRequest,
        "UNAUTHENTICATED" => ErrorKind::Authentication,
        "PERMISSION_DENIED" => ErrorKind::Permission,
        "NOT_FOUND" => ErrorKind::NotFound,
        "RESOURCE_EXHAUSTED" => ErrorKind::RateLimit,
        "UNAVAILABLE" => ErrorKind::Overloaded,
        "DEADLINE_EXCEEDED" | "CANCELLED" => ErrorKind::Timeout,
        _ => ErrorKind::Api,
    };
    Failed { kind, code, message }
}
