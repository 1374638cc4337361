//! How work reaches the threads of the store: bounded queues that refuse rather than wait.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use crate::error::{ConversationError, StoreError};
use crate::ledger::{Key, Reach};
use crate::response::{StoredResponse, Turn};

/// Most pieces of work in one queue.
pub(crate) const LENGTH: usize = 4096;

/// Where an answer goes; whoever asked may have gone.
pub(crate) type Reply<T, E = StoreError> = oneshot::Sender<Result<T, E>>;

/// Something to be written.
#[derive(Debug)]
pub(crate) struct Write {
    pub(crate) change: Change,
    /// Seconds since 1970.
    pub(crate) now: i64,
    /// Gets how many things were changed.
    pub(crate) reply: Reply<u64>,
}

/// What a write changes.
#[derive(Debug, Clone)]
pub(crate) enum Change {
    Put(Arc<StoredResponse>),
    Delete(Key),
    /// Only what time brings: expiry.
    Sweep,
    /// Nothing: done when everything before it is.
    Flush,
}

/// Something to be read. Conversations are used since `since`, else they have expired.
#[derive(Debug)]
pub(crate) enum Read {
    Get {
        key: Key,
        since: i64,
        reply: Reply<Option<StoredResponse>>,
    },
    /// The turns up to `key`; errors speak of `asked`, which is it or a later turn.
    Chain {
        key: Key,
        asked: String,
        reach: Reach,
        reply: Reply<Vec<Turn>, ConversationError>,
    },
    /// Whether the engine answers at all.
    Check {
        reply: Reply<()>,
    },
}

/// Puts work into a queue.
pub(crate) fn send<T>(queue: &mpsc::Sender<T>, work: T) -> Result<(), StoreError> {
    queue.try_send(work).map_err(|refused| match refused {
        mpsc::error::TrySendError::Full(_) => StoreError::Busy,
        mpsc::error::TrySendError::Closed(_) => StoreError::Closed,
    })
}
