//! Events as lines, each with its number.

use crate::json::writer::Writer;

/// Writes events, counted from 0.
#[derive(Debug, Default)]
pub(super) struct Lines {
    next: u64,
}

/// Where events go.
pub(super) struct Out<'a> {
    pub(super) lines: &'a mut Lines,
    pub(super) bytes: &'a mut Vec<u8>,
}

// === impl Out ===

impl Out<'_> {
    /// Writes an event of this type with the members that `fill` adds.
    pub(super) fn event(&mut self, kind: &str, fill: impl FnOnce(&mut Writer)) {
        let mut bytes = std::mem::take(self.bytes);
        for part in [b"event: ".as_slice(), kind.as_bytes(), b"\ndata: "] {
            bytes.extend_from_slice(part);
        }
        let mut writer = Writer::behind(bytes);
        writer.object(|writer| {
            writer.key("type").text(kind);
            writer.key("sequence_number").count(self.lines.next);
            fill(writer);
        });
        self.lines.next += 1;
        *self.bytes = writer.into_bytes();
        self.bytes.extend_from_slice(b"\n\n");
    }
}
