//! A configuration of `LiteLLM` is imported by the binary, and the gateway serves with what came out.

use std::process::Command;

use callsign_testkit::reply::Reply;
use callsign_testkit::upstream::Upstream;
use serde_json::{Value, json};

use super::scene::{COMPLETION, OPENAI_KEY, launch};

const FOREIGN: &str = "model_list:
  - model_name: gpt-4o
    litellm_params: {model: openai/broken, api_base: URL/v1, api_key: os.environ/OPENAI_API_KEY, order: 1}
  - model_name: gpt-4o
    litellm_params: {model: openai/spare, api_base: URL/v1, api_key: os.environ/OPENAI_API_KEY, order: 2}
  - model_name: team/mini model
    litellm_params: {model: openai/mini, api_base: URL/v1, api_key: sk-written-out}
  - model_name: frail
    litellm_params: {model: openai/broken-too, api_base: URL/v1, api_key: os.environ/OPENAI_API_KEY}
router_settings:
  model_group_alias: {gpt-4: gpt-4o}
  fallbacks: [{frail: [gpt-4o]}, {gpt-4o: [frail]}]
litellm_settings:
  cache: true
";

fn import(url: &str) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("config.yaml");
    std::fs::write(&file, FOREIGN.replace("URL", url)).expect("the file fits on the disk");
    let output = Command::new(env!("CARGO_BIN_EXE_callsign"))
        .args(["import", "litellm"])
        .arg(&file)
        .output()
        .expect("the binary runs");
    assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("the file is text")
}

#[tokio::test]
async fn imported_names_are_served_with_their_fallbacks() {
    let upstream = Upstream::scripted(|received| {
        let body: Value = serde_json::from_slice(&received.body).expect("a body of JSON");
        match body["model"].as_str() {
            Some("broken" | "broken-too") => Reply::json(503, r#"{"error":{"message":"down"}}"#),
            _ => Reply::json(200, COMPLETION),
        }
    })
    .await;
    let imported = import(&upstream.url());
    assert!(!imported.contains("sk-written-out"), "{imported}");
    let gateway = launch(&imported).env("TEAM_MINI_MODEL_API_KEY", "sk-elsewhere").start().await;
    for (name, served, attempts, key) in [
        ("gpt-4o", "openai/spare", "2", OPENAI_KEY),
        ("gpt-4", "openai/spare", "2", OPENAI_KEY),
        ("frail", "openai/spare", "3", OPENAI_KEY),
        ("team/mini model", "openai/mini", "1", "sk-elsewhere"),
    ] {
        let body = json!({"model": name, "messages": [{"role": "user", "content": "Hi"}]}).to_string();
        let answer = gateway.client().post("/v1/chat/completions", body).send().await;
        assert_eq!(answer.status, 200, "{name}");
        assert_eq!(answer.header("x-callsign-model"), Some(served), "{name}");
        assert_eq!(answer.header("x-callsign-attempts"), Some(attempts), "{name}");
        let sent = upstream.received().last().cloned().expect("a request");
        assert_eq!(sent.header("authorization"), Some(format!("Bearer {key}").as_str()), "{name}");
    }
}
