use bytes::Bytes;
use proptest::prelude::*;

use super::{Opening, event, whole};
use crate::dialect::Operation;
use crate::frame::sse::Frame;

use Operation::{ChatCompletions as Chat, Completions, Embeddings, Messages, Responses};

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

#[test]
fn messages_begin_with_their_first_piece() {
    check_events(&[
        (
            Messages,
            r#"data: {"type":"message_start","message":{"content":[],"stop_reason":null}}"#,
            Opening::Nothing,
        ),
        (Messages, "event: ping\ndata: {\"type\":\"ping\"}", Opening::Nothing),
        (Messages, "event: ping\ndata: {}", Opening::Nothing),
        (
            Messages,
            r#"data: {"type":"content_block_start","content_block":{"type":"text","text":""}}"#,
            Opening::Nothing,
        ),
        (
            Messages,
            r#"data: {"type":"content_block_start","content_block":{"type":"thinking","thinking":"","signature":""}}"#,
            Opening::Nothing,
        ),
        (
            Messages,
            r#"data: {"type":"content_block_start","content_block":{"type":"text","text":"a"}}"#,
            Opening::Meaningful,
        ),
        (
            Messages,
            r#"data: {"type":"content_block_start","content_block":{"type":"tool_use","id":"t","input":{}}}"#,
            Opening::Meaningful,
        ),
        (
            Messages,
            r#"data: {"type":"content_block_start","content_block":{"type":"redacted_thinking","data":"x"}}"#,
            Opening::Meaningful,
        ),
        (
            Messages,
            r#"data: {"type":"content_block_delta","delta":{"type":"text_delta","text":""}}"#,
            Opening::Nothing,
        ),
        (
            Messages,
            r#"data: {"type":"content_block_delta","delta":{"type":"text_delta","text":"a"}}"#,
            Opening::Meaningful,
        ),
        (
            Messages,
            "event: content_block_delta\ndata: {\"delta\":{\"type\":\"thinking_delta\",\"thinking\":\"a\"}}",
            Opening::Meaningful,
        ),
        (
            Messages,
            r#"data: {"type":"content_block_delta","delta":{"type":"input_json_delta","partial_json":""}}"#,
            Opening::Meaningful,
        ),
        (Messages, r#"data: {"type":"content_block_stop","index":0}"#, Opening::Nothing),
        (Messages, r#"data: {"type":"message_delta","delta":{"stop_reason":null}}"#, Opening::Nothing),
        (
            Messages,
            r#"data: {"type":"message_delta","delta":{"stop_reason":"end_turn"}}"#,
            Opening::Meaningful,
        ),
        (Messages, r#"data: {"type":"message_delta","delta":{"stop_reason":"refusal"}}"#, Opening::Filtered),
        (Messages, r#"data: {"type":"message_stop"}"#, Opening::Meaningful),
        (
            Messages,
            r#"data: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#,
            Opening::Error,
        ),
        (Messages, r#"data: {"type":"error"}"#, Opening::Error),
        (Messages, r#"data: {"type":"unheard_of","text":"error"}"#, Opening::Nothing),
        (Messages, "data: oops", Opening::Unreadable),
    ]);
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

#[test]
fn whole_answers_are_told_from_failures() {
    let chat = |choice: &str| format!(r#"{{"id":"c","choices":[{{"index":0,{choice}}}],"usage":{{}}}}"#);
    for (operation, body, expected) in [
        (
            Chat,
            chat(r#""message":{"content":"a \"content_filter\" of \"error\""},"finish_reason":"stop""#),
            Opening::Meaningful,
        ),
        (Chat, chat(r#""message":{"content":""},"finish_reason":"stop""#), Opening::Meaningful),
        (
            Chat,
            chat(r#""message":{"content":"","refusal":null},"finish_reason":"content_filter""#),
            Opening::Filtered,
        ),
        (Chat, chat(r#""finish_reason":"content_filter","content_filter_results":{}"#), Opening::Filtered),
        (
            Chat,
            chat(r#""message":{"content":"so far"},"finish_reason":"content_filter""#),
            Opening::Meaningful,
        ),
        (
            Chat,
            chat(r#""message":{"content":""},"finish_reason":"error","error":{"code":502}"#),
            Opening::Error,
        ),
        (
            Chat,
            chat(
                r#""message":{"content":null,"tool_calls":[{"type":"error"}]},"finish_reason":"tool_calls""#,
            ),
            Opening::Meaningful,
        ),
        (
            Chat,
            chat(r#""message":{"content":"","annotations":"error"},"finish_reason":null"#),
            Opening::Meaningful,
        ),
        (Chat, "\n\n  {\"choices\":[]}\n".to_owned(), Opening::Meaningful),
        (Chat, r#"{"error":{"message":"no"}}"#.to_owned(), Opening::Error),
        (Chat, r#"{"error":"no"}"#.to_owned(), Opening::Error),
        (Chat, r#"{"\u0065rror":"no"}"#.to_owned(), Opening::Error),
        (Chat, r#"{"error":null,"choices":[]}"#.to_owned(), Opening::Meaningful),
        (Chat, r#"{"object":"error","message":"no"}"#.to_owned(), Opening::Error),
        (Chat, String::new(), Opening::Unreadable),
        (Chat, " \n".to_owned(), Opening::Unreadable),
        (Chat, "<html>".to_owned(), Opening::Unreadable),
        (Chat, "[{\"error\":{}}]".to_owned(), Opening::Unreadable),
        (Chat, r#"{"choices":[{"message":{"content":"a"#.to_owned(), Opening::Unreadable),
        (Chat, r#"{"choices":[]}{"choices":[]}"#.to_owned(), Opening::Unreadable),
        (
            Completions,
            r#"{"choices":[{"text":"","finish_reason":"content_filter"}]}"#.to_owned(),
            Opening::Filtered,
        ),
        (
            Completions,
            r#"{"choices":[{"text":"a","finish_reason":"content_filter"}]}"#.to_owned(),
            Opening::Meaningful,
        ),
        (
            Messages,
            r#"{"type":"message","content":[],"stop_reason":"refusal"}"#.to_owned(),
            Opening::Filtered,
        ),
        (
            Messages,
            r#"{"content":[{"type":"text","text":""}],"stop_reason":"refusal"}"#.to_owned(),
            Opening::Filtered,
        ),
        (
            Messages,
            r#"{"content":[{"type":"text","text":"a"}],"stop_reason":"refusal"}"#.to_owned(),
            Opening::Meaningful,
        ),
        (Messages, r#"{"content":[],"stop_reason":"end_turn"}"#.to_owned(), Opening::Meaningful),
        (Messages, r#"{"type":"error","error":{"type":"api_error"}}"#.to_owned(), Opening::Error),
        (
            Responses,
            r#"{"object":"response","status":"completed","error":null,"output":[]}"#.to_owned(),
            Opening::Meaningful,
        ),
        (Responses, r#"{"object":"response","status":"failed","error":null}"#.to_owned(), Opening::Error),
        (Responses, r#"{"status":"failed","error":{"code":"server_error"}}"#.to_owned(), Opening::Error),
        (
            Responses,
            r#"{"status":"incomplete","incomplete_details":{"reason":"content_filter"},"output":[]}"#
                .to_owned(),
            Opening::Filtered,
        ),
        (
            Responses,
            r#"{"status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},"output":[]}"#
                .to_owned(),
            Opening::Meaningful,
        ),
        (Embeddings, r#"{"data":[],"status":"failed"}"#.to_owned(), Opening::Meaningful),
        (Embeddings, r#"{"error":{"message":"no"}}"#.to_owned(), Opening::Error),
        (Embeddings, "no".to_owned(), Opening::Unreadable),
        (RERANK, r#"[{"index":0,"score":0.5}]"#.to_owned(), Opening::Meaningful),
        (RERANK, "\"no\"".to_owned(), Opening::Unreadable),
        (SPEECH, "\u{1}\u{2}RIFF".to_owned(), Opening::Meaningful),
        (SPEECH, String::new(), Opening::Unreadable),
        (TRANSCRIPTION, "Hello there.".to_owned(), Opening::Meaningful),
        (TRANSCRIPTION, "{laughs} Hello.".to_owned(), Opening::Meaningful),
        (TRANSCRIPTION, "{\"text\":\"cut of".to_owned(), Opening::Unreadable),
        (TRANSCRIPTION, r#"{"text":""}"#.to_owned(), Opening::Meaningful),
        (TRANSCRIPTION, r#"{"error":{"message":"no"}}"#.to_owned(), Opening::Error),
    ] {
        assert_eq!(whole(operation, body.as_bytes()), expected, "{operation:?}: {body}");
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
            let is_object = serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(&bytes).is_ok();
            prop_assert!(readable || !is_object);
        }
        let chat = whole(Chat, &bytes);
        prop_assert!(chat == Opening::Unreadable || serde_json::from_slice::<serde::de::IgnoredAny>(&bytes).is_ok());
    }
}
