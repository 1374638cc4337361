//! Limits on waiting for a provider, made short.

use callsign_testkit::reply::{Framing, Reply};

use super::scene::{
    CHAT_STREAM, DELTA, MESSAGE_STREAM, Scene, TOKEN, refused_as_anthropic, refused_as_openai,
};
use super::streams::is_broken_off;

async fn timed(reply: Reply, timeouts: &str) -> Scene {
    let config = format!(
        "model_providers:
  - {{model: openai/gpt-4o-mini, access_key: k, base_url: URL}}
  - {{model: anthropic/claude-3-haiku, access_key: k, base_url: URL}}
model_aliases:
  fast: {{target: gpt-4o-mini, timeouts: {{{timeouts}}}}}
  creative: {{target: claude-3-haiku, timeouts: {{{timeouts}}}}}
"
    );
    Scene::configured(reply, &config).await
}

#[tokio::test]
async fn stream_without_a_first_byte_ends_with_a_gateway_timeout() {
    let silences = [
        Reply::silence(),
        Reply::stream().stall(),
        Reply::json(200, "").framed(Framing::Claimed(10)).stall(),
    ];
    for reply in silences {
        let scene = timed(reply.clone(), "first_token: 150ms").await;
        let answer = scene.client().post("/v1/chat/completions", CHAT_STREAM).send().await;
        assert_eq!(answer.status, 504, "{reply:?}");
        refused_as_openai(answer, 504, "upstream_timeout").await;
        let answer = scene.client().post("/v1/messages", MESSAGE_STREAM).send().await;
        refused_as_anthropic(answer, 504, "upstream_timeout").await;
        // The request that was given up is given up at the provider too.
        callsign_testkit::deadline::soon("the upstream's release", scene.upstream.gone(0)).await;
    }
}

#[tokio::test]
async fn pause_in_a_stream_ends_it_with_an_error_event() {
    for timeouts in ["idle: 150ms", "total: 400ms"] {
        for (path, body, token) in
            [("/v1/chat/completions", CHAT_STREAM, TOKEN), ("/v1/messages", MESSAGE_STREAM, DELTA)]
        {
            let scene = timed(Reply::stream().data(token).stall(), timeouts).await;
            let mut answer = scene.client().post(path, body).send().await;
            assert_eq!(answer.read_until("\n\n").await, token);
            let (rest, _) = answer.drain().await;
            is_broken_off(path, &rest, "upstream_timeout");
            callsign_testkit::deadline::soon("the upstream's release", scene.upstream.gone(0)).await;
        }
    }
}

#[tokio::test]
async fn pause_inside_an_event_ends_in_an_error_event_of_its_own() {
    let scene = timed(Reply::stream().data([TOKEN, "data: {\"b\""].concat()).stall(), "idle: 150ms").await;
    let answer = scene.client().post("/v1/chat/completions", CHAT_STREAM).send().await;
    let (rest, _) = answer.drain().await;
    is_broken_off("/v1/chat/completions", &rest, "upstream_timeout");
}

#[tokio::test]
async fn pause_in_an_answer_in_one_piece_never_ends_properly() {
    let scene = timed(Reply::json(200, "{\"a\":").framed(Framing::Claimed(10)).stall(), "idle: 150ms").await;
    let answer = scene.chat().await;
    let status = answer.status;
    let (_, end) = answer.drain().await;
    assert!(end.is_err() || status == 504, "{status}");
}

#[tokio::test]
async fn total_bounds_the_wait_for_the_first_byte() {
    let scene = timed(Reply::silence(), "total: 150ms").await;
    refused_as_openai(scene.chat().await, 504, "upstream_timeout").await;
    refused_as_anthropic(scene.message().await, 504, "upstream_timeout").await;
    let answer = scene.client().post("/v1/chat/completions", CHAT_STREAM).send().await;
    refused_as_openai(answer, 504, "upstream_timeout").await;
}

#[tokio::test]
async fn listeners_timeout_bounds_the_exchange() {
    let config = "listeners: [{name: main, port: 0, timeout: 200ms}]
model_providers: [{model: openai/gpt-4o-mini, access_key: k, base_url: URL, name: fast}]";
    let scene = Scene::configured(Reply::silence(), config).await;
    refused_as_openai(scene.chat().await, 504, "upstream_timeout").await;
}

#[tokio::test]
async fn entrys_timeouts_hold_without_an_alias() {
    let config = "model_providers:
  - {model: openai/gpt-4o-mini, access_key: k, base_url: URL, name: fast, timeouts: {total: 150ms}}";
    let scene = Scene::configured(Reply::silence(), config).await;
    refused_as_openai(scene.chat().await, 504, "upstream_timeout").await;
}
