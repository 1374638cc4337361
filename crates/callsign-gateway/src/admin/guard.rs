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
use callsign_plan::guard::OnFailure;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::task::spawn_blocking;

use super::{Operator, refuse};
use crate::ask;
use crate::exchange::RequestId;
use crate::guard::referee::{self, Means, Opinion, Said};
use crate::listen::unix_time;
use crate::record::Notes;
use crate::refusal::{Code, Refusal};
use crate::state::policies::Policy;
use crate::state::world::World;

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
    let (detectors, rules) = (world.policies.detectors(), policy.clone());
    let told = spawn_blocking(move || tell(&detectors, rules.as_ref(), &text)).await;
    let told = told.map_err(|_| Refusal::new(Code::GuardFailed, "a detector has failed on this text"))?;
    Ok(match policy.filter(|policy| !policy.referees.is_empty()) {
        Some(policy) => referred(operator, world, &policy, told).await,
        None => told,
    })
}

/// The same with what those say who are outside. They see what passes the rules, as they would of a client.
async fn referred(operator: &Operator, world: Arc<World>, policy: &Policy, mut told: Value) -> Value {
    let id = RequestId::new();
    let notes = Notes::aside(&id);
    let upstream = Arc::clone(&operator.upstream);
    let means = Means { world, upstream, id, date: unix_time(), notes: notes.clone() };
    for side in [Side::Input, Side::Output] {
        let Some(Value::Object(ruled)) = told.pointer_mut(&format!("/rules/{}", side.name())) else {
            continue;
        };
        let Some(text) = ruled.get("text").and_then(Value::as_str) else { continue };
        let said = Said { side, question: None, text: text.to_owned() };
        let opinions = referee::ask(&means, policy, &said).await;
        if let Some(action) = sterner(policy, &opinions) {
            ruled.insert("action".to_owned(), action.into());
            ruled.insert("text".to_owned(), Value::Null);
        }
        ruled.insert("referees".to_owned(), opinions.iter().map(opinion).collect());
    }
    if let Some(Value::Object(rules)) = told.get_mut("rules") {
        let cost = notes.read().cost_of_checks().map(|cost| cost.0);
        rules.insert("guard_cost_nanodollars".to_owned(), cost.into());
    }
    told
}

/// What is done because of these opinions, if nothing may pass.
fn sterner(policy: &Policy, opinions: &[Opinion]) -> Option<&'static str> {
    if opinions.iter().any(Opinion::blocks) {
        return Some(Action::Block.name());
    }
    let has_failed = opinions.iter().any(|opinion| opinion.verdict.is_none());
    (has_failed && policy.on_failure == OnFailure::Refuse).then_some("fail")
}

fn opinion(opinion: &Opinion) -> Value {
    let Opinion { by, action, verdict } = opinion;
    json!({
        "type": by,
        "action": action.name(),
        "flagged": verdict.as_ref().map(|verdict| verdict.flagged),
        "kinds": verdict.as_ref().map(|verdict| &verdict.kinds),
    })
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
    let points = Points::of(text);
    let place = |at| points.before(at);
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
    let points = Points::of(text);
    let hit = |hit: &Hit| {
        json!({
            "category": hit.topic.name(),
            "kind": hit.kind,
            "action": hit.rule.action.name(),
            "start": points.before(hit.span.start),
            "end": points.before(hit.span.end),
        })
    };
    let hits: Vec<Value> = hits.iter().map(hit).collect();
    json!({ "action": action.map_or("pass", Action::name), "text": left, "hits": hits })
}

/// Places in Unicode code points.
struct Points(Vec<usize>);

impl Points {
    fn of(text: &str) -> Self {
        Self(text.char_indices().map(|(at, _)| at).collect())
    }

    /// How many stand before `byte`.
    fn before(&self, byte: usize) -> usize {
        self.0.partition_point(|at| *at < byte)
    }
}
