//! The way of an answer to its opening: until its first meaningful event, or the end of an answer in one piece, nothing
//! has been promised to the client.

use std::future::poll_fn;

use bytes::Bytes;
use callsign_wire::complaint;
use callsign_wire::dialect::Operation;
use callsign_wire::frame::sse::Framer;
use callsign_wire::hub::loss::Losses;
use callsign_wire::opening::{self, Opening};
use http::{HeaderMap, HeaderValue, StatusCode, header, response};
use http_body::Body;
use http_body_util::BodyExt;
use tokio::time::Instant;

use super::Inflow;
use super::attempt::Attempt;
use super::fault::{Fault, Phase};
use super::{judge, told};
use crate::alarm::within;
use crate::pieces::Pieces;
use crate::relay::Kind;
use crate::upstream::source::{Source, SourceError};

/// An answer with status 200 that has begun.
pub(super) enum Begun {
    /// It says something.
    Answer(response::Parts, Inflow),
    /// It says that the provider refuses on policy.
    Filtered(response::Parts, Inflow),
}

/// What can be told from the beginning of a body.
enum Judged {
    Good(Option<Bytes>),
    Filtered(Option<Bytes>),
}

/// An answer in one piece is held back until it is whole, unless it is larger than this.
pub(crate) const LARGEST_HELD: usize = 4 << 20;
/// An answer that has to be understood as a whole must not be larger.
const LARGEST_GATHERED: usize = 64 << 20;
/// So many bytes of a stream are held back while it says nothing.
const LARGEST_PRELUDE: usize = 8 << 20;

// === impl Attempt ===

impl Attempt<'_> {
    /// Waits until the answer says something.
    pub(super) async fn open(
        &self,
        (head, mut body): (response::Parts, Source),
        losses: Losses,
    ) -> Result<Begun, Fault> {
        // What is encoded nobody here can read.
        let encoded = is_encoded(&head.headers);
        let mut kind = if encoded { Kind::Other } else { Kind::of(&head.headers) };
        let judged = match kind {
            _ if encoded => Judged::Good(self.next(&mut body).await?),
            Kind::Events if self.begun(&mut body).await? => Judged::Good(None),
            Kind::Events => self.first_event(None, &mut body).await?,
            Kind::Json => self.whole(None, &mut body).await?,
            Kind::Other if may_be_anything(self.operation()) => Judged::Good(self.next(&mut body).await?),
            Kind::Other => {
                let first = self.next(&mut body).await?;
                if first.as_deref().is_some_and(looks_like_events) {
                    kind = Kind::Events;
                    self.first_event(first, &mut body).await?
                } else {
                    self.whole(first, &mut body).await?
                }
            }
        };
        let (operation, idle, deadline) = (self.operation(), self.idle(), self.deadline());
        let inflow = |first| Inflow {
            first,
            rest: body,
            kind,
            operation,
            idle,
            deadline,
            losses,
            estimate: None,
            is_own: false,
        };
        Ok(match judged {
            Judged::Good(first) => Begun::Answer(head, inflow(first)),
            Judged::Filtered(first) => Begun::Filtered(head, inflow(first)),
        })
    }

    /// Whether a stream has begun of which nothing may leave yet. How long it takes to check it is no first token's time.
    async fn begun(&self, body: &mut Source) -> Result<bool, Fault> {
        let begun = poll_fn(|context| body.poll_begun(context));
        let asked = Instant::now();
        let begun = within(|| self.patience(), begun).await;
        self.awaited(asked);
        match begun {
            Err(phase) => Err(Fault::late(self.target_name(), phase)),
            Ok(begun) => begun.map_err(|error| self.unread(error)),
        }
    }

    /// Reads an answer in one piece to its end.
    async fn whole(&self, first: Option<Bytes>, body: &mut Source) -> Result<Judged, Fault> {
        let mut held = Pieces::default();
        if let Some(piece) = first {
            held.push(piece);
        }
        while !body.is_end_stream()
            && let Some(bytes) = self.next_of_whole(body).await?
        {
            held.push(bytes);
            if held.len() > LARGEST_HELD {
                return Ok(Judged::Good(Some(held.take())));
            }
        }
        let whole = held.take();
        if opening::looks_whole(self.operation(), &whole) {
            return Ok(Judged::Good(Some(whole)));
        }
        match opening::whole(self.operation(), &whole) {
            Opening::Filtered => Ok(Judged::Filtered(Some(whole))),
            Opening::Error => Err(self.error_inside(complaint::read(200, &whole), &whole)),
            Opening::Unreadable => {
                Err(self.unusable(if whole.is_empty() { "it is empty" } else { "it is no JSON" }))
            }
            Opening::Nothing => Err(self.unusable("it holds no answer")),
            Opening::Meaningful | Opening::End => Ok(Judged::Good(Some(whole))),
        }
    }

    /// Reads the whole answer to what the target was asked in other words than the client's.
    pub(super) async fn gather(&self, asked: Operation, body: &mut Source) -> Result<Bytes, Fault> {
        let mut held = Pieces::default();
        while !body.is_end_stream()
            && let Some(bytes) = self.next_of_whole(body).await?
        {
            held.push(bytes);
            if held.len() > LARGEST_GATHERED {
                return Err(self.unusable("it is larger than 64 MiB"));
            }
        }
        let whole = held.take();
        match opening::whole(asked, &whole) {
            Opening::Error => Err(self.error_inside(complaint::read(200, &whole), &whole)),
            Opening::Unreadable => Err(self.unusable("it is no JSON")),
            Opening::Nothing => Err(self.unusable("it holds no answer")),
            Opening::Meaningful | Opening::Filtered | Opening::End => Ok(whole),
        }
    }

    /// An answer that the gateway has written.
    pub(super) fn written(
        &self,
        mut head: response::Parts,
        body: Bytes,
        losses: Losses,
    ) -> (response::Parts, Inflow) {
        head.headers.remove(header::CONTENT_LENGTH);
        head.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let inflow = Inflow {
            first: Some(body),
            rest: Source::Gone,
            kind: Kind::Json,
            operation: self.operation(),
            idle: self.idle(),
            deadline: self.deadline(),
            losses,
            estimate: None,
            is_own: false,
        };
        (head, inflow)
    }

    /// Reads a stream up to its first meaningful event.
    async fn first_event(&self, first: Option<Bytes>, body: &mut Source) -> Result<Judged, Fault> {
        let mut framer = Framer::default();
        let mut held = Pieces::default();
        let mut next = first;
        loop {
            let bytes = match next.take() {
                Some(bytes) => bytes,
                None => match self.next(body).await? {
                    Some(bytes) => bytes,
                    None => return Err(self.unusable("its stream ended before it said anything")),
                },
            };
            framer.push(bytes.clone());
            held.push(bytes);
            if let Some(filtered) = self.judge_events(&mut framer)? {
                let held = Some(held.take());
                return Ok(if filtered { Judged::Filtered(held) } else { Judged::Good(held) });
            }
            // Large events are no fault: a picture, instructions that are told back.
            if held.len() > LARGEST_PRELUDE {
                return Ok(Judged::Good(Some(held.take())));
            }
        }
    }

    /// Whether the first event that says something refuses on policy; `None` while none says anything.
    fn judge_events(&self, framer: &mut Framer) -> Result<Option<bool>, Fault> {
        loop {
            let frame = match framer.next_frame() {
                Ok(Some(frame)) => frame,
                Ok(None) => return Ok(None),
                // An event larger than a framer takes says something for sure.
                Err(_) => return Ok(Some(false)),
            };
            match opening::event(self.operation(), &frame) {
                Opening::Nothing => {}
                Opening::Meaningful => return Ok(Some(false)),
                Opening::Filtered => return Ok(Some(true)),
                Opening::Error => {
                    let complaint = complaint::event_complaint(self.operation(), &frame);
                    return Err(self.error_inside(complaint, frame.data.as_deref().unwrap_or_default()));
                }
                Opening::Unreadable => return Err(self.unusable("an event of its stream is no JSON")),
                Opening::End => return Err(self.unusable("its stream ended before it said anything")),
            }
        }
    }

    /// The next bytes of a stream, as long as its first token is waited for.
    async fn next(&self, body: &mut Source) -> Result<Option<Bytes>, Fault> {
        self.next_within(|| self.patience(), body).await
    }

    /// The next bytes of an answer in one piece, which may not pause for long either.
    async fn next_of_whole(&self, body: &mut Source) -> Result<Option<Bytes>, Fault> {
        self.next_within(|| self.patience_between(), body).await
    }

    async fn next_within(
        &self,
        patience: impl FnOnce() -> (Instant, Phase),
        body: &mut Source,
    ) -> Result<Option<Bytes>, Fault> {
        let asked = Instant::now();
        let read = within(patience, next_bytes(body)).await;
        self.awaited(asked);
        match read {
            Err(phase) => Err(Fault::late(self.target_name(), phase)),
            Ok(read) => read.map_err(|error| self.unread(error)),
        }
    }

    fn unread(&self, error: SourceError) -> Fault {
        match error {
            SourceError::Unreadable(why) => self.unusable(&why),
            SourceError::Withheld(withheld) => Fault::withheld(withheld.refusal()),
            error => Fault::cut(self.target_name(), &error.to_string()),
        }
    }

    pub(super) fn unusable(&self, why: &str) -> Fault {
        Fault::unusable(self.target_name(), why).with_status(StatusCode::OK)
    }

    fn error_inside(&self, complaint: complaint::Complaint, said: &[u8]) -> Fault {
        let said = match self.guard() {
            Some(guard) => guard.error(said),
            None => said.to_vec(),
        };
        let (failure, secrets) = (judge::judge_words(complaint), self.secrets());
        let told = told::inside(self.operation().dialect(), said.clone(), &secrets);
        let fault = match told {
            Some(told) => Fault::told(told, failure),
            None => Fault::error_inside(self.target_name(), failure, &told::quoted(said, &secrets)),
        };
        fault.with_status(StatusCode::OK)
    }
}

/// The next bytes of a body; trailers and empty pieces are passed over.
pub(super) async fn next_bytes(body: &mut Source) -> Result<Option<Bytes>, SourceError> {
    while let Some(frame) = body.frame().await {
        if let Some(bytes) = frame?.into_data().ok().filter(|bytes| !bytes.is_empty()) {
            return Ok(Some(bytes));
        }
    }
    Ok(None)
}

/// Compressed although nobody asked for it.
pub(super) fn is_encoded(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_ENCODING).is_some_and(|value| value != "identity")
}

/// Audio, images: an answer that is not JSON.
fn may_be_anything(operation: Operation) -> bool {
    matches!(operation, Operation::Other(_))
}

fn looks_like_events(bytes: &[u8]) -> bool {
    [b"data:".as_slice(), b"event:", b":", b"id:", b"retry:"].iter().any(|start| bytes.starts_with(start))
}
