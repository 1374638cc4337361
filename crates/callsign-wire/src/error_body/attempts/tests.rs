//! Attempts in providers' errors, and the errors that have no place for them.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::dialect::Dialect;
use crate::error_body::{Attempt, with_attempts};

const ATTEMPTS: [Attempt<'_>; 2] = [
    Attempt { model: "openai/gpt-4o", condition: "rate_limited", status: Some(429), ms: 12 },
    Attempt { model: "groq/\"llama\"", condition: "timeout", status: None, ms: 5000 },
];
const LIST: &str = r#"[{"model":"openai/gpt-4o","condition":"rate_limited","status":429,"ms":12},{"model":"groq/\"llama\"","condition":"timeout","status":null,"ms":5000}]"#;

#[test]
fn attempts_stand_last_in_the_error_and_nothing_else_changes() {
    for (dialect, before, after) in [
        (Dialect::OpenAiChat, r#"{"error":{"message":"no"#, r#""}}"#),
        (
            Dialect::OpenAiResponses,
            "{ \"id\": 1,\n \"error\" : { \"message\" : \"no\"\n",
            "} ,\"more\":[]}\n",
        ),
        (
            Dialect::Anthropic,
            r#"{"type":"error","error":{"type":"api_error","message":"x"#,
            r#""},"request_id":"r"}"#,
        ),
    ] {
        let (before, after) = match after.strip_prefix('"') {
            Some(after) => (format!("{before}\""), after),
            None => (before.to_owned(), after),
        };
        let body = format!("{before}{after}");
        let told = with_attempts(dialect, body.as_bytes(), &ATTEMPTS).expect(&body);
        assert_eq!(String::from_utf8(told).unwrap(), format!("{before},\"attempts\":{LIST}{after}"));
    }
}

#[test]
fn an_empty_error_needs_no_comma() {
    let told = with_attempts(Dialect::OpenAiChat, br#"{"error":{}}"#, &[]).expect("an error");
    assert_eq!(told, br#"{"error":{"attempts":[]}}"#);
}

#[test]
fn bodies_without_a_place_for_attempts_are_left_alone() {
    for (dialect, body) in [
        (Dialect::OpenAiChat, ""),
        (Dialect::OpenAiChat, "<html></html>"),
        (Dialect::OpenAiChat, r#"{"error":"model not found"}"#),
        (Dialect::OpenAiChat, r#"{"error":null}"#),
        (Dialect::OpenAiChat, r#"{"message":"no"}"#),
        (Dialect::OpenAiChat, r#"[{"error":{"message":"no"}}]"#),
        (Dialect::OpenAiChat, r#"{"error":{"message":"no","attempts":[]}}"#),
        (Dialect::OpenAiChat, r#"{"error":{"message":"no","\u0061ttempts":[]}}"#),
        (Dialect::OpenAiChat, r#"{"error":{"a":1},"error":{"b":2}}"#),
        (Dialect::OpenAiChat, r#"{"error":{"message":"no"}"#),
        (Dialect::Gemini, r#"{"error":{"code":500,"message":"no","status":"INTERNAL"}}"#),
        (Dialect::Bedrock, r#"{"error":{"message":"no"}}"#),
    ] {
        assert_eq!(with_attempts(dialect, body.as_bytes(), &ATTEMPTS), None, "{body}");
    }
}

proptest! {
    #[test]
    fn what_was_said_stays(message in ".{0,60}", more in ".{0,20}") {
        let before = json!({"type": "error", "error": {"message": message, "param": more}, "x": more});
        let told = with_attempts(Dialect::Anthropic, &serde_json::to_vec(&before).unwrap(), &ATTEMPTS).unwrap();
        let mut expected = before;
        expected["error"]["attempts"] = serde_json::from_str(LIST).unwrap();
        prop_assert_eq!(serde_json::from_slice::<Value>(&told).unwrap(), expected);
    }

    #[test]
    fn any_bytes_are_survived(body in proptest::collection::vec(any::<u8>(), 0..256)) {
        with_attempts(Dialect::OpenAiChat, &body, &ATTEMPTS);
    }
}
