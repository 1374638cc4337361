//! What the dialects have in common: a conversation, a reply, and the events that a reply comes in.
//!
//! A concept stands here once two dialects have it. What only one has stays as it is spelled, on the node it came from:
//! that dialect's encoder writes it back, another's reports it as a loss.

pub mod conversation;
pub mod custom;
pub mod event;
pub mod extras;
pub mod flaw;
pub mod fold;
pub mod loss;
pub mod pairing;
pub mod part;
pub mod reply;
pub(crate) mod schema;
pub mod seal;
pub mod sequence;
pub mod usage;
pub(crate) mod user;
pub mod wish;
