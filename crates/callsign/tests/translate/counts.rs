//! How many tokens a question has, asked of every kind of target.

use callsign_testkit::client::Answer;
use callsign_testkit::reply::Reply;
use callsign_testkit::upstream::Upstream;
use callsign_wire::count;
use callsign_wire::dialect::{Dialect, Operation};
use serde_json::{Value, json};

use super::tongue::{KEY, entry, gateway, own};

/// The clients that can ask, and where.
const ASKERS: [(Dialect, &str); 3] = [
    (Dialect::OpenAiResponses, "/v1/responses/input_tokens"),
    (Dialect::Anthropic, "/v1/messages/count_tokens"),
    (Dialect::Gemini, "/v1beta/models/fast:countTokens"),
];

/// The targets that count in words of their own, and what they are asked for.
const COUNTERS: [(Dialect, Operation); 3] = [
    (Dialect::Anthropic, Operation::CountTokens),
    (Dialect::Gemini, Operation::CountContentTokens),
    (Dialect::Bedrock, Operation::CountConverseTokens),
];

const WORDS: &str = "How many tokens are these, and who would know?";

fn question(dialect: Dialect) -> Value {
    match dialect {
        Dialect::OpenAiResponses => json!({"model": "fast", "input": WORDS}),
        Dialect::Gemini => json!({"contents": [{"role": "user", "parts": [{"text": WORDS}]}]}),
        _ => json!({"model": "fast", "messages": [{"role": "user", "content": WORDS}]}),
    }
}

fn alias(targets: &[Dialect]) -> String {
    let names: Vec<String> = targets.iter().map(|target| format!("{}/m", own(*target))).collect();
    let fallbacks: Vec<String> = names[1..].iter().map(|name| format!("{{target: {name}}}")).collect();
    format!("  fast: {{target: {}, fallbacks: [{}]}}\n", names[0], fallbacks.join(", "))
}

/// The count that a client was told, and whether it is marked as an estimate.
async fn told(dialect: Dialect, answer: Answer) -> (u64, bool) {
    assert_eq!(answer.status, 200, "{dialect:?}");
    let estimate = answer.header("x-callsign-estimate").map(str::to_owned);
    assert!(estimate.as_deref().is_none_or(|names| names == "input_tokens"), "{estimate:?}");
    let body = answer.bytes().await;
    (count::tokens(dialect, &body).expect("a count"), estimate.is_some())
}

#[tokio::test]
async fn a_target_that_counts_is_asked_in_its_own_words() {
    for (target, asked) in COUNTERS {
        let upstream = Upstream::always(Reply::json(200, count::answer(target, 321))).await;
        let gateway = gateway(&entry(target, "m", &upstream.url()), &alias(&[target])).await;
        for (client, path) in ASKERS {
            let answer = gateway.client().post(path, question(client).to_string()).send().await;
            assert_eq!(told(client, answer).await, (321, false), "{client:?} to {target:?}");
            let request = upstream.received().last().expect("a request").clone();
            let path = asked.path().replace("{model}", "m");
            assert!(request.target.ends_with(&path), "{}", request.target);
            assert!(request.text().contains(WORDS), "{}", request.text());
            assert!(request.headers.iter().any(|(_, value)| value.contains(KEY)), "{:?}", request.headers);
        }
    }
}

#[tokio::test]
async fn vertex_is_asked_without_the_envelope_of_a_question() {
    let dialect = Dialect::Gemini;
    let upstream = Upstream::always(Reply::json(200, count::answer(dialect, 12))).await;
    let gateway = gateway(&entry(dialect, "m", &upstream.url()), &alias(&[dialect])).await;
    let (client, path) = ASKERS[2];
    let plain = question(client);
    let mut whole = plain.clone();
    whole["model"] = json!("models/fast");
    let asked = json!({"generateContentRequest": whole});
    let answer = gateway.client().post(path, asked.to_string()).send().await;
    assert_eq!(told(client, answer).await, (12, false));
    assert_eq!(upstream.only().json(), plain);
}

#[tokio::test]
async fn the_count_of_responses_is_passed_on_to_who_speaks_them() {
    let dialect = Dialect::OpenAiResponses;
    let upstream = Upstream::always(Reply::json(200, count::answer(dialect, 12))).await;
    let gateway = gateway(&entry(dialect, "m", &upstream.url()), &alias(&[dialect])).await;
    let (client, path) = ASKERS[0];
    let answer = gateway.client().post(path, question(client).to_string()).send().await;
    assert_eq!(told(client, answer).await, (12, false));
    assert_eq!(upstream.only().json(), json!({"model": "m", "input": WORDS}));
    assert!(upstream.only().target.ends_with("/responses/input_tokens"));
    // Others ask in other words, which it does not have.
    let (client, path) = ASKERS[1];
    let answer = gateway.client().post(path, question(client).to_string()).send().await;
    assert_eq!(told(client, answer).await, (18, true));
    assert_eq!(upstream.received().len(), 1);
}

#[tokio::test]
async fn vertex_is_asked_with_the_parts_of_a_request() {
    let upstream = Upstream::always(Reply::json(200, count::answer(Dialect::Gemini, 5))).await;
    let gateway = gateway(&entry(Dialect::Gemini, "m", &upstream.url()), &alias(&[Dialect::Gemini])).await;
    let mut question = question(Dialect::Anthropic);
    question["system"] = json!("Be brief.");
    gateway.client().post("/v1/messages/count_tokens", question.to_string()).send().await;
    let asked = upstream.only().json();
    let keys: Vec<&String> = asked.as_object().expect("an object").keys().collect();
    assert_eq!(keys, ["contents", "systemInstruction"], "{asked}");
}

#[tokio::test]
async fn a_target_that_cannot_count_is_not_even_asked() {
    let upstream = Upstream::always(Reply::json(200, "{}")).await;
    let url = upstream.url();
    let gateway = gateway(&entry(Dialect::OpenAiChat, "m", &url), &alias(&[Dialect::OpenAiChat])).await;
    let _nobody_there = upstream.kill().await;
    for (client, path) in ASKERS {
        let answer = gateway.client().post(path, question(client).to_string()).send().await;
        assert_eq!(answer.header("x-callsign-model"), Some("together_ai/m"));
        assert_eq!(answer.header("content-type"), Some("application/json"));
        let (tokens, estimated) = told(client, answer).await;
        // Eleven for the words, and seven for the message and the answer's opening.
        assert_eq!((tokens, estimated), (18, true), "{client:?}");
    }
}

#[tokio::test]
async fn a_target_that_says_it_does_not_count_is_estimated_for() {
    for (target, status, body) in [
        (Dialect::Anthropic, 404, r#"{"detail":"Not Found"}"#),
        (Dialect::Anthropic, 405, r#"{"detail":"Method Not Allowed"}"#),
        (Dialect::Anthropic, 501, ""),
        (Dialect::OpenAiResponses, 404, "404 page not found"),
        (Dialect::Bedrock, 400, r#"{"message":"The provided model doesn't support counting tokens."}"#),
    ] {
        let upstream = Upstream::always(Reply::json(status, body)).await;
        let gateway = gateway(&entry(target, "m", &upstream.url()), &alias(&[target])).await;
        let (client, path) = if target == Dialect::OpenAiResponses { ASKERS[0] } else { ASKERS[1] };
        let answer = gateway.client().post(path, question(client).to_string()).send().await;
        assert_eq!(told(client, answer).await, (18, true), "{target:?} {status}");
        assert_eq!(upstream.received().len(), 1);
    }
}

#[tokio::test]
async fn a_count_falls_back_like_any_other_request() {
    let missing = r#"{"type":"error","error":{"type":"not_found_error","message":"model: m"}}"#;
    for (status, body) in [(404, missing), (503, "{}"), (200, r#"{"error":{"message":"no"}}"#), (200, "[]")] {
        let first = Upstream::always(Reply::json(status, body)).await;
        let second = Upstream::always(Reply::json(200, count::answer(Dialect::Bedrock, 77))).await;
        let entries =
            entry(Dialect::Anthropic, "m", &first.url()) + &entry(Dialect::Bedrock, "m", &second.url());
        let gateway = gateway(&entries, &alias(&[Dialect::Anthropic, Dialect::Bedrock])).await;
        let (client, path) = ASKERS[2];
        let answer = gateway.client().post(path, question(client).to_string()).send().await;
        assert_eq!(answer.header("x-callsign-attempts"), Some("2"), "{status} {body}");
        assert_eq!(told(client, answer).await, (77, false), "{status} {body}");
    }
}

#[tokio::test]
async fn the_clients_mistakes_are_told_and_not_estimated() {
    let gateway =
        gateway(&entry(Dialect::OpenAiChat, "m", "http://127.0.0.1:9"), &alias(&[Dialect::OpenAiChat])).await;
    let body = json!({"model": "fast", "messages": [{"role": "user", "content": 7}]}).to_string();
    let answer = gateway.client().post("/v1/messages/count_tokens", body).send().await;
    assert_eq!(answer.status, 400);
    let told = answer.json().await;
    assert_eq!(told["error"]["type"], "invalid_request_error", "{told}");
    assert!(
        told["error"]["message"].as_str().is_some_and(|text| text.contains("messages[0].content")),
        "{told}"
    );
}
