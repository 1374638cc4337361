//! A whole answer, in no dialect.

use super::extras::{Extras, Json};
use super::part::{Part, Piece};
use super::usage::Usage;
use super::wish::Tier;
use crate::dialect::Dialect;

/// What a model answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The dialect that it came in, whose `extras` these are.
    pub dialect: Dialect,
    /// The provider's name for it.
    pub id: Option<String>,
    /// The model that answered, as the provider calls it.
    pub model: Option<String>,
    /// When, in seconds since 1970.
    pub created: Option<u64>,
    /// The answer; several where several were asked for.
    pub choices: Vec<Choice>,
    /// What it took.
    pub usage: Option<Usage>,
    /// How fast, and at what price, it came.
    pub tier: Option<Tier>,
    /// What only its own dialect knows.
    pub extras: Extras,
}

/// One of the answers to one question.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Choice {
    /// What it says, in order.
    pub pieces: Vec<Piece>,
    /// Why it ends.
    pub finish: Option<Finish>,
    /// The log probabilities of its words, as OpenAI's chat spells them.
    pub logprobs: Option<Json>,
    /// What only its own dialect knows.
    pub extras: Extras,
}

/// Why an answer ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finish {
    /// It is complete.
    Stop,
    /// It met one of the stop sequences: this one, where that was said.
    StopSequence(Option<String>),
    /// It is as long as it may be.
    Length,
    /// The context is full.
    ContextFull,
    /// It waits for tools.
    ToolCalls,
    /// The provider or the model declines on policy.
    Filtered,
    /// The provider paused it, to be continued by sending it back (`pause_turn`).
    Paused,
    /// Something that one dialect alone knows.
    Other(Dialect, String),
}

// === impl Reply ===

impl Reply {
    /// An answer that says nothing yet.
    pub fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            id: None,
            model: None,
            created: None,
            choices: Vec::new(),
            usage: None,
            tier: None,
            extras: Extras::default(),
        }
    }
}

// === impl Choice ===

impl Choice {
    /// Whether words of it decline.
    pub fn declines(&self) -> bool {
        self.pieces.iter().any(|piece| matches!(piece.part, Part::Refusal(_)))
    }

    /// Why it ends, told from what it says: an answer that calls a tool waits for it, whatever the provider calls that.
    pub fn finish(&self) -> Finish {
        let calls = self.pieces.iter().any(|piece| matches!(piece.part, Part::ToolCall(_)));
        Finish::seen(self.finish.clone(), calls)
    }
}

// === impl Finish ===

impl Finish {
    /// Why an answer ends that did or did not call tools, and of which the provider said `said`.
    pub fn seen(said: Option<Self>, calls: bool) -> Self {
        match said {
            None | Some(Self::Stop) if calls => Self::ToolCalls,
            Some(Self::ToolCalls) | None if !calls => Self::Stop,
            Some(said) => said,
            None => Self::Stop,
        }
    }

    /// The same where dialects have no words of their own for declining: then the end says it.
    #[must_use]
    pub fn declined(self, declines: bool) -> Self {
        if declines && self == Self::Stop { Self::Filtered } else { self }
    }
}

#[cfg(test)]
mod tests {
    use super::Finish::{Filtered, Length, Stop, ToolCalls};
    use super::*;

    #[test]
    fn an_answer_that_calls_tools_waits_for_them() {
        for (said, calls, expected) in [
            (Some(Stop), true, ToolCalls),
            (None, true, ToolCalls),
            (Some(ToolCalls), true, ToolCalls),
            (Some(ToolCalls), false, Stop),
            (None, false, Stop),
            (Some(Length), true, Length),
            (Some(Filtered), true, Filtered),
        ] {
            assert_eq!(Finish::seen(said.clone(), calls), expected, "{said:?} {calls}");
        }
    }

    #[test]
    fn words_that_decline_make_a_plain_end_a_refusal() {
        for (finish, declines, expected) in [
            (Stop, true, Filtered),
            (Stop, false, Stop),
            (Length, true, Length),
            (ToolCalls, true, ToolCalls),
        ] {
            assert_eq!(finish.clone().declined(declines), expected, "{finish:?} {declines}");
        }
    }
}
