//! The items that are made of words: messages and thoughts.

use super::lines::Out;
use super::parts::{done, members, written};
use crate::dialect::Dialect;
use crate::hub::extras::{Extras, Json};
use crate::hub::loss::Losses;
use crate::hub::part::{Citation, Reasoning, ReasoningForm};
use crate::hub::seal::{self, Seal};
use crate::json::walk::Node;
use crate::json::writer::Writer;
use crate::openai_responses::content::annotation;
use crate::openai_responses::item::{MESSAGE, PHASE, head_in};
use crate::openai_responses::sealed::packed;

/// A message under way.
#[derive(Debug)]
pub(super) struct Message {
    id: String,
    own: Extras,
    parts: Vec<Json>,
    words: Option<Words>,
}

/// The part under way.
#[derive(Debug)]
struct Words {
    /// `output_text` or `refusal`.
    kind: &'static str,
    text: String,
    citations: Vec<Citation>,
    logprobs: Vec<Json>,
    own: Extras,
    /// Where it stood, in the provider's terms.
    place: String,
}

/// Thoughts under way.
#[derive(Debug)]
pub(super) struct Thoughts {
    id: String,
    own: Extras,
    reasoning: Reasoning,
    /// Whether the last paragraph may go on.
    open: bool,
    /// Whether they came in this dialect.
    is_own: bool,
    /// Whether they are told as they are; to clients that expect summaries everything is one.
    full: bool,
}

// === impl Message ===

impl Message {
    pub(super) const fn new(id: String, own: Extras) -> Self {
        Self { id, own, parts: Vec::new(), words: None }
    }

    /// The message's own members, which its first part brings.
    pub(super) fn head(extras: &Extras) -> Extras {
        let members = head_in(extras).map(Json::node).into_iter().flat_map(Node::members);
        Extras::of(members.map(|member| {
            let name = String::from_utf8_lossy(member.key).into_owned();
            (name, Json::of(Node::of(&member)))
        }))
    }

    /// A part begins.
    pub(super) fn open_part(
        &mut self,
        (kind, own, place): (&'static str, Extras, String),
        index: u64,
        out: &mut Out<'_>,
    ) {
        let own = Extras::of(
            own.iter()
                .filter(|(name, _)| !matches!(*name, MESSAGE | PHASE))
                .map(|(name, json)| (name.to_owned(), json.clone())),
        );
        let (citations, logprobs) = (Vec::new(), Vec::new());
        let words = Words { kind, text: String::new(), citations, logprobs, own, place };
        out.event("response.content_part.added", |writer| {
            self.position(writer, index);
            words.part(writer.key("part"), &[]);
        });
        self.words = Some(words);
    }

    /// Words are added.
    pub(super) fn add(&mut self, (text, logprobs): (&str, Vec<Json>), index: u64, out: &mut Out<'_>) {
        let Some(words) = &mut self.words else { return };
        words.text.push_str(text);
        words.logprobs.extend(logprobs.iter().cloned());
        let refuses = words.kind == "refusal";
        let kind = if refuses { "response.refusal.delta" } else { "response.output_text.delta" };
        out.event(kind, |writer| {
            self.position(writer, index);
            writer.key("delta").text(text);
            if !refuses {
                list(writer.key("logprobs"), &logprobs);
            }
        });
    }

    pub(super) fn cite(&mut self, citation: Citation) {
        if let Some(words) = &mut self.words {
            words.citations.push(citation);
        }
    }

    pub(super) fn logprobs(&mut self, mut more: Vec<Json>) {
        if let Some(words) = &mut self.words {
            words.logprobs.append(&mut more);
        }
    }

    /// The part under way is whole.
    pub(super) fn close_part(&mut self, index: u64, out: &mut Out<'_>, losses: &mut Losses) {
        let Some(words) = self.words.take() else { return };
        let annotations = words.annotations(losses);
        for (at, annotation) in (0..).zip(&annotations) {
            out.event("response.output_text.annotation.added", |writer| {
                self.position(writer, index);
                writer.key("annotation_index").count(at);
                writer.key("annotation").json(annotation);
            });
        }
        let refuses = words.kind == "refusal";
        let kind = if refuses { "response.refusal.done" } else { "response.output_text.done" };
        out.event(kind, |writer| {
            self.position(writer, index);
            writer.key(if refuses { "refusal" } else { "text" }).text(&words.text);
            if !refuses {
                list(writer.key("logprobs"), &words.logprobs);
            }
        });
        let part = written(|writer| words.part(writer, &annotations));
        out.event("response.content_part.done", |writer| {
            self.position(writer, index);
            writer.key("part").json(&part);
        });
        self.parts.push(part);
    }

    /// The message is whole.
    pub(super) fn end(
        mut self,
        (index, status): (u64, &str),
        out: &mut Out<'_>,
        losses: &mut Losses,
    ) -> Json {
        self.close_part(index, out, losses);
        let item = written(|writer| self.item(writer, status));
        done(&item, index, out);
        item
    }

    pub(super) fn item(&self, writer: &mut Writer, status: &str) {
        writer.object(|writer| {
            writer.key("id").text(&self.id);
            writer.key("type").text("message");
            writer.key("status").text(status);
            writer.key("role").text("assistant");
            members(writer, &self.own);
            list(writer.key("content"), &self.parts);
        });
    }

    fn position(&self, writer: &mut Writer, index: u64) {
        writer.key("item_id").text(&self.id);
        writer.key("output_index").count(index);
        writer.key("content_index").count(u64::try_from(self.parts.len()).unwrap_or(u64::MAX));
    }
}

// === impl Words ===

impl Words {
    fn part(&self, writer: &mut Writer, annotations: &[Json]) {
        writer.object(|writer| {
            writer.key("type").text(self.kind);
            if self.kind == "refusal" {
                writer.key("refusal").text(&self.text);
            } else {
                list(writer.key("annotations"), annotations);
                list(writer.key("logprobs"), &self.logprobs);
                writer.key("text").text(&self.text);
            }
            writer.extras(&self.own);
        });
    }

    fn annotations(&self, losses: &mut Losses) -> Vec<Json> {
        let mut annotations = Vec::new();
        for (index, citation) in self.citations.iter().enumerate() {
            let mut writer = Writer::default();
            if annotation(&mut writer, citation, &self.text) {
                annotations.push(Json::written(writer.into_bytes()));
            } else {
                losses.dropped(format!("{}.citations[{index}]", self.place));
            }
        }
        annotations
    }
}

// === impl Thoughts ===

impl Thoughts {
    pub(super) fn new(
        (form, redacted): (ReasoningForm, bool),
        (id, own): (String, Extras),
        from: Dialect,
    ) -> Self {
        let reasoning = Reasoning { form, redacted, ..Reasoning::default() };
        let is_own = from == Dialect::OpenAiResponses;
        Self { id, own, reasoning, open: false, is_own, full: is_own && form == ReasoningForm::Full }
    }

    /// Words are added.
    pub(super) fn add(&mut self, text: &str, index: u64, out: &mut Out<'_>) {
        if !self.open {
            self.reasoning.paragraphs.push(String::new());
            self.open = true;
            out.event(
                self.name("response.reasoning_summary_part.added", "response.content_part.added"),
                |writer| {
                    self.position(writer, index);
                    self.part(writer.key("part"), "");
                },
            );
        }
        if let Some(paragraph) = self.reasoning.paragraphs.last_mut() {
            paragraph.push_str(text);
        }
        let kind = self.name("response.reasoning_summary_text.delta", "response.reasoning_text.delta");
        out.event(kind, |writer| {
            self.position(writer, index);
            writer.key("delta").text(text);
        });
    }

    /// The paragraph under way is whole.
    pub(super) fn close_paragraph(&mut self, index: u64, out: &mut Out<'_>) {
        if !std::mem::take(&mut self.open) {
            return;
        }
        let Some(text) = self.reasoning.paragraphs.last() else { return };
        out.event(
            self.name("response.reasoning_summary_text.done", "response.reasoning_text.done"),
            |writer| {
                self.position(writer, index);
                writer.key("text").text(text);
            },
        );
        out.event(
            self.name("response.reasoning_summary_part.done", "response.content_part.done"),
            |writer| {
                self.position(writer, index);
                self.part(writer.key("part"), text);
            },
        );
    }

    pub(super) fn seal(&mut self, seal: Seal) {
        self.reasoning.seal = Some(seal);
    }

    /// The thoughts are whole.
    pub(super) fn end(mut self, index: u64, out: &mut Out<'_>) -> Json {
        self.close_paragraph(index, out);
        let item = written(|writer| self.item(writer, "completed"));
        done(&item, index, out);
        item
    }

    pub(super) fn item(&self, writer: &mut Writer, status: &str) {
        let said: &[String] = &self.reasoning.paragraphs;
        let (summary, content) = if self.full { (&[][..], said) } else { (said, &[][..]) };
        let texts = |writer: &mut Writer, texts: &[String]| {
            writer.array(|writer| texts.iter().for_each(|text| self.part(writer, text)));
        };
        writer.object(|writer| {
            writer.key("id").text(&self.id);
            writer.key("type").text("reasoning");
            if self.own.get("status").is_some() {
                writer.key("status").text(status);
            }
            members(writer, &self.own);
            texts(writer.key("summary"), summary);
            if self.full {
                texts(writer.key("content"), content);
            }
            let seal = packed(&self.reasoning);
            // An item that nobody sealed and whose name was made up here is known to no provider.
            let unsealed = (!self.is_own && status == "completed").then_some(seal::NONE);
            writer.text_member("encrypted_content", seal.as_deref().or(unsealed));
        });
    }

    fn part(&self, writer: &mut Writer, text: &str) {
        writer.object(|writer| {
            writer.key("type").text(self.name("summary_text", "reasoning_text"));
            writer.key("text").text(text);
        });
    }

    fn position(&self, writer: &mut Writer, index: u64) {
        let paragraph = self.reasoning.paragraphs.len().saturating_sub(1);
        writer.key("item_id").text(&self.id);
        writer.key("output_index").count(index);
        writer
            .key(self.name("summary_index", "content_index"))
            .count(u64::try_from(paragraph).unwrap_or(u64::MAX));
    }

    const fn name(&self, of_summary: &'static str, of_content: &'static str) -> &'static str {
        if self.full { of_content } else { of_summary }
    }
}

fn list(writer: &mut Writer, elements: &[Json]) {
    writer.array(|writer| elements.iter().for_each(|element| writer.json(element)));
}
