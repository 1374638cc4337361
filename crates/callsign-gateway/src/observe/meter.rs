//! Metrics: counted as exchanges end, and told together with how things are now.

use std::collections::HashSet;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use arc_swap::ArcSwap;
use callsign_plan::ids::TargetId;
use callsign_plan::vitals::Admission;
use callsign_telemetry::exchange::Exchange;
use callsign_telemetry::metrics::{
    self, BreakerState, Build, Exposition, Format, Meter, Now, Spans, TargetNow,
};
use tokio::time::Instant;

use super::Watcher;
use super::export::SpanTally;
use crate::reload::Reloader;
use crate::state::tally::Tally;
use crate::state::world::World;

/// Counts exchanges.
#[derive(Debug)]
pub(super) struct Counting {
    meter: Meter,
    world: Arc<ArcSwap<World>>,
    /// The configuration that the names below are of.
    seen: Weak<World>,
    known: HashSet<Arc<str>>,
}

/// What there is to tell of metrics.
#[derive(Debug)]
pub(crate) struct Readings {
    exposition: Exposition,
    sources: Sources,
}

/// Where numbers come from that are not counted as exchanges end.
#[derive(Debug)]
pub(crate) struct Sources {
    /// The configuration.
    pub(crate) reloader: Arc<Reloader>,
    /// Exchanges under way.
    pub(crate) exchanges: Tally,
    /// Connections of clients.
    pub(crate) connections: Tally,
    /// Records that nobody had time for.
    pub(crate) missed: Arc<AtomicU64>,
    /// What became of spans.
    pub(crate) spans: Arc<SpanTally>,
    /// When the process began: milliseconds since 1970-01-01 UTC.
    pub(crate) began_ms: u64,
}

/// Who counts, and what can be read of it.
pub(super) fn start(world: Arc<ArcSwap<World>>, sources: Sources) -> (Counting, Readings) {
    let (meter, exposition) = metrics::start();
    let counting = Counting { meter, world, seen: Weak::new(), known: HashSet::new() };
    (counting, Readings { exposition, sources })
}

// === impl Counting ===

impl Watcher for Counting {
    fn saw(&mut self, exchange: &Exchange) {
        let world = self.world.load();
        if !std::ptr::eq(self.seen.as_ptr(), Arc::as_ptr(&world)) {
            self.seen = Arc::downgrade(&world);
            self.known = world.fixed_names().cloned().collect();
        }
        self.meter.saw(exchange, &|name| self.known.contains(name));
    }
}

// === impl Readings ===

impl Readings {
    /// All metrics as they are now.
    pub(crate) fn tell(&self, format: Format) -> Result<String, fmt::Error> {
        self.exposition.tell(&self.sources.now(), format)
    }
}

// === impl Sources ===

impl Sources {
    fn now(&self) -> Now {
        let standing = self.reloader.standing();
        Now {
            exchanges: self.exchanges.count() as u64,
            connections: self.connections.count() as u64,
            missed: self.missed.load(Ordering::Relaxed),
            targets: targets(&self.reloader.world()),
            generation: standing.revision,
            since: seconds(standing.since_ms),
            rejected: standing.rejected.is_some(),
            reloads: self.reloader.counted(),
            spans: Spans::from(&*self.spans),
            began: seconds(self.began_ms),
            build: Build { version: env!("CARGO_PKG_VERSION") },
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a float tells the time of this millennium to a microsecond")]
fn seconds(milliseconds: u64) -> f64 {
    milliseconds as f64 / 1e3
}

fn targets(world: &World) -> Vec<TargetNow> {
    let sight = world.sight(Instant::now());
    let targets = world.catalog.parts().targets.iter().zip(0..).map(|(target, number)| {
        let (admission, in_flight) = sight.look(TargetId(number))?;
        Some(TargetNow {
            name: Arc::clone(&target.name),
            breaker: state(admission),
            in_flight: in_flight.into(),
        })
    });
    targets.flatten().collect()
}

fn state(admission: Admission) -> BreakerState {
    match admission {
        Admission::Free => BreakerState::Closed,
        // With no time left, it is being tried out.
        Admission::Ejected { left, .. } if !left.is_zero() => BreakerState::Open,
        Admission::Ejected { .. } | Admission::Probe | Admission::Returning { .. } => BreakerState::HalfOpen,
    }
}
