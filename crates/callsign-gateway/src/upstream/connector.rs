//! Opening a connection: DNS, TCP and TLS under one deadline.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use tokio::net::TcpStream;
use tower_service::Service;

use super::origin::Wire;

/// Opens connections within a time limit.
#[derive(Debug, Clone)]
pub(crate) struct Connector {
    opener: HttpsConnector<HttpConnector>,
    limit: Duration,
}

/// Probes on an idle connection, so that a silent middlebox is noticed.
const KEEPALIVE: Duration = Duration::from_mins(1);

type BoxError = Box<dyn std::error::Error + Send + Sync>;

// === impl Connector ===

impl Connector {
    pub(crate) fn new(tls: ClientConfig, wire: Wire, limit: Duration) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_keepalive(Some(KEEPALIVE));
        let opener = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1();
        let opener = match wire {
            Wire::Any => opener.enable_http2().wrap_connector(tcp),
            Wire::Http1 => opener.wrap_connector(tcp),
        };
        Self { opener, limit }
    }
}

impl Service<Uri> for Connector {
    type Response = MaybeHttpsStream<TokioIo<TcpStream>>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.opener.poll_ready(context)
    }

    fn call(&mut self, origin: Uri) -> Self::Future {
        let opening = self.opener.call(origin);
        let limit = self.limit;
        Box::pin(async move {
            let opened = tokio::time::timeout(limit, opening).await;
            opened.unwrap_or_else(|_| Err(io::Error::from(io::ErrorKind::TimedOut).into()))
        })
    }
}
