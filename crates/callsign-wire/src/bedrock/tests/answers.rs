//! Whole answers, to and from others.

use serde_json::json;

use super::{told, value};
use crate::bedrock::reply;
use crate::dialect::Dialect;
use crate::hub::extras::Json;
use crate::hub::loss::Losses;
use crate::hub::part::{Citation, Part, Piece, Reasoning, Text, ToolCall};
use crate::hub::reply::{Choice, Finish, Reply};
use crate::hub::seal::{Maker, Seal};
use crate::hub::usage::Usage;
use crate::translate::Voice;

fn body(content: &str, reason: &str) -> String {
    format!(
        r#"{{"output":{{"message":{{"role":"assistant","content":{content}}}}},"stopReason":"{reason}"}}"#
    )
}

#[test]
fn reasons_to_end_are_told_by_class() {
    for (reason, expected) in [
        ("end_turn", Finish::Stop),
        ("max_tokens", Finish::Length),
        ("stop_sequence", Finish::StopSequence(None)),
        ("guardrail_intervened", Finish::Filtered),
        ("content_filtered", Finish::Filtered),
        ("model_context_window_exceeded", Finish::ContextFull),
        ("malformed_tool_use", Finish::Other(Dialect::Bedrock, "malformed_tool_use".to_owned())),
    ] {
        let read = reply::decode(body(r#"[{"text":"x"}]"#, reason).as_bytes()).unwrap();
        assert_eq!(read.choices[0].finish(), expected, "{reason}");
    }
    let calls = r#"[{"toolUse":{"toolUseId":"a","name":"f","input":{}}}]"#;
    let read = reply::decode(body(calls, "end_turn").as_bytes()).unwrap();
    assert_eq!(read.choices[0].finish(), Finish::ToolCalls);
}

#[test]
fn cached_input_is_part_of_all_input() {
    let usage = r#"{"inputTokens":5,"outputTokens":7,"totalTokens":42,"cacheReadInputTokens":10,
        "cacheWriteInputTokens":20,"cacheDetails":[{"ttl":"1h","inputTokens":20}]}"#;
    let body = format!(r#"{{"output":{{"message":{{"content":[]}}}},"usage":{usage}}}"#);
    let usage = reply::decode(body.as_bytes()).unwrap().usage.unwrap();
    let expected = Usage {
        input: 35,
        cache_read: Some(10),
        cache_write: Some(20),
        cache_write_hour: Some(20),
        output: 7,
        reasoning: None,
    };
    assert_eq!(usage, expected);
}

#[test]
fn malformed_answers_are_errors() {
    for (body, expected) in [
        ("", "the body is not valid json"),
        ("{}", "`output` is required"),
        (r#"{"output":{}}"#, "`output.message` is required"),
        (
            r#"{"output":{"message":{"content":[{"toolUse":{}}]}}}"#,
            "`output.message.content[0].toolUse.toolUseId` is required",
        ),
    ] {
        assert_eq!(reply::decode(body.as_bytes()).unwrap_err().to_string(), expected);
    }
}

#[test]
fn what_others_answer_is_kept_to_come_back() {
    let hidden =
        Reasoning { seal: Some(Seal::new(Maker::OpenAi, "gAAA")), redacted: true, ..Reasoning::default() };
    let cited = Citation {
        url: Some("https://example.org".to_owned()),
        title: Some("A page".to_owned()),
        cited: None,
        range: Some((0, 2)),
        spelled: (Dialect::OpenAiChat, Json::read("{}").unwrap()),
    };
    let call = ToolCall {
        id: "call_1".to_owned(),
        name: "edit".to_owned(),
        arguments: "a \"b\"".to_owned(),
        custom: true,
        seal: None,
    };
    let pieces = vec![
        Piece::of(Part::Reasoning(hidden.clone())),
        Piece::of(Part::Text(Text { text: "So.".to_owned(), citations: vec![cited] })),
        Piece::of(Part::Refusal("No.".to_owned())),
        Piece::of(Part::ToolCall(call)),
    ];
    let choice = Choice { pieces, finish: Some(Finish::ToolCalls), ..Choice::default() };
    let answer = Reply { choices: vec![choice], ..Reply::new(Dialect::OpenAiChat) };
    let mut losses = Losses::default();
    let written = reply::encode(&answer, &Voice::default(), &mut losses);
    let expected = json!([
        {"reasoningContent": {"redactedContent": "Y2FsbHNpZ24ub3BlbmFpLmdBQUE="}},
        {"citationsContent": {"content": [{"text": "So."}], "citations": [
            {"title": "A page", "location": {"web": {"url": "https://example.org"}}},
        ]}},
        {"text": "No."},
        {"toolUse": {"toolUseId": "call_1", "name": "edit", "input": {"input": "a \"b\""}}},
    ]);
    assert_eq!(value(&written).pointer("/output/message/content").unwrap(), &expected);
    assert_eq!(told(&losses), ["content[2]~"]);
    let read = reply::decode(&written).unwrap();
    assert_eq!(read.choices[0].pieces[0].part, Part::Reasoning(hidden));
}
