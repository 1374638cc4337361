//! Sockets that listen already: those of a service manager, and those that one process hands to the next.
//!
//! Both come as systemd passes them: file descriptors in a row, counted and named by variables.
//! <https://www.freedesktop.org/software/systemd/man/latest/sd_listen_fds.html>

use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::process::{Child, Command};

use callsign_gateway::{Gateway, Inherited};
use listenfd::ListenFd;
use rustix::io::{FdFlags, fcntl_dupfd_cloexec, fcntl_setfd};
use rustix::process::{Pid, Signal, getppid, kill_process};
use tracing::Level;

use crate::{environment, logs};

/// Names of the sockets, with a colon between them.
const NAMES: &str = "LISTEN_FDNAMES";
/// Whose place this process takes.
const PREDECESSOR: &str = "CALLSIGN_PREDECESSOR";
/// Where a row of free file descriptors is looked for; a process that holds more is asked again further up.
const FIRST: [i32; 4] = [64, 256, 512, 768];
/// What systemd calls a socket that nobody named.
const UNNAMED: &str = "unknown";

/// Why the next process does not begin.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The sockets cannot be passed on.
    #[error("the sockets cannot be handed over: {0}")]
    Sockets(io::Error),
    /// The program does not start.
    #[error("the next process cannot be started: {0}")]
    Start(io::Error),
}

/// What this process was given.
pub(crate) fn inherited() -> Vec<Inherited> {
    let names = environment::variable(NAMES).unwrap_or_default();
    let mut sockets = ListenFd::from_env();
    let mut names = names.split(':').map(str::to_owned);
    let mut inherited = Vec::new();
    for position in 0..sockets.len() {
        let name =
            names.next().filter(|name| !name.is_empty() && name != UNNAMED && !name.ends_with(".socket"));
        match sockets.take_tcp_listener(position) {
            Ok(Some(socket)) => inherited.push(Inherited { name, socket }),
            Ok(None) => {}
            Err(error) => {
                logs::say(Level::WARN, &format!("an inherited socket is left alone: {error}"));
            }
        }
    }
    inherited
}

/// Starts this program anew with the same arguments and gives it the gateway's sockets. The file may be another by now.
pub(crate) fn hand_over(gateway: &Gateway) -> Result<Child, Failure> {
    let row = row(gateway).map_err(Failure::Sockets)?;
    let first = row.first().map_or(3, AsRawFd::as_raw_fd);
    let names: Vec<&str> = gateway.sockets().iter().map(|(name, _)| name.as_ref()).collect();
    let mut arguments = std::env::args_os();
    let program = arguments.next().unwrap_or_default();
    let child = Command::new(program)
        .args(arguments)
        .env("LISTEN_FDS", row.len().to_string())
        .env("LISTEN_FDS_FIRST_FD", first.to_string())
        // Both would name this process.
        .env_remove("LISTEN_PID")
        .env_remove("WATCHDOG_PID")
        .env(NAMES, names.join(":"))
        .env(PREDECESSOR, std::process::id().to_string())
        .spawn();
    child.map_err(Failure::Start)
}

/// Tells the process whose place this one takes that it may go.
pub(crate) fn relieve() {
    let named = environment::variable(PREDECESSOR).and_then(|id| Pid::from_raw(id.parse().ok()?));
    // A process of this number that is not the parent is somebody else's.
    let Some(predecessor) = named.filter(|named| getppid() == Some(*named)) else { return };
    if let Err(error) = kill_process(predecessor, Signal::TERM) {
        logs::say(Level::WARN, &format!("the process before this one cannot be told to end: {error}"));
    }
}

/// The sockets once more, their descriptors in a row and not closed when a program starts.
fn row(gateway: &Gateway) -> io::Result<Vec<OwnedFd>> {
    for first in FIRST {
        let mut row: Vec<OwnedFd> = Vec::new();
        for (_, socket) in gateway.sockets() {
            let next = row.last().map_or(first, |last| last.as_raw_fd() + 1);
            row.push(fcntl_dupfd_cloexec(socket, next)?);
        }
        let start = row.first().map_or(first, AsRawFd::as_raw_fd);
        if (start..).zip(&row).all(|(expected, descriptor)| descriptor.as_raw_fd() == expected) {
            for descriptor in &row {
                fcntl_setfd(descriptor, FdFlags::empty())?;
            }
            return Ok(row);
        }
    }
    Err(io::Error::other("too many files are open"))
}
