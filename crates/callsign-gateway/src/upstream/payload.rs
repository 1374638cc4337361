//! The body of a request to a provider: the client's bytes around a spliced value.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use callsign_wire::splice::Spliced;
use http_body::{Body, Frame, SizeHint};

/// Up to three pieces of bytes, sent one after another.
#[derive(Debug, Clone)]
pub(crate) struct Payload {
    pieces: [Bytes; 3],
    next: usize,
}

/// Below this a copy is cheaper than three writes.
const COPIED: usize = 64 << 10;

// === impl Payload ===

impl Payload {
    pub(crate) fn new(spliced: Spliced) -> Self {
        let pieces = if spliced.len() <= COPIED {
            [spliced.into_bytes(), Bytes::new(), Bytes::new()]
        } else {
            spliced.into_chunks()
        };
        Self { pieces, next: 0 }
    }

    /// A body in one piece.
    pub(crate) fn whole(bytes: impl Into<Bytes>) -> Self {
        Self::of([bytes.into(), Bytes::new(), Bytes::new()])
    }

    /// A body of these pieces.
    pub(crate) fn of(pieces: [Bytes; 3]) -> Self {
        Self { pieces, next: 0 }
    }

    /// What is still to be sent.
    pub(crate) fn rest(&self) -> impl Iterator<Item = &Bytes> {
        self.pieces.iter().skip(self.next).filter(|piece| !piece.is_empty())
    }
}

impl Body for Payload {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        while let Some(piece) = self.pieces.get(self.next).cloned() {
            self.next += 1;
            if !piece.is_empty() {
                return Poll::Ready(Some(Ok(Frame::data(piece))));
            }
        }
        Poll::Ready(None)
    }

    fn is_end_stream(&self) -> bool {
        self.rest().next().is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest().map(|piece| piece.len() as u64).sum())
    }
}
