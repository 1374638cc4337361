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
    /// `POST /v1/messages`
    Messages,
    /// `POST /v1/messages/count_tokens`
    CountTokens,
    /// Another path of OpenAI's API whose body names a model; the path as in [`OTHER_PATHS`].
    Other(&'static str),
}

/// The paths below `/v1` that pass through with only the model resolved.
/// <https://platform.openai.com/docs/api-reference>; `rerank` and `score` as Cohere, Jina and vLLM serve them.
pub const OTHER_PATHS: [&str; 12] = [
    "/audio/speech",
    "/audio/transcriptions",
    "/audio/translations",
    "/images/edits",
    "/images/generations",
    "/images/variations",
    "/moderations",
    "/rerank",
    "/responses/compact",
    "/responses/input_tokens",
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
            "/messages" => Some(Self::Messages),
            "/messages/count_tokens" => Some(Self::CountTokens),
            other => OTHER_PATHS.iter().find(|known| **known == other).map(|known| Self::Other(known)),
        }
    }

    /// The path below a provider's prefix.
    pub const fn path(self) -> &'static str {
        match self {
            Self::ChatCompletions => "/chat/completions",
            Self::Completions => "/completions",
            Self::Embeddings => "/embeddings",
            Self::Responses => "/responses",
            Self::Messages => "/messages",
            Self::CountTokens => "/messages/count_tokens",
            Self::Other(path) => path,
        }
    }

    /// The dialect of the request and of its answer.
    pub const fn dialect(self) -> Dialect {
        match self {
            Self::ChatCompletions | Self::Completions | Self::Embeddings | Self::Other(_) => {
                Dialect::OpenAiChat
            }
            Self::Responses => Dialect::OpenAiResponses,
            Self::Messages | Self::CountTokens => Dialect::Anthropic,
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
