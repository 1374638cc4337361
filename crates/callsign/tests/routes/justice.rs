//! Whose fault a failure is: a target's, an alias's, or the client's own.

use callsign_testkit::gateway::{Gateway, Launch};
use callsign_testkit::reply::{Framing, Reply};
use callsign_testkit::upstream::Upstream;
use serde_json::Value;

use super::record;

const TOKEN: &str = "data: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\n";
const CHAT: &str = r#"{"model":"MODEL","messages":[{"role":"user","content":"Hi"}]}"#;
const ANSWER: &str =
    r#"{"choices":[{"index":0,"message":{"role":"assistant","content":"Hello"},"finish_reason":"stop"}]}"#;

/// An upstream that answers well by the name of `good`, and otherwise as `reply` says.
async fn upstream(reply: Reply) -> Upstream {
    Upstream::scripted(move |request| {
        if request.json()["model"] == "good" { Reply::json(200, ANSWER) } else { reply.clone() }
    })
    .await
}

fn config(url: &str, aliases: &str) -> String {
    format!(
        "model_providers:
  - {{model: openai/bad, access_key: k, base_url: '{url}'}}
  - {{model: openai/good, access_key: k, base_url: '{url}'}}
  - {{model: anthropic/other, access_key: k, base_url: '{url}'}}
model_aliases:
{aliases}"
    )
}

fn launch(config: &str) -> Launch {
    let listener = "listeners: [{type: model, name: main, port: 0}]\n";
    Launch::new(env!("CARGO_BIN_EXE_callsign"), format!("{listener}{config}"))
}

async fn ask(gateway: &Gateway, model: &str) -> (u16, Option<String>, Value) {
    let answer = gateway.client().post("/v1/chat/completions", CHAT.replace("MODEL", model)).send().await;
    let id = answer.header("x-callsign-request-id").expect("an id").to_owned();
    let seen = (answer.status, answer.header("x-callsign-attempts").map(str::to_owned));
    answer.bytes().await;
    (seen.0, seen.1, record::of(gateway, &id).await)
}

#[tokio::test]
async fn target_too_slow_for_one_alias_is_left_alone_by_that_alias_alone() {
    let upstream = upstream(Reply::silence()).await;
    let aliases = "  hasty: {target: bad, guardrails: {max_latency: 60ms}, fallbacks: [{target: good}]}
  other: {target: bad, guardrails: {max_latency: 80ms}, fallbacks: [{target: good}]}
";
    let gateway = launch(&config(&upstream.url(), aliases)).start().await;
    for _ in 0..5 {
        assert_eq!(ask(&gateway, "hasty").await.1.as_deref(), Some("2"));
    }
    let (status, attempts, told) = ask(&gateway, "hasty").await;
    assert_eq!((status, attempts.as_deref()), (200, Some("1")), "{told}");
    assert_eq!(ask(&gateway, "other").await.1.as_deref(), Some("2"), "the other alias has tried it");
}

#[tokio::test]
async fn time_used_up_by_one_target_is_not_charged_to_the_next() {
    let upstream = upstream(Reply::silence()).await;
    let aliases = "  spent: {target: bad, timeouts: {total: 150ms}, guardrails: {max_latency: 100ms}, fallbacks: [{target: openai/late}]}
  direct: {target: openai/late, fallbacks: [{target: good}]}
";
    let config = config(&upstream.url(), aliases).replace(
        "model_aliases:",
        &format!("  - {{model: openai/late, access_key: k, base_url: '{}'}}\nmodel_aliases:", upstream.url()),
    );
    let gateway = launch(&config).start().await;
    for _ in 0..7 {
        assert_eq!(ask(&gateway, "spent").await.0, 504);
    }
    let client = gateway.client();
    let call = client.post("/v1/chat/completions", CHAT.replace("MODEL", "direct"));
    let before = upstream.received().len();
    tokio::select! {
        request = upstream.request(before) => {
            assert_eq!(request.json()["model"], "late", "it has not been ejected");
        }
        answer = call.send() => panic!("{} came where nobody answers", answer.status),
    }
}

#[tokio::test]
async fn words_of_the_clients_own_neither_move_nor_eject() {
    let echo = r#"{"error":{"message":"Invalid value: 'rate limit exceeded'. Supported values are: 'auto'.","type":"invalid_request_error","param":"tool_choice","code":"invalid_value"}}"#;
    for status in [400, 413, 422] {
        let upstream = upstream(Reply::json(status, echo)).await;
        let aliases = "  a: {target: bad, fallbacks: [{target: good}]}\n";
        let gateway = launch(&config(&upstream.url(), aliases)).start().await;
        for _ in 0..7 {
            let (seen, attempts, told) = ask(&gateway, "a").await;
            assert_eq!((seen, attempts.as_deref()), (status, Some("1")), "{told}");
        }
    }
}

#[tokio::test]
async fn error_whose_body_never_ends_falls_back_all_the_same() {
    let hanging = Reply::json(500, "{\"error\":").framed(Framing::Claimed(500)).stall();
    let upstream = upstream(hanging).await;
    let aliases = "  a: {target: bad, timeouts: {total: 20s}, fallbacks: [{target: good}]}\n";
    let gateway = launch(&config(&upstream.url(), aliases)).start().await;
    let (status, attempts, told) = ask(&gateway, "a").await;
    assert_eq!((status, attempts.as_deref()), (200, Some("2")), "{told}");
    assert!(told["ms"].as_u64().expect("a time") < 5_000, "{told}");
}

#[tokio::test]
async fn limits_of_a_clients_own_key_are_not_those_of_others() {
    let upstream = upstream(Reply::json(429, "{}").header("retry-after", "300")).await;
    let config = format!(
        "model_providers:
  - {{model: openai/bad, passthrough_auth: true, base_url: '{0}'}}
  - {{model: openai/good, access_key: k, base_url: '{0}'}}
model_aliases:
  a: {{target: bad, fallbacks: [{{target: good}}]}}
",
        upstream.url()
    );
    let gateway = launch(&config).start().await;
    for _ in 0..3 {
        assert_eq!(ask(&gateway, "a").await.1.as_deref(), Some("2"));
    }
}

#[tokio::test]
async fn exchange_under_way_and_list_of_models_are_on_record() {
    let upstream = Upstream::always(Reply::stream().data(TOKEN).stall()).await;
    let gateway = launch(&config(&upstream.url(), "  a: {target: bad}\n")).start().await;
    let streamed = CHAT.replace("MODEL", "a").replacen('{', r#"{"stream":true,"#, 1);
    let mut answer = gateway.client().post("/v1/chat/completions", streamed).send().await;
    answer.read_until("\n\n").await;
    let id = answer.header("x-callsign-request-id").expect("an id").to_owned();
    let told = gateway.admin().get(&format!("/api/v1/exchanges/{id}")).send().await.json().await;
    assert_eq!(told["ended"], "answering", "{told}");
    let models = gateway.client().get("/v1/models").send().await;
    let id = models.header("x-callsign-request-id").expect("an id").to_owned();
    models.bytes().await;
    let told = record::of(&gateway, &id).await;
    assert_eq!((&told["ended"], &told["status"]), (&"complete".into(), &200.into()), "{told}");
}

#[tokio::test]
async fn answer_with_an_error_that_says_nothing_is_an_answer() {
    for (error, attempts) in [("null", "1"), (r#""""#, "1"), ("false", "1"), ("{}", "1"), (r#""down""#, "2")]
    {
        let answer = ANSWER.replacen('{', &format!("{{\"error\":{error},"), 1);
        let upstream = upstream(Reply::json(200, answer)).await;
        let aliases = "  backed: {target: bad, fallbacks: [{target: good}]}\n";
        let gateway = launch(&config(&upstream.url(), aliases)).start().await;
        let (status, seen, told) = ask(&gateway, "backed").await;
        assert_eq!((status, seen.as_deref()), (200, Some(attempts)), "{error}: {told}");
    }
}
