//! Which features the model knows: one bit for each of the places a hash may fall on.

/// A set of hashes; now and then it takes a stranger for one of them.
#[derive(Debug, Clone)]
pub struct Sieve {
    bits: Vec<u64>,
}

/// How many places there are: two to the power of this.
const PLACES: u32 = 20;
/// Bytes of a sieve in a file.
pub(super) const BYTES: usize = 1 << (PLACES - 3);

// === impl Sieve ===

impl Sieve {
    /// Of these hashes.
    pub fn new(hashes: impl Iterator<Item = u64>) -> Self {
        let mut bits = vec![0; BYTES / 8];
        for hash in hashes {
            if let Some(word) = bits.get_mut(word(hash)) {
                *word |= bit(hash);
            }
        }
        Self { bits }
    }

    /// Of all hashes there are.
    pub(super) fn everything() -> Self {
        Self { bits: vec![u64::MAX; BYTES / 8] }
    }

    /// From the bytes of a file.
    pub(super) fn of(bytes: &[u8]) -> Self {
        Self { bits: bytes.as_chunks::<8>().0.iter().map(|word| u64::from_le_bytes(*word)).collect() }
    }

    /// The bytes of a file.
    pub(super) fn write(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.bits.iter().flat_map(|word| word.to_le_bytes()));
    }

    /// Whether a hash is in it.
    #[inline]
    pub fn holds(&self, hash: u64) -> bool {
        self.bits.get(word(hash)).is_some_and(|word| word & bit(hash) != 0)
    }
}

/// The bits in the middle: those at both ends say which row a feature has and when it came last.
fn word(hash: u64) -> usize {
    usize::try_from(hash >> 14 & ((1 << (PLACES - 6)) - 1)).unwrap_or(0)
}

fn bit(hash: u64) -> u64 {
    1 << (hash >> 8 & 63)
}

#[cfg(test)]
mod tests {
    use super::super::hash::spread;
    use super::*;

    #[test]
    fn a_sieve_holds_what_it_was_made_of_and_few_others() {
        let sieve = Sieve::new((0..50_000).map(spread));
        assert!((0..50_000).all(|number| sieve.holds(spread(number))));
        let strangers = (50_000..150_000).filter(|&number| sieve.holds(spread(number))).count();
        assert!(strangers < 6_000, "{strangers}");
    }

    #[test]
    fn a_sieve_is_the_same_after_a_file() {
        let sieve = Sieve::new([3, 77, u64::MAX].into_iter().map(spread));
        let mut bytes = Vec::new();
        sieve.write(&mut bytes);
        assert_eq!(bytes.len(), BYTES);
        let again = Sieve::of(&bytes);
        assert!((0..5_000).all(|number| again.holds(spread(number)) == sieve.holds(spread(number))));
        assert!(again.holds(spread(77)) && !again.holds(spread(78)));
    }

    #[test]
    fn the_sieve_of_everything_holds_any_hash() {
        assert!((0..1_000).all(|number| Sieve::everything().holds(spread(number))));
    }
}
