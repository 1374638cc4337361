//! What was said so far, written as `instructions` and `input`.

use std::borrow::Cow;

use crate::dialect::Dialect;
use crate::hub::conversation::{Conversation, Role, Turn};
use crate::hub::loss::Losses;
use crate::hub::part::{Media, Part, Piece, Reasoning, ReasoningForm, Source, ToolCall, ToolResult};
use crate::hub::seal::Maker;
use crate::json::writer::Writer;
use crate::openai_responses::content::{Scribe, Side, plain};

const OWN: Dialect = Dialect::OpenAiResponses;

/// The longest `call_id` that the service takes.
const LONGEST_ID: usize = 64;

/// Writes what was said.
pub(super) struct Input<'a> {
    conversation: &'a Conversation,
    losses: &'a mut Losses,
    /// The calls of custom tools.
    custom: Vec<&'a str>,
    /// Where the user's latest message stood, if nothing of it could be said.
    pub(super) unsaid: Option<String>,
}

// === impl Input ===

impl<'a> Input<'a> {
    pub(super) fn new(conversation: &'a Conversation, losses: &'a mut Losses) -> Self {
        let pieces = conversation.turns.iter().flat_map(|turn| &turn.pieces);
        let custom = pieces.filter_map(|piece| match &piece.part {
            Part::ToolCall(call) if call.custom => Some(call.id.as_str()),
            _ => None,
        });
        Self { conversation, losses, custom: custom.collect(), unsaid: None }
    }

    /// Writes what the system says in a field of its own.
    pub(super) fn instructions(&mut self, writer: &mut Writer) {
        let mut texts: Vec<&str> = Vec::new();
        for turn in self.conversation.turns.iter().filter(|turn| stands_apart(turn)) {
            for (index, piece) in turn.pieces.iter().enumerate() {
                let place = self.place(turn, index);
                match &piece.part {
                    Part::Text(text) => {
                        self.losses.extras(&place, &piece.extras);
                        texts.push(&text.text);
                    }
                    _ => self.losses.dropped(place),
                }
            }
        }
        if !texts.is_empty() {
            writer.key("instructions").text(&texts.join("\n\n"));
        }
    }

    /// Writes everything else.
    pub(super) fn items(&mut self, writer: &mut Writer) {
        let conversation = self.conversation;
        let said = |turn: &&'a Turn| !stands_apart(turn);
        let mut turns = conversation.turns.iter().filter(said);
        if let (Some(turn), None) = (turns.next(), turns.next())
            && turn.role == Role::User
            && turn.extras.is_empty()
            && turn.name.is_none()
            && let Some(text) = plain(&turn.pieces)
        {
            writer.key("input").text(text);
            return;
        }
        writer.key("input").array(|writer| {
            for turn in conversation.turns.iter().filter(said) {
                self.turn(writer, turn);
            }
        });
    }

    /// Where a piece stood, in the client's terms.
    fn place(&self, turn: &Turn, index: usize) -> String {
        let place = self.conversation.place(turn);
        let calls = || turn.pieces.iter().take(index).filter(|piece| matches!(piece.part, Part::ToolCall(_)));
        let is_call = turn.pieces.get(index).is_some_and(|piece| matches!(piece.part, Part::ToolCall(_)));
        match self.conversation.dialect {
            OWN if turn.extras.is_empty() => place,
            Dialect::Gemini => format!("{place}.parts[{index}]"),
            Dialect::OpenAiChat if is_call => format!("{place}.tool_calls[{}]", calls().count()),
            Dialect::OpenAiChat if turn.role == Role::Tool => place,
            Dialect::Anthropic | Dialect::Bedrock if turn.origin.is_none() => format!("{place}[{index}]"),
            _ => format!("{place}.content[{index}]"),
        }
    }

    fn turn(&mut self, writer: &mut Writer, turn: &'a Turn) {
        if self.conversation.dialect == OWN && !turn.extras.is_empty() {
            self.message(writer, turn, 0..turn.pieces.len());
            return;
        }
        let place = self.conversation.place(turn);
        self.losses.extras(&place, &turn.extras);
        if turn.name.is_some() {
            self.losses.dropped(format!("{place}.name"));
        }
        let mut start = 0;
        for (index, piece) in turn.pieces.iter().enumerate() {
            if !is_item(piece) {
                continue;
            }
            self.message(writer, turn, start..index);
            self.item(writer, piece, &self.place(turn, index));
            start = index + 1;
        }
        self.message(writer, turn, start..turn.pieces.len());
    }

    /// Writes a run of pieces as one message.
    fn message(&mut self, writer: &mut Writer, turn: &'a Turn, run: std::ops::Range<usize>) {
        let own = self.conversation.dialect == OWN && !turn.extras.is_empty();
        let side = if turn.role == Role::Assistant { Side::Output } else { Side::Input };
        let pieces = turn.pieces.get(run.clone()).unwrap_or_default();
        let places: Vec<String> = run.map(|index| self.place(turn, index)).collect();
        let mut scribe = Scribe { from: self.conversation.dialect, losses: self.losses };
        let sayable = scribe.sayable(side, pieces.iter().zip(places));
        if turn.role == Role::User && !pieces.is_empty() {
            let silent = sayable.is_empty() && !own;
            self.unsaid = silent.then(|| self.conversation.place(turn));
        }
        if sayable.is_empty() && !own {
            return;
        }
        writer.object(|writer| {
            if own {
                writer.extras(&turn.extras);
            } else {
                writer.key("type").text("message");
            }
            if !own || turn.extras.get("role").is_none() {
                writer.key("role").text(role(turn.role));
            }
            writer.key("content");
            match plain(pieces).filter(|_| sayable.len() == 1) {
                Some(text) => writer.text(text),
                None => writer.array(|writer| {
                    for (piece, place) in &sayable {
                        scribe.part(writer, side, (piece, place));
                    }
                }),
            }
        });
    }

    fn item(&mut self, writer: &mut Writer, piece: &'a Piece, place: &str) {
        match &piece.part {
            Part::ToolCall(call) => self.call(writer, (call, piece, place)),
            Part::ToolResult(result) => self.result(writer, (result, piece, place)),
            Part::Reasoning(reasoning) => self.reasoning(writer, (reasoning, piece, place)),
            Part::Media(media) => self.image(writer, (media, piece, place)),
            Part::Opaque(opaque) if opaque.dialect == OWN => writer.json(&opaque.json),
            _ => self.losses.dropped(place),
        }
    }

    /// What an item begins with: its own dialect's members, or its type.
    fn head(&mut self, writer: &mut Writer, piece: &Piece, (kind, place): (&str, &str)) {
        if self.conversation.dialect == OWN && piece.extras.get("type").is_some() {
            writer.extras(&piece.extras);
            return;
        }
        writer.key("type").text(kind);
        if self.conversation.dialect == OWN {
            writer.extras(&piece.extras);
        } else {
            self.losses.extras(place, &piece.extras);
        }
    }

    fn call(&mut self, writer: &mut Writer, (call, piece, place): (&ToolCall, &Piece, &str)) {
        if call.seal.is_some() {
            self.losses.dropped(format!("{place}.signature"));
        }
        let (kind, input) =
            if call.custom { ("custom_tool_call", "input") } else { ("function_call", "arguments") };
        let bare = call.arguments.is_empty() && !call.custom && self.conversation.dialect != OWN;
        writer.object(|writer| {
            self.head(writer, piece, (kind, place));
            writer.key("call_id").text(&call_id(&call.id));
            writer.key("name").text(&call.name);
            writer.key(input).text(if bare { "{}" } else { &call.arguments });
        });
    }

    fn result(&mut self, writer: &mut Writer, (result, piece, place): (&'a ToolResult, &Piece, &str)) {
        let custom = result.custom || self.custom.contains(&result.call.as_str());
        let kind = if custom { "custom_tool_call_output" } else { "function_call_output" };
        let failed = result.is_error == Some(true);
        if failed {
            self.losses.changed(format!("{place}.is_error"));
        }
        writer.object(|writer| {
            self.head(writer, piece, (kind, place));
            writer.key("call_id").text(&call_id(&result.call));
            writer.key("output");
            match words(result, self.conversation.dialect) {
                Some(words) if failed && !begins_with_error(&words) => {
                    writer.text(&format!("Error: {words}"));
                }
                Some(words) => writer.text(&words),
                None => writer.array(|writer| {
                    if failed {
                        input_text(writer, "Error:");
                    }
                    self.outputs(writer, (&result.pieces, place));
                }),
            }
        });
    }

    fn outputs(&mut self, writer: &mut Writer, (pieces, place): (&[Piece], &str)) {
        let placed = pieces.iter().enumerate();
        let placed = placed.map(|(index, piece)| (piece, format!("{place}.content[{index}]")));
        let mut scribe = Scribe { from: self.conversation.dialect, losses: self.losses };
        let sayable = scribe.sayable(Side::Input, placed);
        for (piece, place) in &sayable {
            scribe.part(writer, Side::Input, (piece, place));
        }
    }

    fn reasoning(&mut self, writer: &mut Writer, (reasoning, piece, place): (&Reasoning, &Piece, &str)) {
        let own = self.conversation.dialect == OWN;
        let seal = reasoning.seal.as_ref();
        let readable = seal.and_then(|seal| seal.for_maker(Maker::OpenAi));
        // Thoughts without the proof are refused; in its own dialect an item may be told by its `id` alone.
        if readable.is_none() && (seal.is_some() || !own) {
            self.losses.dropped(place);
            return;
        }
        let texts = |writer: &mut Writer, kind: &str| {
            for text in &reasoning.paragraphs {
                writer.object(|writer| {
                    writer.key("type").text(kind);
                    writer.key("text").text(text);
                });
            }
        };
        let full = own && reasoning.form == ReasoningForm::Full;
        writer.object(|writer| {
            self.head(writer, piece, ("reasoning", place));
            if !own {
                writer.text_member("id", seal.and_then(|seal| seal.item.as_deref()));
            }
            writer.key("summary").array(|writer| {
                if !full && self.is_summary(reasoning) {
                    texts(writer, "summary_text");
                }
            });
            if full {
                writer.key("content").array(|writer| texts(writer, "reasoning_text"));
            }
            writer.text_member("encrypted_content", readable);
        });
    }

    /// Whether thoughts that OpenAI sealed are the summary that it gave. Chat has entries of their own for summaries; SDKs that
    /// keep the last chunk's members alone bring the seal with nothing but the last words.
    fn is_summary(&self, reasoning: &Reasoning) -> bool {
        reasoning.form == ReasoningForm::Summary || self.conversation.dialect != Dialect::OpenAiChat
    }

    /// A picture that the model made. Only the service itself can refer to its own.
    fn image(&mut self, writer: &mut Writer, (media, piece, place): (&Media, &Piece, &str)) {
        let Source::Base64(data) = &media.source else {
            self.losses.dropped(place);
            return;
        };
        if self.conversation.dialect != OWN {
            self.losses.dropped(place);
            return;
        }
        writer.object(|writer| {
            self.head(writer, piece, ("image_generation_call", place));
            writer.key("result").text(data);
        });
    }
}

/// Whether the system says it in a field of its own.
fn stands_apart(turn: &Turn) -> bool {
    turn.origin.is_none() && turn.role.is_system()
}

/// Whether a piece is an item by itself.
fn is_item(piece: &Piece) -> bool {
    match &piece.part {
        Part::ToolCall(_) | Part::ToolResult(_) | Part::Reasoning(_) | Part::Opaque(_) => true,
        // The output of the provider's own tool.
        Part::Media(_) => {
            piece.extras.get("type").is_some_and(|kind| kind.node().says("image_generation_call"))
        }
        Part::Text(_) | Part::Refusal(_) => false,
    }
}

const fn role(role: Role) -> &'static str {
    match role {
        Role::User | Role::Tool => "user",
        Role::Assistant => "assistant",
        Role::System => "system",
        Role::Developer => "developer",
    }
}

/// A result that is words alone, in one string.
fn words(result: &ToolResult, from: Dialect) -> Option<Cow<'_, str>> {
    if result.pieces.is_empty() {
        return Some(Cow::Borrowed(""));
    }
    if let Some(text) = plain(&result.pieces) {
        return Some(Cow::Borrowed(text));
    }
    let texts = result.pieces.iter().map(|piece| match &piece.part {
        Part::Text(text) if text.citations.is_empty() && piece.extras.telling().next().is_none() => {
            Some(text.text.as_str())
        }
        _ => None,
    });
    let texts: Option<Vec<&str>> = texts.collect();
    texts.filter(|_| from != OWN).map(|texts| Cow::Owned(texts.join("\n")))
}

fn begins_with_error(words: &str) -> bool {
    words.trim_start().get(..5).is_some_and(|start| start.eq_ignore_ascii_case("error"))
}

fn input_text(writer: &mut Writer, text: &str) {
    writer.object(|writer| {
        writer.key("type").text("input_text");
        writer.key("text").text(text);
    });
}

/// An identifier that is short enough; the same one becomes the same.
fn call_id(id: &str) -> Cow<'_, str> {
    if id.len() <= LONGEST_ID {
        Cow::Borrowed(id)
    } else {
        Cow::Owned(format!("call_{}", super::wishes::digest(id)))
    }
}
