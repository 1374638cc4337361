//! Ends of streams of each dialect, whole and cut, wherever the tail begins.

use proptest::prelude::*;

use super::{Ending, of};
use crate::dialect::Operation;

use Operation::{ChatCompletions as Chat, Completions, Messages, Responses};

const TEXT: &str = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"data: [DONE]\\n\\n\"},\"finish_reason\":null}]}\n\n";
const FINISH: &str = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
const USAGE: &str = "data: {\"choices\":[],\"usage\":{\"total_tokens\":3}}\n\n";
const DONE: &str = "data: [DONE]\n\n";
const ERROR: &str = "data: {\"error\":{\"message\":\"no\",\"code\":502}}\n\n";
const DELTA: &str = "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"{\\\"type\\\":\\\"message_stop\\\"}\"}}\n\n";
const STOP_REASON: &str = "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":3}}\n\n";
const STOP: &str = "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
const ERROR_EVENT: &str = "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n";

fn check(operation: Operation, stream: &str, expected: Ending) {
    for stream in [stream.to_owned(), stream.replace('\n', "\r\n"), stream.replace('\n', "\r")] {
        assert_eq!(of(operation, stream.as_bytes()), expected, "{operation:?}: {stream:?}");
    }
}

#[test]
fn chats_end_with_a_finish_or_the_marker() {
    for (stream, expected) in [
        ([TEXT, FINISH, USAGE, DONE].concat(), Ending::Complete),
        ([TEXT, FINISH].concat(), Ending::Complete),
        ([TEXT, FINISH, USAGE].concat(), Ending::Complete),
        ([TEXT, DONE].concat(), Ending::Complete),
        ([TEXT, FINISH, ": bye\n\n"].concat(), Ending::Complete),
        ([TEXT, "data: [DONE]"].concat(), Ending::Complete),
        ([TEXT, "data: [DONE]\n"].concat(), Ending::Complete),
        ([TEXT, ERROR].concat(), Ending::Failed),
        ([TEXT, ERROR, DONE].concat(), Ending::Failed),
        ([TEXT, FINISH, ERROR].concat(), Ending::Failed),
        (TEXT.to_owned(), Ending::Cut),
        ([TEXT, USAGE].concat(), Ending::Cut),
        ([TEXT, FINISH.split_at(FINISH.len() / 2).0].concat(), Ending::Cut),
        (String::new(), Ending::Cut),
        ("\n\n".to_owned(), Ending::Cut),
    ] {
        check(Chat, &stream, expected);
    }
}

/// Most events are not read; these have to be.
#[test]
fn chats_may_spell_their_end_in_any_way() {
    for (choice, expected) in [
        (r#""finish_reason" : null"#, Ending::Cut),
        (r#""finish_reason" : "stop""#, Ending::Complete),
        (r#""finish\u005freason":"stop""#, Ending::Complete),
        (r#""finish_reason":null},{"finish_reason":"stop""#, Ending::Complete),
        (r#""finish_reason":"stop"},{"finish_reason":null"#, Ending::Complete),
        (r#""delta":{"content":"an error"},"finish_reason":null"#, Ending::Cut),
        (r#""delta":{"content":"\"finish_reason\":\"stop\""},"finish_reason":null"#, Ending::Cut),
    ] {
        check(Chat, &[TEXT, &format!("data: {{\"choices\":[{{{choice}}}]}}\n\n")].concat(), expected);
    }
    check(Chat, &[TEXT, "data: {\"\\u0065rror\":{\"code\":502}}\n\n", DONE].concat(), Ending::Failed);
    check(Chat, &[TEXT, "event: error\ndata: {}\n\n", DONE].concat(), Ending::Failed);
}

#[test]
fn completions_end_as_chats_do() {
    let text = "data: {\"choices\":[{\"text\":\"a\",\"finish_reason\":null}]}\n\n";
    check(Completions, text, Ending::Cut);
    check(Completions, &text.replace("null", "\"length\""), Ending::Complete);
    check(Completions, &[text, DONE].concat(), Ending::Complete);
}

#[test]
fn messages_end_with_their_stop() {
    for (stream, expected) in [
        ([DELTA, STOP_REASON, STOP].concat(), Ending::Complete),
        ([DELTA, STOP_REASON].concat(), Ending::Cut),
        (DELTA.to_owned(), Ending::Cut),
        ([DELTA, ERROR_EVENT].concat(), Ending::Failed),
        ([DELTA, "event: message_stop\ndata: {}\n\n"].concat(), Ending::Complete),
    ] {
        check(Messages, &stream, expected);
    }
}

/// The event that ends a response, which repeats all of it.
fn response(kind: &str, text: &str, usage: &str) -> String {
    format!(
        "event: {kind}\ndata: {{\"type\":\"{kind}\",\"sequence_number\":9,\"response\":{{\"id\":\"r\",\"status\":\"x\",\"error\":null,\"output\":[{{\"type\":\"message\",\"status\":\"completed\",\"content\":[{{\"type\":\"output_text\",\"text\":\"{text}\"}}]}}],\"tools\":[],\"usage\":{usage},\"user\":null,\"metadata\":{{\"a\":\"}}\\\"usage\\\":{{\"}}}}}}\n\n"
    )
}

#[test]
fn responses_end_with_one_of_three() {
    let usage = "{\"input_tokens\":1,\"output_tokens_details\":{\"reasoning_tokens\":0}}";
    let failed = "data: {\"type\":\"response.failed\",\"response\":{\"status\":\"failed\",\"error\":{\"code\":\"x\"}}}\n\n";
    for (stream, expected) in [
        (response("response.completed", "a", usage), Ending::Complete),
        (response("response.incomplete", "a", usage), Ending::Complete),
        (response("response.created", "a", "null"), Ending::Cut),
        (failed.to_owned(), Ending::Failed),
        ("data: {\"type\":\"error\",\"code\":\"x\"}\n\n".to_owned(), Ending::Failed),
        (
            "data: {\"type\":\"response.output_text.delta\",\"delta\":\"response.completed\"}\n\n".to_owned(),
            Ending::Cut,
        ),
    ] {
        check(Responses, &stream, expected);
    }
}

#[test]
fn an_end_larger_than_the_tail_is_known_by_what_is_left_of_it() {
    let usage = "{\"input_tokens\":1,\"output_tokens_details\":{\"reasoning_tokens\":0}}";
    let text = "\\\"usage\\\":{} finish_reason ".repeat(80);
    let late_type = format!(
        "data: {{\"response\":{{\"output\":\"{text}\"}},\"sequence_number\":4,\"type\":\"response.completed\"}}\n\n"
    );
    let finish = format!(
        "data: {{\"choices\":[{{\"delta\":{{\"content\":\"{text}\"}},\"finish_reason\":\"stop\"}}],\"usage\":null}}\n\n"
    );
    let no_finish = finish.replace("\"stop\"", "null");
    let item = format!(
        "data: {{\"type\":\"response.output_item.done\",\"item\":{{\"content\":[{{\"text\":\"{text}\"}}],\"role\":\"assistant\",\"status\":\"completed\"}}}}\n\n"
    );
    for (operation, stream, expected) in [
        (Responses, response("response.completed", &text, usage), Ending::Complete),
        (Responses, response("response.created", &text, "null"), Ending::Cut),
        (Responses, late_type.clone(), Ending::Complete),
        (Responses, late_type.replace("response.completed", "response.failed"), Ending::Failed),
        (Responses, late_type.replace("response.completed", "response.in_progress"), Ending::Cut),
        (Responses, item, Ending::Cut),
        (Chat, finish.clone(), Ending::Complete),
        (Chat, [finish.as_str(), USAGE].concat(), Ending::Complete),
        (Chat, no_finish, Ending::Cut),
        (Chat, format!("data: {{\"error\":{{\"message\":\"{text}\"}}}}\n\n"), Ending::Cut),
        (
            Messages,
            format!("data: {{\"error\":{{\"message\":\"{text}\"}},\"type\":\"error\"}}\n\n"),
            Ending::Failed,
        ),
    ] {
        let tail = stream.split_at(stream.len().saturating_sub(1024)).1;
        check(operation, tail, expected);
    }
}

#[test]
fn streams_of_gemini_end_with_a_reason() {
    let event = |json: &str| format!("data: {json}\r\n\r\n");
    let text = event(r#"{"candidates":[{"content":{"parts":[{"text":"a"}],"role":"model"},"index":0}]}"#);
    let last = event(
        r#"{"candidates":[{"content":{"parts":[{"text":"b"}]},"finishReason":"STOP"}],"usageMetadata":{}}"#,
    );
    let blocked = event(r#"{"promptFeedback":{"blockReason":"SAFETY"}}"#);
    let error = event(r#"{"error":{"code":500,"message":"x","status":"INTERNAL"}}"#);
    for (stream, expected) in [
        (format!("{text}{last}"), Ending::Complete),
        (text.clone(), Ending::Cut),
        (blocked, Ending::Complete),
        (format!("{text}{error}"), Ending::Failed),
        (last.split_at(20).1.to_owned(), Ending::Complete),
    ] {
        check(Operation::StreamGenerateContent, &stream, expected);
    }
}

#[test]
fn other_streams_end_when_they_end() {
    for operation in [Operation::Other("/audio/speech"), Operation::Embeddings] {
        check(operation, "", Ending::Complete);
        check(operation, TEXT, Ending::Complete);
    }
}

proptest! {
    #[test]
    fn where_the_tail_begins_makes_no_difference(
        before in proptest::collection::vec(0..2_usize, 1..6),
        cut in any::<prop::sample::Index>(),
        complete in any::<bool>(),
        lines in prop::sample::select(vec!["\n", "\r\n", "\r"]),
    ) {
        for (operation, noise, end) in [
            (Chat, [TEXT, USAGE], [FINISH, DONE].concat()),
            (Messages, [DELTA, STOP_REASON], STOP.to_owned()),
        ] {
            let mut stream: String = before.iter().map(|index| noise[*index]).collect();
            let from = stream.len();
            if complete {
                stream.push_str(&end);
            }
            let expected = if complete { Ending::Complete } else { Ending::Cut };
            let tail = stream.split_at(cut.index(from)).1.replace('\n', lines);
            prop_assert_eq!(of(operation, tail.as_bytes()), expected, "{:?}", tail);
        }
    }

    #[test]
    fn any_bytes_have_an_ending(tail in proptest::collection::vec(any::<u8>(), 0..512)) {
        for operation in [Chat, Completions, Messages, Responses] {
            of(operation, &tail);
        }
    }
}
