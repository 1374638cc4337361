//! A request of the operator's own, sent to the listener that clients use: what comes of it is what a client would see.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri, header};
use axum::response::{IntoResponse, Response};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::{Operator, refuse};
use crate::refusal::{Code, Refusal};

/// What stands before the listener's own path.
pub(super) const PREFIX: &str = "/api/v1/playground";

/// Longest time for a connection to this very process.
const CONNECT: Duration = Duration::from_secs(2);

/// What belongs to this connection, to this listener, or to the page that asks: a client would not send it.
const OWN: [HeaderName; 12] = [
    header::HOST,
    header::AUTHORIZATION,
    header::CONNECTION,
    header::COOKIE,
    header::ORIGIN,
    header::REFERER,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    header::PROXY_AUTHORIZATION,
    HeaderName::from_static("keep-alive"),
];

/// Sends the request on, and its answer back as it comes.
pub(super) async fn play(State(operator): State<Operator>, request: Request) -> Response {
    send(&operator, request).await.unwrap_or_else(|refusal| refuse(&refusal))
}

async fn send(operator: &Operator, request: Request) -> Result<Response, Refusal> {
    let address = operator.model.ok_or_else(|| unreachable("there is no listener for models"))?;
    let stream = timeout(CONNECT, TcpStream::connect(from_here(address))).await;
    let stream = stream.map_err(|_| unreachable("it took too long"))?.map_err(unreachable)?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(unreachable)?;
    operator.drain.attendants.spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a request of the playground ended early");
        }
    });
    let response = sender.send_request(addressed(request, address)?).await.map_err(unreachable)?;
    let (mut head, body) = response.into_parts();
    strip(&mut head.headers);
    Ok(Response::from_parts(head, Body::new(body)).into_response())
}

fn unreachable(error: impl std::fmt::Display) -> Refusal {
    Refusal::new(Code::UpstreamUnreachable, format!("the gateway's own listener cannot be asked: {error}"))
}

/// The same request to the listener.
fn addressed(request: Request, address: SocketAddr) -> Result<http::Request<Body>, Refusal> {
    let (mut head, body) = request.into_parts();
    let path = head.uri.path_and_query().map_or("/", PathAndQuery::as_str);
    let path = path.strip_prefix(PREFIX).unwrap_or(path);
    head.uri = path
        .parse::<Uri>()
        .map_err(|_| Refusal::new(Code::InvalidRequest, "the path cannot be asked for"))?;
    head.version = http::Version::HTTP_11;
    strip(&mut head.headers);
    let host = HeaderValue::from_str(&address.to_string());
    let host = host.map_err(|_| Refusal::bug("an address is no header value"))?;
    head.headers.insert(header::HOST, host);
    Ok(http::Request::from_parts(head, body))
}

fn strip(headers: &mut HeaderMap) {
    for name in &OWN {
        headers.remove(name);
    }
}

/// Where a listener is reached from this machine.
fn from_here(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}
