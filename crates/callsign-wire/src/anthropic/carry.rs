//! Pieces of the hub, told as blocks of this dialect; what has no place here is noted as a loss.

use std::borrow::Cow;

use super::entry::{Block, Entry, Hint};
use super::media::Picture;
use super::{citation, names, proof};
use crate::dialect::Dialect;
use crate::hub::extras::Json;
use crate::hub::loss::Losses;
use crate::hub::part::{Citation, Media, Part, Piece, Reasoning, Text, ToolCall, ToolResult};
use crate::hub::seal::Maker;
use crate::json::Kind;
use crate::json::writer::Writer;

/// Tells pieces as blocks.
#[derive(Debug)]
pub(super) struct Carrier<'l> {
    pub(super) audience: Audience,
    /// The dialect that the pieces came in.
    pub(super) from: Dialect,
    pub(super) losses: &'l mut Losses,
}

/// Who is to read the blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Audience {
    /// A provider: it knows its own seals only, and what it refuses is left out.
    Provider,
    /// A client: it keeps what it gets, to bring it back.
    Client,
}

/// Who says the blocks, which decides what may stand there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Speaker {
    /// The one who runs the model.
    System,
    /// The one who asks, or a tool.
    User,
    /// The model.
    Assistant,
}

// === impl Carrier ===

impl Carrier<'_> {
    /// Whether the pieces came in this dialect, so that nothing about them is to be mended.
    pub(super) fn is_own(&self) -> bool {
        self.from == Dialect::Anthropic
    }

    /// The block that says what `piece` says. Calls and results of requests are told by [`Self::call`] and
    /// [`Self::result`], because their identifiers hang together.
    pub(super) fn entry<'p>(&mut self, piece: &'p Piece, speaker: Speaker, path: &str) -> Option<Entry<'p>> {
        let block = match &piece.part {
            Part::Text(text) => self.text(text, path)?,
            Part::Refusal(text) => {
                self.losses.changed(path);
                Block::Text { text: Cow::Borrowed(self.said(text)?), citations: Vec::new() }
            }
            Part::Media(media) => self.media(media, speaker, path)?,
            Part::Reasoning(reasoning) => self.reasoning(reasoning, path)?,
            Part::Opaque(opaque) if opaque.dialect == Dialect::Anthropic => Block::Whole(&opaque.json),
            Part::Opaque(_) => return self.drop(path),
            Part::ToolCall(call) => self.call(call, names::written(&call.id), path),
            Part::ToolResult(result) => self.result(result, names::written(&result.call), path),
        };
        Some(self.with(piece, block, path))
    }

    /// A block with what else is said of the piece.
    pub(super) fn with<'p>(&mut self, piece: &'p Piece, block: Block<'p>, path: &str) -> Entry<'p> {
        let extras = self.is_own().then_some(&piece.extras);
        if extras.is_none() {
            self.losses.extras(path, &piece.extras);
        }
        let cache = piece.cache.as_ref();
        let cache =
            cache.map(|hint| Hint { ttl: hint.ttl.as_deref(), path: format!("{path}.cache_control") });
        Entry { block, cache, extras }
    }

    /// A call, its arguments made an object where they are none. No provider of this dialect binds seals to calls.
    pub(super) fn call<'p>(&mut self, call: &'p ToolCall, id: Cow<'p, str>, path: &str) -> Block<'p> {
        if call.seal.is_some() && self.audience == Audience::Provider {
            self.losses.dropped(format!("{path}.signature"));
        }
        Block::Call { id, name: names::written(&call.name), input: self.input(call, path) }
    }

    fn input(&mut self, call: &ToolCall, path: &str) -> Json {
        if call.custom {
            return wrapped("input", &call.arguments);
        }
        if call.arguments.trim().is_empty() {
            return Json::written(b"{}".to_vec());
        }
        let json = Json::read(&call.arguments);
        json.filter(|json| self.is_own() || json.node().kind() == Kind::Object).unwrap_or_else(|| {
            self.losses.changed(format!("{path}.arguments"));
            wrapped("arguments", &call.arguments)
        })
    }

    /// What came of a call.
    pub(super) fn result<'p>(&mut self, result: &'p ToolResult, id: Cow<'p, str>, path: &str) -> Block<'p> {
        let pieces = result.pieces.iter().enumerate();
        let content = pieces.filter_map(|(index, piece)| {
            self.entry(piece, Speaker::User, &format!("{path}.content[{index}]"))
        });
        let content = content.collect();
        Block::Result { id, content, is_error: result.is_error }
    }

    fn text<'p>(&mut self, text: &'p Text, path: &str) -> Option<Block<'p>> {
        let citations: Vec<&Citation> =
            text.citations.iter().filter(|citation| self.may_cite(citation)).collect();
        if text.citations.iter().any(|citation| !self.may_cite(citation) && !citation::is_made_up(citation)) {
            self.losses.dropped(format!("{path}.annotations"));
        }
        Some(Block::Text { text: Cow::Borrowed(self.said(&text.text)?), citations })
    }

    /// A provider knows its own citations only; a client may see others.
    fn may_cite(&self, citation: &Citation) -> bool {
        match self.audience {
            Audience::Client => citation::can_be_told(citation),
            Audience::Provider => citation.spelled.0 == Dialect::Anthropic && !citation::is_made_up(citation),
        }
    }

    /// Words that may stand in a block: the API refuses blocks without any.
    fn said<'p>(&self, text: &'p str) -> Option<&'p str> {
        let says_nothing = match self.audience {
            Audience::Provider => text.trim().is_empty(),
            Audience::Client => text.is_empty(),
        };
        (self.is_own() || !says_nothing).then_some(text)
    }

    fn media<'p>(&mut self, media: &'p Media, speaker: Speaker, path: &str) -> Option<Block<'p>> {
        if self.is_own() {
            return Some(Block::Picture(Picture::own(media)));
        }
        let picture = Picture::foreign(media).filter(|_| speaker == Speaker::User);
        let Some(picture) = picture else { return self.drop(path) };
        if media.detail.as_deref() == Some("low") {
            self.losses.dropped(format!("{path}.detail"));
        }
        Some(Block::Picture(picture))
    }

    fn reasoning<'p>(&mut self, reasoning: &'p Reasoning, path: &str) -> Option<Block<'p>> {
        let seal = reasoning.seal.as_ref();
        let own = seal.and_then(|seal| seal.for_maker(Maker::Anthropic)).map(Cow::Borrowed);
        let signature = match (own, self.audience) {
            (Some(signature), _) => signature,
            (None, Audience::Client) => Cow::Owned(proof::of_thoughts(seal)),
            (None, Audience::Provider) => return self.drop(path),
        };
        if reasoning.redacted {
            return Some(Block::Redacted { data: signature });
        }
        Some(Block::Thinking { text: thoughts(reasoning), signature })
    }

    fn drop<T>(&mut self, path: &str) -> Option<T> {
        self.losses.dropped(path);
        None
    }
}

/// The thoughts in one text, copied only where there are several.
fn thoughts(reasoning: &Reasoning) -> Cow<'_, str> {
    match reasoning.paragraphs.as_slice() {
        [] => Cow::Borrowed(""),
        [only] => Cow::Borrowed(only),
        _ => Cow::Owned(reasoning.text()),
    }
}

/// Plain text as the only member of an object.
fn wrapped(name: &str, text: &str) -> Json {
    let mut writer = Writer::with_capacity(text.len() + name.len() + 8);
    writer.object(|writer| writer.key(name).text(text));
    Json::written(writer.into_bytes())
}
