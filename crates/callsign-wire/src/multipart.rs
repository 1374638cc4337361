//! Forms (`multipart/form-data`, RFC 7578): where their parts lie, without a copy of any.
//!
//! Stricter than most servers, because a form that two readers split differently could name one model here and another one
//! upstream: lines end in CR LF, and a line that begins like the boundary must be one.

use std::borrow::Cow;
use std::ops::Range;

use memchr::memmem;

/// Why a form cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// The content type is another one.
    #[error("the content type must be `multipart/form-data`")]
    ContentType,
    /// No usable boundary.
    #[error("the content type needs one `boundary` of 1 to 70 characters")]
    Boundary,
    /// The boundary is nowhere in the body.
    #[error("the boundary named in the content type does not occur")]
    NoDelimiter,
    /// The last boundary is missing.
    #[error("the closing boundary is missing")]
    Unfinished,
    /// A line that begins with the boundary and goes on.
    #[error("a line begins with the boundary but is not a boundary line, choose another boundary")]
    Delimiter,
    /// Lines that end in LF alone.
    #[error("lines must end in CR LF")]
    LineEnd,
    /// A part whose head cannot be read.
    #[error("every part needs a head with one `content-disposition` that has one `name`")]
    PartHead,
}

/// One part of a form.
#[derive(Debug)]
pub(crate) struct Part<'a> {
    pub(crate) name: Cow<'a, [u8]>,
    /// Whether it has a file name.
    pub(crate) file: bool,
    pub(crate) place: Range<usize>,
    pub(crate) value: &'a [u8],
}

/// A line that stands between parts.
struct Delimiter {
    /// From its first dash to the boundary's last byte.
    place: Range<usize>,
    /// Where the next line begins.
    after: usize,
    last: bool,
}

/// The boundary that a content type names.
pub(crate) fn boundary(content_type: &str) -> Result<Vec<u8>, FormError> {
    let text = content_type.as_bytes();
    let (essence, parameters) = text.split_at_checked(first(text, b";")).ok_or(FormError::ContentType)?;
    if !essence.trim_ascii().eq_ignore_ascii_case(b"multipart/form-data") {
        return Err(FormError::ContentType);
    }
    let mut found = None;
    for parameter in Parameters(parameters) {
        let (name, value) = parameter.ok_or(FormError::Boundary)?;
        if name.eq_ignore_ascii_case(b"boundary") && found.replace(value).is_some() {
            return Err(FormError::Boundary);
        }
    }
    let usable = |boundary: &Cow<'_, [u8]>| {
        (1..=70).contains(&boundary.len()) && boundary.iter().all(|byte| matches!(byte, b' '..=b'~'))
    };
    found.filter(usable).map(Cow::into_owned).ok_or(FormError::Boundary)
}

/// Calls `each` for every part, and answers where the first delimiter lies.
pub(crate) fn read<'a>(
    boundary: &[u8],
    body: &'a [u8],
    mut each: impl FnMut(Part<'a>),
) -> Result<Range<usize>, FormError> {
    let dashed = [b"--", boundary].concat();
    let mut delimiters =
        memmem::find_iter(body, &dashed).filter_map(|at| delimiter(body, at..at + dashed.len()).transpose());
    let first = delimiters.next().ok_or(FormError::NoDelimiter)??;
    let place = first.place.clone();
    let mut open = first;
    while !open.last {
        let next = delimiters.next().ok_or(FormError::Unfinished)??;
        // The line break before a delimiter belongs to the delimiter.
        let end = next.place.start.saturating_sub(2);
        let text = body.get(open.after..end).ok_or(FormError::PartHead)?;
        each(part(text, open.after)?);
        open = next;
    }
    Ok(place)
}

/// The delimiter whose dashes and boundary lie at `place`; none in the middle of a line.
fn delimiter(body: &[u8], place: Range<usize>) -> Result<Option<Delimiter>, FormError> {
    let before = body.get(..place.start).unwrap_or_default();
    if !before.is_empty() && !before.ends_with(b"\r\n") {
        return if before.ends_with(b"\n") { Err(FormError::LineEnd) } else { Ok(None) };
    }
    let rest = body.get(place.end..).unwrap_or_default();
    let closed = rest.strip_prefix(b"--");
    let line = closed.unwrap_or(rest);
    let padding = line.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let line_end = line.get(padding..).unwrap_or_default();
    let last = closed.is_some();
    let ended = line_end.starts_with(b"\r\n") || (last && line_end.is_empty());
    if !ended {
        return Err(if line_end.starts_with(b"\n") { FormError::LineEnd } else { FormError::Delimiter });
    }
    let after = body.len() - line_end.len() + 2;
    Ok(Some(Delimiter { place, after, last }))
}

/// Reads the head of a part that begins at byte `start` of the body.
fn part(text: &[u8], start: usize) -> Result<Part<'_>, FormError> {
    let head_end = memmem::find(text, b"\r\n\r\n").ok_or(FormError::PartHead)?;
    let (head, _) = text.split_at_checked(head_end).ok_or(FormError::PartHead)?;
    let value_start = head_end + 4;
    let value = text.get(value_start..).unwrap_or_default();
    let mut disposition = None;
    for line in header_lines(head) {
        let (name, content) = header(line)?;
        if name.eq_ignore_ascii_case(b"content-disposition") && disposition.replace(content).is_some() {
            return Err(FormError::PartHead);
        }
    }
    let (name, file) = disposition.and_then(naming).ok_or(FormError::PartHead)?;
    let place = start + value_start..start + text.len();
    Ok(Part { name, file, place, value })
}

fn header_lines(head: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(head);
    std::iter::from_fn(move || {
        let text = rest?;
        let Some(end) = memmem::find(text, b"\r\n") else {
            return rest.take();
        };
        rest = text.get(end + 2..);
        text.get(..end)
    })
}

/// A header line's name and content. Folded lines and stray line breaks are refused.
fn header(line: &[u8]) -> Result<(&[u8], &[u8]), FormError> {
    if memchr::memchr2(b'\r', b'\n', line).is_some() {
        return Err(FormError::LineEnd);
    }
    let (name, content) = line.split_at_checked(first(line, b":")).ok_or(FormError::PartHead)?;
    let content = content.strip_prefix(b":").ok_or(FormError::PartHead)?;
    if name.is_empty() || name.iter().any(|byte| !matches!(byte, b'!'..=b'~')) {
        return Err(FormError::PartHead);
    }
    Ok((name, content))
}

/// The name in a `content-disposition`, and whether there is a file name.
fn naming(content: &[u8]) -> Option<(Cow<'_, [u8]>, bool)> {
    let (kind, parameters) = content.split_at_checked(first(content, b";"))?;
    if !kind.trim_ascii().eq_ignore_ascii_case(b"form-data") {
        return None;
    }
    let mut name = None;
    let mut file = false;
    for parameter in Parameters(parameters) {
        let (key, value) = parameter?;
        if key.eq_ignore_ascii_case(b"name") && name.replace(value).is_some() {
            return None;
        }
        file |= key.eq_ignore_ascii_case(b"filename") || key.eq_ignore_ascii_case(b"filename*");
    }
    name.map(|name| (name, file))
}

/// Where the first of `bytes` is, or the end.
fn first(text: &[u8], bytes: &[u8]) -> usize {
    text.iter().position(|byte| bytes.contains(byte)).unwrap_or(text.len())
}

/// The `; name=value` pairs of a header; `None` in place of one that is malformed, and then no more.
struct Parameters<'a>(&'a [u8]);

// === impl Parameters ===

impl<'a> Iterator for Parameters<'a> {
    type Item = Option<(&'a [u8], Cow<'a, [u8]>)>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut rest = self.0.trim_ascii_start();
        while let Some(after) = rest.strip_prefix(b";") {
            rest = after.trim_ascii_start();
        }
        if rest.is_empty() {
            return None;
        }
        let (found, rest) = parameter(rest).unzip();
        self.0 = rest.unwrap_or_default();
        Some(found)
    }
}

/// A name and its value, and the text from the next semicolon on.
#[expect(clippy::type_complexity, reason = "a pair and the rest")]
fn parameter(text: &[u8]) -> Option<((&[u8], Cow<'_, [u8]>), &[u8])> {
    let (name, rest) = text.split_at_checked(first(text, b"=;"))?;
    let rest = rest.strip_prefix(b"=")?.trim_ascii_start();
    let (value, rest) = if let Some(quoted) = rest.strip_prefix(b"\"") {
        until_quote(quoted)?
    } else {
        let (token, rest) = rest.split_at_checked(first(rest, b";"))?;
        (Cow::Borrowed(token.trim_ascii_end()), rest)
    };
    let rest = rest.trim_ascii_start();
    (rest.is_empty() || rest.starts_with(b";")).then_some(((name.trim_ascii(), value), rest))
}

/// The text up to the closing quote, and what follows. A backslash takes the next byte as it is.
fn until_quote(text: &[u8]) -> Option<(Cow<'_, [u8]>, &[u8])> {
    let mut value = Vec::new();
    let mut rest = text;
    loop {
        let (plain, after) = rest.split_at_checked(first(rest, b"\"\\"))?;
        match after.split_first()? {
            (b'"', after) if value.is_empty() => return Some((Cow::Borrowed(plain), after)),
            (b'"', after) => {
                value.extend_from_slice(plain);
                return Some((Cow::Owned(value), after));
            }
            (_, escaped) => {
                let (byte, after) = escaped.split_first()?;
                value.extend_from_slice(plain);
                value.push(*byte);
                rest = after;
            }
        }
    }
}
