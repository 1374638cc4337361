//! What a client sees of a provider that refuses, fails, or is not there.

use callsign_testkit::deadline::soon;
use callsign_testkit::reply::{Framing, Reply};
use callsign_testkit::upstream::Upstream;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use super::scene::{
    ANSWER, ANTHROPIC_KEY, CHAT, OPENAI_KEY, Scene, config, launch, refused_as_anthropic, refused_as_openai,
};

const STATUSES: [u16; 12] = [400, 401, 402, 403, 404, 408, 413, 422, 429, 500, 503, 529];

#[tokio::test]
async fn providers_errors_pass_with_status_and_body() {
    for status in STATUSES {
        let openai =
            format!(r#"{{"error": {{"message":"no {status}","type":"t","param":null,"code":"c"}} }}"#);
        let scene = Scene::always(Reply::json(status, openai.clone()).header("retry-after", "3")).await;
        let answer = scene.chat().await;
        assert_eq!((answer.status, answer.header("retry-after")), (status, Some("3")));
        assert_eq!(answer.header("x-callsign-model"), Some("openai/gpt-4o-mini"));
        assert_eq!(answer.header("x-callsign-error"), None, "it is the provider's error, not ours");
        assert_eq!(without_attempts(&answer.text().await), openai);

        let anthropic = format!(r#"{{"type":"error","error":{{"type":"t","message":"no {status}"}}}}"#);
        let scene = Scene::always(Reply::json(status, anthropic.clone()).header("request-id", "req_1")).await;
        let answer = scene.message().await;
        assert_eq!((answer.status, answer.header("request-id")), (status, Some("req_1")));
        assert_eq!(without_attempts(&answer.text().await), anthropic);
    }
}

/// An error's text but for the attempts that the gateway tells in it.
pub(crate) fn without_attempts(text: &str) -> String {
    let (before, rest) = text.split_once(",\"attempts\":[").expect("an error tells its attempts");
    let (_, after) = rest.split_once(']').expect("a list ends");
    format!("{before}{after}")
}

#[tokio::test]
async fn error_that_is_not_the_dialects_is_wrapped_with_its_status() {
    let bodies = [
        ("text/html", "<html><body><h1>502 Bad Gateway</h1></body></html>"),
        ("text/plain", "upstream connect error"),
        ("application/json", "not json"),
        ("application/json", ""),
        ("application/json", r#"{"detail":"Not Found"}"#),
    ];
    for status in [401, 404, 429, 502, 503] {
        for (content_type, body) in bodies {
            let scene =
                Scene::always(Reply::body(status, content_type, body).header("retry-after", "5")).await;
            let answer = scene.chat().await;
            let seen = (answer.status, answer.header("retry-after"), answer.header("content-type"));
            assert_eq!(seen, (status, Some("5"), Some("application/json")), "{body}");
            let json = answer.json().await;
            assert!(json["error"]["message"].is_string() && json.get("type").is_none(), "{json}");

            let answer = scene.message().await;
            assert_eq!(answer.status, status);
            let json = answer.json().await;
            assert_eq!(json["type"], "error", "{json}");
            assert!(json["error"]["message"].is_string(), "{json}");
        }
    }
}

#[tokio::test]
async fn provider_that_echoes_its_key_does_not_leak_it() {
    let echo = format!(
        r#"{{"error":{{"message":"Incorrect API key provided: {OPENAI_KEY}, {ANTHROPIC_KEY}","type":"invalid_request_error"}}}}"#
    );
    for (status, content_type, body) in [
        (401, "application/json", echo.clone()),
        (500, "text/html", format!("<p>{OPENAI_KEY} {ANTHROPIC_KEY}</p>")),
        (400, "application/json", format!("Bearer {OPENAI_KEY}{ANTHROPIC_KEY}")),
    ] {
        let reply = Reply::body(status, content_type, body)
            .header("x-echo", OPENAI_KEY)
            .header("x-echo-2", ANTHROPIC_KEY);
        let scene = Scene::always(reply).await;
        for answer in [scene.chat().await, scene.message().await] {
            let headers = format!("{:?}", answer.headers);
            assert_eq!(answer.status, status);
            let path_key = answer
                .header("x-callsign-model")
                .map(|model| if model.starts_with("openai") { OPENAI_KEY } else { ANTHROPIC_KEY });
            let key = path_key.expect("the model is named");
            let body = answer.text().await;
            assert!(!body.contains(key), "{body}");
            assert!(!headers.contains(key), "{headers}");
        }
        let ended = scene.gateway.terminate().await;
        assert!(
            !ended.stderr.contains(OPENAI_KEY) && !ended.stderr.contains(ANTHROPIC_KEY),
            "{}",
            ended.stderr
        );
    }
}

#[tokio::test]
async fn refused_connection_is_unreachable() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    unreachable(&format!("http://{address}")).await;
}

#[tokio::test]
async fn unknown_host_is_unreachable() {
    unreachable("http://no-such-host.invalid").await;
}

#[tokio::test]
async fn tls_towards_a_plain_server_is_unreachable() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let plain = async {
        while let Ok((mut stream, _)) = listener.accept().await {
            drop(stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await);
        }
    };
    let url = format!("https://{address}");
    tokio::select! {
        () = plain => panic!("the listener ended"),
        () = unreachable(&url) => {}
    }
}

async fn unreachable(url: &str) {
    let gateway = launch(&config(url)).start().await;
    let answer = gateway.client().post("/v1/chat/completions", CHAT).send().await;
    assert_eq!(answer.header("x-callsign-model"), Some("openai/gpt-4o-mini"));
    assert_eq!(answer.header("x-callsign-attempts"), Some("1"));
    refused_as_openai(answer, 502, "upstream_unreachable").await;
    let body = r#"{"model":"creative","stream":true,"messages":[]}"#;
    let answer = gateway.client().post("/v1/messages", body).send().await;
    refused_as_anthropic(answer, 502, "upstream_unreachable").await;
}

#[tokio::test]
async fn connection_that_ends_before_the_answer_is_unreachable() {
    for reply in [Reply::hang_up(), Reply::abort()] {
        let scene = Scene::always(reply).await;
        refused_as_openai(scene.chat().await, 502, "upstream_unreachable").await;
        refused_as_anthropic(scene.message().await, 502, "upstream_unreachable").await;
    }
}

#[tokio::test]
async fn garbage_in_place_of_an_answer_is_invalid() {
    let garbage = [
        "SSH-2.0-OpenSSH_9.6\r\n\r\n",
        "HTTP/1.1 abc\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n{}",
    ];
    for garbage in garbage {
        let scene = Scene::always(Reply::garbage(garbage)).await;
        let answer = scene.chat().await;
        assert_eq!(answer.status, 502, "{garbage}");
        assert!(answer.json().await["error"]["message"].is_string());
    }
}

#[tokio::test]
async fn redirect_is_neither_followed_nor_passed_on() {
    for status in [301, 302, 307, 308] {
        let elsewhere = Upstream::always(Reply::json(200, ANSWER)).await;
        let scene = Scene::always(Reply::json(status, "").header("location", &elsewhere.url())).await;
        let answer = scene.chat().await;
        assert_eq!(answer.header("location"), None);
        refused_as_openai(answer, 502, "upstream_invalid").await;
        assert!(elsewhere.received().is_empty());
    }
}

#[tokio::test]
async fn switch_of_protocols_is_no_answer() {
    let scene =
        Scene::always(Reply::garbage("HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\nhello")).await;
    let answer = scene.chat().await;
    assert_eq!((answer.status, answer.header("upgrade")), (502, None));
}

#[tokio::test]
async fn client_retries_reach_the_provider_once_each() {
    let scene = Scene::of(Upstream::sequence([Reply::json(500, "{}"), Reply::json(200, ANSWER)]).await).await;
    assert_eq!(scene.chat().await.status, 500);
    assert_eq!(scene.chat().await.status, 200);
    assert_eq!(scene.upstream.received().len(), 2);
}

#[tokio::test]
async fn kept_connection_that_the_provider_closed_costs_no_request() {
    let scene = Scene::always(Reply::json(200, ANSWER).fin()).await;
    for index in 0..5 {
        assert_eq!(scene.chat().await.status, 200);
        soon("the provider's closing", scene.upstream.gone(index)).await;
    }
    assert_eq!(scene.upstream.received().len(), 5);
}

#[tokio::test]
async fn connections_to_the_provider_are_kept() {
    let scene = Scene::always(Reply::json(200, ANSWER).framed(Framing::Chunked)).await;
    let mut raw = scene.gateway.raw().await;
    for _ in 0..5 {
        raw.send(format!(
            "POST /v1/embeddings HTTP/1.1\r\nhost: h\r\ncontent-length: {}\r\n\r\n{CHAT}",
            CHAT.len()
        ))
        .await;
        assert_eq!(raw.response().await.status, 200);
    }
    assert_eq!(scene.upstream.connections(), 1);
}

#[tokio::test]
async fn empty_answer_is_none() {
    let scene = Scene::always(Reply::json(200, "")).await;
    refused_as_openai(scene.chat().await, 502, "upstream_invalid").await;
    refused_as_anthropic(scene.message().await, 502, "upstream_invalid").await;
}
