//! What the training needs of the model: features out, weights in. Not for use at run time.

pub use super::disguise::WAYS;
pub use super::model::{DAMPING, HIDDEN, INPUTS, LENGTHS, WIDTH};
pub use super::sieve::Sieve;

use super::disguise::{Hiding, unmask};
use super::features::{Sink, features};
use super::lexicon::Lexicon;
use super::model::{self, Model, Net};

/// What comes after the sums of the rows, as the training found it.
#[derive(Debug, Clone)]
pub struct Weights {
    /// What one step of a row's first number is worth, and one of its others.
    pub scales: [f32; 2],
    /// The weights of each hidden unit.
    pub into: [[f32; INPUTS]; HIDDEN],
    /// The bias of each hidden unit.
    pub biases: [f32; HIDDEN],
    /// What each hidden unit is worth.
    pub out: [f32; HIDDEN],
    /// What the way of hiding and the kind of length are worth by themselves.
    pub direct: [f32; WAYS + LENGTHS],
    /// Where a hit begins.
    pub threshold: f32,
}

/// A text, or one that was hidden in it, as the rows of its features, block by block.
#[derive(Debug, Clone, Default)]
pub struct Segment {
    /// The way it was hidden.
    pub way: usize,
    /// The rows.
    pub blocks: Vec<Vec<u32>>,
}

/// Reads texts.
#[derive(Debug)]
pub struct Laboratory {
    lexicon: Lexicon,
    bits: u32,
    sieve: Option<Sieve>,
}

/// All features of a text.
#[derive(Default)]
struct Hashes(Vec<u64>);

struct Rows<'a> {
    shift: u32,
    sieve: Option<&'a Sieve>,
    now: Vec<u32>,
    blocks: Vec<Vec<u32>>,
}

/// The kind of length of a window of so many blocks.
pub fn length(blocks: usize) -> usize {
    model::length(blocks)
}

/// The windows of a text of so many blocks.
pub fn windows(blocks: usize) -> impl Iterator<Item = (usize, usize)> {
    model::windows(blocks)
}

// === impl Laboratory ===

impl Laboratory {
    /// For a model of two to the power of `bits` rows.
    pub fn new(bits: u32) -> Self {
        Self { lexicon: Lexicon::new(), bits, sieve: None }
    }

    /// The same, with no more features than these.
    #[must_use]
    pub fn with(self, sieve: Sieve) -> Self {
        Self { sieve: Some(sieve), ..self }
    }

    /// All features of `text` and of what is hidden in it.
    pub fn hashes(&self, text: &str) -> Vec<u64> {
        let mut hashes = Hashes::default();
        let clues = features(text, &self.lexicon, &mut hashes);
        for piece in unmask(text, &clues, &self.lexicon) {
            features(&piece.text, &self.lexicon, &mut hashes);
        }
        hashes.0.sort_unstable();
        hashes.0.dedup();
        hashes.0
    }

    /// `text` and what is hidden in it, as the detector reads them.
    pub fn read(&self, text: &str) -> Vec<Segment> {
        let mut segments = Vec::new();
        self.add(text, Hiding::Plain, super::DEPTH, &mut segments);
        segments
    }

    fn add(&self, text: &str, hiding: Hiding, depth: usize, segments: &mut Vec<Segment>) {
        let mut rows =
            Rows { shift: 64 - self.bits, sieve: self.sieve.as_ref(), now: Vec::new(), blocks: Vec::new() };
        let clues = features(text, &self.lexicon, &mut rows);
        segments.push(Segment { way: hiding as usize, blocks: rows.blocks });
        if depth > 0 {
            for piece in unmask(text, &clues, &self.lexicon) {
                let deeper = if piece.hiding.may_nest() { depth - 1 } else { 0 };
                self.add(&piece.text, piece.hiding, deeper, segments);
            }
        }
    }

    /// The file of a model.
    pub fn write(&self, weights: &Weights, rows: &[[i8; WIDTH]]) -> Vec<u8> {
        let Weights { scales, into, biases, out, direct, threshold } = weights.clone();
        let net = Net { scales, into, biases, out, direct, threshold };
        let everything = Sieve::everything();
        Model::write(self.bits, &net, self.sieve.as_ref().unwrap_or(&everything), rows)
    }
}

// === impl Hashes ===

impl Sink for Hashes {
    fn feature(&mut self, hash: u64, times: usize) {
        self.0.extend(std::iter::repeat_n(hash, times));
    }

    fn close(&mut self) {}
}

// === impl Rows ===

impl Sink for Rows<'_> {
    fn wants(&self, hash: u64) -> bool {
        self.sieve.is_none_or(|sieve| sieve.holds(hash))
    }

    fn feature(&mut self, hash: u64, times: usize) {
        self.now.extend((0..times).filter_map(|_| u32::try_from(hash >> self.shift).ok()));
    }

    fn close(&mut self) {
        self.blocks.push(std::mem::take(&mut self.now));
    }
}
