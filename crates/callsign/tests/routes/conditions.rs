//! Which failure moves a request to which fallback.

use callsign_testkit::reply::Reply;

use super::record;
use super::speech::{Mode, Speech};
use super::stage::{self, Answer, Outcome, Scenario};

/// A failure, and the conditions that hold after it.
struct Failure {
    name: &'static str,
    speech: Speech,
    answer: Answer,
    holds: &'static [&'static str],
}

const CONDITIONS: [&str; 12] = [
    "rate_limited",
    "quota_exceeded",
    "timeout",
    "unavailable",
    "server_error",
    "connection_error",
    "auth_failed",
    "model_not_found",
    "context_length_exceeded",
    "invalid_response",
    "content_filtered",
    "any",
];

const LATE_GATEWAY: &[&str] = &["timeout", "unavailable", "server_error", "connection_error", "any"];
const UNAVAILABLE: &[&str] = &["unavailable", "server_error", "connection_error", "any"];

fn error(status: u16, body: &'static str) -> Answer {
    Answer::Exact(Reply::json(status, body))
}

fn failures() -> Vec<Failure> {
    let openai = |name, answer, holds| Failure { name, speech: Speech::OpenAi, answer, holds };
    let anthropic = |name, answer, holds| Failure { name, speech: Speech::Anthropic, answer, holds };
    vec![
        openai("429", Answer::Error(429), &["rate_limited", "quota_exceeded", "any"]),
        openai("429-quota", error(429, NO_QUOTA), &["rate_limited", "quota_exceeded", "any"]),
        openai("402", Answer::Error(402), &["quota_exceeded", "any"]),
        openai("402-credit", error(402, NO_CREDIT), &["quota_exceeded", "any"]),
        openai("403-billing", error(403, NO_BILLING), &["quota_exceeded", "auth_failed", "any"]),
        anthropic("400-credit", error(400, LOW_CREDIT), &["quota_exceeded", "any"]),
        openai("401", Answer::Error(401), &["auth_failed", "any"]),
        openai("403", Answer::Error(403), &["auth_failed", "any"]),
        openai("404", Answer::Error(404), &["model_not_found", "any"]),
        openai("408", Answer::Error(408), &["timeout", "any"]),
        openai("500", Answer::Error(500), UNAVAILABLE),
        openai("504", Answer::Error(504), LATE_GATEWAY),
        openai("524", Answer::Error(524), LATE_GATEWAY),
        anthropic("529", Answer::Error(529), UNAVAILABLE),
        openai("reset", Answer::Exact(Reply::abort()), UNAVAILABLE),
        openai("too-long", error(400, TOO_LONG), &["context_length_exceeded", "any"]),
        anthropic("prompt-too-long", error(400, PROMPT_TOO_LONG), &["context_length_exceeded", "any"]),
        openai(
            "html",
            Answer::Exact(Reply::body(200, "text/html", "<h1>Hello</h1>")),
            &["invalid_response", "any"],
        ),
        openai("filtered", error(400, FILTERED), &["content_filtered"]),
        openai("400", Answer::Error(400), &[]),
        openai("413", Answer::Error(413), &[]),
        openai("422", Answer::Error(422), &[]),
        anthropic("anthropic-400", Answer::Error(400), &[]),
    ]
}

const NO_QUOTA: &str = r#"{"error":{"message":"You exceeded your current quota, please check your plan and billing details.","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}"#;
const NO_CREDIT: &str = r#"{"error":{"message":"Insufficient credits. Add more.","code":402}}"#;
const NO_BILLING: &str = r#"{"error":{"message":"Billing is not active for this project","type":"billing_not_active","param":null,"code":"billing_not_active"}}"#;
const LOW_CREDIT: &str = r#"{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits."}}"#;
const TOO_LONG: &str = r#"{"error":{"message":"This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens. Please reduce the length of the messages.","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}"#;
const PROMPT_TOO_LONG: &str = r#"{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 210000 tokens > 200000 maximum"}}"#;
const FILTERED: &str = r#"{"error":{"message":"The response was filtered due to the prompt triggering Azure OpenAI's content management policy.","type":null,"param":"prompt","code":"content_filter","status":400,"innererror":{"code":"ResponsibleAIPolicyViolation"}}}"#;

#[tokio::test]
async fn fallback_is_tried_when_its_condition_holds_and_only_then() {
    let mut scenarios = Vec::new();
    for failure in failures() {
        for condition in CONDITIONS {
            let route = format!("target: @bad, fallbacks: [{{target: @good, conditions: [{condition}]}}]");
            let name = format!("{}.{condition}", failure.name);
            let scenario = Scenario::new(name, (failure.speech, Mode::Whole), &route)
                .model("bad", failure.answer.clone())
                .model("good", Answer::Says("good"));
            scenarios.push((scenario, failure.holds.contains(&condition)));
        }
    }
    stage::play(scenarios, |_, moves, outcome| {
        let visited: &[&str] = if moves { &["bad", "good"] } else { &["bad"] };
        assert_eq!(outcome.visited, visited, "{:?}", outcome.heard);
        assert_eq!(outcome.heard.attempts(), visited.len());
        assert_eq!(outcome.heard.status == 200, moves, "{:?}", outcome.heard);
    })
    .await;
}

#[tokio::test]
async fn timeout_told_by_the_provider_is_a_timeout() {
    let mut scenarios = Vec::new();
    for status in [408, 504, 524] {
        for condition in ["timeout", "any", "rate_limited", "auth_failed", "invalid_response"] {
            let route = format!("target: @bad, fallbacks: [{{target: @good, conditions: [{condition}]}}]");
            let scenario = Scenario::plain(format!("{status}.{condition}"), &route)
                .model("bad", Answer::Error(status))
                .model("good", Answer::Says("good"));
            scenarios.push((scenario, if matches!(condition, "timeout" | "any") { 200 } else { status }));
        }
    }
    stage::play(scenarios, |_, status, outcome| {
        assert_eq!(outcome.heard.status, status, "{:?}", outcome.heard);
    })
    .await;
}

#[tokio::test]
async fn deadline_is_a_timeout_and_nothing_else() {
    let scenarios = CONDITIONS.map(|condition| {
        let route = format!(
            "targets: [{{model: @bad, timeout: 100ms}}], fallbacks: [{{target: @good, conditions: [{condition}]}}]"
        );
        let scenario = Scenario::plain(condition, &route)
            .model("bad", Answer::Exact(Reply::silence()))
            .model("good", Answer::Says("good"));
        (scenario, ["timeout", "any"].contains(&condition))
    });
    stage::play(scenarios.into(), |_, moves, outcome| {
        assert_eq!(outcome.heard.status, if moves { 200 } else { 504 }, "{:?}", outcome.heard);
    })
    .await;
}

/// What a chain comes to: the labels of the models asked, and the status.
type Way = (&'static [&'static str], u16);

/// A chain: its name, its models with the status that each answers, its aliases (the first is asked for), and its way.
type Chain = (&'static str, &'static [(&'static str, u16)], &'static [(&'static str, &'static str)], Way);

const CHAINS: [Chain; 16] = [
    (
        "second-is-asked-after-the-first",
        &[("p", 500), ("a", 500), ("b", 200)],
        &[("", "target: @p, fallbacks: [{target: @a}, {target: @b}]")],
        (&["p", "a", "b"], 200),
    ),
    (
        "last-error-is-told",
        &[("p", 500), ("a", 503), ("b", 429)],
        &[("", "target: @p, fallbacks: [{target: @a}, {target: @b}]")],
        (&["p", "a", "b"], 429),
    ),
    (
        "first-whose-condition-holds",
        &[("p", 500), ("a", 200), ("b", 200), ("c", 200)],
        &[(
            "",
            "target: @p, fallbacks: [{target: @a, conditions: [timeout]}, {target: @b, conditions: [unavailable]}, {target: @c}]",
        )],
        (&["p", "b"], 200),
    ),
    (
        "condition-is-about-the-last-attempt",
        &[("p", 500), ("a", 429), ("b", 200), ("c", 200)],
        &[(
            "",
            "target: @p, fallbacks: [{target: @a}, {target: @b, conditions: [unavailable]}, {target: @c, conditions: [rate_limited]}]",
        )],
        (&["p", "a", "c"], 200),
    ),
    (
        "list-is-walked-once",
        &[("p", 500), ("a", 200), ("b", 408)],
        &[(
            "",
            "target: @p, fallbacks: [{target: @a, conditions: [timeout]}, {target: @b, conditions: [unavailable]}]",
        )],
        (&["p", "b"], 408),
    ),
    (
        "one-of-several-conditions",
        &[("p", 404), ("a", 200)],
        &[("", "target: @p, fallbacks: [{target: @a, conditions: [timeout, model_not_found]}]")],
        (&["p", "a"], 200),
    ),
    (
        "client-mistake-of-a-fallback-ends-it",
        &[("p", 500), ("a", 422), ("b", 200)],
        &[("", "target: @p, fallbacks: [{target: @a}, {target: @b}]")],
        (&["p", "a"], 422),
    ),
    (
        "client-mistake-is-no-failure-of-the-primary",
        &[("p", 422), ("a", 200)],
        &[("", "target: @p, fallbacks: [{target: @a, conditions: [primary_failed, all_previous_failed]}]")],
        (&["p"], 422),
    ),
    (
        "primary-failed",
        &[("p", 401), ("a", 200), ("b", 200)],
        &[(
            "",
            "target: @p, fallbacks: [{target: @a, conditions: [timeout]}, {target: @b, conditions: [primary_failed]}]",
        )],
        (&["p", "b"], 200),
    ),
    (
        "first-fallback-that-was-not-tried-did-not-fail",
        &[("p", 401), ("a", 200), ("b", 200)],
        &[(
            "",
            "target: @p, fallbacks: [{target: @a, conditions: [quota_exceeded, timeout]}, {target: @b, conditions: [primary_and_first_fallback_failed]}]",
        )],
        (&["p"], 401),
    ),
    (
        "primary-and-first-fallback-failed",
        &[("p", 429), ("a", 500), ("b", 200)],
        &[(
            "",
            "target: @p, fallbacks: [{target: @a, conditions: [quota_exceeded, timeout]}, {target: @b, conditions: [primary_and_first_fallback_failed]}]",
        )],
        (&["p", "a", "b"], 200),
    ),
    (
        "all-previous-failed",
        &[("p", 500), ("a", 500), ("b", 500), ("c", 200)],
        &[(
            "",
            "target: @p, fallbacks: [{target: @a}, {target: @b}, {target: @c, conditions: [all_previous_failed]}]",
        )],
        (&["p", "a", "b", "c"], 200),
    ),
    (
        "not-all-previous-failed",
        &[("p", 500), ("a", 200), ("b", 500), ("c", 200)],
        &[(
            "",
            "target: @p, fallbacks: [{target: @a, conditions: [timeout]}, {target: @b}, {target: @c, conditions: [all_previous_failed]}]",
        )],
        (&["p", "b"], 500),
    ),
    (
        "nested-primary",
        &[("p", 500), ("a", 500), ("b", 200)],
        &[
            ("", "target: %inner, fallbacks: [{target: @b, conditions: [primary_failed]}]"),
            ("inner", "target: @p, fallbacks: [{target: @a}]"),
        ],
        (&["p", "a", "b"], 200),
    ),
    (
        "nested-fallback",
        &[("p", 500), ("a", 429), ("b", 200)],
        &[
            ("", "target: @p, fallbacks: [{target: %inner}]"),
            ("inner", "target: @a, fallbacks: [{target: @b, conditions: [rate_limited]}]"),
        ],
        (&["p", "a", "b"], 200),
    ),
    (
        "nested-chain-fails-as-its-last-attempt",
        &[("p", 500), ("a", 404), ("b", 200), ("c", 200)],
        &[
            (
                "",
                "target: %inner, fallbacks: [{target: @b, conditions: [unavailable]}, {target: @c, conditions: [model_not_found]}]",
            ),
            ("inner", "target: @p, fallbacks: [{target: @a}]"),
        ],
        (&["p", "a", "c"], 200),
    ),
];

#[tokio::test]
async fn chain_is_walked_as_its_conditions_say() {
    let scenarios = CHAINS.map(|(name, models, aliases, way)| {
        let (_, route) = aliases[0];
        let mut scenario = Scenario::plain(name, route);
        for (label, status) in models {
            let answer = if *status == 200 { Answer::Says(label) } else { Answer::Error(*status) };
            scenario = scenario.model(label, answer);
        }
        for (alias, route) in &aliases[1..] {
            scenario = scenario.alias(alias, route);
        }
        (scenario, way)
    });
    stage::play(scenarios.into(), walked).await;
}

fn walked(scenario: &Scenario, (visited, status): Way, outcome: Outcome) {
    let Outcome { heard, visited: seen, told } = outcome;
    assert_eq!(
        (seen, heard.status),
        (visited.iter().map(ToString::to_string).collect(), status),
        "{heard:?}"
    );
    let last = visited.last().expect("somebody was asked");
    assert_eq!(heard.model(), scenario.target(last));
    if status == 200 {
        assert_eq!(heard.text(), *last);
    }
    let models: Vec<_> = record::attempts(&told).iter().map(|attempt| attempt["model"].clone()).collect();
    let expected: Vec<_> = visited.iter().map(|label| scenario.target(label)).collect();
    assert_eq!(models, expected, "{told}");
}
