//! What cannot be carried is named, or refused where the alias says so.

use callsign_testkit::upstream::Upstream;
use callsign_wire::dialect::Dialect;
use serde_json::json;

use super::tongue::{entry, gateway, line, own, reply};

#[tokio::test]
async fn losses_are_named_or_refused() {
    let target = Dialect::Anthropic;
    let upstream = Upstream::always(reply(target, &line("Yes."), false)).await;
    let aliases = format!(
        "  easy: {{target: {own}/m}}\n  strict: {{target: {own}/m, on_loss: refuse}}\n  outer: {{target: strict}}\n",
        own = own(target)
    );
    let gateway = gateway(&entry(target, "m", &upstream.url()), &aliases).await;
    let body = |model: &str, more: serde_json::Value| {
        let mut body = json!({"model": model, "messages": [{"role": "user", "content": "Hi"}]});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body.to_string()
    };
    let lossy = json!({"logit_bias": {"50256": -100}, "seed": 7});
    let answer = gateway.client().post("/v1/chat/completions", body("easy", lossy.clone())).send().await;
    assert_eq!(answer.status, 200);
    let losses = answer.header("x-callsign-losses").expect("losses").to_owned();
    assert!(losses.contains("logit_bias") && losses.contains("seed"), "{losses}");
    for model in ["strict", "outer"] {
        let answer = gateway.client().post("/v1/chat/completions", body(model, lossy.clone())).send().await;
        assert_eq!(answer.status, 400);
        assert_eq!(answer.header("x-callsign-error"), Some("translation_loss"));
        let told = answer.json().await;
        let message = told["error"]["message"].as_str().unwrap();
        assert!(message.contains("logit_bias") && message.contains("on_loss"), "{message}");
        let answer = gateway.client().post("/v1/chat/completions", body(model, json!({}))).send().await;
        assert_eq!((answer.status, answer.header("x-callsign-losses")), (200, None));
    }
    assert_eq!(upstream.received().len(), 3, "what is refused is not sent");
}
