//! What is remembered of exchanges that are over: numbers in memory, and what is worth it in a file.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use callsign_plan::history::{History as Written, Kept};
use callsign_store::history::{self, History, Past, Place};
use callsign_telemetry::exchange::{Ended, Exchange};
use callsign_telemetry::rollup::Rollups;
use uuid::Uuid;

use super::Watcher;
use crate::listen::unix_milliseconds;
use crate::record::Notes;
use crate::record::tell::tell;

/// What is remembered, for whoever asks.
#[derive(Clone)]
pub(crate) struct Memory {
    rollups: Arc<Mutex<Rollups>>,
    /// What the file holds, where there is one.
    pub(crate) past: Option<Past>,
}

/// Writes it down.
pub(crate) struct Chronicle {
    memory: Memory,
    history: Option<History>,
    allowance: Allowance,
}

/// How many exchanges of this second may still be kept though nothing is odd about them.
#[derive(Debug)]
struct Allowance {
    each: u32,
    second: u64,
    left: u32,
}

/// What remembers, what can be asked, and the thread that writes, where there is one.
pub(crate) type Opened = (Chronicle, Memory, Option<JoinHandle<()>>);

/// Opens what the configuration asks for; `usual` is the file of conversations, beside which the usual file is.
pub(crate) fn open(written: &Written, usual: Option<&Path>) -> io::Result<Opened> {
    let rollups = Arc::new(Mutex::new(Rollups::new(unix_milliseconds())));
    let path = match &written.kept {
        Kept::At(path) => Some(path.clone()),
        Kept::Usually => usual.map(beside),
        Kept::Nowhere => None,
    };
    let started = path.map(|path| start(path, written, &rollups)).transpose()?;
    let (history, past, thread) = match started {
        Some((history, past, thread)) => (Some(history), Some(past), Some(thread)),
        None => (None, None, None),
    };
    let memory = Memory { rollups, past };
    let allowance = Allowance { each: written.exchanges_per_second, second: 0, left: 0 };
    Ok((Chronicle { memory: memory.clone(), history, allowance }, memory, thread))
}

fn beside(state_file: &Path) -> PathBuf {
    state_file.with_file_name("history.db")
}

fn start(
    path: PathBuf,
    written: &Written,
    rollups: &Arc<Mutex<Rollups>>,
) -> io::Result<(History, Past, JoinHandle<()>)> {
    let place = Place { path, retention: written.retention, size: written.size };
    let rollups = Arc::clone(rollups);
    let changed = move || {
        let changed = lock(&rollups).changed().into_iter();
        changed
            .map(|minute| history::Minute {
                minute: minute.minute,
                kind: minute.kind,
                name: minute.name,
                text: minute.text,
            })
            .collect()
    };
    history::start(place, &Uuid::now_v7().to_string(), Box::new(changed))
}

/// Waits until everything is written, though not for a disk that has stopped.
pub(crate) fn finish(scribe: Option<JoinHandle<()>>) {
    let Some(scribe) = scribe else { return };
    let until = Instant::now() + PATIENCE;
    while !scribe.is_finished() && Instant::now() < until {
        thread::sleep(LOOK);
    }
    if !scribe.is_finished() {
        tracing::warn!("the last of history could not be written in time");
    }
}

/// How long the end waits for history.
const PATIENCE: Duration = Duration::from_secs(3);
/// How often it looks.
const LOOK: Duration = Duration::from_millis(5);

fn lock(rollups: &Mutex<Rollups>) -> MutexGuard<'_, Rollups> {
    rollups.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether it failed, moved to another target, or a guard found something.
fn is_odd(exchange: &Exchange) -> bool {
    exchange.status >= 400
        || matches!(exchange.ended, Ended::Broken | Ended::Refused)
        || exchange.attempts.len() > 1
        || exchange.attempts.iter().any(|attempt| attempt.condition.is_some())
        || !exchange.findings.is_empty()
}

// === impl Memory ===

impl Memory {
    /// The numbers.
    pub(crate) fn rollups(&self) -> MutexGuard<'_, Rollups> {
        lock(&self.rollups)
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Memory").field("past", &self.past).finish_non_exhaustive()
    }
}

// === impl Allowance ===

impl Allowance {
    fn take(&mut self, second: u64) -> bool {
        if second != self.second {
            (self.second, self.left) = (second, self.each);
        }
        let taken = self.left > 0;
        self.left = self.left.saturating_sub(1);
        taken
    }
}

impl Watcher for Chronicle {
    fn saw(&mut self, exchange: &Exchange) {
        self.memory.rollups().saw(exchange);
    }

    fn read(&mut self, exchange: &Exchange, notes: &Notes) {
        let Some(history) = &self.history else { return };
        if is_odd(exchange) || self.allowance.take(exchange.began_ms / 1000) {
            history.keep(history::Kept {
                id: exchange.id.clone(),
                began_ms: exchange.began_ms,
                alias: exchange.asked.as_ref().and_then(|asked| asked.alias.clone()),
                targets: exchange.attempts.iter().map(|attempt| Arc::clone(&attempt.target)).collect(),
                ended: exchange.ended.name(),
                text: notes.told(tell).to_string(),
            });
        }
    }
}
