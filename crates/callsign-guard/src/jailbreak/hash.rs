//! Words as numbers: hashes that are the same on every machine and in every release.

use super::spelling::{Sort, sort};

/// The letters of a word, folded.
#[derive(Debug, Clone, Default)]
pub(super) struct Word {
    letters: Vec<char>,
}

const SEED: u64 = 0xCBF2_9CE4_8422_2325;
const PRIME: u64 = 0x9E37_79B9_7F4A_7C15;

/// One more letter of a hash.
#[inline]
pub(super) fn letter(hash: u64, letter: char) -> u64 {
    (hash ^ u64::from(u32::from(letter))).wrapping_mul(PRIME).rotate_left(29)
}

/// The hash of no letter.
pub(super) const EMPTY: u64 = SEED;

/// Lets each bit of a hash depend on all of them.
#[inline]
pub(super) fn spread(hash: u64) -> u64 {
    let mixed = (hash ^ (hash >> 32)).wrapping_mul(PRIME);
    mixed ^ (mixed >> 29)
}

// === impl Word ===

impl Word {
    /// The word that `text` is, whatever it is made of.
    pub(super) fn of(text: &str) -> Self {
        let letters = text.chars().filter_map(|letter| match sort(letter) {
            Sort::Letter(plain) | Sort::Styled(plain) | Sort::Alone(plain) => Some(plain),
            _ => None,
        });
        Self { letters: letters.collect() }
    }

    /// The words of a phrase, as they are read from a text.
    pub(super) fn split(phrase: &str) -> Vec<Self> {
        let mut words = vec![Self::default()];
        for letter in phrase.chars() {
            match (sort(letter), words.last_mut()) {
                (Sort::Letter(plain) | Sort::Styled(plain), Some(last)) => last.letters.push(plain),
                (Sort::Alone(plain), _) => words.extend([Self { letters: vec![plain] }, Self::default()]),
                (Sort::Hidden | Sort::Accent, _) => {}
                _ => words.push(Self::default()),
            }
        }
        words.retain(|word| !word.letters.is_empty());
        words
    }

    /// The running hash of letters before `text` and of those in it.
    pub(super) fn go_on(hash: u64, text: &str) -> u64 {
        text.chars().fold(hash, |hash, next| match sort(next) {
            Sort::Letter(plain) | Sort::Styled(plain) | Sort::Alone(plain) => letter(hash, plain),
            _ => hash,
        })
    }

    /// The word's number.
    pub(super) fn hash(&self) -> u64 {
        spread(self.letters.iter().fold(EMPTY, |hash, &next| letter(hash, next)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_that_goes_on_is_that_of_the_whole_word() {
        for (first, rest) in
            [("ign", "ore"), ("", "all"), ("Pré", "vious"), ("a\u{200B}b", "ｃ-d"), ("忽", "略")]
        {
            let hash = Word::go_on(Word::go_on(EMPTY, first), rest);
            assert_eq!(spread(hash), Word::of(&format!("{first}{rest}")).hash(), "{first} {rest}");
        }
    }
}
