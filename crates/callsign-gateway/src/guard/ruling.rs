//! What follows from the opinions of referees: the strictest holds, and whoever cannot be asked clears nothing.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use callsign_guard::rules::{Action, Side};
use callsign_plan::guard::OnFailure;
use tokio::time::Instant;

use super::referee::{self, Means, Opinion, Said};
use super::{Guard, Withheld, failed};
use crate::record::Notes;
use crate::refusal::Code;
use crate::state::policies::Policy;

/// Asks about what was said, and lets it pass or not.
pub(super) async fn rule(means: &Means, policy: &Policy, said: &Said, notes: &Notes) -> Result<(), Withheld> {
    let asked = Instant::now();
    let opinions = referee::ask(means, policy, said).await;
    notes.awaited(asked);
    notes.judged(said.side, &opinions);
    let blocking: Vec<&Opinion> = opinions.iter().filter(|opinion| opinion.blocks()).collect();
    if !blocking.is_empty() {
        return Err(flagged(policy, said.side, &blocking));
    }
    let has_failed = opinions.iter().any(|opinion| opinion.verdict.is_none());
    if has_failed && policy.on_failure == OnFailure::Refuse {
        return Err(failed(&policy.alias));
    }
    Ok(())
}

/// A ruling that is waited for. Nobody takes the lock; it is there so that what holds a ruling can be looked at by several.
pub(super) struct Ruling(Mutex<Pin<Box<Awaited>>>);

type Awaited = dyn Future<Output = Result<(), Withheld>> + Send;

fn flagged(policy: &Policy, side: Side, opinions: &[&Opinion]) -> Withheld {
    let what = match side {
        Side::Input => "the request",
        Side::Output => "the answer",
    };
    let by = opinions.iter().map(|opinion| {
        let kinds = opinion.verdict.iter().flat_map(|verdict| &verdict.kinds);
        let kinds: Vec<String> = kinds.map(|kind| format!("`{kind}`")).collect();
        if kinds.is_empty() {
            opinion.by.to_owned()
        } else {
            format!("{} ({})", opinion.by, kinds.join(", "))
        }
    });
    let by: Vec<String> = by.collect();
    let message =
        format!("the guardrails of `{}` block {what}: it is flagged by {}", policy.alias, by.join(", "));
    Withheld { code: Code::ContentBlocked, message }
}

// === impl Ruling ===

impl Ruling {
    /// What it comes to.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Withheld>> {
        self.0.get_mut().unwrap_or_else(PoisonError::into_inner).as_mut().poll(context)
    }
}

impl fmt::Debug for Ruling {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Ruling")
    }
}

// === impl Opinion ===

impl Opinion {
    /// Whether nothing may pass because of it.
    pub(crate) fn blocks(&self) -> bool {
        self.action == Action::Block && self.verdict.as_ref().is_some_and(|verdict| verdict.flagged)
    }
}

// === impl Guard ===

impl Guard {
    /// Whether nothing of an answer may leave before somebody outside has been asked about all of it.
    pub(super) fn refers(&self) -> bool {
        self.means.is_some()
    }

    /// Asks about a whole answer; nothing where there is nobody to ask.
    pub(super) fn rule(self: &Arc<Self>, text: String) -> Option<Ruling> {
        let (guard, means) = (Arc::clone(self), self.means.clone()?);
        let said = Said::by_model(self.question.clone(), text);
        let ruling = async move { rule(&means, &guard.policy, &said, &guard.notes).await };
        Some(Ruling(Mutex::new(Box::pin(ruling))))
    }
}
