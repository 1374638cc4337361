//! Everything that is made of exchanges once they are over, on a thread aside: a request costs one message, and never waits.

mod access;
mod export;
mod meter;
mod plain;
pub(crate) mod tracer;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use std::{fmt, io};

use callsign_telemetry::exchange::Exchange;

use arc_swap::ArcSwap;
use callsign_plan::tracing::Sent;

use crate::record::Notes;
use crate::state::world::World;
use crate::upstream::tls::Tls;
use access::AccessLog;

pub(crate) use export::SpanTally;
pub use export::TracingError;
pub(crate) use meter::{Readings, Sources};

/// Where records go that are over. One that nobody has time for is counted and forgotten.
#[derive(Clone)]
pub(crate) struct Sink {
    queue: SyncSender<Notes>,
    missed: Arc<AtomicU64>,
}

/// Somebody who wants to know of every exchange.
pub(crate) trait Watcher: Send {
    /// An exchange is over.
    fn saw(&mut self, exchange: &Exchange);

    /// For now nothing more has come.
    fn rested(&mut self) {}

    /// Nothing more will ever come.
    fn ended(&mut self) {}
}

/// Records that nobody has looked at yet.
#[derive(Debug)]
pub(crate) struct Records(Receiver<Notes>);

/// So many records may wait.
const WAITING: usize = 16_384;
/// Those that come within so long are looked at together: the thread is woken a hundred times a second at most.
const PAUSE: Duration = Duration::from_millis(10);

/// Who counts exchanges, and what can be read of that.
pub(crate) fn metrics(world: Arc<ArcSwap<World>>, sources: Sources) -> (Box<dyn Watcher>, Arc<Readings>) {
    let (counting, readings) = meter::start(world, sources);
    (Box::new(counting), Arc::new(readings))
}

/// Who sends exchanges on as traces.
pub(crate) fn traces(
    sent: &Sent,
    tls: &Tls,
    tally: &Arc<SpanTally>,
) -> Result<Box<dyn Watcher>, TracingError> {
    Ok(Box::new(export::start(sent, tls, tally)?))
}

/// Opens a queue of records.
pub(crate) fn queue() -> (Sink, Records) {
    let (queue, records) = sync_channel(WAITING);
    (Sink { queue, missed: Arc::default() }, Records(records))
}

/// Starts the thread that looks at records. It ends once every sink is gone and every record has been looked at.
pub(crate) fn start(records: Records, watchers: Vec<Box<dyn Watcher>>) -> io::Result<JoinHandle<()>> {
    let mut watchers = watchers;
    watchers.push(Box::new(AccessLog));
    let thread = thread::Builder::new().name("callsign-observer".to_owned());
    thread.spawn(move || watch(&records.0, &mut watchers))
}

fn watch(records: &Receiver<Notes>, watchers: &mut [Box<dyn Watcher>]) {
    while let Ok(first) = records.recv() {
        thread::sleep(PAUSE);
        for notes in std::iter::once(first).chain(records.try_iter()) {
            let exchange = plain::of(&notes.read());
            watchers.iter_mut().for_each(|watcher| watcher.saw(&exchange));
        }
        watchers.iter_mut().for_each(|watcher| watcher.rested());
    }
    watchers.iter_mut().for_each(|watcher| watcher.ended());
}

// === impl Sink ===

impl Sink {
    /// A sink whose records nobody looks at.
    #[cfg(test)]
    pub(crate) fn nowhere() -> Self {
        Self { queue: sync_channel(0).0, missed: Arc::default() }
    }

    /// Hands over the record of an exchange that is over.
    pub(crate) fn send(&self, notes: &Notes) {
        if self.queue.try_send(notes.clone()).is_err() {
            self.missed.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How many records nobody had time for.
    pub(crate) fn missed(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.missed)
    }
}

impl fmt::Debug for Sink {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Sink").field("missed", &self.missed).finish_non_exhaustive()
    }
}
