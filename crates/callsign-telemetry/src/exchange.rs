//! One exchange that is over, as plain data: everything that metrics, traces, logs and history are made of.
//!
//! Nothing of what was said stands in it, but where the operator wants it in traces.

use std::sync::Arc;
use std::time::Duration;

use callsign_plan::units::Money;
use callsign_wire::dialect::Operation;
use callsign_wire::hub::usage::Usage;

use crate::trace::Trace;

/// One exchange that is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// Its name, as in `x-callsign-request-id`: a UUID.
    pub id: Box<str>,
    /// When it began, in milliseconds since 1970-01-01 UTC.
    pub began_ms: u64,
    /// How long it took, from the request's head to the answer's last byte.
    pub took: Duration,
    /// How long the client waited for the first bytes of its answer, of a stream for its first token; `None` if none came.
    pub first: Option<Duration>,
    /// How much of that the gateway itself took: nobody's body, answer or pause was waited for.
    pub own: Option<Duration>,
    /// What was asked for, once that was known.
    pub asked: Option<Asked>,
    /// The status that the client got; 0 if none.
    pub status: u16,
    /// The code of the gateway's own error, as in `x-callsign-error`.
    pub error: Option<&'static str>,
    /// How it ended.
    pub ended: Ended,
    /// Who answered: `provider/id`.
    pub model: Option<Box<str>>,
    /// What translation could not carry, as in `x-callsign-losses`.
    pub losses: Option<Box<str>>,
    /// Bytes of the answer's body.
    pub bytes: usize,
    /// Where a broken stream was taken up by another target: how many characters had been sent.
    pub resumed: Option<usize>,
    /// What was tried, in order.
    pub attempts: Vec<Attempt>,
    /// Models that were asked about its texts, and what that took.
    pub checks: Vec<Check>,
    /// What the guardrails found.
    pub findings: Vec<Finding>,
    /// Its place in a trace, if it has one.
    pub trace: Option<Trace>,
    /// Headers of the request that the operator wants to see in traces: names and values.
    pub labels: Vec<(Box<str>, Box<str>)>,
    /// What was said, where the operator wants to see it in traces.
    pub content: Option<Box<Content>>,
}

/// What was said, once guardrails had masked it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Content {
    /// What the operator of the client says.
    pub system: Vec<String>,
    /// What was asked: who says it, and the text.
    pub input: Vec<(&'static str, String)>,
    /// What was answered.
    pub output: String,
    /// Whether some of it is left out.
    pub is_cut: bool,
}

impl std::fmt::Debug for Content {
    /// What was said is told nowhere by accident.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Content").field("is_cut", &self.is_cut).finish_non_exhaustive()
    }
}

/// What an exchange asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The name that the client used, as far as it can be shown.
    pub name: Box<str>,
    /// The alias that it stands for, if it is one.
    pub alias: Option<Arc<str>>,
    /// What is wanted.
    pub operation: Operation,
    /// Whether the answer is streamed.
    pub stream: bool,
}

/// One attempt at a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// `provider/id`.
    pub target: Arc<str>,
    /// When it began, counted from the beginning of the exchange.
    pub after: Duration,
    /// How long it took: to its failure, or to the first token where it served.
    pub took: Duration,
    /// What went wrong; `None` where it served.
    pub condition: Option<&'static str>,
    /// The provider's status, if it sent one.
    pub status: Option<u16>,
    /// What it took and cost, where its answer has ended.
    pub spent: Option<Spent>,
}

/// What one attempt took and cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spent {
    /// The tokens.
    pub usage: Usage,
    /// What they cost, where the price is known.
    pub cost: Option<Money>,
    /// Whether the provider did not say, and the gateway guessed.
    pub is_estimate: bool,
}

/// A model that was asked about the texts of an exchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// `provider/id`.
    pub target: Arc<str>,
    /// How often it was tried.
    pub attempts: u32,
    /// What that took and cost.
    pub spent: Spent,
}

/// What the guardrails found of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// `pii`, `secrets`, …
    pub category: &'static str,
    /// What it is exactly.
    pub kind: Box<str>,
    /// What was done about it: `block`, `mask` or `flag`.
    pub action: &'static str,
    /// `input` or `output`.
    pub direction: &'static str,
    /// How often it was found.
    pub count: u32,
}

/// How an exchange ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ended {
    /// No answer has begun.
    Running,
    /// The client had gone before the end.
    Cancelled,
    /// The answer is on its way.
    Answering,
    /// The client has the whole answer.
    Complete,
    /// The answer broke off.
    Broken,
    /// The gateway answered with an error of its own.
    Refused,
}

// === impl Spent ===

impl Spent {
    /// Nothing so far.
    pub const NOTHING: Self = Self {
        usage: Usage {
            input: 0,
            cache_read: None,
            cache_write: None,
            cache_write_hour: None,
            output: 0,
            reasoning: None,
        },
        cost: None,
        is_estimate: false,
    };

    /// Both together; a price that is known of one alone is better than none.
    #[must_use]
    pub fn and(self, other: &Self) -> Self {
        let sum =
            |one: Option<u64>, two: Option<u64>| [one, two].into_iter().flatten().reduce(u64::saturating_add);
        let (one, two) = (&self.usage, &other.usage);
        let usage = Usage {
            input: one.input.saturating_add(two.input),
            cache_read: sum(one.cache_read, two.cache_read),
            cache_write: sum(one.cache_write, two.cache_write),
            cache_write_hour: sum(one.cache_write_hour, two.cache_write_hour),
            output: one.output.saturating_add(two.output),
            reasoning: sum(one.reasoning, two.reasoning),
        };
        let cost = [self.cost, other.cost].into_iter().flatten().reduce(Money::plus);
        Self { usage, cost, is_estimate: self.is_estimate || other.is_estimate }
    }
}

// === impl Exchange ===

impl Exchange {
    /// What all attempts and checks cost together, where that is known of any.
    pub fn cost(&self) -> Option<Money> {
        let each = self.attempts.iter().filter_map(|attempt| attempt.spent?.cost);
        each.chain(self.checks.iter().filter_map(|check| check.spent.cost)).reduce(Money::plus)
    }

    /// The attempt whose answer the client got, or got the beginning of.
    pub fn served(&self) -> Option<&Attempt> {
        self.attempts.last().filter(|attempt| attempt.condition.is_none())
    }
}

// === impl Attempt ===

impl Attempt {
    /// The provider's name: what stands before the first slash.
    pub fn provider(&self) -> &str {
        self.target.split_once('/').map_or(&*self.target, |(provider, _)| provider)
    }

    /// What the provider calls the model: what stands behind the first slash.
    pub fn model(&self) -> &str {
        self.target.split_once('/').map_or("", |(_, model)| model)
    }
}

// === impl Ended ===

impl Ended {
    /// Every one.
    pub const ALL: [Self; 6] =
        [Self::Running, Self::Cancelled, Self::Answering, Self::Complete, Self::Broken, Self::Refused];

    /// Its name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Cancelled => "cancelled",
            Self::Answering => "answering",
            Self::Complete => "complete",
            Self::Broken => "broken",
            Self::Refused => "refused",
        }
    }
}
