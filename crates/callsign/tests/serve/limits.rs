//! Sizes, times and counts, made small.

use callsign_testkit::gate::Gate;
use callsign_testkit::reply::Reply;

use super::scene::{CHAT, COMPLETION, Scene, TOKEN, refused_as_anthropic, refused_as_openai};

const PROVIDER: &str = "
model_providers:
  - {model: openai/gpt-4o-mini, access_key: k, base_url: URL, name: fast}
  - {model: anthropic/claude-3-haiku, access_key: k, base_url: URL, name: creative}
";

async fn limited(reply: Reply, limits: &str) -> Scene {
    let config = format!("listeners: [{{name: main, port: 0, limits: {{{limits}}}}}]{PROVIDER}");
    Scene::configured(reply, &config).await
}

async fn plain(limits: &str) -> Scene {
    limited(Reply::json(200, COMPLETION), limits).await
}

fn chat_of(length: usize) -> String {
    let shell = r#"{"model":"fast","x":""}"#.len();
    format!(r#"{{"model":"fast","x":"{}"}}"#, "x".repeat(length - shell))
}

#[tokio::test]
async fn body_at_the_limit_passes_and_one_byte_more_does_not() {
    let scene = plain("body: 64KiB").await;
    let limit = 64 << 10;
    assert_eq!(scene.client().post("/v1/chat/completions", chat_of(limit)).send().await.status, 200);
    let answer = scene.client().post("/v1/chat/completions", chat_of(limit + 1)).send().await;
    let message = refused_as_openai(answer, 413, "body_too_large").await;
    assert!(
        message.contains("65536") || message.contains("64 KiB") || message.contains("64KiB"),
        "{message}"
    );
    let answer = scene.client().post("/v1/messages", chat_of(1 << 20)).send().await;
    refused_as_anthropic(answer, 413, "body_too_large").await;
    assert_eq!(scene.upstream.received().len(), 1);
}

#[tokio::test]
async fn body_in_chunks_over_the_limit_is_refused() {
    let scene = plain("body: 1KiB").await;
    let mut raw = scene.gateway.raw().await;
    raw.send("POST /v1/chat/completions HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n").await;
    for _ in 0..8 {
        raw.send(format!("100\r\n{}\r\n", " ".repeat(256))).await;
    }
    raw.send("0\r\n\r\n").await;
    let response = raw.response().await;
    assert_eq!((response.status, response.header("x-callsign-error")), (413, Some("body_too_large")));
    let body = response.json();
    let message = body["error"]["message"].as_str().expect("a message");
    assert!(message.contains("1024") || message.contains("1 KiB") || message.contains("1KiB"), "{message}");
}

#[tokio::test]
async fn announced_length_over_the_limit_is_refused_before_it_comes() {
    let scene = plain("body: 1KiB, body_time: 500ms").await;
    let mut raw = scene.gateway.raw().await;
    raw.send("POST /v1/chat/completions HTTP/1.1\r\nhost: h\r\ncontent-length: 999999999999\r\n\r\n").await;
    let response = raw.response().await;
    assert_eq!((response.status, response.header("x-callsign-error")), (413, Some("body_too_large")));
}

#[tokio::test]
async fn slow_head_is_ended() {
    let scene = plain("head_time: 200ms").await;
    for start in ["", "P", "POST /v1/chat/completions HTTP/1.1\r\nhost: h\r\nx-slow: "] {
        let mut raw = scene.gateway.raw().await;
        raw.send(start).await;
        if let Some(response) = raw.try_response().await {
            assert_eq!(response.status, 408, "{start:?}");
        }
        raw.rest().await;
    }
    assert!(scene.upstream.received().is_empty());
}

#[tokio::test]
async fn slow_second_head_on_a_kept_connection_is_ended() {
    let scene = plain("head_time: 200ms").await;
    let mut raw = scene.gateway.raw().await;
    raw.send(request(CHAT)).await;
    assert_eq!(raw.response().await.status, 200);
    raw.send("GET /v1/models HTTP/1.1\r\nx-slow: ").await;
    if let Some(response) = raw.try_response().await {
        assert_eq!(response.status, 408);
    }
    raw.rest().await;
}

#[tokio::test]
async fn slow_body_is_a_request_timeout() {
    let scene = plain("body_time: 200ms").await;
    let heads = [
        "content-length: 100\r\n\r\n{\"model\"",
        "transfer-encoding: chunked\r\n\r\n5\r\n{\"mod\r\n",
        "content-length: 9\r\n\r\n",
    ];
    for head in heads {
        let mut raw = scene.gateway.raw().await;
        raw.send(format!("POST /v1/chat/completions HTTP/1.1\r\nhost: h\r\n{head}")).await;
        let response = raw.response().await;
        assert_eq!((response.status, response.header("x-callsign-error")), (408, Some("request_timeout")));
        raw.rest().await;
    }
    assert!(scene.upstream.received().is_empty());
}

#[tokio::test]
async fn head_over_the_limit_is_refused() {
    let scene = plain("body: 1KiB").await;
    let mut raw = scene.gateway.raw().await;
    raw.send("GET /v1/models HTTP/1.1\r\nhost: h\r\nx-large: ").await;
    raw.send("x".repeat(2 << 20)).await;
    let answer = String::from_utf8_lossy(&raw.rest().await).into_owned();
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
    assert_eq!(scene.chat().await.status, 200);
}

#[tokio::test]
async fn connection_over_the_cap_is_closed_and_a_free_place_is_taken() {
    let gate = Gate::closed();
    let scene = limited(Reply::json(200, COMPLETION).held_by(&gate), "connections: 2").await;
    let (mut first, mut second) = (scene.gateway.raw().await, scene.gateway.raw().await);
    first.send(request(CHAT)).await;
    second.send(request(CHAT)).await;
    scene.upstream.request(1).await;
    let mut third = scene.gateway.raw().await;
    third.send(request(CHAT)).await;
    if let Some(response) = third.try_response().await {
        assert_eq!(response.status, 503);
    }
    gate.open();
    assert_eq!(first.response().await.status, 200);
    drop(first);
    // The place is free once the gateway has noticed that the first has gone.
    let again = async {
        loop {
            let mut raw = scene.gateway.raw().await;
            raw.send(request(CHAT)).await;
            if raw.try_response().await.is_some_and(|response| response.status == 200) {
                return;
            }
        }
    };
    callsign_testkit::deadline::soon("a free place", again).await;
    assert_eq!(second.response().await.status, 200);
}

#[tokio::test]
async fn exchange_over_the_cap_is_told_when_to_come_back() {
    let gate = Gate::closed();
    let scene = limited(Reply::json(200, COMPLETION).held_by(&gate), "in_flight: 2").await;
    let (mut first, mut second) = (scene.gateway.raw().await, scene.gateway.raw().await);
    first.send(request(CHAT)).await;
    second.send(request(CHAT)).await;
    scene.upstream.request(1).await;
    let answer = scene.chat().await;
    let seconds: u32 = answer.header("retry-after").expect("a `retry-after`").parse().expect("seconds");
    assert!((1..=60).contains(&seconds), "{seconds}");
    refused_as_openai(answer, 503, "overloaded").await;
    refused_as_anthropic(scene.message().await, 503, "overloaded").await;
    // What costs no upstream is still answered.
    assert_eq!(scene.client().get("/v1/models").send().await.status, 200);
    gate.open();
    assert_eq!(first.response().await.status, 200);
    assert_eq!(second.response().await.status, 200);
    assert_eq!(scene.chat().await.status, 200);
}

#[tokio::test]
async fn place_of_a_client_that_left_is_free_again() {
    let upstream_reply = Reply::stream().data(TOKEN).stall();
    let scene = limited(upstream_reply, "in_flight: 1").await;
    for index in 0..3 {
        let mut raw = scene.gateway.raw().await;
        raw.send(request(CHAT)).await;
        scene.upstream.request(index).await;
        assert!(raw.head().await.starts_with("HTTP/1.1 200"));
        drop(raw);
        callsign_testkit::deadline::soon("the upstream's release", scene.upstream.gone(index)).await;
    }
}

fn request(body: &str) -> String {
    let length = body.len();
    format!("POST /v1/chat/completions HTTP/1.1\r\nhost: h\r\ncontent-length: {length}\r\n\r\n{body}")
}
