//! Streams of this dialect, read into the hub's events and written from them.

mod calling;
mod chunks;
mod ear;
mod mouth;
mod track;

pub(crate) use ear::Ear;
pub(crate) use mouth::Mouth;
