//! Plans and the playground: what would be, and what is, without a second way to either.

use callsign_testkit::client::Answer;
use serde_json::{Value, json};

use super::scene::{CONFIG, SECRET, ask, gateway, get};

async fn plan(gateway: &callsign_testkit::gateway::Gateway, text: &str) -> Value {
    let answer = gateway.admin().post("/api/v1/plan", text.to_owned()).send().await;
    assert_eq!(answer.status, 200);
    answer.json().await
}

#[tokio::test]
async fn plan_tells_what_would_change_and_changes_nothing() {
    let gateway = gateway().await;
    let same = plan(&gateway, &format!("{CONFIG}\nadmin: {{port: 0}}\n")).await;
    assert_eq!((&same["verdict"], &same["changes"]), (&json!("same"), &json!([])));
    let moved = plan(&gateway, &CONFIG.replace("75", "70").replace("25", "30")).await;
    assert_eq!((&moved["verdict"], &moved["valid"]), (&json!("changes"), &json!(true)));
    let found =
        moved["changes"].as_array().expect("a list").iter().find(|change| change["change"] == "moved");
    assert_eq!(found.expect("requests that move")["share_millionths"], 50_000);
    let loose = plan(&gateway, &CONFIG.replace("content_filters: [{type: pii}], ", "")).await;
    assert_eq!(loose["verdict"], "look_twice");
    let wrong = plan(&gateway, &CONFIG.replace("target: limited", "target: limted")).await;
    assert_eq!(
        (&wrong["valid"], &wrong["verdict"], &wrong["changes"]),
        (&json!(false), &json!("invalid"), &json!([]))
    );
    let first = &wrong["diagnostics"][0];
    assert_eq!(
        (&first["severity"], &first["code"], &first["line"]),
        (&json!("error"), &json!("unknown-target"), &json!(9))
    );
    assert_eq!(get(&gateway, "/api/v1/config").await["revision"], 1);
}

#[tokio::test]
async fn plan_reads_no_variable_out() {
    let gateway = gateway().await;
    for text in [
        CONFIG.replace("For everybody", "$OPENAI_API_KEY"),
        CONFIG.replace("For everybody", "a-${OPENAI_API_KEY}-b"),
        CONFIG.replace("model: demo/chatty", "model: demo/$OPENAI_API_KEY"),
        CONFIG.replace("target: limited,", "target: $OPENAI_API_KEY,"),
        CONFIG.replace("demo/other}", "demo/other, base_url: 'https://${OPENAI_API_KEY}.example.com'}"),
        CONFIG.replace("weight: 75", "weight: $OPENAI_API_KEY"),
        CONFIG.replace("demo/chatty", &format!("demo/chatty, access_ky: {SECRET}")),
    ] {
        let told = plan(&gateway, &text).await.to_string();
        assert!(!told.to_lowercase().contains(SECRET), "{told}");
    }
}

#[tokio::test]
async fn playground_is_what_a_client_would_see() {
    let gateway = gateway().await;
    let body = r#"{"model":"talk","stream":true,"messages":[{"role":"user","content":"Hi"}]}"#;
    let send = |path: &str| gateway.admin().post(path, body).header("origin", &gateway.admin_url());
    let answer = send("/api/v1/playground/v1/chat/completions").send().await;
    let headers = |answer: &Answer| {
        let names = ["content-type", "x-callsign-alias", "x-callsign-attempts"];
        names.map(|name| answer.header(name).map(ToOwned::to_owned))
    };
    assert_eq!(answer.status, 200);
    let seen = headers(&answer);
    let id = answer.header("x-callsign-request-id").expect("an id").to_owned();
    let text = answer.text().await;
    assert!(text.ends_with("data: [DONE]\n\n"), "{text}");
    let direct = gateway.client().post("/v1/chat/completions", body).send().await;
    assert_eq!(seen, headers(&direct));
    direct.text().await;
    assert_eq!(get(&gateway, &format!("/api/v1/exchanges/{id}")).await["alias"], "talk");
    let refused = gateway
        .admin()
        .post("/api/v1/playground/v1/messages", r#"{"model":"nobody","max_tokens":1,"messages":[]}"#);
    let refused = refused.send().await;
    assert_eq!((refused.status, refused.header("x-callsign-error")), (404, Some("model_not_found")));
    assert_eq!(refused.json().await["type"], "error", "in the client's dialect");
    ask(&gateway, "talk").await;
}
