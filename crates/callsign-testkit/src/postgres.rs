//! A private `PostgreSQL` of the distribution's package: in a temporary folder, on a socket in that folder.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::thread;

use rustix::process::{Pid, Signal, geteuid, kill_process};
use tempfile::TempDir;

use crate::secure::Authority;

/// A server of its own; it is stopped when dropped.
#[derive(Debug)]
pub struct Postgres {
    programs: PathBuf,
    folder: TempDir,
    account: Option<(u32, u32)>,
    /// Where it listens beside its socket; only there it speaks TLS.
    port: Option<u16>,
    server: Option<Child>,
}

/// The only user of the server, and what it must show.
pub const USER: &str = "callsign";
/// Its password.
pub const PASSWORD: &str = "s3cret-of-the-database";
/// The port that names the socket.
const SOCKET: u16 = 5432;

// === impl Postgres ===

impl Postgres {
    /// Makes a database cluster and starts a server on it.
    pub fn start() -> Self {
        let mut server = Self::prepare();
        server.run();
        server
    }

    /// Like [`Postgres::start`]; it also listens on a port of the loopback, with a certificate for `localhost`.
    pub fn start_with_tls(authority: &Authority) -> Self {
        let mut server = Self::prepare();
        let (certificate, key) = authority.pem();
        for (name, text) in [("server.crt", certificate), ("server.key", key)] {
            server.write(name, &text);
        }
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        server.port = Some(free.local_addr().expect("an address").port());
        drop(free);
        server.run();
        server
    }

    /// A new and empty database; gives the string that connects to it through the socket.
    pub fn database(&self, name: &str) -> String {
        let socket = self.folder.path().display();
        let mut command = Command::new(self.programs.join("createdb"));
        let port = self.port.unwrap_or(SOCKET);
        command.env("PGPASSWORD", PASSWORD).args(["-U", USER, "-p", &port.to_string(), "-h"]);
        finish(command.arg(self.folder.path()).arg(name));
        format!("host={socket} port={port} user={USER} password='{PASSWORD}' dbname={name}")
    }

    /// The part of a URL that names the server with TLS: `user:password@localhost:port`.
    pub fn tls_authority(&self) -> String {
        format!("{USER}:{PASSWORD}@localhost:{}", self.port.expect("a server with TLS"))
    }

    /// Stops the server as a crash would: connections break, nothing is tidied up.
    pub fn stop(&mut self) {
        let Some(mut server) = self.server.take() else { return };
        let id = i32::try_from(server.id()).ok().and_then(Pid::from_raw).expect("a process id");
        kill_process(id, Signal::QUIT).expect("a child of our own");
        server.wait().expect("a child to wait for");
    }

    /// Starts it again after [`Postgres::stop`].
    pub fn run(&mut self) {
        let mut command = self.command("postgres");
        command.arg("-D").arg(self.folder.path().join("data")).arg("-k").arg(self.folder.path());
        let port = self.port.unwrap_or(SOCKET).to_string();
        let address = if self.port.is_some() { "127.0.0.1" } else { "" };
        for (name, value) in [
            ("listen_addresses", address),
            ("port", &port),
            ("ssl", if self.port.is_some() { "on" } else { "off" }),
            ("fsync", "off"),
            ("shared_buffers", "16MB"),
            ("max_connections", "100"),
        ] {
            command.arg("-c").arg(format!("{name}={value}"));
        }
        let mut server = command.stderr(Stdio::piped()).spawn().expect("the server starts");
        let log = BufReader::new(server.stderr.take().expect("standard error is piped"));
        self.server = Some(server);
        wait_until_ready(log);
    }

    fn prepare() -> Self {
        let programs = programs();
        let folder = tempfile::tempdir().expect("a temporary folder");
        // The server refuses to run as root.
        let account = geteuid()
            .is_root()
            .then(|| account("postgres").or_else(|| account("nobody")).expect("a user that is not root"));
        if let Some((user, group)) = account {
            chown(folder.path(), Some(user), Some(group)).expect("root may give a folder away");
        }
        let server = Self { programs, folder, account, port: None, server: None };
        let password = server.write("password", PASSWORD);
        let data = server.folder.path().join("data");
        let mut command = server.command("initdb");
        command.args(["--auth=scram-sha-256", "--no-sync", "--locale=C", "--encoding=UTF8", "-U", USER]);
        finish(command.arg("--pwfile").arg(password).arg("-D").arg(data));
        server
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let data = self.folder.path().join("data");
        let folder = if data.exists() { &data } else { self.folder.path() };
        let path = folder.join(name);
        fs::write(&path, text).expect("a file in a folder of our own");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("a file of our own");
        if let Some((user, group)) = self.account {
            chown(&path, Some(user), Some(group)).expect("root may give a file away");
        }
        path
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command.current_dir(self.folder.path()).stdin(Stdio::null()).stdout(Stdio::null());
        if let Some((user, group)) = self.account {
            command.uid(user).gid(group);
        }
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Runs a program to its end, which must be a good one.
fn finish(command: &mut Command) {
    let ended = command.output().expect("the program starts");
    assert!(ended.status.success(), "{command:?}: {}", String::from_utf8_lossy(&ended.stderr));
}

fn wait_until_ready(mut log: BufReader<ChildStderr>) {
    let mut text = String::new();
    while !text.contains("ready to accept connections") {
        let length = log.read_line(&mut text).expect("the server's log");
        assert!(length > 0, "the server ended before it was ready:\n{text}");
    }
    // Somebody has to read on, or the server would stand still.
    thread::spawn(move || log.lines().map_while(Result::ok).for_each(drop));
}

/// Debian keeps the server's programs out of the way.
fn programs() -> PathBuf {
    let has_server = |folder: &Path| folder.join("initdb").exists() && folder.join("createdb").exists();
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<_> = versions.map(|version| version.path().join("bin")).collect();
    folders.sort();
    folders.reverse();
    folders.extend([PathBuf::from("/usr/bin"), PathBuf::from("/usr/local/bin")]);
    let found = folders.into_iter().find(|folder| has_server(folder));
    found.expect("PostgreSQL: install the package `postgresql` (scripts/prerequisites.sh does)")
}

/// The ids of a user and its group.
fn account(name: &str) -> Option<(u32, u32)> {
    let users = fs::read_to_string("/etc/passwd").ok()?;
    let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
    let mut ids = line.split(':').skip(2).map(str::parse);
    Some((ids.next()?.ok()?, ids.next()?.ok()?))
}
