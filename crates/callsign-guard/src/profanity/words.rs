//! The words that are looked for and those that only hold them, read from the lists.

use std::collections::{BTreeSet, HashMap};

use super::tape::{self, CYRILLIC, Letters};
use super::trie::{Forest, Sapling};

/// How bad a word is: the `kind` of its findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Mild,
    Strong,
    Slur,
}

/// Where in a longer word it may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Anywhere.
    Anywhere,
    /// At the end, with an ending or a second part after it.
    Ending,
    /// At the beginning, with an ending or a second part after it.
    Compound,
    /// Nowhere, but with an ending.
    Inflect,
    /// Nowhere.
    Exact,
}

/// What it takes when nothing is disguised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trigger {
    /// Nothing.
    Always,
    /// That it is no name: not written with one capital.
    Lower,
    /// That it is no name and no other language stands around it.
    Native,
    /// A word before it that makes it an insult or a part of somebody.
    Address,
    /// It is only found in disguise.
    Hidden,
}

/// One word of the list.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) kind: Kind,
    pub(super) shape: Shape,
    pub(super) trigger: Trigger,
    /// How many letters it has.
    pub(super) length: usize,
    pub(super) cyrillic: bool,
    pub(super) phrase: bool,
}

/// Everything that is looked for.
#[derive(Debug)]
pub(super) struct Words {
    entries: Vec<Entry>,
    pub(super) forest: Forest,
    /// All words; those that may stand anywhere; endings; endings and second parts; words that are innocent.
    pub(super) all: u32,
    pub(super) inner: u32,
    pub(super) endings: u32,
    pub(super) parts: u32,
    pub(super) innocent: u32,
    /// Words of scripts without look-alikes, by their characters.
    pub(super) scripts: Scripts,
    /// Words that make what follows an insult or a part of somebody.
    pub(super) address: BTreeSet<&'static str>,
    /// Words that swear words are joined to.
    pub(super) prefixes: BTreeSet<&'static str>,
    /// Words near which others mean something else, as `word/other`; other languages' words as `word`.
    pub(super) company: BTreeSet<&'static str>,
}

/// Words of scripts without look-alikes.
#[derive(Debug)]
pub(super) struct Scripts {
    /// The pairs of characters that begin a word, one bit each by their hash.
    begin: Vec<u64>,
    /// Words of one character.
    short: Vec<char>,
    branches: HashMap<(u32, char), u32>,
    ends: HashMap<u32, u16>,
    next: u32,
}

/// The tree of each list while it grows.
#[derive(Default)]
struct Nursery {
    all: Sapling,
    inner: Sapling,
    endings: Sapling,
    parts: Sapling,
    innocent: Sapling,
}

// === impl Words ===

impl Words {
    /// Reads the lists.
    pub(super) fn new() -> Self {
        let mut words = Self {
            entries: Vec::new(),
            forest: Forest::default(),
            all: 0,
            inner: 0,
            endings: 0,
            parts: 0,
            innocent: 0,
            scripts: Scripts::default(),
            address: BTreeSet::new(),
            prefixes: BTreeSet::new(),
            company: BTreeSet::new(),
        };
        let mut nursery = Nursery::default();
        for (head, listed) in lines(include_str!("words.txt")) {
            words.read(head, listed, &mut nursery);
        }
        for word in include_str!("innocent.txt").lines().filter(|line| !line.starts_with('#')) {
            nursery.innocent.add(word.chars().map(tape::bit), 1);
        }
        words.all = words.forest.plant(&nursery.all);
        words.inner = words.forest.plant(&nursery.inner);
        words.endings = words.forest.plant(&nursery.endings);
        words.parts = words.forest.plant(&nursery.parts);
        words.innocent = words.forest.plant(&nursery.innocent);
        words
    }

    /// Entry `number`, counted from 1.
    pub(super) fn entry(&self, number: u16) -> Option<&Entry> {
        usize::from(number).checked_sub(1).and_then(|at| self.entries.get(at))
    }

    /// Whether `word` means something else in the company of some others.
    pub(super) fn accompanied(&self, word: &str) -> bool {
        let from = format!("{word}/");
        self.company.range(from.as_str()..).next().is_some_and(|next| next.starts_with(&from))
    }

    fn read(&mut self, head: &'static str, listed: &'static str, nursery: &mut Nursery) {
        let each = || listed.split(',').map(str::trim).filter(|word| !word.is_empty());
        match head {
            "address" => self.address.extend(each()),
            "prefixes" => self.prefixes.extend(each()),
            "company" => self.company.extend(each()),
            "endings" => each().for_each(|word| {
                nursery.endings.add(word.chars().map(tape::bit), 1);
                nursery.parts.add(word.chars().map(tape::bit), 1);
            }),
            "parts" => each().for_each(|word| nursery.parts.add(word.chars().map(tape::bit), 1)),
            _ => {
                let Some((kind, shape, trigger)) = rule(head) else { return };
                each().for_each(|word| self.list(word, (kind, shape, trigger), nursery));
            }
        }
    }

    fn list(&mut self, word: &str, (kind, shape, trigger): (Kind, Shape, Trigger), nursery: &mut Nursery) {
        let letters: Vec<Letters> = word.chars().map(tape::bit).collect();
        let cyrillic = letters.iter().any(|letter| letter & CYRILLIC != 0);
        let length = letters.iter().filter(|&&letter| letter != tape::JOINT).count();
        let phrase = length < letters.len();
        self.entries.push(Entry { kind, shape, trigger, length, cyrillic, phrase });
        let entry = u16::try_from(self.entries.len()).unwrap_or_default();
        if letters.contains(&0) {
            return self.scripts.add(word, entry);
        }
        nursery.all.add(letters.iter().copied(), entry);
        if phrase {
            nursery.all.add(letters.iter().copied().filter(|&letter| letter != tape::JOINT), entry);
        }
        if matches!(shape, Shape::Anywhere | Shape::Ending | Shape::Compound) || trigger == Trigger::Address {
            nursery.inner.add(letters.iter().copied(), entry);
        }
    }
}

/// The lines of a list: what is before the first colon, and what is after it.
fn lines(list: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    list.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(": "))
}

/// The meaning of a line's head, `kind shape trigger`.
fn rule(head: &str) -> Option<(Kind, Shape, Trigger)> {
    let mut parts = head.split(' ');
    let kind = match parts.next()? {
        "mild" => Kind::Mild,
        "strong" => Kind::Strong,
        "slur" => Kind::Slur,
        _ => return None,
    };
    let shape = match parts.next()? {
        "anywhere" => Shape::Anywhere,
        "ending" => Shape::Ending,
        "compound" => Shape::Compound,
        "inflect" => Shape::Inflect,
        "exact" => Shape::Exact,
        _ => return None,
    };
    let trigger = match parts.next()? {
        "always" => Trigger::Always,
        "lower" => Trigger::Lower,
        "native" => Trigger::Native,
        "address" => Trigger::Address,
        "hidden" => Trigger::Hidden,
        _ => return None,
    };
    Some((kind, shape, trigger))
}

// === impl Kind ===

impl Kind {
    /// Its name in findings.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Mild => "mild",
            Self::Strong => "strong",
            Self::Slur => "slur",
        }
    }
}

// === impl Scripts ===

impl Default for Scripts {
    fn default() -> Self {
        Self {
            begin: vec![0; 1 << 10],
            short: Vec::new(),
            branches: HashMap::new(),
            ends: HashMap::new(),
            next: 0,
        }
    }
}

impl Scripts {
    fn add(&mut self, word: &str, entry: u16) {
        let mut node = 0;
        let mut characters = word.chars();
        if let (Some(first), Some(second)) = (characters.next(), characters.next()) {
            let (row, bit) = place(first, second);
            self.begin.get_mut(row).into_iter().for_each(|row| *row |= bit);
        } else {
            self.short.extend(word.chars());
        }
        for character in word.chars() {
            let next = self.next + 1;
            node = *self.branches.entry((node, character)).or_insert(next);
            self.next = self.next.max(node);
        }
        self.ends.entry(node).or_insert(entry);
    }

    /// Whether a word may begin with `text`, whatever follows.
    pub(super) fn begins(&self, text: &str) -> bool {
        let mut characters = text.chars().map(tape::small);
        let Some(first) = characters.next() else { return true };
        let Some(second) = characters.clone().next() else { return self.step(0, first).is_some() };
        let (row, bit) = place(first, second);
        let listed = self.begin.get(row).is_none_or(|row| row & bit != 0)
            || !first.is_ascii() && self.short.contains(&first);
        (listed || !second.is_ascii() && tape::seen(second).is_none()) && self.goes_on(text)
    }

    fn goes_on(&self, text: &str) -> bool {
        let mut node = 0;
        for character in text.chars() {
            if !character.is_ascii() && tape::seen(character).is_none() {
                return true;
            }
            let Some(next) = self.step(node, tape::small(character)) else { return false };
            if self.entry(next) != 0 {
                return true;
            }
            node = next;
        }
        true
    }

    /// Where `character` leads from `node`; 0 is the root.
    pub(super) fn step(&self, node: u32, character: char) -> Option<u32> {
        self.branches.get(&(node, character)).copied()
    }

    /// The entry that ends at `node`, or 0.
    pub(super) fn entry(&self, node: u32) -> u16 {
        self.ends.get(&node).copied().unwrap_or_default()
    }
}

/// The row and the bit of two characters in a set of pairs.
fn place(first: char, second: char) -> (usize, u64) {
    let hash = u32::from(first).wrapping_mul(0x9e37_79b1) ^ u32::from(second).wrapping_mul(0x85eb_ca6b);
    (usize::try_from(hash >> 22).unwrap_or(usize::MAX), 1 << (hash >> 16 & 63))
}
