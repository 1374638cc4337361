//! What was heard of one item of an answer, so that what its last event repeats is not said twice, and what it alone says
//! is not missed.

use crate::hub::event::{Delta, Event, Opened};
use crate::hub::extras::{Extras, Json};
use crate::hub::part::{Part, Piece, ReasoningForm};
use crate::json::walk::Node;
use crate::openai_responses::item::keep_head;
use crate::openai_responses::reply::joined;

/// An item while it is heard.
#[derive(Debug, Default)]
pub(super) struct Track {
    /// Its `output_index`.
    pub(super) index: u64,
    /// The members of a message, for its first part.
    pub(super) head: Option<Json>,
    /// Its parts, in order of their opening.
    parts: Vec<Heard>,
    settled: bool,
}

/// One part while it is heard.
#[derive(Debug)]
struct Heard {
    /// Its place in the item's `content`.
    index: u64,
    /// Its number among all.
    part: u32,
    /// Whether anything was said.
    said: bool,
    cited: usize,
    proved: bool,
    closed: bool,
    /// The paragraph that was heard last.
    paragraph: Option<u64>,
}

/// Where events go, and how many parts were opened.
pub(super) struct Sink<'a> {
    pub(super) next: &'a mut u32,
    pub(super) heard: &'a mut Vec<Event>,
}

// === impl Sink ===

impl Sink<'_> {
    fn open(&mut self, opened: Opened, extras: Extras) -> u32 {
        let part = *self.next;
        *self.next += 1;
        self.heard.push(Event::Open { part, choice: 0, opened, extras });
        part
    }

    fn delta(&mut self, part: u32, delta: Delta) {
        self.heard.push(Event::Delta { part, delta });
    }
}

// === impl Track ===

impl Track {
    /// An item of which nothing was heard yet.
    pub(super) fn new(index: u64) -> Self {
        Self { index, ..Self::default() }
    }

    /// Opens a part, or finds it open.
    pub(super) fn open(
        &mut self,
        index: u64,
        opened: impl FnOnce() -> (Opened, Extras),
        sink: &mut Sink<'_>,
    ) {
        if self.parts.iter().any(|heard| heard.index == index) {
            return;
        }
        let (opened, mut extras) = opened();
        if let Some(head) = self.head.take() {
            keep_head(&mut extras, head);
        }
        let part = sink.open(opened, extras);
        let (said, proved, closed) = (false, false, false);
        self.parts.push(Heard { index, part, said, cited: 0, proved, closed, paragraph: None });
    }

    /// Words or arguments of a part that is open.
    pub(super) fn add(&mut self, index: u64, delta: Delta, sink: &mut Sink<'_>) {
        let Some(heard) = self.parts.iter_mut().find(|heard| heard.index == index && !heard.closed) else {
            return;
        };
        match &delta {
            Delta::Text(text) | Delta::Arguments(text) if text.is_empty() => return,
            Delta::Citation(_) => heard.cited += 1,
            _ => heard.said = true,
        }
        sink.delta(heard.part, delta);
    }

    /// Log probabilities of words.
    pub(super) fn prove(&mut self, index: u64, logprobs: Option<Node<'_>>, sink: &mut Sink<'_>) {
        let Some(json) = joined(logprobs.into_iter()) else { return };
        if let Some(heard) = self.parts.iter_mut().find(|heard| heard.index == index) {
            heard.proved = true;
            sink.heard.push(Event::Logprobs { choice: 0, json });
        }
    }

    /// The same, where an event repeats all of them.
    pub(super) fn prove_once(&mut self, index: u64, logprobs: Option<Node<'_>>, sink: &mut Sink<'_>) {
        let proved = self.parts.iter().any(|heard| heard.index == index && heard.proved);
        self.prove(index, logprobs.filter(|_| !proved), sink);
    }

    /// Words of a paragraph of thoughts.
    pub(super) fn think(
        &mut self,
        (form, paragraph): (ReasoningForm, u64),
        text: String,
        sink: &mut Sink<'_>,
    ) {
        if text.is_empty() {
            return;
        }
        self.open(0, || (Opened::Reasoning { form, redacted: false }, Extras::default()), sink);
        let Some(heard) = self.parts.first_mut().filter(|heard| !heard.closed) else { return };
        if heard.paragraph.replace(paragraph).is_some_and(|before| before != paragraph) {
            sink.delta(heard.part, Delta::Paragraph);
        }
        heard.said = true;
        sink.delta(heard.part, Delta::Text(text));
    }

    /// One of the parts is whole.
    pub(super) fn settle_part(&mut self, index: u64, piece: Piece, sink: &mut Sink<'_>) {
        let (opened, deltas) = apart(piece.part);
        self.open(index, || (opened, piece.extras), sink);
        let Some(heard) = self.parts.iter_mut().find(|heard| heard.index == index && !heard.closed) else {
            return;
        };
        let mut cited = 0;
        for delta in deltas {
            let is_new = match &delta {
                Delta::Citation(_) => {
                    cited += 1;
                    cited > heard.cited
                }
                Delta::Seal(_) => true,
                _ => !heard.said,
            };
            if is_new {
                sink.delta(heard.part, delta);
            }
        }
        heard.closed = true;
        sink.heard.push(Event::Close { part: heard.part });
    }

    /// The item is whole, and `node` all of it.
    pub(super) fn settle(&mut self, pieces: Vec<Piece>, node: Node<'_>, sink: &mut Sink<'_>) {
        if std::mem::replace(&mut self.settled, true) {
            return;
        }
        for (index, mut piece) in (0..).zip(pieces) {
            let is_open = self.parts.iter().any(|heard| heard.index == index);
            if !is_open && self.head.is_some() {
                // The item's last event knows its members, too.
                self.head = None;
            }
            piece.extras = if is_open { Extras::default() } else { piece.extras };
            self.settle_part(index, piece, sink);
        }
        for (index, part) in (0..).zip(node.get("content").into_iter().flat_map(Node::elements)) {
            self.prove_once(index, part.get("logprobs"), sink);
        }
        self.close(sink);
    }

    /// Nothing more is heard of it.
    pub(super) fn close(&mut self, sink: &mut Sink<'_>) {
        for heard in self.parts.iter_mut().filter(|heard| !heard.closed) {
            heard.closed = true;
            sink.heard.push(Event::Close { part: heard.part });
        }
    }
}

/// A part as it is opened, and what is then added to it.
fn apart(part: Part) -> (Opened, Vec<Delta>) {
    match part {
        Part::Text(text) => {
            let words = said(text.text).map(Delta::Text);
            (Opened::Text, words.into_iter().chain(text.citations.into_iter().map(Delta::Citation)).collect())
        }
        Part::Refusal(text) => (Opened::Refusal, said(text).map(Delta::Text).into_iter().collect()),
        Part::Media(media) => (Opened::Media(media), Vec::new()),
        Part::Opaque(opaque) => (Opened::Opaque(opaque), Vec::new()),
        Part::ToolCall(call) => {
            let deltas = said(call.arguments).map(Delta::Arguments).into_iter().collect();
            (Opened::ToolCall { id: call.id, name: call.name, custom: call.custom, seal: None }, deltas)
        }
        Part::Reasoning(thoughts) => {
            let mut deltas = Vec::new();
            for (index, paragraph) in thoughts.paragraphs.into_iter().enumerate() {
                deltas.extend((index > 0).then_some(Delta::Paragraph));
                deltas.push(Delta::Text(paragraph));
            }
            deltas.extend(thoughts.seal.map(Delta::Seal));
            (Opened::Reasoning { form: thoughts.form, redacted: false }, deltas)
        }
        // No item of a reply is one: see `item::of_reply`.
        Part::ToolResult(_) => (Opened::Text, Vec::new()),
    }
}

fn said(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}
