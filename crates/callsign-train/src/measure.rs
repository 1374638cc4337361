//! How good scores are: recall at a share of false alarms, with intervals by drawing anew.

use crate::dice::Dice;

/// A share with the interval that nineteen of twenty redrawn samples fall into.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Share {
    pub(crate) value: f32,
    pub(crate) low: f32,
    pub(crate) high: f32,
    pub(crate) count: usize,
}

/// The score that no more than `share` of `harmless` are above.
pub(crate) fn threshold(harmless: &[f32], share: f32) -> f32 {
    let mut sorted = harmless.to_vec();
    sorted.sort_by(|one, other| other.total_cmp(one));
    let allowed = (share * sorted.len() as f32) as usize;
    sorted.get(allowed).copied().unwrap_or(f32::NEG_INFINITY)
}

/// The share of `scores` above `threshold`.
pub(crate) fn above(scores: &[f32], threshold: f32) -> Share {
    const TIMES: usize = 400;
    let hits: Vec<bool> = scores.iter().map(|score| *score > threshold).collect();
    let count = hits.len().max(1) as f32;
    let mut dice = Dice::new(5);
    let mut redrawn: Vec<f32> = (0..TIMES)
        .map(|_| {
            (0..hits.len()).filter(|_| dice.pick(&hits).copied().unwrap_or(false)).count() as f32 / count
        })
        .collect();
    redrawn.sort_by(f32::total_cmp);
    let value = hits.iter().filter(|hit| **hit).count() as f32 / count;
    let at = |place: usize| redrawn.get(place).copied().unwrap_or(value);
    Share { value, low: at(TIMES / 40), high: at(TIMES - TIMES / 40 - 1), count: hits.len() }
}

impl std::fmt::Display for Share {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { value, low, high, count } = self;
        write!(out, "{value:.3} [{low:.3}, {high:.3}] of {count}")
    }
}
