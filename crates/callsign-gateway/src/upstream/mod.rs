//! The way out: connections to providers, and the simulated provider.

pub(crate) mod call;
pub(crate) mod connector;
pub(crate) mod grants;
pub(crate) mod origin;
pub(crate) mod payload;
pub(crate) mod played;
pub(crate) mod simulated;
pub(crate) mod source;
pub(crate) mod tls;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use foldhash::fast::RandomState;
use origin::{Origin, Wire};
use tls::{Tls, TlsError};
use tokio_util::task::TaskTracker;

/// One worker's connections to all origins.
#[derive(Debug)]
pub(crate) struct Upstream {
    tls: Arc<Tls>,
    origins: Mutex<HashMap<Key, Arc<Origin>, RandomState>>,
    tasks: TaskTracker,
}

/// Connections are shared by all targets with the same of these.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    /// `scheme://authority`.
    pub(crate) origin: Arc<str>,
    /// How long opening one may take.
    pub(crate) connect: Duration,
    /// Which versions of HTTP may be spoken.
    pub(crate) wire: Wire,
}

// === impl Upstream ===

impl Upstream {
    pub(crate) fn new(tls: Arc<Tls>, tasks: TaskTracker) -> Self {
        Self { tls, origins: Mutex::default(), tasks }
    }

    /// The connections to one origin, which are opened when they are needed.
    pub(crate) fn origin(&self, key: &Key) -> Result<Arc<Origin>, TlsError> {
        let mut origins = self.origins.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(origin) = origins.get(key) {
            return Ok(Arc::clone(origin));
        }
        let origin = Arc::new(Origin::new(key, &self.tls)?);
        origins.insert(key.clone(), Arc::clone(&origin));
        Ok(origin)
    }
}
