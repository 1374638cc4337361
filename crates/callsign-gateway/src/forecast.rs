//! What an attempt would cost at most, for whoever wants to know before anything is sent: the same reckoning that ceilings are held by.

use std::sync::Arc;

use callsign_plan::guard::CostLimit;
use callsign_plan::ids::TargetId;
use callsign_plan::price::PriceSource;
use callsign_plan::target::Target;
use callsign_plan::units::Money;
use callsign_price::family::{Family, longest_answer};
use callsign_price::question::{Cuts, Question};
use callsign_price::quote::Quote;
use callsign_wire::demand;
use callsign_wire::dialect::{Dialect, Operation};
use callsign_wire::hub::loss::Losses;
use callsign_wire::translate;

use crate::dispatch::cost::{Reckoning, caching};
use crate::state::books::Books;
use crate::state::prices::Prices;
use crate::translation::terms;

/// Prices to forecast with.
#[derive(Debug)]
pub struct Forecaster {
    prices: Prices,
    /// Seconds since 1970-01-01 UTC.
    now: u64,
}

/// An attempt that nobody makes.
#[derive(Debug, Clone, Copy)]
pub struct Attempt<'a> {
    /// Where to.
    pub target: (TargetId, &'a Target),
    /// The model asked for there.
    pub model: &'a Arc<str>,
    /// How the client speaks, and what it says.
    pub question: (Dialect, &'a [u8]),
    /// Whether the answer is wanted as a stream.
    pub stream: bool,
    /// The ceiling.
    pub limit: CostLimit,
    /// What attempts before may have cost.
    pub spent: Money,
}

/// What it would cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forecast {
    /// The ceiling.
    pub ceiling: Money,
    /// What attempts before may have cost.
    pub spent: Money,
    /// As many tokens as the question has at most.
    pub tokens: u64,
    /// The dearest price of a million of them.
    pub input: Money,
    /// The dearest price of a million tokens of an answer.
    pub output: Money,
    /// The largest answer that is asked for, where one is named.
    pub asked: Option<u64>,
    /// What becomes of it.
    pub verdict: Verdict,
}

/// What becomes of the answer's limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing that is asked of the target costs anything.
    Free,
    /// It goes out as it was asked for, and costs no more than this.
    Whole(Money),
    /// It is lowered to so many tokens, and costs no more than this.
    Lowered(u64, Money),
    /// So many tokens are too few, or lowering is not wanted: the target is passed over.
    Short(u64),
    /// Nobody can tell what it costs.
    Unknown,
}

// === impl Forecaster ===

impl Forecaster {
    /// Reads the prices of a configuration, those behind an address aside; `now` is the time in seconds since 1970.
    pub fn open(source: &PriceSource, now: u64) -> Result<Self, String> {
        let books = Books::open(source).map_err(|error| error.to_string())?;
        Ok(Self { prices: Prices::new(books.current()), now })
    }

    /// What `attempt` would cost at most.
    pub fn forecast(&self, attempt: &Attempt<'_>) -> Forecast {
        self.reckoned(attempt).unwrap_or_else(|| attempt.told(Verdict::Unknown))
    }

    fn reckoned(&self, attempt: &Attempt<'_>) -> Option<Forecast> {
        let (id, target) = attempt.target;
        let priced = self.prices.of((id, target), attempt.model, self.now)?;
        if priced.tariff(None, self.now).is_some_and(|tariff| tariff.is_free()) {
            return Some(attempt.told(Verdict::Free));
        }
        let (asked, body) = attempt.sent()?;
        let demand = demand::read(asked, &body).filter(|demand| demand.unbounded.is_none())?;
        let tariff = priced.dearest(demand.tier.as_deref(), self.now)?;
        let reckoning = Reckoning {
            demand: &demand,
            priced: &priced,
            tariff: &tariff,
            caching: caching(&demand, asked.dialect()),
            limit: attempt.limit,
            spent: attempt.spent,
            longest: longest_answer(attempt.model),
            shortfall: None,
        };
        let (dialect, said) = attempt.question;
        let question = Question::of(&translate::conversation(dialect, said).ok()?).ok()?;
        let family = Family::of(attempt.model);
        let (quote, bound) = reckoning.quote(question.closely(&family, &mut Cuts::default()));
        let rates = tariff.dearest(bound.total());
        Some(Forecast {
            tokens: bound.total(),
            input: Money(rates.input),
            output: Money(rates.dearest_output),
            asked: demand.limit,
            ..attempt.told(Verdict::of(quote))
        })
    }
}

// === impl Attempt ===

impl Attempt<'_> {
    /// What the target would be sent, and as what.
    fn sent(&self) -> Option<(Operation, Vec<u8>)> {
        let (dialect, body) = self.question;
        let (_, target) = self.target;
        let asked = match dialect {
            Dialect::Anthropic => Operation::Messages,
            _ => Operation::ChatCompletions,
        };
        let towards = asked.towards(target.dialects, self.stream)?;
        if towards == asked {
            return Some((asked, body.to_vec()));
        }
        let terms = terms(self.model, target);
        let conversation = translate::conversation(dialect, body).ok()?;
        let sent = translate::request(towards.dialect(), &conversation, terms, &mut Losses::default());
        Some((towards, sent.ok()?))
    }

    fn told(&self, verdict: Verdict) -> Forecast {
        let Self { limit: CostLimit { ceiling, .. }, spent, .. } = *self;
        let (input, output) = (Money(0), Money(0));
        Forecast { ceiling, spent, tokens: 0, input, output, asked: None, verdict }
    }
}

// === impl Verdict ===

impl Verdict {
    const fn of(quote: Quote) -> Self {
        match quote {
            Quote::Whole { most } => Self::Whole(most),
            Quote::Lowered { limit, most } => Self::Lowered(limit, most),
            Quote::Short { affords, .. } => Self::Short(affords),
        }
    }

    /// What the attempt may cost, where it is made.
    pub const fn most(self) -> Option<Money> {
        match self {
            Self::Free => Some(Money(0)),
            Self::Whole(most) | Self::Lowered(_, most) => Some(most),
            Self::Short(_) | Self::Unknown => None,
        }
    }
}
