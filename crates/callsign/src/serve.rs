//! `callsign serve`: the gateway from its start to the last exchange.

use std::io;
use std::num::NonZeroUsize;
use std::pin::pin;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::Sender;
use std::time::Duration;

use annotate_snippets::Renderer;
use callsign_config::MissingKeys;
use callsign_config::diagnostic::Severity;
use callsign_gateway::{Drained, Gateway, Settings, StartError};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;
use tracing::Level;

use crate::cli::Serve;
use crate::configuration::{self, Missing, Opened};
use crate::reload::{self, Cause};
use crate::{collector, environment, logs, report, sockets, supervisor};

/// Why the gateway does not run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// There is no configuration.
    #[error(transparent)]
    Missing(#[from] Missing),
    /// `--log` is not a filter.
    #[error(
        "`--log {level}` is not a level: {source}; write `info`, or a filter such as `warn,callsign_gateway=debug`"
    )]
    Log {
        /// As written.
        level: String,
        /// Why.
        source: tracing_subscriber::filter::ParseError,
    },
    /// The system does not deliver signals.
    #[error("the signals to stop cannot be listened for: {0}")]
    Signals(#[source] io::Error),
    /// The gateway does not start.
    #[error(transparent)]
    Start(#[from] StartError),
}

/// Serves until a signal to stop, then lets the running exchanges finish.
pub(crate) fn run(options: &Serve) -> Result<ExitCode, Failure> {
    let logbook = logs::open(&options.log, options.log_format)
        .map_err(|source| Failure::Log { level: options.log.clone(), source })?;
    let keys = if options.allow_missing_keys { MissingKeys::Allow } else { MissingKeys::Refuse };
    let opened = configuration::open(options.source.path(), keys)?;
    tell_remarks(&opened);
    let path = opened.path.clone();
    let Ok(first) = reload::written(opened) else { return Ok(ExitCode::FAILURE) };
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::Signals)?;
    // Before the first line is printed, so that whoever waits for it can send a signal.
    let mut signals = runtime.block_on(async { Signals::listen() }).map_err(Failure::Signals)?;
    let workers = options.workers.unwrap_or_else(cores);
    let state_file = callsign_gateway::usual_state_file(&environment::raw);
    let supply = Arc::new(reload::File { path: path.clone(), keys });
    let inherited = sockets::inherited();
    let settings = Settings {
        workers,
        runtime: options.runtime.into(),
        state_file,
        supply,
        inherited,
        traces: collector::find(&environment::variable),
        logbook: Arc::new(logbook),
    };
    let gateway = Gateway::start(first, settings)?;
    let causes = reload::follow(&path, gateway.reloader());
    for (name, address) in gateway.listeners() {
        logs::say(Level::INFO, &format!("listening on http://{address} ({name})"));
    }
    if let Some(url) = gateway.admin() {
        logs::say(Level::INFO, &format!("listening on {url} (admin)"));
    }
    supervisor::ready();
    sockets::relieve();
    let successor = runtime.block_on(attend(&gateway, &mut signals, &causes));
    match successor.running() {
        Some(process) => supervisor::succeeded_by(process),
        None => supervisor::stopping(),
    }
    Ok(runtime.block_on(drain(gateway, options.drain_timeout, &mut signals)))
}

/// Tells what there is to say about the configuration, in the form of the log.
fn tell_remarks(opened: &Opened) {
    let Opened { path, bytes, loaded } = opened;
    if !logs::is_json() || loaded.diagnostics.is_empty() {
        report::print(path, bytes, loaded);
        return;
    }
    let warnings = loaded.count(Severity::Warning) == loaded.diagnostics.len();
    let level = if warnings { Level::WARN } else { Level::ERROR };
    let name = path.display().to_string();
    let told = report::render(&name, bytes, loaded, &Renderer::plain());
    logs::say(level, &format!("{told}{name}: {}", report::tally(loaded)));
}

/// Does as signals and the operator ask, until they ask for the end.
async fn attend(gateway: &Gateway, signals: &mut Signals, causes: &Sender<Cause>) -> Successor {
    let successor = Successor::default();
    let mut asked = pin!(gateway.asked_to_end());
    let mut watch = pin!(supervisor::watch(gateway));
    loop {
        tokio::select! {
            _ = signals.terminate.recv() => return successor,
            _ = signals.interrupt.recv() => return successor,
            () = &mut asked => return successor,
            () = &mut watch => {}
            _ = signals.reload.recv() => {
                // Whoever follows the file lives as long as the process.
                _ = causes.send(Cause::Signal);
            }
            _ = signals.upgrade.recv() => successor.begin(gateway),
        }
    }
}

/// The process that takes this one's place, while it runs.
#[derive(Debug, Clone, Default)]
struct Successor(Arc<AtomicU32>);

// === impl Successor ===

impl Successor {
    fn running(&self) -> Option<u32> {
        Some(self.0.load(Ordering::Relaxed)).filter(|process| *process != 0)
    }

    /// Starts it. Once it serves, it tells this process to end; if it never does, this one goes on.
    fn begin(&self, gateway: &Gateway) {
        if let Some(process) = self.running() {
            let told = format!("process {process} is about to take this one's place already");
            logs::say(Level::WARN, &told);
            return;
        }
        let mut child = match sockets::hand_over(gateway) {
            Ok(child) => child,
            Err(error) => {
                logs::say(Level::ERROR, &error.to_string());
                return;
            }
        };
        self.0.store(child.id(), Ordering::Relaxed);
        logs::say(Level::INFO, &format!("process {} is to take this one's place", child.id()));
        let running = Arc::clone(&self.0);
        std::thread::spawn(move || {
            let ended = child.wait();
            running.store(0, Ordering::Relaxed);
            let told = format!("the process that was to take this one's place has ended: {ended:?}");
            logs::say(Level::ERROR, &told);
        });
    }
}

fn cores() -> NonZeroUsize {
    std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

/// A second signal ends the wait; the exit then cuts off what still runs.
async fn drain(gateway: Gateway, deadline: Duration, signals: &mut Signals) -> ExitCode {
    let told =
        format!("stopping: running exchanges have {deadline:?} to finish; a second signal stops at once");
    logs::say(Level::INFO, &told);
    let (told, ended) = oneshot::channel();
    std::thread::spawn(move || told.send(gateway.drain(deadline)));
    tokio::select! {
        drained = ended => match drained {
            Ok(Drained { cut: 0 }) => ExitCode::SUCCESS,
            Ok(Drained { cut }) => {
                logs::say(Level::WARN, &format!("stopped: {cut} exchanges were cut off"));
                ExitCode::SUCCESS
            }
            Err(_) => ExitCode::FAILURE,
        },
        () = signals.stop() => ExitCode::FAILURE,
    }
}

/// What the system may ask for.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    /// SIGHUP: the configuration is to be read anew.
    reload: Signal,
    /// SIGUSR2: another process of the same program is to take this one's place.
    upgrade: Signal,
}

// === impl Signals ===

impl Signals {
    fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            reload: signal(SignalKind::hangup())?,
            upgrade: signal(SignalKind::user_defined2())?,
        })
    }

    /// Waits for one that asks to stop.
    async fn stop(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => (),
            _ = self.interrupt.recv() => (),
        }
    }
}
