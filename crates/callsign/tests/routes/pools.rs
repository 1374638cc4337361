//! Pools: who is asked next, and an endpoint that dies and comes back without a client seeing it.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use callsign_testkit::client::Client;
use callsign_testkit::deadline::soon;
use callsign_testkit::gate::Gate;
use callsign_testkit::gateway::Gateway;
use callsign_testkit::ledger::Received;
use callsign_testkit::reply::{Piece, Reply};
use callsign_testkit::upstream::Upstream;
use tokio::task::JoinSet;

use super::scene::{Config, ask, hear};
use super::speech::{Mode, Speech, parse};

const CLIENTS: usize = 200;

/// A gateway whose alias `pool` is made of these endpoints; `weights` has one for each of them, or none.
async fn pooled(algorithm: &str, upstreams: &[Upstream], weights: &[u32]) -> Gateway {
    let mut targets = String::new();
    for (number, upstream) in upstreams.iter().enumerate() {
        let weight = weights.get(number).map(|weight| format!(", weight: {weight}")).unwrap_or_default();
        write!(targets, "{{model: openai/m, endpoint: '{}'{weight}}}, ", upstream.url())
            .expect("memory takes text");
    }
    let mut config = Config::default();
    config.entry("openai/m", "http://127.0.0.1:1", "");
    config.alias("pool", &format!("load_balance: {{algorithm: {algorithm}}}, targets: [{targets}]"));
    config.start().await
}

async fn answering(count: usize) -> Vec<Upstream> {
    let mut upstreams = Vec::new();
    for _ in 0..count {
        upstreams.push(Upstream::scripted(good).await);
    }
    upstreams
}

fn good(request: &Received) -> Reply {
    Speech::OpenAi.says(mode(request), "good")
}

fn mode(request: &Received) -> Mode {
    if request.json()["stream"] == true { Mode::Stream } else { Mode::Whole }
}

fn counts(upstreams: &[Upstream]) -> Vec<usize> {
    upstreams.iter().map(|upstream| upstream.received().len()).collect()
}

/// Asks `count` times at once.
async fn ask_at_once(client: Client, count: usize) {
    let mut calls = JoinSet::new();
    for _ in 0..count {
        calls.spawn(async move {
            let heard = ask(client, (Speech::OpenAi, Mode::Whole), "pool").await;
            assert_eq!((heard.text().as_str(), heard.attempts()), ("good", 1));
        });
    }
    calls.join_all().await;
}

#[tokio::test]
async fn round_robin_is_fair_under_concurrency() {
    let upstreams = answering(3).await;
    let gateway = pooled("round_robin", &upstreams, &[]).await;
    ask_at_once(gateway.client(), CLIENTS).await;
    let counts = counts(&upstreams);
    assert!(counts.iter().all(|count| (66..=67).contains(count)), "{counts:?}");
}

#[tokio::test]
async fn weighted_pool_keeps_its_proportions() {
    let upstreams = answering(3).await;
    let gateway = pooled("weighted", &upstreams, &[5, 3, 2]).await;
    ask_at_once(gateway.client(), CLIENTS).await;
    let counts = counts(&upstreams);
    for (count, expected) in counts.iter().zip([100, 60, 40]) {
        assert!(count.abs_diff(expected) <= 1, "{counts:?}");
    }
}

#[tokio::test]
async fn least_connections_avoids_the_member_that_is_busy() {
    let gate = Gate::closed();
    let asked = Arc::new(AtomicUsize::new(0));
    let mut upstreams = Vec::new();
    for _ in 0..2 {
        let (gate, asked) = (gate.clone(), Arc::clone(&asked));
        let script = move |request: &Received| {
            let first = asked.fetch_add(1, Ordering::SeqCst) == 0;
            if first { good(request).held_by(&gate) } else { good(request) }
        };
        upstreams.push(Upstream::scripted(script).await);
    }
    let gateway = pooled("least_connections", &upstreams, &[]).await;
    let mut raw = gateway.raw().await;
    let body = Speech::OpenAi.ask("pool", Mode::Whole);
    let length = body.len();
    raw.send(format!(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: h\r\ncontent-length: {length}\r\n\r\n{body}"
    ))
    .await;
    let held = async {
        tokio::select! {
            _ = upstreams[0].request(0) => 0,
            _ = upstreams[1].request(0) => 1,
        }
    };
    let busy = soon("the first request", held).await;
    for _ in 0..20 {
        assert_eq!(ask(gateway.client(), (Speech::OpenAi, Mode::Whole), "pool").await.text(), "good");
    }
    assert_eq!((upstreams[busy].received().len(), upstreams[1 - busy].received().len()), (1, 20));
    gate.open();
    assert_eq!(raw.response().await.status, 200);
}

#[tokio::test]
async fn least_latency_prefers_the_faster_member() {
    let upstreams = [Upstream::scripted(slowly).await, Upstream::scripted(good).await];
    let gateway = pooled("least_latency", &upstreams, &[]).await;
    for _ in 0..40 {
        ask(gateway.client(), (Speech::OpenAi, Mode::Whole), "pool").await.text();
    }
    let counts = counts(&upstreams);
    assert!(counts[1] >= 30, "{counts:?}");
}

#[tokio::test]
async fn consistent_hash_keeps_a_prompt_with_one_endpoint() {
    let upstreams = answering(3).await;
    let gateway = pooled("consistent_hash", &upstreams, &[]).await;
    let mut used = BTreeSet::new();
    for number in 0..24 {
        let mut endpoints = BTreeSet::new();
        for turn in 0..3 {
            let before = counts(&upstreams);
            let call = gateway.client().post("/v1/chat/completions", conversation(number, turn));
            assert_eq!(hear((Speech::OpenAi, Mode::Whole), call).await.text(), "good");
            let after = counts(&upstreams);
            endpoints.extend((0..3).filter(|place| after[*place] > before[*place]));
        }
        assert_eq!(endpoints.len(), 1, "conversation {number} went to {endpoints:?}");
        used.extend(endpoints);
    }
    assert_eq!(used.len(), 3, "conversations are spread");
}

/// A conversation with a long beginning of its own, which grows turn by turn.
fn conversation(number: u32, turn: u32) -> String {
    let mut body = parse(&Speech::OpenAi.ask("pool", Mode::Whole));
    let system = format!("You are assistant number {number}. {}", "Be brief and kind. ".repeat(200));
    let mut messages = vec![serde_json::json!({"role": "system", "content": system})];
    for past in 0..=turn {
        messages.push(serde_json::json!({"role": "user", "content": format!("Question {past}")}));
        messages.push(serde_json::json!({"role": "assistant", "content": format!("Answer {past}")}));
    }
    body["messages"] = messages.into();
    body.to_string()
}

/// One endpoint of three dies with requests under way, refuses connections for a while, and comes back, while clients go
/// on asking, half of them for streams.
#[tokio::test]
async fn no_client_sees_an_endpoint_die_and_return() {
    let mut upstreams = Vec::new();
    for script in [slowly, slowly, unsaid] {
        upstreams.push(Upstream::scripted(script).await);
    }
    let gateway = pooled("round_robin", &upstreams, &[]).await;
    let third = upstreams.pop().expect("three upstreams");
    let stop = Arc::new(AtomicBool::new(false));
    let mut clients = JoinSet::new();
    for number in 0..CLIENTS {
        let mode = if number % 2 == 0 { Mode::Whole } else { Mode::Stream };
        clients.spawn(ask_until(Arc::clone(&stop), gateway.client(), mode));
    }
    // Whoever is sent to the third waits there, before the first token.
    third.request(CLIENTS / 4).await;
    let address = third.kill().await;
    more(&upstreams, CLIENTS).await;
    let third = Upstream::at(address, slowly).await;
    third.request(CLIENTS / 10).await;
    stop.store(true, Ordering::SeqCst);
    let answers = clients.join_all().await;
    assert!(answers.iter().all(|count| *count > 0), "{answers:?}");
}

/// An answer that begins and says nothing.
fn unsaid(request: &Received) -> Reply {
    match mode(request) {
        Mode::Whole => Reply::silence(),
        Mode::Stream => Reply::stream().data(Speech::OpenAi.opening()).stall(),
    }
}

/// An answer that takes a while to begin, so that many are under way at once.
fn slowly(request: &Received) -> Reply {
    let mut reply = good(request);
    reply.body.insert(0, Piece::Drip("\n".into(), Duration::from_millis(40)));
    reply
}

/// Asks again and again; the number of answers, which must all be good.
async fn ask_until(stop: Arc<AtomicBool>, client: Client, mode: Mode) -> usize {
    let mut answers = 0;
    while !stop.load(Ordering::SeqCst) {
        let heard = ask(client, (Speech::OpenAi, mode), "pool").await;
        assert_eq!(heard.text(), "good");
        answers += 1;
    }
    answers
}

/// Waits until each of these has received so many more requests.
async fn more(upstreams: &[Upstream], count: usize) {
    for upstream in upstreams {
        upstream.request(upstream.received().len() + count).await;
    }
}
