//! Streams go out chunk by chunk, byte for byte, and a broken one never looks finished.

use callsign_testkit::gate::Gate;
use callsign_testkit::reply::Reply;
use callsign_testkit::upstream::Upstream;
use serde_json::Value;
use tokio::task::JoinSet;

use super::scene::{CHAT_STREAM, DELTA, DONE, MESSAGE_STREAM, Scene, TOKEN};

const EVENTS: [&str; 5] = [
    "data: {\"id\":\"1\",\"choices\":[{\"delta\":{\"role\":\"assistant\"}}], \"x\": 1.0}\n\n",
    ": a comment\n\n",
    "event: odd\r\nid: 7\r\ndata: {\"choices\":[{\"delta\":{\"content\":\"\u{e9}\"}}]}\r\n\r\n",
    "data:{\"choices\":[]}\n\ndata: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n",
    "data: [DONE]\n\n",
];

#[tokio::test]
async fn bytes_of_a_stream_are_untouched() {
    for reply in
        [Reply::sse(EVENTS), Reply::stream().trickle(EVENTS.concat()), Reply::stream().data(EVENTS.concat())]
    {
        let scene = Scene::always(reply).await;
        let answer = scene.client().post("/v1/chat/completions", CHAT_STREAM).send().await;
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/event-stream")));
        assert_eq!(answer.text().await, EVENTS.concat());
    }
}

#[tokio::test]
async fn each_chunk_arrives_before_the_next_is_released() {
    let gates: Vec<Gate> = EVENTS.iter().map(|_| Gate::closed()).collect();
    let reply =
        EVENTS.iter().zip(&gates).fold(Reply::stream(), |reply, (event, gate)| reply.wait(gate).data(*event));
    let scene = Scene::always(reply).await;
    // What comes before the first word waits for it: until then another target could still answer.
    gates[..3].iter().for_each(Gate::open);
    let mut answer = scene.client().post("/v1/chat/completions", CHAT_STREAM).send().await;
    assert_eq!(answer.read_until(EVENTS[2]).await, EVENTS[..3].concat());
    for (event, gate) in EVENTS.iter().zip(&gates).skip(3) {
        gate.open();
        assert_eq!(answer.read_until(event).await, *event);
    }
    assert!(answer.next().await.is_none());
}

#[tokio::test]
async fn half_an_event_waits_for_its_rest() {
    let gate = Gate::closed();
    let rest = ["data: {\"choices\":[]}\n\n", DONE].concat();
    let (half, end) = rest.split_at(12);
    let reply = Reply::stream().data([TOKEN, half].concat()).wait(&gate).data(end.to_owned());
    let scene = Scene::always(reply).await;
    let mut answer = scene.client().post("/v1/chat/completions", CHAT_STREAM).send().await;
    assert_eq!(answer.read_until("\n\n").await, TOKEN);
    gate.open();
    assert_eq!(answer.text().await, rest);
}

#[tokio::test]
async fn stream_cut_inside_an_event_shows_an_error_event_and_nothing_of_the_half() {
    for half in ["data: {\"id\":\"c1\",\"cho", "data: {\"id\"\n"] {
        let scene = Scene::always(Reply::stream().data([TOKEN, half].concat()).fin()).await;
        let answer = scene.client().post("/v1/chat/completions", CHAT_STREAM).send().await;
        let (rest, _) = answer.drain().await;
        is_broken_off("/v1/chat/completions", &rest, "upstream_unreachable");
        assert!(!String::from_utf8_lossy(&rest).contains("\"id\""), "{}", String::from_utf8_lossy(&rest));
    }
}

#[tokio::test]
async fn stream_that_has_said_that_it_is_over_is_whole_whatever_becomes_of_its_connection() {
    let stop = "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
    let finish = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
    let usage = format!("data: {{\"choices\":[],\"citations\":\"{}\"}}\n\n", "x".repeat(5000));
    let chat = ("/v1/chat/completions", CHAT_STREAM);
    let message = ("/v1/messages", MESSAGE_STREAM);
    let ends: [fn(Reply) -> Reply; 3] = [Reply::reset, Reply::fin, Reply::stall];
    for end in ends {
        for ((path, body), text) in [
            (chat, [TOKEN, finish, DONE].concat()),
            (chat, [TOKEN, DONE].concat()),
            (message, [DELTA, stop].concat()),
        ] {
            let scene = Scene::always(end(Reply::stream().data(text.clone()))).await;
            assert_eq!(scene.client().post(path, body).send().await.text().await, text);
        }
    }
    let text = [TOKEN, finish, &usage].concat();
    let scene = Scene::always(Reply::stream().data(text.clone())).await;
    assert_eq!(scene.client().post(chat.0, chat.1).send().await.text().await, text);
}

#[tokio::test]
async fn large_first_event_is_no_fault() {
    let event =
        format!("data: {{\"choices\":[{{\"delta\":{{\"content\":\"{}\"}}}}]}}\n\n", "x".repeat(3 << 20));
    let scene = Scene::always(Reply::stream().data([&event, DONE].concat())).await;
    let text = scene.client().post("/v1/chat/completions", CHAT_STREAM).send().await.text().await;
    assert!(text == [&event, DONE].concat(), "{} bytes arrived", text.len());
}

#[tokio::test]
async fn event_of_megabytes_arrives_whole_or_not_at_all() {
    let large = format!("data: {{\"large\":\"{}\"}}\n\n", "x".repeat(5 << 20));
    let (half, _) = large.split_at(3 << 20);
    let endless = format!("data: {}", "large".repeat(4 << 20));
    let whole = [TOKEN, &large, DONE].concat();
    let scene = Scene::always(Reply::stream().data(whole.clone())).await;
    let text = scene.client().post("/v1/chat/completions", CHAT_STREAM).send().await.text().await;
    assert!(text == whole, "{} bytes arrived", text.len());
    for (path, body, token) in
        [("/v1/chat/completions", CHAT_STREAM, TOKEN), ("/v1/messages", MESSAGE_STREAM, DELTA)]
    {
        let cut = Reply::stream().data([token, half].concat()).fin();
        let never_ends = Reply::stream().data([token, &endless].concat()).stall();
        for (reply, code) in [(cut, "upstream_unreachable"), (never_ends, "upstream_invalid")] {
            let scene = Scene::always(reply).await;
            let (bytes, _) = scene.client().post(path, body).send().await.drain().await;
            let rest = bytes.strip_prefix(token.as_bytes()).expect("the first event");
            assert!(rest.len() < 1000, "{} bytes of half an event", rest.len());
            is_broken_off(path, rest, code);
        }
    }
}

#[tokio::test]
async fn provider_that_aborts_in_a_stream_shows_as_an_error_event() {
    let cuts: [fn(Reply) -> Reply; 3] =
        [Reply::reset, Reply::fin, |reply| reply.raw("40\r\ndata: {\"half").fin()];
    for cut in cuts {
        for (path, body, token) in
            [("/v1/chat/completions", CHAT_STREAM, TOKEN), ("/v1/messages", MESSAGE_STREAM, DELTA)]
        {
            let gate = Gate::closed();
            let scene = Scene::always(cut(Reply::stream().data(token).wait(&gate))).await;
            let mut answer = scene.client().post(path, body).send().await;
            assert_eq!(answer.read_until("\n\n").await, token);
            gate.open();
            let (rest, _) = answer.drain().await;
            is_broken_off(path, &rest, "upstream_unreachable");
        }
    }
}

/// Checks that the last event of `rest` is an error in the dialect of `path`, and that nothing looks like an end.
pub(crate) fn is_broken_off(path: &str, rest: &[u8], code: &str) {
    let text = String::from_utf8_lossy(rest);
    assert!(!text.contains("[DONE]") && !text.contains("message_stop"), "{text}");
    let last = text.trim_end().rsplit("\n\n").next().expect("an event");
    let data =
        last.lines().find_map(|line| line.strip_prefix("data: ")).unwrap_or_else(|| panic!("{text:?}"));
    let error: Value = serde_json::from_str(data).unwrap_or_else(|error| panic!("{error} in {text:?}"));
    assert!(error["error"]["message"].is_string(), "{text}");
    assert!(text.ends_with("\n\n"), "{text:?}");
    if path == "/v1/messages" {
        assert!(last.starts_with("event: error\n"), "{text}");
        assert_eq!(error["type"], "error", "{text}");
    } else {
        assert_eq!(error["error"]["code"], code, "{text}");
    }
}

#[tokio::test]
async fn answer_too_large_to_hold_back_that_is_cut_never_ends_properly() {
    let gate = Gate::closed();
    let scene = Scene::always(
        Reply::json(200, format!("{{\"a\":\"{}:", "x".repeat(5 << 20)))
            .framed(callsign_testkit::reply::Framing::Claimed(6 << 20))
            .wait(&gate)
            .reset(),
    );
    let scene = scene.await;
    let mut answer = scene.chat().await;
    answer.read_until("x:").await;
    gate.open();
    let (_, end) = answer.drain().await;
    assert!(end.is_err());
}

#[tokio::test]
async fn burst_of_events_arrives_whole() {
    let events = (0..20_000)
        .map(|number| format!("data: {{\"choices\":[{{\"delta\":{{\"content\":\"{number}\"}}}}]}}\n\n"));
    let events: Vec<String> = events.chain([DONE.to_owned()]).collect();
    let scene = Scene::always(Reply::sse(events.clone())).await;
    let text = scene.client().post("/v1/chat/completions", CHAT_STREAM).send().await.text().await;
    assert!(text == events.concat(), "{} bytes arrived", text.len());
}

#[tokio::test]
async fn streams_side_by_side_are_not_mixed_up() {
    let upstream = Upstream::scripted(|request| {
        let user = request.json()["user"].as_str().expect("a user").to_owned();
        Reply::sse(said(&user))
    });
    let scene = Scene::of(upstream.await).await;
    let mut calls = JoinSet::new();
    for user in 0..100 {
        let body = format!(r#"{{"model":"fast","stream":true,"user":"user {user}"}}"#);
        let call = scene.client().post("/v1/chat/completions", body);
        calls.spawn(async move { (user, call.send().await.text().await) });
    }
    while let Some(call) = calls.join_next().await {
        let (user, text) = call.expect("a call that ends");
        assert_eq!(text, said(&format!("user {user}")).concat());
    }
}

fn said(user: &str) -> Vec<String> {
    let event =
        |number| format!("data: {{\"choices\":[{{\"delta\":{{\"content\":\"{user} {number}\"}}}}]}}\n\n");
    (0..50).map(event).chain([DONE.to_owned()]).collect()
}

#[tokio::test]
async fn error_before_the_stream_is_an_ordinary_error() {
    let upstream =
        Upstream::always(Reply::json(429, r#"{"error":{"message":"slow down","type":"x"}}"#)).await;
    let scene = Scene::of(upstream).await;
    let answer = scene.client().post("/v1/chat/completions", CHAT_STREAM).send().await;
    assert_eq!((answer.status, answer.header("content-type")), (429, Some("application/json")));
}

#[tokio::test]
async fn responses_stream_ends_in_its_own_error_event() {
    let gate = Gate::closed();
    let first = "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"delta\":\"x\"}\n\n";
    let scene = Scene::always(Reply::stream().data(first).wait(&gate).reset()).await;
    let body = r#"{"model":"fast","stream":true,"input":"x"}"#;
    let mut answer = scene.client().post("/v1/responses", body).send().await;
    assert_eq!(answer.read_until("\n\n").await, first);
    gate.open();
    let (rest, _) = answer.drain().await;
    let text = String::from_utf8_lossy(&rest).into_owned();
    assert!(text.starts_with("event: error\ndata: {\"type\":\"error\""), "{text}");
}
