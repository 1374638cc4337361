//! What a model says in a stream of which nothing leaves before somebody outside has been asked about all of it.

use std::collections::BTreeMap;

use callsign_wire::hub::event::{Delta, Event, Opened, Start};
use callsign_wire::texts::{self, Speaker};
use serde_json::Value;

/// The words of a stream, part by part.
#[derive(Debug, Default)]
pub(super) struct Spoken {
    parts: BTreeMap<u64, String>,
    /// How it began, for an end without any of them.
    pub(super) start: Option<Start>,
}

// === impl Spoken ===

impl Spoken {
    /// Hears what would leave.
    pub(super) fn hear(&mut self, event: &Event) {
        match event {
            Event::Start(start) => self.start = Some(start.clone()),
            Event::Open { part, opened: Opened::Opaque(opaque), .. } => {
                let words = words_of(opaque.json.as_str().as_bytes()).unwrap_or_default();
                self.add(u64::from(*part), &words);
            }
            Event::Open { part, opened: Opened::Media(_) | Opened::ToolCall { .. }, .. } => {
                self.add(u64::from(*part), "");
            }
            Event::Delta { part, delta: Delta::Text(text) | Delta::Arguments(text) } => {
                self.add(u64::from(*part), text);
            }
            _ => {}
        }
    }

    /// Hears words of a part.
    pub(super) fn add(&mut self, part: u64, text: &str) {
        self.parts.entry(part).or_default().push_str(text);
    }

    /// Whether anything has been said.
    pub(super) fn has_begun(&self) -> bool {
        !self.parts.is_empty()
    }

    /// All of it.
    pub(super) fn text(&self) -> String {
        let parts: Vec<&str> = self.parts.values().map(String::as_str).collect();
        parts.join("\n")
    }
}

/// Where answers hold what the model says. Beside it some repeat the request's settings, and even its instructions.
const SAID: [&str; 4] = ["choices", "content", "output", "candidates"];

/// The words of a whole answer; nothing where it is no JSON.
pub(super) fn words_of_answer(body: &[u8]) -> Option<String> {
    let Ok(Value::Object(mut answer)) = serde_json::from_slice(body) else { return words_of(body) };
    if SAID.iter().any(|name| answer.contains_key(*name)) {
        answer.retain(|name, _| SAID.contains(&name.as_str()));
    }
    words_of(Value::Object(answer).to_string().as_bytes())
}

/// The words of a part of an answer; nothing where it is no JSON.
fn words_of(body: &[u8]) -> Option<String> {
    let mut words: Vec<String> = Vec::new();
    let read = texts::of_answer(body, &mut |text| {
        if text.speaker != Speaker::Echo {
            words.push(text.text.to_owned());
        }
        None
    });
    read.ok().map(|_| words.join("\n"))
}
