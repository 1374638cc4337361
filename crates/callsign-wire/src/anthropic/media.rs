//! Pictures and documents, and what of other dialects' media this one takes.

use std::borrow::Cow;

use super::entry::write_members;
use crate::hub::extras::{Extras, Json};
use crate::hub::flaw::DecodeError;
use crate::hub::part::{Media, MediaKind, Source};
use crate::json::Kind;
use crate::json::object::Object;
use crate::json::walk::Node;
use crate::json::writer::Writer;

/// A medium as this dialect takes it.
#[derive(Debug, Clone)]
pub(super) struct Picture<'a> {
    pub(super) kind: &'static str,
    pub(super) source: Cow<'a, Source>,
    pub(super) media_type: Cow<'a, str>,
    pub(super) title: Option<&'a str>,
}

/// Where content is, what type it has, and what is left of its object.
pub(super) type Found = (Source, Option<String>, Extras);

const IMAGES: [&str; 4] = ["image/jpeg", "image/png", "image/gif", "image/webp"];

/// How base64 begins of what each image begins with.
const BEGINNINGS: [(&str, &str); 4] =
    [("/9j/", "image/jpeg"), ("iVBORw0KGgo", "image/png"), ("R0lGOD", "image/gif"), ("UklGR", "image/webp")];

/// Reads a `source`; `None` where it is of a kind that only this dialect has.
pub(super) fn source(node: Node<'_>) -> Result<Option<Found>, DecodeError> {
    let mut object = Object::of(node)?;
    let kind = object.required_text("type")?;
    let media_type = object.text("media_type")?;
    let source = match kind.as_str() {
        "base64" => Source::Base64(object.required_text("data")?),
        "text" => Source::Text(object.required_text("data")?),
        "file" => Source::File(object.required_text("file_id")?),
        "url" => return url(object, media_type).map(Some),
        _ => return Ok(None),
    };
    Ok(Some((source, media_type, super::rest::rest(object))))
}

fn url(mut object: Object<'_>, media_type: Option<String>) -> Result<Found, DecodeError> {
    let url = object.required_text("url")?;
    let rest = super::rest::rest(object);
    let Some((kind, data)) = url.strip_prefix("data:").and_then(|data| data.split_once(";base64,")) else {
        return Ok((Source::Url(url), media_type, rest));
    };
    Ok((Source::Base64(data.to_owned()), Some(kind.to_owned()), rest))
}

/// The text of blocks that hold nothing else.
pub(super) fn text_of(content: Node<'_>) -> Option<String> {
    if content.kind() == Kind::Text {
        return content.text().map(Cow::into_owned);
    }
    let texts: Option<Vec<_>> = content.elements().map(|block| block.get("text")?.text()).collect();
    texts.filter(|_| content.kind() == Kind::Array).map(|texts| texts.join("\n"))
}

// === impl Picture ===

impl<'a> Picture<'a> {
    /// A medium that came in this dialect.
    pub(super) fn own(media: &'a Media) -> Self {
        let kind = if media.kind == MediaKind::Image { "image" } else { "document" };
        let media_type = Cow::Borrowed(media.media_type.as_deref().unwrap_or_default());
        Self { kind, source: Cow::Borrowed(&media.source), media_type, title: media.name.as_deref() }
    }

    /// A medium of another dialect, where this one can take it.
    pub(super) fn foreign(media: &'a Media) -> Option<Self> {
        match media.kind {
            MediaKind::Image => image(media),
            MediaKind::Document => document(media),
            MediaKind::Audio | MediaKind::Video => None,
        }
    }

    /// Writes `source`, with what else stood in it.
    pub(super) fn write_source(&self, writer: &mut Writer, extras: Option<&Json>) {
        writer.key("source").object(|writer| {
            let (kind, key, value) = match self.source.as_ref() {
                Source::Url(url) => ("url", "url", url),
                Source::Base64(data) => ("base64", "data", data),
                Source::Text(text) => ("text", "data", text),
                Source::File(id) => ("file", "file_id", id),
            };
            writer.key("type").text(kind);
            if key == "data" {
                writer.key("media_type").text(&self.media_type);
            }
            writer.key(key).text(value);
            write_members(writer, extras);
        });
    }
}

fn image(media: &Media) -> Option<Picture<'_>> {
    let said = media.media_type.as_deref().map(|said| if said == "image/jpg" { "image/jpeg" } else { said });
    let media_type = match &media.source {
        // The API refuses a type that is not what the bytes are, which other providers let pass.
        Source::Base64(data) => {
            let known = BEGINNINGS.iter().find(|(beginning, _)| data.starts_with(beginning));
            known.map(|(_, media_type)| *media_type).or(said).filter(|found| IMAGES.contains(found))?
        }
        Source::Url(_) => "",
        Source::Text(_) | Source::File(_) => return None,
    };
    let source = Cow::Borrowed(&media.source);
    Some(Picture { kind: "image", source, media_type: Cow::Borrowed(media_type), title: None })
}

fn document(media: &Media) -> Option<Picture<'_>> {
    let said = media.media_type.as_deref();
    let is_text = said.is_some_and(|said| said.starts_with("text/") || said == "application/json");
    let (source, media_type) = match &media.source {
        Source::Text(_) => (Cow::Borrowed(&media.source), "text/plain"),
        Source::Base64(data) if is_text => (Cow::Owned(Source::Text(plain(data)?)), "text/plain"),
        Source::Base64(data) => {
            let is_pdf = said == Some("application/pdf") || data.starts_with("JVBERi");
            is_pdf.then_some((Cow::Borrowed(&media.source), "application/pdf"))?
        }
        Source::Url(_) if said.is_none_or(|said| said == "application/pdf") => {
            (Cow::Borrowed(&media.source), "")
        }
        Source::Url(_) | Source::File(_) => return None,
    };
    let title = media.name.as_deref();
    Some(Picture { kind: "document", source, media_type: Cow::Borrowed(media_type), title })
}

/// The text that stands in base64, where it is one.
fn plain(data: &str) -> Option<String> {
    let mut out = Vec::with_capacity(data.len() / 4 * 3);
    let mut bits: u32 = 0;
    let mut held = 0;
    for byte in data.bytes().filter(|byte| !byte.is_ascii_whitespace() && *byte != b'=') {
        bits = bits << 6 | u32::from(six_bits(byte)?);
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push(u8::try_from(bits >> held & 0xFF).ok()?);
        }
    }
    String::from_utf8(out).ok()
}

const fn six_bits(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}
