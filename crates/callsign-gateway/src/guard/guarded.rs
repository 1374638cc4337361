//! The body of an answer, in the client's dialect, of which nothing leaves that a guard has not cleared.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use callsign_wire::dialect::{Dialect, Operation};
use callsign_wire::hub::event::Event;
use callsign_wire::hub::loss::Losses;
use callsign_wire::translate::{self, Listen, Speak, Voice};
use http_body::{Body, Frame};
use tokio::task::{JoinHandle, spawn_blocking};

use super::completions::Completions;
use super::coverage::{self, Answers};
use super::flow::Flow;
use super::{Guard, Withheld, failed};
use crate::pieces::Pieces;
use crate::relay::Kind;
use crate::upstream::source::{Source, SourceError};

/// An answer under guard.
#[derive(Debug)]
pub(crate) struct Guarded {
    source: Source,
    guard: Arc<Guard>,
    operation: Operation,
    voice: Option<Box<Voice>>,
    way: Way,
    over: bool,
}

/// How it is looked at.
#[derive(Debug)]
enum Way {
    /// Nothing has come that tells what it is.
    Unknown,
    /// Event by event.
    Events(Box<Events>),
    /// The same, of completions of old.
    Completions(Box<Completions>),
    /// All at once.
    Whole(Pieces),
    /// All at once, and it is large: on another thread.
    Aside(JoinHandle<Result<Bytes, Withheld>>),
}

/// A stream that is heard, looked at, and spoken again.
#[derive(Debug)]
struct Events {
    ear: Box<dyn Listen>,
    flow: Flow,
    mouth: Box<dyn Speak>,
    heard: Vec<Event>,
    cleared: Vec<Event>,
}

/// What became of a piece.
enum Said {
    /// These bytes may leave.
    Bytes(Bytes),
    /// These may, and nothing after them.
    Last(Bytes),
}

/// A whole answer that is larger is no honest one.
const LARGEST: usize = 64 << 20;
/// A larger one keeps others waiting while it is looked at.
const LARGE: usize = 256 << 10;
/// Says that the answer is still on its way. Google's SDKs alone cannot read comments.
const STILL_THERE: &[u8] = b": \n\n";

// === impl Guarded ===

impl Guarded {
    /// Looks at what comes of `source`, which is of this kind.
    pub(crate) fn new(
        source: Source,
        kind: Kind,
        operation: Operation,
        guard: Arc<Guard>,
        voice: Voice,
    ) -> Self {
        let mut guarded =
            Self { source, guard, operation, voice: Some(Box::new(voice)), way: Way::Unknown, over: false };
        match kind {
            Kind::Events => guarded.listen(),
            Kind::Json => guarded.way = Way::Whole(Pieces::default()),
            Kind::Other => {}
        }
        guarded
    }

    /// What translation could not carry so far.
    pub(crate) fn losses(&self) -> Option<&Losses> {
        self.source.losses()
    }

    /// Whether nothing more comes.
    pub(crate) const fn is_over(&self) -> bool {
        self.over
    }

    /// The next piece that may leave.
    pub(crate) fn poll_piece(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, SourceError>>> {
        loop {
            if self.over {
                return Poll::Ready(None);
            }
            let said = match ready!(self.poll_said(context)) {
                Ok(Said::Bytes(bytes)) if bytes.is_empty() => continue,
                Ok(Said::Bytes(bytes)) => Ok(bytes),
                Ok(Said::Last(bytes)) => {
                    self.end();
                    Ok(bytes)
                }
                Err(error) => {
                    self.end();
                    Err(error)
                }
            };
            return match said {
                Ok(bytes) if bytes.is_empty() => Poll::Ready(None),
                said => Poll::Ready(Some(said.map(Frame::data))),
            };
        }
    }

    /// What is not wanted any more is cancelled.
    fn end(&mut self) {
        self.over = true;
        self.source = Source::Gone;
    }

    fn poll_said(&mut self, context: &mut Context<'_>) -> Poll<Result<Said, SourceError>> {
        if let Way::Aside(looking) = &mut self.way {
            let looked = ready!(Pin::new(looking).poll(context));
            let looked = looked.unwrap_or_else(|_| Err(failed(&self.guard.policy.alias)));
            return Poll::Ready(looked.map(Said::Last).map_err(SourceError::Withheld));
        }
        Poll::Ready(match ready!(Pin::new(&mut self.source).poll_frame(context)) {
            Some(Err(error)) => Err(error),
            Some(Ok(frame)) => match frame.into_data() {
                Ok(bytes) => self.hear(bytes),
                Err(_) => Ok(Said::Bytes(Bytes::new())),
            },
            None => self.finish(),
        })
    }

    fn listen(&mut self) {
        self.way = match coverage::of(self.operation) {
            Answers::Conversation => {
                let dialect = self.operation.dialect();
                let voice = self.voice.take().map(|voice| *voice).unwrap_or_default();
                let (ear, mouth) = (translate::listener(dialect), translate::speaker(dialect, voice));
                let (heard, cleared) = (Vec::new(), Vec::new());
                Way::Events(Box::new(Events { ear, flow: Flow::default(), mouth, heard, cleared }))
            }
            Answers::Completions => Way::Completions(Box::default()),
            // Nobody understands these events: as a whole they are no JSON either, and are looked at as text.
            Answers::Whole | Answers::Textless | Answers::Unseen => Way::Whole(Pieces::default()),
        };
    }

    fn hear(&mut self, bytes: Bytes) -> Result<Said, SourceError> {
        if matches!(self.way, Way::Unknown) {
            if looks_like_events(&bytes) {
                self.listen();
            } else {
                self.way = Way::Whole(Pieces::default());
            }
        }
        match &mut self.way {
            Way::Events(events) => events.hear(&self.guard, bytes, self.operation.dialect()),
            Way::Completions(completions) => {
                let said = completions.hear(&self.guard, bytes)?;
                Ok(said.map_or_else(Said::Last, Said::Bytes))
            }
            Way::Whole(held) => {
                held.push(bytes);
                if held.len() > LARGEST {
                    return Err(SourceError::Unreadable("it is larger than 64 MiB".to_owned()));
                }
                Ok(Said::Bytes(Bytes::new()))
            }
            Way::Unknown | Way::Aside(_) => Ok(Said::Bytes(Bytes::new())),
        }
    }

    /// The source has ended.
    fn finish(&mut self) -> Result<Said, SourceError> {
        match &mut self.way {
            Way::Events(events) => events.finish(&self.guard),
            Way::Completions(completions) => completions.finish(&self.guard).map(Said::Last),
            Way::Whole(held) => {
                let whole = held.take();
                if whole.len() > LARGE {
                    let guard = Arc::clone(&self.guard);
                    self.source = Source::Gone;
                    self.way = Way::Aside(spawn_blocking(move || guard.whole(&whole)));
                    return Ok(Said::Bytes(Bytes::new()));
                }
                self.guard.whole(&whole).map(Said::Last).map_err(SourceError::Withheld)
            }
            Way::Unknown | Way::Aside(_) => Ok(Said::Last(Bytes::new())),
        }
    }
}

// === impl Events ===

impl Events {
    fn hear(&mut self, guard: &Guard, bytes: Bytes, dialect: Dialect) -> Result<Said, SourceError> {
        let pause = dialect != Dialect::Gemini;
        let unreadable = |error: translate::StreamError| SourceError::Unreadable(error.to_string());
        self.ear.push(bytes, &mut self.heard).map_err(unreadable)?;
        Ok(match self.clear(guard)? {
            // Words that wait are no silence.
            Said::Bytes(said) if said.is_empty() && pause => Said::Bytes(Bytes::from_static(STILL_THERE)),
            said => said,
        })
    }

    fn finish(&mut self, guard: &Guard) -> Result<Said, SourceError> {
        // Without its end said, what the client has shows that it is none; what waits stays here.
        let _cut = self.ear.end(&mut self.heard);
        Ok(match self.clear(guard)? {
            Said::Bytes(said) | Said::Last(said) => Said::Last(said),
        })
    }

    /// What may leave of what was heard.
    fn clear(&mut self, guard: &Guard) -> Result<Said, SourceError> {
        let mut out = Vec::new();
        for event in std::mem::take(&mut self.heard) {
            let unchecked = event.clone();
            let held = guard.hold(|| None, || self.flow.hear(guard, event, &mut self.cleared).map(Some));
            match held {
                Ok(Some(())) => {}
                Ok(None) => self.cleared.push(unchecked),
                Err(withheld) => return self.withhold(guard, withheld, out),
            }
            self.say(&mut out);
        }
        Ok(Said::Bytes(out.into()))
    }

    /// Ends in order, if the client has anything of it yet.
    fn withhold(&mut self, guard: &Guard, withheld: Withheld, mut out: Vec<u8>) -> Result<Said, SourceError> {
        if !self.flow.begun || withheld.code != crate::refusal::Code::ContentBlocked {
            return Err(SourceError::Withheld(withheld));
        }
        guard.notes.withheld(withheld.code);
        self.flow.halt(&mut self.cleared);
        self.say(&mut out);
        Ok(Said::Last(out.into()))
    }

    fn say(&mut self, out: &mut Vec<u8>) {
        for event in self.cleared.drain(..) {
            self.mouth.say(event, out);
        }
    }
}

fn looks_like_events(bytes: &[u8]) -> bool {
    let bytes = bytes.trim_ascii_start();
    [b"data:".as_slice(), b"event:", b":", b"id:", b"retry:"].iter().any(|start| bytes.starts_with(start))
}
