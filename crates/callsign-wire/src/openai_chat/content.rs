//! The parts of a message's content, in requests and answers.

use std::borrow::Cow;

use super::nested;
use crate::dialect::Dialect;
use crate::hub::extras::{Extras, Json};
use crate::hub::flaw::DecodeError;
use crate::hub::part::{CacheHint, Media, MediaKind, Opaque, Part, Piece, Reasoning, Source};
use crate::json::Kind;
use crate::json::object::{Object, said};
use crate::json::walk::Node;
use crate::json::writer::Writer;

/// A cache hint in OpenAI's spelling; the usual one is Anthropic's `cache_control`.
pub(super) const BREAKPOINT: &str = "prompt_cache_breakpoint";
/// A refusal or thoughts that were a part of the content, not a member of the message.
pub(super) const PART: &str = "part";

/// Endings of files, and what such files are.
const TYPES: [(&str, &str); 8] = [
    ("pdf", "application/pdf"),
    ("txt", "text/plain"),
    ("md", "text/markdown"),
    ("html", "text/html"),
    ("csv", "text/csv"),
    ("json", "application/json"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
];

/// Takes `content`: a string, a list of parts, or nothing.
pub(super) fn take(object: &mut Object<'_>) -> Result<Vec<Piece>, DecodeError> {
    let Some(node) = object.take("content") else { return Ok(Vec::new()) };
    pieces(node).map_err(|error| error.within("content"))
}

/// The parts of a content.
pub(super) fn pieces(node: Node<'_>) -> Result<Vec<Piece>, DecodeError> {
    match node.kind() {
        Kind::Text => {
            let text = said(node)?;
            Ok(if text.is_empty() { Vec::new() } else { vec![Piece::text(text)] })
        }
        Kind::Array => {
            let parts = node.elements().enumerate();
            parts.map(|(index, part)| piece(part).map_err(|error| error.at("", index))).collect()
        }
        // Some clients send a single part without its list.
        Kind::Object => piece(node).map(|piece| vec![piece]),
        _ => Err(DecodeError::expected("a string or a list of parts")),
    }
}

fn piece(node: Node<'_>) -> Result<Piece, DecodeError> {
    if node.kind() == Kind::Text {
        return said(node).map(Piece::text);
    }
    let mut object = Object::of(node)?;
    let kind = object.text_ref("type")?.unwrap_or(Cow::Borrowed("text"));
    let mut extras = Extras::default();
    let part = match kind.as_ref() {
        "text" | "input_text" | "output_text" => {
            return text_piece(object);
        }
        "refusal" => {
            extras.note(PART);
            Part::Refusal(object.required_text("refusal")?)
        }
        "image_url" | "input_image" => Part::Media(image(&mut object, &mut extras)?),
        "video_url" => Part::Media(linked(&mut object, "video_url", MediaKind::Video)?),
        "audio_url" => Part::Media(linked(&mut object, "audio_url", MediaKind::Audio)?),
        "input_audio" => Part::Media(audio(&mut object, &mut extras)?),
        "file" => Part::Media(file(&mut object, &mut extras)?),
        "thinking" => {
            extras.note(PART);
            Part::Reasoning(thinking(&mut object)?)
        }
        _ => {
            let (kind, json) = (kind.into_owned(), Json::of(node));
            return Ok(Piece::of(Part::Opaque(Opaque { dialect: Dialect::OpenAiChat, kind, json })));
        }
    };
    let cache = cache_hint(&mut object, &mut extras)?;
    extras.append(object.rest());
    nested::hush(&mut extras);
    Ok(Piece { part, cache, extras })
}

fn text_piece(mut object: Object<'_>) -> Result<Piece, DecodeError> {
    let mut piece = Piece::text(object.required_text("text")?);
    piece.cache = cache_hint(&mut object, &mut piece.extras)?;
    piece.extras.append(object.rest());
    nested::hush(&mut piece.extras);
    Ok(piece)
}

/// Takes a cache hint in either of its spellings.
pub(super) fn cache_hint(
    object: &mut Object<'_>,
    extras: &mut Extras,
) -> Result<Option<CacheHint>, DecodeError> {
    for name in ["cache_control", BREAKPOINT] {
        if let Some(mut hint) = object.object(name)? {
            if name == BREAKPOINT {
                extras.note(BREAKPOINT);
            }
            let ttl = hint.text("ttl").map_err(|error| error.within(name))?;
            return Ok(Some(CacheHint { ttl }));
        }
    }
    Ok(None)
}

fn image(object: &mut Object<'_>, extras: &mut Extras) -> Result<Media, DecodeError> {
    const NAME: &str = "image_url";
    let node = object.take(NAME).ok_or_else(|| DecodeError::missing(NAME))?;
    if node.kind() == Kind::Text {
        let detail = object.text("detail")?;
        let url = said(node).map_err(|error| error.within(NAME))?;
        return Ok(Media { detail, ..linked_media(&url, MediaKind::Image) });
    }
    let mut image = Object::of(node).map_err(|error| error.within(NAME))?;
    let url = image.required_text("url").map_err(|error| error.within(NAME))?;
    let detail = image.text("detail").map_err(|error| error.within(NAME))?;
    nested::keep(extras, NAME, &image.rest());
    Ok(Media { detail, ..linked_media(&url, MediaKind::Image) })
}

fn linked(object: &mut Object<'_>, name: &str, kind: MediaKind) -> Result<Media, DecodeError> {
    let node = object.take(name).ok_or_else(|| DecodeError::missing(name))?;
    let url = if node.kind() == Kind::Object { node.get("url") } else { Some(node) };
    let url = url.ok_or_else(|| DecodeError::missing("url").within(name))?;
    said(url).map(|url| linked_media(&url, kind)).map_err(|error| error.within(name))
}

/// What a URL refers to, or holds by itself.
pub(super) fn linked_media(url: &str, kind: MediaKind) -> Media {
    let (source, media_type) = match data_url(url) {
        Some((media_type, data)) => (Source::Base64(data.to_owned()), Some(media_type.to_owned())),
        None => (Source::Url(url.to_owned()), None),
    };
    Media { kind, source, media_type, name: None, detail: None }
}

/// The type and the content of a `data:` URL in base64.
fn data_url(url: &str) -> Option<(&str, &str)> {
    let (head, data) = url.strip_prefix("data:")?.split_once(',')?;
    let head = head.strip_suffix(";base64")?;
    let media_type = head.split(';').next().filter(|media_type| !media_type.is_empty());
    Some((media_type.unwrap_or("application/octet-stream"), data))
}

fn audio(object: &mut Object<'_>, extras: &mut Extras) -> Result<Media, DecodeError> {
    const NAME: &str = "input_audio";
    let mut audio = object.object(NAME)?.ok_or_else(|| DecodeError::missing(NAME))?;
    let data = audio.required_text("data").map_err(|error| error.within(NAME))?;
    let format = audio.text_ref("format").map_err(|error| error.within(NAME))?;
    nested::keep(extras, NAME, &audio.rest());
    let media_type = format.map(|format| match format.as_ref() {
        "mp3" => "audio/mpeg".to_owned(),
        other => format!("audio/{other}"),
    });
    let source = Source::Base64(data);
    Ok(Media { kind: MediaKind::Audio, source, media_type, name: None, detail: None })
}

fn file(object: &mut Object<'_>, extras: &mut Extras) -> Result<Media, DecodeError> {
    const NAME: &str = "file";
    let mut file = object.object(NAME)?.ok_or_else(|| DecodeError::missing(NAME))?;
    let name = file.text("filename").map_err(|error| error.within(NAME))?;
    let data = file.text("file_data").map_err(|error| error.within(NAME))?;
    let id = file.text("file_id").map_err(|error| error.within(NAME))?;
    nested::keep(extras, NAME, &file.rest());
    let mut media = match (data, id) {
        (Some(data), _) => file_content(data, name.as_deref()),
        (None, Some(id)) => Media {
            kind: MediaKind::Document,
            source: Source::File(id),
            media_type: None,
            name: None,
            detail: None,
        },
        (None, None) => return Err(DecodeError::said("needs `file_data` or `file_id`").within(NAME)),
    };
    media.name = name;
    Ok(media)
}

/// A file's content: a `data:` URL as OpenAI documents it, bare base64 as some send it, or a link.
fn file_content(data: String, name: Option<&str>) -> Media {
    if data.starts_with("data:") || data.starts_with("https://") || data.starts_with("http://") {
        return linked_media(&data, MediaKind::Document);
    }
    let media_type = name.and_then(type_of_name).map(str::to_owned);
    Media { kind: MediaKind::Document, source: Source::Base64(data), media_type, name: None, detail: None }
}

/// What a file's name says of its content.
fn type_of_name(name: &str) -> Option<&'static str> {
    let (_, ending) = name.rsplit_once('.')?;
    TYPES.iter().find(|(known, _)| ending.eq_ignore_ascii_case(known)).map(|(_, media_type)| *media_type)
}

/// Mistral's part for thoughts: a list of texts, or a string.
fn thinking(object: &mut Object<'_>) -> Result<Reasoning, DecodeError> {
    let node = object.take("thinking").ok_or_else(|| DecodeError::missing("thinking"))?;
    let parts = pieces(node).map_err(|error| error.within("thinking"))?;
    let mut thoughts = String::new();
    for piece in parts {
        if let Part::Text(text) = piece.part {
            thoughts.push_str(&text.text);
        }
    }
    Ok(Reasoning { paragraphs: vec![thoughts], ..Reasoning::default() })
}

/// What is written beside a part's own members.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Beside<'a> {
    /// What only this dialect knows of the part, where it came in this dialect.
    pub(super) extras: Option<&'a Extras>,
    /// That the prompt up to here is worth keeping, where the server wants to be told.
    pub(super) hint: Option<&'a CacheHint>,
}

// === impl Beside ===

impl Beside<'_> {
    fn within(self, writer: &mut Writer, name: &str) {
        if let Some(extras) = self.extras {
            nested::write(writer, extras, name);
        }
    }

    /// Writes the hint and what is left, at the end of the node.
    pub(super) fn write(self, writer: &mut Writer) {
        if let Some(hint) = self.hint {
            let breakpoint = self.extras.is_some_and(|extras| extras.notes(BREAKPOINT));
            write_hint(writer, hint, breakpoint.then_some(BREAKPOINT));
        }
        if let Some(extras) = self.extras {
            nested::write_own(writer, extras);
        }
    }
}

fn write_hint(writer: &mut Writer, hint: &CacheHint, spelling: Option<&str>) {
    let (word, value) = if spelling.is_some() { ("mode", "explicit") } else { ("type", "ephemeral") };
    writer.key(spelling.unwrap_or("cache_control")).object(|writer| {
        writer.key(word).text(value);
        writer.text_member("ttl", hint.ttl.as_deref());
    });
}

/// Writes a text as a part.
pub(super) fn write_text(writer: &mut Writer, text: &str, beside: Beside<'_>) {
    writer.object(|writer| {
        writer.key("type").text("text");
        writer.key("text").text(text);
        beside.write(writer);
    });
}

/// Whether this dialect has a part for a medium: documents come by content or by file alone.
pub(super) const fn has_part(media: &Media) -> bool {
    !matches!((media.kind, &media.source), (MediaKind::Document, Source::Url(_)) | (_, Source::Text(_)))
}

/// Whether a sound is in one of the formats that OpenAI's own service takes.
pub(super) fn is_common_sound(media: &Media) -> bool {
    matches!(sound_format(media), "mp3" | "wav")
}

fn sound_format(media: &Media) -> &str {
    let media_type = media.media_type.as_deref().unwrap_or("audio/wav");
    match media_type.strip_prefix("audio/").unwrap_or(media_type) {
        "mpeg" | "mp3" | "x-mp3" => "mp3",
        "wav" | "x-wav" | "wave" | "vnd.wave" => "wav",
        other => other,
    }
}

/// Writes a medium as a part, where there is one for it.
pub(super) fn write_media(writer: &mut Writer, media: &Media, beside: Beside<'_>) {
    match (media.kind, &media.source) {
        (_, Source::File(id)) => write_file(writer, media, FileContent::Id(id), beside),
        (MediaKind::Document, Source::Base64(data)) => {
            write_file(writer, media, FileContent::Base64(data), beside);
        }
        (MediaKind::Audio, Source::Base64(data)) => write_audio(writer, media, data, beside),
        (MediaKind::Image, _) => write_linked(writer, "image_url", media, beside),
        (MediaKind::Video, _) => write_linked(writer, "video_url", media, beside),
        (MediaKind::Audio, _) => write_linked(writer, "audio_url", media, beside),
        (MediaKind::Document, Source::Url(_) | Source::Text(_)) => {}
    }
}

fn write_linked(writer: &mut Writer, name: &str, media: &Media, beside: Beside<'_>) {
    writer.object(|writer| {
        writer.key("type").text(name);
        writer.key(name).object(|writer| {
            write_url(writer, media);
            writer.text_member("detail", media.detail.as_deref());
            beside.within(writer, name);
        });
        beside.write(writer);
    });
}

/// Writes where a medium is, or all of it.
pub(super) fn write_url(writer: &mut Writer, media: &Media) {
    match &media.source {
        Source::Url(url) => writer.key("url").text(url),
        Source::Base64(data) => {
            let usual = if media.kind == MediaKind::Video { "video/mp4" } else { "image/png" };
            let media_type = media.media_type.as_deref().unwrap_or(usual);
            writer.key("url").text(&format!("data:{media_type};base64,{data}"));
        }
        Source::Text(_) | Source::File(_) => {}
    }
}

fn write_audio(writer: &mut Writer, media: &Media, data: &str, beside: Beside<'_>) {
    writer.object(|writer| {
        writer.key("type").text("input_audio");
        writer.key("input_audio").object(|writer| {
            writer.key("data").text(data);
            writer.key("format").text(sound_format(media));
            beside.within(writer, "input_audio");
        });
        beside.write(writer);
    });
}

#[derive(Clone, Copy)]
enum FileContent<'a> {
    Id(&'a str),
    Base64(&'a str),
}

fn write_file(writer: &mut Writer, media: &Media, content: FileContent<'_>, beside: Beside<'_>) {
    writer.object(|writer| {
        writer.key("type").text("file");
        writer.key("file").object(|writer| {
            match content {
                FileContent::Id(id) => writer.key("file_id").text(id),
                FileContent::Base64(data) => {
                    let media_type = media.media_type.as_deref().unwrap_or("application/pdf");
                    writer.key("file_data").text(&format!("data:{media_type};base64,{data}"));
                }
            }
            write_file_name(writer, media, beside);
            beside.within(writer, "file");
        });
        beside.write(writer);
    });
}

/// A file's content without a name that tells its kind is refused; other dialects need none.
fn write_file_name(writer: &mut Writer, media: &Media, beside: Beside<'_>) {
    let made_up = beside.extras.is_none() && matches!(media.source, Source::Base64(_));
    match media.name.as_deref() {
        Some(name) if !made_up || name.contains('.') => writer.key("filename").text(name),
        name if made_up => {
            let media_type = media.media_type.as_deref().unwrap_or("application/pdf");
            let ending = TYPES.iter().find(|(_, known)| *known == media_type).map_or("pdf", |(end, _)| end);
            writer.key("filename").text(&format!("{}.{ending}", name.unwrap_or("document")));
        }
        _ => {}
    }
}
