//! What is told of exchanges once they are over: plain data, and what is made of it.

pub mod exchange;
pub mod trace;

pub mod metrics;

pub mod spans;
