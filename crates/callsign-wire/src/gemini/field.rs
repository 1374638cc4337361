//! What each client calls the settings of a request, so that losses are named in its own terms.

use crate::dialect::Dialect;
use crate::hub::conversation::Conversation;

/// A setting that Gemini has another range for, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Temperature,
    Stop,
    Seed,
    Logprobs,
    Format,
    Verbosity,
    Budget,
    Effort,
    ToolChoice,
    Parallel,
    Tier,
    Metadata,
}

// === impl Field ===

impl Field {
    /// What the client of `conversation` calls it.
    pub(super) const fn of(self, conversation: &Conversation) -> &'static str {
        let [chat, responses, anthropic, bedrock] = match self {
            Self::Temperature => ["temperature", "temperature", "temperature", "inferenceConfig.temperature"],
            Self::Stop => ["stop", "stop", "stop_sequences", "inferenceConfig.stopSequences"],
            Self::Seed => ["seed", "seed", "seed", "seed"],
            Self::Logprobs => ["top_logprobs", "top_logprobs", "logprobs", "logprobs"],
            Self::Format => {
                ["response_format", "text.format", "output_config.format", "outputConfig.textFormat"]
            }
            Self::Verbosity => ["verbosity", "text.verbosity", "verbosity", "verbosity"],
            Self::Budget => [
                "reasoning_effort",
                "reasoning.effort",
                "thinking.budget_tokens",
                "additionalModelRequestFields.thinking",
            ],
            Self::Effort => {
                ["reasoning_effort", "reasoning.effort", "output_config.effort", "outputConfig.effort"]
            }
            Self::ToolChoice => ["tool_choice", "tool_choice", "tool_choice", "toolConfig.toolChoice"],
            Self::Parallel => [
                "parallel_tool_calls",
                "parallel_tool_calls",
                "tool_choice.disable_parallel_tool_use",
                "toolConfig.toolChoice",
            ],
            Self::Tier => ["service_tier", "service_tier", "service_tier", "serviceTier"],
            Self::Metadata => ["metadata", "metadata", "metadata", "requestMetadata"],
        };
        match conversation.dialect {
            Dialect::OpenAiChat | Dialect::Gemini => chat,
            Dialect::OpenAiResponses => responses,
            Dialect::Anthropic => anthropic,
            Dialect::Bedrock => bedrock,
        }
    }
}
