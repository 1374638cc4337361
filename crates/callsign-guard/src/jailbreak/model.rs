//! The weights, and what they make of a window of a text.

use super::disguise::WAYS;
use super::sieve::{self, Sieve};

/// Numbers that each feature has: the first counts by itself, the others go through the hidden layer.
pub const WIDTH: usize = 16;
/// Units of the hidden layer.
pub const HIDDEN: usize = 12;
/// Kinds of length that a window may have.
pub const LENGTHS: usize = 4;
/// What goes into the hidden layer: a feature's numbers but the first, the way of hiding, the kind of length.
pub const INPUTS: usize = WIDTH - 1 + WAYS + LENGTHS;
/// The file's first bytes.
const MAGIC: &[u8; 8] = b"callsgn2";
/// Keeps few features from counting too much.
pub const DAMPING: f32 = 24.0;

/// Small numbers of one feature.
pub(super) type Row = [i8; WIDTH];

/// What judges.
#[derive(Debug)]
pub(super) struct Model {
    /// What features were learnt of: others say nothing.
    sieve: Sieve,
    rows: Vec<Row>,
    /// Hash bits that are not a row's number.
    shift: u32,
    net: Net,
    /// The hidden layer by input, so that all units are added up at once.
    columns: [[f32; HIDDEN]; WIDTH - 1],
    /// What goes into the hidden layer and straight to the end for each way of hiding and kind of length.
    frames: [[([f32; HIDDEN], f32); LENGTHS]; WAYS],
}

/// What comes after the sums of the rows.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Net {
    /// What one step of a row's first number is worth, and one of its others.
    pub(super) scales: [f32; 2],
    /// For each hidden unit, its weights and then its bias.
    pub(super) into: [[f32; INPUTS]; HIDDEN],
    pub(super) biases: [f32; HIDDEN],
    /// What each hidden unit is worth.
    pub(super) out: [f32; HIDDEN],
    /// What the way of hiding and the kind of length are worth by themselves.
    pub(super) direct: [f32; WAYS + LENGTHS],
    /// What is taken off at the end, so that a hit is above zero.
    pub(super) threshold: f32,
}

/// What a window is besides its words.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    pub(super) way: usize,
    pub(super) length: usize,
}

/// Reads numbers off bytes.
struct Bytes<'a>(&'a [u8]);

/// The kind of length of a window of so many blocks.
pub(super) fn length(blocks: usize) -> usize {
    match blocks {
        0..=1 => 0,
        2..=3 => 1,
        4..=8 => 2,
        _ => 3,
    }
}

/// The windows of a text of so many blocks, as places of the first block and of the one behind the last.
pub(super) fn windows(blocks: usize) -> impl Iterator<Item = (usize, usize)> {
    // (how long, how far apart); each text has one that holds its end.
    const SIZES: [(usize, usize); 3] = [(3, 1), (8, 2), (32, 8)];
    SIZES.into_iter().enumerate().flat_map(move |(order, (size, step))| {
        let smaller = order.checked_sub(1).and_then(|before| SIZES.get(before)).map_or(0, |(size, _)| *size);
        let wanted = blocks > smaller;
        let count = if wanted { 1 + blocks.saturating_sub(size).div_ceil(step) } else { 0 };
        (0..count).map(move |place| {
            let start = (place * step).min(blocks.saturating_sub(size));
            (start, (start + size).min(blocks))
        })
    })
}

// === impl Model ===

impl Model {
    /// From the bytes of a file; nothing if they are none of ours.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let mut bytes = Bytes(bytes.strip_prefix(MAGIC)?);
        let bits = bytes.number()?;
        let net = Net::read(&mut bytes)?;
        let (sieve, rest) = bytes.0.split_at_checked(sieve::BYTES)?;
        let (sieve, bytes) = (Sieve::of(sieve), Bytes(rest));
        let rows: Vec<Row> =
            bytes.0.as_chunks::<WIDTH>().0.iter().map(|row| row.map(u8::cast_signed)).collect();
        ((1..32).contains(&bits) && rows.len() == 1 << bits && bytes.0.len() == rows.len() * WIDTH).then(
            || Self { sieve, rows, shift: 64 - bits, columns: net.columns(), frames: net.frames(), net },
        )
    }

    /// How far above the threshold a window is whose rows add up to `sums`, `count` of them.
    pub(super) fn judge(&self, sums: &[i32; WIDTH], count: u32, frame: Frame) -> f32 {
        #[expect(
            clippy::cast_precision_loss,
            reason = "sums of a window are far below what a float holds exactly"
        )]
        let (sums, share) = (sums.map(|sum| sum as f32), (count as f32 + DAMPING).sqrt().recip());
        let [own, other] = self.net.scales.map(|scale| scale * share);
        let [first, others @ ..] = sums;
        let start = self.frames.get(frame.way).and_then(|kinds| kinds.get(frame.length));
        let (mut hidden, direct) = start.copied().unwrap_or(([0.0; HIDDEN], 0.0));
        for (column, input) in self.columns.iter().zip(others) {
            let input = input * other;
            for (unit, weight) in hidden.iter_mut().zip(column) {
                *unit += weight * input;
            }
        }
        let told: f32 = hidden.iter().zip(&self.net.out).map(|(unit, out)| unit.max(0.0) * out).sum();
        first * own + direct + told
    }

    /// The bytes of a file.
    pub(super) fn write(bits: u32, net: &Net, sieve: &Sieve, rows: &[Row]) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(bits.to_le_bytes());
        net.write(&mut bytes);
        sieve.write(&mut bytes);
        bytes.extend(rows.iter().flatten().map(|number| number.cast_unsigned()));
        bytes
    }

    /// Whether a feature was learnt of.
    #[inline]
    pub(super) fn knows(&self, hash: u64) -> bool {
        self.sieve.holds(hash)
    }

    /// The row of a feature.
    #[inline]
    pub(super) fn row(&self, hash: u64) -> &Row {
        const NONE: Row = [0; WIDTH];
        usize::try_from(hash >> self.shift).ok().and_then(|place| self.rows.get(place)).unwrap_or(&NONE)
    }
}

// === impl Net ===

impl Net {
    fn read(bytes: &mut Bytes<'_>) -> Option<Self> {
        let scales = bytes.floats()?;
        let mut into = [[0.0; INPUTS]; HIDDEN];
        for weights in &mut into {
            *weights = bytes.floats()?;
        }
        Some(Self {
            scales,
            into,
            biases: bytes.floats()?,
            out: bytes.floats()?,
            direct: bytes.floats()?,
            threshold: bytes.floats::<1>()?.into_iter().next()?,
        })
    }

    fn write(&self, bytes: &mut Vec<u8>) {
        let numbers =
            self.scales.iter().chain(self.into.iter().flatten()).chain(&self.biases).chain(&self.out);
        let numbers = numbers.chain(&self.direct).chain([&self.threshold]);
        bytes.extend(numbers.flat_map(|number| number.to_le_bytes()));
    }

    fn columns(&self) -> [[f32; HIDDEN]; WIDTH - 1] {
        let mut columns = [[0.0; HIDDEN]; WIDTH - 1];
        for (place, column) in columns.iter_mut().enumerate() {
            for (weight, weights) in column.iter_mut().zip(&self.into) {
                *weight = weights.get(place).copied().unwrap_or_default();
            }
        }
        columns
    }

    fn frames(&self) -> [[([f32; HIDDEN], f32); LENGTHS]; WAYS] {
        let mut frames = [[([0.0; HIDDEN], 0.0); LENGTHS]; WAYS];
        for (way, kinds) in frames.iter_mut().enumerate() {
            for (length, (units, direct)) in kinds.iter_mut().enumerate() {
                let flags = [way, WAYS + length];
                let sum = |weights: &[f32]| flags.iter().filter_map(|&flag| weights.get(flag)).sum::<f32>();
                for ((unit, weights), bias) in units.iter_mut().zip(&self.into).zip(&self.biases) {
                    *unit = bias + sum(weights.get(WIDTH - 1..).unwrap_or_default());
                }
                *direct = sum(&self.direct) - self.threshold;
            }
        }
        frames
    }
}

// === impl Bytes ===

impl Bytes<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*taken)
    }

    fn number(&mut self) -> Option<u32> {
        self.take().map(u32::from_le_bytes)
    }

    fn floats<const N: usize>(&mut self) -> Option<[f32; N]> {
        let mut numbers = [0.0; N];
        for number in &mut numbers {
            *number = f32::from_le_bytes(self.take()?);
            if !number.is_finite() {
                return None;
            }
        }
        Some(numbers)
    }
}
