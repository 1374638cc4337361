//! Referees that say nothing, or nothing that could be understood.

use callsign_testkit::reply::Reply;
use callsign_testkit::upstream::Upstream;
use serde_json::json;

use super::scene::{ASKED, SAID, Scene, completion, refused};

fn guardrails(kind: &str, side: &str, on_failure: &str) -> String {
    format!("{{content_filters: [{{{kind}, timeout: 300ms, apply_to: {side}}}], on_failure: {on_failure}}}")
}

const WEBHOOK: &str = "type: webhook, url: 'REFEREE'";
const MODERATION: &str = "type: webhook, url: 'REFEREE', form: openai_moderation";
const MODEL: &str = "type: model, alias: guard";

/// Each with who is asked so.
fn failures() -> Vec<(&'static str, Reply)> {
    let json = |body: &str| Reply::json(200, body.to_owned());
    let said = |said: &str| Reply::json(200, completion(said));
    vec![
        (WEBHOOK, Reply::silence()),
        (WEBHOOK, Reply::abort()),
        (WEBHOOK, Reply::json(500, r#"{"flagged": false}"#)),
        (WEBHOOK, Reply::json(302, r#"{"flagged": false}"#).header("location", "/elsewhere")),
        (WEBHOOK, json("")),
        (WEBHOOK, json(r#"{"flagged": "no"}"#)),
        (WEBHOOK, json(r#"{"results": [{"flagged": false}]}"#)),
        (WEBHOOK, json(r#"{"flagged": false"#)),
        (WEBHOOK, Reply::stream().data(r#"{"flagged": false"#).stall()),
        (MODERATION, json(r#"{"flagged": false}"#)),
        (MODERATION, json(r#"{"results": []}"#)),
        (MODEL, Reply::silence()),
        (MODEL, Reply::json(404, r#"{"error": {"message": "no such model"}}"#)),
        (MODEL, said("I cannot judge that.")),
        (MODEL, said("safe to say that it is not")),
        (MODEL, said("")),
    ]
}

#[tokio::test]
async fn what_cannot_be_checked_does_not_pass() {
    for (kind, reply) in failures() {
        let what = format!("{kind} {reply:?}");
        for side in ["input", "output"] {
            let scene = Scene::always(&guardrails(kind, side, "refuse"), reply.clone()).await;
            let answer = scene.chat(ASKED).await;
            assert_eq!(answer.status, 503, "{side} {what}");
            let message = refused(answer, 503, "guard_failed").await;
            assert!(message.contains("on_failure: allow"), "{message}");
            assert_eq!(scene.provider.received().len(), usize::from(side == "output"), "{what}");
            scene.gateway.logged("a check outside has failed").await;
            assert!(!scene.gateway.stderr().contains("lighthouse"));
        }
    }
}

#[tokio::test]
async fn what_cannot_be_checked_passes_where_that_is_allowed() {
    for (kind, reply) in failures() {
        let what = format!("{kind} {reply:?}");
        let scene = Scene::always(&guardrails(kind, "both", "allow"), reply).await;
        let answer = scene.chat(ASKED).await;
        assert_eq!(answer.status, 200, "{what}");
        let found = answer.header("x-callsign-guard").expect("it is told").to_owned();
        assert!(found.contains("input flag") && found.contains("check_failed"), "{found}");
        assert_eq!(answer.json().await["choices"][0]["message"]["content"], SAID, "{what}");
    }
}

#[tokio::test]
async fn a_stream_whose_check_fails_does_not_look_finished() {
    let scene = Scene::always(&guardrails(WEBHOOK, "output", "refuse"), Reply::json(500, "{}")).await;
    let request = json!({"model": "fast", "stream": true, "messages": [{"role": "user", "content": ASKED}]});
    let text = scene.post("/v1/chat/completions", &request).await.text().await;
    assert!(text.contains("guard_failed") && !text.contains("keeper") && !text.contains("[DONE]"), "{text}");
}

#[tokio::test]
async fn one_that_flags_outweighs_one_that_fails() {
    let away = Upstream::always(Reply::abort()).await;
    let both = format!(
        "{{content_filters: [{{{WEBHOOK}}}, {{type: webhook, url: '{}'}}], on_failure: allow}}",
        away.url()
    );
    let scene = Scene::always(&both, Reply::json(200, r#"{"flagged": true}"#)).await;
    refused(scene.chat(ASKED).await, 400, "content_blocked").await;
}
