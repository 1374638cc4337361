//! Streams, heard and spoken.

use bytes::Bytes;
use proptest::prelude::*;
use serde_json::json;

use super::value;
use crate::bedrock::stream::{Ear, Mouth};
use crate::dialect::Dialect;
use crate::error_body::ErrorKind;
use crate::frame::aws;
use crate::hub::event::{Delta, Event, Failed, Opened, Start};
use crate::hub::extras::Extras;
use crate::hub::usage::Usage;
use crate::translate::{Listen, Speak, StreamError, Voice};

fn heard(frames: &[Vec<u8>]) -> (Vec<Event>, Result<(), StreamError>) {
    let mut ear = Ear::default();
    let mut events = Vec::new();
    let pushed = frames.iter().try_for_each(|frame| ear.push(Bytes::from(frame.clone()), &mut events));
    let ended = pushed.and_then(|()| ear.end(&mut events));
    (events, ended)
}

fn text(index: u32, text: &str) -> Vec<u8> {
    let payload = json!({"contentBlockIndex": index, "delta": {"text": text}, "p": "ab"});
    aws::event("contentBlockDelta", payload.to_string().as_bytes())
}

fn begun() -> Vec<u8> {
    aws::event("messageStart", br#"{"role":"assistant"}"#)
}

fn stopped() -> Vec<u8> {
    aws::event("messageStop", br#"{"stopReason":"end_turn"}"#)
}

#[test]
fn a_stream_ends_after_its_message_and_not_before() {
    let usage = br#"{"usage":{"inputTokens":3,"outputTokens":2,"totalTokens":5},"metrics":{"latencyMs":1}}"#;
    let frames = [begun(), text(0, "Hi"), stopped(), aws::event("metadata", usage)];
    let (events, ended) = heard(&frames);
    assert_eq!(ended, Ok(()));
    let usage = Usage { input: 3, output: 2, ..Usage::default() };
    assert!(events.contains(&Event::Usage(usage)) && events.last() == Some(&Event::End), "{events:?}");
    let (events, ended) = heard(&frames[..3]);
    assert_eq!((events.last(), ended), (Some(&Event::End), Ok(())));
    let (events, ended) = heard(&frames[..2]);
    assert_eq!(ended, Err(StreamError::Cut));
    assert!(!events.contains(&Event::End));
    let half = frames[3][..20].to_vec();
    assert_eq!(heard(&[begun(), stopped(), half]).1, Err(StreamError::Cut));
}

#[test]
fn exceptions_fail_the_stream() {
    for (code, kind) in [
        ("throttlingException", ErrorKind::RateLimit),
        ("validationException", ErrorKind::InvalidRequest),
        ("modelTimeoutException", ErrorKind::Timeout),
        ("serviceUnavailableException", ErrorKind::Overloaded),
        ("modelStreamErrorException", ErrorKind::Api),
        ("internalServerException", ErrorKind::Api),
    ] {
        let frame = aws::exception(code, br#"{"message":"Not now."}"#);
        let (events, ended) = heard(&[begun(), text(0, "Hi"), frame, text(0, "more")]);
        let failed = Failed { kind, code: code.to_owned(), message: "Not now.".to_owned() };
        assert_eq!(events.last(), Some(&Event::Failed(failed)));
        assert_eq!(ended, Ok(()));
    }
    let (events, _) = heard(&[aws::exception("throttlingException", b"busy")]);
    assert!(
        matches!(events.as_slice(), [Event::Start(_), Event::Failed(failed)] if failed.message == "busy")
    );
}

#[test]
fn nonsense_is_an_error() {
    let (_, ended) = heard(&[begun(), aws::event("contentBlockDelta", b"{")]);
    assert!(matches!(ended, Err(StreamError::Malformed(_))), "{ended:?}");
    let (_, ended) = heard(&[vec![0; 16]]);
    assert!(matches!(ended, Err(StreamError::Frames(_))), "{ended:?}");
}

#[test]
fn blocks_that_are_never_stopped_are_closed_with_the_message() {
    let call = json!({"contentBlockIndex": 1, "start": {"toolUse": {"toolUseId": "a", "name": "f"}}});
    let call = aws::event("contentBlockStart", call.to_string().as_bytes());
    let (events, _) = heard(&[begun(), text(0, "Hi"), call, stopped()]);
    let closed: Vec<_> = events.iter().filter(|event| matches!(event, Event::Close { .. })).collect();
    assert_eq!(closed, [&Event::Close { part: 0 }, &Event::Close { part: 1 }]);
    let arguments = Event::Delta { part: 1, delta: Delta::Arguments("{}".to_owned()) };
    assert!(events.contains(&arguments), "{events:?}");
}

fn spoken(events: Vec<Event>) -> Vec<(String, serde_json::Value)> {
    let mut mouth = Mouth::new(Voice { input_tokens: 9, ..Voice::default() });
    let mut out = Vec::new();
    for event in events {
        mouth.say(event, &mut out);
    }
    let mut messages = aws::Messages::default();
    messages.push(&out);
    let mut found = Vec::new();
    while let Some(message) = messages.next_message().unwrap() {
        let kind = message.header(":event-type").or_else(|| message.header(":exception-type")).unwrap();
        found.push((kind, value(&message.payload)));
    }
    assert!(messages.is_between());
    found
}

fn opened(part: u32, opened: Opened) -> Event {
    Event::Open { part, choice: 0, opened, extras: Extras::default() }
}

#[test]
fn blocks_are_spoken_one_after_another() {
    let called =
        Opened::ToolCall { id: "call_1".to_owned(), name: "edit".to_owned(), custom: true, seal: None };
    let found = spoken(vec![
        Event::Start(Start::new(Dialect::OpenAiResponses)),
        opened(0, Opened::Text),
        opened(1, called),
        Event::Delta { part: 1, delta: Delta::Arguments("a\"".to_owned()) },
        Event::Close { part: 1 },
        Event::Close { part: 0 },
        Event::finish(0, None),
        Event::End,
    ]);
    let input = |text: &str| json!({"delta": {"toolUse": {"input": text}}, "contentBlockIndex": 1});
    let start =
        json!({"start": {"toolUse": {"toolUseId": "call_1", "name": "edit"}}, "contentBlockIndex": 1});
    let usage = json!({"inputTokens": 9, "outputTokens": 0, "totalTokens": 9});
    let expected = [
        ("messageStart", json!({"role": "assistant"})),
        ("contentBlockDelta", json!({"delta": {"text": ""}, "contentBlockIndex": 0})),
        ("contentBlockStop", json!({"contentBlockIndex": 0})),
        ("contentBlockStart", start),
        ("contentBlockDelta", input("{\"input\":\"")),
        ("contentBlockDelta", input("a\\\"")),
        ("contentBlockDelta", input("\"}")),
        ("contentBlockStop", json!({"contentBlockIndex": 1})),
        ("messageStop", json!({"stopReason": "tool_use"})),
        ("metadata", json!({"usage": usage, "metrics": {"latencyMs": 0}})),
    ];
    assert_eq!(found, expected.map(|(kind, payload)| (kind.to_owned(), payload)));
}

#[test]
fn a_failure_is_an_exception_and_the_last_word() {
    let failed = Failed { kind: ErrorKind::RateLimit, code: String::new(), message: "Slowly.".to_owned() };
    let found =
        spoken(vec![Event::Start(Start::new(Dialect::OpenAiChat)), Event::Failed(failed), Event::End]);
    assert_eq!(found.len(), 2);
    assert_eq!(found[1].0, "throttlingException");
    assert_eq!(found[1].1["message"], "Slowly.");
}

proptest! {
    #[test]
    fn any_payload_is_survived(
        kind in prop::sample::select(vec!["contentBlockStart", "contentBlockDelta", "messageStop", "metadata"]),
        payload in r#"\{"(contentBlockIndex|delta|start|usage)":[0-9]{1,3}(,"(delta|start)":\{"(text|toolUse|reasoningContent|image)":("x"|\{\}|null|\[1\])\})?\}"#,
    ) {
        let _heard = heard(&[begun(), aws::event(kind, payload.as_bytes()), stopped()]);
    }
}
