//! The conditions of `fallbacks`: which can never hold, and which failures nobody catches.

use std::collections::HashSet;

use callsign_plan::alias::{Condition, Fallback, Route};

use crate::diagnostic::{Code, Findings, Span};
use crate::tree::{Entry, Node};

/// A fallback and where it stands.
pub(crate) struct Step {
    pub(crate) fallback: Fallback,
    pub(crate) at: Span,
}

/// The conditions of one fallback; `any` where none is written.
pub(crate) fn conditions(node: &Node, position: usize, findings: &mut Findings<'_>) -> Vec<Condition> {
    let mut conditions = Vec::new();
    for item in node.get("conditions").map_or(&[][..], Node::items) {
        let Some(condition) = item.text().and_then(condition) else { continue };
        if condition == Condition::PrimaryAndFirstFallbackFailed && position == 0 {
            findings
                .report(Code::ImpossibleCondition, item.span, "on the first fallback this can never hold")
                .label("the first fallback is this one")
                .help("write `primary_failed`, or move it to a later fallback");
        }
        if conditions.contains(&condition) {
            findings
                .report(Code::NoEffect, item.span, "this condition stands here already")
                .label("has no effect")
                .help("remove it");
            continue;
        }
        conditions.push(condition);
    }
    if conditions.is_empty() { vec![Condition::Any] } else { conditions }
}

/// Warns of fallbacks that change nothing and of failures that none of them catches.
pub(crate) fn review(written: &Entry, primary: &Route, steps: &[Step], findings: &mut Findings<'_>) {
    warn_of_repeats(primary, steps, findings);
    warn_of_uncaught(written.at, steps, findings);
}

/// Warns of fallbacks that ask for a cost limit where there is none.
pub(crate) fn warn_without_ceiling(steps: &[Step], findings: &mut Findings<'_>) {
    for step in steps.iter().filter(|step| step.fallback.conditions == [Condition::CostExceeded]) {
        findings
            .report(Code::UnreachableFallback, step.at, "this fallback can never be reached")
            .label("`cost_exceeded` needs a cost limit")
            .help("write `guardrails: {max_cost_per_request: …}`, or another condition");
    }
}

fn warn_of_repeats(primary: &Route, steps: &[Step], findings: &mut Findings<'_>) {
    let mut tried = vec![primary];
    for step in steps {
        if tried.contains(&&step.fallback.route) {
            findings
                .report(Code::UnreachableFallback, step.at, "this fallback was tried before it is reached")
                .label("the same target again")
                .help("write another target; for more tries on one target there is `retries`");
        }
        tried.push(&step.fallback.route);
    }
}

/// The failures of a primary that a chain is expected to catch; a policy refusal is only caught when written.
const FAILURES: &[(&str, &[Condition])] = &[
    ("rate_limited", &[Condition::RateLimited, Condition::QuotaExceeded]),
    ("quota_exceeded", &[Condition::QuotaExceeded]),
    ("timeout", &[Condition::Timeout]),
    ("unavailable", &[Condition::Unavailable]),
    ("auth_failed", &[Condition::AuthFailed]),
    ("model_not_found", &[Condition::ModelNotFound]),
    ("context_length_exceeded", &[Condition::ContextLengthExceeded]),
    ("invalid_response", &[Condition::InvalidResponse]),
];

fn warn_of_uncaught(at: Span, steps: &[Step], findings: &mut Findings<'_>) {
    let mut caught: HashSet<Condition> = HashSet::new();
    for (position, step) in steps.iter().enumerate() {
        let catches_all = |condition: &Condition| match condition {
            Condition::Any | Condition::PrimaryFailed => true,
            Condition::AllPreviousFailed => position == 0,
            _ => false,
        };
        if step.fallback.conditions.iter().any(catches_all) {
            return;
        }
        caught.extend(&step.fallback.conditions);
    }
    let uncaught: Vec<_> = FAILURES
        .iter()
        .filter(|(_, by)| !by.iter().any(|condition| caught.contains(condition)))
        .map(|(name, _)| format!("`{name}`"))
        .collect();
    if uncaught.is_empty() {
        return;
    }
    let message = format!("no fallback catches {} of the primary", list(&uncaught));
    findings
        .report(Code::UncaughtFailure, at, message)
        .label("clients see these failures")
        .help("add the conditions to a fallback, or leave `conditions` out for all of them");
}

fn list(names: &[String]) -> String {
    match names {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        _ => names.concat(),
    }
}

fn condition(word: &str) -> Option<Condition> {
    Some(match word {
        "rate_limited" => Condition::RateLimited,
        "quota_exceeded" => Condition::QuotaExceeded,
        "timeout" => Condition::Timeout,
        "unavailable" | "server_error" | "connection_error" => Condition::Unavailable,
        "auth_failed" => Condition::AuthFailed,
        "model_not_found" => Condition::ModelNotFound,
        "context_length_exceeded" => Condition::ContextLengthExceeded,
        "invalid_response" => Condition::InvalidResponse,
        "cost_exceeded" => Condition::CostExceeded,
        "content_filtered" => Condition::ContentFiltered,
        "any" => Condition::Any,
        "primary_failed" => Condition::PrimaryFailed,
        "primary_and_first_fallback_failed" => Condition::PrimaryAndFirstFallbackFailed,
        "all_previous_failed" => Condition::AllPreviousFailed,
        _ => return None,
    })
}
