//! How much a model should think: OpenAI's `reasoning_effort`, and what compatible servers have beside it.

use crate::hub::conversation::Conversation;
use crate::hub::extras::Extras;
use crate::hub::flaw::DecodeError;
use crate::hub::loss::Losses;
use crate::hub::wish::{Effort, Thinking, ThinkingMode};
use crate::json::Kind;
use crate::json::object::Object;
use crate::json::writer::Writer;
use crate::openai_chat::nested;
use crate::quirks;

const EFFORT: &str = "reasoning_effort";
/// `OpenRouter`'s own. <https://openrouter.ai/docs/use-cases/reasoning-tokens>
const REASONING: &str = "reasoning";
/// `DeepSeek`'s, `Z.ai`'s and Moonshot's, in Anthropic's form. <https://api-docs.deepseek.com/guides/thinking_mode>
const THINKING: &str = "thinking";

/// Takes what a request says of thinking.
pub(super) fn take(object: &mut Object<'_>, extras: &mut Extras) -> Result<Option<Thinking>, DecodeError> {
    let mut wish = Thinking::default();
    // What is no known effort (`default`) stays as it is.
    let effort = object.peek(EFFORT).and_then(|node| Effort::named(&node.text()?));
    if effort.is_some() {
        object.take(EFFORT);
        wish.effort = effort;
    }
    for (name, read) in [(REASONING, reasoning as Read), (THINKING, thinking as Read)] {
        if object.peek(name).is_some_and(|node| node.kind() == Kind::Object)
            && let Some(mut inside) = object.object(name)?
        {
            read(&mut inside, &mut wish).map_err(|error| error.within(name))?;
            extras.note(name);
            nested::keep(extras, name, &inside.rest());
        }
    }
    if wish.effort == Some(Effort::None) {
        wish.mode = Some(ThinkingMode::Off);
    }
    Ok((wish != Thinking::default()).then_some(wish))
}

type Read = fn(&mut Object<'_>, &mut Thinking) -> Result<(), DecodeError>;

fn reasoning(object: &mut Object<'_>, wish: &mut Thinking) -> Result<(), DecodeError> {
    let effort = object.peek("effort").and_then(|node| Effort::named(&node.text()?));
    if effort.is_some() {
        object.take("effort");
        wish.effort = effort;
    }
    wish.budget = object.count("max_tokens")?;
    if let Some(enabled) = object.boolean("enabled")? {
        wish.mode = Some(if enabled { ThinkingMode::On } else { ThinkingMode::Off });
    }
    Ok(())
}

fn thinking(object: &mut Object<'_>, wish: &mut Thinking) -> Result<(), DecodeError> {
    let mode = object.peek("type").and_then(|node| mode(&node.text()?));
    if mode.is_some() {
        object.take("type");
        wish.mode = mode;
    }
    wish.budget = object.count("budget_tokens")?.or(wish.budget);
    Ok(())
}

fn mode(name: &str) -> Option<ThinkingMode> {
    match name {
        "enabled" => Some(ThinkingMode::On),
        "disabled" => Some(ThinkingMode::Off),
        "adaptive" | "auto" => Some(ThinkingMode::Adaptive),
        _ => None,
    }
}

/// Writes the wish of a client of this dialect as it came.
pub(super) fn write_own(writer: &mut Writer, wish: &Thinking, extras: &Extras) {
    if extras.notes(REASONING) {
        writer.key(REASONING).object(|writer| {
            writer.text_member("effort", wish.effort.map(Effort::name));
            writer.count_member("max_tokens", wish.budget);
            let enabled = wish.mode.filter(|_| wish.effort != Some(Effort::None));
            writer.boolean_member("enabled", enabled.map(|mode| mode != ThinkingMode::Off));
            nested::write(writer, extras, REASONING);
        });
    } else {
        writer.text_member(EFFORT, wish.effort.map(Effort::name));
    }
    if extras.notes(THINKING) {
        writer.key(THINKING).object(|writer| {
            writer.text_member("type", wish.mode.map(mode_name));
            writer.count_member("budget_tokens", wish.budget);
            nested::write(writer, extras, THINKING);
        });
    }
}

const fn mode_name(mode: ThinkingMode) -> &'static str {
    match mode {
        ThinkingMode::On => "enabled",
        ThinkingMode::Off => "disabled",
        ThinkingMode::Adaptive => "adaptive",
    }
}

/// Writes the wish of another dialect's client: as an effort, the one thing that all servers know.
pub(super) fn write(
    writer: &mut Writer,
    conversation: &Conversation,
    quirk: quirks::Effort,
    losses: &mut Losses,
) {
    let Some(wish) = &conversation.thinking else { return };
    let path = super::encode::place_of(conversation, super::encode::Wish::Thinking);
    match (effort(wish), quirk) {
        (Some(effort), quirks::Effort::Told) => {
            writer.key(EFFORT).text(effort.name());
            if wish.budget.is_some_and(|budget| budget > 0) {
                losses.changed(path);
            }
        }
        (Some(_), quirks::Effort::Untold) => losses.dropped(path),
        // Not to think is what most models do unasked, and no word for it is known to all servers.
        (None, _) => {}
    }
}

/// A budget becomes the effort that it comes nearest to, up to the highest that every model has.
fn effort(wish: &Thinking) -> Option<Effort> {
    wish.effort.or_else(|| {
        let budget = wish.budget.filter(|_| wish.mode != Some(ThinkingMode::Off))?;
        Some(Effort::of_budget(budget).min(Effort::High))
    })
}
