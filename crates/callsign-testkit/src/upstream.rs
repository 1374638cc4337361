//! A scripted HTTP/1.1 upstream over plain sockets, so that it can stall, cut, trickle and lie at any byte.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};

use crate::deadline::soon;
use crate::gate::Gate;
use crate::ledger::{Ledger, Received, Script};
use crate::reply::{Framing, Piece, Reply};

/// A running upstream; it ends when dropped.
#[derive(Debug)]
pub struct Upstream {
    address: SocketAddr,
    ledger: Arc<Ledger>,
    end: Gate,
    task: AbortHandle,
}

/// How the writing side of a connection ended.
enum End {
    Fin,
    Reset,
}

// === impl Upstream ===

impl Drop for Upstream {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Upstream {
    /// Answers every request with `reply`.
    pub async fn always(reply: Reply) -> Self {
        Self::scripted(move |_| reply.clone()).await
    }

    /// Answers the first request with the first reply and so on; the last one goes on for ever.
    pub async fn sequence(replies: impl IntoIterator<Item = Reply>) -> Self {
        let replies: Vec<_> = replies.into_iter().collect();
        Self::scripted(move |request| replies[request.index.min(replies.len() - 1)].clone()).await
    }

    /// Answers as `script` decides.
    pub async fn scripted(script: impl Fn(&Received) -> Reply + Send + Sync + 'static) -> Self {
        Self::at(([127, 0, 0, 1], 0).into(), script).await
    }

    /// The same at this address, which is free: another upstream's that was killed.
    pub async fn at(
        address: SocketAddr,
        script: impl Fn(&Received) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(address).await.expect("a free port");
        let address = listener.local_addr().expect("a bound listener");
        let script: Script = Box::new(script);
        let ledger = Ledger::new(script);
        let end = Gate::closed();
        let task = in_background(accept(listener, Arc::clone(&ledger), end.clone()));
        Self { address, ledger, end, task }
    }

    /// Ends it with all its connections; once this returns, its address refuses connections.
    pub async fn kill(self) -> SocketAddr {
        self.end.open();
        let ended = async {
            while !self.task.is_finished() {
                tokio::task::yield_now().await;
            }
        };
        soon("the upstream's end", ended).await;
        self.address
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Everything received so far.
    pub fn received(&self) -> Vec<Arc<Received>> {
        self.ledger.all()
    }

    /// How many connections were opened so far.
    pub fn connections(&self) -> usize {
        self.ledger.connection_count()
    }

    /// Request number `index` (from 0), waited for.
    pub async fn request(&self, index: usize) -> Arc<Received> {
        self.ledger.request(index).await
    }

    /// The only request so far.
    pub fn only(&self) -> Arc<Received> {
        let all = self.received();
        assert_eq!(all.len(), 1, "one request was expected: {all:#?}");
        Arc::clone(&all[0])
    }

    /// Waits, without a limit, until whoever sent request `index` has closed its connection.
    pub async fn gone(&self, index: usize) {
        self.ledger.gone(index).await;
    }
}

#[expect(clippy::disallowed_methods, reason = "a test kit has nothing to drain")]
pub(crate) fn in_background(future: impl Future<Output = ()> + Send + 'static) -> AbortHandle {
    tokio::spawn(future).abort_handle()
}

async fn accept(listener: TcpListener, ledger: Arc<Ledger>, end: Gate) {
    let mut connections = JoinSet::new();
    let take = async {
        while let Ok((stream, _)) = listener.accept().await {
            connections.spawn(serve(stream, Arc::clone(&ledger)));
        }
    };
    tokio::select! {
        () = take => {}
        () = end.pass() => {}
    }
    drop(listener);
    connections.shutdown().await;
}

async fn serve(mut stream: TcpStream, ledger: Arc<Ledger>) {
    stream.set_nodelay(true).expect("a connected socket");
    let connection = ledger.connected();
    let (reader, writer) = stream.split();
    let (requests, replies) = mpsc::unbounded_channel();
    let end = tokio::select! {
        () = read_requests(reader, connection, &ledger, requests) => End::Fin,
        end = write_replies(writer, replies) => end,
    };
    if matches!(end, End::Reset) {
        stream.set_zero_linger().expect("a connected socket");
    }
    // Closed first, so that whoever is told of it can rely on it.
    drop(stream);
    for request in ledger.all().iter().filter(|request| request.connection == connection) {
        ledger.left(request.index);
    }
}

// === requests ===

async fn read_requests(
    mut reader: impl AsyncRead + Unpin,
    connection: usize,
    ledger: &Ledger,
    replies: mpsc::UnboundedSender<Reply>,
) {
    let mut buffer = BytesMut::new();
    while let Some(request) = read_request(&mut reader, &mut buffer, connection).await {
        let (_, reply) = ledger.receive(request);
        if replies.send(reply).is_err() {
            return;
        }
    }
}

async fn read_request(
    reader: &mut (impl AsyncRead + Unpin),
    buffer: &mut BytesMut,
    connection: usize,
) -> Option<Received> {
    let head = read_through(reader, buffer, b"\r\n\r\n").await?;
    let head = String::from_utf8_lossy(&head).into_owned();
    let mut lines = head.trim_end().split("\r\n");
    let mut words = lines.next()?.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
        .collect();
    let body = read_body(reader, buffer, &headers).await?;
    Some(Received { index: 0, connection, method, target, headers, body })
}

async fn read_body(
    reader: &mut (impl AsyncRead + Unpin),
    buffer: &mut BytesMut,
    headers: &[(String, String)],
) -> Option<Bytes> {
    let value = |wanted: &str| headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
    if value("transfer-encoding").is_some() {
        return read_chunks(reader, buffer).await;
    }
    let length = value("content-length").map_or(Ok(0), |(_, value)| value.parse());
    read_exact(reader, buffer, length.expect("a content-length is a number")).await
}

async fn read_chunks(reader: &mut (impl AsyncRead + Unpin), buffer: &mut BytesMut) -> Option<Bytes> {
    let mut body = BytesMut::new();
    loop {
        let line = read_through(reader, buffer, b"\r\n").await?;
        let size = String::from_utf8_lossy(&line);
        let size = size.split(';').next().expect("split gives at least one part").trim();
        let size = usize::from_str_radix(size, 16).expect("a chunk's size is hexadecimal");
        if size == 0 {
            while read_through(reader, buffer, b"\r\n").await?.len() > 2 {}
            return Some(body.freeze());
        }
        body.extend_from_slice(&read_exact(reader, buffer, size).await?);
        read_exact(reader, buffer, 2).await?;
    }
}

/// The bytes up to and including `mark`; none if the stream ends before it.
pub(crate) async fn read_through(
    reader: &mut (impl AsyncRead + Unpin),
    buffer: &mut BytesMut,
    mark: &[u8],
) -> Option<Bytes> {
    let mut searched = 0;
    loop {
        let found = buffer[searched..].windows(mark.len()).position(|window| window == mark);
        if let Some(position) = found {
            return Some(buffer.split_to(searched + position + mark.len()).freeze());
        }
        searched = (buffer.len() + 1).saturating_sub(mark.len());
        more(reader, buffer).await?;
    }
}

/// The next `length` bytes; none if the stream ends before that.
pub(crate) async fn read_exact(
    reader: &mut (impl AsyncRead + Unpin),
    buffer: &mut BytesMut,
    length: usize,
) -> Option<Bytes> {
    while buffer.len() < length {
        more(reader, buffer).await?;
    }
    Some(buffer.split_to(length).freeze())
}

/// Reads some bytes; none at the end of the stream or when it broke.
async fn more(reader: &mut (impl AsyncRead + Unpin), buffer: &mut BytesMut) -> Option<()> {
    buffer.reserve(64 << 10);
    let count = reader.read_buf(buffer).await.ok()?;
    (count > 0).then_some(())
}

// === replies ===

async fn write_replies(
    mut writer: impl AsyncWrite + Unpin,
    mut replies: mpsc::UnboundedReceiver<Reply>,
) -> End {
    while let Some(reply) = replies.recv().await {
        match write_reply(&mut writer, &reply).await {
            Ok(None) if !reply.closes() => {}
            Ok(Some(end)) => return end,
            // A socket that broke under us: its other end has gone, which the reader notes too.
            Ok(None) | Err(_) => return End::Fin,
        }
    }
    // The reader has gone and ends the connection.
    std::future::pending().await
}

async fn write_reply(writer: &mut (impl AsyncWrite + Unpin), reply: &Reply) -> std::io::Result<Option<End>> {
    if let Some(end) = write_pieces(writer, &reply.before, Framing::Bare).await? {
        return Ok(Some(end));
    }
    writer.write_all(&reply.head()).await?;
    writer.flush().await?;
    if let Some(end) = write_pieces(writer, &reply.body, reply.framing).await? {
        return Ok(Some(end));
    }
    if reply.framing == Framing::Chunked {
        writer.write_all(b"0\r\n\r\n").await?;
    }
    Ok(None)
}

async fn write_pieces(
    writer: &mut (impl AsyncWrite + Unpin),
    pieces: &[Piece],
    framing: Framing,
) -> std::io::Result<Option<End>> {
    for piece in pieces {
        match piece {
            Piece::Data(bytes) => writer.write_all(&framed(bytes, framing)).await?,
            Piece::Trickle(bytes) => trickle(writer, &framed(bytes, framing)).await?,
            Piece::Drip(bytes, pause) => drip(writer, &framed(bytes, framing), *pause).await?,
            Piece::Raw(bytes) => writer.write_all(bytes).await?,
            Piece::Wait(gate) => gate.pass().await,
            Piece::Stall => std::future::pending().await,
            Piece::Fin => return Ok(Some(End::Fin)),
            Piece::Reset => return Ok(Some(End::Reset)),
        }
    }
    Ok(None)
}

async fn trickle(writer: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) -> std::io::Result<()> {
    for byte in bytes {
        writer.write_all(&[*byte]).await?;
        writer.flush().await?;
        tokio::task::yield_now().await;
    }
    Ok(())
}

async fn drip(writer: &mut (impl AsyncWrite + Unpin), bytes: &[u8], pause: Duration) -> std::io::Result<()> {
    let mut ticks = tokio::time::interval(pause);
    // The first tick is over at once.
    ticks.tick().await;
    for byte in bytes {
        ticks.tick().await;
        writer.write_all(&[*byte]).await?;
        writer.flush().await?;
    }
    Ok(())
}

fn framed(bytes: &Bytes, framing: Framing) -> Bytes {
    // An empty chunk would end the body.
    if framing != Framing::Chunked || bytes.is_empty() {
        return bytes.clone();
    }
    let mut chunk = format!("{:x}\r\n", bytes.len()).into_bytes();
    chunk.extend_from_slice(bytes);
    chunk.extend_from_slice(b"\r\n");
    chunk.into()
}
