//! Responses on their way to the engine. Whoever asks for one finds it here, so that a client may go on at once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::error::StoreError;
use crate::ledger::Key;
use crate::response::StoredResponse;

/// Most bytes that may wait to be written.
const MOST_BYTES: u64 = 128 << 20;

/// What waits to be written, shared by all who use the store.
#[derive(Debug, Default)]
pub(crate) struct Unwritten(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    responses: HashMap<Key, Arc<StoredResponse>>,
    bytes: u64,
}

// === impl Unwritten ===

impl Unwritten {
    /// Shows a response from now on.
    pub(crate) fn add(&self, response: &Arc<StoredResponse>) -> Result<(), StoreError> {
        let mut waiting = self.lock();
        let bytes = waiting.bytes.saturating_add(response.bytes());
        if bytes > MOST_BYTES {
            return Err(StoreError::Busy);
        }
        waiting.bytes = bytes;
        waiting.responses.insert(response.key(), Arc::clone(response));
        Ok(())
    }

    /// The response has been written, or never will be. A later one of the same name stays.
    pub(crate) fn settle(&self, response: &Arc<StoredResponse>) {
        let mut waiting = self.lock();
        waiting.bytes = waiting.bytes.saturating_sub(response.bytes());
        let key = response.key();
        if waiting.responses.get(&key).is_some_and(|kept| Arc::ptr_eq(kept, response)) {
            waiting.responses.remove(&key);
        }
    }

    /// Hides a response that is to be deleted.
    pub(crate) fn hide(&self, key: &Key) {
        self.lock().responses.remove(key);
    }

    /// The response, if it still waits.
    pub(crate) fn get(&self, key: &Key) -> Option<Arc<StoredResponse>> {
        self.lock().responses.get(key).map(Arc::clone)
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl StoredResponse ===

impl StoredResponse {
    pub(crate) fn key(&self) -> Key {
        Key { owner: self.owner, id: self.id.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::owner::Owner;

    fn response(id: &str, length: usize) -> Arc<StoredResponse> {
        Arc::new(StoredResponse {
            id: id.to_owned(),
            previous: None,
            owner: Owner::ANYONE,
            created_unix: 0,
            model: String::new(),
            input: "x".repeat(length),
            output: String::new(),
            response: String::new(),
        })
    }

    #[test]
    fn later_response_of_the_same_name_outlives_the_earlier_one() {
        let unwritten = Unwritten::default();
        let (first, second) = (response("a", 1), response("a", 2));
        unwritten.add(&first).unwrap();
        unwritten.add(&second).unwrap();
        unwritten.settle(&first);
        assert_eq!(unwritten.get(&second.key()), Some(Arc::clone(&second)));
        unwritten.settle(&second);
        assert_eq!(unwritten.get(&second.key()), None);
        assert_eq!(unwritten.lock().bytes, 0, "everything is accounted for");
    }

    #[test]
    fn only_so_many_bytes_wait() {
        let unwritten = Unwritten::default();
        let large = response("large", 100 << 20);
        unwritten.add(&large).unwrap();
        assert_eq!(unwritten.add(&response("next", 60 << 20)), Err(StoreError::Busy));
        unwritten.settle(&large);
        unwritten.add(&response("next", 60 << 20)).unwrap();
    }
}
