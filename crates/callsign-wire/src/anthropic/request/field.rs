//! What each client calls the settings of a request, for losses to be named in its own terms.

use crate::dialect::Dialect;
use crate::hub::conversation::Conversation;
use crate::hub::loss::Losses;

/// A setting of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
    MaxTokens,
    Temperature,
    TopP,
    TopK,
    Stop,
    FrequencyPenalty,
    PresencePenalty,
    Seed,
    Candidates,
    Logprobs,
    Format,
    Verbosity,
    Thinking,
    Effort,
    Show,
    Tools,
    ToolChoice,
    Tier,
    Metadata,
}

/// Keeping the answer for later is asked of the provider by clients of OpenAI's chat and Gemini; for those of the Responses
/// API the gateway keeps it.
pub(crate) fn note_store(conversation: &Conversation, losses: &mut Losses) {
    let kept_here = matches!(conversation.dialect, Dialect::OpenAiResponses);
    if conversation.store == Some(true) && !kept_here {
        losses.dropped("store");
    }
}

// === impl Field ===

impl Field {
    /// What the client calls it.
    pub(crate) const fn of(self, conversation: &Conversation) -> &'static str {
        match conversation.dialect {
            Dialect::OpenAiChat => self.chat(),
            Dialect::OpenAiResponses => self.responses(),
            Dialect::Gemini => self.gemini(),
            Dialect::Bedrock => self.bedrock(),
            Dialect::Anthropic => self.own(),
        }
    }

    const fn chat(self) -> &'static str {
        match self {
            Self::MaxTokens => "max_tokens",
            Self::Temperature => "temperature",
            Self::TopP => "top_p",
            Self::TopK => "top_k",
            Self::Stop => "stop",
            Self::FrequencyPenalty => "frequency_penalty",
            Self::PresencePenalty => "presence_penalty",
            Self::Seed => "seed",
            Self::Candidates => "n",
            Self::Logprobs => "logprobs",
            Self::Format => "response_format",
            Self::Verbosity => "verbosity",
            Self::Thinking | Self::Effort | Self::Show => "reasoning_effort",
            Self::Tools => "tools",
            Self::ToolChoice => "tool_choice",
            Self::Tier => "service_tier",
            Self::Metadata => "metadata",
        }
    }

    const fn responses(self) -> &'static str {
        match self {
            Self::MaxTokens => "max_output_tokens",
            Self::Format => "text.format",
            Self::Verbosity => "text.verbosity",
            Self::Thinking => "reasoning",
            Self::Effort => "reasoning.effort",
            Self::Show => "reasoning.summary",
            Self::Logprobs => "top_logprobs",
            other => other.chat(),
        }
    }

    const fn gemini(self) -> &'static str {
        match self {
            Self::MaxTokens => "generationConfig.maxOutputTokens",
            Self::Temperature => "generationConfig.temperature",
            Self::TopP => "generationConfig.topP",
            Self::TopK => "generationConfig.topK",
            Self::Stop => "generationConfig.stopSequences",
            Self::FrequencyPenalty => "generationConfig.frequencyPenalty",
            Self::PresencePenalty => "generationConfig.presencePenalty",
            Self::Seed => "generationConfig.seed",
            Self::Candidates => "generationConfig.candidateCount",
            Self::Logprobs => "generationConfig.responseLogprobs",
            Self::Format => "generationConfig.responseSchema",
            Self::Verbosity => "generationConfig.verbosity",
            Self::Thinking | Self::Effort => "generationConfig.thinkingConfig",
            Self::Show => "generationConfig.thinkingConfig.includeThoughts",
            Self::Tools => "tools",
            Self::ToolChoice => "toolConfig.functionCallingConfig",
            Self::Tier => "serviceTier",
            Self::Metadata => "labels",
        }
    }

    const fn bedrock(self) -> &'static str {
        match self {
            Self::MaxTokens => "inferenceConfig.maxTokens",
            Self::Temperature => "inferenceConfig.temperature",
            Self::TopP => "inferenceConfig.topP",
            Self::Stop => "inferenceConfig.stopSequences",
            Self::TopK => "additionalModelRequestFields.top_k",
            Self::Thinking | Self::Effort | Self::Show => "additionalModelRequestFields.thinking",
            Self::Format => "outputConfig.textFormat",
            Self::Tools => "toolConfig.tools",
            Self::ToolChoice => "toolConfig.toolChoice",
            Self::Tier => "serviceTier",
            Self::Metadata => "requestMetadata",
            other => other.chat(),
        }
    }

    const fn own(self) -> &'static str {
        match self {
            Self::Stop => "stop_sequences",
            Self::Format => "output_config.format",
            Self::Thinking => "thinking",
            Self::Effort => "output_config.effort",
            Self::Show => "thinking.display",
            other => other.chat(),
        }
    }
}
