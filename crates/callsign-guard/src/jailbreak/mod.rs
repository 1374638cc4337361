//! Attempts to override instructions, to break the safety policy, or to read the system prompt.
//!
//! A small model that was trained on public texts: hashed words, parts of words and concepts, summed over windows of three lengths.
//! The worst window counts, so that one sentence in a long document is found. What is hidden (other alphabets, base64, ciphers,
//! letters set apart) is written out and judged too. `docs/guardrails/jailbreak.md` says what it was made from and how good it is.

mod cipher;
mod disguise;
mod features;
mod hash;
pub mod lab;
mod lexicon;
mod model;
mod reading;
mod sieve;
mod spelling;
#[cfg(test)]
mod tests;

use wide::{i8x16, i16x16};

use disguise::{Hiding, unmask};
use features::{Clues, Sink, features, pair};
use lexicon::Lexicon;
use model::{Frame, Model, WIDTH, length, windows};

/// What was made of a text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Verdict {
    /// How much it looks like an attempt, from 0 to 1.
    pub score: f32,
    /// Whether that is enough to act on.
    pub hit: bool,
}

/// What an attempt is after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aim {
    /// To make the model do what it was told not to.
    Override,
    /// To read the instructions that it was given.
    PromptLeak,
}

/// Judges texts; made once, asked often.
#[derive(Debug)]
pub struct Detector {
    lexicon: Lexicon,
    model: Option<Model>,
    leaks: Vec<u64>,
}

/// How often what was hidden may hide something again.
const DEPTH: usize = 2;

/// Which model judges, for records.
pub fn version() -> &'static str {
    "callsign-jailbreak-1"
}

/// Features that wait to be added up.
const WAITING: usize = 64;

/// Adds up rows block by block.
struct Sums<'a> {
    model: &'a Model,
    now: i16x16,
    count: u32,
    /// Rows are added many at a time: each comes from far away, and so they come at once.
    waiting: [u64; WAITING],
    filled: usize,
    /// The sums and counts of everything up to each block's end.
    totals: Vec<([i32; WIDTH], u32)>,
}

/// Looks for pairs of concepts that only those use who want to read the prompt.
struct Leaks<'a> {
    wanted: &'a [u64],
    found: bool,
}

// === impl Detector ===

impl Default for Detector {
    fn default() -> Self {
        Self::new()
    }
}

impl Detector {
    /// Makes the model ready.
    pub fn new() -> Self {
        let lexicon = Lexicon::new();
        let asking = ["REVEAL", "WHATARE"].map(|name| lexicon.concept(name));
        let asked = ["PROMPT", "SECRET", "INSTRUCTIONS"].map(|name| lexicon.concept(name));
        let leaks = asking.iter().flat_map(|&ask| asked.iter().map(move |&what| pair(ask, what))).collect();
        Self { lexicon, model: Model::read(include_bytes!("weights.bin")), leaks }
    }

    /// What `text` looks like: the worst of its parts, of whatever length.
    pub fn judge(&self, text: &str) -> Verdict {
        let Some(model) = &self.model else { return Verdict { score: 1.0, hit: true } };
        let worst = self.worst(model, text, Hiding::Plain, DEPTH);
        // Nothing to read is nothing to fear.
        let score = if worst == f32::NEG_INFINITY { 0.0 } else { 1.0 / (1.0 + (-worst).exp()) };
        Verdict { score, hit: score >= 0.5 }
    }

    /// What an attempt in `text` is after; to be asked only of a hit.
    pub fn aim(&self, text: &str) -> Aim {
        let mut leaks = Leaks { wanted: &self.leaks, found: false };
        let clues = features(text, &self.lexicon, &mut leaks);
        for piece in unmask(text, &clues, &self.lexicon) {
            features(&piece.text, &self.lexicon, &mut leaks);
        }
        if leaks.found { Aim::PromptLeak } else { Aim::Override }
    }

    fn worst(&self, model: &Model, text: &str, hiding: Hiding, depth: usize) -> f32 {
        let (clues, totals) = self.sums(model, text);
        let mut worst = windows(totals.len())
            .map(|(start, end)| judge(model, &totals, (start, end), hiding))
            .fold(f32::NEG_INFINITY, f32::max);
        if depth > 0 {
            for piece in unmask(text, &clues, &self.lexicon) {
                let deeper = if piece.hiding.may_nest() { depth - 1 } else { 0 };
                worst = worst.max(self.worst(model, &piece.text, piece.hiding, deeper));
            }
        }
        worst
    }

    fn sums(&self, model: &Model, text: &str) -> (Clues, Vec<([i32; WIDTH], u32)>) {
        let mut sums = Sums {
            model,
            now: i16x16::ZERO,
            count: 0,
            waiting: [0; WAITING],
            filled: 0,
            totals: Vec::with_capacity(text.len() / 40 + 1),
        };
        let clues = features(text, &self.lexicon, &mut sums);
        (clues, sums.totals)
    }
}

/// The verdict on the blocks from `start` up to `end`.
fn judge(model: &Model, totals: &[([i32; WIDTH], u32)], (start, end): (usize, usize), hiding: Hiding) -> f32 {
    let before = start.checked_sub(1).and_then(|place| totals.get(place)).copied().unwrap_or_default();
    let (mut sums, count) =
        end.checked_sub(1).and_then(|place| totals.get(place)).copied().unwrap_or_default();
    for (sum, before) in sums.iter_mut().zip(before.0) {
        *sum -= before;
    }
    model.judge(&sums, count - before.1, Frame { way: hiding as usize, length: length(end - start) })
}

// === impl Sums ===

impl Sums<'_> {
    /// Adds what waits.
    fn add(&mut self) {
        let mut now = self.now;
        for &hash in self.waiting.iter().take(self.filled) {
            now = now.saturating_add(i16x16::from(i8x16::new(*self.model.row(hash))));
        }
        self.now = now;
        self.count += u32::try_from(self.filled).unwrap_or(0);
        self.filled = 0;
    }
}

impl Sink for Sums<'_> {
    #[inline]
    fn wants(&self, hash: u64) -> bool {
        self.model.knows(hash)
    }

    #[inline]
    fn feature(&mut self, hash: u64, times: usize) {
        if let Some(place) = self.waiting.get_mut(self.filled) {
            *place = hash;
        }
        self.filled += times;
        if self.filled == WAITING {
            self.add();
        }
    }

    fn close(&mut self) {
        self.add();
        let (mut total, count) = self.totals.last().copied().unwrap_or_default();
        for (sum, now) in total.iter_mut().zip(std::mem::take(&mut self.now).to_array()) {
            *sum += i32::from(now);
        }
        self.totals.push((total, count + std::mem::take(&mut self.count)));
    }
}

// === impl Leaks ===

impl Sink for Leaks<'_> {
    fn feature(&mut self, hash: u64, times: usize) {
        self.found |= times > 0 && self.wanted.contains(&hash);
    }

    fn close(&mut self) {}
}
