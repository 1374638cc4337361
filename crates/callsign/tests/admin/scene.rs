//! A gateway with simulated providers, and what its admin listener says.

use callsign_testkit::client::Answer;
use callsign_testkit::deadline::soon;
use callsign_testkit::gateway::{Gateway, Launch};
use serde_json::Value;

pub(crate) const SECRET: &str = "sk-nobody-may-see-this-0123456789";

pub(crate) const CONFIG: &str = "listeners: [{port: 0}]
model_providers:
  - {model: demo/chatty}
  - {model: demo/other}
  - {model: demo/limited, simulate: {fault: 429}}
  - {model: openai/paid, access_key: $OPENAI_API_KEY}
model_aliases:
  talk: {targets: [{model: chatty, weight: 75}, {model: other, weight: 25}], description: For everybody}
  safe: {target: limited, fallbacks: [{target: talk, conditions: [rate_limited]}], guardrails: {content_filters: [{type: pii}], max_cost_per_request: 0.1}}
  dead: {target: limited, hidden: true}
  pool: {targets: [{model: chatty}, {model: other}], load_balance: {algorithm: round_robin}}
";

pub(crate) fn launch(config: &str) -> Launch {
    Launch::new(env!("CARGO_BIN_EXE_callsign"), config).env("OPENAI_API_KEY", SECRET)
}

pub(crate) async fn gateway() -> Gateway {
    launch(CONFIG).start().await
}

/// Asks an alias, and gives the exchange's name once everything that is made of it is made.
pub(crate) async fn ask(gateway: &Gateway, alias: &str) -> String {
    let before = total(gateway).await;
    let body = format!(r#"{{"model":"{alias}","messages":[{{"role":"user","content":"Hi"}}]}}"#);
    let answer = gateway.client().post("/v1/chat/completions", body).send().await;
    let id = answer.header("x-callsign-request-id").expect("an id").to_owned();
    answer.text().await;
    soon("the exchange to be counted", async { while total(gateway).await == before {} }).await;
    id
}

/// How many exchanges are in the history of the last hour.
async fn total(gateway: &Gateway) -> u64 {
    let history = get(gateway, "/api/v1/history").await;
    history["requests"].as_array().expect("a list").iter().filter_map(Value::as_u64).sum()
}

pub(crate) async fn try_get(gateway: &Gateway, path: &str) -> Answer {
    gateway.admin().get(path).send().await
}

pub(crate) async fn get(gateway: &Gateway, path: &str) -> Value {
    let answer = try_get(gateway, path).await;
    assert_eq!(answer.status, 200, "{path}");
    answer.json().await
}
