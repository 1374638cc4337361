//! The access log in both formats, and its level changed while the gateway serves.

use callsign_testkit::deadline::soon;
use callsign_testkit::gateway::Gateway;
use callsign_testkit::reply::Reply;
use callsign_testkit::upstream::Upstream;
use serde_json::{Value, json};

use super::scene::{ask, completion, launch, read, tells_nothing};

async fn gateway(arguments: &[&str]) -> (Upstream, Upstream, Gateway) {
    let (first, second) =
        (Upstream::always(Reply::json(503, "{}")).await, Upstream::always(completion()).await);
    let launch = launch(&first, &second, "");
    let gateway = arguments.iter().fold(launch, |launch, argument| launch.arg(argument)).start().await;
    (first, second, gateway)
}

async fn chat(gateway: &Gateway) {
    let call = ask(gateway, "fast");
    let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    read(call.header("traceparent", parent).send().await).await;
}

#[tokio::test]
async fn line_as_json_tells_all_of_an_exchange_but_what_was_said() {
    let (_first, _second, gateway) = gateway(&["--log", "warn,access=info", "--log-format", "json"]).await;
    chat(&gateway).await;
    gateway.logged("\"target\":\"access\"").await;
    let log = gateway.stderr();
    let line = log.lines().find(|line| line.contains("\"target\":\"access\"")).expect("a line");
    let told: Value = serde_json::from_str(line).expect("JSON");
    let expected = [
        ("trace", json!("0af7651916cd43dd8448eb211c80319c")),
        ("operation", json!("chat/completions")),
        ("stream", json!(false)),
        ("alias", json!("fast")),
        ("model", json!("groq/second")),
        ("status", json!(200)),
        ("attempts", json!(2)),
        ("ended", json!("complete")),
        ("input_tokens", json!(11)),
        ("output_tokens", json!(7)),
        ("cached_tokens", json!(5)),
    ];
    for (name, value) in expected {
        assert_eq!(told[name], value, "{name} of {told}");
    }
    for name in ["request", "ms", "first_ms", "own_us", "cost_nanodollars", "bytes", "timestamp"] {
        assert!(!told[name].is_null(), "{name} of {told}");
    }
    tells_nothing(&log);
}

#[tokio::test]
async fn every_line_as_json_is_json_with_each_key_once() {
    let (first, second) =
        (Upstream::always(Reply::json(503, "{}")).await, Upstream::always(completion()).await);
    let odd = launch(&first, &second, "  second: {target: groq/second}");
    let gateway = odd.arg("--log").arg("warn,access=info").arg("--log-format").arg("json").start().await;
    chat(&gateway).await;
    gateway.logged("\"target\":\"access\"").await;
    gateway.rewrite("model_providers: [");
    gateway.logged("not reloaded").await;
    let log = gateway.terminate().await.stderr;
    for line in log.lines() {
        let told: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        for key in ["timestamp", "level", "message", "target"] {
            assert!(told[key].is_string(), "{key} of {line}");
            assert_eq!(line.matches(&format!("\"{key}\":")).count(), 1, "{key} of {line}");
        }
    }
    for said in ["hides a model", "listening on", "an attempt failed", "a bracket is not closed", "stopping"]
    {
        assert!(log.contains(said), "{said}: {log}");
    }
}

#[tokio::test]
async fn line_as_text_tells_the_same() {
    let (_first, _second, gateway) = gateway(&["--log", "info"]).await;
    chat(&gateway).await;
    gateway.logged("cached_tokens=5").await;
    tells_nothing(&gateway.stderr());
}

#[tokio::test]
async fn level_is_changed_while_it_serves() {
    let (_first, _second, gateway) = gateway(&["--log", "error"]).await;
    let admin = gateway.admin();
    let put = |body: &'static str| {
        let call = admin.call(&http::Method::PUT, "/api/v1/log-level");
        call.header("content-type", "application/json").body(body).send()
    };
    let level = async || admin.get("/api/v1/log-level").send().await.json().await;
    assert_eq!(level().await, json!({ "filter": "error" }));
    chat(&gateway).await;
    // Exchanges are looked at in turn: once this one is counted, the one before it has been logged, or not.
    assert_eq!(ask(&gateway, "nobody").send().await.status, 404);
    soon("the first exchange to be over with", async {
        while !admin.get("/metrics").send().await.text().await.contains("model_not_found") {}
    })
    .await;
    assert_eq!(put(r#"{"filter": "warn,access=info"}"#).await.status, 200);
    chat(&gateway).await;
    gateway.logged("ended=\"complete\"").await;
    assert_eq!(gateway.stderr().matches("ended=\"complete\"").count(), 1, "the first was not logged");
    let in_force = level().await;
    for body in [r#"{"filter": "=,nonsense=loud"}"#, r#"{"level": "info"}"#, "info"] {
        let answer = put(body).await;
        assert_eq!(answer.status, 400, "{body}");
        assert_eq!(answer.json().await["error"]["code"], "invalid_request", "{body}");
    }
    assert_eq!(level().await, in_force, "what cannot be read changes nothing");
}
