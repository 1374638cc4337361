//! Everything that is made of exchanges once they are over, on a thread aside: a request costs one message, and never waits.

mod access;
pub(crate) mod chronicle;
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

use arc_swap::ArcSwap;
use callsign_plan::tracing::Environment;
use callsign_telemetry::exchange::Exchange;

use crate::listen::unix_milliseconds;
use crate::record::Notes;
use crate::record::said::Said;
use crate::reload::Reloader;
use crate::state::tally::Tally;
use crate::state::world::World;
use crate::upstream::tls::Tls;
use access::AccessLog;
use meter::{Readings, Sources};
use tracer::Tracer;

pub use export::TracingError;

/// Where records go that are over. One that nobody has time for is counted and forgotten.
#[derive(Clone)]
pub(crate) struct Sink {
    queue: SyncSender<Over>,
    missed: Arc<AtomicU64>,
}

/// What is left of an exchange that is over.
type Over = (Notes, Option<Box<Said>>);

/// Somebody who wants to know of every exchange.
pub(crate) trait Watcher: Send {
    /// An exchange is over.
    fn saw(&mut self, exchange: &Exchange);

    /// The same exchange as it was written down, for those who keep some of them whole.
    fn read(&mut self, _exchange: &Exchange, _notes: &Notes) {}

    /// For now nothing more has come.
    fn rested(&mut self) {}

    /// Nothing more will ever come.
    fn ended(&mut self) {}
}

/// What is at hand for those who hand over records, and for the operator.
#[derive(Debug, Clone)]
pub(crate) struct Observed {
    /// Where records go that are over.
    pub(crate) sink: Sink,
    /// Who finds out where requests stand in traces.
    pub(crate) tracer: Arc<Tracer>,
    /// What there is to tell of metrics.
    pub(crate) readings: Arc<Readings>,
    /// What decides which lines are logged.
    pub(crate) logbook: Arc<dyn Logbook>,
}

/// What observing stands on.
pub(crate) struct Around<'g> {
    /// The configuration.
    pub(crate) world: &'g Arc<ArcSwap<World>>,
    /// What puts another in force.
    pub(crate) reloader: &'g Arc<Reloader>,
    /// Exchanges and connections under way.
    pub(crate) tallies: (&'g Tally, &'g Tally),
    /// What the environment says of traces, and how connections to collectors are made.
    pub(crate) traces: (Environment, &'g Tls),
    /// What decides which lines are logged.
    pub(crate) logbook: Arc<dyn Logbook>,
}

/// What decides which lines are logged.
pub trait Logbook: fmt::Debug + Send + Sync {
    /// The filter in force, as it can be written.
    fn filter(&self) -> String;

    /// How lines are written.
    fn form(&self) -> Form {
        Form::Text
    }

    /// Puts another filter in force; or says why it is none.
    fn set(&self, filter: &str) -> Result<(), String>;
}

/// How lines of the log are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Form {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// So many records may wait.
const WAITING: usize = 16_384;
/// Those that come within so long are looked at together: the thread is woken a hundred times a second at most.
const PAUSE: Duration = Duration::from_millis(10);

/// Opens everything that looks at exchanges once they are over, and starts its thread, which looks for `watchers` too.
pub(crate) fn open(
    around: Around<'_>,
    watchers: Vec<Box<dyn Watcher>>,
) -> Result<(Observed, JoinHandle<()>), TracingError> {
    let Around { world, reloader, tallies, traces: (environment, tls), logbook } = around;
    let (sink, records) = queue();
    let spans = Arc::default();
    let sent = world.load().catalog.parts().tracing.sent(environment);
    let senders = sent.iter().flat_map(|sent| export::start(sent, tls, &spans));
    let senders = senders.collect::<Result<Vec<_>, _>>()?;
    let tracer = Arc::new(Tracer::new(sent.as_ref()));
    let sources = Sources {
        reloader: Arc::clone(reloader),
        exchanges: tallies.0.clone(),
        connections: tallies.1.clone(),
        missed: Arc::clone(&sink.missed),
        spans,
        began_ms: unix_milliseconds(),
    };
    let (counting, readings) = meter::start(Arc::clone(world), sources);
    let mut watchers = watchers;
    watchers.push(Box::new(counting));
    watchers.extend(senders.into_iter().map(|sender| Box::new(sender) as Box<dyn Watcher>));
    watchers.push(Box::new(AccessLog::new(logbook.form())));
    let thread = start(records, watchers)?;
    Ok((Observed { sink, tracer, readings: Arc::new(readings), logbook }, thread))
}

fn queue() -> (Sink, Receiver<Over>) {
    let (queue, records) = sync_channel(WAITING);
    (Sink { queue, missed: Arc::default() }, records)
}

/// Starts the thread that looks at records. It ends once every sink is gone and every record has been looked at.
fn start(records: Receiver<Over>, mut watchers: Vec<Box<dyn Watcher>>) -> io::Result<JoinHandle<()>> {
    let thread = thread::Builder::new().name("callsign-observer".to_owned());
    thread.spawn(move || watch(&records, &mut watchers))
}

fn watch(records: &Receiver<Over>, watchers: &mut [Box<dyn Watcher>]) {
    while let Ok(first) = records.recv() {
        thread::sleep(PAUSE);
        for (notes, said) in std::iter::once(first).chain(records.try_iter()) {
            let mut exchange = notes.told(plain::of);
            exchange.content = said.and_then(|said| said.told()).map(Box::new);
            for watcher in &mut *watchers {
                watcher.saw(&exchange);
                watcher.read(&exchange, &notes);
            }
        }
        for watcher in &mut *watchers {
            watcher.rested();
        }
    }
    for watcher in watchers {
        watcher.ended();
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
    pub(crate) fn send(&self, notes: &Notes, said: Option<Box<Said>>) {
        if self.queue.try_send((notes.clone(), said)).is_err() {
            self.missed.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl fmt::Debug for Sink {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Sink").field("missed", &self.missed).finish_non_exhaustive()
    }
}
