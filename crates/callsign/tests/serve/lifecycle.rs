//! How a gateway starts or refuses to, and aliases on their way out.

use callsign_testkit::gateway::Launch;
use callsign_testkit::reply::Reply;

use super::scene::{CHAT, COMPLETION, Scene, launch, refused_as_openai};

const TWO_MODELS: &str = "model_providers:
  - {model: openai/gpt-4o-mini, access_key: $OPENAI_API_KEY, base_url: URL}
  - {model: openai/gpt-4o, access_key: $SOME_OTHER_KEY, base_url: URL}
model_aliases:
  fast: {target: gpt-4o-mini}
  smart: {target: gpt-4o}
";

#[tokio::test]
async fn missing_keys_stop_the_start_and_are_all_named() {
    let config = TWO_MODELS.replace("URL", "http://127.0.0.1:1");
    let config = format!("listeners: [{{port: 0}}]\n{config}");
    let ended = Launch::new(env!("CARGO_BIN_EXE_callsign"), config).ended().await;
    assert_eq!(ended.status.code(), Some(1), "{}", ended.stderr);
    for expected in ["OPENAI_API_KEY", "SOME_OTHER_KEY", ":3:", ":4:"] {
        assert!(ended.stderr.contains(expected), "`{expected}` is missing in\n{}", ended.stderr);
    }
}

#[tokio::test]
async fn allowed_missing_key_makes_its_target_unavailable_alone() {
    let upstream = callsign_testkit::upstream::Upstream::always(Reply::json(200, COMPLETION)).await;
    let launch = launch(&TWO_MODELS.replace("URL", &upstream.url())).arg("--allow-missing-keys");
    let gateway = launch.start().await;
    assert_eq!(gateway.client().post("/v1/chat/completions", CHAT).send().await.status, 200);
    let answer = gateway.client().post("/v1/chat/completions", r#"{"model":"smart"}"#).send().await;
    let message = refused_as_openai(answer, 503, "target_unavailable").await;
    assert!(message.contains("SOME_OTHER_KEY"), "{message}");
    assert_eq!(upstream.received().len(), 1);
    assert!(gateway.stderr().contains("SOME_OTHER_KEY"), "{}", gateway.stderr());
}

#[tokio::test]
async fn mistakes_stop_the_start() {
    let cases = [
        ("model_providers: [{model: openai/gpt-4o, acess_key: k}]", "access_key"),
        (
            "model_providers: [{model: openai/gpt-4o, access_key: k}]\nmodel_aliases: {a: {target: gpt-4}}",
            "gpt-4o",
        ),
        (
            "model_providers: [{model: openai/gpt-4o, access_key: k}]\nmodel_aliases: {a: {target: b}, b: {target: a}}",
            "a → b → a",
        ),
        ("", "model_providers"),
    ];
    for (config, expected) in cases {
        let ended = launch(config).ended().await;
        assert_eq!(ended.status.code(), Some(1), "{config}: {}", ended.stderr);
        assert!(ended.stderr.contains(expected), "{config}: {}", ended.stderr);
    }
}

#[tokio::test]
async fn features_of_later_versions_stop_the_start_and_name_the_line() {
    let aliases = ["a: {target: m, params: {drop: [temperature]}}", "a: {target: m, requires: [tools]}"];
    for alias in aliases {
        let config = format!(
            "listeners: [{{port: 0}}]
model_providers:
  - {{model: openai/m, access_key: k, price: {{input: 1, output: 1}}}}
  - {{model: openai/n, access_key: k}}
model_aliases:
  {alias}
"
        );
        let ended = launch(&config).ended().await;
        assert_eq!(ended.status.code(), Some(1), "{alias}: {}", ended.stderr);
        assert!(ended.stderr.contains("not served yet"), "{alias}: {}", ended.stderr);
        assert!(ended.stderr.contains(".yaml:6:"), "{alias}: {}", ended.stderr);
        assert!(!ended.stderr.contains("listening on"), "{alias}: {}", ended.stderr);
    }
}

#[tokio::test]
async fn routing_preferences_only_warn() {
    let config = "version: v0.4.0
model_providers: [{model: openai/m, access_key: k}]
routing_preferences: [{name: code, description: writing code, models: [openai/m]}]
";
    let gateway = launch(config).start().await;
    gateway.logged("routing_preferences").await;
}

#[tokio::test]
async fn key_never_appears_in_what_a_start_says() {
    let config = "model_providers: [{model: openai/m, access_key: sk-in-the-file-123, bse_url: x}]";
    let ended = launch(config).ended().await;
    assert_eq!(ended.status.code(), Some(1));
    assert!(!ended.stderr.contains("sk-in-the-file-123"), "{}", ended.stderr);
}

#[tokio::test]
async fn taken_port_is_named() {
    let scene = Scene::plain().await;
    let port = scene.gateway.address().port();
    let config = format!(
        "listeners: [{{name: x, port: {port}}}]\nmodel_providers: [{{model: openai/m, access_key: k}}]"
    );
    let ended = launch(&config).ended().await;
    assert_ne!(ended.status.code(), Some(0));
    assert!(ended.stderr.contains(&port.to_string()), "{}", ended.stderr);
    assert_eq!(scene.chat().await.status, 200);
}

const LEAVING: &str = "model_providers: [{model: openai/gpt-4o-mini, access_key: k, base_url: URL}]
model_aliases:
  new: {target: gpt-4o-mini}
  old: {target: gpt-4o-mini, deprecated: {since: 2024-01-01, sunset: 2099-12-31, successor: new}}
  over-old: {target: old}
  gone: {target: gpt-4o-mini, deprecated: {since: 2020-01-01, sunset: 2021-01-01, successor: new}}
  over-gone: {target: gone}
";

#[tokio::test]
async fn deprecated_alias_says_so_and_answers() {
    let scene = Scene::configured(Reply::json(200, COMPLETION), LEAVING).await;
    for name in ["old", "over-old"] {
        let answer =
            scene.client().post("/v1/chat/completions", format!(r#"{{"model":"{name}"}}"#)).send().await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("deprecation"), Some("@1704067200"));
        assert_eq!(answer.header("sunset"), Some("Thu, 31 Dec 2099 00:00:00 GMT"));
        let link = answer.header("link").expect("a link");
        assert!(link.contains("rel=\"successor-version\"") && link.contains("new"), "{link}");
    }
    let answer = scene.client().post("/v1/chat/completions", r#"{"model":"new"}"#).send().await;
    assert_eq!(
        (answer.header("deprecation"), answer.header("sunset"), answer.header("link")),
        (None, None, None)
    );
}

#[tokio::test]
async fn retired_alias_names_its_successor() {
    let scene = Scene::configured(Reply::json(200, COMPLETION), LEAVING).await;
    for name in ["gone", "over-gone"] {
        let answer =
            scene.client().post("/v1/chat/completions", format!(r#"{{"model":"{name}"}}"#)).send().await;
        let message = refused_as_openai(answer, 410, "model_retired").await;
        assert!(message.contains("`new`"), "{message}");
    }
    assert!(scene.upstream.received().is_empty());
}
