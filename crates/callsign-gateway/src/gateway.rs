//! The running gateway: its workers, its configuration in force, its end.

use std::io;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use callsign_plan::catalog::{Admin, Listener};
use callsign_store::StoreError;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime as Tokio};

use crate::admin::{self, Operator, Rings};
use crate::conversations::Conversations;
use crate::listen::{self, Desk, Drain, socket};
use crate::record::Recorder;
use crate::record::ring::Ring;
use crate::reload::{Reloader, Standing, Supply, Written};
use crate::state::clock::Clock;
use crate::state::reach::CompileError;
use crate::state::tally::Tally;
use crate::state::world::World;
use crate::upstream::Upstream;
use crate::upstream::tls::{Tls, TlsError};

/// How a gateway runs.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Threads that serve.
    pub workers: NonZeroUsize,
    /// How they share the work.
    pub runtime: Runtime,
    /// Where conversations are kept if the configuration does not say; `None` where no such place is known.
    pub state_file: Option<PathBuf>,
    /// Where further configurations come from.
    pub supply: Arc<dyn Supply>,
}

/// How workers share the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Runtime {
    /// Each worker accepts for itself and keeps its connections.
    #[default]
    PerCore,
    /// Workers steal work from each other.
    Shared,
}

/// A gateway that serves.
#[derive(Debug)]
pub struct Gateway {
    reloader: Arc<Reloader>,
    conversations: Arc<Conversations>,
    exchanges: Tally,
    drain: Drain,
    listeners: Vec<(Arc<str>, SocketAddr)>,
    admin: Option<SocketAddr>,
    threads: Vec<JoinHandle<()>>,
}

/// How a drain ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drained {
    /// Exchanges that were cut off, as the deadline had come.
    pub cut: usize,
}

/// Why a gateway cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A socket cannot be opened.
    #[error("cannot listen on {address} (listener `{name}`): {source}{}", hint(source))]
    Listen {
        /// The listener.
        name: Arc<str>,
        /// Its address.
        address: SocketAddr,
        /// What went wrong.
        source: io::Error,
    },
    /// The catalog has something that cannot be sent.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// TLS cannot be set up.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// Conversations cannot be kept where they should be.
    #[error(transparent)]
    State(#[from] StoreError),
    /// The system gives no thread or no runtime.
    #[error("cannot start a worker: {0}")]
    Worker(#[from] io::Error),
}

fn hint(source: &io::Error) -> &'static str {
    match source.kind() {
        io::ErrorKind::AddrInUse => "; stop what listens there, or write another `port`",
        io::ErrorKind::PermissionDenied => "; ports below 1024 need a privilege",
        _ => "",
    }
}

/// The sockets of one worker.
type Sockets = Vec<(Listener, std::net::TcpListener)>;

/// What workers share.
#[derive(Debug, Clone)]
struct Shared {
    world: Arc<ArcSwap<World>>,
    reloader: Arc<Reloader>,
    rings: Rings,
    tls: Arc<Tls>,
    conversations: Arc<Conversations>,
    exchanges: Tally,
    connections: Tally,
    drain: Drain,
}

// === impl Gateway ===

impl Gateway {
    /// Starts serving what is written.
    pub fn start(first: Written, settings: Settings) -> Result<Self, StartError> {
        let Written { catalog, digest, place, remarks } = first;
        let tls = Arc::new(Tls::new(catalog.parts().upstream_ca.as_deref())?);
        let storage = catalog.parts().storage.clone();
        let conversations = Arc::new(Conversations::new(storage, settings.state_file)?);
        let written = catalog.parts().listeners.clone();
        let world = World::compile(catalog, Clock::start(), None)?;
        let (admin, admin_socket) = open_admin(world.catalog.parts().admin.as_ref())?.unzip();
        let world = Arc::new(ArcSwap::from_pointee(world));
        let (runtimes, threads_each) = match settings.runtime {
            Runtime::PerCore => (settings.workers.get(), None),
            Runtime::Shared => (1, Some(settings.workers.get())),
        };
        let rings: Rings = (0..runtimes).map(|_| Arc::default()).collect();
        let in_force = (Arc::clone(&world), Arc::clone(&rings));
        let standing = Standing::first(digest, place, remarks);
        let reloader = Arc::new(Reloader::new(settings.supply, in_force, standing));
        let (exchanges, connections, drain) = (Tally::default(), Tally::default(), Drain::default());
        let shared = Shared { world, reloader, rings, tls, conversations, exchanges, connections, drain };
        let (listeners, sockets) = open(&written, runtimes)?;
        let mut threads = Vec::with_capacity(runtimes);
        let mut tended = std::iter::once(Arc::clone(&shared.conversations));
        let mut admin_sockets = std::iter::once(admin_socket).flatten();
        for ((number, sockets), ring) in sockets.into_iter().enumerate().zip(shared.rings.iter()) {
            let runtime = runtime(threads_each)?;
            let (admin, tended, ring) = (admin_sockets.next(), tended.next(), Arc::clone(ring));
            let work = Work { sockets, admin, tended, ring };
            let shared = shared.clone();
            let name = format!("callsign-{number}");
            threads.push(thread::Builder::new().name(name).spawn(move || work.run(&runtime, &shared))?);
        }
        let Shared { reloader, conversations, exchanges, drain, .. } = shared;
        Ok(Self { reloader, conversations, exchanges, drain, listeners, admin, threads })
    }

    /// Where the operator's socket is, if it is open.
    pub fn admin(&self) -> Option<SocketAddr> {
        self.admin
    }

    /// The names and addresses that are listened on.
    pub fn listeners(&self) -> &[(Arc<str>, SocketAddr)] {
        &self.listeners
    }

    /// What puts another configuration in force.
    pub fn reloader(&self) -> Arc<Reloader> {
        Arc::clone(&self.reloader)
    }

    /// Ends: accepts nothing more, lets what is under way come to its end until `deadline`, then cuts it off.
    pub fn drain(self, deadline: Duration) -> Drained {
        let until = Instant::now() + deadline;
        self.drain.begun.cancel();
        self.drain.tasks.close();
        while !self.drain.tasks.is_empty() && Instant::now() < until {
            thread::sleep(DRAIN_LOOK);
        }
        let cut = self.exchanges.count();
        match runtime(None) {
            Ok(runtime) => runtime.block_on(self.conversations.flush()),
            Err(error) => tracing::warn!(%error, "some responses may not have been kept"),
        }
        self.drain.over.cancel();
        for thread in self.threads {
            if thread.join().is_err() {
                tracing::error!("a worker had panicked");
            }
        }
        Drained { cut }
    }
}

/// How often a drain looks whether it is over.
const DRAIN_LOOK: Duration = Duration::from_millis(5);

type Named = Vec<(Arc<str>, SocketAddr)>;

fn open(written: &[Listener], runtimes: usize) -> Result<(Named, Vec<Sockets>), StartError> {
    let mut named = Vec::new();
    let mut sockets: Vec<Sockets> = (0..runtimes).map(|_| Vec::new()).collect();
    for listener in written {
        let address = SocketAddr::new(listener.address, listener.port);
        let failed = |source| StartError::Listen { name: Arc::clone(&listener.name), address, source };
        let opened = socket::open(address, runtimes).map_err(failed)?;
        let bound = opened.first().map_or(Ok(address), std::net::TcpListener::local_addr).map_err(failed)?;
        named.push((Arc::clone(&listener.name), bound));
        for (worker, socket) in sockets.iter_mut().zip(opened) {
            worker.push((listener.clone(), socket));
        }
    }
    Ok((named, sockets))
}

fn runtime(threads: Option<usize>) -> io::Result<Tokio> {
    match threads {
        None => Builder::new_current_thread().enable_all().build(),
        Some(threads) => Builder::new_multi_thread().worker_threads(threads).enable_all().build(),
    }
}

/// Opens the operator's socket. Where nobody asked for it, a taken port is no reason not to serve.
fn open_admin(admin: Option<&Admin>) -> Result<Option<(SocketAddr, std::net::TcpListener)>, StartError> {
    let Some(admin) = admin else { return Ok(None) };
    let address = SocketAddr::new(admin.address, admin.port);
    let opened = socket::open(address, 1).and_then(|sockets| {
        let socket = sockets.into_iter().next().ok_or(io::ErrorKind::NotFound)?;
        Ok((socket.local_addr()?, socket))
    });
    match opened {
        Ok(opened) => Ok(Some(opened)),
        Err(error) if admin.default && error.kind() == io::ErrorKind::AddrInUse => {
            tracing::warn!(%address, "the admin listener stays closed, its usual port is taken; write a `port` under `admin`");
            Ok(None)
        }
        Err(source) => Err(StartError::Listen { name: "admin".into(), address, source }),
    }
}

/// What one worker serves.
struct Work {
    sockets: Sockets,
    admin: Option<std::net::TcpListener>,
    /// What one worker looks after for all.
    tended: Option<Arc<Conversations>>,
    ring: Arc<Ring>,
}

// === impl Work ===

impl Work {
    fn run(self, runtime: &Tokio, shared: &Shared) {
        runtime.block_on(async {
            let over = shared.drain.over.clone();
            self.start(shared);
            over.cancelled().await;
        });
    }

    fn start(self, shared: &Shared) {
        let (recorder, writer) = Recorder::new(self.ring);
        if let Some(writer) = writer {
            shared.drain.attendants.spawn(writer);
        }
        if let Some(socket) = self.admin.and_then(|socket| TcpListener::from_std(socket).ok()) {
            let over = shared.drain.over.clone();
            let operator =
                Operator { rings: Arc::clone(&shared.rings), reloader: Arc::clone(&shared.reloader) };
            shared.drain.attendants.spawn(admin::serve(socket, operator, over));
        }
        if let Some(conversations) = self.tended {
            shared.drain.attendants.spawn(conversations.tend(shared.drain.over.clone()));
        }
        let upstream = Arc::new(Upstream::new(Arc::clone(&shared.tls), shared.drain.attendants.clone()));
        for (listener, socket) in self.sockets {
            match TcpListener::from_std(socket) {
                Ok(socket) => {
                    let desk = desk(shared, &listener, &upstream, &recorder);
                    shared.drain.tasks.spawn(listen::accept(socket, desk, shared.drain.clone()));
                }
                Err(error) => tracing::error!(%error, listener = %listener.name, "cannot listen"),
            }
        }
    }
}

fn desk(shared: &Shared, listener: &Listener, upstream: &Arc<Upstream>, recorder: &Recorder) -> Arc<Desk> {
    Arc::new(Desk {
        world: Arc::clone(&shared.world),
        upstream: Arc::clone(upstream),
        conversations: Arc::clone(&shared.conversations),
        exchanges: shared.exchanges.clone(),
        connections: shared.connections.clone(),
        recorder: recorder.clone(),
        limits: listener.limits,
        timeout: listener.timeout,
    })
}
