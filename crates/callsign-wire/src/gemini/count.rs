//! `countTokens`. <https://ai.google.dev/api/tokens>

use super::{proto, request};
use crate::hub::conversation::Conversation;
use crate::hub::flaw::{DecodeError, EncodeError};
use crate::hub::loss::Losses;
use crate::json::walk::Node;
use crate::json::writer::Writer;

/// Writes the question how many tokens a conversation has, in full: what the system says and the tools count, too.
/// `model` is repeated in it, as the API demands.
pub fn encode(conversation: &Conversation, model: &str) -> Result<Vec<u8>, EncodeError> {
    let mut writer = Writer::with_capacity(1024);
    let mut written = Ok(());
    writer.object(|writer| {
        writer.key("generateContentRequest").object(|writer| {
            writer.key("model").text(&named(model));
            written = request::write_prompt(writer, conversation, &mut Losses::default());
        });
    });
    written.map(|()| writer.into_bytes())
}

/// Reads the question: contents alone, or a whole request.
pub fn decode(body: &[u8]) -> Result<Conversation, DecodeError> {
    let node = Node::read(body).ok_or_else(DecodeError::not_json)?;
    let mut question = proto::object(node)?;
    match question.take("generateContentRequest") {
        Some(whole) => {
            request::decode(whole.spelled()).map_err(|error| error.within("generateContentRequest"))
        }
        None => request::decode(body),
    }
}

/// Reads the answer.
pub fn read_answer(body: &[u8]) -> Result<u64, DecodeError> {
    let node = Node::read(body).ok_or_else(DecodeError::not_json)?;
    // A count of zero is left out.
    Ok(proto::count(&mut proto::object(node)?, "totalTokens")?.unwrap_or_default())
}

/// Writes the answer.
pub fn write_answer(tokens: u64) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.object(|writer| writer.key("totalTokens").count(tokens));
    writer.into_bytes()
}

fn named(model: &str) -> std::borrow::Cow<'_, str> {
    if model.contains('/') { model.into() } else { format!("models/{model}").into() }
}
