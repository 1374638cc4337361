//! An answer that is kept on its way out: its bytes pass as they come, but for the last, which wait until it is written.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use callsign_wire::frame::sse::Framer;
use callsign_wire::hub::loss::Losses;
use callsign_wire::hub::usage::Usage;
use callsign_wire::openai_responses::history;
use callsign_wire::reply::Names;
use http_body::{Body, Frame, SizeHint};
use tokio_util::sync::ReusableBoxFuture;

use super::thread::Thread;
use crate::guard::Guard;
use crate::pieces::Pieces;
use crate::upstream::source::{Source, SourceError};

/// An answer of the Responses API, in the client's dialect.
#[derive(Debug)]
pub(crate) struct Kept {
    source: Source,
    thread: Arc<Thread>,
    /// The model that was asked for, and the names that the client sees.
    model: (String, Option<Names>),
    /// Who put back into it what was masked in the request.
    guard: Option<Arc<Guard>>,
    seen: Seen,
    /// The piece that waits.
    held: Option<Bytes>,
    writing: Option<ReusableBoxFuture<'static, ()>>,
    /// Whether the end waits for that. Not while a target's time is measured, which is not the store's.
    waits: bool,
    over: bool,
}

/// What has been seen of the answer.
#[derive(Debug)]
enum Seen {
    Nothing,
    /// A part of one document.
    Whole(Pieces),
    /// Events, none of them the last.
    Events(Box<Framer>),
    /// The end, or too much.
    Enough,
}

/// A whole answer that is larger is not kept.
const LARGEST: usize = 64 << 20;

// === impl Kept ===

impl Kept {
    /// Keeps what comes of `source` for `thread`; `model` is what was asked for, and the names that the
    /// client sees.
    /// What `guard` has put back into it is not kept.
    pub(crate) fn new(
        source: Source,
        thread: Arc<Thread>,
        model: (String, Option<Names>),
        guard: Option<Arc<Guard>>,
    ) -> Self {
        Self {
            source,
            thread,
            model,
            guard,
            seen: Seen::Nothing,
            held: None,
            writing: None,
            waits: false,
            over: false,
        }
    }

    /// What the provider says that the answer took, where it is translated.
    pub(crate) fn usage(&self) -> Option<Usage> {
        self.source.usage()
    }

    /// What translation could not carry so far.
    pub(crate) fn losses(&self) -> Option<&Losses> {
        self.source.losses()
    }

    /// Whether nothing more comes.
    pub(crate) fn is_over(&self) -> bool {
        let waits = self.held.is_some() || self.waits && self.writing.is_some();
        !waits && (self.over || self.source.is_end_stream())
    }

    /// The answer goes to the client from now on: done when what has been seen of its end is written.
    pub(crate) async fn written(&mut self) {
        self.waits = true;
        if let Some(writing) = self.writing.take() {
            writing.await;
        }
    }

    /// Whether the answer has begun although nothing of it may leave yet; if not, once there is something to read.
    pub(crate) fn poll_begun(&mut self, context: &mut Context<'_>) -> Poll<Result<bool, SourceError>> {
        self.source.poll_begun(context)
    }

    /// How much is to come.
    pub(crate) fn size_hint(&self) -> SizeHint {
        if self.held.is_some() { SizeHint::default() } else { self.source.size_hint() }
    }

    /// The next piece.
    pub(crate) fn poll_piece(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, SourceError>>> {
        loop {
            if let Some(writing) = &mut self.writing {
                match writing.poll(context) {
                    Poll::Ready(()) => self.writing = None,
                    Poll::Pending if self.waits => return Poll::Pending,
                    Poll::Pending => {}
                }
            }
            if let Some(held) = self.held.take() {
                return Poll::Ready(Some(Ok(Frame::data(held))));
            }
            if self.over {
                return Poll::Ready(None);
            }
            let piece = match ready!(Pin::new(&mut self.source).poll_frame(context)) {
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(bytes) => bytes,
                    Err(_) => continue,
                },
                None => {
                    self.over = true;
                    Bytes::new()
                }
            };
            self.held = Some(piece.clone()).filter(|piece| !piece.is_empty());
            if let Some(answer) = self.look(piece) {
                self.keep(&answer);
            }
        }
    }

    /// The whole answer, if this piece ends it.
    fn look(&mut self, piece: Bytes) -> Option<Bytes> {
        if matches!(self.seen, Seen::Nothing) {
            self.seen = match piece.trim_ascii_start().first()? {
                b'{' => Seen::Whole(Pieces::default()),
                _ => Seen::Events(Box::default()),
            };
        }
        let ended = self.over || self.source.is_end_stream();
        let found = match &mut self.seen {
            Seen::Nothing | Seen::Enough => return None,
            Seen::Whole(pieces) => {
                pieces.push(piece);
                if pieces.len() > LARGEST { Err(()) } else { Ok(ended.then(|| pieces.take())) }
            }
            Seen::Events(framer) => {
                framer.push(piece);
                last_of(framer, ended)
            }
        };
        if found != Ok(None) {
            self.seen = Seen::Enough;
        }
        found.unwrap_or_default()
    }

    fn keep(&mut self, answer: &Bytes) {
        let (model, names) = &self.model;
        let concealed = self.guard.as_ref().and_then(|guard| guard.concealed_answer(answer)).map(Bytes::from);
        let answer = concealed.as_ref().unwrap_or(answer);
        let Some(response) = self.thread.response(answer, (model, names.as_ref())) else { return };
        let conversations = Arc::clone(&self.thread.conversations);
        self.writing = Some(ReusableBoxFuture::new(conversations.keep(response)));
    }
}

/// The response in the last event, if that has come; an error where an event is too large.
fn last_of(framer: &mut Framer, ended: bool) -> Result<Option<Bytes>, ()> {
    while let Some(frame) = framer.next_frame().map_err(|_| ())? {
        if let Some(response) = history::last_response(&frame) {
            return Ok(Some(response));
        }
    }
    let rest = if ended { std::mem::take(framer).finish().frame } else { None };
    Ok(rest.and_then(|frame| history::last_response(&frame)))
}
