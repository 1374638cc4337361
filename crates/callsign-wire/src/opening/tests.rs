//! First events and whole answers of each dialect.

use bytes::Bytes;
use proptest::prelude::*;

use super::{Opening, event, looks_whole, whole};
use crate::dialect::Operation;
use crate::frame::sse::Frame;

use Operation::{ChatCompletions as Chat, Completions, CountTokens, Embeddings, Messages, Responses};

const SPEECH: Operation = Operation::Other("/audio/speech");
const TRANSCRIPTION: Operation = Operation::Other("/audio/transcriptions");
const RERANK: Operation = Operation::Other("/rerank");

fn check_events(cases: &[(Operation, &str, Opening)]) {
    for (operation, raw, expected) in cases {
        let frame = Frame::from(Bytes::from(format!("{raw}\n\n")));
        assert_eq!(event(*operation, &frame), *expected, "{operation:?}: {raw}");
        let windows = Frame::from(Bytes::from(format!("{raw}\n\n").replace('\n', "\r\n")));
        assert_eq!(event(*operation, &windows), *expected, "{operation:?} with CR LF: {raw}");
    }
}

fn data(json: &str) -> String {
    format!("data: {json}")
}

/// A chat's chunk of one choice.
fn chunk(choice: &str) -> String {
    data(&format!(r#"{{"id":"c","object":"chat.completion.chunk","choices":[{{"index":0,{choice}}}]}}"#))
}

#[test]
fn chunks_of_chats_without_a_word_are_waited_past() {
    for choice in [
        r#""delta":{"role":"assistant"},"finish_reason":null"#,
        r#""delta":{"role":"assistant","content":"","refusal":null},"logprobs":null,"finish_reason":null"#,
        r#""delta":{"role":"assistant","content":null,"reasoning_content":null,"tool_calls":[]}"#,
        r#""delta":{"content":"","channel":"analysis"}"#,
        r#""delta":{}"#,
        r#""finish_reason":null"#,
    ] {
        check_events(&[(Chat, &chunk(choice), Opening::Nothing)]);
    }
    for raw in [
        r#"data: {"choices":[],"usage":{"prompt_tokens":1}}"#,
        r#"data: {"choices":[],"prompt_filter_results":[{"prompt_index":0,"content_filter_results":{}}]}"#,
        r#"data: {"choices":[{"delta":{},"finish_reason":null}],"error":null}"#,
        "data: {}",
        ": OPENROUTER PROCESSING",
        "event: ping",
        "id: 7\nretry: 100",
    ] {
        check_events(&[(Chat, raw, Opening::Nothing)]);
    }
}

#[test]
fn chunks_of_chats_with_something_begin_the_answer() {
    for choice in [
        r#""delta":{"content":"H"},"finish_reason":null"#,
        r#""delta":{"content":[{"type":"thinking"}]}"#,
        r#""delta":{"role":"assistant","content":"","reasoning_content":"Hm"}"#,
        r#""delta":{"reasoning":"Hm"}"#,
        r#""delta":{"reasoning_details":[{"text":"Hm"}]}"#,
        r#""delta":{"refusal":"No"}"#,
        r#""delta":{"tool_calls":[{"index":0,"function":{"name":"f"}}]}"#,
        r#""delta":{"function_call":{"name":"f"}}"#,
        r#""delta":{"audio":{"id":"a"}}"#,
        r#""delta":{"content":"","images":[{"type":"image_url"}]}"#,
        r#""delta":{"\u0063ontent":"escaped key"}"#,
        r#""delta":{},"finish_reason":"stop""#,
        r#""delta":{"content":"H"},"finish_reason":"content_filter""#,
    ] {
        check_events(&[(Chat, &chunk(choice), Opening::Meaningful)]);
    }
    let second = data(r#"{"choices":[{"index":0,"delta":{}},{"index":1,"delta":{"content":"B"}}]}"#);
    check_events(&[(Chat, &second, Opening::Meaningful)]);
}

#[test]
fn chats_fail_in_many_forms() {
    check_events(&[
        (Chat, r#"data: {"error":{"message":"no","code":429}}"#, Opening::Error),
        (Chat, r#"data: {"error":"no"}"#, Opening::Error),
        (
            Chat,
            r#"data: {"id":"c","choices":[{"delta":{"content":"x"}}],"error":{"code":502}}"#,
            Opening::Error,
        ),
        (Chat, r#"data: {"object":"error","message":"no","code":400}"#, Opening::Error),
        (Chat, "event: error\ndata: {\"message\":\"no\"}", Opening::Error),
        (Chat, "event: error\ndata: no", Opening::Error),
        (Chat, &chunk(r#""delta":{"content":""},"finish_reason":"error""#), Opening::Error),
        (Chat, &chunk(r#""delta":{},"finish_reason":"content_filter""#), Opening::Filtered),
        (Chat, "data: [DONE]", Opening::End),
        (Chat, "data:[DONE] ", Opening::End),
        (Chat, "data: [DONE", Opening::Unreadable),
        (Chat, "data: ", Opening::Unreadable),
        (Chat, "data: hello", Opening::Unreadable),
        (Chat, "data: [1]", Opening::Unreadable),
        (Chat, "data: \"x\"", Opening::Unreadable),
        (Chat, r#"data: {"choices":[{"delta":{"content":"H"}}"#, Opening::Unreadable),
        (Chat, "data: {\"choices\":[{\"delta\":\ndata: {\"content\":\"two lines\"}}]}", Opening::Meaningful),
    ]);
}

#[test]
fn completions_speak_in_text() {
    check_events(&[
        (Completions, r#"data: {"choices":[{"text":"","finish_reason":null}]}"#, Opening::Nothing),
        (Completions, r#"data: {"choices":[{"text":"a"}]}"#, Opening::Meaningful),
        (Completions, r#"data: {"choices":[{"text":"","finish_reason":"length"}]}"#, Opening::Meaningful),
        (
            Completions,
            r#"data: {"choices":[{"text":"","finish_reason":"content_filter"}]}"#,
            Opening::Filtered,
        ),
        (Completions, r#"data: {"error":{"message":"no"}}"#, Opening::Error),
    ]);
}

/// Checks events of the Messages API, each given as its data.
fn check_messages(cases: &[(&str, Opening)]) {
    for (json, expected) in cases {
        check_events(&[(Messages, &data(json), *expected)]);
    }
}

#[test]
fn blocks_of_messages_begin_with_their_first_piece() {
    let start =
        |block: &str| data(&format!(r#"{{"type":"content_block_start","index":0,"content_block":{block}}}"#));
    let delta = |delta: &str| data(&format!(r#"{{"type":"content_block_delta","index":0,"delta":{delta}}}"#));
    check_events(&[
        (Messages, &start(r#"{"type":"text","text":""}"#), Opening::Nothing),
        (Messages, &start(r#"{"type":"thinking","thinking":"","signature":""}"#), Opening::Nothing),
        (Messages, &start(r#"{"type":"text","text":"a"}"#), Opening::Meaningful),
        (Messages, &start(r#"{"type":"tool_use","id":"t","input":{}}"#), Opening::Meaningful),
        (Messages, &start(r#"{"type":"redacted_thinking","data":"x"}"#), Opening::Meaningful),
        (Messages, &delta(r#"{"type":"text_delta","text":""}"#), Opening::Nothing),
        (Messages, &delta(r#"{"type":"text_delta","text":"a"}"#), Opening::Meaningful),
        (Messages, &delta(r#"{"type":"thinking_delta","thinking":"a"}"#), Opening::Meaningful),
        (Messages, &delta(r#"{"type":"input_json_delta","partial_json":""}"#), Opening::Meaningful),
    ]);
    let named = "event: content_block_delta\ndata: {\"delta\":{\"type\":\"text_delta\",\"text\":\"a\"}}";
    check_events(&[(Messages, named, Opening::Meaningful)]);
}

#[test]
fn messages_say_how_they_go() {
    check_messages(&[
        (r#"{"type":"message_start","message":{"content":[],"stop_reason":null}}"#, Opening::Nothing),
        (r#"{"type":"ping"}"#, Opening::Nothing),
        (r#"{"type":"content_block_stop","index":0}"#, Opening::Nothing),
        (r#"{"type":"message_delta","delta":{"stop_reason":null}}"#, Opening::Nothing),
        (r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"}}"#, Opening::Meaningful),
        (r#"{"type":"message_delta","delta":{"stop_reason":"refusal"}}"#, Opening::Filtered),
        (r#"{"type":"message_stop"}"#, Opening::Meaningful),
        (r#"{"type":"error","error":{"type":"overloaded_error"}}"#, Opening::Error),
        (r#"{"type":"error"}"#, Opening::Error),
        (r#"{"type":"unheard_of","text":"error"}"#, Opening::Nothing),
        ("oops", Opening::Unreadable),
    ]);
    check_events(&[(Messages, "event: ping\ndata: {}", Opening::Nothing)]);
}

#[test]
fn responses_begin_with_their_first_piece() {
    let incomplete = |reason: &str, output: &str| {
        data(&format!(
            r#"{{"type":"response.incomplete","response":{{"status":"incomplete","incomplete_details":{{"reason":"{reason}"}},"output":{output}}}}}"#
        ))
    };
    check_events(&[
        (
            Responses,
            r#"data: {"type":"response.created","response":{"status":"in_progress","error":null}}"#,
            Opening::Nothing,
        ),
        (Responses, r#"data: {"type":"response.in_progress","response":{"error":null}}"#, Opening::Nothing),
        (
            Responses,
            r#"data: {"type":"response.output_item.added","item":{"type":"message","content":[]}}"#,
            Opening::Nothing,
        ),
        (
            Responses,
            r#"data: {"type":"response.output_item.added","item":{"type":"reasoning","summary":[]}}"#,
            Opening::Nothing,
        ),
        (
            Responses,
            r#"data: {"type":"response.output_item.added","item":{"type":"function_call","name":"f"}}"#,
            Opening::Meaningful,
        ),
        (
            Responses,
            r#"data: {"type":"response.content_part.added","part":{"type":"output_text","text":""}}"#,
            Opening::Nothing,
        ),
        (Responses, r#"data: {"type":"response.output_text.delta","delta":"a"}"#, Opening::Meaningful),
        (Responses, "event: response.output_text.delta\ndata: {\"delta\":\"a\"}", Opening::Meaningful),
        (
            Responses,
            r#"data: {"type":"response.output_item.done","item":{"type":"message"}}"#,
            Opening::Meaningful,
        ),
        (
            Responses,
            r#"data: {"type":"response.completed","response":{"status":"completed"}}"#,
            Opening::Meaningful,
        ),
        (
            Responses,
            r#"data: {"type":"response.failed","response":{"status":"failed","error":{"code":"server_error"}}}"#,
            Opening::Error,
        ),
        (Responses, r#"data: {"type":"error","code":"server_error","message":"no"}"#, Opening::Error),
        (Responses, &incomplete("content_filter", "[]"), Opening::Filtered),
        (Responses, &incomplete("content_filter", r#"[{"type":"message"}]"#), Opening::Meaningful),
        (Responses, &incomplete("max_output_tokens", "[]"), Opening::Meaningful),
        (Responses, r#"data: {"type":"response.incomplete"}"#, Opening::Meaningful),
    ]);
}

#[test]
fn other_streams_begin_with_anything() {
    check_events(&[
        (TRANSCRIPTION, r#"data: {"type":"transcript.text.delta","delta":"a"}"#, Opening::Meaningful),
        (SPEECH, "data: AAAA", Opening::Meaningful),
        (SPEECH, r#"data: {"error":{"message":"no"}}"#, Opening::Error),
        (SPEECH, ": comment", Opening::Nothing),
        (SPEECH, "data: [DONE]", Opening::End),
    ]);
}

fn check_whole(operation: Operation, cases: &[(&str, Opening)]) {
    for (body, expected) in cases {
        assert_eq!(whole(operation, body.as_bytes()), *expected, "{operation:?}: {body}");
    }
}

#[test]
fn whole_chats_are_told_by_their_choices() {
    for (choice, expected) in [
        (
            r#""message":{"content":"a \"content_filter\" of \"error\""},"finish_reason":"stop""#,
            Opening::Meaningful,
        ),
        (r#""message":{"content":""},"finish_reason":"stop""#, Opening::Meaningful),
        (r#""message":{"content":"","refusal":null},"finish_reason":"content_filter""#, Opening::Filtered),
        (r#""finish_reason":"content_filter","content_filter_results":{}"#, Opening::Filtered),
        (r#""message":{"content":"so far"},"finish_reason":"content_filter""#, Opening::Meaningful),
        (r#""message":{"content":""},"finish_reason":"error","error":{"code":502}"#, Opening::Error),
        (r#""message":{"tool_calls":[{"type":"error"}]},"finish_reason":"tool_calls""#, Opening::Meaningful),
        (r#""message":{"content":"","annotations":"error"},"finish_reason":null"#, Opening::Meaningful),
    ] {
        let body = format!(r#"{{"id":"c","choices":[{{"index":0,{choice}}}],"usage":{{}}}}"#);
        check_whole(Chat, &[(&body, expected)]);
    }
    check_whole(
        Completions,
        &[
            (r#"{"choices":[{"text":"","finish_reason":"content_filter"}]}"#, Opening::Filtered),
            (r#"{"choices":[{"text":"a","finish_reason":"content_filter"}]}"#, Opening::Meaningful),
        ],
    );
}

#[test]
fn whole_answers_that_are_none_are_found() {
    check_whole(
        Chat,
        &[
            ("\n\n  {\"choices\":[{}]}\n", Opening::Meaningful),
            (r#"{"error":{"message":"no"}}"#, Opening::Error),
            (r#"{"error":"no"}"#, Opening::Error),
            (r#"{"\u0065rror":"no"}"#, Opening::Error),
            (r#"{"object":"error","message":"no"}"#, Opening::Error),
            ("", Opening::Unreadable),
            (" \n", Opening::Unreadable),
            ("<html>", Opening::Unreadable),
            ("[{\"error\":{}}]", Opening::Unreadable),
            (r#"{"choices":[{"message":{"content":"a"#, Opening::Unreadable),
            (r#"{"choices":[]}{"choices":[]}"#, Opening::Unreadable),
        ],
    );
}

#[test]
fn whole_messages_and_responses_are_told_from_failures() {
    check_whole(
        Messages,
        &[
            (r#"{"type":"message","content":[],"stop_reason":"refusal"}"#, Opening::Filtered),
            (r#"{"content":[{"type":"text","text":""}],"stop_reason":"refusal"}"#, Opening::Filtered),
            (r#"{"content":[{"type":"text","text":"a"}],"stop_reason":"refusal"}"#, Opening::Meaningful),
            (r#"{"content":[],"stop_reason":"end_turn"}"#, Opening::Meaningful),
            (r#"{"type":"error","error":{"type":"api_error"}}"#, Opening::Error),
        ],
    );
    let incomplete = |reason: &str| {
        format!(r#"{{"status":"incomplete","incomplete_details":{{"reason":"{reason}"}},"output":[]}}"#)
    };
    check_whole(
        Responses,
        &[
            (r#"{"object":"response","status":"completed","error":null,"output":[]}"#, Opening::Meaningful),
            (r#"{"object":"response","status":"failed","error":null}"#, Opening::Error),
            (r#"{"status":"failed","error":{"code":"server_error"}}"#, Opening::Error),
            (&incomplete("content_filter"), Opening::Filtered),
            (&incomplete("max_output_tokens"), Opening::Meaningful),
        ],
    );
}

/// What the quick look passes, the close one passes.
#[test]
fn whole_answer_holds_what_its_clients_read_first() {
    let cases: [(Operation, &[&str], &[&str]); 8] = [
        (
            Chat,
            &[r#"{"choices":[{}]}"#, r#"{"choices" : [ {"message":{"content":null}}]}"#],
            &[
                "{}",
                r#"{"choices":[]}"#,
                "{\"choices\": [\n]}",
                r#"{"choices":null}"#,
                r#"{"choices":{}}"#,
                r#"{"id":"c","usage":{}}"#,
                r#"{"x":"choices","y":[1]}"#,
            ],
        ),
        (Completions, &[r#"{"choices":[{"text":""}]}"#], &["{}", r#"{"choices":[]}"#]),
        (
            Messages,
            &[
                r#"{"content":[{"type":"text","text":""}]}"#,
                r#"{"content":[],"stop_reason":"end_turn"}"#,
                r#"{"stop_reason":"max_tokens","content":[]}"#,
            ],
            &[
                "{}",
                r#"{"content":[]}"#,
                r#"{"content":[],"stop_reason":null}"#,
                r#"{"content":"a","stop_reason":"end_turn"}"#,
                r#"{"stop_reason":"end_turn"}"#,
            ],
        ),
        (
            Responses,
            &[r#"{"status":"queued","output":[]}"#, r#"{"output":[{"type":"message"}],"error":null}"#],
            &["{}", r#"{"output":null}"#, r#"{"status":"completed"}"#],
        ),
        (Embeddings, &[r#"{"data":[{"embedding":[0.5]}]}"#, r#"{"data":[]}"#], &["{}", r#"{"data":null}"#]),
        (CountTokens, &[r#"{"input_tokens":0}"#], &["{}", r#"{"input_tokens":null}"#, r#"{"tokens":7}"#]),
        (
            Operation::GenerateContent,
            &[r#"{"candidates":[{"content":{"role":"model"}}]}"#],
            &["{}", r#"{"candidates":[]}"#, r#"{"usageMetadata":{"totalTokenCount":3}}"#],
        ),
        (RERANK, &["{}", r#"{"results":[]}"#], &[]),
    ];
    for (operation, answers, others) in cases {
        for (bodies, expected) in [(answers, Opening::Meaningful), (others, Opening::Nothing)] {
            for body in bodies {
                assert_eq!(whole(operation, body.as_bytes()), expected, "{operation:?}: {body}");
                let passes = looks_whole(operation, body.as_bytes());
                assert!(!passes || expected == Opening::Meaningful, "{operation:?}: {body}");
            }
        }
    }
}

#[test]
fn error_that_says_nothing_is_none() {
    let answers = [
        (Chat, r#""choices":[{"message":{"content":"a"}}]"#),
        (Messages, r#""content":[{"type":"text","text":"a"}]"#),
        (Responses, r#""output":[{"type":"message"}]"#),
        (Embeddings, r#""data":[]"#),
        (CountTokens, r#""input_tokens":7"#),
        (RERANK, r#""results":[]"#),
    ];
    let errors = [
        ("null", Opening::Meaningful),
        (r#""""#, Opening::Meaningful),
        ("false", Opening::Meaningful),
        ("{}", Opening::Meaningful),
        ("{ }", Opening::Meaningful),
        ("true", Opening::Error),
        (r#""no""#, Opening::Error),
        (r#"{"code":502}"#, Opening::Error),
    ];
    for (operation, answer) in answers {
        for (error, expected) in errors {
            for body in
                [format!("{{\"error\":{error},{answer}}}"), format!("{{{answer},\"error\": {error}}}")]
            {
                assert_eq!(whole(operation, body.as_bytes()), expected, "{operation:?}: {body}");
                let passes = looks_whole(operation, body.as_bytes());
                assert!(!passes || expected == Opening::Meaningful, "{operation:?}: {body}");
            }
        }
    }
    check_events(&[
        (Chat, &data(r#"{"error":{},"choices":[{"delta":{"content":"a"}}]}"#), Opening::Meaningful),
        (Chat, &data(r#"{"error":""}"#), Opening::Nothing),
    ]);
}

#[test]
fn whole_answers_of_other_operations_have_forms_of_their_own() {
    check_whole(
        Embeddings,
        &[
            (r#"{"data":[],"status":"failed"}"#, Opening::Meaningful),
            (r#"{"error":{"message":"no"}}"#, Opening::Error),
            ("no", Opening::Unreadable),
        ],
    );
    check_whole(
        RERANK,
        &[(r#"[{"index":0,"score":0.5}]"#, Opening::Meaningful), ("\"no\"", Opening::Unreadable)],
    );
    check_whole(SPEECH, &[("\u{1}\u{2}RIFF", Opening::Meaningful), ("", Opening::Unreadable)]);
    check_whole(
        TRANSCRIPTION,
        &[
            ("Hello there.", Opening::Meaningful),
            ("{laughs} Hello.", Opening::Meaningful),
            (r#"{"text":""}"#, Opening::Meaningful),
            (r#"{"text":"cut of"#, Opening::Unreadable),
            (r#"{"error":{"message":"no"}}"#, Opening::Error),
        ],
    );
}

#[test]
fn a_quick_look_lets_nothing_through_that_failed() {
    for (operation, body) in [
        (Chat, ""),
        (Chat, "<html>"),
        (Chat, "[]"),
        (Chat, "{}"),
        (Chat, r#"{"choices":["#),
        (Chat, r#"{"choices":[{}],"error":{"code":1}}"#),
        (Chat, r#"{"choices":[{}],"object":"error"}"#),
        (Chat, r#"{"choices":[{"finish_reason":"error"}]}"#),
        (Chat, r#"{"choices":[{"finish_reason":"content_filter"}]}"#),
        (Messages, r#"{"content":[{}],"stop_reason":"refusal"}"#),
        (Responses, r#"{"output":[{}],"status":"failed"}"#),
        (Responses, r#"{"output":[{}],"status":"incomplete"}"#),
        (TRANSCRIPTION, r#"{"text":"a"}"#),
    ] {
        assert!(!looks_whole(operation, body.as_bytes()), "{operation:?}: {body}");
    }
}

/// Otherwise an ordinary answer would be read twice.
#[test]
fn a_quick_look_is_enough_for_ordinary_answers() {
    for (operation, body) in [
        (Chat, r#"{"choices":[{"message":{"content":"\"error\"","refusal":null},"finish_reason":"stop"}]}"#),
        (Messages, r#"{"content":[{"type":"text","text":"an error"}],"stop_reason":"end_turn"}"#),
        (Responses, r#"{"status":"completed","error":null,"output":[{"status":"completed"}]}"#),
        (Embeddings, r#"{"object":"list","data":[{"embedding":[0.1,0.2]}]}"#),
        (CountTokens, r#"{"input_tokens": 2095}"#),
        (RERANK, "{}"),
    ] {
        assert!(looks_whole(operation, body.as_bytes()), "{operation:?}: {body}");
    }
}

/// Bytes that are likely to mean something.
fn scraps() -> impl Strategy<Value = Vec<u8>> {
    let scrap = prop_oneof![
        Just(b"data: ".to_vec()),
        Just(b"event: error\n".to_vec()),
        Just(b"\n".to_vec()),
        Just(br#"{"choices":[{"delta":{"content":"a"}}]}"#.to_vec()),
        Just(br#"{"type":"message_delta","delta":{"stop_reason":"#.to_vec()),
        Just(br#""refusal""#.to_vec()),
        Just(b"}}".to_vec()),
        proptest::collection::vec(any::<u8>(), 0..8),
    ];
    proptest::collection::vec(scrap, 0..12).prop_map(|scraps| scraps.concat())
}

proptest! {
    #[test]
    fn any_bytes_have_an_opening(bytes in scraps()) {
        let frame = Frame::from(Bytes::from(bytes.clone()));
        for operation in [Chat, Completions, Messages, Responses, Embeddings, SPEECH] {
            event(operation, &frame);
            let readable = whole(operation, &bytes) != Opening::Unreadable;
            let is_object = serde_json::from_slice::<std::collections::HashMap<String, &serde_json::value::RawValue>>(&bytes).is_ok();
            prop_assert!(readable || !is_object);
        }
        let chat = whole(Chat, &bytes);
        prop_assert!(chat == Opening::Unreadable || serde_json::from_slice::<serde::de::IgnoredAny>(&bytes).is_ok());
    }
}

const CONTENT: Operation = Operation::StreamGenerateContent;

#[test]
fn events_of_gemini_begin_the_answer_with_a_part() {
    for (json, expected) in [
        (r#"{"candidates":[{"content":{"role":"model","parts":[{"text":"a"}]}}]}"#, Opening::Meaningful),
        (r#"{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f"}}]}}]}"#, Opening::Meaningful),
        (r#"{"candidates":[{"content":{"parts":[{"text":"","thought":true}]}}]}"#, Opening::Nothing),
        (r#"{"candidates":[{"content":{"role":"model"}}],"usageMetadata":{}}"#, Opening::Nothing),
        (r#"{"candidates":[{"content":{"parts":[]},"finishReason":"STOP"}]}"#, Opening::Meaningful),
        (r#"{"candidates":[{"finishReason":"SAFETY","index":0}]}"#, Opening::Filtered),
        (r#"{"promptFeedback":{"blockReason":"PROHIBITED_CONTENT"}}"#, Opening::Filtered),
        (r#"{"error":{"code":503,"message":"overloaded","status":"UNAVAILABLE"}}"#, Opening::Error),
        ("<html>", Opening::Unreadable),
    ] {
        check_events(&[(CONTENT, &data(json), expected)]);
        let expected = if expected == Opening::Nothing { Opening::Meaningful } else { expected };
        assert_eq!(whole(Operation::GenerateContent, json.as_bytes()), expected, "{json}");
        assert!(!looks_whole(Operation::GenerateContent, json.as_bytes()), "{json}");
    }
}
