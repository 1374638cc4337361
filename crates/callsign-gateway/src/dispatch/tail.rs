//! What is still to be told of an attempt whose answer has begun.

use std::sync::Arc;

use callsign_plan::alias::Condition;
use callsign_plan::fault::Failure;
use callsign_plan::units::Money;
use callsign_wire::hub::usage::Usage;
use http::StatusCode;
use tokio::time::Instant;

use super::account::Account;
use crate::record::Notes;
use crate::refusal::{Code, Named, Refusal, Tried};
use crate::state::vitals::Trial;

/// The attempt that an answer comes from; it is under way until this is dropped.
#[derive(Debug)]
pub(crate) struct Tail {
    pub(super) trial: Option<Trial>,
    /// What it costs; until that is told.
    pub(super) account: Option<Account>,
    pub(super) notes: Notes,
    /// `provider/id`.
    pub(super) serving: Arc<str>,
    pub(super) status: StatusCode,
    pub(super) began: Instant,
    /// The attempts that failed before it.
    pub(super) tried: Vec<Tried>,
}

// === impl Tail ===

impl Tail {
    /// The answer broke off, and that is what the client will be told.
    pub(crate) fn broke(&mut self, failure: Refusal) -> Refusal {
        let tried = self.fail(&failure);
        let mut attempts = std::mem::take(&mut self.tried);
        attempts.push(tried);
        self.notes.broken(&failure);
        failure.after(Named::default(), attempts)
    }

    /// The provider itself told an error where the answer should have gone on, and the client has read it.
    pub(crate) fn ended_in_error(&mut self) {
        let failure = Refusal::new(Code::UpstreamInvalid, "the answer ended in an error");
        self.fail(&failure);
        self.notes.broken(&failure);
    }

    /// Where the exchange is written down.
    pub(crate) fn notes(&self) -> &Notes {
        &self.notes
    }

    /// Whether it is still to be told what it cost.
    pub(crate) fn is_open(&self) -> bool {
        self.account.is_some()
    }

    /// The answer has ended, and says that it took this much.
    pub(crate) fn took(&mut self, usage: Usage) -> Option<Money> {
        let spent = self.account.take()?.told(usage);
        self.notes.spent(spent);
        spent.cost
    }

    /// The answer has ended without a word of what it took, or has not ended; it had so many events.
    pub(crate) fn took_about(&mut self, known: Option<Usage>, events: u64) {
        if let Some(account) = self.account.take() {
            self.notes.spent(account.guessed(known, events));
        }
    }

    /// Nothing is to be paid for it.
    pub(crate) fn took_nothing(&mut self) {
        self.account = None;
    }

    /// Writes down that the attempt failed after all.
    pub(crate) fn fail(&mut self, failure: &Refusal) -> Tried {
        let condition = condition_of(failure.code());
        if let Some(mut trial) = self.trial.take() {
            trial.broke(condition);
        }
        let took = self.began.elapsed();
        let tried = Tried::failed(&self.serving, Failure::of(condition), Some(self.status), took);
        self.notes.broke(tried.clone());
        tried
    }
}

/// What it counts as when an answer breaks off for this reason.
pub(crate) fn condition_of(code: Code) -> Condition {
    match code {
        Code::UpstreamTimeout => Condition::Timeout,
        Code::UpstreamInvalid => Condition::InvalidResponse,
        _ => Condition::Unavailable,
    }
}
