//! A small HTTP/1.1 client: one connection per call, and a body that is read as it arrives.

use std::net::SocketAddr;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper::{HeaderMap, Method, Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::AbortHandle;

use crate::deadline::soon;
use crate::secure::Trust;
use crate::upstream::in_background;

/// Knows where to send calls.
#[derive(Debug, Clone, Copy)]
pub struct Client {
    address: SocketAddr,
}

/// A call that is being put together.
#[derive(Debug)]
pub struct Call {
    address: SocketAddr,
    request: hyper::http::request::Builder,
    body: Bytes,
    trust: Option<Trust>,
}

/// An answer whose body may still be on its way. Dropped, it closes its connection.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    body: Incoming,
    connection: Connection,
}

/// A connection of HTTP/2 without TLS.
#[derive(Debug, Clone)]
pub struct Http2 {
    sender: http2::SendRequest<Full<Bytes>>,
}

/// The task that drives a connection; it ends with the answer.
#[derive(Debug)]
struct Connection(Option<AbortHandle>);

// === impl Connection ===

impl Drop for Connection {
    fn drop(&mut self) {
        if let Some(task) = &self.0 {
            task.abort();
        }
    }
}

// === impl Client ===

impl Client {
    /// A client of whatever listens at `address`.
    pub fn new(address: SocketAddr) -> Self {
        Self { address }
    }

    /// A POST of JSON.
    pub fn post(&self, path: &str, body: impl Into<Bytes>) -> Call {
        self.call(&Method::POST, path).header("content-type", "application/json").body(body)
    }

    /// A GET.
    pub fn get(&self, path: &str) -> Call {
        self.call(&Method::GET, path)
    }

    /// Any method, without a body.
    pub fn call(&self, method: &Method, path: &str) -> Call {
        let request = Request::builder().method(method).uri(path).header("host", self.address.to_string());
        Call { address: self.address, request, body: Bytes::new(), trust: None }
    }

    /// A connection of HTTP/2 by prior knowledge.
    pub async fn http2(&self) -> Http2 {
        let stream = connect(self.address).await;
        let handshake = http2::handshake(TokioExecutor::new(), TokioIo::new(stream));
        let (sender, connection) =
            soon("the HTTP/2 handshake", handshake).await.expect("a peer that speaks HTTP/2");
        in_background(async move { drop(connection.await) });
        Http2 { sender }
    }
}

// === impl Call ===

impl Call {
    /// With a further header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.request = self.request.header(name, value);
        self
    }

    /// With this body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// Over TLS to `localhost`.
    #[must_use]
    pub fn over(mut self, trust: &Trust) -> Self {
        self.trust = Some(trust.clone());
        self
    }

    /// Sends it and waits for the head of the answer.
    pub async fn send(self) -> Answer {
        self.try_send().await.expect("an answer")
    }

    /// Sends it; an error if the connection broke before there was the head of an answer.
    pub async fn try_send(self) -> hyper::Result<Answer> {
        let stream = connect(self.address).await;
        let (mut sender, connection) = match &self.trust {
            None => converse(stream).await?,
            Some(trust) => converse(trust.encrypt(stream).await).await?,
        };
        let request = self.request.body(Full::new(self.body)).expect("a valid request");
        let response = soon("the head of an answer", sender.send_request(request)).await?;
        Ok(Answer::new(response, connection))
    }
}

async fn converse<S>(stream: S) -> hyper::Result<(http1::SendRequest<Full<Bytes>>, Connection)>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    // A broken connection shows as an error of the call that was on it.
    Ok((sender, Connection(Some(in_background(async move { drop(connection.await) })))))
}

// === impl Http2 ===

impl Http2 {
    /// A POST of JSON on this connection.
    pub async fn post(&self, path: &str, body: impl Into<Bytes>) -> Answer {
        let request = Request::post(format!("http://callsign.test{path}"))
            .header("content-type", "application/json")
            .body(Full::new(body.into()))
            .expect("a valid request");
        let sent = self.sender.clone().send_request(request);
        let response = soon("the head of an answer", sent).await.expect("an answer");
        Answer::new(response, Connection(None))
    }
}

// === impl Answer ===

impl Answer {
    fn new(response: Response<Incoming>, connection: Connection) -> Self {
        let (parts, body) = response.into_parts();
        Self { status: parts.status.as_u16(), headers: parts.headers, body, connection }
    }

    /// The only value of a header; none if it is missing, a panic if it came twice.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        let value = values.next().map(|value| value.to_str().expect("a header of text"));
        assert!(values.next().is_none(), "`{name}` came twice: {:?}", self.headers);
        value
    }

    /// The next piece of the body: none at its proper end, an error if it was cut.
    pub async fn next(&mut self) -> Option<hyper::Result<Bytes>> {
        loop {
            let frame = soon("a piece of the answer", self.body.frame()).await?;
            match frame.map(hyper::body::Frame::into_data) {
                Ok(Ok(data)) => return Some(Ok(data)),
                Ok(Err(_)) => {}
                Err(error) => return Some(Err(error)),
            }
        }
    }

    /// Reads until the text read so far ends with `tail`, and returns that text.
    pub async fn read_until(&mut self, tail: &str) -> String {
        let mut text = Vec::new();
        while !text.ends_with(tail.as_bytes()) {
            let read = String::from_utf8_lossy(&text).into_owned();
            let piece = self.next().await.unwrap_or_else(|| panic!("the answer ended with {read:?}"));
            text.extend_from_slice(&piece.unwrap_or_else(|error| panic!("{error} after {read:?}")));
        }
        String::from_utf8(text).expect("text")
    }

    /// The rest of the body, and how it ended.
    pub async fn drain(mut self) -> (Bytes, hyper::Result<()>) {
        let mut bytes = Vec::new();
        while let Some(piece) = self.next().await {
            match piece {
                Ok(piece) => bytes.extend_from_slice(&piece),
                Err(error) => return (bytes.into(), Err(error)),
            }
        }
        (bytes.into(), Ok(()))
    }

    /// The rest of the body, which must end properly.
    pub async fn bytes(self) -> Bytes {
        let (bytes, end) = self.drain().await;
        end.unwrap_or_else(|error| panic!("{error} after {:?}", String::from_utf8_lossy(&bytes)));
        bytes
    }

    /// The rest of the body as text.
    pub async fn text(self) -> String {
        String::from_utf8(self.bytes().await.to_vec()).expect("text")
    }

    /// The rest of the body as JSON.
    pub async fn json(self) -> serde_json::Value {
        let text = self.text().await;
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error} in {text:?}"))
    }

    /// Closes the connection without reading the rest.
    pub fn hang_up(self) {
        drop(self.connection);
    }
}

async fn connect(address: SocketAddr) -> TcpStream {
    let stream = soon("a connection", TcpStream::connect(address)).await.expect("a listener");
    stream.set_nodelay(true).expect("a connected socket");
    stream
}
