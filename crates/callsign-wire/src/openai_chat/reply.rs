//! Whole answers of this dialect, read into the hub and written from it.

pub(super) mod citations;
pub(super) mod decode;
pub(super) mod encode;

use crate::hub::flaw::DecodeError;
use crate::hub::loss::Losses;
use crate::hub::reply::Reply;
use crate::translate::Voice;

/// Reads an answer.
pub(crate) fn decode(body: &[u8]) -> Result<Reply, DecodeError> {
    decode::reply(body)
}

/// Writes an answer.
pub(crate) fn encode(reply: &Reply, voice: &Voice, losses: &mut Losses) -> Vec<u8> {
    encode::body(reply, voice, losses)
}
