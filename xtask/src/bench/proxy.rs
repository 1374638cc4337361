//! The contenders: how each is configured, started and reached. All of them forward the same requests to the same
//! model server; what differs between them is written here and in `config`.

use std::fs;
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use clap::ValueEnum;

use super::collector;
use super::config::{self, Observers, Routes};
use super::http1::Reader;
use super::process::Process;
use super::procfs;
use super::scenario::{Answer, PerAnswer, Scenario};

const START_LIMIT: Duration = Duration::from_secs(20);
const POLL: Duration = Duration::from_micros(200);
/// Spans and history leave within a second.
const SETTLED: Duration = Duration::from_millis(1500);

/// Where a kind of answer is asked for, and under which name.
#[derive(Debug, Clone)]
pub(super) struct Entrance {
    pub(super) address: SocketAddr,
    pub(super) model: String,
}

/// A proxy that is configured and can be started any number of times, one at a time.
#[derive(Debug)]
pub(super) struct Proxy {
    program: PathBuf,
    arguments: Vec<String>,
    version_flag: &'static str,
    /// What keeps it to one process, for tools that watch one.
    lone_process: &'static [&'static str],
    log: PathBuf,
    /// What it does of a request after its answer has so long to be done, and counts.
    pub(super) settles: Duration,
    pub(super) entrances: PerAnswer<Entrance>,
}

/// A Callsign to be measured.
#[derive(Debug)]
pub(super) struct Setup {
    /// Keeps its files apart from those of others.
    pub(super) name: &'static str,
    pub(super) program: PathBuf,
    pub(super) routes: Routes,
    pub(super) runtime: Runtime,
    pub(super) observers: Observers,
}

/// How the workers of Callsign share the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Runtime {
    /// Each for itself.
    PerCore,
    /// One takes from another.
    Shared,
}

/// A proxy that answers.
#[derive(Debug)]
pub(super) struct Running {
    process: Process,
    /// From the start of the process to its first answer.
    pub(super) ready_after: Duration,
}

/// The model server's own ports, with no proxy between.
pub(super) fn direct(upstream: &PerAnswer<SocketAddr>) -> PerAnswer<Entrance> {
    let all = PerAnswer::try_new(|answer| {
        Ok::<_, std::convert::Infallible>(Entrance {
            address: *upstream.of(answer),
            model: answer.model().to_owned(),
        })
    });
    match all {
        Ok(entrances) => entrances,
        Err(never) => match never {},
    }
}

// === impl Runtime ===

impl Runtime {
    /// Its name on Callsign's command line.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::PerCore => "per-core",
            Self::Shared => "shared",
        }
    }
}

// === impl Proxy ===

impl Proxy {
    /// nginx as a plain reverse proxy, one port per kind of answer. `name` keeps two of them apart.
    pub(super) fn nginx(folder: &Path, name: &str, upstream: &PerAnswer<SocketAddr>) -> Result<Self> {
        let program = find_nginx()?;
        let folder = folder.join(name);
        fs::create_dir_all(&folder)?;
        let entrances = PerAnswer::try_new(|answer| {
            anyhow::Ok(Entrance { address: free_address()?, model: answer.model().to_owned() })
        })?;
        let servers: String = Answer::ALL
            .iter()
            .map(|answer| config::nginx_server(*answer, entrances.of(*answer).address, *upstream.of(*answer)))
            .collect();
        let config = folder.join("nginx.conf");
        fs::write(&config, config::nginx(&folder, &servers))?;
        let arguments =
            ["-e", "stderr", "-c"].map(str::to_owned).into_iter().chain([display(&config)]).collect();
        Ok(Self {
            program,
            arguments,
            version_flag: "-v",
            lone_process: &["-g", "master_process off;"],
            log: folder.join("log"),
            settles: Duration::ZERO,
            entrances,
        })
    }

    /// Callsign with one worker and an alias per kind of answer, so that each request has its model replaced.
    pub(super) fn callsign(folder: &Path, setup: &Setup, upstream: &PerAnswer<SocketAddr>) -> Result<Self> {
        let program = setup.program.clone();
        ensure!(program.exists(), "there is no `{}`: build it or name another", program.display());
        let folder = folder.join(setup.name);
        fs::create_dir_all(&folder)?;
        let address = free_address()?;
        let entrances = PerAnswer::try_new(|answer| {
            anyhow::Ok(Entrance { address, model: format!("bench-{}", answer.model()) })
        })?;
        let config = folder.join("callsign.yaml");
        let observation = config::observation(setup.observers, &folder, collector::start()?);
        fs::write(&config, config::callsign(address, upstream, setup.routes) + &observation)?;
        let (config, runtime) = (display(&config), setup.runtime.name());
        let mut arguments = vec!["serve", &config, "--workers", "1", "--runtime", runtime];
        if setup.observers == Observers::All {
            arguments.extend(["--log", "info", "--log-format", "json"]);
        }
        let arguments = arguments.into_iter().map(str::to_owned).collect();
        Ok(Self {
            program,
            arguments,
            version_flag: "--version",
            lone_process: &[],
            log: folder.join("log"),
            settles: if setup.observers == Observers::Usual { Duration::ZERO } else { SETTLED },
            entrances,
        })
    }

    /// Starts it on `core` and waits until it answers `GET /v1/models`.
    pub(super) fn start(&self, core: usize) -> Result<Running> {
        let log = fs::File::create(&self.log)?;
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let begun = Instant::now();
        let mut process = Process::start(&mut command, core)?;
        let address = self.entrances.of(Answer::Plain).address;
        while lists_models(address).is_err() {
            if process.has_ended() || begun.elapsed() > START_LIMIT {
                bail!("`{}` did not start:\n{}", self.program.display(), fs::read_to_string(&self.log)?);
            }
            thread::sleep(POLL);
        }
        Ok(Running { process, ready_after: begun.elapsed() })
    }

    /// The same proxy as one process under callgrind, which dumps its counts to `dumps` and a number.
    pub(super) fn under_callgrind(mut self, dumps: &Path) -> Self {
        let options = [format!("--callgrind-out-file={}", display(dumps)), display(&self.program)];
        let lone_process = self.lone_process.iter().map(|argument| (*argument).to_owned());
        self.arguments = ["--tool=callgrind".to_owned()]
            .into_iter()
            .chain(options)
            .chain(lone_process)
            .chain(self.arguments)
            .collect();
        self.program = PathBuf::from("valgrind");
        self
    }

    /// The proxy's version, as it says itself.
    pub(super) fn version(&self) -> Result<String> {
        let output = Command::new(&self.program).arg(self.version_flag).output()?;
        let text = [output.stdout, output.stderr].concat();
        Ok(String::from_utf8_lossy(&text).trim().to_owned())
    }
}

// === impl Running ===

impl Running {
    /// Every process it consists of.
    pub(super) fn processes(&self) -> Result<Vec<u32>> {
        procfs::family(self.process.id())
    }
}

// === impl Entrance ===

impl Entrance {
    /// One request on a connection of its own; gives the content of the answer.
    pub(super) fn try_once(&self, scenario: Scenario) -> Result<Vec<u8>> {
        let mut stream = TcpStream::connect(self.address)?;
        stream.set_read_timeout(Some(START_LIMIT))?;
        stream.write_all(&scenario.request(&self.model))?;
        let (status, content) = answer(&stream)?;
        ensure!(
            status == Some(200),
            "status {}: {}",
            status.unwrap_or_default(),
            String::from_utf8_lossy(&content)
        );
        Ok(content)
    }
}

fn lists_models(address: SocketAddr) -> Result<()> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(START_LIMIT))?;
    stream.write_all(b"GET /v1/models HTTP/1.1\r\nHost: bench.local\r\nConnection: close\r\n\r\n")?;
    ensure!(answer(&stream)?.0 == Some(200), "not ready");
    Ok(())
}

fn answer(stream: &TcpStream) -> Result<(Option<u16>, Vec<u8>)> {
    let mut reader = Reader::new(stream);
    let head = reader.head()?.context("the connection was closed before the answer")?;
    let mut content = Vec::new();
    reader.body(head.framing, &mut |part| content.extend_from_slice(part))?;
    Ok((head.status, content))
}

fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}

fn find_nginx() -> Result<PathBuf> {
    let places = ["/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/sbin/nginx", "/usr/local/bin/nginx"];
    let found = places.iter().map(PathBuf::from).find(|place| place.exists());
    found.context("nginx is not installed: on Debian, `apt-get install nginx-light`")
}

fn display(path: &Path) -> String {
    path.display().to_string()
}
