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
