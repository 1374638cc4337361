//! Everything that is made of exchanges once they are over, on a thread aside: a request costs one message, and never waits.

mod access;
pub(crate) mod chronicle;
mod plain;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use std::{fmt, io};

use callsign_telemetry::exchange::Exchange;

use crate::record::{Entry, Notes};
use access::AccessLog;

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

    /// The same exchange as it was written down, for those who keep some of them whole.
    fn read(&mut self, _exchange: &Exchange, _entry: &Entry) {}

    /// For now nothing more has come.
    fn rested(&mut self) {}
}

/// So many records may wait.
const WAITING: usize = 16_384;
/// Those that come within so long are looked at together: the thread is woken a hundred times a second at most.
const PAUSE: Duration = Duration::from_millis(10);

/// Starts the thread. It ends once every sink is gone and every record has been looked at.
pub(crate) fn start(watchers: Vec<Box<dyn Watcher>>) -> io::Result<(Sink, JoinHandle<()>)> {
    let (queue, records) = sync_channel(WAITING);
    let missed = Arc::new(AtomicU64::new(0));
    let mut watchers = watchers;
    watchers.push(Box::new(AccessLog));
    let thread = thread::Builder::new().name("callsign-observer".to_owned());
    let thread = thread.spawn(move || watch(&records, &mut watchers))?;
    Ok((Sink { queue, missed }, thread))
}

fn watch(records: &Receiver<Notes>, watchers: &mut [Box<dyn Watcher>]) {
    while let Ok(first) = records.recv() {
        thread::sleep(PAUSE);
        for notes in std::iter::once(first).chain(records.try_iter()) {
            let entry = notes.read();
            let exchange = plain::of(&entry);
            for watcher in &mut *watchers {
                watcher.saw(&exchange);
                watcher.read(&exchange, &entry);
            }
        }
        for watcher in &mut *watchers {
            watcher.rested();
        }
    }
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
    pub(crate) fn missed(&self) -> u64 {
        self.missed.load(Ordering::Relaxed)
    }
}

impl fmt::Debug for Sink {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Sink").field("missed", &self.missed()).finish_non_exhaustive()
    }
}
