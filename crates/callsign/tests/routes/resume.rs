//! `mid_stream: resume`: another target goes on with a broken text, and nothing but text.

use callsign_testkit::deadline::soon;
use callsign_testkit::reply::Reply;
use serde_json::{Value, json};

use super::cases;
use super::record;
use super::scene::{Heard, ask};
use super::speech::{Mode, Speech, events};
use super::stage::{Answer, Scenario, Stage};

const ROUTE: &str = "target: @p, mid_stream: resume, fallbacks: [{target: @a}]";
const SPEECHES: [Speech; 2] = [Speech::OpenAi, Speech::Anthropic];

/// The beginning of a text, in two pieces, and no end.
fn begun(speech: Speech) -> Reply {
    Reply::sse([speech.opening(), speech.token("It was a dark "), speech.token("and stormy ")])
}

fn cut(speech: Speech, _: Mode) -> Reply {
    begun(speech).fin()
}

fn stalled(speech: Speech, _: Mode) -> Reply {
    begun(speech).stall()
}

fn errs(speech: Speech, _: Mode) -> Reply {
    begun(speech).data(speech.error_event("overloaded"))
}

/// A way to break, and the condition that it stands for.
type Break = (&'static str, fn(Speech, Mode) -> Reply, &'static str);

const BREAKS: [Break; 3] =
    [("cut", cut, "unavailable"), ("stall", stalled, "timeout"), ("error", errs, "unavailable")];

#[tokio::test]
async fn broken_text_is_continued_by_the_next_target() {
    let mut scenarios = Vec::new();
    for speech in SPEECHES {
        for (name, broken, condition) in BREAKS {
            let scenario = Scenario::new(format!("{name}.{speech:?}"), (speech, Mode::Stream), ROUTE)
                .model_with("p", "timeouts: {idle: 200ms}", vec![Answer::Does(broken)])
                .model("a", Answer::Says("night."));
            scenarios.push((scenario, condition));
        }
    }
    let stage = Stage::of(&scenarios.iter().map(|(scenario, _)| scenario.clone()).collect::<Vec<_>>()).await;
    cases::all(scenarios.into_iter().map(|(scenario, condition)| {
        let stage = stage.clone();
        (scenario.name.clone(), async move {
            let heard = ask(stage.gateway.client(), scenario.way, &scenario.name).await;
            assert_eq!(heard.text(), "It was a dark and stormy night.");
            is_resumed(scenario.way.0, &heard);
            let visits = stage.visits(&scenario);
            assert_eq!(visits.len(), 2, "{heard:?}");
            goes_on(&visits[1].json());
            let id = heard.header("x-callsign-request-id").expect("an id");
            let told = record::of(&stage.gateway, id).await;
            let (p, a) = (scenario.target("p"), scenario.target("a"));
            record::tells(
                record::attempts(&told),
                &[(&p, Some(condition), Some(200)), (&a, None, Some(200))],
            );
            assert_eq!((&told["ended"], &told["error"]), (&"complete".into(), &Value::Null), "{told}");
        })
    }))
    .await;
}

#[tokio::test]
async fn white_space_that_a_target_begins_with_is_not_told_twice() {
    let speech = Speech::Anthropic;
    let scenario = Scenario::new("space".to_owned(), (speech, Mode::Stream), ROUTE)
        .model("p", Answer::Does(cut))
        .model("a", Answer::Says(" night."));
    let stage = Stage::of(std::slice::from_ref(&scenario)).await;
    let heard = ask(stage.gateway.client(), scenario.way, &scenario.name).await;
    assert_eq!(heard.text(), "It was a dark and stormy night.");
    is_resumed(speech, &heard);
}

#[tokio::test]
async fn model_goes_on_as_its_entry_says() {
    // What the entry says, what the request and the assistant's message say of it, and who speaks last.
    let cases = [
        ("prefill: message", Value::Null, Value::Null, "assistant"),
        ("prefill: prefix", Value::Null, json!(true), "assistant"),
        ("prefill: continue_final_message", json!(true), Value::Null, "assistant"),
        ("prefill: none", Value::Null, Value::Null, "user"),
    ];
    let scenarios: Vec<Scenario> = (cases.iter().zip(0..))
        .map(|((prefill, ..), number)| {
            Scenario::new(format!("prefill-{number}"), (Speech::OpenAi, Mode::Stream), ROUTE)
                .model("p", Answer::Does(cut))
                .model_with("a", prefill, vec![Answer::Says("night.")])
        })
        .collect();
    let stage = Stage::of(&scenarios).await;
    for (scenario, (prefill, switch, prefix, last)) in scenarios.iter().zip(cases) {
        let heard = ask(stage.gateway.client(), scenario.way, &scenario.name).await;
        assert_eq!(heard.text(), "It was a dark and stormy night.", "{prefill}");
        let body = stage.visits(scenario)[1].json();
        goes_on(&body);
        let messages = body["messages"].as_array().expect("messages");
        let said =
            (&body["continue_final_message"], &messages[1]["prefix"], &messages[messages.len() - 1]["role"]);
        assert_eq!(said, (&switch, &prefix, &last.into()), "{prefill}: {body}");
    }
}

/// One answer, not two one after another; its end says that it was resumed.
fn is_resumed(speech: Speech, heard: &Heard) {
    let all = events(&heard.body);
    let resumed: Vec<&Value> = all.iter().filter(|event| !event["callsign"]["resumed"].is_null()).collect();
    assert_eq!(resumed.len(), 1, "{}", heard.body);
    let count = |kind: &str| all.iter().filter(|event| event["type"] == kind).count();
    match speech {
        Speech::OpenAi => {
            let roles = all.iter().filter(|event| event["choices"][0]["delta"]["role"].is_string()).count();
            let ids: std::collections::BTreeSet<_> =
                all.iter().map(|event| event["id"].to_string()).collect();
            assert_eq!((roles, ids.len()), (1, 1), "{}", heard.body);
            assert_eq!(heard.body.matches("[DONE]").count(), 1);
        }
        Speech::Anthropic => {
            for kind in [
                "message_start",
                "content_block_start",
                "content_block_stop",
                "message_delta",
                "message_stop",
            ] {
                assert_eq!(count(kind), 1, "{kind} in {}", heard.body);
            }
        }
    }
}

/// The next target is shown the conversation and the text so far, as the assistant's. Where that alone does not make it go
/// on, the user asks for it.
fn goes_on(body: &Value) {
    let messages = body["messages"].as_array().expect("messages");
    assert!(messages.len() >= 2 && messages[2..].iter().all(|message| message["role"] == "user"), "{body}");
    assert_eq!(messages[0], json!({"role": "user", "content": "Hi"}));
    assert_eq!(messages[1]["role"], "assistant");
    let content = &messages[1]["content"];
    let text = content.as_str().or_else(|| content[0]["text"].as_str()).expect("a text");
    // Anthropic refuses a last message that ends with white space.
    assert_eq!(text.trim_end(), "It was a dark and stormy", "{body}");
}

fn openai_tool_call(speech: Speech, _: Mode) -> Reply {
    let call = json!({"index": 0, "id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{\"a\""}});
    begun(speech).data(delta(&json!({"tool_calls": [call]}))).fin()
}

fn openai_reasoning(speech: Speech, _: Mode) -> Reply {
    Reply::sse([speech.opening(), delta(&json!({"reasoning_content": "Let me think"}))]).fin()
}

fn delta(delta: &Value) -> String {
    let choice = json!({"index": 0, "delta": delta, "finish_reason": null});
    format!(
        "data: {}\n\n",
        json!({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]})
    )
}

fn tool_use(speech: Speech, _: Mode) -> Reply {
    let stop = block("content_block_stop", &json!({}), 0);
    let start = json!({"content_block": {"type": "tool_use", "id": "t", "name": "f", "input": {}}});
    let piece = json!({"delta": {"type": "input_json_delta", "partial_json": "{\"a\""}});
    begun(speech)
        .data(stop + &block("content_block_start", &start, 1) + &block("content_block_delta", &piece, 1))
        .fin()
}

fn thinking(speech: Speech, _: Mode) -> Reply {
    let opening = speech.opening();
    let (message, _) = opening.split_once("event: content_block_start").expect("a block");
    let start = json!({"content_block": {"type": "thinking", "thinking": "", "signature": ""}});
    let piece = json!({"delta": {"type": "thinking_delta", "thinking": "Let me think"}});
    Reply::stream()
        .data(
            message.to_owned()
                + &block("content_block_start", &start, 0)
                + &block("content_block_delta", &piece, 0),
        )
        .fin()
}

fn block(kind: &str, fields: &Value, index: u32) -> String {
    let mut event = fields.clone();
    event["type"] = kind.into();
    event["index"] = index.into();
    format!("event: {kind}\ndata: {event}\n\n")
}

/// What cannot be continued, and by whom it is said.
type Unsafe = (&'static str, Speech, fn(Speech, Mode) -> Reply);

const UNSAFE: [Unsafe; 4] = [
    ("tool-call", Speech::OpenAi, openai_tool_call),
    ("reasoning", Speech::OpenAi, openai_reasoning),
    ("tool-use", Speech::Anthropic, tool_use),
    ("thinking", Speech::Anthropic, thinking),
];

#[tokio::test]
async fn open_tool_call_or_thought_is_not_continued() {
    let mut scenarios = UNSAFE.map(|(name, speech, broken)| {
        Scenario::new(name, (speech, Mode::Stream), ROUTE)
            .model("p", Answer::Does(broken))
            .model("a", Answer::Says("a"))
    });
    is_error(&mut scenarios).await;
}

/// A stream whose first word is that the provider refuses on policy, and that is never closed.
fn refuses(_: Speech, _: Mode) -> Reply {
    let choice = json!({"index": 0, "delta": {}, "finish_reason": "content_filter"});
    let chunk = json!({"id": "refused", "object": "chat.completion.chunk", "choices": [choice]});
    Reply::sse([format!("data: {chunk}\n\n")]).stall()
}

const POLICY: &str =
    "target: @p, mid_stream: resume, fallbacks: [{target: @a, conditions: [content_filtered]}]";

#[tokio::test]
async fn refusal_on_policy_that_was_given_up_is_closed_while_the_next_target_answers() {
    let scenario = Scenario::new("policy", (Speech::OpenAi, Mode::Stream), POLICY)
        .model("p", Answer::Does(refuses))
        .model("a", Answer::Does(stalled));
    let stage = Stage::of(std::slice::from_ref(&scenario)).await;
    let body = Speech::OpenAi.ask(&scenario.name, Mode::Stream);
    let mut answer = stage.gateway.client().post(Speech::OpenAi.path(), body).send().await;
    answer.read_until("\n\n").await;
    assert_eq!(stage.visits(&scenario).len(), 2);
    soon("the end of the refusal", stage.upstream.gone(0)).await;
    answer.hang_up();
}

#[tokio::test]
async fn refusal_on_policy_that_was_given_up_never_ends_the_next_target_s_answer() {
    let scenario = Scenario::new("policy", (Speech::OpenAi, Mode::Stream), POLICY)
        .model("p", Answer::Does(refuses))
        .model("a", Answer::Does(cut));
    let stage = Stage::of(std::slice::from_ref(&scenario)).await;
    let heard = ask(stage.gateway.client(), scenario.way, &scenario.name).await;
    assert_eq!(Speech::OpenAi.said(&heard.body), "It was a dark and stormy ");
    Speech::OpenAi.broken(&heard.body);
    assert!(!heard.body.contains("refused"), "{}", heard.body);
}

#[tokio::test]
async fn nothing_is_continued_unless_it_is_asked_for() {
    let mut scenarios = SPEECHES.map(|speech| {
        Scenario::new(format!("{speech:?}"), (speech, Mode::Stream), "target: @p, fallbacks: [{target: @a}]")
            .model("p", Answer::Does(cut))
            .model("a", Answer::Says("a"))
    });
    is_error(&mut scenarios).await;
}

#[tokio::test]
async fn text_that_nobody_can_continue_ends_in_an_error() {
    let mut scenarios = SPEECHES.map(|speech| {
        Scenario::new(format!("{speech:?}"), (speech, Mode::Stream), ROUTE)
            .model("p", Answer::Does(cut))
            .model("a", Answer::Error(503))
    });
    let stage = Stage::of(&scenarios).await;
    for scenario in &mut scenarios {
        let heard = ask(stage.gateway.client(), scenario.way, &scenario.name).await;
        scenario.way.0.broken(&heard.body);
        assert_eq!(scenario.way.0.said(&heard.body), "It was a dark and stormy ");
        assert_eq!(stage.visits(scenario).len(), 2);
        let id = heard.header("x-callsign-request-id").expect("an id");
        assert_eq!(record::of(&stage.gateway, id).await["ended"], "broken");
    }
}

async fn is_error(scenarios: &mut [Scenario]) {
    let stage = Stage::of(scenarios).await;
    for scenario in scenarios {
        let outcome = stage.play(scenario).await;
        assert_eq!(outcome.visited, ["p"]);
        scenario.way.0.broken(&outcome.heard.body);
        assert_eq!(outcome.told["ended"], "broken", "{}", outcome.told);
    }
}
