//! The pieces that turns and replies are made of.

use super::extras::{Extras, Json};
use super::seal::Seal;
use crate::dialect::Dialect;

/// A part with what is said about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// What it is.
    pub part: Part,
    /// That the prompt up to here is worth keeping.
    pub cache: Option<CacheHint>,
    /// What only its own dialect knows of it.
    pub extras: Extras,
}

/// One part of a turn or a reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Words.
    Text(Text),
    /// Words by which a model declines, where the dialect tells them apart.
    Refusal(String),
    /// A picture, a sound, a document.
    Media(Media),
    /// A model wants a tool to be used.
    ToolCall(ToolCall),
    /// What came of it.
    ToolResult(ToolResult),
    /// What a model thought.
    Reasoning(Reasoning),
    /// Something that one dialect alone knows: the whole element as it is spelled.
    Opaque(Opaque),
}

/// Words, with what they are based on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Text {
    /// The words.
    pub text: String,
    /// What they are based on.
    pub citations: Vec<Citation>,
}

/// What some words are based on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Citation {
    /// The address of the source, where it is on the web.
    pub url: Option<String>,
    /// The source's title.
    pub title: Option<String>,
    /// The words of the source.
    pub cited: Option<String>,
    /// Which characters of the text it is about.
    pub range: Option<(u64, u64)>,
    /// The dialect that it came in, and the citation as it is spelled there.
    pub spelled: (Dialect, Json),
}

/// A picture, a sound, a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Media {
    /// What it is.
    pub kind: MediaKind,
    /// Where its content is.
    pub source: Source,
    /// `image/png`; `None` where it was not said (behind a URL).
    pub media_type: Option<String>,
    /// The name of the file, or the title of the document.
    pub name: Option<String>,
    /// How closely a picture is to be looked at: `low`, `high`, `auto`.
    pub detail: Option<String>,
}

/// Kinds of media.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MediaKind {
    /// A picture.
    Image,
    /// A sound.
    Audio,
    /// A moving picture.
    Video,
    /// A PDF, a text, or another file.
    Document,
}

/// Where the content of a medium is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Behind this URL (never a `data:` URL).
    Url(String),
    /// Here, in base64.
    Base64(String),
    /// Here, as plain text.
    Text(String),
    /// In a file that was uploaded to the provider before.
    File(String),
}

/// A model wants a tool to be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolCall {
    /// What its result refers to. Made up where a dialect has none.
    pub id: String,
    /// The tool.
    pub name: String,
    /// The exact JSON text of the arguments, or the plain input of a custom tool.
    pub arguments: String,
    /// Whether the tool takes plain text in place of JSON.
    pub custom: bool,
    /// Gemini binds its seals to calls.
    pub seal: Option<Seal>,
}

/// What came of the use of a tool. Stands in turns of [`super::conversation::Role::User`] (Anthropic, Gemini, Bedrock)
/// and [`super::conversation::Role::Tool`] (OpenAI) alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolResult {
    /// The call's `id`.
    pub call: String,
    /// The tool, where the dialect says it here.
    pub name: Option<String>,
    /// The result.
    pub pieces: Vec<Piece>,
    /// Whether it failed.
    pub is_error: Option<bool>,
    /// Whether the call was one of a custom tool.
    pub custom: bool,
}

/// What a model thought.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reasoning {
    /// The thoughts, a string for each part of a summary; none where only the seal is there.
    pub paragraphs: Vec<String>,
    /// What the paragraphs are.
    pub form: ReasoningForm,
    /// The proof of it.
    pub seal: Option<Seal>,
    /// Whether the provider hides the thoughts and shows only the seal.
    pub redacted: bool,
}

/// What thoughts are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ReasoningForm {
    /// The thoughts themselves.
    #[default]
    Full,
    /// A summary of them.
    Summary,
}

/// Something that one dialect alone knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opaque {
    /// The dialect.
    pub dialect: Dialect,
    /// What it calls this kind of part: `server_tool_use`.
    pub kind: String,
    /// The whole element.
    pub json: Json,
}

/// That the prompt up to here is worth keeping in a cache.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CacheHint {
    /// For how long: `5m`, `1h`.
    pub ttl: Option<String>,
}

// === impl Piece ===

impl Piece {
    /// A part of which nothing else is said.
    pub fn of(part: Part) -> Self {
        Self { part, cache: None, extras: Extras::default() }
    }

    /// Plain words.
    pub fn text(text: impl Into<String>) -> Self {
        Self::of(Part::Text(Text { text: text.into(), citations: Vec::new() }))
    }
}

// === impl ToolCall ===

impl ToolCall {
    /// Whether its arguments are no JSON text, as when an answer was cut off within them.
    pub fn is_broken(&self) -> bool {
        !self.custom && !self.arguments.trim().is_empty() && Json::read(&self.arguments).is_none()
    }
}

// === impl Reasoning ===

impl Reasoning {
    /// The thoughts in one text.
    pub fn text(&self) -> String {
        self.paragraphs.join("\n\n")
    }
}
