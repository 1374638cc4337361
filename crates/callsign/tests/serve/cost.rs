//! Ceilings on what a request may cost, and what it did cost.

use callsign_testkit::client::Answer;
use callsign_testkit::deadline::soon;
use callsign_testkit::gateway::Gateway;
use callsign_testkit::reply::Reply;
use callsign_testkit::upstream::Upstream;
use serde_json::{Value, json};

use super::ceilings;
use super::scene::{ANSWER, COMPLETION, DONE, Scene, TOKEN, launch, refused_as_anthropic, refused_as_openai};

/// Ten dollars for a million of input, twenty for a million of output: a ceiling of one cent affords 500 tokens of answer
/// less half of the question's.
const CONFIG: &str = "model_providers:
  - {model: openai/gpt-4o-mini, access_key: k, base_url: URL, price: {input: 10, output: 20, cached_input: 1}}
  - {model: openai/gpt-4o, access_key: k, base_url: URL, price: {input: 10, output: 20}}
  - {model: anthropic/claude-3-haiku, access_key: k, base_url: URL, price: {input: 10, output: 20, cache_write: 12}}
  - {model: gemini/gem, access_key: k, base_url: URL, price: {input: 10, output: 20}}
  - {model: openai/dear, access_key: k, base_url: URL, price: {input: 1000, output: 2000}}
  - {model: ollama/llama, base_url: URL}
model_aliases:
  chat: {target: openai/gpt-4o-mini, guardrails: {max_cost_per_request: 0.01}}
  message: {target: claude-3-haiku, guardrails: {max_cost_per_request: 0.01}}
  generate: {target: gem, guardrails: {max_cost_per_request: 0.01}}
  thinker: {target: claude-3-haiku, guardrails: {max_cost_per_request: 0.04}}
  strict: {target: openai/gpt-4o-mini, guardrails: {max_cost_per_request: 0.01, on_cost: refuse}}
  dear: {target: openai/dear, guardrails: {max_cost_per_request: 0.05}}
  downgraded:
    target: openai/dear
    guardrails: {max_cost_per_request: 0.05}
    fallbacks: [{target: openai/gpt-4o-mini, conditions: [cost_exceeded]}]
  outer: {target: inner, guardrails: {max_cost_per_request: 0.02}}
  inner: {target: openai/gpt-4o-mini, guardrails: {max_cost_per_request: 0.01}}
  wide: {target: inner, guardrails: {max_cost_per_request: 0.005}}
  two:
    target: openai/gpt-4o
    guardrails: {max_cost_per_request: 0.01}
    fallbacks: [{target: openai/gpt-4o-mini}]
  local: {target: llama, guardrails: {max_cost_per_request: 0.000001}}
";
const CEILING: u64 = 10_000_000;
const INPUT: u64 = 10_000;
const OUTPUT: u64 = 20_000;

async fn scene() -> Scene {
    Scene::configured(Reply::json(200, ANSWER), CONFIG).await
}

fn ask(model: &str, more: &str) -> String {
    format!(r#"{{"model":"{model}","messages":[{{"role":"user","content":"Hi"}}]{more}}}"#)
}

/// The record of an exchange that has ended.
async fn record(gateway: &Gateway, answer: Answer) -> Value {
    let id = answer.header("x-callsign-request-id").expect("an id").to_owned();
    answer.drain().await.1.expect("a whole answer");
    ceilings::record(gateway, &id).await
}

#[tokio::test]
async fn answers_are_shortened_to_what_the_ceiling_affords_in_every_dialect() {
    let scene = scene().await;
    let chat = "/v1/chat/completions";
    let thinking = r#","max_tokens":32000,"thinking":{"type":"enabled","budget_tokens":31000}"#;
    let cases = [
        (chat, ask("chat", ""), "/max_completion_tokens"),
        (chat, ask("chat", r#","stream":true,"max_tokens":32000"#), "/max_tokens"),
        (chat, ask("chat", r#","max_completion_tokens":32000"#), "/max_completion_tokens"),
        ("/v1/completions", r#"{"model":"chat","prompt":"Hi","max_tokens":5000}"#.to_owned(), "/max_tokens"),
        ("/v1/responses", r#"{"model":"chat","input":"Hi","store":false}"#.to_owned(), "/max_output_tokens"),
        ("/v1/messages", ask("message", r#","max_tokens":32000"#), "/max_tokens"),
        ("/v1/messages", ask("chat", r#","max_tokens":32000"#), "/max_completion_tokens"),
        (chat, ask("message", ""), "/max_tokens"),
        (chat, ask("generate", ""), "/max_tokens"),
        ("/v1/messages", ask("generate", r#","max_tokens":32000"#), "/generationConfig/maxOutputTokens"),
        (
            "/v1beta/models/generate:generateContent",
            r#"{"contents":[{"role":"user","parts":[{"text":"Hi"}]}]}"#.to_owned(),
            "/generationConfig/maxOutputTokens",
        ),
        ("/v1/messages", ask("thinker", thinking), "/max_tokens"),
    ];
    for (index, (path, body, place)) in cases.into_iter().enumerate() {
        drop(scene.client().post(path, body.clone()).send().await);
        let sent = scene.upstream.request(index).await.json();
        let limit = sent.pointer(place).and_then(Value::as_u64).unwrap_or_else(|| panic!("{body}: {sent}"));
        let ceiling = if body.contains("thinker") { 4 * CEILING } else { CEILING };
        assert!(limit * OUTPUT < ceiling && limit * OUTPUT * 10 > ceiling * 5, "{limit} for {body}");
        if let Some(budget) = sent.pointer("/thinking/budget_tokens").and_then(Value::as_u64) {
            assert!((1024..limit).contains(&budget), "{sent}");
        }
    }
}

#[tokio::test]
async fn only_the_limit_changes_and_only_where_it_must() {
    let scene = scene().await;
    let body = r#"{ "model": "chat", "max_tokens" : 32000, "x": 1.50, "messages": [{"role":"user","content":"Hi"}] }"#;
    drop(scene.client().post("/v1/chat/completions", body).send().await);
    let sent = scene.upstream.request(0).await;
    let limit = sent.json()["max_tokens"].as_u64().expect("a limit");
    let expected = body.replace("\"chat\"", "\"gpt-4o-mini\"").replace("32000", &limit.to_string());
    assert_eq!(sent.text(), expected);
    // Several answers share what there is.
    drop(
        scene.client().post("/v1/chat/completions", ask("chat", r#","n":4,"max_tokens":32000"#)).send().await,
    );
    let shared = scene.upstream.request(1).await.json()["max_tokens"].as_u64().expect("a limit");
    assert_eq!(shared, limit / 4);
    for (index, body) in
        [ask("chat", r#","max_tokens":50"#), ask("local", ""), ask("openai/dear", "")].iter().enumerate()
    {
        drop(scene.client().post("/v1/chat/completions", body.clone()).send().await);
        let sent = scene.upstream.request(index + 2).await.text();
        let model = ["gpt-4o-mini", "llama", "dear"][index];
        let asked = ["chat", "local", "openai/dear"][index];
        assert_eq!(sent, body.replace(&format!("\"{asked}\""), &format!("\"{model}\"")));
    }
}

#[tokio::test]
async fn dear_target_gives_way_to_a_cheaper_one() {
    let scene = Scene::configured(Reply::json(200, COMPLETION), CONFIG).await;
    let answer = scene.client().post("/v1/chat/completions", ask("downgraded", "")).send().await;
    assert_eq!(answer.header("x-callsign-model"), Some("openai/gpt-4o-mini"));
    let record = record(&scene.gateway, answer).await;
    assert_eq!(record["attempts"][0]["condition"], "cost_exceeded", "{record}");
    assert_eq!(record["attempts"][0]["model"], "openai/dear", "{record}");
    assert_eq!(scene.upstream.only().json()["model"], "gpt-4o-mini");
}

#[tokio::test]
async fn refusal_tells_the_arithmetic_and_nothing_is_sent() {
    let scene = scene().await;
    let answer = scene.client().post("/v1/chat/completions", ask("dear", "")).send().await;
    let message = refused_as_openai(answer, 400, "max_cost_exceeded").await;
    for expected in ["`openai/dear`", "$0.05", "$1000.00", "$2000.00", "tokens", "at least 16"] {
        assert!(message.contains(expected), "`{expected}` is missing: {message}");
    }
    let answer = scene.client().post("/v1/messages", ask("dear", r#","max_tokens":9000"#)).send().await;
    refused_as_anthropic(answer, 400, "max_cost_exceeded").await;
    assert!(scene.upstream.received().is_empty());
}

#[tokio::test]
async fn refuse_refuses_what_clamp_would_shorten() {
    let scene = scene().await;
    let post = |more: &str| scene.client().post("/v1/chat/completions", ask("strict", more)).send();
    let message = refused_as_openai(post(r#","max_tokens":32000"#).await, 400, "max_cost_exceeded").await;
    assert!(message.contains("32000"), "{message}");
    refused_as_openai(post("").await, 400, "max_cost_exceeded").await;
    assert_eq!(post(r#","max_tokens":100"#).await.status, 200);
    assert_eq!(scene.upstream.only().json()["max_tokens"], 100);
}

#[tokio::test]
async fn strictest_of_nested_ceilings_holds() {
    let scene = scene().await;
    let mut limits = Vec::new();
    for (index, model) in ["inner", "outer", "wide"].iter().enumerate() {
        drop(scene.client().post("/v1/chat/completions", ask(model, "")).send().await);
        limits.push(
            scene.upstream.request(index).await.json()["max_completion_tokens"].as_u64().expect("a limit"),
        );
    }
    assert_eq!(limits[0], limits[1]);
    assert!(limits[2] * 2 < limits[0], "{limits:?}");
}

#[tokio::test]
async fn attempts_that_may_have_been_paid_leave_less_for_the_next() {
    let unusable = Reply::json(200, "no json");
    let error = Reply::json(500, r#"{"error":{"message":"no"}}"#);
    for (first, is_paid) in [(error, false), (unusable, true)] {
        let upstream = Upstream::sequence([first, Reply::json(200, COMPLETION)]).await;
        let gateway = launch(&CONFIG.replace("URL", &upstream.url())).start().await;
        let body = ask("two", r#","max_tokens":250"#);
        let answer = gateway.client().post("/v1/chat/completions", body).send().await;
        assert_eq!(answer.status, 200);
        let limit = |index: usize| upstream.received()[index].json()["max_tokens"].as_u64().expect("a limit");
        let (one, other) = (limit(0), limit(1));
        assert_eq!(one, 250);
        assert_eq!(other < 250, is_paid, "{other}");
        let question = 30 * INPUT;
        assert!(!is_paid || (one + other) * OUTPUT + 2 * question <= CEILING, "{one} {other}");
    }
}

#[tokio::test]
async fn what_cannot_be_told_before_is_refused() {
    let scene = scene().await;
    let chat = "/v1/chat/completions";
    let file = r#"[{"role":"user","content":[{"type":"file","file":{"file_id":"file-1"}}]}]"#;
    for (path, body, expected) in [
        (chat, ask("chat", r#","web_search_options":{"search_context_size":"low"}"#), "`web_search_options`"),
        (chat, ask("chat", r#","service_tier":"priority""#), "tier `priority`"),
        (chat, format!(r#"{{"model":"chat","messages":{file}}}"#), "a file that the provider keeps"),
        (
            "/v1/responses",
            r#"{"model":"chat","input":"Hi","tools":[{"type":"web_search"}]}"#.to_owned(),
            "the tool `web_search`",
        ),
        ("/v1/images/generations", r#"{"model":"chat","prompt":"a cat"}"#.to_owned(), "/images/generations"),
    ] {
        let answer = scene.client().post(path, body.clone()).send().await;
        assert_eq!(
            (answer.status, answer.header("x-callsign-error")),
            (400, Some("max_cost_exceeded")),
            "{body}"
        );
        let body = answer.text().await;
        assert!(body.contains(expected), "`{expected}` is missing: {body}");
    }
    assert!(scene.upstream.received().is_empty());
}

#[tokio::test]
async fn questions_alone_are_weighed_where_nothing_is_answered_in_words() {
    let scene = scene().await;
    let embed = |text: &str| {
        let body = json!({ "model": "chat", "input": text }).to_string();
        scene.client().post("/v1/embeddings", body).send()
    };
    assert_eq!(embed("Hi").await.status, 200);
    assert_eq!(scene.upstream.only().json(), json!({ "model": "gpt-4o-mini", "input": "Hi" }));
    let answer = embed(&"many words ".repeat(2_000)).await;
    assert_eq!((answer.status, answer.header("x-callsign-error")), (400, Some("max_cost_exceeded")));
    let count = scene.client().post("/v1/messages/count_tokens", ask("dear", "")).send().await;
    assert_eq!(count.status, 200);
}

#[tokio::test]
async fn target_without_a_price_stops_the_start_below_a_ceiling() {
    for (entry, target) in [
        ("openai/no-such-model, access_key: k", "no-such-model"),
        ("openai/*, access_key: k", "openai/no-such-model"),
        ("acme/big, base_url: 'https://llm.example.com', access_key: k", "acme/big"),
    ] {
        let config = format!(
            "listeners: [{{port: 0}}]
model_providers: [{{model: {entry}}}]
model_aliases:
  a:
    target: {target}
    guardrails:
      max_cost_per_request: 0.10
"
        );
        let ended = launch(&config).ended().await;
        assert_eq!(ended.status.code(), Some(1), "{}", ended.stderr);
        for expected in ["no price is known", "price: {input: …, output: …}", ":7:7"] {
            assert!(ended.stderr.contains(expected), "`{expected}` is missing in\n{}", ended.stderr);
        }
    }
}

#[tokio::test]
async fn listed_prices_and_free_providers_need_no_word_of_the_operators() {
    let config = "model_providers:
  - {model: openai/gpt-4o, access_key: k, base_url: URL}
  - {model: vllm/own, base_url: URL}
  - {model: acme/own, base_url: URL}
model_aliases:
  listed: {target: openai/gpt-4o, guardrails: {max_cost_per_request: 0.01}}
  vllm: {target: vllm/own, guardrails: {max_cost_per_request: 0.01}}
  acme: {target: acme/own, guardrails: {max_cost_per_request: 0.01}}
";
    let scene = Scene::configured(Reply::json(200, COMPLETION), config).await;
    let mut costs = Vec::new();
    for model in ["listed", "vllm", "acme"] {
        let answer = scene.client().post("/v1/chat/completions", ask(model, "")).send().await;
        costs.push(record(&scene.gateway, answer).await["cost_nanodollars"].clone());
    }
    // One token each way at 2.50 and 10 dollars.
    assert_eq!(costs, [json!(12_500), json!(0), json!(0)]);
    let limit = scene.upstream.received()[0].json()["max_completion_tokens"].as_u64().expect("a limit");
    assert!((900..1_000).contains(&limit), "{limit}");
    assert_eq!(scene.upstream.received()[1].json().get("max_tokens"), None);
}

#[tokio::test]
async fn record_tells_what_an_exchange_cost() {
    let usage = r#""usage":{"prompt_tokens":1000,"completion_tokens":50,"total_tokens":1050,"prompt_tokens_details":{"cached_tokens":600},"completion_tokens_details":{"reasoning_tokens":20}}"#;
    let whole =
        COMPLETION.replace(r#""usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}"#, usage);
    let expected = 400 * 10_000 + 600 * 1_000 + 50 * 20_000;
    let scene = Scene::configured(Reply::json(200, whole), CONFIG).await;
    let answer = scene.client().post("/v1/chat/completions", ask("gpt-4o-mini", "")).send().await;
    assert_eq!(answer.header("x-callsign-cost"), Some("0.0056"));
    let told = record(&scene.gateway, answer).await;
    assert_eq!(told["cost_nanodollars"], expected, "{told}");
    let usage_told = json!({
        "input_tokens": 1000, "cached_input_tokens": 600, "cache_write_tokens": null,
        "output_tokens": 50, "reasoning_tokens": 20, "estimated": false,
    });
    assert_eq!(told["attempts"][0]["usage"], usage_told, "{told}");
    // The same for a client of another dialect.
    let answer = scene.client().post("/v1/messages", ask("gpt-4o-mini", r#","max_tokens":99"#)).send().await;
    assert_eq!(answer.header("x-callsign-cost"), Some("0.0056"));
    assert_eq!(record(&scene.gateway, answer).await["cost_nanodollars"], expected);
    let end = format!("data: {{\"choices\":[{{\"delta\":{{}},\"finish_reason\":\"stop\"}}],{usage}}}\n\n");
    let scene = Scene::configured(Reply::sse([TOKEN.to_owned(), end, DONE.to_owned()]), CONFIG).await;
    for path in ["/v1/chat/completions", "/v1/messages"] {
        let body = ask("gpt-4o-mini", r#","stream":true,"max_tokens":99"#);
        let answer = scene.client().post(path, body).send().await;
        let told = record(&scene.gateway, answer).await;
        assert_eq!(told["cost_nanodollars"], expected, "{path} {told}");
        assert_eq!(told["attempts"][0]["usage"]["estimated"], false, "{path} {told}");
    }
}

#[tokio::test]
async fn cost_that_nobody_tells_is_marked_as_an_estimate() {
    let end = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
    let scene = Scene::configured(Reply::sse([TOKEN, TOKEN, end, DONE]), CONFIG).await;
    let answer =
        scene.client().post("/v1/chat/completions", ask("gpt-4o-mini", r#","stream":true"#)).send().await;
    let told = record(&scene.gateway, answer).await;
    assert_eq!(told["attempts"][0]["usage"]["estimated"], true, "{told}");
    assert!(told["cost_nanodollars"].as_u64().is_some_and(|cost| cost > 2 * OUTPUT), "{told}");
}

/// A list with one provider and one model, in the form of the genai-prices project.
const LIST: &str = r#"[{"id":"together","name":"Together","api_pattern":"https://api\\.together\\.xyz","models":[{"id":"big","match":{"equals":"big"},"prices":{"input_mtok":10,"output_mtok":20}}]}]"#;

/// A model that no list but that one has.
fn newer(prices: &str, url: &str) -> String {
    format!(
        "prices: {{{prices}}}
model_providers: [{{model: together_ai/big, access_key: k, base_url: '{url}'}}]
model_aliases: {{a: {{target: together_ai/big, guardrails: {{max_cost_per_request: 0.01}}}}}}
"
    )
}

#[tokio::test]
async fn newer_prices_come_from_a_file() {
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), LIST).expect("a list of prices");
    let upstream = Upstream::always(Reply::json(200, COMPLETION)).await;
    let config = newer(&format!("file: '{}'", file.path().display()), &upstream.url());
    let gateway = launch(&config).start().await;
    let answer = gateway.client().post("/v1/chat/completions", ask("a", "")).send().await;
    assert_eq!(answer.status, 200, "{}", gateway.stderr());
    assert_eq!(record(&gateway, answer).await["cost_nanodollars"], 30_000);
    assert!(upstream.only().json()["max_tokens"].as_u64().is_some_and(|limit| limit < 500));
    std::fs::write(file.path(), "[{}]").expect("a broken list");
    let ended = launch(&config).ended().await;
    assert_eq!(ended.status.code(), Some(1));
    assert!(ended.stderr.contains("are of no use: not a list of providers"), "{}", ended.stderr);
}

#[tokio::test]
async fn newer_prices_come_from_an_address_and_broken_ones_change_nothing() {
    let prices = Upstream::sequence([Reply::json(200, "[{}]"), Reply::json(200, LIST)]).await;
    let upstream = Upstream::always(Reply::json(200, COMPLETION)).await;
    let source = format!("url: '{}/data.json', refresh: 1s", prices.url());
    let gateway = launch(&newer(&source, &upstream.url())).start().await;
    gateway.logged("no newer prices").await;
    let has_price = async {
        loop {
            let answer = gateway.client().post("/v1/chat/completions", ask("a", "")).send().await;
            match answer.status {
                400 => assert_eq!(answer.header("x-callsign-error"), Some("max_cost_exceeded")),
                _ => return answer,
            }
        }
    };
    let answer = soon("newer prices", has_price).await;
    assert_eq!(record(&gateway, answer).await["cost_nanodollars"], 30_000);
}
