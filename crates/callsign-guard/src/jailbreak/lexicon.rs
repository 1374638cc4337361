//! Words and phrases by what they mean for an attack, in many languages; and the common words that disguises are tried against.

use super::cipher::{self, BACKWARDS};
use super::hash::{Word, spread};

/// What a word or phrase is about: its place among the headings of `concepts.txt`, from one on.
pub(super) type Concept = u8;

/// Looks phrases up by their hash.
#[derive(Debug)]
pub(super) struct Lexicon {
    concepts: Table,
    ciphers: Table,
    names: Vec<&'static str>,
    vocabulary: Table,
    /// The last words of phrases.
    ends: Bits,
}

/// One bit for each of the low bits of a hash.
#[derive(Debug)]
struct Bits(Box<[u64; WORDS]>);

/// Small numbers by hash.
#[derive(Debug)]
struct Table {
    slots: Vec<(u64, u8)>,
    /// What is not here needs no look into the slots.
    sieve: Bits,
}

/// Slots of a table; more than twice the phrases there are.
const SLOTS: usize = 1 << 14;
/// Words of 64 bits that `Bits` has.
const WORDS: usize = 1 << 10;
/// Words that give away a text written with other letters, or backwards.
const TELLING: &str = "the and you all are ignore previous instructions system prompt how what for your with this that not from make tell";
/// Where prefixes may end.
pub(super) const PREFIXES: [usize; 3] = [5, 6, 7];
/// Told apart from a whole word of the same letters.
const PREFIX: u64 = 0x51ED_270B_9A3C_11E5;

/// A phrase's hash from its words'.
#[inline]
pub(super) fn phrase(before: u64, word: u64) -> u64 {
    spread(before.rotate_left(23) ^ word)
}

/// The hash of a word's first letters.
#[inline]
pub(super) fn prefix(letters: u64) -> u64 {
    letters ^ PREFIX
}

// === impl Lexicon ===

impl Lexicon {
    /// From the tables that come with the crate.
    pub(super) fn new() -> Self {
        let [concepts, ciphers, vocabulary] = [Table::new(), Table::new(), Table::new()];
        let mut lexicon = Self { concepts, ciphers, names: Vec::new(), vocabulary, ends: Bits::new() };
        for line in include_str!("concepts.txt").lines() {
            lexicon.read(line);
        }
        for word in include_str!("words.txt").split_whitespace() {
            lexicon.vocabulary.insert(Word::of(word).hash(), 1);
        }
        for word in TELLING.split(' ') {
            lexicon.encipher(word);
        }
        lexicon
    }

    /// One line of the table: a heading, or phrases with commas between.
    fn read(&mut self, line: &'static str) {
        if let Some(name) = line.strip_prefix("= ") {
            self.names.push(name);
            return;
        }
        let concept = u8::try_from(self.names.len()).unwrap_or(0);
        for entry in
            line.split(',').map(str::trim).filter(|entry| !entry.is_empty() && !line.starts_with('#'))
        {
            if let Some(stem) = entry.strip_suffix('*') {
                self.concepts.insert(prefix(Word::of(stem).hash()), concept);
                continue;
            }
            let words = Word::split(entry);
            if let [word] = words.as_slice() {
                self.vocabulary.insert(word.hash(), 1);
            }
            if let [_, .., last] = words.as_slice() {
                self.ends.insert(last.hash());
            }
            let hash = words.iter().map(Word::hash).reduce(phrase);
            self.concepts.insert(hash.unwrap_or(0), concept);
        }
    }

    /// Knows `word` by whatever cipher it is written in, where that makes no word of its own.
    fn encipher(&mut self, word: &str) {
        for cipher in 1..=BACKWARDS {
            let hash = Word::of(&cipher::write(word, cipher)).hash();
            if !self.knows(hash) {
                self.ciphers.insert(hash, cipher);
            }
        }
    }

    /// What the phrase of this hash is about.
    #[inline]
    pub(super) fn find(&self, hash: u64) -> Option<Concept> {
        self.concepts.find(hash)
    }

    /// Whether a word of this hash may be the last of a phrase.
    #[inline]
    pub(super) fn ends(&self, hash: u64) -> bool {
        self.ends.holds(hash)
    }

    /// The cipher that makes this hash of a telling word.
    #[inline]
    pub(super) fn cipher(&self, hash: u64) -> Option<u8> {
        self.ciphers.find(hash)
    }

    /// Whether a word of this hash is a common one, or one of the concepts'.
    #[inline]
    pub(super) fn knows(&self, hash: u64) -> bool {
        self.vocabulary.find(hash).is_some()
    }

    /// The concept of a name.
    pub(super) fn concept(&self, name: &str) -> Concept {
        let place = self.names.iter().position(|&known| known == name);
        place.and_then(|place| u8::try_from(place + 1).ok()).unwrap_or(0)
    }
}

// === impl Table ===

impl Table {
    fn new() -> Self {
        Self { slots: vec![(0, 0); SLOTS], sieve: Bits::new() }
    }

    /// Keeps the first of two for one hash.
    fn insert(&mut self, hash: u64, number: u8) {
        self.sieve.insert(hash);
        for place in probes(hash) {
            match self.slots.get_mut(place) {
                Some(slot) if slot.1 == 0 => {
                    *slot = (hash, number);
                    return;
                }
                Some(slot) if slot.0 == hash => return,
                _ => {}
            }
        }
    }

    #[inline]
    fn find(&self, hash: u64) -> Option<u8> {
        if !self.sieve.holds(hash) {
            return None;
        }
        for place in probes(hash) {
            match self.slots.get(place) {
                Some(&(found, number)) if number != 0 => {
                    if found == hash {
                        return Some(number);
                    }
                }
                _ => return None,
            }
        }
        None
    }
}

// === impl Bits ===

impl Bits {
    fn new() -> Self {
        Self(Box::new([0; WORDS]))
    }

    fn insert(&mut self, hash: u64) {
        if let Some(word) = self.0.get_mut(Self::word(hash)) {
            *word |= 1 << (hash & 63);
        }
    }

    #[inline]
    fn holds(&self, hash: u64) -> bool {
        self.0.get(Self::word(hash)).is_some_and(|word| word >> (hash & 63) & 1 != 0)
    }

    fn word(hash: u64) -> usize {
        usize::try_from(hash >> 6).unwrap_or(0) & (WORDS - 1)
    }
}

/// Where a hash may lie, nearest first.
fn probes(hash: u64) -> impl Iterator<Item = usize> {
    let first = usize::try_from(hash >> 40).unwrap_or(0);
    (0..32).map(move |step| (first + step) & (SLOTS - 1))
}
