//! Pictures, documents, films and sounds, and what of other dialects' media this one takes: bytes, or an object in S3.

use std::borrow::Cow;

use crate::base64;
use crate::hub::extras::{Extras, Json};
use crate::hub::flaw::DecodeError;
use crate::hub::part::{Media, MediaKind, Part, Piece, Source};
use crate::json::object::{Object, said};
use crate::json::walk::Node;
use crate::json::writer::Writer;

/// A medium as this dialect takes it.
#[derive(Debug, Clone)]
pub(super) struct Medium<'a> {
    pub(super) kind: MediaKind,
    pub(super) format: Option<Cow<'a, str>>,
    pub(super) name: Option<Cow<'a, str>>,
    pub(super) place: Place<'a>,
    /// What Anthropic's clients say beside a document, which this dialect takes in the same words.
    pub(super) beside: Vec<(&'a str, &'a Json)>,
}

/// Where a medium's content is.
#[derive(Debug, Clone)]
pub(super) enum Place<'a> {
    /// Here, in base64.
    Bytes(Cow<'a, str>),
    /// In S3.
    Stored(&'a str),
    /// Here, as plain text.
    Text(&'a str),
}

/// What each kind of file is called here and elsewhere. Of several names for a format the first is told to others.
const FORMATS: [(MediaKind, &str, &str); 33] = [
    (MediaKind::Image, "png", "image/png"),
    (MediaKind::Image, "jpeg", "image/jpeg"),
    (MediaKind::Image, "jpeg", "image/jpg"),
    (MediaKind::Image, "gif", "image/gif"),
    (MediaKind::Image, "webp", "image/webp"),
    (MediaKind::Document, "pdf", "application/pdf"),
    (MediaKind::Document, "csv", "text/csv"),
    (MediaKind::Document, "doc", "application/msword"),
    (MediaKind::Document, "docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    (MediaKind::Document, "xls", "application/vnd.ms-excel"),
    (MediaKind::Document, "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (MediaKind::Document, "html", "text/html"),
    (MediaKind::Document, "txt", "text/plain"),
    (MediaKind::Document, "txt", "application/json"),
    (MediaKind::Document, "md", "text/markdown"),
    (MediaKind::Video, "mkv", "video/x-matroska"),
    (MediaKind::Video, "mov", "video/quicktime"),
    (MediaKind::Video, "mp4", "video/mp4"),
    (MediaKind::Video, "webm", "video/webm"),
    (MediaKind::Video, "flv", "video/x-flv"),
    (MediaKind::Video, "mpeg", "video/mpeg"),
    (MediaKind::Video, "wmv", "video/x-ms-wmv"),
    (MediaKind::Video, "three_gp", "video/3gpp"),
    (MediaKind::Audio, "mp3", "audio/mpeg"),
    (MediaKind::Audio, "mp3", "audio/mp3"),
    (MediaKind::Audio, "wav", "audio/wav"),
    (MediaKind::Audio, "wav", "audio/x-wav"),
    (MediaKind::Audio, "opus", "audio/opus"),
    (MediaKind::Audio, "aac", "audio/aac"),
    (MediaKind::Audio, "flac", "audio/flac"),
    (MediaKind::Audio, "ogg", "audio/ogg"),
    (MediaKind::Audio, "m4a", "audio/mp4"),
    (MediaKind::Audio, "webm", "audio/webm"),
];

/// How base64 begins of what files of some formats begin with.
const BEGINNINGS: [(&str, MediaKind, &str); 5] = [
    ("/9j/", MediaKind::Image, "jpeg"),
    ("iVBORw0KGgo", MediaKind::Image, "png"),
    ("R0lGOD", MediaKind::Image, "gif"),
    ("UklGR", MediaKind::Image, "webp"),
    ("JVBERi", MediaKind::Document, "pdf"),
];

/// The longest name of a document.
const LONGEST_NAME: usize = 200;

/// What the API calls each kind.
pub(super) const fn key(kind: MediaKind) -> &'static str {
    match kind {
        MediaKind::Image => "image",
        MediaKind::Document => "document",
        MediaKind::Video => "video",
        MediaKind::Audio => "audio",
    }
}

/// Reads a medium.
pub(super) fn read(node: Node<'_>, kind: MediaKind) -> Result<Piece, DecodeError> {
    let mut object = Object::of(node)?;
    let format = object.text("format")?;
    let name = if kind == MediaKind::Document { object.text("name")? } else { None };
    let whole = object.take("source").ok_or_else(|| DecodeError::missing("source"))?;
    let mut extras = Extras::default();
    let source = source(whole, &mut extras).map_err(|error| error.within("source"))?;
    let media_type = format.as_deref().map(|format| media_type(kind, format));
    if let (Some(format), Some(media_type)) = (&format, &media_type)
        && format_of(kind, media_type) != Some(format)
    {
        extras.push_quiet("format", quoted(format));
    }
    extras.append(object.rest());
    let part = Part::Media(Media { kind, source, media_type, name, detail: None });
    Ok(Piece { extras, ..Piece::of(part) })
}

/// Reads where the content is. What the hub has no word for stays whole among the extras.
fn source(node: Node<'_>, extras: &mut Extras) -> Result<Source, DecodeError> {
    let mut object = Object::of(node)?;
    if let Some(bytes) = object.text("bytes")? {
        return Ok(Source::Base64(bytes));
    }
    if let Some(text) = object.text("text")? {
        return Ok(Source::Text(text));
    }
    if let Some(mut stored) = object.object("s3Location")? {
        let url = stored.required_text("uri").map_err(|error| error.within("s3Location"))?;
        if !stored.rest().is_empty() {
            extras.push_quiet("source", Json::of(node));
        }
        return Ok(Source::Url(url));
    }
    if object.peek("content").is_none() {
        return Err(DecodeError::said("must have `bytes`, `s3Location`, `text` or `content`"));
    }
    let texts = object.each("content", |node| {
        let text = node.get("text").ok_or_else(|| DecodeError::missing("text"))?;
        said(text).map(Cow::into_owned)
    })?;
    extras.push("source", Json::of(node));
    Ok(Source::Text(texts.join("\n")))
}

fn quoted(text: &str) -> Json {
    let mut writer = Writer::default();
    writer.text(text);
    Json::written(writer.into_bytes())
}

fn media_type(kind: MediaKind, format: &str) -> String {
    let known = FORMATS.iter().find(|known| known.0 == kind && known.1 == format);
    known.map_or_else(|| format!("{}/{format}", key(kind)), |known| known.2.to_owned())
}

fn format_of(kind: MediaKind, media_type: &str) -> Option<&'static str> {
    let bare = media_type.split(';').next().unwrap_or_default().trim();
    let known = FORMATS.iter().find(|known| known.0 == kind && known.2.eq_ignore_ascii_case(bare));
    known.map(|known| known.1)
}

// === impl Medium ===

impl<'a> Medium<'a> {
    /// A medium that came in this dialect.
    pub(super) fn own(media: &'a Media) -> Self {
        let format = media.media_type.as_deref().and_then(|said| format_of(media.kind, said));
        let place = match &media.source {
            Source::Base64(data) => Place::Bytes(Cow::Borrowed(data)),
            Source::Url(url) | Source::File(url) => Place::Stored(url),
            Source::Text(text) => Place::Text(text),
        };
        let name = media.name.as_deref().map(Cow::Borrowed);
        let format = format.map(Cow::Borrowed);
        Self { kind: media.kind, format, name, place, beside: Vec::new() }
    }

    /// A medium of another dialect, where this one can take it; its name is settled elsewhere.
    pub(super) fn foreign(media: &'a Media) -> Option<Self> {
        let said = media.media_type.as_deref().and_then(|said| format_of(media.kind, said));
        let named = || ending(media.name.as_deref()?, media.kind);
        let (place, format) = match &media.source {
            Source::Base64(data) => {
                // The API refuses a format that is not what the bytes are, which other providers let pass.
                let format = begun(data, media.kind).or(said).or_else(named)?;
                (Place::Bytes(strict(data)?), format)
            }
            Source::Text(text) if media.kind == MediaKind::Document => {
                (Place::Bytes(Cow::Owned(base64::encode(text.as_bytes()))), said.unwrap_or("txt"))
            }
            Source::Url(url) if url.starts_with("s3://") => {
                (Place::Stored(url), said.or_else(|| ending(url, media.kind))?)
            }
            Source::Url(_) | Source::Text(_) | Source::File(_) => return None,
        };
        // Nothing cannot be looked at.
        let empty = matches!(&place, Place::Bytes(data) if data.is_empty());
        let format = Some(Cow::Borrowed(format));
        let (name, beside) = (None, Vec::new());
        (!empty).then_some(Self { kind: media.kind, format, name, place, beside })
    }

    /// Writes the medium; `extras` are those of its own dialect.
    pub(super) fn write(&self, writer: &mut Writer, extras: Option<&Extras>) {
        let kept = |name: &str| extras.and_then(|extras| extras.get(name));
        writer.object(|writer| {
            match kept("format") {
                Some(format) => writer.key("format").json(format),
                None => writer.text_member("format", self.format.as_deref()),
            }
            writer.text_member("name", self.name.as_deref());
            match kept("source") {
                Some(source) => writer.key("source").json(source),
                None => writer.key("source").object(|writer| self.place.write(writer)),
            }
            for (name, json) in &self.beside {
                writer.key(name).json(json);
            }
            for (name, json) in extras.into_iter().flat_map(Extras::iter) {
                if !matches!(name, "format" | "source") {
                    writer.key(name).json(json);
                }
            }
        });
    }
}

// === impl Place ===

impl Place<'_> {
    fn write(&self, writer: &mut Writer) {
        match self {
            Self::Bytes(data) => writer.key("bytes").text(data),
            Self::Text(text) => writer.key("text").text(text),
            Self::Stored(uri) => {
                writer.key("s3Location").object(|writer| writer.key("uri").text(uri));
            }
        }
    }
}

fn begun(data: &str, kind: MediaKind) -> Option<&'static str> {
    let begun = BEGINNINGS.iter().find(|begun| begun.1 == kind && data.starts_with(begun.0));
    begun.map(|begun| begun.2)
}

/// The format that a file's name ends in.
fn ending(name: &str, kind: MediaKind) -> Option<&'static str> {
    let (_, ending) = name.rsplit_once('.')?;
    let ending = if ending.eq_ignore_ascii_case("jpg") { "jpeg" } else { ending };
    let known = FORMATS.iter().find(|known| known.0 == kind && known.1.eq_ignore_ascii_case(ending));
    known.map(|known| known.1)
}

/// Base64 as the API reads it: in the standard alphabet, padded. `None` where it is none.
pub(super) fn strict(data: &str) -> Option<Cow<'_, str>> {
    let digits = data.trim_end_matches('=');
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let padded = data.len().is_multiple_of(4) && data.len() - digits.len() <= 2;
    if padded && digits.bytes().all(plain) {
        return Some(Cow::Borrowed(data));
    }
    let bare: String = data.chars().filter(|letter| !letter.is_ascii_whitespace()).collect();
    base64::decode(&bare).map(|bytes| Cow::Owned(base64::encode(&bytes)))
}

/// A document's name as the API takes it, unlike those in `taken`: letters, digits, hyphens, brackets, and single spaces.
pub(super) fn title(name: Option<&str>, taken: &[String]) -> String {
    let name = name.map(stem).unwrap_or_default();
    let allowed =
        |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '(' | ')' | '[' | ']');
    let spaced: String = name.chars().map(|letter| if allowed(letter) { letter } else { ' ' }).collect();
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut title: String = words.join(" ").chars().take(LONGEST_NAME - 8).collect();
    if title.trim().is_empty() {
        "document".clone_into(&mut title);
    }
    let title = title.trim_end().to_owned();
    if !taken.contains(&title) {
        return title;
    }
    let mut numbered = (2..).map(|number: usize| format!("{title} {number}"));
    numbered.find(|title| !taken.contains(title)).unwrap_or(title)
}

/// A name without the ending that the format tells anyway.
pub(super) fn stem(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((stem, _)) if ending(name, MediaKind::Document).is_some() => stem,
        _ => name,
    }
}
