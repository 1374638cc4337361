//! Spans on their way to a collector: a bounded queue, a thread of its own, and a count of what got lost. No request waits for it.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use bytes::Bytes;
use callsign_plan::tracing::{Collector, Content, Protocol, Sent};
use callsign_telemetry::exchange::Exchange;
use callsign_telemetry::metrics::Spans;
use callsign_telemetry::spans::{Phases, Weaver};
use http::{Request, Response, Uri};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use opentelemetry_http::{HttpClient, HttpError};
use opentelemetry_otlp::{
    ExporterBuildError, SpanExporter, WithExportConfig as _, WithHttpConfig as _, WithTonicConfig as _,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SpanData, SpanExporter as _};
use secrecy::ExposeSecret as _;
use tokio::runtime::Builder;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tonic::metadata::{Ascii, MetadataKey, MetadataMap, MetadataValue};
use tonic::transport::Endpoint;

use super::Watcher;
use crate::upstream::connector::Connector;
use crate::upstream::origin::Wire;
use crate::upstream::tls::{Tls, TlsError};

/// Makes spans of exchanges and sends them on.
#[derive(Debug)]
pub(super) struct Tracing {
    weaver: Weaver,
    queue: Option<Sender<Load>>,
    /// Bytes of what was said that wait.
    said: Arc<AtomicUsize>,
    tally: Arc<SpanTally>,
    /// Told when nothing more will come.
    closing: CancellationToken,
    thread: Option<JoinHandle<()>>,
}

/// The spans of one exchange.
struct Load {
    spans: Vec<SpanData>,
    /// How many bytes were said in it.
    said: usize,
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
    #[error("the header `{0}` of `tracing.headers` cannot be sent")]
    Header(String),
    /// What the environment says cannot be used.
    #[error("traces cannot be sent: {0}")]
    Setup(#[from] ExporterBuildError),
    /// TLS cannot be set up.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The system gives no thread.
    #[error("cannot start the thread that sends traces: {0}")]
    Thread(#[from] std::io::Error),
}

/// The spans of so many exchanges may wait.
const WAITING: usize = 4_096;
/// So many spans are sent at once.
const BATCH: usize = 512;
/// So many bytes of what was said are sent at once: collectors take no more than 4 MiB.
const BATCH_SAID: usize = 1 << 20;
/// So many may wait; of further exchanges only the rest is told.
const MOST_SAID: usize = 32 << 20;
/// The first span of a batch waits so long for others.
const LINGER: Duration = Duration::from_secs(1);
/// How long a connection to the collector may take.
const CONNECT: Duration = Duration::from_secs(5);
/// At the end, what is left has so long to leave.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// Nobody says more about having taken spans.
const LARGEST_ANSWER: usize = 1 << 20;
/// Where a collector takes traces over HTTP, below its base.
const TRACES_PATH: &str = "/v1/traces";

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
    let version = env!("CARGO_PKG_VERSION");
    let phases = if sent.detail.phases { Phases::Told } else { Phases::Untold };
    let weaver = Weaver::new(version, &sent.detail.fixed, phases);
    let weaver = if collector.content == Content::Told { weaver.telling_texts() } else { weaver };
    let runtime = Builder::new_current_thread().enable_all().build()?;
    // Connections are opened on the runtime that they are made on.
    let mut exporter = runtime.block_on(async { exporter(collector, tls) })?;
    exporter.set_resource(&resource(version));
    let (queue, waiting) = channel(WAITING);
    let (counted, closing) = (Arc::clone(tally), CancellationToken::new());
    let said = Arc::new(AtomicUsize::new(0));
    let given_back = Arc::clone(&said);
    let closed = closing.clone();
    let thread = thread::Builder::new().name("callsign-traces".to_owned());
    let thread =
        thread.spawn(move || runtime.block_on(export(waiting, exporter, (&counted, &given_back, closed))))?;
    let tally = Arc::clone(tally);
    Ok(Tracing { weaver, queue: Some(queue), said, tally, closing, thread: Some(thread) })
}

/// Who sends; `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` may say otherwise.
fn resource(version: &'static str) -> Resource {
    let named = Resource::builder().build();
    let is_named =
        named.get(&"service.name".into()).is_some_and(|name| !name.as_str().starts_with("unknown_service"));
    let builder = Resource::builder();
    let builder = if is_named { builder } else { builder.with_service_name("callsign") };
    builder.with_attribute(opentelemetry::KeyValue::new("service.version", version)).build()
}

fn exporter(collector: &Collector, tls: &Tls) -> Result<SpanExporter, TracingError> {
    let unusable = || TracingError::Address(collector.endpoint.to_string());
    let uri: Uri = collector.endpoint.parse().map_err(|_| unusable())?;
    let (Some(_), Some(scheme)) = (uri.authority(), uri.scheme_str()) else { return Err(unusable()) };
    let config = if scheme == "https" { tls.config()? } else { tls.unused()? };
    match collector.protocol {
        Protocol::Grpc => {
            let connector = Connector::new(uri.clone(), config, Wire::Any, CONNECT);
            let channel = Endpoint::from(uri).connect_with_connector_lazy(connector);
            let exporter = SpanExporter::builder().with_tonic().with_channel(channel);
            Ok(exporter.with_metadata(metadata(collector)?).build()?)
        }
        Protocol::Http => {
            let connector = Connector::new(uri.clone(), config, Wire::Http1, CONNECT);
            let client = Post(Client::builder(TokioExecutor::new()).build(connector));
            let headers = collector.headers.iter();
            let headers =
                headers.map(|(name, value)| (name.to_string(), value.expose_secret().to_owned())).collect();
            let exporter = SpanExporter::builder().with_http().with_http_client(client);
            Ok(exporter.with_endpoint(traces_url(&uri)).with_headers(headers).build()?)
        }
    }
}

/// A base gets the usual path; an address with a path is taken as it is.
fn traces_url(uri: &Uri) -> String {
    let written = uri.to_string();
    if uri.path() == "/" || uri.path().is_empty() {
        return format!("{}{TRACES_PATH}", written.trim_end_matches('/'));
    }
    written
}

fn metadata(collector: &Collector) -> Result<MetadataMap, TracingError> {
    let mut metadata = MetadataMap::new();
    for (name, value) in &collector.headers {
        let unsent = || TracingError::Header(name.to_string());
        let key: MetadataKey<Ascii> = name.parse().map_err(|_| unsent())?;
        let mut value = MetadataValue::try_from(value.expose_secret()).map_err(|_| unsent())?;
        value.set_sensitive(true);
        metadata.insert(key, value);
    }
    Ok(metadata)
}

/// Sends what comes until nobody sends any more. What is left then has little time.
async fn export(
    waiting: Receiver<Load>,
    exporter: SpanExporter,
    (tally, said, closing): (&SpanTally, &AtomicUsize, CancellationToken),
) {
    let late = async {
        closing.cancelled().await;
        sleep(LAST_WORDS).await;
    };
    tokio::select! {
        () = send(waiting, &exporter, (tally, said)) => {}
        () = late => {}
    }
}

async fn send(
    mut waiting: Receiver<Load>,
    exporter: &SpanExporter,
    (tally, said): (&SpanTally, &AtomicUsize),
) {
    while let Some(mut batch) = waiting.recv().await {
        // Time over or the batch full, it goes.
        let _full_in_time = timeout(LINGER, gather(&mut waiting, &mut batch)).await;
        let count = batch.spans.len() as u64;
        let outcome = exporter.export(batch.spans).await;
        said.fetch_sub(batch.said, Ordering::Relaxed);
        if let Err(error) = &outcome {
            tracing::warn!(%error, "spans were not taken by the collector of `tracing`");
        }
        tally.exported(count, outcome.is_ok());
    }
}

async fn gather(waiting: &mut Receiver<Load>, batch: &mut Load) {
    while batch.spans.len() < BATCH && batch.said < BATCH_SAID {
        let Some(more) = waiting.recv().await else { return };
        batch.spans.extend(more.spans);
        batch.said += more.said;
    }
}

// === impl Tracing ===

impl Watcher for Tracing {
    fn saw(&mut self, exchange: &Exchange) {
        let said = self.weaver.said(exchange);
        let fits = |waiting: usize| Some(waiting + said).filter(|all| *all <= MOST_SAID);
        let fits = self.said.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits).is_ok();
        let said = if fits { said } else { 0 };
        let spans = if fits { self.weaver.spans(exchange) } else { self.weaver.spans_alone(exchange) };
        let count = spans.len() as u64;
        let load = Load { spans, said };
        let sent = self.queue.as_ref().filter(|_| count > 0).map(|queue| queue.try_send(load));
        if !matches!(sent, Some(Ok(()))) {
            self.said.fetch_sub(said, Ordering::Relaxed);
            self.tally.dropped.fetch_add(count, Ordering::Relaxed);
        }
    }

    fn ended(&mut self) {
        self.queue = None;
        self.closing.cancel();
        let thread = self.thread.take();
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the thread that sends traces had panicked");
        }
    }
}

// === impl SpanTally ===

impl SpanTally {
    fn exported(&self, count: u64, taken: bool) {
        let outcome = if taken { &self.exported } else { &self.failed };
        outcome.fetch_add(count, Ordering::Relaxed);
    }
}

impl From<&SpanTally> for Spans {
    fn from(tally: &SpanTally) -> Self {
        Self {
            exported: tally.exported.load(Ordering::Relaxed),
            failed: tally.failed.load(Ordering::Relaxed),
            dropped: tally.dropped.load(Ordering::Relaxed),
        }
    }
}

/// Posts over the gateway's own kind of connections.
struct Post(Client<Connector, Full<Bytes>>);

// === impl Post ===

impl HttpClient for Post {
    fn send_bytes<'s, 'f>(
        &'s self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'f>>
    where
        's: 'f,
        Self: 'f,
    {
        Box::pin(async move {
            let (head, body) = self.0.request(request.map(Full::new)).await?.into_parts();
            let body = Limited::new(body, LARGEST_ANSWER).collect().await?.to_bytes();
            Ok(Response::from_parts(head, body))
        })
    }
}

impl fmt::Debug for Post {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Post")
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

    #[test]
    fn spans_that_nobody_takes_are_bounded_and_counted() {
        let (queue, mut waiting) = channel(WAITING);
        let tally = Arc::new(SpanTally::default());
        let weaver = Weaver::new("0", &[], Phases::Untold);
        let closing = CancellationToken::new();
        let mut tracing = Tracing {
            weaver,
            queue: Some(queue),
            said: Arc::default(),
            tally: Arc::clone(&tally),
            closing,
            thread: None,
        };
        (0..WAITING + 1_000).for_each(|_| tracing.saw(&exchange()));
        tracing.ended();
        let mut kept = 0;
        while waiting.try_recv().is_ok() {
            kept += 1;
        }
        assert_eq!((kept, Spans::from(&*tally).dropped), (WAITING, 1_000));
    }

    #[test]
    fn base_gets_the_usual_path() {
        let cases = [
            ("http://a:4318", "http://a:4318/v1/traces"),
            ("http://a:4318/", "http://a:4318/v1/traces"),
            ("https://a/otlp/v1/traces", "https://a/otlp/v1/traces"),
        ];
        for (written, expected) in cases {
            assert_eq!(traces_url(&written.parse().unwrap()), expected);
        }
    }
}
