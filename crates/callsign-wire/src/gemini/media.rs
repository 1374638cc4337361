//! `inlineData` and `fileData`, both ways. <https://ai.google.dev/gemini-api/docs/file-input-methods>

use std::borrow::Cow;

use super::proto;
use crate::base64;
use crate::hub::flaw::DecodeError;
use crate::hub::part::{Media, MediaKind, Source};
use crate::json::object::Object;
use crate::json::writer::Writer;

/// What files are by the ends of their names, for Vertex wants to be told.
/// <https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference#filedata>
const ENDINGS: [(&str, &str); 22] = [
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("gif", "image/gif"),
    ("webp", "image/webp"),
    ("heic", "image/heic"),
    ("heif", "image/heif"),
    ("pdf", "application/pdf"),
    ("txt", "text/plain"),
    ("md", "text/markdown"),
    ("html", "text/html"),
    ("csv", "text/csv"),
    ("json", "application/json"),
    ("mp3", "audio/mpeg"),
    ("wav", "audio/wav"),
    ("flac", "audio/flac"),
    ("ogg", "audio/ogg"),
    ("aac", "audio/aac"),
    ("mp4", "video/mp4"),
    ("mov", "video/quicktime"),
    ("webm", "video/webm"),
    ("mpeg", "video/mpeg"),
];

/// Takes the medium out of a part.
pub(super) fn take(part: &mut Object<'_>) -> Result<Option<Media>, DecodeError> {
    if let Some(mut blob) = proto::member(part, "inlineData")? {
        let data = blob.required_text("data").map_err(|error| error.within("inlineData"))?;
        return finish(blob, Source::Base64(standard(data)), "inlineData").map(Some);
    }
    let Some(mut file) = proto::member(part, "fileData")? else { return Ok(None) };
    let uri = file.required_text("fileUri").map_err(|error| error.within("fileData"))?;
    let source = if is_public(&uri) { Source::Url(uri) } else { Source::File(uri) };
    finish(file, source, "fileData").map(Some)
}

fn finish(mut blob: Object<'_>, source: Source, member: &str) -> Result<Media, DecodeError> {
    let media_type = blob.text("mimeType").map_err(|error| error.within(member))?;
    let name = blob.text("displayName").map_err(|error| error.within(member))?;
    let kind = kind_of(media_type.as_deref(), &source);
    Ok(Media { kind, source, media_type, name, detail: None })
}

fn kind_of(media_type: Option<&str>, source: &Source) -> MediaKind {
    let guessed = || match source {
        Source::Url(url) => ending(url),
        _ => None,
    };
    match media_type.or_else(guessed).and_then(|media_type| media_type.split('/').next()) {
        Some("image") => MediaKind::Image,
        Some("audio") => MediaKind::Audio,
        Some("video") => MediaKind::Video,
        _ => MediaKind::Document,
    }
}

/// Whether anybody could fetch it, unlike what was uploaded to Google.
fn is_public(uri: &str) -> bool {
    let web = uri.starts_with("https://") || uri.starts_with("http://");
    web && !uri.starts_with("https://generativelanguage.googleapis.com/")
}

/// SDKs of Google's write the other alphabet of base64, which no other provider reads.
fn standard(data: String) -> String {
    if data.contains(['-', '_']) { data.replace('-', "+").replace('_', "/") } else { data }
}

/// Writes the member that holds a medium; nothing, and `false`, where Gemini could not reach it.
pub(super) fn write(writer: &mut Writer, media: &Media) {
    let (member, place, value): (_, _, Cow<'_, str>) = match &media.source {
        Source::Base64(data) => ("inlineData", "data", data.into()),
        Source::Text(text) => ("inlineData", "data", base64::encode(text.as_bytes()).into()),
        Source::Url(uri) | Source::File(uri) => ("fileData", "fileUri", uri.into()),
    };
    writer.key(member).object(|writer| {
        writer.text_member("mimeType", media_type(media).as_deref());
        writer.key(place).text(&value);
        writer.text_member("displayName", media.name.as_deref());
    });
}

/// A medium as a provider takes it that did not come in this dialect: with its type, and without its name.
pub(super) fn for_provider(media: &Media) -> Option<Media> {
    if matches!(media.source, Source::File(_)) {
        return None;
    }
    let known = media_type(media).map(Cow::into_owned);
    let fallback = match media.kind {
        MediaKind::Image => "image/jpeg",
        MediaKind::Audio => "audio/mpeg",
        MediaKind::Video => "video/mp4",
        MediaKind::Document => "application/pdf",
    };
    let media_type = known.or_else(|| Some(fallback.to_owned()));
    Some(Media { media_type, name: None, detail: None, ..media.clone() })
}

fn media_type(media: &Media) -> Option<Cow<'_, str>> {
    match (&media.media_type, &media.source) {
        (Some(media_type), _) => Some(media_type.into()),
        (None, Source::Text(_)) => Some("text/plain".into()),
        (None, Source::Url(url)) => ending(url).map(Cow::Borrowed),
        (None, _) => None,
    }
}

fn ending(url: &str) -> Option<&'static str> {
    let path = url.split(['?', '#']).next()?;
    let (_, ending) = path.rsplit('/').next()?.rsplit_once('.')?;
    ENDINGS.iter().find(|(known, _)| known.eq_ignore_ascii_case(ending)).map(|(_, media_type)| *media_type)
}
