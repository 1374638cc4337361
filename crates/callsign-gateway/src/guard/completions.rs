//! The stream of the completions of old, which the hub does not know: each choice is one text.

use std::collections::BTreeMap;

use bytes::Bytes;
use callsign_guard::mask::Restoring;
use callsign_guard::window::{Released, Stop, Window};
use callsign_wire::frame::sse::{Frame, Framer};
use callsign_wire::hub::extras::Json;
use serde_json::{Map, Value, json};

use super::spoken::Spoken;
use super::{Guard, Withheld};
use crate::refusal::Code;
use crate::upstream::source::SourceError;

/// A stream under way.
#[derive(Debug, Default)]
pub(super) struct Completions {
    framer: Framer,
    texts: BTreeMap<u64, Text>,
    /// The members of a chunk but for its choices, for those that have to be added.
    envelope: Map<String, Value>,
    /// Whether any text has left.
    begun: bool,
    /// What was said, where somebody outside is asked about it.
    pub(super) spoken: Spoken,
}

/// One choice.
#[derive(Debug, Default)]
struct Text {
    window: Window,
    restoring: Restoring,
    finished: bool,
}

/// Ends a stream.
const DONE: &str = "data: [DONE]\n\n";

// === impl Completions ===

impl Completions {
    /// What may leave of these bytes; as an error where nothing comes after it.
    pub(super) fn hear(&mut self, guard: &Guard, bytes: Bytes) -> Result<Result<Bytes, Bytes>, SourceError> {
        self.framer.push(bytes);
        let mut out = String::new();
        while let Some(frame) = self.framer.next_frame().map_err(|error| unreadable(&error))? {
            if let Err(withheld) = self.take(guard, &frame, &mut out) {
                return self.withhold(guard, withheld, out).map(Err);
            }
        }
        Ok(Ok(out.into()))
    }

    /// The stream has ended: what waits without an end said stays here.
    pub(super) fn finish(&mut self, guard: &Guard) -> Result<Bytes, SourceError> {
        let framer = std::mem::take(&mut self.framer);
        let mut out = String::new();
        if let Some(frame) = framer.finish().frame
            && let Err(withheld) = self.take(guard, &frame, &mut out)
        {
            return self.withhold(guard, withheld, out);
        }
        Ok(out.into())
    }

    fn withhold(&mut self, guard: &Guard, withheld: Withheld, mut out: String) -> Result<Bytes, SourceError> {
        if !self.begun || withheld.code != Code::ContentBlocked {
            return Err(SourceError::Withheld(withheld));
        }
        guard.notes.withheld(withheld.code);
        let open: Vec<u64> =
            self.texts.iter().filter(|(_, text)| !text.finished).map(|(index, _)| *index).collect();
        self.refuse(&open, &mut out);
        Ok(out.into())
    }

    /// A stream in which nothing is said but that it was withheld.
    pub(super) fn refused(&self) -> Bytes {
        let mut out = String::new();
        let all: Vec<u64> = self.texts.keys().copied().collect();
        self.refuse(&all, &mut out);
        out.into()
    }

    fn refuse(&self, choices: &[u64], out: &mut String) {
        for index in choices {
            self.add(
                &json!([{ "index": index, "text": "", "logprobs": null, "finish_reason": "content_filter" }]),
                out,
            );
        }
        out.push_str(DONE);
    }

    fn speak(&mut self, guard: &Guard, choice: u64, text: &str) {
        if guard.refers() && !text.is_empty() {
            self.spoken.add(choice, text);
        }
    }

    fn take(&mut self, guard: &Guard, frame: &Frame, out: &mut String) -> Result<(), Withheld> {
        let Some(data) = frame.data.as_deref() else { return Ok(()) };
        if data.trim_ascii() == b"[DONE]" {
            self.flush(guard, out)?;
            out.push_str(DONE);
            return Ok(());
        }
        let Ok(Value::Object(mut chunk)) = serde_json::from_slice::<Value>(data) else {
            return Err(guard.unclear("an event of it cannot be read"));
        };
        let choices = chunk.remove("choices");
        let mut chunk = checked(guard, Value::Object(chunk))?;
        if let (Some(Value::Array(choices)), Some(members)) = (choices, chunk.as_object_mut()) {
            self.envelope.clone_from(members);
            self.envelope.remove("usage");
            let cleared = choices.into_iter().map(|choice| self.choice(guard, choice));
            members.insert("choices".to_owned(), cleared.collect::<Result<_, _>>()?);
        }
        write(&chunk, out);
        Ok(())
    }

    fn choice(&mut self, guard: &Guard, mut choice: Value) -> Result<Value, Withheld> {
        let index = choice.get("index").and_then(Value::as_u64).unwrap_or(0);
        // Words that are told there are cut anywhere, and nobody would put them together.
        if ["delta", "message"].iter().any(|name| choice.get(name).is_some_and(|said| !said.is_null())) {
            return Err(guard.unclear("an event of it is of another kind of stream"));
        }
        let text = choice.as_object_mut().and_then(|members| {
            // They would tell what waits.
            members.remove("logprobs").map(|_| members.insert("logprobs".to_owned(), Value::Null));
            members.remove("text")
        });
        let ends = choice.get("finish_reason").is_some_and(|reason| !reason.is_null());
        let said = text.as_ref().and_then(Value::as_str).unwrap_or_default();
        let cleared = self.texts.entry(index).or_default().push(guard, said, ends)?;
        self.begun |= !cleared.is_empty() || ends;
        self.speak(guard, index, &cleared);
        let mut choice = checked(guard, choice)?;
        if let Some(members) = choice.as_object_mut() {
            members.insert("text".to_owned(), cleared.into());
        }
        Ok(choice)
    }

    /// What waits of choices that never said that they end.
    fn flush(&mut self, guard: &Guard, out: &mut String) -> Result<(), Withheld> {
        let mut rest = Vec::new();
        for (index, text) in self.texts.iter_mut().filter(|(_, text)| !text.finished) {
            let said = text.push(guard, "", true)?;
            if !said.is_empty() {
                rest.push((*index, said));
            }
        }
        for (index, said) in rest {
            self.speak(guard, index, &said);
            self.add(
                &json!([{ "index": index, "text": said, "logprobs": null, "finish_reason": null }]),
                out,
            );
        }
        Ok(())
    }

    fn add(&self, choices: &Value, out: &mut String) {
        let mut chunk = self.envelope.clone();
        chunk.insert("choices".to_owned(), choices.clone());
        write(&Value::Object(chunk), out);
    }
}

/// All but the words, looked at as it is.
fn checked(guard: &Guard, value: Value) -> Result<Value, Withheld> {
    let changed = match Json::read(&value.to_string()) {
        Some(json) => guard.value(&json)?,
        None => None,
    };
    Ok(changed.and_then(|json| serde_json::from_str(json.as_str()).ok()).unwrap_or(value))
}

fn write(chunk: &Value, out: &mut String) {
    out.push_str("data: ");
    out.push_str(&chunk.to_string());
    out.push_str("\n\n");
}

fn unreadable(error: &impl std::fmt::Display) -> SourceError {
    SourceError::Unreadable(error.to_string())
}

// === impl Text ===

impl Text {
    fn push(&mut self, guard: &Guard, piece: &str, ends: bool) -> Result<String, Withheld> {
        let screen = guard.screen();
        let first = self.window.push(&screen, piece);
        let mut said = self.restoring.push(&guard.ledger, &cleared(guard, first)?);
        if ends {
            let last = self.window.finish(&screen);
            said += &self.restoring.push(&guard.ledger, &cleared(guard, last)?);
            said += &self.restoring.finish();
            self.finished = true;
        }
        Ok(said)
    }
}

fn cleared(guard: &Guard, released: Result<Released, Stop>) -> Result<String, Withheld> {
    match released {
        Ok(Released { text, hits, .. }) => {
            guard.note(&hits);
            Ok(text)
        }
        Err(Stop::Blocked(hits)) => {
            guard.note(&hits);
            Err(guard.blocked(&hits))
        }
        Err(Stop::Full) => Err(guard.unclear("a part of it is too long to be checked")),
    }
}
