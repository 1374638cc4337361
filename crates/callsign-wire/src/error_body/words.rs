//! What an error says, wherever its provider puts it.

use std::borrow::Cow;

use crate::json::Kind;
use crate::json::walk::Node;

/// A provider's words about an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// What people read.
    pub message: String,
    /// What programs look at, where there is such a thing.
    pub code: Option<String>,
}

/// The words in the body of an error, in any dialect; `None` where it says none.
///
/// OpenAI and Anthropic put them into `error`, Google into an array as well, Bedrock at the top, validators into `detail`.
pub fn words(body: &[u8]) -> Option<Words> {
    let mut node = Node::read(body)?;
    if node.kind() == Kind::Array {
        node = node.elements().next()?;
    }
    let inner = node.get("error").filter(|error| !error.is_blank());
    let message = [inner, Some(node)].into_iter().flatten().find_map(message)?;
    let code = [inner, Some(node)].into_iter().flatten().find_map(code);
    Some(Words { message, code })
}

fn message(node: Node<'_>) -> Option<String> {
    if node.kind() == Kind::Text {
        return said(node).map(Cow::into_owned);
    }
    ["message", "Message", "detail", "error_description"]
        .into_iter()
        .find_map(|name| said(node.get(name)?))
        .map(Cow::into_owned)
}

fn code(node: Node<'_>) -> Option<String> {
    // Google's `code` is a number that repeats the status.
    let named = ["code", "type", "status", "__type"].into_iter().filter_map(|name| said(node.get(name)?));
    named.into_iter().find(|code| code != "error").map(Cow::into_owned)
}

fn said(node: Node<'_>) -> Option<Cow<'_, str>> {
    node.text().filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_where_each_provider_puts_them() {
        for (body, message, code) in [
            (r#"{"error":{"message":"no","type":"t","code":"c"}}"#, Some("no"), Some("c")),
            (r#"{"error":{"message":"no","type":"t","code":null}}"#, Some("no"), Some("t")),
            (
                r#"{"type":"error","error":{"type":"overloaded_error","message":"busy"}}"#,
                Some("busy"),
                Some("overloaded_error"),
            ),
            (
                r#"[{"error":{"code":429,"message":"slow","status":"RESOURCE_EXHAUSTED"}}]"#,
                Some("slow"),
                Some("RESOURCE_EXHAUSTED"),
            ),
            (
                r#"{"message":"throttled","__type":"ThrottlingException"}"#,
                Some("throttled"),
                Some("ThrottlingException"),
            ),
            (r#"{"Message":"denied"}"#, Some("denied"), None),
            (r#"{"error":"model not found"}"#, Some("model not found"), None),
            (r#"{"detail":"Not Found"}"#, Some("Not Found"), None),
            (
                r#"{"object":"error","message":"m","type":"BadRequestError"}"#,
                Some("m"),
                Some("BadRequestError"),
            ),
            (r#"{"choices":[]}"#, None, None),
            ("<html>", None, None),
        ] {
            let found = words(body.as_bytes());
            assert_eq!(found.as_ref().map(|words| words.message.as_str()), message, "{body}");
            assert_eq!(found.and_then(|words| words.code).as_deref(), code, "{body}");
        }
    }
}
