//! The running gateway: its workers, its configuration in force, its end.

use std::io;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use callsign_plan::catalog::{Catalog, Listener};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime as Tokio};

use crate::listen::{self, Desk, Drain, socket};
use crate::record::Recorder;
use crate::state::reach::CompileError;
use crate::state::tally::Tally;
use crate::state::world::World;
use crate::upstream::Upstream;
use crate::upstream::tls::{Tls, TlsError};

/// How a gateway runs.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Threads that serve.
    pub workers: NonZeroUsize,
    /// How they share the work.
    pub runtime: Runtime,
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
    world: Arc<ArcSwap<World>>,
    exchanges: Tally,
    drain: Drain,
    listeners: Vec<(Arc<str>, SocketAddr)>,
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
    tls: Arc<Tls>,
    exchanges: Tally,
    connections: Tally,
    drain: Drain,
}

// === impl Gateway ===

impl Gateway {
    /// Starts serving `catalog`.
    pub fn start(catalog: Catalog, settings: Settings) -> Result<Self, StartError> {
        let tls = Arc::new(Tls::new(catalog.parts().upstream_ca.as_deref())?);
        let written = catalog.parts().listeners.clone();
        let world = Arc::new(ArcSwap::from_pointee(World::compile(catalog)?));
        let (exchanges, connections, drain) = (Tally::default(), Tally::default(), Drain::default());
        let shared = Shared { world, tls, exchanges, connections, drain };
        let (runtimes, threads_each) = match settings.runtime {
            Runtime::PerCore => (settings.workers.get(), None),
            Runtime::Shared => (1, Some(settings.workers.get())),
        };
        let (listeners, sockets) = open(&written, runtimes)?;
        let mut threads = Vec::with_capacity(runtimes);
        for (number, sockets) in sockets.into_iter().enumerate() {
            let runtime = runtime(threads_each)?;
            let shared = shared.clone();
            let name = format!("callsign-{number}");
            threads.push(thread::Builder::new().name(name).spawn(move || work(&runtime, sockets, &shared))?);
        }
        let Shared { world, exchanges, drain, .. } = shared;
        Ok(Self { world, exchanges, drain, listeners, threads })
    }

    /// The names and addresses that are listened on.
    pub fn listeners(&self) -> &[(Arc<str>, SocketAddr)] {
        &self.listeners
    }

    /// Puts another configuration in force. Requests under way end on the one they began with; listeners stay.
    pub fn install(&self, catalog: Catalog) -> Result<(), CompileError> {
        self.world.store(Arc::new(World::compile(catalog)?));
        Ok(())
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

fn work(runtime: &Tokio, sockets: Sockets, shared: &Shared) {
    runtime.block_on(async {
        let over = shared.drain.over.clone();
        let (recorder, writer) = Recorder::new();
        if let Some(writer) = writer {
            shared.drain.attendants.spawn(writer);
        }
        let upstream = Arc::new(Upstream::new(Arc::clone(&shared.tls)));
        for (listener, socket) in sockets {
            match TcpListener::from_std(socket) {
                Ok(socket) => {
                    let desk = desk(shared, &listener, &upstream, &recorder);
                    shared.drain.tasks.spawn(listen::accept(socket, desk, shared.drain.clone()));
                }
                Err(error) => tracing::error!(%error, listener = %listener.name, "cannot listen"),
            }
        }
        drop(recorder);
        over.cancelled().await;
    });
}

fn desk(shared: &Shared, listener: &Listener, upstream: &Arc<Upstream>, recorder: &Recorder) -> Arc<Desk> {
    Arc::new(Desk {
        world: Arc::clone(&shared.world),
        upstream: Arc::clone(upstream),
        exchanges: shared.exchanges.clone(),
        connections: shared.connections.clone(),
        recorder: recorder.clone(),
        limits: listener.limits,
        timeout: listener.timeout,
    })
}
