//! Speaks a stream.

use std::borrow::Cow;

use crate::dialect::Dialect;
use crate::error_body::{self, ErrorBody, ErrorKind};
use crate::gemini::entry::{Args, Body, Entry};
use crate::gemini::grounding::{self, Cited};
use crate::gemini::reply::{PARAGRAPH, write_finish};
use crate::gemini::{logprobs, outcome, proof, proto};
use crate::hub::event::{Delta, Event, Failed, Opened, Start};
use crate::hub::extras::Extras;
use crate::hub::loss::Losses;
use crate::hub::part::{Citation, ToolCall};
use crate::hub::reply::Finish;
use crate::hub::seal::{Maker, Seal};
use crate::hub::sequence::Sequence;
use crate::hub::usage::Usage;
use crate::json::writer::Writer;
use crate::translate::{Speak, Voice};

/// What a whole answer keeps of a candidate beside what is said of it anyway.
const TAKEN: [&str; 6] =
    [".finishReason", ".content", ".logprobsResult", ".index", ".groundingMetadata", ".citationMetadata"];

/// Speaks a stream.
#[derive(Debug)]
pub(crate) struct Mouth {
    losses: Losses,
    envelope: Envelope,
    usage: Option<Usage>,
    /// What is left for the last event, of an answer of this dialect.
    left: Extras,
    /// The choice of each part.
    owners: Vec<u32>,
    choices: Vec<Choice>,
}

/// What every event repeats.
#[derive(Debug)]
struct Envelope {
    id: String,
    model: Option<String>,
    /// What only this dialect knows of the whole answer, for the first event.
    extras: Extras,
    own: bool,
    renamed: bool,
}

/// One of the answers.
#[derive(Debug, Default)]
struct Choice {
    index: u32,
    sequence: Sequence,
    current: Current,
    run: Run,
    /// How many parts there are, words that follow each other being one.
    parts: usize,
    called: bool,
    declines: bool,
    finish: Option<Finish>,
    /// Calls whose arguments are no JSON.
    broken: Vec<ToolCall>,
}

/// The part that is spoken.
#[derive(Debug, Default)]
enum Current {
    #[default]
    Nothing,
    Words {
        text: String,
        citations: Vec<Citation>,
        offset: usize,
    },
    Thoughts {
        said: bool,
        pause: bool,
        redacted: bool,
        seal: Option<Seal>,
    },
    Call(ToolCall),
}

/// What the last part was, for words that follow each other are one part.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Run {
    #[default]
    Over,
    /// So many bytes of text.
    Words(usize),
    Thoughts,
}

// === impl Mouth ===

impl Mouth {
    /// One who speaks with this voice.
    pub(crate) fn new(voice: Voice) -> Self {
        let Voice { id, model, .. } = voice;
        let renamed = model.is_some();
        let envelope = Envelope { id, model, extras: Extras::default(), own: false, renamed };
        Self {
            losses: Losses::default(),
            envelope,
            usage: None,
            left: Extras::default(),
            owners: Vec::new(),
            choices: Vec::new(),
        }
    }

    fn begin(&mut self, start: Start) {
        let Start { dialect, id, model, usage, extras, .. } = start;
        self.envelope.own = dialect == Dialect::Gemini;
        if let Some(id) = id.filter(|id| !id.is_empty()) {
            self.envelope.id = id;
        }
        if !self.envelope.renamed {
            self.envelope.model = model;
        }
        self.usage = usage;
        if self.envelope.own {
            let late = |name: &str| name.starts_with("candidates[");
            let kept = extras.iter().filter(|(name, _)| *name != "usageMetadata" && !late(name));
            self.envelope.extras = Extras::of(kept.map(|(name, json)| (name.to_owned(), json.clone())));
            let kept = extras
                .iter()
                .filter(|(name, _)| late(name) && !TAKEN.iter().any(|taken| name.ends_with(taken)));
            self.left = Extras::of(kept.map(|(name, json)| (name.to_owned(), json.clone())));
        } else {
            self.losses.extras("", &extras);
        }
    }

    /// Speaks of a part when its turn has come in its choice.
    fn part(&mut self, part: u32, event: Event, out: &mut Vec<u8>) {
        if let Event::Open { choice, .. } = &event {
            // Parts are numbered in the order in which they are opened.
            self.owners.push(*choice);
        }
        let owner = usize::try_from(part).ok().and_then(|part| self.owners.get(part).copied());
        let at = self.choice(owner.unwrap_or_default());
        let Some(choice) = self.choices.get_mut(at) else { return };
        let mut due = Vec::new();
        choice.sequence.push(event, |event| due.push(event));
        let mut told = Teller { choice, envelope: &mut self.envelope, losses: &mut self.losses, out };
        for event in due {
            told.tell(event);
        }
    }

    fn choice(&mut self, index: u32) -> usize {
        let found = self.choices.iter().position(|choice| choice.index == index);
        found.unwrap_or_else(|| {
            self.choices.push(Choice { index, ..Choice::default() });
            self.choices.len() - 1
        })
    }

    /// The last event: why each of the answers ends, and what they took.
    fn end(&mut self, out: &mut Vec<u8>) {
        let (choices, usage, losses) = (&self.choices, &self.usage, &mut self.losses);
        let left = &self.left;
        self.envelope.event(out, |writer| {
            writer.key("candidates").array(|writer| {
                for choice in choices {
                    writer.object(|writer| choice.write_end(writer, left, losses));
                }
            });
            if let Some(usage) = usage {
                outcome::write_usage(writer, usage);
            }
        });
    }
}

impl Speak for Mouth {
    fn say(&mut self, event: Event, out: &mut Vec<u8>) {
        match event {
            Event::Start(start) => self.begin(start),
            Event::Open { part, .. } | Event::Delta { part, .. } | Event::Close { part } => {
                self.part(part, event, out);
            }
            Event::Finish { choice, finish, extras } => {
                let at = self.choice(choice);
                self.losses.extras(&format!("choices[{choice}]"), &extras);
                let Some(choice) = self.choices.get_mut(at) else { return };
                choice.finish = finish;
                Teller { choice, envelope: &mut self.envelope, losses: &mut self.losses, out }.broken();
            }
            Event::More(more) if self.envelope.own => self.left.append(more.extras),
            Event::More(more) => self.losses.extras("", &more.extras),
            Event::Usage(usage) => self.usage.get_or_insert_default().update(&usage),
            Event::Logprobs { choice, json } => {
                self.envelope.candidate(out, choice, None, |writer| logprobs::write(writer, &json));
            }
            Event::End => self.end(out),
            Event::Failed(failed) => out.append(&mut error(&failed)),
        }
    }

    fn losses(&self) -> &Losses {
        &self.losses
    }
}

/// The provider's error as this dialect tells it.
fn error(failed: &Failed) -> Vec<u8> {
    let status = match failed.kind {
        ErrorKind::InvalidRequest => 400,
        ErrorKind::Authentication => 401,
        ErrorKind::Permission => 403,
        ErrorKind::NotFound => 404,
        ErrorKind::TooLarge => 413,
        ErrorKind::RateLimit => 429,
        ErrorKind::Api => 500,
        ErrorKind::Overloaded => 503,
        ErrorKind::Timeout => 504,
    };
    let body = ErrorBody {
        status,
        kind: failed.kind,
        code: &failed.code,
        message: &failed.message,
        param: None,
        request_id: "",
        attempts: &[],
    };
    error_body::render_event(Dialect::Gemini, &body)
}

// === impl Choice ===

impl Choice {
    fn write_end(&self, writer: &mut Writer, left: &Extras, losses: &mut Losses) {
        write_content(writer, &Entry::of(Body::Text(Cow::Borrowed(""))));
        let finish = Finish::seen(self.finish.clone(), self.called).declined(self.declines);
        write_finish(writer, &finish, losses);
        writer.key("index").count(u64::from(self.index));
        proto::write_kept(writer, left, &format!("candidates[{}]", self.index));
    }
}

// === impl Envelope ===

impl Envelope {
    /// Writes one event.
    fn event(&mut self, out: &mut Vec<u8>, fill: impl FnOnce(&mut Writer)) {
        out.extend_from_slice(b"data: ");
        let begin = out.len();
        let mut writer = Writer::behind(std::mem::take(out));
        writer.object(|writer| {
            fill(writer);
            writer.text_member("modelVersion", self.model.as_deref());
            writer.text_member("responseId", Some(self.id.as_str()).filter(|id| !id.is_empty()));
            writer.extras(&self.extras);
        });
        self.extras = Extras::default();
        *out = writer.into_bytes();
        // Values that are passed on as they are spelled may have line ends between their tokens; events may not.
        let written = out.iter_mut().skip(begin);
        written.filter(|byte| matches!(byte, b'\n' | b'\r')).for_each(|byte| *byte = b' ');
        out.extend_from_slice(b"\n\n");
    }

    /// Writes one event about one of the answers: a part of it, or nothing but what `fill` writes.
    fn candidate(
        &mut self,
        out: &mut Vec<u8>,
        index: u32,
        entry: Option<&Entry<'_>>,
        fill: impl FnOnce(&mut Writer),
    ) {
        let nothing = Entry::of(Body::Text(Cow::Borrowed("")));
        self.event(out, |writer| {
            writer.key("candidates").array(|writer| {
                writer.object(|writer| {
                    write_content(writer, entry.unwrap_or(&nothing));
                    fill(writer);
                    writer.key("index").count(u64::from(index));
                });
            });
        });
    }
}

/// Writes the content of one event. SDKs forget a whole answer of which one event has no parts.
fn write_content(writer: &mut Writer, entry: &Entry<'_>) {
    writer.key("content").object(|writer| {
        writer.key("parts").array(|writer| entry.write(writer));
        writer.key("role").text("model");
    });
}

/// Tells the events of one choice, one part after another.
struct Teller<'a> {
    choice: &'a mut Choice,
    envelope: &'a mut Envelope,
    losses: &'a mut Losses,
    out: &'a mut Vec<u8>,
}

// === impl Teller ===

impl Teller<'_> {
    fn tell(&mut self, event: Event) {
        match event {
            Event::Open { opened, extras, .. } => {
                if !self.envelope.own {
                    let place = format!("content[{}]", self.choice.parts);
                    self.losses.extras(&place, &extras);
                }
                self.open(opened);
            }
            Event::Delta { delta, .. } => self.delta(delta),
            Event::Close { .. } => self.close(),
            _ => {}
        }
    }

    fn open(&mut self, opened: Opened) {
        self.choice.current = match opened {
            Opened::Text => self.words(),
            Opened::Refusal => {
                self.losses.changed(format!("content[{}]", self.choice.parts));
                self.choice.declines = true;
                self.words()
            }
            Opened::Reasoning { redacted, .. } => {
                let pause = self.choice.run == Run::Thoughts;
                Current::Thoughts { said: false, pause, redacted, seal: None }
            }
            Opened::ToolCall { id, name, custom, seal } => {
                Current::Call(ToolCall { id, name, arguments: String::new(), custom, seal })
            }
            Opened::Media(medium) => {
                self.say(&Entry::of(Body::Medium(Cow::Owned(medium))), Run::Over);
                Current::Nothing
            }
            Opened::Opaque(opaque) => {
                if opaque.dialect == Dialect::Gemini {
                    self.say(&Entry::of(Body::Whole(&opaque.json)), Run::Over);
                } else {
                    self.losses.dropped(format!("content[{}]", self.choice.parts));
                }
                Current::Nothing
            }
        };
    }

    fn words(&self) -> Current {
        let offset = match self.choice.run {
            Run::Words(bytes) => bytes,
            Run::Over | Run::Thoughts => 0,
        };
        Current::Words { text: String::new(), citations: Vec::new(), offset }
    }

    fn delta(&mut self, delta: Delta) {
        match (&mut self.choice.current, delta) {
            (Current::Words { text, offset, .. }, Delta::Text(more)) if !more.is_empty() => {
                text.push_str(&more);
                let run = Run::Words(*offset + text.len());
                self.say(&Entry::of(Body::Text(Cow::Owned(more))), run);
            }
            (Current::Words { citations, .. }, Delta::Citation(citation)) => citations.push(citation),
            (Current::Thoughts { said, pause, .. }, Delta::Text(more)) if !more.is_empty() => {
                let more = if std::mem::take(pause) { format!("{PARAGRAPH}{more}") } else { more };
                *said = true;
                self.say(&Entry::thought(Cow::Owned(more), None), Run::Thoughts);
            }
            (Current::Thoughts { said, pause, .. }, Delta::Paragraph) => *pause |= *said,
            (Current::Thoughts { seal, .. }, Delta::Seal(proof)) => *seal = Some(proof),
            (Current::Call(call), Delta::Arguments(more)) => call.arguments.push_str(&more),
            (Current::Call(call), Delta::Seal(seal)) => call.seal = Some(seal),
            // The grammar has no other pairs, and empty words say nothing.
            _ => {}
        }
    }

    fn close(&mut self) {
        match std::mem::take(&mut self.choice.current) {
            Current::Words { text, citations, offset } if !citations.is_empty() => {
                let part = self.choice.parts.saturating_sub(1);
                let cited = [Cited { part, offset, text: &text, citations: &citations }];
                let (index, losses) = (self.choice.index, &mut *self.losses);
                self.envelope
                    .candidate(self.out, index, None, |writer| grounding::write(writer, &cited, losses));
            }
            Current::Thoughts { said, redacted, seal: Some(seal), .. } => {
                let signature = Some(proof::written(&seal, redacted));
                // A seal of Google's without thoughts signs the words before it.
                let thought = said || seal.maker != Maker::Google;
                let entry = Entry { thought, ..Entry::thought(Cow::Borrowed(""), signature) };
                self.say(&entry, Run::Over);
            }
            Current::Call(call) if call.is_broken() => self.choice.broken.push(call),
            Current::Call(call) => self.call(&call),
            Current::Nothing | Current::Words { .. } | Current::Thoughts { .. } => {}
        }
    }

    /// Calls that are no JSON: of one that was cut off nobody should take what is left for all of it.
    fn broken(&mut self) {
        for call in std::mem::take(&mut self.choice.broken) {
            if self.choice.finish == Some(Finish::Length) {
                self.losses.dropped(format!("content[{}]", self.choice.parts));
            } else {
                self.call(&call);
            }
        }
    }

    /// Calls come whole.
    fn call(&mut self, call: &ToolCall) {
        self.choice.called = true;
        let (args, changed) = Args::of(call);
        if changed {
            self.losses.changed(format!("content[{}].arguments", self.choice.parts));
        }
        let id = Some(call.id.as_str()).filter(|id| !id.is_empty());
        let signature = call.seal.as_ref().map(|seal| proof::written(seal, false));
        let body = Body::Call { id, name: &call.name, args };
        self.say(&Entry { signature, ..Entry::of(body) }, Run::Over);
    }

    /// Writes one part of the content.
    fn say(&mut self, entry: &Entry<'_>, run: Run) {
        let continues = matches!(
            (self.choice.run, run),
            (Run::Words(_), Run::Words(_)) | (Run::Thoughts, Run::Thoughts | Run::Over)
        );
        // A signature belongs to the part before it.
        let alone = matches!(&entry.body, Body::Text(text) if text.is_empty());
        self.choice.parts += usize::from(!(continues && (run != Run::Over || alone)));
        self.choice.run = run;
        self.envelope.candidate(self.out, self.choice.index, Some(entry), |_| {});
    }
}
