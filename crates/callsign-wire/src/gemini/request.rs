//! Requests of this dialect, read into the hub and written from it.

use crate::hub::conversation::Conversation;
use crate::hub::flaw::{DecodeError, EncodeError};
use crate::hub::loss::Losses;
use crate::translate::Terms;

/// Reads a request.
pub(crate) fn decode(_body: &[u8]) -> Result<Conversation, DecodeError> {
    Err(DecodeError::said("is in a dialect that cannot be read yet"))
}

/// Writes a request.
pub(crate) fn encode(
    _conversation: &Conversation,
    _terms: Terms<'_>,
    _losses: &mut Losses,
) -> Result<Vec<u8>, EncodeError> {
    let reason = "the target's dialect cannot be written yet".to_owned();
    Err(EncodeError { path: String::new(), reason })
}
