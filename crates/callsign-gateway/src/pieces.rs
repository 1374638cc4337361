//! Bytes that come in pieces and leave as one: without a copy where there was but one piece.

use bytes::{Bytes, BytesMut};

/// What has come.
#[derive(Debug, Default)]
pub(crate) struct Pieces {
    one: Bytes,
    more: BytesMut,
}

// === impl Pieces ===

impl Pieces {
    /// Adds a piece.
    pub(crate) fn push(&mut self, piece: Bytes) {
        if self.one.is_empty() {
            self.one = piece;
            return;
        }
        if self.more.is_empty() {
            self.more.reserve(ROOM.max(2 * (self.one.len() + piece.len())));
            self.more.extend_from_slice(&self.one);
        }
        self.more.extend_from_slice(&piece);
    }

    /// How many bytes have come.
    pub(crate) fn len(&self) -> usize {
        self.one.len().max(self.more.len())
    }

    /// Whether nothing has come.
    pub(crate) fn is_empty(&self) -> bool {
        self.one.is_empty()
    }

    /// All of it; nothing is left.
    pub(crate) fn take(&mut self) -> Bytes {
        let one = std::mem::take(&mut self.one);
        if self.more.is_empty() { one } else { self.more.split().freeze() }
    }
}

/// The least that is set aside where a second piece comes.
const ROOM: usize = 16 << 10;
