//! A cursor that checks JSON text and tells where its values lie, without building any of them.
//!
//! It accepts what RFC 8259 accepts, no more and no less; `tests` hold it against `serde_json`. Nesting costs one
//! bit a level, on the heap past 64 levels, so no document can exhaust the stack. Strings, which make up nearly all of a
//! real body, are passed over in blocks.

mod escape;
pub(crate) mod object;
mod plain;
pub(crate) mod shape;

use std::borrow::Cow;
use std::ops::Range;

use plain::{is_simple_escape, plain_prefix};

/// What is wrong with a text, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Flaw {
    pub(crate) at: usize,
    pub(crate) reason: Reason,
}

/// What is wrong with a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// It ends too early.
    #[error("the text ends too early")]
    Ended,
    /// No value where one must be.
    #[error("expected a value")]
    Value,
    /// No key where one must be.
    #[error("expected a key in double quotes")]
    Key,
    /// A key without its colon.
    #[error("expected `:` after a key")]
    Colon,
    /// Something after a member that is no comma and no end.
    #[error("expected `,` or `}}`")]
    MemberEnd,
    /// Something after an element that is no comma and no end.
    #[error("expected `,` or `]`")]
    ElementEnd,
    /// A control character in a string.
    #[error("control characters in strings must be escaped")]
    Control,
    /// A backslash followed by something unknown.
    #[error("unknown escape in a string")]
    Escape,
    /// A number that is none.
    #[error("malformed number")]
    Number,
    /// More after the document's end.
    #[error("unexpected text after the document")]
    Trailing,
    /// Bytes that are no UTF-8.
    #[error("not valid utf-8")]
    Utf8,
    /// A byte order mark.
    #[error("a byte order mark is not allowed, send plain utf-8")]
    ByteOrderMark,
}

/// One member of an object, as it is spelled.
#[derive(Debug, Clone)]
pub(crate) struct Member<'a> {
    /// The key between its quotes, escapes and all.
    pub(crate) key: &'a [u8],
    /// Where the value lies in the text.
    pub(crate) place: Range<usize>,
    /// The value.
    pub(crate) value: &'a [u8],
}

/// The kind of a value, by its first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Object,
    Array,
    Text,
    Number,
    Bool,
    Null,
}

/// Walks over a text; `heed` is shown every string on the way.
pub(crate) struct Cursor<'a, H = ()> {
    text: &'a [u8],
    at: usize,
    heed: H,
}

/// Takes note of strings, keys among them.
pub(crate) trait Heed {
    /// A string begins; `rest` is all of the text behind its opening quote, of which nothing is checked yet.
    fn string(&mut self, rest: &[u8]);
}

/// The containers that are open: one bit each, set for an object.
#[derive(Default)]
struct Nest {
    depth: usize,
    top: u64,
    below: Vec<u64>,
}

// === impl Kind ===

impl Kind {
    /// The kind of a well-formed value.
    pub(crate) fn of(value: &[u8]) -> Self {
        match value.first() {
            Some(b'{') => Self::Object,
            Some(b'[') => Self::Array,
            Some(b'"') => Self::Text,
            Some(b't' | b'f') => Self::Bool,
            Some(b'n') => Self::Null,
            _ => Self::Number,
        }
    }

    /// Its name in messages.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Object => "an object",
            Self::Array => "an array",
            Self::Text => "a string",
            Self::Number => "a number",
            Self::Bool => "a boolean",
            Self::Null => "null",
        }
    }
}

// === impl Member ===

impl Member<'_> {
    /// Whether the key means `name` (plain ASCII), however it is spelled.
    pub(crate) fn is(&self, name: &str) -> bool {
        // An escape spends at most six bytes on one character.
        let could_be_escaped = self.key.len() > name.len() && self.key.len() <= 6 * name.len();
        self.key == name.as_bytes()
            || (could_be_escaped
                && self.key.contains(&b'\\')
                && text(&[b"\"", self.key, b"\""].concat()).is_some_and(|key| key == name))
    }
}

/// `text` as a JSON string.
pub(crate) fn quote(text: &str) -> Vec<u8> {
    // Writing text into memory cannot fail.
    serde_json::to_vec(text).unwrap_or_default()
}

/// What a quoted JSON string says; `None` where it has no meaning as text (a lone surrogate, bytes that are no UTF-8).
pub(crate) fn text(quoted: &[u8]) -> Option<Cow<'_, str>> {
    let inside = quoted.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    let inside = simdutf8::basic::from_utf8(inside).ok()?;
    if memchr::memchr(b'\\', inside.as_bytes()).is_none() {
        return Some(Cow::Borrowed(inside));
    }
    escape::resolved(inside).map(Cow::Owned)
}

/// The same where some of it has no meaning: what has none reads as U+FFFD.
pub(crate) fn text_lossily(quoted: &[u8]) -> String {
    let inside = quoted.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")).unwrap_or(quoted);
    escape::resolved_lossily(&String::from_utf8_lossy(inside))
}

/// Checks a whole document and calls `each` for every member of its top-level object, as they come: an error may follow.
pub(crate) fn document<'a>(text: &'a [u8], each: impl FnMut(Member<'a>)) -> Result<Top, Flaw> {
    heeded(text, (), each).map(|(top, ())| top)
}

/// The same, with what `heed` makes of the document's strings.
pub(crate) fn heeded<'a, H: Heed>(
    text: &'a [u8],
    heed: H,
    mut each: impl FnMut(Member<'a>),
) -> Result<(Top, H), Flaw> {
    check_utf8(text)?;
    let mut cursor = Cursor { text, at: 0, heed };
    if text.starts_with(b"\xEF\xBB\xBF") {
        return Err(Flaw { at: 0, reason: Reason::ByteOrderMark });
    }
    let first = cursor.next_token();
    let start = cursor.at;
    let top = if first == Some(b'{') {
        let empty = cursor.members(&mut each)?;
        Top::Object { inside: start + 1, empty }
    } else {
        cursor.value()?;
        Top::Other(Kind::of(text.get(start..).unwrap_or_default()))
    };
    if cursor.next_token().is_some() {
        return Err(cursor.flaw(Reason::Trailing));
    }
    Ok((top, cursor.heed))
}

/// What a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Top {
    /// An object; `inside` is the byte after its brace.
    Object { inside: usize, empty: bool },
    /// Anything else.
    Other(Kind),
}

impl Heed for () {
    fn string(&mut self, _: &[u8]) {}
}

// === impl Cursor ===

impl<'a> Cursor<'a> {
    fn new(text: &'a [u8], at: usize) -> Self {
        Self { text, at, heed: () }
    }
}

impl<'a, H: Heed> Cursor<'a, H> {
    fn flaw(&self, reason: Reason) -> Flaw {
        let reason = if self.at >= self.text.len() { Reason::Ended } else { reason };
        Flaw { at: self.at.min(self.text.len()), reason }
    }

    fn byte(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    /// The next byte that is no white space, not consumed.
    fn next_token(&mut self) -> Option<u8> {
        loop {
            match self.byte() {
                Some(b' ' | b'\n' | b'\t' | b'\r') => self.at += 1,
                other => return other,
            }
        }
    }

    /// Consumes `wanted` where it is the next token.
    fn take(&mut self, wanted: u8) -> bool {
        let found = self.next_token() == Some(wanted);
        self.at += usize::from(found);
        found
    }

    /// The members of the object that begins here; answers whether there was none.
    fn members(&mut self, each: &mut impl FnMut(Member<'a>)) -> Result<bool, Flaw> {
        self.at += 1;
        if self.take(b'}') {
            return Ok(true);
        }
        loop {
            let key = self.key()?;
            self.next_token();
            let start = self.at;
            self.value()?;
            let place = start..self.at;
            let value = self.text.get(place.clone()).unwrap_or_default();
            each(Member { key, place, value });
            if self.take(b'}') {
                return Ok(false);
            }
            if !self.take(b',') {
                return Err(self.flaw(Reason::MemberEnd));
            }
        }
    }

    /// A key and its colon; answers the key between its quotes.
    fn key(&mut self) -> Result<&'a [u8], Flaw> {
        if self.next_token() != Some(b'"') {
            return Err(self.flaw(Reason::Key));
        }
        let start = self.at + 1;
        self.string()?;
        let key = self.text.get(start..self.at - 1).unwrap_or_default();
        if self.take(b':') { Ok(key) } else { Err(self.flaw(Reason::Colon)) }
    }

    /// Passes over one value, however deep.
    fn value(&mut self) -> Result<(), Flaw> {
        let mut nest = Nest::default();
        loop {
            let opened = self.open_or_scalar(&mut nest)?;
            if !opened && self.close(&mut nest)? {
                return Ok(());
            }
        }
    }

    /// Passes over a scalar or an empty container, or enters a container: then the next value is its first.
    fn open_or_scalar(&mut self, nest: &mut Nest) -> Result<bool, Flaw> {
        match self.next_token() {
            Some(b'"') => self.string().map(|()| false),
            Some(b'{') => {
                self.at += 1;
                if self.take(b'}') {
                    return Ok(false);
                }
                nest.push(true);
                self.key().map(|_| true)
            }
            Some(b'[') => {
                self.at += 1;
                if self.take(b']') {
                    return Ok(false);
                }
                nest.push(false);
                Ok(true)
            }
            Some(b't') => self.word(b"true").map(|()| false),
            Some(b'f') => self.word(b"false").map(|()| false),
            Some(b'n') => self.word(b"null").map(|()| false),
            Some(b'-' | b'0'..=b'9') => self.number().map(|()| false),
            _ => Err(self.flaw(Reason::Value)),
        }
    }

    /// After a value: leaves the containers that end here. Answers true when none is open any more, false when another
    /// value follows.
    fn close(&mut self, nest: &mut Nest) -> Result<bool, Flaw> {
        while let Some(in_object) = nest.innermost() {
            match (self.next_token(), in_object) {
                (Some(b','), true) => {
                    self.at += 1;
                    return self.key().map(|_| false);
                }
                (Some(b','), false) => {
                    self.at += 1;
                    return Ok(false);
                }
                (Some(b'}'), true) | (Some(b']'), false) => {
                    self.at += 1;
                    nest.pop();
                }
                (_, true) => return Err(self.flaw(Reason::MemberEnd)),
                (_, false) => return Err(self.flaw(Reason::ElementEnd)),
            }
        }
        Ok(true)
    }

    fn word(&mut self, word: &[u8]) -> Result<(), Flaw> {
        for expected in word {
            if self.byte() != Some(*expected) {
                return Err(self.flaw(Reason::Value));
            }
            self.at += 1;
        }
        Ok(())
    }

    fn number(&mut self) -> Result<(), Flaw> {
        if self.byte() == Some(b'-') {
            self.at += 1;
        }
        if self.byte() == Some(b'0') {
            self.at += 1;
            if self.byte().is_some_and(|byte| byte.is_ascii_digit()) {
                return Err(self.flaw(Reason::Number));
            }
        } else {
            self.digits()?;
        }
        if self.byte() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.byte(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.byte(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(())
    }

    /// One digit at least.
    fn digits(&mut self) -> Result<(), Flaw> {
        let start = self.at;
        while self.byte().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == start { Err(self.flaw(Reason::Number)) } else { Ok(()) }
    }

    /// Passes over the string whose opening quote is here.
    fn string(&mut self) -> Result<(), Flaw> {
        self.at += 1;
        self.heed.string(self.text.get(self.at..).unwrap_or_default());
        loop {
            self.at += plain_prefix(self.text.get(self.at..).unwrap_or_default());
            match self.byte() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => self.escapes()?,
                _ => return Err(self.flaw(Reason::Control)),
            }
        }
    }

    /// Passes over escapes that follow each other.
    fn escapes(&mut self) -> Result<(), Flaw> {
        while self.byte() == Some(b'\\') {
            self.at += 1;
            match self.byte() {
                Some(b'u') => self.four_hex_digits()?,
                Some(byte) if is_simple_escape(byte) => self.at += 1,
                _ => return Err(self.flaw(Reason::Escape)),
            }
        }
        Ok(())
    }

    fn four_hex_digits(&mut self) -> Result<(), Flaw> {
        self.at += 1;
        for _ in 0..4 {
            if !self.byte().is_some_and(|byte| byte.is_ascii_hexdigit()) {
                return Err(self.flaw(Reason::Escape));
            }
            self.at += 1;
        }
        Ok(())
    }
}

fn check_utf8(text: &[u8]) -> Result<(), Flaw> {
    simdutf8::compat::from_utf8(text)
        .map(|_| ())
        .map_err(|error| Flaw { at: error.valid_up_to(), reason: Reason::Utf8 })
}

// === impl Nest ===

impl Nest {
    fn push(&mut self, object: bool) {
        if self.depth > 0 && self.depth.is_multiple_of(64) {
            self.below.push(self.top);
        }
        self.top = (self.top << 1) | u64::from(object);
        self.depth += 1;
    }

    fn pop(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        self.top >>= 1;
        if self.depth > 0
            && self.depth.is_multiple_of(64)
            && let Some(top) = self.below.pop()
        {
            self.top = top;
        }
    }

    fn innermost(&self) -> Option<bool> {
        (self.depth > 0).then_some(self.top & 1 == 1)
    }
}

pub(crate) mod walk;
pub(crate) mod writer;

#[cfg(test)]
mod tests;
