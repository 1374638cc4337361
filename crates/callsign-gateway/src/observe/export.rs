//! Spans on their way to collectors: each has what waits for it, a thread of its own, and a count of what got lost. No request waits for
//! it.

mod pace;
mod pile;
mod recipient;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use callsign_plan::tracing::{Collector, Content, Sent};
use callsign_telemetry::exchange::Exchange;
use callsign_telemetry::metrics::Spans;
use callsign_telemetry::otlp::Teller;
use callsign_telemetry::spans::{Phases, Weaver};
use tokio::runtime::Builder;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::Watcher;
use crate::upstream::tls::{Tls, TlsError};
use pile::Pile;
use recipient::Recipient;

/// Makes spans of exchanges and sends them on.
pub(super) struct Tracing {
    pile: Arc<Pile>,
    tally: Arc<SpanTally>,
    /// Told when nothing more will come.
    closing: CancellationToken,
    thread: Option<JoinHandle<()>>,
}

/// What became of spans.
#[derive(Debug, Default)]
pub(crate) struct SpanTally {
    exported: AtomicU64,
    failed: AtomicU64,
    dropped: AtomicU64,
}

/// Why no traces can be sent.
#[derive(Debug, thiserror::Error)]
pub enum TracingError {
    /// The collector's address is none.
    #[error("the collector's address `{0}` is not a URL; write `endpoint: http://HOST:PORT` under `tracing`")]
    Address(String),
    /// A header cannot be sent.
    #[error(
        "the header `{0}` of traces cannot be sent; look at `tracing.headers` and at `OTEL_EXPORTER_OTLP_HEADERS`"
    )]
    Header(String),
    /// TLS cannot be set up.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The system gives no thread.
    #[error("cannot start the thread that sends traces: {0}")]
    Thread(#[from] std::io::Error),
}

/// At the end, what is left has so long to leave.
const LAST_WORDS: Duration = Duration::from_secs(2);
const VERSION: &str = env!("CARGO_PKG_VERSION");
/// What is told of whoever sends, where the environment says nothing else.
const ATTRIBUTES: [(&str, &str); 4] = [
    ("service.name", "callsign"),
    ("telemetry.sdk.name", "callsign"),
    ("telemetry.sdk.language", "rust"),
    ("telemetry.sdk.version", VERSION),
];

/// Starts a thread for each collector.
pub(super) fn start<'s>(
    sent: &'s Sent,
    tls: &'s Tls,
    tally: &'s Arc<SpanTally>,
) -> impl Iterator<Item = Result<Tracing, TracingError>> + 's {
    sent.collectors.iter().map(|collector| send_to(collector, sent, tls, tally))
}

fn send_to(
    collector: &Collector,
    sent: &Sent,
    tls: &Tls,
    tally: &Arc<SpanTally>,
) -> Result<Tracing, TracingError> {
    let phases = if sent.detail.phases { Phases::Told } else { Phases::Untold };
    let weaver = Weaver::new(&sent.detail.fixed, phases);
    let weaver = if collector.content == Content::Told { weaver.telling_texts() } else { weaver };
    let pile = Arc::new(Pile::new(Teller::new(&attributes(&sent.attributes), VERSION), weaver));
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let recipient = Recipient::new(collector, tls, sent.patience)?;
    let (tally, closing) = (Arc::clone(tally), CancellationToken::new());
    let (waiting, counted, closed) = (Arc::clone(&pile), Arc::clone(&tally), closing.clone());
    let thread = thread::Builder::new().name("callsign-traces".to_owned());
    let thread = thread.spawn(move || runtime.block_on(export(&waiting, &recipient, &counted, closed)))?;
    Ok(Tracing { pile, tally, closing, thread: Some(thread) })
}

/// Who sends. Of the version nobody else knows better.
fn attributes(given: &[(Box<str>, Box<str>)]) -> Vec<(Box<str>, Box<str>)> {
    let mut attributes: Vec<(Box<str>, Box<str>)> = Vec::new();
    let usual = ATTRIBUTES.into_iter().map(|(name, value)| (name.into(), value.into()));
    let version = [("service.version".into(), VERSION.into())];
    for (name, value) in usual.chain(given.iter().cloned()).chain(version) {
        match attributes.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = value,
            None => attributes.push((name, value)),
        }
    }
    attributes
}

/// Sends what comes until nobody sends any more. What is left then has little time.
async fn export(pile: &Pile, recipient: &Recipient, tally: &SpanTally, closing: CancellationToken) {
    let late = async {
        closing.cancelled().await;
        sleep(LAST_WORDS).await;
    };
    tokio::select! {
        () = send(pile, recipient, tally) => {}
        () = late => {}
    }
}

async fn send(pile: &Pile, recipient: &Recipient, tally: &SpanTally) {
    while let Some(load) = pile.next().await {
        let (count, weight) = (load.count() as u64, load.weight());
        let body = pile.seal(load, recipient.framing());
        let outcome = recipient.deliver(&body).await;
        pile.left(weight);
        let refused = match outcome {
            Ok(None) => 0,
            Ok(Some(rejected)) => {
                let (refused, reason) = (rejected.spans.min(count), rejected.reason);
                tracing::warn!(refused, reason, "the collector of `tracing` did not take all spans");
                refused
            }
            Err(error) => {
                tracing::warn!(%error, "spans were not taken by the collector of `tracing`");
                count
            }
        };
        tally.exported.fetch_add(count - refused, Ordering::Relaxed);
        tally.failed.fetch_add(refused, Ordering::Relaxed);
    }
}

// === impl Tracing ===

impl Watcher for Tracing {
    fn saw(&mut self, exchange: &Exchange) {
        if let Err(dropped) = self.pile.add(exchange) {
            self.tally.dropped.fetch_add(dropped as u64, Ordering::Relaxed);
        }
    }

    fn ended(&mut self) {
        self.pile.close();
        self.closing.cancel();
        let thread = self.thread.take();
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the thread that sends traces had panicked");
        }
    }
}

// === impl SpanTally ===

impl From<&SpanTally> for Spans {
    fn from(tally: &SpanTally) -> Self {
        Self {
            exported: tally.exported.load(Ordering::Relaxed),
            failed: tally.failed.load(Ordering::Relaxed),
            dropped: tally.dropped.load(Ordering::Relaxed),
        }
    }
}

impl fmt::Debug for Tracing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Tracing").field("tally", &self.tally).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use callsign_telemetry::exchange::{Asked, Ended};
    use callsign_telemetry::trace::{Share, Trace};
    use callsign_wire::dialect::Operation;

    use super::*;

    fn exchange() -> Exchange {
        let asked = Asked { name: "a".into(), alias: None, operation: Operation::Messages, stream: false };
        Exchange {
            id: "x".into(),
            began_ms: 1,
            took: Duration::from_secs(1),
            first: None,
            own: None,
            asked: Some(asked),
            status: 200,
            error: None,
            ended: Ended::Complete,
            model: None,
            losses: None,
            bytes: 0,
            resumed: None,
            attempts: Vec::new(),
            checks: Vec::new(),
            findings: Vec::new(),
            trace: Some(Trace::begin(None, (1, 2), Share::ALL)),
            labels: Vec::new(),
            content: None,
        }
    }

    #[tokio::test]
    async fn spans_that_nobody_takes_are_bounded_and_counted() {
        let weaver = Weaver::new(&[], Phases::Untold);
        let pile = Arc::new(Pile::new(Teller::new(&[], "0"), weaver));
        let tally = Arc::new(SpanTally::default());
        let closing = CancellationToken::new();
        let mut tracing =
            Tracing { pile: Arc::clone(&pile), tally: Arc::clone(&tally), closing, thread: None };
        (0..pile::WAITING + 1_000).for_each(|_| tracing.saw(&exchange()));
        tracing.ended();
        let mut kept = 0;
        while let Some(load) = pile.next().await {
            kept += load.count();
            pile.left(load.weight());
        }
        assert_eq!((kept, Spans::from(&*tally).dropped), (pile::WAITING, 1_000));
        assert_eq!(pile.add(&exchange()), Ok(()), "there is room again");
    }

    #[test]
    fn environment_says_who_sends() {
        let given = [("team".into(), "a".into()), ("service.name".into(), "b".into())];
        let told = attributes(&[given.as_slice(), &[("service.name".into(), "c".into())]].concat());
        let of = |name: &str| told.iter().filter(|(known, _)| &**known == name).collect::<Vec<_>>();
        assert_eq!(of("service.name"), [&("service.name".into(), "c".into())]);
        assert_eq!(of("service.version"), [&("service.version".into(), VERSION.into())]);
        assert_eq!(of("team").len(), 1);
    }
}
