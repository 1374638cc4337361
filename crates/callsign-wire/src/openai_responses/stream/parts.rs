//! The items of an answer while it is spoken: the hub's parts become items, neighbouring words one message.

use super::lines::Out;
use super::words::{Message, Thoughts};
use crate::dialect::Dialect;
use crate::hub::custom;
use crate::hub::event::{Delta, Opened};
use crate::hub::extras::{Extras, Json};
use crate::hub::loss::Losses;
use crate::hub::part::{Media, MediaKind, Source};
use crate::hub::seal::Seal;
use crate::json::walk::Node;
use crate::json::writer::Writer;
use crate::openai_responses::item::begins_message;
use crate::openai_responses::sealed::of_call;

const OWN: Dialect = Dialect::OpenAiResponses;

/// The longest identifier that items may have is 64.
const LONGEST_STEM: usize = 48;

/// The items of an answer.
#[derive(Debug)]
pub(super) struct Parts {
    from: Dialect,
    /// What identifiers are made of.
    stem: String,
    /// The client's custom tools: a target that knows functions alone calls them as such.
    custom: Vec<String>,
    done: Vec<Json>,
    current: Current,
    /// Where the part under way stood, in the provider's terms.
    place: String,
    called: bool,
    /// Log probabilities whose words have not come yet.
    probable: Vec<Json>,
}

/// The item under way.
#[derive(Debug)]
enum Current {
    None,
    Message(Message),
    Thoughts(Thoughts),
    Call(Call),
}

/// A call of a tool.
#[derive(Debug)]
struct Call {
    id: String,
    /// What its result refers to.
    refers: String,
    name: String,
    input: String,
    kind: CallKind,
    own: Extras,
}

/// What a call looks like on either side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CallKind {
    /// A function on both.
    Function,
    /// A custom tool on both.
    Custom,
    /// A custom tool for the client, a function for the target.
    Unwrapped,
}

/// A picture that is an item.
struct Picture<'a> {
    id: &'a str,
    own: &'a Extras,
    format: Option<&'a str>,
}

// === impl Parts ===

impl Parts {
    pub(super) fn new(stem: &str, custom: Vec<String>) -> Self {
        let stem = stem.chars().take(LONGEST_STEM).collect();
        Self {
            from: OWN,
            stem,
            custom,
            done: Vec::new(),
            current: Current::None,
            place: String::new(),
            called: false,
            probable: Vec::new(),
        }
    }

    /// The answer comes in this dialect.
    pub(super) const fn begin(&mut self, from: Dialect) {
        self.from = from;
    }

    /// The items that are whole.
    pub(super) fn items(&self) -> &[Json] {
        &self.done
    }

    /// Whether a tool was called.
    pub(super) const fn called(&self) -> bool {
        self.called
    }

    /// A part begins.
    pub(super) fn open(
        &mut self,
        part: u32,
        (opened, extras): (Opened, Extras),
        (out, losses): (&mut Out<'_>, &mut Losses),
    ) {
        self.place = place(self.from, part);
        if self.from != OWN {
            losses.extras(&self.place, &extras);
        }
        let extras = if self.from == OWN { extras } else { Extras::default() };
        match opened {
            Opened::Text => self.words("output_text", extras, (out, losses)),
            Opened::Refusal => self.words("refusal", extras, (out, losses)),
            Opened::Reasoning { form, redacted } => {
                self.end("completed", (out, losses));
                let thoughts = Thoughts::new((form, redacted), (self.id("rs", &extras), extras), self.from);
                out.event("response.output_item.added", |writer| {
                    writer.key("output_index").count(self.index());
                    thoughts.item(writer.key("item"), "in_progress");
                });
                self.current = Current::Thoughts(thoughts);
            }
            Opened::ToolCall { id, name, custom, seal } => {
                self.end("completed", (out, losses));
                if let Some(seal) = seal {
                    self.seal_of_call(&seal, out);
                }
                self.call((id, name, custom), extras, out);
            }
            Opened::Media(media) => {
                self.end("completed", (out, losses));
                self.media(&media, &extras, (out, losses));
            }
            Opened::Opaque(opaque) if opaque.dialect == OWN => {
                self.end("completed", (out, losses));
                self.whole((&opaque.json, opaque.json.clone()), out);
            }
            Opened::Opaque(_) => losses.dropped(self.place.as_str()),
        }
    }

    /// Something is added to the part that was opened last.
    pub(super) fn add(&mut self, delta: Delta, (out, losses): (&mut Out<'_>, &mut Losses)) {
        let index = self.index();
        match (&mut self.current, delta) {
            (Current::Message(message), Delta::Text(text)) => {
                message.add((&text, std::mem::take(&mut self.probable)), index, out);
            }
            (Current::Message(message), Delta::Citation(citation)) => message.cite(citation),
            (Current::Thoughts(thoughts), Delta::Text(text)) => thoughts.add(&text, index, out),
            (Current::Thoughts(thoughts), Delta::Paragraph) => thoughts.close_paragraph(index, out),
            (Current::Thoughts(thoughts), Delta::Seal(seal)) => thoughts.seal(seal),
            (Current::Call(call), Delta::Arguments(more)) => call.add(&more, index, out),
            (_, Delta::Seal(_)) => losses.dropped(format!("{}.seal", self.place)),
            // The grammar has no other pairs.
            _ => {}
        }
    }

    /// The part that was opened last is whole. Words wait: what follows may belong to their message.
    pub(super) fn close(&mut self, out: &mut Out<'_>) {
        let index = self.index();
        match std::mem::replace(&mut self.current, Current::None) {
            Current::Call(call) => self.done.push(call.end(index, out)),
            Current::Thoughts(thoughts) => self.done.push(thoughts.end(index, out)),
            words => self.current = words,
        }
    }

    /// The log probabilities of the words that come next, or, where none do, of the latest.
    pub(super) fn logprobs(&mut self, json: &Json, losses: &mut Losses) {
        let refusal = json.node().get("refusal").filter(|list| !list.is_blank());
        if refusal.is_some() {
            losses.dropped("choices[0].logprobs.refusal");
        }
        self.probable.extend(json.node().get("content").into_iter().flat_map(Node::elements).map(Json::of));
    }

    /// The item under way is whole, with this status.
    pub(super) fn end(&mut self, status: &str, (out, losses): (&mut Out<'_>, &mut Losses)) {
        let index = self.index();
        match std::mem::replace(&mut self.current, Current::None) {
            Current::Message(mut message) => {
                message.logprobs(std::mem::take(&mut self.probable));
                self.done.push(message.end((index, status), out, losses));
            }
            Current::Call(call) => self.done.push(call.end(index, out)),
            Current::Thoughts(thoughts) => self.done.push(thoughts.end(index, out)),
            Current::None => {}
        }
    }

    fn index(&self) -> u64 {
        u64::try_from(self.done.len()).unwrap_or(u64::MAX)
    }

    /// The item's own identifier where it has one.
    fn id(&self, prefix: &str, extras: &Extras) -> String {
        let own = extras.get("id").and_then(|id| Some(id.node().text()?.into_owned()));
        own.unwrap_or_else(|| format!("{prefix}_{}_{}", self.stem, self.done.len()))
    }

    fn words(&mut self, kind: &'static str, extras: Extras, (out, losses): (&mut Out<'_>, &mut Losses)) {
        let begins = begins_message(self.from, &extras);
        if begins || !matches!(self.current, Current::Message(_)) {
            self.end("completed", (out, losses));
            let head = Message::head(&extras);
            let message = Message::new(self.id("msg", &head), head);
            out.event("response.output_item.added", |writer| {
                writer.key("output_index").count(self.index());
                message.item(writer.key("item"), "in_progress");
            });
            self.current = Current::Message(message);
        }
        let index = self.index();
        if let Current::Message(message) = &mut self.current {
            message.close_part(index, out, losses);
            message.open_part((kind, extras, self.place.clone()), index, out);
        }
    }

    /// A seal of a call's own, in an item of thoughts before it.
    fn seal_of_call(&mut self, seal: &Seal, out: &mut Out<'_>) {
        let id = self.id("rs", &Extras::default());
        self.whole((&sealed(&id, None), sealed(&id, Some(&of_call(seal)))), out);
    }

    fn call(&mut self, (call_id, name, custom): (String, String, bool), own: Extras, out: &mut Out<'_>) {
        self.called = true;
        let kind = match custom {
            true => CallKind::Custom,
            false if self.custom.contains(&name) => CallKind::Unwrapped,
            false => CallKind::Function,
        };
        let prefix = if kind == CallKind::Function { "fc" } else { "ctc" };
        let id = self.id(prefix, &own);
        let call = Call { id, refers: call_id, name, input: String::new(), kind, own };
        out.event("response.output_item.added", |writer| {
            writer.key("output_index").count(self.index());
            call.item(writer.key("item"), "in_progress");
        });
        self.current = Current::Call(call);
    }

    fn media(&mut self, media: &Media, own: &Extras, (out, losses): (&mut Out<'_>, &mut Losses)) {
        let (MediaKind::Image, Source::Base64(data)) = (media.kind, &media.source) else {
            losses.dropped(self.place.as_str());
            return;
        };
        let id = self.id("ig", own);
        let format = media.media_type.as_deref().and_then(|kind| kind.strip_prefix("image/"));
        let picture = Picture { id: &id, own, format: format.filter(|_| own.is_empty()) };
        self.whole((&picture.item("in_progress", None), picture.item("completed", Some(data))), out);
    }

    /// An item that comes whole: as it begins, and as it is.
    fn whole(&mut self, (begun, item): (&Json, Json), out: &mut Out<'_>) {
        for (kind, item) in [("response.output_item.added", begun), ("response.output_item.done", &item)] {
            out.event(kind, |writer| {
                writer.key("output_index").count(self.index());
                writer.key("item").json(item);
            });
        }
        self.done.push(item);
    }
}

// === impl Call ===

impl Call {
    fn add(&mut self, more: &str, index: u64, out: &mut Out<'_>) {
        self.input.push_str(more);
        // What is inside of the one argument is known when all of it is there.
        if self.kind != CallKind::Unwrapped {
            self.delta(more, index, out);
        }
    }

    fn delta(&self, more: &str, index: u64, out: &mut Out<'_>) {
        let kind = match self.kind {
            CallKind::Function => "response.function_call_arguments.delta",
            CallKind::Custom | CallKind::Unwrapped => "response.custom_tool_call_input.delta",
        };
        out.event(kind, |writer| {
            writer.key("item_id").text(&self.id);
            writer.key("output_index").count(index);
            writer.key("delta").text(more);
        });
    }

    fn end(mut self, index: u64, out: &mut Out<'_>) -> Json {
        match self.kind {
            CallKind::Unwrapped => {
                self.input = custom::unwrapped(&self.input);
                self.delta(&self.input, index, out);
            }
            // Clients read the arguments as JSON.
            CallKind::Function if self.input.is_empty() => self.add("{}", index, out),
            CallKind::Function | CallKind::Custom => {}
        }
        let kind = match self.kind {
            CallKind::Function => "response.function_call_arguments.done",
            CallKind::Custom | CallKind::Unwrapped => "response.custom_tool_call_input.done",
        };
        out.event(kind, |writer| {
            writer.key("item_id").text(&self.id);
            writer.key("output_index").count(index);
            writer.key(self.member()).text(&self.input);
        });
        let item = written(|writer| self.item(writer, "completed"));
        done(&item, index, out);
        item
    }

    fn item(&self, writer: &mut Writer, status: &str) {
        let kind = if self.kind == CallKind::Function { "function_call" } else { "custom_tool_call" };
        writer.object(|writer| {
            writer.key("id").text(&self.id);
            writer.key("type").text(kind);
            writer.key("status").text(status);
            members(writer, &self.own);
            writer.key("call_id").text(&self.refers);
            writer.key("name").text(&self.name);
            writer.key(self.member()).text(if status == "completed" { &self.input } else { "" });
        });
    }

    fn member(&self) -> &'static str {
        if self.kind == CallKind::Function { "arguments" } else { "input" }
    }
}

// === impl Picture ===

impl Picture<'_> {
    fn item(&self, status: &str, data: Option<&str>) -> Json {
        object(|writer| {
            writer.key("id").text(self.id);
            writer.key("type").text("image_generation_call");
            writer.key("status").text(status);
            members(writer, self.own);
            writer.text_member("output_format", self.format);
            writer.text_member("result", data);
        })
    }
}

/// Thoughts of which only the seal is told.
fn sealed(id: &str, seal: Option<&str>) -> Json {
    object(|writer| {
        writer.key("id").text(id);
        writer.key("type").text("reasoning");
        writer.key("summary").array(|_| {});
        writer.text_member("encrypted_content", seal);
    })
}

fn object(fill: impl FnOnce(&mut Writer)) -> Json {
    written(|writer| writer.object(fill))
}

/// Tells that an item is whole.
pub(super) fn done(item: &Json, index: u64, out: &mut Out<'_>) {
    out.event("response.output_item.done", |writer| {
        writer.key("output_index").count(index);
        writer.key("item").json(item);
    });
}

/// A value as `fill` writes it.
pub(super) fn written(fill: impl FnOnce(&mut Writer)) -> Json {
    let mut writer = Writer::default();
    fill(&mut writer);
    Json::written(writer.into_bytes())
}

/// An item's own members besides those that are told anyway.
pub(super) fn members(writer: &mut Writer, own: &Extras) {
    for (name, json) in own.iter().filter(|(name, _)| !matches!(*name, "id" | "type" | "status" | "role")) {
        writer.key(name).json(json);
    }
}

/// Where a part of an answer stood, in the provider's terms.
fn place(from: Dialect, part: u32) -> String {
    match from {
        OWN => format!("output[{part}]"),
        Dialect::OpenAiChat => "choices[0].message".to_owned(),
        Dialect::Anthropic => format!("content[{part}]"),
        Dialect::Gemini => format!("candidates[0].content.parts[{part}]"),
        Dialect::Bedrock => format!("output.message.content[{part}]"),
    }
}
