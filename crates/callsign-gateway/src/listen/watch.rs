//! A client's socket under watch: how long a request's head takes to arrive, how long a connection idles, how
//! long a client does not read, and whether a head says two things about its body's length.
//!
//! The HTTP server drops `Content-Length` where `Transfer-Encoding` stands beside it (RFC 9112, section 6.3, lets
//! it), so the one place to see both, and to refuse the request as an attempt at smuggling, is here.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use callsign_plan::catalog::Limits;
use http::{HeaderValue, Version, header, request};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::alarm::Alarm;
use crate::refusal::{Code, Refusal};

/// How long a connection may stay open between two requests.
const IDLE: Duration = Duration::from_mins(2);
/// How long a client may refuse to read.
const SEND: Duration = Duration::from_mins(1);
/// What is kept of a head to look at. A length told beyond it is not seen here, and the HTTP server settles it.
const LONGEST_HEAD: usize = 8 << 10;
/// The room that is kept for the next head.
const USUAL_HEAD: usize = 2 << 10;
/// What an HTTP/2 connection opens with (RFC 9113, section 3.4).
const HTTP2_PREFACE: &[u8] = b"PRI * HTTP/2.0";

/// A socket under watch.
#[derive(Debug)]
pub(crate) struct Watched {
    stream: TcpStream,
    mark: HeadMark,
    head_time: Duration,
    reading: Alarm,
    sending: Option<Pin<Box<Sleep>>>,
}

/// Where the connection stands between two heads; shared by the socket and the requests on it.
#[derive(Debug, Clone)]
pub(crate) struct HeadMark(Arc<Mutex<Progress>>);

/// Held while an answer is on its way.
#[derive(Debug)]
pub(crate) struct Answering(HeadMark);

#[derive(Debug)]
struct Progress {
    stage: Stage,
    head: Vec<u8>,
    /// For whichever of its requests needs one.
    alarm: Alarm,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nothing of the next head has come.
    Idle { since: Instant },
    /// Part of a head has come, or should have.
    Head { since: Instant },
    /// A request is being read.
    Reading,
    /// A request has been read and is being answered; what comes now belongs to the next.
    Answering,
    /// Heads are frames, which only the HTTP server can read.
    Http2,
}

// === impl Watched ===

impl Watched {
    /// Puts `stream` under watch.
    pub(crate) fn new(stream: TcpStream, limits: &Limits) -> (Self, HeadMark) {
        let progress = Progress {
            stage: Stage::Head { since: Instant::now() },
            head: Vec::new(),
            alarm: Alarm::default(),
        };
        let mark = HeadMark(Arc::new(Mutex::new(progress)));
        let head_time = limits.head_time;
        (Self { stream, mark: mark.clone(), head_time, reading: Alarm::default(), sending: None }, mark)
    }

    fn read_deadline(&self) -> Option<Instant> {
        match self.mark.lock().stage {
            Stage::Idle { since } => Some(since + IDLE),
            Stage::Head { since } => Some(since + self.head_time),
            Stage::Reading | Stage::Answering | Stage::Http2 => None,
        }
    }

    /// Ready once the client has taken too long.
    fn poll_late(&mut self, context: &mut Context<'_>) -> Poll<()> {
        self.read_deadline().map_or(Poll::Pending, |deadline| self.reading.poll(deadline, context))
    }

    fn poll_unread(&mut self, context: &mut Context<'_>) -> Poll<io::Error> {
        let timer = self.sending.get_or_insert_with(|| Box::pin(sleep_until(Instant::now() + SEND)));
        timer.as_mut().poll(context).map(|()| io::ErrorKind::TimedOut.into())
    }

    /// Lets a write wait only so long.
    fn bounded<T>(&mut self, context: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_pending() {
            return self.poll_unread(context).map(Err);
        }
        self.sending = None;
        written
    }
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if read.is_pending() {
            return self.poll_late(context).map(|()| Err(io::ErrorKind::TimedOut.into()));
        }
        self.mark.lock().see(buffer.filled().get(before..).unwrap_or_default());
        read
    }
}

impl AsyncWrite for Watched {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.bounded(context, written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.bounded(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

// === impl HeadMark ===

impl HeadMark {
    fn lock(&self) -> MutexGuard<'_, Progress> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Called with the parsed head of a request: refuses one that can be read in two ways.
    pub(crate) fn check(&self, head: &request::Parts) -> Result<(), Refusal> {
        let mut progress = self.lock();
        if progress.stage == Stage::Http2 {
            return Ok(());
        }
        progress.stage = Stage::Reading;
        let lines = progress.lines();
        progress.pass(head, lines.end);
        drop(progress);
        let message = doubt(head, lines.lengths);
        message.map_or(Ok(()), |message| Err(Refusal::new(Code::AmbiguousRequest, message).closing()))
    }

    /// Called when the request has been read to its end.
    pub(crate) fn body_read(&self) {
        let mut progress = self.lock();
        if progress.stage == Stage::Reading {
            progress.stage = Stage::Answering;
        }
    }

    /// An alarm, which the connection's next request may have after this one.
    pub(crate) fn lend_alarm(&self) -> Alarm {
        std::mem::take(&mut self.lock().alarm)
    }

    /// Takes an alarm back.
    pub(crate) fn take_back(&self, alarm: Alarm) {
        self.lock().alarm = alarm;
    }

    /// To be held until the answer has been sent.
    pub(crate) fn answering(self) -> Answering {
        Answering(self)
    }
}

/// What is in doubt about a head (RFC 9112, sections 3.2 and 6.1 to 6.3).
fn doubt(head: &request::Parts, lengths: usize) -> Option<&'static str> {
    let mut codings = head.headers.get_all(header::TRANSFER_ENCODING).iter();
    let coding = codings.next();
    if lengths > 1 || lengths == 1 && coding.is_some() {
        return Some(
            "the request tells its body's length more than once, send either one `content-length` or one \
             `transfer-encoding`",
        );
    }
    let plain = |coding: &HeaderValue| coding.as_bytes().eq_ignore_ascii_case(b"chunked");
    if codings.next().is_some() || coding.is_some_and(|coding| !plain(coding)) {
        return Some("the only `transfer-encoding` that is read is one `chunked`");
    }
    let hosts = head.headers.get_all(header::HOST).iter().take(2).count();
    match hosts {
        2 => Some("the request names its `host` more than once"),
        0 if head.version == Version::HTTP_11 => Some("the request names no `host`"),
        _ => None,
    }
}

// === impl Answering ===

impl Drop for Answering {
    fn drop(&mut self) {
        let mut progress = self.0.lock();
        let since = Instant::now();
        progress.stage = match progress.stage {
            Stage::Http2 => Stage::Http2,
            _ if progress.head.is_empty() => Stage::Idle { since },
            _ => Stage::Head { since },
        };
    }
}

// === impl Progress ===

impl Progress {
    fn see(&mut self, bytes: &[u8]) {
        if matches!(self.stage, Stage::Reading | Stage::Http2) || bytes.is_empty() {
            return;
        }
        if matches!(self.stage, Stage::Idle { .. }) {
            self.stage = Stage::Head { since: Instant::now() };
        }
        // Empty lines before a request are passed over (RFC 9112, section 2.2), by the HTTP server too.
        let bytes = if self.head.is_empty() { without_empty_lines(bytes) } else { bytes };
        let room = LONGEST_HEAD.saturating_sub(self.head.len());
        self.head.extend_from_slice(bytes.get(..room.min(bytes.len())).unwrap_or_default());
        if self.head.starts_with(HTTP2_PREFACE) {
            self.stage = Stage::Http2;
            self.head = Vec::new();
        }
    }

    /// Lets go of the head that was parsed and of its body. What came with them is the beginning of the next head,
    /// which the HTTP server has already and will not read again.
    fn pass(&mut self, head: &request::Parts, end: Option<usize>) {
        let length = head
            .headers
            .get(header::CONTENT_LENGTH)
            .map_or(Some(0), |value| value.to_str().ok()?.parse::<usize>().ok());
        let end = end.zip(length).and_then(|(end, length)| end.checked_add(length));
        let rest = end.and_then(|end| self.head.get(end..)).map(without_empty_lines).unwrap_or_default();
        let in_chunks = || head.headers.contains_key(header::TRANSFER_ENCODING);
        if rest.is_empty() || in_chunks() {
            self.head.clear();
        } else {
            self.head = rest.to_vec();
        }
        if self.head.is_empty() && self.head.capacity() > USUAL_HEAD {
            self.head = Vec::new();
        }
    }

    /// What the head's lines say.
    fn lines(&self) -> Lines {
        let mut lines = Lines { lengths: 0, end: None };
        for line in memchr::memchr_iter(b'\n', &self.head) {
            let Some(next) = self.head.get(line + 1..) else { break };
            match next {
                [b'\n', ..] => lines.end = Some(line + 2),
                [b'\r', b'\n', ..] => lines.end = Some(line + 3),
                [b'c' | b'C', ..] => lines.lengths += usize::from(is_length(next)),
                _ => {}
            }
            if lines.end.is_some() {
                break;
            }
        }
        lines
    }
}

/// What the lines of a head say.
#[derive(Debug)]
struct Lines {
    /// How many of them are `Content-Length`.
    lengths: usize,
    /// The byte after the empty line.
    end: Option<usize>,
}

fn is_length(line: &[u8]) -> bool {
    const NAME: &[u8] = b"content-length";
    line.get(..NAME.len()).is_some_and(|name| name.eq_ignore_ascii_case(NAME))
}

fn without_empty_lines(bytes: &[u8]) -> &[u8] {
    let start = bytes.iter().position(|byte| !matches!(byte, b'\r' | b'\n')).unwrap_or(bytes.len());
    bytes.get(start..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{Progress, Stage};
    use crate::alarm::Alarm;
    use tokio::time::Instant;

    #[test]
    fn lengths_are_counted_in_the_head_alone() {
        let cases = [
            ("POST / HTTP/1.1\r\nhost: x\r\n\r\n", 0),
            ("POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\n1", 1),
            ("POST / HTTP/1.1\r\ncontent-length: 1\r\nx: y\r\nCONTENT-LENGTH:1\r\n\r\n1", 2),
            ("POST / HTTP/1.1\r\nx-content-length: 1\r\n\r\n\ncontent-length: 2", 0),
            ("\r\n\r\nPOST / HTTP/1.1\r\nContent-Length: 1\r\n\r\n1", 1),
            ("\n\n\nPOST / HTTP/1.1\r\nContent-Length: 1\r\n\r\n1", 1),
        ];
        for (head, lengths) in cases {
            let stage = Stage::Idle { since: Instant::now() };
            let mut progress = Progress { stage, head: Vec::new(), alarm: Alarm::default() };
            progress.see(head.as_bytes());
            assert_eq!(progress.lines().lengths, lengths, "{head}");
        }
    }
}
