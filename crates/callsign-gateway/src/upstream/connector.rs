//! Opening a connection: DNS, TCP and TLS under one deadline.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder, MaybeHttpsStream};
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use tokio::net::TcpStream;
use tower_service::Service;

use super::origin::Wire;

/// Opens connections within a time limit.
#[derive(Debug, Clone)]
pub(crate) struct Connector {
    /// Where to: URLs of requests need not tell.
    origin: Uri,
    opener: HttpsConnector<HttpConnector>,
    limit: Duration,
}

/// A connection. Unlike those it is made of it tells no addresses, which every answer would have to carry.
#[derive(Debug)]
pub(crate) struct Line(MaybeHttpsStream<TokioIo<TcpStream>>);

/// Probes on an idle connection, so that a silent middlebox is noticed.
const KEEPALIVE: Duration = Duration::from_mins(1);

type BoxError = Box<dyn std::error::Error + Send + Sync>;

// === impl Connector ===

impl Connector {
    pub(crate) fn new(origin: Uri, tls: ClientConfig, wire: Wire, limit: Duration) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_keepalive(Some(KEEPALIVE));
        let opener = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1();
        let opener = match wire {
            Wire::Any => opener.enable_http2().wrap_connector(tcp),
            Wire::Http1 => opener.wrap_connector(tcp),
        };
        Self { origin, opener, limit }
    }
}

impl Service<Uri> for Connector {
    type Response = Line;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.opener.poll_ready(context)
    }

    fn call(&mut self, _of_request: Uri) -> Self::Future {
        let opening = self.opener.call(self.origin.clone());
        let limit = self.limit;
        Box::pin(async move {
            let opened = tokio::time::timeout(limit, opening).await;
            opened.unwrap_or_else(|_| Err(io::Error::from(io::ErrorKind::TimedOut).into())).map(Line)
        })
    }
}

// === impl Line ===

impl Connection for Line {
    fn connected(&self) -> Connected {
        let connected = Connected::new();
        if self.0.connected().is_negotiated_h2() { connected.negotiated_h2() } else { connected }
    }
}

impl Read for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl Write for Line {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write_vectored(context, slices)
    }
}
