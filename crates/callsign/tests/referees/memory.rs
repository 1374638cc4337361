//! Verdicts that are remembered.

use callsign_testkit::reply::Reply;
use callsign_testkit::upstream::Upstream;
use serde_json::json;

use super::scene::{ASKED, FINE, Scene, chat, config};

fn guardrails(keys: &str) -> String {
    format!("{{content_filters: [{{type: webhook, url: 'REFEREE', apply_to: both{keys}}}]}}")
}

#[tokio::test]
async fn what_was_asked_before_is_not_asked_again() {
    for (keys, expected) in [("", 2), (", cache: 0s", 6)] {
        let scene = Scene::always(&guardrails(keys), Reply::json(200, FINE)).await;
        for _ in 0..3 {
            assert_eq!(scene.chat(ASKED).await.status, 200);
        }
        assert_eq!(scene.referee.received().len(), expected, "question and answer, {keys:?}");
        assert_eq!(scene.provider.received().len(), 3);
    }
}

#[tokio::test]
async fn a_refusal_is_remembered_and_a_failure_is_not() {
    let replies = [Reply::json(500, "{}"), Reply::json(200, r#"{"flagged": true}"#), Reply::json(200, FINE)];
    let scene = Scene::of(&guardrails(""), Upstream::sequence(replies).await).await;
    for status in [503, 400, 400, 400] {
        assert_eq!(scene.chat(ASKED).await.status, status);
    }
    assert_eq!(scene.referee.received().len(), 2);
    assert_eq!(scene.chat("something else").await.status, 200);
}

#[tokio::test]
async fn a_new_configuration_remembers_and_another_check_asks_anew() {
    let scene = Scene::always(&guardrails(""), Reply::json(200, FINE)).await;
    let urls = [&*scene.provider.url(), &*scene.referee.url()];
    for (config, expected) in [
        (config(&guardrails(""), urls), 2),
        (config(&guardrails(""), urls) + "  more: {target: fast}\n", 2),
        (config(&guardrails(", form: openai_moderation, action: flag"), urls), 3),
    ] {
        scene.gateway.rewrite(&(config + "\nadmin: {port: 0}\n"));
        let told = scene.gateway.admin().post("/api/v1/reload", "").send().await;
        let (status, told) = (told.status, told.text().await);
        assert_eq!(status, 200, "{told}");
        scene.post("/v1/chat/completions", &chat(ASKED)).await;
        let asked = scene.asked();
        assert_eq!(asked.len(), expected, "{asked:?}");
        assert!(expected < 3 || asked[2] == json!({"input": ASKED}), "{asked:?}");
    }
}
