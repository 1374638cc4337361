//! An answer that comes in events: its words pass through windows, its calls wait until they are whole.

use std::collections::BTreeMap;

use callsign_guard::mask::Restoring;
use callsign_guard::window::{Released, Stop, Window};
use callsign_wire::hub::event::{Delta, Event, Failed, More, Opened, Start};
use callsign_wire::hub::extras::{Extras, Json};
use callsign_wire::hub::part::{Citation, Media, MediaKind, Opaque, Source};
use callsign_wire::hub::reply::Finish;
use callsign_wire::hub::seal::Seal;

use super::{Guard, Withheld};

/// The events of one answer.
#[derive(Debug, Default)]
pub(super) struct Flow {
    channels: Vec<Channel>,
    choices: BTreeMap<u32, Choice>,
    /// How many parts were opened to the client.
    opened: u32,
    /// Whether anything was said but that an answer begins.
    pub(super) begun: bool,
}

/// What is known of one of the answers.
#[derive(Debug, Default)]
struct Choice {
    finished: bool,
    masked: bool,
    /// Log probabilities of words that wait.
    waiting: Vec<Json>,
}

/// A part under way.
#[derive(Debug)]
struct Channel {
    part: u32,
    choice: u32,
    /// What opens it, until something is said in it.
    opening: Option<(Opened, Extras)>,
    /// Its number to the client, once it is open.
    told: Option<u32>,
    way: Way,
    seal: Option<Seal>,
    closed: bool,
}

/// How a part is looked at.
#[derive(Debug)]
enum Way {
    /// Word by word.
    Words(Box<Words>),
    /// As a whole: the arguments of a call.
    Call { arguments: String, custom: bool },
    /// It was looked at when it opened.
    Done,
}

#[derive(Debug, Default)]
struct Words {
    window: Window,
    restoring: Restoring,
    masked: bool,
}

/// The arguments of a call must not be longer.
const LONGEST_CALL: usize = 1 << 20;
/// So many log probabilities wait for their words, and no more.
const MOST_WAITING: usize = 4096;
/// The reason of what can never be cleared.
const UNCLEAR: &str = "a part of it is too long to be checked";

// === impl Flow ===

impl Flow {
    /// Takes an event and adds what of it, and of those before it, may leave.
    pub(super) fn hear(&mut self, guard: &Guard, event: Event, out: &mut Vec<Event>) -> Result<(), Withheld> {
        let before = out.len();
        let heard = self.take(guard, event, out);
        let says = |event: &Event| !matches!(event, Event::Start(_) | Event::Usage(_) | Event::More(_));
        self.begun |= out.iter().skip(before).any(says);
        heard
    }

    /// Ends the answer in order where nothing more of it may leave.
    pub(super) fn halt(&mut self, out: &mut Vec<Event>) {
        for channel in self.channels.iter_mut().filter(|channel| !channel.closed) {
            channel.closed = true;
            out.extend(channel.told.map(|part| Event::Close { part }));
        }
        if self.choices.is_empty() {
            self.choice(0);
        }
        for (number, choice) in self.choices.iter_mut().filter(|(_, choice)| !choice.finished) {
            choice.finished = true;
            out.push(Event::finish(*number, Some(Finish::Filtered)));
        }
        out.push(Event::End);
    }

    /// Ends an answer of which nothing has left: each of its choices, whatever became of that.
    pub(super) fn refuse(&self, out: &mut Vec<Event>) {
        let first = self.choices.is_empty().then_some(0);
        let choices = self.choices.keys().copied().chain(first);
        out.extend(choices.map(|choice| Event::finish(choice, Some(Finish::Filtered))));
        out.push(Event::End);
    }

    /// How many bytes wait.
    #[cfg(test)]
    fn waiting(&self) -> usize {
        let words = |channel: &Channel| match &channel.way {
            Way::Words(words) => words.window.waiting(),
            Way::Call { arguments, .. } => arguments.len(),
            Way::Done => 0,
        };
        self.channels.iter().map(words).sum()
    }

    fn take(&mut self, guard: &Guard, event: Event, out: &mut Vec<Event>) -> Result<(), Withheld> {
        match event {
            Event::Start(start) => out.push(Event::Start(begin(guard, start)?)),
            Event::Open { part, choice, opened, extras } => {
                let extras = checked(guard, extras)?;
                self.choice(choice);
                self.open(guard, (part, choice), (opened, extras), out)?;
            }
            Event::Delta { part, delta } => self.add(guard, part, delta, out)?,
            Event::Close { part } => self.close(guard, part, out)?,
            Event::Finish { choice, finish, extras } => {
                let extras = checked(guard, extras)?;
                self.tell_waiting(choice, out);
                self.choice(choice).finished = true;
                out.push(Event::Finish { choice, finish, extras });
            }
            Event::Logprobs { choice, json } => {
                let clean = guard.is_clean(&json);
                let choice = self.choice(choice);
                if clean && choice.waiting.len() < MOST_WAITING {
                    choice.waiting.push(json);
                } else {
                    choice.masked = true;
                }
            }
            Event::Failed(failed) => {
                let Failed { kind, code, message } = failed;
                let message = guard.error_words(&message);
                out.push(Event::Failed(Failed { kind, code, message }));
            }
            Event::More(More { tier, extras }) => {
                out.push(Event::More(More { tier, extras: checked(guard, extras)? }));
            }
            other @ (Event::Usage(_) | Event::End) => out.push(other),
        }
        Ok(())
    }

    fn choice(&mut self, number: u32) -> &mut Choice {
        self.choices.entry(number).or_default()
    }

    fn open(
        &mut self,
        guard: &Guard,
        (part, choice): (u32, u32),
        (opened, extras): (Opened, Extras),
        out: &mut Vec<Event>,
    ) -> Result<(), Withheld> {
        let way = match &opened {
            Opened::Text | Opened::Refusal | Opened::Reasoning { .. } => Way::Words(Box::default()),
            Opened::ToolCall { custom, .. } => Way::Call { arguments: String::new(), custom: *custom },
            Opened::Media(_) | Opened::Opaque(_) => Way::Done,
        };
        let opened = match opened {
            Opened::Opaque(opaque) => Opened::Opaque(opaque_of(guard, opaque)?),
            Opened::Media(media) => Opened::Media(media_of(guard, media)?),
            opened => opened,
        };
        let is_whole = matches!(way, Way::Done);
        let opening = Some((opened, extras));
        let mut channel = Channel { part, choice, opening, told: None, way, seal: None, closed: false };
        if is_whole {
            channel.tell_opening(&mut self.opened, out);
        }
        self.channels.push(channel);
        Ok(())
    }

    fn add(&mut self, guard: &Guard, part: u32, delta: Delta, out: &mut Vec<Event>) -> Result<(), Withheld> {
        let Self { channels, choices, opened, .. } = self;
        let Some(channel) = channels.iter_mut().rev().find(|channel| channel.part == part && !channel.closed)
        else {
            return Ok(());
        };
        match (&mut channel.way, delta) {
            (Way::Words(words), Delta::Text(text)) => {
                let text = words.push(guard, &text)?;
                note_masked(choices, channel.choice, words.masked);
                channel.tell_words(text, opened, out);
            }
            (Way::Words(words), Delta::Paragraph) => {
                let text = words.finish(guard)?;
                note_masked(choices, channel.choice, words.masked);
                channel.tell_words(text, opened, out);
                channel.tell(Delta::Paragraph, opened, out);
            }
            (Way::Call { arguments, .. }, Delta::Arguments(more) | Delta::Text(more)) => {
                arguments.push_str(&more);
                if arguments.len() > LONGEST_CALL {
                    return Err(guard.unclear(UNCLEAR));
                }
            }
            (Way::Words(_) | Way::Done, Delta::Arguments(text)) | (Way::Done, Delta::Text(text)) => {
                let text = guard.text(&text)?.into_owned();
                channel.tell(Delta::Text(text), opened, out);
            }
            (_, Delta::Seal(seal)) => channel.seal = Some(seal),
            (way, Delta::Citation(citation)) => {
                let masked = matches!(way, Way::Words(words) if words.masked);
                if let Some(citation) = citation_of(guard, citation, masked)? {
                    channel.tell(Delta::Citation(citation), opened, out);
                }
            }
            (_, Delta::Paragraph) => channel.tell(Delta::Paragraph, opened, out),
        }
        Ok(())
    }

    fn close(&mut self, guard: &Guard, part: u32, out: &mut Vec<Event>) -> Result<(), Withheld> {
        let Self { channels, choices, opened, .. } = self;
        let Some(channel) = channels.iter_mut().rev().find(|channel| channel.part == part && !channel.closed)
        else {
            return Ok(());
        };
        match &mut channel.way {
            Way::Words(words) => {
                let text = words.finish(guard)?;
                note_masked(choices, channel.choice, words.masked);
                channel.tell_words(text, opened, out);
            }
            Way::Call { arguments, custom } => {
                let said = std::mem::take(arguments);
                let said = if *custom { guard.text(&said)? } else { guard.arguments(&said)? }.into_owned();
                if !said.is_empty() {
                    channel.tell(Delta::Arguments(said), opened, out);
                }
            }
            Way::Done => {}
        }
        if let Some(seal) = channel.seal.take() {
            channel.tell(Delta::Seal(seal), opened, out);
        }
        let number = channel.tell_opening(opened, out);
        out.push(Event::Close { part: number });
        channel.closed = true;
        let choice = channel.choice;
        channels.retain(|channel| !channel.closed);
        self.tell_waiting(choice, out);
        Ok(())
    }

    /// Log probabilities leave once the words that they are about have left; of masked words they never do.
    fn tell_waiting(&mut self, number: u32, out: &mut Vec<Event>) {
        if self.channels.iter().any(|channel| channel.choice == number && channel.is_waiting()) {
            return;
        }
        let choice = self.choice(number);
        let masked = std::mem::take(&mut choice.masked);
        let waiting = std::mem::take(&mut choice.waiting);
        if !masked {
            out.extend(waiting.into_iter().map(|json| Event::Logprobs { choice: number, json }));
        }
    }
}

fn note_masked(choices: &mut BTreeMap<u32, Choice>, number: u32, masked: bool) {
    choices.entry(number).or_default().masked |= masked;
}

// === impl Channel ===

impl Channel {
    fn is_waiting(&self) -> bool {
        matches!(&self.way, Way::Words(words) if words.window.waiting() > 0)
    }

    /// Opens it to the client, if it is not open, and answers its number there: parts are counted as they open.
    fn tell_opening(&mut self, opened: &mut u32, out: &mut Vec<Event>) -> u32 {
        if let Some((what, extras)) = self.opening.take() {
            out.push(Event::Open { part: *opened, choice: self.choice, opened: what, extras });
            self.told = Some(*opened);
            *opened += 1;
        }
        self.told.unwrap_or_default()
    }

    fn tell(&mut self, delta: Delta, opened: &mut u32, out: &mut Vec<Event>) {
        let part = self.tell_opening(opened, out);
        out.push(Event::Delta { part, delta });
    }

    fn tell_words(&mut self, text: String, opened: &mut u32, out: &mut Vec<Event>) {
        if !text.is_empty() {
            self.tell(Delta::Text(text), opened, out);
        }
    }
}

// === impl Words ===

impl Words {
    fn push(&mut self, guard: &Guard, piece: &str) -> Result<String, Withheld> {
        let released = self.window.push(&guard.screen(), piece);
        let text = self.take(guard, released)?;
        Ok(self.restoring.push(&guard.ledger, &text))
    }

    fn finish(&mut self, guard: &Guard) -> Result<String, Withheld> {
        let released = self.window.finish(&guard.screen());
        let text = self.take(guard, released)?;
        Ok(self.restoring.push(&guard.ledger, &text) + &self.restoring.finish())
    }

    fn take(&mut self, guard: &Guard, released: Result<Released, Stop>) -> Result<String, Withheld> {
        match released {
            Ok(Released { text, hits, masked }) => {
                guard.note(&hits);
                self.masked |= masked;
                Ok(text)
            }
            Err(Stop::Blocked(hits)) => {
                guard.note(&hits);
                Err(guard.blocked(&hits))
            }
            Err(Stop::Full) => Err(guard.unclear(UNCLEAR)),
        }
    }
}

fn begin(guard: &Guard, start: Start) -> Result<Start, Withheld> {
    let extras = checked(guard, start.extras)?;
    Ok(Start { extras, ..start })
}

/// Members that only one dialect knows are looked at like all others.
fn checked(guard: &Guard, mut extras: Extras) -> Result<Extras, Withheld> {
    let mut changed = Vec::new();
    for (name, json) in extras.iter() {
        changed.extend(guard.member(name, json)?.map(|json| (name.to_owned(), json)));
    }
    for (name, json) in changed {
        extras.replace(&name, json);
    }
    Ok(extras)
}

fn opaque_of(guard: &Guard, opaque: Opaque) -> Result<Opaque, Withheld> {
    Ok(match guard.value(&opaque.json)? {
        Some(json) => Opaque { json, ..opaque },
        None => opaque,
    })
}

fn media_of(guard: &Guard, mut media: Media) -> Result<Media, Withheld> {
    if media.kind == MediaKind::Audio {
        return Err(guard.unclear("nobody listens to its sound"));
    }
    if let Source::Text(text) = &mut media.source {
        *text = guard.text(text)?.into_owned();
    }
    for text in [&mut media.name, &mut media.media_type].into_iter().flatten() {
        *text = guard.text(text)?.into_owned();
    }
    Ok(media)
}

/// What words are based on; `None` where it tells places in a text that has others now.
fn citation_of(guard: &Guard, mut citation: Citation, masked: bool) -> Result<Option<Citation>, Withheld> {
    if masked && citation.range.is_some() {
        return Ok(None);
    }
    for text in [&mut citation.url, &mut citation.title, &mut citation.cited].into_iter().flatten() {
        *text = guard.text(text)?.into_owned();
    }
    if let Some(json) = guard.value(&citation.spelled.1)? {
        citation.spelled.1 = json;
    }
    Ok(Some(citation))
}

#[cfg(test)]
mod tests;
