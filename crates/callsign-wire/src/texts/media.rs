//! Texts in the clothes of files: `data:` URLs and base64. Pictures, sounds and PDFs are no texts.

use std::borrow::Cow;

use super::keys::Step;
use crate::base64;
use crate::json::walk::Node;

/// What a string holds that is a file.
pub(super) enum Medium<'a> {
    /// A text, and what stands before its base64.
    Text { text: String, head: Cow<'a, str> },
    /// Anything else.
    Other,
}

/// What file a string is, if it is one.
pub(super) fn of<'a>(text: &'a str, step: &Step<'_, '_>) -> Option<Medium<'a>> {
    if let Some(rest) = strip_prefix_ignoring_case(text, "data:") {
        return of_url(rest);
    }
    let object = step.beside.filter(|_| matches!(step.key, "data" | "bytes"))?;
    if object.get("type").is_some_and(|kind| kind.says("text")) || !is_textual_beside(object) {
        return None;
    }
    decoded(text).map(|text| Medium::Text { text, head: Cow::Borrowed("") })
}

/// Whether the object says that what it holds is a text.
pub(super) fn is_textual_beside(object: Node<'_>) -> bool {
    let names = ["media_type", "mime_type", "mimeType"];
    let media_type = names.iter().find_map(|name| object.get(name)).and_then(Node::text);
    media_type.is_some_and(|media_type| is_textual(&media_type))
}

/// The string that says `text`, where it was a file with this head.
pub(super) fn written(head: &str, text: &str) -> String {
    format!("{head}{}", base64::encode(text.as_bytes()))
}

/// What stands behind `data:`; `None` where that is no URL. <https://www.rfc-editor.org/rfc/rfc2397>
fn of_url(rest: &str) -> Option<Medium<'_>> {
    let (head, payload) = rest.split_once(',').filter(|(head, _)| is_head(head))?;
    let (media_type, coded) = match head.rsplit_once(';') {
        Some((media_type, last)) if last.eq_ignore_ascii_case("base64") => (media_type, true),
        _ => (head, false),
    };
    let head = || Cow::Owned(format!("data:{media_type};base64,"));
    if !coded {
        // Percent signs hide as well as base64 does.
        let text = percent_decoded(payload)?;
        return Some(Medium::Text { text, head: head() });
    }
    match decoded(payload).filter(|_| media_type.is_empty() || is_textual(media_type)) {
        Some(text) => Some(Medium::Text { text, head: head() }),
        None => payload.bytes().all(is_of_base64).then_some(Medium::Other),
    }
}

/// Whether this is a media type with its parameters, and not the beginning of a sentence.
fn is_head(head: &str) -> bool {
    let is_of_type = |byte: u8| byte.is_ascii_alphanumeric() || b"/+-._;=\"".contains(&byte);
    head.bytes().all(is_of_type) && (head.is_empty() || head.starts_with(';') || head.contains('/'))
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let coded = after.first_chunk::<2>().filter(|_| *first == b'%');
        let digits = coded.and_then(|digits| std::str::from_utf8(digits).ok());
        let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    String::from_utf8(bytes).ok()
}

const fn is_of_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'=')
}

/// The text that base64 stands for, if it is one.
fn decoded(coded: &str) -> Option<String> {
    String::from_utf8(base64::decode(coded.trim())?).ok()
}

/// Whether files of this type are texts.
fn is_textual(media_type: &str) -> bool {
    const WORDS: [&str; 9] =
        ["json", "xml", "yaml", "csv", "html", "markdown", "javascript", "rtf", "x-www-form-urlencoded"];
    let lower = media_type.to_ascii_lowercase();
    lower.starts_with("text/") || WORDS.iter().any(|word| lower.contains(word))
}

fn strip_prefix_ignoring_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (head, rest) = text.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(rest)
}
