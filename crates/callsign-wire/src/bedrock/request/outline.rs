//! What was said, in the order and grouping that the API asks for: users and models take turns and a user begins, each call
//! has its result at the beginning of the very next turn, and no block is empty.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use crate::bedrock::carry::{Audience, Carrier, Speaker};
use crate::bedrock::entry::{Block, Entry};
use crate::hub::conversation::{Conversation, Role, Turn};
use crate::hub::extras::Extras;
use crate::hub::loss::Losses;
use crate::hub::part::{MediaKind, Part, Piece, ToolCall, ToolResult};
use crate::quirks::Family;

/// What was said.
#[derive(Debug, Default)]
pub(super) struct Outline<'a> {
    pub(super) system: Vec<Entry<'a>>,
    pub(super) messages: Vec<Message<'a>>,
}

/// One turn.
#[derive(Debug)]
pub(super) struct Message<'a> {
    pub(super) role: &'static str,
    pub(super) entries: Vec<Entry<'a>>,
    pub(super) extras: Option<&'a Extras>,
    /// How many results stand at its beginning.
    results: usize,
    /// Where its first words stood, in the client's terms.
    place: String,
}

pub(super) const USER: &str = "user";
pub(super) const ASSISTANT: &str = "assistant";

/// What a call gets whose result nobody sent.
const NO_RESULT: &str = "No result was given.";

/// What a conversation begins with that the model began.
const BEGINNING: &str = "(The conversation begins with the following turn.)";

/// What stands beside documents that come without a word.
const DOCUMENTS: &str = "(Documents are attached.)";

/// The longest identifier of a call.
const LONGEST_ID: usize = 64;

/// Turns that came in this dialect stay as they stand; others are regrouped.
pub(super) fn outline<'a>(
    conversation: &'a Conversation,
    family: Family,
    losses: &mut Losses,
) -> Outline<'a> {
    let audience = if family == Family::Claude { Audience::Claude } else { Audience::Other };
    let carrier = Carrier::new(audience, conversation.dialect, losses);
    if carrier.is_own() { as_it_stands(conversation, carrier) } else { Regrouping::of(conversation, carrier) }
}

// === impl Outline ===

impl Outline<'_> {
    /// Whether the answer goes on where the model has called tools: from there on its turn must begin with thoughts.
    pub(super) fn goes_on_without_thoughts(&self) -> bool {
        let asked = self.messages.iter().rposition(|message| message.role == USER && message.results == 0);
        let since = self.messages.get(asked.map_or(0, |asked| asked + 1)..).unwrap_or_default();
        let first = since.iter().find(|message| message.role == ASSISTANT);
        first.is_some_and(|message| !message.entries.first().is_some_and(Entry::is_thought))
    }

    /// Whether the answer is begun.
    pub(super) fn is_begun(&self) -> bool {
        self.messages.last().is_some_and(|last| last.role == ASSISTANT)
    }
}

// === impl Message ===

impl<'a> Message<'a> {
    const fn of(role: &'static str, entries: Vec<Entry<'a>>, place: String) -> Self {
        Self { role, entries, extras: None, results: 0, place }
    }
}

fn as_it_stands<'a>(conversation: &'a Conversation, mut carrier: Carrier<'_>) -> Outline<'a> {
    let mut outline = Outline::default();
    for turn in &conversation.turns {
        let speaker = speaker(turn.role);
        let entries = entries(conversation, turn, speaker, &mut carrier);
        if turn.origin.is_none() && turn.role.is_system() {
            outline.system.extend(entries);
            continue;
        }
        let role = match speaker {
            Speaker::System => "system",
            Speaker::User | Speaker::Tool => USER,
            Speaker::Assistant => ASSISTANT,
        };
        let results = entries.iter().filter(|entry| matches!(entry.block, Block::Result { .. })).count();
        let place = String::new();
        outline.messages.push(Message { role, entries, extras: Some(&turn.extras), results, place });
    }
    outline
}

fn entries<'a>(
    conversation: &Conversation,
    turn: &'a Turn,
    speaker: Speaker,
    carrier: &mut Carrier<'_>,
) -> Vec<Entry<'a>> {
    let each = turn.pieces.iter().enumerate();
    let entries =
        each.filter_map(|(at, piece)| carrier.entry(piece, speaker, &conversation.place_of(turn, at)));
    entries.collect()
}

const fn speaker(role: Role) -> Speaker {
    match role {
        Role::System | Role::Developer => Speaker::System,
        Role::User | Role::Tool => Speaker::User,
        Role::Assistant => Speaker::Assistant,
    }
}

/// A regrouping under way.
#[derive(Debug)]
struct Regrouping<'a, 'l> {
    conversation: &'a Conversation,
    carrier: Carrier<'l>,
    outline: Outline<'a>,
    calls: Vec<Call<'a>>,
    /// The calls of each identifier that have no result yet, by their places in `calls`: some models give several one.
    open: HashMap<&'a str, Vec<usize>>,
    /// The identifiers that were written.
    ids: HashSet<Cow<'a, str>>,
}

/// A call that was told.
#[derive(Debug)]
struct Call<'a> {
    id: Cow<'a, str>,
    /// The message that it stands in.
    message: usize,
    answered: bool,
    path: String,
}

// === impl Regrouping ===

impl<'a, 'l> Regrouping<'a, 'l> {
    fn of(conversation: &'a Conversation, carrier: Carrier<'l>) -> Outline<'a> {
        let mut regrouping = Self {
            conversation,
            carrier,
            outline: Outline::default(),
            calls: Vec::new(),
            open: HashMap::new(),
            ids: HashSet::new(),
        };
        let leading = conversation.turns.iter().take_while(|turn| turn.role.is_system()).count();
        let all = leading == conversation.turns.len();
        for (index, turn) in conversation.turns.iter().enumerate() {
            regrouping.losses_of(turn);
            // Where only the system speaks, the last thing that it says is the question.
            let is_question = all && index + 1 == leading;
            match speaker(turn.role) {
                Speaker::System if index < leading && !is_question => regrouping.lead(turn),
                Speaker::System => regrouping.remind(turn, is_question),
                speaker => regrouping.say(turn, speaker),
            }
        }
        regrouping.complete();
        regrouping.mend()
    }

    fn losses_of(&mut self, turn: &Turn) {
        let place = self.conversation.place(turn);
        if turn.name.is_some() {
            self.carrier.losses.dropped(format!("{place}.name"));
        }
        self.carrier.losses.extras(&place, &turn.extras);
    }

    /// What the system says before anybody else.
    fn lead(&mut self, turn: &'a Turn) {
        let entries = entries(self.conversation, turn, Speaker::System, &mut self.carrier);
        self.outline.system.extend(entries);
    }

    /// What the system says later. Not every model takes a turn of the system's among the others, so it goes to the user's,
    /// marked as what it is.
    fn remind(&mut self, turn: &'a Turn, is_question: bool) {
        let place = self.conversation.place(turn);
        self.carrier.losses.changed(place.as_str());
        for mut entry in entries(self.conversation, turn, Speaker::System, &mut self.carrier) {
            if let (Block::Text { text, .. }, false) = (&mut entry.block, is_question) {
                *text = Cow::Owned(format!("<system-reminder>\n{text}\n</system-reminder>"));
            }
            self.push(USER, entry, &place);
        }
    }

    fn say(&mut self, turn: &'a Turn, speaker: Speaker) {
        let role = if speaker == Speaker::Assistant { ASSISTANT } else { USER };
        let place = self.conversation.place(turn);
        for (at, piece) in turn.pieces.iter().enumerate() {
            let path = self.conversation.place_of(turn, at);
            match &piece.part {
                Part::ToolCall(call) => self.call(call, piece, path),
                Part::ToolResult(result) => self.result(result, piece, &path),
                _ => {
                    let entry = self.carrier.entry(piece, speaker, &path);
                    if let Some(entry) = entry {
                        self.push(role, entry, &place);
                    }
                }
            }
        }
    }

    fn push(&mut self, role: &'static str, entry: Entry<'a>, place: &str) {
        match self.outline.messages.last_mut() {
            Some(last) if last.role == role => last.entries.push(entry),
            _ => self.outline.messages.push(Message::of(role, vec![entry], place.to_owned())),
        }
    }

    fn call(&mut self, call: &'a ToolCall, piece: &'a Piece, path: String) {
        let id = self.id(&call.id);
        let block = self.carrier.call(call, id.clone(), &path);
        let entry = self.carrier.with(piece, block, &path);
        self.push(ASSISTANT, entry, &path);
        self.open.entry(&call.id).or_default().push(self.calls.len());
        let message = self.outline.messages.len().saturating_sub(1);
        self.calls.push(Call { id, message, answered: false, path });
    }

    /// An identifier as the API takes it: of few letters, not too long, and standing nowhere else. No answer names it, so
    /// it need not be read back.
    fn id(&mut self, given: &'a str) -> Cow<'a, str> {
        let allowed = |letter: char| letter.is_ascii_alphanumeric() || "_.:-".contains(letter);
        let mut id = Cow::Borrowed(given);
        if given.is_empty() || given.len() > LONGEST_ID || !given.chars().all(allowed) {
            let letters = given.chars().map(|letter| if allowed(letter) { letter } else { '_' });
            id = Cow::Owned(letters.take(LONGEST_ID - 16).collect());
        }
        let mut number = self.calls.len();
        while id.is_empty() || self.ids.contains(&id) {
            let stem: String =
                given.chars().filter(|letter| allowed(*letter)).take(LONGEST_ID - 16).collect();
            id = Cow::Owned(format!("{stem}_{number}"));
            number += 1;
        }
        self.ids.insert(id.clone());
        id
    }

    /// The call that a result with this identifier belongs to: of the latest turn that has one, the first without a result.
    fn called(&mut self, id: &str) -> Option<&mut Call<'a>> {
        let open = self.open.get_mut(id)?;
        let turn = |at: &usize| self.calls.get(*at).map(|call| call.message);
        let latest = open.iter().filter_map(turn).max();
        let first = open.iter().position(|at| turn(at) == latest)?;
        self.calls.get_mut(open.remove(first))
    }

    fn result(&mut self, result: &'a ToolResult, piece: &'a Piece, path: &str) {
        let Some(call) = self.called(&result.call) else {
            self.carrier.losses.dropped(path);
            return;
        };
        call.answered = true;
        let (id, message) = (call.id.clone(), call.message);
        let block = self.carrier.result(result, id, path);
        let entry = self.carrier.with(piece, block, path);
        self.answer(message, entry, path);
    }

    /// Puts a result behind the others at the beginning of the turn behind `message`.
    fn answer(&mut self, message: usize, entry: Entry<'a>, place: &str) {
        if let Some(next) = self.outline.messages.get_mut(message + 1) {
            next.entries.insert(next.results.min(next.entries.len()), entry);
            next.results += 1;
            return;
        }
        let answer = Message { results: 1, ..Message::of(USER, vec![entry], place.to_owned()) };
        self.outline.messages.push(answer);
    }

    /// Calls without a result get one that says so: the API takes no others.
    fn complete(&mut self) {
        for call in std::mem::take(&mut self.calls).into_iter().filter(|call| !call.answered) {
            self.carrier.losses.changed(call.path.as_str());
            let content = vec![Entry::text(NO_RESULT)];
            let block = Block::Result { id: call.id, content, status: Some("error") };
            self.answer(call.message, Entry::of(block), &call.path);
        }
    }

    /// Mends what the API refuses of whole turns.
    fn mend(mut self) -> Outline<'a> {
        let losses = &mut *self.carrier.losses;
        let messages = &mut self.outline.messages;
        if let Some(first) = messages.first().filter(|first| first.role == ASSISTANT) {
            losses.changed(first.place.as_str());
            let place = first.place.clone();
            messages.insert(0, Message::of(USER, vec![Entry::text(BEGINNING)], place));
        }
        for message in messages.iter_mut().filter(|message| lacks_words(message)) {
            losses.changed(message.place.as_str());
            let at = message.results.min(message.entries.len());
            message.entries.insert(at, Entry::text(DOCUMENTS));
        }
        if let Some(last) = messages.last_mut().filter(|last| last.role == ASSISTANT) {
            trim(last, losses);
        }
        self.outline
    }
}

/// Documents must have words beside them.
fn lacks_words(message: &Message<'_>) -> bool {
    let document = |entry: &Entry<'_>| matches!(&entry.block, Block::Medium(medium) if medium.kind == MediaKind::Document);
    let words = |entry: &Entry<'_>| matches!(entry.block, Block::Text { .. });
    message.entries.iter().any(document) && !message.entries.iter().any(words)
}

/// The beginning of an answer must not end in white space.
fn trim(last: &mut Message<'_>, losses: &mut Losses) {
    if let Some(Entry { block: Block::Text { text, .. }, .. }) = last.entries.last_mut() {
        let kept = text.trim_end();
        if kept.len() < text.len() {
            *text = Cow::Owned(kept.to_owned());
            losses.changed(last.place.as_str());
        }
    }
}
