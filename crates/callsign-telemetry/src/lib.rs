//! What is told of exchanges once they are over: plain data, and what is made of it.

pub mod exchange;
pub mod metrics;
pub mod otlp;
mod protobuf;
pub mod rollup;
pub mod spans;
pub mod trace;
