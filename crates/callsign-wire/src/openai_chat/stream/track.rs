//! One choice of a stream that is heard: which of its parts are open, and which call a piece of arguments belongs to.

use crate::hub::event::{Delta, Event, Opened};
use crate::hub::extras::{Extras, Json};
use crate::hub::flaw::DecodeError;
use crate::hub::part::{Media, MediaKind, Part, ReasoningForm, Source};
use crate::hub::reply::Finish;
use crate::hub::seal::Seal;
use crate::json::Kind;
use crate::json::object::{Object, said};
use crate::json::walk::Node;
use crate::openai_chat::reply::{citations, decode};
use crate::openai_chat::thoughts::{Shown, Step, Thread};
use crate::openai_chat::{calls, content, nested, outcome};

/// Numbers parts over all choices.
#[derive(Debug, Default)]
pub(super) struct Numbers(u32);

/// What is heard of one choice.
#[derive(Debug)]
pub(super) struct Track {
    choice: u32,
    thread: Thread,
    thoughts: Option<u32>,
    words: Option<(Words, u32)>,
    calls: Vec<Call>,
    sound: Option<Sound>,
    finish: Option<Finish>,
    finished: bool,
    /// What only this dialect knows of it, as far as it has come.
    extras: Extras,
}

/// Kinds of words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Words {
    Text,
    Refusal,
}

/// A call under way.
#[derive(Debug)]
struct Call {
    index: Option<u64>,
    id: String,
    custom: bool,
    /// Its part, once its name is known.
    part: Option<u32>,
    /// Arguments that came before the name.
    early: String,
    seal: Option<Seal>,
}

/// A spoken answer under way; it is told once it is whole.
#[derive(Debug, Default)]
struct Sound {
    data: String,
    transcript: String,
    others: Vec<(String, Json)>,
}

/// A piece of a call, as a chunk has it.
struct Fragment<'a> {
    index: Option<u64>,
    id: Option<String>,
    name: Option<String>,
    arguments: String,
    custom: bool,
    seal: Option<Seal>,
    rest: Object<'a>,
}

// === impl Numbers ===

impl Numbers {
    fn next(&mut self) -> u32 {
        let number = self.0;
        self.0 += 1;
        number
    }
}

// === impl Track ===

impl Track {
    pub(super) fn new(choice: u32) -> Self {
        Self {
            choice,
            thread: Thread::default(),
            thoughts: None,
            words: None,
            calls: Vec::new(),
            sound: None,
            finish: None,
            finished: false,
            extras: Extras::default(),
        }
    }

    /// The number of the choice.
    pub(super) const fn choice(&self) -> u32 {
        self.choice
    }

    /// Whether the provider said that it is over.
    pub(super) const fn is_finished(&self) -> bool {
        self.finished
    }

    /// Takes what the provider says of its end. Only what comes first counts: some say it twice.
    pub(super) fn finish(&mut self, reason: &str, stop: Option<String>) {
        if reason.is_empty() || self.finished {
            return;
        }
        self.finished = true;
        self.finish = match (outcome::finish(reason), stop) {
            (Some(Finish::Stop), Some(stop)) => Some(Finish::StopSequence(Some(stop))),
            (finish, _) => finish,
        };
    }

    /// Takes what is left of a chunk's choice. Of what is told more than once the last holds.
    pub(super) fn keep(&mut self, mut extras: Extras) {
        if extras.is_empty() {
            return;
        }
        nested::hush(&mut extras);
        extras.append(std::mem::take(&mut self.extras));
        self.extras = extras;
    }

    /// Takes a delta.
    pub(super) fn delta(
        &mut self,
        mut delta: Object<'_>,
        answer: &str,
        numbers: &mut Numbers,
        heard: &mut Vec<Event>,
    ) -> Result<(), DecodeError> {
        self.reason(&mut delta, numbers, heard)?;
        if let Some(node) = delta.take("content") {
            self.content(node, numbers, heard).map_err(|error| error.within("content"))?;
        }
        if let Some(refusal) = delta.text_ref("refusal")? {
            self.say(Words::Refusal, &refusal, numbers, heard);
        }
        if let Some(seal) = calls::seal(&mut delta) {
            self.bare_seal(seal, numbers, heard);
        }
        for node in delta.elements(citations::NAME)?.into_iter().flatten() {
            self.cite(node, numbers, heard);
        }
        if let Some(audio) = delta.object("audio")? {
            self.sound.get_or_insert_default().add(audio)?;
        }
        for node in delta.elements(decode::IMAGES)?.into_iter().flatten() {
            self.image(node, numbers, heard)?;
        }
        for node in delta.elements(calls::CALLS)?.into_iter().flatten() {
            let fragment = Fragment::read(node).map_err(|error| error.within(calls::CALLS))?;
            self.call(fragment, answer, numbers, heard);
        }
        if let Some(called) = delta.object("function_call")? {
            let fragment = Fragment::of_2023(called).map_err(|error| error.within("function_call"))?;
            self.call(fragment, answer, numbers, heard);
        }
        Ok(())
    }

    /// Takes what a delta says of thoughts.
    fn reason(
        &mut self,
        delta: &mut Object<'_>,
        numbers: &mut Numbers,
        heard: &mut Vec<Event>,
    ) -> Result<(), DecodeError> {
        let mut steps = Vec::new();
        self.thread.take(delta, &mut |step| steps.push(step))?;
        for step in steps {
            self.step(step, numbers, heard);
        }
        Ok(())
    }

    fn step(&mut self, step: Step, numbers: &mut Numbers, heard: &mut Vec<Event>) {
        let delta = match step {
            Step::Open(form, shown) => {
                self.close_words(heard);
                let opened = Opened::Reasoning { form, redacted: shown == Shown::SealOnly };
                self.thoughts = Some(self.open(opened, numbers, heard));
                return;
            }
            Step::Close => {
                heard.extend(self.thoughts.take().map(|part| Event::Close { part }));
                return;
            }
            Step::Text(text) => Delta::Text(text),
            Step::Paragraph => Delta::Paragraph,
            Step::Seal(seal) => Delta::Seal(seal),
        };
        heard.extend(self.thoughts.map(|part| Event::Delta { part, delta }));
    }

    /// Words come as a string, or as parts where a server has thoughts among them.
    fn content(
        &mut self,
        node: Node<'_>,
        numbers: &mut Numbers,
        heard: &mut Vec<Event>,
    ) -> Result<(), DecodeError> {
        if node.kind() == Kind::Text {
            let text = said(node)?;
            self.say(Words::Text, &text, numbers, heard);
            return Ok(());
        }
        for piece in content::pieces(node)? {
            match piece.part {
                Part::Text(text) => self.say(Words::Text, &text.text, numbers, heard),
                Part::Refusal(text) => self.say(Words::Refusal, &text, numbers, heard),
                Part::Reasoning(reasoning) => {
                    let mut steps = Vec::new();
                    self.thread.text(&reasoning.text(), &mut |step| steps.push(step));
                    for step in steps {
                        self.step(step, numbers, heard);
                    }
                }
                Part::Media(media) => self.whole(Opened::Media(media), piece.extras, numbers, heard),
                Part::Opaque(opaque) => self.whole(Opened::Opaque(opaque), piece.extras, numbers, heard),
                Part::ToolCall(_) | Part::ToolResult(_) => {}
            }
        }
        Ok(())
    }

    fn say(&mut self, words: Words, text: &str, numbers: &mut Numbers, heard: &mut Vec<Event>) {
        if text.is_empty() {
            return;
        }
        let part = self.words_part(words, numbers, heard);
        heard.push(Event::Delta { part, delta: Delta::Text(text.to_owned()) });
    }

    fn words_part(&mut self, words: Words, numbers: &mut Numbers, heard: &mut Vec<Event>) -> u32 {
        match self.words {
            Some((open, part)) if open == words => part,
            _ => {
                self.close_thoughts(heard);
                self.close_words(heard);
                let opened = if words == Words::Text { Opened::Text } else { Opened::Refusal };
                let part = self.open(opened, numbers, heard);
                self.words = Some((words, part));
                part
            }
        }
    }

    fn cite(&mut self, node: Node<'_>, numbers: &mut Numbers, heard: &mut Vec<Event>) {
        let part = self.words_part(Words::Text, numbers, heard);
        heard.push(Event::Delta { part, delta: Delta::Citation(citations::read(node)) });
    }

    /// Gemini's seal of the words before it.
    fn bare_seal(&mut self, seal: Seal, numbers: &mut Numbers, heard: &mut Vec<Event>) {
        self.close_thoughts(heard);
        for step in [Step::Open(ReasoningForm::Summary, Shown::Words), Step::Seal(seal), Step::Close] {
            self.step(step, numbers, heard);
        }
    }

    fn image(
        &mut self,
        node: Node<'_>,
        numbers: &mut Numbers,
        heard: &mut Vec<Event>,
    ) -> Result<(), DecodeError> {
        if let Some(piece) = decode::image(node)?
            && let Part::Media(media) = piece.part
        {
            self.whole(Opened::Media(media), piece.extras, numbers, heard);
        }
        Ok(())
    }

    /// Adds a part that comes at once.
    fn whole(&mut self, opened: Opened, extras: Extras, numbers: &mut Numbers, heard: &mut Vec<Event>) {
        let part = numbers.next();
        heard.push(Event::Open { part, choice: self.choice, opened, extras });
        heard.push(Event::Close { part });
    }

    fn open(&mut self, opened: Opened, numbers: &mut Numbers, heard: &mut Vec<Event>) -> u32 {
        let (part, extras) = (numbers.next(), Extras::default());
        heard.push(Event::Open { part, choice: self.choice, opened, extras });
        part
    }

    fn call(&mut self, fragment: Fragment<'_>, answer: &str, numbers: &mut Numbers, heard: &mut Vec<Event>) {
        self.close_thoughts(heard);
        self.close_words(heard);
        let at = self.call_of(&fragment).unwrap_or_else(|| {
            let made_up = || calls::made_up(answer, self.choice, self.calls.len());
            self.calls.push(Call {
                index: fragment.index,
                id: fragment.id.clone().unwrap_or_else(made_up),
                custom: fragment.custom,
                part: None,
                early: String::new(),
                seal: None,
            });
            self.calls.len() - 1
        });
        let choice = self.choice;
        if let Some(call) = self.calls.get_mut(at) {
            call.take(fragment, choice, numbers, heard);
        }
    }

    /// The call that a fragment goes on with: the one of its number, unless it has another name. Servers that send no
    /// numbers tell calls apart by their names, or send each one whole.
    fn call_of(&self, fragment: &Fragment<'_>) -> Option<usize> {
        let same = |call: &Call| fragment.id.as_ref().is_none_or(|id| *id == call.id);
        if fragment.index.is_some() {
            return self.calls.iter().rposition(|call| call.index == fragment.index && same(call));
        }
        match (&fragment.id, &fragment.name) {
            (Some(_), _) => self.calls.iter().rposition(same),
            (None, Some(_)) => None,
            (None, None) => self.calls.len().checked_sub(1),
        }
    }

    fn close_thoughts(&mut self, heard: &mut Vec<Event>) {
        self.thread.close(&mut |_| {});
        heard.extend(self.thoughts.take().map(|part| Event::Close { part }));
    }

    fn close_words(&mut self, heard: &mut Vec<Event>) {
        heard.extend(self.words.take().map(|(_, part)| Event::Close { part }));
    }

    /// The stream is over: closes what is open and tells why the choice ends.
    pub(super) fn end(mut self, numbers: &mut Numbers, heard: &mut Vec<Event>) {
        self.close_thoughts(heard);
        self.close_words(heard);
        if let Some(sound) = self.sound.take() {
            let (media, extras) = sound.told();
            self.whole(Opened::Media(media), extras, numbers, heard);
        }
        let choice = self.choice;
        for call in &mut self.calls {
            call.close(choice, numbers, heard);
        }
        heard.push(Event::Finish { choice, finish: self.finish, extras: self.extras });
    }
}

// === impl Call ===

impl Call {
    fn take(&mut self, fragment: Fragment<'_>, choice: u32, numbers: &mut Numbers, heard: &mut Vec<Event>) {
        if let Some(part) = self.part {
            let seal = fragment.seal.map(Delta::Seal);
            heard.extend(seal.map(|delta| Event::Delta { part, delta }));
            return self.arguments(fragment.arguments, heard);
        }
        self.seal = fragment.seal.or(self.seal.take());
        self.early.push_str(&fragment.arguments);
        if let Some(name) = fragment.name {
            self.open(name, fragment.rest.rest(), (choice, numbers.next()), heard);
        }
    }

    fn open(&mut self, name: String, extras: Extras, (choice, part): (u32, u32), heard: &mut Vec<Event>) {
        let (id, seal) = (self.id.clone(), self.seal.take());
        let opened = Opened::ToolCall { id, name, custom: self.custom, seal };
        heard.push(Event::Open { part, choice, opened, extras });
        self.part = Some(part);
        let early = std::mem::take(&mut self.early);
        self.arguments(early, heard);
    }

    fn arguments(&self, arguments: String, heard: &mut Vec<Event>) {
        if let Some(part) = self.part.filter(|_| !arguments.is_empty()) {
            heard.push(Event::Delta { part, delta: Delta::Arguments(arguments) });
        }
    }

    fn close(&mut self, choice: u32, numbers: &mut Numbers, heard: &mut Vec<Event>) {
        if self.part.is_none() {
            self.open(String::new(), Extras::default(), (choice, numbers.next()), heard);
        }
        heard.extend(self.part.map(|part| Event::Close { part }));
    }
}

// === impl Fragment ===

impl<'a> Fragment<'a> {
    fn read(node: Node<'a>) -> Result<Self, DecodeError> {
        let mut object = Object::of(node)?;
        let custom = object.peek("custom").is_some();
        let (member, input) = if custom { ("custom", "input") } else { ("function", "arguments") };
        let index = object.count("index").unwrap_or(None);
        let id = object.text("id")?.filter(|id| !id.is_empty());
        object.take("type");
        let seal = calls::seal(&mut object);
        let (mut name, mut arguments) = (None, String::new());
        if let Some(mut called) = object.object(member)? {
            name = called.text("name").map_err(|error| error.within(member))?;
            let told = called.take(input).filter(|node| node.kind() != Kind::Null);
            arguments = calls::arguments(told).map_err(|error| error.within(input).within(member))?;
        }
        let name = name.filter(|name| !name.is_empty());
        Ok(Self { index, id, name, arguments, custom, seal, rest: object })
    }

    /// A piece of the one call that there was in 2023.
    fn of_2023(mut object: Object<'a>) -> Result<Self, DecodeError> {
        let name = object.text("name")?.filter(|name| !name.is_empty());
        let arguments =
            calls::arguments(object.take("arguments")).map_err(|error| error.within("arguments"))?;
        Ok(Self { index: Some(0), id: None, name, arguments, custom: false, seal: None, rest: object })
    }
}

// === impl Sound ===

impl Sound {
    /// Base64 comes in pieces that are whole by themselves, or cut anywhere; the others each once.
    fn add(&mut self, mut object: Object<'_>) -> Result<(), DecodeError> {
        let within = |error: DecodeError| error.within("audio");
        self.data.push_str(&object.text_ref("data").map_err(within)?.unwrap_or_default());
        self.transcript.push_str(&object.text_ref("transcript").map_err(within)?.unwrap_or_default());
        for (name, json) in object.rest().iter() {
            self.others.retain(|(known, _)| known != name);
            self.others.push((name.to_owned(), json.clone()));
        }
        Ok(())
    }

    fn told(self) -> (Media, Extras) {
        let mut extras = Extras::of(self.others);
        if !self.transcript.is_empty() {
            let quoted = crate::json::quote(&self.transcript);
            extras.push("transcript", Json::written(quoted));
        }
        let source = Source::Base64(self.data);
        let kind = MediaKind::Audio;
        (Media { kind, source, media_type: None, name: None, detail: None }, extras)
    }
}
