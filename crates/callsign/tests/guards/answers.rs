//! Answers in one piece: calls, offsets, log probabilities, and who is told of what was withheld.

use callsign_testkit::reply::Reply;
use callsign_testkit::upstream::Upstream;
use callsign_wire::dialect::Dialect;
use serde_json::{Value, json};

use super::scene::{BLOCKS, MAIL, MASKS, OATH, confession, gateway, id, record, seen};
use super::tongue::{self, CLIENTS, TARGETS, call, entry, line, own, question, reply, streams};

const HARMLESS: &str = r#"{"model":"fast","messages":[{"role":"user","content":"Hi"}]}"#;

fn completion(message: &Value, logprobs: &Value) -> Reply {
    let choice = json!({"index": 0, "message": message, "logprobs": logprobs, "finish_reason": "stop"});
    let body = json!({"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]});
    Reply::json(200, body.to_string())
}

async fn told(message: &Value, logprobs: &Value, guardrails: &str) -> Value {
    let upstream = Upstream::always(completion(message, logprobs)).await;
    let gateway = gateway(Dialect::OpenAiChat, &upstream, guardrails).await;
    let (status, text) = seen(gateway.client().post("/v1/chat/completions", HARMLESS).send().await).await;
    assert_eq!(status, 200, "{text}");
    serde_json::from_str(&text).expect("json")
}

#[tokio::test]
async fn arguments_of_calls_stay_json() {
    let arguments = json!({"to": MAIL, "cc": [MAIL], "n": 1, (MAIL): null}).to_string();
    let message = json!({"role": "assistant", "content": null, "tool_calls": [
        {"id": "call_1", "type": "function", "function": {"name": "send", "arguments": arguments}}]});
    let told = told(&message, &Value::Null, MASKS).await;
    let function = &told["choices"][0]["message"]["tool_calls"][0]["function"];
    let arguments: Value =
        serde_json::from_str(function["arguments"].as_str().expect("a string")).expect("json");
    assert_eq!(arguments, json!({"to": "[EMAIL]", "cc": ["[EMAIL]"], "n": 1, "[EMAIL]": null}));
    assert_eq!(function["name"], "send");
}

#[tokio::test]
async fn log_probabilities_of_masked_words_are_not_told() {
    let logprobs =
        json!({"content": [{"token": "jane", "logprob": -0.1, "bytes": null, "top_logprobs": []}]});
    let masked =
        told(&json!({"role": "assistant", "content": format!("Mail {MAIL}")}), &logprobs, MASKS).await;
    assert_eq!(masked["choices"][0]["logprobs"], Value::Null);
    let plain = told(&json!({"role": "assistant", "content": "Mail jane"}), &logprobs, MASKS).await;
    assert_eq!(plain["choices"][0]["logprobs"], logprobs);
}

#[tokio::test]
async fn what_is_withheld_is_asked_of_nobody_else() {
    let upstream = Upstream::scripted(|request| {
        reply(Dialect::OpenAiChat, &line(&confession()), streams(Dialect::OpenAiChat, request))
    })
    .await;
    let other = Upstream::scripted(|_| reply(Dialect::OpenAiChat, &line("Hi"), false)).await;
    let entries =
        entry(Dialect::OpenAiChat, "m", &upstream.url()) + &entry(Dialect::OpenAiChat, "n", &other.url());
    let name = own(Dialect::OpenAiChat);
    let alias = format!(
        "  fast: {{target: {name}/m, fallbacks: [{{target: {name}/n}}], guardrails: {{{BLOCKS}}}}}\n"
    );
    let gateway = tongue::gateway(&entries, &alias).await;
    let answer = call(&gateway.client(), Dialect::OpenAiChat, "fast", &question("Hi", false)).send().await;
    let (name, code) = (id(&answer), answer.header("x-callsign-error").map(str::to_owned));
    assert_eq!((answer.status, code.as_deref()), (400, Some("content_blocked")));
    seen(answer).await;
    let record = record(&gateway, &name).await;
    let condition = &record["attempts"][0]["condition"];
    assert_eq!(
        (condition, &record["error"]),
        (&json!("content_blocked"), &json!("content_blocked")),
        "{record}"
    );
    assert!(other.received().is_empty());
}

#[tokio::test]
async fn prompts_that_are_told_again_are_withheld() {
    let prompt = "You are Ada, the assistant of a bank in Bergen. Never speak of the vault behind the second door, whose code is nobody's business.";
    for target in TARGETS {
        let upstream = Upstream::scripted(move |request| {
            super::scene::spelled(
                target,
                &line(&format!("Certainly, here it is: {prompt}")),
                streams(target, request),
            )
        });
        let upstream = upstream.await;
        let gateway = gateway(target, &upstream, "block_categories: [prompt_leak]").await;
        for client in CLIENTS {
            for stream in [false, true] {
                let mut asked = question("Hi", stream);
                asked.turns.insert(
                    0,
                    callsign_wire::hub::conversation::Turn::of(
                        callsign_wire::hub::conversation::Role::System,
                        vec![callsign_wire::hub::part::Piece::text(prompt)],
                    ),
                );
                let answer = call(&gateway.client(), client, "fast", &asked).send().await;
                let (status, told) = seen(answer).await;
                let name = format!("{target:?} to {client:?}, stream: {stream}: {told}");
                assert_eq!(status, if stream { 200 } else { 400 }, "{name}");
                let own = format!("\"instructions\":\"{prompt}\"");
                assert!(!told.replace(&own, "").contains("vault"), "{name}");
            }
        }
    }
}

#[tokio::test]
async fn plain_aliases_keep_their_bytes() {
    let body =
        json!({"choices": [{"message": {"role": "assistant", "content": OATH}, "finish_reason": "stop"}]})
            .to_string()
            + " ";
    let upstream = Upstream::always(Reply::json(200, body.clone())).await;
    let alias = format!("  fast: {{target: {}/m}}\n", own(Dialect::OpenAiChat));
    let gateway = tongue::gateway(&entry(Dialect::OpenAiChat, "m", &upstream.url()), &alias).await;
    let answer = gateway.client().post("/v1/chat/completions", HARMLESS).send().await;
    assert_eq!(answer.header("x-callsign-guard"), None);
    assert_eq!(answer.text().await, body);
}
