//! One upstream that is both identity service and provider, and the gateway in front of it.

use std::collections::HashMap;
use std::sync::Arc;

use callsign_testkit::gateway::{Gateway, Launch};
use callsign_testkit::ledger::Received;
use callsign_testkit::reply::Reply;
use callsign_testkit::upstream::Upstream;

/// The token that the identity service gives.
pub(crate) const TOKEN: &str = "cloud-token-9f8e7d6c5b4a";
/// What the gateway shows the identity service.
pub(crate) const SECRET: &str = "cloud-secret-0a1b2c3d4e5f";

pub(crate) const CHAT: &str = r#"{"model":"m","messages":[{"role":"user","content":"Hi"}]}"#;
pub(crate) const MESSAGE: &str =
    r#"{"model":"m","max_tokens":16,"messages":[{"role":"user","content":"Hi"}]}"#;
pub(crate) const COMPLETION: &str = r#"{"id":"c-1","object":"chat.completion","created":1,"model":"x","choices":[{"index":0,"message":{"role":"assistant","content":"Hello"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}"#;
pub(crate) const ANSWER: &str = r#"{"id":"msg_1","type":"message","role":"assistant","model":"x","content":[{"type":"text","text":"Hello"}],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":1}}"#;

/// A gateway and the upstream that everything leads to.
pub(crate) struct Scene {
    pub(crate) upstream: Upstream,
    pub(crate) gateway: Gateway,
}

/// The gateway with one entry that the alias `m` leads to.
pub(crate) fn launch(entry: &str) -> Launch {
    let config = format!(
        "listeners: [{{type: model, name: main, port: 0}}]\nmodel_providers:\n  - {entry}\n\
         model_aliases: {{m: {{target: the-model}}}}\n"
    );
    Launch::new(env!("CARGO_BIN_EXE_callsign"), config).env("CLOUD_SECRET", SECRET)
}

/// What an identity service answers.
pub(crate) fn token() -> Reply {
    Reply::json(200, format!(r#"{{"token_type":"Bearer","expires_in":3599,"access_token":"{TOKEN}"}}"#))
}

/// The fields of a form.
pub(crate) fn form(request: &Received) -> HashMap<String, String> {
    form_urlencoded::parse(&request.body).into_owned().collect()
}

/// Everything but the requests to the identity service.
pub(crate) fn to_the_model(upstream: &Upstream) -> Vec<Arc<Received>> {
    upstream.received().into_iter().filter(|request| !request.target.starts_with("/identity")).collect()
}

/// The requests to the identity service.
pub(crate) fn to_the_service(upstream: &Upstream) -> Vec<Arc<Received>> {
    upstream.received().into_iter().filter(|request| request.target.starts_with("/identity")).collect()
}

// === impl Scene ===

impl Scene {
    /// An upstream that gives tokens below `/identity` and elsewhere answers `reply`, behind one entry whose `URL` it is.
    pub(crate) async fn of(entry: &str, reply: Reply) -> Self {
        let script = move |request: &Received| {
            if request.target.starts_with("/identity") { token() } else { reply.clone() }
        };
        let upstream = Upstream::scripted(script).await;
        let gateway = launch(&entry.replace("URL", &upstream.url())).start().await;
        Self { upstream, gateway }
    }

    /// Sends a request and expects it to be answered.
    pub(crate) async fn asks(&self, path: &str, body: &str) {
        let answer = self.gateway.client().post(path, body.to_owned()).send().await;
        let (status, text) = (answer.status, answer.text().await);
        assert_eq!(status, 200, "{text}\n{}", self.gateway.stderr());
    }
}
