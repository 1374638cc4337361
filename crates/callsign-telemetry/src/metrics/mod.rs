//! Metrics of exchanges that are over, in bounded memory: one thread counts, another may read at any time.

mod families;
mod labels;
mod losses;
pub mod names;
mod now;
mod process;
mod series;
mod text;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use callsign_wire::dialect::Operation;
use foldhash::fast::FixedState;
use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::registry::Registry;

use crate::exchange::Exchange;
use families::Families;
use labels::Bound;

use series::{AliasSeries, TargetSeries};

pub use now::{BreakerState, Build, Now, Reloads, Spans, TargetNow};
pub use text::Format;

/// Counts exchanges.
#[derive(Debug)]
pub struct Meter {
    families: Arc<Families>,
    aliases: Bound,
    targets: Bound,
    kinds: Bound,
    losses: Bound,
    of_aliases: HashMap<(Arc<str>, Operation), AliasSeries, FixedState>,
    of_targets: HashMap<(Arc<str>, Arc<str>, Operation), TargetSeries, FixedState>,
}

/// What was counted, for whoever reads it.
#[derive(Debug)]
pub struct Exposition {
    registry: Registry,
}

/// Aliases, and targets, that have series of their own.
const MOST_NAMES: usize = 1_000;
/// Triples of an alias, a target and an operation that have.
const MOST_TRIPLES: usize = 2_000;
/// Kinds of findings that have: a webhook may invent some.
const MOST_KINDS: usize = 200;
/// Classes of losses that have.
const MOST_LOSSES: usize = 200;

/// Nothing counted yet.
pub fn start() -> (Meter, Exposition) {
    let families = Arc::new(Families::new());
    let registry = families.registry();
    let meter = Meter {
        families,
        aliases: Bound::new(MOST_NAMES),
        targets: Bound::new(MOST_NAMES),
        kinds: Bound::new(MOST_KINDS),
        losses: Bound::new(MOST_LOSSES),
        of_aliases: HashMap::default(),
        of_targets: HashMap::default(),
    };
    (meter, Exposition { registry })
}

// === impl Meter ===

impl Meter {
    /// Counts an exchange. `is_known` says whether the configuration names a target; one that a client has named stands
    /// for its provider's others.
    pub fn saw(&mut self, exchange: &Exchange, is_known: &dyn Fn(&str) -> bool) {
        let families = Arc::clone(&self.families);
        let Some(asked) = &exchange.asked else { return self.saw_unasked(exchange) };
        let alias = self.aliases.of(asked.alias.as_deref().unwrap_or_default());
        let operation = asked.operation;
        self.alias_series(&alias, operation).saw(&families, exchange, operation);
        let last = exchange.attempts.len().saturating_sub(1);
        for (number, attempt) in exchange.attempts.iter().enumerate() {
            let target = self.named(&attempt.target, is_known);
            let series = self.target_series((&alias, target), operation);
            series.tried(&families, attempt, exchange);
            if number == last {
                series.answered(&families, exchange, attempt);
            }
        }
        for check in &exchange.checks {
            let target = self.named(&check.target, is_known);
            self.target_series((&alias, target), operation).spent(&families, &check.spent);
        }
        self.saw_texts(exchange);
    }

    /// Counts an exchange that asked for nothing in the catalog.
    fn saw_unasked(&self, exchange: &Exchange) {
        let labels = series::exchange_labels("", "", series::ending(exchange));
        self.families.exchanges.get_or_create(&labels).inc();
    }

    /// Counts what guardrails and translation have to say of the texts.
    fn saw_texts(&mut self, exchange: &Exchange) {
        for finding in &exchange.findings {
            let kind = self.kinds.of(&finding.kind);
            let labels = series::labels([
                ("category", finding.category),
                ("kind", &kind),
                ("action", finding.action),
                ("direction", finding.direction),
            ]);
            self.families.findings.get_or_create(&labels).inc_by(finding.count.into());
        }
        for (class, fate) in exchange.losses.as_deref().into_iter().flat_map(losses::classes) {
            let labels = series::labels([("feature", &self.losses.of(&class)), ("fate", fate)]);
            self.families.losses.get_or_create(&labels).inc();
        }
    }

    /// What a target is called here.
    fn named(&mut self, target: &str, is_known: &dyn Fn(&str) -> bool) -> Arc<str> {
        if let Some(met) = self.targets.met(target) {
            return met;
        }
        if is_known(target) {
            return self.targets.of(target);
        }
        let provider = target.split_once('/').map_or(target, |(provider, _)| provider);
        self.targets.of(&format!("{provider}/*"))
    }

    fn alias_series(&mut self, alias: &Arc<str>, operation: Operation) -> &AliasSeries {
        let key = (Arc::clone(alias), operation);
        self.of_aliases.entry(key).or_insert_with(|| AliasSeries::new(&self.families, alias, operation))
    }

    fn target_series(
        &mut self,
        (alias, target): (&Arc<str>, Arc<str>),
        operation: Operation,
    ) -> &TargetSeries {
        let mut key = (Arc::clone(alias), target, operation);
        if self.of_targets.len() >= MOST_TRIPLES && !self.of_targets.contains_key(&key) {
            (key.0, key.1) = (labels::OTHER.into(), labels::OTHER.into());
        }
        let (alias, target) = (Arc::clone(&key.0), Arc::clone(&key.1));
        let families = &self.families;
        self.of_targets
            .entry(key)
            .or_insert_with(|| TargetSeries::new(families, (&alias, &target), operation))
    }
}

// === impl Exposition ===

impl Exposition {
    /// What was counted, and how things are now.
    pub fn tell(&self, now: &Now, format: Format) -> Result<String, fmt::Error> {
        let mut told = String::new();
        encode_registry(&mut told, &self.registry)?;
        encode_registry(&mut told, &now.registry())?;
        match format {
            Format::OpenMetrics => encode_eof(&mut told)?,
            Format::Plain => told = text::plain(&told),
        }
        Ok(told)
    }
}
