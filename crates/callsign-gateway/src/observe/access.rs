//! The access log: one line for each exchange, without anything that was said.
//!
//! As JSON the lines are put together here and leave together: the log's own formatter writes each a few bytes at a time.

use std::io::Write as _;
use std::time::{Duration, SystemTime};

use callsign_telemetry::exchange::{Exchange, Finding};
use callsign_telemetry::trace::write_hexadecimal;
use callsign_wire::calendar::civil;
use callsign_wire::hub::usage::Usage;

use super::{Form, Watcher};

/// Writes the lines.
#[derive(Debug)]
pub(super) struct AccessLog {
    form: Form,
    /// Lines that wait for those behind them.
    lines: Vec<u8>,
    calendar: Calendar,
}

/// The last second that was told: most lines are of the same one as the line before.
#[derive(Debug, Default)]
struct Calendar {
    second: u64,
    /// Up to the fraction.
    written: Vec<u8>,
}

/// More is not gathered before it leaves.
const GATHERED: usize = 64 << 10;

/// What stands before a member's value.
macro_rules! member {
    ($name:literal) => {
        concat!(",\"", $name, "\":").as_bytes()
    };
}

// === impl AccessLog ===

impl AccessLog {
    pub(super) fn new(form: Form) -> Self {
        Self { form, lines: Vec::new(), calendar: Calendar::default() }
    }

    fn leave(&mut self) {
        if !self.lines.is_empty() {
            // As with every line of the log, nobody can be told that it cannot be written.
            _ = std::io::stderr().lock().write_all(&self.lines);
            self.lines.clear();
        }
    }

    /// The line as the log's own formatter would write it.
    fn json(&mut self, exchange: &Exchange, now: SystemTime) {
        self.lines.extend_from_slice(b"{\"timestamp\":\"");
        self.calendar.tell(now, &mut self.lines);
        self.lines.extend_from_slice(b"\",\"level\":\"INFO\",\"message\":\"exchange\"");
        json(exchange, &mut self.lines);
        self.lines.extend_from_slice(b",\"target\":\"access\"}\n");
    }
}

impl Watcher for AccessLog {
    fn saw(&mut self, exchange: &Exchange) {
        if !tracing::enabled!(target: "access", tracing::Level::INFO) {
            return;
        }
        match self.form {
            Form::Text => line(exchange),
            Form::Json => self.json(exchange, SystemTime::now()),
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

/// What a line tells of an exchange.
fn json(exchange: &Exchange, lines: &mut Vec<u8>) {
    let asked = exchange.asked.as_ref();
    let alias = asked.and_then(|asked| asked.alias.as_deref());
    let name = asked.map(|asked| &*asked.name).filter(|name| Some(*name) != alias);
    let operation = asked.map(|asked| asked.operation.path().trim_start_matches('/'));
    let usage = usage(exchange);
    let times = Times::of(exchange);
    text(lines, member!("request"), Some(&exchange.id));
    text(lines, member!("alias"), alias);
    text(lines, member!("asked"), name);
    text(lines, member!("model"), Some(exchange.model.as_deref().unwrap_or_default()));
    if let Some(trace) = &exchange.trace {
        hexadecimal(lines, member!("trace"), trace.id);
    }
    text(lines, member!("operation"), operation);
    if let Some(asked) = asked {
        lines.extend_from_slice(member!("stream"));
        lines.extend_from_slice(if asked.stream { b"true" } else { b"false" });
    }
    number(lines, member!("status"), Some(exchange.status.into()));
    number(lines, member!("attempts"), Some(exchange.attempts.len() as u64));
    text(lines, member!("error"), Some(exchange.error.unwrap_or("")));
    text(lines, member!("ended"), Some(exchange.ended.name()));
    text(lines, member!("losses"), exchange.losses.as_deref());
    text(lines, member!("guard"), guard(&exchange.findings).as_deref());
    number(lines, member!("bytes"), Some(exchange.bytes as u64));
    number(lines, member!("ms"), Some(times.ms));
    number(lines, member!("first_ms"), times.first_ms);
    number(lines, member!("own_us"), times.own_us);
    number(lines, member!("input_tokens"), usage.map(|usage| usage.input));
    number(lines, member!("output_tokens"), usage.map(|usage| usage.output));
    number(lines, member!("cached_tokens"), usage.and_then(|usage| usage.cache_read));
    number(lines, member!("reasoning_tokens"), usage.and_then(|usage| usage.reasoning));
    number(lines, member!("cost_nanodollars"), exchange.cost().map(|cost| cost.0));
}

/// A member whose value is text.
fn text(lines: &mut Vec<u8>, member: &[u8], value: Option<&str>) {
    let Some(value) = value else { return };
    lines.extend_from_slice(member);
    // Without a way out of the loop it looks at many bytes at once.
    let odd = |byte: u8| u8::from(byte < b' ') | u8::from(byte == b'"') | u8::from(byte == b'\\');
    let is_odd = value.bytes().fold(0, |any, byte| any | odd(byte)) != 0;
    if is_odd {
        return lines.extend_from_slice(serde_json::Value::from(value).to_string().as_bytes());
    }
    lines.push(b'"');
    lines.extend_from_slice(value.as_bytes());
    lines.push(b'"');
}

/// A member whose value is a number.
fn number(lines: &mut Vec<u8>, member: &[u8], value: Option<u64>) {
    let Some(value) = value else { return };
    lines.extend_from_slice(member);
    lines.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// A member whose value is a number as text, in 32 digits of base 16.
fn hexadecimal(lines: &mut Vec<u8>, member: &[u8], value: u128) {
    lines.extend_from_slice(member);
    lines.push(b'"');
    write_hexadecimal(lines, &value.to_be_bytes());
    lines.push(b'"');
}

// === impl Calendar ===

impl Calendar {
    /// The moment, to the microsecond, in UTC.
    fn tell(&mut self, now: SystemTime, lines: &mut Vec<u8>) {
        let since = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        if since.as_secs() != self.second || self.written.is_empty() {
            self.turn(since.as_secs());
        }
        lines.extend_from_slice(&self.written);
        // The leading one keeps the zeros.
        let fraction = u64::from(since.subsec_micros()) + 1_000_000;
        let mut digits = itoa::Buffer::new();
        lines.extend(digits.format(fraction).bytes().skip(1));
        lines.push(b'Z');
    }

    fn turn(&mut self, second: u64) {
        let (year, month, day) = civil(second / 86_400);
        let (hour, minute, of_minute) = (second / 3_600 % 24, second / 60 % 60, second % 60);
        self.second = second;
        self.written =
            format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{of_minute:02}.").into_bytes();
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

#[cfg(test)]
mod tests {
    use callsign_plan::units::Money;
    use callsign_telemetry::exchange::{Asked, Attempt, Ended, Spent};
    use callsign_telemetry::trace::{Share, Trace};
    use callsign_wire::dialect::Operation;

    use super::*;

    #[test]
    fn moments_are_told_in_utc() {
        let mut calendar = Calendar::default();
        for (seconds, micros, expected) in [
            (0, 0, "1970-01-01T00:00:00.000000Z"),
            (0, 70, "1970-01-01T00:00:00.000070Z"),
            (951_782_399, 999_999, "2000-02-28T23:59:59.999999Z"),
            (951_782_400, 1, "2000-02-29T00:00:00.000001Z"),
            (951_782_400, 123_456, "2000-02-29T00:00:00.123456Z"),
            (1_767_225_600, 0, "2026-01-01T00:00:00.000000Z"),
            (4_107_542_399, 0, "2100-02-28T23:59:59.000000Z"),
            (4_107_542_400, 0, "2100-03-01T00:00:00.000000Z"),
            (0, 0, "1970-01-01T00:00:00.000000Z"),
        ] {
            let mut told = Vec::new();
            let since = Duration::from_secs(seconds) + Duration::from_micros(micros);
            calendar.tell(SystemTime::UNIX_EPOCH + since, &mut told);
            assert_eq!(String::from_utf8(told).unwrap(), expected);
        }
    }

    #[test]
    fn texts_cannot_end_their_line() {
        let long = "so it goes on ".repeat(9) + "\n";
        for value in ["plain", "\"quoted\"", "a\\b", "two\nlines", "\u{1}", "\u{e9}", "\u{7f}", "", &long] {
            let mut told = b"{\"a\":1".to_vec();
            text(&mut told, member!("name"), Some(value));
            told.push(b'}');
            let read: serde_json::Value = serde_json::from_slice(&told).unwrap();
            assert_eq!(read["name"], value);
            assert!(!told.contains(&b'\n'));
        }
    }

    #[test]
    fn numbers_are_told_with_all_their_digits() {
        for value in [0, 1, 0xab, 0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c, u128::MAX] {
            let mut told = Vec::new();
            hexadecimal(&mut told, member!("n"), value);
            assert_eq!(String::from_utf8(told).unwrap(), format!(",\"n\":\"{value:032x}\""));
        }
        for value in [0, 7, 10, 65_535, u64::MAX] {
            let mut told = Vec::new();
            number(&mut told, member!("n"), Some(value));
            assert_eq!(String::from_utf8(told).unwrap(), format!(",\"n\":{value}"));
        }
    }

    /// An exchange, and the line that was written of it before lines were put together by hand.
    #[test]
    fn line_is_what_it_always_was() {
        let usage = Usage { input: 11, output: 7, cache_read: Some(5), ..Spent::NOTHING.usage };
        let served = Attempt {
            target: "groq/second".into(),
            after: Duration::from_millis(1),
            took: Duration::from_millis(2),
            condition: None,
            status: Some(200),
            spent: Some(Spent { usage, cost: Some(Money(25_000)), is_estimate: false }),
        };
        let finding =
            Finding { category: "pii", kind: "email".into(), action: "mask", direction: "input", count: 2 };
        let mut exchange = Exchange {
            id: "0193d5b0-0000-7000-8000-000000000001".into(),
            began_ms: 1_764_000_000_000,
            took: Duration::from_micros(2_300_999),
            first: Some(Duration::from_millis(300)),
            own: Some(Duration::from_micros(180)),
            asked: Some(Asked {
                name: "fast".into(),
                alias: Some("fast".into()),
                operation: Operation::ChatCompletions,
                stream: true,
            }),
            status: 200,
            error: None,
            ended: Ended::Complete,
            model: Some("groq/second".into()),
            losses: Some("seed, messages[2].\"n\"".into()),
            bytes: 4_096,
            resumed: None,
            attempts: vec![served.clone(), served],
            checks: Vec::new(),
            findings: vec![finding.clone(), finding],
            trace: Some(Trace::begin(None, (0x0af7_6519, 7), Share::ALL)),
            labels: Vec::new(),
            content: None,
        };
        let now = SystemTime::UNIX_EPOCH + Duration::from_millis(1_767_268_800_250);
        let written = |exchange: &Exchange| {
            let mut log = AccessLog::new(Form::Json);
            log.json(exchange, now);
            String::from_utf8(log.lines).unwrap()
        };
        assert_eq!(
            written(&exchange),
            r#"{"timestamp":"2026-01-01T12:00:00.250000Z","level":"INFO","message":"exchange","request":"0193d5b0-0000-7000-8000-000000000001","alias":"fast","model":"groq/second","trace":"0000000000000000000000000af76519","operation":"chat/completions","stream":true,"status":200,"attempts":2,"error":"","ended":"complete","losses":"seed, messages[2].\"n\"","guard":"input mask pii/email 2, input mask pii/email 2","bytes":4096,"ms":2300,"first_ms":300,"own_us":180,"input_tokens":22,"output_tokens":14,"cached_tokens":10,"cost_nanodollars":50000,"target":"access"}
"#
        );
        (exchange.asked, exchange.model, exchange.trace, exchange.losses) = (None, None, None, None);
        (exchange.error, exchange.status, exchange.first, exchange.own) =
            (Some("bad_request"), 400, None, None);
        (exchange.attempts, exchange.findings, exchange.ended) = (Vec::new(), Vec::new(), Ended::Refused);
        assert_eq!(
            written(&exchange),
            r#"{"timestamp":"2026-01-01T12:00:00.250000Z","level":"INFO","message":"exchange","request":"0193d5b0-0000-7000-8000-000000000001","model":"","status":400,"attempts":0,"error":"bad_request","ended":"refused","bytes":4096,"ms":2300,"target":"access"}
"#
        );
    }
}
