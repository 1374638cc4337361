//! The store as the gateway sees it.

use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, SystemTime};

use callsign_plan::storage::{Engine, Limits, Storage};
use secrecy::ExposeSecret;
use tokio::runtime;
use tokio::sync::{Mutex, mpsc, oneshot};

use crate::error::{ConversationError, StoreError};
use crate::ledger::{self, Key, Reach};
use crate::owner::Owner;
use crate::postgres::Postgres;
use crate::queue::{self, Change, Read, Reply, Write};
use crate::reader;
use crate::response::{Conversation, StoredResponse, Turn, to_u64};
use crate::session::Session;
use crate::sqlite::Sqlite;
use crate::unwritten::Unwritten;
use crate::writer::{Queues, Writer};

/// Responses that later requests go on from. Cheap to clone; threads end when the last clone is dropped.
#[derive(Debug, Clone)]
pub struct Store {
    unwritten: Arc<Unwritten>,
    writes: mpsc::Sender<Write>,
    reads: mpsc::Sender<Read>,
    limits: Limits,
    size: u64,
}

/// A store, and what there is to tell of it.
#[derive(Debug)]
pub struct Opened {
    /// The store.
    pub store: Store,
    /// Why it is in memory though nobody asked for that.
    pub warning: Option<StoreError>,
}

/// Tells when a response is safe. It may be dropped: the response is written all the same.
#[derive(Debug)]
#[must_use = "drop it if nobody needs to know whether the response was written"]
pub struct Receipt(Result<Written, StoreError>);

/// Where the count of what a write changed comes in.
type Written = oneshot::Receiver<Result<u64, StoreError>>;

/// How long a caller waits for an answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Threads that read.
const READERS: usize = 2;
const FILE_SIZE: u64 = 1 << 30;
const MEMORY_SIZE: u64 = 256 << 20;

// === impl Store ===

impl Store {
    /// Opens what the configuration asks for; `usual` is where a file goes whose place nobody wrote
    /// ([`usual_path`](crate::usual_path)). A database is not connected to yet: see [`Store::check`].
    pub fn open(storage: &Storage, usual: Option<&Path>) -> Result<Opened, StoreError> {
        let limits = &storage.limits;
        let sure = |store| Opened { store, warning: None };
        match &storage.engine {
            Engine::Memory => Self::in_memory(limits).map(sure),
            Engine::Postgres { connection } => {
                let sessions = || Postgres::new(connection.expose_secret());
                let (writer, readers) = (sessions()?, [(); READERS].map(|()| sessions()));
                Self::start(writer, readers.into_iter().collect::<Result<_, _>>()?, limits, FILE_SIZE)
                    .map(sure)
            }
            Engine::Sqlite { path: Some(path) } if path.as_os_str() == ":memory:" => {
                Self::in_memory(limits).map(sure)
            }
            Engine::Sqlite { path } => {
                let path = path.as_deref().or(usual).ok_or(StoreError::NoPlace)?;
                Self::in_file(path, limits).map(sure)
            }
            Engine::Automatic => {
                let place = usual.ok_or(StoreError::NoPlace);
                place
                    .and_then(|path| Self::in_file(path, limits))
                    .map(sure)
                    .or_else(|error| Ok(Opened { store: Self::in_memory(limits)?, warning: Some(error) }))
            }
        }
    }

    fn in_memory(limits: &Limits) -> Result<Self, StoreError> {
        let mut session = Sqlite::in_memory()?;
        at_once(ledger::migrate(&mut session))?;
        Self::start(session, Vec::new(), limits, MEMORY_SIZE)
    }

    fn in_file(path: &Path, limits: &Limits) -> Result<Self, StoreError> {
        let mut session = Sqlite::open(path).map_err(|error| at(path, error))?;
        session.refuse_foreign().map_err(|error| at(path, error))?;
        at_once(ledger::migrate(&mut session)).map_err(|error| at(path, error))?;
        let readers = [(); READERS].map(|()| Sqlite::open_to_read(path).map_err(|error| at(path, error)));
        Self::start(session, readers.into_iter().collect::<Result<_, _>>()?, limits, FILE_SIZE)
    }

    /// Without readers, the writer reads as well.
    fn start<S: Session + Send + 'static>(
        session: S,
        readers: Vec<S>,
        limits: &Limits,
        usual_size: u64,
    ) -> Result<Self, StoreError> {
        let (writes, write_queue) = mpsc::channel(queue::LENGTH);
        let (reads, read_queue) = mpsc::channel(queue::LENGTH);
        let size = limits.size.unwrap_or(usual_size);
        let store = Self { unwritten: Arc::default(), writes, reads, limits: *limits, size };
        let pen = Writer::new(session, Arc::clone(&store.unwritten), limits, size);
        let mut queues = Queues { writes: write_queue, reads: None };
        if readers.is_empty() {
            queues.reads = Some(read_queue);
        } else {
            let shared = Arc::new(Mutex::new(read_queue));
            for reader in readers {
                let queue = Arc::clone(&shared);
                thread("callsign-store-r", move || reader::run(reader, queue))?;
            }
        }
        thread("callsign-store-w", move || pen.run(queues))?;
        Ok(store)
    }

    /// Keeps a response. Does not wait: from now on this store shows it, and the [`Receipt`] tells when it is written,
    /// so that it outlives the process and other gateways see it.
    pub fn put(&self, response: StoredResponse, now: SystemTime) -> Receipt {
        let bytes = response.bytes();
        if bytes > self.size {
            return Receipt(Err(StoreError::TooLarge { bytes, limit: self.size }));
        }
        let response = Arc::new(response);
        if let Err(error) = self.unwritten.add(&response) {
            return Receipt(Err(error));
        }
        let sent = self.send(Change::Put(Arc::clone(&response)), now);
        if sent.is_err() {
            self.unwritten.settle(&response);
        }
        Receipt(sent)
    }

    /// The response of this name, if it is this owner's and has not expired.
    pub async fn get(
        &self,
        id: &str,
        owner: Owner,
        now: SystemTime,
    ) -> Result<Option<StoredResponse>, StoreError> {
        let key = Key { owner, id: id.to_owned() };
        if let Some(response) = self.unwritten.get(&key) {
            return Ok(Some((*response).clone()));
        }
        let since = self.since(now);
        self.ask(|reply| Read::Get { key, since, reply }).await
    }

    /// Everything said up to the response of this name, from the first turn on.
    pub async fn conversation(
        &self,
        id: &str,
        owner: Owner,
        now: SystemTime,
    ) -> Result<Conversation, ConversationError> {
        let reach =
            Reach { turns: self.limits.turns, bytes: self.limits.conversation, since: self.since(now) };
        let (latest, before) = self.unwritten_turns(id, owner, reach)?;
        let mut turns = match before {
            Some(key) => {
                let written = self.ask(|reply| Read::Chain { key, asked: id.to_owned(), reach, reply }).await;
                written.map_err(|error| match error {
                    ConversationError::Missing { id } if !latest.is_empty() => {
                        ConversationError::Broken { id }
                    }
                    other => other,
                })?
            }
            None => Vec::new(),
        };
        turns.extend(latest.into_iter().rev());
        reach.check(id, to_u64(turns.len()), bytes(&turns))?;
        Ok(Conversation { turns })
    }

    /// The turns that are not written yet, latest first, and what they go on from.
    fn unwritten_turns(
        &self,
        id: &str,
        owner: Owner,
        reach: Reach,
    ) -> Result<(Vec<Turn>, Option<Key>), ConversationError> {
        let mut turns = Vec::new();
        let mut next = Some(Key { owner, id: id.to_owned() });
        while let Some(response) = next.as_ref().and_then(|key| self.unwritten.get(key)) {
            let StoredResponse { id: own, input, output, previous, .. } = (*response).clone();
            turns.push(Turn { id: own, input, output });
            next = previous.map(|id| Key { owner, id });
            // Ids that form a circle end here as well.
            reach.check(id, to_u64(turns.len()), bytes(&turns))?;
        }
        Ok((turns, next))
    }

    /// Forgets a response; says whether there was one of this name and owner.
    pub async fn delete(&self, id: &str, owner: Owner, now: SystemTime) -> Result<bool, StoreError> {
        let key = Key { owner, id: id.to_owned() };
        let sent = self.send(Change::Delete(key.clone()), now)?;
        // Queued after the response itself, so it cannot come back.
        self.unwritten.hide(&key);
        soon(sent).await.map(|deleted| deleted > 0)
    }

    /// Forgets what has expired, a part of it at most; gives how many conversations. Every write does so as well: this is
    /// for a gateway that has nothing to write.
    pub async fn sweep(&self, now: SystemTime) -> Result<u64, StoreError> {
        soon(self.send(Change::Sweep, now)?).await
    }

    /// Done when everything put before is written, or has failed.
    pub async fn flush(&self) -> Result<(), StoreError> {
        soon(self.send(Change::Flush, SystemTime::UNIX_EPOCH)?).await.map(|_| ())
    }

    /// Whether the engine answers. A database that is away now may be back later: the store tries anew each time.
    pub async fn check(&self) -> Result<(), StoreError> {
        self.ask(|reply| Read::Check { reply }).await
    }

    fn send(&self, change: Change, now: SystemTime) -> Result<Written, StoreError> {
        let (reply, written) = oneshot::channel();
        queue::send(&self.writes, Write { change, now: seconds(now), reply })?;
        Ok(written)
    }

    async fn ask<T, E: From<StoreError>>(&self, read: impl FnOnce(Reply<T, E>) -> Read) -> Result<T, E> {
        let (reply, answer) = oneshot::channel();
        queue::send(&self.reads, read(reply))?;
        soon(answer).await
    }

    /// What was last used at this time or before has expired.
    fn since(&self, now: SystemTime) -> i64 {
        seconds(now).saturating_sub_unsigned(self.limits.ttl.as_secs())
    }
}

/// A session that never waits, on this thread.
fn at_once<T>(work: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    match pin!(work).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => done,
        Poll::Pending => Err(StoreError::Late),
    }
}

/// The answer, if it comes in time.
async fn soon<T, E: From<StoreError>>(answer: oneshot::Receiver<Result<T, E>>) -> Result<T, E> {
    match tokio::time::timeout(PATIENCE, answer).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(_)) => Err(StoreError::Closed.into()),
        Err(_) => Err(StoreError::Late.into()),
    }
}

/// A thread with a runtime of its own, which ends when the work does.
fn thread<W: Future<Output = ()>>(
    name: &str,
    work: impl FnOnce() -> W + Send + 'static,
) -> Result<(), StoreError> {
    let no_thread = |error: std::io::Error| StoreError::Failed(format!("no thread for the store: {error}"));
    let runtime = runtime::Builder::new_current_thread().enable_all().build().map_err(no_thread)?;
    let run = move || runtime.block_on(work());
    std::thread::Builder::new().name(name.to_owned()).spawn(run).map(drop).map_err(no_thread)
}

/// Says of which file an error tells.
fn at(path: &Path, error: StoreError) -> StoreError {
    match error {
        StoreError::Failed(reason) => StoreError::File { path: path.to_owned(), reason },
        other => other,
    }
}

fn seconds(time: SystemTime) -> i64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

fn bytes(turns: &[Turn]) -> u64 {
    turns.iter().map(|turn| to_u64(turn.input.len() + turn.output.len())).sum()
}

// === impl Receipt ===

impl Receipt {
    /// Done when the response is written.
    pub async fn written(self) -> Result<(), StoreError> {
        soon(self.0?).await.map(|_| ())
    }
}
