//! `groundingMetadata` and `citationMetadata`: what words are based on, both ways. Places are counted in bytes of a part.
//! <https://ai.google.dev/api/generate-content#GroundingMetadata>

use super::proto;
use crate::dialect::Dialect;
use crate::hub::loss::Losses;
use crate::hub::part::{Citation, Part, Piece};
use crate::json::object::Object;
use crate::json::walk::Node;
use crate::json::writer::Writer;

/// A citation and the words that it is about.
#[derive(Debug)]
pub(super) struct Found {
    /// The part, by its place in the content.
    part: usize,
    /// From which byte of it to which.
    bytes: Option<(usize, usize)>,
    citation: Citation,
}

/// What a candidate's metadata cite. What cannot be understood of them is none: they stay as they are spelled.
pub(super) fn found(grounding: Option<Node<'_>>, citations: Option<Node<'_>>) -> Vec<Found> {
    let mut found = Vec::new();
    if let Some(mut metadata) = grounding.and_then(|node| proto::object(node).ok()) {
        let chunks = list(&mut metadata, "groundingChunks");
        for support in list(&mut metadata, "groundingSupports") {
            supported(support, &chunks, &mut found);
        }
    }
    if let Some(mut metadata) = citations.and_then(|node| proto::object(node).ok()) {
        for name in ["citations", "citationSources"] {
            found.extend(list(&mut metadata, name).into_iter().filter_map(quoted));
        }
    }
    found
}

/// Adds to the pieces of a content what they cite: to the part that is meant, or to the first words where none is.
pub(super) fn attach(found: Vec<Found>, pieces: &mut [Piece]) {
    for found in found {
        let is_text = |piece: &Piece| matches!(piece.part, Part::Text(_));
        let at = Some(found.part).filter(|part| pieces.get(*part).is_some_and(is_text));
        let Some(at) = at.or_else(|| pieces.iter().position(is_text)) else { continue };
        if let Some(Part::Text(text)) = pieces.get_mut(at).map(|piece| &mut piece.part) {
            let citation = found.about(&text.text);
            text.citations.push(citation);
        }
    }
}

fn list<'a>(object: &mut Object<'a>, name: &str) -> Vec<Node<'a>> {
    object.take(name).into_iter().flat_map(Node::elements).collect()
}

fn number(object: &mut Object<'_>, name: &str) -> Option<usize> {
    proto::count(object, name).ok().flatten().and_then(|number| usize::try_from(number).ok())
}

/// A support holds a run of words against each of its chunks.
fn supported(support: Node<'_>, chunks: &[Node<'_>], found: &mut Vec<Found>) {
    let Ok(mut support) = proto::object(support) else { return };
    let segment = proto::member(&mut support, "segment").ok().flatten();
    let (mut part, mut bytes) = (0, None);
    if let Some(mut segment) = segment {
        part = number(&mut segment, "partIndex").unwrap_or_default();
        let start = number(&mut segment, "startIndex").unwrap_or_default();
        bytes = number(&mut segment, "endIndex").map(|end| (start, end));
    }
    for index in list(&mut support, "groundingChunkIndices") {
        let index = std::str::from_utf8(index.spelled()).ok().and_then(|index| index.parse::<usize>().ok());
        let citation = index.and_then(|index| chunks.get(index)).and_then(|chunk| of_chunk(*chunk));
        found.extend(citation.map(|citation| Found { part, bytes, citation }));
    }
}

/// A chunk is of the web, of the client's own documents, or of a map.
fn of_chunk(chunk: Node<'_>) -> Option<Citation> {
    let member = chunk.members().next()?;
    let mut source = proto::object(Node::of(&member)).ok()?;
    let mut text = |name| source.text(name).ok().flatten();
    let (url, title, cited) = (text("uri"), text("title"), text("text"));
    Some(Citation { url, title, cited, range: None, spelled: (Dialect::Gemini, proto::compact_json(chunk)) })
}

fn quoted(node: Node<'_>) -> Option<Found> {
    let mut source = proto::object(node).ok()?;
    let start = number(&mut source, "startIndex").unwrap_or_default();
    let bytes = number(&mut source, "endIndex").map(|end| (start, end));
    let mut text = |name| source.text(name).ok().flatten();
    let (url, title) = (text("uri"), text("title"));
    let spelled = (Dialect::Gemini, proto::compact_json(node));
    Some(Found { part: 0, bytes, citation: Citation { url, title, cited: None, range: None, spelled } })
}

// === impl Found ===

impl Found {
    /// The citation, with its place counted in characters of `text`.
    pub(super) fn about(self, text: &str) -> Citation {
        let characters = |bytes| text.get(..bytes).map(|before: &str| before.chars().count() as u64);
        let range = self.bytes.and_then(|(start, end)| Some((characters(start)?, characters(end)?)));
        Citation { range, ..self.citation }
    }
}

/// Some words of a part, and what they cite.
#[derive(Debug)]
pub(super) struct Cited<'a> {
    /// The part, by its place in the content.
    pub(super) part: usize,
    /// How many bytes of the part precede the words.
    pub(super) offset: usize,
    pub(super) text: &'a str,
    pub(super) citations: &'a [Citation],
}

/// Writes the member that tells what is cited, where anything is that this dialect can tell.
pub(super) fn write(writer: &mut Writer, cited: &[Cited<'_>], losses: &mut Losses) {
    let all = || cited.iter().flat_map(|cited| cited.citations.iter().map(move |one| (cited, one)));
    all().for_each(|(cited, citation)| note(cited, citation, losses));
    let told = || all().filter(|(_, citation)| can_be_told(citation));
    if told().next().is_none() {
        return;
    }
    writer.key("groundingMetadata").object(|writer| {
        writer.key("groundingChunks").array(|writer| {
            told().for_each(|(_, citation)| writer.object(|writer| write_chunk(writer, citation)));
        });
        writer.key("groundingSupports").array(|writer| {
            for (index, (cited, citation)) in (0..).zip(told()) {
                writer.object(|writer| write_support(writer, cited, citation, index));
            }
        });
    });
}

const fn can_be_told(citation: &Citation) -> bool {
    citation.url.is_some() || citation.title.is_some() || citation.cited.is_some()
}

fn note(cited: &Cited<'_>, citation: &Citation, losses: &mut Losses) {
    let place = || format!("content[{}].citations", cited.part);
    if !can_be_told(citation) {
        losses.dropped(place());
    } else if citation.url.is_some() && citation.cited.is_some() {
        losses.changed(place());
    }
}

fn write_chunk(writer: &mut Writer, citation: &Citation) {
    let (title, url) = (citation.title.as_deref(), citation.url.as_deref());
    let kind = if url.is_some() { "web" } else { "retrievedContext" };
    writer.key(kind).object(|writer| {
        writer.text_member("uri", url);
        writer.text_member("title", title);
        writer.text_member("text", citation.cited.as_deref().filter(|_| url.is_none()));
    });
}

fn write_support(writer: &mut Writer, cited: &Cited<'_>, citation: &Citation, index: u64) {
    let (start, end) = bytes(cited.text, citation.range);
    writer.key("segment").object(|writer| {
        writer.key("partIndex").count(cited.part as u64);
        writer.key("startIndex").count((cited.offset + start) as u64);
        writer.key("endIndex").count((cited.offset + end) as u64);
        writer.text_member("text", cited.text.get(start..end));
    });
    writer.key("groundingChunkIndices").array(|writer| writer.count(index));
}

/// A range of characters in bytes; the whole text where there is none, or one that goes beyond it.
fn bytes(text: &str, range: Option<(u64, u64)>) -> (usize, usize) {
    let place = |characters: u64| {
        let characters = usize::try_from(characters).ok()?;
        let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
        ends.into_iter().nth(characters)
    };
    let found = range.and_then(|(start, end)| Some((place(start)?, place(end)?)));
    found.filter(|(start, end)| start <= end).unwrap_or((0, text.len()))
}
