//! One record for each exchange, sent to the sinks when the exchange ends or is dropped. Today's sink is the log.

use std::time::Instant;

use tokio::sync::mpsc;

use crate::exchange::RequestId;
use crate::refusal::{Named, Refusal};

/// Where records go. Without a sink an exchange writes nothing down.
#[derive(Debug, Clone, Default)]
pub(crate) struct Recorder(Option<mpsc::Sender<Line>>);

/// What is written down of one exchange; sent when it is dropped.
#[derive(Debug)]
pub(crate) struct Record(Option<Box<Open>>);

#[derive(Debug)]
struct Open {
    sink: mpsc::Sender<Line>,
    began: Instant,
    line: Line,
}

/// One line of the access log.
#[derive(Debug, Default)]
pub(crate) struct Line {
    request: String,
    alias: String,
    model: String,
    status: u16,
    attempts: usize,
    error: &'static str,
    bytes: usize,
    ms: u128,
}

/// Lines waiting to be written. A slow log drops lines rather than slowing requests.
const WAITING: usize = 4096;

// === impl Recorder ===

impl Recorder {
    /// A recorder and the task that writes, if the log wants records.
    pub(crate) fn new() -> (Self, Option<impl Future<Output = ()> + Send + 'static>) {
        if !tracing::enabled!(target: "access", tracing::Level::INFO) {
            return (Self(None), None);
        }
        let (sender, receiver) = mpsc::channel(WAITING);
        (Self(Some(sender)), Some(write(receiver)))
    }

    /// Opens the record of an exchange.
    pub(crate) fn open(&self, id: &RequestId) -> Record {
        Record(self.0.as_ref().map(|sink| {
            let line = Line { request: id.as_str().to_owned(), ..Line::default() };
            Box::new(Open { sink: sink.clone(), began: Instant::now(), line })
        }))
    }
}

async fn write(mut lines: mpsc::Receiver<Line>) {
    while let Some(line) = lines.recv().await {
        let Line { request, alias, model, status, attempts, error, bytes, ms } = line;
        tracing::info!(target: "access", request, alias, model, status, attempts, error, bytes, ms, "exchange");
    }
}

// === impl Record ===

impl Record {
    /// A target answered.
    pub(crate) fn answered(&mut self, status: u16, named: &Named, attempts: usize) {
        let Some(open) = &mut self.0 else { return };
        open.line.status = status;
        open.line.attempts = attempts;
        open.name(named);
    }

    /// The gateway refused, or the answer broke off.
    pub(crate) fn refused(&mut self, refusal: &Refusal) {
        let Some(open) = &mut self.0 else { return };
        open.line.error = refusal.code().name();
        if open.line.status == 0 {
            open.line.status = refusal.status();
            open.line.attempts = refusal.attempts().len();
            open.name(refusal.named());
        }
    }

    /// Some more bytes went out.
    pub(crate) fn relayed(&mut self, bytes: usize) {
        if let Some(open) = &mut self.0 {
            open.line.bytes += bytes;
        }
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        let Some(Open { sink, began, mut line }) = self.0.take().map(|open| *open) else { return };
        line.ms = began.elapsed().as_millis();
        if sink.try_send(line).is_err() {
            tracing::debug!("the log is too slow, a record was dropped");
        }
    }
}

// === impl Open ===

impl Open {
    fn name(&mut self, named: &Named) {
        let text = |value: &Option<http::HeaderValue>| {
            value.as_ref().and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
        };
        self.line.alias = text(&named.alias);
        self.line.model = text(&named.model);
    }
}
