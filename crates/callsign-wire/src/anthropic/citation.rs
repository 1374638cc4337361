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
    citation.spelled.0 == Dialect::Anthropic || citation.url.is_some()
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
    writer.object(|writer| {
        writer.key("type").text("web_search_result_location");
        writer.key("cited_text").text(citation.cited.as_deref().unwrap_or_default());
        writer.key("url").text(citation.url.as_deref().unwrap_or_default());
        writer.text_member("title", citation.title.as_deref());
        writer.key("encrypted_index").text(proof::NONE);
    });
}
