//! The prices of makers and resellers, as the genai-prices project gathers them, and how a model is found among them.
//!
//! Its own library finds models and works prices out; here they become whole numbers, once for each model.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use callsign_plan::units::Money;
use genai_prices::{Calculator, PriceRequest, Usage};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::tariff::{Rates, Tariff};

/// A collection of prices.
#[derive(Clone)]
pub struct Book {
    pages: HashMap<Box<str>, Page>,
}

#[derive(Clone)]
struct Page {
    text: Cow<'static, str>,
    others: Vec<String>,
}

/// The prices of one provider, read.
#[derive(Debug, Clone)]
pub struct Shelf {
    provider: Box<str>,
    prices: Arc<Calculator>,
}

/// Why a text is no collection of prices.
#[derive(Debug, thiserror::Error)]
pub enum BookError {
    /// It is not what it should be as a whole.
    #[error("not a list of providers: {0}")]
    List(#[from] serde_json::Error),
    /// One provider's prices are not what they should be.
    #[error("`{provider}`: {why}")]
    Provider {
        /// The provider.
        provider: Box<str>,
        /// What is wrong.
        why: String,
    },
}

#[derive(Deserialize)]
struct Provider<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(default)]
    fallback_model_providers: Vec<String>,
}

/// What the library's release of this name held; `cargo xtask prices` writes it.
const BUNDLED: &str = include_str!("../data/prices.json");

/// Providers by the names that they have here, where these are not those of the book.
const NAMES: &[(&str, &str)] = &[
    ("claude", "anthropic"),
    ("gemini", "google"),
    ("vertex", "google"),
    ("vertexai", "google"),
    ("amazon_bedrock", "aws"),
    ("amazon", "aws"),
    ("bedrock", "aws"),
    ("azure_openai", "azure"),
    ("together_ai", "together"),
    ("fireworks_ai", "fireworks"),
    ("xai", "x-ai"),
    ("moonshot", "moonshotai"),
    ("zhipu", "zai"),
];

/// Who searches the web for every answer, and asks for each search.
const SEARCHERS: &[&str] = &["perplexity"];
/// Models that do, and whose searches nobody counts beforehand.
const SEARCHING: &[&str] = &["search-preview", "search-api", "deep-research"];

/// Enough tokens that a price comes out with all its digits.
const MANY: u64 = 1_000_000;
/// More input than any model takes.
const MOST: u64 = 1 << 26;
/// More different prices by length than any model has.
const MOST_BANDS: usize = 12;

const INPUT: &str = "input_tokens";
const OUTPUT: &str = "output_tokens";
/// Kinds of input that are not text.
const MEDIA_IN: [&str; 3] = ["input_audio_tokens", "input_image_tokens", "input_video_tokens"];
const MEDIA_OUT: [&str; 4] =
    ["output_audio_tokens", "output_image_tokens", "output_video_tokens", "output_citation_tokens"];

// === impl Book ===

impl Book {
    /// The prices that were known when this program was made.
    pub fn bundled() -> Self {
        let page = |(id, text, others)| (id, Page { text: Cow::Borrowed(text), others });
        // What is compiled in was read by a test.
        Self { pages: index(BUNDLED).unwrap_or_default().into_iter().map(page).collect() }
    }

    /// Reads other prices, in the project's own form; nothing is taken of what is broken in any part.
    pub fn read(text: &str) -> Result<Self, BookError> {
        let mut pages = HashMap::new();
        for (provider, text, others) in index(text)? {
            if let Err(error) = Calculator::from_json(format!("[{text}]")) {
                return Err(BookError::Provider { provider, why: error.to_string() });
            }
            pages.insert(provider, Page { text: Cow::Owned(text.to_owned()), others });
        }
        Ok(Self { pages })
    }

    /// The prices of a provider; `None` where it has none.
    pub fn shelf(&self, provider: &str) -> Option<Shelf> {
        let named = NAMES.iter().find(|(name, _)| *name == provider);
        let id = named.map_or(provider, |(_, id)| *id);
        let page = self.pages.get(id)?;
        let others = page.others.iter().filter_map(|other| self.pages.get(other.as_str()));
        let texts: Vec<&str> = std::iter::once(page).chain(others).map(|page| page.text.as_ref()).collect();
        let prices = Calculator::from_json(format!("[{}]", texts.join(","))).ok()?;
        Some(Shelf { provider: id.into(), prices: Arc::new(prices) })
    }
}

/// A provider, its text, and whose prices it shares.
type Line<'a> = (Box<str>, &'a str, Vec<String>);

fn index(text: &str) -> Result<Vec<Line<'_>>, BookError> {
    let list: Vec<&RawValue> = serde_json::from_str(text)?;
    let line = |item: &'_ RawValue| {
        let Provider { id, fallback_model_providers } = serde_json::from_str(item.get())?;
        Ok((Box::from(id), fallback_model_providers))
    };
    list.into_iter().map(|item| line(item).map(|(id, others)| (id, item.get(), others))).collect()
}

impl fmt::Debug for Book {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Book").field("providers", &self.pages.len()).finish_non_exhaustive()
    }
}

// === impl Shelf ===

impl Shelf {
    /// What a model costs in a service tier at a time (seconds since 1970-01-01 UTC); `None` where that is not known, or is
    /// not told by tokens alone.
    pub fn tariff(&self, model: &str, tier: Option<&str>, at: u64) -> Option<Tariff> {
        if SEARCHING.iter().any(|name| model.contains(name)) {
            return None;
        }
        let searches = SEARCHERS.contains(&&*self.provider);
        let probe = Probe { shelf: self, model, tier, at };
        let request = probe.request()?;
        if searches && probe.others() {
            return None;
        }
        let first = probe.rates(1)?;
        // Models for sounds and the like cost something by the hour, or by the letter.
        if first == Rates::default() || probe.hours() {
            return None;
        }
        let mut bands = vec![(0, first)];
        probe.split((1, first), (MOST, probe.rates(MOST)?), &mut bands)?;
        Some(Tariff::banded(bands, request))
    }

    /// Whether a model costs the same at both times.
    pub fn is_same(&self, model: &str, one: u64, other: u64) -> bool {
        let ask = |at| {
            let probe = Probe { shelf: self, model, tier: None, at };
            (probe.ask(&[(INPUT, MANY), (OUTPUT, MANY)]), probe.ask(&[(INPUT, MOST), (OUTPUT, MANY)]))
        };
        ask(one) == ask(other)
    }

    /// Whether a tier of this name has a price of its own.
    pub fn has_tier(&self, model: &str, tier: &str, at: u64) -> bool {
        let of = |tier| Probe { shelf: self, model, tier, at }.rates(1);
        of(Some(tier)) != of(None)
    }

    /// How many tokens a model's context holds, where that is known.
    pub fn context(&self, model: &str) -> Option<u64> {
        let usage = Usage::new();
        let found =
            self.prices.calculate(&PriceRequest::new(model, &usage).with_provider_id(&self.provider)).ok()?;
        let provider = self.prices.providers().find(|provider| provider.id() == found.provider_id)?;
        provider.models().find(|known| known.id() == found.model_id)?.context_window()
    }
}

/// Asks the library what single tokens cost.
struct Probe<'a> {
    shelf: &'a Shelf,
    model: &'a str,
    tier: Option<&'a str>,
    at: u64,
}

impl Probe<'_> {
    /// Input, output, and everything together, in dollars.
    fn ask(&self, counts: &[(&str, u64)]) -> Option<(f64, f64, f64)> {
        let mut usage = Usage::new();
        for (key, count) in counts {
            usage.insert(*key, float(*count));
        }
        let at = UNIX_EPOCH.checked_add(Duration::from_secs(self.at))?;
        let mut request =
            PriceRequest::new(self.model, &usage).with_provider_id(&self.shelf.provider).with_timestamp(at);
        if let Some(tier) = self.tier {
            request = request.with_price_context("service_tier", tier);
        }
        let price = self.shelf.prices.calculate(&request).ok()?;
        Some((price.input_price, price.output_price, price.total_price))
    }

    /// What each request costs.
    fn request(&self) -> Option<Money> {
        self.ask(&[]).map(|(_, _, total)| Money(whole(total * 1e9)))
    }

    /// Whether searches cost something.
    fn others(&self) -> bool {
        let free = self.ask(&[]);
        ["web_searches", "storage_searches"].iter().any(|key| self.ask(&[(key, MANY)]) != free)
    }

    /// Whether something is paid by time or by letters.
    fn hours(&self) -> bool {
        let free = self.ask(&[]);
        let kinds: [&[(&str, u64)]; 3] = [
            &[("audio_seconds", MANY), ("input_audio_seconds", MANY)],
            &[("input_characters", MANY)],
            &[("input_text_messages", MANY)],
        ];
        kinds.iter().any(|counts| self.ask(counts) != free)
    }

    /// What a million tokens cost where the input has `input` of them.
    fn rates(&self, input: u64) -> Option<Rates> {
        // One token is too few for all digits; the shortest band reaches further than that.
        let total = input.max(1_000);
        let of = |counts: &[(&str, u64)]| {
            let with: Vec<(&str, u64)> =
                std::iter::once((INPUT, total)).chain(counts.iter().copied()).collect();
            self.ask(&with).map(|(input, ..)| rate(input, total))
        };
        let out = |counts: &[(&str, u64)]| {
            let with = [&[(INPUT, total), (OUTPUT, MANY)], counts].concat();
            self.ask(&with).map(|(_, output, _)| rate(output, MANY))
        };
        let plain = of(&[])?;
        let output = out(&[])?;
        let or = |found: Option<u64>, usual: u64| found.unwrap_or(usual);
        let thought = or(out(&[("output_reasoning_tokens", MANY)]), output);
        let written = or(of(&[("cache_write_tokens", total)]), plain);
        let hour = of(&[("cache_write_tokens", total), ("cache_write_1h_tokens", total)]);
        let media = MEDIA_IN.iter().filter_map(|key| of(&[(key, total)])).fold(plain, u64::max);
        let dearest =
            MEDIA_OUT.iter().filter_map(|key| out(&[(key, MANY)])).fold(output.max(thought), u64::max);
        Some(Rates {
            input: plain,
            cached: or(of(&[("cache_read_tokens", total)]), plain),
            written,
            written_hour: or(hour, written),
            media,
            output,
            thought,
            dearest_output: dearest,
        })
    }

    /// Finds where prices change between two lengths.
    fn split(&self, low: (u64, Rates), high: (u64, Rates), bands: &mut Vec<(u64, Rates)>) -> Option<()> {
        let mut open = vec![(low, high)];
        while let Some((low, high)) = open.pop() {
            if low.1 == high.1 || bands.len() >= MOST_BANDS {
                continue;
            }
            if high.0 - low.0 <= 1 {
                bands.push((low.0, high.1));
                continue;
            }
            let middle = low.0 + (high.0 - low.0) / 2;
            let found = (middle, self.rates(middle)?);
            open.push((low, found));
            open.push((found, high));
        }
        Some(())
    }
}

/// Nano-dollars for a million.
fn rate(dollars: f64, tokens: u64) -> u64 {
    whole(dollars * 1e9 / float(tokens) * float(MANY))
}

#[expect(clippy::cast_precision_loss, reason = "counts of tokens are far below 2^53")]
fn float(count: u64) -> f64 {
    count as f64
}

/// A price is a decimal number with few digits: what a float makes of it is off by far less than a half.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "prices are finite, not negative, and small"
)]
fn whole(number: f64) -> u64 {
    if number.is_finite() { number.round().clamp(0.0, 1e18) as u64 } else { u64::MAX }
}

#[cfg(test)]
mod tests;
