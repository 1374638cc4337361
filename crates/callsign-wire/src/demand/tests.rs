//! What must hold of limits.

use proptest::prelude::*;

use super::*;

const CHAT: Operation = Operation::ChatCompletions;
const GEMINI: Operation = Operation::GenerateContent;

#[test]
fn demands_are_read_in_each_dialect() {
    for (operation, body, limit, copies, budget) in [
        (CHAT, r#"{"max_tokens":5}"#, Some(5), 1, None),
        (CHAT, r#"{"max_tokens":5,"max_completion_tokens":9,"n":3}"#, Some(9), 3, None),
        (CHAT, r#"{"max_tokens":null,"n":null}"#, None, 1, None),
        (CHAT, r#"{"max_tokens":1e2}"#, Some(100), 1, None),
        (Operation::Completions, r#"{"prompt":"a"}"#, Some(16), 1, None),
        (
            Operation::Completions,
            r#"{"prompt":["a","b"],"n":2,"best_of":3,"max_tokens":7}"#,
            Some(7),
            6,
            None,
        ),
        (CHAT, r#"{"max_tokens":5,"max_tokens":70,"n":1,"n":2}"#, Some(70), 2, None),
        (Operation::Completions, r#"{"prompt":[1,2,3]}"#, Some(16), 1, None),
        (Operation::Responses, r#"{"max_output_tokens":50}"#, Some(50), 1, None),
        (
            Operation::Messages,
            r#"{"max_tokens":9000,"thinking":{"type":"enabled","budget_tokens":4000}}"#,
            Some(9000),
            1,
            Some(4000),
        ),
        (GEMINI, r#"{"generationConfig":{"maxOutputTokens":8,"candidateCount":2}}"#, Some(8), 2, None),
        (GEMINI, r#"{"generation_config":{"max_output_tokens":"8"}}"#, Some(8), 1, None),
        (Operation::Converse, r#"{"inferenceConfig":{"maxTokens":8}}"#, Some(8), 1, None),
    ] {
        let demand = read(operation, body.as_bytes()).unwrap();
        assert_eq!((demand.limit, demand.copies, demand.budget), (limit, copies, budget), "{body}");
        assert_eq!(demand.unbounded, None, "{body}");
    }
    assert_eq!(read(CHAT, b"[]"), None);
}

#[test]
fn what_cannot_be_told_before_is_named() {
    for (operation, body, expected) in [
        (CHAT, r#"{"web_search_options":{"user_location":1}}"#, "web_search_options"),
        (CHAT, r#"{"web_search_options":{}}"#, "web_search_options"),
        (CHAT, r#"{"tools":[{"type":"function"},{"type":"web_search"}]}"#, "the tool `web_search`"),
        (Operation::Responses, r#"{"previous_response_id":"r"}"#, "previous_response_id"),
        (Operation::Responses, r#"{"prompt":{"id":"p"}}"#, "prompt"),
        (Operation::Responses, r#"{"input":[{"type":"item_reference","id":"x"}]}"#, "item_reference"),
        (Operation::Responses, r#"{"tools":[{"type":"file_search"}]}"#, "the tool `file_search`"),
        (
            Operation::Messages,
            r#"{"tools":[{"type":"web_search_20250305"}]}"#,
            "the tool `web_search_20250305`",
        ),
        (Operation::Messages, r#"{"mcp_servers":[{"url":"x"}]}"#, "mcp_servers"),
        (Operation::Messages, r#"{"speed":"fast"}"#, "speed"),
        (GEMINI, r#"{"tools":[{"googleSearch":{}}]}"#, "the tool `googleSearch`"),
        (GEMINI, r#"{"cachedContent":"cachedContents/1"}"#, "cachedContent"),
        (Operation::Converse, r#"{"guardrailConfig":{"guardrailIdentifier":"g"}}"#, "guardrailConfig"),
        (
            Operation::Converse,
            r#"{"additionalModelRequestFields":{"max_tokens":9}}"#,
            "additionalModelRequestFields.max_tokens",
        ),
    ] {
        assert_eq!(read(operation, body.as_bytes()).unwrap().unbounded.as_deref(), Some(expected), "{body}");
    }
    for (operation, body) in [
        (CHAT, r#"{"tools":[{"type":"function"},{"type":"custom"}],"web_search_options":null}"#),
        (
            Operation::Messages,
            r#"{"tools":[{"name":"a"},{"type":"custom"},{"type":"bash_20250124"}],"mcp_servers":[]}"#,
        ),
        (
            Operation::Responses,
            r#"{"previous_response_id":null,"input":[{"type":"message"}],"tools":[{"type":"local_shell"}]}"#,
        ),
        (GEMINI, r#"{"tools":[{"functionDeclarations":[]}]}"#),
        (Operation::Converse, r#"{"toolConfig":{"tools":[{"toolSpec":{}},{"cachePoint":{}}]}}"#),
    ] {
        assert_eq!(read(operation, body.as_bytes()).unwrap().unbounded, None, "{body}");
    }
}

#[test]
fn marks_of_caches_are_seen() {
    let body = br#"{"system":[{"cache_control":{"type":"ephemeral"}}]}"#;
    let demand = read(Operation::Messages, body).unwrap();
    assert_eq!((demand.cached, demand.hour), (true, false));
    let body = br#"{"system":[{"cache_control":{"type":"ephemeral","ttl":"1h"}}]}"#;
    assert!(read(Operation::Messages, body).unwrap().hour);
    assert!(!read(CHAT, body).unwrap().cached);
}

#[test]
fn limits_are_lowered_where_they_stand_and_nothing_else_changes() {
    let messages = Operation::Messages;
    for (operation, body, named, expected) in [
        (CHAT, r#"{ "max_tokens" : 32000, "x":1}"#, "max_tokens", r#"{ "max_tokens" : 2000, "x":1}"#),
        (
            CHAT,
            r#"{"max_tokens":9000,"max_completion_tokens":50,"n":2}"#,
            "max_tokens",
            r#"{"max_tokens":2000,"max_completion_tokens":50,"n":2}"#,
        ),
        (CHAT, r#"{"max_tokens":null}"#, "max_tokens", r#"{"max_tokens":2000}"#),
        (CHAT, r#"{"max_tokens":9000,"max_tokens":8000}"#, "", r#"{"max_tokens":2000,"max_tokens":2000}"#),
        (CHAT, r#"{"messages":[]}"#, "max_tokens", r#"{"max_tokens":2000,"messages":[]}"#),
        (
            CHAT,
            r#"{"messages":[]}"#,
            "max_completion_tokens",
            r#"{"max_completion_tokens":2000,"messages":[]}"#,
        ),
        (CHAT, "{}", "max_tokens", r#"{"max_tokens":2000}"#),
        (Operation::Responses, r#"{"input":"a"}"#, "max_tokens", r#"{"max_output_tokens":2000,"input":"a"}"#),
        (GEMINI, r#"{"contents":[]}"#, "", r#"{"generationConfig":{"maxOutputTokens":2000},"contents":[]}"#),
        (GEMINI, r#"{"generationConfig":{}}"#, "", r#"{"generationConfig":{"maxOutputTokens":2000}}"#),
        (
            GEMINI,
            r#"{"generation_config":{"top_k":1}}"#,
            "",
            r#"{"generation_config":{"maxOutputTokens":2000,"top_k":1}}"#,
        ),
        (GEMINI, r#"{"generationConfig":null}"#, "", r#"{"generationConfig":{"maxOutputTokens":2000}}"#),
        (
            Operation::Converse,
            r#"{"inferenceConfig":{"maxTokens":9000,"topP":1}}"#,
            "",
            r#"{"inferenceConfig":{"maxTokens":2000,"topP":1}}"#,
        ),
        (
            messages,
            r#"{"max_tokens":9000,"thinking":{"type":"enabled","budget_tokens":4000}}"#,
            "",
            r#"{"max_tokens":2000,"thinking":{"type":"enabled","budget_tokens":1984}}"#,
        ),
        (
            messages,
            r#"{"max_tokens":9000,"thinking":{"type":"enabled","budget_tokens":1500}}"#,
            "",
            r#"{"max_tokens":2000,"thinking":{"type":"enabled","budget_tokens":1500}}"#,
        ),
    ] {
        let lowered = lower(operation, body.as_bytes(), 2000, named).unwrap();
        assert_eq!(String::from_utf8(lowered).unwrap(), expected, "{body}");
    }
}

#[test]
fn thinking_is_not_lowered_below_what_its_maker_takes() {
    let body = br#"{"max_tokens":9000,"thinking":{"type":"enabled","budget_tokens":4000}}"#;
    assert_eq!(lower(Operation::Messages, body, 1039, ""), Err(Unfit::Thinking));
    assert!(lower(Operation::Messages, body, 1040, "").is_ok());
}

#[test]
fn texts_of_plain_requests_are_gathered() {
    let of = |operation, body: &str| {
        let (mut texts, tokens) = texts(operation, body.as_bytes());
        texts.sort();
        (texts.join("|"), tokens)
    };
    assert_eq!(
        of(Operation::Completions, r#"{"prompt":["a","b"],"suffix":"c","user":"d"}"#),
        ("a|b|c".into(), 0)
    );
    assert_eq!(of(Operation::Embeddings, r#"{"input":[[1,2,3],[4]]}"#), (String::new(), 4));
    assert_eq!(of(Operation::EmbedContent, r#"{"content":{"parts":[{"text":"a"}]}}"#), ("a".into(), 0));
}

fn bodies() -> impl Strategy<Value = (Operation, String)> {
    let value = prop_oneof![Just("null".to_owned()), (0..100_000_u32).prop_map(|number| number.to_string())];
    let name = prop::sample::select(vec!["max_tokens", "max_completion_tokens", "n", "messages"]);
    let chat = prop::collection::btree_map(name, value.clone(), 0..4).prop_map(|members| {
        let members: Vec<String> =
            members.iter().map(|(name, value)| format!("\"{name}\": {value}")).collect();
        (CHAT, format!("{{{}}}", members.join(",")))
    });
    let config = prop::sample::select(vec!["generationConfig", "generation_config"]);
    let gemini = (config, value.clone())
        .prop_map(|(config, value)| (GEMINI, format!(r#"{{"{config}":{{"maxOutputTokens":{value}}}}}"#)));
    let converse = value
        .prop_map(|value| (Operation::Converse, format!(r#"{{"inferenceConfig":{{"maxTokens":{value}}}}}"#)));
    prop_oneof![chat, gemini, converse]
}

proptest! {
    #[test]
    fn no_body_asks_for_more_than_it_was_lowered_to((operation, body) in bodies(), limit in 1..50_000_u64) {
        let lowered = lower(operation, body.as_bytes(), limit, "max_tokens").unwrap();
        let demand = read(operation, &lowered).unwrap();
        prop_assert!(demand.limit.is_some_and(|asked| asked <= limit), "{}", String::from_utf8_lossy(&lowered));
    }
}
