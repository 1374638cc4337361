//! An answer in another dialect, translated as it comes in: events to events, a whole to a whole, and one to the other
//! where the target answers otherwise than it was asked.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use callsign_wire::dialect::{Dialect, Operation};
use callsign_wire::hub::event::Event;
use callsign_wire::hub::fold::{self, Fold};
use callsign_wire::hub::loss::Losses;
use callsign_wire::hub::reply::Reply;
use callsign_wire::hub::usage::Usage;
use callsign_wire::translate::{self, Listen, Speak, Voice};
use http_body::{Body, Frame};

use super::listed::List;
use super::told;
use crate::pieces::Pieces;
use crate::relay::Kind;
use crate::upstream::source::{Source, SourceError};

/// Who speaks how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pair {
    /// What the target was asked for.
    pub(crate) asked: Operation,
    /// What the client asked for.
    pub(crate) client: Operation,
    /// Whether the client wants a stream.
    pub(crate) stream: bool,
    /// Whether it wants the stream as one array.
    pub(crate) listed: bool,
}

/// An answer that is translated as it comes in.
#[derive(Debug)]
pub(crate) struct Translated {
    source: Source,
    pair: Pair,
    /// What the target calls the model, for answers that do not say.
    model: Arc<str>,
    way: Way,
    losses: Losses,
    /// What the answer took, as far as that was heard.
    usage: Option<Usage>,
    list: List,
    /// Whether the source has ended and everything was said.
    over: bool,
}

/// How it is translated.
#[derive(Debug)]
enum Way {
    /// Events become events.
    Stream { ear: Box<dyn Listen>, mouth: Box<dyn Speak>, heard: Vec<Event> },
    /// A whole becomes a whole, or the events that say the same.
    Whole { held: Pieces, voice: Box<Voice> },
    /// Events become a whole.
    Folded { ear: Box<dyn Listen>, heard: Vec<Event>, voice: Box<Voice> },
}

/// A whole answer that is larger is no honest one.
const LARGEST_WHOLE: usize = 64 << 20;
/// Says that the answer is still on its way. Google's SDKs alone cannot read comments.
const STILL_THERE: &[u8] = b": \n\n";

/// Whether a stream ended before it was over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cut {
    Yes,
    No,
}

// === impl Pair ===

impl Pair {
    fn from(self) -> Dialect {
        self.asked.dialect()
    }

    fn to(self) -> Dialect {
        self.client.dialect()
    }
}

// === impl Translated ===

impl Translated {
    /// Translates what comes of `source`, which is of this kind.
    pub(crate) fn new((source, kind): (Source, Kind), pair: Pair, voice: Voice, model: Arc<str>) -> Self {
        let heard = Vec::new();
        let ear = || translate::listener(pair.from());
        let way = match (kind == Kind::Events, pair.stream) {
            (true, true) => Way::Stream { ear: ear(), mouth: translate::speaker(pair.to(), voice), heard },
            (true, false) => Way::Folded { ear: ear(), heard, voice: Box::new(voice) },
            (false, _) => Way::Whole { held: Pieces::default(), voice: Box::new(voice) },
        };
        let (losses, list, usage) = (Losses::default(), List::default(), None);
        Self { source, pair, model, way, losses, list, usage, over: false }
    }

    /// What could not be carried so far.
    pub(crate) fn losses(&self) -> &Losses {
        match &self.way {
            Way::Stream { mouth, .. } => mouth.losses(),
            _ => &self.losses,
        }
    }

    /// What the answer took, as far as that was heard.
    pub(crate) const fn usage(&self) -> Option<Usage> {
        self.usage
    }

    /// Whether nothing more comes.
    pub(crate) const fn is_over(&self) -> bool {
        self.over
    }

    /// The next piece in the client's dialect.
    pub(crate) fn poll_piece(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, SourceError>>> {
        loop {
            if self.over {
                return Poll::Ready(None);
            }
            let said = match ready!(Pin::new(&mut self.source).poll_frame(context)) {
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(bytes) => self.hear(bytes).map(|said| self.listed(said)),
                    Err(_) => continue,
                },
                None => {
                    self.over = true;
                    self.end()
                }
            };
            match said {
                Ok(said) if said.is_empty() => {}
                Ok(said) => return Poll::Ready(Some(Ok(Frame::data(said)))),
                Err(error) => {
                    self.over = true;
                    return Poll::Ready(Some(Err(error)));
                }
            }
        }
    }

    fn hear(&mut self, bytes: Bytes) -> Result<Bytes, SourceError> {
        match &mut self.way {
            Way::Stream { ear, mouth, heard } => {
                let pause = is_pause(&bytes) && self.pair.to() != Dialect::Gemini;
                ear.push(bytes, heard).map_err(|error| SourceError::Unreadable(error.to_string()))?;
                listen(heard, &mut self.usage);
                name_model(heard, &self.model);
                let said = say(mouth.as_mut(), heard);
                Ok(if pause && said.is_empty() { Bytes::from_static(STILL_THERE) } else { said })
            }
            Way::Folded { ear, heard, .. } => {
                ear.push(bytes, heard).map_err(|error| SourceError::Unreadable(error.to_string()))?;
                Ok(Bytes::new())
            }
            Way::Whole { held, .. } => {
                held.push(bytes);
                if held.len() > LARGEST_WHOLE {
                    return Err(SourceError::Unreadable("it is larger than 64 MiB".to_owned()));
                }
                Ok(Bytes::new())
            }
        }
    }

    /// What is said, as the client wants it.
    fn listed(&mut self, said: Bytes) -> Bytes {
        if self.pair.listed && !said.is_empty() { self.list.push(said) } else { said }
    }

    /// The same of what is said last. An answer that was cut has no end.
    fn listed_to_the_end(&mut self, said: Bytes, cut: Cut) -> Bytes {
        let said = self.listed(said);
        if !self.pair.listed || cut == Cut::Yes {
            return said;
        }
        [&said, self.list.end()].concat().into()
    }

    fn end(&mut self) -> Result<Bytes, SourceError> {
        let (pair, losses, usage) = (self.pair, &mut self.losses, &mut self.usage);
        match &mut self.way {
            Way::Stream { ear, mouth, heard } => {
                // Without its end said, what the client has shows that it is none.
                let cut = if ear.end(heard).is_ok() { Cut::No } else { Cut::Yes };
                listen(heard, usage);
                let said = say(mouth.as_mut(), heard);
                Ok(self.listed_to_the_end(said, cut))
            }
            Way::Folded { ear, heard, voice } => {
                ear.end(heard).map_err(|error| SourceError::Unreadable(error.to_string()))?;
                name_model(heard, &self.model);
                let reply = folded(std::mem::take(heard))?;
                *usage = reply.usage;
                Ok(translate::answer(pair.to(), &reply, voice, losses).into())
            }
            Way::Whole { held, voice } => {
                let said = whole((pair, &self.model), &held.take(), voice, (losses, usage))?;
                Ok(self.listed_to_the_end(said, Cut::No))
            }
        }
    }
}

/// A whole answer in the client's dialect. One that is an error, or none, becomes an error there.
fn whole(
    (pair, model): (Pair, &str),
    body: &Bytes,
    voice: &Voice,
    (losses, usage): (&mut Losses, &mut Option<Usage>),
) -> Result<Bytes, SourceError> {
    if body.is_empty() {
        return Ok(Bytes::new());
    }
    let reply = match translate::reply(pair.from(), body) {
        Ok(reply) => Reply { model: reply.model.or_else(|| Some(model.to_owned())), ..reply },
        Err(error) => {
            return told::inside(pair.to(), body).ok_or_else(|| SourceError::Unreadable(error.to_string()));
        }
    };
    *usage = reply.usage;
    if !pair.stream {
        return Ok(translate::answer(pair.to(), &reply, voice, losses).into());
    }
    let mut mouth = translate::speaker(pair.to(), voice.clone());
    let said = say(mouth.as_mut(), &mut fold::unfold(reply));
    losses.append(mouth.losses().clone());
    Ok(said)
}

/// Notes what the events say that the answer took.
fn listen(heard: &[Event], usage: &mut Option<Usage>) {
    for event in heard {
        match event {
            Event::Usage(later) => usage.get_or_insert_default().update(later),
            Event::Start(start) => *usage = start.usage.or(*usage),
            _ => {}
        }
    }
}

/// Bedrock's answers do not say which model gives them.
fn name_model(heard: &mut [Event], model: &str) {
    for event in heard {
        if let Event::Start(start) = event {
            start.model.get_or_insert_with(|| model.to_owned());
        }
    }
}

fn say(mouth: &mut dyn Speak, heard: &mut Vec<Event>) -> Bytes {
    let mut out = Vec::new();
    for event in heard.drain(..) {
        mouth.say(event, &mut out);
    }
    out.into()
}

fn folded(heard: Vec<Event>) -> Result<Reply, SourceError> {
    let mut events = heard.into_iter();
    let Some(Event::Start(start)) = events.next() else {
        return Err(SourceError::Unreadable("its stream is empty".to_owned()));
    };
    let mut fold = Fold::new(start);
    events.for_each(|event| fold.push(event));
    fold.finish().map_err(|failed| SourceError::Unreadable(failed.message))
}

/// Whether a piece ends with an event, so that what it said is all there is for now.
fn is_pause(bytes: &[u8]) -> bool {
    bytes.ends_with(b"\n\n") || bytes.ends_with(b"\r\n\r\n")
}
