//! The conversations of the Responses API: what was said before is put before a request (`recall`), what is answered is
//! kept on its way out (`kept`), and both are told to who asks for them (`relay/responses.rs`).

mod kept;
mod recall;
mod thread;

pub(crate) use kept::Kept;
pub(crate) use recall::{away, recall};
pub(crate) use thread::{Keeps, Thread, owner};

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use callsign_plan::storage::{Engine, Storage};
use callsign_store::{Conversation, ConversationError, Opened, Owner, Store, StoreError, StoredResponse};
use tokio::sync::OnceCell;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

/// Where conversations are kept. Nobody's place is opened when somebody needs it first, so that a gateway that nobody asks
/// for conversations has neither a file nor threads for them.
#[derive(Debug)]
pub(crate) struct Conversations {
    storage: Storage,
    /// Where the file goes if nobody says.
    usual: Option<PathBuf>,
    store: OnceCell<Store>,
}

/// How often is looked for what has expired.
const SWEEP: Duration = Duration::from_hours(1);
/// An answer waits so long for being written, then leaves all the same: who goes on at this gateway finds it.
const PATIENCE: Duration = Duration::from_millis(500);
/// A gateway that ends waits so long for what is not written.
const FLUSH: Duration = Duration::from_secs(5);

// === impl Conversations ===

impl Conversations {
    /// What the configuration asks for. A place that somebody wrote is opened now: mistakes in it stop the start.
    pub(crate) fn new(storage: Storage, usual: Option<PathBuf>) -> Result<Self, StoreError> {
        let store = OnceCell::new();
        let conversations = Self { storage, usual, store };
        if conversations.is_written() {
            let store = conversations.open()?;
            return Ok(Self { store: OnceCell::new_with(Some(store)), ..conversations });
        }
        Ok(conversations)
    }

    /// Whether the configuration names a place that could be out of order.
    fn is_written(&self) -> bool {
        matches!(self.storage.engine, Engine::Sqlite { .. } | Engine::Postgres { .. })
    }

    fn open(&self) -> Result<Store, StoreError> {
        let Opened { store, warning } = Store::open(&self.storage, self.usual.as_deref())?;
        if let Some(warning) = warning {
            tracing::warn!(%warning, "conversations are kept in memory and end with this process");
        }
        Ok(store)
    }

    async fn store(self: &Arc<Self>) -> Result<&Store, StoreError> {
        let open = || async {
            let own = Arc::clone(self);
            let opened = tokio::task::spawn_blocking(move || own.open()).await;
            opened.unwrap_or_else(|error| Err(StoreError::Failed(error.to_string())))
        };
        self.store.get_or_try_init(open).await
    }

    /// Everything that was said up to this response.
    pub(crate) async fn said(
        self: &Arc<Self>,
        id: &str,
        owner: Owner,
    ) -> Result<Conversation, ConversationError> {
        self.store().await?.conversation(id, owner, SystemTime::now()).await
    }

    /// One response, if this owner has it.
    pub(crate) async fn get(
        self: &Arc<Self>,
        id: &str,
        owner: Owner,
    ) -> Result<Option<StoredResponse>, StoreError> {
        self.store().await?.get(id, owner, SystemTime::now()).await
    }

    /// Forgets a response; says whether there was one.
    pub(crate) async fn delete(self: &Arc<Self>, id: &str, owner: Owner) -> Result<bool, StoreError> {
        self.store().await?.delete(id, owner, SystemTime::now()).await
    }

    /// Keeps a response. Done when it is written, or will not be soon: no answer fails for that.
    async fn keep(self: Arc<Self>, response: StoredResponse) {
        let id = response.id.clone();
        let kept = async { self.store().await?.put(response, SystemTime::now()).written().await };
        match timeout(PATIENCE, kept).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, response = id, "a response was not kept"),
            Err(_) => {
                tracing::warn!(response = id, "the store is slow, a response leaves before it is written");
            }
        }
    }

    /// Looks after the store until `over`: whether it answers, and once in a while what has expired.
    pub(crate) async fn tend(self: Arc<Self>, over: CancellationToken) {
        let tending = async {
            if let Some(store) = self.store.get()
                && let Err(error) = store.check().await
            {
                tracing::warn!(%error, "the store of conversations does not answer, it will be tried again");
            }
            loop {
                sleep(SWEEP).await;
                self.sweep().await;
            }
        };
        tokio::select! {
            () = tending => {}
            () = over.cancelled() => {}
        }
    }

    /// What an earlier process has left expires too, though nobody asks this one for conversations.
    async fn sweep(self: &Arc<Self>) {
        let is_usual = matches!(self.storage.engine, Engine::Automatic);
        let is_left = is_usual && self.usual.as_ref().is_some_and(|path| path.exists());
        if !self.store.initialized() && !is_left {
            return;
        }
        let swept = async { self.store().await?.sweep(SystemTime::now()).await };
        match swept.await {
            Ok(dropped) => tracing::debug!(dropped, "conversations have expired"),
            Err(error) => tracing::warn!(%error, "the store of conversations could not be swept"),
        }
    }

    /// Done when everything is written that was put, or that has taken too long.
    pub(crate) async fn flush(&self) {
        let Some(store) = self.store.get() else { return };
        match timeout(FLUSH, store.flush()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "some responses may not have been kept"),
            Err(_) => tracing::warn!("some responses may not have been kept, the store is slow"),
        }
    }
}
