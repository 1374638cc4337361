//! How a stream of bytes falls into events.

pub mod aws;
pub mod sse;
