//! Several listeners, and Plano's older form of one.

use callsign_testkit::client::Client;
use callsign_testkit::reply::Reply;
use callsign_testkit::upstream::Upstream;

use super::scene::{CHAT, COMPLETION, launch, refused_as_openai};

const PROVIDER: &str =
    "model_providers: [{model: openai/gpt-4o-mini, access_key: k, base_url: URL, name: fast}]";

#[tokio::test]
async fn each_listener_serves_with_its_own_limits() {
    let upstream = Upstream::always(Reply::json(200, COMPLETION)).await;
    let config = format!(
        "listeners:
  - {{type: model, name: inner, address: 127.0.0.1, port: 0}}
  - {{type: model, name: outer, port: 0, limits: {{body: 1KiB}}}}
{PROVIDER}"
    );
    let gateway = launch(&config.replace("URL", &upstream.url())).listeners(2).start().await;
    let body = format!(r#"{{"model":"fast","x":"{}"}}"#, "x".repeat(2_000));
    let inner = Client::new(gateway.address_of("inner"));
    let outer = Client::new(gateway.address_of("outer"));
    assert_eq!(inner.post("/v1/chat/completions", body.clone()).send().await.status, 200);
    refused_as_openai(outer.post("/v1/chat/completions", body).send().await, 413, "body_too_large").await;
    assert_eq!(outer.post("/v1/chat/completions", CHAT).send().await.status, 200);
}

#[tokio::test]
async fn older_form_of_the_listener_is_served() {
    let upstream = Upstream::always(Reply::json(200, COMPLETION)).await;
    let config = format!(
        "version: v0.1.0
listeners:
  egress_traffic: {{address: 127.0.0.1, port: 0, message_format: openai, timeout: 30s}}
{}",
        PROVIDER.replace("model_providers", "llm_providers").replace("URL", &upstream.url())
    );
    let gateway = launch(&config).start().await;
    let answer = gateway.client().post("/v1/chat/completions", CHAT).send().await;
    assert_eq!(answer.text().await, COMPLETION);
}
