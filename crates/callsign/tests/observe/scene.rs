//! Two upstreams, of which the first may fail, behind an alias; and what must be told nowhere.

use callsign_testkit::client::{Answer, Call};
use callsign_testkit::gateway::{Gateway, Launch};
use callsign_testkit::reply::Reply;
use callsign_testkit::upstream::Upstream;

/// The key that the gateway shows upstreams.
pub(crate) const KEY: &str = "sk-upstream-5e4f3d2c1b0a";
/// The key that the client shows the gateway.
pub(crate) const CLIENT_KEY: &str = "sk-client-0f1e2d3c4b5a";
/// What the client says.
pub(crate) const QUESTION: &str = "a-question-that-is-nobodys-business";
/// What the target says.
pub(crate) const ANSWER: &str = "an-answer-that-is-nobodys-business";

/// A gateway in front of two upstreams.
pub(crate) struct Scene {
    pub(crate) first: Upstream,
    pub(crate) second: Upstream,
    pub(crate) gateway: Gateway,
}

/// What an upstream answers.
pub(crate) fn completion() -> Reply {
    Reply::json(
        200,
        format!(
            r#"{{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{{"index":0,"message":{{"role":"assistant","content":"{ANSWER}"}},"finish_reason":"stop"}}],"usage":{{"prompt_tokens":11,"completion_tokens":7,"total_tokens":18,"prompt_tokens_details":{{"cached_tokens":5}}}}}}"#
        ),
    )
}

/// The gateway's binary with two providers at these addresses and what else is configured.
pub(crate) fn launch(first: &Upstream, second: &Upstream, further: &str) -> Launch {
    let (first, second) = (first.url(), second.url());
    let config = format!(
        "listeners: [{{type: model, name: main, port: 0}}]
model_providers:
  - {{model: openai/first, access_key: $KEY, base_url: '{first}', price: {{input: $1, output: $2}}}}
  - {{model: groq/second, access_key: $KEY, base_url: '{second}', price: {{input: $1, output: $2}}}}
  - {{model: mistral/*, access_key: $KEY, base_url: '{second}'}}
model_aliases:
  fast: {{target: first, fallbacks: [{{target: second}}]}}
{further}
"
    );
    Launch::new(env!("CARGO_BIN_EXE_callsign"), config).env("KEY", KEY)
}

// === impl Scene ===

impl Scene {
    /// Upstreams that answer so, in front of which this is configured too.
    pub(crate) async fn of(first: Reply, further: &str) -> Self {
        let (first, second) = (Upstream::always(first).await, Upstream::always(completion()).await);
        let gateway = launch(&first, &second, further).start().await;
        Self { first, second, gateway }
    }

    /// A chat that asks for this.
    pub(crate) fn ask(&self, model: &str) -> Call {
        ask(&self.gateway, model)
    }

    /// Sends the ordinary chat, and reads the whole answer.
    pub(crate) async fn chat(&self) {
        read(self.ask("fast").send().await).await;
    }
}

/// A chat that asks this gateway for this.
pub(crate) fn ask(gateway: &Gateway, model: &str) -> Call {
    let body = format!(r#"{{"model":"{model}","messages":[{{"role":"user","content":"{QUESTION}"}}]}}"#);
    let call = gateway.client().post("/v1/chat/completions", body);
    call.header("authorization", &format!("Bearer {CLIENT_KEY}"))
}

/// Reads a whole answer that must be one.
pub(crate) async fn read(answer: Answer) {
    assert_eq!(answer.status, 200);
    answer.bytes().await;
}

/// That nothing of what was said, and no key, stands in what an operator sees.
pub(crate) fn tells_nothing(told: &str) {
    for secret in [KEY, CLIENT_KEY, QUESTION, ANSWER] {
        assert!(!told.contains(secret), "`{secret}` is told: {told}");
    }
}
