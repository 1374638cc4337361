//! One exchange, from the request's head to the answer's: the story of the gateway.

use std::fmt;
use std::sync::Arc;

use callsign_plan::alias::Deprecation;
use callsign_plan::catalog::Found;
use http::{HeaderMap, HeaderValue, Request, Response, request};
use hyper::body::Incoming;
use uuid::Uuid;

use crate::ask::{self, Question};
use crate::dispatch::walk::{Start, Walk};
use crate::guard::referee::Means;
use crate::listen::watch::HeadMark;
use crate::listen::{Desk, inbound};
use crate::record::{Asked, Record};
use crate::refusal::{Code, Refusal};
use crate::relay::{self, Outgoing};
use crate::state::world::World;
use crate::{admit, conversations, guard};

/// The name of one exchange, in its answer's `x-callsign-request-id` and in the logs.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RequestId {
    text: [u8; 36],
    uuid: Uuid,
}

/// Serves one request. Whatever goes wrong becomes an answer in the client's dialect.
pub(crate) async fn exchange(desk: &Desk, mark: HeadMark, request: Request<Incoming>) -> Response<Outgoing> {
    let id = RequestId::new();
    let (head, body) = request.into_parts();
    let dialect = ask::dialect_of(&head);
    let record = desk.recorder.open(&id, &head.headers);
    let served = match mark.check(&head) {
        Ok(()) => serve(desk, &mark, (head, body), &id, &record).await,
        Err(refusal) => Err(refusal),
    };
    let response = served.unwrap_or_else(|refusal| {
        record.refused(&refusal);
        refusal.respond(dialect, &id)
    });
    response.map(|body| body.watched(mark.answering(), record))
}

async fn serve(
    desk: &Desk,
    mark: &HeadMark,
    (head, body): (request::Parts, Incoming),
    id: &RequestId,
    record: &Record,
) -> Result<Response<Outgoing>, Refusal> {
    let world = desk.world.load_full();
    let operation = match ask::question(&head)? {
        Question::Operation(operation) => operation,
        Question::Response(wanted, of) => {
            let told = relay::responses::tell(&desk.conversations, &head, (wanted, &of), id).await?;
            record.answered(told.status());
            return Ok(told);
        }
        about => return tell_of_models(&world, &head, (about, id), record),
    };
    let permit = admit::admit(&desk.exchanges, &desk.limits)?;
    let inbound = inbound::read(head, body, &desk.limits).await?;
    mark.body_read();
    record.body_read();
    let unknown = |name: &str| record.asked_in_vain(name, operation);
    let ask = ask::ask(&world.catalog, operation, inbound, unknown)?;
    record.asked(Asked::of(&ask, &world));
    let date = record.date();
    let lifecycle = lifecycle(&world, ask.found, date)?;
    let ask = conversations::recall(&desk.conversations, &world, ask).await?;
    let (world_of_checks, upstream, notes) = (Arc::clone(&world), Arc::clone(&desk.upstream), record.notes());
    let means = Means { world: world_of_checks, upstream, id: id.clone(), date, notes };
    let cleared = guard::clear(means, ask, record.notes()).await?;
    record.cleared(&cleared);
    let (id, upstream, notes) = (id.clone(), Arc::clone(&desk.upstream), record.notes());
    let (total, alarm) = (desk.timeout, mark.lend_alarm());
    let mut walk = Walk::chart(Start { world, upstream, id, notes, date, total, alarm }, cleared)?;
    let answer = walk.go(None).await?;
    mark.take_back(std::mem::take(&mut walk.alarm));
    relay::relay(answer, walk, lifecycle, permit).await
}

fn tell_of_models(
    world: &World,
    head: &request::Parts,
    (question, id): (Question<'_>, &RequestId),
    record: &Record,
) -> Result<Response<Outgoing>, Refusal> {
    let response = match question {
        Question::Model(name) => relay::models::one(world, head, &name, id)?,
        Question::Models | Question::Operation(_) | Question::Response(..) => {
            relay::models::list(world, head, id)?
        }
    };
    record.answered(response.status());
    Ok(response)
}

/// The headers of an alias that is on its way out; a refusal once it is gone.
fn lifecycle(world: &World, found: Found, now: u64) -> Result<HeaderMap, Refusal> {
    let mut headers = HeaderMap::new();
    for alias in world.catalog.aliases_of(found) {
        let Some(deprecation) = &alias.deprecated else { continue };
        if deprecation.sunset.is_some_and(|sunset| sunset <= now) {
            return Err(retired(&alias.name, deprecation));
        }
        relay::headers::deprecate(&mut headers, deprecation);
    }
    Ok(headers)
}

fn retired(name: &str, deprecation: &Deprecation) -> Refusal {
    let instead = deprecation.successor.as_ref().map(|name| format!(", ask for `{name}` instead"));
    let message = format!("the model `{name}` has been retired{}", instead.unwrap_or_default());
    Refusal::new(Code::ModelRetired, message).param("model")
}

// === impl RequestId ===

impl RequestId {
    pub(crate) fn new() -> Self {
        let mut text = [0; 36];
        let id = Uuid::now_v7();
        id.hyphenated().encode_lower(&mut text);
        Self { text, uuid: id }
    }

    /// What chance put into it, for decisions that are left to chance.
    pub(crate) fn chance(&self) -> u64 {
        self.uuid.as_u64_pair().1
    }

    /// As a number; that of a trace that begins with this exchange.
    pub(crate) fn number(&self) -> u128 {
        self.uuid.as_u128()
    }

    /// As text.
    pub(crate) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.text).unwrap_or_default()
    }

    /// As a header's value.
    pub(crate) fn header(&self) -> HeaderValue {
        HeaderValue::from_bytes(&self.text).unwrap_or(HeaderValue::from_static(""))
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}
