//! A connection on which a test says exactly which bytes are sent, right or wrong.

use std::net::SocketAddr;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::deadline::soon;
use crate::upstream::{read_exact, read_through};

/// A plain connection.
#[derive(Debug)]
pub struct Raw {
    stream: TcpStream,
    buffer: BytesMut,
}

/// A response read from a plain connection.
#[derive(Debug, Clone)]
pub struct RawResponse {
    /// The status.
    pub status: u16,
    /// The whole head, as sent.
    pub head: String,
    /// The body, without its framing.
    pub body: Bytes,
}

// === impl Raw ===

impl Raw {
    /// Connects to `address`.
    pub async fn connect(address: SocketAddr) -> Self {
        let stream = soon("a connection", TcpStream::connect(address)).await.expect("a listener");
        stream.set_nodelay(true).expect("a connected socket");
        Self { stream, buffer: BytesMut::new() }
    }

    /// Sends these bytes; a peer that has closed is no mistake, for its answer may be waiting to be read.
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        drop(self.stream.write_all(bytes.as_ref()).await);
    }

    /// One response, its body framed by `content-length`, chunks or the end of the connection.
    pub async fn response(&mut self) -> RawResponse {
        self.try_response().await.expect("a response before the end of the connection")
    }

    /// One response; none if the connection ended before it.
    pub async fn try_response(&mut self) -> Option<RawResponse> {
        let head =
            soon("the head of a response", read_through(&mut self.stream, &mut self.buffer, b"\r\n\r\n"));
        let head = String::from_utf8_lossy(&head.await?).into_owned();
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status line");
        let mut response = RawResponse { status, head, body: Bytes::new() };
        response.body = soon("the body of a response", self.body(&response)).await;
        Some(response)
    }

    /// The head of a response that has no body.
    pub async fn head(&mut self) -> String {
        self.try_head().await.expect("a head before the end of the connection")
    }

    async fn try_head(&mut self) -> Option<String> {
        let head = read_through(&mut self.stream, &mut self.buffer, b"\r\n\r\n");
        Some(String::from_utf8_lossy(&soon("the head of a response", head).await?).into_owned())
    }

    async fn body(&mut self, response: &RawResponse) -> Bytes {
        if let Some(length) = response.header("content-length") {
            let length = length.parse().expect("a length");
            return read_exact(&mut self.stream, &mut self.buffer, length).await.expect("the whole body");
        }
        if response.header("transfer-encoding").is_none() {
            return self.rest().await;
        }
        let mut body = BytesMut::new();
        loop {
            let size = read_through(&mut self.stream, &mut self.buffer, b"\r\n").await.expect("a chunk");
            let size = String::from_utf8_lossy(&size);
            let size = usize::from_str_radix(size.trim(), 16).expect("the size of a chunk");
            let chunk =
                read_exact(&mut self.stream, &mut self.buffer, size + 2).await.expect("a whole chunk");
            if size == 0 {
                return body.freeze();
            }
            body.extend_from_slice(&chunk[..size]);
        }
    }

    /// Everything until the end of the connection.
    pub async fn rest(&mut self) -> Bytes {
        let mut rest = std::mem::take(&mut self.buffer);
        let mut read = async || {
            // A reset is an end too.
            while self.stream.read_buf(&mut rest).await.is_ok_and(|count| count > 0) {}
        };
        soon("the end of the connection", read()).await;
        rest.freeze()
    }
}

// === impl RawResponse ===

impl RawResponse {
    /// The first value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.split("\r\n").filter_map(|line| line.split_once(':'));
        lines.filter(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()).next()
    }

    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).expect("a body of JSON")
    }
}
