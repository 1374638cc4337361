//! The gateway as its users run it: the real binary, a configuration file, an environment, signals.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;

use crate::client::Client;
use crate::deadline::soon;
use crate::raw::Raw;
use crate::upstream::in_background;

/// How a gateway is to be started.
#[derive(Debug)]
pub struct Launch {
    binary: PathBuf,
    config: String,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    listeners: usize,
}

/// A running gateway; it is killed when dropped.
#[derive(Debug)]
pub struct Gateway {
    child: Child,
    addresses: Vec<(String, SocketAddr)>,
    admin: Vec<(String, SocketAddr)>,
    log: Log,
    config: PathBuf,
    _folder: TempDir,
}

/// A gateway that ended by itself.
#[derive(Debug)]
pub struct Ended {
    /// How it ended.
    pub status: ExitStatus,
    /// What it wrote to standard error.
    pub stderr: String,
}

#[derive(Debug, Clone, Default)]
struct Captured {
    text: String,
    complete: bool,
}

/// What the operator's own listener is called where listeners are announced.
const ADMIN: &str = "admin";

type Log = Arc<watch::Sender<Captured>>;

// === impl Launch ===

impl Launch {
    /// `binary serve CONFIG_FILE` in an empty environment. A configuration that says nothing of an admin listener gets one
    /// on a free port, so that gateways side by side do not want the same.
    pub fn new(binary: impl AsRef<Path>, config: impl Into<String>) -> Self {
        let mut config = config.into();
        if !config.contains("admin:") {
            config.push_str("\nadmin: {port: 0}\n");
        }
        Self {
            binary: binary.as_ref().to_owned(),
            config,
            arguments: Vec::new(),
            environment: Vec::new(),
            listeners: 1,
        }
    }

    /// With a further environment variable.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With a further argument after the file's name.
    #[must_use]
    pub fn arg(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_owned());
        self
    }

    /// Expected to open so many listeners, the operator's own not counted.
    #[must_use]
    pub fn listeners(mut self, count: usize) -> Self {
        self.listeners = count;
        self
    }

    /// Starts it and waits until it listens.
    pub async fn start(self) -> Gateway {
        let expected = self.listeners + usize::from(!self.config.contains("admin: {enabled: false"));
        let mut gateway = self.spawn();
        let mut log = gateway.log.subscribe();
        let ready = |log: &Captured| log.complete || announced(&log.text).len() >= expected;
        let text =
            soon("the gateway to listen", log.wait_for(ready)).await.expect("the log is open").text.clone();
        let announced = announced(&text);
        assert!(announced.len() >= expected, "the gateway ended before it listened:\n{text}");
        (gateway.admin, gateway.addresses) = announced.into_iter().partition(|(name, _)| name == ADMIN);
        gateway
    }

    /// Starts it and waits until it ends, which it must do by itself.
    pub async fn ended(self) -> Ended {
        let mut gateway = self.spawn();
        let status =
            soon("the gateway to end by itself", gateway.child.wait()).await.expect("a child to wait for");
        Ended { status, stderr: gateway.whole_log().await }
    }

    fn spawn(self) -> Gateway {
        // A folder of its own, as the gateway follows what happens in it.
        let folder = tempfile::tempdir().expect("a temporary folder");
        let config = folder.path().join("callsign.yaml");
        std::fs::write(&config, self.config.as_bytes()).expect("the configuration fits on the disk");
        let mut child = Command::new(&self.binary)
            .arg("serve")
            .arg(&config)
            .args(&self.arguments)
            .env_clear()
            .envs(self.environment)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the binary starts");
        let log = Log::default();
        let stderr = child.stderr.take().expect("standard error is piped");
        in_background(capture(BufReader::new(stderr), Arc::clone(&log)));
        Gateway { child, addresses: Vec::new(), admin: Vec::new(), log, config, _folder: folder }
    }
}

// === impl Gateway ===

impl Gateway {
    /// Where its first listener listens.
    pub fn address(&self) -> SocketAddr {
        self.addresses[0].1
    }

    /// Where the listener of this name listens.
    pub fn address_of(&self, name: &str) -> SocketAddr {
        let found = self.addresses.iter().find(|(found, _)| found == name);
        found.unwrap_or_else(|| panic!("no listener `{name}` among {:?}", self.addresses)).1
    }

    /// A client of its first listener.
    pub fn client(&self) -> Client {
        Client::new(self.address())
    }

    /// A client of the operator's own listener.
    pub fn admin(&self) -> Client {
        let (_, address) = self.admin.first().expect("an admin listener");
        Client::new(*address)
    }

    /// Where the operator's own listener is, as a URL.
    pub fn admin_url(&self) -> String {
        let (_, address) = self.admin.first().expect("an admin listener");
        let secured = self.stderr().contains(&format!("https://{address}"));
        format!("{}://{address}", if secured { "https" } else { "http" })
    }

    /// A bare connection to its first listener.
    pub async fn raw(&self) -> Raw {
        Raw::connect(self.address()).await
    }

    /// What it wrote to standard error so far.
    pub fn stderr(&self) -> String {
        self.log.borrow().text.clone()
    }

    /// Waits until it has written `text` to standard error.
    pub async fn logged(&self, text: &str) {
        let mut log = self.log.subscribe();
        let found = soon(text, log.wait_for(|log| log.text.contains(text))).await;
        drop(found.expect("the log is open"));
    }

    /// The most memory it has used so far, in bytes.
    pub fn peak_memory(&self) -> u64 {
        let id = self.child.id().expect("a child that runs");
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).expect("a process of our own");
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
        let kibibytes: u64 = peak.trim().trim_end_matches(" kB").parse().expect("a number");
        kibibytes << 10
    }

    /// The configuration file it was started with.
    pub fn config_path(&self) -> &Path {
        &self.config
    }

    /// Sends SIGTERM and returns at once.
    pub fn signal_end(&self) {
        self.signal(Signal::TERM);
    }

    /// Sends SIGHUP and returns at once.
    pub fn signal_reload(&self) {
        self.signal(Signal::HUP);
    }

    /// Sends SIGUSR2 and returns at once: another process is to take this one's place.
    pub fn signal_upgrade(&self) {
        self.signal(Signal::USR2);
    }

    fn signal(&self, signal: Signal) {
        let id = self.child.id().expect("a child that runs");
        let id = Pid::from_raw(i32::try_from(id).expect("a process id")).expect("not process 0");
        kill_process(id, signal).expect("a child of our own");
    }

    /// Puts another configuration in the place of the file it was started with, at once as a whole.
    pub fn rewrite(&self, config: &str) {
        let next = self.config.with_extension("next");
        std::fs::write(&next, config).expect("the configuration fits on the disk");
        std::fs::rename(&next, &self.config).expect("a file of our own");
    }

    /// Waits until it has ended.
    pub async fn ended(mut self) -> Ended {
        let status = soon("the gateway to end", self.child.wait()).await.expect("a child to wait for");
        Ended { status, stderr: self.whole_log().await }
    }

    /// Waits until it has ended, while others may write to its log.
    pub async fn ended_by_itself(&mut self) -> ExitStatus {
        soon("the gateway to end by itself", self.child.wait()).await.expect("a child to wait for")
    }

    /// Sends SIGTERM and waits until it has ended.
    pub async fn terminate(self) -> Ended {
        self.signal_end();
        self.ended().await
    }

    async fn whole_log(&self) -> String {
        let mut log = self.log.subscribe();
        soon("the end of standard error", log.wait_for(|log| log.complete))
            .await
            .expect("the log is open")
            .text
            .clone()
    }
}

async fn capture(stderr: BufReader<impl tokio::io::AsyncRead + Unpin>, log: Log) {
    let mut lines = stderr.lines();
    while let Ok(Some(line)) = lines.next_line().await {
        log.send_modify(|log| {
            log.text.push_str(&line);
            log.text.push('\n');
        });
    }
    log.send_modify(|log| log.complete = true);
}

/// The listeners named in lines such as `listening on http://127.0.0.1:12000 (egress)`, the operator's with `https` too.
fn announced(text: &str) -> Vec<(String, SocketAddr)> {
    let listener = |line: &str| {
        let (_, url) = line.split_once("listening on http")?;
        let (address, name) = url.trim_start_matches('s').strip_prefix("://")?.split_once(" (")?;
        Some((name.split_once(')')?.0.to_owned(), address.parse().ok()?))
    };
    text.lines().filter_map(listener).collect()
}
