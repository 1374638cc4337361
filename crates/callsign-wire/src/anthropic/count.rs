//! The count of a request's tokens. The question is a request without `max_tokens`: [`super::request::decode`] reads it,
//! [`super::request::encode_count`] writes it. <https://docs.anthropic.com/en/api/messages-count-tokens>

use crate::hub::flaw::DecodeError;
use crate::json::object::Object;
use crate::json::walk::Node;
use crate::json::writer::Writer;

/// Reads the answer.
pub(crate) fn decode(body: &[u8]) -> Result<u64, DecodeError> {
    let mut object = Object::of(Node::read(body).ok_or_else(DecodeError::not_json)?)?;
    object.count("input_tokens")?.ok_or_else(|| DecodeError::missing("input_tokens"))
}

/// Writes the answer.
pub(crate) fn encode(input_tokens: u64) -> Vec<u8> {
    let mut writer = Writer::with_capacity(32);
    writer.object(|writer| writer.key("input_tokens").count(input_tokens));
    writer.into_bytes()
}
