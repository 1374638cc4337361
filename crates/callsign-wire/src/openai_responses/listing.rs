//! What is told of a stored response: the list of its input items, page by page, and that it was deleted.

use std::borrow::Cow;

use crate::hub::extras::Json;
use crate::json::walk::Node;
use crate::json::writer::Writer;
use crate::json::{self, Kind};

/// Which part of a list is wanted, and from which end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<'a> {
    /// At most so many.
    pub limit: usize,
    /// Right after this id.
    pub after: Option<Cow<'a, str>>,
    /// Which end comes first.
    pub order: Order,
}

/// Which end of a list comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// What was said first.
    Ascending,
    /// What was said last.
    #[default]
    Descending,
}

/// Why a page cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PageError {
    /// A limit that is no number from 1 to 100.
    #[error("`limit` must be a number from 1 to 100")]
    Limit,
    /// An order that is none.
    #[error("`order` must be `asc` or `desc`")]
    Order,
    /// A cursor that names nothing.
    #[error("`after` names no item of the list")]
    After,
}

const DEFAULT_LIMIT: usize = 20;
const LARGEST_LIMIT: usize = 100;

/// The page of a response's input items. `items` is the text of an array; what the client gave no id gets one.
pub fn input_items(response: &str, items: &str, page: &Page<'_>) -> Result<Vec<u8>, PageError> {
    let nodes = Node::read(items.as_bytes()).into_iter().flat_map(Node::elements);
    let mut rows: Vec<(String, Json)> =
        nodes.enumerate().map(|(index, node)| listed(node, (response, index))).collect();
    if page.order == Order::Descending {
        rows.reverse();
    }
    let start = match &page.after {
        Some(after) => 1 + rows.iter().position(|(id, _)| id == after).ok_or(PageError::After)?,
        None => 0,
    };
    let rest = rows.get(start..).unwrap_or_default();
    let shown = rest.get(..page.limit).unwrap_or(rest);
    Ok(written(shown, shown.len() < rest.len()))
}

/// Says that a response was deleted.
pub fn deleted(response: &str) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.object(|writer| {
        writer.key("id").text(response);
        writer.key("object").text("response");
        writer.key("deleted").boolean(true);
    });
    writer.into_bytes()
}

fn written(rows: &[(String, Json)], has_more: bool) -> Vec<u8> {
    let mut writer = Writer::default();
    let id = |row: Option<&(String, Json)>, writer: &mut Writer| match row {
        Some((id, _)) => writer.text(id),
        None => writer.null(),
    };
    writer.object(|writer| {
        writer.key("object").text("list");
        writer.key("data").array(|writer| rows.iter().for_each(|(_, item)| writer.json(item)));
        id(rows.first(), writer.key("first_id"));
        id(rows.last(), writer.key("last_id"));
        writer.key("has_more").boolean(has_more);
    });
    writer.into_bytes()
}

/// An item as the service lists it, and its id: messages in full where the client wrote them the short way.
fn listed(node: Node<'_>, (response, index): (&str, usize)) -> (String, Json) {
    let own = node.get("id").and_then(Node::text).filter(|id| !id.is_empty());
    let role = node.get("role").and_then(Node::text);
    let id = own.map_or_else(|| made_up(node, (response, index)), Cow::into_owned);
    let mut writer = Writer::default();
    writer.object(|writer| {
        writer.key("id").text(&id);
        if node.get("type").is_none() && role.is_some() {
            writer.key("type").text("message");
        }
        for member in node.members().filter(|member| !member.is("id")) {
            let value = Node::of(&member);
            let Some(name) = json::text(&[b"\"", member.key, b"\""].concat()).map(Cow::into_owned) else {
                continue;
            };
            writer.key(&name);
            match &role {
                Some(role) if member.is("content") && value.kind() == Kind::Text => {
                    words(writer, role, value);
                }
                _ => writer.json(&Json::of(value)),
            }
        }
    });
    (id, Json::written(writer.into_bytes()))
}

fn made_up(node: Node<'_>, (response, index): (&str, usize)) -> String {
    let kind = node.get("type").and_then(Node::text);
    let prefix = match kind.as_deref() {
        None | Some("message") => "msg",
        Some("function_call") => "fc",
        Some("reasoning") => "rs",
        Some(_) => "item",
    };
    // An answer's own items are counted under the response's name too.
    format!("{prefix}_{}_in{index}", response.strip_prefix("resp_").unwrap_or(response))
}

fn words(writer: &mut Writer, role: &str, value: Node<'_>) {
    let kind = if role == "assistant" { "output_text" } else { "input_text" };
    writer.array(|writer| {
        writer.object(|writer| {
            writer.key("type").text(kind);
            writer.key("text").json(&Json::of(value));
        });
    });
}

// === impl Page ===

impl Default for Page<'_> {
    fn default() -> Self {
        Self { limit: DEFAULT_LIMIT, after: None, order: Order::default() }
    }
}

impl<'a> Page<'a> {
    /// Reads a request's query; parameters that are not about pages are passed over, as are empty ones.
    pub fn from_query(query: &'a str) -> Result<Self, PageError> {
        let mut page = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()).filter(|(_, value)| !value.is_empty()) {
            match name.as_ref() {
                "limit" => {
                    let limit = value.parse().ok().filter(|limit| (1..=LARGEST_LIMIT).contains(limit));
                    page.limit = limit.ok_or(PageError::Limit)?;
                }
                "order" => {
                    page.order = match value.as_ref() {
                        "asc" => Order::Ascending,
                        "desc" => Order::Descending,
                        _ => return Err(PageError::Order),
                    };
                }
                "after" => page.after = Some(value),
                _ => {}
            }
        }
        Ok(page)
    }
}

// === impl PageError ===

impl PageError {
    /// The parameter that is to blame.
    pub const fn param(&self) -> &'static str {
        match self {
            Self::Limit => "limit",
            Self::Order => "order",
            Self::After => "after",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ITEMS: &str = r#"[{"role":"user","content":"a \"b\""},{"id":"rs_1","type":"reasoning"},
        {"type":"function_call_output","call_id":"c","output":"4"},{"type":"message","role":"assistant","content":"d"}]"#;

    fn page(query: &str) -> Result<String, PageError> {
        let page = Page::from_query(query)?;
        input_items("resp_7", ITEMS, &page).map(|page| String::from_utf8(page).unwrap())
    }

    #[test]
    fn items_are_listed_in_full_and_with_ids() {
        let expected = concat!(
            r#"{"object":"list","data":["#,
            r#"{"id":"msg_7_in0","type":"message","role":"user","content":[{"type":"input_text","text":"a \"b\""}]},"#,
            r#"{"id":"rs_1","type":"reasoning"},"#,
            r#"{"id":"item_7_in2","type":"function_call_output","call_id":"c","output":"4"},"#,
            r#"{"id":"msg_7_in3","type":"message","role":"assistant","content":[{"type":"output_text","text":"d"}]}"#,
            r#"],"first_id":"msg_7_in0","last_id":"msg_7_in3","has_more":false}"#,
        );
        assert_eq!(page("order=asc"), Ok(expected.to_owned()));
        let none = input_items("resp_7", "[]", &Page::default()).unwrap();
        let expected = r#"{"object":"list","data":[],"first_id":null,"last_id":null,"has_more":false}"#;
        assert_eq!(String::from_utf8(none).unwrap(), expected);
    }

    #[test]
    fn pages_follow_one_another() {
        for (query, first, last, more) in [
            ("", "msg_7_in3", "msg_7_in0", false),
            ("limit=1", "msg_7_in3", "msg_7_in3", true),
            ("limit=2&after=msg_7_in3", "item_7_in2", "rs_1", true),
            ("limit=3&after=msg_7_in3", "item_7_in2", "msg_7_in0", false),
            ("order=asc&limit=2&include=x", "msg_7_in0", "rs_1", true),
            ("order=asc&after=rs_1", "item_7_in2", "msg_7_in3", false),
        ] {
            let page = page(query).unwrap();
            let end = format!(r#""first_id":"{first}","last_id":"{last}","has_more":{more}}}"#);
            assert!(page.ends_with(&end), "{query}: {page}");
        }
        for (query, error) in [
            ("limit=0", PageError::Limit),
            ("limit=101", PageError::Limit),
            ("order=up", PageError::Order),
            ("after=msg_8_0", PageError::After),
        ] {
            assert_eq!(page(query), Err(error), "{query}");
        }
    }

    #[test]
    fn deletion_is_told() {
        assert_eq!(deleted("resp_1"), br#"{"id":"resp_1","object":"response","deleted":true}"#);
    }
}
