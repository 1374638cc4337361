//! One exchange, from the request's head to the answer's: the story of the gateway.

use std::fmt;

use callsign_plan::alias::Deprecation;
use callsign_plan::chart::{Course, chart};
use http::{HeaderMap, HeaderValue, Request, Response, request};
use hyper::body::Incoming;
use uuid::Uuid;

use crate::ask::{self, Question};
use crate::dispatch::Charted;
use crate::listen::watch::HeadMark;
use crate::listen::{Desk, inbound, unix_time};
use crate::record::Record;
use crate::refusal::{Code, Named, Refusal};
use crate::relay::{self, Outgoing};
use crate::state::world::World;
use crate::{admit, dispatch, guard};

/// The name of one exchange, in its answer's `x-callsign-request-id` and in the logs.
#[derive(Clone)]
pub(crate) struct RequestId([u8; 36]);

/// Serves one request. Whatever goes wrong becomes an answer in the client's dialect.
pub(crate) async fn exchange(desk: &Desk, mark: HeadMark, request: Request<Incoming>) -> Response<Outgoing> {
    let id = RequestId::new();
    let (head, body) = request.into_parts();
    let dialect = ask::dialect_of(&head);
    let mut record = desk.recorder.open(&id);
    let served = match mark.check(&head) {
        Ok(()) => serve(desk, &mark, (head, body), &id, &mut record).await,
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
    record: &mut Record,
) -> Result<Response<Outgoing>, Refusal> {
    let world = desk.world.load_full();
    let operation = match ask::question(&head)? {
        Question::Operation(operation) => operation,
        Question::Models => return relay::models::list(&world, &head, id),
        Question::Model(name) => return relay::models::one(&world, &head, &name, id),
    };
    let permit = admit::admit(&desk.exchanges, &desk.limits)?;
    let inbound = inbound::read(head, body, &desk.limits).await?;
    mark.body_read();
    let ask = ask::ask(&world.catalog, operation, inbound)?;
    let course =
        chart(&world.catalog, ask.found, &ask.name).map_err(|error| Refusal::bug(&error.to_string()))?;
    let lifecycle = lifecycle(&world, &course, unix_time())?;
    let cleared = guard::clear(&world.catalog, &course, ask)?;
    let named = named(&world, &course);
    let charted = Charted { world: &world, course, id, total: desk.timeout, named };
    let answer = dispatch::dispatch(&desk.upstream, charted, cleared).await?;
    answer.note(record);
    relay::relay(answer, id, lifecycle, permit).await
}

fn named(world: &World, course: &Course) -> Named {
    Named { alias: course.aliases.first().and_then(|id| world.alias_name(*id)), model: None }
}

/// The headers of an alias that is on its way out; a refusal once it is gone.
fn lifecycle(world: &World, course: &Course, now: u64) -> Result<HeaderMap, Refusal> {
    let mut headers = HeaderMap::new();
    for alias in course.aliases.iter().filter_map(|id| world.catalog.alias(*id)) {
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
    fn new() -> Self {
        let mut text = [0; 36];
        Uuid::now_v7().hyphenated().encode_lower(&mut text);
        Self(text)
    }

    /// As text.
    pub(crate) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// As a header's value.
    pub(crate) fn header(&self) -> HeaderValue {
        HeaderValue::from_bytes(&self.0).unwrap_or(HeaderValue::from_static(""))
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}
