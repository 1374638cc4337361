//! Sockets that clients connect to. The types of the HTTP server stop here.

pub(crate) mod inbound;
pub(crate) mod socket;
pub(crate) mod watch;

use std::convert::Infallible;
use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;
use callsign_plan::catalog::Limits;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::alarm::Bell;
use crate::conversations::Conversations;
use crate::exchange::exchange;
use crate::record::Recorder;
use crate::state::tally::{Counted, Tally};
use crate::state::world::World;
use crate::upstream::Upstream;
use watch::Watched;

/// What every request of a listener needs.
#[derive(Debug, Clone)]
pub(crate) struct Desk {
    /// The configuration in force.
    pub(crate) world: Arc<ArcSwap<World>>,
    /// The way out.
    pub(crate) upstream: Arc<Upstream>,
    /// What was said before, and is to be gone on from.
    pub(crate) conversations: Arc<Conversations>,
    /// Exchanges under way in the process.
    pub(crate) exchanges: Tally,
    /// Connections of clients in the process.
    pub(crate) connections: Tally,
    /// Where records go.
    pub(crate) recorder: Recorder,
    /// Sizes and counts.
    pub(crate) limits: Limits,
    /// The longest an exchange may take, where nothing else is written.
    pub(crate) timeout: Duration,
}

/// How a drain reaches what is running.
#[derive(Debug, Clone, Default)]
pub(crate) struct Drain {
    /// Told when the operator asks for the end.
    pub(crate) asked: CancellationToken,
    /// Told once the gateway should end.
    pub(crate) begun: CancellationToken,
    /// What must end first.
    pub(crate) tasks: TaskTracker,
    /// What serves the others and ends with them.
    pub(crate) attendants: TaskTracker,
    /// Told when nothing more is waited for.
    pub(crate) over: CancellationToken,
}

/// A pause after `accept` fails: the process is out of file descriptors, and trying at once would spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Seconds since 1970-01-01 UTC.
pub(crate) fn unix_time() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// Milliseconds since 1970-01-01 UTC.
pub(crate) fn unix_milliseconds() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// Accepts connections until the drain begins.
pub(crate) async fn accept(listener: TcpListener, desk: Arc<Desk>, drain: Drain) {
    let mut begun = pin!(drain.begun.cancelled());
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut begun => return,
        };
        match accepted {
            Ok((stream, _)) => admit(stream, &desk, &drain),
            Err(error) => pause_after(&error).await,
        }
    }
}

async fn pause_after(error: &io::Error) {
    tracing::warn!(%error, "cannot accept a connection");
    tokio::time::sleep(ACCEPT_PAUSE).await;
}

/// A connection over the limit is closed at once: its client sees a refused connection and can go elsewhere.
fn admit(stream: TcpStream, desk: &Arc<Desk>, drain: &Drain) {
    let Some(place) = desk.connections.enter(desk.limits.connections) else {
        tracing::warn!(limit = desk.limits.connections, "too many connections, one was closed");
        return;
    };
    let talk = converse(stream, Arc::clone(desk), drain.begun.clone(), place);
    drain.tasks.spawn(talk);
}

/// Serves the requests of one connection.
async fn converse(stream: TcpStream, desk: Arc<Desk>, begun: CancellationToken, _place: Counted) {
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let (watched, mark) = Watched::new(stream, &desk.limits);
    let mut server = auto::Builder::new(TokioExecutor::new());
    server.http2().max_concurrent_streams(MOST_STREAMS).max_header_list_size(LARGEST_HEAD);
    let service = service_fn(|request| {
        let (desk, mark) = (Arc::clone(&desk), mark.clone());
        async move { Ok::<_, Infallible>(exchange(&desk, mark, request).await) }
    });
    let mut connection = pin!(server.serve_connection(TokioIo::new(watched), service));
    let (mut begun, mut bell) = (pin!(begun.cancelled()), Bell::default());
    let ended = tokio::select! {
        biased;
        ended = connection.as_mut() => ended,
        () = poll_fn(|context| bell.poll(begun.as_mut(), context)) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(error = %error, "a client's connection ended early");
    }
}

/// Streams at once on one HTTP/2 connection.
const MOST_STREAMS: u32 = 256;
/// Bytes of one request's headers over HTTP/2.
const LARGEST_HEAD: u32 = 64 << 10;
