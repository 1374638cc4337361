//! One request's walk: what the course says is done, and what comes of it is told to the course.

use std::sync::Arc;

use bytes::Bytes;
use callsign_plan::alias::{Condition, MidStream, ResponseModel};
use callsign_plan::course::{Around, Course, Leg, Setback, Step};
use callsign_plan::dice::Dice;
use callsign_plan::fault::Failure;
use callsign_plan::target::Credential;
use callsign_plan::trace::{Mark, Pass};
use callsign_wire::peek;
use callsign_wire::reply::Names;
use callsign_wire::resume::{self, Continued};
use http::StatusCode;
use tokio::time::{Instant, sleep};

use super::account::Account;
use super::attempt::Attempt;
use super::cost::Purse;
use super::fault::Fault;
use super::opening::Begun;
use super::tail::Tail;
use super::{Answer, Opened};
use crate::alarm::Alarm;
use crate::ask::Ask;
use crate::exchange::RequestId;
use crate::guard::{Cleared, Guard};
use crate::record::Notes;
use crate::refusal::{Code, Named, Refusal, Tried};
use crate::state::vitals::Trial;
use crate::state::world::World;
use crate::upstream::Upstream;

/// A request on its way through the catalog. It owns what it needs, so that it can go on after its answer has begun.
#[derive(Debug)]
pub(crate) struct Walk {
    /// The configuration that the request met.
    pub(crate) world: Arc<World>,
    /// The way out.
    pub(crate) upstream: Arc<Upstream>,
    /// What is asked.
    pub(crate) ask: Ask,
    /// The exchange's name.
    pub(crate) id: RequestId,
    /// Where it is written down.
    pub(crate) notes: Notes,
    /// Who looks at its answers.
    pub(crate) guard: Option<Arc<Guard>>,
    /// When it began.
    pub(crate) started: Instant,
    /// The day it began: seconds since 1970-01-01 UTC.
    date: u64,
    course: Course,
    /// The leg whose answer has opened.
    leg: Option<Leg>,
    named: Named,
    tried: Vec<Tried>,
    /// The client's body and what an answer said that broke off, for the next to go on from.
    said: Option<(Bytes, Box<str>)>,
    /// White space that the client has and the next was not told of.
    pub(crate) held: String,
    last: Option<(Fault, Named)>,
    /// What the attempts may have cost.
    pub(crate) purse: Purse,
    /// For attempts, one after another.
    pub(crate) alarm: Alarm,
}

/// What a walk starts with.
pub(crate) struct Start {
    /// The configuration that the request met.
    pub(crate) world: Arc<World>,
    /// The way out.
    pub(crate) upstream: Arc<Upstream>,
    /// The exchange's name.
    pub(crate) id: RequestId,
    /// Where it is written down.
    pub(crate) notes: Notes,
    /// The day: seconds since 1970-01-01 UTC.
    pub(crate) date: u64,
    /// The longest it may take, where nothing else is written.
    pub(crate) total: std::time::Duration,
    /// The alarm that bounds its attempts.
    pub(crate) alarm: Alarm,
}

// === impl Walk ===

impl Walk {
    /// Charts the course of an ask.
    pub(crate) fn chart(start: Start, cleared: Cleared) -> Result<Box<Self>, Refusal> {
        let Start { world, upstream, id, notes, date, total, alarm } = start;
        let Cleared { ask, guard } = cleared;
        let started = Instant::now();
        let dice = Dice::new(id.chance());
        let course = with_around((&world, &ask), (started, date), |around| {
            Course::chart(around, (ask.found, &ask.name), total, dice)
        });
        let course = course.map_err(|error| Refusal::bug(&error.to_string()))?;
        let alias = course.alias().and_then(|id| world.alias_name(id));
        let named = Named { alias, ..Named::default() };
        let (leg, tried, said, last) = (None, Vec::new(), None, None);
        Ok(Box::new(Self {
            world,
            upstream,
            ask,
            id,
            notes,
            guard,
            started,
            date,
            course,
            leg,
            named,
            tried,
            said,
            held: String::new(),
            last,
            purse: Purse::default(),
            alarm,
        }))
    }

    /// Attempts one leg after another until an answer opens; `setback` is what became of the one that had opened.
    pub(crate) async fn go(&mut self, mut setback: Option<Setback>) -> Result<Answer, Refusal> {
        let mut now = if setback.is_some() { Instant::now() } else { self.started };
        while let Some(leg) = self.next(setback, now)? {
            // A refusal on policy holds its answer, and with it a connection: somebody else is asked now.
            self.last = None;
            if !leg.after.is_zero() {
                sleep(leg.after).await;
                self.notes.awaited(now);
                now = Instant::now();
            }
            match self.attempt(leg, now).await? {
                Ok(opened) => return Ok(Answer::Opened(Box::new(opened))),
                Err(seen) => setback = Some(seen),
            }
            now = Instant::now();
        }
        self.end()
    }

    fn next(&mut self, setback: Option<Setback>, now: Instant) -> Result<Option<Leg>, Refusal> {
        let step = with_around((&self.world, &self.ask), (now, self.date), |around| {
            self.course.step(around, setback)
        });
        self.notes.decided(self.course.trace());
        match step {
            Ok(Step::Try(leg)) => Ok(Some(leg)),
            Ok(Step::Stop) => Ok(None),
            Err(error) => Err(Refusal::bug(&error.to_string())),
        }
    }

    async fn attempt(&mut self, leg: Leg, began: Instant) -> Result<Result<Opened, Setback>, Refusal> {
        let mut trial = self.world.begin(&leg, self.course.alias(), began);
        self.go_on_at(&leg)?;
        let mut alarm = std::mem::take(&mut self.alarm);
        let attempt = Attempt::new(self, &leg, began)?;
        let (name, mut named) = (attempt.name(), attempt.named());
        self.notes.trying(&name, began);
        let outcome = attempt.run(&mut alarm).await;
        let attempts = self.tried.len() + 1;
        let account = self.account(&leg);
        let fault = match outcome {
            Ok(Begun::Answer(head, inflow)) => {
                named.losses = inflow.told_losses();
                named.estimate.clone_from(&inflow.estimate);
                let now = Instant::now();
                // What the gateway counts by itself tells nothing of the target.
                if !inflow.is_own {
                    trial.opened(now);
                }
                self.notes.tried(Tried::served(&name, head.status, now.duration_since(began)));
                let tail = self.tail((trial, account), name, (head.status, began));
                (self.leg, self.alarm) = (Some(leg), alarm);
                return Ok(Ok(Opened { head, inflow, named, attempts, tail }));
            }
            Ok(Begun::Filtered(head, inflow)) => {
                trial.refused();
                let (named, tail) =
                    (named.clone(), self.tail((trial, account), Arc::clone(&name), (head.status, began)));
                Fault::filtered(Opened { head, inflow, named, attempts, tail })
            }
            Err(fault) => {
                fault.weigh(&mut trial, attempt.credential());
                fault
            }
        };
        tracing::warn!(request = ?self.id, model = %name, %fault, "an attempt failed");
        if fault.may_be_billed() {
            self.purse.pay();
        } else {
            self.purse.release();
        }
        let tried = fault.tried(&name, began.elapsed());
        self.notes.tried(tried.clone());
        self.tried.push(tried);
        let setback = fault.setback();
        self.alarm = alarm;
        self.last = Some((fault, named));
        Ok(Err(setback))
    }

    /// Nothing is left.
    fn end(&mut self) -> Result<Answer, Refusal> {
        match self.last.take() {
            Some((fault, named)) => fault.ending(named, self.tried.clone()),
            None => Err(self.nothing_tried()),
        }
    }

    /// No target could be tried at all: the first that was passed over says why.
    fn nothing_tried(&self) -> Refusal {
        let passed = self.course.trace().iter().find_map(|mark| match mark {
            Mark::Passed { target, why } => Some((*target, *why)),
            _ => None,
        });
        let Some((target, why)) = passed else {
            return Refusal::new(Code::TargetUnavailable, "every target of this model is past its sunset");
        };
        let name = self.world.name_of(target);
        let variable = self.world.catalog.target(target).and_then(|target| match &target.credential {
            Credential::Missing { variable } => Some(variable),
            _ => None,
        });
        if let Some(thread) =
            self.ask.thread.as_ref().filter(|thread| why == Pass::Dialect && thread.is_elsewhere())
        {
            return thread.unknown().after(self.named.clone(), Vec::new());
        }
        if why == Pass::Dialect {
            let path = self.ask.operation.path();
            let message = format!("`{name}` speaks no dialect in which `{path}` could be asked of it");
            return Refusal::new(Code::DialectNotServed, message).after(self.named.clone(), Vec::new());
        }
        let message = match (why, variable) {
            (Pass::NoKey, Some(variable)) => {
                format!("`{name}` is unavailable: the environment variable `{variable}` is not set")
            }
            (why, _) => format!("`{name}` is unavailable: {why}"),
        };
        Refusal::new(Code::TargetUnavailable, message).after(self.named.clone(), Vec::new())
    }

    /// Whether a stream that breaks may be taken up by the next target.
    pub(crate) fn resumes(&self) -> bool {
        self.leg.as_ref().is_some_and(|leg| leg.mid_stream == MidStream::Resume)
    }

    /// The names that the answer shall carry instead of the provider's.
    pub(crate) fn respelling(&self) -> Option<Names> {
        let spelled = self.course.response_model(&self.world.catalog);
        let model = (spelled == ResponseModel::Alias).then(|| self.ask.name.clone());
        let previous = self.ask.thread.as_ref().and_then(|thread| thread.told_of()).map(str::to_owned);
        Some(Names { model, previous }).filter(|names| !names.is_empty())
    }

    /// The alias's name for the answer's headers.
    pub(crate) fn named(&self) -> Named {
        self.named.clone()
    }

    /// The answer that had opened broke off: the next target takes it up after `said`, if there is one.
    pub(crate) async fn take_up(&mut self, said: &str, tried: Tried, condition: Condition) -> Option<Opened> {
        self.tried.push(tried);
        self.purse.pay();
        let original = self.said.take().map_or_else(|| self.ask.body.clone(), |(original, _)| original);
        self.said = Some((original, said.into()));
        let setback = Setback { failure: Failure::of(condition), after: None };
        match self.go(Some(setback)).await {
            Ok(Answer::Opened(mut opened)) => {
                opened.inflow.rest.written().await;
                Some(*opened)
            }
            // Of what broke first the client shall hear, not of what did not mend it.
            Ok(Answer::Told(_)) | Err(_) => None,
        }
    }

    /// Where an answer is taken up, the request is the client's and what was said so far, as this target wants it.
    fn go_on_at(&mut self, leg: &Leg) -> Result<(), Refusal> {
        let Some((original, said)) = &self.said else { return Ok(()) };
        // What was put back into the answer is no target's business.
        let concealed = self.guard.as_ref().and_then(|guard| guard.concealed(said));
        let said = concealed.as_deref().unwrap_or(said);
        let target = self.world.catalog.target(leg.target);
        let continued =
            target.and_then(|target| resume::request(self.ask.operation, original, said, target.prefill));
        let Some(Continued { body, held }) = continued else {
            return Err(Refusal::new(Code::UpstreamUnreachable, "nobody can go on from what was said"));
        };
        let peeked = peek::json(&body).map_err(|error| Refusal::bug(&error.to_string()))?;
        self.ask.replace(body.into(), peeked);
        self.purse.forget_question();
        self.held = held;
        Ok(())
    }

    /// The attempts that failed so far.
    pub(crate) fn tried(&self) -> &[Tried] {
        &self.tried
    }

    /// Opens the account of an attempt.
    fn account(&self, leg: &Leg) -> Account {
        let bytes = self.ask.body.len();
        Account::new(&self.world, leg, (bytes, self.purse.estimate())).in_tier(self.purse.tier())
    }

    fn tail(
        &self,
        (trial, account): (Trial, Account),
        serving: Arc<str>,
        (status, began): (StatusCode, Instant),
    ) -> Tail {
        Tail {
            trial: Some(trial),
            account: Some(account),
            notes: self.notes.clone(),
            serving,
            status,
            began,
            tried: self.tried.clone(),
        }
    }
}

/// Calls `decide` with what it may look at, as it is now.
fn with_around<T>(
    (world, ask): (&World, &Ask),
    (now, date): (Instant, u64),
    decide: impl FnOnce(&Around<'_>) -> T,
) -> T {
    let sight = world.sight(now);
    let catalog = &world.catalog;
    decide(&Around { catalog, vitals: &sight, asker: ask, now: sight.now, date })
}
