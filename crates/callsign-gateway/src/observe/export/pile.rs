//! Spans that wait for a collector: bounded, and gathered until they are worth a request. Who adds to them never waits.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use callsign_telemetry::exchange::Exchange;
use callsign_telemetry::otlp::{Batch, Framing, Teller};
use callsign_telemetry::spans::Weaver;
use tokio::sync::Notify;
use tokio::time::timeout;

/// What waits.
#[derive(Debug)]
pub(super) struct Pile {
    teller: Teller,
    weaver: Weaver,
    waiting: Mutex<Waiting>,
    /// Told when something waits, when it need not wait longer, and when nothing more will come.
    news: Notify,
}

/// Spans that are sent together.
#[derive(Debug)]
pub(super) struct Load {
    batch: Batch,
    exchanges: usize,
    /// How many bytes were said in them.
    said: usize,
}

#[derive(Debug, Default)]
struct Waiting {
    loads: VecDeque<Load>,
    /// Those of which spans wait, or are on their way.
    exchanges: usize,
    said: usize,
    /// How long the last full load was.
    usual: usize,
    closed: bool,
}

/// The spans of so many exchanges may wait.
pub(super) const WAITING: usize = 4_096;
/// So many spans are sent at once.
const FULL: usize = 512;
/// So many bytes of what was said are sent at once: collectors take no more than 4 MiB.
const FULL_SAID: usize = 1 << 20;
/// So many may wait; of further exchanges only the rest is told.
const MOST_SAID: usize = 32 << 20;
/// The first span of a load waits so long for others.
const LINGER: Duration = Duration::from_secs(1);

// === impl Pile ===

impl Pile {
    pub(super) fn new(teller: Teller, weaver: Weaver) -> Self {
        Self { teller, weaver, waiting: Mutex::default(), news: Notify::new() }
    }

    /// Adds the spans of an exchange, or says how many there was no room for.
    pub(super) fn add(&self, exchange: &Exchange) -> Result<(), usize> {
        if !Weaver::is_wanted(exchange) {
            return Ok(());
        }
        let mut waiting = self.lock();
        if waiting.exchanges >= WAITING {
            return Err(self.weaver.count(exchange));
        }
        let said = self.weaver.said(exchange);
        let fits = waiting.said + said <= MOST_SAID;
        let is_news = waiting.loads.is_empty();
        let load = waiting.open(&self.teller);
        if fits {
            self.weaver.weave(exchange, &mut load.batch);
            load.said += said;
        } else {
            self.weaver.weave_alone(exchange, &mut load.batch);
        }
        load.exchanges += 1;
        let is_full = load.is_full();
        waiting.exchanges += 1;
        waiting.said += if fits { said } else { 0 };
        drop(waiting);
        if is_news || is_full {
            self.news.notify_one();
        }
        Ok(())
    }

    /// Nothing more will come.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.news.notify_one();
    }

    /// What is to be sent next, once it is full or has waited long enough; `None` when nothing is left and nothing will come.
    pub(super) async fn next(&self) -> Option<Load> {
        while self.lock().loads.is_empty() {
            if self.lock().closed {
                return None;
            }
            self.news.notified().await;
        }
        let due = async {
            while !self.lock().is_due() {
                self.news.notified().await;
            }
        };
        // Time over or the load full, it goes.
        _ = timeout(LINGER, due).await;
        self.lock().take()
    }

    /// The load as the body of a request; there is room for others once it has been `left`.
    pub(super) fn seal(&self, load: Load, framing: Framing) -> Bytes {
        let (bytes, begins) = self.teller.seal(load.batch, framing);
        Bytes::from(bytes).split_off(begins)
    }

    /// A load of so many exchanges, in which so much was said, waits no longer.
    pub(super) fn left(&self, (exchanges, said): (usize, usize)) {
        let mut waiting = self.lock();
        waiting.exchanges = waiting.exchanges.saturating_sub(exchanges);
        waiting.said = waiting.said.saturating_sub(said);
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Waiting ===

impl Waiting {
    /// The load that is added to.
    fn open(&mut self, teller: &Teller) -> &mut Load {
        let room = self.loads.back().is_some_and(|last| !last.is_full());
        let last = if room { self.loads.pop_back() } else { None };
        let size = self.usual;
        let last = last.unwrap_or_else(|| Load { batch: teller.open(size), exchanges: 0, said: 0 });
        self.loads.push_back_mut(last)
    }

    fn is_due(&self) -> bool {
        self.closed || self.loads.front().is_some_and(Load::is_full)
    }

    fn take(&mut self) -> Option<Load> {
        let load = self.loads.pop_front()?;
        self.usual = if load.is_full() && load.said == 0 { load.batch.size() } else { 0 };
        Some(load)
    }
}

// === impl Load ===

impl Load {
    /// How many spans.
    pub(super) const fn count(&self) -> usize {
        self.batch.count()
    }

    /// Of how many exchanges, and how many bytes were said in them.
    pub(super) const fn weight(&self) -> (usize, usize) {
        (self.exchanges, self.said)
    }

    const fn is_full(&self) -> bool {
        self.batch.count() >= FULL || self.said >= FULL_SAID
    }
}
