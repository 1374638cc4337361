//! Whole answers: of servers that are compatible in their own ways, and of other dialects for this one's clients.

use serde_json::{Value, json};

use super::{told, value};
use crate::dialect::Dialect;
use crate::hub::extras::Json;
use crate::hub::loss::Losses;
use crate::hub::part::{Citation, Opaque, Part, Piece, Reasoning, ReasoningForm, Text, ToolCall};
use crate::hub::reply::{Choice, Finish, Reply};
use crate::hub::seal::{Maker, Seal};
use crate::hub::usage::Usage;
use crate::openai_chat::reply;
use crate::translate::Voice;

fn read(body: &Value) -> Reply {
    reply::decode(body.to_string().as_bytes()).unwrap_or_else(|error| panic!("{error}: {body}"))
}

fn of_message(message: &Value, finish: &str) -> Choice {
    let choice = json!({"index": 0, "message": message, "finish_reason": finish});
    read(&json!({"id": "x", "choices": [choice]})).choices.remove(0)
}

fn voice() -> Voice {
    Voice { id: "77".to_owned(), now: 1_700_000_000, ..Voice::default() }
}

fn answer(pieces: Vec<Piece>, finish: Finish) -> Reply {
    let mut reply = Reply::new(Dialect::Anthropic);
    reply.model = Some("claude".to_owned());
    reply.choices = vec![Choice { pieces, finish: Some(finish), ..Choice::default() }];
    reply
}

fn call(arguments: &str) -> Piece {
    let (id, name, arguments) = ("toolu_1".to_owned(), "f".to_owned(), arguments.to_owned());
    Piece::of(Part::ToolCall(ToolCall { id, name, arguments, custom: false, seal: None }))
}

#[test]
fn errors_name_the_place() {
    for (body, expected) in [
        ("", "the body is not valid json"),
        ("{", "the body is not valid json"),
        ("[]", "the body must be an object"),
        ("{}", "`choices` is required"),
        (r#"{"choices":[{}]}"#, "`choices[0].message` is required"),
        (
            r#"{"choices":[{"message":{"content":3}}]}"#,
            "`choices[0].message.content` must be a string or a list of parts",
        ),
        (
            r#"{"choices":[{"message":{"tool_calls":[{"type":"function","function":{}}]}}]}"#,
            "`choices[0].message.tool_calls[0].function.name` is required",
        ),
        (
            r#"{"choices":[],"usage":{"prompt_tokens":"1"}}"#,
            "`usage.prompt_tokens` must be an integer of at least 0",
        ),
    ] {
        assert_eq!(reply::decode(body.as_bytes()).unwrap_err().to_string(), expected, "{body}");
    }
}

#[test]
fn finish_reasons_of_all_servers_are_known() {
    let calls = json!({"tool_calls": [{"function": {"name": "f", "arguments": "{}"}}]});
    for (message, reason, expected) in [
        (json!({"content": "x"}), "stop", Finish::Stop),
        (json!({"content": "x"}), "eos", Finish::Stop),
        (json!({"content": "x"}), "length", Finish::Length),
        (json!({"content": "x"}), "model_length", Finish::ContextFull),
        (json!({"content": "x"}), "content_filter: PROHIBITED_CONTENT", Finish::Filtered),
        (json!({"content": "x"}), "abort", Finish::Other(Dialect::OpenAiChat, "abort".to_owned())),
        (json!({"content": "x"}), "tool_calls", Finish::Stop),
        // Some servers say `stop` though they call a tool.
        (calls.clone(), "stop", Finish::ToolCalls),
        (calls, "function_call", Finish::ToolCalls),
    ] {
        assert_eq!(of_message(&message, reason).finish(), expected, "{reason}");
    }
}

#[test]
fn calls_are_read_as_servers_send_them() {
    let choice = of_message(
        &json!({"content": null, "tool_calls": [
            {"function": {"name": "f", "arguments": {"a": [1]}}},
            {"id": "call_9", "type": "function", "index": 1, "function": {"name": "g"}},
        ]}),
        "tool_calls",
    );
    let calls: Vec<_> = choice
        .pieces
        .iter()
        .map(|piece| match &piece.part {
            Part::ToolCall(call) => (call.id.clone(), call.name.clone(), call.arguments.clone()),
            other => panic!("{other:?}"),
        })
        .collect();
    assert!(calls[0].0.starts_with("call_") && calls[0].0.len() <= 40, "{calls:?}");
    assert_eq!((calls[0].1.as_str(), calls[0].2.as_str()), ("f", r#"{"a":[1]}"#));
    assert_eq!(calls[1], ("call_9".to_owned(), "g".to_owned(), String::new()));
}

#[test]
fn identifiers_that_are_made_up_differ_from_answer_to_answer() {
    let id = |answer: &str| {
        let call = json!({"function": {"name": "f", "arguments": "{}"}});
        let reply =
            read(&json!({"id": answer, "choices": [{"message": {"tool_calls": [call.clone(), call]}}]}));
        let ids = reply.choices[0].pieces.iter().map(|piece| match &piece.part {
            Part::ToolCall(call) => call.id.clone(),
            other => panic!("{other:?}"),
        });
        ids.collect::<Vec<_>>()
    };
    let (first, again, other) = (id("a"), id("a"), id("b"));
    assert_eq!(first, again);
    assert_ne!(first[0], first[1]);
    assert_ne!(first[0], other[0]);
}

fn full(text: &str, seal: Option<Seal>) -> Reasoning {
    let paragraphs = if text.is_empty() { vec![] } else { vec![text.to_owned()] };
    Reasoning { paragraphs, seal, ..Reasoning::default() }
}

fn thoughts_of(message: &Value) -> Vec<Reasoning> {
    let thoughts = of_message(message, "stop").pieces.into_iter().map(|piece| match piece.part {
        Part::Reasoning(reasoning) => reasoning,
        other => panic!("{other:?}"),
    });
    thoughts.collect()
}

#[test]
fn thoughts_are_read_under_every_name() {
    for (message, expected) in [
        (json!({"reasoning_content": "hm"}), vec![full("hm", None)]),
        (json!({"reasoning": "hm"}), vec![full("hm", None)]),
        (json!({"reasoning": "hm", "reasoning_content": "hm"}), vec![full("hm", None)]),
        (json!({"reasoning_content": ""}), vec![]),
        (
            json!({"reasoning": "hm", "reasoning_details": [
                {"type": "reasoning.text", "text": "hm", "signature": "s", "format": "anthropic-claude-v1"},
            ]}),
            vec![full("hm", Some(Seal::new(Maker::Anthropic, "s")))],
        ),
        (
            json!({"reasoning_details": [
                {"type": "reasoning.text", "text": "a", "signature": "s", "format": "anthropic-claude-v1", "index": 0},
                {"type": "reasoning.text", "text": "b", "signature": "callsign.google.t", "index": 1},
            ]}),
            vec![
                full("a", Some(Seal::new(Maker::Anthropic, "s"))),
                full("b", Some(Seal::new(Maker::Google, "t"))),
            ],
        ),
    ] {
        assert_eq!(thoughts_of(&message), expected, "{message}");
    }
}

#[test]
fn proofs_belong_to_the_words_of_the_same_number() {
    for (message, expected) in [
        (
            json!({"reasoning_details": [
                {"type": "reasoning.summary", "summary": "a", "index": 0},
                {"type": "reasoning.summary", "summary": "b", "index": 1},
                {"type": "reasoning.encrypted", "data": "g", "format": "openai-responses-v1", "index": 1},
            ]}),
            vec![Reasoning {
                paragraphs: vec!["a".to_owned(), "b".to_owned()],
                form: ReasoningForm::Summary,
                seal: Some(Seal::new(Maker::OpenAi, "g")),
                redacted: false,
            }],
        ),
        // Joined by number, as the SDK for Python does.
        (
            json!({"reasoning_details": [
                {"type": "reasoning.encrypted", "summary": "a", "data": "g", "format": "openai-responses-v1", "index": 0},
            ]}),
            vec![Reasoning {
                form: ReasoningForm::Summary,
                ..full("a", Some(Seal::new(Maker::OpenAi, "g")))
            }],
        ),
        (
            json!({"reasoning_details": [
                {"type": "reasoning.summary", "summary": "a", "index": 0},
                {"type": "reasoning.encrypted", "data": "g", "format": "google-gemini-v1", "index": 1},
            ]}),
            vec![
                Reasoning { form: ReasoningForm::Summary, ..full("a", None) },
                Reasoning { form: ReasoningForm::Summary, ..full("", Some(Seal::new(Maker::Google, "g"))) },
            ],
        ),
        (
            json!({"reasoning_details": [{"type": "reasoning.encrypted", "data": "r", "format": "anthropic-claude-v1"}]}),
            vec![Reasoning { redacted: true, ..full("", Some(Seal::new(Maker::Anthropic, "r"))) }],
        ),
    ] {
        assert_eq!(thoughts_of(&message), expected, "{message}");
    }
}

#[test]
fn usage_counts_the_same_for_every_server() {
    let usage = |input, output| Usage { input, output, ..Usage::default() };
    for (body, expected) in [
        (json!({"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12}), usage(5, 7)),
        (json!({"prompt_tokens": 5}), usage(5, 0)),
        (
            json!({"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12,
                "prompt_tokens_details": {"cached_tokens": 2, "cache_write_tokens": 1},
                "completion_tokens_details": {"reasoning_tokens": 3}}),
            Usage { cache_read: Some(2), cache_write: Some(1), reasoning: Some(3), ..usage(5, 7) },
        ),
        // Thoughts counted apart: xAI names them, Google's endpoint does not.
        (
            json!({"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 112,
                "completion_tokens_details": {"reasoning_tokens": 100}}),
            Usage { reasoning: Some(100), ..usage(5, 107) },
        ),
        (
            json!({"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 112}),
            Usage { reasoning: Some(100), ..usage(5, 107) },
        ),
        (
            json!({"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12, "prompt_cache_hit_tokens": 4}),
            Usage { cache_read: Some(4), ..usage(5, 7) },
        ),
        (
            json!({"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12, "cached_tokens": 4}),
            Usage { cache_read: Some(4), ..usage(5, 7) },
        ),
    ] {
        assert_eq!(read(&json!({"choices": [], "usage": body})).usage, Some(expected), "{body}");
    }
}

#[test]
fn choices_come_in_order_of_their_numbers() {
    let choice = |index: u64, text: &str| json!({"index": index, "message": {"content": text}});
    let reply = read(&json!({"choices": [choice(1, "b"), choice(0, "a")]}));
    let texts: Vec<_> = reply.choices.iter().map(|choice| choice.pieces[0].clone()).collect();
    assert_eq!(texts, [Piece::text("a"), Piece::text("b")]);
}

#[test]
fn answers_of_others_are_chat_completions() {
    let seal = Some(Seal::new(Maker::Anthropic, "EqQB"));
    let thought = Reasoning { paragraphs: vec!["hm".to_owned()], seal, ..Reasoning::default() };
    let mut reply = answer(
        vec![Piece::of(Part::Reasoning(thought)), Piece::text("I "), Piece::text("look."), call("")],
        Finish::Stop,
    );
    reply.usage =
        Some(Usage { input: 10, cache_read: Some(4), output: 6, reasoning: None, ..Usage::default() });
    let mut losses = Losses::default();
    let body = value(&reply::encode(&reply, &voice(), &mut losses));
    let expected = json!({
        "id": "chatcmpl-77",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": "claude",
        "choices": [{
            "index": 0,
            "message": {
                "role": "assistant",
                "content": "I look.",
                "refusal": null,
                "reasoning_content": "hm",
                "reasoning_details": [{"type": "reasoning.text", "text": "hm", "signature": "callsign.anthropic.EqQB",
                    "format": "anthropic-claude-v1", "index": 0}],
                "tool_calls": [{"id": "toolu_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
            },
            "logprobs": null,
            "finish_reason": "tool_calls",
        }],
        "usage": {"prompt_tokens": 10, "completion_tokens": 6, "total_tokens": 16,
            "prompt_tokens_details": {"cached_tokens": 4}},
    });
    assert_eq!(body, expected);
    assert!(losses.is_empty(), "{losses:?}");
}

#[test]
fn contents_are_null_only_where_something_else_is_said() {
    for (pieces, expected) in [
        (vec![], json!("")),
        (vec![Piece::text("x")], json!("x")),
        (vec![call("{}")], Value::Null),
        (vec![Piece::of(Part::Refusal("no".to_owned()))], Value::Null),
        (vec![Piece::of(Part::Reasoning(Reasoning::default()))], json!("")),
    ] {
        let body =
            value(&reply::encode(&answer(pieces.clone(), Finish::Stop), &voice(), &mut Losses::default()));
        assert_eq!(body["choices"][0]["message"]["content"], expected, "{pieces:?}");
    }
}

#[test]
fn clients_of_2023_get_a_function_call() {
    let request = Json::read(r#"{"model":"m","functions":[{"name":"f"}]}"#);
    let voice = Voice { request, ..voice() };
    let reply = answer(vec![call(r#"{"a":1}"#)], Finish::ToolCalls);
    let body = value(&reply::encode(&reply, &voice, &mut Losses::default()));
    let choice = &body["choices"][0];
    assert_eq!(choice["message"]["function_call"], json!({"name": "f", "arguments": "{\"a\":1}"}));
    assert_eq!(choice["message"]["tool_calls"], Value::Null);
    assert_eq!(choice["finish_reason"], "function_call");
}

#[test]
fn citations_of_the_web_count_the_whole_text() {
    let citation = |url: Option<&str>, range| Citation {
        url: url.map(str::to_owned),
        title: Some("T".to_owned()),
        cited: None,
        range,
        spelled: (Dialect::Anthropic, Json::read("{}").unwrap()),
    };
    let cited = |text: &str, citations| Piece::of(Part::Text(Text { text: text.to_owned(), citations }));
    let reply = answer(
        vec![
            Piece::text("Größe: "),
            cited("drei", vec![citation(Some("https://a"), None), citation(None, None)]),
            cited(" und vier", vec![citation(Some("https://b"), Some((5, 9)))]),
        ],
        Finish::Stop,
    );
    let mut losses = Losses::default();
    let body = value(&reply::encode(&reply, &voice(), &mut losses));
    let expected = json!([
        {"type": "url_citation",
            "url_citation": {"start_index": 7, "end_index": 11, "title": "T", "url": "https://a"}},
        {"type": "url_citation",
            "url_citation": {"start_index": 16, "end_index": 20, "title": "T", "url": "https://b"}},
    ]);
    assert_eq!(body["choices"][0]["message"]["annotations"], expected);
    assert_eq!(told(&losses), ["content[1].citations[1]"]);
}

#[test]
fn what_has_no_place_is_named() {
    let json = Json::read("{}").unwrap();
    let opaque =
        Opaque { dialect: Dialect::Anthropic, kind: "server_tool_use".to_owned(), json: json.clone() };
    let mut reply = answer(vec![Piece::of(Part::Opaque(opaque)), Piece::text("x")], Finish::Paused);
    reply.extras.push("container", Json::read("\"c\"").unwrap());
    let mut losses = Losses::default();
    let body = value(&reply::encode(&reply, &voice(), &mut losses));
    assert_eq!(body["choices"][0]["finish_reason"], "stop");
    assert_eq!(told(&losses), ["content[0]", "finish_reason~", "container"]);
}

#[test]
fn models_are_called_what_the_client_is_to_see() {
    let voice = Voice { model: Some("fast".to_owned()), ..voice() };
    let body = value(&reply::encode(&answer(vec![], Finish::Stop), &voice, &mut Losses::default()));
    assert_eq!(body["model"], "fast");
}
