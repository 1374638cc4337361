//! Which features are worth a place: those that came in texts of more than one kind of source, or in many texts.

use std::collections::{BTreeMap, BTreeSet};

use callsign_guard::jailbreak::lab::Laboratory;

use crate::corpus::Example;
use crate::learner::Manner;

/// What is counted of a feature.
#[derive(Debug, Clone, Copy, Default)]
struct Count {
    texts: u16,
    kinds: u8,
    last: u16,
}

/// Counters: two to the power of this; features are told apart by the low bits of their hash.
const COUNTERS: u32 = 25;

/// The hashes of the features worth a place.
pub(crate) fn telling(examples: &[Example], manner: &Manner, laboratory: &Laboratory) -> BTreeSet<u64> {
    let mut counts = vec![Count::default(); 1 << COUNTERS];
    let mut kinds = BTreeMap::new();
    // By kind of source, so that one remembered kind is enough to tell how many there were.
    let mut order: Vec<&Example> = examples.iter().filter(|row| !is_copy(row)).collect();
    order.sort_by_key(|row| kind(&row.source));
    let mut hashes = BTreeSet::new();
    for example in &order {
        let next = kinds.len() as u16 + 1;
        let kind = *kinds.entry(kind(&example.source)).or_insert(next);
        for hash in laboratory.hashes(&example.text) {
            let count = &mut counts[place(hash)];
            let before = enough(*count, manner);
            count.texts = count.texts.saturating_add(1);
            count.kinds = count.kinds.saturating_add(u8::from(count.last != kind));
            count.last = kind;
            if !before && enough(*count, manner) {
                hashes.insert(hash);
            }
        }
    }
    println!("{} features", hashes.len());
    hashes
}

fn enough(count: Count, manner: &Manner) -> bool {
    count.texts >= manner.alone || count.texts >= manner.texts && count.kinds >= manner.kinds
}

/// Texts made of others, which would let a source count twice.
fn is_copy(example: &Example) -> bool {
    example.source.starts_with("woven") || example.source.starts_with("disguised")
}

/// All rules are one kind, and all manuals.
fn kind(source: &str) -> &str {
    if source.starts_with("prompt-armor:") {
        return source;
    }
    source.split([':', '/']).next().unwrap_or(source)
}

fn place(hash: u64) -> usize {
    (hash & ((1 << COUNTERS) - 1)) as usize
}
