//! Requests that go on, and those that must not.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Continued, PLEA, Prefill, request};
use crate::dialect::Operation;

use Operation::{ChatCompletions as Chat, Completions, Messages, Responses};

const ALL: [Prefill; 4] =
    [Prefill::Message, Prefill::MessageWithPrefix, Prefill::ContinueFinal, Prefill::Asked];

const BODY: &str =
    "{\"model\":\"m\", \"messages\": [ {\"role\":\"user\",\"content\":\"Hi\"} ] , \"stream\":true}\n";

fn body(operation: Operation, body: &str, text: &str, how: Prefill) -> Option<(String, String)> {
    let Continued { body, held } = request(operation, body.as_bytes(), text, how)?;
    Some((String::from_utf8(body).unwrap(), held))
}

#[test]
fn the_text_so_far_is_the_last_message() {
    let before = "{\"model\":\"m\", \"messages\": [ {\"role\":\"user\",\"content\":\"Hi\"} ";
    let after = "] , \"stream\":true}\n";
    for (operation, how, turns, held) in [
        (Chat, Prefill::Message, r#"{"role":"assistant","content":"\"So\"\n"}"#.to_owned(), ""),
        (
            Chat,
            Prefill::MessageWithPrefix,
            r#"{"role":"assistant","content":"\"So\"\n","prefix":true}"#.to_owned(),
            "",
        ),
        (
            Chat,
            Prefill::Asked,
            format!(r#"{{"role":"assistant","content":"\"So\"\n"}},{{"role":"user","content":"{PLEA}"}}"#),
            "",
        ),
        (Messages, Prefill::Message, r#"{"role":"assistant","content":"\"So\""}"#.to_owned(), "\n"),
        (
            Messages,
            Prefill::Asked,
            format!(r#"{{"role":"assistant","content":"\"So\"\n"}},{{"role":"user","content":"{PLEA}"}}"#),
            "",
        ),
    ] {
        let found = body(operation, BODY, "\"So\"\n", how).expect("safe");
        assert_eq!(found, (format!("{before},{turns}{after}"), held.to_owned()), "{operation:?} {how:?}");
    }
}

#[test]
fn vllm_is_told_with_two_switches() {
    let (told, _) = body(Chat, BODY, "So", Prefill::ContinueFinal).expect("safe");
    assert!(
        told.starts_with(
            "{\"continue_final_message\":true,\"add_generation_prompt\":false,\"model\":\"m\", "
        ),
        "{told}"
    );
    assert!(told.ends_with(",{\"role\":\"assistant\",\"content\":\"So\"}] , \"stream\":true}\n"), "{told}");
}

#[test]
fn a_prompt_grows() {
    let told = body(Completions, r#"{"prompt": "Once\u00e9" ,"n":1}"#, "\"upon\"\n", Prefill::Message);
    assert_eq!(told.expect("safe").0, r#"{"prompt": "Once\u00e9\"upon\"\n" ,"n":1}"#);
}

#[test]
fn without_text_the_request_is_the_clients() {
    for how in ALL {
        assert_eq!(body(Chat, BODY, "", how), Some((BODY.to_owned(), String::new())));
    }
    assert_eq!(body(Messages, BODY, " \n", Prefill::Message), Some((BODY.to_owned(), " \n".to_owned())));
}

/// A chat with one more member.
fn with(member: &str) -> String {
    format!(r#"{{{member},"messages":[{{"role":"user","content":"Hi"}}]}}"#)
}

#[test]
fn what_another_target_could_not_keep_up_is_refused() {
    for member in [
        r#""n":2"#,
        r#""best_of":3"#,
        r#""tool_choice":"required""#,
        r#""tool_choice":{"type":"function","function":{"name":"f"}}"#,
        r#""tool_choice":{"type":"any"}"#,
        r#""function_call":{"name":"f"}"#,
        r#""response_format":{"type":"json_object"}"#,
        r#""response_format":{"type":"json_schema","json_schema":{}}"#,
        r#""output_format":{"type":"json_schema"}"#,
        r#""output_config":{"format":{"type":"json_schema"}}"#,
        r#""thinking":{"type":"enabled","budget_tokens":1024}"#,
        r#""thinking":{"type":"adaptive"}"#,
        r#""enable_thinking":true"#,
        r#""chat_template_kwargs":{"enable_thinking":true}"#,
        r#""logprobs":true"#,
        r#""logprobs":5"#,
        r#""top_logprobs":2"#,
        r#""echo":true"#,
        r#""modalities":["text","audio"]"#,
        r#""audio":{"voice":"a"}"#,
        r#""guided_json":{"type":"object"}"#,
        r#""\u006e":2"#,
    ] {
        for how in ALL {
            assert_eq!(body(Chat, &with(member), "So", how), None, "{member} {how:?}");
            assert_eq!(body(Messages, &with(member), "So", how), None, "{member} {how:?}");
        }
    }
    for member in [r#""reasoning_effort":"high""#, r#""reasoning":{"effort":"high"}"#] {
        assert_eq!(body(Chat, &with(member), "So", Prefill::Message), None, "{member}");
        assert!(body(Chat, &with(member), "So", Prefill::Asked).is_some(), "{member}");
    }
    for member in [r#""add_generation_prompt":true"#, r#""continue_final_message":false"#] {
        assert_eq!(body(Chat, &with(member), "So", Prefill::ContinueFinal), None, "{member}");
        assert!(body(Chat, &with(member), "So", Prefill::Message).is_some(), "{member}");
    }
}

#[test]
fn what_does_not_matter_is_no_hindrance() {
    for member in [
        r#""n":1"#,
        r#""n":null"#,
        r#""tools":[{"type":"function"}],"tool_choice":"auto""#,
        r#""tool_choice":"none""#,
        r#""tool_choice":{"type":"auto"}"#,
        r#""response_format":{"type":"text"}"#,
        r#""thinking":{"type":"disabled"}"#,
        r#""logprobs":false"#,
        r#""top_logprobs":0"#,
        r#""modalities":["text"]"#,
        r#""output_config":{"effort":"low"}"#,
        r#""chat_template_kwargs":{"enable_thinking":false}"#,
        r#""temperature":0.2"#,
    ] {
        for how in ALL {
            assert!(body(Chat, &with(member), "So", how).is_some(), "{member} {how:?}");
        }
    }
}

#[test]
fn bodies_that_leave_nothing_to_go_on_from_are_refused() {
    for (operation, text) in [
        (Chat, r#"{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"S"}]}"#),
        (Messages, r#"{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"S"}]}"#),
        (Chat, r#"{"messages":[]}"#),
        (Chat, r#"{"messages":["Hi"]}"#),
        (Chat, r#"{"messages":"Hi"}"#),
        (Chat, r#"{"messages":[{"role":"user"}],"messages":[{"role":"user"}]}"#),
        (Chat, r#"{"model":"m"}"#),
        (Chat, "{"),
        (Chat, "[]"),
        (Completions, r#"{"prompt":["a","b"]}"#),
        (Completions, r#"{"prompt":[1,2]}"#),
        (Completions, r#"{"prompt":"a","suffix":"z"}"#),
        (Completions, r#"{"prompt":"a","echo":true}"#),
        (Completions, r#"{"prompt":"a","logprobs":0}"#),
        (Completions, r#"{"prompt":"a\ud83d"}"#),
        (Responses, r#"{"input":"a"}"#),
        (Operation::Embeddings, r#"{"input":"a"}"#),
    ] {
        for how in ALL {
            assert_eq!(body(operation, text, "So", how), None, "{operation:?} {text}");
        }
    }
}

proptest! {
    #[test]
    fn messages_are_the_clients_and_one_more(history in proptest::collection::vec(".{0,20}", 1..4), said in ".{1,40}") {
        let turns: Vec<Value> = history.iter().map(|text| json!({"role": "user", "content": text})).collect();
        let before = json!({"a": 1, "messages": turns, "z": {"messages": []}});
        for operation in [Chat, Messages] {
            let (told, held) = body(operation, &before.to_string(), &said, Prefill::Message).expect("safe");
            let mut after: Value = serde_json::from_str(&told).unwrap();
            let messages = after["messages"].as_array_mut().unwrap();
            if messages.len() > history.len() {
                let last = messages.pop().unwrap();
                prop_assert_eq!(&last["role"], "assistant");
                prop_assert_eq!(format!("{}{held}", last["content"].as_str().unwrap()), said.clone());
            } else {
                prop_assert_eq!(&held, &said);
            }
            prop_assert_eq!(after, before.clone());
        }
    }

    #[test]
    fn any_bytes_are_survived(body in proptest::collection::vec(any::<u8>(), 0..200), said in ".{0,10}") {
        for operation in [Chat, Completions, Messages, Responses] {
            request(operation, &body, &said, Prefill::ContinueFinal);
        }
    }
}
