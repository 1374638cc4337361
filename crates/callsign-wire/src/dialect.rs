//! The dialects and their operations: the one place where a path becomes a meaning.

/// A wire format that a client or a provider speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// OpenAI's API but for Responses: chat completions, completions, embeddings, audio, images, …
    /// <https://platform.openai.com/docs/api-reference/chat>
    OpenAiChat,
    /// OpenAI's Responses API. <https://platform.openai.com/docs/api-reference/responses>
    OpenAiResponses,
    /// Anthropic's Messages API. <https://docs.anthropic.com/en/api/messages>
    Anthropic,
    /// Google's `generateContent`. <https://ai.google.dev/api/generate-content>
    Gemini,
    /// Amazon Bedrock's Converse.
    /// <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html>
    Bedrock,
}

impl Dialect {
    /// The name used in configuration, metrics and docs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OpenAiChat => "openai_chat",
            Self::OpenAiResponses => "openai_responses",
            Self::Anthropic => "anthropic",
            Self::Gemini => "gemini",
            Self::Bedrock => "bedrock",
        }
    }
}

/// The dialects that a target speaks by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Dialects(u8);

impl Dialects {
    /// No dialect at all.
    pub const NONE: Self = Self(0);

    /// These dialects and one more.
    #[must_use]
    pub const fn with(self, dialect: Dialect) -> Self {
        Self(self.0 | (1 << dialect as u8))
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether `dialect` is among them.
    pub const fn contains(self, dialect: Dialect) -> bool {
        self.0 & (1 << dialect as u8) != 0
    }
}

/// What a client wants done, told by the path alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// `POST /v1/chat/completions`
    ChatCompletions,
    /// `POST /v1/completions`
    Completions,
    /// `POST /v1/embeddings`
    Embeddings,
    /// `POST /v1/responses`
    Responses,
    /// `POST /v1/responses/input_tokens`
    CountInputTokens,
    /// `POST /v1/messages`
    Messages,
    /// `POST /v1/messages/count_tokens`
    CountTokens,
    /// `POST /v1beta/models/{model}:generateContent`
    GenerateContent,
    /// `POST /v1beta/models/{model}:streamGenerateContent`
    StreamGenerateContent,
    /// `POST /v1beta/models/{model}:countTokens`
    CountContentTokens,
    /// `POST /v1beta/models/{model}:embedContent`
    EmbedContent,
    /// `POST /v1beta/models/{model}:batchEmbedContents`
    BatchEmbedContents,
    /// `POST /model/{model}/converse`; spoken to targets only.
    Converse,
    /// `POST /model/{model}/converse-stream`; spoken to targets only.
    ConverseStream,
    /// `POST /model/{model}/count-tokens`; spoken to targets only.
    CountConverseTokens,
    /// `POST /model/{model}/invoke`; spoken to targets only.
    InvokeModel,
    /// Another path of OpenAI's API whose body names a model; the path as in [`OTHER_PATHS`].
    Other(&'static str),
}

/// What an operation is about, in whatever dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Matter {
    /// A conversation that a model is to go on with.
    Conversation,
    /// How many tokens one has.
    Count,
    /// Texts that are to become vectors.
    Embedding,
    /// Anything else.
    Other,
}

/// Which of a target's dialects it is spoken to in that does not know the client's: a maker's own before OpenAI's chat,
/// which many speak with an accent; that before Responses, since compatible servers know it best.
const TRANSLATED_TO: [Dialect; 5] =
    [Dialect::Gemini, Dialect::Anthropic, Dialect::Bedrock, Dialect::OpenAiChat, Dialect::OpenAiResponses];

/// Stands for the model's name in a path.
pub const MODEL_IN_PATH: &str = "{model}";

/// The operations of Gemini's own paths.
const OF_GEMINI: [Operation; 5] = [
    Operation::GenerateContent,
    Operation::StreamGenerateContent,
    Operation::CountContentTokens,
    Operation::EmbedContent,
    Operation::BatchEmbedContents,
];

/// The paths below `/v1` that pass through with only the model resolved.
/// <https://platform.openai.com/docs/api-reference>; `rerank` and `score` as Cohere, Jina and vLLM serve them.
pub const OTHER_PATHS: [&str; 11] = [
    "/audio/speech",
    "/audio/transcriptions",
    "/audio/translations",
    "/images/edits",
    "/images/generations",
    "/images/variations",
    "/moderations",
    "/rerank",
    "/responses/compact",
    "/score",
    "/videos",
];

// === impl Operation ===

impl Operation {
    /// The operation of a request path, with or without a leading `/v1`.
    pub fn of_path(path: &str) -> Option<Self> {
        match below_v1(path) {
            "/chat/completions" => Some(Self::ChatCompletions),
            "/completions" => Some(Self::Completions),
            "/embeddings" => Some(Self::Embeddings),
            "/responses" => Some(Self::Responses),
            "/responses/input_tokens" => Some(Self::CountInputTokens),
            "/messages" => Some(Self::Messages),
            "/messages/count_tokens" => Some(Self::CountTokens),
            other => OTHER_PATHS.iter().find(|known| **known == other).map(|known| Self::Other(known)),
        }
    }

    /// The operation of a path of Gemini's, and the model that the path names, percent-encoded as it came:
    /// `/v1beta/models/{model}:generateContent`, below `/v1`, `/v1alpha` or nothing as well.
    /// <https://ai.google.dev/api/generate-content>
    pub fn of_gemini_path(path: &str) -> Option<(Self, &str)> {
        let below = ["/v1beta", "/v1alpha", "/v1"].iter().find_map(|prefix| path.strip_prefix(prefix));
        let named = below.unwrap_or(path).strip_prefix("/models/")?;
        OF_GEMINI.iter().find_map(|operation| {
            let (_, verb) = operation.path().split_once(MODEL_IN_PATH)?;
            named.strip_suffix(verb).filter(|model| !model.is_empty()).map(|model| (*operation, model))
        })
    }

    /// Every operation, those that are spoken to targets only included.
    pub fn all() -> impl Iterator<Item = Self> {
        const NAMED: [Operation; 16] = [
            Operation::ChatCompletions,
            Operation::Completions,
            Operation::Embeddings,
            Operation::Responses,
            Operation::CountInputTokens,
            Operation::Messages,
            Operation::CountTokens,
            Operation::GenerateContent,
            Operation::StreamGenerateContent,
            Operation::CountContentTokens,
            Operation::EmbedContent,
            Operation::BatchEmbedContents,
            Operation::Converse,
            Operation::ConverseStream,
            Operation::CountConverseTokens,
            Operation::InvokeModel,
        ];
        NAMED.into_iter().chain(OTHER_PATHS.into_iter().map(Self::Other))
    }

    /// The path below a provider's prefix; [`MODEL_IN_PATH`] stands where the model's name belongs.
    pub const fn path(self) -> &'static str {
        match self {
            Self::ChatCompletions => "/chat/completions",
            Self::Completions => "/completions",
            Self::Embeddings => "/embeddings",
            Self::Responses => "/responses",
            Self::CountInputTokens => "/responses/input_tokens",
            Self::Messages => "/messages",
            Self::CountTokens => "/messages/count_tokens",
            Self::GenerateContent => "/models/{model}:generateContent",
            Self::StreamGenerateContent => "/models/{model}:streamGenerateContent",
            Self::CountContentTokens => "/models/{model}:countTokens",
            Self::EmbedContent => "/models/{model}:embedContent",
            Self::BatchEmbedContents => "/models/{model}:batchEmbedContents",
            Self::Converse => "/model/{model}/converse",
            Self::ConverseStream => "/model/{model}/converse-stream",
            Self::CountConverseTokens => "/model/{model}/count-tokens",
            Self::InvokeModel => "/model/{model}/invoke",
            Self::Other(path) => path,
        }
    }

    /// What a target that speaks these dialects is asked for, so that its answer can be told as this operation's: the
    /// same where it speaks the client's dialect, `None` where nobody can translate.
    pub fn towards(self, dialects: Dialects, stream: bool) -> Option<Self> {
        if dialects.contains(self.dialect()) {
            return Some(self);
        }
        let others = TRANSLATED_TO.into_iter().filter(|dialect| dialects.contains(*dialect));
        let mut asked = others.filter_map(|other| match self.matter() {
            Matter::Conversation => Some(Self::conversation_in(other, stream)),
            Matter::Count => Self::count_in(other),
            Matter::Embedding => Self::embedding_in(other),
            Matter::Other => None,
        });
        asked.next()
    }

    /// What it is about.
    pub const fn matter(self) -> Matter {
        match self {
            Self::CountTokens
            | Self::CountInputTokens
            | Self::CountContentTokens
            | Self::CountConverseTokens => Matter::Count,
            Self::Embeddings | Self::EmbedContent | Self::BatchEmbedContents | Self::InvokeModel => {
                Matter::Embedding
            }
            _ if self.is_conversation() => Matter::Conversation,
            _ => Matter::Other,
        }
    }

    /// Whether it is a conversation that a model is to go on with.
    pub const fn is_conversation(self) -> bool {
        matches!(
            self,
            Self::ChatCompletions
                | Self::Responses
                | Self::Messages
                | Self::GenerateContent
                | Self::StreamGenerateContent
                | Self::Converse
                | Self::ConverseStream
        )
    }

    /// The conversation's operation in this dialect.
    const fn conversation_in(dialect: Dialect, stream: bool) -> Self {
        match dialect {
            Dialect::OpenAiChat => Self::ChatCompletions,
            Dialect::OpenAiResponses => Self::Responses,
            Dialect::Anthropic => Self::Messages,
            Dialect::Gemini if stream => Self::StreamGenerateContent,
            Dialect::Gemini => Self::GenerateContent,
            Dialect::Bedrock if stream => Self::ConverseStream,
            Dialect::Bedrock => Self::Converse,
        }
    }

    /// The count of a conversation's tokens in this dialect. OpenAI's chat has none, and of those that speak Responses only
    /// OpenAI itself is known to count: it is asked where the client asked for that very count.
    const fn count_in(dialect: Dialect) -> Option<Self> {
        match dialect {
            Dialect::OpenAiChat | Dialect::OpenAiResponses => None,
            Dialect::Anthropic => Some(Self::CountTokens),
            Dialect::Gemini => Some(Self::CountContentTokens),
            Dialect::Bedrock => Some(Self::CountConverseTokens),
        }
    }

    /// The embedding of many texts in this dialect.
    const fn embedding_in(dialect: Dialect) -> Option<Self> {
        match dialect {
            Dialect::OpenAiChat => Some(Self::Embeddings),
            Dialect::Gemini => Some(Self::BatchEmbedContents),
            Dialect::Bedrock => Some(Self::InvokeModel),
            Dialect::OpenAiResponses | Dialect::Anthropic => None,
        }
    }

    /// The dialect of the request and of its answer.
    pub const fn dialect(self) -> Dialect {
        match self {
            Self::ChatCompletions | Self::Completions | Self::Embeddings | Self::Other(_) => {
                Dialect::OpenAiChat
            }
            Self::Responses | Self::CountInputTokens => Dialect::OpenAiResponses,
            Self::Messages | Self::CountTokens => Dialect::Anthropic,
            Self::GenerateContent
            | Self::StreamGenerateContent
            | Self::CountContentTokens
            | Self::EmbedContent
            | Self::BatchEmbedContents => Dialect::Gemini,
            Self::Converse | Self::ConverseStream | Self::CountConverseTokens | Self::InvokeModel => {
                Dialect::Bedrock
            }
        }
    }
}

/// `path` without its `/v1`, for the document's clients that leave it out.
pub fn below_v1(path: &str) -> &str {
    match path.strip_prefix("/v1") {
        Some(rest) if rest.starts_with('/') => rest,
        _ => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_gemini_name_their_model() {
        for (path, expected) in [
            ("/v1beta/models/fast:generateContent", Some((Operation::GenerateContent, "fast"))),
            ("/v1/models/a.b-1:streamGenerateContent", Some((Operation::StreamGenerateContent, "a.b-1"))),
            ("/models/openai%2Fgpt:countTokens", Some((Operation::CountContentTokens, "openai%2Fgpt"))),
            ("/v1alpha/models/llama3:8b:embedContent", Some((Operation::EmbedContent, "llama3:8b"))),
            ("/v1beta/models/x:batchEmbedContents", Some((Operation::BatchEmbedContents, "x"))),
            ("/v1beta/models/:generateContent", None),
            ("/v1beta/models/fast:predict", None),
            ("/v1beta/models/fast", None),
        ] {
            assert_eq!(Operation::of_gemini_path(path), expected, "{path}");
        }
    }

    #[test]
    fn targets_are_asked_in_a_dialect_that_they_speak() {
        let openai = Dialects::NONE.with(Dialect::OpenAiChat).with(Dialect::OpenAiResponses);
        let claude = Dialects::NONE.with(Dialect::Anthropic);
        let gemini = Dialects::NONE.with(Dialect::Gemini);
        let bedrock = Dialects::NONE.with(Dialect::Bedrock);
        for (asked, dialects, stream, expected) in [
            (Operation::Responses, openai, false, Some(Operation::Responses)),
            (Operation::Messages, openai, true, Some(Operation::ChatCompletions)),
            (Operation::ChatCompletions, claude, true, Some(Operation::Messages)),
            (Operation::ChatCompletions, gemini, false, Some(Operation::GenerateContent)),
            (Operation::ChatCompletions, gemini, true, Some(Operation::StreamGenerateContent)),
            (Operation::Other("/audio/speech"), claude, false, None),
            (Operation::CountTokens, openai, false, None),
            (Operation::CountInputTokens, openai, false, Some(Operation::CountInputTokens)),
            (Operation::CountInputTokens, claude, false, Some(Operation::CountTokens)),
            (Operation::CountTokens, gemini, false, Some(Operation::CountContentTokens)),
            (Operation::CountContentTokens, bedrock, false, Some(Operation::CountConverseTokens)),
            (Operation::Embeddings, gemini, false, Some(Operation::BatchEmbedContents)),
            (Operation::Embeddings, bedrock, false, Some(Operation::InvokeModel)),
            (Operation::Embeddings, claude, false, None),
            (Operation::EmbedContent, claude.with(Dialect::OpenAiChat), false, Some(Operation::Embeddings)),
            (Operation::ChatCompletions, Dialects::NONE, false, None),
        ] {
            assert_eq!(asked.towards(dialects, stream), expected, "{asked:?}");
        }
    }
}
