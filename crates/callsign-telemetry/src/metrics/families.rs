//! Every family of metrics that exchanges are counted in, with what each means.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use callsign_plan::units::Money;
use prometheus_client::encoding::{EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::exemplar::HistogramWithExemplars;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::{MetricType, TypedMetric};
use prometheus_client::registry::{Registry, Unit};

use super::labels::{Exemplar, Labels};
use super::names;

/// A count of dollars, kept in whole nano-dollars.
#[derive(Debug, Clone, Default)]
pub(super) struct Dollars(Arc<AtomicU64>);

/// How long things take, with traces as examples.
pub(super) type Timing = HistogramWithExemplars<Exemplar>;
pub(super) type Counts = Family<Labels, Counter>;
pub(super) type Timings = Family<Labels, Timing, fn() -> Timing>;

/// All of them.
#[derive(Debug)]
pub(super) struct Families {
    pub(super) input: Counts,
    pub(super) output: Counts,
    pub(super) cache_read: Counts,
    pub(super) cache_write: Counts,
    pub(super) reasoning: Counts,
    pub(super) duration: Timings,
    pub(super) first_chunk: Timings,
    pub(super) per_chunk: Timings,
    pub(super) exchanges: Counts,
    pub(super) exchange_time: Timings,
    pub(super) first_token: Timings,
    pub(super) own: Timings,
    pub(super) attempts: Counts,
    pub(super) attempt_time: Timings,
    pub(super) tokens: Counts,
    pub(super) estimates: Counts,
    pub(super) cost: Family<Labels, Dollars>,
    pub(super) findings: Counts,
    pub(super) losses: Counts,
    pub(super) resumed: Counts,
}

fn conventional() -> Timing {
    Timing::new(names::SECONDS.into_iter())
}

fn exchange_like() -> Timing {
    let seconds = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 320.0];
    Timing::new(seconds.into_iter())
}

fn own_like() -> Timing {
    let microseconds =
        [25, 50, 100, 200, 300, 400, 500, 750, 1_000, 2_500, 5_000, 10_000, 50_000, 250_000, 1_000_000];
    Timing::new(microseconds.into_iter().map(|microseconds| f64::from(microseconds) / 1e6))
}

fn timings(of: fn() -> Timing) -> Timings {
    Family::new_with_constructor(of)
}

// === impl Families ===

impl Families {
    pub(super) fn new() -> Self {
        Self {
            input: Counts::default(),
            output: Counts::default(),
            cache_read: Counts::default(),
            cache_write: Counts::default(),
            reasoning: Counts::default(),
            duration: timings(conventional),
            first_chunk: timings(conventional),
            per_chunk: timings(conventional),
            exchanges: Counts::default(),
            exchange_time: timings(exchange_like),
            first_token: timings(exchange_like),
            own: timings(own_like),
            attempts: Counts::default(),
            attempt_time: timings(exchange_like),
            tokens: Counts::default(),
            estimates: Counts::default(),
            cost: Family::default(),
            findings: Counts::default(),
            losses: Counts::default(),
            resumed: Counts::default(),
        }
    }

    /// A registry that tells all of them.
    pub(super) fn registry(&self) -> Registry {
        let mut registry = Registry::default();
        self.register_conventional(&mut registry);
        self.register_counts(&mut registry);
        self.register_timings(&mut registry);
        registry
    }

    fn register_conventional(&self, registry: &mut Registry) {
        let counts = [
            (names::INPUT_TOKENS, "Input tokens, those of caches included", &self.input),
            (names::OUTPUT_TOKENS, "Output tokens, those of reasoning included", &self.output),
            (names::CACHE_READ_TOKENS, "Input tokens read from a cache", &self.cache_read),
            (names::CACHE_WRITE_TOKENS, "Input tokens written to a cache", &self.cache_write),
            (names::REASONING_TOKENS, "Output tokens of reasoning", &self.reasoning),
        ];
        for (name, help, family) in counts {
            registry.register(name, help, family.clone());
        }
        let timings = [
            (names::DURATION, "Time of an exchange", &self.duration),
            (names::FIRST_CHUNK, "Time until the first token of a stream", &self.first_chunk),
            (
                names::PER_CHUNK,
                "Mean time for each token of a stream after its first, once for each stream",
                &self.per_chunk,
            ),
        ];
        for (name, help, family) in timings {
            registry.register_with_unit(name, help, Unit::Seconds, family.clone());
        }
    }

    fn register_counts(&self, registry: &mut Registry) {
        let counts = [
            ("callsign_exchanges", "Exchanges that are over", &self.exchanges),
            ("callsign_attempts", "Attempts at targets that are over", &self.attempts),
            ("callsign_tokens", "Tokens that attempts took", &self.tokens),
            ("callsign_usage_estimates", "Attempts whose provider told no usage", &self.estimates),
            ("callsign_guard_findings", "What guardrails found", &self.findings),
            ("callsign_losses", "What translation could not carry", &self.losses),
            ("callsign_streams_resumed", "Broken streams that another target took up", &self.resumed),
        ];
        for (name, help, family) in counts {
            registry.register(name, help, family.clone());
        }
        registry.register(
            "callsign_cost_dollars",
            "What attempts cost, as far as prices are known",
            self.cost.clone(),
        );
    }

    fn register_timings(&self, registry: &mut Registry) {
        let timings = [
            ("callsign_exchange", "Time of an exchange, from its head to its last byte", &self.exchange_time),
            ("callsign_first_token", "Time until the first token of a stream", &self.first_token),
            (
                "callsign_own",
                "Time until the first bytes of an answer that the gateway itself took",
                &self.own,
            ),
            ("callsign_attempt", "Time until an attempt answered or failed", &self.attempt_time),
        ];
        for (name, help, family) in timings {
            registry.register_with_unit(name, help, Unit::Seconds, family.clone());
        }
    }
}

// === impl Dollars ===

impl Dollars {
    pub(super) fn add(&self, cost: Money) {
        self.0.fetch_add(cost.0, Ordering::Relaxed);
    }
}

impl TypedMetric for Dollars {
    const TYPE: MetricType = MetricType::Counter;
}

impl EncodeMetric for Dollars {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a float tells millions of dollars to a ten-thousandth of a cent"
    )]
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> std::fmt::Result {
        let dollars = self.0.load(Ordering::Relaxed) as f64 / 1e9;
        encoder.encode_counter::<NoLabelSet, f64, u64>(&dollars, None)
    }

    fn metric_type(&self) -> MetricType {
        Self::TYPE
    }
}
