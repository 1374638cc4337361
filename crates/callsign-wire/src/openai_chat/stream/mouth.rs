//! Chunks, written from the hub's events, in the order that the SDKs' accumulators expect: each choice begins with its
//! role, in order of number; then deltas; the reason of its end in a chunk of its own; last what it took, and `[DONE]`.

use std::collections::BTreeMap;

use super::calling::{self, Argument, NewCall};
use super::chunks::Chunks;
use crate::dialect::Dialect;
use crate::error_body::{self, ErrorBody};
use crate::hub::custom;
use crate::hub::event::{Delta, Event, Failed, More, Opened, Start};
use crate::hub::extras::{Extras, Json};
use crate::hub::loss::Losses;
use crate::hub::part::{Citation, Media, MediaKind, Reasoning, ReasoningForm};
use crate::hub::reply::Finish;
use crate::hub::seal::Seal;
use crate::hub::usage::Usage;
use crate::openai_chat::outcome::{self, Exactness, USAGE};
use crate::openai_chat::reply::citations::{self, Span};
use crate::openai_chat::reply::decode::IMAGES;
use crate::openai_chat::reply::encode::{self, Form};
use crate::openai_chat::{calls, thoughts};
use crate::translate::{Speak, Voice};

/// Speaks a stream.
#[derive(Debug)]
pub(crate) struct Mouth {
    voice: Voice,
    losses: Losses,
    /// The dialect of the answer.
    dialect: Dialect,
    chunks: Chunks,
    form: Form,
    /// The client's custom tools, which may have been offered as functions.
    custom_tools: Vec<String>,
    /// How the answer began.
    begun: Option<Start>,
    usage: Option<Usage>,
    usage_left: Option<Json>,
    choices: BTreeMap<u32, Choice>,
    parts: Vec<Option<Spoken>>,
}

/// What was said of a choice.
#[derive(Debug, Default)]
struct Choice {
    begun: bool,
    calls: u64,
    span: Span,
    details: u64,
    citations: u64,
    /// Pictures stand behind the words in a whole answer, and so they do here.
    images: Vec<Media>,
    /// Whether thoughts were shown that no detail proves.
    thoughts: bool,
}

/// A part under way.
#[derive(Debug)]
struct Spoken {
    choice: u32,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Text(Vec<Citation>),
    Refusal,
    Thoughts(Thoughts),
    Call {
        number: u64,
        custom: bool,
        argued: bool,
    },
    /// A call of a custom tool that was offered as a function: its input is found in the whole of the arguments.
    Wrapped {
        number: u64,
        arguments: String,
    },
    /// Said at once, or not at all.
    Done,
}

/// Thoughts under way.
#[derive(Debug)]
struct Thoughts {
    reasoning: Reasoning,
    /// Whether a paragraph is due before the next words.
    paragraph: bool,
}

// === impl Mouth ===

impl Mouth {
    /// One who speaks with this voice.
    pub(crate) fn new(voice: Voice) -> Self {
        let form = encode::form(&voice);
        let custom_tools = encode::custom_tools(&voice);
        let chunks = Chunks::new(&voice);
        Self {
            voice,
            losses: Losses::default(),
            dialect: Dialect::OpenAiChat,
            chunks,
            form,
            custom_tools,
            begun: None,
            usage: None,
            usage_left: None,
            choices: BTreeMap::new(),
            parts: Vec::new(),
        }
    }

    fn own(&self) -> bool {
        self.dialect == Dialect::OpenAiChat
    }

    /// A seal as the client gets it: of another dialect's answer it says whose it is.
    fn sealed(&self, seal: Seal) -> Seal {
        if self.own() { seal } else { seal.sealed_up() }
    }

    fn start(&mut self, start: Start) {
        self.dialect = start.dialect;
        self.usage = start.usage;
        self.usage_left = start.extras.get(USAGE).filter(|_| self.own()).cloned();
        if !self.own() {
            self.losses.extras("", &start.extras);
        }
        self.head(&start);
        self.begun = Some(start);
    }

    /// Settles what every chunk begins with.
    fn head(&mut self, start: &Start) {
        let own = self.own();
        let id = encode::id(start.id.as_deref().filter(|_| own), &self.voice);
        self.chunks.begin(|writer| {
            writer.key("id").text(&id);
            writer.key("object").text("chat.completion.chunk");
            writer.key("created").count(start.created.unwrap_or(self.voice.now));
            let model = self.voice.model.as_deref().or(start.model.as_deref()).unwrap_or_default();
            writer.key("model").text(model);
            writer.text_member("service_tier", start.tier.as_ref().and_then(outcome::tier_word));
            if own {
                let here = start.extras.iter().filter(|(name, _)| *name != USAGE);
                here.for_each(|(name, json)| writer.key(name).json(json));
            }
        });
    }

    fn choice(&mut self, choice: u32) -> &mut Choice {
        self.choices.entry(choice).or_default()
    }

    /// Begins a choice, and those before it: the SDKs count on their order. `content` is its first words, if it has any.
    fn begin(&mut self, choice: u32, kind: First, out: &mut Vec<u8>) {
        // No provider gives more answers than this; a number out of the blue begins alone.
        const MOST: u32 = 128;
        let first = if choice < MOST { 0 } else { choice };
        for number in first..=choice {
            if std::mem::replace(&mut self.choice(number).begun, true) {
                continue;
            }
            let words = kind == First::Words || number < choice;
            self.chunks.delta(out, number, |writer| {
                writer.key("role").text("assistant");
                writer.key("content");
                if words { writer.text("") } else { writer.null() }
            });
        }
    }

    fn open(&mut self, (part, choice): (u32, u32), opened: Opened, extras: &Extras, out: &mut Vec<u8>) {
        match opened {
            Opened::Opaque(_) => {}
            Opened::Text | Opened::Refusal => self.begin(choice, First::Words, out),
            _ => self.begin(choice, First::Other, out),
        }
        let kind = match opened {
            Opened::Text => {
                let span = &mut self.choice(choice).span;
                *span = span.after("");
                Kind::Text(Vec::new())
            }
            Opened::Refusal => Kind::Refusal,
            Opened::Reasoning { form, redacted } => {
                let reasoning = Reasoning { form, redacted, ..Reasoning::default() };
                let paragraph = self.choice(choice).thoughts;
                Kind::Thoughts(Thoughts { reasoning, paragraph })
            }
            Opened::ToolCall { id, name, custom, seal } => {
                let seal = seal.map(|seal| self.sealed(seal));
                let wrapped = !custom && self.custom_tools.contains(&name);
                let call = NewCall { id: &id, name: &name, custom: custom || wrapped, seal: seal.as_ref() };
                let number = self.call(choice, &call, extras, out);
                if wrapped {
                    Kind::Wrapped { number, arguments: String::new() }
                } else {
                    Kind::Call { number, custom, argued: false }
                }
            }
            Opened::Media(media) => {
                self.media(choice, media, extras, out);
                Kind::Done
            }
            Opened::Opaque(_) => {
                self.losses.dropped(encode::place(self.dialect, choice as usize, part as usize));
                Kind::Done
            }
        };
        if !self.own() && !extras.is_empty() {
            self.losses.extras(&encode::place(self.dialect, choice as usize, part as usize), extras);
        }
        self.keep(part, Spoken { choice, kind });
    }

    fn keep(&mut self, part: u32, spoken: Spoken) {
        let at = usize::try_from(part).unwrap_or(usize::MAX);
        // Parts are numbered in order of opening.
        if at >= self.parts.len() && at - self.parts.len() < 1024 {
            self.parts.resize_with(at, || None);
            self.parts.push(Some(spoken));
        }
    }

    fn call(&mut self, choice: u32, call: &NewCall<'_>, extras: &Extras, out: &mut Vec<u8>) -> u64 {
        let state = self.choice(choice);
        let number = state.calls;
        state.calls += 1;
        let (own, form) = (self.own(), self.form);
        let extras = own.then_some(extras);
        self.chunks.delta(out, choice, |writer| call.write(writer, form, number, extras));
        number
    }

    /// Pictures as `OpenRouter` sends them, sounds as OpenAI does.
    fn media(&mut self, choice: u32, media: Media, extras: &Extras, out: &mut Vec<u8>) {
        let (own, kind) = (self.own(), media.kind);
        match kind {
            MediaKind::Image => self.choice(choice).images.push(media),
            MediaKind::Audio => {
                self.chunks.delta(out, choice, |writer| {
                    encode::write_sound(writer.key("audio"), &media, own.then_some(extras));
                });
            }
            MediaKind::Video | MediaKind::Document => {
                self.losses.dropped(encode::place(self.dialect, choice as usize, self.parts.len()));
            }
        }
    }

    fn delta(&mut self, part: u32, delta: Delta, out: &mut Vec<u8>) {
        let Some(slot) = self.parts.get_mut(part as usize) else { return };
        let Some(mut spoken) = slot.take() else { return };
        let choice = spoken.choice;
        match (&mut spoken.kind, delta) {
            (Kind::Text(_), Delta::Text(text)) => {
                let span = &mut self.choice(choice).span;
                *span = span.and(&text);
                self.chunks.delta(out, choice, |writer| writer.key("content").text(&text));
            }
            (Kind::Text(citations), Delta::Citation(citation)) => self.cite(part, citations, citation),
            (Kind::Refusal, Delta::Text(text)) => {
                self.chunks.delta(out, choice, |writer| writer.key("refusal").text(&text));
            }
            (Kind::Thoughts(thoughts), Delta::Text(text)) => self.think(choice, thoughts, &text, out),
            (Kind::Thoughts(thoughts), Delta::Paragraph) => {
                thoughts.paragraph = true;
                thoughts.reasoning.paragraphs.push(String::new());
            }
            (Kind::Thoughts(thoughts), Delta::Seal(seal)) => {
                thoughts.reasoning.seal = Some(self.sealed(seal));
            }
            (Kind::Call { number, custom, argued }, Delta::Arguments(text)) => {
                *argued = true;
                self.argue(choice, Argument { number: *number, custom: *custom, text: &text }, out);
            }
            (Kind::Wrapped { arguments, .. }, Delta::Arguments(text)) => arguments.push_str(&text),
            (Kind::Call { number, .. } | Kind::Wrapped { number, .. }, Delta::Seal(seal)) => {
                let seal = self.sealed(seal);
                self.chunks.delta(out, choice, |writer| calling::write_seal(writer, *number, &seal));
            }
            _ => {}
        }
        if let Some(slot) = self.parts.get_mut(part as usize) {
            *slot = Some(spoken);
        }
    }

    fn cite(&mut self, part: u32, citations: &mut Vec<Citation>, citation: Citation) {
        if citations::is_known(&citation) {
            citations.push(citation);
        } else {
            let place = encode::place(self.dialect, 0, part as usize);
            self.losses.dropped(format!("{place}.citations[{}]", citations.len()));
        }
    }

    fn think(&mut self, choice: u32, thoughts: &mut Thoughts, text: &str, out: &mut Vec<u8>) {
        let gap = if std::mem::take(&mut thoughts.paragraph) { "\n\n" } else { "" };
        let summary = thoughts.reasoning.form == ReasoningForm::Summary;
        let paragraphs = &mut thoughts.reasoning.paragraphs;
        match paragraphs.last_mut() {
            Some(last) => last.push_str(text),
            None => paragraphs.push(text.to_owned()),
        }
        let state = self.choice(choice);
        state.thoughts = !summary;
        let index = state.details + paragraphs.len().saturating_sub(1) as u64;
        self.chunks.delta(out, choice, |writer| {
            writer.key(thoughts::CONTENT).text(&[gap, text].concat());
            if summary {
                writer.key(thoughts::DETAILS).array(|writer| thoughts::write_summary(writer, text, index));
            }
        });
    }

    fn argue(&mut self, choice: u32, argument: Argument<'_>, out: &mut Vec<u8>) {
        let form = self.form;
        self.chunks.delta(out, choice, |writer| argument.write(writer, form));
    }

    fn close(&mut self, part: u32, out: &mut Vec<u8>) {
        let Some(spoken) = self.parts.get_mut(part as usize).and_then(Option::take) else { return };
        let choice = spoken.choice;
        match spoken.kind {
            Kind::Text(cited) if !cited.is_empty() => self.close_cited(choice, &cited, out),
            Kind::Thoughts(thoughts) => self.close_thoughts(choice, &thoughts.reasoning, out),
            // Servers and clients read this as JSON, and nothing is none.
            Kind::Call { number, custom: false, argued: false } => {
                self.argue(choice, Argument { number, custom: false, text: "{}" }, out);
            }
            Kind::Wrapped { number, arguments } => {
                {
                    let text = &custom::unwrapped(&arguments);
                    self.argue(choice, Argument { number, custom: true, text }, out);
                };
            }
            _ => {}
        }
    }

    fn close_cited(&mut self, choice: u32, cited: &[Citation], out: &mut Vec<u8>) {
        let state = self.choice(choice);
        let (span, first) = (state.span, state.citations);
        state.citations += cited.len() as u64;
        self.chunks.delta(out, choice, |writer| {
            writer.key(citations::NAME).array(|writer| {
                for (number, citation) in (first..).zip(cited) {
                    citations::write(writer, citation, span, Some(number));
                }
            });
        });
    }

    /// Writes what proves thoughts, so that the client brings it back. Of a summary the words stood in details already.
    fn close_thoughts(&mut self, choice: u32, reasoning: &Reasoning, out: &mut Vec<u8>) {
        let state = self.choice(choice);
        let mut index = state.details;
        let summary = reasoning.form == ReasoningForm::Summary && !reasoning.redacted;
        let said = if summary { reasoning.paragraphs.len() as u64 } else { 0 };
        let Some(seal) = &reasoning.seal else {
            state.details += said;
            return;
        };
        index += said.saturating_sub(1);
        state.thoughts = false;
        if let Some(seal) = thoughts::bare_seal(reasoning) {
            return self.chunks.delta(out, choice, |writer| calls::write_seal(writer, seal));
        }
        self.chunks.delta(out, choice, |writer| {
            writer.key(thoughts::DETAILS).array(|writer| {
                if summary {
                    thoughts::write_encrypted(writer, seal, &mut index);
                } else {
                    thoughts::write_entries(writer, reasoning, &mut index);
                }
            });
        });
        self.choice(choice).details = index;
    }

    /// What becomes known of the whole answer stands in the chunks to come.
    fn more(&mut self, more: &More) {
        if !self.own() {
            self.losses.extras("", &more.extras);
        }
        if more.tier.is_none() {
            return;
        }
        let Some(mut start) = self.begun.take() else { return };
        start.tier.clone_from(&more.tier);
        self.head(&start);
        self.begun = Some(start);
    }

    fn finish(&mut self, choice: u32, (finish, extras): (Option<Finish>, &Extras), out: &mut Vec<u8>) {
        self.begin(choice, First::Words, out);
        let images = std::mem::take(&mut self.choice(choice).images);
        for (number, image) in (0..).zip(&images) {
            self.chunks.delta(out, choice, |writer| {
                writer.key(IMAGES).array(|writer| encode::write_image(writer, image, Some(number)));
            });
        }
        let finish = Finish::seen(finish, self.choice(choice).calls > 0);
        let own = self.own();
        if !own {
            self.losses.extras("", extras);
        }
        let (word, exact) = encode::word(&finish, self.form);
        if exact == Exactness::Less {
            self.losses.changed("finish_reason");
        }
        self.chunks.choice(
            out,
            choice,
            |_| {},
            |writer| {
                writer.key("logprobs").null();
                writer.key("finish_reason").text(word);
                if let (Finish::StopSequence(Some(stop)), true) = (&finish, own) {
                    writer.key("stop_reason").text(stop);
                }
                if own {
                    let here = extras.iter().filter(|(name, _)| !name.starts_with("message."));
                    here.for_each(|(name, json)| writer.key(name).json(json));
                }
            },
        );
    }

    fn end(&self, out: &mut Vec<u8>) {
        if self.voice.include_usage {
            self.chunks.usage(out, &self.usage.unwrap_or_default(), self.usage_left.as_ref());
        }
        Chunks::done(out);
    }

    fn fail(failed: &Failed, out: &mut Vec<u8>) {
        let error = ErrorBody {
            status: 0,
            kind: failed.kind,
            code: &failed.code,
            message: &failed.message,
            param: None,
            request_id: "",
            attempts: &[],
        };
        out.extend_from_slice(&error_body::render_event(Dialect::OpenAiChat, &error));
    }
}

impl Speak for Mouth {
    fn say(&mut self, event: Event, out: &mut Vec<u8>) {
        match event {
            Event::Start(start) => self.start(start),
            Event::Open { part, choice, opened, extras } => self.open((part, choice), opened, &extras, out),
            Event::Delta { part, delta } => self.delta(part, delta, out),
            Event::Close { part } => self.close(part, out),
            Event::Finish { choice, finish, extras } => self.finish(choice, (finish, &extras), out),
            Event::More(more) => self.more(&more),
            Event::Usage(usage) => self.usage.get_or_insert_default().update(&usage),
            Event::Logprobs { choice, json } => {
                self.begin(choice, First::Words, out);
                self.chunks.choice(
                    out,
                    choice,
                    |_| {},
                    |writer| {
                        writer.key("logprobs").json(&json);
                        writer.key("finish_reason").null();
                    },
                );
            }
            Event::End => self.end(out),
            Event::Failed(failed) => Self::fail(&failed, out),
        }
    }

    fn losses(&self) -> &Losses {
        &self.losses
    }
}

/// What a choice begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum First {
    Words,
    Other,
}
