//! The way back: a target's answer to the client, piece by piece, with the gateway's own headers.

mod batch;
mod ends;
pub(crate) mod headers;
pub(crate) mod models;
mod outgoing;
mod respell;
pub(crate) mod responses;
mod resume;
mod stream;
mod unfinished;
mod watch;

pub(crate) use outgoing::Outgoing;

use bytes::Bytes;
use callsign_plan::units::Money;
use callsign_wire::dialect::{Matter, Operation};
use callsign_wire::used;
use http::{HeaderMap, Response, header};

use crate::admit::Permit;
use crate::dispatch::tail::Tail;
use crate::dispatch::told::Told;
use crate::dispatch::walk::Walk;
use crate::dispatch::{Answer, Inflow, LARGEST_HELD, Opened};
use crate::record::Notes;
use crate::refusal::Refusal;
use respell::Respell;
use resume::Resume;
use stream::Relayed;

/// Turns an answer into the client's response. `extra` are headers about the alias.
pub(crate) async fn relay(
    answer: Answer,
    walk: Box<Walk>,
    extra: HeaderMap,
    permit: Permit,
) -> Result<Response<Outgoing>, Refusal> {
    let id = walk.id.clone();
    let guarded = walk.guard.is_some().then(|| walk.notes.clone());
    let mut response = match answer {
        Answer::Opened(opened) => pass(*opened, walk, permit).await?,
        Answer::Told(told) => tell(*told, &walk.notes),
    };
    headers::extend(response.headers_mut(), extra);
    // Of a stream only what was found until now.
    if let Some(found) = guarded.and_then(|notes| notes.told_findings()) {
        response.headers_mut().insert(headers::GUARD, found);
    }
    response.headers_mut().insert(headers::REQUEST_ID, id.header());
    Ok(response)
}

async fn pass(opened: Opened, walk: Box<Walk>, permit: Permit) -> Result<Response<Outgoing>, Refusal> {
    let Opened { mut head, mut inflow, named, attempts, mut tail } = opened;
    inflow.rest.written().await;
    walk.notes.answered(head.status.as_u16(), &named);
    headers::clean(&mut head.headers);
    headers::name(&mut head.headers, named, attempts);
    if let Some(cost) = settle(&inflow, &mut tail) {
        headers::price(&mut head.headers, cost);
    }
    let kind = inflow.kind;
    let respell = walk.respelling().filter(|_| !head.headers.contains_key(header::CONTENT_ENCODING));
    let resumes = kind == Kind::Events && walk.resumes();
    // An error event stands behind what came of a stream that breaks: how long it becomes is not known.
    if respell.is_some() || kind == Kind::Events {
        head.headers.remove(header::CONTENT_LENGTH);
    }
    let mut relayed = Relayed::new(inflow, tail, walk.id.clone(), permit);
    if resumes {
        relayed = relayed.resumed(Resume::new(walk.ask.operation, walk));
    }
    let body = match respell {
        Some(names) if kind == Kind::Json => relayed.gathered(&names).await?,
        Some(names) if kind == Kind::Events => Outgoing::relayed(relayed.respelled(Respell::new(names))),
        _ => Outgoing::relayed(relayed),
    };
    Ok(Response::from_parts(head, body))
}

/// About how many bytes of an answer make a token.
const BYTES_PER_TOKEN: usize = 4;

/// Tells what an answer cost that is there as a whole.
fn settle(inflow: &Inflow, tail: &mut Tail) -> Option<Money> {
    if inflow.is_own || inflow.operation.matter() == Matter::Count {
        tail.took_nothing();
        return None;
    }
    let is_whole = |first: &&Bytes| inflow.kind == Kind::Json && first.len() <= LARGEST_HELD;
    let whole = inflow.first.as_ref().filter(is_whole)?;
    // What was translated said more before.
    if let Some(usage) = inflow.rest.usage().or_else(|| used::whole(inflow.operation, whole)) {
        return tail.took(usage);
    }
    let answers =
        inflow.operation.matter() == Matter::Conversation || inflow.operation == Operation::Completions;
    tail.took_about(None, if answers { (whole.len() / BYTES_PER_TOKEN) as u64 } else { 0 });
    None
}

fn tell(told: Told, notes: &Notes) -> Response<Outgoing> {
    let Told { mut head, body, named, attempts, .. } = told;
    notes.answered(head.status.as_u16(), &named);
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
