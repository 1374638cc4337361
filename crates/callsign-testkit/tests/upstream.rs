//! The kit is worth nothing unless its upstreams do as they are told.

use std::time::{Duration, Instant};

use callsign_testkit::client::{Answer, Client};
use callsign_testkit::deadline::soon;
use callsign_testkit::gate::Gate;
use callsign_testkit::raw::Raw;
use callsign_testkit::reply::{Framing, Reply};
use callsign_testkit::upstream::Upstream;
use tokio::net::TcpStream;

async fn ask(upstream: &Upstream) -> Answer {
    Client::new(upstream.address()).post("/v1/chat?x=1", "{\"model\":\"m\"}").send().await
}

#[tokio::test]
async fn requests_are_recorded_as_they_came() {
    let upstream = Upstream::always(Reply::json(200, "{}")).await;
    let mut raw = Raw::connect(upstream.address()).await;
    raw.send("POST /a?b=c HTTP/1.1\r\nHost: h\r\nX-Odd:  v \r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n")
        .await;
    assert_eq!(raw.response().await.status, 200);
    let request = upstream.only();
    assert_eq!((request.method.as_str(), request.target.as_str()), ("POST", "/a?b=c"));
    assert_eq!(request.header("x-odd"), Some("v"));
    assert_eq!(request.text(), "abc");
}

#[tokio::test]
async fn connections_are_kept_and_counted() {
    let upstream = Upstream::always(Reply::json(200, "{}")).await;
    let mut raw = Raw::connect(upstream.address()).await;
    for _ in 0..2 {
        raw.send("GET / HTTP/1.1\r\n\r\n").await;
        assert_eq!(raw.response().await.json(), serde_json::json!({}));
    }
    assert_eq!(upstream.connections(), 1);
    assert_eq!(upstream.received().len(), 2);
}

#[tokio::test]
async fn gate_holds_the_next_chunk() {
    let gate = Gate::closed();
    let upstream = Upstream::always(Reply::stream().data("one").wait(&gate).trickle("two")).await;
    let mut answer = ask(&upstream).await;
    assert_eq!(answer.read_until("one").await, "one");
    gate.open();
    assert_eq!(answer.text().await, "two");
}

#[tokio::test]
async fn drops_fall_one_by_one() {
    let pause = Duration::from_millis(5);
    let upstream = Upstream::always(Reply::json(200, "").drip("four", pause)).await;
    let start = Instant::now();
    assert_eq!(ask(&upstream).await.text().await, "four");
    assert!(start.elapsed() >= pause * 4);
}

#[tokio::test]
async fn cuts_are_seen_as_cuts() {
    let cuts = [
        Reply::stream().data("one").fin(),
        Reply::stream().data("one").reset(),
        Reply::stream().data("one").raw("20\r\nhalf").fin(),
        Reply::json(200, "one").framed(Framing::Claimed(10)).fin(),
    ];
    for cut in cuts {
        let upstream = Upstream::always(cut.clone()).await;
        let (_, end) = ask(&upstream).await.drain().await;
        assert!(end.is_err(), "{cut:?}");
    }
    for cut in [Reply::hang_up(), Reply::abort(), Reply::garbage("no such protocol\r\n\r\n")] {
        let upstream = Upstream::always(cut.clone()).await;
        let answer = Client::new(upstream.address()).post("/", "").try_send().await;
        assert!(answer.is_err(), "{cut:?}");
    }
}

#[tokio::test]
async fn sequence_ends_with_its_last_reply() {
    let upstream = Upstream::sequence([Reply::json(500, "a"), Reply::json(200, "b")]).await;
    for expected in [500, 200, 200] {
        assert_eq!(ask(&upstream).await.status, expected);
    }
}

#[tokio::test]
async fn client_that_left_is_noticed() {
    let upstream = Upstream::always(Reply::stream().data("one").stall()).await;
    let mut answer = ask(&upstream).await;
    answer.read_until("one").await;
    answer.hang_up();
    soon("the client's leaving", upstream.gone(0)).await;
}

#[tokio::test]
async fn killed_upstream_cuts_its_connections_and_may_come_back() {
    let upstream = Upstream::always(Reply::stream().data("one").stall()).await;
    let mut answer = ask(&upstream).await;
    answer.read_until("one").await;
    let address = upstream.kill().await;
    assert!(answer.drain().await.1.is_err());
    assert!(TcpStream::connect(address).await.is_err());
    let upstream = Upstream::at(address, |_| Reply::json(200, "{}")).await;
    assert_eq!(ask(&upstream).await.status, 200);
}
