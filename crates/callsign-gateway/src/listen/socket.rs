//! Opening listening sockets, one for each worker, that share a port.

use std::io;
use std::net::{SocketAddr, TcpListener};

use socket2::{Domain, Protocol, Socket, Type};

/// Connections waiting to be accepted.
const BACKLOG: i32 = 4096;

/// Opens `count` sockets on one address. With port 0 all get the same port, chosen by the system.
///
/// The sockets share their port by `SO_REUSEPORT`, so that each worker accepts for itself. That option alone
/// would let a second gateway take half of the connections unnoticed, hence the try without it first.
pub(crate) fn open(address: SocketAddr, count: usize) -> io::Result<Vec<TcpListener>> {
    let probe = bound(address, Sharing::Alone)?;
    let address = probe.local_addr()?.as_socket().ok_or(io::ErrorKind::AddrNotAvailable)?;
    drop(probe);
    (0..count).map(|_| listening(bound(address, Sharing::Shared)?)).collect()
}

/// Makes `count` sockets or more of those that somebody else opened: each goes to one worker, or one to several.
pub(crate) fn adopt(sockets: Vec<TcpListener>, count: usize) -> io::Result<Vec<TcpListener>> {
    let missing = count.saturating_sub(sockets.len());
    let again: Vec<TcpListener> =
        sockets.iter().cycle().take(missing).map(TcpListener::try_clone).collect::<io::Result<_>>()?;
    let sockets: Vec<TcpListener> = sockets.into_iter().chain(again).collect();
    for socket in &sockets {
        socket.set_nonblocking(true)?;
    }
    Ok(sockets)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sharing {
    Alone,
    Shared,
}

fn bound(address: SocketAddr, sharing: Sharing) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(sharing == Sharing::Shared)?;
    if address.is_ipv6() {
        socket.set_only_v6(false)?;
    }
    socket.bind(&address.into())?;
    Ok(socket)
}

fn listening(socket: Socket) -> io::Result<TcpListener> {
    socket.set_nonblocking(true)?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

#[cfg(test)]
mod tests {
    use super::{adopt, open};

    #[test]
    fn sockets_share_the_port_the_system_chose() {
        let sockets = open("127.0.0.1:0".parse().unwrap(), 3).unwrap();
        let ports: Vec<u16> = sockets.iter().map(|socket| socket.local_addr().unwrap().port()).collect();
        assert_ne!(ports[0], 0);
        assert!(ports.iter().all(|port| *port == ports[0]));
    }

    #[test]
    fn each_worker_gets_a_socket_and_each_socket_a_worker() {
        for (given, workers, expected) in [(1, 3, 3), (3, 2, 3), (2, 2, 2)] {
            let sockets = open("127.0.0.1:0".parse().unwrap(), given).unwrap();
            let port = sockets[0].local_addr().unwrap().port();
            let adopted = adopt(sockets, workers).unwrap();
            assert_eq!(adopted.len(), expected);
            assert!(adopted.iter().all(|socket| socket.local_addr().unwrap().port() == port));
        }
    }

    #[test]
    fn a_port_in_use_is_refused() {
        let first = open("127.0.0.1:0".parse().unwrap(), 1).unwrap();
        let second = open(first[0].local_addr().unwrap(), 1);
        assert_eq!(second.unwrap_err().kind(), std::io::ErrorKind::AddrInUse);
    }
}
