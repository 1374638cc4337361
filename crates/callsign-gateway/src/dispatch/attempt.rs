//! One attempt: a request to one target, until its answer opens or a fault ends it.

use std::sync::Arc;

use bytes::Bytes;
use callsign_plan::chart::{Leg, Limits};
use callsign_plan::target::{Credential, Place as TargetPlace, Simulation, Target};
use http::{HeaderValue, Response, StatusCode, header, response};
use http_body_util::BodyExt;
use tokio::time::{Instant, timeout_at};

use super::compose::compose;
use super::fault::{Fault, Phase};
use super::{Charted, Inflow, Opened};
use crate::ask::Ask;
use crate::exchange::RequestId;
use crate::refusal::{Code, Named, Refusal};
use crate::state::reach::{Reach, Server};
use crate::upstream::origin::Wire;
use crate::upstream::played::Played;
use crate::upstream::simulated::{SimulatedAsk, script};
use crate::upstream::source::Source;
use crate::upstream::{Key, Upstream};

/// A leg, ready to be tried.
#[derive(Debug)]
pub(crate) struct Attempt<'a> {
    ask: &'a Ask,
    id: &'a RequestId,
    leg: Leg,
    target: &'a Target,
    reach: &'a Reach,
    limits: Limits,
    deadline: Instant,
    named: Named,
    name: Arc<str>,
}

/// The header by which a request overrides how the simulated provider behaves.
const SIMULATE: &str = "x-callsign-simulate";
/// An error's body is only read so far.
const LARGEST_ERROR: usize = 1 << 20;

// === impl Attempt ===

impl<'a> Attempt<'a> {
    pub(crate) fn new(
        charted: &Charted<'a>,
        ask: &'a Ask,
        leg: Leg,
        start: Instant,
    ) -> Result<Self, Refusal> {
        let (target, reach) =
            charted.world.reach(leg.target).ok_or_else(|| Refusal::bug("a leg without a target"))?;
        let limits = charted.course.limits(&charted.world.catalog, target, charted.total);
        let name = match &reach.name {
            Some(name) => Arc::clone(name),
            None => format!("{}/{}", target.provider, leg.model).into(),
        };
        let model = reach.header.clone().or_else(|| HeaderValue::from_str(&name).ok());
        let named = Named { alias: charted.named.alias.clone(), model };
        Ok(Self {
            ask,
            id: charted.id,
            leg,
            target,
            reach,
            limits,
            deadline: start + limits.total,
            named,
            name,
        })
    }

    /// `provider/id`.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The names for an answer's headers.
    pub(crate) fn named(&self) -> Named {
        self.named.clone()
    }

    /// Tries.
    pub(crate) async fn run(&self, upstream: &Upstream) -> Result<Opened, Fault> {
        self.check()?;
        let response = match (&self.target.place, &self.reach.server) {
            (TargetPlace::Simulated(simulation), _) => self.simulate(simulation).await?,
            (TargetPlace::Server { .. }, Some(server)) => self.send(upstream, server).await?,
            (TargetPlace::Server { .. }, None) => return Err(Fault::bug("a server without a URL")),
        };
        let (head, body) = response.into_parts();
        if head.status.is_success() {
            return self.open(head, body).await;
        }
        Err(self.read_error(head, body).await)
    }

    fn check(&self) -> Result<(), Fault> {
        let dialect = self.ask.operation.dialect();
        if !self.target.dialects.contains(dialect) {
            return Err(Fault::own(
                Code::DialectNotServed,
                format!(
                    "`{}` does not speak the dialect `{}` of this request, and translation is not served yet",
                    self.name,
                    dialect.name()
                ),
            ));
        }
        match &self.target.credential {
            Credential::Missing { variable } => Err(Fault::own(
                Code::TargetUnavailable,
                format!("`{}` is unavailable: the environment variable `{variable}` is not set", self.name),
            )),
            _ => Ok(()),
        }
    }

    /// How long the answer may keep the caller waiting: until a stream's first bytes, or until the whole.
    fn patience(&self) -> (Instant, Phase) {
        let first_token = Instant::now() + self.limits.first_token;
        if self.ask.peeked.stream && first_token < self.deadline {
            (first_token, Phase::FirstToken(self.limits.first_token))
        } else {
            (self.deadline, Phase::Total(self.limits.total))
        }
    }

    async fn send(&self, upstream: &Upstream, server: &Server) -> Result<Response<Source>, Fault> {
        let request = compose(self.ask, &self.leg.model, (self.target, self.reach), server)
            .map_err(|error| Fault::own(Code::InvalidRequest, error.to_string()))?;
        let key = Key {
            origin: server.origin.clone(),
            connect: self.limits.connect,
            wire: if self.target.http_host.is_some() { Wire::Http1 } else { Wire::Any },
        };
        let origin = upstream.origin(&key).map_err(|error| Fault::unreachable(&self.name, &error))?;
        let shardless = || Fault::bug("an origin without a shard");
        let place = origin.enter().ok_or_else(shardless)?;
        let response = place.send(request).ok_or_else(shardless)?;
        let (deadline, phase) = self.patience();
        match timeout_at(deadline, response).await {
            Err(_) => Err(Fault::late(&self.name, phase)),
            Ok(Err(error)) => Err(Fault::from_client(&self.name, &error, self.limits.connect)),
            Ok(Ok(response)) => Ok(response.map(|body| Source::Server(body, place))),
        }
    }

    async fn simulate(&self, simulation: &Simulation) -> Result<Response<Source>, Fault> {
        let header = |name: &str| self.ask.headers.get(name).and_then(|value| value.to_str().ok());
        let mut script = script(&SimulatedAsk {
            operation: self.ask.operation,
            model: &self.leg.model,
            body: &self.ask.body,
            content_type: header("content-type"),
            simulation,
            overrides: header(SIMULATE),
            request_id: self.id.as_str(),
            now: crate::listen::unix_time(),
        });
        let (deadline, phase) = self.patience();
        let played = timeout_at(deadline, Played::open(&mut script)).await;
        let played = played.map_err(|_| Fault::late(&self.name, phase))?;
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

    /// Of a stream, waits for the first bytes: until then nothing has been promised to the client.
    async fn open(&self, head: response::Parts, mut body: Source) -> Result<Opened, Fault> {
        let mut first = None;
        if self.ask.peeked.stream {
            let (deadline, phase) = self.patience();
            first = match timeout_at(deadline, first_bytes(&mut body)).await {
                Err(_) => return Err(Fault::late(&self.name, phase)),
                Ok(Err(error)) => return Err(Fault::cut(&self.name, &error.to_string())),
                Ok(Ok(first)) => first,
            };
        }
        let inflow = Inflow {
            first,
            rest: body,
            dialect: self.ask.operation.dialect(),
            idle: self.limits.idle,
            deadline: self.deadline,
            id: self.id.clone(),
        };
        Ok(Opened { head, inflow, respell: None, named: self.named(), attempts: 1 })
    }

    async fn read_error(&self, head: response::Parts, mut body: Source) -> Fault {
        if !head.status.is_client_error() && !head.status.is_server_error() {
            return Fault::unusable(&self.name, &format!("it answered with status {}", head.status.as_u16()));
        }
        let deadline = self.deadline.min(Instant::now() + self.limits.idle);
        let mut read = Vec::new();
        // What has come by then is told: a broken error is still that error.
        let _cut_short = timeout_at(deadline, read_bounded(&mut body, &mut read)).await;
        Fault::told(&self.name, self.ask.operation.dialect(), (head, read), &self.reach.secrets)
    }
}

async fn first_bytes(body: &mut Source) -> Result<Option<Bytes>, crate::upstream::source::SourceError> {
    while let Some(frame) = body.frame().await {
        if let Some(bytes) = frame?.into_data().ok().filter(|bytes| !bytes.is_empty()) {
            return Ok(Some(bytes));
        }
    }
    Ok(None)
}

async fn read_bounded(body: &mut Source, read: &mut Vec<u8>) {
    while let Ok(Some(bytes)) = first_bytes(body).await {
        let room = LARGEST_ERROR.saturating_sub(read.len());
        read.extend_from_slice(bytes.get(..room.min(bytes.len())).unwrap_or_default());
        if read.len() >= LARGEST_ERROR {
            return;
        }
    }
}
