//! The dialects that clients and providers speak. Pure: no sockets, no clock, no dice.

pub mod dialect;
