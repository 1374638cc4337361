//! Requests of this dialect, read into the hub and written from it.

mod arrange;
mod decode;
mod encode;
mod messages;
mod thinking;
mod tools;
mod turns;

use crate::hub::conversation::Conversation;
use crate::hub::flaw::{DecodeError, EncodeError};
use crate::hub::loss::Losses;
use crate::translate::Terms;

/// Reads a request.
pub(crate) fn decode(body: &[u8]) -> Result<Conversation, DecodeError> {
    decode::conversation(body)
}

/// Writes a request.
pub(crate) fn encode(
    conversation: &Conversation,
    terms: Terms<'_>,
    losses: &mut Losses,
) -> Result<Vec<u8>, EncodeError> {
    encode::body(conversation, terms, losses)
}
