//! Streams: of servers that are compatible in their own ways, and chunks as the SDKs' accumulators need them.

use bytes::Bytes;
use serde_json::{Value, json};

use super::{told, value};
use crate::dialect::Dialect;
use crate::error_body::ErrorKind;
use crate::hub::event::{Delta, Event, Failed, Opened, Start};
use crate::hub::extras::{Extras, Json};
use crate::hub::fold::{Fold, unfold};
use crate::hub::part::{
    Citation, Media, MediaKind, Part, Piece, Reasoning, ReasoningForm, Source, Text, ToolCall,
};
use crate::hub::reply::{Choice, Finish, Reply};
use crate::hub::seal::{Maker, Seal};
use crate::hub::usage::Usage;
use crate::openai_chat::reply;
use crate::translate::{self, StreamError, Voice};

fn heard(stream: &[u8]) -> Result<Vec<Event>, StreamError> {
    let mut listener = translate::listener(Dialect::OpenAiChat);
    let mut events = Vec::new();
    listener.push(Bytes::copy_from_slice(stream), &mut events)?;
    listener.end(&mut events)?;
    Ok(events)
}

fn stream(chunks: &[Value]) -> Vec<u8> {
    chunks.iter().flat_map(|chunk| format!("data: {chunk}\n\n").into_bytes()).collect()
}

fn delta(delta: impl Into<Value>) -> Value {
    let delta = delta.into();
    json!({"id": "x", "choices": [{"index": 0, "delta": delta, "finish_reason": null}]})
}

fn end(reason: &str) -> Value {
    json!({"id": "x", "choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
}

fn folded(events: Vec<Event>) -> Reply {
    let mut events = events.into_iter();
    let Some(Event::Start(start)) = events.next() else { panic!("no start") };
    let mut fold = Fold::new(start);
    events.for_each(|event| fold.push(event));
    fold.finish().unwrap()
}

fn calls(chunks: &[Value]) -> Vec<(String, String, String)> {
    let events = heard(&stream(chunks)).unwrap_or_else(|error| panic!("{error}: {chunks:?}"));
    let choice = folded(events).choices.remove(0);
    assert_eq!(choice.finish(), Finish::ToolCalls);
    let calls = choice.pieces.into_iter().filter_map(|piece| match piece.part {
        Part::ToolCall(call) => Some((call.id, call.name, call.arguments)),
        _ => None,
    });
    calls.collect()
}

fn call(id: &str, name: &str, arguments: &str) -> (String, String, String) {
    (id.to_owned(), name.to_owned(), arguments.to_owned())
}

#[test]
fn a_stream_that_answers_nothing_has_no_end() {
    for stream in ["data: [DONE]\n\n", "data: {\"id\":\"c\",\"choices\":[]}\n\ndata: [DONE]\n\n"] {
        let mut events = Vec::new();
        let mut listener = crate::translate::listener(crate::dialect::Dialect::OpenAiChat);
        listener.push(bytes::Bytes::from(stream), &mut events).unwrap();
        assert!(listener.end(&mut events).is_err(), "{stream}");
        assert_eq!(events, []);
    }
}

#[test]
fn calls_are_told_apart_however_servers_number_them() {
    let calls_of = |fragments: Value| delta(json!({"tool_calls": fragments}));
    let begun =
        |index: u64, id: &str| json!({"index": index, "id": id, "function": {"name": "f", "arguments": ""}});
    let more = |index: u64, text: &str| json!({"index": index, "function": {"arguments": text}});
    for (what, chunks) in [
        (
            "by number, one after another",
            vec![
                calls_of(json!([begun(0, "a")])),
                calls_of(json!([more(0, "{}")])),
                calls_of(json!([begun(1, "b")])),
                calls_of(json!([more(1, "[]")])),
            ],
        ),
        (
            "by number, in turns",
            vec![
                calls_of(json!([begun(0, "a"), begun(1, "b")])),
                calls_of(json!([more(1, "[")])),
                calls_of(json!([more(0, "{}"), more(1, "]")])),
            ],
        ),
        (
            "without numbers, each whole",
            vec![
                calls_of(
                    json!([{"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}]),
                ),
                calls_of(json!([{"id": "b", "function": {"name": "f", "arguments": "[]"}}])),
            ],
        ),
        (
            "without numbers, in pieces",
            vec![
                calls_of(json!([{"id": "a", "function": {"name": "f"}}])),
                calls_of(json!([{"function": {"arguments": "{}"}}])),
                calls_of(json!([{"id": "b", "function": {"name": "f"}}])),
                calls_of(json!([{"id": "b", "function": {"arguments": "[]"}}])),
            ],
        ),
    ] {
        let chunks = [chunks, vec![end("tool_calls")]].concat();
        assert_eq!(calls(&chunks), [call("a", "f", "{}"), call("b", "f", "[]")], "{what}");
    }
}

#[test]
fn calls_are_told_apart_whatever_servers_get_wrong() {
    let calls_of = |fragments: Value| delta(json!({"tool_calls": fragments}));
    let begun =
        |index: u64, id: &str| json!({"index": index, "id": id, "function": {"name": "f", "arguments": ""}});
    let more = |index: u64, text: &str| json!({"index": index, "function": {"arguments": text}});
    for (what, chunks) in [
        (
            "one number for all",
            vec![
                calls_of(json!([begun(0, "a")])),
                calls_of(json!([more(0, "{}")])),
                calls_of(json!([begun(0, "b")])),
                calls_of(json!([more(0, "[]")])),
            ],
        ),
        (
            "the name comes late",
            vec![
                calls_of(json!([{"index": 0, "id": "a", "function": {"arguments": "{"}}])),
                calls_of(json!([{"index": 0, "function": {"name": "f", "arguments": "}"}}])),
                calls_of(json!([begun(1, "b")])),
                calls_of(json!([more(1, "[]")])),
            ],
        ),
        (
            "the name comes again and again",
            vec![
                calls_of(json!([begun(0, "a")])),
                calls_of(
                    json!([{"index": 0, "id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}]),
                ),
                calls_of(json!([begun(1, "b"), more(1, "[]")])),
            ],
        ),
        (
            "arguments as values",
            vec![
                calls_of(json!([{"id": "a", "function": {"name": "f", "arguments": {}}}])),
                calls_of(json!([{"id": "b", "function": {"name": "f", "arguments": []}}])),
            ],
        ),
    ] {
        let chunks = [chunks, vec![end("tool_calls")]].concat();
        assert_eq!(calls(&chunks), [call("a", "f", "{}"), call("b", "f", "[]")], "{what}");
    }
}

#[test]
fn calls_without_identifiers_get_those_of_the_whole_answer() {
    let call = json!({"function": {"name": "f", "arguments": "{}"}});
    let chunks = [delta(json!({"tool_calls": [call]})), delta(json!({"tool_calls": [call]})), end("stop")];
    let ids: Vec<String> = calls(&chunks).into_iter().map(|(id, _, _)| id).collect();
    let whole = json!({"id": "x", "choices": [{"message": {"tool_calls": [call, call]}}]});
    let whole = reply::decode(whole.to_string().as_bytes()).unwrap();
    let expected: Vec<String> = whole.choices[0]
        .pieces
        .iter()
        .map(|piece| match &piece.part {
            Part::ToolCall(call) => call.id.clone(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(ids, expected);
}

#[test]
fn the_function_call_of_2023_is_a_call() {
    let chunks = [
        delta(json!({"role": "assistant", "content": null, "function_call": {"name": "f", "arguments": ""}})),
        delta(json!({"function_call": {"arguments": "{}"}})),
        end("function_call"),
    ];
    let calls = calls(&chunks);
    assert_eq!((calls[0].1.as_str(), calls[0].2.as_str()), ("f", "{}"));
}

#[test]
fn streams_end_as_servers_end_them() {
    let said = delta(json!({"content": "hi"}));
    let last =
        json!({"id": "x", "choices": [{"index": 0, "delta": {"content": "!"}, "finish_reason": "stop"}]});
    let bare = json!({"choices": [{"delta": {"content": "hi"}}]});
    for (chunks, done, whole) in [
        (vec![said.clone(), end("stop")], "data: [DONE]\n\n", true),
        (vec![said.clone(), last], "", true),
        (vec![said.clone(), end("stop"), end("stop")], "data: [DONE]\n\ndata: [DONE]\n\n", true),
        (vec![said.clone(), end("stop"), json!({"id": "x", "choices": [], "usage": null})], "", true),
        // A server that says `[DONE]` and no reason.
        (vec![bare], "data: [DONE]\n\n", true),
        (vec![said.clone()], "", false),
        (vec![said], "data: [DO", false),
        (vec![], "", false),
        (vec![], "data: [DONE]\n\n", false),
    ] {
        let bytes = [stream(&chunks), done.as_bytes().to_vec()].concat();
        let events = heard(&bytes);
        assert_eq!(events.is_ok(), whole, "{chunks:?} {done} {events:?}");
        if let Ok(events) = events {
            assert_eq!(events.iter().filter(|event| **event == Event::End).count(), 1);
            assert_eq!(events.last(), Some(&Event::End));
        }
    }
}

#[test]
fn several_answers_end_only_together() {
    let other =
        json!({"id": "x", "choices": [{"index": 1, "delta": {"content": "b"}, "finish_reason": null}]});
    let chunks = [delta(json!({"content": "a"})), other, end("stop")];
    assert_eq!(heard(&stream(&chunks)), Err(StreamError::Cut));
}

#[test]
fn usage_is_found_wherever_it_stands() {
    let usage = json!({"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5});
    let expected = Usage { input: 3, output: 2, ..Usage::default() };
    let mut in_end = end("stop");
    in_end["usage"] = usage.clone();
    let mut of_groq = end("stop");
    of_groq["x_groq"] = json!({"id": "req", "usage": usage});
    for chunks in [
        vec![end("stop"), json!({"id": "x", "choices": [], "usage": usage})],
        vec![end("stop"), json!({"id": "x", "usage": usage})],
        vec![in_end.clone()],
        vec![in_end, json!({"id": "x", "choices": [], "usage": usage})],
        vec![of_groq],
    ] {
        let chunks = [vec![delta(json!({"content": "hi"}))], chunks].concat();
        let events = heard(&stream(&chunks)).unwrap();
        let told: Vec<_> = events.iter().filter(|event| matches!(event, Event::Usage(_))).collect();
        assert_eq!(told, [&Event::Usage(expected)], "{chunks:?}");
    }
}

#[test]
fn errors_in_streams_are_failures_of_their_kind() {
    for (event, kind, code, message) in [
        (
            r#"{"error":{"message":"slow down","type":"rate_limit_error","code":"rate_limit_exceeded"}}"#,
            ErrorKind::RateLimit,
            "rate_limit_exceeded",
            "slow down",
        ),
        (r#"{"error":{"message":"busy","code":503}}"#, ErrorKind::Overloaded, "503", "busy"),
        (r#"{"error":{"message":"oops","type":"server_error","code":null}}"#, ErrorKind::Api, "", "oops"),
        (r#"{"error":"oops"}"#, ErrorKind::Api, "", "oops"),
        (
            r#"{"object":"error","message":"bad","type":"BadRequestError","code":400}"#,
            ErrorKind::InvalidRequest,
            "400",
            "bad",
        ),
    ] {
        let stream =
            [stream(&[delta(json!({"content": "hi"}))]), format!("data: {event}\n\n").into_bytes()].concat();
        let events = heard(&stream).unwrap();
        let expected = Failed { kind, code: code.to_owned(), message: message.to_owned() };
        assert_eq!(events.last(), Some(&Event::Failed(expected)), "{event}");
    }
}

#[test]
fn what_is_no_chunk_is_an_error() {
    for event in ["data: {\n\n", "data: []\n\n", "data: hello\n\n", "data: {\"choices\":[{\"delta\":3}]}\n\n"]
    {
        assert!(matches!(heard(event.as_bytes()), Err(StreamError::Malformed(_))), "{event}");
    }
    assert_eq!(heard(b": ping\n\nevent: x\n\ndata:\n\n"), Err(StreamError::Cut));
}

#[test]
fn thoughts_and_words_are_parts_one_after_another() {
    let chunks = [
        delta(json!({"role": "assistant", "content": "", "reasoning_content": ""})),
        delta(json!({"reasoning_content": "hm"})),
        delta(json!({"content": "so"})),
        delta(json!({"tool_calls": [{"index": 0, "id": "a", "function": {"name": "f", "arguments": "{}"}}]})),
        end("tool_calls"),
    ];
    let events = heard(&stream(&chunks)).unwrap();
    let shape: Vec<&str> = events
        .iter()
        .map(|event| match event {
            Event::Open { .. } => "open",
            Event::Close { .. } => "close",
            Event::Delta { .. } => "delta",
            Event::Finish { .. } => "finish",
            _ => "other",
        })
        .collect();
    let expected = "other open delta close open delta close open delta close finish other";
    assert_eq!(shape.join(" "), expected);
}

fn spoken(reply: Reply, voice: Voice) -> (Vec<u8>, Vec<String>) {
    let mut speaker = translate::speaker(Dialect::OpenAiChat, voice);
    let mut out = Vec::new();
    for event in unfold(reply) {
        speaker.say(event, &mut out);
    }
    let losses = told(speaker.losses());
    (out, losses)
}

fn voice() -> Voice {
    Voice { id: "77".to_owned(), now: 1_700_000_000, ..Voice::default() }
}

fn chunks(stream: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(stream).unwrap();
    let events = text.split_terminator("\n\n").map(|event| event.strip_prefix("data: ").unwrap());
    events.map(|data| if data == "[DONE]" { json!("[DONE]") } else { value(data.as_bytes()) }).collect()
}

/// The deltas and reasons of a stream: what differs from chunk to chunk.
fn told_in(stream: &[u8]) -> Vec<Value> {
    let told = chunks(stream).into_iter().map(|chunk| match &chunk["choices"][0] {
        Value::Null => chunk,
        choice if choice["finish_reason"].is_null() => choice["delta"].clone(),
        choice => choice["finish_reason"].clone(),
    });
    told.collect()
}

fn tool_call(id: &str, arguments: &str) -> Piece {
    let (id, name, arguments) = (id.to_owned(), "f".to_owned(), arguments.to_owned());
    Piece::of(Part::ToolCall(ToolCall { id, name, arguments, custom: false, seal: None }))
}

fn thought(text: &str, seal: Option<Seal>) -> Piece {
    let paragraphs = vec![text.to_owned()];
    Piece::of(Part::Reasoning(Reasoning { paragraphs, seal, ..Reasoning::default() }))
}

fn of_anthropic(choices: Vec<Vec<Piece>>) -> Reply {
    let mut reply = Reply::new(Dialect::Anthropic);
    reply.model = Some("claude".to_owned());
    let choices = choices.into_iter().map(|pieces| Choice { pieces, ..Choice::default() });
    reply.choices = choices.collect();
    reply.usage = Some(Usage { input: 3, output: 2, cache_read: Some(1), ..Usage::default() });
    reply
}

#[test]
fn every_chunk_has_what_openais_have() {
    let reply = of_anthropic(vec![vec![Piece::text("hi")]]);
    let (stream, losses) = spoken(reply, Voice { include_usage: true, ..voice() });
    assert!(losses.is_empty(), "{losses:?}");
    let head = json!({"id": "chatcmpl-77", "object": "chat.completion.chunk", "created": 1_700_000_000, "model": "claude"});
    let chunk = |choices: Value, usage: Value| {
        let mut chunk = head.clone();
        chunk["choices"] = choices;
        chunk["usage"] = usage;
        chunk
    };
    let choice = |delta: Value, reason: Value| json!([{"index": 0, "delta": delta, "logprobs": null, "finish_reason": reason}]);
    let usage = json!({"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5,
        "prompt_tokens_details": {"cached_tokens": 1}});
    let expected = [
        chunk(choice(json!({"role": "assistant", "content": ""}), Value::Null), Value::Null),
        chunk(choice(json!({"content": "hi"}), Value::Null), Value::Null),
        chunk(choice(json!({}), json!("stop")), Value::Null),
        chunk(json!([]), usage),
        json!("[DONE]"),
    ];
    assert_eq!(chunks(&stream), expected);
}

#[test]
fn usage_is_told_only_to_who_asked() {
    let (stream, _) = spoken(of_anthropic(vec![vec![Piece::text("hi")]]), voice());
    assert!(!String::from_utf8(stream).unwrap().contains("usage"));
}

#[test]
fn calls_are_numbered_and_never_without_arguments() {
    let reply = of_anthropic(vec![vec![Piece::text("I look."), tool_call("a", ""), tool_call("b", "[1]")]]);
    let (stream, _) = spoken(reply, voice());
    let begun = |index: u64, id: &str| {
        json!({"tool_calls": [{"index": index, "id": id, "type": "function",
            "function": {"name": "f", "arguments": ""}}]})
    };
    let more =
        |index: u64, text: &str| json!({"tool_calls": [{"index": index, "function": {"arguments": text}}]});
    let expected = [
        json!({"role": "assistant", "content": ""}),
        json!({"content": "I look."}),
        begun(0, "a"),
        more(0, "{}"),
        begun(1, "b"),
        more(1, "[1]"),
        json!("tool_calls"),
        json!("[DONE]"),
    ];
    assert_eq!(told_in(&stream), expected);
}

#[test]
fn choices_begin_in_order_of_their_numbers() {
    let mut speaker = translate::speaker(Dialect::OpenAiChat, voice());
    let mut out = Vec::new();
    speaker.say(Event::Start(Start::new(Dialect::Gemini)), &mut out);
    let (opened, extras) = (Opened::Text, Extras::default());
    speaker.say(Event::Open { part: 0, choice: 1, opened, extras }, &mut out);
    let begun: Vec<_> = chunks(&out).iter().map(|chunk| chunk["choices"][0]["index"].clone()).collect();
    assert_eq!(begun, [json!(0), json!(1)]);
}

#[test]
fn proofs_of_thoughts_come_once_the_thoughts_are_whole() {
    let seal = Some(Seal::new(Maker::Anthropic, "EqQB"));
    let summary = Reasoning {
        paragraphs: vec!["one".to_owned(), "two".to_owned()],
        form: ReasoningForm::Summary,
        seal: Some(Seal::new(Maker::OpenAi, "gAAA")),
        redacted: false,
    };
    let reply =
        of_anthropic(vec![vec![thought("hm", seal), Piece::of(Part::Reasoning(summary)), Piece::text("so")]]);
    let (stream, _) = spoken(reply, voice());
    let expected = [
        json!({"role": "assistant", "content": null}),
        json!({"reasoning_content": "hm"}),
        json!({"reasoning_details": [{"type": "reasoning.text", "text": "hm", "signature": "callsign.anthropic.EqQB",
            "format": "anthropic-claude-v1", "index": 0}]}),
        json!({"reasoning_content": "one",
            "reasoning_details": [{"type": "reasoning.summary", "summary": "one", "index": 1}]}),
        json!({"reasoning_content": "\n\ntwo",
            "reasoning_details": [{"type": "reasoning.summary", "summary": "two", "index": 2}]}),
        json!({"reasoning_details": [{"type": "reasoning.encrypted", "data": "callsign.openai.gAAA",
            "format": "openai-responses-v1", "index": 2}]}),
        json!({"content": "so"}),
        json!("stop"),
        json!("[DONE]"),
    ];
    assert_eq!(told_in(&stream), expected);
}

#[test]
fn clients_of_2023_get_a_function_call() {
    let request = Json::read(r#"{"model":"m","functions":[{"name":"f"}]}"#);
    let (stream, _) = spoken(of_anthropic(vec![vec![tool_call("a", "{}")]]), Voice { request, ..voice() });
    let expected = [
        json!({"role": "assistant", "content": null}),
        json!({"function_call": {"name": "f", "arguments": ""}}),
        json!({"function_call": {"arguments": "{}"}}),
        json!("function_call"),
        json!("[DONE]"),
    ];
    assert_eq!(told_in(&stream), expected);
}

#[test]
fn failures_never_look_finished() {
    let mut speaker = translate::speaker(Dialect::OpenAiChat, voice());
    let mut out = Vec::new();
    speaker.say(Event::Start(Start::new(Dialect::Anthropic)), &mut out);
    let (opened, extras) = (Opened::Text, Extras::default());
    speaker.say(Event::Open { part: 0, choice: 0, opened, extras }, &mut out);
    let (code, message) = ("overloaded_error".to_owned(), "Overloaded".to_owned());
    speaker.say(Event::Failed(Failed { kind: ErrorKind::Overloaded, code, message }), &mut out);
    let told = chunks(&out);
    let error = &told.last().unwrap()["error"];
    assert_eq!((&error["type"], &error["message"]), (&json!("overloaded_error"), &json!("Overloaded")));
    assert!(told.iter().all(|chunk| chunk["choices"][0]["finish_reason"].is_null()));
}

#[test]
fn log_probabilities_come_in_chunks_of_their_own() {
    let mut speaker = translate::speaker(Dialect::OpenAiChat, voice());
    let mut out = Vec::new();
    speaker.say(Event::Start(Start::new(Dialect::Gemini)), &mut out);
    let json = Json::read(r#"{"content":[]}"#).unwrap();
    speaker.say(Event::Logprobs { choice: 0, json }, &mut out);
    assert_eq!(chunks(&out)[1]["choices"][0]["logprobs"], json!({"content": []}));
}

#[test]
fn streams_say_what_whole_answers_say() {
    let seal = |maker, text: &str| Some(Seal::new(maker, text));
    let citation = Citation {
        url: Some("https://a".to_owned()),
        title: Some("T".to_owned()),
        cited: None,
        range: None,
        spelled: (Dialect::Anthropic, Json::read("{}").unwrap()),
    };
    let cited = |text: &str| {
        Piece::of(Part::Text(Text {
            text: text.to_owned(),
            citations: vec![citation.clone(), citation.clone()],
        }))
    };
    let bare =
        Reasoning { form: ReasoningForm::Summary, seal: seal(Maker::Google, "b"), ..Reasoning::default() };
    let redacted = Reasoning { redacted: true, seal: seal(Maker::Anthropic, "r"), ..Reasoning::default() };
    let summary = Reasoning {
        paragraphs: vec!["a".to_owned(), "b".to_owned()],
        form: ReasoningForm::Summary,
        ..Reasoning::default()
    };
    let (source, media_type) = (Source::Base64("iVBORw==".to_owned()), Some("image/png".to_owned()));
    let media = Media { kind: MediaKind::Image, source, media_type, name: None, detail: None };
    let image = Piece::of(Part::Media(media));
    let mut sealed_call = tool_call("c", "{}");
    let Part::ToolCall(inside) = &mut sealed_call.part else { panic!("no call") };
    inside.seal = seal(Maker::Google, "CrIC");
    for pieces in [
        vec![Piece::text("hi")],
        vec![],
        vec![thought("hm", None), Piece::text("so")],
        vec![thought("hm", None), thought("hm", None), Piece::text("so")],
        vec![
            thought("hm", seal(Maker::Anthropic, "s")),
            Piece::of(Part::Reasoning(redacted)),
            Piece::text("so"),
        ],
        vec![
            Piece::of(Part::Reasoning(summary.clone())),
            Piece::text("so"),
            Piece::of(Part::Reasoning(bare)),
        ],
        vec![image, Piece::text("so")],
        vec![Piece::of(Part::Reasoning(summary)), tool_call("a", "{\"x\": \"\\u00e9\"}")],
        vec![Piece::text("a"), cited("b"), cited("c")],
        vec![sealed_call, tool_call("d", "[1, 2]")],
        vec![Piece::of(Part::Refusal("no".to_owned()))],
    ] {
        check_alike(&pieces);
    }
}

/// What an answer of these pieces says is the same in one piece and as a stream.
fn check_alike(pieces: &[Piece]) {
    let reply = of_anthropic(vec![pieces.to_vec(), vec![Piece::text("other")]]);
    let whole = reply::encode(&reply, &voice(), &mut crate::hub::loss::Losses::default());
    let whole = reply::decode(&whole).unwrap();
    let (stream, _) = spoken(reply, Voice { include_usage: true, ..voice() });
    let mut streamed = folded(heard(&stream).unwrap());
    assert_eq!(streamed.choices.len(), whole.choices.len(), "{pieces:?}");
    for (streamed, whole) in streamed.choices.iter_mut().zip(&whole.choices) {
        let parts =
            |choice: &Choice| choice.pieces.iter().map(|piece| piece.part.clone()).collect::<Vec<_>>();
        assert_eq!(parts(streamed), parts(whole), "{pieces:?}");
        assert_eq!(streamed.finish(), whole.finish(), "{pieces:?}");
    }
    assert_eq!(streamed.usage, whole.usage);
}

#[test]
fn parts_that_overlap_keep_their_own_arguments() {
    let mut speaker = translate::speaker(Dialect::OpenAiChat, voice());
    let mut out = Vec::new();
    let open = |part: u32, id: &str| {
        let (id, name) = (id.to_owned(), "f".to_owned());
        let opened = Opened::ToolCall { id, name, custom: false, seal: None };
        Event::Open { part, choice: 0, opened, extras: Extras::default() }
    };
    let more = |part: u32, text: &str| Event::Delta { part, delta: Delta::Arguments(text.to_owned()) };
    for event in [
        Event::Start(Start::new(Dialect::OpenAiResponses)),
        open(0, "a"),
        open(1, "b"),
        more(1, "["),
        more(0, "{}"),
        more(1, "]"),
        Event::Close { part: 0 },
        Event::Close { part: 1 },
        Event::finish(0, None),
        Event::End,
    ] {
        speaker.say(event, &mut out);
    }
    let choice = folded(heard(&out).unwrap()).choices.remove(0);
    assert_eq!(choice.pieces, [tool_call("a", "{}"), tool_call("b", "[]")]);
}

#[test]
fn custom_tools_that_were_offered_as_functions_are_custom_again() {
    let request = Json::read(r#"{"model":"m","tools":[{"type":"custom","custom":{"name":"f"}}]}"#);
    let voice = Voice { request, ..voice() };
    let reply = of_anthropic(vec![vec![tool_call("a", r#"{"input":"x\ny"}"#)]]);
    let whole = value(&reply::encode(&reply, &voice, &mut crate::hub::loss::Losses::default()));
    let expected = json!([{"id": "a", "type": "custom", "custom": {"name": "f", "input": "x\ny"}}]);
    assert_eq!(whole["choices"][0]["message"]["tool_calls"], expected);
    let (stream, _) = spoken(reply, voice);
    let expected = [
        json!({"role": "assistant", "content": null}),
        json!({"tool_calls": [{"index": 0, "id": "a", "type": "custom", "custom": {"name": "f", "input": ""}}]}),
        json!({"tool_calls": [{"index": 0, "custom": {"input": "x\ny"}}]}),
        json!("tool_calls"),
        json!("[DONE]"),
    ];
    assert_eq!(told_in(&stream), expected);
}
