//! A `Part` as it is written.

use std::borrow::Cow;

use super::media;
use super::part::is_object;
use super::proto;
use crate::hub::extras::{Extras, Json};
use crate::hub::part::{Media, Part, ToolCall, ToolResult};
use crate::json::writer::Writer;

/// One part to write.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    pub(super) body: Body<'a>,
    /// Whether the words are thoughts.
    pub(super) thought: bool,
    pub(super) signature: Option<Cow<'a, str>>,
    /// What only Gemini knows of it.
    pub(super) extras: Option<&'a Extras>,
}

/// What a part is.
#[derive(Debug)]
pub(super) enum Body<'a> {
    Text(Cow<'a, str>),
    Call { id: Option<&'a str>, name: &'a str, args: Args<'a> },
    Answer(Answer<'a>),
    Medium(Cow<'a, Media>),
    Whole(&'a Json),
}

/// The arguments of a call, which are an object here.
#[derive(Debug)]
pub(super) enum Args<'a> {
    Object(&'a str),
    /// A text that is none, as the only member of one.
    Wrapped(&'static str, &'a str),
}

/// What came of a call.
#[derive(Debug)]
pub(super) struct Answer<'a> {
    pub(super) id: Option<&'a str>,
    pub(super) name: &'a str,
    pub(super) text: Cow<'a, str>,
    pub(super) is_error: bool,
    /// Media inside of the answer, which only new models take.
    pub(super) media: Vec<&'a Media>,
}

// === impl Entry ===

impl<'a> Entry<'a> {
    pub(super) const fn of(body: Body<'a>) -> Self {
        Self { body, thought: false, signature: None, extras: None }
    }

    /// A part of thoughts.
    pub(super) const fn thought(text: Cow<'a, str>, signature: Option<Cow<'a, str>>) -> Self {
        Self { body: Body::Text(text), thought: true, signature, extras: None }
    }

    /// Whether it is a part of words that a signature behind it belongs to.
    pub(super) const fn is_signable(&self) -> bool {
        let words = matches!(self.body, Body::Text(_)) && !self.thought;
        (words || matches!(self.body, Body::Medium(_))) && self.signature.is_none()
    }

    /// Whether it says anything: the API refuses parts without a word.
    pub(super) fn says_something(&self) -> bool {
        !matches!(&self.body, Body::Text(text) if text.is_empty() && self.signature.is_none())
    }

    /// Writes it.
    pub(super) fn write(&self, writer: &mut Writer) {
        if let Body::Whole(json) = &self.body {
            return writer.json(json);
        }
        writer.object(|writer| {
            self.write_body(writer);
            writer.boolean_member("thought", self.thought.then_some(true));
            writer.text_member("thoughtSignature", self.signature.as_deref());
            let extras = self.extras.into_iter().flat_map(Extras::iter);
            let told = |key: &str| key.contains('.') || key == "thought" || key == "text";
            for (key, json) in extras.filter(|(key, _)| !told(key)) {
                writer.key(key).json(json);
            }
        });
    }

    fn write_body(&self, writer: &mut Writer) {
        match &self.body {
            Body::Text(text) => writer.key("text").text(text),
            Body::Medium(medium) => media::write(writer, medium),
            Body::Call { id, name, args } => writer.key("functionCall").object(|writer| {
                writer.text_member("id", *id);
                writer.key("name").text(name);
                args.write(writer.key("args"));
                self.write_kept(writer, "functionCall");
            }),
            Body::Answer(answer) => writer.key("functionResponse").object(|writer| {
                answer.write(writer);
                self.write_kept(writer, "functionResponse");
            }),
            // Written above.
            Body::Whole(_) => {}
        }
    }

    fn write_kept(&self, writer: &mut Writer, name: &str) {
        if let Some(extras) = self.extras {
            proto::write_kept(writer, extras, name);
        }
    }
}

// === impl Args ===

impl<'a> Args<'a> {
    /// The arguments of a call, and whether they had to be changed.
    pub(super) fn of(call: &'a ToolCall) -> (Self, bool) {
        let text = call.arguments.trim();
        if call.custom {
            (Self::Wrapped("input", &call.arguments), false)
        } else if text.is_empty() {
            (Self::Object("{}"), false)
        } else if is_object(text) {
            (Self::Object(text), false)
        } else {
            (Self::Wrapped("arguments", &call.arguments), true)
        }
    }

    fn write(&self, writer: &mut Writer) {
        match self {
            Self::Object(text) => writer.json(&one_line(text)),
            Self::Wrapped(key, text) => writer.object(|writer| writer.key(key).text(text)),
        }
    }
}

/// A value in one line, as events have it: line ends stand between its tokens only.
fn one_line(json: &str) -> Json {
    let line = |byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { byte };
    Json::written(json.bytes().map(line).collect())
}

// === impl Answer ===

impl<'a> Answer<'a> {
    /// An answer with everything that it holds.
    pub(super) fn of(result: &'a ToolResult, name: &'a str) -> Self {
        let mut media = Vec::new();
        let mut texts: Vec<&str> = Vec::new();
        for piece in &result.pieces {
            match &piece.part {
                Part::Text(text) => texts.push(&text.text),
                Part::Refusal(text) => texts.push(text),
                Part::Media(medium) => media.push(medium),
                _ => {}
            }
        }
        let text = match texts.as_slice() {
            [only] => Cow::Borrowed(*only),
            _ => Cow::Owned(texts.join("\n")),
        };
        let id = Some(result.call.as_str());
        Self { id, name, text, is_error: result.is_error == Some(true), media }
    }

    fn write(&self, writer: &mut Writer) {
        writer.text_member("id", self.id.filter(|id| !super::ids::is_made_up(id)));
        writer.key("name").text(self.name);
        writer.key("response");
        let key = if self.is_error { "error" } else { "output" };
        match is_object(&self.text).then(|| one_line(self.text.trim())) {
            Some(object) if !self.is_error => writer.json(&object),
            Some(object) => writer.object(|writer| writer.key(key).json(&object)),
            None => writer.object(|writer| writer.key(key).text(&self.text)),
        }
        if !self.media.is_empty() {
            writer.key("parts").array(|writer| {
                self.media.iter().for_each(|medium| writer.object(|writer| media::write(writer, medium)));
            });
        }
    }
}
