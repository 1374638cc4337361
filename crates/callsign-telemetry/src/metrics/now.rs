//! How the gateway is at the moment it is asked: what is under way, how targets do, the configuration, the process.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use super::labels::{Labels, OTHER};
use super::process::Process;
use super::series::labels;

/// The gateway as it is now.
#[derive(Debug, Clone, Default)]
pub struct Now {
    /// Exchanges under way.
    pub exchanges: u64,
    /// Connections of clients.
    pub connections: u64,
    /// Records that nobody had time for.
    pub missed: u64,
    /// How targets do.
    pub targets: Vec<TargetNow>,
    /// The configuration in force: counts from 1.
    pub generation: u64,
    /// Since when, in seconds since 1970-01-01 UTC.
    pub since: f64,
    /// Whether the text as it is now was rejected.
    pub rejected: bool,
    /// What came of looking at the configuration anew.
    pub reloads: Reloads,
    /// What became of spans.
    pub spans: Spans,
    /// When the process began, in seconds since 1970-01-01 UTC.
    pub began: f64,
    /// What was built.
    pub build: Build,
}

/// How a target does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetNow {
    /// Its name in the configuration.
    pub name: Arc<str>,
    /// Whether it is asked.
    pub breaker: BreakerState,
    /// Attempts under way.
    pub in_flight: u64,
}

/// Whether a target is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreakerState {
    /// It is.
    Closed,
    /// It is left alone.
    Open,
    /// It is tried out, or comes back slowly.
    HalfOpen,
}

/// How often looking at the configuration anew came to what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reloads {
    /// Another was put in force.
    pub installed: u64,
    /// It was the one in force.
    pub unchanged: u64,
    /// Another could not be put in force.
    pub rejected: u64,
}

/// What became of spans.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Spans {
    /// The collector took them.
    pub exported: u64,
    /// The collector did not take them.
    pub failed: u64,
    /// There was no room for them.
    pub dropped: u64,
}

/// What was built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Build {
    /// Its version.
    pub version: &'static str,
}

/// Targets that are told by name; the others are told together.
const MOST_TARGETS: usize = 2_000;

type Gauges = Family<Labels, Gauge>;
type Numbers = Family<Labels, Gauge<f64, AtomicU64>>;
type Counters = Family<Labels, prometheus_client::metrics::counter::Counter>;

// === impl BreakerState ===

impl BreakerState {
    const ALL: [Self; 3] = [Self::Closed, Self::Open, Self::HalfOpen];

    /// Its name in labels and in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half_open",
        }
    }
}

// === impl Now ===

impl Now {
    /// A registry that tells it.
    pub(super) fn registry(&self) -> Registry {
        let mut registry = Registry::default();
        self.register_traffic(&mut registry);
        self.register_targets(&mut registry);
        self.register_configuration(&mut registry);
        self.register_process(&mut registry);
        registry
    }

    fn register_traffic(&self, registry: &mut Registry) {
        registry.register("callsign_exchanges_in_flight", "Exchanges under way", gauge(self.exchanges));
        registry.register("callsign_connections", "Connections of clients", gauge(self.connections));
        let missed = ConstCounter::new(self.missed);
        registry.register("callsign_records_missed", "Exchanges that nobody had time to count", missed);
        let spans = Counters::default();
        let Spans { exported, failed, dropped } = self.spans;
        for (outcome, count) in [("exported", exported), ("failed", failed), ("dropped", dropped)] {
            spans.get_or_create(&labels([("outcome", outcome)])).inc_by(count);
        }
        registry.register("callsign_spans", "Spans, and what became of them", spans);
    }

    fn register_targets(&self, registry: &mut Registry) {
        let (states, in_flight) = (Gauges::default(), Gauges::default());
        for (number, target) in self.targets.iter().enumerate() {
            let name: &str = if number < MOST_TARGETS { &target.name } else { OTHER };
            for state in BreakerState::ALL {
                let gauge = states.get_or_create_owned(&labels([("target", name), ("state", state.name())]));
                gauge.inc_by(i64::from(state == target.breaker));
            }
            let count = i64::try_from(target.in_flight).unwrap_or(i64::MAX);
            in_flight.get_or_create(&labels([("target", name)])).inc_by(count);
        }
        registry.register(
            "callsign_breaker_state",
            "Whether a target is asked: 1 for the state it is in",
            states,
        );
        registry.register("callsign_attempts_in_flight", "Attempts under way", in_flight);
    }

    fn register_configuration(&self, registry: &mut Registry) {
        registry.register(
            "callsign_configuration_generation",
            "Which configuration is in force: counts from 1 since the start",
            gauge(self.generation),
        );
        registry.register_with_unit(
            "callsign_configuration_since",
            "Since when it is in force, in Unix time",
            Unit::Other("timestamp_seconds".to_owned()),
            ConstGauge::new(self.since),
        );
        registry.register(
            "callsign_configuration_rejected",
            "Whether the text as it is now was rejected",
            gauge(self.rejected.into()),
        );
        let reloads = Counters::default();
        let Reloads { installed, unchanged, rejected } = self.reloads;
        for (outcome, count) in [("installed", installed), ("unchanged", unchanged), ("rejected", rejected)] {
            reloads.get_or_create(&labels([("outcome", outcome)])).inc_by(count);
        }
        registry.register(
            "callsign_reloads",
            "Looks at the configuration anew, and what came of them",
            reloads,
        );
        let build = Info::new(vec![("version", self.build.version)]);
        registry.register("callsign_build", "What was built", build);
    }

    /// By the names that every Prometheus client has for them.
    fn register_process(&self, registry: &mut Registry) {
        let process = Process::look();
        let cpu = ConstCounter::new(process.cpu);
        registry.register("process_cpu_seconds", "Processor time, of user and system", cpu);
        let numbers = [
            ("process_resident_memory_bytes", "Memory in use", process.resident),
            ("process_virtual_memory_bytes", "Address space", process.virtual_memory),
            ("process_open_fds", "Open files and sockets", process.open_files),
            ("process_max_fds", "How many files and sockets may be open", process.most_files),
            ("process_threads", "Threads", process.threads),
        ];
        for (name, help, number) in numbers {
            let Some(number) = number else { continue };
            registry.register(name, help, gauge(number));
        }
        let began = Numbers::default();
        began.get_or_create(&Labels::new()).set(self.began);
        registry.register("process_start_time_seconds", "When the process began, in Unix time", began);
    }
}

fn gauge(number: u64) -> ConstGauge<i64> {
    ConstGauge::new(i64::try_from(number).unwrap_or(i64::MAX))
}
