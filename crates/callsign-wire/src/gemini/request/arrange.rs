//! The turns as Gemini takes them: the user's and the model's by turns, the user's first, and behind calls one result
//! for each, in their order. <https://ai.google.dev/gemini-api/docs/function-calling>

use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};

use crate::dialect::Dialect;
use crate::gemini::entry::{Answer, Args, Body, Entry};
use crate::gemini::{media, proof};
use crate::hub::conversation::{Conversation, Role, Turn};
use crate::hub::loss::Losses;
use crate::hub::part::{Media, Part, Piece, Reasoning, ToolCall, ToolResult};
use crate::hub::seal::Maker;

/// What one side says until the other one speaks.
#[derive(Debug)]
pub(super) struct Content<'a> {
    pub(super) role: &'static str,
    pub(super) entries: Vec<Entry<'a>>,
    /// The calls among them, and where they stood.
    calls: Vec<(&'a ToolCall, String)>,
}

/// The parts of a request that are words.
#[derive(Debug)]
pub(super) struct Prompt<'a> {
    pub(super) system: Vec<Entry<'a>>,
    pub(super) contents: Vec<Content<'a>>,
}

/// A result that waits for the calls that it belongs to.
type Waiting<'a> = HashMap<&'a str, VecDeque<(&'a ToolResult, String)>>;

/// Arranges what another dialect's client said.
struct Arranger<'a, 'l> {
    conversation: &'a Conversation,
    losses: &'l mut Losses,
    waiting: Waiting<'a>,
    contents: Vec<Content<'a>>,
}

const USER: &str = "user";
const MODEL: &str = "model";

/// What stands where the user has said nothing, for no part may be empty.
const SILENCE: &str = ".";
/// What stands for a result that never came.
const NO_RESULT: &str = "no result: the call was not carried out";

/// Arranges what was said so that Gemini takes it.
pub(super) fn prompt<'a>(conversation: &'a Conversation, losses: &mut Losses) -> Prompt<'a> {
    let leading = conversation.turns.iter().take_while(|turn| turn.role.is_system()).count();
    let (system, said) = conversation.turns.split_at(leading);
    let mut arranger =
        Arranger { conversation, waiting: waiting(conversation, said), losses, contents: Vec::new() };
    let mut instruction: Vec<Entry<'a>> = Vec::new();
    for turn in system {
        arranger.note_turn(turn);
        instruction.extend(arranger.entries(turn).into_iter().filter(Entry::says_something));
    }
    for turn in said {
        arranger.turn(turn);
    }
    arranger.finish(instruction)
}

/// The results by their calls.
fn waiting<'a>(conversation: &Conversation, turns: &'a [Turn]) -> Waiting<'a> {
    let mut waiting: Waiting<'a> = HashMap::new();
    for turn in turns {
        for (index, piece) in turn.pieces.iter().enumerate() {
            if let Part::ToolResult(result) = &piece.part {
                let path = conversation.place_of(turn, index);
                waiting.entry(&result.call).or_default().push_back((result, path));
            }
        }
    }
    waiting
}

// === impl Arranger ===

impl<'a> Arranger<'a, '_> {
    fn turn(&mut self, turn: &'a Turn) {
        self.note_turn(turn);
        if turn.role == Role::Assistant {
            let entries = self.entries(turn);
            self.open(MODEL);
            let calls = turn.pieces.iter().enumerate().filter_map(|(index, piece)| match &piece.part {
                Part::ToolCall(call) => Some((call, self.conversation.place_of(turn, index))),
                _ => None,
            });
            let said = entries.into_iter().filter(Entry::says_something);
            if let Some(content) = self.contents.last_mut() {
                content.entries.extend(said);
                content.calls.extend(calls);
            }
            return;
        }
        if turn.role.is_system() {
            self.losses.changed(self.conversation.place(turn));
        }
        let entries = self.entries(turn);
        self.open(USER);
        if let Some(content) = self.contents.last_mut() {
            content.entries.extend(entries.into_iter().filter(Entry::says_something));
        }
    }

    /// Lets `role` speak, where it does not yet; first the results of what was called.
    fn open(&mut self, role: &'static str) {
        while self.contents.last().is_some_and(|content| content.entries.is_empty()) {
            self.contents.pop();
        }
        if self.contents.last().is_none_or(|content| content.role != role) {
            let calls = self.contents.last_mut().map(|content| std::mem::take(&mut content.calls));
            let entries = self.results(calls.unwrap_or_default());
            self.contents.push(Content { role, entries, calls: Vec::new() });
        }
    }

    fn results(&mut self, calls: Vec<(&'a ToolCall, String)>) -> Vec<Entry<'a>> {
        let mut entries = Vec::with_capacity(calls.len());
        let mut media = Vec::new();
        for (call, path) in calls {
            let result = self.waiting.get_mut(call.id.as_str()).and_then(VecDeque::pop_front);
            let answer = if let Some((result, path)) = result {
                self.answer(call, result, &path, &mut media)
            } else {
                self.losses.changed(path);
                let (id, name) = (Some(call.id.as_str()), call.name.as_str());
                Answer { id, name, text: NO_RESULT.into(), is_error: true, media: Vec::new() }
            };
            entries.push(Entry::of(Body::Answer(answer)));
        }
        entries.append(&mut media);
        entries
    }

    /// What came of a call. Only new models look at media inside of a result, all of them at media behind it.
    fn answer(
        &mut self,
        call: &'a ToolCall,
        result: &'a ToolResult,
        path: &str,
        media: &mut Vec<Entry<'a>>,
    ) -> Answer<'a> {
        for (index, piece) in result.pieces.iter().enumerate() {
            let place = || format!("{path}.content[{index}]");
            match &piece.part {
                Part::Text(_) | Part::Refusal(_) => self.losses.extras(&place(), &piece.extras),
                Part::Media(medium) => {
                    let shown = self.medium(medium, &place());
                    if shown.is_some() {
                        self.losses.changed(place());
                    }
                    media.extend(shown);
                }
                _ => self.losses.dropped(place()),
            }
        }
        let mut answer = Answer::of(result, &call.name);
        answer.media.clear();
        answer
    }

    fn entries(&mut self, turn: &'a Turn) -> Vec<Entry<'a>> {
        let mut entries: Vec<Entry<'a>> = Vec::with_capacity(turn.pieces.len());
        for (index, piece) in turn.pieces.iter().enumerate() {
            let conversation = self.conversation;
            let path = || conversation.place_of(turn, index);
            if !piece.extras.is_empty() {
                self.losses.extras(&path(), &piece.extras);
            }
            self.piece(piece, path, &mut entries);
        }
        entries
    }

    fn piece(&mut self, piece: &'a Piece, path: impl Fn() -> String, entries: &mut Vec<Entry<'a>>) {
        match &piece.part {
            Part::Text(text) => {
                if !text.citations.is_empty() {
                    self.losses.dropped(format!("{}.citations", path()));
                }
                entries.push(Entry::of(Body::Text(Cow::Borrowed(&text.text))));
            }
            Part::Refusal(text) => {
                self.losses.changed(path());
                entries.push(Entry::of(Body::Text(Cow::Borrowed(text))));
            }
            Part::Media(medium) => entries.extend(self.medium(medium, &path())),
            Part::ToolCall(call) => entries.push(self.call(call, &path())),
            Part::Reasoning(reasoning) => self.reasoning(reasoning, path, entries),
            // Stands behind its call.
            Part::ToolResult(_) => {}
            Part::Opaque(_) => self.losses.dropped(path()),
        }
    }

    fn medium(&mut self, medium: &Media, path: &str) -> Option<Entry<'a>> {
        let Some(known) = media::for_provider(medium) else {
            self.losses.dropped(path);
            return None;
        };
        if medium.name.is_some() {
            self.losses.dropped(format!("{path}.name"));
        }
        if medium.detail.as_deref() == Some("low") {
            self.losses.dropped(format!("{path}.detail"));
        }
        Some(Entry::of(Body::Medium(Cow::Owned(known))))
    }

    fn call(&mut self, call: &'a ToolCall, path: &str) -> Entry<'a> {
        let (args, changed) = Args::of(call);
        if changed {
            self.losses.changed(format!("{path}.arguments"));
        }
        let signature = call.seal.as_ref().and_then(|seal| seal.for_maker(Maker::Google));
        Entry { signature: signature.map(Cow::Borrowed), ..Entry::of(call_body(call, args)) }
    }

    /// Thoughts of another maker's are left out as a whole; a seal alone belongs to the words before it.
    fn reasoning(
        &mut self,
        reasoning: &'a Reasoning,
        path: impl Fn() -> String,
        entries: &mut Vec<Entry<'a>>,
    ) {
        let seal = reasoning.seal.as_ref().map(|seal| seal.for_maker(Maker::Google).map(Cow::Borrowed));
        match (seal, reasoning.paragraphs.as_slice()) {
            (Some(None), _) => self.losses.dropped(path()),
            (None, []) => {}
            (Some(Some(seal)), []) => match entries.last_mut() {
                Some(last) if last.is_signable() => last.signature = Some(seal),
                _ => {
                    let nothing = Entry::of(Body::Text(Cow::Borrowed("")));
                    entries.push(Entry { signature: Some(seal), ..nothing });
                }
            },
            (seal, _) => {
                entries.push(Entry::thought(Cow::Owned(reasoning.text()), seal.flatten()));
            }
        }
    }

    fn note_turn(&mut self, turn: &Turn) {
        let place = self.conversation.place(turn);
        if turn.name.is_some() {
            self.losses.dropped(format!("{place}.name"));
        }
        self.losses.extras(&place, &turn.extras);
    }

    fn finish(mut self, mut system: Vec<Entry<'a>>) -> Prompt<'a> {
        self.contents.retain(|content| !content.entries.is_empty());
        if self.contents.is_empty() && !system.is_empty() {
            let place = self.conversation.turns.first().map(|turn| self.conversation.place(turn));
            self.losses.changed(place.unwrap_or_default());
            let entries = std::mem::take(&mut system);
            self.contents.push(Content { role: USER, entries, calls: Vec::new() });
        }
        if self.contents.first().is_some_and(|content| content.role == MODEL) {
            let first = self.conversation.turns.iter().find(|turn| turn.role == Role::Assistant);
            self.losses.changed(first.map(|turn| self.conversation.place(turn)).unwrap_or_default());
            let entries = vec![Entry::of(Body::Text(Cow::Borrowed(SILENCE)))];
            self.contents.insert(0, Content { role: USER, entries, calls: Vec::new() });
        }
        let mut left: Vec<String> = self.waiting.into_values().flatten().map(|(_, path)| path).collect();
        left.sort_unstable();
        for path in left {
            self.losses.dropped(path);
        }
        sign_calls(&mut self.contents);
        Prompt { system, contents: self.contents }
    }
}

/// Since the user last spoke, the first call of each step must be signed. Where the signature is unknown, for another
/// model made the call or the client lost it, Google's word for that stands there.
fn sign_calls(contents: &mut [Content<'_>]) {
    let spoke = |content: &Content<'_>| {
        content.role == USER && !content.entries.iter().any(|entry| matches!(entry.body, Body::Answer(_)))
    };
    let begin = contents.iter().rposition(spoke).unwrap_or(0);
    for content in contents.iter_mut().skip(begin) {
        let first = content.entries.iter_mut().find(|entry| matches!(entry.body, Body::Call { .. }));
        if let Some(call) = first {
            call.signature.get_or_insert(Cow::Borrowed(proof::UNKNOWN));
        }
    }
}

/// A call; ids that were made up here say nothing to Gemini.
fn call_body<'a>(call: &'a ToolCall, args: Args<'a>) -> Body<'a> {
    let id = Some(call.id.as_str()).filter(|id| !crate::gemini::ids::is_made_up(id));
    Body::Call { id, name: &call.name, args }
}

/// What a client of this dialect said, as it said it.
pub(super) fn own<'a>(conversation: &'a Conversation, turn: &'a Turn) -> Content<'a> {
    debug_assert!(conversation.dialect == Dialect::Gemini, "others are arranged");
    let role = match turn.role {
        Role::Assistant => MODEL,
        Role::Tool => "function",
        Role::User | Role::System | Role::Developer => USER,
    };
    Content { role, entries: own_entries(&turn.pieces), calls: Vec::new() }
}

/// Pieces as the parts that they came from.
pub(in crate::gemini) fn own_entries(pieces: &[Piece]) -> Vec<Entry<'_>> {
    let mut entries: Vec<Entry<'_>> = Vec::with_capacity(pieces.len());
    for piece in pieces {
        let is_alone = piece.extras.get("text").is_some() || piece.extras.get("thought").is_some();
        match (&piece.part, entries.last_mut()) {
            (Part::Reasoning(Reasoning { paragraphs, seal: Some(seal), redacted, .. }), Some(last))
                if paragraphs.is_empty() && last.is_signable() && !is_alone =>
            {
                last.signature = Some(proof::written(seal, *redacted));
            }
            _ => entries.extend(own_entry(piece)),
        }
    }
    entries
}

fn own_entry(piece: &Piece) -> Option<Entry<'_>> {
    let entry = match &piece.part {
        Part::Text(text) => Entry::of(Body::Text(Cow::Borrowed(&text.text))),
        Part::Refusal(text) => Entry::of(Body::Text(Cow::Borrowed(text))),
        Part::Media(medium) => Entry::of(Body::Medium(Cow::Borrowed(medium))),
        Part::ToolCall(call) => {
            let signature = call.seal.as_ref().map(|seal| proof::written(seal, false));
            Entry { signature, ..Entry::of(call_body(call, Args::of(call).0)) }
        }
        Part::ToolResult(result) => {
            let name = result.name.as_deref().unwrap_or_default();
            Entry::of(Body::Answer(Answer::of(result, name)))
        }
        Part::Reasoning(reasoning) => {
            let signature = reasoning.seal.as_ref().map(|seal| proof::written(seal, reasoning.redacted));
            let thought = !reasoning.paragraphs.is_empty() || piece.extras.get("thought").is_some();
            Entry { thought, ..Entry::thought(Cow::Owned(reasoning.text()), signature) }
        }
        Part::Opaque(opaque) if opaque.dialect == Dialect::Gemini => Entry::of(Body::Whole(&opaque.json)),
        Part::Opaque(_) => return None,
    };
    Some(Entry { extras: Some(&piece.extras), ..entry })
}
