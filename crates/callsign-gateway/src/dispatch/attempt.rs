//! One attempt: a request to one target, until its answer opens or a fault ends it.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use callsign_plan::course::Leg;
use callsign_plan::guard::CostLimit;
use callsign_plan::target::{Credential, Place as TargetPlace, Simulation, Target};
use callsign_wire::complaint;
use callsign_wire::dialect::{Dialect, Matter, Operation};
use callsign_wire::quirks;
use http::{HeaderValue, Request, Response, StatusCode, header, response};
use secrecy::SecretString;
use tokio::time::{Instant, timeout_at};

use super::compose::compose;
use super::cost::Purse;
use super::fault::{Fault, Phase};
use super::opening::{Begun, is_encoded, next_bytes};
use super::walk::Walk;
use super::{judge, told};
use crate::alarm::{Alarm, Late};
use crate::ask::Ask;
use crate::conversations::{Keeps, Kept};
use crate::guard::{Guard, Guarded};
use crate::listen::unix_time;
use crate::observe::tracer;
use crate::refusal::{Code, Named, Refusal};
use crate::relay::Kind;
use crate::state::prices::Priced;
use crate::state::reach::{Reach, Server};
use crate::state::shortfall::Shortfall;
use crate::translation::{self, Pair, Translated, Vectors, Words};
use crate::upstream::Key;
use crate::upstream::grants::{Held, Holder};
use crate::upstream::origin::Wire;
use crate::upstream::payload::Payload;
use crate::upstream::played::Played;
use crate::upstream::simulated::{SimulatedAsk, script};
use crate::upstream::source::Source;

/// A leg, ready to be tried.
#[derive(Debug)]
pub(crate) struct Attempt<'a> {
    walk: &'a Walk,
    leg: &'a Leg,
    target: &'a Target,
    reach: &'a Reach,
    began: Instant,
    deadline: Instant,
    named: Named,
    name: Arc<str>,
    /// What vouched for the request.
    held: OnceLock<Arc<Held>>,
}

/// The header by which a request overrides how the simulated provider behaves.
const SIMULATE: &str = "x-callsign-simulate";
/// An error's body is only waited for so long: its status is known.
const ERROR_TIME: Duration = Duration::from_secs(2);
/// An error's body is only read so far.
const LARGEST_ERROR: usize = 1 << 20;

// === impl Attempt ===

impl<'a> Attempt<'a> {
    pub(super) fn new(walk: &'a Walk, leg: &'a Leg, began: Instant) -> Result<Self, Refusal> {
        let (target, reach) =
            walk.world.reach(leg.target).ok_or_else(|| Refusal::bug("a leg without a target"))?;
        let name = match &reach.name {
            Some(name) => Arc::clone(name),
            None => format!("{}/{}", target.provider, leg.model).into(),
        };
        let model = reach.header.clone().or_else(|| HeaderValue::from_str(&name).ok());
        let named = Named { model, ..walk.named() };
        let all = walk.world.clock().instant(leg.limits.deadline);
        let deadline = leg.limits.total.map_or(all, |total| all.min(began + total));
        let held = OnceLock::new();
        Ok(Self { walk, leg, target, reach, began, deadline, named, name, held })
    }

    /// `provider/id`.
    pub(super) fn name(&self) -> Arc<str> {
        Arc::clone(&self.name)
    }

    /// The same, to be quoted.
    pub(super) fn target_name(&self) -> &str {
        &self.name
    }

    /// The names for an answer's headers.
    pub(super) fn named(&self) -> Named {
        self.named.clone()
    }

    /// Since then the target was waited for.
    pub(super) fn awaited(&self, since: Instant) {
        self.walk.notes.awaited(since);
    }

    pub(super) fn operation(&self) -> Operation {
        self.walk.ask.operation
    }

    /// What must never be seen by a client.
    pub(super) fn secrets(&self) -> Cow<'_, [SecretString]> {
        let known = self.reach.secrets.as_slice();
        match self.held.get() {
            Some(held) => Cow::Owned(known.iter().chain(held.secrets()).cloned().collect()),
            None => Cow::Borrowed(known),
        }
    }

    /// What it says to the target who asks.
    pub(super) fn credential(&self) -> &'a Credential {
        &self.target.credential
    }

    /// What is asked.
    pub(super) fn ask(&self) -> &'a Ask {
        &self.walk.ask
    }

    /// What the exchange may have cost so far.
    pub(super) fn purse(&self) -> &'a Purse {
        &self.walk.purse
    }

    /// The most that the exchange may cost.
    pub(super) fn limit_on_cost(&self) -> Option<CostLimit> {
        self.leg.limits.max_cost
    }

    /// What the target costs, where that is known.
    pub(super) fn priced(&self, now: u64) -> Option<Arc<Priced>> {
        self.walk.world.priced(self.leg.target, &self.leg.model, now)
    }

    /// What the target counts beyond the estimates of its questions.
    pub(super) fn shortfall(&self) -> Option<&'a Shortfall> {
        self.walk.world.shortfall(self.leg.target)
    }

    /// How the target speaks `OpenAI`'s chat.
    pub(super) fn chat(&self) -> quirks::Chat {
        self.target.chat
    }

    /// How long the answer may pause.
    pub(super) fn idle(&self) -> Duration {
        self.leg.limits.idle
    }

    /// When the attempt must be over.
    pub(super) fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Tries.
    pub(super) async fn run(&self, alarm: &mut Alarm) -> Result<Begun, Fault> {
        match self.operation().matter() {
            Matter::Count => self.count(alarm).await,
            Matter::Embedding => self.embed(alarm).await,
            Matter::Conversation | Matter::Other => self.converse(alarm).await,
        }
    }

    /// Asks the target once, and opens its answer as it comes in.
    pub(super) async fn converse(&self, alarm: &mut Alarm) -> Result<Begun, Fault> {
        let words = self.afford(self.words()?).await?;
        let (mut head, body) = self.exchange(&words, alarm).await?.into_parts();
        if head.status.is_success() {
            let body = self.translated(&words, &mut head, body)?;
            let body = self.guarded(&mut head, body)?;
            let body = self.kept(&words, &head, body);
            return self.open((head, body), words.losses()).await;
        }
        Err(self.read_error(head, body).await)
    }

    /// Asks the target in these words.
    pub(super) async fn exchange(&self, words: &Words, alarm: &mut Alarm) -> Result<Response<Source>, Fault> {
        let mut response = match (&self.target.place, &self.reach.server) {
            (TargetPlace::Simulated(simulation), _) => self.simulate(simulation, words).await?,
            (TargetPlace::Server { .. }, Some(server)) => self.send(server, words, alarm).await?,
            (TargetPlace::Server { .. }, None) => return Err(Fault::bug("a server without a URL")),
        };
        let dialect = self.operation().dialect();
        if words.asked.dialect() != dialect {
            translation::rename_headers(response.headers_mut(), dialect);
        }
        Ok(response)
    }

    /// How long the answer may keep the caller waiting: until a stream's first token, or until the whole.
    pub(super) fn patience(&self) -> (Instant, Phase) {
        self.wait().unwrap_or_else(|| {
            let own = self.leg.limits.total.filter(|total| self.began + *total == self.deadline);
            (self.deadline, own.map_or_else(|| self.deadline_phase(), Phase::Total))
        })
    }

    /// When that patience is at its end.
    fn patience_end(&self) -> Instant {
        self.wait().map_or(self.deadline, |(end, _)| end)
    }

    /// What ends before the attempt must.
    fn wait(&self) -> Option<(Instant, Phase)> {
        let limits = &self.leg.limits;
        let first_token = Some(limits.first_token).filter(|_| self.walk.ask.peeked.stream);
        let waits = [
            limits.max_latency.map(|limit| (self.began + limit, Phase::MaxLatency(limit))),
            first_token.map(|limit| (self.began + limit, Phase::FirstToken(limit))),
        ];
        let first = waits.into_iter().flatten().min_by_key(|(end, _)| *end);
        first.filter(|(end, _)| *end < self.deadline)
    }

    /// The end of the exchange says something of the target only if that had as long as a first token may take.
    fn deadline_phase(&self) -> Phase {
        let whole = self.deadline.duration_since(self.walk.started);
        let own = self.deadline.duration_since(self.began);
        if own >= self.leg.limits.first_token { Phase::Total(whole) } else { Phase::Deadline(whole) }
    }

    /// The same for an answer that has begun to arrive, which may not pause either.
    pub(super) fn patience_between(&self) -> (Instant, Phase) {
        let (deadline, phase) = self.patience();
        let pause = Instant::now() + self.idle();
        if pause < deadline { (pause, Phase::Idle(self.idle())) } else { (deadline, phase) }
    }

    /// What the target is asked for; `None` where it has nothing of the kind.
    pub(super) fn asked(&self) -> Option<Operation> {
        self.operation().towards(self.target.dialects, self.walk.ask.peeked.stream)
    }

    /// What is said to the target.
    pub(super) fn words(&self) -> Result<Words, Fault> {
        let asked = self.asked().ok_or_else(Self::unasked)?;
        Words::find(&self.walk.ask, (asked, self.target), self.leg).map_err(Fault::unaskable)
    }

    /// What is said to the target for vectors, where the client's own words will not do.
    pub(super) fn vectors(&self) -> Result<Option<Vectors>, Fault> {
        let asked = self.asked().ok_or_else(Self::unasked)?;
        Vectors::find(&self.walk.ask, (asked, self.target), self.leg).map_err(Fault::unaskable)
    }

    fn unasked() -> Fault {
        Fault::bug("a leg whose target cannot be asked")
    }

    /// What the client said.
    pub(super) fn question(&self) -> (Dialect, Bytes) {
        (self.walk.ask.spoken, self.walk.ask.body.clone())
    }

    /// What the target calls the model.
    pub(super) fn model(&self) -> &str {
        &self.leg.model
    }

    /// The body of an answer in the client's dialect.
    fn translated(&self, words: &Words, head: &mut response::Parts, body: Source) -> Result<Source, Fault> {
        let (ask, client) = (&self.walk.ask, self.operation());
        if words.asked.dialect() == client.dialect() {
            return Ok(body);
        }
        self.check_readable(head)?;
        let kind = Kind::of(&head.headers);
        let pair = Pair { asked: words.asked, client, stream: ask.peeked.stream, listed: ask.wants_list() };
        let voice = translation::voice(ask, self.walk.id.as_str());
        translation::translate_headers(&mut head.headers, pair);
        Ok(Source::Translated(Box::new(Translated::new(
            (body, kind),
            pair,
            voice,
            Arc::clone(&self.leg.model),
        ))))
    }

    /// The same, but for what must not leave.
    pub(super) fn guarded(&self, head: &mut response::Parts, body: Source) -> Result<Source, Fault> {
        let Some(guard) = self.guard().filter(|guard| guard.watches(self.operation())) else {
            return Ok(body);
        };
        self.check_readable(head)?;
        head.headers.remove(header::CONTENT_LENGTH);
        let voice = translation::voice(&self.walk.ask, self.walk.id.as_str());
        let (kind, guard) = (Kind::of(&head.headers), Arc::clone(guard));
        Ok(Source::Guarded(Box::new(Guarded::new(body, kind, self.operation(), guard, voice))))
    }

    /// Who looks at what comes back.
    pub(super) fn guard(&self) -> Option<&'a Arc<Guard>> {
        self.walk.guard.as_ref().filter(|guard| guard.watches_answers())
    }

    /// The same, kept for those who go on from it, where that is wanted.
    fn kept(&self, words: &Words, head: &response::Parts, body: Source) -> Source {
        let Some(thread) = &self.walk.ask.thread else { return body };
        let wanted = match thread.keeps {
            Keeps::Nothing => false,
            Keeps::Translated => words.asked != self.operation(),
            Keeps::All => true,
        };
        if !wanted || head.headers.contains_key(header::CONTENT_ENCODING) {
            return body;
        }
        let model = (self.walk.ask.name.clone(), self.walk.respelling());
        let guard = self.guard().cloned();
        Source::Kept(Box::new(Kept::new(body, Arc::clone(thread), model, guard)))
    }

    /// That an answer can be told in other words.
    pub(super) fn check_readable(&self, head: &response::Parts) -> Result<(), Fault> {
        if !is_encoded(&head.headers) {
            return Ok(());
        }
        let why = "it is compressed, which was not asked for";
        Err(Fault::unusable(&self.name, why).with_status(head.status))
    }

    async fn send(
        &self,
        server: &Server,
        words: &Words,
        alarm: &mut Alarm,
    ) -> Result<Response<Source>, Fault> {
        let limits = &self.leg.limits;
        let mut request = compose(&self.walk.ask, words, (self.target, self.reach), server)
            .map_err(|error| Fault::own(Code::InvalidRequest, error.to_string()))?;
        if let Some(trace) = self.walk.notes.place() {
            tracer::tell(&trace, self.walk.tried().len(), request.headers_mut());
        }
        if let Some(holder) = &self.reach.holder {
            self.vouch(holder, &mut request).await?;
        }
        let key = Key {
            origin: server.origin.clone(),
            connect: limits.connect,
            wire: if self.target.http_host.is_some() { Wire::Http1 } else { Wire::Any },
        };
        let origin =
            self.walk.upstream.origin(&key).map_err(|error| Fault::unreachable(&self.name, &error))?;
        let shardless = || Fault::bug("an origin without a shard");
        let place = origin.enter().ok_or_else(shardless)?;
        let response = place.send(request).ok_or_else(shardless)?;
        let asked = Instant::now();
        let answered = alarm.within(self.patience_end(), response).await;
        self.walk.notes.awaited(asked);
        match answered {
            Err(Late) => Err(Fault::late(&self.name, self.patience().1)),
            Ok(Err(error)) => Err(Fault::from_client(&self.name, &error, limits.connect)),
            Ok(Ok(response)) => Ok(response.map(|body| Source::Server(body, place))),
        }
    }

    /// Adds what vouches for the request, once that is at hand.
    async fn vouch(&self, holder: &Arc<Holder>, request: &mut Request<Payload>) -> Result<(), Fault> {
        let (deadline, phase) = self.patience();
        let asked = Instant::now();
        let held = timeout_at(deadline, holder.held(&self.walk.upstream, asked)).await;
        self.walk.notes.awaited(asked);
        let held = held.map_err(|_| Fault::late(&self.name, phase))?;
        let held = held.map_err(|error| Fault::unvouched(&self.name, &error))?;
        held.vouch(request, unix_time()).map_err(|error| Fault::unvouched(&self.name, &error))?;
        self.held.get_or_init(|| held);
        Ok(())
    }

    async fn simulate(&self, simulation: &Simulation, words: &Words) -> Result<Response<Source>, Fault> {
        let header = |name: &str| self.walk.ask.headers.get(name).and_then(|value| value.to_str().ok());
        let mut script = script(&SimulatedAsk {
            operation: words.asked,
            model: &self.leg.model,
            body: words.said(&self.walk.ask),
            content_type: header("content-type"),
            simulation,
            overrides: header(SIMULATE),
            request_id: self.walk.id.as_str(),
            now: unix_time(),
        });
        let asked = Instant::now();
        let played = timeout_at(self.patience_end(), Played::open(&mut script)).await;
        self.walk.notes.awaited(asked);
        let played = played.map_err(|_| Fault::late(&self.name, self.patience().1))?;
        let mut response = Response::new(Source::Played(Box::new(played)));
        *response.status_mut() = StatusCode::from_u16(script.status).unwrap_or_default();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(script.content_type));
        for (name, value) in script.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        }
        Ok(response)
    }

    /// The fault that an answer without success stands for.
    pub(super) async fn read_error(&self, head: response::Parts, mut body: Source) -> Fault {
        let read = if is_error(&head) { self.read_failed(&mut body).await } else { Vec::new() };
        self.failed(head, read)
    }

    /// The body of an error.
    pub(super) async fn read_failed(&self, body: &mut Source) -> Vec<u8> {
        let deadline = self.patience_end().min(Instant::now() + ERROR_TIME);
        let mut read = Vec::new();
        // What has come by then is told: a broken error is still that error.
        let _cut_short = timeout_at(deadline, read_bounded(body, &mut read)).await;
        read
    }

    /// The fault that an error with this body stands for.
    pub(super) fn failed(&self, head: response::Parts, read: Vec<u8>) -> Fault {
        if !is_error(&head) {
            return Fault::unusable(&self.name, &format!("it answered with status {}", head.status.as_u16()));
        }
        if let (Some(holder), Some(held), 401 | 403) =
            (&self.reach.holder, self.held.get(), head.status.as_u16())
        {
            holder.doubt(held, Instant::now());
        }
        let failure = judge::judge(head.status, complaint::read(head.status.as_u16(), &read));
        let read = match self.guard() {
            Some(guard) => guard.error(&read),
            None => read,
        };
        let told = told::tell(&self.name, self.operation().dialect(), (head, read), &self.secrets());
        Fault::told(told, failure)
    }
}

fn is_error(head: &response::Parts) -> bool {
    head.status.is_client_error() || head.status.is_server_error()
}

async fn read_bounded(body: &mut Source, read: &mut Vec<u8>) {
    while let Ok(Some(bytes)) = next_bytes(body).await {
        let room = LARGEST_ERROR.saturating_sub(read.len());
        read.extend_from_slice(bytes.get(..room.min(bytes.len())).unwrap_or_default());
        if read.len() >= LARGEST_ERROR {
            return;
        }
    }
}
