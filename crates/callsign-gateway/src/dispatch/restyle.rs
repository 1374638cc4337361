//! Bodies whose model stands in the URL: one member taken out or put in, every other byte left as the client sent it.

use bytes::Bytes;
use callsign_wire::peek;
use callsign_wire::splice::Spliced;
use memchr::memmem;

use crate::upstream::payload::Payload;

/// How a body begins that named no model, where one was put in.
const ADDED: &[u8] = br#""model":"#;

/// The version that has yet to be said; clients made for Vertex AI say it themselves.
pub(super) fn missing<'v>(body: &[u8], version: &'v str) -> Option<&'v str> {
    const NAME: &str = "anthropic_version";
    let is_said = memmem::find(body, NAME.as_bytes()).is_some() && peek::has_member(body, NAME);
    (!is_said).then_some(version)
}

/// The body without the model that was spliced into it, and with `anthropic_version` if one is given.
pub(super) fn without_model(spliced: Spliced, version: Option<&str>) -> Payload {
    let [head, replacement, tail] = spliced.into_chunks();
    let member = version.map(member).unwrap_or_default();
    if replacement.starts_with(ADDED) {
        let comma = replacement.ends_with(b",") && !member.is_empty();
        return pieces(head, member + if comma { "," } else { "" }, tail);
    }
    let head = head.slice(..key_start(&head));
    if !member.is_empty() {
        return pieces(head, member, tail);
    }
    match after_comma(&tail) {
        Some(rest) => pieces(head, String::new(), tail.slice(rest..)),
        None => pieces(head.slice(..before_comma(&head)), String::new(), tail),
    }
}

/// The body with the model that was spliced into it and with `anthropic_version`.
pub(super) fn with_version(spliced: Spliced, version: &str) -> Payload {
    // The client's body may have named this very model, and then nothing was replaced: the first member is as good.
    let whole = spliced.into_bytes();
    let start = whole.iter().position(|byte| *byte == b'{').map_or(0, |brace| brace + 1);
    pieces(whole.slice(..start), member(version) + ",", whole.slice(start..))
}

fn member(version: &str) -> String {
    format!(r#""anthropic_version":"{version}""#)
}

fn pieces(head: Bytes, middle: String, tail: Bytes) -> Payload {
    Payload::of([head, Bytes::from(middle), tail])
}

/// Where the key begins whose value stands behind `head`: a key that reads `model` holds no quotation mark.
fn key_start(head: &[u8]) -> usize {
    let mut marks = head.iter().enumerate().rev().filter(|(_, byte)| **byte == b'"');
    let _closing = marks.next();
    marks.next().map_or(head.len(), |(start, _)| start)
}

fn after_comma(tail: &[u8]) -> Option<usize> {
    let comma = tail.iter().position(|byte| !byte.is_ascii_whitespace())?;
    (tail.get(comma) == Some(&b',')).then_some(comma + 1)
}

fn before_comma(head: &[u8]) -> usize {
    let last = head.iter().rposition(|byte| !byte.is_ascii_whitespace());
    last.filter(|last| head.get(*last) == Some(&b',')).unwrap_or(head.len())
}

#[cfg(test)]
mod tests {
    use callsign_wire::{peek, splice};
    use http_body_util::BodyExt;

    use super::*;

    fn text(payload: Payload) -> String {
        let whole = futures_free(payload);
        String::from_utf8(whole.to_vec()).unwrap()
    }

    fn futures_free(payload: Payload) -> Bytes {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(payload.collect()).unwrap().to_bytes()
    }

    fn spliced(body: &str, model: &str) -> Spliced {
        let body = Bytes::copy_from_slice(body.as_bytes());
        splice::model(&body, &peek::json(&body).unwrap(), model)
    }

    #[test]
    fn model_gives_way_to_the_version() {
        let version = Some("v-1");
        for (body, with, without) in [
            (r#"{"model":"m","x":1}"#, r#"{"anthropic_version":"v-1","x":1}"#, r#"{"x":1}"#),
            (r#"{"x":1, "model" : "m" }"#, r#"{"x":1, "anthropic_version":"v-1" }"#, r#"{"x":1 }"#),
            (
                r#"{"x":1,"model":"m" ,"y":"model"}"#,
                r#"{"x":1,"anthropic_version":"v-1" ,"y":"model"}"#,
                r#"{"x":1,"y":"model"}"#,
            ),
            (r#"{ "model": "m" }"#, r#"{ "anthropic_version":"v-1" }"#, r"{  }"),
            (r#"{"mo\u0064el":"m","x":1}"#, r#"{"anthropic_version":"v-1","x":1}"#, r#"{"x":1}"#),
            (r#"{"x":1}"#, r#"{"anthropic_version":"v-1","x":1}"#, r#"{"x":1}"#),
            (r"{}", r#"{"anthropic_version":"v-1"}"#, r"{}"),
            (r#"{"model":null,"x":1}"#, r#"{"anthropic_version":"v-1","x":1}"#, r#"{"x":1}"#),
        ] {
            assert_eq!(text(without_model(spliced(body, "\0"), version)), with, "{body}");
            assert_eq!(text(without_model(spliced(body, "\0"), None)), without, "{body}");
        }
    }

    #[test]
    fn version_that_the_client_says_is_not_said_again() {
        for (body, said) in [
            (r#"{"anthropic_version":"vertex-2023-10-16","x":1}"#, true),
            (r#"{"x":"anthropic_version"}"#, false),
            (r#"{"x":{"anthropic_version":1}}"#, false),
            (r#"{"x":1}"#, false),
        ] {
            assert_eq!(missing(body.as_bytes(), "v-1"), (!said).then_some("v-1"), "{body}");
        }
    }

    #[test]
    fn version_stands_beside_the_model() {
        for (body, expected) in [
            (r#"{"model":"a","x":1}"#, r#"{"anthropic_version":"v-1","model":"m","x":1}"#),
            (r#"{"model":"m","x":1}"#, r#"{"anthropic_version":"v-1","model":"m","x":1}"#),
            (r#" {"x":1}"#, r#" {"anthropic_version":"v-1","model":"m","x":1}"#),
        ] {
            assert_eq!(text(with_version(spliced(body, "m"), "v-1")), expected, "{body}");
        }
    }
}
