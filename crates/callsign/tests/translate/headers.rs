//! Headers that providers name differently.

use callsign_testkit::upstream::Upstream;
use callsign_wire::dialect::Dialect;
use serde_json::json;

use super::tongue::{call, entry, gateway, line, own, question, reply};

#[tokio::test]
async fn limits_and_ids_have_the_clients_names() {
    let answer = reply(Dialect::Anthropic, &line("Yes."), false)
        .header("request-id", "req_011")
        .header("anthropic-ratelimit-requests-limit", "50")
        .header("anthropic-ratelimit-requests-remaining", "49")
        .header("anthropic-ratelimit-requests-reset", "2020-01-01T00:00:00Z");
    let upstream = Upstream::always(answer).await;
    let aliases = format!("  fast: {{target: {}/m}}\n", own(Dialect::Anthropic));
    let gateway = gateway(&entry(Dialect::Anthropic, "m", &upstream.url()), &aliases).await;
    let client = gateway.client();
    let call = call(&client, Dialect::OpenAiChat, "fast", &question("Hi", false));
    let answer =
        call.header("x-stainless-lang", "python").header("openai-beta", "assistants=v2").send().await;
    assert_eq!(answer.header("x-request-id"), Some("req_011"));
    assert_eq!(answer.header("x-ratelimit-limit-requests"), Some("50"));
    assert_eq!(answer.header("x-ratelimit-remaining-requests"), Some("49"));
    assert_eq!(answer.header("x-ratelimit-reset-requests"), Some("0s"));
    for foreign in ["anthropic-ratelimit-requests-limit", "anthropic-ratelimit-requests-reset"] {
        assert_eq!(answer.header(foreign), None, "{foreign}");
    }
    let request = upstream.only();
    assert_eq!(request.header("anthropic-version"), Some("2023-06-01"));
    assert_eq!(request.header("content-type"), Some("application/json"));
    for foreign in ["x-stainless-lang", "openai-beta"] {
        assert_eq!(request.header(foreign), None, "{foreign}");
    }
}

#[tokio::test]
async fn limits_begin_anew_at_a_time_for_anthropics_clients() {
    let answer = reply(Dialect::OpenAiChat, &line("Yes."), false)
        .header("x-ratelimit-remaining-tokens", "7")
        .header("x-ratelimit-reset-tokens", "6m0s")
        .header("x-ratelimit-reset-requests", "soon");
    let upstream = Upstream::always(answer).await;
    let aliases = format!("  fast: {{target: {}/m}}\n", own(Dialect::OpenAiChat));
    let gateway = gateway(&entry(Dialect::OpenAiChat, "m", &upstream.url()), &aliases).await;
    let client = gateway.client();
    let answer = call(&client, Dialect::Anthropic, "fast", &question("Hi", false)).send().await;
    assert_eq!(answer.header("anthropic-ratelimit-tokens-remaining"), Some("7"));
    let reset = answer.header("anthropic-ratelimit-tokens-reset").expect("a time");
    assert!(reset.starts_with("20") && reset.ends_with('Z') && reset.len() == 20, "{reset}");
    for absent in
        ["anthropic-ratelimit-requests-reset", "x-ratelimit-reset-tokens", "x-ratelimit-reset-requests"]
    {
        assert_eq!(answer.header(absent), None, "{absent}");
    }
}

#[tokio::test]
async fn what_anthropics_clients_say_beside_a_request_stays_in_their_dialect() {
    for target in [Dialect::Bedrock, Dialect::OpenAiChat, Dialect::Gemini] {
        let upstream = Upstream::always(reply(target, &line("Yes."), false)).await;
        let aliases = format!("  fast: {{target: {}/m}}\n", own(target));
        let gateway = gateway(&entry(target, "m", &upstream.url()), &aliases).await;
        let client = gateway.client();
        let call = call(&client, Dialect::Anthropic, "fast", &question("Hi", false));
        let own = [("anthropic-version", "2023-06-01"), ("anthropic-beta", "context-1m-2025-08-07")];
        let call = own.into_iter().fold(call, |call, (name, value)| call.header(name, value));
        assert_eq!(call.send().await.status, 200);
        let request = upstream.only();
        for (name, _) in own {
            assert_eq!(request.header(name), None, "{name} at {target:?}");
        }
        if target == Dialect::Bedrock {
            let beyond = request.json()["additionalModelRequestFields"].clone();
            assert_eq!(beyond, json!({"anthropic_beta": ["context-1m-2025-08-07"]}));
        }
    }
}
