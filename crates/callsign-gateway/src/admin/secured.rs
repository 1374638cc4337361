//! The operator's socket where it speaks TLS: handshakes beside each other, each with what the lock holds at that moment.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::lock::Lock;

/// What a connection says of whoever opened it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Peer {
    /// Nothing.
    Anybody,
    /// One of the authorities of `admin.tls.client_ca` vouches for it.
    Certified,
}

/// A socket whose connections are encrypted before they are told of.
#[derive(Debug)]
pub(super) struct Secured {
    address: SocketAddr,
    ready: Receiver<(TlsStream<TcpStream>, SocketAddr)>,
}

/// What handshakes need.
struct Porch {
    lock: Arc<Lock>,
    attendants: TaskTracker,
    ready: Sender<(TlsStream<TcpStream>, SocketAddr)>,
}

/// Longest time for a handshake.
const HANDSHAKE: Duration = Duration::from_secs(5);
/// Handshakes at once; further clients wait to be accepted.
const MOST_HANDSHAKES: usize = 256;
/// A pause after `accept` fails: the process is out of file descriptors, and trying at once would spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

// === impl Secured ===

impl Secured {
    /// Listens until the end.
    pub(super) fn new(
        socket: TcpListener,
        lock: Arc<Lock>,
        attendants: &TaskTracker,
        over: CancellationToken,
    ) -> io::Result<Self> {
        let address = socket.local_addr()?;
        let (ready, shaken) = channel(1);
        let porch = Porch { lock, attendants: attendants.clone(), ready };
        attendants.spawn(async move {
            over.run_until_cancelled(porch.attend(socket)).await;
        });
        Ok(Self { address, ready: shaken })
    }
}

impl Listener for Secured {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.ready.recv().await {
            Some(shaken) => shaken,
            // The end has come, and is told elsewhere.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}

// === impl Porch ===

impl Porch {
    async fn attend(self, socket: TcpListener) {
        let places = Arc::new(Semaphore::new(MOST_HANDSHAKES));
        while let Ok(place) = Arc::clone(&places).acquire_owned().await {
            match socket.accept().await {
                Ok((stream, from)) => self.greet(stream, from, place),
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection of an operator");
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    fn greet(&self, stream: TcpStream, from: SocketAddr, place: OwnedSemaphorePermit) {
        let (acceptor, ready) = (TlsAcceptor::from(self.lock.config()), self.ready.clone());
        self.attendants.spawn(async move {
            let shaken = timeout(HANDSHAKE, async {
                stream.set_nodelay(true)?;
                acceptor.accept(stream).await
            });
            match shaken.await {
                // Nobody takes it where the gateway ends.
                Ok(Ok(stream)) => _ = ready.send((stream, from)).await,
                Ok(Err(error)) => tracing::debug!(%error, %from, "a handshake with an operator failed"),
                Err(_) => tracing::debug!(%from, "a handshake with an operator took too long"),
            }
            drop(place);
        });
    }
}

// === impl Peer ===

impl Connected<IncomingStream<'_, TcpListener>> for Peer {
    fn connect_info(_: IncomingStream<'_, TcpListener>) -> Self {
        Self::Anybody
    }
}

impl Connected<IncomingStream<'_, Secured>> for Peer {
    /// What a client shows has been looked at in the handshake: here it is there, or it is not.
    fn connect_info(stream: IncomingStream<'_, Secured>) -> Self {
        let (_, session) = stream.io().get_ref();
        match session.peer_certificates() {
            Some([_, ..]) => Self::Certified,
            _ => Self::Anybody,
        }
    }
}
