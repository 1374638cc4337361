//! Streams: nothing leaves before it is clear, what blocks ends them in order, and what does not wait is not late.

use callsign_testkit::client::Answer;
use callsign_testkit::deadline::soon;
use callsign_testkit::gate::Gate;
use callsign_testkit::reply::Reply;
use callsign_testkit::upstream::Upstream;
use callsign_wire::dialect::Dialect;
use callsign_wire::hub::part::{Part, Piece, Reasoning, ToolCall};
use callsign_wire::hub::reply::{Choice, Finish};
use serde_json::{Value, json};

use super::scene::{
    BLOCKS, MAIL, MASKS, OATH, confession, gateway, hides, id, record, seen, spelled, understood,
};
use super::tongue::{CLIENTS, TARGETS, call, called, line, question, streams, text};

const STREAM: &str = r#"{"model":"fast","stream":true,"messages":[{"role":"user","content":"Hi"}]}"#;

fn token(text: &str) -> String {
    format!(
        "data: {}\n\n",
        json!({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [{"index": 0, "delta": {"content": text}}]})
    )
}

/// The words of a stream's events, put together.
fn words(stream: &str) -> String {
    let events = stream.lines().filter_map(|line| line.strip_prefix("data: {"));
    let events = events.map(|event| serde_json::from_str::<Value>(&format!("{{{event}")).expect("an event"));
    events.filter_map(|event| event["choices"][0]["delta"]["content"].as_str().map(str::to_owned)).collect()
}

/// What has come once this has.
async fn told_until(answer: &mut Answer, words: &str) -> String {
    let mut told = String::new();
    while !told.contains(words) {
        let piece = soon("the words", answer.next()).await.expect("more").expect("a piece");
        told += &String::from_utf8_lossy(&piece);
    }
    told
}

#[tokio::test]
async fn calls_and_thoughts_are_masked_in_streams() {
    for target in TARGETS {
        let said = {
            let arguments = json!({"to": MAIL, "body": format!("{OATH} it"), "count": 2}).to_string();
            let call =
                ToolCall { id: "call_1".into(), name: "send".into(), arguments, custom: false, seal: None };
            let thoughts = Reasoning { paragraphs: vec![confession()], ..Reasoning::default() };
            let mut said = line("I write.");
            let pieces = vec![
                Piece::of(Part::Reasoning(thoughts)),
                Piece::text("I write."),
                Piece::of(Part::ToolCall(call)),
            ];
            said.choices = vec![Choice { pieces, finish: Some(Finish::ToolCalls), ..Choice::default() }];
            said
        };
        let upstream =
            Upstream::scripted(move |request| spelled(target, &said, streams(target, request))).await;
        let gateway = gateway(target, &upstream, MASKS).await;
        for client in CLIENTS {
            for stream in [false, true] {
                let call = call(&gateway.client(), client, "fast", &question("Hi", stream));
                let said = understood(client, call.send().await, stream).await;
                let name = format!("{target:?} to {client:?}, stream: {stream}");
                let expected = json!({"to": "[EMAIL]", "body": "**** it", "count": 2});
                assert_eq!(called(&said), [("send", expected)], "{name}");
                assert_eq!(
                    (text(&said).as_str(), said.choices[0].finish()),
                    ("I write.", Finish::ToolCalls),
                    "{name}"
                );
            }
        }
    }
}

#[tokio::test]
async fn nothing_waits_but_what_is_not_clear() {
    let (first, second) = (Gate::closed(), Gate::closed());
    let reply = {
        let (first, second) = (first.clone(), second.clone());
        move || {
            Reply::sse([token("All is well. Write to jane.")])
                .wait(&first)
                .data(token("doe@example.com and"))
                .wait(&second)
                .data(token(" be glad."))
                .data("data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n")
                .data("data: [DONE]\n\n")
        }
    };
    let upstream = Upstream::scripted(move |_| reply()).await;
    let gateway = gateway(Dialect::OpenAiChat, &upstream, MASKS).await;
    let mut answer = gateway.client().post("/v1/chat/completions", STREAM).send().await;
    let early = told_until(&mut answer, "Write to ").await;
    assert!(early.contains("All is well.") && !early.contains("jane"), "{early}");
    first.open();
    let more = told_until(&mut answer, "[EMAIL]").await;
    second.open();
    let (rest, end) = answer.drain().await;
    end.expect("a whole answer");
    let all = early + &more + &String::from_utf8_lossy(&rest);
    hides(&all);
    assert_eq!(words(&all), "All is well. Write to [EMAIL] and be glad.");
    assert!(!all.contains("jane") && all.ends_with("data: [DONE]\n\n"), "{all}");
}

#[tokio::test]
async fn what_blocks_ends_the_stream_in_order_and_cancels_its_target() {
    let upstream = Upstream::scripted(|_| {
        Reply::sse([
            token("It is a long story, and it ends with "),
            token("jane.doe@exam"),
            token("ple.com who said so"),
        ])
        .stall()
    });
    let upstream = upstream.await;
    let gateway = gateway(Dialect::OpenAiChat, &upstream, BLOCKS).await;
    let answer = gateway.client().post("/v1/chat/completions", STREAM).send().await;
    let name = id(&answer);
    let (status, told) = soon("the end", seen(answer)).await;
    assert_eq!(status, 200);
    assert!(
        told.contains("content_filter") && told.ends_with("data: [DONE]\n\n") && !told.contains("jane"),
        "{told}"
    );
    soon("the target's release", upstream.gone(0)).await;
    let record = record(&gateway, &name).await;
    let found =
        json!({"category": "pii", "kind": "email", "action": "block", "direction": "output", "count": 1});
    assert_eq!(
        (&record["guard"], &record["error"]),
        (&json!([found]), &json!("content_blocked")),
        "{record}"
    );
}

#[tokio::test]
async fn what_blocks_before_anything_was_said_is_refused() {
    let upstream = Upstream::scripted(|_| Reply::sse([token(OATH), token(" and on it goes")]).stall()).await;
    let gateway = gateway(Dialect::OpenAiChat, &upstream, BLOCKS).await;
    let answer = gateway.client().post("/v1/chat/completions", STREAM).send().await;
    assert_eq!((answer.status, answer.header("x-callsign-error")), (400, Some("content_blocked")));
    soon("the target's release", upstream.gone(0)).await;
}

#[tokio::test]
async fn what_waits_of_a_stream_that_breaks_never_leaves() {
    let upstream =
        Upstream::scripted(|_| Reply::sse([token("Write to "), token("jane.doe@example.com")]).fin()).await;
    let gateway = gateway(Dialect::OpenAiChat, &upstream, MASKS).await;
    let answer = gateway.client().post("/v1/chat/completions", STREAM).send().await;
    let (_, told) = seen(answer).await;
    assert!(!told.contains("jane") && told.contains("\"error\""), "{told}");
}

#[tokio::test]
async fn errors_inside_streams_are_masked() {
    let error = format!(
        "data: {}\n\n",
        json!({"error": {"message": format!("no mail to {MAIL}"), "type": "server_error"}})
    );
    let upstream =
        Upstream::scripted(move |_| Reply::sse([token("Well, this is it: "), error.clone()])).await;
    for guardrails in [MASKS, BLOCKS] {
        let gateway = gateway(Dialect::OpenAiChat, &upstream, guardrails).await;
        let (_, told) = seen(gateway.client().post("/v1/chat/completions", STREAM).send().await).await;
        assert!(told.contains("\"error\""), "{told}");
    }
}

#[tokio::test]
async fn completions_of_old_are_guarded() {
    let chunk = |text: &str, end: &str| {
        let end = if end.is_empty() { json!(null) } else { json!(end) };
        format!(
            "data: {}\n\n",
            json!({"id": "cmpl-1", "object": "text_completion", "choices": [{"index": 0, "text": text, "logprobs": {"tokens": [text]}, "finish_reason": end}]})
        )
    };
    let letters: Vec<char> = confession().chars().collect();
    let mut events: Vec<String> =
        letters.chunks(3).map(|piece| chunk(&piece.iter().collect::<String>(), "")).collect();
    events.extend([chunk("", "stop"), "data: [DONE]\n\n".to_owned()]);
    let whole = json!({"id": "cmpl-1", "object": "text_completion", "choices": [{"index": 0, "text": confession(), "finish_reason": "stop"}]}).to_string();
    let upstream = Upstream::scripted(move |request| {
        if streams(Dialect::OpenAiChat, request) {
            Reply::sse(events.clone())
        } else {
            Reply::json(200, whole.clone())
        }
    });
    let upstream = upstream.await;
    for stream in [false, true] {
        let body = json!({"model": "fast", "prompt": "Hi", "stream": stream}).to_string();
        let masking = gateway(Dialect::OpenAiChat, &upstream, MASKS).await;
        let (status, told) = seen(masking.client().post("/v1/completions", body.clone()).send().await).await;
        assert!(status == 200 && told.contains("[EMAIL]") && told.contains("\"stop\""), "{told}");
        let blocking = gateway(Dialect::OpenAiChat, &upstream, BLOCKS).await;
        let (status, told) = seen(blocking.client().post("/v1/completions", body).send().await).await;
        assert!(
            if stream {
                told.contains("content_filter") && told.ends_with("data: [DONE]\n\n")
            } else {
                status == 400
            },
            "{told}"
        );
    }
}

#[tokio::test]
async fn words_of_another_kind_of_stream_do_not_leave() {
    let chunk = |delta: Value, end: Value| {
        let told = json!({"id": "c", "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": delta, "finish_reason": end}]});
        format!("data: {told}\n\n")
    };
    let letters: Vec<char> = confession().chars().collect();
    let word = |piece: &[char]| chunk(json!({"content": piece.iter().collect::<String>()}), Value::Null);
    let mut events: Vec<String> = letters.chunks(3).map(word).collect();
    events.extend([chunk(json!({}), "stop".into()), "data: [DONE]\n\n".to_owned()]);
    let upstream = Upstream::always(Reply::sse(events)).await;
    let body = json!({"model": "fast", "prompt": "Hi", "stream": true}).to_string();
    for guardrails in [MASKS, BLOCKS] {
        let gateway = gateway(Dialect::OpenAiChat, &upstream, guardrails).await;
        let (status, told) = seen(gateway.client().post("/v1/completions", body.clone()).send().await).await;
        assert_eq!(status, 400, "{told}");
        assert!(told.contains("content_blocked") && !told.contains("\"content\""), "{told}");
    }
}

#[tokio::test]
async fn what_is_told_instead_of_a_count_is_looked_at() {
    let said = json!({"input_tokens": 3, "note": confession()}).to_string();
    let upstream = Upstream::always(Reply::json(200, said)).await;
    let body = json!({"model": "fast", "messages": [{"role": "user", "content": "Hi"}]}).to_string();
    for (guardrails, expected) in [(MASKS, 200), (BLOCKS, 400)] {
        let gateway = gateway(Dialect::Anthropic, &upstream, guardrails).await;
        let (status, told) =
            seen(gateway.client().post("/v1/messages/count_tokens", body.clone()).send().await).await;
        assert_eq!(status, expected, "{told}");
        assert!(status != 200 || told.contains("\"input_tokens\":3"), "{told}");
    }
}
