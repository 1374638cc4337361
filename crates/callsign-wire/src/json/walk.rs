//! Steps from value to value inside a text that was checked already; knows nothing of what the values mean.

use std::borrow::Cow;

use super::{Cursor, Kind, Member, shape};

/// A well-formed value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Node<'a>(&'a [u8]);

/// The members of an object.
pub(crate) struct Members<'a>(Series<'a>);

/// The elements of an array.
pub(crate) struct Elements<'a>(Series<'a>);

/// What stands between a container's brackets, separated by commas.
struct Series<'a> {
    cursor: Cursor<'a>,
    begun: bool,
}

// === impl Node ===

impl<'a> Node<'a> {
    /// The value that a whole text is; `None` where it is none.
    pub(crate) fn read(text: &'a [u8]) -> Option<Self> {
        super::document(text, |_| {}).ok()?;
        Some(Self::checked(text))
    }

    /// The value that a whole text is which was found well-formed before.
    pub(crate) fn checked(text: &'a [u8]) -> Self {
        Self(text.trim_ascii())
    }

    /// The value of a member, which came out of a checked text.
    pub(crate) fn of(member: &Member<'a>) -> Self {
        Self(member.value)
    }

    pub(crate) fn kind(self) -> Kind {
        Kind::of(self.0)
    }

    /// The value as it is spelled.
    pub(crate) fn spelled(self) -> &'a [u8] {
        self.0
    }

    /// The first member of this name; `None` where the value is no object, too.
    pub(crate) fn get(self, name: &str) -> Option<Self> {
        self.members().find(|member| member.is(name)).map(|member| Self::of(&member))
    }

    /// The member at the end of a path of names.
    pub(crate) fn at(self, path: &[&str]) -> Option<Self> {
        path.iter().try_fold(self, |node, name| node.get(name))
    }

    /// Its members, where it is an object.
    pub(crate) fn members(self) -> Members<'a> {
        Members(Series::of(self, Kind::Object))
    }

    /// Its elements, where it is an array.
    pub(crate) fn elements(self) -> Elements<'a> {
        Elements(Series::of(self, Kind::Array))
    }

    /// What it says, where it is a string that means text.
    pub(crate) fn text(self) -> Option<Cow<'a, str>> {
        super::text(self.0)
    }

    /// Whether it is this string.
    pub(crate) fn says(self, text: &str) -> bool {
        self.text().is_some_and(|own| own == text)
    }

    /// Whether it holds nothing: `null`, `""`, `[]`, `{}`.
    pub(crate) fn is_blank(self) -> bool {
        match self.kind() {
            Kind::Null => true,
            Kind::Text => self.0 == b"\"\"",
            Kind::Array => self.elements().next().is_none(),
            Kind::Object => self.members().next().is_none(),
            Kind::Number | Kind::Bool => false,
        }
    }
}

// === impl Series ===

impl<'a> Series<'a> {
    fn of(node: Node<'a>, kind: Kind) -> Self {
        let text = if node.kind() == kind { node.0 } else { b"" };
        Self { cursor: Cursor::new(text, usize::from(!text.is_empty())), begun: false }
    }

    /// Goes to where the next one begins; `None` after the last.
    fn step(&mut self) -> Option<()> {
        let begun = std::mem::replace(&mut self.begun, true);
        if begun && !self.cursor.take(b',') {
            return None;
        }
        match self.cursor.next_token() {
            None | Some(b'}' | b']') => None,
            Some(_) => Some(()),
        }
    }
}

// === impl Members ===

impl<'a> Iterator for Members<'a> {
    type Item = Member<'a>;

    fn next(&mut self) -> Option<Member<'a>> {
        self.0.step()?;
        let cursor = &mut self.0.cursor;
        let key = cursor.key().ok()?;
        cursor.next_token();
        let start = cursor.at;
        let value = cursor.known()?;
        Some(Member { key, place: start..cursor.at, value })
    }
}

// === impl Elements ===

impl<'a> Iterator for Elements<'a> {
    type Item = Node<'a>;

    fn next(&mut self) -> Option<Node<'a>> {
        self.0.step()?;
        self.0.cursor.known().map(Node)
    }
}

// === impl Cursor ===

impl<'a> Cursor<'a> {
    /// Passes over a value that was found well-formed before: nothing in a container need be looked at but its end.
    fn known(&mut self) -> Option<&'a [u8]> {
        let rest = self.text.get(self.at..)?;
        let start = self.at;
        match Kind::of(rest) {
            Kind::Object | Kind::Array => self.at += shape::container(rest),
            _ => self.value().ok()?,
        }
        self.text.get(start..self.at)
    }
}

/// Walks backwards over a document of which only the end is there, and calls `each` with the depth, the key and the text
/// from the value on of every member whose key it meets.
///
/// A document's end is outside of strings, and within them quotes are escaped: seen from the end there is no doubt what is
/// a string. Where the text is no end of a document the answers mean nothing.
pub(crate) fn from_end<'a>(text: &'a [u8], mut each: impl FnMut(usize, &'a [u8], &'a [u8])) {
    let mut depth: usize = 0;
    let mut end = text.len();
    while let Some((at, byte)) = last_mark(text, end) {
        end = at;
        match byte {
            b'}' | b']' => depth += 1,
            b'{' | b'[' => depth = depth.saturating_sub(1),
            _ => {
                let Some(open) = opening_quote(text, at) else { return };
                end = open;
                if let Some(value) = after_colon(text, at + 1) {
                    each(depth, text.get(open + 1..at).unwrap_or_default(), value);
                }
            }
        }
    }
}

/// What the string says that `text` begins with, whatever comes behind it.
pub(crate) fn first_text(text: &[u8]) -> Option<Cow<'_, str>> {
    let mut cursor = Cursor::new(text, 0);
    cursor.byte().filter(|byte| *byte == b'"')?;
    cursor.string().ok()?;
    super::text(text.get(..cursor.at)?)
}

/// The last bracket or quote before `end`.
fn last_mark(text: &[u8], end: usize) -> Option<(usize, u8)> {
    let before = text.get(..end)?;
    let at = before.iter().rposition(|byte| matches!(byte, b'{' | b'}' | b'[' | b']' | b'"'))?;
    before.get(at).map(|byte| (at, *byte))
}

/// Where the string begins that is closed by the quote at `close`.
fn opening_quote(text: &[u8], close: usize) -> Option<usize> {
    let mut end = close;
    loop {
        let before = text.get(..end)?;
        let at = memchr::memrchr(b'"', before)?;
        let escapes = before.get(..at)?.iter().rev().take_while(|byte| **byte == b'\\').count();
        if escapes.is_multiple_of(2) {
            return Some(at);
        }
        end = at;
    }
}

/// The value behind a key that ends at `at`.
fn after_colon(text: &[u8], at: usize) -> Option<&[u8]> {
    let rest = text.get(at..)?.trim_ascii_start();
    rest.strip_prefix(b":").map(<[u8]>::trim_ascii_start)
}

#[cfg(test)]
#[expect(clippy::disallowed_types, reason = "arbitrary JSON is made from values")]
mod tests;
