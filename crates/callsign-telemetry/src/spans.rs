//! An exchange that is over as spans: one for itself, by the conventions for generative AI, and one for each attempt below it.
//!
//! They are written as they are told, without a form in between. Nothing of what was said stands in them, unless the operator wants it.

use std::time::Duration;

use callsign_wire::hub::usage::Usage;
use serde_json::json;

use crate::exchange::{Asked, Attempt, Content, Exchange, Finding, Spent};
use crate::metrics::names::{self, attribute};
use crate::otlp::{Attributes, Batch, Kind, Place};
use crate::trace::{Trace, attempt_span};

/// Makes spans of exchanges.
#[derive(Debug)]
pub struct Weaver {
    /// Attributes that every exchange's span has.
    fixed: Vec<u8>,
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

/// An exchange whose spans are wanted.
struct Woven<'x> {
    exchange: &'x Exchange,
    asked: &'x Asked,
    /// What is done, by the conventions.
    operation: &'static str,
    trace: Trace,
    /// Its own span.
    span: u64,
}

/// A phase of the gateway's own: its name, its number, and from when until when.
type Phase = (&'static str, usize, (Duration, Duration));
/// A part of what was used, where it is told.
type Part = fn(&Usage) -> Option<u64>;

/// Numbers of the spans of phases, far beyond those of attempts.
const PREPARE: usize = 1 << 20;
const RELAY: usize = PREPARE + 1;
/// What is said of texts that there was no room for.
static CUT: Content = Content { system: Vec::new(), input: Vec::new(), output: String::new(), is_cut: true };

// === impl Weaver ===

impl Weaver {
    /// Makes spans that all have these attributes.
    pub fn new(fixed: &[(Box<str>, Box<str>)], phases: Phases) -> Self {
        let fixed = Attributes::ahead(|told| fixed.iter().for_each(|(name, value)| told.text(name, value)));
        Self { fixed, phases, tells_texts: false }
    }

    /// The same, which tells what was said too.
    #[must_use]
    pub fn telling_texts(self) -> Self {
        Self { tells_texts: true, ..self }
    }

    /// Whether anybody wants spans of this exchange, and something was asked of a model.
    pub fn is_wanted(exchange: &Exchange) -> bool {
        Woven::of(exchange).is_some()
    }

    /// How many spans an exchange that is wanted has.
    pub fn count(&self, exchange: &Exchange) -> usize {
        let phases =
            if self.phases == Phases::Told { phases(exchange).into_iter().flatten().count() } else { 0 };
        1 + exchange.attempts.len() + phases
    }

    /// About how many bytes of what was said the spans of this exchange tell.
    pub fn said(&self, exchange: &Exchange) -> usize {
        self.content(exchange).map_or(0, |content| {
            let system: usize = content.system.iter().map(String::len).sum();
            let input: usize = content.input.iter().map(|(_, text)| text.len()).sum();
            system + input + content.output.len()
        })
    }

    /// Adds the spans of an exchange: none where nobody wants them, or nothing was asked of a model.
    pub fn weave(&self, exchange: &Exchange, batch: &mut Batch) {
        self.write(exchange, self.content(exchange), batch);
    }

    /// Adds the spans of an exchange without what was said, though something was.
    pub fn weave_alone(&self, exchange: &Exchange, batch: &mut Batch) {
        self.write(exchange, self.content(exchange).map(|_| &CUT), batch);
    }

    fn content<'x>(&self, exchange: &'x Exchange) -> Option<&'x Content> {
        exchange.content.as_deref().filter(|_| self.tells_texts)
    }

    fn write(&self, exchange: &Exchange, content: Option<&Content>, batch: &mut Batch) {
        let Some(woven) = Woven::of(exchange) else { return };
        self.write_whole(&woven, content, batch);
        let last = exchange.attempts.len().saturating_sub(1);
        for (number, attempt) in exchange.attempts.iter().enumerate() {
            let serves = number == last && attempt.condition.is_none();
            let until = if serves { exchange.took } else { attempt.after + attempt.took };
            let place = woven.below(number, Kind::Client, (attempt.after, until));
            woven.write_attempt(attempt, &place, batch);
        }
        if self.phases == Phases::Told {
            for (name, number, times) in phases(exchange).into_iter().flatten() {
                batch.span(&woven.below(number, Kind::Internal, times), (name, ""), None, |_| ());
            }
        }
    }

    fn write_whole(&self, woven: &Woven<'_>, content: Option<&Content>, batch: &mut Batch) {
        let Woven { exchange, asked, operation, .. } = *woven;
        let last = exchange.attempts.last();
        let error = exchange.error.or_else(|| last.and_then(|attempt| attempt.condition));
        // A name that only the client knows would make as many kinds of spans as there are clients.
        let known = asked.alias.as_deref().or_else(|| exchange.served().map(Attempt::model));
        batch.span(&woven.place(), (operation, known.unwrap_or_default()), error, |told| {
            told.repeat(&self.fixed);
            told.text(attribute::OPERATION, operation);
            told.text(attribute::REQUEST_MODEL, &asked.name);
            told.truth(attribute::STREAM, asked.stream);
            told.text("callsign.request.id", &exchange.id);
            told.text("callsign.ended", exchange.ended.name());
            told.count("callsign.attempts", exchange.attempts.len() as u64);
            tell_outcome(told, exchange, asked);
            tell_own(told, exchange, asked);
            if let Some(error) = error {
                told.text(attribute::ERROR, error);
            }
            if let Some(content) = content {
                tell_texts(told, content, exchange.ended.name());
            }
        });
    }
}

/// What the gateway did before it asked anybody, and how long the answer was passed on.
fn phases(exchange: &Exchange) -> [Option<Phase>; 2] {
    let asked = exchange.attempts.first().map(|attempt| (Duration::ZERO, attempt.after));
    let relayed = exchange.served().and(exchange.first).map(|first| (first, exchange.took));
    [asked.map(|times| ("prepare", PREPARE, times)), relayed.map(|times| ("relay", RELAY, times))]
}

/// What came of an exchange: who answered, what it took and what it cost.
fn tell_outcome(told: &mut Attributes<'_>, exchange: &Exchange, asked: &Asked) {
    if let Some(last) = exchange.attempts.last() {
        told.text(attribute::PROVIDER, names::provider(last.provider()));
    }
    let served = exchange.served();
    if let Some(served) = served {
        told.text(attribute::RESPONSE_MODEL, served.model());
    }
    if exchange.status > 0 {
        told.count(attribute::STATUS, exchange.status.into());
    }
    if let Some(first) = exchange.first.filter(|_| asked.stream && served.is_some()) {
        told.real(attribute::FIRST_CHUNK, first.as_secs_f64());
    }
    tell_usage(told, exchange);
    if let Some(cost) = exchange.cost() {
        told.count("callsign.cost_nanodollars", cost.0);
    }
}

/// The tokens of all attempts together.
fn tell_usage(told: &mut Attributes<'_>, exchange: &Exchange) {
    let parts: [(&str, Part); 5] = [
        (attribute::INPUT_TOKENS, |usage| Some(usage.input)),
        (attribute::OUTPUT_TOKENS, |usage| Some(usage.output)),
        (attribute::CACHE_READ_TOKENS, |usage| usage.cache_read),
        (attribute::CACHE_WRITE_TOKENS, |usage| usage.cache_write),
        (attribute::REASONING_TOKENS, |usage| usage.reasoning),
    ];
    for (name, part) in parts {
        let spent = exchange.attempts.iter().filter_map(|attempt| attempt.spent.as_ref());
        if let Some(sum) = spent.filter_map(|spent| part(&spent.usage)).reduce(u64::saturating_add) {
            told.count(name, sum);
        }
    }
}

/// What Callsign alone has to say of an exchange.
fn tell_own(told: &mut Attributes<'_>, exchange: &Exchange, asked: &Asked) {
    if let Some(alias) = asked.alias.as_deref() {
        told.text("callsign.alias", alias);
    }
    if let Some(own) = exchange.own {
        told.count("callsign.own_us", u64::try_from(own.as_micros()).unwrap_or(u64::MAX));
    }
    if let Some(losses) = &exchange.losses {
        told.text("callsign.losses", losses);
    }
    if let Some(characters) = exchange.resumed {
        told.count("callsign.resumed_after_characters", characters as u64);
    }
    if !exchange.findings.is_empty() {
        told.texts("callsign.guard", exchange.findings.iter().map(finding));
    }
    for (name, value) in &exchange.labels {
        told.text(name, value);
    }
}

/// What was said, in JSON as the conventions have it.
/// <https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/#capturing-instructions-inputs-and-outputs>
fn tell_texts(told: &mut Attributes<'_>, content: &Content, ended: &str) {
    let part = |text: &str| json!({ "type": "text", "content": text });
    let system: Vec<_> = content.system.iter().map(|text| part(text)).collect();
    let input = content.input.iter();
    let input: Vec<_> = input.map(|(role, text)| json!({ "role": role, "parts": [part(text)] })).collect();
    let output = Some(&content.output).filter(|output| !output.is_empty());
    let output =
        output.map(|text| json!({ "role": "assistant", "parts": [part(text)], "finish_reason": ended }));
    for (name, parts) in [
        ("gen_ai.system_instructions", system),
        ("gen_ai.input.messages", input),
        ("gen_ai.output.messages", output.into_iter().collect()),
    ] {
        if !parts.is_empty() {
            told.text(name, &serde_json::Value::from(parts).to_string());
        }
    }
    if content.is_cut {
        told.truth("callsign.content.cut", true);
    }
}

fn tell_spent(told: &mut Attributes<'_>, spent: &Spent) {
    told.count("callsign.tokens.input", spent.usage.input);
    told.count("callsign.tokens.output", spent.usage.output);
    told.truth("callsign.tokens.estimated", spent.is_estimate);
    if let Some(cost) = spent.cost {
        told.count("callsign.cost_nanodollars", cost.0);
    }
}

fn finding(found: &Finding) -> String {
    let Finding { category, kind, action, direction, count } = found;
    format!("{direction} {action} {category}/{kind} {count}")
}

/// In nanoseconds since 1970-01-01 UTC.
fn moment(began_ms: u64, after: Duration) -> u64 {
    let after = u64::try_from(after.as_nanos()).unwrap_or(u64::MAX);
    began_ms.saturating_mul(1_000_000).saturating_add(after)
}

// === impl Woven ===

impl<'x> Woven<'x> {
    fn of(exchange: &'x Exchange) -> Option<Self> {
        let trace = exchange.trace.filter(Trace::is_sampled)?;
        let (span, asked) = (trace.span?, exchange.asked.as_ref()?);
        Some(Self { exchange, asked, operation: names::operation(asked.operation), trace, span })
    }

    /// Where the exchange's own span stands.
    fn place(&self) -> Place {
        let Self { exchange, trace, span, .. } = *self;
        let from = moment(exchange.began_ms, Duration::ZERO);
        let until = moment(exchange.began_ms, exchange.took);
        Place { trace, parent: trace.parent, span, kind: Kind::Server, from, until }
    }

    /// Where a span below it stands.
    fn below(&self, number: usize, kind: Kind, (from, until): (Duration, Duration)) -> Place {
        let began_ms = self.exchange.began_ms;
        let (from, until) = (moment(began_ms, from), moment(began_ms, until));
        let span = attempt_span(self.span, number);
        Place { trace: self.trace, parent: Some(self.span), span, kind, from, until }
    }

    fn write_attempt(&self, attempt: &Attempt, place: &Place, batch: &mut Batch) {
        let (operation, model) = (self.operation, attempt.model());
        batch.span(place, (operation, model), attempt.condition, |told| {
            told.text(attribute::OPERATION, operation);
            told.text(attribute::PROVIDER, names::provider(attempt.provider()));
            told.text(attribute::REQUEST_MODEL, model);
            if let Some(status) = attempt.status {
                told.count(attribute::STATUS, status.into());
            }
            if attempt.condition.is_none() && self.asked.stream {
                told.real(attribute::FIRST_CHUNK, attempt.took.as_secs_f64());
            }
            if let Some(spent) = &attempt.spent {
                tell_spent(told, spent);
            }
            if let Some(error) = attempt.condition {
                told.text(attribute::ERROR, error);
            }
        });
    }
}
