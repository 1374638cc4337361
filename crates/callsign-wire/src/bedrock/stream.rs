//! Streams of this dialect, read into the hub's events and written from them.
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html>

mod ear;
mod mouth;

pub(crate) use ear::Ear;
pub(crate) use mouth::Mouth;
