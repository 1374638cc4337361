//! The access log: one line for each exchange, without anything that was said.
//!
//! As JSON the lines are put together here and leave together: the log's own formatter writes each a few bytes at a time.

use std::fmt::Write as _;
use std::io::Write as _;
use std::time::{Duration, SystemTime};

use callsign_telemetry::exchange::{Exchange, Finding};
use callsign_wire::calendar::civil;
use callsign_wire::hub::usage::Usage;

use super::{Form, Watcher};

/// Writes the lines.
#[derive(Debug)]
pub(super) struct AccessLog {
    form: Form,
    /// Lines that wait for those behind them.
    lines: String,
}

/// More is not gathered before it leaves.
const GATHERED: usize = 64 << 10;

// === impl AccessLog ===

impl AccessLog {
    pub(super) fn new(form: Form) -> Self {
        Self { form, lines: String::new() }
    }

    fn leave(&mut self) {
        if !self.lines.is_empty() {
            // As with every line of the log, nobody can be told that it cannot be written.
            _ = std::io::stderr().lock().write_all(self.lines.as_bytes());
            self.lines.clear();
        }
    }
}

impl Watcher for AccessLog {
    fn saw(&mut self, exchange: &Exchange) {
        if !tracing::enabled!(target: "access", tracing::Level::INFO) {
            return;
        }
        match self.form {
            Form::Text => line(exchange),
            Form::Json => json(exchange, SystemTime::now(), &mut self.lines),
        }
        if self.lines.len() > GATHERED {
            self.leave();
        }
    }

    fn rested(&mut self) {
        self.leave();
    }

    fn ended(&mut self) {
        self.leave();
    }
}

/// The line as the log's own formatter would write it.
fn json(exchange: &Exchange, now: SystemTime, lines: &mut String) {
    let asked = exchange.asked.as_ref();
    let alias = asked.and_then(|asked| asked.alias.as_deref());
    let name = asked.map(|asked| &*asked.name).filter(|name| Some(*name) != alias);
    let operation = asked.map(|asked| asked.operation.path().trim_start_matches('/'));
    let trace = exchange.trace.map(|trace| trace.name());
    let usage = usage(exchange);
    let guard = guard(&exchange.findings);
    let times = Times::of(exchange);
    lines.push_str("{\"timestamp\":\"");
    stamp(now, lines);
    lines.push_str("\",\"level\":\"INFO\",\"message\":\"exchange\"");
    text(lines, "request", Some(&exchange.id));
    text(lines, "alias", alias);
    text(lines, "asked", name);
    text(lines, "model", Some(exchange.model.as_deref().unwrap_or_default()));
    text(lines, "trace", trace.as_deref());
    text(lines, "operation", operation);
    bare(lines, "stream", asked.map(|asked| asked.stream));
    bare(lines, "status", Some(exchange.status));
    bare(lines, "attempts", Some(exchange.attempts.len()));
    text(lines, "error", Some(exchange.error.unwrap_or("")));
    text(lines, "ended", Some(exchange.ended.name()));
    text(lines, "losses", exchange.losses.as_deref());
    text(lines, "guard", guard.as_deref());
    bare(lines, "bytes", Some(exchange.bytes));
    bare(lines, "ms", Some(times.ms));
    bare(lines, "first_ms", times.first_ms);
    bare(lines, "own_us", times.own_us);
    bare(lines, "input_tokens", usage.map(|usage| usage.input));
    bare(lines, "output_tokens", usage.map(|usage| usage.output));
    bare(lines, "cached_tokens", usage.and_then(|usage| usage.cache_read));
    bare(lines, "reasoning_tokens", usage.and_then(|usage| usage.reasoning));
    bare(lines, "cost_nanodollars", exchange.cost().map(|cost| cost.0));
    lines.push_str(",\"target\":\"access\"}\n");
}

/// A member whose value is text.
fn text(lines: &mut String, name: &str, value: Option<&str>) {
    let Some(value) = value else { return };
    // Writing to a string cannot fail.
    _ = write!(lines, ",\"{name}\":\"");
    let plain = value.bytes().all(|byte| byte >= b' ' && byte != b'"' && byte != b'\\');
    if plain {
        lines.push_str(value);
    } else {
        let written = serde_json::Value::from(value).to_string();
        let inside = written.strip_prefix('"').and_then(|written| written.strip_suffix('"'));
        lines.push_str(inside.unwrap_or_default());
    }
    lines.push('"');
}

/// A member whose value is a number or a truth.
fn bare(lines: &mut String, name: &str, value: Option<impl std::fmt::Display>) {
    if let Some(value) = value {
        // Writing to a string cannot fail.
        _ = write!(lines, ",\"{name}\":{value}");
    }
}

/// The moment, to the microsecond, in UTC.
fn stamp(now: SystemTime, lines: &mut String) {
    let since = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let seconds = since.as_secs();
    let (year, month, day) = civil(seconds / 86_400);
    let (hour, minute, second) = (seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
    let micros = since.subsec_micros();
    // Writing to a string cannot fail.
    _ = write!(lines, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micros:06}Z");
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_told_in_utc() {
        for (seconds, micros, expected) in [
            (0, 0, "1970-01-01T00:00:00.000000Z"),
            (951_782_399, 999_999, "2000-02-28T23:59:59.999999Z"),
            (951_782_400, 1, "2000-02-29T00:00:00.000001Z"),
            (1_767_225_600, 0, "2026-01-01T00:00:00.000000Z"),
            (4_107_542_399, 0, "2100-02-28T23:59:59.000000Z"),
            (4_107_542_400, 0, "2100-03-01T00:00:00.000000Z"),
        ] {
            let mut told = String::new();
            let since = Duration::from_secs(seconds) + Duration::from_micros(micros);
            stamp(SystemTime::UNIX_EPOCH + since, &mut told);
            assert_eq!(told, expected);
        }
    }

    #[test]
    fn texts_cannot_end_their_line() {
        for value in ["plain", "\"quoted\"", "a\\b", "two\nlines", "\u{1}", "\u{e9}", ""] {
            let mut told = "{\"a\":1".to_owned();
            text(&mut told, "name", Some(value));
            told.push('}');
            let read: serde_json::Value = serde_json::from_str(&told).unwrap();
            assert_eq!(read["name"], value);
            assert!(!told.contains('\n'));
        }
    }
}
