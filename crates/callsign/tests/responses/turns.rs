//! One turn after another, at targets that know nothing of the one before.

use callsign_testkit::reply::Reply;
use callsign_testkit::upstream::Upstream;
use callsign_wire::count;
use callsign_wire::dialect::Dialect;
use serde_json::json;

use super::scene::{ANN, answering, ask, body, forgetful, id, look_up, response, said, told, turn};
use super::tongue::{calls, line, reply, streams};

/// Dialects in which nobody keeps what was said.
const OTHERS: [Dialect; 4] = [Dialect::Anthropic, Dialect::OpenAiChat, Dialect::Gemini, Dialect::Bedrock];

#[tokio::test]
async fn conversation_goes_on_at_every_target_of_another_dialect() {
    for target in OTHERS {
        let upstream = answering(target).await;
        let gateway = forgetful(&[(target, &upstream)]).await;
        for (round, stream) in [false, true].into_iter().enumerate() {
            let first = turn(&gateway.client(), "I am Ann.", None, stream).await;
            let second = turn(&gateway.client(), "Who am I?", Some(id(&first)), stream).await;
            let third = turn(&gateway.client(), "Sure?", Some(id(&second)), !stream).await;
            let ids = [id(&first), id(&second), id(&third)];
            assert!(ids[0] != ids[1] && ids[1] != ids[2] && ids[0] != ids[2], "{ids:?}");
            assert_eq!(first["previous_response_id"], json!(null), "{target:?}");
            assert_eq!(second["previous_response_id"], ids[0], "{target:?}");
            let requests = upstream.received();
            let at = 3 * round;
            let expected = [
                "user: I am Ann.".to_owned(),
                format!("assistant: Answer {at}."),
                "user: Who am I?".to_owned(),
                format!("assistant: Answer {}.", at + 1),
                "user: Sure?".to_owned(),
            ];
            for (index, length) in [(at, 1), (at + 1, 3), (at + 2, 5)] {
                assert_eq!(told(target, &requests[index]), expected[..length], "{target:?}, {stream}");
            }
        }
    }
}

#[tokio::test]
async fn tokens_are_counted_with_what_was_said_before() {
    let target = Dialect::Anthropic;
    let upstream = Upstream::scripted(move |request| {
        if request.target.ends_with("/count_tokens") {
            return Reply::json(200, count::answer(target, 42));
        }
        said(target, request)
    });
    let upstream = upstream.await;
    let gateway = forgetful(&[(target, &upstream)]).await;
    let first = turn(&gateway.client(), "I am Ann.", None, false).await;
    let counted = async |previous: &str| {
        let asked = json!({"model": "fast", "input": "Who am I?", "previous_response_id": previous});
        let call = gateway.client().post("/v1/responses/input_tokens", asked.to_string());
        call.header("authorization", &format!("Bearer {ANN}")).send().await
    };
    let answer = counted(id(&first)).await;
    assert_eq!((answer.status, answer.header("x-callsign-losses")), (200, None));
    assert_eq!(answer.json().await["input_tokens"], 42);
    let asked = upstream.received().last().expect("a request").clone();
    assert_eq!(told(target, &asked), ["user: I am Ann.", "assistant: Answer 0.", "user: Who am I?"]);
    let unknown = counted("resp_unknown").await;
    assert_eq!(
        (unknown.status, unknown.header("x-callsign-error")),
        (400, Some("previous_response_not_found"))
    );
}

#[tokio::test]
async fn result_of_a_tool_finds_its_call() {
    for target in OTHERS {
        let upstream = Upstream::scripted(move |request| {
            let said = if request.index == 0 { calls() } else { line("Rain.") };
            reply(target, &said, streams(target, request))
        });
        let upstream = upstream.await;
        let gateway = forgetful(&[(target, &upstream)]).await;
        let tool = json!({"type": "function", "name": "get_weather", "parameters": {"type": "object"}, "strict": false});
        let mut first = body("And the weather?", None, true);
        first["tools"] = json!([tool]);
        let first = response(ask(&gateway.client(), ANN, &first).await).await;
        let output = first["output"].as_array().expect("items");
        let results: Vec<_> = output
            .iter()
            .filter(|item| item["type"] == "function_call")
            .map(|call| json!({"type": "function_call_output", "call_id": call["call_id"], "output": "wet"}))
            .collect();
        assert_eq!(results.len(), 2, "{first}");
        let second =
            json!({"model": "fast", "input": results, "tools": [tool], "previous_response_id": id(&first)});
        let second = response(ask(&gateway.client(), ANN, &second).await).await;
        assert_eq!(second["output"][0]["content"][0]["text"], "Rain.");
        let heard = told(target, &upstream.received()[1]).join("|");
        assert!(heard.contains(r#"get_weather({"city":"Bergen"})"#) && heard.ends_with("result"), "{heard}");
    }
}

#[tokio::test]
async fn conversation_goes_on_at_a_fallback() {
    let kinds = [Dialect::Anthropic, Dialect::OpenAiChat, Dialect::OpenAiResponses];
    for first in kinds {
        for spare in kinds.into_iter().filter(|spare| *spare != first) {
            for stream in [false, true] {
                falls_back(first, spare, stream).await;
            }
        }
    }
}

async fn falls_back(first: Dialect, spare: Dialect, stream: bool) {
    let primary = Upstream::scripted(move |request| match request.index {
        0 => said(first, request),
        _ => Reply::json(503, r#"{"error":{"message":"down"}}"#),
    });
    let primary = primary.await;
    let fallback = answering(spare).await;
    let gateway = forgetful(&[(first, &primary), (spare, &fallback)]).await;
    let begun = turn(&gateway.client(), "I am Ann.", None, stream).await;
    let gone_on = turn(&gateway.client(), "Who am I?", Some(id(&begun)), stream).await;
    let expected = ["user: I am Ann.", "assistant: Answer 0.", "user: Who am I?"];
    assert_eq!(told(spare, &fallback.only()), expected, "{first:?} to {spare:?}");
    assert_eq!(told(first, &primary.received()[1]), expected, "{first:?} to {spare:?}");
    let third = turn(&gateway.client(), "Sure?", Some(id(&gone_on)), stream).await;
    assert_eq!(told(spare, &fallback.received()[1]).len(), 5, "{first:?} to {spare:?}");
    assert_ne!(id(&third), id(&gone_on));
}

#[tokio::test]
async fn what_broke_off_is_not_kept() {
    let pieces = super::tongue::beginning(Dialect::Anthropic, "It was a dark and");
    let upstream = Upstream::scripted(move |_| {
        pieces.iter().fold(Reply::stream(), |reply, piece| reply.data(piece.clone())).reset()
    });
    let upstream = upstream.await;
    let gateway = forgetful(&[(Dialect::Anthropic, &upstream)]).await;
    let answer = ask(&gateway.client(), ANN, &body("Tell me a story.", None, true)).await;
    let (bytes, _) = answer.drain().await;
    let text = String::from_utf8(bytes.to_vec()).expect("text");
    let (_, rest) = text.split_once(r#""id":"resp_"#).unwrap_or_else(|| panic!("{text}"));
    let id = format!("resp_{}", rest.split_once('"').expect("an id").0);
    assert_eq!(look_up(&gateway.client(), &id).await.status, 404, "{text}");
}
