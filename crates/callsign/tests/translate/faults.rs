//! What goes wrong at a target of another dialect: errors, broken streams, fallbacks across dialects.

use callsign_testkit::reply::Reply;
use callsign_testkit::upstream::Upstream;
use callsign_wire::dialect::Dialect;
use callsign_wire::error_body::{self, ErrorKind};
use callsign_wire::hub::event::{Event, Failed, Start};
use callsign_wire::translate;

use super::tongue::{
    CLIENTS, TARGETS, beginning, call, entry, error, events, gateway, line, own, question, reply, streams,
    text, understood,
};

#[tokio::test]
async fn errors_are_told_in_the_clients_dialect() {
    for target in TARGETS {
        let reply = error(target, 429, ErrorKind::RateLimit, "slow down a little").header("retry-after", "7");
        let upstream = Upstream::always(reply).await;
        let gateway = gateway(&entry(target, "m", &upstream.url()), &only(target)).await;
        for client in CLIENTS {
            for stream in [false, true] {
                let answer = call(&gateway.client(), client, "fast", &question("Hi", stream)).send().await;
                assert_eq!(answer.status, 429, "{client:?} {target:?}");
                assert_eq!(answer.header("retry-after"), Some("7"));
                let body = answer.bytes().await;
                assert!(error_body::is_error(client, &body), "{client:?} {target:?}: {body:?}");
                let words = error_body::words(&body).expect("words");
                assert!(words.message.contains("slow down a little"), "{words:?}");
            }
        }
    }
}

#[tokio::test]
async fn errors_in_place_of_an_answer_fall_back_across_dialects() {
    for target in TARGETS {
        for spare in TARGETS {
            let first = Upstream::scripted(move |request| faulty(target, streams(target, request))).await;
            let second = Upstream::scripted(move |request| {
                reply(spare, &line("Here instead."), streams(spare, request))
            });
            let second = second.await;
            let entries = [entry(target, "one", &first.url()), entry(spare, "two", &second.url())].concat();
            let aliases = format!(
                "  fast: {{target: {}/one, fallbacks: [{{target: {}/two}}]}}\n",
                own(target),
                own(spare)
            );
            let gateway = gateway(&entries, &aliases).await;
            let ways = CLIENTS.into_iter().flat_map(|client| [false, true].map(|stream| (client, stream)));
            for (client, stream) in ways {
                // After a few failures the breaker passes the first target over; that is as good here.
                let answer = call(&gateway.client(), client, "fast", &question("Hi", stream)).send().await;
                let said = understood(client, answer, stream).await;
                let way = format!("{client:?} to {target:?} then {spare:?}, stream: {stream}");
                assert_eq!(text(&said), "Here instead.", "{way}");
            }
        }
    }
}

/// A 200 that is an error.
fn faulty(target: Dialect, stream: bool) -> Reply {
    if !stream {
        return Reply::json(200, "<html>sorry</html>");
    }
    let failed = callsign_wire::hub::event::Failed {
        kind: ErrorKind::Overloaded,
        code: "overloaded".to_owned(),
        message: "too much to do".to_owned(),
    };
    events(target, vec![Event::Start(callsign_wire::hub::event::Start::new(target)), Event::Failed(failed)])
}

#[tokio::test]
async fn an_error_that_opens_a_stream_keeps_its_class() {
    for (kind, status, of_anthropic) in [
        (ErrorKind::RateLimit, 429, 429),
        (ErrorKind::Overloaded, 503, 529),
        (ErrorKind::InvalidRequest, 400, 400),
    ] {
        for target in TARGETS {
            let upstream = Upstream::scripted(move |_| {
                let failed = Failed { kind, code: String::new(), message: "not just now".to_owned() };
                events(target, vec![Event::Start(Start::new(target)), Event::Failed(failed)])
            });
            let upstream = upstream.await;
            let gateway = gateway(&entry(target, "m", &upstream.url()), &only(target)).await;
            for client in CLIENTS {
                let answer = call(&gateway.client(), client, "fast", &question("Hi", true)).send().await;
                let expected = if client == Dialect::Anthropic { of_anthropic } else { status };
                assert_eq!(answer.status, expected, "{client:?} {target:?} {kind:?}");
                let body = answer.bytes().await;
                assert!(error_body::is_error(client, &body), "{client:?} {target:?}: {body:?}");
                let words = error_body::words(&body).expect("words");
                assert_eq!(words.message, "not just now", "{client:?} {target:?}");
            }
        }
    }
}

#[tokio::test]
async fn answers_name_the_model_where_the_target_does_not() {
    let target = Dialect::Bedrock;
    let upstream =
        Upstream::scripted(move |request| reply(target, &line("Yes."), streams(target, request))).await;
    let gateway = gateway(&entry(target, "m", &upstream.url()), &only(target)).await;
    for client in CLIENTS {
        for stream in [false, true] {
            let answer = call(&gateway.client(), client, "fast", &question("Hi", stream)).send().await;
            let said = understood(client, answer, stream).await;
            assert_eq!(said.model.as_deref(), Some("m"), "{client:?}, stream: {stream}");
        }
    }
}

#[tokio::test]
async fn googles_clients_get_an_array_where_they_ask_for_no_events() {
    for target in [Dialect::Anthropic, Dialect::Bedrock] {
        let upstream =
            Upstream::scripted(move |request| reply(target, &line("It rains."), streams(target, request)));
        let upstream = upstream.await;
        let gateway = gateway(&entry(target, "m", &upstream.url()), &only(target)).await;
        let body = r#"{"contents":[{"role":"user","parts":[{"text":"Hi"}]}]}"#;
        let path = "/v1beta/models/fast:streamGenerateContent";
        let answer = gateway.client().post(path, body).send().await;
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
        let array = answer.json().await;
        let texts =
            array.as_array().expect("an array").iter().map(|event| {
                event["candidates"][0]["content"]["parts"][0]["text"].as_str().unwrap_or_default()
            });
        assert_eq!(texts.collect::<String>(), "It rains.", "{array}");
    }
}

#[tokio::test]
async fn google_says_in_the_body_when_to_come_back() {
    let told = r#"{"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"6.2s"}]}}"#;
    let upstream = Upstream::always(Reply::json(429, told).header("x-request-id", "r-1")).await;
    let target = Dialect::Gemini;
    let gateway = gateway(&entry(target, "m", &upstream.url()), &only(target)).await;
    let answer = call(&gateway.client(), Dialect::Anthropic, "fast", &question("Hi", false)).send().await;
    assert_eq!((answer.status, answer.header("retry-after")), (429, Some("7")));
    assert_eq!(answer.header("request-id"), Some("r-1"));
    assert_eq!(answer.json().await["request_id"], "r-1");
}

#[tokio::test]
async fn a_stream_that_is_cut_never_ends_cleanly() {
    for target in TARGETS {
        let pieces = beginning(target, "It was a dark and");
        let upstream = Upstream::scripted(move |_| cut(target, &pieces)).await;
        let gateway = gateway(&entry(target, "m", &upstream.url()), &only(target)).await;
        for client in CLIENTS {
            let answer = call(&gateway.client(), client, "fast", &question("Hi", true)).send().await;
            assert_eq!(answer.status, 200, "{client:?} {target:?}");
            let (body, _) = answer.drain().await;
            let told = String::from_utf8_lossy(&body).into_owned();
            assert!(told.contains("It was a dark and"), "{told}");
            let mut listener = translate::listener(client);
            let mut heard = Vec::new();
            let _cut = listener.push(body, &mut heard).and_then(|()| listener.end(&mut heard));
            let failed = heard.iter().any(|event| matches!(event, Event::Failed(_)));
            assert!(failed && !heard.contains(&Event::End), "{client:?} {target:?}: {told}");
        }
    }
}

#[tokio::test]
async fn a_stream_that_told_its_length_and_is_cut_is_told_as_broken_in_full() {
    let target = Dialect::OpenAiChat;
    let chunk = r#"{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"It was"},"finish_reason":null}]}"#;
    // Longer than what is told in place of the half event.
    let half = format!("data: {{\"id\":\"{}", "c".repeat(2_000));
    for rest in [half.as_str(), "data: {\"id\"", ""] {
        let body = format!("data: {chunk}\n\n{rest}");
        let upstream = Upstream::always(Reply::body(200, "text/event-stream", body)).await;
        let gateway = gateway(&entry(target, "m", &upstream.url()), &only(target)).await;
        let answer = call(&gateway.client(), target, "fast", &question("Hi", true)).send().await;
        assert_eq!(answer.status, 200);
        let told = answer.text().await;
        let last = told.trim_end().lines().last().and_then(|line| line.strip_prefix("data: "));
        let last: serde_json::Value = serde_json::from_str(last.expect("an event")).expect("a whole event");
        assert!(last["error"]["message"].is_string(), "{told}");
        assert!(told.contains("It was") && !told.contains("ccc"), "{told}");
    }
}

#[tokio::test]
async fn a_broken_text_is_taken_up_across_dialects() {
    for target in TARGETS {
        let pieces = beginning(target, "It was a dark ");
        let first = Upstream::scripted(move |_| cut(target, &pieces)).await;
        let spare = Dialect::Anthropic;
        let second = Upstream::scripted(move |request| {
            reply(spare, &line("and stormy night."), streams(spare, request))
        });
        let second = second.await;
        let entries = [entry(target, "one", &first.url()), entry(spare, "two", &second.url())].concat();
        let aliases = format!(
            "  fast: {{target: {}/one, mid_stream: resume, fallbacks: [{{target: {}/two}}]}}\n",
            own(target),
            own(spare)
        );
        let gateway = gateway(&entries, &aliases).await;
        for client in [Dialect::OpenAiChat, Dialect::Anthropic] {
            let answer = call(&gateway.client(), client, "fast", &question("Hi", true)).send().await;
            let said = understood(client, answer, true).await;
            assert_eq!(text(&said), "It was a dark and stormy night.", "{client:?} {target:?}");
        }
    }
}

fn cut(target: Dialect, pieces: &[bytes::Bytes]) -> Reply {
    let start = events(target, Vec::new());
    pieces.iter().fold(start, |reply, piece| reply.data(piece.clone())).fin()
}

fn only(target: Dialect) -> String {
    format!("  fast: {{target: {}/m}}\n", own(target))
}
