//! Turns in the order and grouping that this dialect demands: one message for what the model said at once, and behind each
//! message with calls the results of just these.

use crate::dialect::Dialect;
use crate::hub::conversation::{Conversation, Role, Turn};
use crate::hub::part::{Part, Piece};
use crate::quirks::System;

/// A message to be written.
#[derive(Debug)]
pub(super) struct Message<'a> {
    /// Who says it; a result's is [`Role::Tool`].
    pub(super) role: Role,
    /// The turn that it comes from, or the first of them.
    pub(super) turn: &'a Turn,
    /// What it says: one result, or no result at all.
    pub(super) pieces: Vec<Placed<'a>>,
}

/// A part of a message and where it stood.
#[derive(Debug, Clone, Copy)]
pub(super) struct Placed<'a> {
    pub(super) piece: &'a Piece,
    pub(super) turn: &'a Turn,
    pub(super) index: usize,
}

// === impl Placed ===

impl Placed<'_> {
    /// Where the part stood, in the client's terms.
    pub(super) fn path(&self, conversation: &Conversation) -> String {
        let (place, index) = (conversation.place(self.turn), self.index);
        match conversation.dialect {
            Dialect::Gemini => format!("{place}.parts[{index}]"),
            // The Responses API has items, most of which are one part.
            Dialect::OpenAiResponses if self.turn.pieces.len() == 1 => place,
            _ => format!("{place}.content[{index}]"),
        }
    }
}

// === impl Message ===

impl Message<'_> {
    fn calls(&self) -> Vec<&str> {
        let calls = self.pieces.iter().filter_map(|placed| match &placed.piece.part {
            Part::ToolCall(call) => Some(call.id.as_str()),
            _ => None,
        });
        calls.collect()
    }

    /// The call that it answers.
    fn answers(&self) -> Option<&str> {
        match &self.pieces.first()?.piece.part {
            Part::ToolResult(result) => Some(&result.call),
            _ => None,
        }
    }
}

/// The messages that say what a conversation says.
pub(super) fn messages(conversation: &Conversation, system: System) -> Vec<Message<'_>> {
    let mut messages = Vec::with_capacity(conversation.turns.len() + 4);
    for turn in &conversation.turns {
        add(&mut messages, conversation, turn, system);
    }
    results_behind_calls(messages)
}

fn add<'a>(messages: &mut Vec<Message<'a>>, conversation: &Conversation, turn: &'a Turn, system: System) {
    let placed = turn.pieces.iter().enumerate().map(|(index, piece)| Placed { piece, turn, index });
    let (results, others): (Vec<_>, Vec<_>) =
        placed.partition(|placed| matches!(placed.piece.part, Part::ToolResult(_)));
    let only_results = !results.is_empty() && others.is_empty();
    messages.extend(results.into_iter().map(|result| Message {
        role: Role::Tool,
        turn,
        pieces: vec![result],
    }));
    if only_results {
        return;
    }
    let begun = messages.iter().any(|message| !message.role.is_system());
    let role = match turn.role {
        Role::System | Role::Developer if system == System::First && begun => Role::User,
        Role::Tool => Role::User,
        role => role,
    };
    let last = messages.last_mut().filter(|last| is_one(conversation, last.role, role));
    match last {
        Some(last) => last.pieces.extend(others),
        None => messages.push(Message { role, turn, pieces: others }),
    }
}

/// Whether neighbours of these roles are one message. What a client of this dialect keeps apart stays apart.
fn is_one(conversation: &Conversation, last: Role, next: Role) -> bool {
    conversation.dialect != Dialect::OpenAiChat
        && ((last == Role::Assistant && next == Role::Assistant) || (last.is_system() && next.is_system()))
}

/// Moves results that came late to right behind their calls.
fn results_behind_calls(messages: Vec<Message<'_>>) -> Vec<Message<'_>> {
    let mut waiting: Vec<Option<Message<'_>>> = messages.into_iter().map(Some).collect();
    let mut arranged = Vec::with_capacity(waiting.len());
    for at in 0..waiting.len() {
        let Some(message) = waiting.get_mut(at).and_then(Option::take) else { continue };
        let calls = message.calls();
        let answers = |slot: &&mut Option<Message<'_>>| {
            slot.as_ref().and_then(Message::answers).is_some_and(|call| calls.contains(&call))
        };
        let results = waiting.iter_mut().skip(at + 1).filter(answers).take(calls.len());
        let results: Vec<_> = results.filter_map(Option::take).collect();
        arranged.push(message);
        arranged.extend(results);
    }
    arranged
}
