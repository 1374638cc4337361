//! One upstream, one gateway in front of it, and the bodies that most scenarios send.

use callsign_testkit::client::{Answer, Client};
use callsign_testkit::gateway::{Gateway, Launch};
use callsign_testkit::reply::Reply;
use callsign_testkit::upstream::Upstream;
use serde_json::Value;

/// The key that the gateway shows OpenAI-compatible upstreams.
pub(crate) const OPENAI_KEY: &str = "sk-upstream-5e4f3d2c1b0a";
/// The key that the gateway shows Anthropic upstreams.
pub(crate) const ANTHROPIC_KEY: &str = "sk-ant-upstream-0a1b2c3d4e5f";

/// A chat request of an ordinary kind.
pub(crate) const CHAT: &str = r#"{"model":"fast","messages":[{"role":"user","content":"Hi"}]}"#;
/// The same as a stream.
pub(crate) const CHAT_STREAM: &str =
    r#"{"model":"fast","stream":true,"messages":[{"role":"user","content":"Hi"}]}"#;
/// A message request of an ordinary kind.
pub(crate) const MESSAGE: &str =
    r#"{"model":"creative","max_tokens":16,"messages":[{"role":"user","content":"Hi"}]}"#;
/// The same as a stream.
pub(crate) const MESSAGE_STREAM: &str =
    r#"{"model":"creative","stream":true,"max_tokens":16,"messages":[{"role":"user","content":"Hi"}]}"#;
/// What an OpenAI-compatible upstream answers.
pub(crate) const COMPLETION: &str = r#"{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"gpt-4o-mini-2024","choices":[{"index":0,"message":{"role":"assistant","content":"Hello"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}"#;
/// What an upstream of any kind may answer to anything.
pub(crate) const ANSWER: &str =
    r#"{"choices":[{}],"content":[{"type":"text","text":"Hi"}],"output":[],"data":[],"input_tokens":1}"#;

/// An event of a chat's stream that carries text.
pub(crate) const TOKEN: &str = "data: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\n";
/// The same of a message's stream.
pub(crate) const DELTA: &str = "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"x\"}}\n\n";
/// What ends a chat's stream.
pub(crate) const DONE: &str = "data: [DONE]\n\n";

/// A gateway and the upstream that all its providers lead to.
pub(crate) struct Scene {
    /// Where the gateway's requests go.
    pub(crate) upstream: Upstream,
    /// The gateway.
    pub(crate) gateway: Gateway,
}

/// The gateway's binary with `config`, its listener on a free port, and keys in the environment.
pub(crate) fn launch(config: &str) -> Launch {
    let config =
        if config.contains("listeners:") { config.to_owned() } else { format!("{LISTENER}{config}") };
    Launch::new(env!("CARGO_BIN_EXE_callsign"), config)
        .env("OPENAI_API_KEY", OPENAI_KEY)
        .env("ANTHROPIC_API_KEY", ANTHROPIC_KEY)
}

const LISTENER: &str = "listeners: [{type: model, name: main, port: 0}]\n";

/// A provider of each dialect at `url`, with an alias for each.
pub(crate) fn config(url: &str) -> String {
    format!(
        "model_providers:
  - {{model: openai/gpt-4o-mini, access_key: $OPENAI_API_KEY, base_url: '{url}', default: true}}
  - {{model: anthropic/claude-3-haiku, access_key: $ANTHROPIC_API_KEY, base_url: '{url}'}}
model_aliases:
  fast: {{target: gpt-4o-mini}}
  creative: {{target: claude-3-haiku}}
"
    )
}

// === impl Scene ===

impl Scene {
    /// An upstream that always answers `reply`.
    pub(crate) async fn always(reply: Reply) -> Self {
        Self::of(Upstream::always(reply).await).await
    }

    /// An upstream that answers an ordinary completion.
    pub(crate) async fn plain() -> Self {
        Self::always(Reply::json(200, ANSWER)).await
    }

    /// This upstream behind the ordinary configuration.
    pub(crate) async fn of(upstream: Upstream) -> Self {
        let gateway = launch(&config(&upstream.url())).start().await;
        Self { upstream, gateway }
    }

    /// An upstream that always answers `reply`, behind a configuration with `URL` for its address.
    pub(crate) async fn configured(reply: Reply, config: &str) -> Self {
        let upstream = Upstream::always(reply).await;
        let gateway = launch(&config.replace("URL", &upstream.url())).start().await;
        Self { upstream, gateway }
    }

    /// A client of the gateway's.
    pub(crate) fn client(&self) -> Client {
        self.gateway.client()
    }

    /// Sends the ordinary chat.
    pub(crate) async fn chat(&self) -> Answer {
        self.client().post("/v1/chat/completions", CHAT).send().await
    }

    /// Sends the ordinary message.
    pub(crate) async fn message(&self) -> Answer {
        self.client().post("/v1/messages", MESSAGE).send().await
    }
}

/// Checks that `answer` is an error of the gateway's own with this status and code, in `OpenAI`'s dialect.
pub(crate) async fn refused_as_openai(answer: Answer, status: u16, code: &str) -> String {
    let body = refused(answer, status, code).await;
    assert_eq!(body["error"]["code"], code, "{body}");
    assert!(body["error"]["type"].is_string() && body.get("type").is_none(), "{body}");
    message(&body)
}

/// Checks the same in Anthropic's dialect.
pub(crate) async fn refused_as_anthropic(answer: Answer, status: u16, code: &str) -> String {
    let body = refused(answer, status, code).await;
    assert_eq!(body["type"], "error", "{body}");
    assert!(body["error"]["type"].is_string(), "{body}");
    message(&body)
}

async fn refused(answer: Answer, status: u16, code: &str) -> Value {
    let found = (answer.status, answer.header("x-callsign-error").map(str::to_owned));
    let content_type = answer.header("content-type").map(str::to_owned);
    assert!(answer.header("x-callsign-request-id").is_some(), "{:?}", answer.headers);
    let body = answer.json().await;
    assert_eq!(found, (status, Some(code.to_owned())), "{body}");
    assert_eq!(content_type.as_deref(), Some("application/json"));
    body
}

fn message(body: &Value) -> String {
    body["error"]["message"].as_str().expect("an error with a message").to_owned()
}
