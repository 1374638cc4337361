//! A collector of traces as OpenTelemetry's is: it takes OTLP over gRPC and over HTTP, in protobuf, on one port.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::{BufMut as _, Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::{AnyValue, any_value};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::AbortHandle;

use crate::deadline::soon;
use crate::gate::Gate;
use crate::upstream::in_background;

/// A running collector; it ends when dropped.
#[derive(Debug)]
pub struct Collector {
    address: SocketAddr,
    taken: Arc<watch::Sender<Vec<Taken>>>,
    task: AbortHandle,
}

/// One request with spans.
#[derive(Debug, Clone)]
pub struct Taken {
    /// Its path.
    pub path: String,
    /// Its headers.
    pub headers: HeaderMap,
    /// Who sent it.
    pub resource: Option<Resource>,
    /// What it held.
    pub spans: Vec<Span>,
}

/// Where gRPC's traces go.
const GRPC_PATH: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
/// Each message of gRPC has a flag and its length before it.
const PREFIX: usize = 5;

type Body = BoxBody<Bytes, Infallible>;

// === impl Collector ===

impl Drop for Collector {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Collector {
    /// Takes what comes.
    pub async fn start() -> Self {
        let gate = Gate::closed();
        gate.open();
        Self::held_by(gate).await
    }

    /// Answers nobody before the gate is opened.
    pub async fn held_by(gate: Gate) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let address = listener.local_addr().expect("a bound listener");
        let taken = Arc::new(watch::Sender::new(Vec::new()));
        let task = in_background(accept(listener, Arc::clone(&taken), gate));
        Self { address, taken, task }
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Waits until so many spans have come, and tells everything that has.
    pub async fn spans(&self, count: usize) -> Vec<Span> {
        let all = |taken: &Vec<Taken>| taken.iter().flat_map(|taken| taken.spans.clone()).collect::<Vec<_>>();
        let mut taken = self.taken.subscribe();
        let enough = taken.wait_for(|taken| all(taken).len() >= count);
        let taken = soon("spans at the collector", enough).await.expect("a collector that runs");
        all(&taken)
    }

    /// Every request so far.
    pub fn taken(&self) -> Vec<Taken> {
        self.taken.borrow().clone()
    }
}

async fn accept(listener: TcpListener, taken: Arc<watch::Sender<Vec<Taken>>>, gate: Gate) {
    while let Ok((stream, _)) = listener.accept().await {
        in_background(serve(stream, Arc::clone(&taken), gate.clone()));
    }
}

async fn serve(stream: TcpStream, taken: Arc<watch::Sender<Vec<Taken>>>, gate: Gate) {
    let service = service_fn(|request| take(request, Arc::clone(&taken), gate.clone()));
    let server = auto::Builder::new(TokioExecutor::new());
    // A client that goes away is its own business.
    drop(server.serve_connection(TokioIo::new(stream), service).await);
}

async fn take(
    request: Request<Incoming>,
    taken: Arc<watch::Sender<Vec<Taken>>>,
    gate: Gate,
) -> Result<Response<Body>, Infallible> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let is_grpc = head.uri.path() == GRPC_PATH;
    let message = if is_grpc { body.slice(PREFIX.min(body.len())..) } else { body };
    let request = ExportTraceServiceRequest::decode(message).expect("spans in protobuf");
    let resource = request.resource_spans.first().and_then(|of| of.resource.clone());
    let scopes = request.resource_spans.into_iter().flat_map(|of| of.scope_spans);
    let spans = scopes.flat_map(|of| of.spans).collect();
    gate.pass().await;
    let path = head.uri.path().to_owned();
    taken.send_modify(|taken| taken.push(Taken { path, headers: head.headers, resource, spans }));
    Ok(if is_grpc { grpc_answer() } else { http_answer() })
}

fn http_answer() -> Response<Body> {
    let body = ExportTraceServiceResponse::default().encode_to_vec();
    let mut response = Response::new(Full::new(Bytes::from(body)).boxed());
    response.headers_mut().insert("content-type", HeaderValue::from_static("application/x-protobuf"));
    response
}

fn grpc_answer() -> Response<Body> {
    let message = ExportTraceServiceResponse::default().encode_to_vec();
    let mut body = BytesMut::new();
    body.put_u8(0);
    body.put_u32(u32::try_from(message.len()).expect("a short message"));
    body.put_slice(&message);
    let trailers = async {
        Some(Ok(HeaderMap::from_iter([(
            "grpc-status".parse().expect("a name"),
            HeaderValue::from_static("0"),
        )])))
    };
    let mut response = Response::new(Full::new(body.freeze()).with_trailers(trailers).boxed());
    response.headers_mut().insert("content-type", HeaderValue::from_static("application/grpc"));
    response
}

/// An attribute of a span, as text.
pub fn attribute(span: &Span, name: &str) -> Option<String> {
    let found = span.attributes.iter().find(|pair| pair.key == name)?;
    text(found.value.as_ref()?)
}

fn text(value: &AnyValue) -> Option<String> {
    Some(match value.value.as_ref()? {
        any_value::Value::StringValue(text) => text.clone(),
        any_value::Value::BoolValue(flag) => flag.to_string(),
        any_value::Value::IntValue(number) => number.to_string(),
        any_value::Value::DoubleValue(number) => number.to_string(),
        other => format!("{other:?}"),
    })
}

/// Bytes in hexadecimal digits, as `traceparent` tells them.
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |told, byte| format!("{told}{byte:02x}"))
}
