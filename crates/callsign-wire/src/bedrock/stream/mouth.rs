//! A stream, spoken: one block after another, each with its start where it has one, its deltas and its stop.

use crate::anthropic::names;
use crate::bedrock::carry::{Audience, Carrier, Speaker, hidden};
use crate::bedrock::entry::{Block as Form, Entry};
use crate::bedrock::media::Place;
use crate::bedrock::{citation, reply, usage};
use crate::dialect::Dialect;
use crate::error_body::{ErrorBody, render_event};
use crate::frame::aws;
use crate::hub::event::{Delta, Event, Failed, Opened, Start};
use crate::hub::extras::Extras;
use crate::hub::loss::Losses;
use crate::hub::part::{MediaKind, Opaque, Part, Piece};
use crate::hub::reply::Finish;
use crate::hub::seal::{Maker, Seal};
use crate::hub::sequence::Sequence;
use crate::hub::usage::Usage;
use crate::json::object::Object;
use crate::json::writer::Writer;
use crate::translate::{Speak, Voice};

/// Speaks a stream.
#[derive(Debug)]
pub(crate) struct Mouth {
    sequence: Sequence,
    said: Said,
}

/// What was said so far, and what is not said yet.
#[derive(Debug)]
struct Said {
    voice: Voice,
    losses: Losses,
    from: Option<Dialect>,
    block: Block,
    /// The number of the current block, or of the next one.
    index: u64,
    calls: bool,
    finish: Option<Finish>,
    usage: Option<Usage>,
    /// What is left for the last events, of an answer of this dialect.
    left: Extras,
    /// Parts of further choices, for which this dialect has no place.
    ignored: Vec<u32>,
    over: bool,
}

/// The block that is open.
#[derive(Debug, Default)]
enum Block {
    /// None, or one that this dialect has no place for.
    #[default]
    None,
    /// Words, and whether there were any: a block without deltas would be none.
    Text {
        begun: bool,
    },
    /// The same of thoughts.
    Thoughts {
        begun: bool,
    },
    /// Thoughts that the provider hides, told when their seal is known.
    Hidden(Option<Seal>),
    Call,
    /// A call whose plain text stands in a string of JSON.
    Plain,
}

// === impl Mouth ===

impl Mouth {
    /// One who speaks with this voice.
    pub(crate) fn new(voice: Voice) -> Self {
        let said = Said {
            voice,
            losses: Losses::default(),
            from: None,
            block: Block::None,
            index: 0,
            calls: false,
            finish: None,
            usage: None,
            left: Extras::default(),
            ignored: Vec::new(),
            over: false,
        };
        Self { sequence: Sequence::default(), said }
    }
}

impl Speak for Mouth {
    fn say(&mut self, event: Event, out: &mut Vec<u8>) {
        if self.said.is_ignored(&event) {
            return;
        }
        let said = &mut self.said;
        self.sequence.push(event, |event| said.say(event, out));
    }

    fn losses(&self) -> &Losses {
        &self.said.losses
    }
}

// === impl Said ===

impl Said {
    /// Whether an event belongs to another choice than the first.
    fn is_ignored(&mut self, event: &Event) -> bool {
        match event {
            Event::Open { part, choice, .. } if *choice > 0 => {
                self.losses.dropped(format!("choices[{choice}]"));
                self.ignored.push(*part);
                true
            }
            Event::Delta { part, .. } | Event::Close { part } => self.ignored.contains(part),
            Event::Finish { choice, .. } => *choice > 0,
            _ => false,
        }
    }

    fn say(&mut self, event: Event, out: &mut Vec<u8>) {
        if self.over {
            return;
        }
        match event {
            Event::Start(start) => self.start(&start, out),
            Event::Open { opened, extras, .. } => self.open(opened, extras, out),
            Event::Delta { delta, .. } => self.delta(delta, out),
            Event::Close { .. } => self.close(out),
            Event::Finish { choice, finish, extras } => {
                self.finish = finish;
                self.losses.extras(&format!("choices[{choice}]"), &extras);
            }
            Event::More(more) => self.more(more.extras),
            Event::Usage(usage) => self.usage.get_or_insert_default().update(&usage),
            Event::Logprobs { .. } => self.losses.dropped("logprobs"),
            Event::End => self.end(out),
            Event::Failed(failed) => self.fail(&failed, out),
        }
    }

    fn start(&mut self, start: &Start, out: &mut Vec<u8>) {
        self.from = Some(start.dialect);
        self.usage = start.usage;
        self.more(start.extras.clone());
        event(out, "messageStart", |writer| writer.key("role").text("assistant"));
    }

    fn open(&mut self, opened: Opened, extras: Extras, out: &mut Vec<u8>) {
        self.block = match opened {
            Opened::Text => Block::Text { begun: false },
            Opened::Refusal => {
                self.losses.changed(format!("content[{}]", self.index));
                Block::Text { begun: false }
            }
            Opened::Reasoning { redacted: true, .. } => Block::Hidden(None),
            Opened::Reasoning { .. } => Block::Thoughts { begun: false },
            Opened::ToolCall { id, name, custom, seal } => {
                if seal.is_some() {
                    self.losses.dropped(format!("content[{}].signature", self.index));
                }
                self.call((&id, &name), custom, out)
            }
            Opened::Media(media) => {
                self.media(&Piece { extras, ..Piece::of(Part::Media(media)) }, out);
                return;
            }
            Opened::Opaque(opaque) => {
                self.opaque(&opaque, out);
                Block::None
            }
        };
        if self.from != Some(Dialect::Bedrock) {
            self.losses.extras(&format!("content[{}]", self.index), &extras);
        }
    }

    fn call(&mut self, (id, name): (&str, &str), custom: bool, out: &mut Vec<u8>) -> Block {
        self.calls = true;
        self.begin(out, |writer| {
            writer.key("toolUse").object(|writer| {
                writer.key("toolUseId").text(id);
                writer.key("name").text(&names::written(name));
            });
        });
        if !custom {
            return Block::Call;
        }
        self.arguments("{\"input\":\"", out);
        Block::Plain
    }

    /// A picture comes in a piece; other media have no place in a stream.
    fn media(&mut self, piece: &Piece, out: &mut Vec<u8>) {
        let path = format!("content[{}]", self.index);
        let from = self.from.unwrap_or(Dialect::Bedrock);
        let mut carrier = Carrier::new(Audience::Client, from, &mut self.losses);
        let entry = carrier.entry(piece, Speaker::Assistant, &path);
        let Some(Entry { block: Form::Medium(medium), .. }) = entry else { return };
        let (MediaKind::Image, Place::Bytes(data)) = (medium.kind, &medium.place) else {
            self.losses.dropped(path);
            return;
        };
        self.begin(out, |writer| {
            let format = medium.format.as_deref();
            writer.key("image").object(|writer| writer.text_member("format", format));
        });
        self.add(out, |writer| {
            writer.key("image").object(|writer| {
                writer.key("source").object(|writer| writer.key("bytes").text(data));
            });
        });
        self.stop(out);
    }

    /// What the provider's own tools are asked and answer.
    fn opaque(&mut self, opaque: &Opaque, out: &mut Vec<u8>) {
        let inside = opaque.json.node().get(&opaque.kind);
        let streamed = matches!(opaque.kind.as_str(), "toolUse" | "toolResult");
        let Some(inside) = inside.filter(|_| streamed && opaque.dialect == Dialect::Bedrock) else {
            self.losses.dropped(format!("content[{}]", self.index));
            return;
        };
        let members = Object::of(inside).map(Object::rest).unwrap_or_default();
        self.begin(out, |writer| {
            writer.key(&opaque.kind).object(|writer| {
                for (name, json) in members.iter().filter(|(name, _)| !matches!(*name, "input" | "content")) {
                    writer.key(name).json(json);
                }
            });
        });
        if let Some(input) = members.get("input") {
            self.arguments(input.as_str(), out);
        }
        if let Some(content) = members.get("content").filter(|content| !content.node().is_blank()) {
            self.add(out, |writer| writer.key("toolResult").json(content));
        }
        self.stop(out);
    }

    fn delta(&mut self, delta: Delta, out: &mut Vec<u8>) {
        match (&mut self.block, delta) {
            (Block::Text { begun }, Delta::Text(text)) => {
                *begun = true;
                self.words(&text, out);
            }
            (Block::Text { begun }, Delta::Citation(citation)) => {
                if !citation::can_be_told(&citation) {
                    self.losses.dropped(format!("content[{}].annotations", self.index));
                    return;
                }
                *begun = true;
                self.add(out, |writer| citation::write(writer.key("citation"), &citation));
            }
            (Block::Thoughts { begun }, Delta::Text(text)) => {
                *begun = true;
                self.thought("text", &text, out);
            }
            (Block::Thoughts { .. }, Delta::Paragraph) => self.thought("text", "\n\n", out),
            (Block::Thoughts { begun }, Delta::Seal(seal)) => {
                *begun = true;
                self.thought("signature", &seal.packed(Some(Maker::Anthropic)), out);
            }
            (Block::Hidden(waiting), Delta::Seal(seal)) => *waiting = Some(seal),
            (Block::Call, Delta::Arguments(more)) => self.arguments(&more, out),
            (Block::Plain, Delta::Arguments(more)) => self.arguments(&escaped(&more), out),
            (Block::Call | Block::Plain, Delta::Seal(_)) => {
                self.losses.dropped(format!("content[{}].signature", self.index));
            }
            // The grammar has no other pairs.
            _ => {}
        }
    }

    fn close(&mut self, out: &mut Vec<u8>) {
        match std::mem::take(&mut self.block) {
            Block::None => return,
            Block::Text { begun: false } => self.words("", out),
            Block::Thoughts { begun: false } => self.thought("text", "", out),
            Block::Hidden(seal) => {
                let Some(data) = seal.as_ref().and_then(hidden) else {
                    self.losses.dropped(format!("content[{}]", self.index));
                    return;
                };
                self.thought("redactedContent", &data, out);
            }
            Block::Plain => self.arguments("\"}", out),
            Block::Text { .. } | Block::Thoughts { .. } | Block::Call => {}
        }
        self.stop(out);
    }

    /// What only one dialect knows of the answer.
    fn more(&mut self, extras: Extras) {
        if self.from == Some(Dialect::Bedrock) {
            self.left.append(extras);
        } else {
            self.losses.extras("", &extras);
        }
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        self.close(out);
        let finish = Finish::seen(self.finish.take(), self.calls);
        let reason = reply::reason(&finish, self.left.notes(reply::GUARDRAIL), &mut self.losses);
        let met = reply::met(&finish);
        let fields = self.left.get(reply::FIELDS).or(met.as_ref());
        event(out, "messageStop", |writer| {
            writer.key("stopReason").text(reason);
            writer.json_member(reply::FIELDS, fields);
        });
        let usage = reply::known(self.usage, &self.voice);
        event(out, "metadata", |writer| {
            writer.key("usage").object(|writer| usage::write(writer, &usage));
            if self.left.get(reply::METRICS).is_none() {
                reply::write_latency(writer);
            }
            for (name, json) in self.left.iter().filter(|(name, _)| ![reply::FIELDS, "usage"].contains(name))
            {
                writer.key(name).json(json);
            }
        });
        self.over = true;
    }

    fn fail(&mut self, failed: &Failed, out: &mut Vec<u8>) {
        let error = ErrorBody {
            status: 500,
            kind: failed.kind,
            code: &failed.code,
            message: &failed.message,
            param: None,
            request_id: "",
            attempts: &[],
        };
        out.extend_from_slice(&render_event(Dialect::Bedrock, &error));
        self.over = true;
    }

    fn begin(&self, out: &mut Vec<u8>, fill: impl FnOnce(&mut Writer)) {
        event(out, "contentBlockStart", |writer| {
            writer.key("start").object(fill);
            writer.key("contentBlockIndex").count(self.index);
        });
    }

    fn add(&self, out: &mut Vec<u8>, fill: impl FnOnce(&mut Writer)) {
        event(out, "contentBlockDelta", |writer| {
            writer.key("delta").object(fill);
            writer.key("contentBlockIndex").count(self.index);
        });
    }

    fn stop(&mut self, out: &mut Vec<u8>) {
        event(out, "contentBlockStop", |writer| writer.key("contentBlockIndex").count(self.index));
        self.index = self.index.saturating_add(1);
    }

    fn words(&self, text: &str, out: &mut Vec<u8>) {
        self.add(out, |writer| writer.key("text").text(text));
    }

    fn thought(&self, key: &str, text: &str, out: &mut Vec<u8>) {
        self.add(out, |writer| {
            writer.key("reasoningContent").object(|writer| writer.key(key).text(text));
        });
    }

    fn arguments(&self, text: &str, out: &mut Vec<u8>) {
        self.add(out, |writer| {
            writer.key("toolUse").object(|writer| writer.key("input").text(text));
        });
    }
}

/// Adds one event.
fn event(out: &mut Vec<u8>, name: &str, fill: impl FnOnce(&mut Writer)) {
    let mut writer = Writer::with_capacity(128);
    writer.object(fill);
    out.extend_from_slice(&aws::event(name, &writer.into_bytes()));
}

/// `text` as it stands between the quotes of a JSON string.
fn escaped(text: &str) -> String {
    let mut writer = Writer::default();
    writer.text(text);
    let quoted = String::from_utf8(writer.into_bytes()).unwrap_or_default();
    let inside = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    inside.unwrap_or_default().to_owned()
}
