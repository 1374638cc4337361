//! The last bytes of a stream, kept to tell whether it ended as it should.

use std::borrow::Cow;

use callsign_wire::dialect::Operation;
use callsign_wire::ending::{self, Ending};
use callsign_wire::hub::usage::Usage;
use callsign_wire::used;

/// The last bytes, in two parts, so that what is too old goes without a copy of the rest.
#[derive(Debug, Default)]
pub(crate) struct Ends {
    before: Vec<u8>,
    last: Vec<u8>,
}

/// So many are kept at least, where there were so many: usage and citations may stand behind the event that ends an
/// answer.
const KEPT: usize = 16 << 10;

/// What is looked at before the rest.
const LOOKED_AT_FIRST: usize = 1 << 10;

/// What is set aside for a stream of a few events.
const FEW_EVENTS: usize = 2 << 10;

// === impl Ends ===

impl Ends {
    /// Some more came.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        let bytes = bytes.get(bytes.len().saturating_sub(KEPT)..).unwrap_or(bytes);
        if self.last.len() + bytes.len() > KEPT {
            std::mem::swap(&mut self.before, &mut self.last);
            self.last.clear();
        }
        if self.last.capacity() - self.last.len() < bytes.len() {
            let room = if self.last.is_empty() && self.before.is_empty() { FEW_EVENTS } else { KEPT };
            self.last.reserve_exact(bytes.len().max(room.saturating_sub(self.last.len())));
        }
        self.last.extend_from_slice(bytes);
    }

    /// Whether nothing came.
    pub(crate) fn is_empty(&self) -> bool {
        self.last.is_empty()
    }

    /// What a stream says that it took of which these are the last bytes.
    pub(crate) fn usage(&self, operation: Operation, head: &[u8]) -> Option<Usage> {
        used::stream(operation, head, &self.bytes(KEPT))
    }

    /// How a stream ended of which these are the last bytes. Most tell it in the very last.
    pub(crate) fn ending(&self, operation: Operation) -> Ending {
        match ending::of(operation, &self.bytes(LOOKED_AT_FIRST)) {
            Ending::Cut if self.before.len() + self.last.len() > LOOKED_AT_FIRST => {
                ending::of(operation, &self.bytes(KEPT))
            }
            ending => ending,
        }
    }

    /// The last bytes, as many as these.
    fn bytes(&self, most: usize) -> Cow<'_, [u8]> {
        if let Some(from) = self.last.len().checked_sub(most) {
            return Cow::Borrowed(self.last.get(from..).unwrap_or_default());
        }
        let from = (self.before.len() + self.last.len()).saturating_sub(most);
        let before = self.before.get(from..).unwrap_or_default();
        if before.is_empty() { Cow::Borrowed(&self.last) } else { Cow::Owned([before, &self.last].concat()) }
    }
}

#[cfg(test)]
mod tests {
    use super::{Ends, KEPT, LOOKED_AT_FIRST};

    #[test]
    fn last_bytes_are_kept_however_they_came() {
        let all: Vec<u8> = (0..50_000u32).flat_map(u32::to_le_bytes).collect();
        for sizes in [&[17][..], &[7, 300], &[KEPT - 1, KEPT, KEPT + 1], &[5000, 3], &[80_000]] {
            let mut ends = Ends::default();
            let (mut at, mut sizes) = (0, sizes.iter().cycle());
            while at < all.len() {
                let end = all.len().min(at + sizes.next().unwrap());
                ends.push(&all[at..end]);
                at = end;
                for most in [LOOKED_AT_FIRST, KEPT] {
                    assert_eq!(*ends.bytes(most), all[at.saturating_sub(most)..at]);
                }
            }
        }
    }
}
