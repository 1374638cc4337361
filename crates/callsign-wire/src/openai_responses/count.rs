//! The count of a request's tokens. <https://platform.openai.com/docs/api-reference/responses/input-tokens>

use super::request;
use crate::count::{Members, excerpt};
use crate::hub::conversation::Conversation;
use crate::hub::flaw::{DecodeError, EncodeError};
use crate::hub::loss::Losses;
use crate::json::object::Object;
use crate::json::walk::Node;
use crate::json::writer::Writer;
use crate::translate::Terms;

/// What a request has that the count takes.
const COUNTED: Members = &[
    "model",
    "input",
    "instructions",
    "tools",
    "tool_choice",
    "parallel_tool_calls",
    "reasoning",
    "text",
    "truncation",
    "conversation",
    "previous_response_id",
];

/// Writes the question.
pub(crate) fn question(
    conversation: &Conversation,
    terms: Terms<'_>,
    losses: &mut Losses,
) -> Result<Vec<u8>, EncodeError> {
    let counted = excerpt(&request::encode(conversation, terms, losses)?, COUNTED);
    Ok(counted.as_str().as_bytes().to_vec())
}

/// Reads the answer.
pub(crate) fn tokens(body: &[u8]) -> Result<u64, DecodeError> {
    let mut object = Object::of(Node::read(body).ok_or_else(DecodeError::not_json)?)?;
    object.count("input_tokens")?.ok_or_else(|| DecodeError::missing("input_tokens"))
}

/// Writes the answer.
pub(crate) fn answer(tokens: u64) -> Vec<u8> {
    let mut writer = Writer::with_capacity(64);
    writer.object(|writer| {
        writer.key("object").text("response.input_tokens");
        writer.key("input_tokens").count(tokens);
    });
    writer.into_bytes()
}
