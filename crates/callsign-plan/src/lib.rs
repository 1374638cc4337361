//! The catalog of aliases and targets, and every decision about them.
//!
//! Pure: time and randomness come in as arguments, and nothing here knows of YAML, sockets or HTTP.

pub mod alias;
pub mod catalog;
pub mod grant;
pub mod guard;
pub mod history;
pub mod ids;
pub mod layout;
pub mod price;
pub mod storage;
pub mod target;
pub mod tracing;
pub mod units;

pub mod change;
pub mod outline;

pub mod course;
pub mod explain;
pub mod fault;
pub mod trace;

pub mod backoff;
pub mod balance;
pub mod dice;
pub mod draw;

pub mod breaker;
pub mod budget;
pub mod latency;
pub mod vitals;

pub mod nearest;

#[cfg(test)]
mod tests;
