//! How the answer is wished to be, moved into what the API takes.
//!
//! Thinking is asked for in Claude's words (`additionalModelRequestFields.thinking`) or Nova's, and of no other maker's models;
//! a wish for effort alone becomes a number of tokens. What Claude's own clients say stays as they say it.
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/claude-messages-extended-thinking.html>

use super::novas::{self, Novas, Reasoning};
use super::outline::Outline;
use crate::anthropic::request::field::Field;
use crate::dialect::Dialect;
use crate::hub::conversation::Conversation;
use crate::hub::loss::Losses;
use crate::hub::wish::{Effort, Sampling, Thinking, ThinkingMode, ToolChoice};
use crate::quirks::{Family, ThinkingForm};
use crate::translate::Terms;

/// The settings, ready to be written.
#[derive(Debug, Default)]
pub(super) struct Settings<'a> {
    pub(super) max_tokens: Option<u64>,
    pub(super) temperature: Option<f64>,
    pub(super) top_p: Option<f64>,
    pub(super) top_k: Option<u64>,
    pub(super) stop: Vec<&'a str>,
    pub(super) thinking: Option<ThinkingMode>,
    pub(super) budget: Option<u64>,
    pub(super) display: Option<&'a str>,
    pub(super) effort: Option<Effort>,
    pub(super) novas: Novas,
}

/// The smallest budget that Claude takes.
const LEAST_BUDGET: u64 = 1_024;

/// The least `topP` beside thinking.
const LEAST_TOP_P: f64 = 0.95;

/// Settles them for a model of the family.
pub(super) fn settle<'a>(
    (conversation, terms): (&'a Conversation, Terms<'_>),
    outline: &Outline<'_>,
    losses: &mut Losses,
) -> Settings<'a> {
    let mut settings = Settings { max_tokens: conversation.max_tokens, ..Settings::default() };
    if let Some(Thinking { mode, effort, budget, show }) = &conversation.thinking {
        (settings.thinking, settings.effort, settings.budget) = (*mode, *effort, *budget);
        settings.display = show.as_deref();
    }
    if conversation.dialect == Dialect::Bedrock {
        settings.take(&conversation.sampling);
        settings.keep_peace(conversation, outline, losses);
        return settings;
    }
    settings.max_tokens = conversation.max_tokens.map(|most| most.max(1));
    if settings.max_tokens != conversation.max_tokens {
        losses.changed(Field::MaxTokens.of(conversation));
    }
    match (terms.family, terms.thinking) {
        (Family::Claude, _) => settings.fit_thinking(conversation, losses),
        (Family::Nova, ThinkingForm::Effort) => settings.fit_reasoning(conversation, losses),
        _ => settings.leave_thinking(conversation, losses),
    }
    settings.keep_peace(conversation, outline, losses);
    settings.fit_sampling((conversation, terms.family), losses);
    settings
}

// === impl Settings ===

impl<'a> Settings<'a> {
    fn take(&mut self, sampling: &'a Sampling) {
        (self.temperature, self.top_p, self.top_k) = (sampling.temperature, sampling.top_p, sampling.top_k);
        self.stop = sampling.stop.iter().map(String::as_str).collect();
    }

    fn fit_thinking(&mut self, conversation: &'a Conversation, losses: &mut Losses) {
        if conversation.thinking.is_none() {
            return;
        }
        let off = self.thinking == Some(ThinkingMode::Off)
            || self.effort == Some(Effort::None)
            || self.budget == Some(0);
        if off {
            // Nobody thinks who is not asked to, and many models refuse the question.
            (self.effort, self.budget) = (None, None);
            self.stop_thinking();
            return;
        }
        self.fit_display(conversation, losses);
        self.fit_effort(conversation, losses);
        if let Some(budget) = self.budget {
            self.thinking = Some(ThinkingMode::On);
            self.fit_budget(budget, conversation, losses);
        }
    }

    /// How other makers' models are asked to think differs from model to model.
    fn leave_thinking(&mut self, conversation: &Conversation, losses: &mut Losses) {
        let Some(Thinking { mode, effort, budget, .. }) = &conversation.thinking else { return };
        let off = *mode == Some(ThinkingMode::Off) || *effort == Some(Effort::None) || *budget == Some(0);
        if !off && effort.is_some() {
            losses.dropped(Field::Effort.of(conversation));
        }
        if !off && (budget.is_some() || mode.is_some() && effort.is_none()) {
            losses.dropped(Field::Thinking.of(conversation));
        }
        self.effort = None;
        self.stop_thinking();
    }

    /// Nova 2 is told how hard to think, and nothing else of it.
    fn fit_reasoning(&mut self, conversation: &'a Conversation, losses: &mut Losses) {
        let Some(Thinking { mode, effort, budget, .. }) = &conversation.thinking else { return };
        let off = *mode == Some(ThinkingMode::Off) || *effort == Some(Effort::None) || *budget == Some(0);
        // To Claude's clients effort is something else than thinking.
        if off || conversation.dialect == Dialect::Anthropic && mode.is_none() {
            self.leave_thinking(conversation, losses);
            return;
        }
        let wished = effort.unwrap_or(Effort::Medium);
        let reasoning = Reasoning::nearest(wished, self.max_tokens);
        if reasoning.effort() != wished {
            losses.changed(Field::Effort.of(conversation));
        }
        self.novas.reasoning = Some(reasoning);
        self.effort = None;
        self.stop_thinking();
    }

    /// Where no number is said, effort becomes one; Claude's clients say themselves whether they want thoughts.
    fn fit_effort(&mut self, conversation: &Conversation, losses: &mut Losses) {
        if self.effort == Some(Effort::Minimal) {
            self.effort = Some(Effort::Low);
        }
        let says_itself =
            conversation.dialect == Dialect::Anthropic && self.thinking != Some(ThinkingMode::On);
        if self.budget.is_some() || self.thinking == Some(ThinkingMode::Adaptive) || says_itself {
            return;
        }
        let effort = self.effort.take().unwrap_or(Effort::Medium);
        self.budget = effort.budget();
        losses.changed(Field::Effort.of(conversation));
    }

    /// A budget is at least 1,024 and leaves room for an answer. The largest answer stays what it is: it may be what the
    /// request is allowed to cost.
    fn fit_budget(&mut self, budget: u64, conversation: &Conversation, losses: &mut Losses) {
        let most = self.max_tokens.unwrap_or(u64::MAX);
        let room = most.saturating_sub(most / 4);
        let highest = if budget < most { budget } else { room };
        let fitted = highest.max(LEAST_BUDGET);
        if fitted >= most {
            losses.dropped(Field::Thinking.of(conversation));
            self.stop_thinking();
            return;
        }
        if fitted != budget {
            losses.changed(Field::Thinking.of(conversation));
        }
        self.budget = Some(fitted);
    }

    /// How thoughts are shown: `summarized` or `omitted`.
    fn fit_display(&mut self, conversation: &Conversation, losses: &mut Losses) {
        self.display = match self.display {
            Some("concise" | "detailed") => {
                losses.changed(Field::Show.of(conversation));
                None
            }
            Some("auto") | None => None,
            Some(known @ ("summarized" | "omitted")) => Some(known),
            Some(_) => {
                losses.dropped(Field::Show.of(conversation));
                None
            }
        };
    }

    fn stop_thinking(&mut self) {
        (self.thinking, self.budget, self.display) = (None, None, None);
    }

    const fn thinks(&self) -> bool {
        matches!(self.thinking, Some(ThinkingMode::On | ThinkingMode::Adaptive))
    }

    /// Thinking is left out where Claude refuses it: a tool is forced (then nothing is thought in any case), the answer
    /// is begun, or the model goes on behind tools that it called without thoughts.
    fn keep_peace(&mut self, conversation: &Conversation, outline: &Outline<'_>, losses: &mut Losses) {
        let own = conversation.dialect == Dialect::Bedrock;
        let forced = matches!(conversation.tool_choice, Some(ToolChoice::Required | ToolChoice::Tool(_)));
        let cannot_go_on = self.thinking == Some(ThinkingMode::On) && outline.goes_on_without_thoughts();
        if self.thinks() && (cannot_go_on || !own && (forced || outline.is_begun())) {
            losses.dropped(Field::Thinking.of(conversation));
            self.stop_thinking();
        }
    }

    fn fit_sampling(&mut self, (conversation, family): (&'a Conversation, Family), losses: &mut Losses) {
        if self.novas.reasoning == Some(Reasoning::High) {
            leave_sampling(conversation, losses);
            self.fit_stop(conversation, losses);
            note_unknown(conversation, losses);
            return;
        }
        let sampling = &conversation.sampling;
        let least = if self.thinks() { LEAST_TOP_P } else { 0.0 };
        self.temperature = sampling.temperature.map(|wished| wished.clamp(0.0, 1.0));
        self.top_p = sampling.top_p.map(|wished| wished.clamp(least, 1.0));
        if differs(self.temperature, sampling.temperature) {
            losses.changed(Field::Temperature.of(conversation));
        }
        if differs(self.top_p, sampling.top_p) {
            losses.changed(Field::TopP.of(conversation));
        }
        self.fit_top_k((conversation, family), losses);
        if self.thinks() && self.temperature.is_some() && differs(self.temperature, Some(1.0)) {
            losses.dropped(Field::Temperature.of(conversation));
            self.temperature = None;
        }
        if family == Family::Claude {
            self.choose_one(conversation, losses);
        }
        self.fit_stop(conversation, losses);
        note_unknown(conversation, losses);
    }

    fn fit_top_k(&mut self, (conversation, family): (&Conversation, Family), losses: &mut Losses) {
        let wished = conversation.sampling.top_k;
        match family {
            Family::Claude => self.top_k = wished.filter(|_| !self.thinks()),
            Family::Nova => self.novas.top_k = wished.map(|wished| wished.min(novas::HIGHEST_TOP_K)),
            Family::Mistral => self.top_k = wished,
            Family::Other => {}
        }
        let settled = self.top_k.or(self.novas.top_k);
        if settled.is_some() && settled != wished {
            losses.changed(Field::TopK.of(conversation));
        } else if settled != wished {
            losses.dropped(Field::TopK.of(conversation));
        }
    }

    /// Claude refuses a temperature beside a `topP`. What says nothing but the default goes first.
    fn choose_one(&mut self, conversation: &Conversation, losses: &mut Losses) {
        if self.temperature.is_none() || self.top_p.is_none() {
            return;
        }
        if differs(self.top_p, Some(1.0)) && !differs(self.temperature, Some(1.0)) {
            self.temperature = None;
            return;
        }
        if differs(self.top_p, Some(1.0)) {
            losses.dropped(Field::TopP.of(conversation));
        }
        self.top_p = None;
    }

    fn fit_stop(&mut self, conversation: &'a Conversation, losses: &mut Losses) {
        for (index, stop) in conversation.sampling.stop.iter().enumerate() {
            if stop.trim().is_empty() {
                losses.dropped(format!("{}[{index}]", Field::Stop.of(conversation)));
            } else {
                self.stop.push(stop);
            }
        }
    }
}

/// Whether two numbers differ by more than their spelling.
fn differs(one: Option<f64>, other: Option<f64>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => (one - other).abs() > f64::EPSILON,
        (one, other) => one.is_some() != other.is_some(),
    }
}

/// What Nova refuses beside the greatest effort.
fn leave_sampling(conversation: &Conversation, losses: &mut Losses) {
    let sampling = &conversation.sampling;
    for (said, field) in [
        (sampling.temperature.is_some(), Field::Temperature),
        (sampling.top_p.is_some(), Field::TopP),
        (sampling.top_k.is_some(), Field::TopK),
    ] {
        if said {
            losses.dropped(field.of(conversation));
        }
    }
}

/// What the API has no setting for.
fn note_unknown(conversation: &Conversation, losses: &mut Losses) {
    let Sampling { frequency_penalty, presence_penalty, seed, candidates, logprobs, .. } =
        &conversation.sampling;
    for (said, field) in [
        (frequency_penalty.is_some_and(|penalty| penalty != 0.0), Field::FrequencyPenalty),
        (presence_penalty.is_some_and(|penalty| penalty != 0.0), Field::PresencePenalty),
        (seed.is_some(), Field::Seed),
        (candidates.is_some_and(|candidates| candidates > 1), Field::Candidates),
        (logprobs.is_some(), Field::Logprobs),
        (conversation.verbosity.as_deref().is_some_and(|wished| wished != "medium"), Field::Verbosity),
    ] {
        if said {
            losses.dropped(field.of(conversation));
        }
    }
}
