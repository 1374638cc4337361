//! Writes a request.

use super::arrange::{self, Content, Prompt};
use super::{config, tools};
use crate::dialect::Dialect;
use crate::gemini::entry::Entry;
use crate::gemini::field::Field;
use crate::gemini::proto;
use crate::hub::conversation::Conversation;
use crate::hub::flaw::EncodeError;
use crate::hub::loss::Losses;
use crate::hub::part::{Part, Piece};
use crate::hub::wish::Tier;
use crate::json::writer::Writer;
use crate::quirks::ThinkingForm;
use crate::translate::Terms;

/// Writes a request. The path names the model, and says whether the answer streams.
pub(crate) fn encode(
    conversation: &Conversation,
    terms: Terms<'_>,
    losses: &mut Losses,
) -> Result<Vec<u8>, EncodeError> {
    let mut writer = Writer::with_capacity(size(conversation));
    let mut written = Ok(());
    writer.object(|writer| {
        written = write_prompt(writer, conversation, losses);
        write_wishes(writer, conversation, terms.thinking, losses);
    });
    written.map(|()| writer.into_bytes())
}

/// Writes what was said, and the tools: what counts as input.
pub(in crate::gemini) fn write_prompt(
    writer: &mut Writer,
    conversation: &Conversation,
    losses: &mut Losses,
) -> Result<(), EncodeError> {
    if conversation.dialect == Dialect::Gemini {
        write_own(writer, conversation);
    } else {
        let Prompt { system, contents } = arrange::prompt(conversation, losses);
        if contents.is_empty() {
            let reason = "nothing is said in it, send at least one message".to_owned();
            return Err(EncodeError { path: String::new(), reason });
        }
        if !system.is_empty() {
            writer.key("systemInstruction").object(|writer| write_parts(writer, &system));
        }
        writer.key("contents").array(|writer| {
            for content in &contents {
                writer.object(|writer| write_content(writer, content));
            }
        });
    }
    tools::write(writer, conversation, losses);
    tools::write_choice(writer, conversation, losses);
    Ok(())
}

fn write_own(writer: &mut Writer, conversation: &Conversation) {
    let (system, said): (Vec<_>, Vec<_>) = conversation.turns.iter().partition(|turn| turn.role.is_system());
    for turn in system {
        writer.key("systemInstruction").object(|writer| {
            write_content(writer, &arrange::own(conversation, turn));
            writer.extras(&turn.extras);
        });
    }
    writer.key("contents").array(|writer| {
        for turn in said {
            writer.object(|writer| {
                write_content(writer, &arrange::own(conversation, turn));
                writer.extras(&turn.extras);
            });
        }
    });
}

fn write_content(writer: &mut Writer, content: &Content<'_>) {
    writer.key("role").text(content.role);
    write_parts(writer, &content.entries);
}

fn write_parts(writer: &mut Writer, entries: &[Entry<'_>]) {
    writer.key("parts").array(|writer| entries.iter().for_each(|entry| entry.write(writer)));
}

fn write_wishes(writer: &mut Writer, conversation: &Conversation, form: ThinkingForm, losses: &mut Losses) {
    let own = conversation.dialect == Dialect::Gemini;
    if config::says_anything(conversation) {
        writer.key("generationConfig").object(|writer| {
            if own {
                config::write_own(writer, conversation);
            } else {
                config::write(writer, conversation, form, losses);
            }
        });
    }
    write_tier(writer, conversation, losses);
    if own {
        writer.boolean_member("store", conversation.store);
        proto::write_plain(writer, &conversation.extras);
        return;
    }
    losses.extras("", &conversation.extras);
    note_others(conversation, losses);
}

fn write_tier(writer: &mut Writer, conversation: &Conversation, losses: &mut Losses) {
    let own = conversation.dialect == Dialect::Gemini;
    match &conversation.tier {
        Some(Tier::Flex) => writer.key("serviceTier").text("flex"),
        Some(Tier::Priority) => writer.key("serviceTier").text("priority"),
        Some(Tier::Standard) if own => writer.key("serviceTier").text("standard"),
        Some(Tier::Auto) if own => writer.key("serviceTier").text("unspecified"),
        Some(Tier::Other(Dialect::Gemini, name)) => writer.key("serviceTier").text(name),
        Some(Tier::Other(..)) => losses.dropped(Field::Tier.of(conversation)),
        // The usual tier is the one that is not named.
        Some(Tier::Standard | Tier::Auto) | None => {}
    }
}

/// What Gemini has no place for. Caches are its own affair, and who the end user is it does not ask.
fn note_others(conversation: &Conversation, losses: &mut Losses) {
    if conversation.metadata.as_ref().is_some_and(|json| !json.node().is_blank()) {
        losses.dropped(Field::Metadata.of(conversation));
    }
    if conversation.verbosity.as_deref().is_some_and(|verbosity| verbosity != "medium") {
        losses.dropped(Field::Verbosity.of(conversation));
    }
    if conversation.store == Some(true) {
        losses.dropped("store");
    }
}

/// About how many bytes it comes to, so that they need not be moved while they are written.
fn size(conversation: &Conversation) -> usize {
    let pieces = conversation.turns.iter().flat_map(|turn| &turn.pieces);
    1024 + pieces.map(piece_size).sum::<usize>() + 1024 * conversation.tools.len()
}

fn piece_size(piece: &Piece) -> usize {
    match &piece.part {
        Part::Text(text) => text.text.len() * 9 / 8 + 64,
        Part::ToolCall(call) => call.arguments.len() + 192,
        Part::ToolResult(result) => result.pieces.iter().map(piece_size).sum::<usize>() + 128,
        _ => 256,
    }
}
