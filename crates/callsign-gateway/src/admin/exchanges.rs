//! Recent exchanges: those that are still in memory, and behind them those that were kept.

use std::collections::BTreeMap;

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::response::Response;
use callsign_store::history::Wanted;
use callsign_telemetry::exchange::Ended;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Operator, aside};
use crate::record::Entry;
use crate::record::tell::{tell, tell_briefly};
use crate::refusal::{Code, Refusal};

/// Which are asked for.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    alias: Option<String>,
    target: Option<String>,
    ended: Option<String>,
    before: Option<String>,
    limit: Option<usize>,
}

/// How many are listed, where nobody says.
const LISTED: usize = 50;
/// The most that are listed.
const MOST: usize = 1000;

/// The latest, newest first.
pub(super) async fn list(
    State(operator): State<Operator>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Response {
    aside(move || {
        let Query(Asked { alias, target, ended, before, limit }) = asked.map_err(|_| {
            let message = "the query cannot be read; it may hold `alias`, `target`, `ended`, `before` and `limit`, each once, as in `?limit=50`";
            Refusal::new(Code::InvalidRequest, message)
        })?;
        if let Some(ended) = &ended {
            check_ended(ended)?;
        }
        let most = limit.unwrap_or(LISTED).min(MOST);
        let wanted = Wanted { alias, target, ended, before, most };
        let told = found(&operator, &wanted);
        let next = told.last().filter(|_| told.len() == most).and_then(|last| last.get("id").cloned());
        Ok(json!({ "exchanges": told, "next": next }))
    })
    .await
}

fn check_ended(asked: &str) -> Result<(), Refusal> {
    let names = Ended::ALL.map(Ended::name);
    if names.contains(&asked) {
        return Ok(());
    }
    let message = format!("no exchange ends so; `ended` may be `{}`", names.join("`, `"));
    Err(Refusal::new(Code::InvalidRequest, message))
}

/// Names of exchanges are in the order of time, so that they can be put together and cut by them.
fn found(operator: &Operator, wanted: &Wanted) -> Vec<Value> {
    let mut found: BTreeMap<String, Value> = BTreeMap::new();
    let kept = operator.memory.past.as_ref().map(|past| past.records(wanted));
    match kept {
        Some(Ok(records)) => found.extend(records.iter().filter_map(|text| brief(text))),
        Some(Err(error)) => tracing::warn!(%error, "kept exchanges cannot be read"),
        None => {}
    }
    let remembered = operator.rings.iter().flat_map(|ring| ring.all());
    for entry in remembered.map(|notes| notes.read()).filter(|entry| is_wanted(entry, wanted)) {
        found.insert(entry.id.as_str().to_owned(), tell_briefly(&entry));
    }
    found.into_values().rev().take(wanted.most).collect()
}

/// A kept record without its decisions, by its name.
fn brief(text: &str) -> Option<(String, Value)> {
    let mut told: Value = serde_json::from_str(text).ok()?;
    told.as_object_mut()?.remove("decisions");
    Some((told.get("id")?.as_str()?.to_owned(), told))
}

fn is_wanted(entry: &Entry, wanted: &Wanted) -> bool {
    let alias = entry.asked.as_ref().and_then(|asked| asked.alias.as_deref());
    let is =
        |wanted: &Option<String>, found: Option<&str>| wanted.as_deref().is_none_or(|one| Some(one) == found);
    let tried = |target: &str| entry.attempts.iter().any(|tried| *tried.model == *target);
    is(&wanted.alias, alias)
        && is(&wanted.ended, Some(entry.ended.name()))
        && wanted.target.as_deref().is_none_or(tried)
        && wanted.before.as_deref().is_none_or(|before| entry.id.as_str() < before)
}

/// One of them, with all that was decided.
pub(super) async fn one(
    State(operator): State<Operator>,
    id: Result<Path<String>, PathRejection>,
) -> Response {
    aside(move || {
        // An id that is no text is nobody's.
        let Ok(Path(id)) = id else { return Err(unknown()) };
        if let Some(entry) = operator.rings.iter().find_map(|ring| ring.find(&id)) {
            return Ok(tell(&entry));
        }
        let kept = operator.memory.past.as_ref().map(|past| past.record(&id)).transpose();
        let kept = kept.unwrap_or_else(|error| {
            tracing::warn!(%error, "a kept exchange cannot be read");
            None
        });
        kept.flatten().and_then(|text| serde_json::from_str(&text).ok()).ok_or_else(unknown)
    })
    .await
}

fn unknown() -> Refusal {
    let message = "no exchange of this id is kept; the latest 256 of each worker are, and in `history` those that failed, moved or were found by a guard";
    Refusal::new(Code::NotFound, message)
}
