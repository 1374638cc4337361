//! The walk itself: down into routes until a target is found, and back up with what failed.

use std::sync::Arc;
use std::time::Duration;

use smallvec::SmallVec;

use super::{
    Around, Before, Broken, Choices, Course, Leg, Mercy, SESSION_HEADERS, Setback, Start, Step, Visit, fixed,
    route_at,
};
use crate::alias::{Algorithm, Condition, Fallback, Member, Pool, Route, Split, Sticky};
use crate::backoff;
use crate::balance::{self, Seat};
use crate::draw;
use crate::fault::Failure;
use crate::ids::{AliasId, TargetId};
use crate::target::{Credential, Model};
use crate::trace::{Chosen, Mark, Pass};
use crate::vitals::Admission;

/// Where the walk goes next.
enum Way {
    /// Into an alias.
    Enter(AliasId),
    /// To a target.
    Reach(TargetId),
    /// Back to whoever led here.
    Back(Failure),
}

// === impl Course ===

impl Course {
    /// What to do next, after `setback`, or first of all.
    pub fn step(&mut self, around: &Around<'_>, setback: Option<Setback>) -> Result<Step, Broken> {
        let Some(setback) = setback else {
            return self.begin(around);
        };
        if setback.failure.condition().is_none() {
            return Ok(Step::Stop);
        }
        if let Some(leg) = self.retry(around, setback) {
            return Ok(Step::Try(leg));
        }
        let failure = self.failed(setback.failure);
        self.walk(around, Way::Back(failure))
    }

    fn begin(&mut self, around: &Around<'_>) -> Result<Step, Broken> {
        let way = match self.start {
            Start::Alias(alias) => Way::Enter(alias),
            Start::Target(target, _) => Way::Reach(target),
        };
        self.walk(around, way)
    }

    fn walk(&mut self, around: &Around<'_>, mut way: Way) -> Result<Step, Broken> {
        loop {
            way = match way {
                Way::Enter(alias) => self.enter(around, alias)?,
                Way::Reach(target) => match self.reach(around, target)? {
                    Ok(leg) => return Ok(Step::Try(leg)),
                    Err(failure) => Way::Back(failure),
                },
                Way::Back(failure) => match self.back(around, failure)? {
                    Some(way) => way,
                    None => return self.end(around),
                },
            }
        }
    }

    /// Where nothing was tried since breakers kept everything back, those are better than nothing: first those that
    /// are coming back, as if they were free, then the ejected as well.
    fn end(&mut self, around: &Around<'_>) -> Result<Step, Broken> {
        self.leg = None;
        self.mercy = match self.mercy {
            _ if self.attempts > 0 => return Ok(Step::Stop),
            Mercy::None if self.kept_back.returning => {
                self.trace.clear();
                Mercy::Returning
            }
            Mercy::None | Mercy::Returning if self.kept_back.ejected => {
                self.trace.push(Mark::LastResort);
                Mercy::Everybody
            }
            _ => return Ok(Step::Stop),
        };
        self.visits.clear();
        self.failure = None;
        self.begin(around)
    }

    fn failed(&mut self, failure: Failure) -> Failure {
        self.failure = Some(failure);
        self.failures += 1;
        failure
    }

    fn before(&self) -> Before {
        Before { attempts: self.attempts, failures: self.failures }
    }

    fn enter(&mut self, around: &Around<'_>, id: AliasId) -> Result<Way, Broken> {
        let alias = around.catalog.alias(id).ok_or(Broken)?;
        if self.visits.len() > around.catalog.parts().aliases.len() {
            return Err(Broken);
        }
        let sunset = alias.deprecated.as_ref().and_then(|deprecated| deprecated.sunset);
        if sunset.is_some_and(|sunset| sunset <= around.date) {
            self.trace.push(Mark::Retired(id));
            return Ok(Way::Back(self.failed(Failure::of(Condition::ModelNotFound))));
        }
        self.trace.push(Mark::Entered(id));
        // The time of the alias asked for is that of the whole course.
        let own = alias.timeouts.total.filter(|_| !self.visits.is_empty());
        self.visits.push(Visit::new(id, own.map(|total| around.now + total), self.before()));
        let route = route_at(alias, 0).ok_or(Broken)?;
        self.follow(around, id, route)
    }

    fn follow(&mut self, around: &Around<'_>, alias: AliasId, route: &Route) -> Result<Way, Broken> {
        match route {
            Route::Target(target) => Ok(Way::Reach(*target)),
            Route::Alias(alias) => Ok(Way::Enter(*alias)),
            Route::Split(split) => self.choose(around, alias, split),
            Route::Pool(pool) => self.pick(around, alias, (pool, None))?.ok_or(Broken),
            Route::Chain(_) => Err(Broken),
        }
    }

    fn choose(&mut self, around: &Around<'_>, alias: AliasId, split: &Split) -> Result<Way, Broken> {
        let key = sticky_key(around, split.sticky.as_ref());
        let (part, by) = if let Some(key) = key {
            let name = &around.catalog.alias(alias).ok_or(Broken)?.name;
            let parts = split.shares.iter().map(|share| (name_of(around, &share.route), share.weight));
            (draw::by_key(name, key, parts), Chosen::Key)
        } else {
            let position = self.visits.last().ok_or(Broken)?.position;
            let weights = split.shares.iter().map(|share| share.weight);
            let choose = || draw::in_turn(weights, around.vitals.turn(alias)).ok_or(Broken);
            (Some(kept(&mut self.parts, (alias, position), choose)?), Chosen::Turn)
        };
        let part = part.ok_or(Broken)?;
        self.trace.push(Mark::Part { alias, part, by });
        leaf(&split.shares.get(part).ok_or(Broken)?.route)
    }

    /// The next member of a pool that this request has not been given yet, after `failure` of the one before.
    fn pick(
        &mut self,
        around: &Around<'_>,
        alias: AliasId,
        (pool, failure): (&Pool, Option<Failure>),
    ) -> Result<Option<Way>, Broken> {
        let too_long = failure.is_some_and(|failure| failure.is(Condition::ContextLengthExceeded));
        let visit = self.visits.last_mut().ok_or(Broken)?;
        if let Some(leg) = self.leg.as_ref().filter(|_| too_long) {
            let equals = |route: &Route| model_of(around, route) == Some(&*leg.model);
            visit.used.extend(
                (0..).zip(&pool.members).filter(|(_, member)| equals(&member.route)).map(|(place, _)| place),
            );
        }
        // A request takes one turn, however often it has to pick.
        let turn = kept(&mut self.turns, (alias, visit.position), || Ok(around.vitals.turn(alias)))?;
        let seats: SmallVec<[(usize, Seat<'_>); 8]> = (0..)
            .zip(&pool.members)
            .filter(|(place, _)| !visit.used.contains(place))
            .map(|(place, member)| (place, seat(around, member)))
            .collect();
        let prompt = if pool.algorithm == Algorithm::ConsistentHash { around.asker.prompt() } else { None };
        let draw = balance::Draw { turn, dice: &mut self.dice, prompt };
        let Some(member) = balance::pick(pool.algorithm, &seats, pool.members.len(), draw) else {
            return Ok(None);
        };
        visit.used.push(member);
        self.trace.push(Mark::Member { alias, member });
        leaf(&pool.members.get(member).ok_or(Broken)?.route).map(Some)
    }

    /// Whether the target may be tried now; otherwise what that failure counts as.
    fn reach(&mut self, around: &Around<'_>, id: TargetId) -> Result<Result<Leg, Failure>, Broken> {
        let target = around.catalog.target(id).ok_or(Broken)?;
        let limits = self.limits(around.catalog, target);
        let mut probe = false;
        let passed = if !around.asker.can_ask(target.dialects) {
            // What failed before is what the next fallback is asked about.
            Some((Pass::Dialect, self.failure.unwrap_or(Failure::of(Condition::Unavailable))))
        } else if matches!(target.credential, Credential::Missing { .. }) {
            Some((Pass::NoKey, Failure::of(Condition::Unavailable)))
        } else if limits.deadline <= around.now {
            Some((Pass::Late, Failure::of(Condition::Timeout)))
        } else {
            self.admission(around, id, &mut probe)
        };
        if let Some((why, failure)) = passed {
            self.trace.push(Mark::Passed { target: id, why });
            return Ok(Err(if why == Pass::Returning { failure } else { self.failed(failure) }));
        }
        let model = match (&target.model, &self.start) {
            (Model::Asked, Start::Target(_, model)) => Arc::clone(model),
            _ => fixed(around.catalog, id)?,
        };
        self.attempts += 1;
        self.trace.push(Mark::Tried(id));
        let leg = Leg {
            target: id,
            model,
            after: Duration::ZERO,
            limits,
            mid_stream: self.mid_stream(around.catalog),
            on_loss: self.on_loss(around.catalog),
            probe,
            retries: self.retries(around.catalog),
            retried: 0,
        };
        self.leg = Some(leg.clone());
        Ok(Ok(leg))
    }

    /// Why the target may not be tried, if it may not.
    fn admission(&mut self, around: &Around<'_>, id: TargetId, probe: &mut bool) -> Option<(Pass, Failure)> {
        if self.mercy == Mercy::Everybody {
            return None;
        }
        match around.vitals.admit(id, self.alias()) {
            Admission::Free => None,
            Admission::Probe => {
                *probe = true;
                None
            }
            Admission::Returning { .. } if self.mercy == Mercy::Returning => None,
            Admission::Returning { share, .. } if self.dice.below(1000) < u64::from(share) => None,
            Admission::Returning { cause, .. } => {
                self.kept_back.returning = true;
                Some((Pass::Returning, Failure::of(cause).also(Condition::Unavailable)))
            }
            Admission::Ejected { cause, left } => {
                self.kept_back.ejected = true;
                Some((Pass::Ejected { cause, left }, Failure::of(cause).also(Condition::Unavailable)))
            }
        }
    }

    /// Where to go from a failure: the pool's next member, the next fallback that it calls for, or further back.
    fn back(&mut self, around: &Around<'_>, failure: Failure) -> Result<Option<Way>, Broken> {
        while let Some(visit) = self.visits.last() {
            let id = visit.alias;
            let alias = around.catalog.alias(id).ok_or(Broken)?;
            if let Some(Route::Pool(pool)) = route_at(alias, visit.position)
                // A refusal on policy stays with the member that it came from; who was passed over refused nothing.
                && (failure.is_any() || visit.before.attempts == self.attempts)
                && let Some(way) = self.pick(around, id, (pool, Some(failure)))?
            {
                return Ok(Some(way));
            }
            if let Route::Chain(chain) = &alias.route
                && let Some(position) = self.fall_back(&chain.fallbacks, failure)
            {
                let route = route_at(alias, position).ok_or(Broken)?;
                return self.follow(around, id, route).map(Some);
            }
            self.visits.pop();
        }
        Ok(None)
    }

    /// Moves the present visit to the next fallback that `failure` calls for.
    fn fall_back(&mut self, fallbacks: &[Fallback], failure: Failure) -> Option<usize> {
        let before = self.before();
        let visit = self.visits.last_mut()?;
        if visit.before.failures < before.failures {
            visit.failed.push(visit.position);
        }
        for (fallback, step) in fallbacks.iter().enumerate().skip(visit.position) {
            let holds = |condition: &&Condition| visit.holds(**condition, failure, fallback);
            let alias = visit.alias;
            if let Some(because) = step.conditions.iter().find(holds) {
                self.trace.push(Mark::Fallback { alias, fallback, because: *because });
                visit.position = fallback + 1;
                visit.used.clear();
                visit.before = before;
                return Some(visit.position);
            }
            self.trace.push(Mark::NotHeld { alias, fallback });
        }
        None
    }

    /// The same leg once more, where that is configured and likely to help.
    fn retry(&mut self, around: &Around<'_>, setback: Setback) -> Option<Leg> {
        let mut leg = self.leg.clone()?;
        if leg.retried >= leg.retries.attempts || !may_pass(setback.failure) {
            return None;
        }
        leg.after = match setback.after {
            Some(after) => after,
            None => backoff::pause(leg.retries.backoff, leg.retried, &mut self.dice),
        };
        if around.now + leg.after >= leg.limits.deadline || !around.vitals.may_retry(leg.target) {
            return None;
        }
        leg.retried += 1;
        leg.probe = false;
        self.attempts += 1;
        self.trace.push(Mark::Retried { target: leg.target, after: leg.after });
        self.leg = Some(leg.clone());
        Some(leg)
    }
}

/// What was decided for a position of an alias before, or is now.
fn kept<T: Copy>(
    choices: &mut Choices<T>,
    (alias, position): (AliasId, usize),
    decide: impl FnOnce() -> Result<T, Broken>,
) -> Result<T, Broken> {
    if let Some((.., choice)) = choices.iter().find(|(id, at, _)| (*id, *at) == (alias, position)) {
        return Ok(*choice);
    }
    let choice = decide()?;
    choices.push((alias, position, choice));
    Ok(choice)
}

/// Whether the same target may do better a little later.
fn may_pass(failure: Failure) -> bool {
    use Condition::{InvalidResponse, RateLimited, Timeout, Unavailable};
    matches!(failure.condition(), Some(RateLimited | Timeout | Unavailable | InvalidResponse))
}

/// What keeps the caller with one part of a split.
fn sticky_key<'a>(around: &Around<'a>, sticky: Option<&Sticky>) -> Option<&'a [u8]> {
    let named = match sticky {
        None => None,
        Some(Sticky::User) => around.asker.user().map(str::as_bytes),
        Some(Sticky::Header(name)) => around.asker.header(name),
    };
    let sessions = || SESSION_HEADERS.iter().find_map(|name| around.asker.header(name));
    named.or_else(sessions).filter(|key| !key.is_empty())
}

/// The name by which a part or a member is known whatever else changes.
fn name_of<'a>(around: &Around<'a>, route: &Route) -> &'a str {
    let name = match route {
        Route::Target(id) => around.catalog.target(*id).map(|target| &target.name),
        Route::Alias(id) => around.catalog.alias(*id).map(|alias| &alias.name),
        Route::Split(_) | Route::Pool(_) | Route::Chain(_) => None,
    };
    name.map_or("", |name| name)
}

/// Parts, members and fallbacks are targets or aliases, never routes of their own.
fn leaf(route: &Route) -> Result<Way, Broken> {
    match route {
        Route::Target(target) => Ok(Way::Reach(*target)),
        Route::Alias(alias) => Ok(Way::Enter(*alias)),
        Route::Split(_) | Route::Pool(_) | Route::Chain(_) => Err(Broken),
    }
}

fn model_of<'a>(around: &Around<'a>, route: &Route) -> Option<&'a str> {
    let Route::Target(id) = route else { return None };
    match &around.catalog.target(*id)?.model {
        Model::Fixed(model) => Some(model),
        Model::Asked => None,
    }
}

fn seat<'a>(around: &Around<'a>, member: &Member) -> Seat<'a> {
    let load = sum(around, &member.route, &|target| u64::from(around.vitals.load(target)));
    let latency = sum(around, &member.route, &|target| nanoseconds(around.vitals.latency(target)));
    Seat {
        name: name_of(around, &member.route),
        weight: member.weight,
        load: u32::try_from(load).unwrap_or(u32::MAX),
        latency: Duration::from_nanos(latency),
    }
}

/// What a vital sign of the targets that a member leads to first adds up to.
fn sum(around: &Around<'_>, route: &Route, of: &dyn Fn(TargetId) -> u64) -> u64 {
    match route {
        Route::Target(target) => of(*target),
        Route::Alias(alias) => around.catalog.alias(*alias).map_or(0, |alias| sum(around, &alias.route, of)),
        Route::Chain(chain) => sum(around, &chain.primary, of),
        Route::Split(split) => split.shares.iter().map(|share| sum(around, &share.route, of)).sum(),
        Route::Pool(pool) => pool.members.iter().map(|member| sum(around, &member.route, of)).sum(),
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

// === impl Visit ===

impl Visit {
    /// Whether a condition of fallback number `fallback` holds after `failure`.
    fn holds(&self, condition: Condition, failure: Failure, fallback: usize) -> bool {
        let failed = |position: usize| self.failed.contains(&position);
        let by_position = match condition {
            Condition::PrimaryFailed => failed(0),
            Condition::PrimaryAndFirstFallbackFailed => failed(0) && failed(1),
            Condition::AllPreviousFailed => (0..=fallback).all(failed),
            condition => return failure.is(condition),
        };
        by_position && failure.is_any()
    }
}
