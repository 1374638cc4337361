//! A stream that another target may take up: what it has said so far, and the way on.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use callsign_wire::dialect::Operation;
use callsign_wire::frame::sse::{Frame, Framer};
use callsign_wire::opening::{self, Opening};
use callsign_wire::resume::{Said, marked, said};

use crate::dispatch::Opened;
use crate::dispatch::tail::condition_of;
use crate::dispatch::walk::Walk;
use crate::refusal::{Refusal, Tried};

/// Follows a stream event by event, so that it can be taken up where it breaks.
pub(crate) struct Resume {
    operation: Operation,
    framer: Framer,
    /// The text that the client has.
    text: String,
    standing: Standing,
    /// After a resumption: how many characters the client had, and which target goes on.
    resumed: Option<(usize, String)>,
    /// White space that the client has, should the target that goes on begin with it.
    held: String,
    walk: Option<Box<Walk>>,
    search: Option<Search>,
}

/// What the stream has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// Another target could go on from here.
    Text,
    /// Nobody could.
    Unsafe,
    /// The first events of a target that goes on: the client knows what they say.
    Prelude,
    /// It is whole.
    Finished,
}

type Search = Pin<Box<dyn Future<Output = (Box<Walk>, Option<Opened>)> + Send>>;

/// What came of the search for another target.
pub(crate) enum Found {
    /// It goes on.
    Opened(Box<Opened>),
    /// Nobody does; the attempts that failed.
    Nobody(Vec<Tried>),
}

// === impl Resume ===

impl Resume {
    pub(crate) fn new(operation: Operation, walk: Box<Walk>) -> Self {
        let (framer, text) = (Framer::default(), String::new());
        let (standing, walk) = (Standing::Text, Some(walk));
        Self { operation, framer, text, standing, resumed: None, held: String::new(), walk, search: None }
    }

    /// The whole events that `bytes` complete, as the client shall get them; `None` where the stream says that it
    /// failed.
    pub(crate) fn push(&mut self, bytes: Bytes) -> Option<Bytes> {
        self.framer.push(bytes);
        let mut out = BytesMut::new();
        while let Some(frame) = self.framer.next_frame().ok()? {
            if opening::event(self.operation, &frame) == Opening::Error {
                return None;
            }
            out.extend_from_slice(&self.pass(frame));
        }
        Some(out.freeze())
    }

    fn pass(&mut self, frame: Frame) -> Bytes {
        if self.standing == Standing::Prelude && opening::event(self.operation, &frame) == Opening::Nothing {
            return Bytes::new();
        }
        match said(self.operation, &frame) {
            Said::Text(text) => {
                self.stand(Standing::Text);
                let repeated = repeated(&self.held, &text);
                let Some((_, new)) = text.split_at_checked(repeated).filter(|_| repeated > 0) else {
                    self.held.clear();
                    self.text.push_str(&text);
                    return frame.raw;
                };
                self.held.drain(..repeated);
                self.text.push_str(new);
                return text_delta(new);
            }
            Said::Unsafe => self.stand(Standing::Unsafe),
            Said::Nothing => {}
            Said::Finished => {
                self.stand(Standing::Finished);
                if let Some((characters, model)) = self.resumed.take() {
                    return marked(&frame.raw, &model, characters).into();
                }
            }
        }
        frame.raw
    }

    fn stand(&mut self, standing: Standing) {
        if matches!(self.standing, Standing::Text | Standing::Prelude) {
            self.standing = standing;
        }
    }

    /// Whether another target could go on from here.
    pub(crate) fn may_be_taken_up(&self) -> bool {
        self.walk.is_some() && matches!(self.standing, Standing::Text | Standing::Prelude)
    }

    /// Looks for a target that takes the stream up.
    pub(crate) fn begin(&mut self, failure: &Refusal, tried: Tried) {
        let Some(mut walk) = self.walk.take() else { return };
        let (said, condition) = (self.text.clone(), condition_of(failure.code()));
        self.search = Some(Box::pin(async move {
            let opened = walk.take_up(&said, tried, condition).await;
            (walk, opened)
        }));
    }

    /// What came of the search.
    pub(crate) fn poll_found(&mut self, context: &mut Context<'_>) -> Poll<Found> {
        let Some(search) = &mut self.search else { return Poll::Ready(Found::Nobody(Vec::new())) };
        let (walk, opened) = ready!(search.as_mut().poll(context));
        self.search = None;
        let Some(opened) = opened else { return Poll::Ready(Found::Nobody(walk.tried().to_vec())) };
        let model = opened.named.model.as_ref().and_then(|model| model.to_str().ok()).unwrap_or_default();
        let characters = self.text.chars().count();
        self.held.clone_from(&walk.held);
        walk.notes.resumed(characters);
        self.resumed = Some((characters, model.to_owned()));
        (self.framer, self.standing) = (Framer::default(), Standing::Prelude);
        self.walk = Some(walk).filter(|walk| walk.resumes());
        Poll::Ready(Found::Opened(Box::new(opened)))
    }
}

/// How many bytes of `text` repeat the beginning of `held`.
fn repeated(held: &str, text: &str) -> usize {
    let same = held.chars().zip(text.chars()).take_while(|(held, text)| held == text);
    same.map(|(letter, _)| letter.len_utf8()).sum()
}

/// An event with this text, in the one dialect in which white space is held: Anthropic's. Nothing, if there is no text.
fn text_delta(text: &str) -> Bytes {
    if text.is_empty() {
        return Bytes::new();
    }
    let delta = serde_json::json!({ "type": "text_delta", "text": text });
    let data = serde_json::json!({ "type": "content_block_delta", "index": 0, "delta": delta });
    format!("event: content_block_delta\ndata: {data}\n\n").into()
}

impl fmt::Debug for Resume {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Resume").field("standing", &self.standing).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::repeated;

    #[test]
    fn only_what_was_held_is_taken_away() {
        for (held, text, expected) in [
            ("", " a", 0),
            (" ", " a", 1),
            ("\n\n", "\n", 1),
            (" \n", " a", 1),
            ("\u{a0}", "\u{a0}b", 2),
            (" ", "a", 0),
        ] {
            assert_eq!(repeated(held, text), expected, "{held:?} {text:?}");
        }
    }
}
