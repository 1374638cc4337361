//! HTTP that two servers could read in two ways is refused, and nothing of it reaches a provider.

use super::scene::{ANSWER, CHAT, DONE, Scene, TOKEN};

/// Heads of a chat request that must be answered with 400, or not at all.
fn ambiguous() -> Vec<String> {
    let length = CHAT.len();
    let head = |lines: &str| format!("POST /v1/chat/completions HTTP/1.1\r\nhost: h\r\n{lines}\r\n{CHAT}");
    vec![
        head(&format!("content-length: {length}\r\ntransfer-encoding: chunked\r\n")),
        head(&format!("transfer-encoding: chunked\r\ncontent-length: {length}\r\n")),
        head(&format!("content-length: {length}\r\ncontent-length: 5\r\n")),
        head(&format!("content-length: {length}, 5\r\n")),
        head(&format!("content-length : {length}\r\n")),
        head(&format!("content-length: +{length}\r\n")),
        head("content-length: -1\r\n"),
        head("content-length: 0x10\r\n"),
        head("content-length: 99999999999999999999999\r\n"),
        head("transfer-encoding: identity\r\n"),
        head("transfer-encoding: chunked, gzip\r\n"),
        head("transfer-encoding : chunked\r\n"),
        head(&format!("content-length: {length}\r\nx-folded: a\r\n b\r\n")),
        head(&format!("content-length: {length}\r\n folded: first\r\n")),
        head(&format!("content-length: {length}\r\nx-null: a\0b\r\n")),
        head(&format!("content-length: {length}\r\nx-return: a\rb\r\n")),
        head(&format!("content-length: {length}\r\nx bad: 1\r\n")),
        head(&format!("content-length: {length}\r\nno colon\r\n")),
        format!(
            "POST /v1/chat/completions HTTP/1.1 extra\r\nhost: h\r\ncontent-length: {length}\r\n\r\n{CHAT}"
        ),
        format!("POST /v1/chat/completions HTTP/9.9\r\nhost: h\r\ncontent-length: {length}\r\n\r\n{CHAT}"),
    ]
}

#[tokio::test]
async fn ambiguous_requests_are_refused_and_their_connection_closed() {
    let scene = Scene::plain().await;
    for request in ambiguous() {
        let mut raw = scene.gateway.raw().await;
        raw.send(format!("{request}GET /v1/models HTTP/1.1\r\nhost: smuggled\r\n\r\n")).await;
        if let Some(response) = raw.try_response().await {
            assert_eq!(response.status, 400, "{request:?}: {}", response.head);
        }
        let rest = raw.rest().await;
        assert!(rest.is_empty(), "{request:?} was followed by {:?}", String::from_utf8_lossy(&rest));
        assert!(scene.upstream.received().is_empty(), "{request:?}");
    }
    assert_eq!(scene.chat().await.status, 200);
}

#[tokio::test]
async fn two_lengths_are_named_as_ambiguous() {
    let scene = Scene::plain().await;
    let mut raw = scene.gateway.raw().await;
    raw.send(&ambiguous()[0]).await;
    let response = raw.response().await;
    assert_eq!((response.status, response.header("x-callsign-error")), (400, Some("ambiguous_request")));
    assert_eq!(response.json()["error"]["code"], "ambiguous_request");
}

#[tokio::test]
async fn two_lengths_behind_empty_lines_or_another_request_are_seen() {
    let list = "GET /v1/models/fast HTTP/1.1\r\nhost: h\r\n\r\n";
    let length = CHAT.len();
    let chat =
        format!("POST /v1/chat/completions HTTP/1.1\r\nhost: h\r\ncontent-length: {length}\r\n\r\n{CHAT}");
    for (before, answers) in
        [("\r\n\r\n", 0), ("\n\n\n", 0), (list, 1), (&chat, 1), (&[&chat, list].concat(), 2)]
    {
        let scene = Scene::plain().await;
        let mut raw = scene.gateway.raw().await;
        raw.send([before, &ambiguous()[0]].concat()).await;
        for _ in 0..answers {
            assert_eq!(raw.response().await.status, 200, "{before:?}");
        }
        let response = raw.response().await;
        let seen = (response.status, response.header("x-callsign-error"));
        assert_eq!(seen, (400, Some("ambiguous_request")), "{before:?}");
    }
}

#[tokio::test]
async fn same_length_twice_is_refused() {
    let scene = Scene::plain().await;
    let mut raw = scene.gateway.raw().await;
    let length = CHAT.len();
    let head = format!("content-length: {length}\r\ncontent-length: {length}\r\n");
    raw.send(format!("POST /v1/chat/completions HTTP/1.1\r\nhost: h\r\n{head}\r\n{CHAT}")).await;
    let response = raw.response().await;
    assert_eq!(response.status, 400, "{}", response.head);
    assert!(scene.upstream.received().is_empty());
}

#[tokio::test]
async fn host_is_named_once_and_chunked_is_said_once() {
    let length = CHAT.len();
    let heads = [
        format!("content-length: {length}\r\n"),
        format!("host: a\r\nhost: b\r\ncontent-length: {length}\r\n"),
        "host: h\r\ntransfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n".to_owned(),
        "host: h\r\ntransfer-encoding: chunked, chunked\r\n".to_owned(),
    ];
    for head in heads {
        let scene = Scene::plain().await;
        let body = if head.contains("chunked") {
            format!("{length:x}\r\n{CHAT}\r\n0\r\n\r\n")
        } else {
            CHAT.to_owned()
        };
        let mut raw = scene.gateway.raw().await;
        raw.send(format!("POST /v1/chat/completions HTTP/1.1\r\n{head}\r\n{body}")).await;
        assert_eq!(raw.response().await.status, 400, "{head:?}");
        assert!(scene.upstream.received().is_empty(), "{head:?}");
    }
}

#[tokio::test]
async fn bad_chunks_are_refused() {
    let scene = Scene::plain().await;
    let bodies = [
        "zz\r\n{}\r\n0\r\n\r\n",
        "-1\r\n{}\r\n0\r\n\r\n",
        "2\r\n{}XX0\r\n\r\n",
        "fffffffffffffffff\r\n{}\r\n",
    ];
    for body in bodies {
        let mut raw = scene.gateway.raw().await;
        raw.send(format!(
            "POST /v1/embeddings HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n{body}"
        ))
        .await;
        if let Some(response) = raw.try_response().await {
            assert_eq!(response.status, 400, "{body:?}: {}", response.head);
        }
        assert!(raw.rest().await.is_empty(), "{body:?}");
    }
    assert!(scene.upstream.received().is_empty());
}

#[tokio::test]
async fn name_in_the_body_cannot_make_a_header_or_a_path() {
    let config = "model_providers:
  - {model: groq/*, access_key: k, base_url: URL}
  - {model: azure_openai/dep, access_key: k, base_url: URL}
model_aliases: {a: {target: azure_openai/dep}}";
    let scene = Scene::configured(callsign_testkit::reply::Reply::json(200, ANSWER), config).await;
    let odd = [r"a\r\nx-injected: 1", r"a\u0000b", r"../../admin", r"a b?c=d#e", r"é😀", r"a\nb"];
    for name in odd {
        let body = format!(r#"{{"model":"groq/{name}"}}"#);
        let answer = scene.client().post("/v1/chat/completions", body).send().await;
        assert_eq!(answer.header("x-injected"), None, "{name}");
        assert!([200, 400, 404].contains(&answer.status), "{name}: {}", answer.status);
    }
    for request in scene.upstream.received() {
        assert_eq!(request.target, "/openai/v1/chat/completions");
        assert_eq!(request.header("x-injected"), None);
    }
    assert_eq!(scene.client().post("/v1/embeddings", r#"{"model":"a"}"#).send().await.status, 200);
}

#[tokio::test]
async fn other_forms_of_a_target_are_not_served() {
    let scene = Scene::plain().await;
    let requests = [
        "CONNECT api.openai.com:443 HTTP/1.1\r\nhost: api.openai.com:443\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nhost: h\r\n\r\n",
        "TRACE /v1/other HTTP/1.1\r\nhost: h\r\n\r\n",
    ];
    for request in requests {
        let mut raw = scene.gateway.raw().await;
        raw.send(request).await;
        let response = raw.response().await;
        assert_eq!(
            (response.status, response.header("x-callsign-error")),
            (404, Some("not_found")),
            "{request}"
        );
        assert!(response.json()["error"]["message"].is_string());
    }
    assert!(scene.upstream.received().is_empty());
}

#[tokio::test]
async fn target_with_a_host_is_read_as_its_path_and_never_forwarded() {
    // RFC 9112 3.2.2: a server must accept this form. It is no proxy for the host in it.
    let scene = Scene::plain().await;
    let mut raw = scene.gateway.raw().await;
    raw.send("GET http://api.openai.com/v1/models/fast HTTP/1.1\r\nhost: api.openai.com\r\n\r\n").await;
    assert_eq!(raw.response().await.json()["id"], "fast");
    raw.send("GET http://api.openai.com/v1/files HTTP/1.1\r\nhost: api.openai.com\r\n\r\n").await;
    assert_eq!(raw.response().await.status, 404);
    assert!(scene.upstream.received().is_empty());
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    let scene = Scene::plain().await;
    let mut raw = scene.gateway.raw().await;
    let length = CHAT.len();
    let chat =
        format!("POST /v1/chat/completions HTTP/1.1\r\nhost: h\r\ncontent-length: {length}\r\n\r\n{CHAT}");
    let model = "GET /v1/models/fast HTTP/1.1\r\nhost: h\r\n\r\n";
    raw.send(format!("{chat}{model}{chat}{model}")).await;
    for _ in 0..2 {
        assert!(raw.response().await.json()["choices"].is_array());
        assert_eq!(raw.response().await.json()["id"], "fast");
    }
}

#[tokio::test]
async fn older_clients_get_a_body_that_ends_with_the_connection() {
    let reply = callsign_testkit::reply::Reply::sse([TOKEN, DONE]);
    let scene = Scene::always(reply).await;
    let mut raw = scene.gateway.raw().await;
    let length = CHAT.len();
    raw.send(format!(
        "POST /v1/chat/completions HTTP/1.0\r\nhost: h\r\ncontent-length: {length}\r\n\r\n{CHAT}"
    ))
    .await;
    let response = raw.response().await;
    assert_eq!((response.status, response.header("transfer-encoding")), (200, None));
    assert_eq!(response.body, [TOKEN, DONE].concat());
}
