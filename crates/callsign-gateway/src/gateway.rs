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
use callsign_plan::tracing::Environment;
use callsign_store::StoreError;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Handle, Runtime as Tokio};

use crate::admin::door::Door;
use crate::admin::lock::{Lock, LockError};
use crate::admin::{self, Operator, Rings};
use crate::conversations::Conversations;
use crate::listen::{self, Desk, Drain, socket};
use crate::observe::chronicle::{self, Memory};
use crate::observe::{self, Around, Logbook, Observed, TracingError};
use crate::record::Recorder;
use crate::record::ring::Ring;
use crate::reload::{Reloader, Standing, Supply, Written};
use crate::state::books::{Books, prepare};
use crate::state::clock::Clock;
use crate::state::reach::CompileError;
use crate::state::tally::Tally;
use crate::state::world::World;
use crate::upstream::Upstream;
use crate::upstream::tls::{Tls, TlsError};

/// How a gateway runs.
#[derive(Debug)]
pub struct Settings {
    /// Threads that serve.
    pub workers: NonZeroUsize,
    /// How they share the work.
    pub runtime: Runtime,
    /// Where conversations are kept if the configuration does not say; `None` where no such place is known.
    pub state_file: Option<PathBuf>,
    /// Where further configurations come from.
    pub supply: Arc<dyn Supply>,
    /// Sockets that listen already: a service manager's, or those of the process whose place this one takes.
    pub inherited: Vec<Inherited>,
    /// What the environment says of traces.
    pub traces: Environment,
    /// What decides which lines are logged.
    pub logbook: Arc<dyn Logbook>,
}

/// A socket that listens already.
#[derive(Debug)]
pub struct Inherited {
    /// The listener that it is meant for, where somebody said so; else its address tells.
    pub name: Option<String>,
    /// The socket.
    pub socket: std::net::TcpListener,
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
    /// Every socket that listens, once more, for a process that takes this one's place.
    sockets: Vec<(Arc<str>, std::net::TcpListener)>,
    listeners: Vec<(Arc<str>, SocketAddr)>,
    admin: Option<String>,
    threads: Vec<JoinHandle<()>>,
    observer: JoinHandle<()>,
    /// Writes history down.
    scribe: Option<JoinHandle<()>>,
    runtimes: Vec<Handle>,
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
    /// Anybody could read and change what the operator's listener shows.
    #[error(
        "the admin listener at {address} would be open to the network; write `admin: {{token: $CALLSIGN_ADMIN_TOKEN}}` and set that variable, or `tls.client_ca`, or `address: 127.0.0.1`"
    )]
    OpenAdmin {
        /// Its address.
        address: SocketAddr,
    },
    /// What the operator shows is not known.
    #[error("the environment variable `{variable}` of `admin.token` is not set; set it, or remove `token`")]
    NoToken {
        /// The variable.
        variable: Arc<str>,
    },
    /// The catalog has something that cannot be sent.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// TLS cannot be set up.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The operator's listener cannot prove who it is.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// Conversations cannot be kept where they should be.
    #[error(transparent)]
    State(#[from] StoreError),
    /// Traces cannot be sent.
    #[error(transparent)]
    Tracing(#[from] TracingError),
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
    observed: Observed,
    memory: Memory,
    admin: AdminDesk,
}

/// What only the operator's listener needs.
#[derive(Debug, Clone)]
struct AdminDesk {
    door: Arc<Door>,
    lock: Option<Arc<Lock>>,
    /// Where clients connect.
    model: Option<SocketAddr>,
}

// === impl Gateway ===

impl Gateway {
    /// Starts serving what is written.
    pub fn start(first: Written, settings: Settings) -> Result<Self, StartError> {
        let Written { catalog, digest, place, remarks } = first;
        let tls = Arc::new(Tls::new(catalog.parts().upstream_ca.as_deref())?);
        let storage = catalog.parts().storage.clone();
        let (chronicle, memory, scribe) =
            chronicle::open(&catalog.parts().history, settings.state_file.as_deref())?;
        let conversations = Arc::new(Conversations::new(storage, settings.state_file)?);
        let written = catalog.parts().listeners.clone();
        let books = Arc::new(Books::open(&catalog.parts().prices).map_err(CompileError::from)?);
        let world = World::compile(catalog, (Clock::start(), books), None)?;
        let mut inherited = settings.inherited;
        let (admin, admin_socket) = open_admin(world.catalog.parts().admin.as_ref(), &mut inherited)?.unzip();
        let (entrance, admin) = entrance(world.catalog.parts().admin.as_ref(), admin)?;
        let world = Arc::new(ArcSwap::from_pointee(world));
        prepare(&world.load());
        let (runtimes, threads_each) = match settings.runtime {
            Runtime::PerCore => (settings.workers.get(), None),
            Runtime::Shared => (1, Some(settings.workers.get())),
        };
        let rings: Rings = (0..runtimes).map(|_| Arc::default()).collect();
        let in_force = (Arc::clone(&world), Arc::clone(&rings));
        let standing = Standing::first(digest, place, remarks);
        let reloader = Arc::new(Reloader::new(settings.supply, in_force, standing, entrance.lock.clone()));
        let (exchanges, connections, drain) = (Tally::default(), Tally::default(), Drain::default());
        let (tallies, traces) = ((&exchanges, &connections), (settings.traces, &*tls));
        let around =
            Around { world: &world, reloader: &reloader, tallies, traces, logbook: settings.logbook };
        let (observed, watching) = observe::open(around, vec![Box::new(chronicle)])?;
        let (listeners, sockets) = open(&written, runtimes, &mut inherited)?;
        let admin_desk = AdminDesk { model: listeners.first().map(|(_, address)| *address), ..entrance };
        let shared = Shared {
            world,
            reloader,
            rings,
            tls,
            conversations,
            exchanges,
            connections,
            drain,
            observed,
            memory,
            admin: admin_desk,
        };
        let kept = again(&sockets, admin_socket.as_ref())?;
        let (threads, handles) = employ((sockets, admin_socket), &shared, threads_each)?;
        let Shared { reloader, conversations, exchanges, drain, .. } = shared;
        Ok(Self {
            reloader,
            conversations,
            exchanges,
            drain,
            sockets: kept,
            listeners,
            admin,
            threads,
            observer: watching,
            scribe,
            runtimes: handles,
        })
    }

    /// Where the operator's socket is, if it is open: a URL.
    pub fn admin(&self) -> Option<&str> {
        self.admin.as_deref()
    }

    /// The names and addresses that are listened on.
    pub fn listeners(&self) -> &[(Arc<str>, SocketAddr)] {
        &self.listeners
    }

    /// What puts another configuration in force.
    pub fn reloader(&self) -> Arc<Reloader> {
        Arc::clone(&self.reloader)
    }

    /// Every socket that listens, by the name of its listener, for a process that takes this one's place.
    pub fn sockets(&self) -> &[(Arc<str>, std::net::TcpListener)] {
        &self.sockets
    }

    /// Ready when every worker has done something that was asked of it just now.
    pub async fn answers(&self) {
        let asked: Vec<_> = self.runtimes.iter().map(|runtime| runtime.spawn(async {})).collect();
        for answer in asked {
            // One that panicked or was cancelled answers as well.
            drop(answer.await);
        }
    }

    /// Ready when the operator asks for the end.
    pub fn asked_to_end(&self) -> impl Future<Output = ()> + use<> {
        self.drain.asked.clone().cancelled_owned()
    }

    /// Ends: accepts nothing more, lets what is under way come to its end until `deadline`, then cuts it off.
    pub fn drain(self, deadline: Duration) -> Drained {
        let until = Instant::now() + deadline;
        // While it is open anywhere in the process, a socket takes connections that nobody would accept.
        drop(self.sockets);
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
        for thread in self.threads.into_iter().chain([self.observer]) {
            if thread.join().is_err() {
                tracing::error!("a worker had panicked");
            }
        }
        chronicle::finish(self.scribe);
        Drained { cut }
    }
}

/// Starts a worker for each set of sockets; the first serves the operator too, and looks after what all share.
fn employ(
    (sockets, admin): (Vec<Sockets>, Option<std::net::TcpListener>),
    shared: &Shared,
    threads_each: Option<usize>,
) -> io::Result<(Vec<JoinHandle<()>>, Vec<Handle>)> {
    let (mut threads, mut handles) = (Vec::new(), Vec::new());
    let mut tended = std::iter::once(Arc::clone(&shared.conversations));
    let mut admin = std::iter::once(admin).flatten();
    for ((number, sockets), ring) in sockets.into_iter().enumerate().zip(shared.rings.iter()) {
        let runtime = runtime(threads_each)?;
        handles.push(runtime.handle().clone());
        let work = Work { sockets, admin: admin.next(), tended: tended.next(), ring: Arc::clone(ring) };
        let shared = shared.clone();
        let name = format!("callsign-{number}");
        threads.push(thread::Builder::new().name(name).spawn(move || work.run(&runtime, &shared))?);
    }
    Ok((threads, handles))
}

/// How often a drain looks whether it is over.
const DRAIN_LOOK: Duration = Duration::from_millis(5);

type Named = Vec<(Arc<str>, SocketAddr)>;

fn open(
    written: &[Listener],
    runtimes: usize,
    inherited: &mut Vec<Inherited>,
) -> Result<(Named, Vec<Sockets>), StartError> {
    let mut named = Vec::new();
    let mut sockets: Vec<Sockets> = (0..runtimes).map(|_| Vec::new()).collect();
    for listener in written {
        let address = SocketAddr::new(listener.address, listener.port);
        let failed = |source| StartError::Listen { name: Arc::clone(&listener.name), address, source };
        let taken = take(inherited, &listener.name, address);
        let opened = if taken.is_empty() {
            socket::open(address, runtimes).map_err(failed)?
        } else {
            socket::adopt(taken, runtimes).map_err(failed)?
        };
        let bound = opened.first().map_or(Ok(address), std::net::TcpListener::local_addr).map_err(failed)?;
        named.push((Arc::clone(&listener.name), bound));
        for (position, socket) in opened.into_iter().enumerate() {
            if let Some(worker) = sockets.get_mut(position % runtimes) {
                worker.push((listener.clone(), socket));
            }
        }
    }
    Ok((named, sockets))
}

/// Those of `inherited` that are meant for a listener.
fn take(inherited: &mut Vec<Inherited>, name: &str, address: SocketAddr) -> Vec<std::net::TcpListener> {
    let meant = |one: &Inherited| match &one.name {
        Some(named) => named == name,
        None => one.socket.local_addr().is_ok_and(|bound| bound == address),
    };
    inherited.extract_if(.., |one| meant(one)).map(|one| one.socket).collect()
}

/// Every socket once more.
fn again(
    sockets: &[Sockets],
    admin: Option<&std::net::TcpListener>,
) -> io::Result<Vec<(Arc<str>, std::net::TcpListener)>> {
    let named = sockets.iter().flatten().map(|(listener, socket)| (Arc::clone(&listener.name), socket));
    let admin = admin.map(|socket| (Arc::from(ADMIN), socket));
    named.chain(admin).map(|(name, socket)| Ok((name, socket.try_clone()?))).collect()
}

/// What the operator's listener is called where sockets are handed over.
const ADMIN: &str = "admin";

fn runtime(threads: Option<usize>) -> io::Result<Tokio> {
    match threads {
        None => Builder::new_current_thread().enable_all().build(),
        Some(threads) => Builder::new_multi_thread().worker_threads(threads).enable_all().build(),
    }
}

/// Opens the operator's socket. Where nobody asked for it, a taken port is no reason not to serve.
fn open_admin(
    admin: Option<&Admin>,
    inherited: &mut Vec<Inherited>,
) -> Result<Option<(SocketAddr, std::net::TcpListener)>, StartError> {
    let Some(admin) = admin else { return Ok(None) };
    let address = SocketAddr::new(admin.address, admin.port);
    let taken = take(inherited, ADMIN, address);
    let opened = if taken.is_empty() { socket::open(address, 1) } else { socket::adopt(taken, 1) };
    let opened = opened.and_then(|sockets| {
        let socket = sockets.into_iter().next().ok_or(io::ErrorKind::NotFound)?;
        Ok((socket.local_addr()?, socket))
    });
    match opened {
        Ok(opened) => Ok(Some(opened)),
        Err(error) if admin.default && error.kind() == io::ErrorKind::AddrInUse => {
            tracing::warn!(%address, "the admin listener stays closed, its usual port is taken; write a `port` under `admin`");
            Ok(None)
        }
        Err(source) => Err(StartError::Listen { name: ADMIN.into(), address, source }),
    }
}

/// Who is let in by the operator's socket, what its connections are encrypted with, and its URL.
fn entrance(
    admin: Option<&Admin>,
    bound: Option<SocketAddr>,
) -> Result<(AdminDesk, Option<String>), StartError> {
    let door = Arc::new(Door::new(admin, bound)?);
    let files = admin.filter(|_| bound.is_some()).and_then(|admin| admin.tls.as_ref());
    let lock = files.map(Lock::open).transpose()?.map(Arc::new);
    let scheme = if lock.is_some() { "https" } else { "http" };
    Ok((AdminDesk { door, lock, model: None }, bound.map(|address| format!("{scheme}://{address}"))))
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
        let recorder = Recorder::new(self.ring, &shared.observed);
        let upstream = Arc::new(Upstream::new(Arc::clone(&shared.tls), shared.drain.attendants.clone()));
        if let Some(socket) = self.admin.and_then(|socket| TcpListener::from_std(socket).ok()) {
            let over = shared.drain.over.clone();
            let operator = Operator {
                rings: Arc::clone(&shared.rings),
                reloader: Arc::clone(&shared.reloader),
                drain: shared.drain.clone(),
                memory: shared.memory.clone(),
                door: Arc::clone(&shared.admin.door),
                lock: shared.admin.lock.clone(),
                model: shared.admin.model,
                told: Arc::default(),
                upstream: Arc::clone(&upstream),
                observed: shared.observed.clone(),
            };
            shared.drain.attendants.spawn(admin::serve(socket, operator, over));
        }
        if let Some(conversations) = self.tended {
            shared.drain.attendants.spawn(conversations.tend(shared.drain.over.clone()));
            let around = (Arc::clone(&shared.world), Arc::clone(&upstream));
            let books = Arc::clone(&shared.world.load().books);
            shared.drain.attendants.spawn(books.tend(around, shared.drain.over.clone()));
        }
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
