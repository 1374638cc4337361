//! The body of an answer, in the client's dialect, of which nothing leaves that a guard has not cleared.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use callsign_wire::dialect::{Dialect, Operation};
use callsign_wire::hub::event::Event;
use callsign_wire::hub::loss::Losses;
use callsign_wire::hub::usage::Usage;
use callsign_wire::translate::{self, Listen, Speak, Voice};
use http_body::{Body, Frame};
use tokio::task::{JoinHandle, spawn_blocking};

use super::completions::Completions;
use super::coverage::{self, Answers};
use super::flow::Flow;
use super::ruling::Ruling;
use super::spoken::{Spoken, words_of_answer};
use super::{Guard, Withheld, failed};
use crate::pieces::Pieces;
use crate::refusal::Code;
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
    /// What somebody outside is asked about before any of it may leave.
    held: Vec<u8>,
    /// What is done about that, once it is whole.
    ruling: Option<Ruling>,
    /// What came while it was not known whether the answer has begun.
    next: Option<Said>,
    /// Whether the client has been told that an answer is on its way.
    opened: bool,
    /// What the answer took, kept when its source is given up.
    usage: Option<Usage>,
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
    Aside(JoinHandle<Result<Cleared, Withheld>>),
}

/// A stream that is heard, looked at, and spoken again.
#[derive(Debug)]
struct Events {
    ear: Box<dyn Listen>,
    flow: Flow,
    mouth: Box<dyn Speak>,
    heard: Vec<Event>,
    cleared: Vec<Event>,
    /// Where somebody outside is asked: what was said, and who tells that it was withheld.
    referred: Option<(Spoken, Box<dyn Speak>)>,
}

/// What of a whole answer may leave, and its words.
type Cleared = (Bytes, String);

/// What became of a piece.
#[derive(Debug)]
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
        let mut guarded = Self {
            source,
            guard,
            operation,
            voice: Some(Box::new(voice)),
            way: Way::Unknown,
            held: Vec::new(),
            ruling: None,
            next: None,
            opened: false,
            usage: None,
            over: false,
        };
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
            let said = match self.next.take() {
                Some(said) => Ok(said),
                None => ready!(self.poll_said(context)),
            };
            let said = match said {
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

    /// Whether the answer has begun although nothing of it may leave yet; if not, once there is something to read.
    pub(crate) fn poll_begun(&mut self, context: &mut Context<'_>) -> Poll<Result<bool, SourceError>> {
        while self.guard.refers() && self.next.is_none() && !self.over && !self.opened {
            match ready!(self.poll_said(context)) {
                Ok(Said::Bytes(bytes)) if bytes.is_empty() => {}
                Ok(said) => self.next = Some(said),
                Err(error) => {
                    self.end();
                    return Poll::Ready(Err(error));
                }
            }
            self.opened = self.spoken().is_some_and(Spoken::has_begun);
        }
        Poll::Ready(Ok(self.opened))
    }

    /// What is not wanted any more is cancelled.
    fn end(&mut self) {
        self.over = true;
        self.usage = self.usage();
        self.source = Source::Gone;
    }

    /// What the provider says that the answer took, where it is translated and that was heard.
    pub(crate) fn usage(&self) -> Option<Usage> {
        self.source.usage().or(self.usage)
    }

    fn poll_said(&mut self, context: &mut Context<'_>) -> Poll<Result<Said, SourceError>> {
        if let Some(ruling) = &mut self.ruling {
            return Poll::Ready(match ready!(ruling.poll(context)) {
                Ok(()) => Ok(Said::Last(std::mem::take(&mut self.held).into())),
                Err(withheld) => self.withhold(withheld),
            });
        }
        if let Way::Aside(looking) = &mut self.way {
            let looked = ready!(Pin::new(looking).poll(context));
            let looked = looked.unwrap_or_else(|_| Err(failed(&self.guard.policy.alias)));
            return Poll::Ready(self.refer(looked));
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
                let refusing = self.guard.refers().then(|| translate::speaker(dialect, voice.clone()));
                let referred = refusing.map(|mouth| (Spoken::default(), mouth));
                let (ear, mouth) = (translate::listener(dialect), translate::speaker(dialect, voice));
                let (heard, cleared) = (Vec::new(), Vec::new());
                Way::Events(Box::new(Events { ear, flow: Flow::default(), mouth, heard, cleared, referred }))
            }
            Answers::Completions => Way::Completions(Box::default()),
            // Nobody understands these events: as a whole they are no JSON either, and are looked at as text.
            Answers::Whole | Answers::Counts | Answers::Textless | Answers::Unseen => {
                Way::Whole(Pieces::default())
            }
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
            Way::Events(events) => {
                let said = events.hear(&self.guard, bytes, self.operation.dialect())?;
                self.gather(said)
            }
            Way::Completions(completions) => {
                let said = completions.hear(&self.guard, bytes)?;
                self.gather(said.map_or_else(Said::Last, Said::Bytes))
            }
            Way::Whole(held) => {
                held.push(bytes);
                if held.len() > LARGEST {
                    return Err(too_large());
                }
                Ok(Said::Bytes(Bytes::new()))
            }
            Way::Unknown | Way::Aside(_) => Ok(Said::Bytes(Bytes::new())),
        }
    }

    /// The source has ended.
    fn finish(&mut self) -> Result<Said, SourceError> {
        match &mut self.way {
            Way::Events(events) => {
                let said = events.finish(&self.guard)?;
                self.gather(said)
            }
            Way::Completions(completions) => {
                let said = Said::Last(completions.finish(&self.guard)?);
                self.gather(said)
            }
            Way::Whole(held) => {
                let whole = held.take();
                if whole.len() > LARGE {
                    let guard = Arc::clone(&self.guard);
                    self.usage = self.usage();
                    self.source = Source::Gone;
                    self.way = Way::Aside(spawn_blocking(move || look(&guard, &whole)));
                    return Ok(Said::Bytes(Bytes::new()));
                }
                let looked = look(&self.guard, &whole);
                self.refer(looked)
            }
            Way::Unknown | Way::Aside(_) => Ok(Said::Last(Bytes::new())),
        }
    }

    /// What of a stream may leave now, where somebody outside is asked about all of it first.
    fn gather(&mut self, said: Said) -> Result<Said, SourceError> {
        if !self.guard.refers() {
            return Ok(said);
        }
        let (bytes, is_last) = match said {
            Said::Bytes(bytes) => (bytes, false),
            Said::Last(bytes) => (bytes, true),
        };
        if bytes != STILL_THERE {
            self.held.extend_from_slice(&bytes);
        }
        if self.held.len() > LARGEST {
            return Err(too_large());
        }
        let spoken = self.spoken();
        if is_last {
            let words = spoken.map(Spoken::text).unwrap_or_default();
            let held = std::mem::take(&mut self.held);
            return self.refer(Ok((held.into(), words)));
        }
        let has_begun = spoken.is_some_and(Spoken::has_begun);
        let pause = has_begun && self.operation.dialect() != Dialect::Gemini;
        Ok(Said::Bytes(Bytes::from_static(if pause { STILL_THERE } else { b"" })))
    }

    /// Lets a whole answer leave, once those outside have been asked about it.
    fn refer(&mut self, looked: Result<Cleared, Withheld>) -> Result<Said, SourceError> {
        let (cleared, words) = looked.map_err(SourceError::Withheld)?;
        self.usage = self.usage();
        self.source = Source::Gone;
        self.ruling = self.guard.rule(words);
        if self.ruling.is_none() {
            return Ok(Said::Last(cleared));
        }
        self.held = cleared.into();
        Ok(Said::Bytes(Bytes::new()))
    }

    fn spoken(&self) -> Option<&Spoken> {
        match &self.way {
            Way::Events(events) => events.referred.as_ref().map(|(spoken, _)| spoken),
            Way::Completions(completions) => Some(&completions.spoken),
            Way::Unknown | Way::Whole(_) | Way::Aside(_) => None,
        }
    }

    /// Nothing of the answer may leave. If the client knows already that there is one, it ends in order.
    fn withhold(&mut self, withheld: Withheld) -> Result<Said, SourceError> {
        self.held = Vec::new();
        if !self.opened || withheld.code != Code::ContentBlocked {
            return Err(SourceError::Withheld(withheld));
        }
        self.guard.notes.withheld(withheld.code);
        Ok(Said::Last(match &mut self.way {
            Way::Events(events) => events.refused(),
            Way::Completions(completions) => completions.refused(),
            Way::Unknown | Way::Whole(_) | Way::Aside(_) => return Err(SourceError::Withheld(withheld)),
        }))
    }
}

fn too_large() -> SourceError {
    SourceError::Unreadable("it is larger than 64 MiB".to_owned())
}

/// Looks at a whole answer.
fn look(guard: &Guard, whole: &Bytes) -> Result<Cleared, Withheld> {
    let cleared = guard.whole(whole)?;
    let words = guard
        .refers()
        .then(|| words_of_answer(&cleared).unwrap_or_else(|| String::from_utf8_lossy(&cleared).into_owned()));
    Ok((cleared, words.unwrap_or_default()))
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
        if !self.flow.begun || withheld.code != Code::ContentBlocked {
            return Err(SourceError::Withheld(withheld));
        }
        guard.notes.withheld(withheld.code);
        self.flow.halt(&mut self.cleared);
        self.say(&mut out);
        Ok(Said::Last(out.into()))
    }

    fn say(&mut self, out: &mut Vec<u8>) {
        for event in self.cleared.drain(..) {
            if let Some((spoken, _)) = &mut self.referred {
                spoken.hear(&event);
            }
            self.mouth.say(event, out);
        }
    }

    /// A stream in which nothing is said but that it was withheld.
    fn refused(&mut self) -> Bytes {
        let Some((spoken, mouth)) = &mut self.referred else { return Bytes::new() };
        let mut events: Vec<Event> = spoken.start.take().map(Event::Start).into_iter().collect();
        self.flow.refuse(&mut events);
        let mut out = Vec::new();
        for event in events {
            mouth.say(event, &mut out);
        }
        out.into()
    }
}

fn looks_like_events(bytes: &[u8]) -> bool {
    let bytes = bytes.trim_ascii_start();
    [b"data:".as_slice(), b"event:", b":", b"id:", b"retry:"].iter().any(|start| bytes.starts_with(start))
}
