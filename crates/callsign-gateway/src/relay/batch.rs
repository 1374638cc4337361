//! Pieces of a stream that came together, so that they go out together.
//!
//! The HTTP client hands over one chunk for each turn of its task, however many one read brought; written one by
//! one, each would cost a system call. So a piece waits for one turn of the scheduler, which is no time at all, and
//! leaves with those that followed it by then.

use std::task::{Context, Poll};

use bytes::Bytes;

use crate::pieces::Pieces;

/// What is gathered.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pieces: Pieces,
    /// How often nothing more was ready since the last piece.
    waits: u8,
}

/// The HTTP server asks a body twice in one turn of its task (hyper's `poll_loop`), so that only the third time is
/// sure to come after a turn of the client's.
const WAITS: u8 = 2;

/// No more than this waits.
const LARGEST: usize = 16 << 10;

// === impl Batch ===

impl Batch {
    /// Adds a piece. Whether there is room for more.
    pub(crate) fn push(&mut self, piece: Bytes) -> bool {
        self.waits = 0;
        self.pieces.push(piece);
        self.len() < LARGEST
    }

    /// How many bytes are gathered.
    pub(crate) fn len(&self) -> usize {
        self.pieces.len()
    }

    /// Whether nothing is gathered.
    pub(crate) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// What is gathered.
    pub(crate) fn take(&mut self) -> Bytes {
        self.waits = 0;
        self.pieces.take()
    }

    /// To be asked when nothing more is ready: pending for a turn, ready with what is gathered after that.
    pub(crate) fn poll_take(&mut self, context: &mut Context<'_>) -> Poll<Bytes> {
        if self.is_empty() {
            return Poll::Pending;
        }
        if self.waits < WAITS {
            self.waits += 1;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(self.take())
    }
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Poll, Waker};

    use bytes::Bytes;

    use super::{Batch, LARGEST, WAITS};

    #[test]
    fn pieces_of_one_turn_leave_together_and_in_order() {
        let mut batch = Batch::default();
        let mut context = Context::from_waker(Waker::noop());
        assert!(batch.push(Bytes::from_static(b"a")));
        assert_eq!(batch.poll_take(&mut context), Poll::Pending);
        assert!(batch.push(Bytes::from_static(b"b")));
        assert!(batch.push(Bytes::from_static(b"c")));
        for _ in 0..WAITS {
            assert_eq!(batch.poll_take(&mut context), Poll::Pending);
        }
        assert_eq!(batch.poll_take(&mut context), Poll::Ready(Bytes::from_static(b"abc")));
        assert!(batch.is_empty());
        assert_eq!(batch.poll_take(&mut context), Poll::Pending);
    }

    #[test]
    fn a_full_batch_takes_no_more() {
        let mut batch = Batch::default();
        assert!(batch.push(Bytes::from(vec![b'x'; LARGEST - 1])));
        assert!(!batch.push(Bytes::from_static(b"y")));
        assert_eq!(batch.take().len(), LARGEST);
    }
}
