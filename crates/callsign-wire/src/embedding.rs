//! Embeddings, in no dialect: texts become vectors. Small enough for a hub of its own.
//!
//! [OpenAI](https://platform.openai.com/docs/api-reference/embeddings),
//! [Gemini](https://ai.google.dev/api/embeddings), Bedrock's
//! [Titan](https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-titan-embed-text.html) and
//! [Cohere](https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-embed.html).

use crate::dialect::Dialect;
use crate::hub::extras::Extras;
use crate::hub::flaw::{DecodeError, EncodeError};
use crate::hub::loss::Losses;

mod bedrock;
mod gemini;
mod openai;

/// The forms of requests and answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// `/v1/embeddings`
    OpenAi,
    /// `:embedContent`: one text.
    Gemini,
    /// `:batchEmbedContents`: many.
    GeminiBatch,
    /// `InvokeModel` of Amazon's Titan, version 2: one text.
    Titan,
    /// `InvokeModel` of Cohere's models: many texts.
    Cohere,
}

/// What is to become vectors.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// The dialect that it came in, whose `extras` these are.
    pub dialect: Dialect,
    /// The texts, in order.
    pub inputs: Vec<Input>,
    /// How many numbers each vector shall have.
    pub dimensions: Option<u64>,
    /// How the vectors are to be spelled.
    pub encoding: Encoding,
    /// Who the end user is.
    pub user: Option<String>,
    /// What the vectors are for.
    pub task: Option<Task>,
    /// What only its own dialect knows.
    pub extras: Extras,
}

/// One text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// As it is.
    Text(String),
    /// As the numbers of its tokens, which only the maker of the model can read.
    Tokens(Vec<u64>),
}

/// How a vector is spelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Encoding {
    /// A list of numbers.
    #[default]
    Float,
    /// The numbers' 32 bits, the lowest byte first, in base64.
    Base64,
}

/// What vectors are for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Task {
    /// Documents that are to be found.
    Document,
    /// What they are to be found by.
    Query,
    /// To be sorted into classes.
    Classification,
    /// To be sorted into heaps.
    Clustering,
    /// Something that one dialect alone knows.
    Other(Dialect, String),
}

/// The vectors.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// One for each text, in order.
    pub vectors: Vec<Vec<f32>>,
    /// How many tokens the texts have, where that was said.
    pub tokens: Option<u64>,
    /// The model, as the provider calls it.
    pub model: Option<String>,
}

/// Reads a request of a client's.
pub fn request(form: Form, body: &[u8]) -> Result<Request, DecodeError> {
    let request = match form {
        Form::OpenAi => openai::request(body),
        Form::Gemini => gemini::request(body),
        Form::GeminiBatch => gemini::batch(body),
        Form::Titan => bedrock::titan_request(body),
        Form::Cohere => bedrock::cohere_request(body),
    }?;
    if request.inputs.is_empty() {
        return Err(DecodeError::said("holds no text that could become a vector"));
    }
    Ok(request)
}

/// Writes the requests that ask a target: one, or one for each text where its form takes one text only.
pub fn requests(
    form: Form,
    request: &Request,
    model: &str,
    losses: &mut Losses,
) -> Result<Vec<Vec<u8>>, EncodeError> {
    let tokens = request.inputs.iter().position(|input| matches!(input, Input::Tokens(_)));
    if let Some(at) = tokens.filter(|_| form != Form::OpenAi) {
        let reason = "holds numbers of tokens, which only OpenAI's models read: send the text".to_owned();
        return Err(EncodeError { path: format!("input[{at}]"), reason });
    }
    if request.dialect != form.dialect() {
        losses.extras("", &request.extras);
    }
    Ok(match form {
        Form::OpenAi => vec![openai::write_request(request, model, losses)],
        Form::Gemini => gemini::write_requests(request, model, losses),
        Form::GeminiBatch => vec![gemini::write_batch(request, model, losses)],
        Form::Titan => bedrock::write_titan(request, losses)?,
        Form::Cohere => bedrock::write_cohere(request, losses),
    })
}

/// Reads the answers to the requests that [`requests`] wrote, in their order, as one.
pub fn answer(form: Form, bodies: &[&[u8]]) -> Result<Answer, DecodeError> {
    let mut whole = Answer { vectors: Vec::new(), tokens: None, model: None };
    for body in bodies {
        let mut part = match form {
            Form::OpenAi => openai::answer(body)?,
            Form::Gemini | Form::GeminiBatch => gemini::answer(body)?,
            Form::Titan => bedrock::titan_answer(body)?,
            Form::Cohere => bedrock::cohere_answer(body)?,
        };
        whole.vectors.append(&mut part.vectors);
        whole.tokens = match (whole.tokens, part.tokens) {
            (Some(before), Some(more)) => Some(before.saturating_add(more)),
            (one, other) => one.or(other),
        };
        whole.model = whole.model.or(part.model);
    }
    Ok(whole)
}

/// Writes the answer for a client that asked with `request`. `model` is what it is to be called where the target says
/// no name.
pub fn write_answer(form: Form, answer: &Answer, request: &Request, model: &str) -> Vec<u8> {
    match form {
        Form::OpenAi => openai::write_answer(answer, request.encoding, model),
        Form::Gemini => gemini::write_answer(answer),
        Form::GeminiBatch => gemini::write_batch_answer(answer),
        Form::Titan => bedrock::write_titan_answer(answer),
        Form::Cohere => bedrock::write_cohere_answer(answer),
    }
}

// === impl Form ===

impl Form {
    /// The dialect that it belongs to.
    pub const fn dialect(self) -> Dialect {
        match self {
            Self::OpenAi => Dialect::OpenAiChat,
            Self::Gemini | Self::GeminiBatch => Dialect::Gemini,
            Self::Titan | Self::Cohere => Dialect::Bedrock,
        }
    }
}

// === impl Request ===

impl Request {
    /// A request of which nothing else is said.
    pub fn of(dialect: Dialect, inputs: Vec<Input>) -> Self {
        Self {
            dialect,
            inputs,
            dimensions: None,
            encoding: Encoding::Float,
            user: None,
            task: None,
            extras: Extras::default(),
        }
    }

    /// The texts; tokens were refused before.
    fn texts(&self) -> impl Iterator<Item = &str> {
        self.inputs.iter().filter_map(|input| match input {
            Input::Text(text) => Some(text.as_str()),
            Input::Tokens(_) => None,
        })
    }
}

#[cfg(test)]
mod tests;
