//! A stream, understood.

use crate::anthropic::block::unbound;
use crate::anthropic::entry::copy;
use crate::anthropic::proof::{self, Signature};
use crate::anthropic::usage::{Counts, tier};
use crate::anthropic::{citation, names, reply};
use crate::dialect::Dialect;
use crate::error_body::ErrorKind;
use crate::frame::sse::Frame;
use crate::hub::event::{Delta, Event, Failed, Opened, Start};
use crate::hub::extras::{Extras, Json};
use crate::hub::flaw::DecodeError;
use crate::hub::part::{Opaque, Part, ReasoningForm};
use crate::hub::reply::Finish;
use crate::hub::seal::Seal;
use crate::hub::wish::Tier;
use crate::json::Kind;
use crate::json::object::Object;
use crate::json::walk::Node;
use crate::json::writer::Writer;
use crate::translate::Hear;

/// Understands a stream.
#[derive(Debug, Default)]
pub(crate) struct Ear {
    stage: Stage,
    blocks: Vec<(u64, Block)>,
    next_part: u32,
    counts: Counts,
    tier: Option<Tier>,
    /// The seal that belongs to the call behind it.
    waiting: Option<Seal>,
    finished: bool,
}

/// How far the stream is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Stage {
    #[default]
    Before,
    Begun,
    Over,
}

/// A block that is not whole yet.
#[derive(Debug)]
enum Block {
    /// Words and thoughts that the provider hides.
    Plain { part: u32 },
    /// Thoughts: what comes first tells whether they are some, or the seal of a call.
    Thoughts { part: Option<u32> },
    /// A call; what it takes stands at its beginning where it does not come in pieces.
    Call { part: u32, given: Option<Json> },
    /// A block that this dialect alone knows, told when it is whole.
    Other { json: Json, input: String },
    /// The block of a call's seal.
    Seal,
}

// === impl Ear ===

impl Hear for Ear {
    fn hear(&mut self, frame: &Frame, heard: &mut Vec<Event>) -> Result<(), DecodeError> {
        let Some(data) = frame.data.as_ref().filter(|_| self.stage != Stage::Over) else { return Ok(()) };
        let node = Node::read(data).ok_or_else(DecodeError::not_json)?;
        let kind = node.get("type").and_then(Node::text);
        match kind.as_deref().unwrap_or_default() {
            "content_block_delta" => self.delta(node, heard),
            "content_block_start" => self.open(node, heard),
            "content_block_stop" => {
                self.stop(index(node)?, heard);
                Ok(())
            }
            "message_start" => self.start(node, heard),
            "message_delta" => self.finish(node, heard),
            "message_stop" => {
                self.close(heard);
                Ok(())
            }
            "error" => {
                heard.push(Event::Failed(failed(node)));
                self.stage = Stage::Over;
                Ok(())
            }
            // `ping`, and whatever else may come.
            _ => Ok(()),
        }
    }

    fn end(&mut self, _heard: &mut Vec<Event>) -> bool {
        self.stage == Stage::Over
    }
}

impl Ear {
    fn start(&mut self, node: Node<'_>, heard: &mut Vec<Event>) -> Result<(), DecodeError> {
        if self.stage != Stage::Before {
            return Ok(());
        }
        self.stage = Stage::Begun;
        let mut start = Start::new(Dialect::Anthropic);
        if let Some(message) = node.get("message") {
            self.read_start(message, &mut start).map_err(|error| error.within("message"))?;
        }
        heard.push(Event::Start(start));
        Ok(())
    }

    fn read_start(&mut self, message: Node<'_>, start: &mut Start) -> Result<(), DecodeError> {
        let mut object = Object::of(message)?;
        start.id = object.text("id")?;
        start.model = object.text("model")?;
        if let Some(mut counts) = object.object("usage")? {
            self.counts.take(&mut counts).map_err(|error| error.within("usage"))?;
            start.tier = tier(&mut counts).map_err(|error| error.within("usage"))?;
            self.tier.clone_from(&start.tier);
            start.usage = Some(self.counts.usage());
        }
        for name in ["content", "stop_reason", "stop_sequence"] {
            object.take(name);
        }
        start.extras = reply::extras(object)?;
        Ok(())
    }

    /// Some servers begin without saying so.
    fn begin(&mut self, heard: &mut Vec<Event>) {
        if self.stage == Stage::Before {
            self.stage = Stage::Begun;
            heard.push(Event::Start(Start::new(Dialect::Anthropic)));
        }
    }

    fn open(&mut self, node: Node<'_>, heard: &mut Vec<Event>) -> Result<(), DecodeError> {
        self.begin(heard);
        let index = index(node)?;
        if self.finished {
            return Ok(());
        }
        let block = node.get("content_block").ok_or_else(|| DecodeError::missing("content_block"))?;
        let block = self.opened(block, heard).map_err(|error| error.within("content_block"))?;
        self.blocks.push((index, block));
        Ok(())
    }

    fn opened(&mut self, node: Node<'_>, heard: &mut Vec<Event>) -> Result<Block, DecodeError> {
        let mut object = Object::of(node)?;
        let kind = object.required_text("type")?;
        if kind != "tool_use" {
            self.flush(heard);
        }
        match kind.as_str() {
            "text" => self.text(object, heard),
            "thinking" => {
                let mut block = Block::Thoughts { part: None };
                let text = object.text("thinking")?.unwrap_or_default();
                let signature = object.text("signature")?.unwrap_or_default();
                if !text.is_empty() {
                    self.think(&mut block, text, heard);
                }
                if !signature.is_empty() {
                    self.sign(&mut block, &signature, heard);
                }
                Ok(block)
            }
            "redacted_thinking" => {
                let seal = proof::own(&object.required_text("data")?);
                let form = ReasoningForm::Full;
                let part = self.part(Opened::Reasoning { form, redacted: true }, Extras::default(), heard);
                heard.extend(seal.map(|seal| Event::Delta { part, delta: Delta::Seal(seal) }));
                Ok(Block::Plain { part })
            }
            "tool_use" => {
                let id = names::read(object.required_text("id")?);
                let name = names::read(object.required_text("name")?);
                let given = object.json("input");
                let extras = crate::anthropic::rest::rest(object);
                let seal = self.waiting.take();
                let part = self.part(Opened::ToolCall { id, name, custom: false, seal }, extras, heard);
                Ok(Block::Call { part, given })
            }
            _ => Ok(Block::Other { json: Json::of(node), input: String::new() }),
        }
    }

    fn text(&mut self, mut object: Object<'_>, heard: &mut Vec<Event>) -> Result<Block, DecodeError> {
        let text = object.text("text")?.unwrap_or_default();
        let citations = citation::read_all(&mut object)?;
        let part = self.part(Opened::Text, crate::anthropic::rest::rest(object), heard);
        if !text.is_empty() {
            heard.push(Event::Delta { part, delta: Delta::Text(text) });
        }
        let citations = citations.into_iter().map(|one| Event::Delta { part, delta: Delta::Citation(one) });
        heard.extend(citations);
        Ok(Block::Plain { part })
    }

    fn part(&mut self, opened: Opened, extras: Extras, heard: &mut Vec<Event>) -> u32 {
        let part = self.next_part;
        self.next_part = part.saturating_add(1);
        heard.push(Event::Open { part, choice: 0, opened, extras });
        part
    }

    fn delta(&mut self, node: Node<'_>, heard: &mut Vec<Event>) -> Result<(), DecodeError> {
        let index = index(node)?;
        let delta = node.get("delta").ok_or_else(|| DecodeError::missing("delta"))?;
        let Some(at) = self.blocks.iter().position(|(open, _)| *open == index) else { return Ok(()) };
        let (_, mut block) = self.blocks.swap_remove(at);
        let added = self.add(&mut block, delta, heard).map_err(|error| error.within("delta"));
        self.blocks.push((index, block));
        added
    }

    fn add(&mut self, block: &mut Block, delta: Node<'_>, heard: &mut Vec<Event>) -> Result<(), DecodeError> {
        let said = |name: &str| {
            let text = delta.get(name).and_then(Node::text).map(std::borrow::Cow::into_owned);
            text.ok_or_else(|| DecodeError::expected("a string").within(name))
        };
        let kind = delta.get("type").and_then(Node::text).unwrap_or_default();
        match (kind.as_ref(), &mut *block) {
            ("text_delta", Block::Plain { part }) => {
                heard.push(Event::Delta { part: *part, delta: Delta::Text(said("text")?) });
            }
            ("input_json_delta", Block::Call { part, given }) => {
                let more = said("partial_json")?;
                if !more.is_empty() {
                    *given = None;
                    heard.push(Event::Delta { part: *part, delta: Delta::Arguments(more) });
                }
            }
            ("input_json_delta", Block::Other { input, .. }) => input.push_str(&said("partial_json")?),
            ("thinking_delta", Block::Thoughts { .. }) => {
                let text = said("thinking")?;
                if !text.is_empty() {
                    self.think(block, text, heard);
                }
            }
            ("signature_delta", Block::Thoughts { .. }) => self.sign(block, &said("signature")?, heard),
            ("citations_delta", Block::Plain { part }) => {
                let citation = delta.get("citation").ok_or_else(|| DecodeError::missing("citation"))?;
                let citation = citation::read(citation).map_err(|error| error.within("citation"))?;
                heard.push(Event::Delta { part: *part, delta: Delta::Citation(citation) });
            }
            (_, Block::Other { json, .. }) => *json = overlaid(json, delta),
            _ => {}
        }
        Ok(())
    }

    fn thoughts(&mut self, block: &mut Block, heard: &mut Vec<Event>) -> u32 {
        if let Block::Thoughts { part: Some(part) } = block {
            return *part;
        }
        let opened = Opened::Reasoning { form: ReasoningForm::Full, redacted: false };
        let part = self.part(opened, Extras::default(), heard);
        *block = Block::Thoughts { part: Some(part) };
        part
    }

    fn think(&mut self, block: &mut Block, text: String, heard: &mut Vec<Event>) {
        let part = self.thoughts(block, heard);
        heard.push(Event::Delta { part, delta: Delta::Text(text) });
    }

    fn sign(&mut self, block: &mut Block, signature: &str, heard: &mut Vec<Event>) {
        match Signature::read(signature) {
            Signature::Call(seal) if matches!(block, Block::Thoughts { part: None }) => {
                self.waiting = Some(seal);
                *block = Block::Seal;
            }
            Signature::Call(seal) | Signature::Thoughts(Some(seal)) => {
                let part = self.thoughts(block, heard);
                heard.push(Event::Delta { part, delta: Delta::Seal(seal) });
            }
            Signature::Thoughts(None) => {}
        }
    }

    fn stop(&mut self, index: u64, heard: &mut Vec<Event>) {
        if let Some(at) = self.blocks.iter().position(|(open, _)| *open == index) {
            let (_, block) = self.blocks.swap_remove(at);
            self.whole(block, heard);
        }
    }

    fn whole(&mut self, mut block: Block, heard: &mut Vec<Event>) {
        let part = match &mut block {
            Block::Seal => return,
            Block::Plain { part } => *part,
            Block::Thoughts { .. } => self.thoughts(&mut block, heard),
            Block::Call { part, given } => {
                let arguments = given.take().map(|given| Delta::Arguments(given.as_str().to_owned()));
                heard.extend(arguments.map(|delta| Event::Delta { part: *part, delta }));
                *part
            }
            Block::Other { json, input } => {
                let json = with_input(json, input);
                let kind = json.node().get("type").and_then(Node::text).unwrap_or_default().into_owned();
                let opaque = Opaque { dialect: Dialect::Anthropic, kind, json };
                self.part(Opened::Opaque(opaque), Extras::default(), heard)
            }
        };
        heard.push(Event::Close { part });
    }

    /// A call's seal whose call does not come.
    fn flush(&mut self, heard: &mut Vec<Event>) {
        let piece = self.waiting.take().map(unbound);
        if let Some(Part::Reasoning(reasoning)) = piece.map(|piece| piece.part) {
            let opened = Opened::Reasoning { form: reasoning.form, redacted: false };
            let part = self.part(opened, Extras::default(), heard);
            heard.extend(reasoning.seal.map(|seal| Event::Delta { part, delta: Delta::Seal(seal) }));
            heard.push(Event::Close { part });
        }
    }

    fn finish(&mut self, node: Node<'_>, heard: &mut Vec<Event>) -> Result<(), DecodeError> {
        self.begin(heard);
        let mut object = Object::of(node)?;
        if let Some(counts) = object.take("usage").filter(|usage| usage.kind() == Kind::Object) {
            self.count(counts, heard).map_err(|error| error.within("usage"))?;
        }
        if let Some(delta) = object.take("delta") {
            let mut delta = Object::of(delta).map_err(|error| error.within("delta"))?;
            let finish = reply::finish(&mut delta).map_err(|error| error.within("delta"))?;
            heard.extend(Event::more(crate::anthropic::rest::rest(delta)));
            if finish.is_some() {
                self.complete(finish, heard);
            }
        }
        heard.extend(Event::more(reply::extras(object)?));
        Ok(())
    }

    fn count(&mut self, node: Node<'_>, heard: &mut Vec<Event>) -> Result<(), DecodeError> {
        let mut counts = Object::of(node)?;
        self.counts.take(&mut counts)?;
        heard.push(Event::Usage(self.counts.usage()));
        heard.extend(Event::retold(tier(&mut counts)?, self.tier.as_ref()));
        Ok(())
    }

    /// Closes what is open and tells why the answer ends, once.
    fn complete(&mut self, finish: Option<Finish>, heard: &mut Vec<Event>) {
        if std::mem::replace(&mut self.finished, true) {
            return;
        }
        for (_, block) in std::mem::take(&mut self.blocks) {
            self.whole(block, heard);
        }
        self.flush(heard);
        heard.push(Event::finish(0, finish));
    }

    fn close(&mut self, heard: &mut Vec<Event>) {
        self.begin(heard);
        self.complete(None, heard);
        heard.push(Event::End);
        self.stage = Stage::Over;
    }
}

fn index(node: Node<'_>) -> Result<u64, DecodeError> {
    let index = node.get("index").and_then(|index| std::str::from_utf8(index.spelled()).ok()?.parse().ok());
    index.ok_or_else(|| DecodeError::expected("an integer of at least 0").within("index"))
}

/// A block with the members of a delta in place of its own.
fn overlaid(json: &Json, delta: Node<'_>) -> Json {
    let mut writer = Writer::default();
    writer.object(|writer| {
        let replaced = |name: &[u8]| delta.members().any(|member| member.key == name && !member.is("type"));
        let kept = json.node().members().filter(|member| !replaced(member.key));
        let added = delta.members().filter(|member| !member.is("type"));
        for member in kept.chain(added) {
            copy(writer, &member);
        }
    });
    Json::written(writer.into_bytes())
}

/// A block with what its tool takes, as it came in pieces.
fn with_input(json: &Json, input: &str) -> Json {
    let Some(input) = Json::read(input) else { return json.clone() };
    let mut writer = Writer::default();
    writer.object(|writer| {
        for member in json.node().members() {
            if member.is("input") {
                writer.key("input").json(&input);
            } else {
                copy(writer, &member);
            }
        }
    });
    Json::written(writer.into_bytes())
}

fn failed(node: Node<'_>) -> Failed {
    let said = |name: &str| node.at(&["error", name]).and_then(Node::text).unwrap_or_default().into_owned();
    let code = said("type");
    let kind = match code.as_str() {
        "invalid_request_error" => ErrorKind::InvalidRequest,
        "authentication_error" => ErrorKind::Authentication,
        "permission_error" => ErrorKind::Permission,
        "not_found_error" => ErrorKind::NotFound,
        "request_too_large" => ErrorKind::TooLarge,
        "rate_limit_error" | "billing_error" => ErrorKind::RateLimit,
        "timeout_error" => ErrorKind::Timeout,
        "overloaded_error" => ErrorKind::Overloaded,
        _ => ErrorKind::Api,
    };
    Failed { kind, code, message: said("message") }
}
