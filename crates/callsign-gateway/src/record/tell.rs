//! A record as the operator's API tells it.

use callsign_plan::explain::{Candidate, Decision, What, explain};
use callsign_telemetry::exchange::{Check, Spent};
use serde_json::{Value, json};

use super::{Asked, Entry, Finding};
use crate::refusal::Tried;

/// The record without its decisions.
pub(crate) fn tell_briefly(entry: &Entry) -> Value {
    let asked = entry.asked.as_ref();
    json!({
        "id": entry.id.as_str(),
        "began_ms": entry.began_ms,
        "asked": asked.map(|asked| &asked.name),
        "alias": asked.and_then(|asked| asked.alias.as_deref()),
        "operation": asked.map(|asked| asked.operation.path()),
        "stream": asked.map(|asked| asked.stream),
        "status": (entry.status > 0).then_some(entry.status),
        "error": entry.error,
        "ended": entry.ended.name(),
        "model": entry.model.as_ref().and_then(|model| model.to_str().ok()),
        "losses": entry.losses.as_ref().and_then(|losses| losses.to_str().ok()),
        "ms": milliseconds(entry.took),
        "first_ms": entry.first.map(milliseconds),
        "own_us": entry.own().map(microseconds),
        "bytes": entry.bytes,
        "resumed_after_characters": entry.resumed,
        "cost_nanodollars": entry.cost().map(|cost| cost.0),
        "guard_cost_nanodollars": entry.cost_of_checks().map(|cost| cost.0),
        "attempts": entry.attempts.iter().map(attempt).collect::<Vec<_>>(),
        "checks": entry.checks.iter().map(check).collect::<Vec<_>>(),
        "guard": entry.guarded.iter().map(finding).collect::<Vec<_>>(),
    })
}

/// The whole record.
pub(crate) fn tell(entry: &Entry) -> Value {
    let mut told = tell_briefly(entry);
    if let Value::Object(members) = &mut told {
        members.insert("decisions".to_owned(), decisions(entry));
    }
    told
}

/// What was decided, in names.
pub(super) fn decisions(entry: &Entry) -> Value {
    match &entry.asked {
        Some(Asked { told: Some(told), .. }) => Value::clone(told),
        Some(Asked { world: Some(world), .. }) => {
            explain(&world.catalog, &entry.trace).iter().map(decision).collect()
        }
        _ => Value::Array(Vec::new()),
    }
}

fn finding(found: &Finding) -> Value {
    json!({
        "category": found.topic,
        "kind": found.kind,
        "action": found.action.name(),
        "direction": found.side.name(),
        "count": found.count,
    })
}

fn attempt(tried: &Tried) -> Value {
    let mut told = json!({
        "model": &*tried.model,
        "condition": tried.condition,
        "status": tried.status,
        "after_ms": milliseconds(tried.after),
        "ms": milliseconds(tried.took),
    });
    if let (Some(spent), Value::Object(members)) = (&tried.spent, &mut told) {
        members.insert("usage".to_owned(), usage(spent));
        members.insert("cost_nanodollars".to_owned(), json!(spent.cost.map(|cost| cost.0)));
    }
    told
}

fn check(check: &Check) -> Value {
    json!({
        "model": &*check.target,
        "attempts": check.attempts,
        "usage": usage(&check.spent),
        "cost_nanodollars": check.spent.cost.map(|cost| cost.0),
    })
}

fn usage(spent: &Spent) -> Value {
    let usage = &spent.usage;
    json!({
        "input_tokens": usage.input,
        "cached_input_tokens": usage.cache_read,
        "cache_write_tokens": usage.cache_write,
        "output_tokens": usage.output,
        "reasoning_tokens": usage.reasoning,
        "estimated": spent.is_estimate,
    })
}

/// One decision as data, the same wherever one is told.
pub fn decision(decision: &Decision) -> Value {
    let mut told = match &decision.what {
        What::Alias(name) => json!({ "step": "alias", "name": &**name }),
        What::Split { parts, by } => {
            json!({ "step": "split", "by": by.to_string(), "candidates": candidates(parts) })
        }
        What::Pool { members, algorithm } => {
            json!({ "step": "pool", "algorithm": algorithm.name(), "candidates": candidates(members) })
        }
        What::Fallback { number, to, because } => {
            json!({ "step": "fallback", "number": number, "name": &**to, "because": because.name() })
        }
        What::NotHeld { number, to, conditions } => json!({
            "step": "fallback_passed_over",
            "number": number,
            "name": &**to,
            "reason": "none of its conditions held",
            "conditions": conditions.iter().map(|condition| condition.name()).collect::<Vec<_>>(),
        }),
        What::Passed { target, why } => {
            json!({ "step": "target_passed_over", "name": &**target, "reason": why.to_string() })
        }
        What::Retired(name) => {
            json!({ "step": "alias_passed_over", "name": &**name, "reason": "it is past its sunset" })
        }
        What::Tried(target) => json!({ "step": "attempt", "name": &**target }),
        What::Retried { target, after } => {
            json!({ "step": "retry", "name": &**target, "after_ms": milliseconds(*after) })
        }
        What::LastResort => json!({ "step": "last_resort" }),
    };
    if let Value::Object(members) = &mut told {
        members.insert("depth".to_owned(), json!(decision.depth));
    }
    told
}

fn candidates(candidates: &[Candidate]) -> Value {
    let told = candidates.iter().map(
        |candidate| json!({ "name": &*candidate.name, "weight": candidate.weight.to_string(), "taken": candidate.taken }),
    );
    told.collect()
}

fn milliseconds(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn microseconds(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
