//! Whole answers, written from the hub.

use std::borrow::Cow;

use super::citations::{self, Span};
use super::decode::IMAGES;
use crate::dialect::Dialect;
use crate::hub::custom;
use crate::hub::extras::Extras;
use crate::hub::loss::Losses;
use crate::hub::part::{Media, MediaKind, Opaque, Part, Piece, Source, ToolCall};
use crate::hub::reply::{Choice, Finish, Reply};
use crate::hub::seal::Seal;
use crate::json::walk::Node;
use crate::json::writer::Writer;
use crate::openai_chat::calls::{self, CALLS, CallBeside};
use crate::openai_chat::outcome::{self, Exactness};
use crate::openai_chat::{content, nested, thoughts};
use crate::translate::Voice;

/// Writes an answer.
pub(super) fn body(reply: &Reply, voice: &Voice, losses: &mut Losses) -> Vec<u8> {
    let own = reply.dialect == Dialect::OpenAiChat;
    let mut writer = Writer::with_capacity(1024);
    writer.object(|writer| {
        writer.key("id").text(&id(reply.id.as_deref().filter(|_| own), voice));
        writer.key("object").text("chat.completion");
        writer.key("created").count(reply.created.unwrap_or(voice.now));
        let model = voice.model.as_deref().or(reply.model.as_deref()).unwrap_or_default();
        writer.key("model").text(model);
        writer.key("choices").array(|writer| {
            for (index, choice) in reply.choices.iter().enumerate() {
                let mut scribe = Scribe { reply, index, own, voice, losses };
                scribe.choice(writer, choice);
            }
        });
        if let Some(usage) = &reply.usage {
            let left = reply.extras.get(outcome::USAGE).filter(|_| own);
            outcome::write_usage(writer.key("usage"), usage, left);
        }
        let tier = reply.tier.as_ref().and_then(outcome::tier_word);
        writer.text_member("service_tier", tier);
        if own {
            for (name, json) in reply.extras.iter().filter(|(name, _)| *name != outcome::USAGE) {
                writer.key(name).json(json);
            }
        }
    });
    if !own {
        losses.extras("", &reply.extras);
    }
    writer.into_bytes()
}

/// The identifier of an answer: its own in this dialect, or one that is made up in this dialect's form.
pub(in crate::openai_chat) fn id(own: Option<&str>, voice: &Voice) -> String {
    own.map_or_else(|| format!("chatcmpl-{}", voice.id), str::to_owned)
}

/// How a client knows calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::openai_chat) enum Form {
    /// As `tool_calls`.
    Today,
    /// As one `function_call`.
    Of2023,
}

/// The form that a client knows: one that sent `functions` alone has that of 2023.
pub(in crate::openai_chat) fn form(voice: &Voice) -> Form {
    let has = |name: &str| voice.request.as_ref().is_some_and(|request| request.node().get(name).is_some());
    if has("functions") && !has("tools") { Form::Of2023 } else { Form::Today }
}

/// The client's custom tools: where the target knows functions alone they were offered as such.
pub(in crate::openai_chat) fn custom_tools(voice: &Voice) -> Vec<String> {
    let tools = voice.request.as_ref().and_then(|request| request.node().get("tools"));
    let names =
        tools.into_iter().flat_map(Node::elements).filter_map(|tool| tool.at(&["custom", "name"])?.text());
    names.map(Cow::into_owned).collect()
}

/// The word for why a choice ends.
pub(in crate::openai_chat) fn word(finish: &Finish, form: Form) -> (&str, Exactness) {
    match outcome::finish_word(finish) {
        ("tool_calls", exact) if form == Form::Of2023 => ("function_call", exact),
        word => word,
    }
}

/// Where a part of an answer stood, in the terms of its own dialect.
pub(in crate::openai_chat) fn place(dialect: Dialect, choice: usize, piece: usize) -> String {
    match dialect {
        Dialect::OpenAiChat => format!("choices[{choice}].message"),
        Dialect::OpenAiResponses => format!("output[{piece}]"),
        Dialect::Anthropic => format!("content[{piece}]"),
        Dialect::Gemini => format!("candidates[{choice}].content.parts[{piece}]"),
        Dialect::Bedrock => format!("output.message.content[{piece}]"),
    }
}

/// Writes a choice.
#[derive(Debug)]
struct Scribe<'a> {
    reply: &'a Reply,
    index: usize,
    own: bool,
    voice: &'a Voice,
    losses: &'a mut Losses,
}

// === impl Scribe ===

impl Scribe<'_> {
    fn choice(&mut self, writer: &mut Writer, choice: &Choice) {
        writer.object(|writer| {
            writer.key("index").count(self.index as u64);
            writer.key("message").object(|writer| self.message(writer, choice));
            writer.key("logprobs");
            match &choice.logprobs {
                Some(logprobs) => writer.json(logprobs),
                None => writer.null(),
            }
            self.finish(writer, choice);
            if self.own {
                let here = choice.extras.iter().filter(|(name, _)| !name.starts_with("message."));
                here.for_each(|(name, json)| writer.key(name).json(json));
            }
        });
        if !self.own {
            self.losses.extras("", &choice.extras);
        }
    }

    fn finish(&mut self, writer: &mut Writer, choice: &Choice) {
        writer.key("finish_reason");
        let finish = choice.finish();
        if self.own && choice.finish.is_none() {
            return writer.null();
        }
        let (word, exact) = word(&finish, form(self.voice));
        writer.text(word);
        if exact == Exactness::Less {
            self.losses.changed("finish_reason");
        }
        if let (Finish::StopSequence(Some(stop)), true) = (&finish, self.own) {
            writer.key("stop_reason").text(stop);
        }
    }

    fn message(&mut self, writer: &mut Writer, choice: &Choice) {
        writer.key("role").text("assistant");
        self.words(writer, choice);
        let refusal: Option<String> = refusal(choice);
        writer.key("refusal");
        match &refusal {
            Some(refusal) => writer.text(refusal),
            None => writer.null(),
        }
        let apart = |piece: &&Piece| !piece.extras.notes(content::PART);
        let thoughts: Vec<&Piece> =
            choice.pieces.iter().filter(|piece| is_thought(piece)).filter(apart).collect();
        if self.own {
            thoughts::write(writer, &thoughts);
        } else {
            let sealed: Vec<Piece> = thoughts.into_iter().map(thoughts::sealed_up).collect();
            thoughts::write(writer, &sealed.iter().collect::<Vec<_>>());
        }
        self.citations(writer, choice);
        self.media(writer, choice);
        self.calls(writer, choice);
        self.rest(writer, choice);
    }

    /// Writes the words: as a string, or as parts where an answer of this dialect came in parts.
    fn words(&self, writer: &mut Writer, choice: &Choice) {
        writer.key("content");
        if self.own && choice.pieces.iter().any(is_part_of_list) {
            return writer.array(|writer| choice.pieces.iter().for_each(|piece| write_part(writer, piece)));
        }
        let texts: Vec<&str> = choice.pieces.iter().filter_map(text).collect();
        let silent = texts.is_empty() && choice.pieces.iter().any(|piece| !is_thought(piece));
        if silent { writer.null() } else { writer.text(&texts.concat()) }
    }

    fn citations(&mut self, writer: &mut Writer, choice: &Choice) {
        let mut cited = Vec::new();
        let mut span = Span::default();
        for (at, piece) in choice.pieces.iter().enumerate() {
            let Part::Text(text) = &piece.part else { continue };
            span = span.after(&text.text);
            for (number, citation) in text.citations.iter().enumerate() {
                if citations::is_known(citation) {
                    cited.push((span, citation));
                } else {
                    let place = place(self.reply.dialect, self.index, at);
                    self.losses.dropped(format!("{place}.citations[{number}]"));
                }
            }
        }
        if !cited.is_empty() {
            writer.key(citations::NAME).array(|writer| {
                for (span, citation) in cited {
                    citations::write(writer, citation, span, None);
                }
            });
        }
    }

    fn media(&mut self, writer: &mut Writer, choice: &Choice) {
        let media = || {
            choice.pieces.iter().filter_map(|piece| match &piece.part {
                Part::Media(media) => Some((piece, media)),
                _ => None,
            })
        };
        if let Some((piece, sound)) = media().find(|(_, media)| media.kind == MediaKind::Audio) {
            write_sound(writer.key("audio"), sound, self.own.then_some(&piece.extras));
        }
        let images: Vec<_> = media().filter(|(_, media)| media.kind == MediaKind::Image).collect();
        if !images.is_empty() {
            writer.key(IMAGES).array(|writer| {
                for (_, image) in images {
                    write_image(writer, image, None);
                }
            });
        }
    }

    /// A call's seal as this client gets it.
    fn seal_of(&self, call: &ToolCall) -> Option<Seal> {
        let seal = call.seal.as_ref();
        if self.own { seal.cloned() } else { seal.map(Seal::sealed_up) }
    }

    fn calls(&mut self, writer: &mut Writer, choice: &Choice) {
        let calls: Vec<&Piece> = choice.pieces.iter().filter(|piece| is_call(piece)).collect();
        if calls.is_empty() {
            return;
        }
        if let Some(call) = calls.iter().find_map(|piece| called(piece))
            && form(self.voice) == Form::Of2023
        {
            return write_function_call(writer.key("function_call"), call);
        }
        let custom = custom_tools(self.voice);
        writer.key(CALLS).array(|writer| {
            for piece in calls {
                match &piece.part {
                    Part::ToolCall(call) => {
                        let extras = self.own.then_some(&piece.extras);
                        let seal = self.seal_of(call);
                        let beside = CallBeside { extras, seal: seal.as_ref() };
                        let call = as_offered(call, &custom);
                        calls::write(writer, &call, &call.id, beside);
                    }
                    Part::Opaque(Opaque { json, .. }) => writer.json(json),
                    _ => {}
                }
            }
        });
    }

    /// What is left: of this dialect's message its other members, of another's what has no place.
    fn rest(&mut self, writer: &mut Writer, choice: &Choice) {
        for (at, piece) in choice.pieces.iter().enumerate() {
            let place = || place(self.reply.dialect, self.index, at);
            match &piece.part {
                Part::Text(_) | Part::Refusal(_) if self.own => nested::write_own(writer, &piece.extras),
                _ if self.own => {}
                Part::Opaque(_) | Part::ToolResult(_) => self.losses.dropped(place()),
                Part::Media(media) if matches!(media.kind, MediaKind::Video | MediaKind::Document) => {
                    self.losses.dropped(place());
                }
                _ => self.losses.extras(&place(), &piece.extras),
            }
        }
        if self.own {
            for (name, json) in choice.extras.iter() {
                if let Some(name) = name.strip_prefix("message.") {
                    writer.key(name).json(json);
                }
            }
        }
    }
}

/// A call as the client offered the tool.
fn as_offered<'a>(call: &'a ToolCall, custom_tools: &[String]) -> Cow<'a, ToolCall> {
    if call.custom || !custom_tools.contains(&call.name) {
        return Cow::Borrowed(call);
    }
    let arguments = custom::unwrapped(&call.arguments);
    Cow::Owned(ToolCall { custom: true, arguments, ..call.clone() })
}

/// Writes a picture that a model made.
pub(in crate::openai_chat) fn write_image(writer: &mut Writer, image: &Media, number: Option<u64>) {
    writer.object(|writer| {
        writer.count_member("index", number);
        writer.key("type").text("image_url");
        writer.key("image_url").object(|writer| content::write_url(writer, image));
    });
}

/// Writes a sound as a spoken answer. Where it was not kept to be referred to, it has no name and no end.
pub(in crate::openai_chat) fn write_sound(writer: &mut Writer, sound: &Media, own: Option<&Extras>) {
    writer.object(|writer| {
        if let Source::Base64(data) = &sound.source {
            writer.key("data").text(data);
        }
        if let Some(extras) = own {
            return writer.extras(extras);
        }
        writer.key("id").text("");
        writer.key("expires_at").count(0);
        writer.key("transcript").text("");
    });
}

/// Writes a call in the form of 2023.
fn write_function_call(writer: &mut Writer, call: &ToolCall) {
    writer.object(|writer| {
        writer.key("name").text(&call.name);
        writer.key("arguments").text(&call.arguments);
    });
}

fn write_part(writer: &mut Writer, piece: &Piece) {
    let beside = content::Beside { extras: Some(&piece.extras), hint: None };
    match &piece.part {
        Part::Text(text) => content::write_text(writer, &text.text, beside),
        Part::Reasoning(reasoning) if piece.extras.notes(content::PART) => {
            thoughts::write_part(writer, reasoning, beside);
        }
        Part::Opaque(opaque) if !piece.extras.notes(CALLS) => writer.json(&opaque.json),
        _ => {}
    }
}

/// Whether a content that holds this was no string.
fn is_part_of_list(piece: &Piece) -> bool {
    match &piece.part {
        Part::Opaque(_) => !piece.extras.notes(CALLS),
        _ => piece.extras.notes(content::PART),
    }
}

fn is_thought(piece: &Piece) -> bool {
    matches!(piece.part, Part::Reasoning(_))
}

fn is_call(piece: &Piece) -> bool {
    match &piece.part {
        Part::ToolCall(_) => true,
        Part::Opaque(_) => piece.extras.notes(CALLS),
        _ => false,
    }
}

fn called(piece: &Piece) -> Option<&ToolCall> {
    match &piece.part {
        Part::ToolCall(call) => Some(call),
        _ => None,
    }
}

fn text(piece: &Piece) -> Option<&str> {
    match &piece.part {
        Part::Text(text) => Some(&text.text),
        _ => None,
    }
}

fn refusal(choice: &Choice) -> Option<String> {
    let refusals: Vec<&str> = choice
        .pieces
        .iter()
        .filter_map(|piece| match &piece.part {
            Part::Refusal(text) => Some(text.as_str()),
            _ => None,
        })
        .collect();
    (!refusals.is_empty()).then(|| refusals.concat())
}
