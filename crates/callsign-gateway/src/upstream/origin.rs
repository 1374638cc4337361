//! The connections to one origin, in shards.
//!
//! An HTTP client of hyper-util keeps one HTTP/2 connection for each host, and a server takes only so many
//! streams on one (often 100), so further requests would wait. Each shard is such a client; they are filled one
//! after another, which also keeps the connections of HTTP/1 few and warm.

use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use http::{Request, Uri};
use hyper_util::client::legacy::{Client, ResponseFuture};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::ClientConfig;

use super::Key;
use super::connector::Connector;
use super::payload::Payload;
use super::tls::{Tls, TlsError};

/// The client of one shard.
type Connections = Client<Connector, Payload>;

/// Which versions of HTTP may be spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Wire {
    /// What TLS negotiates; without TLS, HTTP/1.1.
    Any,
    /// HTTP/1.1 alone: HTTP/2 has no `Host` that could differ from the URL's.
    Http1,
}

/// The connections to one origin.
#[derive(Debug)]
pub(crate) struct Origin {
    url: Uri,
    tls: ClientConfig,
    connect: Duration,
    wire: Wire,
    shards: [Shard; SHARDS],
}

#[derive(Debug, Default)]
struct Shard {
    connections: OnceLock<Connections>,
    in_flight: AtomicUsize,
}

/// A request's place in a shard, held until its answer has been read.
#[derive(Debug)]
pub(crate) struct Place {
    origin: Arc<Origin>,
    shard: usize,
}

const SHARDS: usize = 16;
/// Requests on one shard before the next is opened: below the 100 streams that servers commonly allow.
const COMFORTABLE: usize = 64;
/// Shorter than the usual keep-alive of load balancers (60 s), so that they rarely close first.
const IDLE: Duration = Duration::from_secs(50);
const PING: Duration = Duration::from_secs(30);

// === impl Origin ===

impl Origin {
    pub(crate) fn new(key: &Key, tls: &Tls) -> Result<Self, TlsError> {
        let tls = if key.origin.starts_with("https:") { tls.config()? } else { tls.unused()? };
        // It was checked when the target was compiled; nobody is found at `/`.
        let url = key.origin.parse().unwrap_or_default();
        Ok(Self { url, tls, connect: key.connect, wire: key.wire, shards: Default::default() })
    }

    /// A place for one request.
    pub(crate) fn enter(self: &Arc<Self>) -> Option<Place> {
        let shard = self.roomy().or_else(|| self.least())?;
        self.shards.get(shard)?.in_flight.fetch_add(1, Ordering::Relaxed);
        Some(Place { origin: Arc::clone(self), shard })
    }

    fn roomy(&self) -> Option<usize> {
        self.shards.iter().position(|shard| shard.count() < COMFORTABLE)
    }

    fn least(&self) -> Option<usize> {
        let counted = self.shards.iter().enumerate().min_by_key(|(_, shard)| shard.count());
        counted.map(|(index, _)| index)
    }

    fn open(&self) -> Connections {
        let mut client = Client::builder(TokioExecutor::new());
        client
            .pool_idle_timeout(IDLE)
            .pool_timer(TokioTimer::new())
            .timer(TokioTimer::new())
            .http2_adaptive_window(true)
            .http2_keep_alive_interval(PING);
        client.build(Connector::new(self.url.clone(), self.tls.clone(), self.wire, self.connect))
    }
}

// === impl Shard ===

impl Shard {
    fn count(&self) -> usize {
        self.in_flight.load(Ordering::Relaxed)
    }
}

// === impl Place ===

impl Place {
    /// Sends a request.
    pub(crate) fn send(&self, request: Request<Payload>) -> Option<ResponseFuture> {
        let shard = self.origin.shards.get(self.shard)?;
        Some(shard.connections.get_or_init(|| self.origin.open()).request(request))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(shard) = self.origin.shards.get(self.shard) {
            shard.in_flight.fetch_sub(1, Ordering::Relaxed);
        }
    }
}
