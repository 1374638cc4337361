//! What must hold of streams that come in other dialects.
#![expect(clippy::disallowed_types, reason = "events are compared as values")]

use serde_json::{Value, json};

use super::*;
use crate::dialect::Dialect;
use crate::error_body::ErrorKind;
use crate::hub::event::{Delta, Event, Failed, Opened, Start};
use crate::hub::extras::Extras;
use crate::hub::part::ReasoningForm;
use crate::hub::reply::Finish;
use crate::hub::seal::{Maker, Seal};
use crate::hub::usage::Usage;
use crate::translate::{Speak as _, Voice};

fn open(part: u32, opened: Opened) -> Event {
    Event::Open { part, choice: 0, opened, extras: Extras::default() }
}

fn text(part: u32, text: &str) -> Event {
    Event::Delta { part, delta: Delta::Text(text.to_owned()) }
}

fn arguments(part: u32, text: &str) -> Event {
    Event::Delta { part, delta: Delta::Arguments(text.to_owned()) }
}

fn call(id: &str) -> Opened {
    Opened::ToolCall { id: id.to_owned(), name: "f".to_owned(), custom: false, seal: None }
}

fn spoken(events: Vec<Event>) -> Vec<Value> {
    let voice = Voice { id: "x1".to_owned(), model: Some("fast".to_owned()), ..Voice::default() };
    let mut mouth = Mouth::new(voice);
    let mut out = Vec::new();
    mouth.say(Event::Start(Start::new(Dialect::Anthropic)), &mut out);
    for event in events {
        mouth.say(event, &mut out);
    }
    let text = String::from_utf8(out).unwrap();
    let events = text.split_terminator("\n\n").map(|event| {
        let data = event.strip_prefix("data: ").unwrap();
        assert!(!data.contains('\n'), "an event is one line: {data}");
        serde_json::from_str(data).unwrap()
    });
    events.collect()
}

fn parts(events: &[Value]) -> Vec<Value> {
    let parts = events.iter().filter_map(|event| event["candidates"][0]["content"]["parts"].as_array());
    parts.flatten().cloned().collect()
}

#[test]
fn calls_come_whole_and_one_after_another() {
    let events = spoken(vec![
        open(0, call("a")),
        open(1, call("b")),
        arguments(1, "{\n  \"y\""),
        arguments(0, r#"{"x""#),
        arguments(1, ": 2\r\n}"),
        Event::Close { part: 1 },
        arguments(0, ":1}"),
        Event::Close { part: 0 },
        Event::finish(0, Some(Finish::ToolCalls)),
        Event::Usage(Usage { input: 3, output: 2, ..Usage::default() }),
        Event::End,
    ]);
    assert_eq!(
        parts(&events),
        [
            json!({"functionCall": {"id": "a", "name": "f", "args": {"x": 1}}}),
            json!({"functionCall": {"id": "b", "name": "f", "args": {"y": 2}}}),
            json!({"text": ""}),
        ]
    );
    assert_eq!(
        events.last().unwrap(),
        &json!({
            "candidates": [{"content": {"parts": [{"text": ""}], "role": "model"}, "finishReason": "STOP", "index": 0}],
            "usageMetadata": {"promptTokenCount": 3, "candidatesTokenCount": 2, "totalTokenCount": 5},
            "modelVersion": "fast", "responseId": "x1",
        })
    );
    assert_eq!(events.len(), 3);
}

#[test]
fn words_go_out_as_they_come_and_thoughts_keep_their_paragraphs() {
    let thoughts = Opened::Reasoning { form: ReasoningForm::Full, redacted: false };
    let seal = Delta::Seal(Seal::new(Maker::OpenAi, "s"));
    let events = spoken(vec![
        open(0, thoughts),
        text(0, "one"),
        Event::Delta { part: 0, delta: Delta::Paragraph },
        text(0, "two"),
        Event::Delta { part: 0, delta: seal },
        Event::Close { part: 0 },
        open(1, Opened::Text),
        text(1, "so"),
        text(1, ""),
        text(1, " be it"),
    ]);
    assert_eq!(
        parts(&events),
        [
            json!({"text": "one", "thought": true}),
            json!({"text": "\n\ntwo", "thought": true}),
            json!({"text": "", "thought": true, "thoughtSignature": "Y2FsbHNpZ24ub3BlbmFpLnM="}),
            json!({"text": "so"}),
            json!({"text": " be it"}),
        ]
    );
}

#[test]
fn words_that_decline_end_as_policy_ends_them() {
    for (finish, expected) in [(Finish::Stop, "SAFETY"), (Finish::Length, "MAX_TOKENS")] {
        let events = spoken(vec![
            open(0, Opened::Refusal),
            text(0, "I cannot."),
            Event::Close { part: 0 },
            Event::finish(0, Some(finish)),
            Event::End,
        ]);
        assert_eq!(events.last().unwrap()["candidates"][0]["finishReason"], json!(expected));
    }
}

#[test]
fn a_stream_that_breaks_says_so_and_never_ends_well() {
    let failed =
        Failed { kind: ErrorKind::Overloaded, code: "overloaded".to_owned(), message: "busy".to_owned() };
    let events = spoken(vec![
        open(0, Opened::Text),
        text(0, "a"),
        Event::finish(0, Some(Finish::Stop)),
        Event::Failed(failed),
    ]);
    let error = &events.last().unwrap()["error"];
    assert_eq!(
        (&error["code"], &error["status"], &error["message"]),
        (&json!(503), &json!("UNAVAILABLE"), &json!("busy"))
    );
    assert!(events.iter().all(|event| event["candidates"][0].get("finishReason").is_none()));
}
