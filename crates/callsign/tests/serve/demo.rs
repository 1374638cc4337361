//! The built-in simulated provider answers in both dialects, whole and streamed, without any key.

use callsign_testkit::gateway::{Gateway, Launch};

use super::scene::{refused_as_anthropic, refused_as_openai};

const CONFIG: &str = "listeners: [{port: 0}]
model_providers:
  - {model: demo/chatty}
  - {model: demo/limited, simulate: {fault: 429}}
  - {model: demo/broken, simulate: {fault: 500}}
  - {model: demo/hanging, simulate: {fault: hang}, timeouts: {total: 150ms}}
  - {model: demo/cutting, simulate: {fault: cut}}
model_aliases:
  talk: {target: chatty}
";

async fn gateway() -> Gateway {
    Launch::new(env!("CARGO_BIN_EXE_callsign"), CONFIG).start().await
}

#[tokio::test]
async fn chat_is_answered_whole_and_streamed() {
    let gateway = gateway().await;
    let body = r#"{"model":"talk","messages":[{"role":"user","content":"Hi"}]}"#;
    let answer = gateway.client().post("/v1/chat/completions", body).send().await;
    assert_eq!((answer.status, answer.header("x-callsign-model")), (200, Some("demo/chatty")));
    let reply = answer.json().await;
    assert_eq!(reply["object"], "chat.completion");
    assert!(!reply["choices"][0]["message"]["content"].as_str().expect("a text").is_empty());
    let body = body.replace("{\"model\"", "{\"stream\":true,\"model\"");
    let answer = gateway.client().post("/v1/chat/completions", body).send().await;
    assert!(answer.header("content-type").is_some_and(|kind| kind.starts_with("text/event-stream")));
    let text = answer.text().await;
    assert!(text.starts_with("data: {") && text.ends_with("data: [DONE]\n\n"), "{text}");
}

#[tokio::test]
async fn messages_are_answered_whole_and_streamed() {
    let gateway = gateway().await;
    let body = r#"{"model":"talk","max_tokens":50,"messages":[{"role":"user","content":"Hi"}]}"#;
    let reply = gateway.client().post("/v1/messages", body).send().await.json().await;
    assert_eq!((&reply["type"], &reply["role"]), (&"message".into(), &"assistant".into()));
    assert!(!reply["content"][0]["text"].as_str().expect("a text").is_empty());
    let body = body.replace("{\"model\"", "{\"stream\":true,\"model\"");
    let text = gateway.client().post("/v1/messages", body).send().await.text().await;
    assert!(text.starts_with("event: message_start\n") && text.contains("event: message_stop\n"), "{text}");
    let body = r#"{"model":"talk","messages":[{"role":"user","content":"Hi"}]}"#;
    let count = gateway.client().post("/v1/messages/count_tokens", body).send().await.json().await;
    assert!(count["input_tokens"].as_u64().is_some_and(|count| count > 0), "{count}");
}

#[tokio::test]
async fn other_endpoints_are_answered() {
    let gateway = gateway().await;
    let cases = [
        ("/v1/completions", r#"{"model":"talk","prompt":"Hi"}"#, "text_completion"),
        ("/v1/responses", r#"{"model":"talk","input":"Hi"}"#, "response"),
        ("/v1/embeddings", r#"{"model":"talk","input":"Hi"}"#, "list"),
    ];
    for (path, body, object) in cases {
        let answer = gateway.client().post(path, body).send().await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.json().await["object"], object, "{path}");
    }
}

#[tokio::test]
async fn faults_look_like_a_providers() {
    let gateway = gateway().await;
    for (model, status) in [("limited", 429), ("broken", 500)] {
        let body = format!(
            r#"{{"model":"demo/{model}","max_tokens":5,"messages":[{{"role":"user","content":"Hi"}}]}}"#
        );
        let answer = gateway.client().post("/v1/chat/completions", body.clone()).send().await;
        assert_eq!(answer.status, status);
        assert!(answer.json().await["error"]["message"].is_string());
        let answer = gateway.client().post("/v1/messages", body).send().await;
        assert_eq!(answer.status, status);
        assert_eq!(answer.json().await["type"], "error");
    }
    let body = r#"{"model":"demo/hanging","max_tokens":5,"messages":[{"role":"user","content":"Hi"}]}"#;
    let answer = gateway.client().post("/v1/chat/completions", body).send().await;
    refused_as_openai(answer, 504, "upstream_timeout").await;
    let answer = gateway.client().post("/v1/messages", body).send().await;
    refused_as_anthropic(answer, 504, "upstream_timeout").await;
    let body = r#"{"model":"demo/cutting","stream":true,"messages":[{"role":"user","content":"Hi"}]}"#;
    let (rest, _) = gateway.client().post("/v1/chat/completions", body).send().await.drain().await;
    let text = String::from_utf8_lossy(&rest);
    assert!(!text.contains("[DONE]") && text.contains("\"error\""), "{text}");
}
