//! What a route comes to, with everything that it leads to taken together: where it goes on, how long it may last.

use std::time::Duration;

use callsign_plan::alias::{Alias, Pool, Route, Split};
use callsign_plan::ids::TargetId;
use callsign_plan::units::Weight;

use crate::lower::chains::{self, Failures};
use crate::lower::targets::Targets;

/// What a route comes to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reach {
    /// The failures of its first attempt after which it goes on by itself.
    pub(crate) caught: Failures,
    /// Whether another target is ever asked after one has failed.
    pub(crate) goes_on: bool,
    /// The only target that it leads to.
    pub(crate) only: Option<TargetId>,
    /// Targets that were tried once it has failed; of very many, some.
    pub(crate) tried: Vec<TargetId>,
    /// How many tokens its targets hold; `None` if that is not known of all of them.
    pub(crate) window: Option<Window>,
    /// How long its attempts may last.
    pub(crate) waits: Waits,
    /// The shortest time after which anything in it gives an answer up that is not streamed.
    pub(crate) patience: Option<Duration>,
}

/// How many tokens some targets hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) least: u64,
    pub(crate) most: u64,
}

/// How long the attempts of a route may last, one after another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Waits(Vec<Wait>);

/// Attempts of one length. Those that nothing bounds are left out of every sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Wait {
    longest: Option<Duration>,
    bound: Bound,
    retries: Repeated,
    attempts: u32,
}

/// Who says how long an attempt lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bound {
    /// The target itself.
    Target,
    /// The aliases on the way to it, of which the strictest holds.
    Aliases,
}

/// Whether the nearest alias with `retries` was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Repeated {
    NotYet,
    Already,
}

/// More targets than anybody writes as fallbacks of each other.
const MOST_TRIED: usize = 16;
/// More different lengths than anybody writes in one route.
const MOST_LENGTHS: usize = 16;

/// The aliases whose reach is known so far.
pub(crate) struct Reaches<'a> {
    targets: &'a Targets,
    by_alias: Vec<Option<Reach>>,
}

// === impl Reaches ===

impl<'a> Reaches<'a> {
    /// The reach of every alias; `order` has each after all that it leads to.
    pub(crate) fn of(aliases: &[Option<Alias>], targets: &'a Targets, order: &[usize]) -> Self {
        let mut reaches = Self { targets, by_alias: vec![None; aliases.len()] };
        for place in order {
            let alias = aliases.get(*place).and_then(Option::as_ref);
            let reach = alias.and_then(|alias| reaches.alias(alias));
            if let Some(slot) = reaches.by_alias.get_mut(*place) {
                *slot = reach;
            }
        }
        reaches
    }

    /// What the alias at this place comes to.
    pub(crate) fn at(&self, place: usize) -> Option<&Reach> {
        self.by_alias.get(place)?.as_ref()
    }

    fn alias(&self, alias: &Alias) -> Option<Reach> {
        let mut reach = self.route(&alias.route)?;
        reach.waits.under(alias);
        reach.patience = shorter(reach.patience, shorter(alias.guardrails.max_latency, alias.timeouts.total));
        Some(reach)
    }

    /// What a route comes to; `None` where something in it was wrong.
    pub(crate) fn route(&self, route: &Route) -> Option<Reach> {
        match route {
            Route::Target(id) => self.target(*id),
            Route::Alias(id) => self.at(id.0 as usize).cloned(),
            Route::Split(split) => self.split(split),
            Route::Pool(pool) => self.pool(pool),
            Route::Chain(chain) => {
                let mut reach = self.route(&chain.primary)?;
                reach.caught = reach.caught.or(chains::caught(&chain.fallbacks));
                (reach.goes_on, reach.only) = (true, None);
                for fallback in &chain.fallbacks {
                    let next = self.route(&fallback.route)?;
                    reach.window = Window::both(reach.window, next.window);
                    reach.waits.add(&next.waits);
                    reach.patience = shorter(reach.patience, next.patience);
                }
                Some(reach)
            }
        }
    }

    fn target(&self, id: TargetId) -> Option<Reach> {
        let target = self.targets.get(id)?;
        let wait = Wait {
            longest: target.max_latency,
            bound: if target.max_latency.is_some() { Bound::Target } else { Bound::Aliases },
            retries: Repeated::NotYet,
            attempts: 1,
        };
        Some(Reach {
            only: Some(id),
            tried: vec![id],
            window: target.context.map(|tokens| Window { least: tokens, most: tokens }),
            waits: Waits(vec![wait]),
            patience: shorter(target.max_latency, target.timeouts.total),
            ..Reach::default()
        })
    }

    /// Only one of the shares is tried, and it is not known which.
    fn split(&self, split: &Split) -> Option<Reach> {
        let mut shares = split.shares.iter().filter(|share| share.weight > Weight(0));
        let mut reach = self.route(&shares.next()?.route)?;
        for share in shares {
            let other = self.route(&share.route)?;
            reach.caught = reach.caught.and(other.caught);
            reach.goes_on |= other.goes_on;
            reach.only = reach.only.filter(|only| other.only == Some(*only));
            reach.tried.retain(|target| other.tried.contains(target));
            reach.window = Window::both(reach.window, other.window);
            reach.patience = shorter(reach.patience, other.patience);
            if other.waits.sum() > reach.waits.sum() {
                reach.waits = other.waits;
            }
        }
        Some(reach)
    }

    /// Every member is tried before the pool has failed; then it has failed in the way of the last.
    fn pool(&self, pool: &Pool) -> Option<Reach> {
        let mut members = pool.members.iter();
        let mut reach = self.route(&members.next()?.route)?;
        for member in members {
            let other = self.route(&member.route)?;
            reach.caught = reach.caught.and(other.caught);
            reach.goes_on = true;
            reach.only = reach.only.filter(|only| other.only == Some(*only));
            reach.tried.extend(other.tried);
            reach.tried.truncate(MOST_TRIED);
            reach.window = Window::both(reach.window, other.window);
            reach.waits.add(&other.waits);
            reach.patience = shorter(reach.patience, other.patience);
        }
        Some(reach)
    }
}

/// The shorter of two limits.
pub(crate) fn shorter(one: Option<Duration>, other: Option<Duration>) -> Option<Duration> {
    one.into_iter().chain(other).min()
}

// === impl Window ===

impl Window {
    fn both(one: Option<Self>, other: Option<Self>) -> Option<Self> {
        let (one, other) = one.zip(other)?;
        Some(Self { least: one.least.min(other.least), most: one.most.max(other.most) })
    }
}

// === impl Waits ===

impl Waits {
    /// What all attempts together may last.
    pub(crate) fn sum(&self) -> Duration {
        self.0.iter().fold(Duration::ZERO, |sum, wait| {
            sum.saturating_add(wait.longest.unwrap_or_default().saturating_mul(wait.attempts))
        })
    }

    fn add(&mut self, more: &Self) {
        for wait in &more.0 {
            let full = self.0.len() >= MOST_LENGTHS;
            let alike = |known: &&mut Wait| Wait { attempts: wait.attempts, ..**known } == *wait;
            match self.0.iter_mut().find(alike) {
                Some(known) => known.attempts = known.attempts.saturating_add(wait.attempts),
                None if full => {}
                None => self.0.push(*wait),
            }
        }
    }

    /// As part of `alias`: under its `max_latency`, and with its `retries` where no nearer alias says any.
    fn under(&mut self, alias: &Alias) {
        for wait in &mut self.0 {
            if wait.bound == Bound::Aliases {
                let both = [wait.longest, alias.guardrails.max_latency];
                wait.longest = both.into_iter().flatten().min();
            }
            if let Some(retries) = alias.retries.filter(|_| wait.retries == Repeated::NotYet) {
                wait.retries = Repeated::Already;
                wait.attempts = wait.attempts.saturating_mul(retries.attempts.saturating_add(1));
            }
        }
    }
}
