//! `thinkingConfig`, both ways. <https://ai.google.dev/gemini-api/docs/thinking>

use crate::gemini::field::Field;
use crate::gemini::proto;
use crate::hub::conversation::Conversation;
use crate::hub::flaw::DecodeError;
use crate::hub::loss::Losses;
use crate::hub::wish::{Effort, Thinking, ThinkingMode};
use crate::json::object::Object;
use crate::json::writer::Writer;
use crate::quirks::ThinkingForm;

/// The largest budget that every model that thinks takes.
const MOST: u64 = 24_576;

/// Thoughts that are not to be shown.
const OMITTED: &str = "omitted";

/// Reads how much is to be thought: 0 is not at all, -1 as the model sees fit.
pub(super) fn read(mut config: Object<'_>, conversation: &mut Conversation) -> Result<(), DecodeError> {
    let mut thinking = Thinking::default();
    match proto::integer(&mut config, "thinkingBudget")? {
        None => {}
        Some(0) => thinking.mode = Some(ThinkingMode::Off),
        Some(budget) => {
            thinking.budget = u64::try_from(budget).ok();
            let mode = if budget > 0 { ThinkingMode::On } else { ThinkingMode::Adaptive };
            thinking.mode = Some(mode);
        }
    }
    thinking.effort = effort(&mut config);
    thinking.show = config.boolean("includeThoughts")?.map(|shown| {
        let show = if shown { "auto" } else { OMITTED };
        show.to_owned()
    });
    conversation.thinking = Some(thinking);
    proto::keep(&mut conversation.extras, "generationConfig.thinkingConfig", config);
    Ok(())
}

/// Takes the level where it is one that others know.
fn effort(config: &mut Object<'_>) -> Option<Effort> {
    let name = config.peek("thinkingLevel")?.text()?.to_ascii_lowercase();
    let effort = Effort::named(&name)?;
    config.take("thinkingLevel");
    Some(effort)
}

/// Writes it as the client of this dialect said it.
pub(super) fn write_own(writer: &mut Writer, conversation: &Conversation) {
    let Some(thinking) = &conversation.thinking else { return };
    writer.key("thinkingConfig").object(|writer| {
        match (thinking.mode, thinking.budget) {
            (_, Some(budget)) => writer.key("thinkingBudget").count(budget),
            (Some(ThinkingMode::Off), None) => writer.key("thinkingBudget").count(0),
            (Some(ThinkingMode::Adaptive), None) => writer.key("thinkingBudget").integer(-1),
            (Some(ThinkingMode::On) | None, None) => {}
        }
        let level = thinking.effort.map(|effort| effort.name().to_ascii_uppercase());
        writer.text_member("thinkingLevel", level.as_deref());
        let shown = thinking.show.as_deref().map(|show| show != OMITTED);
        writer.boolean_member("includeThoughts", shown);
        proto::write_kept(writer, &conversation.extras, "generationConfig.thinkingConfig");
    });
}

/// Writes it in the form that the model takes; where that is not known as a number of tokens.
pub(super) fn write(
    writer: &mut Writer,
    conversation: &Conversation,
    form: ThinkingForm,
    losses: &mut Losses,
) {
    let Some(thinking) = &conversation.thinking else { return };
    match form {
        ThinkingForm::Effort => write_level(writer, thinking, conversation, losses),
        ThinkingForm::Usual | ThinkingForm::Budget => write_budget(writer, thinking, conversation, losses),
    }
}

/// Models that take levels always think, if only a little.
fn write_level(writer: &mut Writer, thinking: &Thinking, conversation: &Conversation, losses: &mut Losses) {
    let shown = shown(thinking);
    let off = thinking.mode == Some(ThinkingMode::Off);
    let wished = if off { Some(Effort::None) } else { thinking.effort };
    let wished = wished.or(thinking.budget.map(Effort::of_budget));
    let level = wished.map(|effort| match effort {
        Effort::None => Effort::Minimal,
        Effort::XHigh | Effort::Max => Effort::High,
        other => other,
    });
    if level.is_none() && shown.is_none() {
        return;
    }
    if thinking.budget.is_some() && thinking.effort.is_none() {
        losses.changed(Field::Budget.of(conversation));
    } else if level != wished {
        losses.changed(Field::Effort.of(conversation));
    }
    writer.key("thinkingConfig").object(|writer| {
        let level = level.map(|level| level.name().to_ascii_uppercase());
        writer.text_member("thinkingLevel", level.as_deref());
        writer.boolean_member("includeThoughts", shown);
    });
}

fn write_budget(writer: &mut Writer, thinking: &Thinking, conversation: &Conversation, losses: &mut Losses) {
    let shown = shown(thinking);
    let budget = budget(thinking);
    if budget.is_none() && shown.is_none() {
        return;
    }
    if thinking.mode != Some(ThinkingMode::Off) && thinking.budget.is_some_and(|budget| budget > MOST) {
        losses.changed(Field::Budget.of(conversation));
    }
    writer.key("thinkingConfig").object(|writer| {
        if let Some(budget) = budget {
            writer.key("thinkingBudget").integer(budget);
        }
        writer.boolean_member("includeThoughts", shown);
    });
}

fn budget(thinking: &Thinking) -> Option<i64> {
    const DYNAMIC: i64 = -1;
    let tokens = |tokens: u64| i64::try_from(tokens.min(MOST)).ok();
    match (thinking.mode, thinking.budget, thinking.effort) {
        (Some(ThinkingMode::Off), ..) | (_, None, Some(Effort::None)) => Some(0),
        (_, Some(budget), _) => tokens(budget),
        (_, None, Some(effort)) => effort.budget().and_then(tokens),
        (Some(ThinkingMode::On | ThinkingMode::Adaptive), None, None) => Some(DYNAMIC),
        (None, None, None) => None,
    }
}

/// Thoughts are shown where the client's dialect shows them unasked, or it asks.
fn shown(thinking: &Thinking) -> Option<bool> {
    match (thinking.mode, thinking.show.as_deref()) {
        (Some(ThinkingMode::Off), _) | (None, None) => None,
        (_, Some(show)) => Some(show != OMITTED),
        (Some(ThinkingMode::On | ThinkingMode::Adaptive), None) => Some(true),
    }
}
