//! What a client's `model` may be, and what reaches the provider in its place.

use callsign_testkit::reply::Reply;
use callsign_testkit::upstream::Upstream;
use serde_json::json;

use super::scene::{ANSWER, COMPLETION, Scene, launch, refused_as_anthropic, refused_as_openai};

const NAMES: &str = "model_providers:
  - {model: openai/gpt-4o-mini, access_key: k, base_url: URL, default: true}
  - {model: openai/gpt-4o, access_key: k, base_url: URL, name: big one}
  - {model: together_ai/meta-llama/Llama-3.1-8B:free, access_key: k, base_url: URL}
  - {model: groq/*, access_key: k, base_url: URL}
  - {model: azure_like/gpt-4o, access_key: k, base_url: URL}
  - {model: anthropic/claude-3-haiku, access_key: k, base_url: URL}
model_aliases:
  fast: {target: gpt-4o-mini}
  faster: {target: fast}
  arch.summarize.v1: {target: faster}
  named: {target: big one}
  wild: {target: groq/llama-3.3-70b-versatile}
  gpt-4o: {target: openai/gpt-4o-mini}
";

#[tokio::test]
async fn each_kind_of_name_reaches_its_model() {
    // The name asked for, the path and the model that the provider gets, the alias and the model named in the answer.
    let cases = [
        ("fast", "/v1", "gpt-4o-mini", Some("fast"), "openai/gpt-4o-mini"),
        ("faster", "/v1", "gpt-4o-mini", Some("faster"), "openai/gpt-4o-mini"),
        ("arch.summarize.v1", "/v1", "gpt-4o-mini", Some("arch.summarize.v1"), "openai/gpt-4o-mini"),
        ("named", "/v1", "gpt-4o", Some("named"), "openai/gpt-4o"),
        ("wild", "/openai/v1", "llama-3.3-70b-versatile", Some("wild"), "groq/llama-3.3-70b-versatile"),
        ("big one", "/v1", "gpt-4o", None, "openai/gpt-4o"),
        ("openai/gpt-4o-mini", "/v1", "gpt-4o-mini", None, "openai/gpt-4o-mini"),
        ("gpt-4o-mini", "/v1", "gpt-4o-mini", None, "openai/gpt-4o-mini"),
        ("openai/gpt-4o", "/v1", "gpt-4o", None, "openai/gpt-4o"),
        ("azure_like/gpt-4o", "/v1", "gpt-4o", None, "azure_like/gpt-4o"),
        ("gpt-4o", "/v1", "gpt-4o-mini", Some("gpt-4o"), "openai/gpt-4o-mini"),
        (
            "together_ai/meta-llama/Llama-3.1-8B:free",
            "/v1",
            "meta-llama/Llama-3.1-8B:free",
            None,
            "together_ai/meta-llama/Llama-3.1-8B:free",
        ),
        (
            "meta-llama/Llama-3.1-8B:free",
            "/v1",
            "meta-llama/Llama-3.1-8B:free",
            None,
            "together_ai/meta-llama/Llama-3.1-8B:free",
        ),
        ("groq/any/thing:at-all", "/openai/v1", "any/thing:at-all", None, "groq/any/thing:at-all"),
    ];
    let scene = Scene::configured(Reply::json(200, COMPLETION), NAMES).await;
    for (name, prefix, model, alias, served) in cases {
        let answer =
            scene.client().post("/v1/chat/completions", json!({"model": name}).to_string()).send().await;
        assert_eq!(answer.status, 200, "{name}");
        assert_eq!(answer.header("x-callsign-alias"), alias, "{name}");
        assert_eq!(answer.header("x-callsign-model"), Some(served), "{name}");
        let all = scene.upstream.received();
        let request = all.last().expect("a request");
        assert_eq!(request.target, format!("{prefix}/chat/completions"), "{name}");
        assert_eq!(request.json()["model"], model, "{name}");
    }
}

#[tokio::test]
async fn access_log_tells_the_alias_and_the_name_asked_for_where_that_is_none() {
    let upstream = Upstream::always(Reply::json(200, COMPLETION)).await;
    let launch = launch(&NAMES.replace("URL", &upstream.url())).arg("--log").arg("access=info");
    let scene = Scene { gateway: launch.start().await, upstream };
    // What is asked for, and what its line holds of names.
    let cases = [
        (json!({"model": "faster"}), r#" alias="faster" model="openai/gpt-4o-mini" "#),
        (json!({"model": "gpt-4o-mini"}), r#" asked="gpt-4o-mini" model="openai/gpt-4o-mini" "#),
        (json!({}), r#" asked="openai/gpt-4o-mini" model="openai/gpt-4o-mini" "#),
        (json!({"model": "nobody"}), r#" asked="nobody" model="" "#),
    ];
    for (body, names) in cases {
        let answer = scene.client().post("/v1/chat/completions", body.to_string()).send().await;
        let id = answer.header("x-callsign-request-id").expect("an id").to_owned();
        drop(answer.bytes().await);
        scene.gateway.logged(&format!("request=\"{id}\"{names}")).await;
    }
}

#[tokio::test]
async fn missing_or_empty_model_is_the_default() {
    let scene = Scene::plain().await;
    let cases = [
        (r#"{"messages":[]}"#, json!({"model": "gpt-4o-mini", "messages": []})),
        (r#"{"model":"","messages":[]}"#, json!({"model": "gpt-4o-mini", "messages": []})),
        ("{}", json!({"model": "gpt-4o-mini"})),
        ("{ }", json!({"model": "gpt-4o-mini"})),
    ];
    for (sent, expected) in cases {
        let answer = scene.client().post("/v1/chat/completions", sent).send().await;
        assert_eq!(answer.status, 200, "{sent}");
        let all = scene.upstream.received();
        assert_eq!(all.last().expect("a request").json(), expected, "{sent}");
    }
}

#[tokio::test]
async fn missing_model_without_a_default_is_refused() {
    let config = "model_providers: [{model: openai/gpt-4o, access_key: k, base_url: URL}]";
    let scene = Scene::configured(Reply::json(200, ANSWER), config).await;
    for body in ["{}", r#"{"model":""}"#] {
        let message = refused_as_openai(
            scene.client().post("/v1/chat/completions", body).send().await,
            400,
            "model_required",
        );
        assert!(message.await.contains("default"));
        let answer = scene.client().post("/v1/messages", body).send().await;
        refused_as_anthropic(answer, 400, "model_required").await;
    }
    assert!(scene.upstream.received().is_empty());
}

#[tokio::test]
async fn unknown_model_is_told_with_the_nearest_names() {
    let scene = Scene::configured(Reply::json(200, ANSWER), NAMES).await;
    let body = r#"{"model":"arch.sumarize.v1","max_tokens":1,"messages":[]}"#;
    let openai = scene.client().post("/v1/chat/completions", body).send().await;
    let anthropic = scene.client().post("/v1/messages", body).send().await;
    for message in [
        refused_as_openai(openai, 404, "model_not_found").await,
        refused_as_anthropic(anthropic, 404, "model_not_found").await,
    ] {
        assert!(message.contains("arch.sumarize.v1") && message.contains("`arch.summarize.v1`"), "{message}");
    }
    assert!(scene.upstream.received().is_empty());
}

#[tokio::test]
async fn names_are_told_apart_by_case_and_by_provider() {
    let scene = Scene::configured(Reply::json(200, ANSWER), NAMES).await;
    for name in ["FAST", "fast ", "nobody/gpt-4o-mini", "groq/", "openai/", "/gpt-4o", "openai/fast"] {
        let answer =
            scene.client().post("/v1/chat/completions", json!({"model": name}).to_string()).send().await;
        refused_as_openai(answer, 404, "model_not_found").await;
    }
}

#[tokio::test]
async fn what_no_target_can_be_asked_is_refused_in_the_clients_dialect() {
    let scene = Scene::plain().await;
    for path in ["/v1/moderations", "/v1/completions", "/v1/images/generations", "/v1/embeddings"] {
        let answer = scene.client().post(path, r#"{"model":"creative","input":"x"}"#).send().await;
        let message = refused_as_openai(answer, 501, "dialect_not_served").await;
        assert!(message.contains("anthropic/claude-3-haiku"), "{message}");
    }
    assert!(scene.upstream.received().is_empty());
}

#[tokio::test]
async fn the_environment_says_which_overlay_holds() {
    let config = "listeners: [{port: 0}]
model_providers:
  - {model: demo/large}
  - {model: demo/small}
model_aliases:
  chat.v1: {target: large, env: {dev: {target: small}}}
env:
  prod: {}
";
    for (chosen, served) in [(None, "demo/large"), (Some("dev"), "demo/small"), (Some("prod"), "demo/large")]
    {
        let launched = launch(config);
        let launched = match chosen {
            Some(chosen) => launched.env("CALLSIGN_ENV", chosen),
            None => launched,
        };
        let gateway = launched.start().await;
        let asked = json!({"model": "chat.v1", "messages": [{"role": "user", "content": "q"}]});
        let answer = gateway.client().post("/v1/chat/completions", asked.to_string()).send().await;
        assert_eq!(answer.header("x-callsign-model"), Some(served), "{chosen:?}");
    }
    let ended = launch(config).env("CALLSIGN_ENV", "prd").ended().await;
    assert_eq!(ended.status.code(), Some(1), "{}", ended.stderr);
    assert!(ended.stderr.contains("did you mean `prod`?"), "{}", ended.stderr);
}
