//! A provider, a referee beside it, and a gateway that asks the one before the other.

use std::sync::Arc;

use callsign_testkit::client::Answer;
use callsign_testkit::gateway::{Gateway, Launch};
use callsign_testkit::ledger::Received;
use callsign_testkit::reply::Reply;
use callsign_testkit::upstream::Upstream;
use serde_json::{Value, json};

/// What webhooks are shown.
pub(crate) const KEY: &str = "wh-4f5e6d7c8b9a0";
/// What the provider is shown.
pub(crate) const OPENAI_KEY: &str = "sk-upstream-5e4f3d2c1b0a";
/// What the provider says.
pub(crate) const SAID: &str = "the lighthouse keeper answers";
/// What the client says.
pub(crate) const ASKED: &str = "tell me of the lighthouse";

/// What webhooks answer where they have nothing against it.
pub(crate) const FINE: &str = r#"{"flagged": false}"#;

/// A provider that answers, a referee, and a gateway.
pub(crate) struct Scene {
    /// Who answers.
    pub(crate) provider: Upstream,
    /// Who is asked about it.
    pub(crate) referee: Upstream,
    /// The gateway, where `fast` is an alias of the provider's.
    pub(crate) gateway: Gateway,
}

/// A provider of every dialect, whole or as a stream.
pub(crate) async fn provider() -> Upstream {
    Upstream::scripted(answer).await
}

fn answer(request: &Received) -> Reply {
    let body: Value = serde_json::from_slice(&request.body).expect("a request of json");
    let streams = body["stream"] == true;
    match (request.target.as_str(), streams) {
        ("/v1/chat/completions", false) => Reply::json(200, completion(SAID)),
        ("/v1/chat/completions", true) => Reply::sse(chat_events()),
        ("/v1/completions", false) => Reply::json(
            200,
            json!({"id": "c", "object": "text_completion", "created": 1, "model": "m",
                "choices": [{"index": 0, "text": SAID, "finish_reason": "stop"}]})
            .to_string(),
        ),
        ("/v1/completions", true) => Reply::sse(old_events()),
        ("/v1/messages", false) => Reply::json(
            200,
            json!({"id": "m", "type": "message", "role": "assistant", "model": "m", "stop_reason": "end_turn",
                "content": [{"type": "text", "text": SAID}], "usage": {"input_tokens": 1, "output_tokens": 1}})
            .to_string(),
        ),
        ("/v1/messages", true) => Reply::sse(message_events()),
        ("/v1/embeddings", _) => Reply::json(
            200,
            r#"{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.1]}],"model":"m"}"#,
        ),
        (other, _) => panic!("nobody asks for {other}"),
    }
}

/// A chat completion that says this.
pub(crate) fn completion(said: &str) -> String {
    json!({"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [
        {"index": 0, "message": {"role": "assistant", "content": said}, "finish_reason": "stop"}]})
    .to_string()
}

/// The events of a chat, a word in each.
pub(crate) fn chat_events() -> Vec<String> {
    let event = |delta: Value, finish: Value| {
        let chunk = json!({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m",
            "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]});
        format!("data: {chunk}\n\n")
    };
    let mut events = vec![event(json!({"role": "assistant", "content": ""}), Value::Null)];
    events.extend(SAID.split_inclusive(' ').map(|word| event(json!({"content": word}), Value::Null)));
    events.push(event(json!({}), "stop".into()));
    events.push("data: [DONE]\n\n".to_owned());
    events
}

fn old_events() -> Vec<String> {
    let event = |text: &str, finish: Value| {
        let chunk = json!({"id": "c", "object": "text_completion", "created": 1, "model": "m",
            "choices": [{"index": 0, "text": text, "finish_reason": finish}]});
        format!("data: {chunk}\n\n")
    };
    let mut events: Vec<String> = SAID.split_inclusive(' ').map(|word| event(word, Value::Null)).collect();
    events.push(event("", "stop".into()));
    events.push("data: [DONE]\n\n".to_owned());
    events
}

fn message_events() -> Vec<String> {
    let event = |data: Value| format!("event: {}\ndata: {data}\n\n", data["type"].as_str().expect("a type"));
    let mut events = vec![
        event(
            json!({"type": "message_start", "message": {"id": "m", "type": "message", "role": "assistant", "model": "m",
            "content": [], "stop_reason": null, "usage": {"input_tokens": 1, "output_tokens": 1}}}),
        ),
        event(
            json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
        ),
    ];
    let word = |word| {
        event(
            json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": word}}),
        )
    };
    events.extend(SAID.split_inclusive(' ').map(word));
    events.push(event(json!({"type": "content_block_stop", "index": 0})));
    events.push(event(
        json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 5}}),
    ));
    events.push(event(json!({"type": "message_stop"})));
    events
}

/// The configuration of a gateway before `provider` with these guardrails, in which `REFEREE` is where the referee is. `guard`
/// is an alias that leads to it as a model.
pub(crate) fn config(guardrails: &str, [provider, referee]: [&str; 2]) -> String {
    let guardrails = guardrails.replace("REFEREE", referee);
    format!(
        "listeners: [{{type: model, name: main, port: 0}}]
model_providers:
  - {{model: openai/gpt-4o-mini, access_key: $OPENAI_API_KEY, base_url: '{provider}'}}
  - {{model: anthropic/claude-3-haiku, access_key: $OPENAI_API_KEY, base_url: '{provider}'}}
  - {{model: ollama/llama-guard3, base_url: '{referee}'}}
model_aliases:
  fast: {{target: gpt-4o-mini, guardrails: {guardrails}}}
  creative: {{target: claude-3-haiku, guardrails: {guardrails}}}
  guard: {{target: llama-guard3}}
"
    )
}

/// The gateway with such a configuration.
pub(crate) async fn launch(config: &str) -> Gateway {
    Launch::new(env!("CARGO_BIN_EXE_callsign"), config)
        .env("OPENAI_API_KEY", OPENAI_KEY)
        .env("WEBHOOK_KEY", KEY)
        .start()
        .await
}

/// A chat of one turn.
pub(crate) fn chat(text: &str) -> Value {
    json!({"model": "fast", "messages": [{"role": "user", "content": text}]})
}

// === impl Scene ===

impl Scene {
    /// With these guardrails, and a referee that always replies so.
    pub(crate) async fn always(guardrails: &str, reply: Reply) -> Self {
        Self::of(guardrails, Upstream::always(reply).await).await
    }

    /// With this referee.
    pub(crate) async fn of(guardrails: &str, referee: Upstream) -> Self {
        let provider = provider().await;
        let gateway = launch(&config(guardrails, [&provider.url(), &referee.url()])).await;
        Self { provider, referee, gateway }
    }

    /// Posts this and waits for the head of the answer.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.gateway.client().post(path, body.to_string()).send().await
    }

    /// Sends a chat of one turn.
    pub(crate) async fn chat(&self, text: &str) -> Answer {
        self.post("/v1/chat/completions", &chat(text)).await
    }

    /// What the referee was asked, as JSON.
    pub(crate) fn asked(&self) -> Vec<Value> {
        let read = |request: &Arc<Received>| serde_json::from_slice(&request.body).expect("json");
        self.referee.received().iter().map(read).collect()
    }
}

/// Checks that `answer` was refused with this status and code, and returns the message, in which nothing is of a text.
pub(crate) async fn refused(answer: Answer, status: u16, code: &str) -> String {
    let found = (answer.status, answer.header("x-callsign-error").map(str::to_owned));
    let body = answer.json().await;
    assert_eq!(found, (status, Some(code.to_owned())), "{body}");
    let message = body["error"]["message"].as_str().expect("a message").to_owned();
    assert!(!message.contains("lighthouse"), "{message}");
    message
}
