//! The catalog of aliases and targets, and every decision about them.
//!
//! Pure: time and randomness come in as arguments, and nothing here knows of YAML, sockets or HTTP.

pub mod alias;
pub mod backoff;
pub mod balance;
pub mod breaker;
pub mod budget;
pub mod catalog;
pub mod chart;
pub mod dice;
pub mod draw;
pub mod fault;
pub mod guard;
pub mod ids;
pub mod latency;
pub mod nearest;
pub mod target;
pub mod units;
pub mod vitals;

#[cfg(test)]
mod tests;
