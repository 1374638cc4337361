//! Requests that cannot be understood.

use super::scene::{Scene, refused_as_anthropic, refused_as_openai};

#[tokio::test]
async fn malformed_body_is_an_invalid_request() {
    let scene = Scene::plain().await;
    let bodies: [&[u8]; 16] = [
        b"",
        b"   ",
        b"not json",
        b"{",
        b"{\"model\":\"fast\"",
        b"{\"model\":\"fast\",}",
        b"{\"model\":\"fast\"} trailing",
        b"{'model':'fast'}",
        b"[]",
        b"[{\"model\":\"fast\"}]",
        b"\"fast\"",
        b"null",
        b"{\"model\":7}",
        b"{\"model\":{\"a\":1}}",
        b"{\"model\":\"\\ud800\"}",
        b"{\"model\":\"f\xff\"}",
    ];
    for body in bodies {
        let answer = scene.client().post("/v1/chat/completions", body).send().await;
        assert_eq!(answer.status, 400, "{:?}", String::from_utf8_lossy(body));
        refused_as_openai(answer, 400, "invalid_request").await;
        let answer = scene.client().post("/v1/messages", body).send().await;
        refused_as_anthropic(answer, 400, "invalid_request").await;
    }
    assert!(scene.upstream.received().is_empty());
}

#[tokio::test]
async fn two_models_are_ambiguous() {
    let scene = Scene::plain().await;
    let bodies = [
        r#"{"model":"fast","model":"gpt-4o"}"#,
        r#"{"model":"fast","model":"fast"}"#,
        r#"{"model":"fast","messages":[],"m\u006fdel":"gpt-4o"}"#,
    ];
    for body in bodies {
        let answer = scene.client().post("/v1/chat/completions", body).send().await;
        let message = refused_as_openai(answer, 400, "ambiguous_request").await;
        assert!(message.contains("`model`"), "{message}");
        let answer = scene.client().post("/v1/messages", body).send().await;
        refused_as_anthropic(answer, 400, "ambiguous_request").await;
    }
    assert!(scene.upstream.received().is_empty());
}

#[tokio::test]
async fn deep_nesting_does_not_end_the_gateway() {
    let scene = Scene::plain().await;
    let body = format!(r#"{{"x":{}"#, "[".repeat(2_000_000));
    let answer = scene.client().post("/v1/chat/completions", body).send().await;
    refused_as_openai(answer, 400, "invalid_request").await;
    assert_eq!(scene.chat().await.status, 200);
}

#[tokio::test]
async fn multipart_with_two_models_is_ambiguous() {
    let scene = Scene::plain().await;
    let part = "--b\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nfast\r\n";
    let call = scene.client().call(&"POST".parse().expect("a method"), "/v1/audio/transcriptions");
    let call = call.header("content-type", "multipart/form-data; boundary=b");
    let answer = call.body(format!("{part}{part}--b--\r\n")).send().await;
    refused_as_openai(answer, 400, "ambiguous_request").await;
}

#[tokio::test]
async fn packed_body_is_refused() {
    let scene = Scene::plain().await;
    let call = scene.client().post("/v1/chat/completions", vec![0x1f, 0x8b, 8, 0]);
    let answer = call.header("content-encoding", "gzip").send().await;
    let message = refused_as_openai(answer, 400, "invalid_request").await;
    assert!(message.contains("gzip"), "{message}");
}
