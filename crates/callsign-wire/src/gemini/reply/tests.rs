//! What must hold of answers that come in other dialects.
#![expect(clippy::disallowed_types, reason = "bodies are compared as values")]

use serde_json::{Value, json};

use super::*;
use crate::dialect::Dialect;
use crate::hub::extras::Json;
use crate::hub::loss::Losses;
use crate::hub::part::{Citation, Part, Piece, Reasoning, Text, ToolCall};
use crate::hub::reply::{Choice, Finish, Reply};
use crate::hub::seal::{Maker, Seal};
use crate::hub::usage::Usage;
use crate::translate::Voice;

fn answered(choice: Choice) -> Reply {
    let id = Some("msg_1".to_owned());
    Reply { id, choices: vec![choice], ..Reply::new(Dialect::Anthropic) }
}

fn written(reply: &Reply) -> (Value, String) {
    let mut losses = Losses::default();
    let body = encode(reply, &Voice::default(), &mut losses);
    (serde_json::from_slice(&body).unwrap(), losses.header(500))
}

fn cited(text: &str, url: Option<&str>, range: Option<(u64, u64)>) -> Piece {
    let spelled = (Dialect::Anthropic, Json::read("{}").unwrap());
    let (url, title) = (url.map(str::to_owned), Some("t".to_owned()));
    let cited = url.is_none().then(|| "words".to_owned());
    let citations = vec![Citation { url, title, cited, range, spelled }];
    Piece::of(Part::Text(Text { text: text.to_owned(), citations }))
}

#[test]
fn neighbouring_words_are_one_part_and_citations_keep_their_place() {
    let pieces = vec![
        Piece::text("Så "),
        cited("är det", Some("https://x.example"), Some((0, 2))),
        cited(".", None, None),
    ];
    let (body, losses) = written(&answered(Choice { pieces, ..Choice::default() }));
    let candidate = &body["candidates"][0];
    assert_eq!(candidate["content"], json!({"parts": [{"text": "Så är det."}], "role": "model"}));
    assert_eq!(
        candidate["groundingMetadata"],
        json!({
            "groundingChunks": [
                {"web": {"uri": "https://x.example", "title": "t"}},
                {"retrievedContext": {"title": "t", "text": "words"}},
            ],
            "groundingSupports": [
                {"segment": {"partIndex": 0, "startIndex": 4, "endIndex": 7, "text": "är"}, "groundingChunkIndices": [0]},
                {"segment": {"partIndex": 0, "startIndex": 11, "endIndex": 12, "text": "."}, "groundingChunkIndices": [1]},
            ],
        })
    );
    assert_eq!(losses, "");
    let read = decode(&serde_json::to_vec(&body).unwrap()).unwrap();
    let Part::Text(text) = &read.choices[0].pieces[0].part else { panic!("words") };
    let ranges: Vec<_> = text.citations.iter().map(|citation| citation.range).collect();
    assert_eq!(ranges, [Some((3, 5)), Some((9, 10))]);
}

#[test]
fn thoughts_of_others_come_back_with_their_proof() {
    for (paragraphs, redacted) in [(vec!["because".to_owned()], false), (vec![], false), (vec![], true)] {
        let seal = Some(Seal::new(Maker::Anthropic, "ErUB=="));
        let thoughts = Reasoning { paragraphs, seal, redacted, ..Reasoning::default() };
        let pieces = vec![Piece::of(Part::Reasoning(thoughts.clone())), Piece::text("so")];
        let (body, losses) = written(&answered(Choice { pieces, ..Choice::default() }));
        assert_eq!(losses, "");
        assert_eq!(body["candidates"][0]["content"]["parts"][0]["thought"], true);
        let read = decode(&serde_json::to_vec(&body).unwrap()).unwrap();
        let Part::Reasoning(back) = &read.choices[0].pieces[0].part else { panic!("thoughts") };
        assert_eq!(
            (&back.paragraphs, &back.seal, back.redacted),
            (&thoughts.paragraphs, &thoughts.seal, redacted)
        );
    }
}

#[test]
fn reasons_to_end_are_told_in_geminis_words() {
    let call = ToolCall {
        id: "toolu_1".to_owned(),
        name: "f".to_owned(),
        arguments: "{\n\"a\": 1}".to_owned(),
        custom: false,
        seal: None,
    };
    for (finish, calls, expected, losses) in [
        (Some(Finish::Stop), false, "STOP", ""),
        (Some(Finish::ToolCalls), true, "STOP", ""),
        (Some(Finish::StopSequence(Some("x".to_owned()))), false, "STOP", ""),
        (Some(Finish::Length), false, "MAX_TOKENS", ""),
        (Some(Finish::ContextFull), false, "MAX_TOKENS", ""),
        (Some(Finish::Filtered), false, "SAFETY", ""),
        (Some(Finish::Paused), false, "OTHER", "finish_reason;changed"),
        (None, false, "STOP", ""),
    ] {
        let pieces =
            if calls { vec![Piece::of(Part::ToolCall(call.clone()))] } else { vec![Piece::text("a")] };
        let (body, told) = written(&answered(Choice { pieces, finish: finish.clone(), ..Choice::default() }));
        assert_eq!(body["candidates"][0]["finishReason"], expected, "{finish:?}");
        assert_eq!(told, losses);
    }
}

#[test]
fn counts_of_tokens_come_and_go() {
    let usage = Usage { input: 10, output: 9, cache_read: Some(4), reasoning: Some(5), ..Usage::default() };
    let mut reply = answered(Choice::default());
    reply.usage = Some(usage);
    let (body, _) = written(&reply);
    assert_eq!(
        body["usageMetadata"],
        json!({
            "promptTokenCount": 10, "candidatesTokenCount": 4, "totalTokenCount": 19,
            "thoughtsTokenCount": 5, "cachedContentTokenCount": 4,
        })
    );
    assert_eq!(decode(&serde_json::to_vec(&body).unwrap()).unwrap().usage, Some(usage));
}

#[test]
fn ids_that_are_made_up_differ_from_answer_to_answer() {
    let id = |response: &str, args: &str| {
        let body = format!(
            r#"{{"candidates":[{{"content":{{"parts":[{{"functionCall":{{"name":"f","args":{args}}}}}]}}}}]{response}}}"#
        );
        let reply = decode(body.as_bytes()).unwrap();
        let Part::ToolCall(call) = &reply.choices[0].pieces[0].part else { panic!("a call") };
        call.id.clone()
    };
    assert_eq!(id(r#","responseId":"a""#, "{}"), id(r#","responseId":"a""#, "{}"));
    assert_ne!(id(r#","responseId":"a""#, "{}"), id(r#","responseId":"b""#, "{}"));
    assert_ne!(id("", "{}"), id("", r#"{"a":1}"#));
    assert!(id("", "{}").bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'));
}

#[test]
fn what_is_no_answer_is_named() {
    for (body, expected) in [
        ("", "the body is not valid json"),
        (r#"{"candidates":{}}"#, "`candidates` must be an array"),
        (
            r#"{"candidates":[{"content":{"parts":[{"text":1}]}}]}"#,
            "`candidates[0].content.parts[0].text` must be a string",
        ),
        (
            r#"{"usageMetadata":{"promptTokenCount":-1}}"#,
            "`usageMetadata.promptTokenCount` must be an integer of at least 0",
        ),
    ] {
        assert_eq!(decode(body.as_bytes()).unwrap_err().to_string(), expected);
    }
}
