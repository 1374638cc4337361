//! What the guardrails make of a text: for the operator, who wants to know before a client does.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use callsign_guard::finding::{Category, Finding, disjoint};
use callsign_guard::mask;
use callsign_guard::rules::{Action, Side};
use callsign_guard::screen::{Detectors, Hit, Screen};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::task::spawn_blocking;

use super::{Operator, refuse};
use crate::ask;
use crate::refusal::{Code, Refusal};
use crate::state::policies::Policy;

/// What is asked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    text: String,
    alias: Option<String>,
}

/// Tells what is found in a text, and what an alias's rules would do about it.
pub(super) async fn judge(State(operator): State<Operator>, body: Bytes) -> Response {
    let asked = serde_json::from_slice::<Asked>(&body).map_err(|error| {
        let message = format!("the body is not `{{\"text\": …, \"alias\": …}}`: {error}");
        Refusal::new(Code::InvalidRequest, message)
    });
    let judged = match asked {
        Ok(asked) => judged(&operator, asked).await,
        Err(refusal) => Err(refusal),
    };
    judged.map_or_else(|refusal| refuse(&refusal), |judged| Json(judged).into_response())
}

async fn judged(operator: &Operator, Asked { text, alias }: Asked) -> Result<Value, Refusal> {
    let world = operator.reloader.in_force();
    let found = alias.as_deref().map(|name| {
        world.catalog.find(name).ok_or_else(|| ask::unknown(&world.catalog, name)).map(|found| (name, found))
    });
    let policy = match found.transpose()? {
        Some((_, found)) => world.policies.of(found).cloned(),
        None => None,
    };
    let tell = move || tell(&world.policies.detectors(), policy.as_ref(), &text);
    let told = spawn_blocking(tell).await;
    told.map_err(|_| Refusal::new(Code::GuardFailed, "a detector has failed on this text"))
}

fn tell(detectors: &Detectors, policy: Option<&Arc<Policy>>, text: &str) -> Value {
    let verdict = detectors.jailbreak.judge(text);
    let mut told = json!({
        "jailbreak": { "score": verdict.score, "hit": verdict.hit },
        "findings": findings(detectors, text),
    });
    if let (Some(policy), Some(members)) = (policy, told.as_object_mut()) {
        let [input, output] = [Side::Input, Side::Output].map(|side| side_of(detectors, policy, side, text));
        members
            .insert("rules".to_owned(), json!({ "alias": &*policy.alias, "input": input, "output": output }));
    }
    told
}

fn findings(detectors: &Detectors, text: &str) -> Vec<Value> {
    let all = [
        (Category::Pii, &detectors.pii),
        (Category::Secrets, &detectors.secrets),
        (Category::Profanity, &detectors.profanity),
    ];
    let mut findings: Vec<Finding> = Vec::new();
    for (_, detector) in all {
        let mut found = Vec::new();
        detector.find(text, &mut found);
        disjoint(&mut found);
        findings.append(&mut found);
    }
    findings.sort_by_key(|finding| (finding.span.start, finding.category));
    let place = |at| points(text, at);
    findings
        .iter()
        .map(|Finding { category, kind, span }| {
            json!({ "category": category.name(), "kind": kind, "start": place(span.start), "end": place(span.end) })
        })
        .collect()
}

/// What would be done about a text that goes this way.
fn side_of(detectors: &Detectors, policy: &Policy, side: Side, text: &str) -> Value {
    let screen = Screen { detectors, rules: &policy.rules, side, leak: None };
    let mut hits = screen.hits(text);
    if side == Side::Input {
        hits.extend(screen.attempts(text));
    }
    let action = hits.iter().map(|hit| hit.rule.action).max();
    let left = match action {
        Some(Action::Block) => None,
        _ => Some(mask::plain(text, &hits).unwrap_or_else(|| text.to_owned())),
    };
    let hit = |hit: &Hit| {
        json!({
            "category": hit.topic.name(),
            "kind": hit.kind,
            "action": hit.rule.action.name(),
            "start": points(text, hit.span.start),
            "end": points(text, hit.span.end),
        })
    };
    let hits: Vec<Value> = hits.iter().map(hit).collect();
    json!({ "action": action.map_or("pass", Action::name), "text": left, "hits": hits })
}

/// A place in Unicode code points.
fn points(text: &str, byte: usize) -> usize {
    text.get(..byte).map_or(0, |before| before.chars().count())
}
