//! What it costs to ask a model about texts: it is told of the exchange, beside its attempts and never as one of them.

use callsign_testkit::deadline::soon;
use callsign_testkit::reply::Reply;
use callsign_testkit::upstream::Upstream;
use serde_json::{Value, json};

use super::scene::{ASKED, Scene, chat, completion, launch, provider};

/// Ten dollars for a million of input, twenty for a million of output.
const INPUT: u64 = 10_000;
const OUTPUT: u64 = 20_000;

/// `said` by a model that took 100 tokens to read and 3 to say it.
fn verdict(said: &str) -> Reply {
    let mut told: Value = serde_json::from_str(&completion(said)).expect("json");
    told["usage"] = json!({"prompt_tokens": 100, "completion_tokens": 3, "total_tokens": 103});
    Reply::json(200, told.to_string())
}

const OF_A_CHECK: u64 = 100 * INPUT + 3 * OUTPUT;

/// A gateway whose judge costs something and falls back to another one.
async fn scene(judge: Upstream, guardrails: &str) -> Scene {
    let provider = provider().await;
    let broken = Upstream::always(Reply::json(500, "{}")).await;
    let config = format!(
        "listeners: [{{type: model, name: main, port: 0}}]
model_providers:
  - {{model: openai/gpt-4o-mini, access_key: k, base_url: '{}', price: {{input: 1, output: 1}}}}
  - {{model: openai/judge, access_key: k, base_url: '{}', price: {{input: 10, output: 20}}}}
  - {{model: groq/away, access_key: k, base_url: '{}', price: {{input: 10, output: 20}}}}
model_aliases:
  fast: {{target: gpt-4o-mini, guardrails: {guardrails}}}
  guard: {{target: away, fallbacks: [{{target: judge}}]}}
",
        provider.url(),
        judge.url(),
        broken.url(),
    );
    Scene { provider, referee: judge, gateway: launch(&config).await }
}

/// The record of the only exchange, once it is over.
async fn record(scene: &Scene) -> Value {
    let read = async {
        loop {
            let listed = scene.gateway.admin().get("/api/v1/exchanges").send().await.json().await;
            let told = listed["exchanges"][0].clone();
            if told["ended"] != "running" && told["ended"] != "answering" && !told.is_null() {
                return told;
            }
            tokio::task::yield_now().await;
        }
    };
    soon("the record", read).await
}

#[tokio::test]
async fn what_checks_cost_is_told_of_their_exchange() {
    for (stream, side, times) in
        [(false, "input", 1), (false, "output", 1), (false, "both", 2), (true, "both", 2)]
    {
        let judge = Upstream::always(verdict("safe")).await;
        let guardrails = format!(
            "{{max_cost_per_request: 0.001, content_filters: [{{type: model, alias: guard, apply_to: {side}}}]}}"
        );
        let scene = scene(judge, &guardrails).await;
        let mut asked = chat(ASKED);
        asked["stream"] = stream.into();
        let answer = scene.post("/v1/chat/completions", &asked).await;
        assert_eq!(answer.status, 200);
        answer.text().await;
        let told = record(&scene).await;
        assert_eq!(told["guard_cost_nanodollars"], times * OF_A_CHECK, "{told:#}");
        let [attempt] = told["attempts"].as_array().expect("attempts").as_slice() else {
            panic!("a check is no attempt: {told:#}")
        };
        let of_answer = attempt["cost_nanodollars"].as_u64().expect("a cost");
        assert!((1..=1_000_000).contains(&of_answer), "the ceiling holds for attempts: {told:#}");
        assert_eq!(told["cost_nanodollars"], of_answer + times * OF_A_CHECK, "{told:#}");
        let checks = told["checks"].as_array().expect("checks");
        let judged = checks.iter().find(|check| check["model"] == "openai/judge").expect("it was asked");
        assert_eq!(
            (&judged["attempts"], &judged["usage"]["input_tokens"]),
            (&json!(times), &json!(100 * times))
        );
        assert!(checks.iter().any(|check| check["model"] == "groq/away"), "{told:#}");
    }
}

#[tokio::test]
async fn what_was_asked_in_vain_has_been_paid_for_too() {
    for (said, status) in [("unsafe\nS1", 400), ("well, it depends", 503)] {
        let judge = Upstream::always(verdict(said)).await;
        let scene = scene(judge, "{content_filters: [{type: model, alias: guard}]}").await;
        assert_eq!(scene.chat(ASKED).await.status, status);
        let told = record(&scene).await;
        assert_eq!(told["cost_nanodollars"], OF_A_CHECK, "{told:#}");
        assert_eq!((&told["attempts"], &told["ended"]), (&json!([]), &json!("refused")));
        assert!(!told.to_string().contains("lighthouse"), "{told:#}");
    }
}

#[tokio::test]
async fn what_is_known_already_costs_nothing_more() {
    let judge = Upstream::always(verdict("safe")).await;
    let scene = scene(judge, "{content_filters: [{type: model, alias: guard}]}").await;
    for cost in [json!(OF_A_CHECK), Value::Null] {
        scene.chat(ASKED).await.text().await;
        assert_eq!(record(&scene).await["guard_cost_nanodollars"], cost);
    }
}

#[tokio::test]
async fn the_whole_is_told_to_metrics_and_the_log() {
    let judge = Upstream::always(verdict("safe")).await;
    let scene = scene(judge, "{content_filters: [{type: model, alias: guard}]}").await;
    scene.chat(ASKED).await.text().await;
    let read = async {
        loop {
            let metrics = scene.gateway.admin().get("/metrics").send().await.text().await;
            let line = metrics.lines().find(|line| {
                line.starts_with("callsign_cost_dollars") && line.contains("target=\"openai/judge\"")
            });
            if let Some(line) = line {
                return line.to_owned();
            }
            tokio::task::yield_now().await;
        }
    };
    let line = soon("the metrics", read).await;
    assert!(line.ends_with(" 0.00106"), "{line}");
}
