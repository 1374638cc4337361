//! Ceilings on costs where several attempts or another dialect stand between: what adds up, and where the limit is written.

use callsign_testkit::deadline::soon;
use callsign_testkit::gateway::Gateway;
use callsign_testkit::reply::Reply;
use callsign_testkit::upstream::Upstream;
use serde_json::{Value, json};

use super::scene::{DONE, TOKEN, launch};

const CEILING: u64 = 10_000_000;
const INPUT: u64 = 10_000;
const OUTPUT: u64 = 20_000;

const PRICE: &str = "price: {input: 10, output: 20}";

/// The record of the exchange of this name, once it is over.
pub(crate) async fn record(gateway: &Gateway, id: &str) -> Value {
    let read = async {
        loop {
            let told = gateway.admin().get(&format!("/api/v1/exchanges/{id}")).send().await.json().await;
            if told["ended"] != "running" && told["ended"] != "answering" {
                return told;
            }
            tokio::task::yield_now().await;
        }
    };
    soon("the record", read).await
}

/// A stream that breaks off at `first`, and one that goes on to its end at `second` and says what it took.
async fn two_targets() -> Upstream {
    let usage = r#""usage":{"prompt_tokens":40,"completion_tokens":7,"total_tokens":47}"#;
    let end = format!("data: {{\"choices\":[{{\"delta\":{{}},\"finish_reason\":\"stop\"}}],{usage}}}\n\n");
    Upstream::scripted(move |request| match request.json()["model"].as_str() {
        Some("first") => Reply::sse([TOKEN, TOKEN, TOKEN]).fin(),
        _ => Reply::sse([TOKEN.to_owned(), end.clone(), DONE.to_owned()]),
    })
    .await
}

#[tokio::test]
async fn streams_that_are_taken_up_cost_what_both_targets_ask() {
    let upstream = two_targets().await;
    let url = upstream.url();
    let gateway = launch(&format!(
        "listeners: [{{port: 0}}]
model_providers:
  - {{model: openai/first, access_key: k, base_url: '{url}', {PRICE}}}
  - {{model: openai/second, access_key: k, base_url: '{url}', {PRICE}}}
model_aliases:
  story:
    target: first
    mid_stream: resume
    guardrails: {{max_cost_per_request: 0.01}}
    fallbacks: [{{target: second}}]
"
    ))
    .start()
    .await;
    let body =
        r#"{"model":"story","stream":true,"max_tokens":300,"messages":[{"role":"user","content":"Hi"}]}"#;
    let answer = gateway.client().post("/v1/chat/completions", body).send().await;
    let id = answer.header("x-callsign-request-id").expect("an id").to_owned();
    let text = answer.text().await;
    assert!(text.trim_end().ends_with("[DONE]"), "{text}");
    let told = record(&gateway, &id).await;
    assert!(told["resumed_after_characters"].as_u64() > Some(0), "{told:#}");
    let [first, second] = told["attempts"].as_array().expect("attempts").as_slice() else {
        panic!("two attempts: {told:#}")
    };
    let cost = |attempt: &Value| attempt["cost_nanodollars"].as_u64().expect("a cost");
    assert_eq!(first["usage"]["estimated"], true, "{told:#}");
    assert!(cost(first) > 3 * OUTPUT, "what was said was paid for: {told:#}");
    assert_eq!(cost(second), 40 * INPUT + 7 * OUTPUT, "{told:#}");
    assert_eq!(told["cost_nanodollars"], cost(first) + cost(second), "{told:#}");
    // As much as the first may have taken is gone for the second.
    let limits: Vec<u64> =
        upstream.received().iter().filter_map(|sent| sent.json()["max_tokens"].as_u64()).collect();
    let [whole, lowered] = limits.as_slice() else { panic!("two limits: {limits:?}") };
    assert_eq!(*whole, 300);
    assert!((whole + lowered) * OUTPUT < CEILING && *lowered > 100, "{limits:?}");
}

#[tokio::test]
async fn converse_is_limited_where_it_looks_for_a_limit() {
    let said = json!({
        "output": {"message": {"role": "assistant", "content": [{"text": "Hello"}]}}, "stopReason": "end_turn",
        "usage": {"inputTokens": 9, "outputTokens": 2, "totalTokens": 11}, "metrics": {"latencyMs": 1},
    });
    let upstream = Upstream::always(Reply::json(200, said.to_string())).await;
    let gateway = launch(&format!(
        "listeners: [{{port: 0}}]
model_providers:
  - {{model: bedrock/the-model, access_key: k, region: eu-central-1, base_url: '{}', {PRICE}}}
model_aliases:
  agent: {{target: the-model, guardrails: {{max_cost_per_request: 0.01}}}}
",
        upstream.url()
    ))
    .start()
    .await;
    let chat =
        |more: &str| format!(r#"{{"model":"agent","messages":[{{"role":"user","content":"Hi"}}]{more}}}"#);
    let cases = [
        ("/v1/chat/completions", chat(""), true),
        ("/v1/chat/completions", chat(r#","max_tokens":32000"#), true),
        ("/v1/messages", chat(r#","max_tokens":32000"#), true),
        ("/v1/chat/completions", chat(r#","temperature":0.5,"max_completion_tokens":9000"#), true),
        ("/v1/responses", r#"{"model":"agent","input":"Hi","max_output_tokens":32000}"#.to_owned(), true),
        ("/v1/chat/completions", chat(r#","max_tokens":20"#), false),
    ];
    for (index, (path, body, is_lowered)) in cases.into_iter().enumerate() {
        let answer = gateway.client().post(path, body.clone()).send().await;
        let (status, id) = (answer.status, answer.header("x-callsign-request-id").expect("an id").to_owned());
        let text = answer.text().await;
        assert_eq!(status, 200, "{path} {body}: {text}");
        let sent = upstream.request(index).await.json();
        let limit = sent["inferenceConfig"]["maxTokens"].as_u64().unwrap_or_else(|| panic!("{sent}"));
        let fits = limit * OUTPUT < CEILING && limit * OUTPUT * 2 > CEILING;
        assert_eq!(fits, is_lowered, "{limit} for {body}");
        assert_eq!(limit == 20, !is_lowered, "{limit} for {body}");
        assert_eq!(
            sent["inferenceConfig"].get("temperature").is_some(),
            body.contains("temperature"),
            "{sent}"
        );
        assert_eq!(record(&gateway, &id).await["cost_nanodollars"], 9 * INPUT + 2 * OUTPUT, "{path}");
    }
}
