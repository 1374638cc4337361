//! `response_model: alias` puts the client's name into the answer, and changes nothing else.

use callsign_testkit::gate::Gate;
use callsign_testkit::reply::{Framing, Reply};

use super::failures::without_attempts;
use super::scene::{DELTA, Scene, refused_as_openai};

const CONFIG: &str = "model_providers:
  - {model: openai/gpt-4o-mini, access_key: k, base_url: URL}
  - {model: anthropic/claude-3-haiku, access_key: k, base_url: URL}
model_aliases:
  fast: {target: gpt-4o-mini, response_model: alias}
  creative: {target: claude-3-haiku, response_model: alias}
  plain: {target: gpt-4o-mini}
";

#[tokio::test]
async fn json_answer_carries_the_alias() {
    let body = "{ \"id\":\"1\", \"model\" : \"gpt-4o-mini-2024-07-18\",\"x\":1.50,\"choices\":[{\"model\":\"gpt-4o-mini\"}] }";
    for framing in [Framing::Length, Framing::Chunked] {
        let scene = Scene::configured(Reply::json(200, body).framed(framing), CONFIG).await;
        let answer = scene.client().post("/v1/chat/completions", r#"{"model":"fast"}"#).send().await;
        assert_eq!(answer.text().await, body.replace("gpt-4o-mini-2024-07-18", "fast"));
        let answer = scene.client().post("/v1/chat/completions", r#"{"model":"plain"}"#).send().await;
        assert_eq!(answer.text().await, body);
    }
}

#[tokio::test]
async fn every_chunk_of_a_chat_stream_carries_the_alias() {
    let stream = "data: {\"model\":\"gpt-4o-mini-2024\",\"n\":1.0}\n\n: comment\n\ndata: {\"n\":2, \"model\": \"gpt-4o-mini-2024\",\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\ndata: [DONE]\n\n";
    for reply in [Reply::sse([stream]), Reply::stream().trickle(stream)] {
        let scene = Scene::configured(reply, CONFIG).await;
        let answer =
            scene.client().post("/v1/chat/completions", r#"{"model":"fast","stream":true}"#).send().await;
        assert_eq!(answer.text().await, stream.replace("gpt-4o-mini-2024", "fast"));
    }
}

#[tokio::test]
async fn first_event_of_a_message_stream_carries_the_alias() {
    let event = |model: &str| {
        format!(
            "event: message_start\ndata: {{\"type\":\"message_start\",\"message\":{{\"id\":\"m\",\"model\":\"{model}\",\"content\":[]}}}}\n\n"
        )
    };
    let stop = "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
    let gate = Gate::closed();
    let reply = Reply::stream().data(event("claude-3-haiku-20240307")).data(DELTA).wait(&gate).data(stop);
    let scene = Scene::configured(reply, CONFIG).await;
    let body = r#"{"model":"creative","stream":true}"#;
    let mut answer = scene.client().post("/v1/messages", body).send().await;
    assert_eq!(answer.read_until(DELTA).await, event("creative") + DELTA);
    gate.open();
    assert_eq!(answer.text().await, stop);
}

#[tokio::test]
async fn error_is_left_as_it_is() {
    let body = r#"{"error":{"message":"no","type":"x"},"model":"gpt-4o-mini"}"#;
    let scene = Scene::configured(Reply::json(400, body), CONFIG).await;
    let answer = scene.client().post("/v1/chat/completions", r#"{"model":"fast"}"#).send().await;
    assert_eq!((answer.status, without_attempts(&answer.text().await).as_str()), (400, body));
}

#[tokio::test]
async fn answer_cut_while_gathered_is_an_error() {
    let reply = Reply::json(200, "{\"model\":\"x\",").framed(Framing::Claimed(100)).fin();
    let scene = Scene::configured(reply, CONFIG).await;
    // Nothing of it was sent before it broke, so the client can be told in an answer of its own.
    let answer = scene.client().post("/v1/chat/completions", r#"{"model":"fast"}"#).send().await;
    refused_as_openai(answer, 502, "upstream_unreachable").await;
}
