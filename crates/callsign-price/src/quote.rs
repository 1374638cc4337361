//! Whether a ceiling covers a request, and how long an answer it affords.

use callsign_plan::guard::{CostLimit, OnCost};
use callsign_plan::units::Money;

use crate::question::Bound;
use crate::tariff::{Caching, Tariff};

/// What is to be covered.
#[derive(Debug, Clone, Copy)]
pub struct Terms<'a> {
    /// What tokens cost.
    pub tariff: &'a Tariff,
    /// As many as the question has at most.
    pub bound: Bound,
    /// Caches that it may write to.
    pub caching: Caching,
    /// The largest answer that was asked for.
    pub asked: Option<u64>,
    /// How many answers there may be.
    pub copies: u64,
    /// How many tokens the model's context holds, where that is known: no answer is longer.
    pub context: Option<u64>,
    /// The longest answer that the model is sure to allow.
    pub longest: u64,
    /// What other attempts may have cost.
    pub spent: Money,
    /// The ceiling.
    pub limit: CostLimit,
}

/// What a ceiling affords.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quote {
    /// All that was asked for.
    Whole {
        /// What it costs at most.
        most: Money,
    },
    /// Answers of this many tokens.
    Lowered {
        /// The limit of each.
        limit: u64,
        /// What they cost at most.
        most: Money,
    },
    /// Too little.
    Short {
        /// So many tokens of each answer.
        affords: u64,
        /// What the question alone costs at most.
        question: Money,
    },
}

// === impl Terms ===

impl Terms<'_> {
    /// What the ceiling affords.
    pub fn quote(&self) -> Quote {
        let room = self.limit.ceiling.less(self.spent);
        let question = self.tariff.question(self.bound, self.caching);
        let Some(all) = self.tariff.affords(self.bound, self.caching, room) else {
            return Quote::Whole { most: question };
        };
        let each = all / self.copies.max(1);
        let needed = self.asked.or(self.context);
        if question <= room && needed.is_some_and(|needed| needed <= each) {
            return Quote::Whole { most: self.most(needed.unwrap_or(0)) };
        }
        let too_little = each < u64::from(self.limit.min_output_tokens).max(1);
        if question > room || too_little || self.limit.on_cost == OnCost::Refuse {
            return Quote::Short { affords: each, question };
        }
        let limit = if self.asked.is_some() { each } else { each.min(self.longest.max(1)) };
        Quote::Lowered { limit, most: self.most(limit) }
    }

    fn most(&self, each: u64) -> Money {
        self.tariff.exchange(self.bound, self.caching, each.saturating_mul(self.copies.max(1)))
    }
}

#[cfg(test)]
mod tests;
