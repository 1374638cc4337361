//! What the attempts of a dry run would cost at most, where a ceiling stands over them.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::sync::Arc;

use callsign_gateway::forecast::{Attempt, Forecast, Forecaster, Verdict};
use callsign_plan::alias::Condition;
use callsign_plan::catalog::Catalog;
use callsign_plan::course::Leg;
use callsign_plan::fault::Failure;
use callsign_plan::ids::TargetId;
use callsign_plan::target::Target;
use callsign_plan::units::Money;
use callsign_wire::dialect::Dialect;
use serde_json::{Value, json};

use super::fault::Fault;

/// What is asked, and what it may cost.
pub(super) struct Costs<'a> {
    catalog: &'a Catalog,
    dialect: Dialect,
    stream: bool,
    body: Vec<u8>,
    now: u64,
    forecaster: OnceCell<Option<Forecaster>>,
    /// What was worked out already: many played requests ask the same.
    known: RefCell<HashMap<Known, Forecast>>,
}

/// A model of a target, with what was spent before and each part of the ceiling.
type Known = (TargetId, Arc<str>, [u64; 4]);

/// The fault of a target that a ceiling does not afford.
pub(super) const TOO_DEAR: Fault =
    Fault { name: "cost_exceeded", failure: Failure::of(Condition::CostExceeded) };

// === impl Costs ===

impl<'a> Costs<'a> {
    /// Costs of a question that says `prompt` and asks for at most so many tokens; `now` is the time in seconds since 1970.
    pub(super) fn new(
        (catalog, now): (&'a Catalog, u64),
        (dialect, stream): (Dialect, bool),
        (prompt, max_tokens): (Option<&str>, Option<u64>),
    ) -> Self {
        let content = prompt.unwrap_or_default();
        let mut body = json!({"model": "", "messages": [{"role": "user", "content": content}]});
        // Anthropic's clients always name one.
        let usual = (dialect == Dialect::Anthropic).then_some(USUAL);
        if let (Some(limit), Some(members)) = (max_tokens.or(usual), body.as_object_mut()) {
            members.insert("max_tokens".to_owned(), limit.into());
        }
        let (forecaster, known) = (OnceCell::new(), RefCell::default());
        Self { catalog, dialect, stream, body: body.to_string().into_bytes(), now, forecaster, known }
    }

    /// What `leg` would cost, if a ceiling stands over it; attempts before may have cost `spent`.
    pub(super) fn of(&self, leg: &Leg, target: &Target, spent: Money) -> Option<Forecast> {
        let limit = leg.limits.max_cost?;
        let held = [spent.0, limit.ceiling.0, u64::from(limit.min_output_tokens), limit.on_cost as u64];
        let key = (leg.target, Arc::clone(&leg.model), held);
        if let Some(known) = self.known.borrow().get(&key) {
            return Some(known.clone());
        }
        let open = || Forecaster::open(&self.catalog.parts().prices, self.now).ok();
        let forecaster = self.forecaster.get_or_init(open).as_ref()?;
        let forecast = forecaster.forecast(&Attempt {
            target: (leg.target, target),
            model: &leg.model,
            question: (self.dialect, &self.body),
            stream: self.stream,
            limit,
            spent,
        });
        self.known.borrow_mut().insert(key, forecast.clone());
        Some(forecast)
    }
}

/// The largest answer that is asked for where the client has to name one and the command line names none.
const USUAL: u64 = 4096;

/// In words, one line.
pub(super) fn draw(forecast: &Forecast) -> String {
    let Forecast { ceiling, spent, tokens, input, output, asked, verdict } = forecast;
    let question = format!("question of up to {tokens} tokens at {input}, answer at {output} a million");
    let before = match spent {
        Money(0) => String::new(),
        spent => format!(" ({spent} of it gone)"),
    };
    let asked = asked.map_or_else(|| "no limit named".to_owned(), |asked| format!("{asked} asked for"));
    match verdict {
        Verdict::Free => format!("costs nothing, of at most {ceiling}{before}"),
        Verdict::Unknown => format!("what it costs is not known, and at most {ceiling} may be spent{before}"),
        Verdict::Whole(most) => format!("costs at most {most} of {ceiling}{before}: {question}, {asked}"),
        Verdict::Lowered(limit, most) => {
            format!(
                "costs at most {most} of {ceiling}{before}: {question}, limit lowered to {limit} ({asked})"
            )
        }
        Verdict::Short(affords) => {
            format!("passed over: {ceiling}{before} affords {affords} tokens of answer: {question}, {asked}")
        }
    }
}

/// As data; money in nano-dollars, prices for a million tokens.
pub(super) fn tell(forecast: &Forecast) -> Value {
    let Forecast { ceiling, spent, tokens, input, output, asked, verdict } = forecast;
    let (name, limit) = match verdict {
        Verdict::Free => ("free", None),
        Verdict::Whole(_) => ("whole", *asked),
        Verdict::Lowered(limit, _) => ("lowered", Some(*limit)),
        Verdict::Short(affords) => ("short", Some(*affords)),
        Verdict::Unknown => ("unknown", None),
    };
    json!({
        "verdict": name,
        "ceiling_nanodollars": ceiling.0,
        "spent_nanodollars": spent.0,
        "most_nanodollars": verdict.most().map(|most| most.0),
        "input_tokens": tokens,
        "input_price_nanodollars": input.0,
        "output_price_nanodollars": output.0,
        "asked_output_tokens": asked,
        "output_tokens": limit,
    })
}

/// What an attempt leaves to be counted with: an error came instead of an answer and was not billed; what timed out or was of no use may have been.
pub(super) fn gone(forecast: Option<&Forecast>, fault: Option<&Fault>) -> Money {
    let billed = fault
        .and_then(|fault| fault.failure.condition())
        .is_some_and(|condition| matches!(condition, Condition::Timeout | Condition::InvalidResponse));
    forecast.filter(|_| billed).and_then(|forecast| forecast.verdict.most()).unwrap_or_default()
}
