//! Where a provider keeps its operations: the paths of URLs, and what else goes into a body besides the question.
//! It knows no model by name.

use std::sync::Arc;

use callsign_wire::dialect::{Dialect, MODEL_IN_PATH, Operation};

/// How the URL path of an operation is made. A prefix is empty, or starts with a slash and ends without one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Layout {
    /// `prefix` + `/chat/completions` and the like.
    Prefix(Arc<str>),
    /// Azure's `{prefix}/openai/deployments/{model}/chat/completions?api-version=…`.
    AzureDeployments {
        /// A path before `/openai`.
        prefix: Arc<str>,
        /// The `api-version` query parameter.
        api_version: Arc<str>,
    },
    /// Google's `{prefix}/models/{model}:generateContent`. <https://ai.google.dev/api>
    Gemini {
        /// The version, usually `/v1beta`.
        prefix: Arc<str>,
        /// What stands before `OpenAI`'s operations, usually `/v1beta/openai`.
        openai: Arc<str>,
    },
    /// Vertex AI's `{prefix}/publishers/google/models/{model}:generateContent`.
    /// <https://cloud.google.com/vertex-ai/generative-ai/docs/reference/rest>
    Vertex {
        /// `/v1/projects/{project}/locations/{location}`, or `/v1` where a key says whose project it is.
        prefix: Arc<str>,
        /// Whose models they are.
        publisher: Publisher,
    },
    /// Amazon Bedrock's `{prefix}/model/{model}/converse`.
    /// <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_Operations_Amazon_Bedrock_Runtime.html>
    Bedrock {
        /// A path before `/model`.
        prefix: Arc<str>,
    },
}

/// Who publishes a model on Vertex AI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Publisher {
    /// Google: the Gemini API.
    Google,
    /// Anthropic: Messages, under `rawPredict`.
    Anthropic,
}

/// Whether an answer comes as a whole or event by event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Delivery {
    /// In one piece.
    Whole,
    /// As a stream.
    Stream,
}

/// What a body holds besides the question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BodyStyle {
    /// Where the model is named.
    pub model: ModelIn,
    /// What has to stand in the body as `anthropic_version`.
    pub anthropic_version: Option<&'static str>,
}

/// Where a request names its model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModelIn {
    /// In the body.
    Body,
    /// In the URL, so the body must not have it.
    Url,
}

/// <https://docs.anthropic.com/en/api/claude-on-vertex-ai>
const VERTEX_ANTHROPIC: &str = "vertex-2023-10-16";

// === impl Layout ===

impl Layout {
    /// The path of an operation, with a query where it always has one; `None` where the provider has no such thing.
    pub fn path(&self, operation: Operation, delivery: Delivery, model: &str) -> Option<String> {
        match self {
            Self::Prefix(prefix) => below(prefix, operation),
            // Responses have no deployment path; Azure serves them below its version 1 API, without `api-version`.
            Self::AzureDeployments { prefix, .. } if operation.path().starts_with("/responses") => {
                below(&format!("{prefix}/openai/v1"), operation)
            }
            Self::AzureDeployments { prefix, api_version } => {
                let deployment = format!("{prefix}/openai/deployments/{}", encoded(model));
                Some(format!("{}?api-version={api_version}", below(&deployment, operation)?))
            }
            Self::Gemini { openai, .. } if operation.dialect() == Dialect::OpenAiChat => {
                below(openai, operation)
            }
            Self::Gemini { prefix, .. } => of_gemini(prefix, operation, model),
            Self::Vertex { prefix, publisher: Publisher::Google } => {
                // Its embeddings come one by one.
                let served = operation != Operation::BatchEmbedContents;
                served.then(|| of_gemini(&format!("{prefix}/publishers/google"), operation, model))?
            }
            Self::Vertex { prefix, publisher: Publisher::Anthropic } => {
                let (model, method) = raw_predict(operation, delivery, model)?;
                Some(format!("{prefix}/publishers/anthropic/models/{}:{method}", encoded(model)))
            }
            Self::Bedrock { prefix } if operation.dialect() == Dialect::Bedrock => {
                Some(with_model(prefix, operation, &encoded(model)))
            }
            Self::Bedrock { .. } => None,
        }
    }

    /// Whether the path is the same for all models and deliveries, so that it can be made beforehand.
    pub const fn is_fixed(&self) -> bool {
        matches!(self, Self::Prefix(_))
    }

    /// What the body of an operation holds besides the question.
    pub const fn body(&self, operation: Operation) -> BodyStyle {
        let is_messages = matches!(operation.dialect(), Dialect::Anthropic);
        let anthropic_version = match self {
            Self::Vertex { publisher: Publisher::Anthropic, .. } if is_messages => Some(VERTEX_ANTHROPIC),
            _ => None,
        };
        let model = match (operation.dialect(), operation) {
            // The count's URL names no model.
            (Dialect::Anthropic, Operation::CountTokens) => ModelIn::Body,
            (Dialect::Anthropic, _) if anthropic_version.is_some() => ModelIn::Url,
            (Dialect::Gemini | Dialect::Bedrock, _) => ModelIn::Url,
            _ => ModelIn::Body,
        };
        BodyStyle { model, anthropic_version }
    }
}

fn below(prefix: &str, operation: Operation) -> Option<String> {
    let path = operation.path();
    (!path.contains(MODEL_IN_PATH)).then(|| format!("{prefix}{path}"))
}

fn of_gemini(prefix: &str, operation: Operation, model: &str) -> Option<String> {
    if operation.dialect() != Dialect::Gemini {
        return None;
    }
    // A tuned model is named with its collection: `tunedModels/…`.
    let path = match model.split_once('/') {
        Some((collection, model)) => with_model(prefix, operation, &encoded(model))
            .replace("/models/", &format!("/{}/", encoded(collection))),
        None => with_model(prefix, operation, &encoded(model)),
    };
    let is_stream = operation == Operation::StreamGenerateContent;
    Some(if is_stream { format!("{path}?alt=sse") } else { path })
}

fn with_model(prefix: &str, operation: Operation, model: &str) -> String {
    format!("{prefix}{}", operation.path().replace(MODEL_IN_PATH, model))
}

/// The model and the method by which Vertex AI serves an operation of Anthropic's.
fn raw_predict(operation: Operation, delivery: Delivery, model: &str) -> Option<(&str, &'static str)> {
    match (operation, delivery) {
        (Operation::Messages, Delivery::Whole) => Some((model, "rawPredict")),
        (Operation::Messages, Delivery::Stream) => Some((model, "streamRawPredict")),
        (Operation::CountTokens, _) => Some(("count-tokens", "rawPredict")),
        _ => None,
    }
}

// === impl Delivery ===

impl Delivery {
    /// How an answer comes that was asked for so.
    pub const fn of(stream: bool) -> Self {
        if stream { Self::Stream } else { Self::Whole }
    }
}

/// `text` as one segment of a path: all but RFC 3986's unreserved characters are encoded.
pub fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.extend(['%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
    encoded
}

fn digit(value: u8) -> char {
    char::from_digit(u32::from(value), 16).map_or('0', |digit| digit.to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gemini() -> Layout {
        Layout::Gemini { prefix: "/v1beta".into(), openai: "/v1beta/openai".into() }
    }

    fn vertex(publisher: Publisher) -> Layout {
        Layout::Vertex { prefix: "/v1/projects/p/locations/global".into(), publisher }
    }

    fn bedrock() -> Layout {
        Layout::Bedrock { prefix: "".into() }
    }

    #[test]
    fn operations_have_the_paths_that_providers_publish() {
        use Delivery::{Stream, Whole};
        let azure = Layout::AzureDeployments { prefix: "/x".into(), api_version: "2024-10-21".into() };
        let anthropic = "/v1/projects/p/locations/global/publishers/anthropic/models";
        for (layout, operation, delivery, model, expected) in [
            (Layout::Prefix("/v1".into()), Operation::Messages, Stream, "m", Some("/v1/messages".to_owned())),
            (
                azure.clone(),
                Operation::ChatCompletions,
                Whole,
                "my dep",
                Some("/x/openai/deployments/my%20dep/chat/completions?api-version=2024-10-21".to_owned()),
            ),
            (azure, Operation::Responses, Whole, "m", Some("/x/openai/v1/responses".to_owned())),
            (
                gemini(),
                Operation::ChatCompletions,
                Whole,
                "m",
                Some("/v1beta/openai/chat/completions".to_owned()),
            ),
            (gemini(), Operation::Messages, Whole, "m", None),
            (
                vertex(Publisher::Anthropic),
                Operation::Messages,
                Whole,
                "claude-opus-4-1@20250805",
                Some(format!("{anthropic}/claude-opus-4-1%4020250805:rawPredict")),
            ),
            (
                vertex(Publisher::Anthropic),
                Operation::Messages,
                Stream,
                "c",
                Some(format!("{anthropic}/c:streamRawPredict")),
            ),
            (
                vertex(Publisher::Anthropic),
                Operation::CountTokens,
                Whole,
                "c",
                Some(format!("{anthropic}/count-tokens:rawPredict")),
            ),
            (vertex(Publisher::Anthropic), Operation::ChatCompletions, Whole, "c", None),
            (vertex(Publisher::Google), Operation::Messages, Whole, "c", None),
            (bedrock(), Operation::ChatCompletions, Whole, "c", None),
        ] {
            assert_eq!(layout.path(operation, delivery, model), expected, "{layout:?} {operation:?}");
        }
    }

    #[test]
    fn native_operations_have_the_paths_that_providers_publish() {
        use Operation::{
            BatchEmbedContents, Converse, ConverseStream, CountContentTokens, CountConverseTokens,
            EmbedContent, GenerateContent, InvokeModel, StreamGenerateContent,
        };
        let google = "/v1/projects/p/locations/global/publishers/google/models";
        let arn = "arn:aws:bedrock:us-east-1:1:inference-profile/us.x";
        let own = |path: &str| Some(path.to_owned());
        let vertex = || vertex(Publisher::Google);
        for (layout, operation, model, expected) in [
            (gemini(), GenerateContent, "g-2.5", own("/v1beta/models/g-2.5:generateContent")),
            (gemini(), StreamGenerateContent, "g", own("/v1beta/models/g:streamGenerateContent?alt=sse")),
            (gemini(), CountContentTokens, "tunedModels/t", own("/v1beta/tunedModels/t:countTokens")),
            (gemini(), EmbedContent, "e", own("/v1beta/models/e:embedContent")),
            (gemini(), BatchEmbedContents, "e", own("/v1beta/models/e:batchEmbedContents")),
            (gemini(), Converse, "e", None),
            (vertex(), GenerateContent, "g", Some(format!("{google}/g:generateContent"))),
            (vertex(), StreamGenerateContent, "g", Some(format!("{google}/g:streamGenerateContent?alt=sse"))),
            (vertex(), EmbedContent, "g", Some(format!("{google}/g:embedContent"))),
            (vertex(), BatchEmbedContents, "g", None),
            (bedrock(), Converse, "a.b-v1:0", own("/model/a.b-v1%3A0/converse")),
            (
                bedrock(),
                ConverseStream,
                arn,
                own("/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Ainference-profile%2Fus.x/converse-stream"),
            ),
            (bedrock(), InvokeModel, "t", own("/model/t/invoke")),
            (bedrock(), CountConverseTokens, "t", own("/model/t/count-tokens")),
            (bedrock(), GenerateContent, "t", None),
            (Layout::Prefix("/v1".into()), Converse, "t", None),
        ] {
            let path = layout.path(operation, Delivery::Whole, model);
            assert_eq!(path, expected, "{layout:?} {operation:?}");
        }
    }

    #[test]
    fn bodies_name_the_model_where_the_url_does_not() {
        let plain = |model| BodyStyle { model, anthropic_version: None };
        let versioned = |model| BodyStyle { model, anthropic_version: Some("vertex-2023-10-16") };
        for (layout, operation, expected) in [
            (Layout::Prefix("".into()), Operation::Messages, plain(ModelIn::Body)),
            (gemini(), Operation::ChatCompletions, plain(ModelIn::Body)),
            (gemini(), Operation::GenerateContent, plain(ModelIn::Url)),
            (vertex(Publisher::Google), Operation::StreamGenerateContent, plain(ModelIn::Url)),
            (vertex(Publisher::Anthropic), Operation::Messages, versioned(ModelIn::Url)),
            (vertex(Publisher::Anthropic), Operation::CountTokens, versioned(ModelIn::Body)),
            (bedrock(), Operation::Converse, plain(ModelIn::Url)),
        ] {
            assert_eq!(layout.body(operation), expected, "{layout:?} {operation:?}");
        }
    }
}
