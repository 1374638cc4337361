//! What an attempt cost, told by what its answer says that it took.

use std::sync::Arc;

use callsign_plan::course::Leg;
use callsign_plan::ids::TargetId;
use callsign_plan::units::Money;
use callsign_telemetry::exchange::Spent;
use callsign_wire::hub::usage::Usage;

use crate::listen::unix_time;
use crate::state::world::World;

/// Keeps the account of one attempt until its answer has ended.
#[derive(Debug)]
pub(crate) struct Account {
    world: Arc<World>,
    target: TargetId,
    model: Arc<str>,
    /// As many input tokens as there were reckoned to be at most.
    bound: Option<u64>,
    /// About as many as there are.
    guess: u64,
    tier: Option<Box<str>>,
}

/// About how many bytes of a request make a token.
const BYTES_PER_TOKEN: u64 = 4;

// === impl Account ===

impl Account {
    pub(super) fn new(world: &Arc<World>, leg: &Leg, (bytes, bound): (usize, Option<u64>)) -> Self {
        let guess = (bytes as u64).div_ceil(BYTES_PER_TOKEN);
        Self {
            world: Arc::clone(world),
            target: leg.target,
            model: Arc::clone(&leg.model),
            bound,
            guess,
            tier: None,
        }
    }

    /// The same, of a request in a service tier.
    pub(super) fn in_tier(mut self, tier: Option<Box<str>>) -> Self {
        self.tier = tier;
        self
    }

    /// What the answer cost that took this much.
    pub(crate) fn told(&self, usage: Usage) -> Spent {
        if let Some((bound, shortfall)) = self.bound.zip(self.world.shortfall(self.target)) {
            shortfall.saw(bound, usage.input);
        }
        Spent { usage, cost: self.cost(&usage), is_estimate: false }
    }

    /// What an answer cost that does not say, in so many events.
    pub(crate) fn guessed(&self, known: Option<Usage>, events: u64) -> Spent {
        let mut usage = known.unwrap_or(Usage { input: self.guess, ..Usage::default() });
        usage.output = usage.output.max(events);
        Spent { usage, cost: self.cost(&usage), is_estimate: true }
    }

    fn cost(&self, usage: &Usage) -> Option<Money> {
        let now = unix_time();
        let priced = self.world.priced(self.target, &self.model, now)?;
        Some(priced.tariff(self.tier.as_deref(), now)?.bill(usage))
    }
}
