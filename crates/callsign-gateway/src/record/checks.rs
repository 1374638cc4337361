//! What is written down of the models that were asked about an exchange's texts: what that took, apart from its attempts.

use std::sync::Arc;

use callsign_plan::units::Money;
use callsign_telemetry::exchange::{Check, Spent};

use super::{Entry, Notes};
use crate::refusal::Tried;

// === impl Notes ===

impl Notes {
    /// What was tried, and written down `aside`, to have a model say what it makes of a text.
    pub(crate) fn checked(&self, aside: &Self) {
        let tried = std::mem::take(&mut aside.write().attempts);
        let mut entry = self.write();
        for Tried { model, spent, .. } in tried {
            entry.checked(&model, spent.unwrap_or(Spent::NOTHING));
        }
    }
}

// === impl Entry ===

impl Entry {
    /// Adds an attempt to have a text checked.
    fn checked(&mut self, model: &Arc<str>, spent: Spent) {
        match self.checks.iter_mut().find(|check| check.target == *model) {
            Some(check) => {
                check.attempts = check.attempts.saturating_add(1);
                check.spent = check.spent.and(&spent);
            }
            None => self.checks.push(Check { target: Arc::clone(model), attempts: 1, spent }),
        }
    }

    /// What all checks cost together, where that is known of any.
    pub(crate) fn cost_of_checks(&self) -> Option<Money> {
        self.checks.iter().filter_map(|check| check.spent.cost).reduce(Money::plus)
    }
}
