//! What was said, in traces: only where it is switched on, as guardrails left it, bounded, and nowhere else.

use callsign_testkit::collector::{Collector, attribute};
use callsign_testkit::reply::Reply;
use callsign_testkit::upstream::Upstream;

use super::scene::{ANSWER, KEY, QUESTION, Scene, completion, launch, read, tells_nothing};

const INPUT: &str = "gen_ai.input.messages";
const OUTPUT: &str = "gen_ai.output.messages";
const SYSTEM: &str = "gen_ai.system_instructions";
const MAIL: &str = "jane.roe@example.com";

fn on(collector: &Collector, further: &str) -> String {
    format!("tracing: {{endpoint: '{}', protocol: http, capture_messages: true}}\n{further}", collector.url())
}

/// A stream that says this in several pieces.
fn streamed(pieces: &[&str]) -> Reply {
    let event = |piece: &&str| {
        let chunk = serde_json::json!({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m",
            "choices": [{"index": 0, "delta": {"content": piece}, "finish_reason": null}]});
        format!("data: {chunk}\n\n")
    };
    let end = "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
    Reply::sse(pieces.iter().map(event).chain([end.to_owned()]))
}

/// An answer in one piece that says this.
fn whole(text: &str) -> Reply {
    let answer = serde_json::json!({"id": "c", "object": "chat.completion", "created": 1, "model": "m",
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}]});
    Reply::json(200, answer.to_string())
}

/// Everything that the operator sees beside traces.
async fn everything_else(scene: &Scene) -> String {
    let mut told = scene.gateway.stderr();
    for path in
        ["/metrics", "/api/v1/exchanges", "/api/v1/history", "/api/v1/aliases/fast", "/api/v1/outline"]
    {
        told.push_str(&scene.gateway.admin().get(path).send().await.text().await);
    }
    told
}

#[tokio::test]
async fn texts_are_told_in_traces_alone_and_only_where_that_is_switched_on() {
    for streams in [false, true] {
        let collector = Collector::start().await;
        let reply =
            || if streams { streamed(&["an-answer-that-", "is-nobodys-business"]) } else { completion() };
        let upstreams = (Upstream::always(reply()).await, Upstream::always(reply()).await);
        let launch = launch(&upstreams.0, &upstreams.1, &on(&collector, ""));
        let gateway = launch.arg("--log").arg("trace").start().await;
        let scene = Scene { first: upstreams.0, second: upstreams.1, gateway };
        let body = format!(
            r#"{{"model":"fast","stream":{streams},"messages":[{{"role":"system","content":"be brief"}},{{"role":"user","content":"{QUESTION}"}}]}}"#
        );
        read(scene.gateway.client().post("/v1/chat/completions", body).send().await).await;
        let spans = collector.spans(2).await;
        let whole = spans.iter().find(|span| span.name == "chat fast").expect("a span");
        let told = |name| {
            let text = attribute(whole, name).unwrap_or_else(|| panic!("no `{name}` in {whole:?}"));
            serde_json::from_str::<serde_json::Value>(&text).expect("json")
        };
        let part = |text: &str| serde_json::json!([{"type": "text", "content": text}]);
        assert_eq!(told(SYSTEM), part("be brief"));
        assert_eq!(told(INPUT), serde_json::json!([{"role": "user", "parts": part(QUESTION)}]));
        assert_eq!(told(OUTPUT)[0]["parts"], part(ANSWER), "streams: {streams}");
        assert_eq!(attribute(whole, "callsign.content.cut"), None);
        let attempt = spans.iter().find(|span| span.name == "chat first").expect("a span");
        tells_nothing(&format!("{attempt:?}"));
        assert!(!format!("{spans:?}").contains(KEY));
        tells_nothing(&everything_else(&scene).await);
    }
}

#[tokio::test]
async fn what_was_masked_or_put_back_is_told_masked() {
    let restore = "guardrails: {content_filters: [{type: pii, restore: true}]}";
    let mask = "guardrails: {content_filters: [{type: pii}]}";
    for (guardrails, token) in [(mask, "[EMAIL]"), (restore, "[EMAIL_1]")] {
        for streams in [false, true] {
            let collector = Collector::start().await;
            let says = if token == "[EMAIL]" { MAIL } else { token };
            let pieces = ["write to ", &says[..4], &says[4..], " soon"];
            let reply = if streams { streamed(&pieces) } else { whole(&pieces.concat()) };
            let scene = Scene::of(reply, &on(&collector, guardrails)).await;
            let body = format!(
                r#"{{"model":"fast","stream":{streams},"messages":[{{"role":"user","content":"mail {MAIL}"}}]}}"#
            );
            let answer = scene.gateway.client().post("/v1/chat/completions", body).send().await;
            let heard = answer.text().await;
            let spans = collector.spans(2).await;
            let all = format!("{spans:?}");
            assert!(!all.contains(MAIL) && !all.contains("jane"), "{guardrails} {streams}: {all}");
            let whole = spans.iter().find(|span| span.name == "chat fast").expect("a span");
            let told =
                (attribute(whole, INPUT).expect("a question"), attribute(whole, OUTPUT).expect("an answer"));
            assert!(told.0.contains(&format!("mail {token}")), "{told:?}");
            assert!(told.1.contains(&format!("write to {token} soon")), "{told:?} {heard}");
            assert_eq!(heard.contains(MAIL), token == "[EMAIL_1]", "{heard}");
        }
    }
}

#[tokio::test]
async fn what_is_refused_is_not_told_and_what_is_long_is_cut() {
    let collector = Collector::start().await;
    let guardrails = "guardrails: {block_categories: [PII]}";
    let scene = Scene::of(completion(), &on(&collector, guardrails)).await;
    let blocked = format!(r#"{{"model":"fast","messages":[{{"role":"user","content":"mail {MAIL}"}}]}}"#);
    let refused = scene.gateway.client().post("/v1/chat/completions", blocked).send().await;
    assert_eq!(refused.status, 400);
    let long = format!(
        r#"{{"model":"fast","messages":[{{"role":"user","content":"{}"}}]}}"#,
        "so it goes on ".repeat(10_000)
    );
    read(scene.gateway.client().post("/v1/chat/completions", long).send().await).await;
    let spans = collector.spans(3).await;
    assert!(!format!("{spans:?}").contains(MAIL), "{spans:?}");
    let cut = |span: &&_| attribute(span, "callsign.content.cut").is_some();
    let long = spans.iter().find(cut).expect("a span that says that it is cut");
    let told = attribute(long, INPUT).expect("a question").len();
    assert!((32_000..36_000).contains(&told), "{told}");
}

#[tokio::test]
async fn posthog_takes_spans_with_its_key_beside_a_collector() {
    let (collector, posthog) = (Collector::start().await, Collector::start().await);
    let tracing = format!(
        "tracing:\n  endpoint: '{}'\n  protocol: http\n  exporters:\n    - {{type: posthog, url: '{}/', api_key: $POSTHOG, capture_messages: true, distinct_id_header: X-User}}\n    - {{type: posthog, url: 'http://127.0.0.1:1', api_key: x, enabled: false}}",
        collector.url(),
        posthog.url()
    );
    let upstreams = (Upstream::always(completion()).await, Upstream::always(completion()).await);
    let gateway = launch(&upstreams.0, &upstreams.1, &tracing).env("POSTHOG", "phc_0123456789").start().await;
    let scene = Scene { first: upstreams.0, second: upstreams.1, gateway };
    read(scene.ask("fast").header("x-user", "jane").send().await).await;
    let (plain, told) = (collector.spans(2).await, posthog.spans(2).await);
    tells_nothing(&format!("{plain:?}"));
    let whole = told.iter().find(|span| span.name == "chat fast").expect("a span");
    assert!(attribute(whole, INPUT).is_some_and(|input| input.contains(QUESTION)));
    assert_eq!(attribute(whole, "posthog.distinct_id").as_deref(), Some("jane"));
    let taken = posthog.taken();
    assert_eq!(taken[0].path, "/i/v0/ai/otel");
    assert_eq!(taken[0].headers.get("authorization").expect("a key"), "Bearer phc_0123456789");
    assert!(collector.taken()[0].headers.get("authorization").is_none());
    let told = everything_else(&scene).await;
    assert!(!told.contains("phc_0123456789") && !told.contains(QUESTION), "{told}");
}
