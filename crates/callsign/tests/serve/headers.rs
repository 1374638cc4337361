//! Which headers pass, in both directions.

use callsign_testkit::reply::Reply;

use super::scene::{ANTHROPIC_KEY, CHAT, COMPLETION, OPENAI_KEY, Scene};

#[tokio::test]
async fn clients_own_credentials_never_reach_the_provider() {
    let scene = Scene::plain().await;
    let secrets = [
        ("authorization", "Bearer client-secret"),
        ("x-api-key", "client-secret"),
        ("api-key", "client-secret"),
        ("cookie", "session=client-secret"),
        ("proxy-authorization", "Basic client-secret"),
    ];
    for (path, key) in [("/v1/chat/completions", OPENAI_KEY), ("/v1/messages", ANTHROPIC_KEY)] {
        let body = if path == "/v1/messages" { r#"{"model":"creative"}"# } else { CHAT };
        let mut call = scene.client().post(path, body);
        for (name, value) in secrets {
            call = call.header(name, value);
        }
        assert_eq!(call.send().await.status, 200);
        let all = scene.upstream.received();
        let request = all.last().expect("a request");
        let text = format!("{:?}", request.headers);
        assert!(!text.contains("client-secret"), "{text}");
        assert!(text.contains(key), "{text}");
    }
}

#[tokio::test]
async fn hop_by_hop_request_headers_stop_here() {
    let scene = Scene::plain().await;
    let mut raw = scene.gateway.raw().await;
    let head = "POST /v1/chat/completions HTTP/1.1\r\nHost: me.example\r\nContent-Type: application/json\r\n\
                Connection: keep-alive, X-Private\r\nX-Private: 1\r\nKeep-Alive: timeout=9\r\nTE: trailers\r\n\
                Trailer: x\r\nProxy-Connection: keep-alive\r\nUpgrade: websocket\r\nX-Keep: yes\r\n\
                User-Agent: agent/1\r\nOpenAI-Beta: b=1\r\nX-Stainless-Lang: python\r\nAccept: text/plain\r\n";
    raw.send(format!("{head}Content-Length: {}\r\n\r\n{CHAT}", CHAT.len())).await;
    assert_eq!(raw.response().await.status, 200);
    let request = scene.upstream.only();
    for name in
        ["x-private", "keep-alive", "te", "trailer", "proxy-connection", "upgrade", "transfer-encoding"]
    {
        assert_eq!(request.header(name), None, "{name}");
    }
    let kept = [
        ("x-keep", "yes"),
        ("user-agent", "agent/1"),
        ("openai-beta", "b=1"),
        ("x-stainless-lang", "python"),
        ("accept", "text/plain"),
        ("content-type", "application/json"),
    ];
    for (name, value) in kept {
        assert_eq!(request.header(name), Some(value), "{name}");
    }
    assert_ne!(request.header("host"), Some("me.example"));
    let length = request.body.len().to_string();
    assert_eq!(request.header("content-length"), Some(length.as_str()));
}

#[tokio::test]
async fn provider_is_asked_for_readable_bodies() {
    let scene = Scene::plain().await;
    let call = scene.client().post("/v1/chat/completions", CHAT).header("accept-encoding", "gzip, br");
    assert_eq!(call.send().await.status, 200);
    assert_eq!(scene.upstream.only().header("accept-encoding"), Some("identity"));
}

#[tokio::test]
async fn provider_headers_reach_the_client() {
    let kept = [
        ("request-id", "req_011"),
        ("x-request-id", "abc"),
        ("anthropic-ratelimit-requests-remaining", "49"),
        ("x-ratelimit-remaining-tokens", "9000"),
        ("openai-processing-ms", "12"),
        ("retry-after", "7"),
        ("content-type", "application/json; charset=utf-8"),
    ];
    let reply =
        kept.iter().fold(Reply::json(200, COMPLETION), |reply, (name, value)| reply.header(name, value));
    let mut reply = reply.header("x-many", "1").header("x-many", "2");
    reply.headers.retain(|(_, value)| value != "application/json");
    let scene = Scene::always(reply).await;
    let answer = scene.chat().await;
    for (name, value) in kept {
        assert_eq!(answer.header(name), Some(value), "{name}");
    }
    let many: Vec<_> = answer.headers.get_all("x-many").iter().collect();
    assert_eq!(many, ["1", "2"]);
}

#[tokio::test]
async fn hop_by_hop_and_foreign_response_headers_stop_here() {
    let reply = Reply::json(200, COMPLETION)
        .header("connection", "x-private")
        .header("x-private", "1")
        .header("keep-alive", "timeout=1")
        .header("proxy-authenticate", "Basic")
        .header("upgrade", "h2c")
        .header("set-cookie", "__cf_bm=1; domain=.openai.com")
        .header("alt-svc", "h3=\":443\"")
        .header("x-callsign-model", "a lie");
    let scene = Scene::always(reply).await;
    let answer = scene.chat().await;
    for name in ["x-private", "keep-alive", "proxy-authenticate", "upgrade", "set-cookie", "alt-svc"] {
        assert_eq!(answer.header(name), None, "{name}");
    }
    assert_eq!(answer.header("x-callsign-model"), Some("openai/gpt-4o-mini"));
}

#[tokio::test]
async fn answer_names_who_served_it() {
    let scene = Scene::plain().await;
    let mut ids = Vec::new();
    for _ in 0..2 {
        let answer = scene.chat().await;
        assert_eq!(answer.header("x-callsign-alias"), Some("fast"));
        assert_eq!(answer.header("x-callsign-model"), Some("openai/gpt-4o-mini"));
        assert_eq!(answer.header("x-callsign-attempts"), Some("1"));
        assert_eq!(answer.header("x-callsign-error"), None);
        ids.push(answer.header("x-callsign-request-id").expect("an id").to_owned());
    }
    assert_ne!(ids[0], ids[1]);
}

#[tokio::test]
async fn clients_expectation_is_met_here() {
    let scene = Scene::plain().await;
    let mut raw = scene.gateway.raw().await;
    let length = CHAT.len();
    raw.send(format!("POST /v1/chat/completions HTTP/1.1\r\nhost: h\r\nexpect: 100-continue\r\ncontent-length: {length}\r\n\r\n"))
        .await;
    assert!(raw.head().await.starts_with("HTTP/1.1 100"));
    raw.send(CHAT).await;
    assert_eq!(raw.response().await.status, 200);
    assert_eq!(scene.upstream.only().header("expect"), None);
}

#[tokio::test]
async fn interim_responses_of_the_provider_are_no_answer() {
    let hints = "HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n";
    let scene = Scene::always(Reply::json(200, COMPLETION).after_raw(hints)).await;
    let answer = scene.chat().await;
    assert_eq!((answer.status, answer.text().await.as_str()), (200, COMPLETION));
}
