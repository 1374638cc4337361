//! What texts hold that a guardrail looks for: text to findings. Pure: no sockets, no clock, no dice.
//!
//! Every detector is made once (`Detector::new`) and asked often. It tells places as bytes of the text it was given, and, of a text
//! that is still growing, how much of it is `settled`: findings before that place are what they will be, whatever follows.

pub mod finding;
pub mod fold;
pub mod jailbreak;
pub mod pii;
mod plain;
pub mod profanity;
pub mod secrets;

pub mod leak;
pub mod rules;
pub mod screen;

pub mod mask;
pub mod window;
