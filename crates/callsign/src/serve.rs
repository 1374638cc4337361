//! `callsign serve`: the gateway from its start to the last exchange.

use std::io;
use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use callsign_config::MissingKeys;
use callsign_gateway::{Drained, Gateway, Settings, StartError};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;
use tracing_subscriber::EnvFilter;

use crate::cli::Serve;
use crate::configuration::{self, Missing};
use crate::reload::{self, Cause};
use crate::{environment, report};

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
    log_to_stderr(&options.log)?;
    let keys = if options.allow_missing_keys { MissingKeys::Allow } else { MissingKeys::Refuse };
    let opened = configuration::open(options.source.path(), keys)?;
    report::print(&opened.path, &opened.bytes, &opened.loaded);
    let path = opened.path.clone();
    let Ok(first) = reload::written(opened) else { return Ok(ExitCode::FAILURE) };
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::Signals)?;
    // Before the first line is printed, so that whoever waits for it can send a signal.
    let mut stop = runtime.block_on(async { Stop::listen() }).map_err(Failure::Signals)?;
    let workers = options.workers.unwrap_or_else(cores);
    let state_file = callsign_gateway::usual_state_file(&environment::raw);
    let supply = Arc::new(reload::File { path: path.clone(), keys });
    let settings = Settings { workers, runtime: options.runtime.into(), state_file, supply };
    let gateway = Gateway::start(first, settings)?;
    let causes = reload::follow(&path, gateway.reloader());
    for (name, address) in gateway.listeners() {
        anstream::eprintln!("listening on http://{address} ({name})");
    }
    if let Some(address) = gateway.admin() {
        anstream::eprintln!("listening on http://{address} (admin)");
    }
    runtime.block_on(stop.wait_and(|| _ = causes.send(Cause::Signal)));
    Ok(runtime.block_on(drain(gateway, options.drain_timeout, &mut stop)))
}

fn log_to_stderr(level: &str) -> Result<(), Failure> {
    let filter =
        EnvFilter::try_new(level).map_err(|source| Failure::Log { level: level.to_owned(), source })?;
    let ansi = anstream::AutoStream::choice(&io::stderr()) != anstream::ColorChoice::Never;
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).with_ansi(ansi).init();
    Ok(())
}

fn cores() -> NonZeroUsize {
    std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

/// A second signal ends the wait; the exit then cuts off what still runs.
async fn drain(gateway: Gateway, deadline: Duration, stop: &mut Stop) -> ExitCode {
    anstream::eprintln!(
        "stopping: running exchanges have {deadline:?} to finish; a second signal stops at once"
    );
    let (told, ended) = oneshot::channel();
    std::thread::spawn(move || told.send(gateway.drain(deadline)));
    tokio::select! {
        drained = ended => match drained {
            Ok(Drained { cut: 0 }) => ExitCode::SUCCESS,
            Ok(Drained { cut }) => {
                anstream::eprintln!("stopped: {cut} exchanges were cut off");
                ExitCode::SUCCESS
            }
            Err(_) => ExitCode::FAILURE,
        },
        () = stop.wait() => ExitCode::FAILURE,
    }
}

/// The signals that ask to stop, and the one that asks to read the configuration anew.
struct Stop {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
}

// === impl Stop ===

impl Stop {
    fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    async fn wait(&mut self) {
        self.wait_and(|| {}).await;
    }

    /// Waits for a signal to stop; at each SIGHUP until then does as told.
    async fn wait_and(&mut self, hung_up: impl Fn()) {
        loop {
            tokio::select! {
                _ = self.terminate.recv() => return,
                _ = self.interrupt.recv() => return,
                _ = self.hang_up.recv() => hung_up(),
            }
        }
    }
}
