//! Every endpoint, with and without `/v1`, reaches the same path of its provider.

use callsign_testkit::reply::Reply;

use super::scene::{ANSWER, Scene, refused_as_openai};

const OPENAI: [&str; 12] = [
    "/chat/completions",
    "/completions",
    "/responses",
    "/embeddings",
    "/moderations",
    "/images/generations",
    "/images/edits",
    "/images/variations",
    "/audio/speech",
    "/audio/transcriptions",
    "/audio/translations",
    "/rerank",
];
const ANTHROPIC: [&str; 2] = ["/messages", "/messages/count_tokens"];

async fn reaches(scene: &Scene, path: &str, name: &str, model: &str) {
    for prefix in ["/v1", ""] {
        let sent = format!(r#"{{"model":"{name}","prompt":"x"}}"#);
        let answer = scene.client().post(&format!("{prefix}{path}"), sent).send().await;
        assert_eq!(answer.status, 200, "{prefix}{path}");
        assert_eq!(answer.text().await, ANSWER, "{prefix}{path}");
        let all = scene.upstream.received();
        let request = all.last().expect("a request at the upstream");
        assert_eq!(request.method, "POST");
        assert_eq!(request.target, format!("/v1{path}"));
        assert_eq!(request.text(), format!(r#"{{"model":"{model}","prompt":"x"}}"#));
    }
}

#[tokio::test]
async fn each_openai_endpoint_reaches_its_path() {
    let scene = Scene::plain().await;
    for path in OPENAI {
        reaches(&scene, path, "fast", "gpt-4o-mini").await;
    }
}

#[tokio::test]
async fn each_anthropic_endpoint_reaches_its_path() {
    let scene = Scene::plain().await;
    for path in ANTHROPIC {
        reaches(&scene, path, "creative", "claude-3-haiku").await;
    }
}

#[tokio::test]
async fn query_is_kept() {
    let scene = Scene::plain().await;
    let body = r#"{"model":"creative","max_tokens":1,"messages":[]}"#;
    let path = "/v1/messages?beta=true&x=%20a%2Fb&empty=&y";
    assert_eq!(scene.client().post(path, body).send().await.status, 200);
    assert_eq!(scene.upstream.only().target, path);
}

#[tokio::test]
async fn multipart_has_its_model_part_replaced_and_nothing_else() {
    let scene = Scene::always(Reply::json(200, r#"{"text":"hello"}"#)).await;
    let form = |model: &str| {
        let mut form = Vec::new();
        form.extend_from_slice(
            b"--B0und\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n",
        );
        form.extend_from_slice(
            b"Content-Type: audio/wav\r\n\r\nRIFF\x00\xff\r\nname=\"model\"\r\n\r\nfast--B0un\r\n",
        );
        form.extend_from_slice(b"--B0und\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\n");
        form.extend_from_slice(model.as_bytes());
        form.extend_from_slice(
            b"\r\n--B0und\r\nContent-Disposition: form-data; name=\"language\"\r\n\r\nfast\r\n--B0und--\r\n",
        );
        form
    };
    let content_type = "multipart/form-data; boundary=B0und";
    let call = scene.client().call(&"POST".parse().expect("a method"), "/v1/audio/transcriptions");
    let answer = call.header("content-type", content_type).body(form("fast")).send().await;
    assert_eq!(answer.text().await, r#"{"text":"hello"}"#);
    let request = scene.upstream.only();
    assert_eq!(request.header("content-type"), Some(content_type));
    assert_eq!(request.text(), String::from_utf8_lossy(&form("gpt-4o-mini")));
    assert_eq!(request.body, form("gpt-4o-mini"));
}

#[tokio::test]
async fn binary_answer_passes_untouched() {
    let audio: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    let scene = Scene::always(Reply::body(200, "audio/mpeg", audio.clone())).await;
    let answer = scene.client().post("/v1/audio/speech", r#"{"model":"fast","prompt":"x"}"#).send().await;
    assert_eq!(answer.header("content-type"), Some("audio/mpeg"));
    assert_eq!(answer.bytes().await, audio);
}

#[tokio::test]
async fn unknown_path_is_not_found() {
    let scene = Scene::plain().await;
    for path in
        ["/", "/v2/chat/completions", "/v1/chat", "/v1/chat/completions/extra", "/v1//chat/completions"]
    {
        let answer = scene.client().post(path, "{}").send().await;
        refused_as_openai(answer, 404, "not_found").await;
    }
    assert!(scene.upstream.received().is_empty());
}

#[tokio::test]
async fn wrong_method_is_told_the_right_one() {
    let scene = Scene::plain().await;
    let cases = [
        ("GET", "/v1/chat/completions", "POST"),
        ("PUT", "/v1/embeddings", "POST"),
        ("DELETE", "/v1/messages", "POST"),
        ("POST", "/v1/models", "GET"),
        ("DELETE", "/v1/models/fast", "GET"),
        ("OPTIONS", "/v1/chat/completions", "POST"),
    ];
    for (method, path, allowed) in cases {
        let answer = scene.client().call(&method.parse().expect("a method"), path).send().await;
        assert_eq!(answer.status, 405, "{method} {path}");
        let allow = answer.header("allow").expect("an `allow` header");
        assert!(allow.contains(allowed), "{method} {path}: {allow}");
        assert_eq!(answer.header("x-callsign-error"), Some("method_not_allowed"));
        assert!(answer.json().await["error"]["message"].is_string());
    }
    assert!(scene.upstream.received().is_empty());
}

#[tokio::test]
async fn head_has_no_body_and_the_connection_goes_on() {
    let scene = Scene::plain().await;
    let mut raw = scene.gateway.raw().await;
    raw.send("HEAD /v1/models HTTP/1.1\r\nhost: h\r\n\r\nGET /v1/models/fast HTTP/1.1\r\nhost: h\r\n\r\n")
        .await;
    let head = raw.head().await;
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    assert_eq!(raw.response().await.json()["id"], "fast");
}
