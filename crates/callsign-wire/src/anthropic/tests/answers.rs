//! Answers of other dialects, whole and in pieces, as clients of this one get them, and what they bring back.

use bytes::Bytes;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{told, value};
use crate::anthropic::stream::{Ear, Mouth};
use crate::anthropic::{reply, request};
use crate::dialect::Dialect;
use crate::error_body::ErrorKind;
use crate::frame::sse::{Frame, Framer};
use crate::hub::event::{Delta, Event, Failed, Opened, Start};
use crate::hub::extras::{Extras, Json};
use crate::hub::fold::{Fold, unfold};
use crate::hub::loss::Losses;
use crate::hub::part::{
    Citation, Media, MediaKind, Opaque, Part, Piece, Reasoning, ReasoningForm, Source, Text, ToolCall,
};
use crate::hub::reply::{Choice, Finish, Reply};
use crate::hub::seal::{Maker, Seal};
use crate::hub::usage::Usage;
use crate::translate::{Hear, Speak, Voice};

fn voice() -> Voice {
    Voice { id: "7".to_owned(), input_tokens: 42, model: Some("alias".to_owned()), ..Voice::default() }
}

fn answer(dialect: Dialect, pieces: Vec<Piece>, finish: Finish) -> Reply {
    let finish = Some(finish);
    Reply { choices: vec![Choice { pieces, finish, ..Choice::default() }], ..Reply::new(dialect) }
}

fn call(id: &str, name: &str, arguments: &str) -> ToolCall {
    let (id, name, arguments) = (id.to_owned(), name.to_owned(), arguments.to_owned());
    ToolCall { id, name, arguments, custom: false, seal: None }
}

fn spoken(events: impl IntoIterator<Item = Event>) -> (String, Vec<String>) {
    let mut mouth = Mouth::new(voice());
    let mut out = Vec::new();
    events.into_iter().for_each(|event| mouth.say(event, &mut out));
    (String::from_utf8(out).unwrap(), told(mouth.losses()))
}

fn heard(stream: &str) -> (Vec<Event>, bool) {
    let mut framer = Framer::default();
    framer.push(Bytes::copy_from_slice(stream.as_bytes()));
    let (mut ear, mut events) = (Ear::default(), Vec::new());
    while let Some(frame) = framer.next_frame().unwrap() {
        ear.hear(&frame, &mut events).unwrap();
    }
    let whole = ear.end(&mut events);
    (events, whole)
}

fn folded(events: Vec<Event>) -> Reply {
    let mut events = events.into_iter();
    let Some(Event::Start(start)) = events.next() else { panic!("it does not start") };
    let mut fold = Fold::new(start);
    events.for_each(|event| fold.push(event));
    fold.finish().unwrap()
}

/// Checks a whole answer, and that its stream says the same and loses the same.
fn check(name: &str, reply: Reply, expected: &Value, losses: &[&str]) {
    let mut lost = Losses::default();
    let whole = reply::encode(&reply, &voice(), &mut lost);
    let written = value(&whole);
    for (key, expected) in expected.as_object().unwrap() {
        assert_eq!(written.get(key).unwrap_or(&Value::Null), expected, "{name}: {key} in {written:#}");
    }
    assert_eq!(told(&lost), losses, "{name}");
    let (stream, lost) = spoken(unfold(reply));
    assert_eq!(lost, losses, "{name}");
    let (events, ended) = heard(&stream);
    assert!(ended, "{name}: {stream}");
    assert_eq!(folded(events), reply::decode(&whole).unwrap(), "{name}: {stream}");
}

#[test]
fn thoughts_and_calls_of_others_are_told_in_the_terms_of_the_api() {
    let sealed =
        |seal| Reasoning { paragraphs: vec!["a".to_owned(), "b".to_owned()], seal, ..Reasoning::default() };
    let reasoning = |reasoning| Piece::of(Part::Reasoning(reasoning));
    let gemini =
        ToolCall { seal: Some(Seal::new(Maker::Google, "CiQB")), ..call("x:1", "a.b", r#"{"q": 1}"#) };
    let custom = ToolCall { custom: true, ..call("c", "patch", "*** \"begin\"\n") };
    for (name, pieces, finish, expected, losses) in [
        (
            "text",
            vec![Piece::text("Hi"), Piece::text("")],
            Finish::Stop,
            json!({"id": "msg_7", "type": "message", "role": "assistant", "model": "alias",
                "content": [{"type": "text", "text": "Hi"}], "stop_reason": "end_turn", "stop_sequence": null,
                "usage": {"input_tokens": 42, "output_tokens": 0}}),
            vec![],
        ),
        (
            "thoughts",
            vec![
                reasoning(sealed(Some(Seal::new(Maker::OpenAi, "gAAA")))),
                reasoning(sealed(None)),
                Piece::text("Hi"),
            ],
            Finish::Length,
            json!({"stop_reason": "max_tokens", "content": [
                {"type": "thinking", "thinking": "a\n\nb", "signature": "callsign.openai.gAAA"},
                {"type": "thinking", "thinking": "a\n\nb", "signature": "callsign.none"},
                {"type": "text", "text": "Hi"},
            ]}),
            vec![],
        ),
        (
            "thoughts that are hidden",
            vec![reasoning(Reasoning {
                redacted: true,
                seal: Some(Seal::new(Maker::OpenAi, "z")),
                ..Reasoning::default()
            })],
            Finish::Stop,
            json!({"content": [{"type": "redacted_thinking", "data": "callsign.openai.z"}]}),
            vec![],
        ),
        (
            "a call with a seal of its own, and one of plain text",
            vec![Piece::of(Part::ToolCall(gemini)), Piece::of(Part::ToolCall(custom))],
            Finish::Stop,
            json!({"stop_reason": "tool_use", "content": [
                {"type": "thinking", "thinking": "", "signature": "call.callsign.google.CiQB"},
                {"type": "tool_use", "id": "cs__x_3A1", "name": "cs__a_2Eb", "input": {"q": 1}},
                {"type": "tool_use", "id": "c", "name": "patch", "input": {"input": "*** \"begin\"\n"}},
            ]}),
            vec![],
        ),
    ] {
        check(name, answer(Dialect::OpenAiChat, pieces, finish), &expected, &losses);
    }
}

#[test]
fn words_and_ends_of_others_are_told_in_the_terms_of_the_api() {
    let page = Citation {
        url: Some("https://a.example".to_owned()),
        title: Some("A".to_owned()),
        cited: None,
        range: Some((0, 3)),
        spelled: (Dialect::OpenAiChat, Json::read("{}").unwrap()),
    };
    let file = Citation { url: None, ..page.clone() };
    let cited = Text { text: "See".to_owned(), citations: vec![page, file] };
    let json = Json::read(r#"{"type":"web_search_call"}"#).unwrap();
    let opaque = Opaque { dialect: Dialect::OpenAiResponses, kind: "web_search_call".to_owned(), json };
    for (name, pieces, finish, expected, losses) in [
        (
            "a refusal",
            vec![Piece::of(Part::Refusal("No.".to_owned()))],
            Finish::Stop,
            json!({"stop_reason": "refusal", "content": [{"type": "text", "text": "No."}]}),
            vec!["content[0]~"],
        ),
        (
            "sources",
            vec![Piece::of(Part::Text(cited))],
            Finish::StopSequence(Some("END".to_owned())),
            json!({"stop_reason": "stop_sequence", "stop_sequence": "END", "content": [{"type": "text", "text": "See",
                "citations": [{"type": "web_search_result_location", "cited_text": "", "url": "https://a.example",
                    "title": "A", "encrypted_index": "callsign.none"}]}]}),
            vec!["content[0].annotations"],
        ),
        (
            "what only others have",
            vec![Piece::of(Part::Opaque(opaque))],
            Finish::Other(Dialect::Gemini, "LANGUAGE".to_owned()),
            json!({"stop_reason": "end_turn", "content": []}),
            vec!["content[0]", "finish_reason~"],
        ),
    ] {
        check(name, answer(Dialect::OpenAiChat, pieces, finish), &expected, &losses);
    }
}

#[test]
fn what_an_answer_takes_is_counted_as_the_api_does() {
    let usage = Usage {
        input: 1000,
        cache_read: Some(700),
        cache_write: Some(200),
        cache_write_hour: Some(50),
        output: 30,
        reasoning: Some(20),
    };
    let reply =
        Reply { usage: Some(usage), ..answer(Dialect::OpenAiChat, vec![Piece::text("x")], Finish::Stop) };
    let expected = json!({"usage": {
        "input_tokens": 100,
        "cache_creation_input_tokens": 200,
        "cache_read_input_tokens": 700,
        "cache_creation": {"ephemeral_5m_input_tokens": 150, "ephemeral_1h_input_tokens": 50},
        "output_tokens": 30,
        "output_tokens_details": {"thinking_tokens": 20},
    }});
    check("usage", reply, &expected, &[]);
}

fn open(part: u32, opened: Opened) -> Event {
    Event::Open { part, choice: 0, opened, extras: Extras::default() }
}

fn tool(id: &str) -> Opened {
    Opened::ToolCall { id: id.to_owned(), name: "f".to_owned(), custom: false, seal: None }
}

fn add(part: u32, delta: Delta) -> Event {
    Event::Delta { part, delta }
}

/// The events of a stream in short: its name, the index, and what it adds.
fn outline(stream: &str) -> Vec<String> {
    let data = stream.lines().filter_map(|line| line.strip_prefix("data: "));
    let each = data.map(|data| {
        let data = value(data.as_bytes());
        let name = data["type"].as_str().unwrap().replace("content_block_", "");
        let index = data["index"].as_u64().map(|index| format!(" {index}")).unwrap_or_default();
        let text = ["text", "partial_json", "thinking", "signature"]
            .iter()
            .find_map(|key| data["delta"][key].as_str());
        format!("{name}{index}{}", text.map(|text| format!(" {text}")).unwrap_or_default())
    });
    each.collect()
}

#[test]
fn parts_that_overlap_come_one_after_another() {
    let arguments = |text: &str| Delta::Arguments(text.to_owned());
    let events = vec![
        Event::Start(Start::new(Dialect::OpenAiChat)),
        open(0, Opened::Text),
        add(0, Delta::Text(String::new())),
        add(0, Delta::Text("I look.".to_owned())),
        open(1, tool("a")),
        open(2, tool("b")),
        add(2, arguments("{\"b\":1}")),
        add(1, arguments("{\"a\":")),
        Event::Open { part: 3, choice: 1, opened: Opened::Text, extras: Extras::default() },
        add(3, Delta::Text("another answer".to_owned())),
        Event::Close { part: 0 },
        add(1, arguments("1}")),
        Event::Close { part: 1 },
        Event::Close { part: 2 },
        Event::Close { part: 3 },
        Event::finish(0, Some(Finish::Stop)),
        Event::finish(1, Some(Finish::Length)),
        Event::Usage(Usage { input: 9, output: 5, ..Usage::default() }),
        Event::End,
        Event::End,
    ];
    let (stream, losses) = spoken(events);
    let expected = [
        "message_start",
        "ping",
        "start 0",
        "delta 0 I look.",
        "stop 0",
        "start 1",
        "delta 1 {\"a\":",
        "delta 1 1}",
        "stop 1",
        "start 2",
        "delta 2 {\"b\":1}",
        "stop 2",
        "message_delta",
        "message_stop",
    ];
    assert_eq!(outline(&stream), expected, "{stream}");
    assert_eq!(losses, ["choices[1]"]);
    assert!(
        stream.contains(r#""usage":{"input_tokens":42,"output_tokens":0}"#),
        "an estimate first: {stream}"
    );
    let end = r#"{"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"input_tokens":9,"output_tokens":5}}"#;
    assert!(stream.contains(end), "the truth at last: {stream}");
}

#[test]
fn a_broken_stream_never_finishes() {
    let failed =
        Failed { kind: ErrorKind::Overloaded, code: "overloaded".to_owned(), message: "busy".to_owned() };
    let events = [
        Event::Start(Start::new(Dialect::Gemini)),
        open(0, Opened::Text),
        add(0, Delta::Text("x".to_owned())),
        Event::Failed(failed.clone()),
        Event::End,
    ];
    let (stream, _) = spoken(events);
    assert_eq!(outline(&stream), ["message_start", "ping", "start 0", "delta 0 x", "error"]);
    let (events, _) = heard(&stream);
    let again = Failed { code: "overloaded_error".to_owned(), ..failed };
    assert_eq!(events.last(), Some(&Event::Failed(again)));
}

#[test]
fn streams_of_careless_servers_are_understood() {
    let frame = |data: &str| format!("data: {data}\n\n");
    for (name, stream, content) in [
        (
            "no message_start, no stops, the arguments at once",
            [
                r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":"a"}}"#,
                r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"b"}}"#,
                r#"{"type":"content_block_delta","index":9,"delta":{"type":"text_delta","text":"lost"}}"#,
                r#"{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"t","name":"f","input":{"x":1}}}"#,
                r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":3}}"#,
                r#"{"type":"message_stop"}"#,
                r#"{"type":"message_stop"}"#,
            ]
            .map(frame)
            .concat(),
            vec![Piece::text("ab"), Piece::of(Part::ToolCall(call("t", "f", r#"{"x":1}"#)))],
        ),
        (
            "blocks that nobody knows",
            [
                r#"{"type":"message_start","message":{"id":"m","usage":null}}"#,
                r#"{"type":"vendor_event","x":1}"#,
                r#"{"type":"content_block_start","index":0,"content_block":{"type":"compaction","content":null}}"#,
                r#"{"type":"content_block_delta","index":0,"delta":{"type":"compaction_delta","content":"all"}}"#,
                r#"{"type":"content_block_stop","index":0}"#,
                r#"{"type":"message_stop"}"#,
            ]
            .map(frame)
            .concat(),
            vec![Piece::of(Part::Opaque(Opaque {
                dialect: Dialect::Anthropic,
                kind: "compaction".to_owned(),
                json: Json::read(r#"{"type":"compaction","content":"all"}"#).unwrap(),
            }))],
        ),
    ] {
        let (events, whole) = heard(&stream);
        assert!(whole, "{name}");
        assert_eq!(events.iter().filter(|event| **event == Event::End).count(), 1, "{name}");
        let reply = folded(events);
        assert_eq!(reply.choices[0].pieces, content, "{name}");
    }
}

#[test]
fn a_client_brings_everything_back() {
    let seal = |maker, text: &str| Some(Seal::new(maker, text));
    let reasoning = |reasoning| Piece::of(Part::Reasoning(reasoning));
    let pieces = vec![
        reasoning(Reasoning {
            paragraphs: vec!["hm".to_owned()],
            seal: seal(Maker::OpenAi, "gAAA"),
            ..Reasoning::default()
        }),
        reasoning(Reasoning { seal: seal(Maker::Google, "bare"), ..Reasoning::default() }),
        Piece::text("I look."),
        Piece::of(Part::ToolCall(ToolCall {
            seal: seal(Maker::Google, "CiQB"),
            ..call("a:0", "x.y", r#"{"q": 1}"#)
        })),
        Piece::of(Part::ToolCall(call("b", "z", "{}"))),
    ];
    let answer = answer(Dialect::Gemini, pieces.clone(), Finish::Stop);
    let whole = value(&reply::encode(&answer, &voice(), &mut Losses::default()));
    let history = json!({"messages": [{"role": "assistant", "content": whole["content"]}]});
    let mut brought = request::decode(history.to_string().as_bytes()).unwrap().turns.remove(0).pieces;
    if let Part::ToolCall(call) = &mut brought[3].part {
        call.arguments = r#"{"q": 1}"#.to_owned();
    }
    assert_eq!(brought, pieces);
}

#[test]
fn pictures_in_answers_are_noted_as_lost() {
    let source = Source::Base64("AAAA".to_owned());
    let media = Media { kind: MediaKind::Image, source, media_type: None, name: None, detail: None };
    let events = unfold(answer(Dialect::Gemini, vec![Piece::of(Part::Media(media))], Finish::Stop));
    let (stream, losses) = spoken(events);
    assert_eq!(outline(&stream), ["message_start", "ping", "message_delta", "message_stop"]);
    assert_eq!(losses, ["content[0]"]);
}

#[test]
fn thoughts_are_signed_even_without_a_seal() {
    let form = ReasoningForm::Summary;
    let events = [
        Event::Start(Start::new(Dialect::OpenAiResponses)),
        open(0, Opened::Reasoning { form, redacted: false }),
        add(0, Delta::Text("one".to_owned())),
        add(0, Delta::Paragraph),
        add(0, Delta::Text("two".to_owned())),
        Event::Close { part: 0 },
        Event::finish(0, None),
        Event::End,
    ];
    let (stream, _) = spoken(events);
    let expected = [
        "message_start",
        "ping",
        "start 0",
        "delta 0 one",
        "delta 0 \n\n",
        "delta 0 two",
        "delta 0 callsign.none",
        "stop 0",
        "message_delta",
        "message_stop",
    ];
    assert_eq!(outline(&stream), expected);
}

/// Words that bodies are made of.
const WORDS: &[&str] = &[
    "text",
    "thinking",
    "tool_use",
    "tool_result",
    "image",
    "document",
    "search_result",
    "redacted_thinking",
    "user",
    "assistant",
    "system",
    "base64",
    "url",
    "content",
    "enabled",
    "auto",
    "ephemeral",
    "message_start",
    "content_block_start",
    "content_block_delta",
    "content_block_stop",
    "message_delta",
    "message_stop",
    "error",
    "text_delta",
    "input_json_delta",
    "signature_delta",
    "cs__a_2Eb",
    "call.callsign.google.x",
    "",
];

/// Names of members.
const KEYS: &[&str] = &[
    "type",
    "role",
    "content",
    "text",
    "thinking",
    "signature",
    "data",
    "id",
    "name",
    "input",
    "tool_use_id",
    "source",
    "media_type",
    "url",
    "messages",
    "system",
    "tools",
    "tool_choice",
    "output_config",
    "format",
    "schema",
    "metadata",
    "usage",
    "cache_control",
    "citations",
    "message",
    "index",
    "delta",
    "content_block",
    "partial_json",
    "stop_reason",
    "max_tokens",
    "input_schema",
    "error",
];

/// JSON that looks like a body of this dialect, with anything in any place.
fn bodies() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        4 => prop::sample::select(WORDS).prop_map(Value::from),
        1 => (0..3_u64).prop_map(Value::from),
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 48, 6, move |inner| {
        let key = prop::sample::select(KEYS).prop_map(str::to_owned);
        prop_oneof![
            1 => prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            3 => prop::collection::vec((key, inner), 0..6).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_body_makes_a_reader_or_a_writer_panic(body in bodies(), events in prop::collection::vec(bodies(), 0..6)) {
        let body = body.to_string();
        let terms = crate::translate::Terms { model: "m", max_tokens: 64, chat: crate::quirks::Chat::USUAL, thinking: crate::quirks::ThinkingForm::Usual, family: crate::quirks::Family::Claude };
        if let Ok(mut conversation) = request::decode(body.as_bytes()) {
            for dialect in [Dialect::Anthropic, Dialect::OpenAiChat] {
                conversation.dialect = dialect;
                let written = request::encode(&conversation, terms, &mut Losses::default());
                if let Ok(written) = written {
                    value(&written);
                }
            }
        }
        if let Ok(mut answer) = reply::decode(body.as_bytes()) {
            answer.dialect = Dialect::Gemini;
            value(&reply::encode(&answer, &voice(), &mut Losses::default()));
        }
        let (mut ear, mut heard) = (Ear::default(), Vec::new());
        for event in events {
            let frame = Frame::from(Bytes::from(format!("data: {event}\n\n")));
            if ear.hear(&frame, &mut heard).is_err() {
                break;
            }
        }
        ear.end(&mut heard);
    }
}
