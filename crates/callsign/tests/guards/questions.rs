//! What becomes of requests: masked, blocked, flagged, and told in the client's dialect, the record and the header.

use callsign_testkit::reply::Reply;
use callsign_testkit::upstream::Upstream;
use callsign_wire::dialect::Dialect;
use serde_json::{Value, json};

use super::scene::{ATTEMPT, BLOCKS, CARD, MAIL, MASKS, OATH, gateway, hides, id, key, record, seen};
use super::tongue::{self, CLIENTS, call, entry, line, own, question, reply};

async fn target() -> Upstream {
    Upstream::scripted(|_| reply(Dialect::OpenAiChat, &line("Hi"), false)).await
}

#[tokio::test]
async fn every_client_is_refused_in_its_dialect_and_never_told_the_text() {
    let upstream = target().await;
    let gateway = gateway(Dialect::OpenAiChat, &upstream, BLOCKS).await;
    for client in CLIENTS {
        let asked = question(&format!("Mail {MAIL} and use {}.", key()), false);
        let answer = call(&gateway.client(), client, "fast", &asked).send().await;
        let (name, code) = (id(&answer), answer.header("x-callsign-error").map(str::to_owned));
        let (status, told) = seen(answer).await;
        assert_eq!((status, code.as_deref()), (400, Some("content_blocked")), "{told}");
        let words = serde_json::from_str::<Value>(&told).expect("json");
        let message = words["error"]["message"].as_str().expect("a message");
        assert!(
            message.contains("`fast`") && message.contains("pii (`email`)") && message.contains("secrets ("),
            "{message}"
        );
        let record = record(&gateway, &name).await;
        hides(&record.to_string());
        assert_eq!((&record["error"], &record["ended"]), (&json!("content_blocked"), &json!("refused")));
        assert_eq!(record["attempts"], json!([]));
        let found =
            json!({"category": "pii", "kind": "email", "action": "block", "direction": "input", "count": 1});
        assert!(record["guard"].as_array().expect("findings").contains(&found), "{record}");
    }
    assert!(upstream.received().is_empty());
    hides(&gateway.stderr());
}

#[tokio::test]
async fn flags_are_noted_and_nothing_changes() {
    let upstream = target().await;
    let gateway =
        gateway(Dialect::OpenAiChat, &upstream, "content_filters: [{type: pii, action: flag}]").await;
    let answer =
        call(&gateway.client(), Dialect::OpenAiChat, "fast", &question(&format!("{MAIL}, {MAIL}"), false))
            .send()
            .await;
    assert_eq!(answer.header("x-callsign-guard"), Some("input flag pii/email 2"));
    assert!(upstream.only().text().contains(MAIL));
}

#[tokio::test]
async fn attempts_to_read_the_prompt_are_blocked_where_users_and_tools_speak() {
    let upstream = target().await;
    let gateway = gateway(Dialect::OpenAiChat, &upstream, "block_categories: [prompt_leak]").await;
    for (role, blocked) in [("user", true), ("tool", true), ("system", false), ("assistant", false)] {
        let body = json!({"model": "fast", "messages": [
            {"role": "assistant", "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
            {"role": role, "tool_call_id": "c", "content": ATTEMPT},
            {"role": "user", "content": "Hi"},
        ]});
        let answer = gateway.client().post("/v1/chat/completions", body.to_string()).send().await;
        let expected = if blocked { (400, Some("content_blocked")) } else { (200, None) };
        assert_eq!((answer.status, answer.header("x-callsign-error")), expected, "{role}");
    }
}

#[tokio::test]
async fn nothing_but_the_texts_changes() {
    let upstream = target().await;
    let gateway = gateway(Dialect::OpenAiChat, &upstream, MASKS).await;
    let body = |mail: &str, oath: &str| {
        format!(
            r#"{{ "messages" : [ {{"content":"a \u00e9 {mail} {oath}","role":"user"}} ] ,"seed":1.0,"model":"fast", "x":[ 1.50 ,true]}}"#
        )
    };
    gateway.client().post("/v1/chat/completions", body("jane.doe\\u0040example.com", OATH)).send().await;
    let expected = body("[EMAIL]", "****").replace("\\u00e9", "\u{e9}").replace("\"fast\"", "\"m\"");
    assert_eq!(upstream.only().text(), expected);
}

#[tokio::test]
async fn tokens_and_kept_conversations_cannot_be_looked_at() {
    let upstream = target().await;
    let gateway = gateway(Dialect::OpenAiChat, &upstream, MASKS).await;
    for (path, body) in [
        ("/v1/embeddings", r#"{"model":"fast","input":[1,2,3]}"#),
        ("/v1/embeddings", r#"{"model":"fast","input":[[1],[2]]}"#),
        ("/v1/completions", r#"{"model":"fast","prompt":[1,2]}"#),
        ("/v1/responses", r#"{"model":"fast","input":"a","conversation":"conv_1"}"#),
        ("/v1/responses", r#"{"model":"fast","input":"a","previous_response_id":"resp_of_somebody"}"#),
        ("/v1/chat/completions", r#"{"model":"fast","messages":[],"modalities":["text","audio"]}"#),
        ("/v1beta/models/fast:streamGenerateContent", r#"{"contents":[{"parts":[{"text":"Hi"}]}]}"#),
    ] {
        let answer = gateway.client().post(path, body).send().await;
        assert_eq!((answer.status, answer.header("x-callsign-error")), (400, Some("not_guarded")), "{body}");
    }
    assert!(upstream.received().is_empty());
}

#[tokio::test]
async fn aliases_that_may_be_led_to_are_as_strict_as_the_strictest() {
    let upstream = target().await;
    let name = own(Dialect::OpenAiChat);
    let aliases = format!(
        "  plain: {{target: {name}/m}}\n  strict: {{target: {name}/m, guardrails: {{block_categories: [pii]}}}}\n  \
         outer: {{target: strict, guardrails: {{content_filters: [{{type: pii}}]}}}}\n  \
         maybe: {{targets: [{{model: plain, weight: 100}}, {{model: strict, weight: 0}}]}}\n  \
         last: {{target: plain, fallbacks: [{{target: strict}}]}}\n"
    );
    let gateway = tongue::gateway(&entry(Dialect::OpenAiChat, "m", &upstream.url()), &aliases).await;
    for (alias, status) in [("plain", 200), ("strict", 400), ("outer", 400), ("maybe", 400), ("last", 400)] {
        let answer = call(&gateway.client(), Dialect::OpenAiChat, alias, &question(MAIL, false)).send().await;
        assert_eq!(answer.status, status, "{alias}");
    }
}

#[tokio::test]
async fn large_bodies_are_masked_too() {
    let upstream = target().await;
    let gateway = gateway(Dialect::OpenAiChat, &upstream, MASKS).await;
    let long = format!("{} {CARD} {}", "plain words ".repeat(20_000), "and more ".repeat(20_000));
    let answer = call(&gateway.client(), Dialect::OpenAiChat, "fast", &question(&long, false)).send().await;
    assert_eq!(answer.header("x-callsign-guard"), Some("input mask pii/credit_card 1"));
    assert!(upstream.only().text().contains("words  [CREDIT_CARD] and"));
}

#[tokio::test]
async fn who_asks_stays_who_it_was() {
    let targets = [target().await, target().await];
    let entries: String = targets
        .iter()
        .enumerate()
        .map(|(at, upstream)| entry(Dialect::OpenAiChat, &format!("m{at}"), &upstream.url()))
        .collect();
    let name = own(Dialect::OpenAiChat);
    let alias = format!(
        "  fast: {{targets: [{{model: {name}/m0, weight: 50}}, {{model: {name}/m1, weight: 50}}], sticky: {{by: user}}, guardrails: {{{MASKS}}}}}\n"
    );
    let gateway = tongue::gateway(&entries, &alias).await;
    for number in 0..40 {
        let body = json!({"model": "fast", "user": format!("user{number}@example.com"), "messages": [{"role": "user", "content": "Hi"}]});
        assert_eq!(gateway.client().post("/v1/chat/completions", body.to_string()).send().await.status, 200);
    }
    for upstream in targets {
        let received = upstream.received();
        assert!(received.len() > 5, "masked users are still many: {}", received.len());
        assert!(received.iter().all(|request| request.json()["user"] == "[EMAIL]"));
    }
}

#[tokio::test]
async fn errors_that_repeat_what_was_said_are_masked() {
    let told = json!({"error": {"message": format!("cannot parse `{MAIL}`"), "type": "invalid_request_error", "code": null}});
    let upstream = Upstream::always(Reply::json(400, told.to_string())).await;
    for guardrails in [MASKS, BLOCKS] {
        let gateway = gateway(Dialect::OpenAiChat, &upstream, guardrails).await;
        for client in CLIENTS {
            let answer = call(&gateway.client(), client, "fast", &question("Hi", false)).send().await;
            let (status, told) = seen(answer).await;
            assert!(status == 400 && told.contains("cannot parse `[EMAIL]`"), "{told}");
        }
    }
}
