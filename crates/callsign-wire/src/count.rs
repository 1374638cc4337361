//! Counting tokens: the question how many a request has, and the answer. Each dialect but OpenAI's chat has its own.

use crate::dialect::Dialect;
use crate::hub::conversation::Conversation;
use crate::hub::extras::Json;
use crate::hub::flaw::{DecodeError, EncodeError};
use crate::hub::loss::Losses;
use crate::json::walk::Node;
use crate::json::writer::Writer;
use crate::translate::{self, Terms};
use crate::{anthropic, bedrock, complaint, gemini, openai_responses};

/// Who counts, each in words of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Counter {
    /// `/v1/responses/input_tokens`
    Responses,
    /// `/v1/messages/count_tokens`
    Anthropic,
    /// `:countTokens`, which takes a whole request of `:generateContent`.
    Gemini,
    /// The same on Vertex AI, which takes the parts of one.
    Vertex,
    /// `/count-tokens`, for a request of Converse.
    Bedrock,
}

/// The members of a request that a counter looks at, where it takes no others.
pub(crate) type Members = &'static [&'static str];

/// How much of an error is read.
const SAID: usize = 4096;

/// <https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/count-tokens>
const OF_VERTEX: Members = &["contents", "systemInstruction", "tools"];

/// Reads the question of a client's.
pub fn conversation(dialect: Dialect, body: &[u8]) -> Result<Conversation, DecodeError> {
    match dialect {
        Dialect::Gemini => gemini::count::decode(body),
        Dialect::Bedrock => bedrock::count::decode_question(body),
        _ => translate::conversation(dialect, body),
    }
}

/// Writes the question for a target.
pub fn question(
    counter: Counter,
    conversation: &Conversation,
    terms: Terms<'_>,
    losses: &mut Losses,
) -> Result<Vec<u8>, EncodeError> {
    translate::paired(counter.dialect(), conversation)?;
    let fitted = translate::fitted(counter.dialect(), conversation, terms, losses)?;
    let conversation = fitted.as_ref();
    match counter {
        Counter::Responses => openai_responses::count::question(conversation, terms, losses),
        Counter::Anthropic => anthropic::request::encode_count(conversation, terms, losses),
        Counter::Gemini => gemini::count::encode(conversation, terms.model),
        Counter::Vertex => {
            let whole = gemini::count::encode(conversation, terms.model)?;
            let request = Node::read(&whole).and_then(|node| node.get("generateContentRequest"));
            let picked = excerpt(request.map_or(b"{}", Node::spelled), OF_VERTEX);
            Ok(picked.as_str().as_bytes().to_vec())
        }
        Counter::Bedrock => bedrock::request::encode_count(conversation, terms, losses),
    }
}

/// Reads the answer of a target.
pub fn tokens(dialect: Dialect, body: &[u8]) -> Result<u64, DecodeError> {
    match dialect {
        Dialect::OpenAiChat | Dialect::OpenAiResponses => openai_responses::count::tokens(body),
        Dialect::Anthropic => anthropic::count::decode(body),
        Dialect::Gemini => gemini::count::read_answer(body),
        Dialect::Bedrock => bedrock::count::decode(body),
    }
}

/// Tells a client.
pub fn answer(dialect: Dialect, tokens: u64) -> Vec<u8> {
    match dialect {
        Dialect::OpenAiChat | Dialect::OpenAiResponses => openai_responses::count::answer(tokens),
        Dialect::Anthropic => anthropic::count::encode(tokens),
        Dialect::Gemini => gemini::count::write_answer(tokens),
        Dialect::Bedrock => bedrock::count::encode(tokens),
    }
}

/// Whether an error says that the target does not count, as a whole or for this model. That there is no such model is another
/// matter.
pub fn is_unserved(dialect: Dialect, status: u16, body: &[u8]) -> bool {
    match status {
        405 | 501 => true,
        404 => !complaint::read(status, body).model_missing,
        400 if dialect == Dialect::Bedrock => {
            // It counts for some models only, and for none by the name of an inference profile.
            says_no_counting(body) || complaint::read(status, body).model_missing
        }
        _ => false,
    }
}

fn says_no_counting(body: &[u8]) -> bool {
    let beginning = body.get(..SAID.min(body.len())).unwrap_or_default();
    String::from_utf8_lossy(beginning).contains("support counting tokens")
}

/// Some members of an object.
pub(crate) fn excerpt(request: &[u8], members: Members) -> Json {
    let whole = Node::read(request);
    let mut writer = Writer::with_capacity(request.len());
    writer.object(|writer| {
        for name in members {
            if let Some(value) = whole.and_then(|whole| whole.get(name)) {
                writer.key(name).json(&Json::of(value));
            }
        }
    });
    Json::written(writer.into_bytes())
}

// === impl Counter ===

impl Counter {
    const fn dialect(self) -> Dialect {
        match self {
            Self::Responses => Dialect::OpenAiResponses,
            Self::Anthropic => Dialect::Anthropic,
            Self::Gemini | Self::Vertex => Dialect::Gemini,
            Self::Bedrock => Dialect::Bedrock,
        }
    }

    /// Who counts in this dialect; nobody in OpenAI's chat.
    pub const fn of(dialect: Dialect) -> Option<Self> {
        match dialect {
            Dialect::OpenAiChat => None,
            Dialect::OpenAiResponses => Some(Self::Responses),
            Dialect::Anthropic => Some(Self::Anthropic),
            Dialect::Gemini => Some(Self::Gemini),
            Dialect::Bedrock => Some(Self::Bedrock),
        }
    }
}

#[cfg(test)]
mod tests;
