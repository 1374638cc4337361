//! Ceilings on costs: before an attempt it is worked out what that may cost at most, and its answer is made as short as the
//! ceiling affords. A target that the ceiling does not afford at all is passed over.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use callsign_plan::guard::{CostLimit, OnCost};
use callsign_plan::units::Money;
use callsign_price::family::{Family, longest_answer};
use callsign_price::question::{Bound, Cuts, Question};
use callsign_price::quote::{Quote, Terms};
use callsign_price::tariff::{Caching, Tariff};
use callsign_wire::demand::{self, Demand};
use callsign_wire::dialect::{Dialect, Matter, Operation};
use callsign_wire::quirks;

use super::attempt::Attempt;
use super::fault::Fault;
use crate::listen::unix_time;
use crate::state::prices::Priced;
use crate::state::shortfall::Shortfall;
use crate::translation::Words;

/// What one exchange may have cost so far, and what is known of its question.
#[derive(Debug, Default)]
pub(crate) struct Purse(Mutex<Contents>);

#[derive(Debug, Default)]
struct Contents {
    /// What attempts before may have cost.
    spent: Money,
    /// What the present one may.
    reserved: Money,
    /// As many input tokens as that was reckoned to have.
    estimate: Option<u64>,
    /// How fast it shall be.
    tier: Option<Box<str>>,
    question: Option<Arc<Question>>,
    cuts: Cuts,
}

// === impl Purse ===

impl Purse {
    fn contents(&self) -> MutexGuard<'_, Contents> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The present attempt is over, and the provider may want to be paid for it.
    pub(crate) fn pay(&self) {
        let mut contents = self.contents();
        contents.spent = contents.spent.plus(contents.reserved);
        contents.close();
    }

    /// The present attempt is over, and cost nothing.
    pub(crate) fn release(&self) {
        self.contents().close();
    }

    /// Something else is asked from now on.
    pub(crate) fn forget_question(&self) {
        let mut contents = self.contents();
        (contents.question, contents.cuts) = (None, Cuts::default());
    }

    /// As many input tokens as the present attempt was reckoned to have.
    pub(crate) fn estimate(&self) -> Option<u64> {
        self.contents().estimate
    }

    /// How fast the answer of the present attempt shall be.
    pub(crate) fn tier(&self) -> Option<Box<str>> {
        self.contents().tier.clone()
    }

    fn reckoned(&self, bound: Bound, tier: Option<&str>) {
        let mut contents = self.contents();
        (contents.estimate, contents.tier) = (Some(bound.total()), tier.map(Box::from));
    }

    fn reserve(&self, most: Money) {
        self.contents().reserved = most;
    }
}

impl Contents {
    fn close(&mut self) {
        (self.reserved, self.estimate, self.tier) = (Money(0), None, None);
    }
}

/// What a request would cost, put together for a quote.
pub(crate) struct Reckoning<'a> {
    pub(crate) demand: &'a Demand,
    pub(crate) priced: &'a Priced,
    pub(crate) tariff: &'a Tariff,
    pub(crate) caching: Caching,
    pub(crate) limit: CostLimit,
    pub(crate) spent: Money,
    pub(crate) longest: u64,
    pub(crate) shortfall: Option<&'a Shortfall>,
}

/// Which caches a target of `dialect` may fill for a request.
pub(crate) fn caching(demand: &Demand, dialect: Dialect) -> Caching {
    match demand {
        Demand { hour: true, .. } => Caching::Hour,
        Demand { cached: true, .. } => Caching::Short,
        // Others fill their caches by themselves, and some want to be paid for it.
        _ if !demand::caches_when_told(dialect) => Caching::Short,
        _ => Caching::Never,
    }
}

// === impl Reckoning ===

impl Reckoning<'_> {
    /// What the ceiling affords of a question that has so many tokens at most, and how many it has by what the target counted before.
    pub(crate) fn quote(&self, bound: Bound) -> (Quote, Bound) {
        let text = self.shortfall.map_or(bound.text, |shortfall| shortfall.mended(bound.text));
        let bound = Bound { text, ..bound };
        let terms = Terms {
            tariff: self.tariff,
            bound,
            caching: self.caching,
            asked: self.demand.limit,
            copies: self.demand.copies,
            context: self.priced.context,
            longest: self.longest,
            spent: self.spent,
            limit: self.limit,
        };
        (terms.quote(), bound)
    }

    /// Why the ceiling does not do, with all that it was worked out from.
    fn shortage(&self, target: &str, bound: Bound, (affords, question): (u64, Money)) -> String {
        let rates = self.tariff.dearest(bound.total());
        let (input, output) = (Money(rates.input), Money(rates.dearest_output));
        let spent = match self.spent {
            Money(0) => String::new(),
            spent => format!(", of which other attempts may have taken {spent}"),
        };
        let wanted = match (self.demand.limit, self.limit.on_cost) {
            (Some(asked), OnCost::Refuse) => {
                format!("the {asked} that were asked for are too many, lower `max_tokens`")
            }
            (None, OnCost::Refuse) => "ask for no more with `max_tokens`".to_owned(),
            (_, OnCost::Clamp) => {
                format!("at least {} are wanted; shorten the prompt", self.limit.min_output_tokens)
            }
        };
        format!(
            "`{target}` would pass the limit of {} for a request{spent}: its question has up to {} tokens, which cost up to \
             {question} (at {input} for a million of input); that leaves {affords} tokens for an answer (at {output} for a \
             million of output{}), {wanted}",
            self.limit.ceiling,
            bound.total(),
            copies(self.demand.copies),
        )
    }
}

fn copies(copies: u64) -> String {
    if copies > 1 { format!(", {copies} times") } else { String::new() }
}

// === impl Attempt ===

impl Attempt<'_> {
    /// These words, if the ceiling affords them; with a shorter answer where it affords no longer one.
    pub(super) async fn afford(&self, words: Words) -> Result<Words, Fault> {
        let Some((limit, priced)) = self.ceiling()? else { return Ok(words) };
        let body = words.said(self.ask()).clone();
        let demand = self.demand(words.asked, &body)?;
        let tariff = priced.dearest(demand.tier.as_deref(), unix_time()).ok_or_else(|| {
            self.unaffordable(&format!(
                "no price is known of the tier `{}`",
                demand.tier.as_deref().unwrap_or_default()
            ))
        })?;
        let reckoning = self.reckoning((&demand, &priced, &tariff), words.asked, limit);
        let question = self.weighed()?;
        let family = Family::of(self.model());
        let (mut quote, mut bound) = reckoning.quote(question.roughly(&family));
        if !matches!(quote, Quote::Whole { .. }) {
            (quote, bound) = reckoning.quote(self.closely(question, family).await?);
        }
        self.purse().reckoned(bound, demand.tier.as_deref());
        match quote {
            Quote::Whole { most } => {
                self.purse().reserve(most);
                match demand.limit {
                    // OpenAI's limit where nobody says; other servers may have another.
                    Some(usual) if words.asked == Operation::Completions => {
                        self.shortened(words, &body, usual)
                    }
                    _ => Ok(words),
                }
            }
            Quote::Short { affords, question } => {
                Err(Fault::unaffordable(reckoning.shortage(self.target_name(), bound, (affords, question))))
            }
            Quote::Lowered { limit, most } => {
                self.purse().reserve(most);
                self.shortened(words, &body, limit)
            }
        }
    }

    /// Whether the ceiling affords to have these texts read, at a target that answers nothing in words.
    pub(super) async fn afford_texts(&self, calls: usize) -> Result<(), Fault> {
        let Some((limit, priced)) = self.ceiling()? else { return Ok(()) };
        let tariff =
            priced.dearest(None, unix_time()).ok_or_else(|| self.unaffordable("no price is known"))?;
        let demand = Demand { limit: Some(0), copies: 1, ..Demand::default() };
        let reckoning = self.reckoning((&demand, &priced, &tariff), Operation::Embeddings, limit);
        let bound = self.closely(self.weighed()?, Family::of(self.model())).await?;
        let each = (calls as u64).saturating_mul(32);
        let (quote, bound) = reckoning.quote(Bound { text: bound.text.saturating_add(each), ..bound });
        match quote {
            Quote::Whole { most } => {
                self.purse().reserve(most);
                Ok(())
            }
            Quote::Lowered { most, .. } | Quote::Short { question: most, .. } => {
                Err(Fault::unaffordable(reckoning.shortage(self.target_name(), bound, (0, most))))
            }
        }
    }

    /// The ceiling and what the target costs; `None` where there is no ceiling, or nothing costs anything.
    fn ceiling(&self) -> Result<Option<(CostLimit, Arc<Priced>)>, Fault> {
        let Some(limit) = self.limit_on_cost() else { return Ok(None) };
        let priced = self.priced(unix_time()).ok_or_else(|| {
            self.unaffordable(
                "no price is known of it, give it `price: {input: …, output: …}` per million tokens",
            )
        })?;
        let is_free = priced.tariff(None, unix_time()).is_some_and(|tariff| tariff.is_free());
        Ok((!is_free).then_some((limit, priced)))
    }

    fn demand(&self, asked: Operation, body: &Bytes) -> Result<Demand, Fault> {
        if asked.matter() == Matter::Other && asked != Operation::Completions {
            let why = format!("what `{}` costs cannot be told before", self.operation().path());
            return Err(self.unaffordable(&why));
        }
        let demand = demand::read(asked, body).ok_or_else(|| self.unaffordable("its body cannot be read"))?;
        let demand =
            if asked.matter() == Matter::Embedding { Demand { limit: Some(0), ..demand } } else { demand };
        match &demand.unbounded {
            Some(what) => {
                Err(self.unaffordable(&format!("what {} costs cannot be told before", quoted(what))))
            }
            None => Ok(demand),
        }
    }

    fn reckoning<'r>(
        &'r self,
        (demand, priced, tariff): (&'r Demand, &'r Priced, &'r Tariff),
        asked: Operation,
        limit: CostLimit,
    ) -> Reckoning<'r> {
        let caching = caching(demand, asked.dialect());
        let spent = self.purse().contents().spent;
        let (longest, shortfall) = (longest_answer(self.model()), self.shortfall());
        Reckoning { demand, priced, tariff, caching, limit, spent, longest, shortfall }
    }

    /// What there is to count in the question.
    fn weighed(&self) -> Result<Arc<Question>, Fault> {
        if let Some(question) = &self.purse().contents().question {
            return Ok(Arc::clone(question));
        }
        let ask = self.ask();
        let question = match self.operation() {
            operation @ Operation::Completions => plain(operation, &ask.body),
            operation if operation.matter() == Matter::Embedding => plain(operation, &ask.body),
            _ => {
                let conversation =
                    ask.conversation().map_err(|error| self.unaffordable(&error.to_string()))?;
                Question::of(conversation).map_err(|unseen| {
                    self.unaffordable(&format!("what {unseen} costs cannot be told before"))
                })?
            }
        };
        let question = Arc::new(question);
        self.purse().contents().question = Some(Arc::clone(&question));
        Ok(question)
    }

    /// As many tokens as the question has at most, by the vocabulary.
    async fn closely(&self, question: Arc<Question>, family: Family) -> Result<Bound, Fault> {
        let mut cuts = self.purse().contents().cuts;
        let (bound, cuts) = if question.is_quick(&family) {
            (question.closely(&family, &mut cuts), cuts)
        } else {
            let work = move || (question.closely(&family, &mut cuts), cuts);
            self.aside(work).await?
        };
        self.purse().contents().cuts = cuts;
        Ok(bound)
    }

    fn shortened(&self, words: Words, body: &Bytes, limit: u64) -> Result<Words, Fault> {
        let named = match self.chat().limit {
            quirks::Limit::MaxTokens => "max_tokens",
            quirks::Limit::MaxCompletionTokens => "max_completion_tokens",
        };
        let lowered = demand::lower(words.asked, body, limit, named).map_err(|unfit| {
            self.purse().release();
            self.unaffordable(&format!("the ceiling affords an answer of {limit} tokens, but {unfit}"))
        })?;
        tracing::debug!(model = %self.target_name(), limit, "the ceiling on costs shortens an answer");
        words.saying(self.ask(), lowered.into()).map_err(|error| Fault::bug(&error.to_string()))
    }

    fn unaffordable(&self, why: &str) -> Fault {
        let ceiling = self.limit_on_cost().map(|limit| limit.ceiling).unwrap_or_default();
        Fault::unaffordable(format!(
            "`{}` cannot be asked within {ceiling} for a request: {why}",
            self.target_name()
        ))
    }
}

fn plain(operation: Operation, body: &[u8]) -> Question {
    let (texts, tokens) = demand::texts(operation, body);
    Question::plain(texts, tokens)
}

/// A name in backticks; what has some already stays as it is.
fn quoted(name: &str) -> String {
    if name.contains('`') { name.to_owned() } else { format!("`{name}`") }
}
