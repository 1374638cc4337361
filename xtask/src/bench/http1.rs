//! Just enough HTTP/1.1 to drive a benchmark: heads, lengths and chunks, read out of one reused buffer.

use std::io::Read;

use anyhow::{Context, Result, bail, ensure};

const BUFFER: usize = 128 * 1024;
const BLANK_LINE: &[u8] = b"\r\n\r\n";

/// How a message says where its body ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// After this many bytes.
    Length(usize),
    /// After the chunk of size zero.
    Chunked,
}

/// What is read of a message's head.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// The status of a reply; nothing for a request.
    pub(super) status: Option<u16>,
    /// Where the body ends.
    pub(super) framing: Framing,
}

/// Messages, one after another, out of a byte stream.
pub(super) struct Reader<R> {
    source: R,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    reads: u64,
}

// === impl Head ===

impl Head {
    fn parse(head: &[u8]) -> Result<Self> {
        let text = std::str::from_utf8(head).context("a head is not text")?;
        let mut lines = text.split("\r\n");
        let first = lines.next().unwrap_or_default();
        let status = first.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)?.parse().ok());
        let mut framing = Framing::Length(0);
        for (name, value) in lines.filter_map(|line| line.split_once(':')) {
            if name.eq_ignore_ascii_case("content-length") {
                framing = Framing::Length(value.trim().parse().context("a content-length is not a number")?);
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                ensure!(value.trim() == "chunked", "transfer-encoding `{}` is not known here", value.trim());
                framing = Framing::Chunked;
            }
        }
        Ok(Self { status, framing })
    }
}

// === impl Reader ===

impl<R: Read> Reader<R> {
    /// Reads messages from `source`.
    pub(super) fn new(source: R) -> Self {
        Self { source, buffer: vec![0; BUFFER], start: 0, end: 0, reads: 0 }
    }

    /// How often the source was asked so far: tells how many events a proxy sent together.
    pub(super) fn reads(&self) -> u64 {
        self.reads
    }

    /// The next message's head, or nothing when the other side closed between messages.
    pub(super) fn head(&mut self) -> Result<Option<Head>> {
        loop {
            let pending = self.pending();
            if let Some(at) = memchr::memmem::find(pending, BLANK_LINE) {
                let head = Head::parse(pending.get(..at).unwrap_or_default())?;
                self.start += at + BLANK_LINE.len();
                return Ok(Some(head));
            }
            let between_messages = pending.is_empty();
            if self.fill()? == 0 {
                ensure!(between_messages, "the connection was closed inside a head");
                return Ok(None);
            }
        }
    }

    /// Hands the body's content, without chunk framing, to `sink` as it arrives.
    pub(super) fn body(&mut self, framing: Framing, sink: &mut impl FnMut(&[u8])) -> Result<()> {
        match framing {
            Framing::Length(length) => self.pass(length, sink),
            Framing::Chunked => self.chunks(sink),
        }
    }

    fn chunks(&mut self, sink: &mut impl FnMut(&[u8])) -> Result<()> {
        loop {
            let size = self.chunk_size()?;
            if size == 0 {
                while self.line()? > BLANK_LINE.len() / 2 {}
                return Ok(());
            }
            self.pass(size, sink)?;
            self.pass(2, &mut |_| ())?;
        }
    }

    fn chunk_size(&mut self) -> Result<usize> {
        let length = self.line()?;
        let line = self.buffer.get(self.start - length..self.start).unwrap_or_default();
        let line = std::str::from_utf8(line).context("a chunk size is not text")?;
        let digits = line.split(';').next().unwrap_or_default().trim();
        usize::from_str_radix(digits, 16).with_context(|| format!("`{digits}` is not a chunk size"))
    }

    /// Steps over one line and says how long it was, its end included.
    fn line(&mut self) -> Result<usize> {
        loop {
            if let Some(at) = memchr::memchr(b'\n', self.pending()) {
                self.start += at + 1;
                return Ok(at + 1);
            }
            self.fill_more()?;
        }
    }

    fn pass(&mut self, mut left: usize, sink: &mut impl FnMut(&[u8])) -> Result<()> {
        while left > 0 {
            let pending = self.pending();
            if pending.is_empty() {
                self.fill_more()?;
                continue;
            }
            let part = pending.get(..left).unwrap_or(pending);
            sink(part);
            let length = part.len();
            self.start += length;
            left -= length;
        }
        Ok(())
    }

    fn pending(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    fn fill_more(&mut self) -> Result<()> {
        if self.fill()? == 0 {
            bail!("the connection was closed inside a body");
        }
        Ok(())
    }

    fn fill(&mut self) -> Result<usize> {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        } else if self.end == self.buffer.len() {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        let room = self.buffer.get_mut(self.end..).unwrap_or_default();
        ensure!(!room.is_empty(), "a head or chunk line is longer than {BUFFER} bytes");
        let count = self.source.read(room)?;
        self.end += count;
        self.reads += 1;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A source that gives `step` bytes at a time.
    struct Dripping<'a> {
        bytes: &'a [u8],
        step: usize,
    }

    impl Read for Dripping<'_> {
        fn read(&mut self, room: &mut [u8]) -> std::io::Result<usize> {
            let count = self.step.min(self.bytes.len()).min(room.len());
            let (now, later) = self.bytes.split_at(count);
            room[..count].copy_from_slice(now);
            self.bytes = later;
            Ok(count)
        }
    }

    fn messages(bytes: &[u8], step: usize) -> Result<Vec<(Option<u16>, String)>> {
        let mut reader = Reader::new(Dripping { bytes, step });
        let mut found = Vec::new();
        while let Some(head) = reader.head()? {
            let mut body = Vec::new();
            reader.body(head.framing, &mut |part| body.extend_from_slice(part))?;
            found.push((head.status, String::from_utf8(body)?));
        }
        Ok(found)
    }

    #[test]
    fn messages_are_the_same_however_the_bytes_arrive() {
        let bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello\
            HTTP/1.1 429 Slow\r\ntransfer-encoding: chunked\r\n\r\n3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nt: v\r\n\r\n\
            POST / HTTP/1.1\r\nHost: a\r\n\r\n";
        let expected =
            vec![(Some(200), "hello".into()), (Some(429), "abc0123456789".into()), (None, String::new())];
        for step in 1..bytes.len() {
            assert_eq!(messages(bytes, step).unwrap(), expected, "{step} bytes at a time");
        }
    }

    #[test]
    fn a_body_longer_than_the_buffer_passes() {
        let body = "x".repeat(3 * BUFFER);
        let bytes = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        assert_eq!(messages(bytes.as_bytes(), 7000).unwrap(), vec![(Some(200), body)]);
    }

    #[test]
    fn a_cut_message_is_an_error() {
        let whole = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello";
        for cut in 1..whole.len() {
            assert!(messages(&whole.as_bytes()[..cut], 8).is_err(), "cut after {cut} bytes");
        }
    }

    #[test]
    fn what_cannot_be_read_is_an_error() {
        for text in [
            "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: many\r\n\r\n",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        ] {
            assert!(messages(text.as_bytes(), 8).is_err(), "{text}");
        }
    }
}
