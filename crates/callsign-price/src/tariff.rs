//! What a model's tokens cost, in whole numbers: no sum is ever made of floats.

use callsign_plan::target::Price;
use callsign_plan::units::Money;
use callsign_wire::hub::usage::Usage;

use crate::question::Bound;

/// What a million tokens of each kind cost, in nano-dollars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rates {
    /// Input that no cache has to do with.
    pub input: u64,
    /// Input out of a cache.
    pub cached: u64,
    /// Input into a cache.
    pub written: u64,
    /// Input into a cache, for an hour.
    pub written_hour: u64,
    /// Pictures, sounds and films that come in: the dearest of them.
    pub media: u64,
    /// Output.
    pub output: u64,
    /// Output of reasoning.
    pub thought: u64,
    /// The dearest kind of output: sounds, pictures, reasoning.
    pub dearest_output: u64,
}

/// What a model's tokens cost.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tariff {
    /// In order: from more than so many input tokens on, these rates.
    bands: Vec<(u64, Rates)>,
    /// What each request costs besides.
    request: Money,
}

/// Caches that may have a part in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Caching {
    /// None is written to.
    #[default]
    Never,
    /// One may be written to.
    Short,
    /// One may be written to, for an hour.
    Hour,
}

const MILLION: u128 = 1_000_000;

// === impl Rates ===

impl Rates {
    /// Each kind at the dearer of both rates.
    #[must_use]
    pub fn or_dearer(self, other: Self) -> Self {
        Self {
            input: self.input.max(other.input),
            cached: self.cached.max(other.cached),
            written: self.written.max(other.written),
            written_hour: self.written_hour.max(other.written_hour),
            media: self.media.max(other.media),
            output: self.output.max(other.output),
            thought: self.thought.max(other.thought),
            dearest_output: self.dearest_output.max(other.dearest_output),
        }
    }

    /// The dearest that an input token of text may be.
    fn dearest_input(self, caching: Caching) -> u64 {
        let plain = self.input.max(self.cached);
        match caching {
            Caching::Never => plain,
            Caching::Short => plain.max(self.written),
            Caching::Hour => plain.max(self.written).max(self.written_hour),
        }
    }
}

// === impl Tariff ===

impl Tariff {
    /// Everything is free.
    pub fn free() -> Self {
        Self::flat(Rates::default(), Money(0))
    }

    /// The same rates for any number of tokens.
    pub fn flat(rates: Rates, request: Money) -> Self {
        Self { bands: vec![(0, rates)], request }
    }

    /// Rates by the number of input tokens, each from more than so many on; what is below the first costs as much as it.
    pub fn banded(mut bands: Vec<(u64, Rates)>, request: Money) -> Self {
        bands.sort_by_key(|(from, _)| *from);
        Self { bands, request }
    }

    /// What an operator says that it costs.
    pub fn of(price: &Price) -> Self {
        let or = |money: Option<Money>, usual: Money| money.unwrap_or(usual).0;
        let written = or(price.cache_write, price.input);
        let thought = or(price.reasoning, price.output);
        let rates = Rates {
            input: price.input.0,
            cached: or(price.cached_input, price.input),
            written,
            written_hour: written,
            media: price.input.0,
            output: price.output.0,
            thought,
            dearest_output: price.output.0.max(thought),
        };
        Self::flat(rates, price.request.unwrap_or_default())
    }

    /// Whether nothing costs anything.
    pub fn is_free(&self) -> bool {
        self.request.0 == 0 && self.bands.iter().all(|(_, rates)| *rates == Rates::default())
    }

    /// The rates for a request with so many input tokens.
    pub fn rates(&self, input: u64) -> Rates {
        let reached = self.bands.iter().take_while(|(from, _)| *from < input.max(1)).last();
        reached.or(self.bands.first()).map_or_else(Rates::default, |(_, rates)| *rates)
    }

    /// The dearest rates that a request with at most so many input tokens may meet.
    pub fn dearest(&self, input: u64) -> Rates {
        let reached = self.bands.iter().take_while(|(from, _)| *from < input.max(1));
        reached.fold(self.rates(input), |dearest, (_, rates)| dearest.or_dearer(*rates))
    }

    /// At least as dear as either in every respect.
    #[must_use]
    pub fn or_dearer(&self, other: &Self) -> Self {
        let starts = self.bands.iter().chain(&other.bands).map(|(from, _)| *from);
        let mut starts: Vec<u64> = starts.collect();
        starts.sort_unstable();
        starts.dedup();
        let at =
            |from: u64| self.rates(from.saturating_add(1)).or_dearer(other.rates(from.saturating_add(1)));
        Self {
            bands: starts.into_iter().map(|from| (from, at(from))).collect(),
            request: self.request.max(other.request),
        }
    }

    /// What such an answer cost.
    pub fn bill(&self, usage: &Usage) -> Money {
        let rates = self.rates(usage.input);
        let read = usage.cache_read.unwrap_or(0).min(usage.input);
        let written = usage.cache_write.unwrap_or(0).min(usage.input.saturating_sub(read));
        let hour = usage.cache_write_hour.unwrap_or(0).min(written);
        let thought = usage.reasoning.unwrap_or(0).min(usage.output);
        self.sum([
            (usage.fresh_input().min(usage.input), rates.input),
            (read, rates.cached),
            (written - hour, rates.written),
            (hour, rates.written_hour),
            (usage.output - thought, rates.output),
            (thought, rates.thought),
        ])
    }

    /// What a question costs at most, whatever of it is cached.
    pub fn question(&self, bound: Bound, caching: Caching) -> Money {
        let rates = self.dearest(bound.total());
        let text = rates.dearest_input(caching);
        self.sum([(bound.text, text), (bound.media, rates.media.max(text)), (0, 0), (0, 0), (0, 0), (0, 0)])
    }

    /// What an answer to a question costs at most.
    pub fn exchange(&self, bound: Bound, caching: Caching, output: u64) -> Money {
        let rates = self.dearest(bound.total());
        let text = rates.dearest_input(caching);
        let media = (bound.media, rates.media.max(text));
        self.sum([(bound.text, text), media, (output, rates.dearest_output), (0, 0), (0, 0), (0, 0)])
    }

    /// How many tokens of output `room` affords for a question; `None` for any number of them.
    pub fn affords(&self, bound: Bound, caching: Caching, room: Money) -> Option<u64> {
        let rate = u128::from(self.dearest(bound.total()).dearest_output);
        let spent = self.question(bound, caching);
        if rate == 0 {
            return if spent <= room { None } else { Some(0) };
        }
        let left = u128::from(room.less(spent).0) * MILLION;
        Some(u64::try_from(left / rate).unwrap_or(u64::MAX))
    }

    fn sum(&self, each: [(u64, u64); 6]) -> Money {
        let micro = each
            .iter()
            .fold(0_u128, |sum, (count, rate)| sum.saturating_add(u128::from(*count) * u128::from(*rate)));
        let tokens = u64::try_from(micro.div_ceil(MILLION)).unwrap_or(u64::MAX);
        Money(tokens).plus(self.request)
    }
}

#[cfg(test)]
mod tests;
