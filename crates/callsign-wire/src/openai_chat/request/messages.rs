//! The messages of a request, written from turns.

use super::arrange::{Message, Placed};
use super::turns::MEMBER;
use crate::dialect::Dialect;
use crate::hub::conversation::{Conversation, Role};
use crate::hub::custom;
use crate::hub::loss::Losses;
use crate::hub::part::{Media, MediaKind, Part, Piece, Reasoning, Source, ToolCall, ToolResult};
use crate::json::writer::Writer;
use crate::openai_chat::calls::{self, CALLS, CallBeside};
use crate::openai_chat::content::{self, Beside};
use crate::openai_chat::{nested, thoughts};
use crate::quirks::{Cache, Chat, Members, Thoughts};

/// Writes messages one after another.
#[derive(Debug)]
pub(super) struct Scribe<'a, 'l> {
    conversation: &'a Conversation,
    chat: Chat,
    own: bool,
    losses: &'l mut Losses,
    /// Media of results, which this dialect takes from users alone.
    carried: Vec<(&'a str, &'a Media)>,
}

// === impl Scribe ===

impl<'a, 'l> Scribe<'a, 'l> {
    /// One who writes the messages of `conversation`.
    pub(super) fn new(conversation: &'a Conversation, chat: Chat, losses: &'l mut Losses) -> Self {
        let own = conversation.dialect == Dialect::OpenAiChat;
        Self { conversation, chat, own, losses, carried: Vec::new() }
    }

    /// Writes them all, as the elements of a list.
    pub(super) fn write(mut self, writer: &mut Writer, messages: &[Message<'a>]) {
        for message in messages {
            if message.role != Role::Tool && message.role != Role::User {
                self.write_carried(writer);
            }
            self.message(writer, message);
        }
        self.write_carried(writer);
        self.note_prefill(messages);
    }

    /// The beginning of the answer that a client wants to have continued: here another answer follows it.
    fn note_prefill(&mut self, messages: &[Message<'a>]) {
        let continued = matches!(self.conversation.dialect, Dialect::Anthropic | Dialect::Bedrock);
        if let Some(last) = messages.last().filter(|last| continued && last.role == Role::Assistant)
            && !last.pieces.iter().any(is_call)
        {
            self.losses.changed(self.conversation.place(last.turn));
        }
    }

    fn message(&mut self, writer: &mut Writer, message: &Message<'a>) {
        match message.role {
            Role::System => self.system(writer, message, "system"),
            // Every server knows `system`, and OpenAI's take the one for the other.
            Role::Developer if !self.own => self.system(writer, message, "system"),
            Role::Developer => self.system(writer, message, "developer"),
            Role::User => self.user(writer, message),
            Role::Assistant => self.assistant(writer, message),
            Role::Tool => self.result(writer, message),
        }
    }

    fn system(&mut self, writer: &mut Writer, message: &Message<'a>, role: &str) {
        writer.object(|writer| {
            writer.key("role").text(role);
            self.content(writer.key("content"), &message.pieces);
            self.rest(writer, message);
        });
    }

    /// Whether anything of a user's message can be said to the target.
    pub(super) fn is_sayable(&self, message: &Message<'a>) -> bool {
        self.own || message.pieces.is_empty() || message.pieces.iter().any(|placed| self.has_part(placed))
    }

    fn has_part(&self, placed: &Placed<'a>) -> bool {
        match &placed.piece.part {
            Part::Text(_) | Part::Refusal(_) => true,
            Part::Media(media) => {
                matches!(media.source, Source::Text(_)) || self.takes(media) && content::has_part(media)
            }
            _ => false,
        }
    }

    fn user(&mut self, writer: &mut Writer, message: &Message<'a>) {
        if self.carried.is_empty() && !self.is_sayable(message) {
            return self.unsaid(message);
        }
        if message.turn.role.is_system() {
            self.losses.changed(self.conversation.place(message.turn));
        }
        let carried = std::mem::take(&mut self.carried);
        writer.object(|writer| {
            writer.key("role").text("user");
            writer.key("content");
            if carried.is_empty() {
                self.content(writer, &message.pieces);
            } else {
                writer.array(|writer| {
                    write_carried_parts(writer, &carried);
                    message.pieces.iter().for_each(|placed| self.part(writer, placed));
                });
            }
            self.rest(writer, message);
        });
    }

    /// Writes the media of results in a message of their own.
    fn write_carried(&mut self, writer: &mut Writer) {
        let carried = std::mem::take(&mut self.carried);
        if carried.is_empty() {
            return;
        }
        writer.object(|writer| {
            writer.key("role").text("user");
            writer.key("content").array(|writer| write_carried_parts(writer, &carried));
        });
    }

    /// What else a message has, where it came in this dialect.
    fn rest(&mut self, writer: &mut Writer, message: &Message<'a>) {
        let turn = message.turn;
        if self.own {
            writer.text_member("name", turn.name.as_deref());
            nested::write_own(writer, &turn.extras);
            return;
        }
        let mut told = None;
        for placed in &message.pieces {
            if told != Some(placed.turn.origin) {
                told = Some(placed.turn.origin);
                self.losses.extras(&self.conversation.place(placed.turn), &placed.turn.extras);
            }
        }
    }

    /// Writes a content: a string where there are only words, else a list of parts.
    fn content(&mut self, writer: &mut Writer, pieces: &[Placed<'a>]) {
        let words: Option<Vec<&str>> = pieces.iter().map(|placed| self.plain(placed.piece)).collect();
        match words.as_deref() {
            Some([]) => writer.text(""),
            Some([text]) => writer.text(text),
            // Some servers read nothing but strings; a client of this dialect gets what it wrote.
            Some(texts) if !self.own => writer.text(&texts.join("\n\n")),
            _ => writer.array(|writer| pieces.iter().for_each(|placed| self.part(writer, placed))),
        }
        if !self.own {
            for placed in pieces.iter().filter(|placed| matches!(placed.piece.part, Part::Text(_))) {
                self.losses.extras(&placed.path(self.conversation), &placed.piece.extras);
            }
        }
    }

    /// The words of a piece of which nothing else has to be written.
    fn plain<'p>(&self, piece: &'p Piece) -> Option<&'p str> {
        let Part::Text(text) = &piece.part else { return None };
        let marked = self.hint(piece) || (self.own && !piece.extras.is_empty());
        (!marked).then_some(text.text.as_str())
    }

    /// Whether a hint is to be written.
    fn hint(&self, piece: &Piece) -> bool {
        piece.cache.is_some() && (self.own || self.chat.cache == Cache::CacheControl)
    }

    fn beside<'p>(&self, piece: &'p Piece) -> Beside<'p> {
        let hint = piece.cache.as_ref().filter(|_| self.own || self.chat.cache == Cache::CacheControl);
        Beside { extras: self.own.then_some(&piece.extras), hint }
    }

    /// Writes a part of a list.
    fn part(&mut self, writer: &mut Writer, placed: &Placed<'a>) {
        let (piece, beside) = (placed.piece, self.beside(placed.piece));
        match &piece.part {
            Part::Text(text) => content::write_text(writer, &text.text, beside),
            Part::Refusal(text) if self.own => writer.object(|writer| {
                writer.key("type").text("refusal");
                writer.key("refusal").text(text);
                beside.write(writer);
            }),
            Part::Refusal(text) => content::write_text(writer, text, beside),
            Part::Media(media) => self.media(writer, placed, media),
            Part::Opaque(opaque) if self.own && opaque.dialect == Dialect::OpenAiChat => {
                writer.json(&opaque.json);
            }
            Part::Reasoning(reasoning) if self.own => thoughts::write_part(writer, reasoning, beside),
            _ => self.losses.dropped(placed.path(self.conversation)),
        }
    }

    fn media(&mut self, writer: &mut Writer, placed: &Placed<'a>, media: &Media) {
        let path = placed.path(self.conversation);
        if let (Source::Text(text), false) = (&media.source, self.own) {
            self.losses.changed(path);
            return content::write_text(writer, &titled(media.name.as_deref(), text), Beside::default());
        }
        if !self.takes(media) || !content::has_part(media) {
            return self.losses.dropped(path);
        }
        content::write_media(writer, media, self.beside(placed.piece));
        if !self.own {
            self.losses.extras(&path, &placed.piece.extras);
        }
    }

    /// Whether the target can know what a medium refers to: files are kept at one provider alone.
    fn takes(&self, media: &Media) -> bool {
        let openai = self.chat.members == Members::OpenAi;
        match (media.kind, &media.source) {
            _ if self.own => true,
            (_, Source::File(_)) => openai && self.conversation.dialect == Dialect::OpenAiResponses,
            // OpenAI's own service sees no films and hears two formats, whose content it wants.
            (MediaKind::Video, _) => !openai,
            (MediaKind::Audio, source) => {
                !openai || matches!(source, Source::Base64(_)) && content::is_common_sound(media)
            }
            _ => true,
        }
    }

    fn assistant(&mut self, writer: &mut Writer, message: &Message<'a>) {
        let said: Vec<Placed<'a>> =
            message.pieces.iter().copied().filter(|placed| self.is_said(placed)).collect();
        let calls: Vec<Placed<'a>> = message.pieces.iter().copied().filter(is_call).collect();
        let is_refusal = |placed: &Placed<'_>| matches!(placed.piece.part, Part::Refusal(_));
        let refuses = message.pieces.iter().any(|placed| is_refusal(placed) && !self.is_said(placed));
        if !self.own && said.is_empty() && calls.is_empty() && !refuses {
            return self.unsaid(message);
        }
        writer.object(|writer| {
            writer.key("role").text("assistant");
            self.thoughts(writer, message);
            let silent = if self.own { !message.pieces.is_empty() } else { refuses || !calls.is_empty() };
            if said.is_empty() && silent {
                writer.key("content").null();
            } else {
                self.words(writer.key("content"), &said);
            }
            self.members(writer, message);
            if !calls.is_empty() {
                let list = |writer: &mut Writer| calls.iter().for_each(|placed| self.call(writer, placed));
                writer.key(CALLS).array(list);
            }
            self.rest(writer, message);
        });
    }

    /// Of a message that would be empty only the losses are left.
    fn unsaid(&mut self, message: &Message<'a>) {
        for placed in &message.pieces {
            self.losses.dropped(placed.path(self.conversation));
        }
    }

    /// Whether a piece is part of what an assistant's message says.
    fn is_said(&self, placed: &Placed<'_>) -> bool {
        match &placed.piece.part {
            Part::Text(_) => true,
            Part::Refusal(_) if self.own => placed.piece.extras.notes(content::PART),
            Part::Refusal(_) => self.chat.members != Members::OpenAi,
            Part::Opaque(_) => self.own && !placed.piece.extras.notes(MEMBER) && !is_call(placed),
            Part::Media(_) => self.own,
            Part::Reasoning(_) => self.own && placed.piece.extras.notes(content::PART),
            _ => false,
        }
    }

    /// Writes what an assistant said in words.
    fn words(&mut self, writer: &mut Writer, said: &[Placed<'a>]) {
        if self.own {
            return self.content(writer, said);
        }
        let cited = said.iter().any(|placed| is_cited(placed.piece));
        let texts: Vec<&str> = said.iter().filter_map(|placed| words_of(placed.piece)).collect();
        writer.text(&texts.join(if cited { "" } else { "\n\n" }));
        for placed in said {
            let path = placed.path(self.conversation);
            self.losses.extras(&path, &placed.piece.extras);
            if is_cited(placed.piece) {
                self.losses.dropped(format!("{path}.{}", citations_name(self.conversation.dialect)));
            }
            if matches!(placed.piece.part, Part::Refusal(_)) {
                self.losses.changed(path);
            }
        }
    }

    /// Writes what has members of its own, and notes what has none.
    fn members(&mut self, writer: &mut Writer, message: &Message<'a>) {
        for placed in &message.pieces {
            match &placed.piece.part {
                Part::Refusal(text) if !self.is_said(placed) => writer.key("refusal").text(text),
                Part::Opaque(opaque) if self.own && placed.piece.extras.notes(MEMBER) => {
                    writer.key(&opaque.kind).json(&opaque.json);
                }
                Part::Opaque(_) if self.own => {}
                Part::Opaque(_) | Part::Media(_) if !self.is_said(placed) => {
                    self.losses.dropped(placed.path(self.conversation));
                }
                _ => {}
            }
        }
    }

    fn call(&mut self, writer: &mut Writer, placed: &Placed<'a>) {
        let call = match &placed.piece.part {
            Part::ToolCall(call) => call,
            Part::Opaque(opaque) => return writer.json(&opaque.json),
            _ => return,
        };
        let seal = call.seal.as_ref().filter(|_| self.own || self.chat.thoughts == Thoughts::Seals);
        if !self.own {
            let path = placed.path(self.conversation);
            self.losses.extras(&path, &placed.piece.extras);
            if call.seal.is_some() && seal.is_none() {
                self.losses.dropped(format!("{path}.{}", seal_name(self.conversation.dialect)));
            }
        }
        let beside = CallBeside { extras: self.own.then_some(&placed.piece.extras), seal };
        let id = self.id(&call.id);
        if call.custom && !self.own && self.chat.members != Members::OpenAi {
            let arguments = custom::wrapped(&call.arguments);
            let function = ToolCall { custom: false, arguments, ..call.clone() };
            return calls::write(writer, &function, &id, beside);
        }
        calls::write(writer, call, &id, beside);
    }

    fn id<'p>(&self, id: &'p str) -> std::borrow::Cow<'p, str> {
        if self.own { id.into() } else { calls::id_for(self.chat.call_ids, id) }
    }

    /// Writes earlier thoughts in the form in which the target wants them back, if it does.
    fn thoughts(&mut self, writer: &mut Writer, message: &Message<'a>) {
        let thoughts = message.pieces.iter().filter_map(|placed| match &placed.piece.part {
            Part::Reasoning(reasoning) => Some((placed, reasoning)),
            _ => None,
        });
        let thoughts: Vec<_> = thoughts.filter(|(placed, _)| !self.is_said(placed)).collect();
        if thoughts.is_empty() {
            return;
        }
        if self.own {
            let pieces: Vec<&Piece> = thoughts.iter().map(|(placed, _)| placed.piece).collect();
            return thoughts::write(writer, &pieces);
        }
        match self.chat.thoughts {
            Thoughts::Details => {
                thoughts::write_details(writer, thoughts.iter().map(|(_, reasoning)| *reasoning));
            }
            Thoughts::Content => self.open_thoughts(writer, &thoughts),
            Thoughts::Seals => self.bare_seals(writer, &thoughts),
            Thoughts::Omit => {
                for (placed, _) in thoughts {
                    self.losses.dropped(placed.path(self.conversation));
                }
            }
        }
    }

    /// Writes Gemini's seal of the words, for which there is one place.
    fn bare_seals(&mut self, writer: &mut Writer, thoughts: &[(&Placed<'a>, &Reasoning)]) {
        let mut written = false;
        for (placed, reasoning) in thoughts {
            match thoughts::bare_seal(reasoning) {
                Some(seal) if !written => {
                    written = true;
                    calls::write_seal(writer, seal);
                }
                _ => self.losses.dropped(placed.path(self.conversation)),
            }
        }
    }

    /// Writes the thoughts that nobody sealed; those of other makers are left out whole.
    fn open_thoughts(&mut self, writer: &mut Writer, thoughts: &[(&Placed<'a>, &Reasoning)]) {
        let (sealed, open): (Vec<_>, Vec<_>) =
            thoughts.iter().partition(|(_, reasoning)| reasoning.seal.is_some() || reasoning.redacted);
        for (placed, _) in sealed {
            self.losses.dropped(placed.path(self.conversation));
        }
        let texts: Vec<String> = open.iter().map(|(_, reasoning)| reasoning.text()).collect();
        if !texts.is_empty() {
            writer.key(thoughts::CONTENT).text(&texts.join("\n\n"));
        }
    }

    fn result(&mut self, writer: &mut Writer, message: &Message<'a>) {
        let Some(placed) = message.pieces.first() else { return };
        let Part::ToolResult(result) = &placed.piece.part else { return };
        writer.object(|writer| {
            writer.key("role").text("tool");
            writer.key("tool_call_id").text(&self.id(&result.call));
            if self.own {
                writer.text_member("name", result.name.as_deref());
                let pieces = within(placed, &result.pieces);
                self.content(writer.key("content"), &pieces);
                self.beside(placed.piece).write(writer);
                nested::write_own(writer, &message.turn.extras);
            } else {
                let text = self.result_text(placed, result);
                writer.key("content").text(&text);
                self.losses.extras(&placed.path(self.conversation), &placed.piece.extras);
            }
        });
    }

    /// A result in words; what is none waits for the next message of the user's.
    fn result_text(&mut self, placed: &Placed<'a>, result: &'a ToolResult) -> String {
        let path = placed.path(self.conversation);
        let mut texts: Vec<String> = Vec::new();
        for (index, piece) in result.pieces.iter().enumerate() {
            let path = format!("{path}.content[{index}]");
            match &piece.part {
                Part::Text(text) => texts.push(text.text.clone()),
                Part::Media(Media { source: Source::Text(text), name, .. }) => {
                    self.losses.changed(path);
                    texts.push(titled(name.as_deref(), text));
                }
                Part::Media(media) if self.takes(media) && content::has_part(media) => {
                    self.losses.changed(path);
                    self.carried.push((&result.call, media));
                }
                _ => self.losses.dropped(path),
            }
        }
        if texts.is_empty() && self.carried.last().is_some_and(|(call, _)| *call == result.call) {
            texts.push("The result is attached to the user's next message.".to_owned());
        }
        let mut text = texts.join("\n\n");
        if result.is_error == Some(true) {
            self.losses.changed(format!("{path}.is_error"));
            text.insert_str(0, "Error: ");
        }
        text
    }
}

/// The parts of a result, placed where the result is.
fn within<'a>(placed: &Placed<'a>, pieces: &'a [Piece]) -> Vec<Placed<'a>> {
    pieces.iter().map(|piece| Placed { piece, ..*placed }).collect()
}

fn write_carried_parts(writer: &mut Writer, carried: &[(&str, &Media)]) {
    for (call, media) in carried {
        let told = format!("Attached to the result of the tool call {call}:");
        content::write_text(writer, &told, Beside::default());
        content::write_media(writer, media, Beside::default());
    }
}

/// A document that is only words, with its name at the head.
fn titled(name: Option<&str>, text: &str) -> String {
    name.map_or_else(|| text.to_owned(), |name| format!("{name}\n\n{text}"))
}

fn is_call(placed: &Placed<'_>) -> bool {
    match &placed.piece.part {
        Part::ToolCall(_) => true,
        Part::Opaque(_) => placed.piece.extras.notes(CALLS),
        _ => false,
    }
}

fn is_cited(piece: &Piece) -> bool {
    matches!(&piece.part, Part::Text(text) if !text.citations.is_empty())
}

fn words_of(piece: &Piece) -> Option<&str> {
    match &piece.part {
        Part::Text(text) => Some(&text.text),
        Part::Refusal(text) => Some(text),
        _ => None,
    }
}

/// What the client's dialect calls what a text is based on.
const fn citations_name(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Anthropic | Dialect::Bedrock => "citations",
        _ => "annotations",
    }
}

/// What the client's dialect calls a call's seal.
const fn seal_name(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Gemini => "thoughtSignature",
        _ => "signature",
    }
}
