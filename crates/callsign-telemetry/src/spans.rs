//! An exchange that is over as spans: one for itself, by the conventions for generative AI, and one for each attempt below it.
//!
//! Nothing of what was said stands in them, unless the operator wants it.

use std::time::{Duration, SystemTime};

use opentelemetry::trace::{SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState};
use opentelemetry::{InstrumentationScope, KeyValue, StringValue, Value};
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};
use serde_json::json;

use crate::exchange::{Asked, Attempt, Content, Exchange, Finding};
use crate::metrics::names::{self, attribute};
use crate::trace::{Trace, attempt_span};

/// Makes spans of exchanges.
#[derive(Debug)]
pub struct Weaver {
    scope: InstrumentationScope,
    /// Attributes that every exchange's span has.
    fixed: Vec<KeyValue>,
    phases: Phases,
    /// Whether what was said is told too.
    tells_texts: bool,
}

/// Whether the gateway's own phases are told too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phases {
    /// Only exchanges and attempts are.
    Untold,
    /// What came before the first attempt and after the first bytes has spans too.
    Told,
}

/// Where a span stands, and when.
struct Place {
    trace: Trace,
    parent: Option<u64>,
    span: u64,
    kind: SpanKind,
    from: SystemTime,
    until: SystemTime,
}

/// Numbers of the spans of phases, far beyond those of attempts.
const PREPARE: usize = 1 << 20;
const RELAY: usize = PREPARE + 1;

// === impl Weaver ===

impl Weaver {
    /// Makes spans that all have these attributes.
    pub fn new(version: &'static str, fixed: &[(Box<str>, Box<str>)], phases: Phases) -> Self {
        let scope = InstrumentationScope::builder("callsign").with_version(version).build();
        let fixed = fixed.iter().map(|(name, value)| KeyValue::new(name.to_string(), value.to_string()));
        Self { scope, fixed: fixed.collect(), phases, tells_texts: false }
    }

    /// The same, which tells what was said too.
    #[must_use]
    pub fn telling_texts(self) -> Self {
        Self { tells_texts: true, ..self }
    }

    /// About how many bytes of what was said the spans of this exchange tell.
    pub fn said(&self, exchange: &Exchange) -> usize {
        let content = exchange.content.as_ref().filter(|_| self.tells_texts && wanted(exchange).is_some());
        content.map_or(0, |content| {
            let system: usize = content.system.iter().map(String::len).sum();
            let input: usize = content.input.iter().map(|(_, text)| text.len()).sum();
            system + input + content.output.len()
        })
    }

    /// The spans of an exchange without what was said, though something was.
    pub fn spans_alone(&self, exchange: &Exchange) -> Vec<SpanData> {
        let content =
            exchange.content.is_some().then(|| Box::new(Content { is_cut: true, ..Content::default() }));
        self.spans(&Exchange { content, ..exchange.clone() })
    }

    /// The spans of an exchange: none where nobody wants them, or nothing was asked of a model.
    pub fn spans(&self, exchange: &Exchange) -> Vec<SpanData> {
        let Some((trace, span, asked)) = wanted(exchange) else { return Vec::new() };
        let mut spans = Vec::with_capacity(exchange.attempts.len() + 1);
        spans.push(self.whole(exchange, asked, (trace, span)));
        let last = exchange.attempts.len().saturating_sub(1);
        for (number, attempt) in exchange.attempts.iter().enumerate() {
            let serves = number == last && attempt.condition.is_none();
            let until = if serves { exchange.took } else { attempt.after + attempt.took };
            let times = (exchange.began_ms, attempt.after, until);
            let place = Place::below((trace, span), number, SpanKind::Client, times);
            spans.push(self.attempt(asked, attempt, place));
        }
        if self.phases == Phases::Told {
            spans.extend(self.phases(exchange, (trace, span)));
        }
        spans
    }

    fn whole(&self, exchange: &Exchange, asked: &Asked, (trace, span): (Trace, u64)) -> SpanData {
        let operation = names::operation(asked.operation);
        let last = exchange.attempts.last();
        let error = exchange.error.or_else(|| last.and_then(|attempt| attempt.condition));
        let mut attributes = self.fixed.clone();
        attributes.extend([
            KeyValue::new(attribute::OPERATION, operation),
            KeyValue::new(attribute::REQUEST_MODEL, asked.name.to_string()),
            KeyValue::new(attribute::STREAM, asked.stream),
            KeyValue::new("callsign.request.id", exchange.id.to_string()),
            KeyValue::new("callsign.ended", exchange.ended.name()),
            KeyValue::new("callsign.attempts", count(exchange.attempts.len() as u64)),
        ]);
        attributes.extend(outcome(exchange, asked));
        attributes.extend(told(exchange));
        attributes.extend(error.map(|error| KeyValue::new(attribute::ERROR, error)));
        if let Some(content) = exchange.content.as_ref().filter(|_| self.tells_texts) {
            attributes.extend(texts(content, exchange.ended.name()));
        }
        let from = moment(exchange.began_ms, Duration::ZERO);
        let until = moment(exchange.began_ms, exchange.took);
        let place = Place { trace, parent: trace.parent, span, kind: SpanKind::Server, from, until };
        // A name that only the client knows would make as many kinds of spans as there are clients.
        let known = asked.alias.as_deref().or_else(|| exchange.served().map(Attempt::model));
        self.span(place, name(operation, known.unwrap_or_default()), attributes, error)
    }

    fn attempt(&self, asked: &Asked, attempt: &Attempt, place: Place) -> SpanData {
        let operation = names::operation(asked.operation);
        let mut attributes = vec![
            KeyValue::new(attribute::OPERATION, operation),
            KeyValue::new(attribute::PROVIDER, names::provider(attempt.provider()).to_owned()),
            KeyValue::new(attribute::REQUEST_MODEL, attempt.model().to_owned()),
        ];
        attributes.extend(attempt.status.map(|status| KeyValue::new(attribute::STATUS, i64::from(status))));
        if attempt.condition.is_none() && asked.stream {
            attributes.push(KeyValue::new(attribute::FIRST_CHUNK, attempt.took.as_secs_f64()));
        }
        if let Some(spent) = attempt.spent {
            attributes.push(KeyValue::new("callsign.tokens.input", count(spent.usage.input)));
            attributes.push(KeyValue::new("callsign.tokens.output", count(spent.usage.output)));
            attributes.push(KeyValue::new("callsign.tokens.estimated", spent.is_estimate));
            attributes
                .extend(spent.cost.map(|cost| KeyValue::new("callsign.cost_nanodollars", count(cost.0))));
        }
        attributes.extend(attempt.condition.map(|error| KeyValue::new(attribute::ERROR, error)));
        self.span(place, name(operation, attempt.model()), attributes, attempt.condition)
    }

    /// What the gateway did before it asked anybody, and how long the answer was passed on.
    fn phases(&self, exchange: &Exchange, root: (Trace, u64)) -> Vec<SpanData> {
        let asked = exchange.attempts.first().map(|attempt| (Duration::ZERO, attempt.after));
        let relayed = exchange.served().and(exchange.first).map(|first| (first, exchange.took));
        let phases = [("prepare", PREPARE, asked), ("relay", RELAY, relayed)];
        let told = phases.into_iter().filter_map(|(name, number, times)| {
            let (from, until) = times?;
            let place = Place::below(root, number, SpanKind::Internal, (exchange.began_ms, from, until));
            Some(self.span(place, name.to_owned(), Vec::new(), None))
        });
        told.collect()
    }

    fn span(
        &self,
        place: Place,
        name: String,
        attributes: Vec<KeyValue>,
        error: Option<&'static str>,
    ) -> SpanData {
        let Place { trace, parent, span, kind, from, until } = place;
        let (id, span) = (TraceId::from(trace.id), SpanId::from(span));
        SpanData {
            span_context: SpanContext::new(id, span, TraceFlags::new(trace.flags()), false, TraceState::NONE),
            parent_span_id: SpanId::from(parent.unwrap_or_default()),
            parent_span_is_remote: kind == SpanKind::Server && parent.is_some(),
            span_kind: kind,
            name: name.into(),
            start_time: from,
            end_time: until.max(from),
            attributes,
            dropped_attributes_count: 0,
            events: SpanEvents::default(),
            links: SpanLinks::default(),
            status: error.map_or(Status::Unset, Status::error),
            instrumentation_scope: self.scope.clone(),
        }
    }
}

/// What was said, in JSON as the conventions have it.
/// <https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/#capturing-instructions-inputs-and-outputs>
fn texts(content: &Content, ended: &str) -> Vec<KeyValue> {
    let part = |text: &str| json!({ "type": "text", "content": text });
    let told = |name: &'static str, parts: Vec<serde_json::Value>| {
        (!parts.is_empty()).then(|| KeyValue::new(name, serde_json::Value::from(parts).to_string()))
    };
    let system = content.system.iter().map(|text| part(text)).collect();
    let input = content.input.iter();
    let input = input.map(|(role, text)| json!({ "role": role, "parts": [part(text)] })).collect();
    let output = Some(&content.output).filter(|output| !output.is_empty());
    let output = output
        .map(|text| json!({ "role": "assistant", "parts": [part(text)], "finish_reason": ended }))
        .into_iter()
        .collect();
    let mut attributes: Vec<KeyValue> = [
        told("gen_ai.system_instructions", system),
        told("gen_ai.input.messages", input),
        told("gen_ai.output.messages", output),
    ]
    .into_iter()
    .flatten()
    .collect();
    if content.is_cut {
        attributes.push(KeyValue::new("callsign.content.cut", true));
    }
    attributes
}

/// What the spans stand on, where they are wanted.
fn wanted(exchange: &Exchange) -> Option<(Trace, u64, &Asked)> {
    let trace = exchange.trace.filter(Trace::is_sampled)?;
    Some((trace, trace.span?, exchange.asked.as_ref()?))
}

fn name(operation: &str, model: &str) -> String {
    if model.is_empty() { operation.to_owned() } else { format!("{operation} {model}") }
}

/// What came of an exchange: who answered, what it took and what it cost.
fn outcome(exchange: &Exchange, asked: &Asked) -> Vec<KeyValue> {
    let mut attributes = Vec::with_capacity(16);
    if let Some(last) = exchange.attempts.last() {
        attributes.push(KeyValue::new(attribute::PROVIDER, names::provider(last.provider()).to_owned()));
    }
    if let Some(served) = exchange.served() {
        attributes.push(KeyValue::new(attribute::RESPONSE_MODEL, served.model().to_owned()));
    }
    if exchange.status > 0 {
        attributes.push(KeyValue::new(attribute::STATUS, i64::from(exchange.status)));
    }
    if let Some(first) = exchange.first.filter(|_| asked.stream && exchange.served().is_some()) {
        attributes.push(KeyValue::new(attribute::FIRST_CHUNK, first.as_secs_f64()));
    }
    attributes.extend(usage(exchange));
    if let Some(cost) = exchange.cost() {
        attributes.push(KeyValue::new("callsign.cost_nanodollars", count(cost.0)));
    }
    attributes
}

/// The tokens of all attempts together.
fn usage(exchange: &Exchange) -> Vec<KeyValue> {
    let spent: Vec<_> = exchange.attempts.iter().filter_map(|attempt| attempt.spent).collect();
    if spent.is_empty() {
        return Vec::new();
    }
    let sum = |part: fn(&callsign_wire::hub::usage::Usage) -> Option<u64>| {
        spent.iter().filter_map(|spent| part(&spent.usage)).reduce(u64::saturating_add)
    };
    let sums = [
        (attribute::INPUT_TOKENS, sum(|usage| Some(usage.input))),
        (attribute::OUTPUT_TOKENS, sum(|usage| Some(usage.output))),
        (attribute::CACHE_READ_TOKENS, sum(|usage| usage.cache_read)),
        (attribute::CACHE_WRITE_TOKENS, sum(|usage| usage.cache_write)),
        (attribute::REASONING_TOKENS, sum(|usage| usage.reasoning)),
    ];
    sums.into_iter().filter_map(|(name, sum)| Some(KeyValue::new(name, count(sum?)))).collect()
}

/// What Callsign alone has to say of an exchange.
fn told(exchange: &Exchange) -> Vec<KeyValue> {
    let mut attributes = Vec::new();
    if let Some(alias) = exchange.asked.as_ref().and_then(|asked| asked.alias.as_deref()) {
        attributes.push(KeyValue::new("callsign.alias", alias.to_owned()));
    }
    if let Some(own) = exchange.own {
        let microseconds = u64::try_from(own.as_micros()).unwrap_or(u64::MAX);
        attributes.push(KeyValue::new("callsign.own_us", count(microseconds)));
    }
    if let Some(losses) = &exchange.losses {
        attributes.push(KeyValue::new("callsign.losses", losses.to_string()));
    }
    if let Some(characters) = exchange.resumed {
        attributes.push(KeyValue::new("callsign.resumed_after_characters", count(characters as u64)));
    }
    if !exchange.findings.is_empty() {
        let findings: Vec<StringValue> =
            exchange.findings.iter().map(|found| finding(found).into()).collect();
        attributes.push(KeyValue::new("callsign.guard", Value::Array(findings.into())));
    }
    let labels = exchange.labels.iter();
    attributes.extend(labels.map(|(name, value)| KeyValue::new(name.to_string(), value.to_string())));
    attributes
}

fn finding(found: &Finding) -> String {
    let Finding { category, kind, action, direction, count } = found;
    format!("{direction} {action} {category}/{kind} {count}")
}

fn count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn moment(began_ms: u64, after: Duration) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(began_ms) + after
}

// === impl Place ===

impl Place {
    /// Below an exchange's span.
    fn below(
        (trace, root): (Trace, u64),
        number: usize,
        kind: SpanKind,
        (began_ms, from, until): (u64, Duration, Duration),
    ) -> Self {
        let (from, until) = (moment(began_ms, from), moment(began_ms, until));
        Self { trace, parent: Some(root), span: attempt_span(root, number), kind, from, until }
    }
}
