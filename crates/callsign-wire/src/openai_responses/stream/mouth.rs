//! Speaks a stream: items one after another, each with the events that the SDKs put it together from.

use super::envelope::{Envelope, State, code, last_event};
use super::lines::{Lines, Out};
use super::parts::Parts;
use crate::dialect::Dialect;
use crate::hub::event::{Event, Failed, More, Start};
use crate::hub::extras::Json;
use crate::hub::loss::Losses;
use crate::hub::reply::Finish;
use crate::hub::sequence::Sequence;
use crate::hub::usage::Usage;
use crate::json::walk::Node;
use crate::json::writer::Writer;
use crate::translate::{Speak, Voice};

/// Speaks a stream.
#[derive(Debug)]
pub(crate) struct Mouth {
    voice: Voice,
    sequence: Sequence,
    told: Told,
    /// Parts of choices that this dialect has no place for.
    unsaid: Vec<u32>,
    losses: Losses,
}

/// What was told so far.
#[derive(Debug)]
struct Told {
    lines: Lines,
    envelope: Option<Envelope>,
    parts: Parts,
    finish: Option<Finish>,
    usage: Option<Usage>,
}

// === impl Mouth ===

impl Mouth {
    /// One who speaks with this voice.
    pub(crate) fn new(voice: Voice) -> Self {
        let parts = Parts::new(&voice.id, custom_names(voice.request.as_ref()));
        let told = Told { lines: Lines::default(), envelope: None, parts, finish: None, usage: None };
        Self { voice, sequence: Sequence::default(), told, unsaid: Vec::new(), losses: Losses::default() }
    }

    /// The whole answer, once all of it was said.
    pub(crate) fn whole(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        if let Some(envelope) = &self.told.envelope {
            let finish = self.told.finish();
            let said = (self.told.parts.items(), self.told.usage.as_ref());
            envelope.write(&mut writer, State::Over(&finish), said);
        }
        writer.into_bytes()
    }

    /// Whether an event belongs to one of several answers, of which this dialect has but one.
    fn is_unsaid(&mut self, event: &Event) -> bool {
        let (choice, part) = match event {
            Event::Open { choice, part, .. } => (*choice, Some(*part)),
            Event::Finish { choice, .. } | Event::Logprobs { choice, .. } => (*choice, None),
            Event::Delta { part, .. } | Event::Close { part } => return self.unsaid.contains(part),
            _ => return false,
        };
        if choice > 0 {
            self.unsaid.extend(part);
            self.losses.dropped(format!("choices[{choice}]"));
        }
        choice > 0
    }
}

impl Speak for Mouth {
    fn say(&mut self, event: Event, out: &mut Vec<u8>) {
        if self.is_unsaid(&event) {
            return;
        }
        let Self { voice, sequence, told, losses, .. } = self;
        sequence.push(event, |event| told.tell(event, voice, (out, losses)));
    }

    fn losses(&self) -> &Losses {
        &self.losses
    }
}

// === impl Told ===

impl Told {
    fn tell(&mut self, event: Event, voice: &Voice, (bytes, losses): (&mut Vec<u8>, &mut Losses)) {
        match event {
            Event::Start(start) => self.start(start, voice, (bytes, losses)),
            Event::Usage(usage) => self.usage.get_or_insert_default().update(&usage),
            Event::More(more) => self.more(&more, losses),
            Event::End => self.end(bytes, losses),
            Event::Failed(failed) => self.fail(&failed, voice, bytes),
            of_part => self.tell_part(of_part, bytes, losses),
        }
    }

    fn tell_part(&mut self, event: Event, bytes: &mut Vec<u8>, losses: &mut Losses) {
        let mut out = Out { lines: &mut self.lines, bytes };
        match event {
            Event::Open { part, opened, extras, .. } => {
                self.parts.open(part, (opened, extras), (&mut out, losses));
            }
            Event::Delta { delta, .. } => self.parts.add(delta, (&mut out, losses)),
            Event::Close { .. } => self.parts.close(&mut out),
            Event::Logprobs { json, .. } => self.parts.logprobs(&json, losses),
            Event::Finish { choice, finish, extras } => {
                losses.extras(&format!("choices[{choice}]"), &extras);
                let finish = Finish::seen(finish, self.parts.called());
                if finish == Finish::Paused {
                    losses.changed("stop_reason");
                }
                let whole = last_event(&finish) == "response.completed";
                self.parts.end(if whole { "completed" } else { "incomplete" }, (&mut out, losses));
                self.finish = Some(finish);
            }
            Event::Start(_) | Event::Usage(_) | Event::More(_) | Event::End | Event::Failed(_) => {}
        }
    }

    /// What becomes known of the whole answer stands in its last event.
    fn more(&mut self, more: &More, losses: &mut Losses) {
        losses.extras("", &more.extras);
        if let Some(envelope) = &mut self.envelope {
            envelope.retell(more.tier.as_ref());
        }
    }

    fn start(&mut self, start: Start, voice: &Voice, (bytes, losses): (&mut Vec<u8>, &mut Losses)) {
        if start.dialect != Dialect::OpenAiResponses {
            losses.extras("", &start.extras);
        }
        self.usage = start.usage;
        self.parts.begin(start.dialect);
        let envelope = self.envelope.insert(Envelope::new(start, voice));
        let mut out = Out { lines: &mut self.lines, bytes };
        for kind in ["response.created", "response.in_progress"] {
            out.event(kind, |writer| {
                envelope.write(writer.key("response"), State::InProgress, (&[], None));
            });
        }
    }

    fn finish(&self) -> Finish {
        self.finish.clone().unwrap_or_else(|| Finish::seen(None, self.parts.called()))
    }

    fn end(&mut self, bytes: &mut Vec<u8>, losses: &mut Losses) {
        let finish = self.finish();
        let mut out = Out { lines: &mut self.lines, bytes };
        self.parts.end("completed", (&mut out, losses));
        if let Some(envelope) = &self.envelope {
            let said = (self.parts.items(), self.usage.as_ref());
            out.event(last_event(&finish), |writer| {
                envelope.write(writer.key("response"), State::Over(&finish), said);
            });
        }
    }

    /// The service sends both events: SDKs raise the first, agents read the second.
    fn fail(&mut self, failed: &Failed, voice: &Voice, bytes: &mut Vec<u8>) {
        let start = || Envelope::new(Start::new(Dialect::OpenAiChat), voice);
        let envelope = self.envelope.get_or_insert_with(start);
        let mut out = Out { lines: &mut self.lines, bytes };
        let kind = failed.kind.name(Dialect::OpenAiResponses);
        out.event("error", |writer| {
            writer.key("code").text(code(failed));
            writer.key("message").text(&failed.message);
            writer.key("param").null();
            writer.key("error").object(|writer| {
                writer.key("type").text(kind);
                writer.key("code").text(code(failed));
                writer.key("message").text(&failed.message);
                writer.key("param").null();
            });
        });
        let said = (self.parts.items(), self.usage.as_ref());
        out.event("response.failed", |writer| {
            envelope.write(writer.key("response"), State::Failed(failed), said);
        });
    }
}

/// The names of the custom tools in a client's request.
fn custom_names(request: Option<&Json>) -> Vec<String> {
    let tools = request.and_then(|request| request.node().get("tools")).into_iter().flat_map(Node::elements);
    let custom = tools.filter(|tool| tool.get("type").is_some_and(|kind| kind.says("custom")));
    custom.filter_map(|tool| Some(tool.get("name")?.text()?.into_owned())).collect()
}
