//! What targets cost, worked out once for each and looked up from then on.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use callsign_plan::catalog::Catalog;
use callsign_plan::ids::TargetId;
use callsign_plan::target::{Model, Target};
use callsign_price::book::{Book, Shelf};
use callsign_price::tariff::Tariff;

/// What targets cost.
pub(crate) struct Prices {
    book: Arc<Book>,
    known: Mutex<HashMap<(TargetId, Arc<str>), Known>>,
    /// Prices of providers whose models clients name.
    shelves: Mutex<HashMap<Arc<str>, Option<Shelf>>>,
}

/// What one model costs for a while; `None` where nobody knows.
type Known = Option<Arc<Priced>>;

/// What one model costs for a while.
#[derive(Debug)]
pub(crate) struct Priced {
    /// In order: from when on (seconds since 1970-01-01 UTC), how much.
    slots: Vec<(u64, Tiers)>,
    /// How many tokens its context holds, where that is known.
    pub(crate) context: Option<u64>,
    /// When it has to be worked out anew.
    until: u64,
}

/// What a model costs by how fast it shall be.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Tiers {
    standard: Arc<Tariff>,
    others: Vec<(&'static str, Arc<Tariff>)>,
}

/// Tiers that may have prices of their own.
const TIERS: [&str; 3] = ["flex", "priority", "fast"];
/// Words for the usual.
const USUAL: [&str; 5] = ["auto", "default", "standard", "standard_only", "on_demand"];

/// Prices change by the half hour at most.
const SLOT: u64 = 30 * 60;
const DAY: u64 = 24 * 60 * 60;
/// A ceiling looks this far ahead: no exchange takes longer.
const AHEAD: u64 = 2 * 60 * 60;
/// More models than anybody uses; names that clients make up must not fill the memory.
const MOST: usize = 4096;

// === impl Prices ===

impl Prices {
    /// The prices of `book`.
    pub(crate) fn new(book: Arc<Book>) -> Self {
        Self { book, known: Mutex::default(), shelves: Mutex::default() }
    }

    /// Works out beforehand what the targets of `catalog` cost.
    pub(crate) fn prepare(&self, catalog: &Catalog, now: u64) {
        let mut shelves: HashMap<&str, Option<Shelf>> = HashMap::new();
        for (id, target) in (0..).map(TargetId).zip(&catalog.parts().targets) {
            let Model::Fixed(model) = &target.model else { continue };
            let key = (id, Arc::clone(model));
            if target.price.is_some() || self.known().contains_key(&key) {
                continue;
            }
            let prices = shelves.entry(&target.provider).or_insert_with(|| self.book.shelf(&target.provider));
            let found = prices.as_ref().and_then(|prices| Priced::listed(prices, model, now));
            self.known().insert(key, found.map(Arc::new));
        }
    }

    /// What `model` of a target costs.
    pub(crate) fn of(&self, (id, target): (TargetId, &Target), model: &Arc<str>, now: u64) -> Known {
        let key = (id, Arc::clone(model));
        if let Some(known) = self.known().get(&key)
            && known.as_ref().is_none_or(|priced| now < priced.until)
        {
            return known.clone();
        }
        let priced = match &target.price {
            Some(price) => Some(Priced::own(Tariff::of(price), target.context)),
            None => self.shelf(target).and_then(|shelf| Priced::listed(&shelf, model, now)),
        };
        let priced = priced.map(Arc::new);
        let mut known = self.known();
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(key, priced.clone());
        priced
    }

    fn shelf(&self, target: &Target) -> Option<Shelf> {
        if target.model != Model::Asked {
            return self.book.shelf(&target.provider);
        }
        let mut shelves = self.shelves.lock().unwrap_or_else(PoisonError::into_inner);
        let find = || self.book.shelf(&target.provider);
        shelves.entry(Arc::clone(&target.provider)).or_insert_with(find).clone()
    }

    fn known(&self) -> MutexGuard<'_, HashMap<(TargetId, Arc<str>), Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Prices {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Prices").field("book", &self.book).finish_non_exhaustive()
    }
}

// === impl Priced ===

impl Priced {
    /// What an operator says.
    fn own(tariff: Tariff, context: Option<u64>) -> Self {
        let tiers = Tiers { standard: Arc::new(tariff), others: Vec::new() };
        Self { slots: vec![(0, tiers)], context, until: u64::MAX }
    }

    /// What a maker asks from `now` on, for a day.
    fn listed(shelf: &Shelf, model: &str, now: u64) -> Option<Self> {
        let start = now - now % SLOT;
        let mut slots: Vec<(u64, Tiers)> = Vec::new();
        for from in (start..=start + DAY + AHEAD).step_by(usize::try_from(SLOT).unwrap_or(usize::MAX)) {
            let is_same = slots.last().is_some_and(|(before, _)| shelf.is_same(model, *before, from));
            if is_same {
                continue;
            }
            let standard = Arc::new(shelf.tariff(model, None, from)?);
            let other = |tier: &'static str| {
                let tariff =
                    shelf.has_tier(model, tier, from).then(|| shelf.tariff(model, Some(tier), from))??;
                Some((tier, Arc::new(tariff)))
            };
            let others = TIERS.into_iter().filter_map(other).collect();
            slots.push((from, Tiers { standard, others }));
        }
        Some(Self { slots, context: shelf.context(model), until: start + DAY })
    }

    /// What it costs now in a tier; the usual price, where that has none of its own.
    pub(crate) fn tariff(&self, tier: Option<&str>, now: u64) -> Option<Arc<Tariff>> {
        let reached = self.slots.iter().take_while(|(from, _)| *from <= now).last();
        let (_, tiers) = reached.or(self.slots.first())?;
        Some(tiers.of(tier).unwrap_or_else(|| Arc::clone(&tiers.standard)))
    }

    /// The dearest that it costs in a tier as long as an exchange may take; `None` where the tier is not known.
    pub(crate) fn dearest(&self, tier: Option<&str>, now: u64) -> Option<Arc<Tariff>> {
        let next = self.slots.iter().skip(1).map(|(from, _)| *from).chain([u64::MAX]);
        let met = self.slots.iter().zip(next).filter(|((from, _), next)| *from <= now + AHEAD && *next > now);
        let mut tariffs = met.map(|((_, tiers), _)| tiers.of(tier));
        let first = tariffs.next()??;
        tariffs.try_fold(first, |dearest, tariff| Some(Arc::new(dearest.or_dearer(&*tariff?))))
    }
}

// === impl Tiers ===

impl Tiers {
    fn of(&self, tier: Option<&str>) -> Option<Arc<Tariff>> {
        let Some(tier) = tier.filter(|tier| !USUAL.contains(tier)) else {
            return Some(Arc::clone(&self.standard));
        };
        let own = self.others.iter().find(|(name, _)| *name == tier).map(|(_, tariff)| Arc::clone(tariff));
        // What is slower costs no more.
        own.or_else(|| (tier == "flex").then(|| Arc::clone(&self.standard)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-20, 00:00 UTC.
    const DAY_OF_TESTS: u64 = 1_795_132_800;

    fn priced(provider: &str, model: &str, now: u64) -> Priced {
        Priced::listed(&Book::bundled().shelf(provider).unwrap(), model, now).unwrap()
    }

    #[test]
    fn tiers_have_prices_of_their_own_or_none() {
        let priced = priced("openai", "gpt-4o", DAY_OF_TESTS);
        let output = |tier| priced.dearest(tier, DAY_OF_TESTS).map(|tariff| tariff.rates(1).output);
        for (tier, expected) in [
            (None, Some(10_000_000_000)),
            (Some("auto"), Some(10_000_000_000)),
            (Some("flex"), Some(10_000_000_000)),
            (Some("priority"), Some(17_000_000_000)),
            (Some("no-such-tier"), None),
        ] {
            assert_eq!(output(tier), expected, "{tier:?}");
        }
        assert_eq!(priced.slots.len(), 1);
    }

    #[test]
    fn ceilings_look_ahead_to_dearer_hours() {
        // Half price from 00:30 to 16:30 UTC.
        let deepseek = priced("deepseek", "deepseek-chat", DAY_OF_TESTS);
        assert!(deepseek.slots.len() > 1, "{deepseek:?}");
        let at = |hour: u64| DAY_OF_TESTS + hour * 3600;
        let input = |hour: u64| deepseek.tariff(None, at(hour)).unwrap().rates(1).input;
        let hours: Vec<u64> = (0..24).map(input).collect();
        assert!(hours.iter().min() < hours.iter().max(), "{hours:?}");
        for (hour, now) in (0..22).zip(&hours) {
            let dearest = deepseek.dearest(None, at(hour)).unwrap().rates(1).input;
            let ahead = [*now, input(hour + 1), input(hour + 2)].into_iter().max();
            assert!(Some(dearest) >= ahead, "{hour}: {dearest} {ahead:?}");
        }
    }
}
