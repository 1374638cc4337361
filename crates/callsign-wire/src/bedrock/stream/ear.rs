//! A stream, understood.

use bytes::Bytes;

use crate::anthropic::names;
use crate::base64;
use crate::bedrock::block::{hidden, opaque, proof};
use crate::bedrock::rest::{only, write_members};
use crate::bedrock::{citation, media, reply, usage};
use crate::dialect::Dialect;
use crate::error_body::ErrorKind;
use crate::frame::aws::{Message, Messages};
use crate::hub::event::{Delta, Event, Failed, Opened, Start};
use crate::hub::extras::{Extras, Json};
use crate::hub::flaw::DecodeError;
use crate::hub::part::{MediaKind, Part, ReasoningForm};
use crate::json::object::Object;
use crate::json::walk::Node;
use crate::json::writer::Writer;
use crate::translate::{Listen, StreamError};

/// Understands a stream.
#[derive(Debug, Default)]
pub(crate) struct Ear {
    messages: Messages,
    stage: Stage,
    blocks: Vec<(u64, Block)>,
    next_part: u32,
}

/// How far the stream is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Stage {
    #[default]
    Before,
    Begun,
    /// The message is whole; what it took may follow.
    Finished,
    Over,
}

/// A block that is not whole yet.
#[derive(Debug)]
enum Block {
    Text {
        part: u32,
    },
    Thoughts {
        part: u32,
    },
    /// Thoughts that the provider hides, whose bytes may come in pieces.
    Hidden {
        part: u32,
        data: String,
    },
    /// A call, and whether its arguments have begun.
    Call {
        part: u32,
        begun: bool,
    },
    /// A picture, told when it is whole.
    Picture {
        format: Option<String>,
        bytes: Vec<u8>,
    },
    /// A block that this dialect alone knows, told when it is whole.
    Other {
        kind: String,
        start: Json,
        input: String,
        content: Vec<Json>,
    },
}

// === impl Ear ===

impl Listen for Ear {
    fn push(&mut self, bytes: Bytes, heard: &mut Vec<Event>) -> Result<(), StreamError> {
        self.messages.push(&bytes);
        while let Some(message) = self.messages.next_message().map_err(StreamError::Frames)? {
            if self.stage != Stage::Over {
                self.hear(&message, heard)?;
            }
        }
        Ok(())
    }

    fn end(&mut self, heard: &mut Vec<Event>) -> Result<(), StreamError> {
        match self.stage {
            Stage::Over => Ok(()),
            Stage::Finished if self.messages.is_between() => {
                heard.push(Event::End);
                self.stage = Stage::Over;
                Ok(())
            }
            _ => Err(StreamError::Cut),
        }
    }
}

impl Ear {
    fn hear(&mut self, message: &Message, heard: &mut Vec<Event>) -> Result<(), DecodeError> {
        match message.header(":message-type").as_deref() {
            Some("exception") => {
                let code = message.header(":exception-type").unwrap_or_default();
                self.fail(code, said(&message.payload), heard);
                return Ok(());
            }
            Some("error") => {
                let code = message.header(":error-code").unwrap_or_default();
                self.fail(code, message.header(":error-message").unwrap_or_default(), heard);
                return Ok(());
            }
            _ => {}
        }
        let node = Node::read(&message.payload).ok_or_else(DecodeError::not_json)?;
        self.begin(heard);
        match message.header(":event-type").as_deref().unwrap_or_default() {
            "contentBlockDelta" => self.delta(node, heard),
            "contentBlockStart" => self.open(node, heard),
            "contentBlockStop" => {
                let index = index(node)?;
                if let Some(at) = self.blocks.iter().position(|(open, _)| *open == index) {
                    let (_, block) = self.blocks.swap_remove(at);
                    self.whole(block, heard);
                }
                Ok(())
            }
            "messageStop" => self.finish(node, heard),
            "metadata" => metadata(node, heard),
            // `messageStart` says nothing but who speaks.
            _ => Ok(()),
        }
    }

    fn begin(&mut self, heard: &mut Vec<Event>) {
        if self.stage == Stage::Before {
            self.stage = Stage::Begun;
            heard.push(Event::Start(Start::new(Dialect::Bedrock)));
        }
    }

    fn fail(&mut self, code: String, message: String, heard: &mut Vec<Event>) {
        self.begin(heard);
        heard.push(Event::Failed(Failed { kind: kind(&code), code, message }));
        self.stage = Stage::Over;
    }

    fn open(&mut self, node: Node<'_>, heard: &mut Vec<Event>) -> Result<(), DecodeError> {
        let index = index(node)?;
        let Some((key, start)) = node.get("start").and_then(only) else { return Ok(()) };
        if self.stage != Stage::Begun {
            return Ok(());
        }
        let other = start.get("type").is_some() || key != b"toolUse";
        let block = match key {
            b"image" => {
                let format = start.get("format").and_then(Node::text).map(std::borrow::Cow::into_owned);
                Block::Picture { format, bytes: Vec::new() }
            }
            _ if other => {
                let kind = String::from_utf8_lossy(key).into_owned();
                Block::Other { kind, start: Json::of(start), input: String::new(), content: Vec::new() }
            }
            _ => {
                let part = self.call(start, heard).map_err(|error| error.within("start.toolUse"))?;
                Block::Call { part, begun: false }
            }
        };
        self.blocks.push((index, block));
        Ok(())
    }

    fn call(&mut self, node: Node<'_>, heard: &mut Vec<Event>) -> Result<u32, DecodeError> {
        let mut object = Object::of(node)?;
        let id = object.required_text("toolUseId")?;
        let name = names::read(object.required_text("name")?);
        let opened = Opened::ToolCall { id, name, custom: false, seal: None };
        Ok(self.part(opened, object.rest(), heard))
    }

    fn part(&mut self, opened: Opened, extras: Extras, heard: &mut Vec<Event>) -> u32 {
        let part = self.next_part;
        self.next_part = part.saturating_add(1);
        heard.push(Event::Open { part, choice: 0, opened, extras });
        part
    }

    fn delta(&mut self, node: Node<'_>, heard: &mut Vec<Event>) -> Result<(), DecodeError> {
        let index = index(node)?;
        let Some((key, delta)) = node.get("delta").and_then(only) else { return Ok(()) };
        if self.stage != Stage::Begun {
            return Ok(());
        }
        let at = self.blocks.iter().position(|(open, _)| *open == index);
        let mut block = match at {
            Some(at) => self.blocks.swap_remove(at).1,
            None => match self.begun_by(key, delta, heard) {
                Some(block) => block,
                None => return Ok(()),
            },
        };
        let added = add(&mut block, key, delta, heard);
        self.blocks.push((index, block));
        added.map_err(|error| error.within(&String::from_utf8_lossy(key)).within("delta"))
    }

    /// Words and thoughts begin without saying so.
    fn begun_by(&mut self, key: &[u8], delta: Node<'_>, heard: &mut Vec<Event>) -> Option<Block> {
        let form = ReasoningForm::Full;
        match key {
            b"text" | b"citation" => {
                Some(Block::Text { part: self.part(Opened::Text, Extras::default(), heard) })
            }
            b"reasoningContent" if delta.get("redactedContent").is_some() => {
                let opened = Opened::Reasoning { form, redacted: true };
                let part = self.part(opened, Extras::default(), heard);
                Some(Block::Hidden { part, data: String::new() })
            }
            b"reasoningContent" => {
                let opened = Opened::Reasoning { form, redacted: false };
                Some(Block::Thoughts { part: self.part(opened, Extras::default(), heard) })
            }
            b"image" => Some(Block::Picture { format: None, bytes: Vec::new() }),
            _ => None,
        }
    }

    fn whole(&mut self, block: Block, heard: &mut Vec<Event>) {
        let part = match block {
            Block::Text { part } | Block::Thoughts { part } => part,
            Block::Hidden { part, data } => {
                heard.push(Event::Delta { part, delta: Delta::Seal(hidden(data)) });
                part
            }
            Block::Call { part, begun } => {
                if !begun {
                    heard.push(Event::Delta { part, delta: Delta::Arguments("{}".to_owned()) });
                }
                part
            }
            Block::Picture { format, bytes } => match picture(format.as_deref(), &bytes) {
                Some((opened, extras)) => self.part(opened, extras, heard),
                None => return,
            },
            Block::Other { kind, start, input, content } => {
                let json = gathered(&kind, &start, &input, &content);
                let Part::Opaque(opaque) = opaque(&kind, json).part else { return };
                self.part(Opened::Opaque(opaque), Extras::default(), heard)
            }
        };
        heard.push(Event::Close { part });
    }

    fn finish(&mut self, node: Node<'_>, heard: &mut Vec<Event>) -> Result<(), DecodeError> {
        if self.stage != Stage::Begun {
            return Ok(());
        }
        self.stage = Stage::Finished;
        let mut object = Object::of(node)?;
        let mut extras = Extras::default();
        let finish = reply::finish(&mut object, &mut extras)?;
        extras.append(left(object));
        self.blocks.sort_by_key(|(index, _)| *index);
        for (_, block) in std::mem::take(&mut self.blocks) {
            self.whole(block, heard);
        }
        heard.extend(Event::more(extras));
        heard.push(Event::finish(0, finish));
        Ok(())
    }
}

/// Adds a delta to its block; one that does not fit is none of ours.
fn add(block: &mut Block, key: &[u8], delta: Node<'_>, heard: &mut Vec<Event>) -> Result<(), DecodeError> {
    let text = |node: Node<'_>| crate::json::object::said(node).map(std::borrow::Cow::into_owned);
    let mut push = |part: u32, delta: Delta| heard.push(Event::Delta { part, delta });
    match (key, block) {
        (b"text", Block::Text { part }) => {
            let words = text(delta)?;
            if !words.is_empty() {
                push(*part, Delta::Text(words));
            }
        }
        (b"citation", Block::Text { part }) => push(*part, Delta::Citation(citation::read(delta)?)),
        (b"toolUse", Block::Call { part, begun }) => {
            let more = Object::of(delta)?.text("input")?.unwrap_or_default();
            if !more.is_empty() {
                *begun = true;
                push(*part, Delta::Arguments(more));
            }
        }
        (b"toolUse", Block::Other { input, .. }) => {
            input.push_str(&Object::of(delta)?.text_ref("input")?.unwrap_or_default());
        }
        (b"toolResult", Block::Other { content, .. }) => content.extend(delta.elements().map(Json::of)),
        (b"reasoningContent", Block::Thoughts { part }) => {
            let mut thoughts = Object::of(delta)?;
            if let Some(words) = thoughts.text("text")?.filter(|words| !words.is_empty()) {
                push(*part, Delta::Text(words));
            }
            if let Some(seal) = thoughts.text_ref("signature")?.and_then(|signature| proof(&signature)) {
                push(*part, Delta::Seal(seal));
            }
        }
        (b"reasoningContent", Block::Hidden { data, .. }) => {
            data.push_str(&Object::of(delta)?.text_ref("redactedContent")?.unwrap_or_default());
        }
        (b"image", Block::Picture { bytes, .. }) => {
            let more = delta.at(&["source", "bytes"]).and_then(Node::text);
            bytes.extend(more.and_then(|more| base64::decode(&more)).unwrap_or_default());
        }
        _ => {}
    }
    Ok(())
}

/// What it took, and what the service adds.
fn metadata(node: Node<'_>, heard: &mut Vec<Event>) -> Result<(), DecodeError> {
    let mut object = Object::of(node)?;
    if let Some(counts) = object.object("usage")? {
        let (usage, _) = usage::read(counts).map_err(|error| error.within("usage"))?;
        heard.push(Event::Usage(usage));
    }
    heard.extend(Event::more(left(object)));
    Ok(())
}

/// What is left of an event; what only pads it says nothing.
fn left(mut object: Object<'_>) -> Extras {
    object.take("p");
    let mut extras = object.rest();
    extras.hush(reply::is_technical);
    extras
}

fn index(node: Node<'_>) -> Result<u64, DecodeError> {
    let mut object = Object::of(node)?;
    object.count("contentBlockIndex")?.ok_or_else(|| DecodeError::missing("contentBlockIndex"))
}

/// A picture that came in pieces, read as one that came whole.
fn picture(format: Option<&str>, bytes: &[u8]) -> Option<(Opened, Extras)> {
    let mut writer = Writer::default();
    writer.object(|writer| {
        writer.text_member("format", format);
        writer.key("source").object(|writer| writer.key("bytes").text(&base64::encode(bytes)));
    });
    let json = Json::written(writer.into_bytes());
    let piece = media::read(json.node(), MediaKind::Image).ok()?;
    match piece.part {
        Part::Media(media) => Some((Opened::Media(media), piece.extras)),
        _ => None,
    }
}

/// A block as it stands in whole answers.
fn gathered(kind: &str, start: &Json, input: &str, content: &[Json]) -> Json {
    let mut writer = Writer::default();
    writer.object(|writer| {
        writer.key(kind).object(|writer| {
            write_members(writer, Some(start));
            match Json::read(input) {
                Some(input) => writer.key("input").json(&input),
                None if kind == "toolUse" => writer.key("input").object(|_| {}),
                None => {
                    writer.key("content").array(|writer| content.iter().for_each(|json| writer.json(json)));
                }
            }
        });
    });
    Json::written(writer.into_bytes())
}

/// The words of an exception.
fn said(payload: &[u8]) -> String {
    let node = Node::read(payload);
    let told = node.and_then(|node| node.get("message").or_else(|| node.get("Message"))?.text());
    told.map_or_else(|| String::from_utf8_lossy(payload).into_owned(), std::borrow::Cow::into_owned)
}

fn kind(code: &str) -> ErrorKind {
    let is = |name: &str| code.eq_ignore_ascii_case(name);
    match () {
        () if is("throttlingException") => ErrorKind::RateLimit,
        () if is("validationException") => ErrorKind::InvalidRequest,
        () if is("modelTimeoutException") => ErrorKind::Timeout,
        () if is("accessDeniedException") => ErrorKind::Permission,
        () if is("resourceNotFoundException") => ErrorKind::NotFound,
        () if is("serviceUnavailableException") || is("modelNotReadyException") => ErrorKind::Overloaded,
        () => ErrorKind::Api,
    }
}
