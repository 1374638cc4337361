//! Streams of this dialect, read into the hub's events and written from them.

use bytes::Bytes;

use crate::hub::event::Event;
use crate::hub::loss::Losses;
use crate::translate::{Listen, Speak, StreamError, Voice};

/// Understands a stream.
#[derive(Debug, Default)]
pub(crate) struct Ear;

/// Speaks a stream.
#[derive(Debug)]
pub(crate) struct Mouth {
    losses: Losses,
}

// === impl Ear ===

impl Listen for Ear {
    fn push(&mut self, _bytes: Bytes, _heard: &mut Vec<Event>) -> Result<(), StreamError> {
        Err(StreamError::Frames(crate::frame::aws::Flaw::Length))
    }

    fn end(&mut self, _heard: &mut Vec<Event>) -> Result<(), StreamError> {
        Err(StreamError::Cut)
    }
}

// === impl Mouth ===

impl Mouth {
    /// One who speaks with this voice.
    pub(crate) fn new(_voice: Voice) -> Self {
        Self { losses: Losses::default() }
    }
}

impl Speak for Mouth {
    fn say(&mut self, _event: Event, _out: &mut Vec<u8>) {}

    fn losses(&self) -> &Losses {
        &self.losses
    }
}
