//! Citations of text.

use crate::dialect::Dialect;
use crate::hub::extras::Json;
use crate::hub::flaw::DecodeError;
use crate::hub::part::Citation;
use crate::json::object::Object;
use crate::json::walk::Node;
use crate::json::writer::Writer;

/// Reads a citation. Its places are those of the source, so none is about the text that it stands with.
pub(super) fn read(node: Node<'_>) -> Result<Citation, DecodeError> {
    let mut object = Object::of(node)?;
    let title = object.text("title")?;
    let cited = object.each("sourceContent", |node| Object::of(node)?.required_text("text"))?;
    let url = node.at(&["location", "web", "url"]).and_then(Node::text).map(std::borrow::Cow::into_owned);
    Ok(Citation {
        url,
        title,
        cited: (!cited.is_empty()).then(|| cited.concat()),
        range: None,
        spelled: (Dialect::Bedrock, Json::of(node)),
    })
}

/// Reads a list of them.
pub(super) fn read_all(object: &mut Object<'_>) -> Result<Vec<Citation>, DecodeError> {
    object.each("citations", read)
}

/// Whether this dialect has a place for it.
pub(super) fn can_be_told(citation: &Citation) -> bool {
    citation.spelled.0 == Dialect::Bedrock || citation.url.is_some()
}

/// Writes the list of them.
pub(super) fn write_all(writer: &mut Writer, citations: &[&Citation]) {
    writer.key("citations").array(|writer| {
        for citation in citations {
            write(writer, citation);
        }
    });
}

/// Writes a citation: its own spelling, or a page on the web.
pub(super) fn write(writer: &mut Writer, citation: &Citation) {
    if citation.spelled.0 == Dialect::Bedrock {
        writer.json(&citation.spelled.1);
        return;
    }
    writer.object(|writer| {
        writer.text_member("title", citation.title.as_deref());
        if let Some(cited) = &citation.cited {
            writer.key("sourceContent").array(|writer| {
                writer.object(|writer| writer.key("text").text(cited));
            });
        }
        writer.key("location").object(|writer| {
            writer.key("web").object(|writer| writer.text_member("url", citation.url.as_deref()));
        });
    });
}
