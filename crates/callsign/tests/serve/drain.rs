//! SIGTERM: what runs may finish, nothing new begins, and the exit is clean.

use callsign_testkit::deadline::soon;
use callsign_testkit::gate::Gate;
use callsign_testkit::reply::Reply;
use callsign_testkit::upstream::Upstream;
use tokio::net::TcpStream;

use super::scene::{CHAT_STREAM, DONE, Scene, TOKEN, config, launch};

#[tokio::test]
async fn running_stream_finishes_and_new_connections_are_refused() {
    let gate = Gate::closed();
    let reply = Reply::stream().data(TOKEN).wait(&gate).data(DONE);
    let Scene { upstream: _upstream, gateway } = Scene::always(reply).await;
    let address = gateway.address();
    let mut idle = gateway.raw().await;
    let mut answer = gateway.client().post("/v1/chat/completions", CHAT_STREAM).send().await;
    answer.read_until("\n\n").await;
    gateway.signal_end();
    let refused = async { while TcpStream::connect(address).await.is_ok() {} };
    soon("new connections to be refused", refused).await;
    idle.rest().await;
    gate.open();
    assert_eq!(answer.text().await, DONE);
    let ended = gateway.ended().await;
    assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
}

#[tokio::test]
async fn idle_gateway_ends_at_once() {
    let scene = Scene::plain().await;
    scene.chat().await.bytes().await;
    assert_eq!(scene.gateway.terminate().await.status.code(), Some(0));
}

#[tokio::test]
async fn drain_ends_at_its_deadline() {
    let upstream = Upstream::always(Reply::stream().data(TOKEN).stall()).await;
    let launch = launch(&config(&upstream.url())).arg("--drain-timeout").arg("200ms");
    let gateway = launch.start().await;
    let mut answer = gateway.client().post("/v1/chat/completions", CHAT_STREAM).send().await;
    answer.read_until("\n\n").await;
    gateway.signal_end();
    let (rest, end) = answer.drain().await;
    let told = String::from_utf8_lossy(&rest).contains("\"error\"");
    assert!(end.is_err() || told, "the stream looked finished: {rest:?}");
    gateway.ended().await;
    soon("the upstream's release", upstream.gone(0)).await;
}

#[tokio::test]
async fn second_signal_ends_it_at_once() {
    let upstream = Upstream::always(Reply::silence()).await;
    let gateway = launch(&config(&upstream.url())).start().await;
    let mut raw = gateway.raw().await;
    raw.send("POST /v1/embeddings HTTP/1.1\r\nhost: h\r\ncontent-length: 16\r\n\r\n{\"model\":\"fast\"}")
        .await;
    upstream.request(0).await;
    let address = gateway.address();
    gateway.signal_end();
    let refused = async { while TcpStream::connect(address).await.is_ok() {} };
    soon("the drain", refused).await;
    gateway.signal_end();
    gateway.ended().await;
}
