//! What an error says, wherever its provider puts it.

use std::borrow::Cow;
use std::time::Duration;

use super::ErrorKind;
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
    let message = places(node).find_map(message)?;
    let code = places(node).find_map(code);
    Some(Words { message, code })
}

/// The kind of error that a body or an event names, in any dialect; `None` where it names none that is known.
pub fn kind(body: &[u8]) -> Option<ErrorKind> {
    let mut node = Node::read(body)?;
    if node.kind() == Kind::Array {
        node = node.elements().next()?;
    }
    let names = || places(node).flat_map(|node| NAMES.into_iter().filter_map(move |name| node.get(name)));
    let told = names().find_map(|name| kind_named(&said(name)?));
    told.or_else(|| names().find_map(|name| kind_of(std::str::from_utf8(name.spelled()).ok()?.parse().ok()?)))
}

/// The kind of error that an HTTP status stands for.
pub const fn kind_of(status: u16) -> Option<ErrorKind> {
    Some(match status {
        401 => ErrorKind::Authentication,
        403 => ErrorKind::Permission,
        404 => ErrorKind::NotFound,
        408 | 504 | 524 => ErrorKind::Timeout,
        413 => ErrorKind::TooLarge,
        402 | 429 => ErrorKind::RateLimit,
        503 | 529 => ErrorKind::Overloaded,
        500..=599 => ErrorKind::Api,
        400..=499 => ErrorKind::InvalidRequest,
        _ => return None,
    })
}

/// When Google wants to be asked again, which it says in the body: `{"@type":"…RetryInfo","retryDelay":"13.5s"}`.
/// <https://cloud.google.com/apis/design/errors#error_payloads>
pub fn retry_delay(body: &[u8]) -> Option<Duration> {
    let mut node = Node::read(body)?;
    if node.kind() == Kind::Array {
        node = node.elements().next()?;
    }
    let mut details = node.at(&["error", "details"])?.elements();
    let delay = details.find_map(|detail| detail.get("retryDelay"))?.text()?;
    let seconds: f64 = delay.strip_suffix('s')?.parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}

/// Where an error's words may stand: the error itself, that of a response which failed, and the top.
fn places(node: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    let failed = node.get("response").and_then(error);
    [error(node), failed, Some(node)].into_iter().flatten()
}

fn error(node: Node<'_>) -> Option<Node<'_>> {
    node.get("error").filter(|error| !error.is_blank())
}

/// Members by which programs tell errors apart.
const NAMES: [&str; 4] = ["type", "code", "status", "__type"];

/// What the dialects call their kinds of errors.
fn kind_named(name: &str) -> Option<ErrorKind> {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    Some(match plain.to_ascii_lowercase().as_str() {
        "invalidrequesterror"
        | "validationexception"
        | "invalidargument"
        | "failedprecondition"
        | "invalidprompt"
        | "contextlengthexceeded" => ErrorKind::InvalidRequest,
        "authenticationerror" | "unauthenticated" | "invalidapikey" => ErrorKind::Authentication,
        "permissionerror" | "permissiondenied" | "accessdeniedexception" => ErrorKind::Permission,
        "notfounderror" | "notfound" | "resourcenotfoundexception" | "modelnotfound" => ErrorKind::NotFound,
        "requesttoolarge" => ErrorKind::TooLarge,
        "ratelimiterror"
        | "ratelimitexceeded"
        | "resourceexhausted"
        | "throttlingexception"
        | "toomanyrequests"
        | "insufficientquota"
        | "servicequotaexceededexception"
        | "tokens"
        | "requests" => ErrorKind::RateLimit,
        "timeouterror" | "deadlineexceeded" | "modeltimeoutexception" => ErrorKind::Timeout,
        "overloadederror"
        | "unavailable"
        | "serviceunavailableexception"
        | "serverisoverloaded"
        | "modelnotreadyexception" => ErrorKind::Overloaded,
        _ => return None,
    })
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
    fn google_says_in_the_body_when_to_come_back() {
        let body =
            |details: &str| format!(r#"{{"error":{{"code":429,"message":"m","details":[{details}]}}}}"#);
        let info = r#"{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"13.5s"}"#;
        let other = r#"{"@type":"type.googleapis.com/google.rpc.Help"}"#;
        let expected = Some(Duration::from_millis(13_500));
        for (body, expected) in [
            (body(info), expected),
            (body(&format!("{other},{info}")), expected),
            (format!("[{}]", body(info)), expected),
            (body(other), None),
            (body(r#"{"retryDelay":"-1s"}"#), None),
            ("<html>".to_owned(), None),
        ] {
            assert_eq!(retry_delay(body.as_bytes()), expected, "{body}");
        }
    }

    #[test]
    fn kinds_are_known_by_every_dialects_names() {
        for (body, expected) in [
            (r#"{"error":{"message":"m","type":"rate_limit_error","code":"c"}}"#, Some(ErrorKind::RateLimit)),
            (r#"{"type":"error","error":{"type":"overloaded_error"}}"#, Some(ErrorKind::Overloaded)),
            (
                r#"{"type":"response.failed","response":{"status":"failed","error":{"code":"rate_limit_exceeded"}}}"#,
                Some(ErrorKind::RateLimit),
            ),
            (r#"{"error":{"code":429,"status":"RESOURCE_EXHAUSTED"}}"#, Some(ErrorKind::RateLimit)),
            (r#"[{"error":{"code":503}}]"#, Some(ErrorKind::Overloaded)),
            (r#"{"__type":"ThrottlingException"}"#, Some(ErrorKind::RateLimit)),
            (r#"{"type":"error","error":{"type":"api_error"}}"#, None),
            (r#"{"error":{"code":"who_knows"}}"#, None),
            ("<html>", None),
        ] {
            assert_eq!(kind(body.as_bytes()), expected, "{body}");
        }
    }

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
