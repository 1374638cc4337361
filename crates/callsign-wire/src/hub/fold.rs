//! A stream and a whole answer say the same: events fold into a reply, and a reply unfolds into events.

use super::event::{Delta, Event, Failed, More, Opened, Start};
use super::extras::{Extras, Json};
use super::part::{Part, Piece, Reasoning, Text, ToolCall};
use super::reply::{Choice, Reply};
use super::usage::Usage;
use crate::json::walk::Node;
use crate::json::writer::Writer;

/// A reply under way.
#[derive(Debug)]
pub struct Fold {
    reply: Reply,
    parts: Vec<(u32, Piece)>,
    places: Vec<u32>,
    failed: Option<Failed>,
}

// === impl Fold ===

impl Fold {
    /// The reply that `start` begins.
    pub fn new(start: Start) -> Self {
        let Start { dialect, id, model, created, usage, tier, extras } = start;
        let reply = Reply { dialect, id, model, created, choices: Vec::new(), usage, tier, extras };
        Self { reply, parts: Vec::new(), places: Vec::new(), failed: None }
    }

    /// Adds an event.
    pub fn push(&mut self, event: Event) {
        match event {
            Event::Start(_) | Event::Close { .. } | Event::End => {}
            Event::Open { part, choice, opened, extras } => {
                self.places.push(part);
                self.parts.push((choice, piece(opened, extras)));
            }
            Event::Delta { part, delta } => {
                let at = self.places.iter().rposition(|place| *place == part);
                if let Some((_, piece)) = at.and_then(|at| self.parts.get_mut(at)) {
                    add(&mut piece.part, delta);
                }
            }
            Event::Finish { choice, finish, extras } => {
                if let Some(choice) = self.choice(choice) {
                    choice.finish = finish;
                    choice.extras.append(extras);
                }
            }
            Event::More(More { tier, extras }) => {
                self.reply.tier = tier.or(self.reply.tier.take());
                self.reply.extras.append(extras);
            }
            Event::Usage(usage) => self.reply.usage.get_or_insert_default().update(&usage),
            Event::Logprobs { choice, json } => {
                if let Some(choice) = self.choice(choice) {
                    choice.logprobs = Some(
                        choice.logprobs.take().map_or_else(|| json.clone(), |before| joined(&before, &json)),
                    );
                }
            }
            Event::Failed(failed) => self.failed = Some(failed),
        }
    }

    /// The reply, or what broke it.
    pub fn finish(mut self) -> Result<Reply, Failed> {
        if let Some(failed) = self.failed {
            return Err(failed);
        }
        for (choice, piece) in std::mem::take(&mut self.parts) {
            if let Some(choice) = self.choice(choice) {
                choice.pieces.push(piece);
            }
        }
        Ok(self.reply)
    }

    /// What it took so far.
    pub const fn usage(&self) -> Option<&Usage> {
        self.reply.usage.as_ref()
    }

    /// Choices come up in any order; more than this come of a broken stream alone.
    fn choice(&mut self, index: u32) -> Option<&mut Choice> {
        const MOST: usize = 256;
        let index = usize::try_from(index).ok().filter(|index| *index < MOST)?;
        if self.reply.choices.len() <= index {
            self.reply.choices.resize_with(index + 1, Choice::default);
        }
        self.reply.choices.get_mut(index)
    }
}

/// The events that say what a whole reply says.
pub fn unfold(reply: Reply) -> Vec<Event> {
    let Reply { dialect, id, model, created, choices, usage, tier, extras } = reply;
    let mut events = vec![Event::Start(Start { dialect, id, model, created, usage: None, tier, extras })];
    let mut part = 0;
    for (choice, answer) in (0..).zip(choices) {
        for piece in answer.pieces {
            if let Some((opened, deltas)) = taken_apart(piece.part) {
                events.push(Event::Open { part, choice, opened, extras: piece.extras });
                events.extend(deltas.into_iter().map(|delta| Event::Delta { part, delta }));
                events.push(Event::Close { part });
                part += 1;
            }
        }
        events.extend(answer.logprobs.map(|json| Event::Logprobs { choice, json }));
        events.push(Event::Finish { choice, finish: answer.finish, extras: answer.extras });
    }
    events.extend(usage.map(Event::Usage));
    events.push(Event::End);
    events
}

fn piece(opened: Opened, extras: Extras) -> Piece {
    let part = match opened {
        Opened::Text => Part::Text(Text::default()),
        Opened::Refusal => Part::Refusal(String::new()),
        Opened::Reasoning { form, redacted } => {
            Part::Reasoning(Reasoning { form, redacted, ..Reasoning::default() })
        }
        Opened::ToolCall { id, name, custom, seal } => {
            Part::ToolCall(ToolCall { id, name, arguments: String::new(), custom, seal })
        }
        Opened::Media(media) => Part::Media(media),
        Opened::Opaque(opaque) => Part::Opaque(opaque),
    };
    Piece { part, cache: None, extras }
}

fn add(part: &mut Part, delta: Delta) {
    match (part, delta) {
        (Part::Text(text), Delta::Text(more)) => text.text.push_str(&more),
        (Part::Text(text), Delta::Citation(citation)) => text.citations.push(citation),
        (Part::Refusal(text), Delta::Text(more)) => text.push_str(&more),
        (Part::ToolCall(call), Delta::Arguments(more)) => call.arguments.push_str(&more),
        (Part::ToolCall(call), Delta::Seal(seal)) => call.seal = Some(seal),
        (Part::Reasoning(reasoning), Delta::Seal(seal)) => reasoning.seal = Some(seal),
        (Part::Reasoning(reasoning), Delta::Paragraph) => reasoning.paragraphs.push(String::new()),
        (Part::Reasoning(reasoning), Delta::Text(more)) => match reasoning.paragraphs.last_mut() {
            Some(paragraph) => paragraph.push_str(&more),
            None => reasoning.paragraphs.push(more),
        },
        // The grammar has no other pairs.
        _ => {}
    }
}

/// A part as it is opened and what is then added to it; a tool's result is no part of a reply.
fn taken_apart(part: Part) -> Option<(Opened, Vec<Delta>)> {
    let said = |text: String| if text.is_empty() { Vec::new() } else { vec![Delta::Text(text)] };
    Some(match part {
        Part::Text(text) => {
            let mut deltas = said(text.text);
            deltas.extend(text.citations.into_iter().map(Delta::Citation));
            (Opened::Text, deltas)
        }
        Part::Refusal(text) => (Opened::Refusal, said(text)),
        Part::Media(media) => (Opened::Media(media), Vec::new()),
        Part::ToolCall(ToolCall { id, name, arguments, custom, seal }) => {
            let deltas = if arguments.is_empty() { Vec::new() } else { vec![Delta::Arguments(arguments)] };
            (Opened::ToolCall { id, name, custom, seal }, deltas)
        }
        Part::Reasoning(Reasoning { paragraphs, form, seal, redacted }) => {
            let mut deltas = Vec::new();
            for (index, paragraph) in paragraphs.into_iter().enumerate() {
                deltas.extend((index > 0).then_some(Delta::Paragraph));
                deltas.extend(said(paragraph));
            }
            deltas.extend(seal.map(Delta::Seal));
            (Opened::Reasoning { form, redacted }, deltas)
        }
        Part::Opaque(opaque) => (Opened::Opaque(opaque), Vec::new()),
        Part::ToolResult(_) => return None,
    })
}

/// The log probabilities of two runs of words: the elements of `content` and `refusal`, one after another.
fn joined(before: &Json, after: &Json) -> Json {
    let mut writer = Writer::default();
    writer.object(|writer| {
        for name in ["content", "refusal"] {
            let lists = [before, after].map(|json| json.node().get(name).filter(|list| !list.is_blank()));
            if lists.iter().all(Option::is_none) {
                continue;
            }
            writer.key(name).array(|writer| {
                for element in lists.into_iter().flatten().flat_map(Node::elements) {
                    writer.json(&Json::of(element));
                }
            });
        }
    });
    Json::written(writer.into_bytes())
}
