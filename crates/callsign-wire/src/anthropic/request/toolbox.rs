//! The tools of a request, and which of them are to be used.

use std::borrow::Cow;

use super::field::Field;
use super::outline::Outline;
use super::schema::{self, Tally};
use crate::anthropic::entry::{Block, Hint, copy, write_cache};
use crate::anthropic::names;
use crate::dialect::Dialect;
use crate::hub::conversation::Conversation;
use crate::hub::custom;
use crate::hub::extras::{Extras, Json};
use crate::hub::flaw::EncodeError;
use crate::hub::loss::Losses;
use crate::hub::wish::{Tool, ToolChoice, ToolKind};
use crate::json::Kind;
use crate::json::writer::Writer;

/// The tools, ready to be written.
#[derive(Debug, Default)]
pub(super) struct Toolbox<'a> {
    tools: Vec<Ready<'a>>,
    /// Where each of them asks for the cache.
    pub(super) hints: Vec<Option<Hint<'a>>>,
    pub(super) choice: Option<Choice<'a>>,
}

/// A tool, ready to be written.
#[derive(Debug)]
enum Ready<'a> {
    Custom {
        name: Cow<'a, str>,
        description: Option<Cow<'a, str>>,
        schema: Option<Cow<'a, Json>>,
        strict: Option<bool>,
        extras: Option<&'a Extras>,
    },
    Whole(&'a Json),
}

/// Which tools are to be used.
#[derive(Debug)]
pub(super) struct Choice<'a> {
    kind: Cow<'a, str>,
    name: Option<Cow<'a, str>>,
    alone: Option<bool>,
    whole: Option<&'a Json>,
}

/// What a tool takes that says nothing about it.
const ANYTHING: &str = r#"{"type":"object","properties":{}}"#;

/// What the API takes no schema with at its top.
const COMBINED: [&str; 3] = ["anyOf", "oneOf", "allOf"];

/// Readies the tools; `tally` is what enforced schemas have used up so far.
pub(super) fn toolbox<'a>(
    conversation: &'a Conversation,
    outline: &Outline<'a>,
    tally: Tally,
    losses: &mut Losses,
) -> Result<Toolbox<'a>, EncodeError> {
    let mut filling = Filling { conversation, losses, tally, toolbox: Toolbox::default() };
    for (index, tool) in conversation.tools.iter().enumerate() {
        filling.add(tool, index)?;
    }
    if conversation.dialect == Dialect::Anthropic {
        filling.toolbox.choice = filling.own_choice();
    } else {
        filling.add_called(outline);
        let choice = filling.choice();
        filling.toolbox.choice = filling.toolbox.choice.take().or(choice);
    }
    Ok(filling.toolbox)
}

/// A toolbox under way.
struct Filling<'a, 'l> {
    conversation: &'a Conversation,
    losses: &'l mut Losses,
    tally: Tally,
    toolbox: Toolbox<'a>,
}

// === impl Filling ===

impl<'a> Filling<'a, '_> {
    fn add(&mut self, tool: &'a Tool, index: usize) -> Result<(), EncodeError> {
        let path = format!("{}[{index}]", Field::Tools.of(self.conversation));
        let ready = match &tool.kind {
            ToolKind::BuiltIn { dialect: Dialect::Anthropic, json, .. } => Ready::Whole(json),
            ToolKind::BuiltIn { .. } => {
                self.losses.dropped(path);
                return Ok(());
            }
            ToolKind::Function { .. } | ToolKind::Custom { .. } => self.custom(tool, &path)?,
        };
        let hint = tool.cache.as_ref();
        let hint = hint.map(|hint| Hint { ttl: hint.ttl.as_deref(), path: format!("{path}.cache_control") });
        self.toolbox.tools.push(ready);
        self.toolbox.hints.push(hint);
        Ok(())
    }

    fn custom(&mut self, tool: &'a Tool, path: &str) -> Result<Ready<'a>, EncodeError> {
        let name = names::written(&tool.name);
        if name.len() > names::LONGEST {
            let reason = format!("`{path}` has a name that is too long for the target, shorten it");
            return Err(EncodeError { path: format!("{path}.name"), reason });
        }
        let own = self.conversation.dialect == Dialect::Anthropic;
        let extras = own.then_some(&tool.extras);
        if !own {
            self.losses.extras(path, &tool.extras);
        }
        let mut description = tool.description.as_deref().map(Cow::Borrowed);
        let (schema, strict) = match &tool.kind {
            ToolKind::Function { schema } if own => (schema.as_ref().map(Cow::Borrowed), tool.strict),
            ToolKind::Function { schema } => {
                let (schema, strict) = self.fitted(schema.as_ref(), tool.strict, path);
                (Some(schema), strict)
            }
            _ => {
                self.losses.changed(path);
                let offered = custom::offered(tool);
                description = offered.as_ref().and_then(|tool| tool.description.clone()).map(Cow::Owned);
                let schema = offered.and_then(|tool| match tool.kind {
                    ToolKind::Function { schema } => schema,
                    _ => None,
                });
                (schema.map(Cow::Owned), None)
            }
        };
        Ok(Ready::Custom { name, description, schema, strict, extras })
    }

    /// The schema as the API takes it, and whether it is enforced.
    fn fitted(
        &mut self,
        given: Option<&'a Json>,
        strict: Option<bool>,
        path: &str,
    ) -> (Cow<'a, Json>, Option<bool>) {
        let schema = self.rooted(given, path);
        if strict != Some(true) {
            return (schema, None);
        }
        let closed = schema::closed(&schema);
        let fitting = closed.and_then(|closed| {
            let more = Tally { tools: 1, ..closed.tally };
            self.tally.with(more).map(|tally| (closed, tally))
        });
        let Some((closed, tally)) = fitting else {
            self.losses.changed(format!("{path}.strict"));
            return (schema, None);
        };
        self.tally = tally;
        if closed.relaxed {
            self.losses.changed(format!("{path}.parameters"));
        }
        (Cow::Owned(closed.json), Some(true))
    }

    /// A schema whose top is that of an object.
    fn rooted(&mut self, given: Option<&'a Json>, path: &str) -> Cow<'a, Json> {
        let anything = || Cow::Owned(Json::read(ANYTHING).unwrap_or_else(|| Json::written(b"{}".to_vec())));
        let Some(schema) = given.filter(|schema| !schema.node().is_blank()) else { return anything() };
        let node = schema.node();
        let combined = COMBINED.iter().any(|name| node.get(name).is_some());
        let typed = node.get("type").is_some_and(|kind| kind.says("object"));
        if typed && !combined {
            return Cow::Borrowed(schema);
        }
        let has_other_type = node.get("type").is_some() && !typed;
        if combined || has_other_type || node.kind() != Kind::Object {
            self.losses.changed(format!("{path}.parameters"));
        }
        let mut writer = Writer::default();
        writer.object(|writer| {
            writer.key("type").text("object");
            for member in node.members().filter(|member| !member.is("type")) {
                if !COMBINED.iter().any(|name| member.is(name)) {
                    copy(writer, &member);
                }
            }
        });
        Cow::Owned(Json::written(writer.into_bytes()))
    }

    /// Turns with calls need tools. Where the client sends none any more, those that were called are named, not to be used.
    fn add_called(&mut self, outline: &Outline<'a>) {
        if !self.toolbox.tools.is_empty() {
            return;
        }
        let mut called: Vec<Cow<'a, str>> = Vec::new();
        for entry in outline.messages.iter().flat_map(|message| &message.entries) {
            if let Block::Call { name, .. } = &entry.block
                && !called.contains(name)
            {
                called.push(name.clone());
            }
        }
        for name in called {
            let schema = Json::read(ANYTHING).map(Cow::Owned);
            let ready = Ready::Custom { name, description: None, schema, strict: None, extras: None };
            self.toolbox.tools.push(ready);
            self.toolbox.hints.push(None);
            let (name, alone, whole) = (None, None, None);
            self.toolbox.choice = Some(Choice { kind: Cow::Borrowed("none"), name, alone, whole });
        }
    }

    fn own_choice(&self) -> Option<Choice<'a>> {
        let alone = self.conversation.parallel_tools.map(|several| !several);
        let choice = self.conversation.tool_choice.as_ref()?;
        Some(match choice {
            ToolChoice::Opaque(_, json) => Choice { whole: Some(json), ..Choice::of("auto", None) },
            choice => Choice { alone, ..Choice::named(choice) },
        })
    }

    fn choice(&mut self) -> Option<Choice<'a>> {
        if self.toolbox.tools.is_empty() {
            return None;
        }
        let alone = (self.conversation.parallel_tools == Some(false)).then_some(true);
        let choice = match &self.conversation.tool_choice {
            Some(ToolChoice::Opaque(..)) => {
                self.losses.dropped(Field::ToolChoice.of(self.conversation));
                None
            }
            Some(ToolChoice::None) => return Some(Choice::of("none", None)),
            choice => choice.as_ref(),
        };
        let choice = choice.map_or_else(|| Choice::of("auto", None), Choice::named);
        let says_something = alone.is_some() || choice.kind != "auto";
        says_something.then_some(Choice { alone, ..choice })
    }
}

// === impl Choice ===

impl<'a> Choice<'a> {
    const fn of(kind: &'static str, name: Option<Cow<'a, str>>) -> Self {
        Self { kind: Cow::Borrowed(kind), name, alone: None, whole: None }
    }

    fn named(choice: &'a ToolChoice) -> Self {
        match choice {
            ToolChoice::None => Self::of("none", None),
            ToolChoice::Required => Self::of("any", None),
            ToolChoice::Tool(name) => Self::of("tool", Some(names::written(name))),
            ToolChoice::Auto | ToolChoice::Opaque(..) => Self::of("auto", None),
        }
    }

    fn write(&self, writer: &mut Writer) {
        if let Some(whole) = self.whole {
            writer.json(whole);
            return;
        }
        writer.object(|writer| {
            writer.key("type").text(&self.kind);
            writer.text_member("name", self.name.as_deref());
            writer.boolean_member("disable_parallel_tool_use", self.alone);
        });
    }
}

// === impl Toolbox ===

impl Toolbox<'_> {
    /// Writes the members about tools, where there are any.
    pub(super) fn write(&self, writer: &mut Writer) {
        if !self.tools.is_empty() {
            writer.key("tools").array(|writer| {
                for (tool, hint) in self.tools.iter().zip(&self.hints) {
                    tool.write(writer, hint.as_ref());
                }
            });
        }
        if let Some(choice) = &self.choice {
            choice.write(writer.key("tool_choice"));
        }
    }
}

// === impl Ready ===

impl Ready<'_> {
    fn write(&self, writer: &mut Writer, hint: Option<&Hint<'_>>) {
        let Self::Custom { name, description, schema, strict, extras } = self else {
            if let Self::Whole(json) = self {
                writer.json(json);
            }
            return;
        };
        writer.object(|writer| {
            writer.key("name").text(name);
            writer.text_member("description", description.as_deref());
            writer.json_member("input_schema", schema.as_deref());
            writer.boolean_member("strict", *strict);
            if let Some(hint) = hint {
                let left = extras.and_then(|extras| extras.get("cache_control"));
                write_cache(writer, hint.ttl, left);
            }
            for (name, json) in extras.iter().flat_map(|extras| extras.iter()) {
                if name != "cache_control" {
                    writer.key(name).json(json);
                }
            }
        });
    }
}
