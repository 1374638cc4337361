//! Shares of traffic: exact over many requests, and the same for the same caller.

use std::collections::BTreeMap;

use callsign_testkit::client::Client;
use callsign_testkit::gateway::Gateway;
use callsign_testkit::upstream::Upstream;
use serde_json::Value;
use tokio::task::JoinSet;

use super::scene::{Config, hear};
use super::speech::{Mode, Speech, parse};

const CONNECTIONS: u32 = 8;

/// An upstream that answers everybody.
async fn upstream() -> Upstream {
    Upstream::scripted(|request| {
        let speech = if request.target == "/v1/messages" { Speech::Anthropic } else { Speech::OpenAi };
        speech.says(Mode::Whole, "good")
    })
    .await
}

/// A gateway with aliases that split between the models `a`, `b` and `c` of each provider.
async fn splitting(upstream: &Upstream, aliases: &[(&str, &str)]) -> Gateway {
    let mut config = Config::default();
    for model in ["openai/a", "openai/b", "openai/c", "anthropic/a", "anthropic/b"] {
        config.entry(model, &upstream.url(), "");
    }
    for (name, route) in aliases {
        config.alias(name, route);
    }
    config.start().await
}

fn halves(speech: Speech, first: u32) -> String {
    let (provider, second) = (speech.provider(), 100 - first);
    format!("targets: [{{model: {provider}/a, weight: {first}}}, {{model: {provider}/b, weight: {second}}}]")
}

#[tokio::test]
async fn shares_are_exact_over_many_requests() {
    let splits: [(&str, &str, &[u32]); 3] = [
        ("canary", "targets: [{model: openai/a, weight: 95}, {model: openai/b, weight: 5}]", &[950, 50]),
        (
            "thirds",
            "targets: [{model: openai/a, weight: 33.3}, {model: openai/b, weight: 33.3}, {model: openai/c, weight: 33.4}]",
            &[133, 133, 134],
        ),
        ("paused", "targets: [{model: openai/a, weight: 0}, {model: openai/b, weight: 100}]", &[0, 80]),
    ];
    let upstream = upstream().await;
    let gateway = splitting(&upstream, &splits.map(|(name, route, _)| (name, route))).await;
    for (name, _, expected) in splits {
        let counts = counts(&gateway, name, expected.iter().sum()).await;
        for (model, expected) in ["openai/a", "openai/b", "openai/c"].iter().zip(expected) {
            let count = counts.get(*model).copied().unwrap_or(0);
            assert!(
                count.abs_diff(*expected) <= 2,
                "{name}: {model} got {count}, not {expected}: {counts:?}"
            );
        }
    }
}

/// How often each model answers `alias` when it is asked so many times, over several connections at once.
async fn counts(gateway: &Gateway, alias: &str, requests: u32) -> BTreeMap<String, u32> {
    let mut connections = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let (client, body) = (gateway.client(), Speech::OpenAi.ask(alias, Mode::Whole));
        connections.spawn(async move {
            let connection = client.http2().await;
            let mut models = Vec::new();
            for _ in 0..requests / CONNECTIONS {
                let answer = connection.post("/v1/chat/completions", body.clone()).await;
                models.push(answer.header("x-callsign-model").expect("a model").to_owned());
                answer.bytes().await;
            }
            models
        });
    }
    let mut counts = BTreeMap::new();
    for model in connections.join_all().await.into_iter().flatten() {
        *counts.entry(model).or_default() += 1;
    }
    assert_eq!(counts.values().sum::<u32>(), requests);
    counts
}

/// Who a request comes from: by a member of the body, or by a header.
#[derive(Debug, Clone, Copy)]
enum Caller {
    Member(&'static str),
    Metadata,
    Header(&'static str),
}

/// Which model answers the caller `key`.
async fn choice(client: Client, (speech, alias): (Speech, &str), caller: Caller, key: &str) -> String {
    let mut body = parse(&speech.ask(alias, Mode::Whole));
    match caller {
        Caller::Member(name) => body[name] = key.into(),
        Caller::Metadata => body["metadata"]["user_id"] = key.into(),
        Caller::Header(_) => {}
    }
    let mut call = client.post(speech.path(), body.to_string());
    if let Caller::Header(name) = caller {
        call = call.header(name, key);
    }
    let heard = hear((speech, Mode::Whole), call).await;
    assert_eq!(heard.text(), "good");
    heard.model().to_owned()
}

/// The choices of many callers, each of whom asks twice.
async fn choices(gateway: &Gateway, place: (Speech, &str), caller: Caller) -> BTreeMap<String, String> {
    let mut choices = BTreeMap::new();
    for number in 0..40 {
        let key = format!("caller-{number}");
        let first = choice(gateway.client(), place, caller, &key).await;
        let second = choice(gateway.client(), place, caller, &key).await;
        assert_eq!(first, second, "{key} changed its model under {caller:?}");
        choices.insert(key, first);
    }
    let models: std::collections::BTreeSet<_> = choices.values().collect();
    assert_eq!(models.len(), 2, "every caller got the same model: {choices:?}");
    choices
}

#[tokio::test]
async fn caller_stays_with_one_part_even_after_a_restart() {
    let (openai, anthropic) = (halves(Speech::OpenAi, 50), halves(Speech::Anthropic, 50));
    let by_user = [format!("{openai}, sticky: {{by: user}}"), format!("{anthropic}, sticky: {{by: user}}")];
    let by_header = format!("{openai}, sticky: {{by: header, name: X-Tenant}}");
    let aliases = [
        ("by-user", by_user[0].as_str()),
        ("by-user-of-messages", &by_user[1]),
        ("by-header", &by_header),
        ("free", &openai),
    ];
    let callers = [
        ((Speech::OpenAi, "by-user"), Caller::Member("user")),
        ((Speech::OpenAi, "by-user"), Caller::Member("safety_identifier")),
        ((Speech::Anthropic, "by-user-of-messages"), Caller::Metadata),
        ((Speech::OpenAi, "by-header"), Caller::Header("x-tenant")),
        ((Speech::OpenAi, "free"), Caller::Header("x-callsign-session")),
        ((Speech::OpenAi, "free"), Caller::Header("x-model-affinity")),
    ];
    let upstream = upstream().await;
    let (before, after) = (splitting(&upstream, &aliases).await, splitting(&upstream, &aliases).await);
    for (place, caller) in callers {
        let expected = choices(&before, place, caller).await;
        assert_eq!(choices(&after, place, caller).await, expected, "{caller:?}");
    }
}

#[tokio::test]
async fn caller_without_a_key_is_drawn_like_any_other() {
    let sticky = halves(Speech::OpenAi, 50) + ", sticky: {by: user}";
    let upstream = upstream().await;
    let gateway = splitting(&upstream, &[("sticky", &sticky)]).await;
    let counts = counts(&gateway, "sticky", 400).await;
    assert!(counts.values().all(|count| (198..=202).contains(count)), "{counts:?}");
}

#[tokio::test]
async fn larger_share_moves_only_who_must_move() {
    let sticky = |first| halves(Speech::OpenAi, first) + ", sticky: {by: user}";
    let upstream = upstream().await;
    let small = splitting(&upstream, &[("alias", &sticky(80))]).await;
    let large = splitting(&upstream, &[("alias", &sticky(60))]).await;
    let place = (Speech::OpenAi, "alias");
    let before = choices(&small, place, Caller::Member("user")).await;
    let after = choices(&large, place, Caller::Member("user")).await;
    for (key, model) in &before {
        assert!(model == "openai/a" || after[key] == "openai/b", "{key} left the part that grew");
    }
    assert_ne!(before, after, "a part that doubles takes callers over");
}

#[tokio::test]
async fn choice_of_a_split_is_in_the_record() {
    let upstream = upstream().await;
    let split = halves(Speech::OpenAi, 50) + ", sticky: {by: user}";
    let gateway = splitting(&upstream, &[("alias", &split)]).await;
    let call = gateway
        .client()
        .post("/v1/chat/completions", r#"{"model":"alias","user":"secret-person","messages":[]}"#);
    let heard = hear((Speech::OpenAi, Mode::Whole), call).await;
    let told = super::record::of_heard(&gateway, "alias", &heard).await;
    let decisions = told["decisions"].as_array().expect("decisions");
    assert!(decisions.iter().any(|decision| decision.to_string().contains(heard.model())), "{told}");
    assert!(!told.to_string().contains("secret-person"), "the record names no person: {told}");
    assert_eq!(told["error"], Value::Null);
}
