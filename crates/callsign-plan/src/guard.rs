//! What is to be checked on the way in and out of an alias. The checks themselves live elsewhere.

use std::time::Duration;

use crate::units::Money;

/// The rules of one alias (or the file's defaults).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Guardrails {
    /// How long a target may keep the caller waiting for an answer, or for a stream's first token.
    pub max_latency: Option<Duration>,
    /// The most one request may cost.
    pub max_cost: Option<CostLimit>,
    /// A finding of these refuses the request or withholds the answer.
    pub block: Vec<Category>,
    /// Findings of these are masked, blocked or flagged.
    pub filters: Vec<Filter>,
    /// What happens when a guard itself fails.
    pub on_failure: OnFailure,
}

impl Guardrails {
    /// Whether what a request may cost is limited.
    pub fn limits_cost(&self) -> bool {
        self.max_cost.is_some()
    }

    /// Whether anything is looked for in texts.
    pub fn checks_text(&self) -> bool {
        !self.block.is_empty() || !self.filters.is_empty()
    }
}

/// A hard ceiling on the cost of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CostLimit {
    /// The ceiling.
    pub ceiling: Money,
    /// What happens when the ceiling does not cover the output that was asked for.
    pub on_cost: OnCost,
    /// Below this many affordable output tokens a target is skipped.
    pub min_output_tokens: u32,
}

impl CostLimit {
    /// The stricter of both in every respect.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let refuses = [self.on_cost, other.on_cost].contains(&OnCost::Refuse);
        Self {
            ceiling: self.ceiling.min(other.ceiling),
            on_cost: if refuses { OnCost::Refuse } else { OnCost::Clamp },
            min_output_tokens: self.min_output_tokens.max(other.min_output_tokens),
        }
    }
}

/// What happens when a ceiling does not cover the output that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnCost {
    /// The output limit sent upstream is lowered.
    #[default]
    Clamp,
    /// The target is skipped.
    Refuse,
}

/// A kind of content that a guard looks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Category {
    /// Attempts to override instructions or break the safety policy.
    Jailbreak,
    /// Personal data.
    Pii,
    /// Keys, tokens, passwords.
    Secrets,
    /// Swear words and slurs.
    Profanity,
    /// Attempts to read the system prompt.
    PromptLeak,
    /// Secrets, keys, cards, credentials.
    SensitiveData,
}

/// One entry of `content_filters`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Filter {
    /// What it looks for.
    pub category: Category,
    /// What it does with a match.
    pub action: Action,
    /// Where it looks.
    pub apply_to: ApplyTo,
    /// Whether masked values are put back into the answer.
    pub restore: bool,
}

/// What a filter does with a match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Action {
    /// Replaces it in place.
    #[default]
    Mask,
    /// Refuses.
    Block,
    /// Lets it pass and notes it.
    Flag,
}

/// Where a filter looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ApplyTo {
    /// What goes to the target.
    Input,
    /// What comes back.
    Output,
    /// Both.
    #[default]
    Both,
}

/// What happens when a guard itself fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnFailure {
    /// The request is refused (503).
    #[default]
    Refuse,
    /// The request goes on.
    Allow,
}
