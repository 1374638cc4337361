//! Content blocks, ready to be written: everything about them is decided.

use std::borrow::Cow;

use super::citation;
use super::media::Picture;
use crate::hub::extras::{Extras, Json};
use crate::hub::part::Citation;
use crate::json::Member;
use crate::json::walk::Node;
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
    Picture(Picture<'a>),
    Thinking { text: Cow<'a, str>, signature: Cow<'a, str> },
    Redacted { data: Cow<'a, str> },
    Call { id: Cow<'a, str>, name: Cow<'a, str>, input: Json },
    Result { id: Cow<'a, str>, content: Vec<Entry<'a>>, is_error: Option<bool> },
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

    /// The words, where nothing else is said.
    pub(super) fn plain(&self) -> Option<&str> {
        match &self.block {
            Block::Text { text, citations } => {
                let bare = citations.is_empty() && self.cache.is_none();
                (bare && self.extras.is_none_or(Extras::is_empty)).then_some(text)
            }
            _ => None,
        }
    }

    /// Whether it is a thought, which no cache hint may stand at.
    pub(super) const fn is_thought(&self) -> bool {
        matches!(self.block, Block::Thinking { .. } | Block::Redacted { .. })
    }

    /// Writes the block.
    pub(super) fn write(&self, writer: &mut Writer) {
        if let Block::Whole(json) = self.block {
            writer.json(json);
            return;
        }
        if let Some(whole) = self.extras.and_then(|extras| extras.get("search_result")) {
            writer.json(whole);
            return;
        }
        writer.object(|writer| {
            self.block.write(writer, self.extras);
            self.write_cache(writer);
            for (name, json) in self.extras.into_iter().flat_map(Extras::iter) {
                if !matches!(name, "cache_control" | "source") {
                    writer.key(name).json(json);
                }
            }
        });
    }

    fn write_cache(&self, writer: &mut Writer) {
        if let Some(hint) = &self.cache {
            let left = self.extras.and_then(|extras| extras.get("cache_control"));
            write_cache(writer, hint.ttl, left);
        }
    }
}

/// Writes `cache_control`.
pub(super) fn write_cache(writer: &mut Writer, ttl: Option<&str>, left: Option<&Json>) {
    writer.key("cache_control").object(|writer| {
        writer.key("type").text("ephemeral");
        writer.text_member("ttl", ttl);
        write_members(writer, left);
    });
}

/// Writes the members of an object into the one that is open.
pub(super) fn write_members(writer: &mut Writer, object: Option<&Json>) {
    for member in object.into_iter().flat_map(|object| object.node().members()) {
        copy(writer, &member);
    }
}

/// Writes a member as it stands elsewhere.
pub(super) fn copy(writer: &mut Writer, member: &Member<'_>) {
    let quoted = [b"\"", member.key, b"\""].concat();
    if let Some(name) = crate::json::text(&quoted) {
        writer.key(&name).json(&Json::of(Node::of(member)));
    }
}

// === impl Block ===

impl Block<'_> {
    fn write(&self, writer: &mut Writer, extras: Option<&Extras>) {
        match self {
            Self::Text { text, citations } => {
                writer.key("type").text("text");
                writer.key("text").text(text);
                citation::write_all(writer, citations);
            }
            Self::Picture(picture) => {
                writer.key("type").text(picture.kind);
                let said = extras.and_then(|extras| extras.get("source"));
                match said.filter(|said| said.node().get("type").is_some()) {
                    Some(whole) => writer.key("source").json(whole),
                    None => picture.write_source(writer, said),
                }
                writer.text_member("title", picture.title);
            }
            Self::Thinking { text, signature } => {
                writer.key("type").text("thinking");
                writer.key("thinking").text(text);
                writer.key("signature").text(signature);
            }
            Self::Redacted { data } => {
                writer.key("type").text("redacted_thinking");
                writer.key("data").text(data);
            }
            Self::Call { id, name, input } => {
                writer.key("type").text("tool_use");
                writer.key("id").text(id);
                writer.key("name").text(name);
                writer.key("input").json(input);
            }
            Self::Result { id, content, is_error } => {
                writer.key("type").text("tool_result");
                writer.key("tool_use_id").text(id);
                if !content.is_empty() {
                    write_content(writer.key("content"), content);
                }
                writer.boolean_member("is_error", *is_error);
            }
            Self::Whole(json) => writer.json(json),
        }
    }
}

/// Writes `content`: a string where it is nothing but words.
pub(super) fn write_content(writer: &mut Writer, entries: &[Entry<'_>]) {
    if let [only] = entries
        && let Some(text) = only.plain()
    {
        writer.text(text);
        return;
    }
    writer.array(|writer| entries.iter().for_each(|entry| entry.write(writer)));
}
