//! Citations: `annotations` of a message, which stand beside its text and count its characters.

use crate::dialect::Dialect;
use crate::hub::extras::Json;
use crate::hub::part::Citation;
use crate::json::walk::Node;
use crate::json::writer::Writer;

/// The member that holds them.
pub(in crate::openai_chat) const NAME: &str = "annotations";
const KIND: &str = "url_citation";

/// Reads one.
pub(in crate::openai_chat) fn read(node: Node<'_>) -> Citation {
    let cited = node.get(KIND);
    let text = |name: &str| cited?.get(name)?.text().map(std::borrow::Cow::into_owned);
    let count = |name: &str| std::str::from_utf8(cited?.get(name)?.spelled()).ok()?.parse().ok();
    Citation {
        url: text("url"),
        title: text("title"),
        cited: text("content"),
        range: count("start_index").zip(count("end_index")),
        spelled: (Dialect::OpenAiChat, without_index(node)),
    }
}

/// In streams they are numbered, which is nothing that they say.
fn without_index(node: Node<'_>) -> Json {
    if node.get("index").is_none() {
        return Json::of(node);
    }
    let mut writer = Writer::default();
    writer.object(|writer| {
        for member in node.members().filter(|member| !member.is("index")) {
            writer.key(&String::from_utf8_lossy(member.key)).json(&Json::of(Node::of(&member)));
        }
    });
    Json::written(writer.into_bytes())
}

/// Where a text stands among all the text of its message, in characters.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::openai_chat) struct Span {
    pub(in crate::openai_chat) start: u64,
    pub(in crate::openai_chat) end: u64,
}

// === impl Span ===

impl Span {
    /// The span of the text that follows.
    pub(in crate::openai_chat) fn after(self, text: &str) -> Self {
        Self { start: self.end, end: self.end }.and(text)
    }

    /// The span with more text at its end.
    pub(in crate::openai_chat) fn and(self, text: &str) -> Self {
        Self { end: self.end + text.chars().count() as u64, ..self }
    }
}

/// Whether a citation can be told here: only those of the web can.
pub(in crate::openai_chat) const fn is_known(citation: &Citation) -> bool {
    citation.url.is_some() || matches!(citation.spelled.0, Dialect::OpenAiChat)
}

/// Writes a citation of the text at `span`; numbered in streams, where the SDKs join lists by number.
pub(in crate::openai_chat) fn write(
    writer: &mut Writer,
    citation: &Citation,
    span: Span,
    number: Option<u64>,
) {
    let (dialect, spelled) = &citation.spelled;
    if *dialect == Dialect::OpenAiChat && span.start == 0 && number.is_none() {
        return writer.json(spelled);
    }
    let (start, end) =
        citation.range.map_or((span.start, span.end), |(start, end)| (start + span.start, end + span.start));
    writer.object(|writer| {
        writer.count_member("index", number);
        writer.key("type").text(KIND);
        writer.key(KIND).object(|writer| {
            writer.key("start_index").count(start);
            writer.key("end_index").count(end);
            writer.key("title").text(citation.title.as_deref().unwrap_or_default());
            writer.key("url").text(citation.url.as_deref().unwrap_or_default());
        });
    });
}
