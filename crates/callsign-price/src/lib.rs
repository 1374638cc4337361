//! What a request comes to, where nobody else says it. Pure: no sockets, no clock, no dice.

pub mod tokens;
