//! What clients hear, and what is heard of providers.

use bytes::Bytes;
use serde_json::{Value, json};

use super::Mouth;
use crate::dialect::Dialect;
use crate::error_body::ErrorKind;
use crate::hub::event::{Delta, Event, Failed, Opened, Start};
use crate::hub::extras::{Extras, Json};
use crate::hub::part::{Citation, Opaque, ReasoningForm};
use crate::hub::reply::Finish;
use crate::hub::seal::{Maker, Seal};
use crate::hub::usage::Usage;
use crate::translate::{self, Speak, StreamError, Voice};

fn voice() -> Voice {
    let request = r#"{"model":"fast","instructions":"Be kind.","temperature":0.5,
        "tools":[{"type":"custom","name":"apply_patch"},{"type":"function","name":"f"}],"tool_choice":"required"}"#;
    Voice { id: "0199".to_owned(), now: 1_760_000_000, request: Json::read(request), ..Voice::default() }
}

/// What a client gets: the data of each event, its name beside it.
fn said(events: Vec<Event>) -> (Vec<Value>, String) {
    let mut mouth = Mouth::new(voice());
    let mut out = Vec::new();
    for event in events {
        mouth.say(event, &mut out);
    }
    let text = String::from_utf8(out).unwrap();
    let told: Vec<Value> = text.split_terminator("\n\n").map(told).collect();
    for (number, event) in told.iter().enumerate() {
        assert_eq!(event["sequence_number"], number, "{event}");
    }
    (told, mouth.losses().header(1000))
}

fn told(event: &str) -> Value {
    let (name, data) = event.split_once('\n').unwrap();
    let data: Value = serde_json::from_str(data.strip_prefix("data: ").unwrap()).unwrap();
    assert_eq!(name.strip_prefix("event: ").unwrap(), data["type"]);
    data
}

fn kinds(told: &[Value]) -> Vec<&str> {
    let kinds = told.iter().map(|event| event["type"].as_str().unwrap());
    kinds.map(|kind| kind.strip_prefix("response.").unwrap_or(kind)).collect()
}

fn start(dialect: Dialect) -> Event {
    Event::Start(Start { model: Some("claude".to_owned()), ..Start::new(dialect) })
}

fn open(part: u32, opened: Opened) -> Event {
    Event::Open { part, choice: 0, opened, extras: Extras::default() }
}

fn delta(part: u32, delta: Delta) -> Event {
    Event::Delta { part, delta }
}

fn text(part: u32, text: &str) -> Event {
    delta(part, Delta::Text(text.to_owned()))
}

fn close(part: u32) -> Event {
    Event::Close { part }
}

fn tool(name: &str, custom: bool, seal: Option<Seal>) -> Opened {
    Opened::ToolCall { id: "call_1".to_owned(), name: name.to_owned(), custom, seal }
}

fn finish(finish: Finish) -> Event {
    Event::finish(0, Some(finish))
}

#[test]
fn thoughts_words_and_calls_come_in_the_order_of_the_protocol() {
    let thoughts = Opened::Reasoning { form: ReasoningForm::Full, redacted: false };
    let arguments = |more: &str| Delta::Arguments(more.to_owned());
    let (told, lost) = said(vec![
        start(Dialect::Anthropic),
        open(0, thoughts),
        text(0, "H"),
        text(0, "m."),
        delta(0, Delta::Seal(Seal::new(Maker::Anthropic, "EqQB"))),
        close(0),
        open(1, Opened::Text),
        text(1, "I look."),
        close(1),
        open(2, tool("f", false, None)),
        delta(2, arguments("{\"a\"")),
        delta(2, arguments(":1}")),
        close(2),
        finish(Finish::Stop),
        Event::Usage(Usage { input: 9, output: 4, cache_read: Some(3), ..Usage::default() }),
        Event::End,
    ]);
    assert_eq!(
        kinds(&told),
        [
            "created",
            "in_progress",
            "output_item.added",
            "reasoning_summary_part.added",
            "reasoning_summary_text.delta",
            "reasoning_summary_text.delta",
            "reasoning_summary_text.done",
            "reasoning_summary_part.done",
            "output_item.done",
            "output_item.added",
            "content_part.added",
            "output_text.delta",
            "output_text.done",
            "content_part.done",
            "output_item.done",
            "output_item.added",
            "function_call_arguments.delta",
            "function_call_arguments.delta",
            "function_call_arguments.done",
            "output_item.done",
            "completed",
        ]
    );
    assert_eq!(lost, "");
    let response = &told.last().unwrap()["response"];
    let expected = json!([
        {"id": "rs_0199_0", "type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm."}],
         "encrypted_content": "callsign.anthropic.EqQB"},
        {"id": "msg_0199_1", "type": "message", "status": "completed", "role": "assistant",
         "content": [{"type": "output_text", "annotations": [], "logprobs": [], "text": "I look."}]},
        {"id": "fc_0199_2", "type": "function_call", "status": "completed", "call_id": "call_1", "name": "f",
         "arguments": "{\"a\":1}"},
    ]);
    assert_eq!(response["output"], expected);
    let usage = json!({"input_tokens": 9, "input_tokens_details": {"cached_tokens": 3, "cache_write_tokens": 0},
        "output_tokens": 4, "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 13});
    assert_eq!(response["usage"], usage);
}

#[test]
fn every_response_repeats_its_request() {
    let (told, _) = said(vec![start(Dialect::OpenAiChat), finish(Finish::Stop), Event::End]);
    for event in &told {
        let response = &event["response"];
        assert_eq!(response["id"], "resp_0199");
        assert_eq!(response["created_at"], 1_760_000_000);
        assert_eq!(response["model"], "claude");
        assert_eq!(response["instructions"], "Be kind.");
        assert_eq!(response["temperature"], 0.5);
        assert_eq!(response["tool_choice"], "required");
        assert_eq!(response["tools"].as_array().unwrap().len(), 2);
        assert_eq!(response["top_p"], 1.0);
        assert_eq!(response["metadata"], json!({}));
        assert_eq!(response["text"], json!({"format": {"type": "text"}}));
        assert_eq!(response["parallel_tool_calls"], true);
    }
    let status: Vec<_> = told.iter().map(|event| event["response"]["status"].as_str().unwrap()).collect();
    assert_eq!(status, ["in_progress", "in_progress", "completed"]);
}

#[test]
fn a_clients_custom_tool_is_called_as_such_whatever_the_target_calls_it() {
    let patch = "*** Begin Patch\n+\"x\"\n";
    let wrapped = crate::hub::custom::wrapped(patch);
    let (head, tail) = wrapped.split_at(wrapped.len() / 2);
    for (pieces, custom) in [
        (vec![head, tail], false),
        (vec![wrapped.as_str()], false),
        (vec![patch], true),
        // What is no such object was meant as it is.
        (vec![patch], false),
    ] {
        let mut events = vec![start(Dialect::Anthropic), open(0, tool("apply_patch", custom, None))];
        events.extend(pieces.into_iter().map(|piece| delta(0, Delta::Arguments(piece.to_owned()))));
        events.extend([close(0), finish(Finish::ToolCalls), Event::End]);
        let (told, lost) = said(events);
        let expected =
            ["custom_tool_call_input.delta", "custom_tool_call_input.done", "output_item.done", "completed"];
        assert!(kinds(&told).ends_with(&expected), "{:?}", kinds(&told));
        let item = &told.last().unwrap()["response"]["output"][0];
        assert_eq!(item["type"], "custom_tool_call");
        assert_eq!(item["input"], patch);
        assert_eq!(item["id"], "ctc_0199_0");
        assert_eq!(lost, "");
    }
}

#[test]
fn calls_without_arguments_have_an_empty_object() {
    let (told, _) = said(vec![
        start(Dialect::Gemini),
        open(0, tool("f", false, Some(Seal::new(Maker::Google, "CiQB")))),
        close(0),
        finish(Finish::Stop),
        Event::End,
    ]);
    let output = &told.last().unwrap()["response"]["output"];
    assert_eq!(output[0]["encrypted_content"], "callsign.google.call.CiQB");
    assert_eq!(output[1]["arguments"], "{}");
    let deltas: String = told.iter().filter_map(|event| event["delta"].as_str()).collect();
    assert_eq!(deltas, "{}");
}

#[test]
fn neighbouring_words_are_one_message_and_its_last_part_knows_how_it_ended() {
    let cited = |url: Option<&str>| {
        let spelled = (Dialect::Anthropic, Json::read("{}").unwrap());
        let url = url.map(str::to_owned);
        Delta::Citation(Citation { url, title: None, cited: None, range: None, spelled })
    };
    let (told, lost) = said(vec![
        start(Dialect::Anthropic),
        open(0, Opened::Text),
        delta(0, cited(Some("https://example.org"))),
        delta(0, cited(None)),
        text(0, "One."),
        close(0),
        open(1, Opened::Refusal),
        text(1, "No."),
        close(1),
        finish(Finish::Length),
        Event::End,
    ]);
    let end = told.last().unwrap();
    assert_eq!(end["type"], "response.incomplete");
    assert_eq!(end["response"]["incomplete_details"], json!({"reason": "max_output_tokens"}));
    let annotation = json!({"type": "url_citation", "url": "https://example.org", "title": "https://example.org",
        "start_index": 0, "end_index": 4});
    let expected = json!([{"id": "msg_0199_0", "type": "message", "status": "incomplete", "role": "assistant", "content": [
        {"type": "output_text", "annotations": [annotation], "logprobs": [], "text": "One."},
        {"type": "refusal", "refusal": "No."},
    ]}]);
    assert_eq!(end["response"]["output"], expected);
    assert_eq!(lost, "content[0].citations[1]");
}

#[test]
fn what_this_dialect_has_no_place_for_is_named() {
    let opaque = Opaque {
        dialect: Dialect::Anthropic,
        kind: "server_tool_use".to_owned(),
        json: Json::read("{}").unwrap(),
    };
    let second = Event::Open { part: 1, choice: 1, opened: Opened::Text, extras: Extras::default() };
    let (told, lost) = said(vec![
        start(Dialect::Anthropic),
        open(0, Opened::Opaque(opaque)),
        close(0),
        second,
        text(1, "other"),
        close(1),
        Event::finish(1, None),
        finish(Finish::Paused),
        Event::End,
    ]);
    assert_eq!(kinds(&told), ["created", "in_progress", "completed"]);
    assert_eq!(lost, "content[0], choices[1], stop_reason;changed");
}

#[test]
fn a_failure_is_told_to_sdks_and_to_agents() {
    let failed = || {
        let (code, message) = (String::new(), "Busy.".to_owned());
        Event::Failed(Failed { kind: ErrorKind::Overloaded, code, message })
    };
    for events in
        [vec![start(Dialect::Anthropic), open(0, Opened::Text), text(0, "Ha"), failed()], vec![failed()]]
    {
        let (told, _) = said(events);
        let [.., error, last] = told.as_slice() else { panic!("{told:?}") };
        assert_eq!(error["error"]["message"], "Busy.");
        assert_eq!(error["error"]["type"], "overloaded_error");
        assert_eq!(last["type"], "response.failed");
        assert_eq!(last["response"]["status"], "failed");
        assert_eq!(last["response"]["error"], json!({"code": "server_is_overloaded", "message": "Busy."}));
    }
}

fn heard(stream: &str) -> Result<Vec<Event>, StreamError> {
    let mut listener = translate::listener(Dialect::OpenAiResponses);
    let mut events = Vec::new();
    listener.push(Bytes::copy_from_slice(stream.as_bytes()), &mut events)?;
    listener.end(&mut events)?;
    Ok(events)
}

#[test]
fn streams_that_break_say_so() {
    let created = r#"data: {"type":"response.created","response":{"id":"r"}}"#;
    let delta =
        r#"data: {"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":"Ha"}"#;
    let cut = format!("{created}\n\n{delta}\n\n");
    assert_eq!(heard(&cut), Err(StreamError::Cut));
    assert_eq!(heard(&format!("{cut}data: [DONE]\n\n")), Err(StreamError::Cut));
    for (event, kind, code) in [
        (
            r#"{"type":"error","code":"rate_limit_exceeded","message":"m"}"#,
            ErrorKind::RateLimit,
            "rate_limit_exceeded",
        ),
        (r#"{"type":"error","error":{"type":"overloaded_error","message":"m"}}"#, ErrorKind::Overloaded, ""),
        (
            r#"{"type":"response.failed","response":{"error":{"code":"invalid_image","message":"m"}}}"#,
            ErrorKind::InvalidRequest,
            "invalid_image",
        ),
        (r#"{"error":{"message":"m"}}"#, ErrorKind::Api, ""),
    ] {
        let events = heard(&format!("{cut}data: {event}\n\n{delta}\n\n")).unwrap();
        let failed = Failed { kind, code: code.to_owned(), message: "m".to_owned() };
        assert_eq!(events.last(), Some(&Event::Failed(failed)), "{event}");
    }
    for data in ["no json", "[1]", r#"{"type":"response.output_text.delta","delta":7}"#] {
        let broken = heard(&format!("{created}\n\ndata: {data}\n\n"));
        assert!(matches!(broken, Err(StreamError::Malformed(_))), "{data}: {broken:?}");
    }
}

#[test]
fn what_was_never_streamed_is_taken_from_the_end() {
    let item = r#"{"type":"message","id":"msg_1","role":"assistant","content":[{"type":"output_text","text":"Hello","annotations":[]}]}"#;
    let end = format!(
        r#"data: {{"type":"response.completed","response":{{"status":"completed","output":[{item}]}}}}"#
    );
    for before in [
        String::new(),
        format!("data: {{\"type\":\"response.output_item.done\",\"output_index\":0,\"item\":{item}}}\n\n"),
        r#"data: {"type":"response.output_text.done","output_index":0,"content_index":0,"text":"Hello"}"#
            .to_owned()
            + "\n\n",
        r#"data: {"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":"Hello"}"#
            .to_owned()
            + "\n\n",
    ] {
        let events = heard(&format!("{before}{end}\n\n")).unwrap();
        let words: Vec<_> = events.iter().filter(|event| matches!(event, Event::Delta { .. })).collect();
        assert_eq!(words, [&text(0, "Hello")], "{before}");
        let closes = events.iter().filter(|event| matches!(event, Event::Close { .. })).count();
        assert_eq!((closes, events.last()), (1, Some(&Event::End)), "{before}");
    }
}
