//! What a request comes to: text to tokens, and tokens to money. Pure: no sockets, no clock, no dice.

pub mod book;
pub mod family;
pub mod question;
pub mod quote;
pub mod tariff;
pub mod tokens;
