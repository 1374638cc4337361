//! How the answer is wished to be, moved into what the API takes.
//!
//! Thinking and effort: <https://docs.anthropic.com/en/docs/build-with-claude/extended-thinking>,
//! <https://docs.anthropic.com/en/docs/build-with-claude/effort>. A wish for effort becomes adaptive thinking, a wish for a
//! number of tokens becomes thinking with that budget.

use super::field::Field;
use super::outline::Outline;
use crate::anthropic::entry::Block;
use crate::dialect::Dialect;
use crate::hub::conversation::Conversation;
use crate::hub::loss::Losses;
use crate::hub::wish::{Effort, Sampling, Thinking, ThinkingMode, ToolChoice};

/// The settings, ready to be written.
#[derive(Debug, Default)]
pub(super) struct Settings<'a> {
    pub(super) max_tokens: u64,
    pub(super) temperature: Option<f64>,
    pub(super) top_p: Option<f64>,
    pub(super) top_k: Option<u64>,
    pub(super) stop: Vec<&'a str>,
    pub(super) thinking: Option<ThinkingMode>,
    pub(super) budget: Option<u64>,
    pub(super) display: Option<&'a str>,
    pub(super) effort: Option<Effort>,
}

/// The smallest budget that the API takes.
const LEAST_BUDGET: u64 = 1_024;

/// The least `top_p` beside thinking.
const LEAST_TOP_P: f64 = 0.95;

/// Settles them; `max_tokens` holds where the client named none.
pub(super) fn settle<'a>(
    conversation: &'a Conversation,
    outline: &Outline<'_>,
    max_tokens: u64,
    losses: &mut Losses,
) -> Settings<'a> {
    let max_tokens = conversation.max_tokens.unwrap_or(max_tokens);
    let mut settings = Settings { max_tokens, ..Settings::default() };
    settings.wish(conversation);
    if conversation.dialect == Dialect::Anthropic {
        settings.take(&conversation.sampling);
    } else {
        settings.fit_thinking(conversation, losses);
    }
    settings.keep_peace(conversation, outline, losses);
    if conversation.dialect != Dialect::Anthropic {
        settings.fit_sampling(conversation, losses);
    }
    settings
}

// === impl Settings ===

impl<'a> Settings<'a> {
    /// What the client wishes of thinking, as it says it.
    fn wish(&mut self, conversation: &'a Conversation) {
        let Some(Thinking { mode, effort, budget, show }) = &conversation.thinking else { return };
        (self.thinking, self.effort, self.budget) = (*mode, *effort, *budget);
        self.display = show.as_deref();
    }

    fn take(&mut self, sampling: &'a Sampling) {
        (self.temperature, self.top_p, self.top_k) = (sampling.temperature, sampling.top_p, sampling.top_k);
        self.stop = sampling.stop.iter().map(String::as_str).collect();
    }

    fn fit_thinking(&mut self, conversation: &'a Conversation, losses: &mut Losses) {
        let wishes = conversation.thinking.is_some();
        let off = self.thinking == Some(ThinkingMode::Off)
            || self.effort == Some(Effort::None)
            || self.budget == Some(0);
        if off {
            self.thinking = Some(ThinkingMode::Off);
            (self.effort, self.budget, self.display) = (None, None, None);
            return;
        }
        if self.effort == Some(Effort::Minimal) {
            self.effort = Some(Effort::Low);
            losses.changed(Field::Effort.of(conversation));
        }
        self.fit_display(conversation, losses);
        if wishes && self.budget.is_none() {
            self.thinking = Some(ThinkingMode::Adaptive);
        }
        if let Some(budget) = self.budget {
            self.thinking = Some(ThinkingMode::On);
            self.fit_budget(budget, conversation, losses);
        }
    }

    /// A budget is at least 1,024 and leaves room for an answer. The largest answer stays what it is: it may be what the
    /// request is allowed to cost.
    fn fit_budget(&mut self, budget: u64, conversation: &Conversation, losses: &mut Losses) {
        let room = self.max_tokens.saturating_sub(self.max_tokens / 4);
        let highest = if budget < self.max_tokens { budget } else { room };
        let fitted = highest.max(LEAST_BUDGET);
        if fitted >= self.max_tokens {
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
            Some("summarized" | "auto") => Some("summarized"),
            Some("omitted") => Some("omitted"),
            Some("concise" | "detailed") => {
                losses.changed(Field::Show.of(conversation));
                Some("summarized")
            }
            Some(_) => {
                losses.dropped(Field::Show.of(conversation));
                None
            }
            None => None,
        };
    }

    fn stop_thinking(&mut self) {
        (self.thinking, self.budget, self.display) = (None, None, None);
    }

    /// Thinking is left out where the API refuses it: a tool is forced (then nothing is thought in any case), the answer
    /// is begun, or the model goes on behind tools that it called without thoughts.
    fn keep_peace(&mut self, conversation: &Conversation, outline: &Outline<'_>, losses: &mut Losses) {
        let thinks = matches!(self.thinking, Some(ThinkingMode::On | ThinkingMode::Adaptive));
        let own = conversation.dialect == Dialect::Anthropic;
        let forced = matches!(conversation.tool_choice, Some(ToolChoice::Required | ToolChoice::Tool(_)));
        let begun = outline.messages.last().is_some_and(|last| {
            last.role == "assistant"
                && matches!(last.entries.last(), Some(entry) if matches!(entry.block, Block::Text { .. }))
        });
        let cannot_go_on = self.thinking == Some(ThinkingMode::On) && outline.goes_on_without_thoughts();
        if thinks && (cannot_go_on || !own && (forced || begun)) {
            losses.dropped(Field::Thinking.of(conversation));
            self.stop_thinking();
        }
    }

    fn fit_sampling(&mut self, conversation: &'a Conversation, losses: &mut Losses) {
        let sampling = &conversation.sampling;
        let thinks = matches!(self.thinking, Some(ThinkingMode::On | ThinkingMode::Adaptive));
        self.temperature = sampling.temperature.map(|wished| within(wished, 0.0));
        self.top_p = sampling.top_p.map(|wished| within(wished, if thinks { LEAST_TOP_P } else { 0.0 }));
        if differs(self.temperature, sampling.temperature) {
            losses.changed(Field::Temperature.of(conversation));
        }
        if differs(self.top_p, sampling.top_p) {
            losses.changed(Field::TopP.of(conversation));
        }
        self.top_k = sampling.top_k.filter(|_| !thinks);
        if self.top_k != sampling.top_k {
            losses.dropped(Field::TopK.of(conversation));
        }
        if thinks && differs(self.temperature, Some(1.0)) && self.temperature.is_some() {
            losses.dropped(Field::Temperature.of(conversation));
            self.temperature = None;
        }
        self.choose_one(conversation, losses);
        self.fit_stop(conversation, losses);
        note_unknown(conversation, losses);
    }

    /// Models refuse a temperature beside a `top_p`. What says nothing but the default goes first.
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

fn within(number: f64, least: f64) -> f64 {
    number.clamp(least, 1.0)
}

/// Whether two numbers differ by more than their spelling.
fn differs(one: Option<f64>, other: Option<f64>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => (one - other).abs() > f64::EPSILON,
        (one, other) => one.is_some() != other.is_some(),
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
        (conversation.metadata.as_ref().is_some_and(|notes| !notes.node().is_blank()), Field::Metadata),
    ] {
        if said {
            losses.dropped(field.of(conversation));
        }
    }
}
