//! One record for each exchange: kept for a while for whoever asks, and written to the log where it wants it.

mod checks;
mod finding;
pub(crate) mod ring;
pub(crate) mod said;
pub(crate) mod tell;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use callsign_guard::rules::Side;
use callsign_guard::screen::Hit;
use callsign_plan::catalog::Found;
use callsign_plan::trace::Mark;
use callsign_plan::units::Money;
use callsign_telemetry::exchange::{Check, Ended, Spent};
use callsign_telemetry::trace::Trace;
use callsign_wire::dialect::Operation;
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::Value;
use smallvec::SmallVec;
use tokio::time::Instant;

use crate::ask::{Ask, shown};
use crate::exchange::RequestId;
use crate::guard::Cleared;
use crate::guard::referee::Opinion;
use crate::listen::unix_milliseconds;
use crate::refusal::{Code, Named, Refusal, Tried};
use crate::state::world::World;
pub(crate) use finding::Finding;
use ring::Ring;
use said::Said;

use crate::observe::tracer::{Labels, Tracer};
use crate::observe::{Observed, Sink};

/// Where records go.
#[derive(Debug, Clone)]
pub(crate) struct Recorder {
    ring: Arc<Ring>,
    sink: Sink,
    tracer: Arc<Tracer>,
}

/// What is written down of one exchange; sent when it is dropped.
#[derive(Debug)]
pub(crate) struct Record {
    notes: Notes,
    /// What is said, where the operator wants to see it in traces.
    said: Option<Box<Said>>,
    recorder: Recorder,
}

/// A pen for the record, for those who do not end it.
#[derive(Debug, Clone)]
pub(crate) struct Notes(Arc<Mutex<Entry>>);

/// A record.
#[derive(Clone)]
pub(crate) struct Entry {
    /// The exchange's name.
    pub(crate) id: RequestId,
    /// When it began, in milliseconds since 1970-01-01 UTC.
    pub(crate) began_ms: u64,
    /// The same by the clock that is never put back.
    pub(crate) began: Instant,
    /// How long until its answer's first bytes, if any came.
    pub(crate) first: Option<Duration>,
    /// How much of that was waited for others.
    awaited: Duration,
    /// What was asked for, once that is known.
    pub(crate) asked: Option<Asked>,
    /// The status that the client got; 0 if none.
    pub(crate) status: u16,
    /// The code of the gateway's own error.
    pub(crate) error: Option<&'static str>,
    /// How it ended.
    pub(crate) ended: Ended,
    /// Who answered.
    pub(crate) model: Option<HeaderValue>,
    /// What translation could not carry, as far as that is known: the same as in the header, and of a stream also what
    /// was only known at its end.
    pub(crate) losses: Option<HeaderValue>,
    /// Bytes of the answer's body.
    pub(crate) bytes: usize,
    /// How long it took.
    pub(crate) took: Duration,
    /// What was decided.
    pub(crate) trace: SmallVec<[Mark; 4]>,
    /// What was tried, the last that served included.
    pub(crate) attempts: SmallVec<[Tried; 1]>,
    /// What is being tried, and since when.
    trying: Option<(Arc<str>, Instant)>,
    /// Where a broken stream was taken up by another target: how many characters had been sent.
    pub(crate) resumed: Option<usize>,
    /// What the guardrails found.
    pub(crate) guarded: Vec<Finding>,
    /// Models that were asked about its texts, each once.
    pub(crate) checks: Vec<Check>,
    /// Its place in a trace, if it has one.
    pub(crate) place: Option<Trace>,
    /// Headers of the request that are told in traces.
    pub(crate) labels: Labels,
}

/// What an exchange asks for.
#[derive(Clone)]
pub(crate) struct Asked {
    /// The name that the client used.
    pub(crate) name: Box<str>,
    /// The alias that it stands for, if it is one.
    pub(crate) alias: Option<Arc<str>>,
    /// What is wanted.
    pub(crate) operation: Operation,
    /// Whether the answer is streamed.
    pub(crate) stream: bool,
    /// The configuration that it met, while that is in force.
    world: Option<Arc<World>>,
    /// What was decided, once that configuration has gone.
    told: Option<Arc<Value>>,
}

// === impl Recorder ===

impl Recorder {
    /// A recorder that keeps records in `ring`, and hands over those that are over.
    pub(crate) fn new(ring: Arc<Ring>, observed: &Observed) -> Self {
        let Observed { sink, tracer, .. } = observed;
        Self { ring, sink: sink.clone(), tracer: Arc::clone(tracer) }
    }

    /// A recorder whose records nobody looks at.
    #[cfg(test)]
    pub(crate) fn alone() -> Self {
        Self { ring: Arc::default(), sink: Sink::nowhere(), tracer: Arc::default() }
    }

    /// Opens the record of an exchange whose request has these headers.
    pub(crate) fn open(&self, id: &RequestId, headers: &HeaderMap) -> Record {
        let notes = Notes::aside(id);
        let (trace, labels) = self.tracer.begin(headers, id);
        if trace.is_some() {
            notes.placed(trace, labels);
        }
        self.ring.push(&notes);
        let said = self.tracer.hears(trace.as_ref());
        Record { notes, said, recorder: self.clone() }
    }
}

// === impl Record ===

impl Record {
    /// A pen for the same record.
    pub(crate) fn notes(&self) -> Notes {
        self.notes.clone()
    }

    /// A name was asked for that nobody has.
    pub(crate) fn asked_in_vain(&self, name: &str, operation: Operation) {
        let asked = Asked {
            name: shown(name).into(),
            alias: None,
            operation,
            stream: false,
            world: None,
            told: None,
        };
        self.notes.write().asked = Some(asked);
    }

    /// The client's body is here: so far it was waited for.
    pub(crate) fn body_read(&self) {
        let mut entry = self.notes.write();
        entry.awaited = entry.began.elapsed();
    }

    /// The day it began: seconds since 1970-01-01 UTC.
    pub(crate) fn date(&self) -> u64 {
        self.notes.write().began_ms / 1000
    }

    /// The gateway answers itself, with what it has.
    pub(crate) fn answered(&self, status: StatusCode) {
        self.notes.answered(status.as_u16(), &Named::default());
    }

    /// What the exchange asks for is known.
    pub(crate) fn asked(&self, asked: Asked) {
        self.notes.write().asked = Some(asked);
    }

    /// The gateway refused.
    pub(crate) fn refused(&self, refusal: &Refusal) {
        let mut entry = self.notes.write();
        entry.first = Some(entry.began.elapsed());
        entry.error = Some(refusal.code().name());
        entry.status = refusal.status();
        entry.ended = Ended::Refused;
        entry.model.clone_from(&refusal.named().model);
        entry.losses.clone_from(&refusal.named().losses);
    }

    /// This goes to targets.
    pub(crate) fn cleared(&self, cleared: &Cleared) {
        if let Some(said) = &self.said {
            said.asked(cleared);
        }
    }

    /// This goes to the client.
    pub(crate) fn heard(&mut self, piece: &Bytes) {
        if let Some(said) = &mut self.said {
            said.heard(piece);
        }
    }

    /// The body has gone out as a whole, `bytes` of it.
    pub(crate) fn relayed(&self, bytes: usize, whole: bool) {
        let mut entry = self.notes.write();
        entry.bytes = bytes;
        if whole && entry.ended == Ended::Answering {
            entry.ended = Ended::Complete;
        }
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        let mut entry = self.notes.write();
        entry.took = entry.began.elapsed();
        if matches!(entry.ended, Ended::Running | Ended::Answering) {
            entry.ended = Ended::Cancelled;
        }
        if let Some((model, since)) = entry.trying.take() {
            let after = since.duration_since(entry.began);
            entry.attempts.push(Tried { after, ..Tried::cancelled(&model, since.elapsed()) });
        }
        drop(entry);
        self.recorder.sink.send(&self.notes, self.said.take());
    }
}

// === impl Notes ===

impl Notes {
    /// Notes of which there is no record.
    pub(crate) fn aside(id: &RequestId) -> Self {
        Self(Arc::new(Mutex::new(Entry {
            id: id.clone(),
            began_ms: unix_milliseconds(),
            began: Instant::now(),
            first: None,
            awaited: Duration::ZERO,
            asked: None,
            status: 0,
            error: None,
            ended: Ended::Running,
            model: None,
            losses: None,
            bytes: 0,
            took: Duration::ZERO,
            trace: SmallVec::new(),
            attempts: SmallVec::new(),
            trying: None,
            resumed: None,
            guarded: Vec::new(),
            checks: Vec::new(),
            place: None,
            labels: Labels::new(),
        })))
    }

    fn write(&self) -> MutexGuard<'_, Entry> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The exchange has its place in a trace.
    fn placed(&self, trace: Option<Trace>, labels: Labels) {
        let mut entry = self.write();
        (entry.place, entry.labels) = (trace, labels);
    }

    /// Its place in a trace, if it has one.
    pub(crate) fn place(&self) -> Option<Trace> {
        self.write().place
    }

    /// A copy of what is written.
    pub(crate) fn read(&self) -> Entry {
        self.write().clone()
    }

    /// What `tell` makes of what is written; nobody writes meanwhile.
    pub(crate) fn told<T>(&self, tell: impl FnOnce(&Entry) -> T) -> T {
        tell(&self.write())
    }

    /// Puts what was decided into names, so that a configuration no longer in force can go.
    fn settle(&self, current: &Arc<World>) {
        let mut entry = self.write();
        let stale = |asked: &Asked| asked.world.as_ref().is_some_and(|world| !Arc::ptr_eq(world, current));
        if entry.asked.as_ref().is_some_and(stale) {
            let told = Arc::new(tell::decisions(&entry));
            if let Some(asked) = &mut entry.asked {
                (asked.world, asked.told) = (None, Some(told));
            }
        }
    }

    /// What was decided so far.
    pub(crate) fn decided(&self, trace: &[Mark]) {
        let mut entry = self.write();
        let known = entry.trace.len();
        entry.trace.extend(trace.iter().skip(known).copied());
    }

    /// An attempt begins.
    pub(crate) fn trying(&self, model: &Arc<str>, since: Instant) {
        self.write().trying = Some((Arc::clone(model), since));
    }

    /// An attempt has failed, or its answer has begun.
    pub(crate) fn tried(&self, tried: Tried) {
        let mut entry = self.write();
        let began = entry.trying.take().map_or(entry.began, |(_, since)| since);
        let after = began.duration_since(entry.began);
        entry.attempts.push(Tried { after, ..tried });
    }

    /// Since then somebody else was waited for: the client's body, a target, a pause.
    pub(crate) fn awaited(&self, since: Instant) {
        let mut entry = self.write();
        if entry.first.is_none() {
            entry.awaited += since.elapsed();
        }
    }

    /// The last attempt, whose answer had begun, failed after all.
    pub(crate) fn broke(&self, tried: Tried) {
        let mut entry = self.write();
        let before = entry.attempts.pop();
        let (spent, after) = before.map_or((None, tried.after), |before| (before.spent, before.after));
        entry.attempts.push(Tried { after, spent, ..tried });
    }

    /// What the last attempt took and cost.
    pub(crate) fn spent(&self, spent: Spent) {
        if let Some(last) = self.write().attempts.last_mut() {
            last.spent = Some(spent);
        }
    }

    /// Another target goes on where one broke off, after so many characters.
    pub(crate) fn resumed(&self, characters: usize) {
        self.write().resumed = Some(characters);
    }

    /// The guardrails found this in a text that went this way.
    pub(crate) fn guarded(&self, side: Side, hits: &[Hit]) {
        if hits.is_empty() {
            return;
        }
        let mut entry = self.write();
        for Hit { topic, kind, rule, .. } in hits {
            entry.found(Finding::new(topic.name(), *kind, rule.action, side));
        }
    }

    /// This is what referees say of a text that went this way.
    pub(crate) fn judged(&self, side: Side, opinions: &[Opinion]) {
        let mut entry = self.write();
        for opinion in opinions {
            for (kind, action) in opinion.told() {
                entry.found(Finding::new(opinion.by, kind, action, side));
            }
        }
    }

    /// The rest of an answer that had begun was withheld, and its end was told in order.
    pub(crate) fn withheld(&self, code: Code) {
        self.write().error = Some(code.name());
    }

    /// What the guardrails have found so far, as a header's value.
    pub(crate) fn told_findings(&self) -> Option<HeaderValue> {
        let entry = self.write();
        let told: Vec<String> = entry.guarded.iter().map(Finding::to_string).collect();
        drop(entry);
        Some(told.join(", ")).filter(|told| !told.is_empty())?.parse().ok()
    }

    /// A target answers.
    pub(crate) fn answered(&self, status: u16, named: &Named) {
        let mut entry = self.write();
        entry.first = Some(entry.began.elapsed());
        entry.status = status;
        entry.model.clone_from(&named.model);
        entry.losses.clone_from(&named.losses);
        entry.ended = Ended::Answering;
    }

    /// The answer is whole, and this is all that could not be carried.
    pub(crate) fn lost(&self, losses: Option<HeaderValue>) {
        self.write().losses = losses;
    }

    /// The answer broke off for this reason.
    pub(crate) fn broken(&self, refusal: &Refusal) {
        let mut entry = self.write();
        entry.error = Some(refusal.code().name());
        entry.ended = Ended::Broken;
    }
}

fn alias_of(world: &World, found: Found) -> Option<Arc<str>> {
    let Found::Alias(id) = found else { return None };
    world.catalog.alias(id).map(|alias| Arc::clone(&alias.name))
}

// === impl Entry ===

impl Entry {
    /// How much of the time until its first bytes the gateway itself took.
    pub(crate) fn own(&self) -> Option<Duration> {
        Some(self.first?.saturating_sub(self.awaited))
    }

    /// What all attempts and checks cost together, where that is known of any.
    pub(crate) fn cost(&self) -> Option<Money> {
        let each = self.attempts.iter().filter_map(|tried| tried.spent?.cost);
        each.chain(self.cost_of_checks()).reduce(Money::plus)
    }
}

// === impl Asked ===

impl Asked {
    /// What `ask` asks of `world`.
    pub(crate) fn of(ask: &Ask, world: &Arc<World>) -> Self {
        Self {
            name: shown(&ask.name).into(),
            alias: alias_of(world, ask.found),
            operation: ask.operation,
            stream: ask.peeked.stream,
            world: Some(Arc::clone(world)),
            told: None,
        }
    }
}

// === impl Entry ===

impl Entry {
    /// Something was found.
    fn found(&mut self, new: Finding) {
        match self.guarded.iter_mut().find(|known| known.is_like(&new)) {
            Some(known) => known.count += 1,
            None => self.guarded.push(new),
        }
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Entry").field("id", &self.id).finish_non_exhaustive()
    }
}
