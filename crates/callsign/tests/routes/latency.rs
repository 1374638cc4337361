//! How long a target may keep its caller waiting, and all attempts together.

use std::sync::Arc;
use std::time::Duration;

use callsign_testkit::deadline::soon;
use callsign_testkit::ledger::Received;
use callsign_testkit::reply::Reply;

use super::cases;
use super::record;
use super::speech::{Mode, Speech, WAYS};
use super::stage::{Answer, Outcome, Scenario, Stage, model_of};

/// What comes of a route with time limits.
#[derive(Debug, Clone, Copy)]
struct Expected {
    visited: &'static [&'static str],
    /// The model that answers; none for a 504.
    text: Option<&'static str>,
    at_least: u64,
}

/// A route with time limits: its name, its alias, its models and what comes of it.
struct Row {
    name: &'static str,
    route: &'static str,
    models: &'static [(&'static str, Wait)],
    expected: Expected,
}

/// How a model keeps its caller waiting.
#[derive(Debug, Clone, Copy)]
enum Wait {
    /// It answers at once.
    Prompt,
    /// It never sends a head.
    Hangs,
    /// It begins and says nothing.
    Begins,
    /// It says nothing for at least 300 ms.
    Slow,
    /// It says something at once and takes 800 ms to the end.
    Lingers,
}

const ROWS: [Row; 11] = [
    Row {
        name: "late-target-gives-way",
        route: "target: @p, guardrails: {max_latency: 150ms}, fallbacks: [{target: @a, timeout: 10s}]",
        models: &[("p", Wait::Hangs), ("a", Wait::Prompt)],
        expected: Expected { visited: &["p", "a"], text: Some("a"), at_least: 150 },
    },
    Row {
        name: "beginning-is-no-token",
        route: "target: @p, guardrails: {max_latency: 150ms}, fallbacks: [{target: @a, timeout: 10s, conditions: [timeout]}]",
        models: &[("p", Wait::Begins), ("a", Wait::Prompt)],
        expected: Expected { visited: &["p", "a"], text: Some("a"), at_least: 150 },
    },
    Row {
        name: "each-target-has-a-limit-of-its-own",
        route: "target: @p, guardrails: {max_latency: 150ms}, fallbacks: [{target: @a}, {target: @b, timeout: 10s}]",
        models: &[("p", Wait::Hangs), ("a", Wait::Begins), ("b", Wait::Prompt)],
        expected: Expected { visited: &["p", "a", "b"], text: Some("b"), at_least: 300 },
    },
    Row {
        name: "none-left",
        route: "target: @p, guardrails: {max_latency: 150ms}, fallbacks: [{target: @a}]",
        models: &[("p", Wait::Hangs), ("a", Wait::Hangs)],
        expected: Expected { visited: &["p", "a"], text: None, at_least: 300 },
    },
    Row {
        name: "no-fallback",
        route: "target: @p, guardrails: {max_latency: 150ms}",
        models: &[("p", Wait::Begins)],
        expected: Expected { visited: &["p"], text: None, at_least: 150 },
    },
    Row {
        name: "longer-timeout-of-a-target",
        route: "targets: [{model: @p, timeout: 10s}], guardrails: {max_latency: 100ms}, fallbacks: [{target: @a}]",
        models: &[("p", Wait::Slow), ("a", Wait::Prompt)],
        expected: Expected { visited: &["p"], text: Some("p"), at_least: 250 },
    },
    Row {
        name: "shorter-timeout-of-a-target",
        route: "targets: [{model: @p, timeout: 150ms}], guardrails: {max_latency: 10s}, fallbacks: [{target: @a}]",
        models: &[("p", Wait::Hangs), ("a", Wait::Slow)],
        expected: Expected { visited: &["p", "a"], text: Some("a"), at_least: 400 },
    },
    Row {
        name: "longer-timeout-of-a-fallback",
        route: "target: @p, guardrails: {max_latency: 100ms}, fallbacks: [{target: @a, timeout: 10s}]",
        models: &[("p", Wait::Hangs), ("a", Wait::Slow)],
        expected: Expected { visited: &["p", "a"], text: Some("a"), at_least: 350 },
    },
    Row {
        name: "nested-alias-with-a-limit",
        route: "target: %inner, fallbacks: [{target: @a}]",
        models: &[("p", Wait::Hangs), ("a", Wait::Prompt)],
        expected: Expected { visited: &["p", "a"], text: Some("a"), at_least: 150 },
    },
    Row {
        name: "total-of-all-attempts",
        route: "target: @p, timeouts: {total: 600ms}, guardrails: {max_latency: 400ms}, fallbacks: [{target: @a}, {target: @b}]",
        models: &[("p", Wait::Hangs), ("a", Wait::Hangs), ("b", Wait::Prompt)],
        expected: Expected { visited: &["p", "a"], text: None, at_least: 600 },
    },
    Row {
        name: "total-of-one-attempt",
        route: "target: @p, timeouts: {total: 150ms}, fallbacks: [{target: @a}]",
        models: &[("p", Wait::Hangs), ("a", Wait::Prompt)],
        expected: Expected { visited: &["p"], text: None, at_least: 150 },
    },
];

#[tokio::test]
async fn late_target_gives_way_to_the_next() {
    let scenarios: Vec<_> =
        WAYS.iter().flat_map(|way| ROWS.iter().map(|row| (row.scenario(*way), row.expected))).collect();
    let all: Vec<Scenario> = scenarios.iter().map(|(scenario, _)| scenario.clone()).collect();
    let stage = Stage::of(&all).await;
    let plays = scenarios.into_iter().map(|(scenario, expected)| {
        let stage = stage.clone();
        (scenario.name.clone(), async move {
            let outcome = stage.play(&scenario).await;
            expected.is_met(&scenario, &outcome);
            let served = expected.text.map(|text| scenario.id(text));
            let given_up = |request: &Arc<Received>| served.as_ref() != Some(&model_of(request));
            for request in stage.visits(&scenario).into_iter().filter(given_up) {
                soon("the upstream's release", stage.upstream.gone(request.index)).await;
            }
        })
    });
    cases::all(plays).await;
}

/// A stream that began in time may take longer; an answer in one piece may not.
#[tokio::test]
async fn limit_of_a_stream_is_about_its_first_token() {
    let route = "target: @p, guardrails: {max_latency: 500ms}, fallbacks: [{target: @a, timeout: 10s}]";
    let scenarios = WAYS.map(|way| {
        let scenario = Scenario::new(format!("lingers.{:?}.{:?}", way.0, way.1), way, route);
        scenario.model("p", Wait::Lingers.answer("p")).model("a", Answer::Says("a"))
    });
    let stage = Stage::of(&scenarios).await;
    cases::all(scenarios.into_iter().map(|scenario| {
        let stage = stage.clone();
        (scenario.name.clone(), async move {
            let outcome = stage.play(&scenario).await;
            let expected = if scenario.way.1 == Mode::Stream { "p" } else { "a" };
            assert_eq!(outcome.heard.text(), expected);
        })
    }))
    .await;
}

#[tokio::test]
async fn total_of_a_target_is_about_its_own_attempts() {
    let scenario = Scenario::plain("alias", "target: @p, fallbacks: [{target: @a}]")
        .model_with("p", "timeouts: {total: 150ms}", vec![Wait::Hangs.answer("p")])
        .model("a", Answer::Says("a"));
    let stage = Stage::of(std::slice::from_ref(&scenario)).await;
    let outcome = stage.play(&scenario).await;
    assert_eq!(
        (outcome.heard.text(), outcome.visited),
        ("a".to_owned(), vec!["p".to_owned(), "a".to_owned()])
    );
}

// === impl Row ===

impl Row {
    fn scenario(&self, way: (Speech, Mode)) -> Scenario {
        let name = format!("{}.{:?}.{:?}", self.name, way.0, way.1);
        let scenario = Scenario::new(name, way, self.route)
            .alias("inner", "target: @p, guardrails: {max_latency: 150ms}");
        self.models.iter().fold(scenario, |scenario, (label, wait)| scenario.model(label, wait.answer(label)))
    }
}

// === impl Wait ===

impl Wait {
    fn answer(self, label: &'static str) -> Answer {
        match self {
            Self::Prompt => Answer::Says(label),
            Self::Hangs => Answer::Exact(Reply::silence()),
            Self::Begins => Answer::Does(begins),
            Self::Slow => Answer::Does(if label == "p" { slow::<'p'> } else { slow::<'a'> }),
            Self::Lingers => Answer::Does(lingers),
        }
    }
}

fn begins(speech: Speech, mode: Mode) -> Reply {
    match mode {
        Mode::Whole => Reply::json(200, "").drip(" ".repeat(10_000), Duration::from_millis(10)),
        Mode::Stream => Reply::stream().data(speech.opening()).stall(),
    }
}

const PAUSE: Duration = Duration::from_millis(100);

/// Blank bytes before the answer: white space in JSON, empty lines between events.
fn slow<const TEXT: char>(speech: Speech, mode: Mode) -> Reply {
    let text = TEXT.to_string();
    match mode {
        Mode::Whole => Reply::json(200, "").drip("   ", PAUSE).data(speech.whole(&text)),
        Mode::Stream => Reply::stream()
            .drip("\n", PAUSE)
            .data(speech.opening() + &speech.token(&text) + &speech.closing()),
    }
}

fn lingers(speech: Speech, mode: Mode) -> Reply {
    match mode {
        Mode::Whole => {
            let body = speech.whole("p");
            Reply::json(200, body).drip(" ".repeat(8), PAUSE)
        }
        Mode::Stream => Reply::stream()
            .data(speech.opening() + &speech.token("p"))
            .drip("\n\n\n", PAUSE)
            .data(speech.closing()),
    }
}

// === impl Expected ===

impl Expected {
    fn is_met(&self, scenario: &Scenario, Outcome { heard, visited, told }: &Outcome) {
        assert_eq!(visited, self.visited, "{heard:?}");
        assert!(heard.took >= Duration::from_millis(self.at_least), "after {:?}", heard.took);
        assert!(heard.took < Duration::from_secs(5), "after {:?}", heard.took);
        if let Some(text) = self.text {
            assert_eq!(heard.text(), text);
        } else {
            let error = heard.error();
            assert_eq!((heard.status, &error["code"]), (504, &"upstream_timeout".into()), "{heard:?}");
        }
        let expected: Vec<_> = visited
            .iter()
            .map(|label| {
                let served = Some(label.as_str()) == self.text;
                (scenario.target(label), (!served).then_some("timeout"))
            })
            .collect();
        let attempts = record::attempts(told).iter();
        let attempts = attempts.map(|attempt| (attempt["model"].as_str(), attempt["condition"].as_str()));
        let expected = expected.iter().map(|(model, condition)| (Some(model.as_str()), *condition));
        assert!(attempts.eq(expected), "{told}");
    }
}
