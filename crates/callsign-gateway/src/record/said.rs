//! What was said in an exchange, where the operator wants to see it in traces. It is kept until it is told there, bounded for each
//! exchange and for all together, and stands in no record, log or history.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use callsign_telemetry::exchange::Content;
use callsign_wire::frame::sse::{Frame, Framer};
use callsign_wire::texts::{self, Speaker};
use memchr::memmem;

use crate::guard::{Cleared, Guard};

/// Memory for what is said, of all exchanges together.
#[derive(Debug, Clone, Default)]
pub(crate) struct Room(Arc<AtomicUsize>);

/// What is said in one exchange.
#[derive(Debug)]
pub(crate) struct Said {
    room: Held,
    asked: OnceLock<Asked>,
    answer: Vec<u8>,
    is_cut: bool,
}

/// A part of the memory, given back when it is dropped.
#[derive(Debug)]
struct Held {
    room: Room,
    bytes: usize,
}

/// The request as it went to targets.
#[derive(Debug)]
struct Asked {
    body: Bytes,
    /// Who knows what was masked and is put back into the answer.
    guard: Option<Arc<Guard>>,
    _room: Held,
}

/// Memory for all exchanges.
const ALL: usize = 64 << 20;
/// Bytes of one request or answer that are looked at.
const LARGEST: usize = 256 << 10;
/// Bytes of what one side said that are told.
const TOLD: usize = 32 << 10;

// === impl Room ===

impl Room {
    /// Somewhere to keep what is said in one exchange.
    pub(crate) fn open(&self) -> Said {
        let room = Held { room: self.clone(), bytes: 0 };
        Said { room, asked: OnceLock::new(), answer: Vec::new(), is_cut: false }
    }
}

// === impl Held ===

impl Held {
    /// Whether there was room for so many more.
    fn grow(&mut self, bytes: usize) -> bool {
        let taken = &self.room.0;
        let more = |now: usize| Some(now + bytes).filter(|now| *now <= ALL);
        let grown = taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok();
        self.bytes += if grown { bytes } else { 0 };
        grown
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.room.0.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

// === impl Said ===

impl Said {
    /// This was asked, as it goes to targets.
    pub(crate) fn asked(&self, cleared: &Cleared) {
        let mut room = Held { room: self.room.room.clone(), bytes: 0 };
        let body = &cleared.ask.body;
        let fits = body.len() <= LARGEST && room.grow(body.len());
        let body = if fits { body.clone() } else { Bytes::new() };
        // It is asked once.
        _ = self.asked.set(Asked { body, guard: cleared.guard.clone(), _room: room });
    }

    /// A piece of the answer, as the client gets it.
    pub(crate) fn heard(&mut self, piece: &Bytes) {
        let fits = self.answer.len() + piece.len() <= LARGEST;
        if !self.is_cut && fits && self.room.grow(piece.len()) {
            self.answer.extend_from_slice(piece);
        } else {
            self.is_cut = true;
        }
    }

    /// What there is to tell: nothing of what guardrails did not let through.
    pub(crate) fn told(self) -> Option<Content> {
        let asked = self.asked.get()?;
        let mut content = Content { is_cut: self.is_cut || asked.body.is_empty(), ..Content::default() };
        question(&asked.body, &mut content);
        let concealed = asked.guard.as_ref();
        // Of a piece that is cut nobody knows whether it is the beginning of what is to be concealed.
        if !self.is_cut || concealed.is_none_or(|guard| !guard.puts_back()) {
            let output = answer(&self.answer);
            content.output = concealed.and_then(|guard| guard.concealed(&output)).unwrap_or(output);
        }
        content.is_cut |= cut(&mut content.output, TOLD);
        Some(content)
    }
}

fn question(body: &[u8], content: &mut Content) {
    let mut left = TOLD;
    let told = texts::of_request(body, &mut |text| {
        let (mut said, whole) = (text.text.to_owned(), text.text.len());
        content.is_cut |= cut(&mut said, left);
        left -= said.len().min(whole).min(left);
        match text.speaker {
            _ if said.is_empty() => {}
            Speaker::System => content.system.push(said),
            Speaker::User => content.input.push(("user", said)),
            Speaker::Assistant => content.input.push(("assistant", said)),
            Speaker::Tool => content.input.push(("tool", said)),
            Speaker::Definition | Speaker::Echo => {}
        }
        None
    });
    // What is no JSON has no texts.
    content.is_cut |= told.is_err() && !body.is_empty();
}

/// The texts of an answer, whole or streamed; nothing of what is neither.
fn answer(bytes: &[u8]) -> String {
    let mut told = String::new();
    match bytes.trim_ascii_start().first() {
        Some(b'{' | b'[') => hear(bytes, "\n", &mut told),
        Some(b'd' | b'e' | b':') => {
            let mut framer = Framer::default();
            framer.push(Bytes::copy_from_slice(bytes));
            while let Ok(Some(frame)) = framer.next_frame() {
                if let Some(data) = frame.data.as_deref().filter(|_| is_news(&frame)) {
                    hear(data, "", &mut told);
                }
            }
        }
        _ => {}
    }
    told
}

fn hear(body: &[u8], between: &str, told: &mut String) {
    let mut each = |text: texts::Text<'_>| {
        if text.speaker != Speaker::Echo {
            told.push_str(if told.is_empty() { "" } else { between });
            told.push_str(text.text);
        }
        None
    };
    // What cannot be read, such as `[DONE]`, says nothing.
    _ = texts::of_answer(body, &mut each);
}

/// Events of the Responses API tell at the end of each part once more what was said in it.
fn is_news(frame: &Frame) -> bool {
    let data = frame.data.as_deref().unwrap_or_default();
    let beginning = data.get(..data.len().min(80)).unwrap_or_default();
    memmem::find(beginning, b"\"response.").is_none() || memmem::find(beginning, b".delta\"").is_some()
}

/// Whether something was cut off behind so many bytes.
fn cut(text: &mut String, bytes: usize) -> bool {
    let is_cut = text.len() > bytes;
    text.truncate(text.floor_char_boundary(bytes));
    is_cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_of_every_dialect_are_told_once() {
        let cases = [
            (r#"{"choices":[{"message":{"role":"assistant","content":"Hi you"}}]}"#, "Hi you"),
            (r#"{"content":[{"type":"text","text":"Hi"},{"type":"text","text":"you"}]}"#, "Hi\nyou"),
            (
                "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\ndata: {\"choices\":[{\"delta\":{\"content\":\" you\"}}]}\n\ndata: [DONE]\n\n",
                "Hi you",
            ),
            (
                "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Hi\"}}\n\n",
                "Hi",
            ),
            (
                "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"delta\":\"Hi\"}\n\nevent: response.output_text.done\ndata: {\"type\":\"response.output_text.done\",\"text\":\"Hi\"}\n\n",
                "Hi",
            ),
            ("RIFF....", ""),
        ];
        for (bytes, expected) in cases {
            assert_eq!(answer(bytes.as_bytes()), expected, "{bytes}");
        }
    }

    #[test]
    fn memory_is_bounded_and_given_back() {
        let room = Room::default();
        let piece = Bytes::from(vec![b'x'; LARGEST]);
        let mut all: Vec<Said> = (0..ALL / LARGEST + 3).map(|_| room.open()).collect();
        for said in &mut all {
            said.heard(&piece);
        }
        assert_eq!(all.iter().filter(|said| said.is_cut).count(), 3);
        assert_eq!(room.0.load(Ordering::Relaxed), ALL);
        all[0].heard(&Bytes::from_static(b"x"));
        assert!(all[0].is_cut, "what is too large for one is cut as well");
        drop(all);
        assert_eq!(room.0.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn texts_are_cut_between_characters() {
        let mut text = "ab\u{e9}d".to_owned();
        assert!(cut(&mut text, 3));
        assert_eq!(text, "ab");
        assert!(!cut(&mut text, 2));
    }
}
