//! A stream, spoken: one block after another, each with its start, its deltas and its stop, as the SDKs gather them.

use crate::anthropic::entry::{Block as Form, Entry};
use crate::anthropic::{citation, names, proof, reply, usage};
use crate::dialect::Dialect;
use crate::error_body::{ErrorBody, render_event};
use crate::hub::event::{Delta, Event, Failed, More, Opened, Start};
use crate::hub::extras::Extras;
use crate::hub::loss::Losses;
use crate::hub::part::Citation;
use crate::hub::reply::Finish;
use crate::hub::seal::Seal;
use crate::hub::sequence::Sequence;
use crate::hub::usage::Usage;
use crate::hub::wish::Tier;
use crate::json::writer::Writer;
use crate::translate::{Speak, Voice};

/// The member that stands beside the delta of the last event, not in it.
const BESIDE: &str = "context_management";

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
    /// The block that is open, or is to be opened with what it says first.
    block: Block,
    /// How many blocks were begun.
    index: u64,
    calls: bool,
    declines: bool,
    finish: Option<Finish>,
    usage: Option<Usage>,
    /// The tier, where it became known too late for the beginning.
    tier: Option<Tier>,
    /// What is left for the last event, of an answer of this dialect.
    left: Extras,
    /// Parts of further choices, for which this dialect has no place.
    ignored: Vec<u32>,
    over: bool,
}

/// A block.
#[derive(Debug, Default)]
enum Block {
    #[default]
    None,
    /// Words to come: the API refuses blocks without any, so clients should not get them.
    Words,
    Text,
    Thoughts {
        signed: bool,
    },
    /// Thoughts that the provider hides, told when their seal is known.
    Hidden(Option<Seal>),
    Call,
    /// A call whose plain text stands in a string of JSON.
    Plain,
    /// Nothing that a client gets.
    Lost,
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
            declines: false,
            finish: None,
            usage: None,
            tier: None,
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
            Event::Open { opened, extras, .. } => self.open(opened, &extras, out),
            Event::Delta { delta, .. } => self.delta(delta, out),
            Event::Close { .. } => self.close(out),
            Event::Finish { choice, finish, extras } => {
                self.finish = finish;
                self.losses.extras(&format!("choices[{choice}]"), &extras);
            }
            Event::More(more) => self.more(more),
            Event::Usage(usage) => self.usage.get_or_insert_default().update(&usage),
            Event::Logprobs { .. } => self.losses.dropped("logprobs"),
            Event::End => self.end(out),
            Event::Failed(failed) => self.fail(&failed, out),
        }
    }

    fn start(&mut self, start: &Start, out: &mut Vec<u8>) {
        let own = start.dialect == Dialect::Anthropic;
        self.from = Some(start.dialect);
        if !own {
            self.losses.extras("", &start.extras);
        }
        self.usage = start.usage;
        let known = start.usage.unwrap_or(Usage { input: self.voice.input_tokens, ..Usage::default() });
        let model = self.voice.model.as_deref().or(start.model.as_deref()).unwrap_or_default();
        event(out, "message_start", |writer| {
            writer.key("message").object(|writer| {
                writer.key("id").text(&reply::id(start.dialect, start.id.as_deref(), &self.voice));
                writer.key("type").text("message");
                writer.key("role").text("assistant");
                writer.key("model").text(model);
                writer.key("content").array(|_| {});
                writer.key("stop_reason").null();
                writer.key("stop_sequence").null();
                writer.key("usage").object(|writer| {
                    usage::write(writer, &known);
                    usage::write_tier(writer, start.tier.as_ref());
                });
                if own {
                    let kept = start.extras.iter().filter(|(name, _)| *name != "usage");
                    kept.for_each(|(name, json)| writer.key(name).json(json));
                }
            });
        });
        event(out, "ping", |_| {});
    }

    fn open(&mut self, opened: Opened, extras: &Extras, out: &mut Vec<u8>) {
        let own = self.from == Some(Dialect::Anthropic);
        if !own {
            self.losses.extras(&format!("content[{}]", self.index), extras);
        }
        self.block = match opened {
            Opened::Text => Block::Words,
            Opened::Refusal => {
                self.declines = true;
                self.losses.changed(format!("content[{}]", self.index));
                Block::Words
            }
            Opened::Reasoning { redacted: true, .. } => Block::Hidden(None),
            Opened::Reasoning { .. } => {
                self.begin(out, |writer| {
                    writer.key("type").text("thinking");
                    writer.key("thinking").text("");
                    writer.key("signature").text("");
                });
                Block::Thoughts { signed: false }
            }
            Opened::ToolCall { id, name, custom, seal } => {
                self.calls = true;
                if let Some(seal) = seal {
                    self.seal_call(&seal, out);
                }
                self.begin(out, |writer| {
                    writer.key("type").text("tool_use");
                    writer.key("id").text(&names::written(&id));
                    writer.key("name").text(&names::written(&name));
                    writer.key("input").object(|_| {});
                    if own {
                        writer.extras(extras);
                    }
                });
                self.call(custom, out)
            }
            Opened::Opaque(opaque) if opaque.dialect == Dialect::Anthropic => {
                self.whole(&Entry::of(Form::Whole(&opaque.json)), out);
                Block::Lost
            }
            Opened::Opaque(_) | Opened::Media(_) => {
                self.losses.dropped(format!("content[{}]", self.index));
                Block::Lost
            }
        };
    }

    fn call(&self, custom: bool, out: &mut Vec<u8>) -> Block {
        if !custom {
            return Block::Call;
        }
        self.arguments("{\"input\":\"", out);
        Block::Plain
    }

    /// The block that carries the seal of the call behind it.
    fn seal_call(&mut self, seal: &Seal, out: &mut Vec<u8>) {
        self.begin(out, |writer| {
            writer.key("type").text("thinking");
            writer.key("thinking").text("");
            writer.key("signature").text("");
        });
        self.sign(&proof::of_call(seal), out);
        self.stop(out);
    }

    fn delta(&mut self, delta: Delta, out: &mut Vec<u8>) {
        if matches!(&delta, Delta::Text(text) if text.is_empty()) {
            return;
        }
        if matches!(self.block, Block::Words) {
            self.begin(out, |writer| {
                writer.key("type").text("text");
                writer.key("text").text("");
            });
            self.block = Block::Text;
        }
        match (&mut self.block, delta) {
            (Block::Text, Delta::Text(text)) => self.add(out, "text_delta", "text", &text),
            (Block::Text, Delta::Citation(citation)) => self.cite(&citation, out),
            (Block::Thoughts { .. }, Delta::Text(text)) => self.add(out, "thinking_delta", "thinking", &text),
            (Block::Thoughts { .. }, Delta::Paragraph) => self.add(out, "thinking_delta", "thinking", "\n\n"),
            (Block::Thoughts { signed }, Delta::Seal(seal)) => {
                *signed = true;
                self.sign(&proof::of_thoughts(Some(&seal)), out);
            }
            (Block::Hidden(waiting), Delta::Seal(seal)) => *waiting = Some(seal),
            (Block::Call, Delta::Arguments(more)) => self.arguments(&more, out),
            (Block::Plain, Delta::Arguments(more)) => self.arguments(&escaped(&more), out),
            (Block::Call | Block::Plain, Delta::Seal(_)) => {
                self.losses.dropped(format!("content[{}].signature", self.index.saturating_sub(1)));
            }
            // The grammar has no other pairs.
            _ => {}
        }
    }

    fn close(&mut self, out: &mut Vec<u8>) {
        match std::mem::take(&mut self.block) {
            Block::None | Block::Words | Block::Lost => return,
            Block::Hidden(seal) => {
                let data = proof::of_thoughts(seal.as_ref()).into();
                self.whole(&Entry::of(Form::Redacted { data }), out);
                return;
            }
            Block::Thoughts { signed: false } => self.sign(proof::NONE, out),
            Block::Plain => self.arguments("\"}", out),
            Block::Text | Block::Thoughts { .. } | Block::Call => {}
        }
        self.stop(out);
    }

    /// What became known of the whole answer.
    fn more(&mut self, more: More) {
        self.tier = more.tier.or(self.tier.take());
        if self.from == Some(Dialect::Anthropic) {
            self.left.append(more.extras);
        } else {
            self.losses.extras("", &more.extras);
        }
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        self.close(out);
        let finish = Finish::seen(self.finish.take(), self.calls);
        let finish = finish.declined(self.declines);
        let losses = &mut self.losses;
        let (usage, tier) = (self.usage, self.tier.as_ref());
        let left = &self.left;
        event(out, "message_delta", |writer| {
            writer.key("delta").object(|writer| {
                reply::write_finish(writer, &finish, losses);
                left.iter()
                    .filter(|(name, _)| *name != BESIDE)
                    .for_each(|(name, json)| writer.key(name).json(json));
            });
            writer.key("usage").object(|writer| {
                match &usage {
                    Some(usage) => usage::write(writer, usage),
                    None => writer.key("output_tokens").count(0),
                }
                usage::write_tier(writer, tier);
            });
            writer.json_member(BESIDE, left.get(BESIDE));
        });
        event(out, "message_stop", |_| {});
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
        out.extend_from_slice(&render_event(Dialect::Anthropic, &error));
        self.over = true;
    }

    fn begin(&mut self, out: &mut Vec<u8>, fill: impl FnOnce(&mut Writer)) {
        event(out, "content_block_start", |writer| {
            writer.key("index").count(self.index);
            writer.key("content_block").object(fill);
        });
        self.index = self.index.saturating_add(1);
    }

    fn stop(&self, out: &mut Vec<u8>) {
        event(out, "content_block_stop", |writer| writer.key("index").count(self.current()));
    }

    /// A block that needs no deltas.
    fn whole(&mut self, entry: &Entry<'_>, out: &mut Vec<u8>) {
        event(out, "content_block_start", |writer| {
            writer.key("index").count(self.index);
            writer.key("content_block");
            entry.write(writer);
        });
        self.index = self.index.saturating_add(1);
        self.stop(out);
    }

    const fn current(&self) -> u64 {
        self.index.saturating_sub(1)
    }

    fn arguments(&self, text: &str, out: &mut Vec<u8>) {
        self.add(out, "input_json_delta", "partial_json", text);
    }

    fn sign(&self, signature: &str, out: &mut Vec<u8>) {
        self.add(out, "signature_delta", "signature", signature);
    }

    fn add(&self, out: &mut Vec<u8>, kind: &str, key: &str, text: &str) {
        event(out, "content_block_delta", |writer| {
            writer.key("index").count(self.current());
            writer.key("delta").object(|writer| {
                writer.key("type").text(kind);
                writer.key(key).text(text);
            });
        });
    }

    fn cite(&mut self, citation: &Citation, out: &mut Vec<u8>) {
        if !citation::can_be_told(citation) {
            self.losses.dropped(format!("content[{}].annotations", self.current()));
            return;
        }
        event(out, "content_block_delta", |writer| {
            writer.key("index").count(self.current());
            writer.key("delta").object(|writer| {
                writer.key("type").text("citations_delta");
                writer.key("citation");
                citation::write(writer, citation);
            });
        });
    }
}

/// Adds one event.
fn event(out: &mut Vec<u8>, name: &str, fill: impl FnOnce(&mut Writer)) {
    out.extend_from_slice(b"event: ");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\ndata: ");
    let mut writer = Writer::behind(std::mem::take(out));
    writer.object(|writer| {
        writer.key("type").text(name);
        fill(writer);
    });
    *out = writer.into_bytes();
    out.extend_from_slice(b"\n\n");
}

/// `text` as it stands between the quotes of a JSON string.
fn escaped(text: &str) -> String {
    let mut writer = Writer::default();
    writer.text(text);
    let quoted = String::from_utf8(writer.into_bytes()).unwrap_or_default();
    let inside = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    inside.unwrap_or_default().to_owned()
}
