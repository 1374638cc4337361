//! What is to be checked on the way in and out of an alias. The checks themselves live elsewhere.

use std::sync::Arc;
use std::time::Duration;

use crate::ids::AliasId;
use crate::target::Credential;
use crate::units::Money;

/// The rules of one alias (or the file's defaults).
#[derive(Debug, Clone, Default)]
pub struct Guardrails {
    /// How long a target may keep the caller waiting for an answer, or for a stream's first token.
    pub max_latency: Option<Duration>,
    /// The most one request may cost.
    pub max_cost: Option<CostLimit>,
    /// A finding of these refuses the request or withholds the answer.
    pub block: Vec<Category>,
    /// Findings of these are masked, blocked or flagged.
    pub filters: Vec<Filter>,
    /// These are asked about texts.
    pub referees: Vec<Referee>,
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
        !self.block.is_empty() || !self.filters.is_empty() || !self.referees.is_empty()
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

/// Somebody outside who is asked about texts: one entry of `content_filters`.
#[derive(Debug, Clone)]
pub struct Referee {
    /// Who that is.
    pub who: Who,
    /// How long an answer is waited for.
    pub timeout: Duration,
    /// How long a verdict is remembered; zero where it is not.
    pub cache: Duration,
    /// What is done about a text that is flagged; nobody outside says where in it, so it is never masked.
    pub action: Action,
    /// Which texts.
    pub apply_to: ApplyTo,
}

/// Who is asked.
#[derive(Debug, Clone)]
pub enum Who {
    /// A service of the operator's choice.
    Webhook {
        /// Where it is.
        url: Arc<str>,
        /// How it is spoken to.
        form: Form,
        /// What it is shown.
        credential: Credential,
    },
    /// A model.
    Model {
        /// The alias that leads to it.
        alias: AliasId,
        /// What it is told before the text; without it, it has to know by itself what to do.
        instructions: Option<Arc<str>>,
    },
}

/// What a webhook takes and gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Form {
    /// `{"text", "side", "alias"}`, answered by `{"flagged", "categories"}`.
    #[default]
    Json,
    /// What `OpenAI` calls moderations.
    OpenAiModeration,
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
