//! Which part of a split a request goes to: by its number in line, or by what it sticks to.
//!
//! Integers only, and a hash of our own: every replica and every later version decides alike.

use smallvec::SmallVec;

use crate::dice::mix;
use crate::units::Weight;

/// How far one turn moves on a circle of 2^64 points: the golden ratio's fraction, so that points stay far apart
/// whatever number of them is looked at.
pub(crate) const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// The first turn stands in the middle: a small part at either end is not the first that a new process tries.
const START: u64 = u64::MAX >> 1;

/// The bits behind the binary point of [`distance`].
const FRACTION_BITS: u32 = 57;

/// The part whose turn it is, by weight; a part of weight 0 has none, and there is none where all weigh 0.
///
/// Turns walk the circle in golden-ratio steps, each part being an arc of it. Among any N turns in a row, N up to
/// 10,000, the count of each part is less than 5 away from its exact share, whatever the weights and however many
/// parts. Unlike a rotation of fixed length the walk has no rhythm that a client's own could fall in with.
pub fn in_turn(weights: impl Iterator<Item = Weight> + Clone, turn: u64) -> Option<usize> {
    along(weights, turn, STEP)
}

/// As [`in_turn`], with steps of another length.
pub(crate) fn along(weights: impl Iterator<Item = Weight> + Clone, turn: u64, step: u64) -> Option<usize> {
    let point = START.wrapping_add(turn.wrapping_mul(step));
    let mut left = part_of(weights.clone().map(|weight| u128::from(weight.0)).sum(), point);
    for (position, weight) in weights.enumerate() {
        match left.checked_sub(u128::from(weight.0)) {
            Some(rest) => left = rest,
            None => return Some(position),
        }
    }
    None
}

/// `whole * point / 2^64`, rounded down.
fn part_of(whole: u128, point: u64) -> u128 {
    let point = u128::from(point);
    let low = whole & u128::from(u64::MAX);
    (whole >> 64) * point + ((low * point) >> 64)
}

/// The part that `key` sticks to under `alias`, by weight; a part of weight 0 has no keys.
///
/// A pure function of the alias, the key and the parts' names and weights; the order of parts does not matter, but
/// for that of parts with one name. When weights change, a key goes from one part to another only if the other's
/// weight grew against the first one's.
pub fn by_key<'a>(alias: &str, key: &[u8], parts: impl Iterator<Item = (&'a str, Weight)>) -> Option<usize> {
    by_hash(fold(fold(0, alias.as_bytes()), key), parts)
}

/// As [`by_key`], for a key that has been hashed.
pub(crate) fn by_hash<'a>(key: u64, parts: impl Iterator<Item = (&'a str, Weight)>) -> Option<usize> {
    let mut names: SmallVec<[u64; 16]> = SmallVec::new();
    let mut best: Option<(usize, Runner)> = None;
    for (position, (name, weight)) in parts.enumerate() {
        let name = fingerprint(name.as_bytes());
        // Parts of one name run under numbers of their own, so that each gets its share.
        let namesakes = names.iter().filter(|other| **other == name).count() as u64;
        names.push(name);
        if weight.0 == 0 {
            continue;
        }
        let runner = Runner::new(mix(key ^ mix(name.wrapping_add(namesakes.wrapping_mul(STEP)))), weight);
        if best.as_ref().is_none_or(|(_, best)| runner.beats(best)) {
            best = Some((position, runner));
        }
    }
    best.map(|(position, _)| position)
}

/// A part in the race for one key: its way is as long as its hash says, its speed is its weight.
struct Runner {
    hash: u64,
    way: u64,
    weight: Weight,
}

impl Runner {
    fn new(hash: u64, weight: Weight) -> Self {
        Self { hash, way: distance(hash), weight }
    }

    fn beats(&self, other: &Self) -> bool {
        let own = u128::from(self.way) * u128::from(other.weight.0);
        let others = u128::from(other.way) * u128::from(self.weight.0);
        // Equal times are next to impossible; weights have no say in them, so that they stay decided as they were.
        own < others || (own == others && self.hash > other.hash)
    }
}

/// `-log2((hash + 1) / 2^64)` with [`FRACTION_BITS`] bits behind the point: exponentially distributed, which gives
/// each runner a share of wins that is its share of the weight. Digit by digit, off by less than 2^-56.
fn distance(hash: u64) -> u64 {
    let Some(number) = hash.checked_add(1) else { return 0 };
    let mut mantissa = number << number.leading_zeros();
    let mut log = u64::from(number.ilog2());
    for _ in 0..FRACTION_BITS {
        let square = u128::from(mantissa) * u128::from(mantissa);
        let carry = u64::try_from(square >> 127).unwrap_or(0);
        mantissa = u64::try_from(square >> (63 + carry)).unwrap_or(u64::MAX);
        log = (log << 1) | carry;
    }
    (64 << FRACTION_BITS) - log
}

/// A hash of these bytes that never changes between versions or machines.
pub fn fingerprint(bytes: &[u8]) -> u64 {
    fold(0, bytes)
}

/// Adds `bytes` to a hash; their length goes in too, so that where one piece ends makes a difference.
fn fold(hash: u64, bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let words = words.iter().map(|word| u64::from_le_bytes(*word));
    let rest = rest.iter().rev().fold(0, |word, byte| (word << 8) | u64::from(*byte));
    let hash = words.chain([rest]).fold(hash, |hash, word| mix(hash.wrapping_add(STEP) ^ word));
    mix(hash ^ bytes.len() as u64)
}

#[cfg(test)]
mod tests;
