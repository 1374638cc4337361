//! The access log: one line for each exchange, without anything that was said.

use std::time::Duration;

use callsign_telemetry::exchange::{Exchange, Finding};
use callsign_wire::hub::usage::Usage;

use super::Watcher;

/// Writes the lines.
#[derive(Debug)]
pub(super) struct AccessLog;

impl Watcher for AccessLog {
    fn saw(&mut self, exchange: &Exchange) {
        if tracing::enabled!(target: "access", tracing::Level::INFO) {
            line(exchange);
        }
    }
}

fn line(exchange: &Exchange) {
    let request = &*exchange.id;
    let trace = exchange.trace.map(|trace| trace.name());
    let asked = exchange.asked.as_ref();
    let alias = asked.and_then(|asked| asked.alias.as_deref());
    let (operation, stream) =
        asked.map(|asked| (asked.operation.path().trim_start_matches('/'), asked.stream)).unzip();
    // A name that is an alias would only be said twice.
    let asked = asked.map(|asked| &*asked.name).filter(|name| Some(*name) != alias);
    let model = exchange.model.as_deref().unwrap_or_default();
    let losses = exchange.losses.as_deref();
    let Exchange { status, bytes, .. } = *exchange;
    let (attempts, error, ended) =
        (exchange.attempts.len(), exchange.error.unwrap_or(""), exchange.ended.name());
    let Times { ms, first_ms, own_us } = Times::of(exchange);
    let usage = usage(exchange);
    let (input_tokens, output_tokens) = usage.map(|usage| (usage.input, usage.output)).unzip();
    let cached_tokens = usage.and_then(|usage| usage.cache_read);
    let reasoning_tokens = usage.and_then(|usage| usage.reasoning);
    let cost_nanodollars = exchange.cost().map(|cost| cost.0);
    let guard = guard(&exchange.findings);
    tracing::info!(
        target: "access", request, alias, asked, model, trace, operation, stream, status, attempts, error, ended, losses, guard, bytes,
        ms, first_ms, own_us, input_tokens, output_tokens, cached_tokens, reasoning_tokens, cost_nanodollars, "exchange"
    );
}

/// How long an exchange took, as it is logged.
struct Times {
    ms: u64,
    first_ms: Option<u64>,
    own_us: Option<u64>,
}

// === impl Times ===

impl Times {
    fn of(exchange: &Exchange) -> Self {
        let whole = |time: u128| u64::try_from(time).unwrap_or(u64::MAX);
        Self {
            ms: whole(exchange.took.as_millis()),
            first_ms: exchange.first.as_ref().map(Duration::as_millis).map(whole),
            own_us: exchange.own.as_ref().map(Duration::as_micros).map(whole),
        }
    }
}

/// What all attempts took together.
fn usage(exchange: &Exchange) -> Option<Usage> {
    let add = |one: Option<u64>, other: Option<u64>| match (one, other) {
        (Some(one), Some(other)) => Some(one.saturating_add(other)),
        (one, other) => one.or(other),
    };
    let each = exchange.attempts.iter().filter_map(|attempt| Some(attempt.spent?.usage));
    each.reduce(|one, other| Usage {
        input: one.input.saturating_add(other.input),
        output: one.output.saturating_add(other.output),
        cache_read: add(one.cache_read, other.cache_read),
        reasoning: add(one.reasoning, other.reasoning),
        ..one
    })
}

/// What the guardrails found: `input mask pii/email 2`.
fn guard(findings: &[Finding]) -> Option<String> {
    let told = findings.iter().map(|finding| {
        let Finding { category, kind, action, direction, count } = finding;
        format!("{direction} {action} {category}/{kind} {count}")
    });
    Some(told.collect::<Vec<_>>().join(", ")).filter(|told| !told.is_empty())
}
