//! The body of a request to a provider: the client's bytes around a spliced value.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use callsign_wire::splice::Spliced;
use http_body::{Body, Frame, SizeHint};

/// Bytes, and up to two more pieces that are sent after them.
#[derive(Debug, Clone)]
pub(crate) struct Payload {
    first: Bytes,
    /// Apart, since most requests have none and each is moved many times.
    more: Option<Box<[Bytes; 2]>>,
}

/// Below this a copy is cheaper than three writes.
const COPIED: usize = 64 << 10;

// === impl Payload ===

impl Payload {
    pub(crate) fn new(spliced: Spliced) -> Self {
        if spliced.len() <= COPIED {
            return Self { first: spliced.into_bytes(), more: None };
        }
        let [first, second, third] = spliced.into_chunks();
        Self { first, more: Some(Box::new([second, third])) }
    }

    /// A body in one piece.
    pub(crate) fn whole(bytes: impl Into<Bytes>) -> Self {
        Self { first: bytes.into(), more: None }
    }

    /// A body of these pieces.
    pub(crate) fn of([first, second, third]: [Bytes; 3]) -> Self {
        Self { first, more: Some(Box::new([second, third])) }
    }

    /// What is still to be sent.
    pub(crate) fn rest(&self) -> impl Iterator<Item = &Bytes> {
        self.pieces().filter(|piece| !piece.is_empty())
    }

    fn pieces(&self) -> impl Iterator<Item = &Bytes> {
        [&self.first].into_iter().chain(self.more.iter().flat_map(|more| more.iter()))
    }

    /// The next piece that holds something.
    fn take(&mut self) -> Option<Bytes> {
        let more = self.more.iter_mut().flat_map(|more| more.iter_mut());
        let next = [&mut self.first].into_iter().chain(more).find(|piece| !piece.is_empty());
        next.map(std::mem::take)
    }
}

impl Body for Payload {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.take().map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.pieces().all(Bytes::is_empty)
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.pieces().map(|piece| piece.len() as u64).sum())
    }
}
