//! `POST /api/v1/guard`: what the operator is shown.

use callsign_testkit::reply::Reply;
use callsign_testkit::upstream::Upstream;
use callsign_wire::dialect::Dialect;
use serde_json::{Value, json};

use super::scene::{MAIL, OATH, gateway};

#[tokio::test]
async fn verdicts_say_what_is_found_and_what_an_alias_would_do() {
    let upstream = Upstream::always(Reply::json(200, "{}")).await;
    let guardrails = "block_categories: [profanity], content_filters: [{type: pii, apply_to: input}]";
    let gateway = gateway(Dialect::OpenAiChat, &upstream, guardrails).await;
    let judged = async |asked: Value| {
        let answer = gateway.admin().post("/api/v1/guard", asked.to_string()).send().await;
        (answer.status, answer.json().await)
    };
    let (status, told) = judged(json!({"text": format!("\u{e9} {MAIL}")})).await;
    assert_eq!((status, &told["rules"]), (200, &Value::Null));
    assert_eq!(told["findings"], json!([{"category": "pii", "kind": "email", "start": 2, "end": 22}]));
    assert!(told["jailbreak"]["hit"].is_boolean(), "{told}");
    let (_, told) = judged(json!({"text": format!("\u{e9} {MAIL}"), "alias": "fast"})).await;
    assert_eq!(
        (&told["rules"]["input"]["action"], &told["rules"]["input"]["text"]),
        (&json!("mask"), &json!("\u{e9} [EMAIL]"))
    );
    assert_eq!(told["rules"]["output"]["action"], "pass");
    let (_, told) = judged(json!({"text": OATH, "alias": "fast"})).await;
    assert_eq!(
        (&told["rules"]["output"]["action"], &told["rules"]["output"]["text"]),
        (&json!("block"), &Value::Null)
    );
    for (asked, code) in
        [(json!({"text": 1}), "invalid_request"), (json!({"text": "a", "alias": "fats"}), "model_not_found")]
    {
        let (status, told) = judged(asked).await;
        assert!(status >= 400 && told["error"]["code"] == code, "{told}");
    }
}
