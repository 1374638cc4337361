//! A stream as Google's API gives it to clients that do not ask for events (`alt=sse`): one JSON array, an element for each.

use bytes::Bytes;
use callsign_wire::frame::sse::Framer;

/// The elements told so far.
#[derive(Debug, Default)]
pub(super) struct List {
    framer: Framer,
    begun: bool,
}

// === impl List ===

impl List {
    /// The elements that `events` are.
    pub(super) fn push(&mut self, events: Bytes) -> Bytes {
        self.framer.push(events);
        let mut out = Vec::new();
        // What the gateway itself has written is no larger than a framer takes.
        while let Ok(Some(frame)) = self.framer.next_frame() {
            let Some(data) = frame.data else { continue };
            out.extend_from_slice(if self.begun { b",\r\n" } else { b"[" });
            out.extend_from_slice(&data);
            self.begun = true;
        }
        out.into()
    }

    /// The array's end.
    pub(super) fn end(&self) -> &'static [u8] {
        if self.begun { b"]" } else { b"[]" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_become_the_elements_of_one_array() {
        let mut list = List::default();
        let mut said = Vec::new();
        for piece in ["data: {\"a\":1}\n", "\n: still there\n\ndata: {\"b\":2}\n\n"] {
            said.extend_from_slice(&list.push(Bytes::from_static(piece.as_bytes())));
        }
        said.extend_from_slice(list.end());
        assert_eq!(said, b"[{\"a\":1},\r\n{\"b\":2}]");
        assert_eq!(List::default().end(), b"[]");
    }
}
