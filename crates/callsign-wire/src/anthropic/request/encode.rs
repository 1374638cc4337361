//! A request, written as the API demands it.

use std::borrow::Cow;

use super::field::{self, Field};
use super::hints;
use super::outline::{self, Message, Outline};
use super::schema::{self, Tally};
use super::settings::{self, Settings};
use super::toolbox::{self, Toolbox};
use crate::anthropic::entry::{Entry, write_content, write_members};
use crate::dialect::Dialect;
use crate::hub::conversation::Conversation;
use crate::hub::extras::{Extras, Json};
use crate::hub::flaw::EncodeError;
use crate::hub::loss::Losses;
use crate::hub::wish::{Effort, Format, ThinkingMode, Tier};
use crate::json::writer::Writer;
use crate::translate::Terms;

/// Everything that a request says, decided.
#[derive(Debug)]
struct Plan<'a> {
    conversation: &'a Conversation,
    model: &'a str,
    outline: Outline<'a>,
    settings: Settings<'a>,
    toolbox: Toolbox<'a>,
    schema: Option<Cow<'a, Json>>,
    tier: Option<&'a str>,
}

/// What is said to the model that shall answer in JSON.
const JSON_ONLY: &str =
    "Answer with a single JSON object and with nothing else: no words around it, no code fence.";

/// Members of the body that are written by the plan; what is left of them stands among the extras.
const MERGED: [&str; 2] = ["metadata", "output_config"];

/// Members that the count of tokens does not take.
const NOT_COUNTED: [&str; 6] =
    ["container", "inference_geo", "speed", "diagnostics", "fallbacks", "service_tier"];

/// Writes a request.
pub(crate) fn encode(
    conversation: &Conversation,
    terms: Terms<'_>,
    losses: &mut Losses,
) -> Result<Vec<u8>, EncodeError> {
    let plan = Plan::of(conversation, terms, losses)?;
    let mut writer = Writer::with_capacity(4096);
    writer.object(|writer| {
        writer.key("model").text(plan.model);
        writer.key("max_tokens").count(plan.settings.max_tokens);
        plan.write_prompt(writer);
        plan.write_sampling(writer);
        plan.write_user(writer);
        writer.text_member("service_tier", plan.tier);
        writer.boolean_member("stream", conversation.stream.then_some(true));
        plan.write_extras(writer, &MERGED);
    });
    Ok(writer.into_bytes())
}

/// Writes the question how many tokens a request has.
pub(crate) fn encode_count(
    conversation: &Conversation,
    terms: Terms<'_>,
    losses: &mut Losses,
) -> Result<Vec<u8>, EncodeError> {
    let plan = Plan::of(conversation, terms, losses)?;
    let mut writer = Writer::with_capacity(4096);
    writer.object(|writer| {
        writer.key("model").text(plan.model);
        plan.write_prompt(writer);
        plan.write_extras(writer, &[MERGED.as_slice(), &NOT_COUNTED].concat());
    });
    Ok(writer.into_bytes())
}

// === impl Plan ===

impl<'a> Plan<'a> {
    fn of(
        conversation: &'a Conversation,
        terms: Terms<'a>,
        losses: &mut Losses,
    ) -> Result<Self, EncodeError> {
        let own = conversation.dialect == Dialect::Anthropic;
        if !own {
            losses.extras("", &conversation.extras);
            field::note_store(conversation, losses);
        }
        let mut outline = outline::outline(conversation, losses);
        if outline.messages.is_empty() && !own {
            let reason = "nothing is said in the request, add a message with text".to_owned();
            return Err(EncodeError { path: "messages".to_owned(), reason });
        }
        let settings = settings::settle(conversation, &outline, terms.max_tokens, losses);
        let (schema, tally) = format(conversation, &mut outline, losses);
        let mut toolbox = toolbox::toolbox(conversation, &outline, tally, losses)?;
        if !own {
            hints::settle(&mut toolbox.hints, &mut outline, losses);
            if conversation.cache_key.is_some() {
                hints::invite(&mut toolbox.hints, &mut outline);
            }
        }
        let tier = tier(conversation, losses);
        Ok(Self { conversation, model: terms.model, outline, settings, toolbox, schema, tier })
    }

    fn own_extras(&self) -> Option<&Extras> {
        (self.conversation.dialect == Dialect::Anthropic).then_some(&self.conversation.extras)
    }

    /// What makes up the prompt: system, tools, turns, and how the answer is thought and formed.
    fn write_prompt(&self, writer: &mut Writer) {
        if !self.outline.system.is_empty() {
            write_content(writer.key("system"), &self.outline.system);
        }
        self.toolbox.write(writer);
        writer.key("messages").array(|writer| {
            self.outline.messages.iter().for_each(|message| write_message(writer, message));
        });
        self.write_thinking(writer);
        self.write_output(writer);
    }

    fn write_thinking(&self, writer: &mut Writer) {
        let Some(mode) = self.settings.thinking else { return };
        writer.key("thinking").object(|writer| {
            writer.key("type").text(match mode {
                ThinkingMode::On => "enabled",
                ThinkingMode::Adaptive => "adaptive",
                ThinkingMode::Off => "disabled",
            });
            writer.count_member("budget_tokens", self.settings.budget);
            writer.text_member("display", self.settings.display);
        });
    }

    fn write_output(&self, writer: &mut Writer) {
        let left = self.own_extras().and_then(|extras| extras.get("output_config"));
        if self.settings.effort.is_none() && self.schema.is_none() && left.is_none() {
            return;
        }
        writer.key("output_config").object(|writer| {
            writer.text_member("effort", self.settings.effort.map(Effort::name));
            if let Some(schema) = &self.schema {
                writer.key("format").object(|writer| {
                    writer.key("type").text("json_schema");
                    writer.key("schema").json(schema);
                });
            }
            write_members(writer, left);
        });
    }

    fn write_sampling(&self, writer: &mut Writer) {
        writer.number_member("temperature", self.settings.temperature);
        writer.number_member("top_p", self.settings.top_p);
        writer.count_member("top_k", self.settings.top_k);
        if !self.settings.stop.is_empty() {
            writer.key("stop_sequences").array(|writer| {
                self.settings.stop.iter().for_each(|stop| writer.text(stop));
            });
        }
    }

    fn write_user(&self, writer: &mut Writer) {
        let left = self.own_extras().and_then(|extras| extras.get("metadata"));
        if self.conversation.user.is_none() && left.is_none() {
            return;
        }
        writer.key("metadata").object(|writer| {
            writer.text_member("user_id", self.conversation.user.as_deref());
            write_members(writer, left);
        });
    }

    fn write_extras(&self, writer: &mut Writer, without: &[&str]) {
        for (name, json) in self.own_extras().into_iter().flat_map(Extras::iter) {
            if !without.contains(&name) {
                writer.key(name).json(json);
            }
        }
    }
}

fn write_message(writer: &mut Writer, message: &Message<'_>) {
    writer.object(|writer| {
        writer.key("role").text(message.role);
        if !message.entries.is_empty() || message.role != "system" {
            write_content(writer.key("content"), &message.entries);
        }
        if let Some(extras) = message.extras {
            writer.extras(extras);
        }
    });
}

/// The schema that the answer is held to. What cannot be enforced is asked for in words.
fn format<'a>(
    conversation: &'a Conversation,
    outline: &mut Outline<'a>,
    losses: &mut Losses,
) -> (Option<Cow<'a, Json>>, Tally) {
    let words = match &conversation.format {
        None | Some(Format::Text) => return (None, Tally::default()),
        Some(Format::JsonSchema { schema, .. }) if conversation.dialect == Dialect::Anthropic => {
            return (Some(Cow::Borrowed(schema)), Tally::default());
        }
        Some(Format::JsonObject) => Cow::Borrowed(JSON_ONLY),
        Some(Format::JsonSchema { schema, .. }) => {
            let closed =
                schema::closed(schema).filter(|closed| Tally::default().with(closed.tally).is_some());
            if let Some(closed) = closed {
                if closed.relaxed {
                    losses.changed(Field::Format.of(conversation));
                }
                return (Some(Cow::Owned(closed.json)), closed.tally);
            }
            Cow::Owned(format!("{JSON_ONLY} It follows this JSON schema:\n{}", schema.as_str()))
        }
    };
    losses.changed(Field::Format.of(conversation));
    outline.system.push(Entry::text(words));
    (None, Tally::default())
}

fn tier<'a>(conversation: &'a Conversation, losses: &mut Losses) -> Option<&'a str> {
    let own = conversation.dialect == Dialect::Anthropic;
    match conversation.tier.as_ref()? {
        Tier::Auto => own.then_some("auto"),
        Tier::Standard => Some("standard_only"),
        // Capacity that was bought is used where nothing else is said.
        Tier::Priority => {
            losses.changed(Field::Tier.of(conversation));
            Some("auto")
        }
        Tier::Other(Dialect::Anthropic, name) => Some(name),
        Tier::Flex | Tier::Other(..) => {
            losses.dropped(Field::Tier.of(conversation));
            None
        }
    }
}
