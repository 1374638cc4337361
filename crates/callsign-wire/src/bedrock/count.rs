//! The count of a request's tokens: [`super::request::encode_count`] writes the question.
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_CountTokens.html>

use super::request;
use crate::hub::conversation::Conversation;
use crate::hub::flaw::DecodeError;
use crate::json::object::Object;
use crate::json::walk::Node;
use crate::json::writer::Writer;

/// Reads the question.
pub(crate) fn decode_question(body: &[u8]) -> Result<Conversation, DecodeError> {
    let node = Node::read(body).ok_or_else(DecodeError::not_json)?;
    let asked = node.at(&["input", "converse"]).ok_or_else(|| DecodeError::missing("input.converse"))?;
    request::decode(asked.spelled()).map_err(|error| error.within("input.converse"))
}

/// Reads the answer.
pub(crate) fn decode(body: &[u8]) -> Result<u64, DecodeError> {
    let mut object = Object::of(Node::read(body).ok_or_else(DecodeError::not_json)?)?;
    object.count("inputTokens")?.ok_or_else(|| DecodeError::missing("inputTokens"))
}

/// Writes the answer.
pub(crate) fn encode(input_tokens: u64) -> Vec<u8> {
    let mut writer = Writer::with_capacity(32);
    writer.object(|writer| writer.key("inputTokens").count(input_tokens));
    writer.into_bytes()
}
