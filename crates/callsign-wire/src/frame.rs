//! How a stream of bytes falls into events.

pub mod aws;
pub(crate) mod halves;
pub mod sse;
