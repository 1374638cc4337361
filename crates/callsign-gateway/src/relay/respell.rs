//! Names in place of the provider's, in every event of a stream.

use bytes::{Bytes, BytesMut};
use callsign_wire::frame::sse::{Framer, TooLong};
use callsign_wire::reply::{self, Names};

/// Replaces names in whole events; an unfinished one waits for its end.
#[derive(Debug)]
pub(crate) struct Respell {
    names: Names,
    framer: Framer,
}

// === impl Respell ===

impl Respell {
    pub(crate) fn new(names: Names) -> Self {
        Self { names, framer: Framer::default() }
    }

    /// The events that `bytes` complete.
    pub(crate) fn push(&mut self, bytes: Bytes) -> Result<Bytes, TooLong> {
        self.framer.push(bytes);
        let Some(frame) = self.framer.next_frame()? else { return Ok(Bytes::new()) };
        let first = reply::frame(frame, &self.names).raw;
        let Some(frame) = self.framer.next_frame()? else { return Ok(first) };
        let mut out = BytesMut::from(first);
        out.extend_from_slice(&reply::frame(frame, &self.names).raw);
        while let Some(frame) = self.framer.next_frame()? {
            out.extend_from_slice(&reply::frame(frame, &self.names).raw);
        }
        Ok(out.freeze())
    }

    /// What is left at the end.
    pub(crate) fn finish(self) -> Bytes {
        let rest = self.framer.finish();
        rest.frame.map_or(rest.tail, |frame| reply::frame(frame, &self.names).raw)
    }
}
