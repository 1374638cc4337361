//! Every client with every target: words and tool calls, whole and in pieces.

use callsign_testkit::upstream::Upstream;
use callsign_wire::dialect::Dialect;
use callsign_wire::hub::conversation::Role;
use callsign_wire::hub::part::Part;
use callsign_wire::hub::reply::Finish;
use serde_json::json;

use super::tongue::{
    CLIENTS, KEY, TARGETS, asked, call, called, calls, entry, gateway, line, operation, own, question, reply,
    streams, text, understood,
};

#[tokio::test]
async fn every_client_reaches_every_target() {
    for target in TARGETS {
        let upstream = Upstream::scripted(move |request| {
            reply(target, &line("Hello from afar."), streams(target, request))
        });
        let upstream = upstream.await;
        let gateway = gateway(&entry(target, "model-x", &upstream.url()), &alias(target)).await;
        for client in CLIENTS {
            for stream in [false, true] {
                let call = call(&gateway.client(), client, "fast", &question("How far is it?", stream));
                let answer = call.send().await;
                let model = answer.header("x-callsign-model").map(str::to_owned);
                let said = understood(client, answer, stream).await;
                assert_eq!(text(&said), "Hello from afar.", "{client:?} to {target:?}, stream: {stream}");
                assert_eq!(said.choices[0].finish(), Finish::Stop);
                assert_eq!(model, Some(format!("{}/model-x", own(target))));
                let usage = said.usage.expect("usage");
                assert_eq!(
                    (usage.input, usage.output),
                    (11, 7),
                    "{client:?} to {target:?}, stream: {stream}"
                );
                let request = upstream.received().last().expect("a request").clone();
                let path = operation(target, stream).path().replace("{model}", "model-x");
                assert!(request.target.contains(&path), "{} for {target:?}", request.target);
                let conversation = asked(target, &request);
                let last = conversation.turns.last().expect("a turn");
                assert_eq!(last.role, Role::User);
                assert!(matches!(&last.pieces[0].part, Part::Text(text) if text.text == "How far is it?"));
                assert_eq!(conversation.max_tokens, Some(64));
                shows_key(target, &request);
            }
        }
    }
}

#[tokio::test]
async fn parallel_tool_calls_come_through_apart() {
    for target in TARGETS {
        let upstream =
            Upstream::scripted(move |request| reply(target, &calls(), streams(target, request))).await;
        let gateway = gateway(&entry(target, "model-x", &upstream.url()), &alias(target)).await;
        for client in CLIENTS {
            for stream in [false, true] {
                let call = call(&gateway.client(), client, "fast", &question("And the weather?", stream));
                let said = understood(client, call.send().await, stream).await;
                let expected = vec![
                    ("get_weather", json!({"city": "Bergen"})),
                    ("get_weather", json!({"city": "Oslo"})),
                ];
                assert_eq!(called(&said), expected, "{client:?} to {target:?}, stream: {stream}");
                assert_eq!(said.choices[0].finish(), Finish::ToolCalls);
                assert_eq!(text(&said), "Let me see.");
            }
        }
    }
}

fn alias(target: Dialect) -> String {
    format!("  fast: {{target: {}/model-x}}\n", own(target))
}

fn shows_key(target: Dialect, request: &callsign_testkit::ledger::Received) {
    let (name, expected) = match target {
        Dialect::Anthropic => ("x-api-key", KEY.to_owned()),
        Dialect::Gemini => ("x-goog-api-key", KEY.to_owned()),
        _ => ("authorization", format!("Bearer {KEY}")),
    };
    assert_eq!(request.header(name), Some(expected.as_str()), "{:?}", request.headers);
}
