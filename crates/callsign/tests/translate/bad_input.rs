//! Requests that cannot be understood: a clear 400 in the client's dialect, and nothing is sent.

use callsign_testkit::upstream::Upstream;
use callsign_wire::dialect::Dialect;
use callsign_wire::error_body;

use super::tongue::{TARGETS, entry, gateway, line, own, reply, streams};

#[tokio::test]
async fn mistakes_are_told_with_their_place() {
    for target in TARGETS {
        let upstream =
            Upstream::scripted(move |request| reply(target, &line("Yes."), streams(target, request))).await;
        let aliases = format!("  fast: {{target: {}/m}}\n", own(target));
        let gateway = gateway(&entry(target, "m", &upstream.url()), &aliases).await;
        for (client, path, body, place) in MISTAKES {
            if client == target {
                continue;
            }
            let answer = gateway.client().post(path, body).send().await;
            assert_eq!(answer.status, 400, "{client:?} to {target:?}: {body}");
            let told = answer.bytes().await;
            assert!(error_body::is_error(client, &told), "{client:?} to {target:?}: {told:?}");
            let message = error_body::words(&told).expect("words").message;
            assert!(message.contains(place), "{client:?} to {target:?}: `{place}` in {message}");
        }
        assert!(upstream.received().is_empty());
    }
}

const CHAT: &str = "/v1/chat/completions";
const RESPONSES: &str = "/v1/responses";
const MESSAGES: &str = "/v1/messages";
const CONTENT: &str = "/v1beta/models/fast:generateContent";

/// A client's dialect, path and body, and the place of its mistake.
const MISTAKES: [(Dialect, &str, &str, &str); 12] = [
    (
        Dialect::OpenAiChat,
        CHAT,
        r#"{"model":"fast","messages":[{"role":"wizard","content":"x"}]}"#,
        "messages[0].role",
    ),
    (Dialect::OpenAiChat, CHAT, r#"{"model":"fast","messages":"x"}"#, "messages"),
    (
        Dialect::OpenAiChat,
        CHAT,
        r#"{"model":"fast","messages":[{"role":"user","content":7}]}"#,
        "messages[0].content",
    ),
    (
        Dialect::OpenAiChat,
        CHAT,
        r#"{"model":"fast","messages":[{"role":"tool","tool_call_id":"a","content":"x"}]}"#,
        "messages[0]",
    ),
    (
        Dialect::OpenAiChat,
        CHAT,
        r#"{"model":"fast","messages":[{"role":"user","content":"x"}],"temperature":"hot"}"#,
        "temperature",
    ),
    (
        Dialect::OpenAiResponses,
        RESPONSES,
        r#"{"model":"fast","input":[{"type":"message","role":"wizard","content":"x"}]}"#,
        "input[0].role",
    ),
    (
        Dialect::OpenAiResponses,
        RESPONSES,
        r#"{"model":"fast","input":[{"type":"function_call_output","call_id":"a","output":"x"}]}"#,
        "input[0]",
    ),
    (
        Dialect::Anthropic,
        MESSAGES,
        r#"{"model":"fast","max_tokens":5,"messages":[{"role":"wizard","content":"x"}]}"#,
        "messages[0].role",
    ),
    (
        Dialect::Anthropic,
        MESSAGES,
        r#"{"model":"fast","max_tokens":5,"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":"x"}]}]}"#,
        "messages[0]",
    ),
    (
        Dialect::Anthropic,
        MESSAGES,
        r#"{"model":"fast","max_tokens":"many","messages":[{"role":"user","content":"x"}]}"#,
        "max_tokens",
    ),
    (
        Dialect::Gemini,
        CONTENT,
        r#"{"contents":[{"role":"wizard","parts":[{"text":"x"}]}]}"#,
        "contents[0].role",
    ),
    (Dialect::Gemini, CONTENT, r#"{"contents":7}"#, "contents"),
];
