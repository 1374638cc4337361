//! Server-sent events, split where the [HTML standard](https://html.spec.whatwg.org/multipage/server-sent-events.html)
//! splits them, with the bytes of each kept as they came.
//!
//! The crates for this hand out fields as strings and drop the bytes (comments, line ends, field order), so an event could
//! not go on untouched: `sse-stream` 0.3 yields `Sse { event, data, id, retry }` and no more. Here the bytes come first and
//! the fields are slices of them. Every byte is looked at once, however the chunks fall.

use std::ops::Range;

use bytes::{Bytes, BytesMut};

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// The largest event that [`Framer::default`] accepts, in bytes.
pub const DEFAULT_LIMIT: usize = 16 << 20;

/// One event, or a block of comments between events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Its bytes as they came, the blank line that ends it included.
    pub raw: Bytes,
    /// The event's name, where it has one.
    pub event: Option<Bytes>,
    /// Its data, lines joined by LF; `None` where no `data` line stands (then clients see no event).
    pub data: Option<Bytes>,
    /// How many bytes of `raw` precede its first line: the stream's byte order mark.
    skipped: usize,
}

/// An event is larger than allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an event of the stream is larger than {limit} bytes")]
pub struct TooLong {
    /// The most that is allowed.
    pub limit: usize,
}

/// What is left when a stream ends.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rest {
    /// An event whose last line break was waited for in vain: it may have been CR LF.
    pub frame: Option<Frame>,
    /// Bytes of an event that was not finished; clients ignore it.
    pub tail: Bytes,
}

/// Splits a stream into [`Frame`]s.
#[derive(Debug)]
pub struct Framer {
    limit: usize,
    ends: EventEnds,
    first: bool,
    /// What came of the event that is under way, all of it seen by `ends`.
    carry: BytesMut,
    /// What came after, not yet seen.
    chunk: Bytes,
}

/// Finds where events end, chunk by chunk.
#[derive(Debug, Clone)]
pub struct EventEnds {
    /// How many bytes of a byte order mark have come at the stream's very beginning; 3 once that is past.
    mark: usize,
    /// Nothing has come of the line that is under way.
    blank: bool,
    /// The last line ended in CR alone.
    lone_cr: bool,
    cr: TrailingCr,
}

/// A CR that ended the last chunk, so that an LF may still belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TrailingCr {
    None,
    /// It ended a line.
    Line,
    /// It ended an event.
    Event,
}

/// Where the first event ends (the byte after its blank line), if it ends here.
///
/// For a stream that comes in pieces keep an [`EventEnds`].
pub fn find_event_end(bytes: &[u8]) -> Option<usize> {
    let mut ends = EventEnds::default();
    ends.find(bytes).or_else(|| ends.is_waiting().then_some(bytes.len()))
}

// === impl EventEnds ===

impl Default for EventEnds {
    fn default() -> Self {
        Self { mark: 0, blank: true, lone_cr: false, cr: TrailingCr::None }
    }
}

impl EventEnds {
    /// Goes over the bytes that follow those seen so far, up to the first event's end; answers how many belong to it (0 where
    /// it had ended before), or `None` when it goes on after all of them. Bytes past the end are not seen.
    pub fn find(&mut self, bytes: &[u8]) -> Option<usize> {
        let next = bytes.first()?;
        let cr = std::mem::replace(&mut self.cr, TrailingCr::None);
        let mut at = 0;
        if cr != TrailingCr::None {
            let paired = *next == b'\n';
            self.lone_cr = !paired;
            at = usize::from(paired);
            if cr == TrailingCr::Event {
                return Some(at);
            }
        }
        at += self.pass_mark(bytes);
        loop {
            let rest = bytes.get(at..).unwrap_or_default();
            let Some(length) = memchr::memchr2(b'\n', b'\r', rest) else {
                self.blank &= rest.is_empty();
                return None;
            };
            let ended = self.blank && length == 0;
            self.blank = true;
            at += length;
            let (taken, sure) = self.pass_line_end(bytes.get(at..).unwrap_or_default(), ended);
            at += taken;
            if ended {
                return sure.then_some(at);
            }
        }
    }

    /// Whether the event is complete but for an LF that may still come after its CR.
    pub fn is_waiting(&self) -> bool {
        self.cr == TrailingCr::Event
    }

    /// Passes over one line break; answers its length, and whether it is known to be complete.
    fn pass_line_end(&mut self, bytes: &[u8], ends_event: bool) -> (usize, bool) {
        if bytes.first() == Some(&b'\n') {
            self.lone_cr = false;
            return (1, true);
        }
        // A stream whose lines end in CR alone need not wait to see what follows each event. Whether it is one was
        // settled by the line before, so that the answer does not hang on how the chunks fall.
        if ends_event && self.lone_cr {
            self.cr = TrailingCr::Line;
            return (1, true);
        }
        match bytes.get(1) {
            Some(b'\n') => {
                self.lone_cr = false;
                (2, true)
            }
            Some(_) => {
                self.lone_cr = true;
                (1, true)
            }
            None => {
                self.cr = if ends_event { TrailingCr::Event } else { TrailingCr::Line };
                (1, false)
            }
        }
    }

    /// Passes over the byte order mark that may open a stream.
    fn pass_mark(&mut self, bytes: &[u8]) -> usize {
        let missing = BYTE_ORDER_MARK.get(self.mark..).unwrap_or_default();
        if missing.is_empty() {
            return 0;
        }
        let same = missing.iter().zip(bytes).take_while(|(mark, byte)| mark == byte).count();
        let whole = same == missing.len();
        let more_may_come = same == bytes.len();
        if !whole && !more_may_come {
            self.blank &= self.mark + same == 0;
            self.mark = BYTE_ORDER_MARK.len();
        } else {
            self.mark += same;
        }
        same
    }
}

// === impl Framer ===

impl Default for Framer {
    fn default() -> Self {
        Self::new(DEFAULT_LIMIT)
    }
}

impl Framer {
    /// A framer that accepts events of at most `limit` bytes.
    pub fn new(limit: usize) -> Self {
        Self { limit, ends: EventEnds::default(), first: true, carry: BytesMut::new(), chunk: Bytes::new() }
    }

    /// Takes the next bytes of the stream; call [`Framer::next_frame`] until it has no more.
    pub fn push(&mut self, chunk: Bytes) {
        if self.chunk.is_empty() {
            self.chunk = chunk;
        } else {
            self.chunk = [self.chunk.as_ref(), chunk.as_ref()].concat().into();
        }
    }

    /// The next event that is complete. After an error only [`Framer::finish`] makes sense: it has all bytes not handed out.
    pub fn next_frame(&mut self) -> Result<Option<Frame>, TooLong> {
        if let Some(end) = self.ends.find(&self.chunk) {
            self.check(end)?;
            let head = self.chunk.split_to(end);
            let raw = if self.carry.is_empty() {
                head
            } else {
                self.carry.extend_from_slice(&head);
                self.carry.split().freeze()
            };
            return Ok(Some(self.frame(raw)));
        }
        self.check(self.chunk.len())?;
        self.carry.extend_from_slice(&std::mem::take(&mut self.chunk));
        Ok(None)
    }

    /// What is left, once the stream has ended and [`Framer::next_frame`] has no more.
    pub fn finish(mut self) -> Rest {
        let rest = self.carry.split().freeze();
        if self.ends.is_waiting() && self.chunk.is_empty() {
            return Rest { frame: Some(self.frame(rest)), tail: Bytes::new() };
        }
        let tail = if self.chunk.is_empty() { rest } else { [rest, self.chunk].concat().into() };
        Rest { frame: None, tail }
    }

    fn check(&self, more: usize) -> Result<(), TooLong> {
        if self.carry.len() + more > self.limit { Err(TooLong { limit: self.limit }) } else { Ok(()) }
    }

    fn frame(&mut self, raw: Bytes) -> Frame {
        let first = std::mem::replace(&mut self.first, false);
        let skipped = if first && raw.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
        Frame::parse(raw, skipped)
    }
}

// === impl Frame ===

impl From<Bytes> for Frame {
    /// Reads one whole event that is not the stream's first.
    fn from(raw: Bytes) -> Self {
        Self::parse(raw, 0)
    }
}

impl Frame {
    /// Reads the fields of `raw` from byte `skipped` on.
    fn parse(raw: Bytes, skipped: usize) -> Self {
        let mut event = None;
        let mut data = Gathered::None;
        for (name, value) in Fields::of(&raw, skipped) {
            match name {
                b"data" => data = data.and(&raw, value),
                b"event" => event = Some(value),
                _ => {}
            }
        }
        let event = event.filter(|name| !name.is_empty()).map(|name| raw.slice(name));
        let data = match data {
            Gathered::None => None,
            Gathered::Line(place) => Some(raw.slice(place)),
            Gathered::Lines(joined) => Some(joined.into()),
        };
        Self { raw, event, data, skipped }
    }

    /// The same event with other bytes and other data.
    pub(crate) fn respelled(self, raw: Bytes, data: Bytes) -> Self {
        Self { raw, data: Some(data), ..self }
    }

    /// Where bytes of the data lie in `raw`; `None` where they are not in one piece there.
    pub(crate) fn place_in_raw(&self, wanted: &Range<usize>) -> Option<Range<usize>> {
        let mut line_start = 0;
        for (_, place) in Fields::of(&self.raw, self.skipped).filter(|(name, _)| *name == b"data") {
            let line_end = line_start + place.len();
            if wanted.start >= line_start && wanted.end <= line_end {
                let start = place.start + (wanted.start - line_start);
                return Some(start..start + wanted.len());
            }
            line_start = line_end + 1;
        }
        None
    }
}

/// The data of an event: copied only where it has several lines.
enum Gathered {
    None,
    Line(Range<usize>),
    Lines(Vec<u8>),
}

// === impl Gathered ===

impl Gathered {
    fn and(self, raw: &[u8], line: Range<usize>) -> Self {
        let mut joined = match self {
            Self::None => return Self::Line(line),
            Self::Line(first) => raw.get(first).unwrap_or_default().to_vec(),
            Self::Lines(joined) => joined,
        };
        joined.push(b'\n');
        joined.extend_from_slice(raw.get(line).unwrap_or_default());
        Self::Lines(joined)
    }
}

/// The fields of an event: name, and where the value lies.
struct Fields<'a> {
    raw: &'a [u8],
    at: usize,
}

// === impl Fields ===

impl<'a> Fields<'a> {
    fn of(raw: &'a [u8], skipped: usize) -> Self {
        Self { raw, at: skipped }
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = (&'a [u8], Range<usize>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let rest = self.raw.get(self.at..).filter(|rest| !rest.is_empty())?;
            let start = self.at;
            // The LF of a CR LF reads as one more blank line, which is none of any field's.
            let length = memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
            self.at = start + length + 1;
            let line = rest.get(..length).unwrap_or_default();
            let colon = memchr::memchr(b':', line);
            let name = line.get(..colon.unwrap_or(length)).unwrap_or_default();
            if name.is_empty() {
                continue;
            }
            let after = colon.map_or(length, |colon| colon + 1);
            let space = usize::from(line.get(after) == Some(&b' '));
            return Some((name, start + after + space..start + length));
        }
    }
}

#[cfg(test)]
mod tests;
