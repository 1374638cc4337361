//! Content blocks, ready to be written: everything about them is decided.

use std::borrow::Cow;

use super::block::{AS_JSON, CITED};
use super::media::{self, Medium};
use super::{citation, rest};
use crate::hub::extras::{Extras, Json};
use crate::hub::part::Citation;
use crate::json::writer::Writer;

/// A block with what is said about it.
#[derive(Debug, Clone)]
pub(super) struct Entry<'a> {
    pub(super) block: Block<'a>,
    pub(super) cache: Option<Hint<'a>>,
    pub(super) extras: Option<&'a Extras>,
}

/// A content block.
#[derive(Debug, Clone)]
pub(super) enum Block<'a> {
    Text { text: Cow<'a, str>, citations: Vec<&'a Citation> },
    Medium(Medium<'a>),
    Thoughts { text: Cow<'a, str>, signature: Option<Cow<'a, str>> },
    Hidden { data: Cow<'a, str> },
    Call { id: Cow<'a, str>, name: Cow<'a, str>, input: Json },
    Result { id: Cow<'a, str>, content: Vec<Entry<'a>>, status: Option<&'static str> },
    Whole(&'a Json),
}

/// That the prompt up to here is worth keeping.
#[derive(Debug, Clone, Default)]
pub(super) struct Hint<'a> {
    pub(super) ttl: Option<&'a str>,
    /// Where the client said so.
    pub(super) path: String,
}

// === impl Entry ===

impl<'a> Entry<'a> {
    /// A block of which nothing else is said.
    pub(super) const fn of(block: Block<'a>) -> Self {
        Self { block, cache: None, extras: None }
    }

    /// Plain words.
    pub(super) fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Self::of(Block::Text { text: text.into(), citations: Vec::new() })
    }

    /// Whether it is a thought.
    pub(super) const fn is_thought(&self) -> bool {
        matches!(self.block, Block::Thoughts { .. } | Block::Hidden { .. })
    }

    /// Writes the block, and the cache point behind it.
    pub(super) fn write(&self, writer: &mut Writer) {
        let kept = |name: &str| self.extras.and_then(|extras| extras.get(name));
        match (&self.block, kept("searchResult")) {
            (Block::Whole(json), _) => writer.json(json),
            (_, Some(whole)) => writer.json(whole),
            _ => writer.object(|writer| self.write_member(writer)),
        }
        if let Some(hint) = &self.cache {
            hint.write(writer);
        }
    }

    fn write_member(&self, writer: &mut Writer) {
        match &self.block {
            Block::Text { text, citations } => self.write_text(writer, text, citations),
            Block::Medium(medium) => medium.write(writer.key(media::key(medium.kind)), self.extras),
            Block::Thoughts { text, signature } => {
                writer.key("reasoningContent").object(|writer| {
                    writer.key("reasoningText").object(|writer| {
                        writer.key("text").text(text);
                        writer.text_member("signature", signature.as_deref());
                        self.write_extras(writer);
                    });
                });
            }
            Block::Hidden { data } => writer.key("reasoningContent").object(|writer| {
                writer.key("redactedContent").text(data);
                self.write_extras(writer);
            }),
            Block::Call { id, name, input } => writer.key("toolUse").object(|writer| {
                writer.key("toolUseId").text(id);
                writer.key("name").text(name);
                writer.key("input").json(input);
                self.write_extras(writer);
            }),
            Block::Result { id, content, status } => writer.key("toolResult").object(|writer| {
                writer.key("toolUseId").text(id);
                writer.key("content").array(|writer| content.iter().for_each(|entry| entry.write(writer)));
                writer.text_member("status", *status);
                self.write_extras(writer);
            }),
            Block::Whole(_) => {}
        }
    }

    fn write_text(&self, writer: &mut Writer, text: &str, citations: &[&Citation]) {
        let notes = |note: &str| self.extras.is_some_and(|extras| extras.notes(note));
        let kept = |name: &str| self.extras.and_then(|extras| extras.get(name));
        if let Some(json) = Json::read(text).filter(|_| notes(AS_JSON)) {
            writer.key("json").json(&json);
            return;
        }
        if let Some(left) = kept("guardContent") {
            writer.key("guardContent").object(|writer| {
                writer.key("text").object(|writer| {
                    writer.key("text").text(text);
                    rest::write_members(writer, Some(left));
                });
            });
            return;
        }
        if citations.is_empty() && !notes(CITED) {
            writer.key("text").text(text);
            return;
        }
        writer.key("citationsContent").object(|writer| {
            match kept("content") {
                Some(content) => writer.key("content").json(content),
                None => writer.key("content").array(|writer| {
                    writer.object(|writer| writer.key("text").text(text));
                }),
            }
            if !citations.is_empty() {
                citation::write_all(writer, citations);
            }
        });
    }

    fn write_extras(&self, writer: &mut Writer) {
        if let Some(extras) = self.extras {
            writer.extras(extras);
        }
    }
}

// === impl Hint ===

impl Hint<'_> {
    /// Writes the cache point.
    pub(super) fn write(&self, writer: &mut Writer) {
        writer.object(|writer| {
            writer.key("cachePoint").object(|writer| {
                writer.key("type").text("default");
                writer.text_member("ttl", self.ttl);
            });
        });
    }
}
