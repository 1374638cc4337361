//! TLS and HTTP/2, towards providers and from clients.

use callsign_testkit::gate::Gate;
use callsign_testkit::gateway::Gateway;
use callsign_testkit::reply::Reply;
use callsign_testkit::secure::{Authority, Offer, SecureUpstream};
use tokio::task::JoinSet;

use super::scene::{
    ANTHROPIC_KEY, CHAT, CHAT_STREAM, COMPLETION, DELTA, DONE, OPENAI_KEY, Scene, TOKEN, config, launch,
    refused_as_openai,
};

async fn trusting(authority: &Authority, url: &str) -> Gateway {
    let overrides = format!("overrides: {{upstream_tls_ca_path: '{}'}}\n", authority.path().display());
    launch(&(config(url) + &overrides)).start().await
}

#[tokio::test]
async fn private_authority_is_trusted_when_configured() {
    for offer in [Offer::Http1, Offer::Http2] {
        let authority = Authority::new();
        let upstream = SecureUpstream::always(&authority, offer, Reply::json(200, COMPLETION)).await;
        let gateway = trusting(&authority, &upstream.url()).await;
        let answer = gateway.client().post("/v1/chat/completions", CHAT).send().await;
        assert_eq!((answer.status, answer.text().await.as_str()), (200, COMPLETION), "{offer:?}");
        let request = upstream.request(0).await;
        assert_eq!(request.target, "/v1/chat/completions");
        assert_eq!(request.text(), CHAT.replace("fast", "gpt-4o-mini"));
    }
}

#[tokio::test]
async fn unknown_authority_is_refused() {
    let authority = Authority::new();
    let upstream = SecureUpstream::always(&authority, Offer::Http2, Reply::json(200, COMPLETION)).await;
    let gateway = launch(&config(&upstream.url())).start().await;
    let answer = gateway.client().post("/v1/chat/completions", CHAT).send().await;
    let message = refused_as_openai(answer, 502, "upstream_unreachable").await;
    assert!(message.to_lowercase().contains("certificate") || message.contains("TLS"), "{message}");
    assert!(upstream.received().is_empty());
}

#[tokio::test]
async fn certificate_for_another_name_is_refused() {
    let authority = Authority::new();
    let upstream = SecureUpstream::always(&authority, Offer::Http2, Reply::json(200, COMPLETION)).await;
    // Same server, by a name that its certificate does not hold.
    let gateway = trusting(&authority, &upstream.url().replace("localhost", "127.0.0.2")).await;
    let answer = gateway.client().post("/v1/chat/completions", CHAT).send().await;
    refused_as_openai(answer, 502, "upstream_unreachable").await;
    assert!(upstream.received().is_empty());
}

#[tokio::test]
async fn authority_file_that_is_missing_or_empty_stops_the_start() {
    let empty = tempfile::NamedTempFile::new().expect("a temporary file");
    for path in ["/no/such/file.pem".to_owned(), empty.path().display().to_string()] {
        let text =
            format!("{}overrides: {{upstream_tls_ca_path: '{path}'}}\n", config("https://localhost:1"));
        let ended = launch(&text).ended().await;
        assert_ne!(ended.status.code(), Some(0));
        assert!(ended.stderr.contains(&path), "{}", ended.stderr);
    }
}

#[tokio::test]
async fn provider_over_http2_keeps_the_headers_in_order() {
    let authority = Authority::new();
    let stop = "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
    let reply = Reply::sse([DELTA, stop]).header("request-id", "req_1").header("retry-after", "1");
    let upstream = SecureUpstream::always(&authority, Offer::Http2, reply).await;
    let gateway = trusting(&authority, &upstream.url()).await;
    let call = gateway.client().post("/v1/messages", r#"{"model":"creative","stream":true}"#);
    let answer =
        call.header("connection", "keep-alive").header("te", "trailers").header("x-keep", "1").send().await;
    assert_eq!(answer.header("request-id"), Some("req_1"));
    assert_eq!(answer.text().await, [DELTA, stop].concat());
    let request = upstream.request(0).await;
    assert_eq!(request.header("x-api-key"), Some(ANTHROPIC_KEY));
    assert_eq!(request.header("x-keep"), Some("1"));
    assert_eq!(request.header("connection"), None);
}

#[tokio::test]
async fn hundreds_of_requests_to_one_http2_provider_run_at_once() {
    const CALLS: usize = 300;
    let (authority, gate) = (Authority::new(), Gate::closed());
    let reply = Reply::json(200, COMPLETION).held_by(&gate);
    let upstream = SecureUpstream::always(&authority, Offer::Http2, reply).await;
    let gateway = trusting(&authority, &upstream.url()).await;
    let mut calls = JoinSet::new();
    for _ in 0..CALLS {
        let call = gateway.client().post("/v1/chat/completions", CHAT);
        calls.spawn(async move { call.send().await.text().await });
    }
    // Nobody is answered before all have arrived, so none may wait for another.
    upstream.request(CALLS - 1).await;
    gate.open();
    while let Some(text) = calls.join_next().await {
        assert_eq!(text.expect("a call that ends"), COMPLETION);
    }
}

#[tokio::test]
async fn most_talkative_log_holds_no_secret() {
    let authority = Authority::new();
    let upstream = SecureUpstream::always(&authority, Offer::Http2, Reply::json(401, "{}")).await;
    let overrides = format!("overrides: {{upstream_tls_ca_path: '{}'}}\n", authority.path().display());
    let launch = launch(&(config(&upstream.url()) + &overrides)).arg("--log").arg("trace");
    let gateway = launch.start().await;
    for (path, model) in [("/v1/chat/completions", "fast"), ("/v1/messages", "creative")] {
        let body =
            format!(r#"{{"model":"{model}","messages":[{{"role":"user","content":"private words"}}]}}"#);
        let call = gateway.client().post(path, body).header("authorization", "Bearer clients-own-secret");
        assert_eq!(call.header("x-api-key", "clients-own-secret").send().await.status, 401);
    }
    let ended = gateway.terminate().await;
    assert!(ended.stderr.contains("TRACE"), "{}", ended.stderr);
    for secret in [OPENAI_KEY, ANTHROPIC_KEY, "clients-own-secret", "private words"] {
        let line = ended.stderr.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "`{secret}` was logged");
    }
}

#[tokio::test]
async fn client_over_http2_is_served() {
    let scene = Scene::always(Reply::sse([TOKEN, DONE])).await;
    let client = scene.client().http2().await;
    let mut answers = Vec::new();
    for _ in 0..3 {
        answers.push(client.post("/v1/chat/completions", CHAT_STREAM).await);
    }
    for answer in answers {
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("x-callsign-alias"), Some("fast"));
        assert_eq!(answer.text().await, [TOKEN, DONE].concat());
    }
    let answer = client.post("/v1/chat/completions", r#"{"model":"nobody"}"#).await;
    refused_as_openai(answer, 404, "model_not_found").await;
}

#[tokio::test]
async fn client_that_leaves_cancels_its_http2_request() {
    let authority = Authority::new();
    let replies = [Reply::stream().data(TOKEN).stall(), Reply::silence()];
    for reply in replies {
        let upstream = SecureUpstream::always(&authority, Offer::Http2, reply).await;
        let gateway = trusting(&authority, &upstream.url()).await;
        let mut raw = gateway.raw().await;
        let length = CHAT.len();
        raw.send(format!(
            "POST /v1/chat/completions HTTP/1.1\r\nhost: h\r\ncontent-length: {length}\r\n\r\n{CHAT}"
        ))
        .await;
        upstream.request(0).await;
        drop(raw);
        callsign_testkit::deadline::soon("the upstream's release", upstream.gone(0)).await;
    }
}

#[tokio::test]
async fn http2_stream_that_the_provider_resets_shows_as_an_error_event() {
    let (authority, gate) = (Authority::new(), Gate::closed());
    let reply = Reply::stream().data(TOKEN).wait(&gate).reset();
    let upstream = SecureUpstream::always(&authority, Offer::Http2, reply).await;
    let gateway = trusting(&authority, &upstream.url()).await;
    let mut answer = gateway.client().post("/v1/chat/completions", CHAT_STREAM).send().await;
    answer.read_until("\n\n").await;
    gate.open();
    let (rest, _) = answer.drain().await;
    super::streams::is_broken_off("/v1/chat/completions", &rest, "upstream_unreachable");
}
