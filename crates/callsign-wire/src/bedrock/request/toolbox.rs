//! The tools of a request, and which of them are to be used.

use std::borrow::Cow;

use super::outline::Outline;
use crate::anthropic::names;
use crate::anthropic::request::field::Field;
use crate::anthropic::request::schema::{self, Tally};
use crate::bedrock::entry::{Block, Hint};
use crate::bedrock::rest;
use crate::dialect::Dialect;
use crate::hub::conversation::Conversation;
use crate::hub::custom;
use crate::hub::extras::{Extras, Json};
use crate::hub::flaw::EncodeError;
use crate::hub::loss::Losses;
use crate::hub::wish::{Tool, ToolChoice, ToolKind};
use crate::json::object::Object;
use crate::json::writer::Writer;

/// The tools, ready to be written.
#[derive(Debug, Default)]
pub(super) struct Toolbox<'a> {
    tools: Vec<Ready<'a>>,
    /// Where each of them asks for the cache.
    pub(super) hints: Vec<Option<Hint<'a>>>,
    choice: Option<&'a ToolChoice>,
    left: Option<&'a Json>,
}

/// A tool, ready to be written.
#[derive(Debug)]
enum Ready<'a> {
    Specified {
        name: Cow<'a, str>,
        description: Option<Cow<'a, str>>,
        schema: Option<Cow<'a, Json>>,
        strict: Option<bool>,
        extras: Option<&'a Extras>,
    },
    Whole(&'a Json),
}

/// The longest name that a tool may have.
const LONGEST: usize = 64;

/// What a tool takes that says nothing about it.
const ANYTHING: &[u8] = br#"{"type":"object","properties":{}}"#;

/// What Claude takes no schema with at its top.
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
    if filling.is_own() {
        filling.toolbox.choice = conversation.tool_choice.as_ref();
        filling.toolbox.left = conversation.extras.get("toolConfig");
    } else {
        filling.choose(outline);
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
    fn is_own(&self) -> bool {
        self.conversation.dialect == Dialect::Bedrock
    }

    fn add(&mut self, tool: &'a Tool, index: usize) -> Result<(), EncodeError> {
        let path = format!("{}[{index}]", Field::Tools.of(self.conversation));
        let ready = match &tool.kind {
            ToolKind::BuiltIn { dialect: Dialect::Bedrock, json, .. } => Ready::Whole(json),
            ToolKind::BuiltIn { .. } => {
                self.losses.dropped(path);
                return Ok(());
            }
            ToolKind::Function { .. } | ToolKind::Custom { .. } => self.specified(tool, &path)?,
        };
        let hint = tool.cache.as_ref();
        let hint = hint.map(|hint| Hint { ttl: hint.ttl.as_deref(), path: format!("{path}.cache_control") });
        self.toolbox.tools.push(ready);
        self.toolbox.hints.push(hint);
        Ok(())
    }

    fn specified(&mut self, tool: &'a Tool, path: &str) -> Result<Ready<'a>, EncodeError> {
        let name = names::written(&tool.name);
        let own = self.is_own();
        if name.len() > LONGEST && !own {
            let reason = format!(
                "`{path}` has a name that is too long for the target, shorten it to at most {LONGEST} letters"
            );
            return Err(EncodeError { path: format!("{path}.name"), reason });
        }
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
                let schema = offered.as_ref().and_then(|tool| match &tool.kind {
                    ToolKind::Function { schema } => schema.clone(),
                    _ => None,
                });
                description = offered.and_then(|tool| tool.description).map(Cow::Owned);
                (schema.map(Cow::Owned), None)
            }
        };
        let description = description.filter(|said| own || !said.trim().is_empty());
        Ok(Ready::Specified { name, description, schema, strict, extras })
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
        let members = given.and_then(|schema| Object::of(schema.node()).ok()).map(Object::rest);
        let Some((schema, members)) = given.zip(members).filter(|(_, members)| !members.is_empty()) else {
            if given.is_some_and(|schema| !schema.node().is_blank()) {
                self.losses.changed(format!("{path}.parameters"));
            }
            return Cow::Owned(Json::written(ANYTHING.to_vec()));
        };
        let kind = members.get("type");
        let typed = kind.is_some_and(|kind| kind.node().says("object"));
        let combined = COMBINED.iter().any(|name| members.get(name).is_some());
        if typed && !combined {
            return Cow::Borrowed(schema);
        }
        if combined || kind.is_some() && !typed {
            self.losses.changed(format!("{path}.parameters"));
        }
        let mut writer = Writer::default();
        writer.object(|writer| {
            writer.key("type").text("object");
            for (name, json) in members.iter().filter(|(name, _)| *name != "type" && !COMBINED.contains(name))
            {
                writer.key(name).json(json);
            }
        });
        Cow::Owned(Json::written(writer.into_bytes()))
    }

    /// The API has no word for tools that are not to be used: they are left out, unless they were used before.
    fn choose(&mut self, outline: &Outline<'a>) {
        let field = Field::ToolChoice.of(self.conversation);
        let called = called(outline);
        if self.conversation.tool_choice == Some(ToolChoice::None) && !self.toolbox.tools.is_empty() {
            if called.is_empty() {
                (self.toolbox.tools, self.toolbox.hints) = (Vec::new(), Vec::new());
                return;
            }
            self.losses.dropped(field);
        }
        if self.toolbox.tools.is_empty() {
            self.add_called(called);
            return;
        }
        self.toolbox.choice = match &self.conversation.tool_choice {
            Some(ToolChoice::Opaque(..)) => {
                self.losses.dropped(field);
                None
            }
            Some(choice @ (ToolChoice::Required | ToolChoice::Tool(_))) => Some(choice),
            _ => None,
        };
        if self.conversation.parallel_tools == Some(false) {
            self.losses.dropped(match self.conversation.dialect {
                Dialect::Anthropic => "tool_choice.disable_parallel_tool_use",
                _ => "parallel_tool_calls",
            });
        }
    }

    /// Turns with calls need tools. Where the client sends none any more, those that were called are named.
    fn add_called(&mut self, called: Vec<Cow<'a, str>>) {
        if !called.is_empty() {
            self.losses.changed(Field::Tools.of(self.conversation));
        }
        for name in called {
            let schema = Some(Cow::Owned(Json::written(ANYTHING.to_vec())));
            let ready = Ready::Specified { name, description: None, schema, strict: None, extras: None };
            self.toolbox.tools.push(ready);
            self.toolbox.hints.push(None);
        }
    }
}

/// The names of the tools that were used.
fn called<'a>(outline: &Outline<'a>) -> Vec<Cow<'a, str>> {
    let mut called: Vec<Cow<'a, str>> = Vec::new();
    for entry in outline.messages.iter().flat_map(|message| &message.entries) {
        if let Block::Call { name, .. } = &entry.block
            && !called.contains(name)
        {
            called.push(name.clone());
        }
    }
    called
}

// === impl Toolbox ===

impl Toolbox<'_> {
    /// Writes `toolConfig`, where there is anything to say in it.
    pub(super) fn write(&self, writer: &mut Writer) {
        if self.tools.is_empty() && self.choice.is_none() && self.left.is_none() {
            return;
        }
        writer.key("toolConfig").object(|writer| {
            if !self.tools.is_empty() {
                writer.key("tools").array(|writer| self.write_tools(writer));
            }
            if let Some(choice) = self.choice {
                write_choice(writer.key("toolChoice"), choice);
            }
            rest::write_members(writer, self.left);
        });
    }

    fn write_tools(&self, writer: &mut Writer) {
        for (tool, hint) in self.tools.iter().zip(&self.hints) {
            tool.write(writer);
            if let Some(hint) = hint {
                hint.write(writer);
            }
        }
    }
}

fn write_choice(writer: &mut Writer, choice: &ToolChoice) {
    match choice {
        ToolChoice::Opaque(_, json) => writer.json(json),
        ToolChoice::Tool(name) => writer.object(|writer| {
            writer.key("tool").object(|writer| writer.key("name").text(&names::written(name)));
        }),
        ToolChoice::Required => writer.object(|writer| writer.key("any").object(|_| {})),
        ToolChoice::Auto | ToolChoice::None => writer.object(|writer| writer.key("auto").object(|_| {})),
    }
}

// === impl Ready ===

impl Ready<'_> {
    fn write(&self, writer: &mut Writer) {
        match self {
            Self::Whole(json) => writer.json(json),
            Self::Specified { name, description, schema, strict, extras } => writer.object(|writer| {
                writer.key("toolSpec").object(|writer| {
                    writer.key("name").text(name);
                    writer.text_member("description", description.as_deref());
                    if let Some(schema) = schema {
                        writer.key("inputSchema").object(|writer| writer.key("json").json(schema));
                    }
                    writer.boolean_member("strict", *strict);
                    if let Some(extras) = extras {
                        writer.extras(extras);
                    }
                });
            }),
        }
    }
}
