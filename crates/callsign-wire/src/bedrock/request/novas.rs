//! What Nova is told beyond the settings that all models have in common.
//!
//! `topK` stands in a second `inferenceConfig`, in Converse's own words; Nova 2 thinks as hard as `reasoningConfig` says, and
//! refuses `maxTokens`, `temperature`, `topP` and `topK` beside the greatest effort.
//! <https://docs.aws.amazon.com/nova/latest/userguide/complete-request-schema.html>
//! <https://docs.aws.amazon.com/nova/latest/nova2-userguide/extended-thinking.html>

use crate::hub::wish::Effort;
use crate::json::writer::Writer;

/// The highest `topK` that it takes.
pub(super) const HIGHEST_TOP_K: u64 = 128;

/// What Nova is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Novas {
    pub(super) top_k: Option<u64>,
    pub(super) reasoning: Option<Reasoning>,
}

/// How hard Nova 2 thinks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reasoning {
    Low,
    Medium,
    /// As much as it likes: nothing may bound the answer or say how its words are chosen.
    High,
}

// === impl Reasoning ===

impl Reasoning {
    /// The nearest to a wish. An answer of at most so many tokens (that may be what the request is allowed to cost) stays so.
    pub(super) const fn nearest(effort: Effort, most: Option<u64>) -> Self {
        match effort {
            Effort::None | Effort::Minimal | Effort::Low => Self::Low,
            Effort::High | Effort::XHigh | Effort::Max if most.is_none() => Self::High,
            Effort::Medium | Effort::High | Effort::XHigh | Effort::Max => Self::Medium,
        }
    }

    pub(super) const fn effort(self) -> Effort {
        match self {
            Self::Low => Effort::Low,
            Self::Medium => Effort::Medium,
            Self::High => Effort::High,
        }
    }
}

// === impl Novas ===

impl Novas {
    /// Writes its members of `additionalModelRequestFields`.
    pub(super) fn write(self, writer: &mut Writer) {
        if self.top_k.is_some() {
            writer.key("inferenceConfig").object(|writer| writer.count_member("topK", self.top_k));
        }
        if let Some(reasoning) = self.reasoning {
            writer.key("reasoningConfig").object(|writer| {
                writer.key("type").text("enabled");
                writer.key("maxReasoningEffort").text(reasoning.effort().name());
            });
        }
    }
}
