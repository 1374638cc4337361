//! What a request asks for, read out of its bytes: the model, and whether the answer is to be streamed.
//!
//! The whole body is checked, so that what passes on cannot be read differently by the next one to read it, and nothing
//! is built but the model's name.

use std::ops::Range;

use crate::brought::Brought;
pub use crate::json::Reason;
use crate::json::{self, Flaw, Kind, Top};
use crate::multipart::{self, FormError};

/// What a request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peeked {
    /// The model that it names.
    pub model: Asked,
    /// Whether it asks for a stream.
    pub stream: bool,
    /// Where its prompt stands.
    pub prompt: Prompt,
    /// What it brings back of earlier answers.
    pub brought: Brought,
    pub(crate) place: Place,
}

impl Peeked {
    /// What another body of the same request asks for, in which other values were replaced than those that this looks at.
    pub fn again(&self, body: &[u8]) -> Result<Self, PeekError> {
        match self.place {
            Place::Path => Ok(self.clone()),
            _ => json(body),
        }
    }
}

/// The model that a request names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// No `model`, or `null`.
    Absent,
    /// `""`.
    Empty,
    /// This one.
    Named(String),
}

/// The member that holds what is asked, which tells dialects apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prompt {
    /// `messages`: OpenAI's chat and Anthropic.
    Messages,
    /// `input`: OpenAI's Responses, and embeddings.
    Input,
    /// `contents`: Gemini.
    Contents,
    /// None or several of these.
    Other,
}

/// Where a request names its model, or could.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// A JSON value.
    Value(Range<usize>),
    /// The first member of an object would stand at this byte.
    Member { at: usize, only: bool },
    /// The value of a form's part.
    Part(Range<usize>),
    /// In the request's path.
    Path,
    /// A form's part could stand before this delimiter line (`--boundary`).
    NewPart(Range<usize>),
}

/// Why a body cannot be read. Messages never hold text of the body.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PeekError {
    /// Not JSON.
    #[error("the body is not valid json: {reason} at line {line} column {column}")]
    Syntax {
        /// What is wrong.
        reason: Reason,
        /// The line, from 1.
        line: usize,
        /// The column, from 1, in characters.
        column: usize,
    },
    /// JSON, but no object.
    #[error("the body must be a json object, not {found}")]
    NotAnObject {
        /// What it is.
        found: &'static str,
    },
    /// A key that decides where the request goes stands twice.
    #[error("the body has more than one `{key}`, send it once")]
    Duplicate {
        /// The key.
        key: &'static str,
    },
    /// A `model` that is no string.
    #[error("`model` must be a string, not {found}")]
    ModelType {
        /// What it is.
        found: &'static str,
    },
    /// A `model` whose text is no Unicode.
    #[error("`model` must be valid unicode text")]
    ModelText,
    /// Not a form.
    #[error("the body is not valid multipart/form-data: {0}")]
    Form(#[from] FormError),
}

// === impl PeekError ===

impl PeekError {
    /// The parameter that is to blame, where it is one.
    pub const fn param(&self) -> Option<&'static str> {
        match self {
            Self::Duplicate { key } => Some(key),
            Self::ModelType { .. } | Self::ModelText => Some("model"),
            _ => None,
        }
    }
}

/// Peeks into a JSON body.
pub fn json(body: &[u8]) -> Result<Peeked, PeekError> {
    let mut models = Once::default();
    let mut streams = Once::default();
    let mut prompt = None;
    let (top, brought) = json::heeded(body, Brought::default(), |member| {
        note_prompt(member.key, &mut prompt);
        if member.is("model") {
            models.put(member);
        } else if member.is("stream") {
            streams.put(member);
        }
    })
    .map_err(|flaw| syntax(body, flaw))?;
    let (inside, empty) = match top {
        Top::Object { inside, empty } => (inside, empty),
        Top::Other(kind) => return Err(PeekError::NotAnObject { found: kind.name() }),
    };
    let stream = streams.take("stream")?.is_some_and(|member| member.value == b"true");
    let prompt = prompt.unwrap_or(Prompt::Other);
    match models.take("model")? {
        None => {
            let place = Place::Member { at: inside, only: empty };
            Ok(Peeked { model: Asked::Absent, stream, prompt, brought, place })
        }
        Some(member) => {
            let place = Place::Value(member.place);
            Ok(Peeked { model: asked(member.value)?, stream, prompt, brought, place })
        }
    }
}

fn note_prompt(key: &[u8], found: &mut Option<Prompt>) {
    let prompt = match key {
        b"messages" => Prompt::Messages,
        b"input" => Prompt::Input,
        b"contents" => Prompt::Contents,
        _ => return,
    };
    *found = Some(if found.is_none() { prompt } else { Prompt::Other });
}

/// Checks a JSON body whose path says the rest.
pub fn beside_path(body: &[u8], model: String, stream: bool) -> Result<Peeked, PeekError> {
    let (top, brought) = json::heeded(body, Brought::default(), |_| {}).map_err(|flaw| syntax(body, flaw))?;
    match top {
        Top::Other(kind) => Err(PeekError::NotAnObject { found: kind.name() }),
        Top::Object { .. } => {
            let (model, prompt) = (Asked::Named(model), Prompt::Contents);
            Ok(Peeked { model, stream, prompt, brought, place: Place::Path })
        }
    }
}

/// Peeks into a form. `content_type` is the header's value, for its boundary.
pub fn multipart(content_type: &str, body: &[u8]) -> Result<Peeked, PeekError> {
    let mut models = Once::default();
    let mut streams = Once::default();
    let boundary = multipart::boundary(content_type)?;
    let first_delimiter = multipart::read(&boundary, body, |part| match part.name.as_ref() {
        b"model" => models.put(part),
        b"stream" => streams.put(part),
        _ => {}
    })?;
    let stream = streams.take("stream")?.is_some_and(|part| is_true(part.value));
    let (prompt, brought) = (Prompt::Other, Brought::default());
    let Some(part) = models.take("model")? else {
        let place = Place::NewPart(first_delimiter);
        return Ok(Peeked { model: Asked::Absent, stream, prompt, brought, place });
    };
    if part.file {
        return Err(PeekError::ModelType { found: "a file" });
    }
    let name = std::str::from_utf8(part.value).map_err(|_| PeekError::ModelText)?;
    let model = if name.is_empty() { Asked::Empty } else { Asked::Named(name.to_owned()) };
    Ok(Peeked { model, stream, prompt, brought, place: Place::Part(part.place) })
}

/// A form has no booleans: this is what servers take for one.
fn is_true(value: &[u8]) -> bool {
    value.eq_ignore_ascii_case(b"true") || value == b"1"
}

fn asked(value: &[u8]) -> Result<Asked, PeekError> {
    match Kind::of(value) {
        Kind::Null => Ok(Asked::Absent),
        Kind::Text => match json::text(value).ok_or(PeekError::ModelText)? {
            name if name.is_empty() => Ok(Asked::Empty),
            name => Ok(Asked::Named(name.into_owned())),
        },
        other => Err(PeekError::ModelType { found: other.name() }),
    }
}

fn syntax(body: &[u8], flaw: Flaw) -> PeekError {
    let before = body.get(..flaw.at).unwrap_or(body);
    let line_start = memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1);
    let in_line = before.get(line_start..).unwrap_or_default();
    PeekError::Syntax {
        reason: flaw.reason,
        line: 1 + memchr::memchr_iter(b'\n', before).count(),
        // Every byte but the continuation bytes of UTF-8 begins a character.
        column: 1 + in_line.iter().filter(|byte| **byte & 0xC0 != 0x80).count(),
    }
}

/// Something that may stand once.
struct Once<T> {
    first: Option<T>,
    again: bool,
}

// === impl Once ===

impl<T> Default for Once<T> {
    fn default() -> Self {
        Self { first: None, again: false }
    }
}

impl<T> Once<T> {
    fn put(&mut self, found: T) {
        if self.first.is_some() {
            self.again = true;
        } else {
            self.first = Some(found);
        }
    }

    fn take(self, key: &'static str) -> Result<Option<T>, PeekError> {
        if self.again { Err(PeekError::Duplicate { key }) } else { Ok(self.first) }
    }
}

/// Whether the object that a body is has a member of this name.
pub fn has_member(body: &[u8], name: &str) -> bool {
    let mut found = false;
    let read = json::document(body, |member| found |= member.is(name));
    read.is_ok() && found
}

#[cfg(test)]
mod tests;
