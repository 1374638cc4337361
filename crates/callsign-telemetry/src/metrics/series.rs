//! The series of one alias and of its targets, looked up once and kept at hand.

use std::sync::Arc;
use std::time::Duration;

use callsign_wire::dialect::Operation;
use prometheus_client::metrics::counter::Counter;

use super::families::{Counts, Dollars, Families, Timing};
use super::labels::{Labels, OTHER, TraceId};
use super::names::{self, label};
use crate::exchange::{Attempt, Exchange, Spent};
use crate::trace::Trace;

/// The series of one alias and operation.
#[derive(Debug)]
pub(super) struct AliasSeries {
    alias: Arc<str>,
    complete: Counter,
    time: Timing,
    first_token: Timing,
    own: Timing,
}

/// The series of one alias, operation and target.
#[derive(Debug)]
pub(super) struct TargetSeries {
    alias: Arc<str>,
    target: Arc<str>,
    conventional: Labels,
    served: Counter,
    time: Timing,
    tokens: [Counter; 5],
    usage: [Counter; 5],
    cost: Dollars,
    duration: Timing,
    first_chunk: Timing,
    per_chunk: Timing,
}

/// The kinds of tokens, as labels: all input, all output, and what of them is special.
const TOKENS: [&str; 5] = ["input", "output", "cache_read", "cache_write", "reasoning"];

pub(super) fn labels<const N: usize>(pairs: [(&'static str, &str); N]) -> Labels {
    pairs.into_iter().map(|(name, value)| (name, value.into())).collect()
}

// === impl AliasSeries ===

impl AliasSeries {
    pub(super) fn new(families: &Families, alias: &Arc<str>, operation: Operation) -> Self {
        let of_alias = labels([("alias", alias)]);
        let complete = exchange_labels(alias, names::operation(operation), SUCCESS);
        Self {
            alias: Arc::clone(alias),
            complete: families.exchanges.get_or_create_owned(&complete),
            time: families.exchange_time.get_or_create_owned(&of_alias),
            first_token: families.first_token.get_or_create_owned(&of_alias),
            own: families.own.get_or_create_owned(&of_alias),
        }
    }

    /// Counts an exchange.
    pub(super) fn saw(&self, families: &Families, exchange: &Exchange, operation: Operation) {
        let example = example(exchange);
        let ending = ending(exchange);
        if ending == SUCCESS {
            self.complete.inc();
        } else {
            let labels = exchange_labels(&self.alias, names::operation(operation), ending);
            families.exchanges.get_or_create(&labels).inc();
        }
        observe(&self.time, exchange.took, example);
        if let Some(own) = exchange.own {
            observe(&self.own, own, example);
        }
        if let Some(first) = first_token(exchange) {
            observe(&self.first_token, first, example);
        }
        if exchange.resumed.is_some() {
            families.resumed.get_or_create(&labels([("alias", &self.alias)])).inc();
        }
    }
}

/// The labels of `callsign_exchanges_total`.
pub(super) fn exchange_labels(alias: &str, operation: &str, ending: Ending) -> Labels {
    let (ended, status, error) = ending;
    labels([
        ("alias", alias),
        ("operation", operation),
        ("ended", ended),
        ("status", status),
        ("error", error),
    ])
}

/// How an exchange ended, the class of its status, and the gateway's own error.
pub(super) type Ending = (&'static str, &'static str, &'static str);

const SUCCESS: Ending = ("complete", "2xx", "");

pub(super) fn ending(exchange: &Exchange) -> Ending {
    let class = match exchange.status {
        0 => "",
        200..=299 => "2xx",
        400..=499 => "4xx",
        500..=599 => "5xx",
        _ => OTHER,
    };
    (exchange.ended.name(), class, exchange.error.unwrap_or_default())
}

// === impl TargetSeries ===

impl TargetSeries {
    pub(super) fn new(
        families: &Families,
        (alias, target): (&Arc<str>, &Arc<str>),
        operation: Operation,
    ) -> Self {
        let (provider, model) = target.split_once('/').unwrap_or((target, OTHER));
        let asked: &str = if alias.is_empty() { model } else { alias };
        let conventional = labels([
            (label::OPERATION, names::operation(operation)),
            (label::PROVIDER, names::provider(provider)),
            (label::REQUEST_MODEL, asked),
            (label::RESPONSE_MODEL, model),
        ]);
        let of_both = labels([("alias", alias), ("target", target)]);
        let usage = [
            &families.input,
            &families.output,
            &families.cache_read,
            &families.cache_write,
            &families.reasoning,
        ];
        let kind = |kind| labels([("alias", alias), ("target", target), ("kind", kind)]);
        Self {
            alias: Arc::clone(alias),
            target: Arc::clone(target),
            served: families.attempts.get_or_create_owned(&attempt_labels(alias, target, "")),
            time: families.attempt_time.get_or_create_owned(&labels([("target", target)])),
            tokens: TOKENS.map(|name| families.tokens.get_or_create_owned(&kind(name))),
            usage: usage.map(|family: &Counts| family.get_or_create_owned(&conventional)),
            cost: families.cost.get_or_create_owned(&of_both),
            duration: families.duration.get_or_create_owned(&conventional),
            first_chunk: families.first_chunk.get_or_create_owned(&conventional),
            per_chunk: families.per_chunk.get_or_create_owned(&conventional),
            conventional,
        }
    }

    /// Counts an attempt.
    pub(super) fn tried(&self, families: &Families, attempt: &Attempt, exchange: &Exchange) {
        match attempt.condition {
            None => self.served.inc(),
            Some(condition) => {
                let labels = attempt_labels(&self.alias, &self.target, condition);
                families.attempts.get_or_create(&labels).inc()
            }
        };
        observe(&self.time, attempt.took, example(exchange));
        if let Some(spent) = attempt.spent {
            self.spent(families, &spent);
        }
    }

    /// Counts what an attempt or a check took.
    pub(super) fn spent(&self, families: &Families, spent: &Spent) {
        let usage = &spent.usage;
        let special = [usage.cache_read, usage.cache_write, usage.reasoning].map(Option::unwrap_or_default);
        let counts = [usage.input, usage.output].into_iter().chain(special);
        for ((count, own), conventional) in counts.zip(&self.tokens).zip(&self.usage) {
            if count > 0 {
                own.inc_by(count);
                conventional.inc_by(count);
            }
        }
        if let Some(cost) = spent.cost {
            self.cost.add(cost);
        }
        if spent.is_estimate {
            families.estimates.get_or_create(&labels([("target", &self.target)])).inc();
        }
    }

    /// Counts an exchange whose last attempt went to this target.
    pub(super) fn answered(&self, families: &Families, exchange: &Exchange, attempt: &Attempt) {
        let example = example(exchange);
        match failure(exchange, attempt) {
            None => observe(&self.duration, exchange.took, example),
            Some(error) => {
                let mut labels = self.conventional.clone();
                labels.push((label::ERROR, error.into()));
                observe(&families.duration.get_or_create_owned(&labels), exchange.took, example);
            }
        }
        let Some(first) = first_token(exchange) else { return };
        observe(&self.first_chunk, first, example);
        let further = attempt.spent.map_or(0, |spent| spent.usage.output).saturating_sub(1);
        if let Some(each) = u32::try_from(further)
            .ok()
            .and_then(|further| exchange.took.saturating_sub(first).checked_div(further))
        {
            observe(&self.per_chunk, each, example);
        }
    }
}

/// The labels of `callsign_attempts_total`.
pub(super) fn attempt_labels(alias: &str, target: &str, condition: &str) -> Labels {
    labels([("alias", alias), ("target", target), ("condition", condition)])
}

/// How long the client waited for the first token of a stream that a target served.
fn first_token(exchange: &Exchange) -> Option<Duration> {
    let is_stream = exchange.asked.as_ref().is_some_and(|asked| asked.stream);
    exchange.first.filter(|_| is_stream && exchange.served().is_some())
}

/// What `error.type` says, if anything.
fn failure(exchange: &Exchange, last: &Attempt) -> Option<&'static str> {
    exchange.error.or(last.condition)
}

/// The trace that stands as an example for what was measured, where it can be looked up.
fn example(exchange: &Exchange) -> Option<TraceId> {
    exchange.trace.filter(Trace::is_sampled).map(|trace| TraceId(trace.id))
}

fn observe(timing: &Timing, time: Duration, example: Option<TraceId>) {
    timing.observe(time.as_secs_f64(), example.map(|trace| [("trace_id", trace)]), None);
}
