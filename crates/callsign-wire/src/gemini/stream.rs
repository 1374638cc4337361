//! Streams of this dialect, read into the hub's events and written from them.

use crate::frame::sse::Frame;
use crate::hub::event::Event;
use crate::hub::flaw::DecodeError;
use crate::hub::loss::Losses;
use crate::translate::{Hear, Speak, Voice};

/// Understands a stream.
#[derive(Debug, Default)]
pub(crate) struct Ear;

/// Speaks a stream.
#[derive(Debug)]
pub(crate) struct Mouth {
    losses: Losses,
}

// === impl Ear ===

impl Hear for Ear {
    fn hear(&mut self, _frame: &Frame, _heard: &mut Vec<Event>) -> Result<(), DecodeError> {
        Err(DecodeError::said("is in a dialect that cannot be read yet"))
    }

    fn end(&mut self, _heard: &mut Vec<Event>) -> bool {
        false
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
