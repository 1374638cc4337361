//! A client that goes away takes its upstream request with it.

use std::time::Duration;

use callsign_testkit::deadline::within;
use callsign_testkit::reply::{Framing, Reply};

use super::scene::{CHAT, Scene, TOKEN};

/// What the specification allows.
const PROMPTLY: Duration = Duration::from_millis(100);

fn request() -> String {
    let length = CHAT.len();
    format!("POST /v1/chat/completions HTTP/1.1\r\nhost: h\r\ncontent-length: {length}\r\n\r\n{CHAT}")
}

#[tokio::test]
async fn client_that_leaves_before_the_answer_cancels_it() {
    let scene = Scene::always(Reply::silence()).await;
    let mut raw = scene.gateway.raw().await;
    raw.send(request()).await;
    scene.upstream.request(0).await;
    drop(raw);
    within(PROMPTLY, "the upstream's release", scene.upstream.gone(0)).await;
}

#[tokio::test]
async fn client_that_leaves_in_a_stream_cancels_it() {
    let scene = Scene::always(Reply::stream().data(TOKEN).stall()).await;
    let mut raw = scene.gateway.raw().await;
    raw.send(request()).await;
    assert!(raw.head().await.starts_with("HTTP/1.1 200"));
    drop(raw);
    within(PROMPTLY, "the upstream's release", scene.upstream.gone(0)).await;
}

#[tokio::test]
async fn client_that_leaves_while_an_answer_is_awaited_whole_cancels_it() {
    let scene = Scene::always(Reply::json(200, "{").framed(Framing::Claimed(1_000)).stall()).await;
    let mut raw = scene.gateway.raw().await;
    raw.send(request()).await;
    scene.upstream.request(0).await;
    drop(raw);
    within(PROMPTLY, "the upstream's release", scene.upstream.gone(0)).await;
}

#[tokio::test]
async fn stream_of_http2_that_is_reset_cancels_its_request_alone() {
    let scene = Scene::always(Reply::stream().data(TOKEN).stall()).await;
    let client = scene.client().http2().await;
    let mut first = client.post("/v1/chat/completions", CHAT).await;
    let mut second = client.post("/v1/chat/completions", CHAT).await;
    first.read_until("\n\n").await;
    second.read_until("\n\n").await;
    let gone = async {
        tokio::select! {
            () = scene.upstream.gone(0) => 0,
            () = scene.upstream.gone(1) => 1,
        }
    };
    drop(second);
    assert_eq!(within(PROMPTLY, "the upstream's release", gone).await, 1);
}

#[tokio::test]
async fn client_that_stops_reading_does_not_fill_memory() {
    let piece = format!("data: {}\n\n", "x".repeat(1 << 20));
    let reply = (0..64).fold(Reply::stream().data(TOKEN), |reply, _| reply.data(piece.clone()));
    let scene = Scene::always(reply).await;
    let mut raw = scene.gateway.raw().await;
    raw.send(request()).await;
    raw.head().await;
    // Others are served while this one does not read, which gives the answer time to pile up if it could.
    let before = scene.gateway.peak_memory();
    for _ in 0..100 {
        assert_eq!(scene.client().get("/v1/models").send().await.status, 200);
    }
    let grown = scene.gateway.peak_memory() - before;
    assert!(grown < 16 << 20, "{grown} bytes");
    drop(raw);
    within(Duration::from_secs(5), "the upstream's release", scene.upstream.gone(0)).await;
}
