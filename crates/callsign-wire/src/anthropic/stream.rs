//! Streams of this dialect, read into the hub's events and written from them.
//! <https://docs.anthropic.com/en/docs/build-with-claude/streaming>

mod ear;
mod mouth;

pub(crate) use ear::Ear;
pub(crate) use mouth::Mouth;
