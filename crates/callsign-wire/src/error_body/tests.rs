//! Errors read as each dialect's SDK expects them.

use super::*;

const DIALECTS: [Dialect; 5] =
    [Dialect::OpenAiChat, Dialect::OpenAiResponses, Dialect::Anthropic, Dialect::Gemini, Dialect::Bedrock];

fn unknown_model() -> ErrorBody<'static> {
    ErrorBody {
        status: 404,
        kind: ErrorKind::NotFound,
        code: "model_not_found",
        message: "no alias or model is called `fasst`, did you mean `fast`?\n",
        param: Some("model"),
        request_id: "req_1",
        attempts: &[],
    }
}

fn nothing_worked() -> ErrorBody<'static> {
    ErrorBody {
        status: 429,
        kind: ErrorKind::RateLimit,
        code: "rate_limited",
        message: "slow \"down\"",
        param: None,
        request_id: "req_2",
        attempts: &[
            Attempt { model: "openai/gpt-4o", condition: "rate_limited", status: Some(429), ms: 12 },
            Attempt { model: "ollama/llama", condition: "unavailable", status: None, ms: 0 },
        ],
    }
}

fn rendered(render: impl Fn(Dialect, &ErrorBody<'_>) -> Vec<u8>, dialect: Dialect) -> String {
    [unknown_model(), nothing_worked()]
        .iter()
        .map(|error| String::from_utf8_lossy(&render(dialect, error)).into_owned() + "\n")
        .collect()
}

#[test]
fn bodies_have_the_dialects_form() {
    insta::assert_snapshot!("body_openaichat", rendered(render, Dialect::OpenAiChat));
    insta::assert_snapshot!("body_anthropic", rendered(render, Dialect::Anthropic));
    insta::assert_snapshot!("body_gemini", rendered(render, Dialect::Gemini));
    insta::assert_snapshot!("body_bedrock", rendered(render, Dialect::Bedrock));
    assert_eq!(rendered(render, Dialect::OpenAiResponses), rendered(render, Dialect::OpenAiChat));
}

#[test]
fn events_have_the_dialects_form() {
    insta::assert_snapshot!("event_openaichat", rendered(render_event, Dialect::OpenAiChat));
    insta::assert_snapshot!("event_openairesponses", rendered(render_event, Dialect::OpenAiResponses));
    insta::assert_snapshot!("event_anthropic", rendered(render_event, Dialect::Anthropic));
    insta::assert_snapshot!("event_gemini", rendered(render_event, Dialect::Gemini));
}

#[test]
fn event_is_one_event_whose_data_is_json() {
    for dialect in DIALECTS.into_iter().filter(|dialect| *dialect != Dialect::Bedrock) {
        let event = render_event(dialect, &unknown_model());
        assert_eq!(crate::frame::sse::find_event_end(&event), Some(event.len()));
        let frame = crate::frame::sse::Frame::from(bytes::Bytes::from(event));
        assert!(crate::json::document(&frame.data.unwrap(), |_| {}).is_ok());
    }
}

#[test]
fn bedrock_event_is_an_exception_of_its_stream() {
    let event = render_event(Dialect::Bedrock, &nothing_worked());
    let text = String::from_utf8_lossy(&event);
    assert!(
        text.contains("throttlingException") && text.contains(r#"{"__type":"ThrottlingException""#),
        "{text}"
    );
}

/// A kind in the words of OpenAI, Anthropic, Google and Bedrock.
const WORDS: [(ErrorKind, &str, &str, &str, &str); 9] = [
    (
        ErrorKind::InvalidRequest,
        "invalid_request_error",
        "invalid_request_error",
        "INVALID_ARGUMENT",
        "ValidationException",
    ),
    (
        ErrorKind::Authentication,
        "authentication_error",
        "authentication_error",
        "UNAUTHENTICATED",
        "AccessDeniedException",
    ),
    (
        ErrorKind::Permission,
        "permission_error",
        "permission_error",
        "PERMISSION_DENIED",
        "AccessDeniedException",
    ),
    (
        ErrorKind::NotFound,
        "invalid_request_error",
        "not_found_error",
        "NOT_FOUND",
        "ResourceNotFoundException",
    ),
    (
        ErrorKind::TooLarge,
        "invalid_request_error",
        "request_too_large",
        "INVALID_ARGUMENT",
        "ValidationException",
    ),
    (
        ErrorKind::RateLimit,
        "rate_limit_error",
        "rate_limit_error",
        "RESOURCE_EXHAUSTED",
        "ThrottlingException",
    ),
    (ErrorKind::Api, "server_error", "api_error", "INTERNAL", "InternalServerException"),
    (ErrorKind::Timeout, "timeout_error", "timeout_error", "DEADLINE_EXCEEDED", "ModelTimeoutException"),
    (
        ErrorKind::Overloaded,
        "overloaded_error",
        "overloaded_error",
        "UNAVAILABLE",
        "ServiceUnavailableException",
    ),
];

#[test]
fn every_kind_has_the_words_of_each_dialect() {
    for (kind, openai, anthropic, google, bedrock) in WORDS {
        let error = ErrorBody { kind, ..unknown_model() };
        let says = |dialect, word: &str| {
            let body = String::from_utf8(render(dialect, &error)).unwrap();
            assert!(body.contains(&format!("\"{word}\"")), "{word} in {body}");
        };
        says(Dialect::OpenAiChat, openai);
        says(Dialect::OpenAiResponses, openai);
        says(Dialect::Anthropic, anthropic);
        says(Dialect::Gemini, google);
        says(Dialect::Bedrock, bedrock);
    }
}

#[test]
fn own_bodies_are_recognised_in_their_dialect() {
    use Dialect::{Anthropic, Bedrock, Gemini, OpenAiChat, OpenAiResponses};
    // An error of Google's has what OpenAI's SDKs read but for the type by which programs tell errors apart.
    let recognised = [
        (OpenAiChat, vec![OpenAiChat, OpenAiResponses]),
        (OpenAiResponses, vec![OpenAiChat, OpenAiResponses]),
        (Anthropic, vec![Anthropic]),
        (Gemini, vec![Gemini]),
        (Bedrock, vec![Bedrock]),
    ];
    for (written, read) in recognised {
        let body = render(written, &nothing_worked());
        let found: Vec<_> = DIALECTS.into_iter().filter(|dialect| is_error(*dialect, &body)).collect();
        assert_eq!(found, read, "{written:?}");
    }
}

#[test]
fn bodies_of_upstreams_are_told_apart() {
    let cases: [(&str, &[Dialect]); 12] = [
        (
            r#"{"error":{"message":"m","type":"t","param":null,"code":null}}"#,
            &[Dialect::OpenAiChat, Dialect::OpenAiResponses],
        ),
        (r#"{"error":{"message":"m"}}"#, &[Dialect::OpenAiChat, Dialect::OpenAiResponses]),
        (
            r#"{"type":"error","error":{"type":"overloaded_error","message":"m"},"request_id":"r"}"#,
            &[Dialect::Anthropic],
        ),
        (r#"{"type":"error","error":{"message":"m"}}"#, &[]),
        (r#"{"error":"model not found"}"#, &[]),
        (r#"{"error":null}"#, &[]),
        (r#"{"message":"m"}"#, &[Dialect::Bedrock]),
        (r#"{"Message":"m"}"#, &[Dialect::Bedrock]),
        (r#"[{"error":{"code":400,"message":"m","status":"INVALID_ARGUMENT"}}]"#, &[]),
        ("<html>502</html>", &[]),
        ("", &[]),
        ("{\"error\":{\"message\":\"m\"}", &[]),
    ];
    for (body, expected) in cases {
        let found: Vec<_> =
            DIALECTS.into_iter().filter(|dialect| is_error(*dialect, body.as_bytes())).collect();
        assert_eq!(found, expected, "{body}");
    }
}
