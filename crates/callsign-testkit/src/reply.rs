//! A scripted reply: what an upstream answers, as data.

use std::time::Duration;

use bytes::Bytes;

use crate::gate::Gate;

/// One thing that an upstream does while it answers.
#[derive(Debug, Clone)]
pub enum Piece {
    /// Sends these bytes of the body, as one chunk where the framing has chunks.
    Data(Bytes),
    /// Sends these bytes of the body one at a time.
    Trickle(Bytes),
    /// Sends these bytes of the body one at a time, with this pause before each.
    Drip(Bytes, Duration),
    /// Puts these bytes on the socket as they are, past any framing.
    Raw(Bytes),
    /// Waits for a gate.
    Wait(Gate),
    /// Does nothing more, for ever.
    Stall,
    /// Closes the connection in good order, whatever was promised.
    Fin,
    /// Aborts the connection.
    Reset,
}

/// How the length of a body is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// By a true `content-length`.
    Length,
    /// By this `content-length`, true or not.
    Claimed(u64),
    /// By chunks.
    Chunked,
    /// By the end of the connection.
    UntilClose,
    /// There is no head at all: only what the pieces put on the socket.
    Bare,
}

/// A whole reply.
#[derive(Debug, Clone)]
pub struct Reply {
    /// What happens before the head is sent.
    pub before: Vec<Piece>,
    /// The status.
    pub status: u16,
    /// The headers, in order, duplicates as they come.
    pub headers: Vec<(String, String)>,
    /// How the body's length is told.
    pub framing: Framing,
    /// What happens after the head was sent.
    pub body: Vec<Piece>,
}

// === impl Reply ===

impl Reply {
    fn new(status: u16, framing: Framing) -> Self {
        Self { before: Vec::new(), status, headers: Vec::new(), framing, body: Vec::new() }
    }

    /// A JSON body with a true length.
    pub fn json(status: u16, body: impl Into<Bytes>) -> Self {
        Self::new(status, Framing::Length).header("content-type", "application/json").data(body)
    }

    /// A body of any type with a true length.
    pub fn body(status: u16, content_type: &str, body: impl Into<Bytes>) -> Self {
        Self::new(status, Framing::Length).header("content-type", content_type).data(body)
    }

    /// The beginning of a stream of server-sent events, with status 200.
    pub fn stream() -> Self {
        Self::new(200, Framing::Chunked).header("content-type", "text/event-stream")
    }

    /// A stream of server-sent events, each of `events` in a chunk of its own.
    pub fn sse<E: Into<Bytes>>(events: impl IntoIterator<Item = E>) -> Self {
        events.into_iter().fold(Self::stream(), Self::data)
    }

    /// Bytes that are put on the socket in place of a reply, followed by the end of the connection.
    pub fn garbage(bytes: impl Into<Bytes>) -> Self {
        Self::new(200, Framing::Bare).raw(bytes).fin()
    }

    /// No reply, ever.
    pub fn silence() -> Self {
        Self::new(200, Framing::Bare).stall()
    }

    /// Closes the connection in place of a reply.
    pub fn hang_up() -> Self {
        Self::new(200, Framing::Bare).fin()
    }

    /// Aborts the connection in place of a reply.
    pub fn abort() -> Self {
        Self::new(200, Framing::Bare).reset()
    }

    /// With a further header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With the length told in another way.
    #[must_use]
    pub fn framed(mut self, framing: Framing) -> Self {
        self.framing = framing;
        self
    }

    /// Preceded by these bytes (an interim response).
    #[must_use]
    pub fn after_raw(mut self, bytes: impl Into<Bytes>) -> Self {
        self.before.push(Piece::Raw(bytes.into()));
        self
    }

    /// Held back, head and all, until `gate` opens.
    #[must_use]
    pub fn held_by(mut self, gate: &Gate) -> Self {
        self.before.push(Piece::Wait(gate.clone()));
        self
    }

    /// Then these bytes of the body.
    #[must_use]
    pub fn data(self, bytes: impl Into<Bytes>) -> Self {
        self.then(Piece::Data(bytes.into()))
    }

    /// Then these bytes of the body, one at a time.
    #[must_use]
    pub fn trickle(self, bytes: impl Into<Bytes>) -> Self {
        self.then(Piece::Trickle(bytes.into()))
    }

    /// Then these bytes of the body, one at a time and with this pause before each.
    #[must_use]
    pub fn drip(self, bytes: impl Into<Bytes>, pause: Duration) -> Self {
        self.then(Piece::Drip(bytes.into(), pause))
    }

    /// Then these bytes past any framing.
    #[must_use]
    pub fn raw(self, bytes: impl Into<Bytes>) -> Self {
        self.then(Piece::Raw(bytes.into()))
    }

    /// Then nothing until `gate` opens.
    #[must_use]
    pub fn wait(self, gate: &Gate) -> Self {
        self.then(Piece::Wait(gate.clone()))
    }

    /// Then nothing, for ever.
    #[must_use]
    pub fn stall(self) -> Self {
        self.then(Piece::Stall)
    }

    /// Then the connection is closed in good order.
    #[must_use]
    pub fn fin(self) -> Self {
        self.then(Piece::Fin)
    }

    /// Then the connection is aborted.
    #[must_use]
    pub fn reset(self) -> Self {
        self.then(Piece::Reset)
    }

    fn then(mut self, piece: Piece) -> Self {
        self.body.push(piece);
        self
    }

    /// The head as it goes on the socket.
    pub(crate) fn head(&self) -> Vec<u8> {
        let length = match self.framing {
            Framing::Length => format!("content-length: {}\r\n", self.length()),
            Framing::Claimed(length) => format!("content-length: {length}\r\n"),
            Framing::Chunked => "transfer-encoding: chunked\r\n".to_owned(),
            Framing::UntilClose => "connection: close\r\n".to_owned(),
            Framing::Bare => return Vec::new(),
        };
        let lines = self.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n"));
        let headers: String = lines.collect();
        format!("HTTP/1.1 {} Scripted\r\n{headers}{length}\r\n", self.status).into_bytes()
    }

    /// Whether the connection ends with this reply.
    pub(crate) fn closes(&self) -> bool {
        let asked = self.headers.iter().any(|(name, value)| {
            name.eq_ignore_ascii_case("connection") && value.to_ascii_lowercase().contains("close")
        });
        asked || self.framing == Framing::UntilClose
    }

    fn length(&self) -> usize {
        let length = |piece: &Piece| match piece {
            Piece::Data(bytes) | Piece::Trickle(bytes) | Piece::Drip(bytes, _) => bytes.len(),
            _ => 0,
        };
        self.body.iter().map(length).sum()
    }
}
