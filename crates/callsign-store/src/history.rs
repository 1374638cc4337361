//! What is remembered of exchanges that are over: numbers of minutes, and records, in a file of their own.
//!
//! A thread writes, in batches; whoever hands something over never waits. A disk that is slow, full or gone costs what could
//! not be written and nothing else. Of numbers and records it is known only that they are text.

mod file;

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime};

use crate::error::StoreError;
use file::{Damage, File};

/// Where history is kept, and how much of it.
#[derive(Debug, Clone)]
pub struct Place {
    /// The file.
    pub path: PathBuf,
    /// How long it is kept.
    pub retention: Duration,
    /// Most bytes of it.
    pub size: u64,
}

/// One minute's numbers. They take the place of those that this process wrote of the same minute before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Minute {
    /// Minutes since 1970-01-01 UTC.
    pub minute: u64,
    /// What kind of thing they are of.
    pub kind: &'static str,
    /// Its name.
    pub name: Arc<str>,
    /// The numbers.
    pub text: Box<str>,
}

/// One record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its name; records are told in the order of their names.
    pub id: Box<str>,
    /// When it began, in milliseconds since 1970-01-01 UTC.
    pub began_ms: u64,
    /// The alias asked for.
    pub alias: Option<Arc<str>>,
    /// What was tried.
    pub targets: Vec<Arc<str>>,
    /// How it ended.
    pub ended: &'static str,
    /// The record.
    pub text: String,
}

/// Which records are wanted, the newest first.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Of this alias.
    pub alias: Option<String>,
    /// That tried this target.
    pub target: Option<String>,
    /// That ended so.
    pub ended: Option<String>,
    /// Older than the one of this name.
    pub before: Option<String>,
    /// At most so many.
    pub most: usize,
}

/// Where records go. The thread ends, once everything is written, when this is dropped.
#[derive(Debug)]
pub struct History {
    queue: SyncSender<Kept>,
    lost: Arc<AtomicU64>,
}

/// What is written, for whoever asks. Every answer reads the disk: not for a thread that serves.
#[derive(Debug, Clone)]
pub struct Past {
    path: Arc<PathBuf>,
    writer: Arc<str>,
}

/// Gives the minutes that have changed since it was asked last.
pub type Numbers = Box<dyn FnMut() -> Vec<Minute> + Send>;

/// So many records may wait for the thread, and so many for the disk.
const WAITING: usize = 4096;
/// So many minutes may wait for the disk.
const MINUTES: usize = 100_000;
/// Records are written so often.
const BATCH: Duration = Duration::from_secs(1);
/// Numbers are asked for at every so manieth batch.
const NUMBERS: u32 = 5;
/// What is too old is looked for at every so manieth batch.
const TIDY: u32 = 60;
/// A file that cannot be opened is tried again at every so manieth batch.
const AGAIN: u32 = 15;

/// Starts the thread. `writer` tells this process's numbers from those of others in the same file.
pub fn start(place: Place, writer: &str, numbers: Numbers) -> io::Result<(History, Past, JoinHandle<()>)> {
    let (queue, records) = sync_channel(WAITING);
    let lost = Arc::new(AtomicU64::new(0));
    let past = Past { path: Arc::new(place.path.clone()), writer: writer.into() };
    let scribe = Scribe {
        place,
        writer: writer.into(),
        numbers,
        file: None,
        records: Vec::new(),
        minutes: BTreeMap::new(),
        lost: Arc::clone(&lost),
        troubled: false,
        batch: 0,
    };
    let thread = thread::Builder::new().name("callsign-history".to_owned());
    let thread = thread.spawn(move || scribe.run(&records))?;
    Ok((History { queue, lost }, past, thread))
}

/// The thread's own.
struct Scribe {
    place: Place,
    writer: Arc<str>,
    numbers: Numbers,
    file: Option<File>,
    records: Vec<Kept>,
    minutes: BTreeMap<(u64, &'static str, Arc<str>), Box<str>>,
    lost: Arc<AtomicU64>,
    /// Whether it has been said that nothing can be written.
    troubled: bool,
    batch: u32,
}

/// Whether more will come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum More {
    Comes,
    Never,
}

// === impl History ===

impl History {
    /// Keeps a record, if there is room for it.
    pub fn keep(&self, kept: Kept) {
        if self.queue.try_send(kept).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How many records were not kept though they should have been.
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }
}

// === impl Scribe ===

impl Scribe {
    fn run(mut self, records: &Receiver<Kept>) {
        loop {
            let more = self.gather(records);
            if self.batch.is_multiple_of(NUMBERS) || more == More::Never {
                self.take_numbers();
            }
            self.write(more);
            self.batch = self.batch.wrapping_add(1);
            if more == More::Never {
                return;
            }
        }
    }

    /// Waits for what comes until the next batch is due.
    fn gather(&mut self, records: &Receiver<Kept>) -> More {
        let due = Instant::now() + BATCH;
        loop {
            match records.recv_timeout(due.saturating_duration_since(Instant::now())) {
                Ok(kept) if self.records.len() < WAITING => self.records.push(kept),
                Ok(_) => self.lose(1),
                Err(RecvTimeoutError::Timeout) => return More::Comes,
                Err(RecvTimeoutError::Disconnected) => return More::Never,
            }
        }
    }

    fn take_numbers(&mut self) {
        for Minute { minute, kind, name, text } in (self.numbers)() {
            self.minutes.insert((minute, kind, name), text);
        }
        while self.minutes.len() > MINUTES {
            self.minutes.pop_first();
        }
    }

    fn lose(&self, records: usize) {
        self.lost.fetch_add(records as u64, Ordering::Relaxed);
    }

    fn write(&mut self, more: More) {
        let idle = self.records.is_empty() && self.minutes.is_empty();
        let tidies = self.batch.is_multiple_of(TIDY);
        if (idle && !tidies) || !self.opened(more) {
            return;
        }
        let Some(file) = &mut self.file else { return };
        let mut done = file.write(&self.records, &self.minutes, &self.writer);
        if matches!(done, Err(Damage::Full)) {
            let made = file.tidy(&self.place, self.place.size / 4 * 3, now_ms());
            done = made.and_then(|()| file.write(&self.records, &self.minutes, &self.writer));
        } else if tidies {
            done = done.and_then(|()| file.tidy(&self.place, self.place.size, now_ms()));
        }
        match done {
            Ok(()) => {
                self.records.clear();
                self.minutes.clear();
                self.troubled = false;
            }
            Err(damage) => self.failed(&damage),
        }
    }

    /// Whether there is a file to write to.
    fn opened(&mut self, more: More) -> bool {
        if self.file.as_ref().is_some_and(File::is_gone) {
            tracing::warn!(path = %self.place.path.display(), "the history file is gone, a new one is begun");
            self.file = None;
        }
        let again = self.batch.is_multiple_of(AGAIN) || more == More::Never || !self.troubled;
        if self.file.is_none() && again {
            self.open();
        }
        self.file.is_some()
    }

    /// Opens the file, and a new one in the place of one that cannot be read.
    fn open(&mut self) {
        for _ in 0..2 {
            match File::open(&self.place) {
                Ok(file) => {
                    self.file = Some(file);
                    return;
                }
                Err(damage) => {
                    let unreadable = matches!(damage, Damage::Unreadable);
                    self.failed(&damage);
                    if !unreadable || self.troubled {
                        return;
                    }
                }
            }
        }
    }

    /// Says once what is wrong. Numbers wait for better times; so do as many records as there is room for.
    fn failed(&mut self, damage: &Damage) {
        let path = self.place.path.display();
        match damage {
            Damage::Unreadable => {
                self.file = None;
                match file::set_aside(&self.place.path, now_ms() / 1000) {
                    Ok(aside) => tracing::warn!(
                        %path, aside = %aside.display(),
                        "the history file cannot be read and was set aside, a new one is begun"
                    ),
                    Err(error) => {
                        tracing::warn!(%path, %error, "the history file cannot be read; history is in memory alone");
                        self.troubled = true;
                    }
                }
            }
            Damage::Full | Damage::Failed(_) => {
                if matches!(damage, Damage::Full) {
                    // Other records may be smaller.
                    self.lose(self.records.len());
                    self.records.clear();
                }
                if !std::mem::replace(&mut self.troubled, true) {
                    tracing::warn!(%path, reason = %damage, "history cannot be written; requests are served as ever");
                }
            }
        }
    }
}

// === impl Past ===

impl Past {
    /// The numbers of one thing in these minutes, both ends included; of this process's own only those before `own`, since
    /// it remembers later ones itself.
    pub fn minutes(
        &self,
        (kind, name): (&str, &str),
        (from, to): (u64, u64),
        own: u64,
    ) -> Result<Vec<(u64, String)>, StoreError> {
        let Some(file) = file::Reading::open(&self.path)? else { return Ok(Vec::new()) };
        file.minutes((kind, name), (from, to), (&self.writer, own))
    }

    /// Those records.
    pub fn records(&self, wanted: &Wanted) -> Result<Vec<String>, StoreError> {
        let Some(file) = file::Reading::open(&self.path)? else { return Ok(Vec::new()) };
        file.records(wanted)
    }

    /// The record of this name.
    pub fn record(&self, id: &str) -> Result<Option<String>, StoreError> {
        let Some(file) = file::Reading::open(&self.path)? else { return Ok(None) };
        file.record(id)
    }
}

/// Milliseconds since 1970-01-01 UTC.
fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
