//! The parts that messages and tool results are made of, both ways.

use crate::dialect::Dialect;
use crate::hub::extras::Json;
use crate::hub::flaw::DecodeError;
use crate::hub::loss::Losses;
use crate::hub::part::{CacheHint, Citation, Media, MediaKind, Opaque, Part, Piece, Source, Text};
use crate::json::Kind;
use crate::json::object::Object;
use crate::json::walk::Node;
use crate::json::writer::Writer;

const OWN: Dialect = Dialect::OpenAiResponses;

/// Reads `content` or `output`: plain words, or a list of parts.
pub(super) fn decode(object: &mut Object<'_>, name: &str) -> Result<Vec<Piece>, DecodeError> {
    match object.peek(name).map(Node::kind) {
        Some(Kind::Text) => Ok(vec![Piece::text(object.required_text(name)?)]),
        Some(Kind::Array) => object.each(name, part),
        Some(Kind::Null) | None => {
            object.take(name);
            Ok(Vec::new())
        }
        Some(_) => Err(DecodeError::expected("a string or an array of parts").within(name)),
    }
}

/// Reads one part.
pub(super) fn part(node: Node<'_>) -> Result<Piece, DecodeError> {
    if node.kind() == Kind::Text {
        let text = crate::json::object::said(node)?;
        return Ok(Piece::text(text));
    }
    let mut object = Object::of(node)?;
    let kind = object.peek("type").and_then(Node::text).ok_or_else(|| DecodeError::missing("type"))?;
    let part = match kind.as_ref() {
        "input_text" | "output_text" | "text" => Part::Text(text(&mut object)?),
        "refusal" => Part::Refusal(object.required_text("refusal")?),
        "input_image" | "input_file" | "input_audio" => match media(&kind, &mut object)? {
            Some(media) => Part::Media(media),
            None => return Ok(Piece::of(opaque(&kind, node))),
        },
        _ => return Ok(Piece::of(opaque(&kind, node))),
    };
    let cache = cache_hint(&mut object);
    let mut extras = object.rest();
    extras.hush(|name, json| matches!(name, "type" | "logprobs") || json.node().is_blank());
    Ok(Piece { part, cache, extras })
}

/// The whole element.
pub(super) fn opaque(kind: &str, node: Node<'_>) -> Part {
    Part::Opaque(Opaque { dialect: OWN, kind: kind.to_owned(), json: Json::of(node) })
}

/// What a `url_citation` or another annotation says.
pub(super) fn citation(node: Node<'_>) -> Citation {
    let said = |name| node.get(name).and_then(Node::text).map(std::borrow::Cow::into_owned);
    let count = |name| node.get(name).and_then(|node| std::str::from_utf8(node.spelled()).ok()?.parse().ok());
    Citation {
        url: said("url"),
        title: said("title").or_else(|| said("filename")),
        cited: None,
        range: count("start_index").zip(count("end_index")),
        spelled: (OWN, Json::of(node)),
    }
}

/// Writes the annotation that says what `citation` says of `text`; `false` where there is none that could.
pub(super) fn annotation(writer: &mut Writer, citation: &Citation, text: &str) -> bool {
    if citation.spelled.0 == OWN {
        writer.json(&citation.spelled.1);
        return true;
    }
    let Some(url) = citation.url.as_deref() else { return false };
    let whole = (0, u64::try_from(text.chars().count()).unwrap_or(u64::MAX));
    let (start, end) = citation.range.unwrap_or(whole);
    writer.object(|writer| {
        writer.key("type").text("url_citation");
        writer.key("url").text(url);
        writer.key("title").text(citation.title.as_deref().unwrap_or(url));
        writer.key("start_index").count(start);
        writer.key("end_index").count(end);
    });
    true
}

fn text(object: &mut Object<'_>) -> Result<Text, DecodeError> {
    let text = object.required_text("text")?;
    let cites = object.peek("annotations").is_some_and(|list| list.kind() == Kind::Array && !list.is_blank());
    let citations = if cites { object.each("annotations", |node| Ok(citation(node)))? } else { Vec::new() };
    Ok(Text { text, citations })
}

/// The picture, file or sound; `None` where its content is nowhere that another dialect could look.
fn media(kind: &str, object: &mut Object<'_>) -> Result<Option<Media>, DecodeError> {
    let media = match kind {
        "input_image" => {
            let (source, media_type) = match object.text("image_url")? {
                Some(url) => linked(url),
                None => match object.text("file_id")? {
                    Some(id) => (Source::File(id), None),
                    None => return Err(DecodeError::missing("image_url")),
                },
            };
            let detail = object.text("detail")?;
            Media { kind: MediaKind::Image, source, media_type, name: None, detail }
        }
        "input_file" => file(object)?,
        _ => return sound(object),
    };
    Ok(Some(media).filter(|media| !matches!(&media.source, Source::Url(url) if url.starts_with("data:"))))
}

fn file(object: &mut Object<'_>) -> Result<Media, DecodeError> {
    let (source, media_type) = if let Some(data) = object.text("file_data")? {
        if data.starts_with("data:") { linked(data) } else { (Source::Base64(data), None) }
    } else if let Some(url) = object.text("file_url")? {
        (Source::Url(url), None)
    } else if let Some(id) = object.text("file_id")? {
        (Source::File(id), None)
    } else {
        return Err(DecodeError::said("names no file, send `file_data`, `file_url` or `file_id`"));
    };
    let name = object.text("filename")?;
    Ok(Media { kind: MediaKind::Document, source, media_type, name, detail: object.text("detail")? })
}

fn sound(object: &mut Object<'_>) -> Result<Option<Media>, DecodeError> {
    let mut inner = object.object("input_audio")?.ok_or_else(|| DecodeError::missing("input_audio"))?;
    let said = |inner: &mut Object<'_>, name| {
        inner.required_text(name).map_err(|error: DecodeError| error.within("input_audio"))
    };
    let (data, format) = (said(&mut inner, "data")?, said(&mut inner, "format")?);
    let media_type = if format == "mp3" { "audio/mpeg".to_owned() } else { format!("audio/{format}") };
    if !inner.rest().is_empty() {
        return Ok(None);
    }
    let (kind, source) = (MediaKind::Audio, Source::Base64(data));
    Ok(Some(Media { kind, source, media_type: Some(media_type), name: None, detail: None }))
}

/// A URL, or what a `data:` URL holds where it is base64.
fn linked(url: String) -> (Source, Option<String>) {
    let data = url.strip_prefix("data:").and_then(|data| data.split_once(";base64,"));
    match data {
        Some((media_type, data)) => (Source::Base64(data.to_owned()), Some(media_type.to_owned())),
        None => (Source::Url(url), None),
    }
}

fn cache_hint(object: &mut Object<'_>) -> Option<CacheHint> {
    let hint = object.peek("prompt_cache_breakpoint")?;
    let known = hint.members().all(|member| member.is("mode") || member.is("ttl"));
    if !known || !hint.get("mode").is_some_and(|mode| mode.says("explicit")) {
        return None;
    }
    object.take("prompt_cache_breakpoint");
    Some(CacheHint { ttl: hint.get("ttl").and_then(Node::text).map(std::borrow::Cow::into_owned) })
}

/// Who speaks: each side's words have a type of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// The user, the system, a tool.
    Input,
    /// The model.
    Output,
}

/// Writes parts.
pub(super) struct Scribe<'a> {
    /// The dialect of the one who said it.
    pub(super) from: Dialect,
    /// What cannot be said.
    pub(super) losses: &'a mut Losses,
}

// === impl Scribe ===

impl Scribe<'_> {
    /// Writes one part; `place` is its own.
    pub(super) fn part(&mut self, writer: &mut Writer, side: Side, (piece, place): (&Piece, &str)) {
        match &piece.part {
            Part::Text(text) => self.text(writer, side, (text, piece, place)),
            Part::Refusal(refusal) => writer.object(|writer| {
                self.head(writer, piece, ("refusal", place));
                writer.key("refusal").text(refusal);
            }),
            Part::Media(media) => self.media(writer, (media, piece, place)),
            Part::Opaque(opaque) => writer.json(&opaque.json),
            Part::ToolCall(_) | Part::ToolResult(_) | Part::Reasoning(_) => {}
        }
    }

    /// Those of these pieces that can be said, with the place of each. Empty words say nothing.
    pub(super) fn sayable<'p>(
        &mut self,
        side: Side,
        pieces: impl Iterator<Item = (&'p Piece, String)>,
    ) -> Vec<(&'p Piece, String)> {
        let mut sayable = Vec::new();
        for (piece, place) in pieces {
            let is_empty = matches!(&piece.part, Part::Text(text) if text.text.is_empty());
            if self.from == OWN || (!is_empty && self.can_say(side, &piece.part)) {
                sayable.push((piece, place));
            } else if !is_empty {
                self.losses.dropped(place);
            }
        }
        sayable
    }

    fn can_say(&self, side: Side, part: &Part) -> bool {
        match part {
            Part::Text(_) | Part::Refusal(_) => true,
            Part::Media(media) => {
                let shares_files = matches!(self.from, OWN | Dialect::OpenAiChat);
                side == Side::Input
                    && matches!(media.kind, MediaKind::Image | MediaKind::Document)
                    && (shares_files || !matches!(media.source, Source::File(_)))
            }
            Part::Opaque(opaque) => opaque.dialect == OWN,
            Part::ToolCall(_) | Part::ToolResult(_) | Part::Reasoning(_) => false,
        }
    }

    /// What stands at the beginning of a part: its own dialect's members, or its type.
    fn head(&mut self, writer: &mut Writer, piece: &Piece, (kind, place): (&str, &str)) {
        if self.from == OWN {
            if piece.extras.get("type").is_none() {
                writer.key("type").text(kind);
            }
            writer.extras(&piece.extras);
        } else {
            writer.key("type").text(kind);
            self.losses.extras(place, &piece.extras);
        }
        // Other dialects' hints are not told: this one caches by itself, and its older models refuse to be told where.
        let hint = piece.cache.as_ref().filter(|_| matches!(self.from, OWN | Dialect::OpenAiChat));
        if let Some(hint) = hint {
            writer.key("prompt_cache_breakpoint").object(|writer| {
                writer.key("mode").text("explicit");
                writer.text_member("ttl", hint.ttl.as_deref());
            });
        }
    }

    fn text(&mut self, writer: &mut Writer, side: Side, (text, piece, place): (&Text, &Piece, &str)) {
        let kind = if side == Side::Input { "input_text" } else { "output_text" };
        writer.object(|writer| {
            self.head(writer, piece, (kind, place));
            writer.key("text").text(&text.text);
            let is_silent = self.from == OWN && text.citations.is_empty();
            if side == Side::Output && !is_silent {
                writer.key("annotations").array(|writer| self.annotations(writer, text, place));
            }
        });
    }

    fn annotations(&mut self, writer: &mut Writer, text: &Text, place: &str) {
        for (index, citation) in text.citations.iter().enumerate() {
            if !annotation(writer, citation, &text.text) {
                self.losses.dropped(format!("{place}.citations[{index}]"));
            }
        }
    }

    fn media(&mut self, writer: &mut Writer, (media, piece, place): (&Media, &Piece, &str)) {
        match media.kind {
            MediaKind::Document => self.document(writer, (media, piece, place)),
            MediaKind::Image | MediaKind::Video => writer.object(|writer| {
                self.head(writer, piece, ("input_image", place));
                source(writer, media, ("image_url", "image_url"));
                writer.text_member("detail", media.detail.as_deref());
            }),
            MediaKind::Audio => writer.object(|writer| {
                self.head(writer, piece, ("input_audio", place));
                writer.key("input_audio").object(|writer| sound_members(writer, media));
            }),
        }
    }

    fn document(&mut self, writer: &mut Writer, (media, piece, place): (&Media, &Piece, &str)) {
        if let Source::Text(text) = &media.source {
            // A file would have to be in base64, and its words count the same here.
            self.losses.changed(place);
            let title = media.name.as_deref().map(|name| format!("{name}\n\n")).unwrap_or_default();
            writer.object(|writer| {
                self.head(writer, piece, ("input_text", place));
                writer.key("text").text(&format!("{title}{text}"));
            });
            return;
        }
        writer.object(|writer| {
            self.head(writer, piece, ("input_file", place));
            // Where the file's content is in the request, its name is required.
            let must = self.from != OWN && matches!(media.source, Source::Base64(_));
            writer.text_member("filename", media.name.as_deref().or(must.then_some("document.pdf")));
            source(writer, media, ("file_url", "file_data"));
            writer.text_member("detail", media.detail.as_deref());
        });
    }
}

/// Writes where a medium's content is, as the member for URLs, the member for `data:` URLs, or `file_id`.
fn source(writer: &mut Writer, media: &Media, (url_key, data_key): (&str, &str)) {
    match (&media.source, media.kind) {
        (Source::Url(url), _) => writer.key(url_key).text(url),
        (Source::File(id), _) => writer.key("file_id").text(id),
        (Source::Base64(data), kind) => {
            let guess = if kind == MediaKind::Image { Some("image/png") } else { None };
            match media.media_type.as_deref().or(guess) {
                Some(media_type) => {
                    let url = ["data:", media_type, ";base64,", data].concat();
                    writer.key(data_key).text(&url);
                }
                None => writer.key(data_key).text(data),
            }
        }
        (Source::Text(text), _) => writer.key(data_key).text(text),
    }
}

fn sound_members(writer: &mut Writer, media: &Media) {
    if let Source::Base64(data) = &media.source {
        writer.key("data").text(data);
    }
    let format = media.media_type.as_deref().and_then(|kind| kind.strip_prefix("audio/"));
    writer.key("format").text(match format {
        Some("mpeg") | None => "mp3",
        Some(format) => format,
    });
}

/// Whether a piece is plain words of which nothing else is said, so that a string says it.
pub(super) fn plain(pieces: &[Piece]) -> Option<&str> {
    match pieces {
        [Piece { part: Part::Text(Text { text, citations }), cache: None, extras }]
            if citations.is_empty() && extras.is_empty() =>
        {
            Some(text)
        }
        _ => None,
    }
}
