//! A trace in words and names, for people: which candidates there were, and why each was taken or passed over.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::alias::{Algorithm, Alias, Condition, Fallback, Pool, Route, Split};
use crate::catalog::Catalog;
use crate::course::route_at;
use crate::ids::{AliasId, TargetId};
use crate::trace::{Chosen, Mark, Pass};
use crate::units::Weight;

/// One decision, in names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// How many aliases were entered above it.
    pub depth: usize,
    /// What was decided.
    pub what: What,
}

/// What was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// An alias was entered.
    Alias(Arc<str>),
    /// A split chose, `by` turn or key.
    Split {
        /// Its parts.
        parts: Vec<Candidate>,
        /// What chose.
        by: Chosen,
    },
    /// A pool picked.
    Pool {
        /// Its members.
        members: Vec<Candidate>,
        /// How it picks.
        algorithm: Algorithm,
    },
    /// A fallback was taken.
    Fallback {
        /// From 1.
        number: usize,
        /// Where it leads.
        to: Arc<str>,
        /// The condition of it that held.
        because: Condition,
    },
    /// None of a fallback's conditions held.
    NotHeld {
        /// From 1.
        number: usize,
        /// Where it leads.
        to: Arc<str>,
        /// Its conditions.
        conditions: Vec<Condition>,
    },
    /// A target was passed over.
    Passed {
        /// Which.
        target: Arc<str>,
        /// Why.
        why: Pass,
    },
    /// An alias was passed over, since it is past its sunset.
    Retired(Arc<str>),
    /// A target was tried.
    Tried(Arc<str>),
    /// A target was tried once more.
    Retried {
        /// Which.
        target: Arc<str>,
        /// The pause before it.
        after: Duration,
    },
    /// Nothing was left, so ejected targets counted again.
    LastResort,
}

/// A part of a split or a member of a pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// A target or an alias.
    pub name: Arc<str>,
    /// Its weight.
    pub weight: Weight,
    /// Whether it was the one.
    pub taken: bool,
    /// Whether the request was given it before.
    pub before: bool,
}

/// Puts a trace into names.
pub fn explain(catalog: &Catalog, trace: &[Mark]) -> Vec<Decision> {
    let mut teller = Teller { catalog, inside: Vec::new() };
    trace.iter().filter_map(|mark| teller.tell(*mark)).collect()
}

struct Teller<'c> {
    catalog: &'c Catalog,
    inside: Vec<Inside>,
}

/// An alias that the walk is in.
struct Inside {
    alias: AliasId,
    /// The position that the walk has come to.
    position: usize,
    /// The members that the pool at this position has given.
    given: Vec<usize>,
}

// === impl Teller ===

impl Teller<'_> {
    fn tell(&mut self, mark: Mark) -> Option<Decision> {
        let what = match mark {
            Mark::Entered(alias) => {
                let depth = self.inside.len();
                self.inside.push(Inside { alias, position: 0, given: Vec::new() });
                return Some(Decision { depth, what: What::Alias(self.alias(alias)?.name.clone()) });
            }
            Mark::Part { alias, part, by } => What::Split { parts: self.parts(alias, part)?, by },
            Mark::Member { alias, member } => self.pool(alias, member)?,
            Mark::Fallback { alias, fallback, because } => {
                let to = self.name(&self.fallback(alias, fallback)?.route)?;
                self.position(alias, fallback + 1);
                What::Fallback { number: fallback + 1, to, because }
            }
            Mark::NotHeld { alias, fallback } => {
                self.back_to(alias);
                let step = self.fallback(alias, fallback)?;
                let to = self.name(&step.route)?;
                What::NotHeld { number: fallback + 1, to, conditions: step.conditions.clone() }
            }
            Mark::Passed { target, why } => What::Passed { target: self.target(target)?, why },
            Mark::Retired(alias) => What::Retired(self.alias(alias)?.name.clone()),
            Mark::Tried(target) => What::Tried(self.target(target)?),
            Mark::Retried { target, after } => What::Retried { target: self.target(target)?, after },
            Mark::LastResort => {
                self.inside.clear();
                What::LastResort
            }
        };
        Some(Decision { depth: self.inside.len(), what })
    }

    fn back_to(&mut self, alias: AliasId) {
        while self.inside.last().is_some_and(|inside| inside.alias != alias) {
            self.inside.pop();
        }
    }

    fn position(&mut self, alias: AliasId, position: usize) {
        self.back_to(alias);
        if let Some(last) = self.inside.last_mut() {
            last.position = position;
            last.given.clear();
        }
    }

    fn route(&mut self, alias: AliasId) -> Option<&Route> {
        self.back_to(alias);
        route_at(self.catalog.alias(alias)?, self.inside.last()?.position)
    }

    fn parts(&mut self, alias: AliasId, part: usize) -> Option<Vec<Candidate>> {
        let Route::Split(Split { shares, .. }) = self.route(alias)?.clone() else { return None };
        let candidate = |(place, share): (usize, &crate::alias::Share)| {
            let name = self.name(&share.route)?;
            Some(Candidate { name, weight: share.weight, taken: place == part, before: false })
        };
        shares.iter().enumerate().map(candidate).collect()
    }

    fn pool(&mut self, alias: AliasId, picked: usize) -> Option<What> {
        let Route::Pool(Pool { members, algorithm }) = self.route(alias)?.clone() else { return None };
        let given = &self.inside.last()?.given;
        let candidate = |(place, member): (usize, &crate::alias::Member)| {
            let (taken, before) = (place == picked, given.contains(&place));
            Some(Candidate { name: self.name(&member.route)?, weight: member.weight, taken, before })
        };
        let members = members.iter().enumerate().map(candidate).collect::<Option<_>>()?;
        self.inside.last_mut()?.given.push(picked);
        Some(What::Pool { members, algorithm })
    }

    fn fallback(&self, alias: AliasId, fallback: usize) -> Option<&Fallback> {
        let Route::Chain(chain) = &self.alias(alias)?.route else { return None };
        chain.fallbacks.get(fallback)
    }

    fn alias(&self, id: AliasId) -> Option<&Alias> {
        self.catalog.alias(id)
    }

    fn target(&self, id: TargetId) -> Option<Arc<str>> {
        self.catalog.target(id).map(|target| target.name.clone())
    }

    fn name(&self, route: &Route) -> Option<Arc<str>> {
        match route {
            Route::Target(id) => self.target(*id),
            Route::Alias(id) => self.alias(*id).map(|alias| alias.name.clone()),
            Route::Split(_) | Route::Pool(_) | Route::Chain(_) => None,
        }
    }
}

impl fmt::Display for Pass {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ejected { cause, left } if left.is_zero() => {
                write!(formatter, "ejected after `{}`, being probed", cause.name())
            }
            Self::Ejected { cause, left } => {
                write!(formatter, "ejected after `{}`, for {} ms more", cause.name(), left.as_millis())
            }
            Self::Returning => formatter.write_str("back since a moment, with a part of the traffic"),
            Self::Dialect => formatter.write_str("it cannot be asked this in any dialect that it speaks"),
            Self::NoKey => formatter.write_str("its key is not set"),
            Self::Late => formatter.write_str("no time was left"),
        }
    }
}

impl fmt::Display for Chosen {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Turn => "turn",
            Self::Key => "key",
        })
    }
}
