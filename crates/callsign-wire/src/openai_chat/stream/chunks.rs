//! The frame that every chunk of a stream has, written once; knows nothing of what choices say.

use crate::hub::extras::Json;
use crate::hub::usage::Usage;
use crate::json::writer::Writer;
use crate::openai_chat::outcome;
use crate::translate::Voice;

/// Writes chunks.
#[derive(Debug)]
pub(super) struct Chunks {
    /// How every chunk begins, up to its choices.
    head: Vec<u8>,
    /// How every chunk but the last ends.
    tail: &'static [u8],
}

// === impl Chunks ===

impl Chunks {
    /// Chunks for a client that does or does not want to know what the answer took.
    pub(super) const fn new(voice: &Voice) -> Self {
        let tail: &[u8] = if voice.include_usage { b"],\"usage\":null}\n\n" } else { b"]}\n\n" };
        Self { head: Vec::new(), tail }
    }

    /// Sets what all chunks of the answer begin with.
    pub(super) fn begin(&mut self, members: impl FnOnce(&mut Writer)) {
        let mut writer = Writer::behind(b"data: ".to_vec());
        writer.object(members);
        self.head = writer.into_bytes();
        // The object goes on in each chunk.
        self.head.pop();
        self.head.extend_from_slice(b",\"choices\":[");
    }

    /// Writes a chunk of one choice that goes on. `delta` writes the members of its delta.
    pub(super) fn delta(&self, out: &mut Vec<u8>, choice: u32, delta: impl FnOnce(&mut Writer)) {
        self.choice(out, choice, delta, |writer| {
            writer.key("logprobs").null();
            writer.key("finish_reason").null();
        });
    }

    /// Writes a chunk of one choice. `rest` writes what stands beside its delta.
    pub(super) fn choice(
        &self,
        out: &mut Vec<u8>,
        choice: u32,
        delta: impl FnOnce(&mut Writer),
        rest: impl FnOnce(&mut Writer),
    ) {
        out.extend_from_slice(&self.head);
        let mut writer = Writer::behind(std::mem::take(out));
        writer.object(|writer| {
            writer.key("index").count(u64::from(choice));
            writer.key("delta").object(delta);
            rest(writer);
        });
        *out = writer.into_bytes();
        out.extend_from_slice(self.tail);
    }

    /// Writes the chunk that says what the answer took, and nothing else.
    pub(super) fn usage(&self, out: &mut Vec<u8>, usage: &Usage, left: Option<&Json>) {
        out.extend_from_slice(&self.head);
        out.extend_from_slice(b"],\"usage\":");
        let mut writer = Writer::behind(std::mem::take(out));
        outcome::write_usage(&mut writer, usage, left);
        *out = writer.into_bytes();
        out.extend_from_slice(b"}\n\n");
    }

    /// Writes that it is all said.
    pub(super) fn done(out: &mut Vec<u8>) {
        out.extend_from_slice(b"data: [DONE]\n\n");
    }
}
