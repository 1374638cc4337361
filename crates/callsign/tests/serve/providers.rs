//! How a provider is addressed: its path, its key, its headers.

use std::sync::Arc;

use callsign_testkit::ledger::Received;
use callsign_testkit::reply::Reply;

use super::scene::{ANSWER, Scene};

/// What the upstream gets when `path` is asked of `entry`, whose address is `URL`.
async fn sent(entry: &str, path: &str, headers: &[(&str, &str)]) -> Arc<Received> {
    let config = format!("model_providers: [{{{entry}}}]\nmodel_aliases: {{a: {{target: the-model}}}}");
    let scene = Scene::configured(Reply::json(200, ANSWER), &config).await;
    let body = r#"{"model":"a","max_tokens":1,"messages":[]}"#;
    let mut call = scene.client().post(path, body);
    for (name, value) in headers {
        call = call.header(name, value);
    }
    assert_eq!(call.send().await.status, 200, "{entry} {path}");
    scene.upstream.only()
}

#[tokio::test]
async fn path_is_the_base_urls_or_the_providers_usual_prefix() {
    let cases = [
        ("openai", "URL", "/v1/chat/completions"),
        ("openai", "URL/", "/v1/chat/completions"),
        ("openai", "URL/proxy/openai", "/proxy/openai/chat/completions"),
        ("openai", "URL/proxy/openai/", "/proxy/openai/chat/completions"),
        ("groq", "URL", "/openai/v1/chat/completions"),
        ("gemini", "URL", "/v1beta/openai/chat/completions"),
        ("zhipu", "URL", "/api/paas/v4/chat/completions"),
        ("zhipu", "URL/api/coding/paas/v4", "/api/coding/paas/v4/chat/completions"),
        ("qwen", "URL", "/compatible-mode/v1/chat/completions"),
        ("openrouter", "URL", "/api/v1/chat/completions"),
        ("fireworks", "URL", "/inference/v1/chat/completions"),
        ("cohere", "URL", "/compatibility/v1/chat/completions"),
        ("ollama", "URL", "/v1/chat/completions"),
        ("lm_studio", "URL", "/v1/chat/completions"),
        ("vllm", "URL", "/v1/chat/completions"),
        ("nobody-knows-me", "URL", "/v1/chat/completions"),
        ("nobody-knows-me", "URL/deep/er", "/deep/er/chat/completions"),
    ];
    for (provider, url, expected) in cases {
        let entry = format!("model: {provider}/the-model, access_key: k, base_url: '{url}'");
        let request = sent(&entry, "/v1/chat/completions", &[]).await;
        assert_eq!(request.target, expected, "{provider} at {url}");
    }
}

#[tokio::test]
async fn openai_compatible_provider_gets_a_bearer_key() {
    let entry = "model: mistral/the-model, access_key: 'sk-1', base_url: URL";
    let request = sent(entry, "/v1/chat/completions", &[]).await;
    assert_eq!(request.header("authorization"), Some("Bearer sk-1"));
    assert_eq!(request.header("x-api-key"), None);
    assert_eq!(request.header("anthropic-version"), None);
}

#[tokio::test]
async fn anthropic_gets_its_key_header_and_a_version() {
    let entry = "model: anthropic/the-model, access_key: 'sk-1', base_url: URL";
    let request = sent(entry, "/v1/messages", &[]).await;
    assert_eq!(request.header("x-api-key"), Some("sk-1"));
    assert_eq!(request.header("anthropic-version"), Some("2023-06-01"));
    assert_eq!(request.header("authorization"), None);
    let own = [("anthropic-version", "2099-01-01"), ("anthropic-beta", "a,b")];
    let request = sent(entry, "/v1/messages", &own).await;
    assert_eq!(request.header("anthropic-version"), Some("2099-01-01"));
    assert_eq!(request.header("anthropic-beta"), Some("a,b"));
}

#[tokio::test]
async fn azure_gets_a_deployment_path_and_its_key_header() {
    let entry = "model: azure_openai/the-model, access_key: 'sk-1', base_url: URL";
    let request = sent(entry, "/v1/chat/completions", &[]).await;
    let default = "/openai/deployments/the-model/chat/completions?api-version=2025-01-01-preview";
    assert_eq!(request.target, default);
    assert_eq!(request.header("api-key"), Some("sk-1"));
    assert_eq!(request.header("authorization"), None);
    let entry = format!("{entry}, api_version: '2024-10-21'");
    let request = sent(&entry, "/embeddings", &[]).await;
    assert_eq!(request.target, "/openai/deployments/the-model/embeddings?api-version=2024-10-21");
}

#[tokio::test]
async fn local_server_gets_no_key() {
    let request = sent("model: ollama/the-model, base_url: URL", "/v1/chat/completions", &[]).await;
    assert_eq!(request.header("authorization"), None);
    assert_eq!(request.header("x-api-key"), None);
}

#[tokio::test]
async fn key_of_a_known_provider_never_goes_to_another_server_unasked() {
    let request = sent("model: openai/the-model, base_url: URL", "/v1/chat/completions", &[]).await;
    assert_eq!(request.header("authorization"), None);
}

#[tokio::test]
async fn headers_are_added_last() {
    let entry = "model: openai/the-model, access_key: sk-1, base_url: URL, \
                 headers: {X-Team: blue, OpenAI-Organization: org-1, Authorization: 'Custom sk-2'}";
    let request = sent(entry, "/v1/chat/completions", &[("x-team", "red")]).await;
    assert_eq!(request.header("x-team"), Some("blue"));
    assert_eq!(request.header("openai-organization"), Some("org-1"));
    assert_eq!(request.header("authorization"), Some("Custom sk-2"));
}

#[tokio::test]
async fn host_is_the_upstreams_or_as_configured() {
    let plain = sent("model: openai/the-model, access_key: k, base_url: URL", "/v1/embeddings", &[]).await;
    let host = plain.header("host").expect("a host").to_owned();
    assert!(host.starts_with("127.0.0.1:"), "{host}");
    let entry = "model: openai/the-model, access_key: k, base_url: URL, http_host: models.example.com";
    let request = sent(entry, "/v1/embeddings", &[]).await;
    assert_eq!(request.header("host"), Some("models.example.com"));
}

#[tokio::test]
async fn passed_through_key_is_sent_as_the_provider_wants_it() {
    let cases = [
        ("openai", "/v1/embeddings", ("authorization", "Bearer mine"), "authorization", "Bearer mine"),
        ("openai", "/v1/embeddings", ("x-api-key", "mine"), "authorization", "Bearer mine"),
        ("anthropic", "/v1/messages", ("x-api-key", "mine"), "x-api-key", "mine"),
        ("anthropic", "/v1/messages", ("authorization", "Bearer mine"), "authorization", "Bearer mine"),
    ];
    for (provider, path, sent_header, name, value) in cases {
        let entry = format!("model: {provider}/the-model, passthrough_auth: true, base_url: URL");
        let request = sent(&entry, path, &[sent_header]).await;
        assert_eq!(request.header(name), Some(value), "{provider} {sent_header:?}: {:?}", request.headers);
    }
}

#[tokio::test]
async fn interface_decides_what_an_unknown_provider_speaks() {
    let entry = "model: corp/the-model, access_key: sk-1, base_url: URL, provider_interface: anthropic";
    let request = sent(entry, "/v1/messages", &[]).await;
    assert_eq!(request.target, "/v1/messages");
    assert_eq!(request.header("x-api-key"), Some("sk-1"));
    let entry = "model: corp/the-model, access_key: sk-1, base_url: URL, provider_interface: openai";
    let request = sent(entry, "/v1/responses", &[]).await;
    assert_eq!(request.target, "/v1/responses");
    assert_eq!(request.header("authorization"), Some("Bearer sk-1"));
}
