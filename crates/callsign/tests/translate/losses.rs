//! What cannot be carried is named, or refused where the alias says so.

use callsign_testkit::upstream::Upstream;
use callsign_wire::dialect::Dialect;
use callsign_wire::hub::event::{Event, More};
use callsign_wire::hub::extras::{Extras, Json};
use callsign_wire::hub::fold::unfold;
use serde_json::json;

use super::tongue::{entry, events, gateway, line, own, reply};

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

#[tokio::test]
async fn losses_stand_in_the_record_even_those_known_at_a_streams_end() {
    let target = Dialect::Anthropic;
    let upstream = Upstream::scripted(move |request| {
        let stream = request.json()["stream"] == true;
        if !stream {
            return reply(target, &line("Yes."), false);
        }
        let mut said = line("Yes.");
        said.dialect = target;
        let mut said = unfold(said);
        let details = Json::read(r#"{"type":"refusal"}"#).expect("JSON");
        let extras = Extras::of([("stop_details".to_owned(), details)]);
        said.insert(said.len() - 1, Event::More(More { tier: None, extras }));
        events(target, said)
    });
    let upstream = upstream.await;
    let aliases = format!("  easy: {{target: {}/m}}\n", own(target));
    let gateway = gateway(&entry(target, "m", &upstream.url()), &aliases).await;
    for (stream, header, record) in [(false, "seed", "seed"), (true, "seed", "seed, stop_details")] {
        let body = json!({"model": "easy", "seed": 7, "stream": stream, "messages": [{"role": "user", "content": "Hi"}]});
        let answer = gateway.client().post("/v1/chat/completions", body.to_string()).send().await;
        assert_eq!(answer.header("x-callsign-losses"), Some(header));
        let id = answer.header("x-callsign-request-id").expect("an id").to_owned();
        answer.text().await;
        let told = gateway.admin().get(&format!("/api/v1/exchanges/{id}")).send().await.json().await;
        assert_eq!(told["losses"], record, "{told}");
        gateway.logged(&format!("losses=\"{record}\"")).await;
    }
}
