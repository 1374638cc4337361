//! The way back: a target's answer to the client, piece by piece, with the gateway's own headers.

mod batch;
pub(crate) mod headers;
pub(crate) mod models;
mod outgoing;
mod respell;
mod stream;
mod watch;

pub(crate) use outgoing::Outgoing;

use http::{HeaderMap, Response, header};

use crate::admit::Permit;
use crate::dispatch::told::Told;
use crate::dispatch::{Answer, Opened};
use crate::exchange::RequestId;
use crate::refusal::Refusal;
use respell::Respell;
use stream::Relayed;

/// Turns an answer into the client's response. `extra` are headers about the alias.
pub(crate) async fn relay(
    answer: Answer,
    id: &RequestId,
    extra: HeaderMap,
    permit: Permit,
) -> Result<Response<Outgoing>, Refusal> {
    let mut response = match answer {
        Answer::Opened(opened) => pass(*opened, permit).await?,
        Answer::Told(told) => tell(*told),
    };
    headers::extend(response.headers_mut(), extra);
    response.headers_mut().insert(headers::REQUEST_ID, id.header());
    Ok(response)
}

async fn pass(opened: Opened, permit: Permit) -> Result<Response<Outgoing>, Refusal> {
    let Opened { mut head, inflow, respell, named, attempts } = opened;
    let kind = Kind::of(&head.headers);
    headers::clean(&mut head.headers);
    headers::name(&mut head.headers, named, attempts);
    let respell = respell.filter(|_| !head.headers.contains_key(header::CONTENT_ENCODING));
    if respell.is_some() {
        head.headers.remove(header::CONTENT_LENGTH);
    }
    let relayed = Relayed::new(inflow, kind, permit);
    let body = match respell {
        Some(name) if kind == Kind::Json => relayed.gathered(&name).await?,
        Some(name) if kind == Kind::Events => Outgoing::relayed(relayed.respelled(Respell::new(name))),
        _ => Outgoing::relayed(relayed),
    };
    Ok(Response::from_parts(head, body))
}

fn tell(told: Told) -> Response<Outgoing> {
    let Told { mut head, body, named, attempts } = told;
    headers::clean(&mut head.headers);
    headers::name(&mut head.headers, named, attempts);
    Response::from_parts(head, Outgoing::whole(body))
}

/// What an answer's body is, as far as relaying it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One JSON document.
    Json,
    /// Server-sent events.
    Events,
    /// Anything else.
    Other,
}
