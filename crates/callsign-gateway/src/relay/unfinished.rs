//! The event that has only begun to come. It waits for its end: half an event says nothing to a client, and one that is
//! cut off must not reach it.

use bytes::{Bytes, BytesMut};
use callsign_wire::frame::sse::{DEFAULT_LIMIT, TooLong};

/// What has come of an event that has not ended.
#[derive(Debug, Default)]
pub(crate) struct Unfinished(BytesMut);

/// No event is longer than this: 16 MiB, more than a picture takes.
const LONGEST: usize = DEFAULT_LIMIT;

// === impl Unfinished ===

impl Unfinished {
    /// The whole events that `bytes` complete; empty, where they complete none.
    pub(crate) fn push(&mut self, bytes: Bytes) -> Result<Bytes, TooLong> {
        let whole = if self.0.is_empty() { self.hold(bytes) } else { self.add(&bytes) };
        // Behind whole events it is told the next time.
        if whole.is_empty() && self.0.len() > LONGEST {
            return Err(TooLong { limit: LONGEST });
        }
        Ok(whole)
    }

    fn add(&mut self, bytes: &[u8]) -> Bytes {
        // An end may begin in what waits.
        let from = self.0.len().saturating_sub(LONGEST_END - 1);
        self.0.extend_from_slice(bytes);
        let end = last_end(self.0.get(from..).unwrap_or_default());
        end.map_or_else(Bytes::new, |end| self.0.split_to(from + end).freeze())
    }

    fn hold(&mut self, mut bytes: Bytes) -> Bytes {
        let end = last_end(&bytes).unwrap_or(0);
        if end < bytes.len() {
            self.0.extend_from_slice(&bytes.split_off(end));
        }
        bytes
    }

    /// What is left of it; nothing waits any more.
    pub(crate) fn take(&mut self) -> Bytes {
        self.0.split().freeze()
    }
}

/// `\r\n\r\n`
const LONGEST_END: usize = 4;

/// The byte after the last empty line.
fn last_end(bytes: &[u8]) -> Option<usize> {
    memchr::memrchr_iter(b'\n', bytes).find_map(|place| match bytes.get(..place)? {
        [.., b'\n'] | [.., b'\n', b'\r'] => Some(place + 1),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use proptest::prelude::*;

    use super::{LONGEST, Unfinished};

    #[test]
    fn only_whole_events_leave() {
        let cases: [(&[&str], &[&str], &str); 6] = [
            (&["data: 1\n\n"], &["data: 1\n\n"], ""),
            (&["data: 1\n\ndata: 2"], &["data: 1\n\n"], "data: 2"),
            (&["data: 1", "\n", "\n", "x"], &["", "", "data: 1\n\n", ""], "x"),
            (&["data: 1\r\n\r", "\nda"], &["", "data: 1\r\n\r\n"], "da"),
            (&["a\n\nb\n\nc", "\n\nd"], &["a\n\nb\n\n", "c\n\n"], "d"),
            (&[": ping\n\n"], &[": ping\n\n"], ""),
        ];
        for (pieces, expected, rest) in cases {
            let mut unfinished = Unfinished::default();
            let left: Vec<Bytes> = pieces
                .iter()
                .map(|piece| unfinished.push(Bytes::copy_from_slice(piece.as_bytes())).unwrap())
                .collect();
            assert_eq!(left, expected, "{pieces:?}");
            assert_eq!(unfinished.take(), rest, "{pieces:?}");
        }
    }

    #[test]
    fn event_too_large_to_wait_is_refused_and_nothing_of_it_leaves() {
        let piece = Bytes::from(vec![b'x'; LONGEST / 2]);
        for first in ["", "data: 1\n\n"] {
            let mut unfinished = Unfinished::default();
            let first = [first.as_bytes(), &piece].concat().into();
            assert!(!unfinished.push(first).unwrap().ends_with(b"x"));
            assert_eq!(unfinished.push(piece.clone()), Ok(Bytes::new()), "as long as an event may be");
            assert!(unfinished.push(Bytes::from_static(b"x")).is_err());
        }
        let mut unfinished = Unfinished::default();
        let whole = [b"data: 1\n\n", piece.as_ref(), &piece, b"x"].concat().into();
        assert_eq!(unfinished.push(whole).unwrap(), "data: 1\n\n");
        assert!(unfinished.push(Bytes::from_static(b"x")).is_err(), "told behind what was whole");
    }

    proptest! {
        /// However a stream is cut into pieces, all of it leaves in order, and each time up to the end of an event.
        #[test]
        fn nothing_is_lost(pieces in prop::collection::vec("[a\n\r]{0,6}", 0..40)) {
            let mut unfinished = Unfinished::default();
            let mut left = Vec::new();
            for piece in &pieces {
                let out = unfinished.push(Bytes::copy_from_slice(piece.as_bytes())).unwrap();
                prop_assert!(out.is_empty() || out.ends_with(b"\n\n") || out.ends_with(b"\n\r\n"), "{:?}", out);
                left.extend_from_slice(&out);
            }
            left.extend_from_slice(&unfinished.take());
            prop_assert_eq!(left, pieces.concat().into_bytes());
        }
    }
}
