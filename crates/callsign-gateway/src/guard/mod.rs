//! What texts must pass on their way to a target (`question`) and back (`guarded` and what it calls). The detectors and the
//! rules are pure and stand in `callsign-guard`, the texts of bodies in `callsign-wire`; here they meet a request.

mod completions;
mod coverage;
mod flow;
mod guarded;
mod question;
pub(crate) mod referee;
mod ruling;
mod spoken;
pub(crate) mod trial;
mod whole;

pub(crate) use guarded::Guarded;

use std::sync::Arc;

use callsign_guard::leak::Leak;
use callsign_guard::mask::Ledger;
use callsign_guard::rules::{Action, Rules, Side};
use callsign_guard::screen::{Detectors, Hit, Screen};
use callsign_plan::guard::OnFailure;
use callsign_wire::texts;

use crate::ask::Ask;
use crate::record::Notes;
use crate::refusal::{Code, Refusal};
use crate::state::policies::Policy;
use referee::Means;

/// An ask that may go to a target.
#[derive(Debug)]
pub(crate) struct Cleared {
    /// The ask, with what was masked in it.
    pub(crate) ask: Ask,
    /// Who looks at its answers, where anybody has to.
    pub(crate) guard: Option<Arc<Guard>>,
}

/// Who looks at the answers to one request.
#[derive(Debug)]
pub(crate) struct Guard {
    policy: Arc<Policy>,
    detectors: Arc<Detectors>,
    /// What was masked in the request and is put back.
    ledger: Ledger,
    /// The system prompt that must not be told.
    leak: Option<Leak>,
    notes: Notes,
    /// What it takes to ask somebody outside, where anybody has to be.
    means: Option<Means>,
    /// What was asked last, for those who are asked about the answer.
    question: Option<Arc<str>>,
}

/// Nothing of an answer may leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Withheld {
    /// Why, for programs.
    pub(crate) code: Code,
    /// The same for people; it tells nothing of what was found.
    pub(crate) message: String,
}

/// Clears `ask` for every alias that it may lead to.
pub(crate) async fn clear(means: Means, ask: Ask, notes: Notes) -> Result<Cleared, Refusal> {
    let policies = &means.world.policies;
    let Some(policy) = policies.of(ask.found) else { return Ok(Cleared { ask, guard: None }) };
    coverage::check(&ask, policy)?;
    let looking = (Arc::clone(policy), policies.detectors());
    // Most requests meet nobody outside, and should not carry the place for it.
    Box::pin(question::clear(ask, looking, notes, means)).await
}

/// What blocks, told without a word of it.
fn blocked(alias: &str, what: &str, hits: &[Hit]) -> Withheld {
    let mut kinds: Vec<String> = Vec::new();
    for hit in hits.iter().filter(|hit| hit.rule.action == Action::Block) {
        let kind = format!("{} (`{}`)", hit.topic.name(), hit.kind);
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    let message = format!("the guardrails of `{alias}` block {what}: it holds {}", kinds.join(", "));
    Withheld { code: Code::ContentBlocked, message }
}

/// A check itself has failed.
fn failed(alias: &str) -> Withheld {
    let message = format!(
        "a check of the guardrails of `{alias}` has failed, so nothing passes; `on_failure: allow` would let it pass unchecked"
    );
    Withheld { code: Code::GuardFailed, message }
}

// === impl Withheld ===

impl Withheld {
    /// The refusal that it is before anything was sent.
    pub(crate) fn refusal(self) -> Refusal {
        Refusal::new(self.code, self.message)
    }
}

// === impl Guard ===

impl Guard {
    /// Whether anything has to look at answers.
    pub(crate) fn watches_answers(&self) -> bool {
        self.policy.looks(Side::Output) || !self.ledger.is_empty()
    }

    /// Whether the answers of this operation hold texts that it looks at.
    pub(crate) fn watches(&self, operation: callsign_wire::dialect::Operation) -> bool {
        self.watches_answers() && coverage::of(operation) != coverage::Answers::Textless
    }

    fn screen(&self) -> Screen<'_> {
        self.screen_by(&self.policy.rules)
    }

    fn screen_by<'a>(&'a self, rules: &'a Rules) -> Screen<'a> {
        Screen { detectors: &self.detectors, rules, side: Side::Output, leak: self.leak.as_ref() }
    }

    /// Writes down what was found in an answer.
    fn note(&self, hits: &[Hit]) {
        self.notes.guarded(Side::Output, hits);
    }

    fn blocked(&self, hits: &[Hit]) -> Withheld {
        blocked(&self.policy.alias, "the answer", hits)
    }

    /// What cannot be cleared is not let through.
    fn unclear(&self, why: &str) -> Withheld {
        let message = format!("the guardrails of `{}` block the answer: {why}", self.policy.alias);
        Withheld { code: Code::ContentBlocked, message }
    }

    /// What `check` makes of something; if it fails, what the configuration says of that.
    fn hold<T>(
        &self,
        unchecked: impl FnOnce() -> T,
        check: impl FnOnce() -> Result<T, Withheld>,
    ) -> Result<T, Withheld> {
        trial::caught(check).unwrap_or_else(|trial::Failed| {
            tracing::error!(alias = %self.policy.alias, "a check of an answer has failed");
            match self.policy.on_failure {
                OnFailure::Allow => Ok(unchecked()),
                OnFailure::Refuse => Err(failed(&self.policy.alias)),
            }
        })
    }

    /// Whether anything that was masked is put back.
    pub(crate) fn puts_back(&self) -> bool {
        !self.ledger.is_empty()
    }

    /// What a client has seen, as a target may: with tokens in place of what was put back.
    pub(crate) fn concealed(&self, text: &str) -> Option<String> {
        self.ledger.concealed(text)
    }

    /// The same of a whole answer, for those who keep it.
    pub(crate) fn concealed_answer(&self, body: &[u8]) -> Option<Vec<u8>> {
        if self.ledger.is_empty() {
            return None;
        }
        texts::of_answer(body, &mut |text| self.ledger.concealed(text.text)).ok().flatten()
    }
}
