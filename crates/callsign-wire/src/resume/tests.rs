//! What events say, and the mark on the last of them.

use std::borrow::Cow;

use bytes::Bytes;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Said, marked, said};
use crate::dialect::Operation;
use crate::frame::sse::Frame;

use Operation::{ChatCompletions as Chat, Completions, Messages, Responses};

fn text(text: &str) -> Said<'_> {
    Said::Text(Cow::Borrowed(text))
}

fn check(operation: Operation, data: &str, expected: &Said<'_>) {
    let frame = Frame::from(Bytes::from(format!("data: {data}\n\n")));
    assert_eq!(said(operation, &frame), *expected, "{operation:?}: {data}");
}

#[test]
fn chats_say_the_content_of_their_only_choice() {
    for (choices, expected) in [
        (r#"{"index":0,"delta":{"content":"a\n\u00e9\ud83d\ude00"}}"#, text("a\n\u{e9}\u{1f600}")),
        (r#"{"delta":{"role":"assistant","content":"a","tool_calls":[],"refusal":null}}"#, text("a")),
        (r#"{"index":0,"delta":{"role":"assistant","content":""}}"#, Said::Nothing),
        (r#"{"index":0,"delta":{},"finish_reason":"stop"}"#, Said::Finished),
        (r#"{"index":0,"delta":{"content":"end"},"finish_reason":"length"}"#, Said::Finished),
        (r#"{"index":0,"delta":{"content":"\ud83d"}}"#, Said::Unsafe),
        (r#"{"index":0,"delta":{"content":[{"type":"text","text":"a"}]}}"#, Said::Unsafe),
        (r#"{"index":0,"delta":{"content":"a","reasoning_content":"hm"}}"#, Said::Unsafe),
        (r#"{"index":0,"delta":{"tool_calls":[{"index":0}]}}"#, Said::Unsafe),
        (r#"{"index":0,"delta":{"tool_calls":[{"index":0}]},"finish_reason":"tool_calls"}"#, Said::Unsafe),
        (r#"{"index":0,"delta":{"refusal":"No"}}"#, Said::Unsafe),
        (r#"{"index":0,"delta":{"audio":{"data":"x"}}}"#, Said::Unsafe),
        (r#"{"index":1,"delta":{"content":"a"}}"#, Said::Unsafe),
        (r#"{"index":0,"delta":{"content":"a"}},{"index":1,"delta":{}}"#, Said::Unsafe),
        ("", Said::Nothing),
    ] {
        check(Chat, &format!(r#"{{"choices":[{choices}]}}"#), &expected);
    }
    for (data, expected) in [
        ("[DONE]", Said::Finished),
        (r#"{"error":{"message":"no"}}"#, Said::Nothing),
        (r#"{"usage":{}}"#, Said::Nothing),
        ("what", Said::Unsafe),
    ] {
        check(Chat, data, &expected);
    }
}

#[test]
fn events_without_data_say_nothing() {
    let frame = Frame::from(Bytes::from_static(b": comment\n\n"));
    for operation in [Chat, Completions, Messages, Responses] {
        assert_eq!(said(operation, &frame), Said::Nothing);
    }
}

#[test]
fn completions_say_their_text() {
    for (choice, expected) in [
        (r#"{"index":0,"text":" a"}"#, text(" a")),
        (r#"{"index":0,"text":"","finish_reason":null}"#, Said::Nothing),
        (r#"{"index":0,"text":"","finish_reason":"stop"}"#, Said::Finished),
        (r#"{"index":3,"text":"a"}"#, Said::Unsafe),
    ] {
        check(Completions, &format!(r#"{{"choices":[{choice}]}}"#), &expected);
    }
}

#[test]
fn messages_say_the_text_of_their_first_block() {
    for (data, expected) in [
        (r#"{"type":"message_start","message":{"content":[]}}"#, Said::Nothing),
        (r#"{"type":"ping"}"#, Said::Nothing),
        (
            r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
            Said::Nothing,
        ),
        (
            r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a\""}}"#,
            text("a\""),
        ),
        (r#"{"type":"content_block_stop","index":0}"#, Said::Nothing),
        (
            r#"{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"a"}}"#,
            Said::Unsafe,
        ),
        (
            r#"{"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}"#,
            Said::Unsafe,
        ),
        (
            r#"{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":""}}"#,
            Said::Unsafe,
        ),
        (
            r#"{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t"}}"#,
            Said::Unsafe,
        ),
        (
            r#"{"type":"content_block_delta","index":0,"delta":{"type":"citations_delta","citation":{}}}"#,
            Said::Unsafe,
        ),
        (r#"{"type":"message_delta","delta":{"stop_reason":null}}"#, Said::Nothing),
        (r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"}}"#, Said::Finished),
        (r#"{"type":"message_stop"}"#, Said::Finished),
        (r#"{"type":"error","error":{"type":"overloaded_error"}}"#, Said::Nothing),
    ] {
        check(Messages, data, &expected);
    }
}

#[test]
fn responses_say_their_output_text() {
    for (data, expected) in [
        (r#"{"type":"response.created","response":{}}"#, Said::Nothing),
        (r#"{"type":"response.output_item.added","item":{"type":"message"}}"#, Said::Nothing),
        (
            r#"{"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":"a"}"#,
            text("a"),
        ),
        (r#"{"type":"response.output_text.delta","output_index":1,"delta":"a"}"#, Said::Unsafe),
        (r#"{"type":"response.refusal.delta","delta":"a"}"#, Said::Unsafe),
        (r#"{"type":"response.output_item.added","item":{"type":"reasoning"}}"#, Said::Unsafe),
        (r#"{"type":"response.output_item.added","item":{"type":"function_call"}}"#, Said::Unsafe),
        (r#"{"type":"response.completed","response":{}}"#, Said::Finished),
    ] {
        check(Responses, data, &expected);
    }
    check(Operation::Other("/audio/speech"), "{}", &Said::Unsafe);
}

#[test]
fn the_mark_stands_first_in_the_data() {
    let mark = r#""callsign":{"resumed":{"model":"groq/\"x\"","after_characters":12}}"#;
    for (before, after, comma) in [
        ("data: {", "\"choices\":[]}\n\n", ","),
        ("event: message_delta\r\ndata:  {", " \"type\":\"message_delta\"}\r\n\r\n", ","),
        ("data: {", "}\n\n", ""),
        (": {\nid: {1}\ndata: {", "\"a\":\ndata: {\"b\":1}}\n\n", ","),
    ] {
        let told = marked(format!("{before}{after}").as_bytes(), "groq/\"x\"", 12);
        assert_eq!(String::from_utf8(told).unwrap(), format!("{before}{mark}{comma}{after}"));
    }
}

#[test]
fn what_has_no_place_for_a_mark_stays_as_it_is() {
    for raw in ["data: [DONE]\n\n", ": {}\n\n", "", "data: {\"a\":\n\n", "data: [{}]\n\n"] {
        assert_eq!(marked(raw.as_bytes(), "m", 1), raw.as_bytes(), "{raw}");
    }
}

proptest! {
    #[test]
    fn texts_come_out_as_they_were(words in ".{1,40}") {
        let chat = json!({"choices": [{"index": 0, "delta": {"content": words}}]}).to_string();
        check(Chat, &chat, &text(&words));
        let delta = json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": words}});
        check(Messages, &delta.to_string(), &text(&words));
    }

    #[test]
    fn marks_add_one_member(members in proptest::collection::hash_map("[a-z]{1,6}", ".{0,8}", 0..4), model in ".{0,12}") {
        let before = json!(members);
        let told = Frame::from(Bytes::from(marked(format!("data: {before}\n\n").as_bytes(), &model, 3)));
        let mut after: Value = serde_json::from_slice(&told.data.unwrap()).unwrap();
        let mark = after.as_object_mut().unwrap().remove("callsign").unwrap();
        prop_assert_eq!(mark, json!({"resumed": {"model": model, "after_characters": 3}}));
        prop_assert_eq!(after, before);
    }

    #[test]
    fn any_bytes_are_survived(raw in proptest::collection::vec(any::<u8>(), 0..200)) {
        marked(&raw, "m", 1);
        let frame = Frame::from(Bytes::from(raw));
        for operation in [Chat, Completions, Messages, Responses] {
            said(operation, &frame);
        }
    }
}
