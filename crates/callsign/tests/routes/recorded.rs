//! What the record tells of exchanges that no route explains: clients that leave, names that nobody has, secrets.

use callsign_testkit::deadline::soon;
use callsign_testkit::reply::Reply;
use serde_json::Value;

use super::record;
use super::scene::{ask, hear};
use super::speech::{Mode, Speech, WAYS};
use super::stage::{self, Answer, Scenario, Stage};

const WAY: (Speech, Mode) = (Speech::OpenAi, Mode::Stream);

async fn one(answer: Answer) -> (std::sync::Arc<Stage>, Scenario) {
    let scenario = Scenario::new("alias", WAY, "target: @p").model("p", answer);
    (Stage::of(std::slice::from_ref(&scenario)).await, scenario)
}

#[tokio::test]
async fn client_that_leaves_in_a_stream_is_recorded_as_gone() {
    let half = |speech: Speech, _| Reply::sse([speech.opening(), speech.token("half")]).stall();
    let (stage, scenario) = one(Answer::Does(half)).await;
    let call = stage.gateway.client().post(WAY.0.path(), WAY.0.ask("alias", WAY.1));
    let mut answer = call.send().await;
    let id = answer.header("x-callsign-request-id").expect("an id").to_owned();
    answer.read_until("\n\n").await;
    answer.hang_up();
    soon("the upstream's release", stage.upstream.gone(0)).await;
    let told = record::of(&stage.gateway, &id).await;
    assert_eq!((&told["ended"], &told["status"]), (&"cancelled".into(), &200.into()), "{told}");
    assert_eq!(told["model"], scenario.target("p"), "{told}");
}

/// What was said cannot be taken back: the provider's error passes as it is, and a stream without an end gets one.
#[tokio::test]
async fn stream_that_fails_after_its_first_token_is_broken() {
    let errs = |speech: Speech, _| {
        Reply::sse([speech.opening(), speech.token("half"), speech.error_event("overloaded")])
    };
    let stops = |speech: Speech, _| Reply::sse([speech.opening(), speech.token("half")]);
    let route = "target: @p, fallbacks: [{target: @a}]";
    let mut scenarios = Vec::new();
    for speech in [Speech::OpenAi, Speech::Anthropic] {
        for (name, answer) in [("errs", Answer::Does(errs)), ("stops", Answer::Does(stops))] {
            let scenario = Scenario::new(format!("{name}.{speech:?}"), (speech, Mode::Stream), route)
                .model("p", answer)
                .model("a", Answer::Says("a"));
            scenarios.push((scenario, name));
        }
    }
    stage::play(scenarios, |scenario, name, outcome| {
        let (speech, body) = (scenario.way.0, &outcome.heard.body);
        let error = speech.broken(body);
        assert_eq!(error["message"] == "overloaded", name == "errs", "{body}");
        assert_eq!((speech.said(body).as_str(), body.matches("\"error\":").count()), ("half", 1), "{body}");
        assert_eq!(
            (&outcome.told["ended"], outcome.visited.len()),
            (&"broken".into(), 1),
            "{}",
            outcome.told
        );
        let condition = if name == "errs" { "invalid_response" } else { "unavailable" };
        let attempt = (scenario.target("p"), Some(condition), Some(200));
        record::tells(record::attempts(&outcome.told), &[(&attempt.0, attempt.1, attempt.2)]);
    })
    .await;
}

#[tokio::test]
async fn name_that_nobody_has_is_recorded_with_its_error() {
    let (stage, _) = one(Answer::Says("good")).await;
    for way in WAYS {
        let heard = ask(stage.gateway.client(), way, "nobody").await;
        assert_eq!(heard.header("x-callsign-attempts"), None);
        let told = record::of(&stage.gateway, heard.header("x-callsign-request-id").expect("an id")).await;
        assert_eq!((&told["status"], &told["error"]), (&404.into(), &"model_not_found".into()), "{told}");
        assert_eq!((&told["ended"], record::attempts(&told).len()), (&"refused".into(), 0), "{told}");
    }
}

#[tokio::test]
async fn record_that_does_not_exist_is_not_found() {
    let (stage, _) = one(Answer::Says("good")).await;
    let answer = stage.gateway.admin().get("/api/v1/exchanges/no-such-exchange").send().await;
    assert_eq!(answer.status, 404);
    let heard = ask(stage.gateway.client(), WAY, "alias").await;
    let id = heard.header("x-callsign-request-id").expect("an id");
    let answer = stage.gateway.client().get(&format!("/api/v1/exchanges/{id}")).send().await;
    assert_eq!(answer.status, 404, "clients do not read records");
}

#[tokio::test]
async fn every_error_of_the_admin_listener_is_json_of_one_form() {
    let (stage, _) = one(Answer::Says("good")).await;
    // What is sent; the status, the code, and what the message says.
    let cases = [
        ("GET", "/api/v1/exchanges?limit=many", 400, "invalid_request", "`?limit=50`"),
        ("GET", "/api/v1/exchanges?limit=-1", 400, "invalid_request", "`limit`"),
        ("GET", "/api/v1/exchanges?limit=1&limit=2", 400, "invalid_request", "once"),
        ("GET", "/api/v1/exchanges/none", 404, "not_found", "no exchange"),
        ("GET", "/api/v1/exchanges/%ff", 404, "not_found", "no exchange"),
        ("GET", "/nowhere", 404, "not_found", "`/nowhere`"),
        ("POST", "/api/v1", 404, "not_found", "`/api/v1`"),
        ("POST", "/api/v1/exchanges", 405, "method_not_allowed", "not POST"),
        ("DELETE", "/api/v1/exchanges/none", 405, "method_not_allowed", "not DELETE"),
    ];
    for (method, path, status, code, says) in cases {
        let answer = stage.gateway.admin().call(&method.parse().expect("a method"), path).send().await;
        assert_eq!(answer.status, status, "{method} {path}");
        assert_eq!(answer.header("content-type"), Some("application/json"), "{method} {path}");
        assert_eq!(answer.header("allow"), (status == 405).then_some("GET,HEAD"), "{method} {path}");
        let body = answer.json().await;
        let error = &body["error"];
        assert_eq!(
            (&error["type"], &error["code"]),
            (&"invalid_request_error".into(), &code.into()),
            "{body}"
        );
        assert!(error["message"].as_str().is_some_and(|message| message.contains(says)), "{says}: {body}");
    }
}

#[tokio::test]
async fn record_holds_no_key_and_no_text() {
    let echo = r#"{"error":{"message":"wrong key key-of-openai/alias.p","type":"t"}}"#;
    let (stage, _) = one(Answer::Exact(Reply::json(401, echo))).await;
    let body = r#"{"model":"alias","user":"a-person","messages":[{"role":"user","content":"a-secret"}]}"#;
    let call = stage.gateway.client().post(WAY.0.path(), body).header("authorization", "Bearer client-key");
    let heard = hear((WAY.0, Mode::Whole), call).await;
    assert_eq!(heard.status, 401);
    let told = record::of(&stage.gateway, heard.header("x-callsign-request-id").expect("an id")).await;
    for secret in ["key-of-", "a-person", "a-secret", "client-key"] {
        assert!(!told.to_string().contains(secret), "{secret} in {told}");
    }
    assert_eq!(told["error"], Value::Null);
}
