//! What was said, in the order and grouping that the API asks for: users and models take turns, each call has its result at
//! the beginning of the very next turn, and no block is empty.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::anthropic::carry::{Audience, Carrier, Speaker};
use crate::anthropic::entry::{Block, Entry};
use crate::anthropic::names;
use crate::hub::conversation::{Conversation, Role, Turn};
use crate::hub::extras::Extras;
use crate::hub::loss::Losses;
use crate::hub::part::{Part, Piece, ToolCall, ToolResult};

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
}

const USER: &str = "user";
const ASSISTANT: &str = "assistant";

/// What a call gets whose result nobody sent.
const NO_RESULT: &str = "No result was given.";

/// Turns that came in this dialect stay as they stand; others are regrouped.
pub(super) fn outline<'a>(conversation: &'a Conversation, losses: &mut Losses) -> Outline<'a> {
    let carrier = Carrier { audience: Audience::Provider, from: conversation.dialect, losses };
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
            Speaker::User => USER,
            Speaker::Assistant => ASSISTANT,
        };
        let results = entries.iter().filter(|entry| matches!(entry.block, Block::Result { .. })).count();
        outline.messages.push(Message { role, entries, extras: Some(&turn.extras), results });
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
        let (outline, calls, open) = (Outline::default(), Vec::new(), HashMap::new());
        let mut regrouping = Self { conversation, carrier, outline, calls, open };
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
        regrouping.trim_prefill();
        regrouping.outline
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
    /// marked the way in which Claude Code marks such things for those models.
    fn remind(&mut self, turn: &'a Turn, is_question: bool) {
        self.carrier.losses.changed(self.conversation.place(turn));
        for mut entry in entries(self.conversation, turn, Speaker::System, &mut self.carrier) {
            if let (Block::Text { text, .. }, false) = (&mut entry.block, is_question) {
                *text = Cow::Owned(format!("<system-reminder>\n{text}\n</system-reminder>"));
            }
            self.push(USER, entry);
        }
    }

    fn say(&mut self, turn: &'a Turn, speaker: Speaker) {
        let role = if speaker == Speaker::Assistant { ASSISTANT } else { USER };
        for (at, piece) in turn.pieces.iter().enumerate() {
            let path = self.conversation.place_of(turn, at);
            match &piece.part {
                Part::ToolCall(call) => self.call(call, piece, path),
                Part::ToolResult(result) => self.result(result, piece, &path),
                _ => {
                    let entry = self.carrier.entry(piece, speaker, &path);
                    if let Some(entry) = entry {
                        self.push(role, entry);
                    }
                }
            }
        }
    }

    fn push(&mut self, role: &'static str, entry: Entry<'a>) {
        match self.outline.messages.last_mut() {
            Some(last) if last.role == role => last.entries.push(entry),
            _ => {
                let entries = vec![entry];
                self.outline.messages.push(Message { role, entries, extras: None, results: 0 });
            }
        }
    }

    fn call(&mut self, call: &'a ToolCall, piece: &'a Piece, path: String) {
        let mut id = names::written(&call.id);
        // The API wants identifiers that stand nowhere else, which not every provider gives.
        if self.open.contains_key(call.id.as_str()) {
            id = Cow::Owned(format!("{id}_{}", self.calls.len()));
        }
        let block = self.carrier.call(call, id.clone(), &path);
        let entry = self.carrier.with(piece, block, &path);
        self.push(ASSISTANT, entry);
        self.open.entry(&call.id).or_default().push(self.calls.len());
        let message = self.outline.messages.len().saturating_sub(1);
        self.calls.push(Call { id, message, answered: false, path });
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
        self.answer(message, entry);
    }

    /// Puts a result behind the others at the beginning of the turn behind `message`.
    fn answer(&mut self, message: usize, entry: Entry<'a>) {
        if let Some(next) = self.outline.messages.get_mut(message + 1) {
            next.entries.insert(next.results.min(next.entries.len()), entry);
            next.results += 1;
            return;
        }
        let entries = vec![entry];
        self.outline.messages.push(Message { role: USER, entries, extras: None, results: 1 });
    }

    /// Calls without a result get one that says so: the API takes no others.
    fn complete(&mut self) {
        for call in std::mem::take(&mut self.calls).into_iter().filter(|call| !call.answered) {
            self.carrier.losses.changed(call.path);
            let content = vec![Entry::text(NO_RESULT)];
            let block = Block::Result { id: call.id, content, is_error: Some(true) };
            self.answer(call.message, Entry::of(block));
        }
    }

    /// The beginning of an answer must not end in white space.
    fn trim_prefill(&mut self) {
        let Some(last) = self.outline.messages.last_mut().filter(|last| last.role == ASSISTANT) else {
            return;
        };
        if let Some(Entry { block: Block::Text { text, .. }, .. }) = last.entries.last_mut() {
            let kept = text.trim_end();
            if kept.len() < text.len() {
                *text = Cow::Owned(kept.to_owned());
                let turns = self.conversation.turns.iter().rev();
                let said = turns.into_iter().find(|turn| turn.role == Role::Assistant);
                let place = said.map(|turn| self.conversation.place(turn));
                self.carrier.losses.changed(place.unwrap_or_default());
            }
        }
    }
}
