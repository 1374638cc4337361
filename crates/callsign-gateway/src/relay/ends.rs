//! The last bytes of a stream, kept to tell whether it ended as it should.

use bytes::BytesMut;
use callsign_wire::dialect::Operation;
use callsign_wire::ending::{self, Ending};

/// The last bytes.
#[derive(Debug, Default)]
pub(crate) struct Ends(BytesMut);

/// So many are kept at least, where there were so many: usage and citations may stand behind the event that ends an
/// answer.
const KEPT: usize = 16 << 10;

/// What is looked at before the rest.
const LOOKED_AT_FIRST: usize = 1 << 10;

// === impl Ends ===

impl Ends {
    /// Some more came.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        let last = bytes.get(bytes.len().saturating_sub(KEPT)..).unwrap_or(bytes);
        if self.0.len() + last.len() > 2 * KEPT || last.len() == KEPT {
            let keep = KEPT.saturating_sub(last.len()).min(self.0.len());
            let from = self.0.len() - keep;
            self.0.copy_within(from.., 0);
            self.0.truncate(keep);
        }
        self.0.extend_from_slice(last);
    }

    /// How a stream ended of which these are the last bytes. Most tell it in the very last.
    pub(crate) fn ending(&self, operation: Operation) -> Ending {
        let bytes = self.bytes();
        let last = bytes.get(bytes.len().saturating_sub(LOOKED_AT_FIRST)..).unwrap_or(bytes);
        match ending::of(operation, last) {
            Ending::Cut if last.len() < bytes.len() => ending::of(operation, bytes),
            ending => ending,
        }
    }

    /// The last bytes.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.0.get(self.0.len().saturating_sub(KEPT)..).unwrap_or(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{Ends, KEPT};

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
                assert_eq!(ends.bytes(), &all[at.saturating_sub(KEPT)..at]);
            }
        }
    }
}
