//! What must hold of counting.
#![expect(clippy::disallowed_types, reason = "bodies are compared as values")]

use serde_json::{Value, json};

use super::*;
use crate::quirks::Chat;

const TERMS: Terms<'static> = Terms {
    model: "target",
    max_tokens: 4096,
    chat: Chat::USUAL,
    thinking: crate::quirks::ThinkingForm::Usual,
    family: crate::quirks::Family::Claude,
};

fn asked(counter: Counter, dialect: Dialect, body: &Value) -> Value {
    let conversation = conversation(dialect, body.to_string().as_bytes()).unwrap();
    let question = question(counter, &conversation, TERMS, &mut Losses::default()).unwrap();
    serde_json::from_slice(&question).unwrap()
}

fn of_anthropic() -> Value {
    json!({
        "model": "m",
        "system": "Be brief.",
        "messages": [{"role": "user", "content": "Hi"}],
        "tools": [{"name": "look", "input_schema": {"type": "object", "properties": {}}}],
        "tool_choice": {"type": "auto"},
    })
}

#[test]
fn every_counter_is_asked_for_what_it_counts() {
    let keys = |question: &Value| question.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    for (counter, path, expected) in [
        (Counter::Responses, "", vec!["input", "instructions", "model", "tool_choice", "tools"]),
        (
            Counter::Gemini,
            "/generateContentRequest",
            vec!["contents", "model", "systemInstruction", "toolConfig", "tools"],
        ),
        (Counter::Vertex, "", vec!["contents", "systemInstruction", "tools"]),
        (Counter::Bedrock, "/input/converse", vec!["messages", "system", "toolConfig"]),
    ] {
        let question = asked(counter, Dialect::Anthropic, &of_anthropic());
        assert_eq!(keys(question.pointer(path).unwrap()), expected, "{counter:?}: {question}");
        assert!(question.to_string().contains(r#""Be brief.""#), "{question}");
    }
    let of_gemini = json!({"generateContentRequest": {"model": "models/m", "contents": [{"role": "user", "parts": [{"text": "Hi"}]}]}});
    let question = asked(Counter::Anthropic, Dialect::Gemini, &of_gemini);
    assert_eq!(keys(&question), ["messages", "model"], "{question}");
}

#[test]
fn answers_come_back_in_every_dialect() {
    for (dialect, expected) in [
        (Dialect::OpenAiResponses, json!({"object": "response.input_tokens", "input_tokens": 31})),
        (Dialect::Anthropic, json!({"input_tokens": 31})),
        (Dialect::Gemini, json!({"totalTokens": 31})),
        (Dialect::Bedrock, json!({"inputTokens": 31})),
    ] {
        let body = answer(dialect, 31);
        assert_eq!(serde_json::from_slice::<Value>(&body).unwrap(), expected);
        assert_eq!(tokens(dialect, &body), Ok(31));
        assert!(tokens(dialect, br#"{"error":{"message":"no"}}"#).is_err() || dialect == Dialect::Gemini);
        assert!(tokens(dialect, b"[]").is_err());
    }
}

#[test]
fn who_does_not_count_is_told_from_who_lacks_the_model() {
    use Dialect::{Anthropic, Bedrock, Gemini};
    for (dialect, status, body, expected) in [
        (Anthropic, 404, "404 page not found", true),
        (Anthropic, 404, r#"{"detail":"Not Found"}"#, true),
        (Anthropic, 405, r#"{"detail":"Method Not Allowed"}"#, true),
        (Anthropic, 501, "", true),
        (Gemini, 404, "<html>The requested URL /v1beta/models/m:countTokens was not found</html>", true),
        (
            Anthropic,
            404,
            r#"{"type":"error","error":{"type":"not_found_error","message":"model: nemo"}}"#,
            false,
        ),
        (Bedrock, 400, r#"{"message":"The provided model doesn't support counting tokens."}"#, true),
        (Bedrock, 400, r#"{"message":"The provided model identifier is invalid."}"#, true),
        (
            Bedrock,
            400,
            r#"{"message":"The model returned the following errors: roles must alternate"}"#,
            false,
        ),
        (Anthropic, 400, r#"{"message":"The provided model doesn't support counting tokens."}"#, false),
        (Anthropic, 429, "", false),
        (Anthropic, 500, "", false),
    ] {
        assert_eq!(is_unserved(dialect, status, body.as_bytes()), expected, "{status} {body}");
    }
}
