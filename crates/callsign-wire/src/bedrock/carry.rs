//! Pieces of the hub, told as blocks of this dialect; what has no place here is noted as a loss.

use std::borrow::Cow;

use super::citation;
use super::entry::{Block, Entry, Hint};
use super::media::{self, Medium};
use crate::anthropic::names;
use crate::base64;
use crate::dialect::Dialect;
use crate::hub::custom;
use crate::hub::extras::Json;
use crate::hub::loss::Losses;
use crate::hub::part::{Citation, Media, MediaKind, Part, Piece, Reasoning, Text, ToolCall, ToolResult};
use crate::hub::seal::{Maker, Seal};
use crate::json::Kind;
use crate::json::writer::Writer;

/// Tells pieces as blocks.
#[derive(Debug)]
pub(super) struct Carrier<'l> {
    pub(super) audience: Audience,
    /// The dialect that the pieces came in.
    pub(super) from: Dialect,
    pub(super) losses: &'l mut Losses,
    /// The names of documents so far, which must differ.
    pub(super) titles: Vec<String>,
}

/// Who is to read the blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Audience {
    /// The provider, where the model is Claude: it knows its own seals only, and what it refuses is left out.
    Claude,
    /// The provider, where the model is another: it knows no seals at all.
    Other,
    /// A client: it keeps what it gets, to bring it back.
    Client,
}

/// Who says the blocks, which decides what may stand there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Speaker {
    /// The one who runs the model.
    System,
    /// The one who asks.
    User,
    /// A tool.
    Tool,
    /// The model.
    Assistant,
}

/// What a tool said that said nothing: the API takes no empty words.
const NOTHING: &str = "(no output)";

/// What this dialect and Anthropic's say of documents in the same words.
const BESIDE: [&str; 2] = ["context", "citations"];

// === impl Carrier ===

impl<'l> Carrier<'l> {
    /// One who tells pieces that came in `from`.
    pub(super) const fn new(audience: Audience, from: Dialect, losses: &'l mut Losses) -> Self {
        Self { audience, from, losses, titles: Vec::new() }
    }

    /// Whether the pieces came in this dialect, so that nothing about them is to be mended.
    pub(super) fn is_own(&self) -> bool {
        self.from == Dialect::Bedrock
    }

    /// The block that says what `piece` says. Calls and results of requests are told by [`Self::call`] and
    /// [`Self::result`], because their identifiers hang together.
    pub(super) fn entry<'p>(&mut self, piece: &'p Piece, speaker: Speaker, path: &str) -> Option<Entry<'p>> {
        let mut block = match &piece.part {
            Part::Text(text) => self.text(text, speaker, path)?,
            Part::Refusal(text) => {
                self.losses.changed(path);
                Block::Text { text: Cow::Borrowed(self.said(text)?), citations: Vec::new() }
            }
            Part::Media(media) => self.media(media, speaker, path)?,
            Part::Reasoning(reasoning) => self.reasoning(reasoning, speaker, path)?,
            Part::Opaque(opaque) if opaque.dialect == Dialect::Bedrock => Block::Whole(&opaque.json),
            Part::Opaque(_) => return self.drop(path),
            Part::ToolCall(call) => self.call(call, Cow::Borrowed(&call.id), path),
            Part::ToolResult(result) => self.result(result, Cow::Borrowed(&result.call), path),
        };
        if let Block::Medium(medium) = &mut block
            && medium.kind == MediaKind::Document
            && self.from == Dialect::Anthropic
        {
            let kept = piece.extras.iter().filter(|(name, _)| BESIDE.contains(name));
            medium.beside = kept.collect();
        }
        Some(self.with(piece, block, path))
    }

    /// A block with what else is said of the piece.
    pub(super) fn with<'p>(&mut self, piece: &'p Piece, block: Block<'p>, path: &str) -> Entry<'p> {
        let extras = self.is_own().then_some(&piece.extras);
        let kept = match &block {
            Block::Medium(medium) => medium.beside.as_slice(),
            _ => &[],
        };
        for (name, _) in piece.extras.telling().filter(|_| extras.is_none()) {
            if !kept.iter().any(|(kept, _)| *kept == name) {
                self.losses.dropped(format!("{path}.{name}"));
            }
        }
        let cache = piece.cache.as_ref();
        let cache =
            cache.map(|hint| Hint { ttl: hint.ttl.as_deref(), path: format!("{path}.cache_control") });
        Entry { block, cache, extras }
    }

    /// A call, its arguments made an object where they are none.
    pub(super) fn call<'p>(&mut self, call: &'p ToolCall, id: Cow<'p, str>, path: &str) -> Block<'p> {
        if call.seal.is_some() {
            self.losses.dropped(format!("{path}.signature"));
        }
        Block::Call { id, name: names::written(&call.name), input: self.input(call, path) }
    }

    fn input(&mut self, call: &ToolCall, path: &str) -> Json {
        if call.custom {
            return Json::written(custom::wrapped(&call.arguments).into_bytes());
        }
        if call.arguments.trim().is_empty() {
            return Json::written(b"{}".to_vec());
        }
        let json = Json::read(&call.arguments);
        json.filter(|json| self.is_own() || json.node().kind() == Kind::Object).unwrap_or_else(|| {
            self.losses.changed(format!("{path}.arguments"));
            let mut writer = Writer::with_capacity(call.arguments.len() + 16);
            writer.object(|writer| writer.key("arguments").text(&call.arguments));
            Json::written(writer.into_bytes())
        })
    }

    /// What came of a call.
    pub(super) fn result<'p>(&mut self, result: &'p ToolResult, id: Cow<'p, str>, path: &str) -> Block<'p> {
        let pieces = result.pieces.iter().enumerate();
        let content = pieces.filter_map(|(index, piece)| {
            self.entry(piece, Speaker::Tool, &format!("{path}.content[{index}]"))
        });
        let mut content: Vec<Entry<'p>> = content.collect();
        if !self.is_own() && content.is_empty() {
            self.losses.changed(path);
            content.push(Entry::text(NOTHING));
        }
        let status = match result.is_error {
            Some(true) => Some("error"),
            // Not every model takes a status: what goes without saying is not said.
            Some(false) if self.is_own() => Some("success"),
            _ => None,
        };
        Block::Result { id, content, status }
    }

    fn text<'p>(&mut self, text: &'p Text, speaker: Speaker, path: &str) -> Option<Block<'p>> {
        let tells = |citation: &Citation| match self.audience {
            Audience::Client => citation::can_be_told(citation),
            Audience::Claude | Audience::Other => self.from == Dialect::Bedrock && speaker != Speaker::Tool,
        };
        let citations: Vec<&Citation> = text.citations.iter().filter(|citation| tells(citation)).collect();
        if citations.len() < text.citations.len() {
            self.losses.dropped(format!("{path}.annotations"));
        }
        Some(Block::Text { text: Cow::Borrowed(self.said(&text.text)?), citations })
    }

    /// Words that may stand in a block: the API refuses blank ones.
    fn said<'p>(&self, text: &'p str) -> Option<&'p str> {
        let refused = self.audience != Audience::Client && text.trim().is_empty();
        (self.is_own() || !refused).then_some(text)
    }

    fn media<'p>(&mut self, media: &'p Media, speaker: Speaker, path: &str) -> Option<Block<'p>> {
        if self.is_own() {
            return Some(Block::Medium(Medium::own(media)));
        }
        let welcome = match speaker {
            Speaker::User => true,
            Speaker::Tool => media.kind != MediaKind::Audio,
            Speaker::Assistant => self.audience == Audience::Client,
            Speaker::System => false,
        };
        let medium = Medium::foreign(media).filter(|_| welcome);
        let Some(mut medium) = medium else { return self.drop(path) };
        if media.detail.as_deref() == Some("low") {
            self.losses.dropped(format!("{path}.detail"));
        }
        if media.kind == MediaKind::Document {
            medium.name = Some(Cow::Owned(self.title(media, path)));
        }
        Some(Block::Medium(medium))
    }

    fn title(&mut self, media: &Media, path: &str) -> String {
        let title = media::title(media.name.as_deref(), &self.titles);
        if media.name.as_deref().is_some_and(|name| media::stem(name) != title) {
            self.losses.changed(format!("{path}.name"));
        }
        self.titles.push(title.clone());
        title
    }

    fn reasoning<'p>(&mut self, reasoning: &'p Reasoning, speaker: Speaker, path: &str) -> Option<Block<'p>> {
        let seal = reasoning.seal.as_ref();
        let signature = self.signature(seal);
        // Thoughts without a proof go back only where they came from, and those with another's proof not at all.
        let unproven = seal.is_none() && (self.is_own() || self.audience == Audience::Client);
        let trusted = signature.is_some() || unproven;
        if !trusted || matches!(speaker, Speaker::System | Speaker::Tool) {
            return self.drop(path);
        }
        if !reasoning.redacted {
            return Some(Block::Thoughts { text: thoughts(reasoning), signature });
        }
        let data = seal.and_then(hidden);
        let Some(data) = data else { return self.drop(path) };
        Some(Block::Hidden { data })
    }

    fn signature<'p>(&self, seal: Option<&'p Seal>) -> Option<Cow<'p, str>> {
        let seal = seal?;
        match (seal.for_maker(Maker::Anthropic), self.audience) {
            (Some(own), Audience::Client | Audience::Claude) => Some(Cow::Borrowed(own)),
            (Some(own), Audience::Other) if self.is_own() => Some(Cow::Borrowed(own)),
            (None, Audience::Client) => Some(Cow::Owned(seal.packed(Some(Maker::Anthropic)))),
            (_, Audience::Claude | Audience::Other) => None,
        }
    }

    fn drop<T>(&mut self, path: &str) -> Option<T> {
        self.losses.dropped(path);
        None
    }
}

/// The seal of hidden thoughts, which stands in base64: Claude's is some already.
pub(super) fn hidden(seal: &Seal) -> Option<Cow<'_, str>> {
    match seal.for_maker(Maker::Anthropic) {
        Some(own) => media::strict(own),
        None => Some(Cow::Owned(base64::encode(seal.packed(None).as_bytes()))),
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
