//! Conversations that are kept: as they were masked, and looked at again with every turn.

use callsign_testkit::upstream::Upstream;
use callsign_wire::dialect::Dialect;
use serde_json::{Value, json};

use super::scene::{MAIL, MASKS, hides};
use super::tongue::{entry, line, own, reply, streams};

async fn respond(client: &callsign_testkit::client::Client, body: &Value) -> Value {
    let answer = client.post("/v1/responses", body.to_string()).send().await;
    let status = answer.status;
    let told = answer.json().await;
    assert_eq!(status, 200, "{told}");
    told
}

#[tokio::test]
async fn what_is_kept_is_masked() {
    for (guardrails, echo) in [(MASKS, "[EMAIL]"), ("content_filters: [{type: pii, restore: true}]", MAIL)] {
        for target in [Dialect::OpenAiChat, Dialect::Anthropic, Dialect::OpenAiResponses] {
            let token = if echo == MAIL { "[EMAIL_1]" } else { "[EMAIL]" };
            let upstream = Upstream::scripted(move |request| {
                reply(target, &line(&format!("I wrote to {token}.")), streams(target, request))
            });
            let upstream = upstream.await;
            let alias = format!("  fast: {{target: {}/m, guardrails: {{{guardrails}}}}}\n", own(target));
            let text = format!(
                "listeners: [{{type: model, name: main, port: 0}}]\nstate_storage: {{type: memory}}\nmodel_providers:\n{}model_aliases:\n{alias}",
                entry(target, "m", &upstream.url())
            );
            let gateway =
                callsign_testkit::gateway::Launch::new(env!("CARGO_BIN_EXE_callsign"), text).start().await;
            let client = gateway.client();
            let first =
                respond(&client, &json!({"model": "fast", "input": format!("Write to {MAIL}")})).await;
            assert_eq!(first["output"][0]["content"][0]["text"], format!("I wrote to {echo}."), "{first}");
            let id = first["id"].as_str().expect("an id");
            let kept = client.get(&format!("/v1/responses/{id}")).send().await.text().await;
            hides(&kept);
            let input = client.get(&format!("/v1/responses/{id}/input_items")).send().await.text().await;
            assert!(input.contains(token), "{input}");
            hides(&input);
            respond(&client, &json!({"model": "fast", "previous_response_id": id, "input": "And again"}))
                .await;
            let request = upstream.received().last().expect("a request").text();
            assert!(
                request.contains(&format!("I wrote to {token}.")) && request.contains("And again"),
                "{request}"
            );
            hides(&request);
        }
    }
}
