//! What a text is judged by: words, what they are about, how they stand together; a number for each, block by block.

use super::cipher;
use super::hash::spread;
use super::lexicon::{Concept, Lexicon, phrase, prefix};
use super::reading::{Dress, Reader, Token, read};

/// Takes the features of a text.
pub(super) trait Sink {
    /// Whether a feature is of use.
    fn wants(&self, _hash: u64) -> bool {
        true
    }
    /// Once more, or not at all.
    fn feature(&mut self, hash: u64, times: usize);
    /// What follows belongs to the next block.
    fn close(&mut self);
}

/// What a first reading says about how the text may be disguised.
#[derive(Debug, Clone, Default)]
pub(super) struct Clues {
    /// Telling words in each cipher.
    pub(super) ciphers: [u32; cipher::COUNT],
    /// The longest row of words of one letter.
    pub(super) letters: usize,
    /// Pieces of words joined by marks.
    pub(super) joined: usize,
    /// Words that end as those of a children's cipher do.
    pub(super) latin: usize,
    /// How many words there are.
    pub(super) words: usize,
}

/// Which kind of feature a hash is of.
#[derive(Clone, Copy)]
enum Kind {
    Word = 1,
    Stem,
    Pair,
    Triple,
    Skip,
    Gram,
    Mark,
    AfterMark,
    Concept,
    Concepts,
    ThreeConcepts,
    Dress,
    Dressed,
}

/// Half words of a block: eight words, or sixteen of a script without spaces.
const BLOCK: usize = 16;
/// Words before a feature counts again: what is repeated says nothing new.
const APART: u64 = 16;
/// Features that are remembered.
const REMEMBERED: usize = 256;
/// Bits that say which word a remembered feature came with.
const WHERE: u64 = (1 << 24) - 1;
/// Words between two concepts that belong together.
const NEAR: usize = 12;
/// A concept as a word of its own.
const MEANING: u64 = 0xC0DE_5EED_0000_0000;

/// Makes features of what is read.
struct Maker<'a, S> {
    lexicon: &'a Lexicon,
    sink: &'a mut S,
    clues: Clues,
    /// The last four words, newest first.
    words: [u64; 4],
    /// The last two words, or what they are about, and both of them together.
    before: [u64; 2],
    both: u64,
    /// The last concepts and where they stood, newest first.
    concepts: [(usize, Concept); 4],
    mark: u64,
    singles: usize,
    filled: usize,
    /// The features that came last: the upper bits of the hash, and in the lower ones which word it came with.
    seen: [u64; REMEMBERED],
    /// How many words there are, from `APART` on.
    here: u64,
}

/// Reads `text` to `sink`; its last block is closed only if something is in it.
pub(super) fn features<S: Sink>(text: &str, lexicon: &Lexicon, sink: &mut S) -> Clues {
    let mut maker = Maker {
        lexicon,
        sink,
        clues: Clues::default(),
        words: [0; 4],
        before: [0; 2],
        both: phrase(0, 0),
        concepts: [(0, 0); 4],
        mark: 0,
        singles: 0,
        filled: 0,
        seen: [0; REMEMBERED],
        here: APART,
    };
    read(text, lexicon, &mut maker);
    if maker.filled > 0 {
        maker.sink.close();
    }
    maker.clues
}

// === impl Maker ===

impl<S: Sink> Maker<'_, S> {
    #[inline]
    fn add(&mut self, kind: Kind, hash: u64) {
        let hash = spread(hash ^ (kind as u64) << 56);
        let place = usize::try_from(hash & 0xFF).unwrap_or(0);
        let Some(seen) = self.seen.get_mut(place) else { return };
        let now = hash & !WHERE | self.here;
        // Less than `APART` is left only where the hashes are one. Neither look waits for the other: branches would cost more.
        let new = self.sink.wants(hash) & (now.wrapping_sub(*seen) >= APART);
        *seen = if new { now } else { *seen };
        self.sink.feature(hash, usize::from(new));
    }

    /// What a word is about, by the whole of it or its beginning.
    fn meaning(&self, token: &Token) -> Option<Concept> {
        let whole = self.lexicon.find(token.hash);
        let stems = || token.stems.iter().rev().filter(|&&stem| stem != 0);
        whole.or_else(|| stems().find_map(|&stem| self.lexicon.find(prefix(stem))))
    }

    /// What the longest phrase that ends here is about.
    fn together(&mut self, word: u64) -> Option<Concept> {
        let [first, second, third, fourth] = self.words;
        self.words = [word, first, second, third];
        if !self.lexicon.ends(word) {
            return None;
        }
        let two = phrase(second, first);
        let three = phrase(phrase(third, second), first);
        let four = phrase(phrase(phrase(fourth, third), second), first);
        [four, three, two, first].into_iter().find_map(|before| self.lexicon.find(phrase(before, word)))
    }

    /// A concept, with those that stand before it.
    fn concept(&mut self, concept: Concept) {
        let here = self.clues.words;
        self.add(Kind::Concept, u64::from(concept));
        let [first, second, third, _] = self.concepts;
        for (place, other) in [first, second, third] {
            if other != 0 && here - place <= NEAR {
                self.add(Kind::Concepts, u64::from(other) << 8 | u64::from(concept));
            }
        }
        if second.1 != 0 && here - second.0 <= NEAR + 4 {
            let both = u64::from(second.1) << 16 | u64::from(first.1) << 8;
            self.add(Kind::ThreeConcepts, both | u64::from(concept));
        }
        self.concepts = [(here, concept), first, second, third];
    }

    /// Clues to a disguise.
    fn watch(&mut self, token: &Token) {
        if let Some(count) =
            self.lexicon.cipher(token.hash).and_then(|cipher| self.clues.ciphers.get_mut(usize::from(cipher)))
        {
            *count += 1;
        }
        self.singles = if token.length == 1 && !token.alone { self.singles + 1 } else { 0 };
        self.clues.letters = self.clues.letters.max(self.singles);
        self.clues.joined += usize::from(token.joined && token.length < 7);
    }
}

impl<S: Sink> Reader for Maker<'_, S> {
    #[inline]
    fn gram(&mut self, hash: u64) {
        self.add(Kind::Gram, hash);
    }

    fn word(&mut self, token: &Token) {
        self.clues.words += 1;
        self.here = (self.here + 1) & WHERE;
        self.watch(token);
        let meaning = self.meaning(token);
        let plain = meaning.map_or(token.hash, |concept| spread(MEANING | u64::from(concept)));
        let [last, last_but_one] = self.before;
        self.add(Kind::Word, token.hash);
        if token.length > 5 {
            let [stem, _, _] = token.stems;
            self.add(Kind::Stem, stem);
        }
        let both = phrase(last, plain);
        self.add(Kind::Pair, both);
        self.add(Kind::Triple, phrase(self.both, plain));
        self.add(Kind::Skip, phrase(last_but_one, plain));
        if self.mark != 0 {
            let mark = std::mem::take(&mut self.mark);
            self.add(Kind::AfterMark, phrase(mark, plain));
        }
        (self.before, self.both) = ([plain, last], both);
        let phrase = self.together(token.hash);
        if let Some(concept) = phrase.or(meaning) {
            self.concept(concept);
        }
        self.filled += if token.alone { 1 } else { 2 };
        if self.filled >= BLOCK {
            self.filled = 0;
            self.sink.close();
        }
    }

    fn mark(&mut self, mark: char, count: usize) {
        let many = u64::from(u32::from(mark)) << 2 | u64::try_from(count.min(3)).unwrap_or(3);
        self.add(Kind::Mark, many);
        self.mark = spread(many);
    }

    fn dressed(&mut self, dress: Dress) {
        let [last, _] = self.before;
        self.add(Kind::Dress, dress as u64);
        self.add(Kind::Dressed, phrase(dress as u64, last));
    }

    fn spelled(&mut self, last: Option<char>, before: Option<char>, length: usize) {
        self.clues.latin += usize::from(length > 3 && last == Some('y') && before == Some('a'));
    }
}

/// The feature of two concepts, one after the other.
pub(super) fn pair(first: Concept, second: Concept) -> u64 {
    spread((u64::from(first) << 8 | u64::from(second)) ^ (Kind::Concepts as u64) << 56)
}
