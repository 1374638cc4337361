//! The list of models, in both forms.

use callsign_testkit::reply::Reply;
use serde_json::Value;

use super::scene::{ANSWER, Scene, refused_as_anthropic, refused_as_openai};

const CONFIG: &str = "model_providers:
  - {model: openai/gpt-4o-mini, access_key: k, base_url: URL}
  - {model: together_ai/meta-llama/Llama-3.1-8B, access_key: k, base_url: URL}
  - {model: openai/secret-model, access_key: k, base_url: URL, hidden: true}
  - {model: anthropic/claude-3-haiku, access_key: k, base_url: URL}
model_aliases:
  fast: {target: gpt-4o-mini, description: quick}
  unseen: {target: gpt-4o-mini, hidden: true}
";

async fn scene() -> Scene {
    Scene::configured(Reply::json(200, ANSWER), CONFIG).await
}

fn ids(list: &Value) -> Vec<&str> {
    let data = list["data"].as_array().expect("a list");
    data.iter().map(|model| model["id"].as_str().expect("an id")).collect()
}

#[tokio::test]
async fn list_has_aliases_and_models_but_no_hidden_ones() {
    let scene = scene().await;
    for path in ["/v1/models", "/models", "/v1/models/"] {
        let answer = scene.client().get(path).send().await;
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
        let list = answer.json().await;
        assert_eq!(list["object"], "list");
        let ids = ids(&list);
        for expected in
            ["fast", "openai/gpt-4o-mini", "together_ai/meta-llama/Llama-3.1-8B", "anthropic/claude-3-haiku"]
        {
            assert!(ids.contains(&expected), "{expected} is missing in {ids:?}");
        }
        assert!(!ids.contains(&"unseen") && !ids.iter().any(|id| id.contains("secret-model")), "{ids:?}");
        for model in list["data"].as_array().expect("a list") {
            assert_eq!(model["object"], "model");
            assert!(model["created"].is_u64() && model["owned_by"].is_string(), "{model}");
        }
    }
    assert!(scene.upstream.received().is_empty());
}

#[tokio::test]
async fn list_takes_anthropics_form_when_its_version_is_sent() {
    let scene = scene().await;
    let get = async |path: &str| {
        let answer = scene.client().get(path).header("anthropic-version", "2023-06-01").send().await;
        assert_eq!(answer.status, 200, "{path}");
        answer.json().await
    };
    let whole = get("/v1/models?limit=1000").await;
    let all = ids(&whole);
    assert!(all.contains(&"fast") && whole["has_more"] == false, "{whole}");
    assert_eq!(whole["first_id"], all[0]);
    for model in whole["data"].as_array().expect("a list") {
        assert_eq!(model["type"], "model");
        assert!(model["display_name"].is_string() && model["created_at"].is_string(), "{model}");
    }
    let mut paged = Vec::new();
    let mut page = get("/v1/models?limit=1").await;
    loop {
        paged.push(ids(&page)[0].to_owned());
        if page["has_more"] == false {
            break;
        }
        page =
            get(&format!("/v1/models?limit=1&after_id={}", page["last_id"].as_str().expect("an id"))).await;
    }
    assert_eq!(paged, all);
}

#[tokio::test]
async fn one_model_is_found_by_any_of_its_names() {
    let scene = scene().await;
    let names = [
        "fast",
        "unseen",
        "gpt-4o-mini",
        "openai/gpt-4o-mini",
        "openai%2Fgpt-4o-mini",
        "together_ai/meta-llama/Llama-3.1-8B",
        "meta-llama/Llama-3.1-8B",
    ];
    for name in names {
        for prefix in ["/v1", ""] {
            let answer = scene.client().get(&format!("{prefix}/models/{name}")).send().await;
            assert_eq!(answer.status, 200, "{name}");
            let model = answer.json().await;
            assert_eq!(
                (&model["object"], &model["id"]),
                (&Value::from("model"), &Value::from(name.replace("%2F", "/")))
            );
        }
    }
    let answer = scene.client().get("/v1/models/fast").header("anthropic-version", "2023-06-01").send().await;
    let model = answer.json().await;
    assert_eq!((&model["type"], &model["id"]), (&Value::from("model"), &Value::from("fast")));
}

#[tokio::test]
async fn unknown_model_is_not_found() {
    let scene = scene().await;
    for name in ["fasst", "openai/gpt-5", "a/b/c"] {
        let path = format!("/v1/models/{name}");
        refused_as_openai(scene.client().get(&path).send().await, 404, "model_not_found").await;
        let call = scene.client().get(&path).header("anthropic-version", "2023-06-01");
        refused_as_anthropic(call.send().await, 404, "model_not_found").await;
    }
}
