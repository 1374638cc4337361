//! What is told of a response that was kept, to whom, and until when.

use callsign_testkit::client::Client;
use callsign_wire::dialect::Dialect;
use http::Method;
use serde_json::{Value, json};

use super::scene::{ANN, BOB, answering, ask, body, forgetful, id, look_up, refused, response, turn};

const TARGET: Dialect = Dialect::Anthropic;

#[tokio::test]
async fn response_is_told_as_it_was_answered() {
    let upstream = answering(TARGET).await;
    let gateway = forgetful(&[(TARGET, &upstream)]).await;
    for stream in [false, true] {
        let answered = turn(&gateway.client(), "I am Ann.", None, stream).await;
        let told = look_up(&gateway.client(), id(&answered)).await;
        assert_eq!(told.header("content-type"), Some("application/json"));
        assert!(told.header("x-callsign-request-id").is_some());
        assert_eq!(told.json().await, answered);
        let unversioned = gateway.client().get(&format!("/responses/{}", id(&answered)));
        let told = unversioned.header("authorization", &format!("Bearer {ANN}")).send().await;
        assert_eq!(told.json().await, answered);
        let streamed = look_up(&gateway.client(), &format!("{}?stream=true", id(&answered))).await;
        assert_eq!(refused(streamed, 400, "invalid_request").await["param"], "stream");
    }
}

#[tokio::test]
async fn input_items_are_those_of_the_turn_alone() {
    let upstream = answering(TARGET).await;
    let gateway = forgetful(&[(TARGET, &upstream)]).await;
    let first = turn(&gateway.client(), "I am Ann.", None, false).await;
    let second = json!({
        "model": "fast",
        "previous_response_id": id(&first),
        "input": [{"role": "user", "content": "Who am I?"}, {"role": "user", "content": [{"type": "input_text", "text": "Well?"}]}],
    });
    let second = response(ask(&gateway.client(), ANN, &second).await).await;
    let items =
        look_up(&gateway.client(), &format!("{}/input_items?order=asc", id(&second))).await.json().await;
    assert_eq!((&items["object"], &items["has_more"]), (&json!("list"), &json!(false)));
    let texts: Vec<_> =
        items["data"].as_array().expect("items").iter().map(|item| &item["content"][0]["text"]).collect();
    assert_eq!(texts, [&json!("Who am I?"), &json!("Well?")]);
    let latest =
        look_up(&gateway.client(), &format!("{}/input_items?limit=1", id(&second))).await.json().await;
    assert_eq!(
        (&latest["data"][0]["content"][0]["text"], &latest["has_more"]),
        (&json!("Well?"), &json!(true))
    );
    let wrong = look_up(&gateway.client(), &format!("{}/input_items?limit=0", id(&second))).await;
    assert_eq!(refused(wrong, 400, "invalid_request").await["param"], "limit");
}

#[tokio::test]
async fn deleted_response_is_gone_and_breaks_its_chain() {
    let upstream = answering(TARGET).await;
    let gateway = forgetful(&[(TARGET, &upstream)]).await;
    let client = gateway.client();
    let first = turn(&client, "I am Ann.", None, false).await;
    let second = turn(&client, "Who am I?", Some(id(&first)), false).await;
    let deleted = delete(&client, id(&first), ANN).await;
    assert_eq!(deleted, (200, json!({"id": id(&first), "object": "response", "deleted": true})));
    assert_eq!(delete(&client, id(&first), ANN).await.0, 404);
    refused(look_up(&client, id(&first)).await, 404, "response_not_found").await;
    refused(look_up(&client, &format!("{}/input_items", id(&first))).await, 404, "response_not_found").await;
    for gone in [id(&first), id(&second)] {
        let answer = ask(&client, ANN, &body("Sure?", Some(gone), false)).await;
        let error = refused(answer, 400, "previous_response_not_found").await;
        assert_eq!(error["param"], "previous_response_id");
        assert!(error["message"].as_str().is_some_and(|message| message.contains(gone)), "{error}");
    }
    assert_eq!(upstream.received().len(), 2, "nothing is asked of a target");
}

#[tokio::test]
async fn nobody_else_sees_a_response() {
    let upstream = answering(TARGET).await;
    let gateway = forgetful(&[(TARGET, &upstream)]).await;
    let client = gateway.client();
    let first = turn(&client, "I am Ann.", None, false).await;
    let path = format!("/v1/responses/{}", id(&first));
    for call in [client.get(&path).header("authorization", &format!("Bearer {BOB}")), client.get(&path)] {
        refused(call.send().await, 404, "response_not_found").await;
    }
    assert_eq!(delete(&client, id(&first), BOB).await.0, 404);
    let answer = ask(&client, BOB, &body("Who am I?", Some(id(&first)), false)).await;
    refused(answer, 400, "previous_response_not_found").await;
    let with_key = client.get(&path).header("x-api-key", ANN).send().await;
    assert_eq!(with_key.json().await, first, "the same credential in another header");
    assert_eq!(upstream.received().len(), 1);
}

#[tokio::test]
async fn without_a_credential_all_share_what_is_kept() {
    let upstream = answering(TARGET).await;
    let gateway = forgetful(&[(TARGET, &upstream)]).await;
    let call = gateway.client().post("/v1/responses", body("I am Ann.", None, false).to_string());
    let first = response(call.send().await).await;
    let told = gateway.client().get(&format!("/v1/responses/{}", id(&first))).send().await;
    assert_eq!(told.json().await, first);
    refused(look_up(&gateway.client(), id(&first)).await, 404, "response_not_found").await;
}

#[tokio::test]
async fn what_shall_not_be_stored_is_not() {
    let upstream = answering(TARGET).await;
    let gateway = forgetful(&[(TARGET, &upstream)]).await;
    for stream in [false, true] {
        let mut body = body("I am Ann.", None, stream);
        body["store"] = json!(false);
        let answered = response(ask(&gateway.client(), ANN, &body).await).await;
        assert_eq!(answered["store"], false);
        refused(look_up(&gateway.client(), id(&answered)).await, 404, "response_not_found").await;
        let next = super::scene::body("Who am I?", Some(id(&answered)), stream);
        let answer = ask(&gateway.client(), ANN, &next).await;
        refused(answer, 400, "previous_response_not_found").await;
    }
    let first = turn(&gateway.client(), "I am Ann.", None, false).await;
    let mut side = body("Who am I?", Some(id(&first)), false);
    side["store"] = json!(false);
    let side = response(ask(&gateway.client(), ANN, &side).await).await;
    assert_eq!(super::scene::told(TARGET, &upstream.received()[3]).len(), 3, "what was kept is gone on from");
    assert_eq!(look_up(&gateway.client(), id(&side)).await.status, 404);
}

#[tokio::test]
async fn other_methods_are_named() {
    let upstream = answering(TARGET).await;
    let gateway = forgetful(&[(TARGET, &upstream)]).await;
    for (path, allowed) in
        [("/v1/responses/resp_1", "GET, HEAD, DELETE"), ("/v1/responses/resp_1/input_items", "GET, HEAD")]
    {
        let answer = gateway.client().call(&Method::PUT, path).send().await;
        assert_eq!(answer.header("allow"), Some(allowed));
        refused(answer, 405, "method_not_allowed").await;
    }
    let answer = gateway.client().post("/v1/responses/resp_1/cancel", "{}").send().await;
    refused(answer, 404, "not_found").await;
}

async fn delete(client: &Client, id: &str, key: &str) -> (u16, Value) {
    let call = client.call(&Method::DELETE, &format!("/v1/responses/{id}"));
    let answer = call.header("authorization", &format!("Bearer {key}")).send().await;
    (answer.status, answer.json().await)
}
