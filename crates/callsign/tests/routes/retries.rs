//! Tries on one target, `Retry-After`, and what each attempt carries to its provider.

use std::time::Duration;

use callsign_testkit::reply::Reply;
use callsign_testkit::upstream::Upstream;
use serde_json::Value;

use super::record;
use super::scene::{Config, ask};
use super::speech::{Mode, Speech, WAYS};
use super::stage::{self, Answer, Scenario, Stage};

/// What comes of retries: the labels of the models asked, the status, and how long it takes at least and at most.
#[derive(Debug, Clone, Copy)]
struct Expected {
    visited: &'static [&'static str],
    status: u16,
    at_least: Duration,
}

/// An answer that says when to come back.
fn limited(when: &'static str) -> Answer {
    Answer::Exact(Reply::json(429, Speech::OpenAi.error("no 429")).header("retry-after", when))
}

const RETRIES: &str = "target: @p, retries: {attempts: 2, backoff: 5ms}, fallbacks: [{target: @a}]";
const NO_RETRIES: &str = "target: @p, fallbacks: [{target: @a}]";
const PAST: &str = "Wed, 21 Oct 2015 07:28:00 GMT";
const FUTURE: &str = "Thu, 31 Dec 2099 23:59:59 GMT";

fn rows() -> Vec<(&'static str, &'static str, Vec<Answer>, Expected)> {
    let says = || Answer::Says("p");
    let error = Answer::Error;
    let expected =
        |visited, at_least| Expected { visited, status: 200, at_least: Duration::from_millis(at_least) };
    vec![
        ("second-try-succeeds", RETRIES, vec![error(500), says()], expected(&["p", "p"], 0)),
        ("third-try-succeeds", RETRIES, vec![error(503), error(500), says()], expected(&["p", "p", "p"], 0)),
        ("tries-are-counted", RETRIES, vec![error(500)], expected(&["p", "p", "p", "a"], 0)),
        ("broken-connection", RETRIES, vec![Answer::Exact(Reply::abort()), says()], expected(&["p", "p"], 0)),
        ("limit-without-a-date", RETRIES, vec![error(429), says()], expected(&["p", "p"], 0)),
        ("at-once", RETRIES, vec![limited("0"), says()], expected(&["p", "p"], 0)),
        ("in-a-second", RETRIES, vec![limited("1"), says()], expected(&["p", "p"], 1_000)),
        ("since-long-ago", RETRIES, vec![limited(PAST), says()], expected(&["p", "p"], 0)),
        ("too-late", RETRIES, vec![limited("600"), says()], expected(&["p", "a"], 0)),
        ("next-century", RETRIES, vec![limited(FUTURE), says()], expected(&["p", "a"], 0)),
        ("wrong-key", RETRIES, vec![error(401), says()], expected(&["p", "a"], 0)),
        ("no-such-model", RETRIES, vec![error(404), says()], expected(&["p", "a"], 0)),
        ("off-by-default", NO_RETRIES, vec![error(500), says()], expected(&["p", "a"], 0)),
        ("date-without-retries", NO_RETRIES, vec![limited("1"), says()], expected(&["p", "a"], 0)),
        (
            "client-mistake",
            RETRIES,
            vec![error(422), says()],
            Expected { status: 422, ..expected(&["p"], 0) },
        ),
    ]
}

#[tokio::test]
async fn target_is_tried_again_where_that_may_help() {
    let scenarios = rows().into_iter().map(|(name, route, answers, expected)| {
        let scenario =
            Scenario::plain(name, route).model_with("p", "", answers).model("a", Answer::Says("a"));
        (scenario, expected)
    });
    stage::play(scenarios.collect(), |scenario, expected, outcome| {
        assert_eq!(outcome.visited, expected.visited, "{:?}", outcome.heard);
        assert_eq!(outcome.heard.status, expected.status);
        assert_eq!(outcome.heard.attempts(), expected.visited.len());
        let took = outcome.heard.took;
        assert!(expected.at_least <= took && took < Duration::from_secs(5), "after {took:?}");
        let attempts = record::attempts(&outcome.told).iter().map(|attempt| attempt["model"].clone());
        let models = expected.visited.iter().map(|label| Value::from(scenario.target(label)));
        assert!(attempts.eq(models), "{}", outcome.told);
    })
    .await;
}

#[tokio::test]
async fn stream_is_tried_again_before_its_first_token() {
    let scenarios = [Speech::OpenAi, Speech::Anthropic].map(|speech| {
        let name = format!("{speech:?}");
        let scenario =
            Scenario::new(name, (speech, Mode::Stream), "target: @p, retries: {attempts: 2, backoff: 5ms}")
                .model_with(
                    "p",
                    "",
                    vec![Answer::Exact(Reply::stream().reset()), Answer::Error(529), Answer::Says("p")],
                );
        (scenario, ())
    });
    stage::play(scenarios.into(), |_, (), outcome| {
        assert_eq!(outcome.heard.text(), "p");
        assert_eq!((outcome.heard.attempts(), outcome.visited.len()), (3, 3));
    })
    .await;
}

/// While a target fails everybody, retries are a small share of its traffic.
#[tokio::test]
async fn outage_is_not_multiplied_by_retries() {
    const REQUESTS: usize = 100;
    let route = "target: @p, retries: {attempts: 3, backoff: 1ms}";
    let scenario = Scenario::plain("outage", route).model("p", Answer::Error(503));
    let stage = Stage::of(std::slice::from_ref(&scenario)).await;
    for _ in 0..REQUESTS {
        assert_eq!(stage.play(&scenario).await.heard.status, 503);
    }
    let asked = stage.visits(&scenario).len();
    assert!((REQUESTS..=REQUESTS * 3 / 2).contains(&asked), "{asked} requests instead of {REQUESTS}");
}

/// Each attempt goes to its own place, under its own key, with its own name for the model, and with the client's bytes.
#[tokio::test]
async fn each_attempt_carries_its_own_key_and_model() {
    let broken = Reply::json(503, "{}");
    for (speech, mode) in WAYS {
        let [first, second] =
            [Upstream::always(broken.clone()).await, Upstream::always(broken.clone()).await];
        let third = Upstream::always(speech.says(mode, "third")).await;
        let provider = speech.provider();
        let mut config = Config::default();
        config.entry(&format!("{provider}/one"), &first.url(), "");
        config.entry(&format!("{provider}/two"), &format!("{}/base", second.url()), "");
        config.entry(&format!("{provider}/three"), "http://127.0.0.1:1", "");
        config.alias(
            "alias",
            &format!(
                "target: {provider}/one, fallbacks: [{{target: {provider}/two}}, {{target: {provider}/three, endpoint: '{}', access_key: another-key}}]",
                third.url()
            ),
        );
        let gateway = config.start().await;
        assert_eq!(ask(gateway.client(), (speech, mode), "alias").await.text(), "third");
        let path = speech.path();
        let base = path.strip_prefix("/v1").expect("a path under /v1");
        let attempts = [
            (&first, "one", path.to_owned(), format!("key-of-{provider}/one")),
            (&second, "two", format!("/base{base}"), format!("key-of-{provider}/two")),
            (&third, "three", path.to_owned(), "another-key".to_owned()),
        ];
        for (upstream, model, path, key) in attempts {
            let request = upstream.only();
            assert_eq!(request.target, path);
            assert_eq!(request.text(), speech.ask(model, mode), "only the model changes");
            let expected = match speech {
                Speech::OpenAi => (Some(format!("Bearer {key}")), None),
                Speech::Anthropic => (None, Some(key)),
            };
            let found = (request.header("authorization"), request.header("x-api-key"));
            assert_eq!((found.0.map(str::to_owned), found.1.map(str::to_owned)), expected);
        }
    }
}
