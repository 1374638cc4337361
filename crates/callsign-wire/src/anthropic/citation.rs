//! Citations of text blocks.

use super::proof;
use crate::dialect::Dialect;
use crate::hub::extras::Json;
use crate::hub::flaw::DecodeError;
use crate::hub::part::Citation;
use crate::json::Kind;
use crate::json::object::Object;
use crate::json::walk::Node;
use crate::json::writer::Writer;

/// Reads a citation. Its places are those of the source, so none is about the text that it stands with.
pub(super) fn read(node: Node<'_>) -> Result<Citation, DecodeError> {
    let mut object = Object::of(node)?;
    let title = object.text("title")?;
    let title = title.or(object.text("document_title")?);
    Ok(Citation {
        url: object.text("url")?,
        title,
        cited: object.text("cited_text")?,
        range: None,
        spelled: (Dialect::Anthropic, Json::of(node)),
    })
}

/// Reads a list of them.
pub(super) fn read_all(object: &mut Object<'_>) -> Result<Vec<Citation>, DecodeError> {
    object.each("citations", read)
}

/// Whether it is one that only clients may see, because Anthropic did not make it.
pub(super) fn is_made_up(citation: &Citation) -> bool {
    let index = citation.spelled.1.node().get("encrypted_index");
    index.is_some_and(|index| index.says(proof::NONE))
}

/// Whether this dialect has a place for it.
pub(super) fn can_be_told(citation: &Citation) -> bool {
    citation.spelled.0 == Dialect::Anthropic || citation.url.is_some() || place_at_bedrock(citation).is_some()
}

/// How both APIs call a place in a source, and its numbers.
/// <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_CitationLocation.html>
struct Place {
    bedrock: &'static str,
    own: &'static str,
    source: (&'static str, &'static str),
    range: [&'static str; 2],
}

const PLACES: [Place; 4] = [
    Place {
        bedrock: "documentChar",
        own: "char_location",
        source: ("documentIndex", "document_index"),
        range: ["start_char_index", "end_char_index"],
    },
    Place {
        bedrock: "documentPage",
        own: "page_location",
        source: ("documentIndex", "document_index"),
        range: ["start_page_number", "end_page_number"],
    },
    Place {
        bedrock: "documentChunk",
        own: "content_block_location",
        source: ("documentIndex", "document_index"),
        range: ["start_block_index", "end_block_index"],
    },
    Place {
        bedrock: "searchResultLocation",
        own: "search_result_location",
        source: ("searchResultIndex", "search_result_index"),
        range: ["start_block_index", "end_block_index"],
    },
];

/// The place in a source that a citation of Bedrock's names.
fn place_at_bedrock(citation: &Citation) -> Option<(&'static Place, Node<'_>)> {
    let (dialect, json) = &citation.spelled;
    let location = json.node().get("location").filter(|_| *dialect == Dialect::Bedrock)?;
    PLACES.iter().find_map(|place| Some((place, location.get(place.bedrock)?)))
}

fn write_place(writer: &mut Writer, citation: &Citation, (place, location): (&Place, Node<'_>)) {
    let number = |name: &str| location.get(name).map(Json::of);
    let is_search = place.own == "search_result_location";
    writer.object(|writer| {
        writer.key("type").text(place.own);
        writer.key("cited_text").text(citation.cited.as_deref().unwrap_or_default());
        writer.json_member(place.source.1, number(place.source.0).as_ref());
        let title = if is_search { "title" } else { "document_title" };
        match &citation.title {
            Some(said) => writer.key(title).text(said),
            None => writer.key(title).null(),
        }
        if is_search {
            let source = citation.spelled.1.node().get("source").and_then(Node::text);
            writer.key("source").text(source.as_deref().unwrap_or_default());
        }
        for (name, theirs) in place.range.into_iter().zip(["start", "end"]) {
            writer.json_member(name, number(theirs).as_ref());
        }
    });
}

/// Writes the list of them, where there is any.
pub(super) fn write_all(writer: &mut Writer, citations: &[&Citation]) {
    if citations.is_empty() {
        return;
    }
    writer.key("citations").array(|writer| {
        for citation in citations {
            write(writer, citation);
        }
    });
}

/// Writes a citation: its own spelling, or a page on the web.
pub(super) fn write(writer: &mut Writer, citation: &Citation) {
    if citation.spelled.0 == Dialect::Anthropic && citation.spelled.1.node().kind() == Kind::Object {
        writer.json(&citation.spelled.1);
        return;
    }
    if let Some((place, location)) = place_at_bedrock(citation) {
        return write_place(writer, citation, (place, location));
    }
    writer.object(|writer| {
        writer.key("type").text("web_search_result_location");
        writer.key("cited_text").text(citation.cited.as_deref().unwrap_or_default());
        writer.key("url").text(citation.url.as_deref().unwrap_or_default());
        writer.text_member("title", citation.title.as_deref());
        writer.key("encrypted_index").text(proof::NONE);
    });
}
