//! A request, written as the API demands it.

use std::borrow::Cow;

use super::betas;
use super::hints;
use super::notes::{self, Notes};
use super::novas::Novas;
use super::outline::{self, Message, Outline};
use super::settings::{self, Settings};
use super::toolbox::{self, Toolbox};
use crate::anthropic::request::field::{Field, note_store};
use crate::anthropic::request::schema::{self, Tally};
use crate::bedrock::entry::Entry;
use crate::bedrock::rest;
use crate::dialect::Dialect;
use crate::hub::conversation::{Conversation, Role};
use crate::hub::extras::{Extras, Json};
use crate::hub::flaw::EncodeError;
use crate::hub::loss::Losses;
use crate::hub::part::{Part, Piece, Source};
use crate::hub::wish::{Effort, Format, ThinkingMode, Tier};
use crate::json::writer::Writer;
use crate::translate::Terms;

/// Everything that a request says, decided.
#[derive(Debug)]
struct Plan<'a> {
    conversation: &'a Conversation,
    outline: Outline<'a>,
    settings: Settings<'a>,
    toolbox: Toolbox<'a>,
    format: Option<Schema<'a>>,
    notes: Notes<'a>,
    tier: Option<&'a str>,
    betas: Vec<&'a str>,
}

/// The schema that the answer is held to.
#[derive(Debug)]
struct Schema<'a> {
    name: Option<&'a str>,
    description: Option<&'a str>,
    json: Cow<'a, Json>,
}

/// What is said to the model that shall answer in JSON.
const JSON_ONLY: &str =
    "Answer with a single JSON object and with nothing else: no words around it, no code fence.";

/// Members of the body that are written by the plan; what is left of them stands among the extras.
const MERGED: [&str; 5] =
    ["inferenceConfig", "toolConfig", "additionalModelRequestFields", "outputConfig", "serviceTier"];

/// Writes a request. The model stands in the path.
pub(crate) fn encode(
    conversation: &Conversation,
    terms: Terms<'_>,
    losses: &mut Losses,
) -> Result<Vec<u8>, EncodeError> {
    let plan = Plan::of(conversation, terms, losses)?;
    let mut writer = Writer::with_capacity(4096);
    writer.object(|writer| {
        plan.write_prompt(writer);
        plan.write_sampling(writer);
        plan.write_output(writer);
        plan.write_tier(writer);
        notes::write(writer, conversation, &plan.notes);
        plan.write_paths(writer);
        for (name, json) in plan.own_extras().into_iter().flat_map(Extras::iter) {
            if !MERGED.contains(&name) {
                writer.key(name).json(json);
            }
        }
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
        writer.key("input").object(|writer| {
            writer.key("converse").object(|writer| plan.write_prompt(writer));
        });
    });
    Ok(writer.into_bytes())
}

// === impl Plan ===

impl<'a> Plan<'a> {
    fn of(
        conversation: &'a Conversation,
        terms: Terms<'_>,
        losses: &mut Losses,
    ) -> Result<Self, EncodeError> {
        let own = conversation.dialect == Dialect::Bedrock;
        if !own {
            losses.extras("", &conversation.extras);
            note_store(conversation, losses);
            check_media(conversation)?;
        }
        let mut outline = outline::outline(conversation, terms.family, losses);
        if outline.messages.is_empty() && !own {
            let reason = "nothing is said in the request, add a message with text".to_owned();
            return Err(EncodeError { path: "messages".to_owned(), reason });
        }
        let settings = settings::settle((conversation, terms), &outline, losses);
        let (format, tally) = format(conversation, &mut outline, losses);
        let mut toolbox = toolbox::toolbox(conversation, &outline, tally, losses)?;
        if !own {
            hints::settle(&mut toolbox.hints, &mut outline, losses);
        }
        let notes = notes::notes(conversation, losses);
        let tier = tier(conversation, losses);
        let betas = betas::known(conversation, terms.family, losses);
        Ok(Self { conversation, outline, settings, toolbox, format, notes, tier, betas })
    }

    fn own_extras(&self) -> Option<&'a Extras> {
        (self.conversation.dialect == Dialect::Bedrock).then_some(&self.conversation.extras)
    }

    /// What is left of a member that the plan writes.
    fn left(&self, name: &str) -> Option<&'a Json> {
        self.own_extras().and_then(|extras| extras.get(name))
    }

    /// What is counted: system, tools, turns, and what the model takes beyond the common settings.
    fn write_prompt(&self, writer: &mut Writer) {
        writer.key("messages").array(|writer| {
            self.outline.messages.iter().for_each(|message| write_message(writer, message));
        });
        if !self.outline.system.is_empty() {
            write_entries(writer.key("system"), &self.outline.system);
        }
        self.toolbox.write(writer);
        self.write_additional(writer);
    }

    fn write_additional(&self, writer: &mut Writer) {
        let Settings { top_k, thinking, novas, .. } = &self.settings;
        let left = self.left("additionalModelRequestFields");
        let silent = top_k.is_none() && thinking.is_none() && *novas == Novas::default();
        if silent && left.is_none() && self.betas.is_empty() {
            return;
        }
        writer.key("additionalModelRequestFields").object(|writer| {
            novas.write(writer);
            writer.count_member("top_k", *top_k);
            if let Some(mode) = *thinking {
                writer.key("thinking").object(|writer| self.write_thinking(writer, mode));
            }
            if !self.betas.is_empty() {
                writer.key("anthropic_beta").array(|writer| {
                    self.betas.iter().for_each(|beta| writer.text(beta));
                });
            }
            rest::write_members(writer, left);
        });
    }

    /// Which stop sequence was met stands in the model's own answer, out of which it must be asked for; where a model has no
    /// such member the question is passed over.
    fn write_paths(&self, writer: &mut Writer) {
        if self.conversation.dialect != Dialect::Bedrock && !self.settings.stop.is_empty() {
            writer.key("additionalModelResponseFieldPaths").array(|writer| writer.text("/stop_sequence"));
        }
    }

    fn write_thinking(&self, writer: &mut Writer, mode: ThinkingMode) {
        writer.key("type").text(match mode {
            ThinkingMode::On => "enabled",
            ThinkingMode::Adaptive => "adaptive",
            ThinkingMode::Off => "disabled",
        });
        writer.count_member("budget_tokens", self.settings.budget);
        writer.text_member("display", self.settings.display);
    }

    fn write_sampling(&self, writer: &mut Writer) {
        let Settings { max_tokens, temperature, top_p, stop, .. } = &self.settings;
        let left = self.left("inferenceConfig");
        let plain = max_tokens.is_none() && temperature.is_none() && top_p.is_none();
        if plain && stop.is_empty() && left.is_none() {
            return;
        }
        writer.key("inferenceConfig").object(|writer| {
            writer.count_member("maxTokens", *max_tokens);
            writer.number_member("temperature", *temperature);
            writer.number_member("topP", *top_p);
            if !stop.is_empty() {
                writer.key("stopSequences").array(|writer| stop.iter().for_each(|stop| writer.text(stop)));
            }
            rest::write_members(writer, left);
        });
    }

    fn write_output(&self, writer: &mut Writer) {
        let left = self.left("outputConfig");
        if self.format.is_none() && self.settings.effort.is_none() && left.is_none() {
            return;
        }
        writer.key("outputConfig").object(|writer| {
            if let Some(format) = &self.format {
                writer.key("textFormat").object(|writer| format.write(writer));
            }
            writer.text_member("effort", self.settings.effort.map(Effort::name));
            rest::write_members(writer, left);
        });
    }

    fn write_tier(&self, writer: &mut Writer) {
        if let Some(tier) = self.tier {
            writer.key("serviceTier").object(|writer| {
                writer.key("type").text(tier);
                rest::write_members(writer, self.left("serviceTier"));
            });
        }
    }
}

// === impl Schema ===

impl Schema<'_> {
    /// The schema stands in a string.
    fn write(&self, writer: &mut Writer) {
        writer.key("type").text("json_schema");
        writer.key("structure").object(|writer| {
            writer.key("jsonSchema").object(|writer| {
                writer.key("schema").text(self.json.as_str());
                writer.text_member("name", self.name);
                writer.text_member("description", self.description);
            });
        });
    }
}

/// What is asked of a picture that is left out is another question.
fn check_media(conversation: &Conversation) -> Result<(), EncodeError> {
    for turn in conversation.turns.iter().filter(|turn| matches!(turn.role, Role::User | Role::Tool)) {
        if turn.pieces.iter().any(is_out_of_reach) {
            let path = conversation.place(turn);
            let reason = format!(
                "`{path}` refers to a medium by its address, which this target does not fetch: send the content in base64, or an `s3://` address"
            );
            return Err(EncodeError { path, reason });
        }
    }
    Ok(())
}

/// The API takes bytes or objects in S3, and fetches nothing.
/// <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ImageSource.html>
fn is_out_of_reach(piece: &Piece) -> bool {
    match &piece.part {
        Part::Media(media) => matches!(&media.source, Source::Url(url) if !url.starts_with("s3://")),
        Part::ToolResult(result) => result.pieces.iter().any(is_out_of_reach),
        _ => false,
    }
}

fn write_message(writer: &mut Writer, message: &Message<'_>) {
    writer.object(|writer| {
        writer.key("role").text(message.role);
        write_entries(writer.key("content"), &message.entries);
        if let Some(extras) = message.extras {
            writer.extras(extras);
        }
    });
}

fn write_entries(writer: &mut Writer, entries: &[Entry<'_>]) {
    writer.array(|writer| entries.iter().for_each(|entry| entry.write(writer)));
}

/// The form that the answer is held to. What cannot be enforced is asked for in words.
fn format<'a>(
    conversation: &'a Conversation,
    outline: &mut Outline<'a>,
    losses: &mut Losses,
) -> (Option<Schema<'a>>, Tally) {
    let words = match &conversation.format {
        None | Some(Format::Text) => return (None, Tally::default()),
        Some(Format::JsonObject) => Cow::Borrowed(JSON_ONLY),
        Some(Format::JsonSchema { name, description, schema, .. }) => {
            let (name, description) = (name.as_deref(), description.as_deref());
            if conversation.dialect == Dialect::Bedrock {
                let json = Cow::Borrowed(schema);
                return (Some(Schema { name, description, json }), Tally::default());
            }
            let closed =
                schema::closed(schema).filter(|closed| Tally::default().with(closed.tally).is_some());
            if let Some(closed) = closed {
                if closed.relaxed {
                    losses.changed(Field::Format.of(conversation));
                }
                let json = Cow::Owned(closed.json);
                return (Some(Schema { name, description, json }), closed.tally);
            }
            Cow::Owned(format!("{JSON_ONLY} It follows this JSON schema:\n{}", schema.as_str()))
        }
    };
    losses.changed(Field::Format.of(conversation));
    outline.system.push(Entry::text(words));
    (None, Tally::default())
}

fn tier<'a>(conversation: &'a Conversation, losses: &mut Losses) -> Option<&'a str> {
    match conversation.tier.as_ref()? {
        Tier::Flex => Some("flex"),
        Tier::Priority => Some("priority"),
        Tier::Other(Dialect::Bedrock, name) => Some(name),
        // It is what comes unasked, and not every model takes the question.
        Tier::Standard => (conversation.dialect == Dialect::Bedrock).then_some("default"),
        Tier::Auto => None,
        Tier::Other(..) => {
            losses.dropped(Field::Tier.of(conversation));
            None
        }
    }
}
