//! An answer on its way to the client: the provider's bytes as they come, under a watch.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use callsign_wire::dialect::Operation;
use callsign_wire::ending::Ending;
use callsign_wire::frame::sse::TooLong;
use callsign_wire::hub::loss::Losses;
use callsign_wire::hub::usage::Usage;
use callsign_wire::reply::{self, Names};
use http_body::{Body, SizeHint};
use memchr::memmem;

use super::batch::Batch;
use super::ends::Ends;
use super::respell::Respell;
use super::resume::{Found, Resume};
use super::unfinished::Unfinished;
use super::watch::{Late, Watch};
use super::{Kind, Outgoing};
use crate::admit::Permit;
use crate::dispatch::tail::Tail;
use crate::dispatch::{Inflow, Opened, told_losses};
use crate::exchange::RequestId;
use crate::refusal::{Code, Named, Refusal};
use crate::upstream::source::{Source, SourceError};

/// An answer under way.
#[derive(Debug)]
pub(crate) struct Relayed {
    first: Option<Bytes>,
    rest: Source,
    /// What the request's translation could not carry.
    losses: Losses,
    state: State,
    watch: Watch,
    kind: Kind,
    operation: Operation,
    id: RequestId,
    tail: Tail,
    ends: Ends,
    /// The first bytes of a stream, where some dialects tell how long the question was.
    head: Bytes,
    /// How many events there were, about.
    events: u64,
    unfinished: Unfinished,
    resume: Option<Box<Resume>>,
    /// What broke, while another target is looked for.
    broken: Option<Refusal>,
    /// Whether what has been sent ends at the end of an event.
    at_boundary: bool,
    respell: Option<Respell>,
    batch: Batch,
    _permit: Permit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// More may come.
    Live,
    /// It broke, and another target is looked for.
    Searching,
    /// It has ended as it should.
    Over,
    /// It has not, and the connection must show it.
    Broken,
}

/// The answer broke off and the client must see that it did.
#[derive(Debug, thiserror::Error)]
#[error("the answer broke off")]
pub(crate) struct Broken;

// === impl Relayed ===

impl Relayed {
    pub(crate) fn new(inflow: Inflow, tail: Tail, id: RequestId, permit: Permit) -> Self {
        Self {
            head: head_of(&inflow),
            events: 0,
            first: inflow.first,
            rest: inflow.rest,
            losses: inflow.losses,
            state: State::Live,
            watch: Watch::new(inflow.idle, inflow.deadline),
            kind: inflow.kind,
            operation: inflow.operation,
            id,
            tail,
            ends: Ends::default(),
            unfinished: Unfinished::default(),
            resume: None,
            broken: None,
            at_boundary: true,
            respell: None,
            batch: Batch::default(),
            _permit: permit,
        }
    }

    /// The same, to be taken up by another target where it breaks.
    pub(crate) fn resumed(mut self, resume: Resume) -> Self {
        self.resume = Some(Box::new(resume));
        self
    }

    /// The same, with names replaced in every event.
    pub(crate) fn respelled(mut self, respell: Respell) -> Self {
        self.respell = Some(respell);
        self
    }

    /// The whole answer, with names replaced.
    pub(crate) async fn gathered(mut self, names: &Names) -> Result<Outgoing, Refusal> {
        let mut whole = BytesMut::new();
        if let Some(first) = self.first.take() {
            whole.extend_from_slice(&first);
        }
        loop {
            match poll_fn(|context| self.poll_rest(context)).await {
                Ok(Some(bytes)) => whole.extend_from_slice(&bytes),
                Ok(None) => break,
                Err(failure) => return Err(self.tail.broke(failure)),
            }
            self.watch.seen();
        }
        self.state = State::Over;
        self.first = Some(reply::json(&whole.freeze(), names));
        Ok(Outgoing::relayed(self))
    }

    /// Whether nothing more comes.
    pub(crate) fn is_over(&self) -> bool {
        let ended = match self.state {
            // Of a stream the end has to be looked at.
            State::Live => self.kind != Kind::Events && self.rest.is_end_stream(),
            State::Over => true,
            State::Broken | State::Searching => false,
        };
        ended && self.first.is_none() && self.respell.is_none() && self.batch.is_empty()
    }

    /// How much is to come, where the provider said so and nothing changes it.
    pub(crate) fn size_hint(&self) -> SizeHint {
        let first = (self.first.as_ref().map_or(0, Bytes::len) + self.batch.len()) as u64;
        match (self.state, self.rest.size_hint().exact()) {
            (State::Over, _) if self.respell.is_none() => SizeHint::with_exact(first),
            (State::Live, Some(rest)) if self.respell.is_none() && self.kind != Kind::Events => {
                SizeHint::with_exact(first + rest)
            }
            _ => SizeHint::default(),
        }
    }

    /// The next bytes for the client.
    pub(crate) fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Broken>>> {
        // What is there already opens the answer: it shall not wait.
        if self.kind != Kind::Events || self.first.is_some() {
            return self.poll_piece(context);
        }
        loop {
            match self.poll_piece(context) {
                Poll::Pending => return self.batch.poll_take(context).map(|bytes| Some(Ok(bytes))),
                Poll::Ready(Some(Ok(piece))) => {
                    if !self.batch.push(piece) {
                        return Poll::Ready(Some(Ok(self.batch.take())));
                    }
                }
                Poll::Ready(end) if self.batch.is_empty() => return Poll::Ready(end),
                // An end is told again when it is asked for again.
                Poll::Ready(_) => return Poll::Ready(Some(Ok(self.batch.take()))),
            }
        }
    }

    fn poll_piece(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Broken>>> {
        loop {
            let piece = ready!(self.poll_source(context));
            let Some(respell) = &mut self.respell else { return Poll::Ready(piece) };
            let piece = match piece {
                Some(Ok(bytes)) => respell.push(bytes).map_err(|_| Broken),
                Some(Err(broken)) => Err(broken),
                None => Ok(self.respell.take().map(Respell::finish).unwrap_or_default()),
            };
            match piece {
                Ok(bytes) if bytes.is_empty() && self.respell.is_some() => {}
                Ok(bytes) if bytes.is_empty() => return Poll::Ready(None),
                piece => return Poll::Ready(Some(piece)),
            }
        }
    }

    fn poll_source(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Broken>>> {
        loop {
            let piece = match self.first.take() {
                Some(first) => Ok(Some(first)),
                None => match self.state {
                    State::Over => return Poll::Ready(None),
                    State::Broken => return Poll::Ready(Some(Err(Broken))),
                    State::Live => ready!(self.poll_rest(context)).or_else(|failure| self.forgive(failure)),
                    State::Searching => match ready!(self.poll_search(context)) {
                        Some(failure) => return Poll::Ready(Some(self.break_off(&failure))),
                        None => continue,
                    },
                },
            };
            match piece.and_then(|piece| self.pass(piece)) {
                Ok(Some(bytes)) if bytes.is_empty() => {}
                Ok(Some(bytes)) => return Poll::Ready(Some(Ok(bytes))),
                Ok(None) => return Poll::Ready(None),
                Err(failure) => {
                    if let Some(failure) = self.search(failure) {
                        let failure = self.tail.broke(failure);
                        return Poll::Ready(Some(self.break_off(&failure)));
                    }
                }
            }
        }
    }

    /// A piece as the client gets it; `None` at the end, if that is one.
    fn pass(&mut self, piece: Option<Bytes>) -> Result<Option<Bytes>, Refusal> {
        let Some(bytes) = piece else {
            // Of a stream some losses are known only now.
            if self.rest.losses().is_some() {
                self.tail.notes().lost(told_losses(&self.losses, &self.rest));
            }
            return self.end();
        };
        self.watch.seen();
        if self.kind == Kind::Json && self.tail.is_open() {
            self.ends.push(&bytes);
        }
        if self.kind != Kind::Events {
            return Ok(Some(bytes));
        }
        self.ends.push(&bytes);
        self.events += memmem::find_iter(&bytes, b"\n\n").count() as u64;
        if is_last(&bytes) {
            self.watch.linger();
        }
        let bytes = match &mut self.resume {
            None => self.unfinished.push(bytes).map_err(too_long)?,
            Some(resume) => resume.push(bytes).ok_or_else(|| cut("the provider told an error"))?,
        };
        if !bytes.is_empty() {
            self.at_boundary = bytes.ends_with(b"\n\n") || bytes.ends_with(b"\r\n\r\n");
        }
        Ok(Some(bytes))
    }

    /// The provider has closed the answer in good order, which says nothing of whether it was whole.
    fn end(&mut self) -> Result<Option<Bytes>, Refusal> {
        if self.kind == Kind::Events {
            match self.ends.ending(self.operation) {
                Ending::Complete => {}
                Ending::Failed => self.tail.ended_in_error(),
                Ending::Cut => return Err(cut("its stream has no end")),
            }
        }
        self.settle();
        self.state = State::Over;
        Ok(Some(self.unfinished.take()).filter(|rest| !rest.is_empty()))
    }

    /// Whatever becomes of the connection of a stream that has said that it is over, the answer is whole.
    fn forgive(&self, failure: Refusal) -> Result<Option<Bytes>, Refusal> {
        let whole = self.kind == Kind::Events
            && !self.ends.is_empty()
            && self.ends.ending(self.operation) == Ending::Complete;
        if whole { Ok(None) } else { Err(failure) }
    }

    /// Looks for another target, where that may be; else gives the failure back.
    fn search(&mut self, failure: Refusal) -> Option<Refusal> {
        let may = self.resume.as_ref().is_some_and(|resume| resume.may_be_taken_up());
        if !may || failure.code() == Code::GuardFailed {
            return Some(failure);
        }
        tracing::warn!(request = ?self.id, failure = failure.message(), "an answer broke off, another target takes it up");
        self.settle();
        let Some(resume) = &mut self.resume else { return Some(failure) };
        let tried = self.tail.fail(&failure);
        // What is given up is closed now, not when another has been found.
        self.rest = Source::Gone;
        resume.begin(&failure, tried);
        self.broken = Some(failure);
        self.state = State::Searching;
        None
    }

    /// Ready with what the client is told if no other target was found.
    fn poll_search(&mut self, context: &mut Context<'_>) -> Poll<Option<Refusal>> {
        let Some(resume) = &mut self.resume else {
            return Poll::Ready(Some(Refusal::bug("nobody searches")));
        };
        match ready!(resume.poll_found(context)) {
            Found::Opened(opened) => {
                let Opened { inflow, tail, .. } = *opened;
                self.tail = tail;
                (self.ends, self.events, self.head) = (Ends::default(), 0, head_of(&inflow));
                self.watch = Watch::new(inflow.idle, inflow.deadline);
                (self.first, self.rest, self.losses) = (inflow.first, inflow.rest, inflow.losses);
                self.state = State::Live;
                Poll::Ready(None)
            }
            Found::Nobody(tried) => {
                let failure = self.broken.take().unwrap_or_else(|| Refusal::bug("nothing broke"));
                self.tail.notes().broken(&failure);
                Poll::Ready(Some(failure.after(Named::default(), tried)))
            }
        }
    }

    /// Tells what the answer took, as far as it says.
    fn settle(&mut self) {
        self.settle_with(self.rest.usage());
    }

    fn settle_with(&mut self, heard: Option<Usage>) {
        if !self.tail.is_open() {
            return;
        }
        let told = heard.or_else(|| self.ends.usage(self.operation, &self.head));
        let is_whole = self.kind != Kind::Events || self.ends.ending(self.operation) == Ending::Complete;
        match told {
            Some(usage) if is_whole && usage.output > 0 => {
                self.tail.took(usage);
            }
            known if self.kind == Kind::Events => self.tail.took_about(known, self.events),
            _ => {}
        }
    }

    fn poll_rest(&mut self, context: &mut Context<'_>) -> Poll<Result<Option<Bytes>, Refusal>> {
        loop {
            match Pin::new(&mut self.rest).poll_frame(context) {
                Poll::Ready(None) => return Poll::Ready(Ok(None)),
                Poll::Ready(Some(Err(SourceError::Withheld(withheld)))) => {
                    return Poll::Ready(Err(withheld.refusal()));
                }
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Err(cut(error))),
                Poll::Pending => return self.watch.poll_late(context).map(|late| Err(delayed(late))),
                // Trailers concern the provider's connection: they are passed over.
                Poll::Ready(Some(Ok(frame))) => {
                    if let Ok(bytes) = frame.into_data() {
                        return Poll::Ready(Ok(Some(bytes)));
                    }
                }
            }
        }
    }

    /// After the first bytes a failure can only be told inside the answer: as an event where there are events,
    /// else by cutting the connection. Neither looks like an end.
    fn break_off(&mut self, failure: &Refusal) -> Result<Bytes, Broken> {
        tracing::warn!(request = ?self.id, failure = failure.message(), "an answer broke off");
        let event = failure.event(self.operation.dialect(), &self.id);
        if self.kind != Kind::Events {
            self.state = State::Broken;
            return Err(Broken);
        }
        self.state = State::Over;
        self.respell = None;
        Ok(if self.at_boundary { event } else { [b"\n\n".as_slice(), &event].concat().into() })
    }
}

impl Drop for Relayed {
    fn drop(&mut self) {
        // What a client did not wait for is given up before anything else; what there was of it wants to be paid.
        let told = self.rest.usage();
        self.rest = Source::Gone;
        self.settle_with(told);
    }
}

/// The first bytes of a stream.
fn head_of(inflow: &Inflow) -> Bytes {
    let first = inflow.first.as_ref().filter(|_| inflow.kind == Kind::Events);
    first.map(|first| first.slice(..first.len().min(HEAD))).unwrap_or_default()
}

/// So many of the first bytes are looked at.
const HEAD: usize = 8 << 10;

/// Whether an event ends here behind which nothing is to come.
fn is_last(bytes: &[u8]) -> bool {
    let bytes = bytes.trim_ascii_end();
    if bytes.ends_with(b"[DONE]") {
        return true;
    }
    let inside = bytes.strip_suffix(b"}").unwrap_or_default();
    inside.trim_ascii_end().ends_with(b"\"message_stop\"")
}

fn cut(why: impl std::fmt::Display) -> Refusal {
    Refusal::new(Code::UpstreamUnreachable, format!("the answer broke off: {why}"))
}

fn too_long(error: TooLong) -> Refusal {
    Refusal::new(Code::UpstreamInvalid, format!("the answer broke off: {error}"))
}

fn delayed(late: Late) -> Refusal {
    let message = match late {
        Late::Idle(limit) => format!("the answer paused for longer than {limit:?}"),
        Late::Total => "the answer was not complete when the time for the exchange was over".to_owned(),
    };
    Refusal::new(Code::UpstreamTimeout, message)
}
