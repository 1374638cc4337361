//! A wish for thinking in the form that a target's model takes: models of one maker take either effort or a number of tokens,
//! and which of them is data of the target's.

use std::borrow::Cow;

use crate::anthropic::request::field::Field;
use crate::dialect::Dialect;
use crate::hub::conversation::Conversation;
use crate::hub::loss::Losses;
use crate::hub::wish::{Effort, Thinking, ThinkingMode};
use crate::quirks::ThinkingForm;

/// The conversation with a wish for thinking that a target of Claude's words takes.
pub(crate) fn fitted<'a>(
    dialect: Dialect,
    conversation: Cow<'a, Conversation>,
    form: ThinkingForm,
    losses: &mut Losses,
) -> Cow<'a, Conversation> {
    let claude = matches!(dialect, Dialect::Anthropic | Dialect::Bedrock);
    let Some(thinking) = conversation.thinking.as_ref().filter(|wish| !is_off(wish)) else {
        return conversation;
    };
    if !claude || conversation.dialect == dialect {
        return conversation;
    }
    let reformed = match form {
        ThinkingForm::Usual => None,
        ThinkingForm::Effort => as_effort(thinking, &conversation, losses),
        ThinkingForm::Budget => as_budget(thinking, &conversation, losses),
    };
    let Some(reformed) = reformed else { return conversation };
    let mut fitted = conversation;
    fitted.to_mut().thinking = Some(reformed);
    fitted
}

fn is_off(thinking: &Thinking) -> bool {
    thinking.mode == Some(ThinkingMode::Off)
        || thinking.effort == Some(Effort::None)
        || thinking.budget == Some(0)
}

/// Claude's clients say themselves whether they want thoughts, and effort is something else to them.
fn wants_thoughts(thinking: &Thinking, conversation: &Conversation) -> bool {
    conversation.dialect != Dialect::Anthropic || thinking.mode.is_some()
}

fn as_effort(thinking: &Thinking, conversation: &Conversation, losses: &mut Losses) -> Option<Thinking> {
    if !wants_thoughts(thinking, conversation) {
        return None;
    }
    if thinking.budget.is_some() {
        losses.changed(Field::Thinking.of(conversation));
    }
    let effort = thinking.effort.or(thinking.budget.map(Effort::of_budget));
    let mode = Some(ThinkingMode::Adaptive);
    Some(Thinking { mode, effort, budget: None, show: thinking.show.clone() })
}

fn as_budget(thinking: &Thinking, conversation: &Conversation, losses: &mut Losses) -> Option<Thinking> {
    if thinking.effort.is_none() && thinking.budget.is_some() {
        return None;
    }
    if !wants_thoughts(thinking, conversation) {
        losses.dropped(Field::Effort.of(conversation));
        return Some(Thinking { effort: None, ..thinking.clone() });
    }
    losses.changed(Field::Effort.of(conversation));
    let budget = thinking.budget.or_else(|| thinking.effort.unwrap_or(Effort::Medium).budget());
    let mode = Some(ThinkingMode::On);
    Some(Thinking { mode, effort: None, budget, show: thinking.show.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::walk::Node;
    use crate::quirks::Chat;
    use crate::translate::{self, Terms};

    const CHAT: Dialect = Dialect::OpenAiChat;
    const CLAUDE: Dialect = Dialect::Anthropic;

    /// What a target is told of thinking, where it stands in that dialect.
    fn told(target: Dialect, form: ThinkingForm, (client, wish): (Dialect, &str)) -> (String, String) {
        let body = format!(r#"{{"max_tokens":60000,"messages":[{{"role":"user","content":"Hi"}}],{wish}}}"#);
        let conversation = translate::conversation(client, body.as_bytes()).unwrap();
        let mut losses = Losses::default();
        let terms = Terms {
            model: "m",
            max_tokens: 9,
            chat: Chat::USUAL,
            thinking: form,
            family: crate::quirks::Family::Claude,
        };
        let written = translate::request(target, &conversation, terms, &mut losses).unwrap();
        let places: &[&[&str]] = match target {
            Dialect::Anthropic => &[&["thinking"], &["output_config"]],
            Dialect::Bedrock => &[&["additionalModelRequestFields", "thinking"], &["outputConfig"]],
            _ => &[&["generationConfig", "thinkingConfig"]],
        };
        let node = Node::read(&written).unwrap();
        let said = places.iter().filter_map(|path| node.at(path));
        let said: Vec<_> = said.map(|node| String::from_utf8_lossy(node.spelled()).into_owned()).collect();
        (said.join(" "), losses.header(1000))
    }

    #[test]
    fn thinking_is_asked_for_in_the_form_of_the_target() {
        use ThinkingForm::{Budget, Effort, Usual};
        let high = (CHAT, r#""reasoning_effort":"high""#);
        let none = (CHAT, r#""reasoning_effort":"none""#);
        let budget = (CLAUDE, r#""thinking":{"type":"enabled","budget_tokens":8000}"#);
        let quiet = (CLAUDE, r#""output_config":{"effort":"low"}"#);
        let adaptive = r#"{"type":"adaptive"} {"effort":"high"}"#;
        let tokens = r#"{"type":"enabled","budget_tokens":24576}"#;
        let effort_changed = "reasoning_effort;changed";
        for (target, form, asked, said, lost) in [
            (CLAUDE, Usual, high, adaptive, ""),
            (CLAUDE, Effort, high, adaptive, ""),
            (CLAUDE, Budget, high, tokens, effort_changed),
            (CLAUDE, Budget, none, r#"{"type":"disabled"}"#, ""),
            (Dialect::Bedrock, Usual, high, tokens, effort_changed),
            (Dialect::Bedrock, Effort, high, adaptive, ""),
            (Dialect::Bedrock, Budget, high, tokens, effort_changed),
            (
                Dialect::Bedrock,
                Effort,
                budget,
                r#"{"type":"adaptive"} {"effort":"medium"}"#,
                "thinking;changed",
            ),
            (Dialect::Bedrock, Budget, budget, r#"{"type":"enabled","budget_tokens":8000}"#, ""),
            (Dialect::Bedrock, Effort, quiet, r#"{"effort":"low"}"#, ""),
            (Dialect::Bedrock, Budget, quiet, "", "output_config.effort"),
            (Dialect::Gemini, Usual, high, r#"{"thinkingBudget":24576}"#, ""),
            (Dialect::Gemini, Budget, high, r#"{"thinkingBudget":24576}"#, ""),
            (Dialect::Gemini, Effort, high, r#"{"thinkingLevel":"HIGH"}"#, ""),
            (Dialect::Gemini, Usual, none, r#"{"thinkingBudget":0}"#, ""),
            (Dialect::Gemini, Effort, none, r#"{"thinkingLevel":"MINIMAL"}"#, effort_changed),
            (
                Dialect::Gemini,
                Effort,
                (CHAT, r#""reasoning_effort":"xhigh""#),
                r#"{"thinkingLevel":"HIGH"}"#,
                effort_changed,
            ),
            (
                Dialect::Gemini,
                Effort,
                budget,
                r#"{"thinkingLevel":"MEDIUM","includeThoughts":true}"#,
                "thinking.budget_tokens;changed",
            ),
        ] {
            assert_eq!(
                told(target, form, asked),
                (said.to_owned(), lost.to_owned()),
                "{target:?} {form:?} {asked:?}"
            );
        }
    }
}
