//! How a stream of bytes falls into events.

pub(crate) mod aws;
pub mod sse;
