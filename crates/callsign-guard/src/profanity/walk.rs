//! Reads words off a tape through whatever disguises them: every reading of a few characters is followed at once.

use super::tape::{self, Cell, JOINT, Letters, Tape, VOWELS, is};
use super::trie::Node;
use super::words::{Shape, Words};

/// No word is longer, in cells, whatever stands between its letters.
pub(super) const LONGEST: usize = 40;
/// No more readings are followed at once.
const READINGS: usize = 256;
/// No more steps are made from one cell on, all readings together. What is found in honest disguise takes half of it.
const STEPS: usize = 1024;
/// No more digits and signs are read as letters; fewer before any letter is seen.
const MOST_READ: u8 = 12;
const MOST_READ_UNSEEN: u8 = 5;
/// So many letters may be guessed or read of digits and signs before any is seen.
const UNSEEN: u8 = 3;
/// A letter that is set apart is told so often again, and not more.
const MOST_APART: u8 = 3;

/// How a word was written.
#[expect(clippy::struct_excessive_bools, reason = "each is a trait of the writing by itself")]
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Writing {
    /// Letters of the word, and how many cells stand for them.
    pub(super) letters: u8,
    pub(super) real: u8,
    /// Digits and signs read as letters.
    pub(super) digits: u8,
    pub(super) signs: u8,
    /// `v` read as `u`.
    pub(super) swapped: u8,
    /// Cells in place of any letter, and the character that is.
    pub(super) wild: u8,
    pub(super) mask: Option<char>,
    /// Whether a consonant is masked.
    pub(super) consonant: bool,
    /// Whether the last letter is masked.
    pub(super) open: bool,
    /// Look-alikes; letters with marks; letters of Greek or Cyrillic.
    pub(super) look: u8,
    pub(super) marked: u8,
    pub(super) foreign: u8,
    /// Something unseen stood between the letters.
    pub(super) veiled: bool,
    /// A soft hyphen did.
    pub(super) soft: bool,
    /// Letters more than there should be, and the longest such run.
    pub(super) stretch: u8,
    pub(super) run: u8,
    /// Signs between some letters; the character that stands between all of them.
    pub(super) splits: u8,
    pub(super) spaced: Option<char>,
    /// Capitals, and changes between capitals and small letters.
    pub(super) capitals: u8,
    pub(super) switches: u8,
    /// Whether it begins inside a longer word.
    inside: bool,
    /// Letters of the word that were not seen as letters.
    guessed: u8,
    again: u8,
    was_upper: bool,
    gap: u8,
}

/// A word that was read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading {
    pub(super) entry: u16,
    /// The first cell after it.
    pub(super) end: usize,
    pub(super) writing: Writing,
}

#[derive(Debug, Clone, Copy)]
struct State {
    node: u32,
    /// The entry whose ending is being read, or 0.
    entry: u16,
    last: Letters,
    writing: Writing,
}

/// Follows readings; its rows are kept from one word to the next.
#[derive(Debug, Default)]
pub(super) struct Walker {
    states: Vec<State>,
    next: Vec<State>,
    /// How many steps were made so far.
    pub(super) steps: usize,
}

// === impl Walker ===

impl Walker {
    /// Tells `read` every word that begins at cell `start` of `tape`, in the order of their ends.
    pub(super) fn walk(&mut self, words: &Words, tape: &Tape, start: usize, read: &mut dyn FnMut(Reading)) {
        let inside = tape.had(start, is::LETTER | is::DIGIT);
        let root = if inside { words.inner } else { words.all };
        let writing = Writing { inside, ..Writing::default() };
        self.states.clear();
        self.states.push(State { node: root, entry: 0, last: 0, writing });
        let mut steps = 0;
        for index in start..start + LONGEST {
            let Some(cell) = tape.get(index) else { break };
            steps += self.states.len();
            self.next.clear();
            let states = std::mem::take(&mut self.states);
            for state in &states {
                state.step(words, cell, &mut self.next);
            }
            self.states = std::mem::replace(&mut self.next, states);
            self.accept(words, index + 1, read);
            if self.states.is_empty() || steps > STEPS {
                break;
            }
        }
        self.steps += steps;
    }

    /// Tells the words that end before cell `end`, and goes on to their endings.
    fn accept(&mut self, words: &Words, end: usize, read: &mut dyn FnMut(Reading)) {
        for at in 0..self.states.len() {
            let Some(&state) = self.states.get(at) else { return };
            let ends = words.forest.node(state.node).entry;
            if ends == 0 || state.writing.gap > 0 {
                continue;
            }
            if state.entry != 0 {
                read(Reading { entry: state.entry, end, writing: state.writing });
                continue;
            }
            read(Reading { entry: ends, end, writing: state.writing });
            if state.writing.open && state.writing.mask != Some('*') {
                continue;
            }
            let endings = match words.entry(ends).map(|entry| entry.shape) {
                Some(Shape::Inflect) => words.endings,
                Some(Shape::Ending | Shape::Compound) => words.parts,
                _ => continue,
            };
            self.states.push(State { node: endings, entry: ends, ..state });
        }
    }
}

// === impl State ===

impl State {
    /// Adds to `next` where `cell` leads from here.
    fn step(&self, words: &Words, cell: &Cell, next: &mut Vec<Self>) {
        if next.len() >= READINGS {
            return;
        }
        let node = words.forest.node(self.node);
        self.letter(node, cell, next);
        let again = cell.letters & self.last != 0 && self.writing.may_stretch();
        if again && (self.writing.gap == 0) == self.writing.spaced.is_none() {
            Self { writing: self.writing.stretched(cell, self.last), ..*self }.join(next);
        }
        if cell.is(is::SPACE | is::SIGN) {
            self.between(cell, next);
        }
        if cell.is(is::WILD | is::VOWEL) {
            self.masked(node, cell, next);
        }
    }

    /// Adds it to `next`, where nothing is that goes on in the same way and is less of a disguise: cells that stand for several
    /// letters, and letters told several times, are read in more ways than anybody could follow.
    fn join(self, next: &mut Vec<Self>) {
        if !self.writing.is_readable() {
            return;
        }
        let same = next.iter_mut().find(|other| other.goes_on_as(&self));
        match same {
            Some(other) if self.writing.disguise() < other.writing.disguise() => *other = self,
            Some(_) => {}
            None => next.push(self),
        }
    }

    /// Whether what may follow, and what that would mean, is the same for both but for how they came here.
    fn goes_on_as(&self, other: &Self) -> bool {
        (self.node, self.entry, self.last) == (other.node, other.entry, other.last)
            && self.writing.manner() == other.writing.manner()
    }

    fn letter(&self, node: Node, cell: &Cell, next: &mut Vec<Self>) {
        let mut letters = cell.letters & node.children;
        if self.writing.spaced.is_some() && self.writing.gap == 0 {
            return;
        }
        while letters != 0 {
            let bit = letters & letters.wrapping_neg();
            letters ^= bit;
            let writing = self.writing.with(cell, bit);
            Self { node: node.child(bit), entry: self.entry, last: bit, writing }.join(next);
        }
    }

    /// What may stand between letters: the same between all of them, or a sign here or there.
    fn between(&self, cell: &Cell, next: &mut Vec<Self>) {
        let mut writing = self.writing;
        if writing.letters == 0 || self.last == JOINT || writing.mask.is_some() {
            return;
        }
        match writing.spaced {
            Some(between) if between == cell.raw && writing.gap < 2 => {
                writing.gap += 1;
                Self { writing, ..*self }.join(next);
            }
            None if writing.gap == 0 => {
                writing.gap = 1;
                if writing.letters == 1 && writing.stretch == 0 && self.entry == 0 && !writing.inside {
                    Self { writing: Writing { spaced: Some(cell.raw), ..writing }, ..*self }.join(next);
                }
                if writing.splits < 2 && splits(cell.raw) && !writing.inside {
                    writing.splits += 1;
                    Self { writing, ..*self }.join(next);
                }
            }
            _ => {}
        }
    }

    /// A sign in place of a letter, never of the first one.
    fn masked(&self, node: Node, cell: &Cell, next: &mut Vec<Self>) {
        if self.entry != 0 || self.last == JOINT || !self.writing.may_mask(cell.raw) {
            return;
        }
        let mut letters = node.children & !JOINT;
        if cell.is(is::VOWEL) && !matches!(cell.raw, '-' | '_') {
            letters &= VOWELS;
        }
        while letters != 0 && next.len() < READINGS {
            let bit = letters & letters.wrapping_neg();
            letters ^= bit;
            let mut writing = self.writing;
            writing.letters += 1;
            writing.guessed += 1;
            writing.wild += 1;
            writing.consonant |= bit & VOWELS == 0;
            writing.mask = Some(cell.raw);
            writing.open = true;
            // Each stands for a word of its own: none of them is the same as another.
            if writing.is_readable() {
                next.push(Self { node: node.child(bit), entry: 0, last: 0, writing });
            }
        }
    }
}

/// Whether `sign` masks whatever stands in its place, and may do so several times.
pub(super) fn is_heavy(sign: char) -> bool {
    matches!(sign, '*' | '#' | '•' | '●' | '█' | '■' | '%' | '&' | '-' | '_' | '∗')
}

/// Whether `sign` may stand between some letters of a word, where others only stand between all of them.
pub(super) fn splits(sign: char) -> bool {
    matches!(sign, '.' | '-' | '_' | '*' | '~' | '^' | '|' | '·' | '•')
}

// === impl Writing ===

impl Writing {
    /// What of it decides how a word may go on, and what a run of letters makes of it.
    fn manner(&self) -> (u8, Option<char>, Option<char>, u8, [u8; 3]) {
        let runs = [self.run.min(2), self.again.min(2), self.stretch.min(1)];
        (self.gap, self.spaced, self.mask, self.splits, runs)
    }

    /// How much of it is not as anybody would write the word.
    fn disguise(&self) -> u32 {
        let guessed = u32::from(self.wild) * 8;
        let read = [self.signs, self.digits, self.swapped, self.look, self.stretch].map(u32::from);
        guessed + read.iter().sum::<u32>()
    }

    /// Whether the last letter may be told again: no word is masked and stretched.
    fn may_stretch(&self) -> bool {
        self.mask.is_none() && (self.spaced.is_none() || self.again < MOST_APART)
    }

    /// Whether `sign` may stand for a letter: never for the first, always the same, a light one only once, and where nothing else is odd.
    fn may_mask(&self, sign: char) -> bool {
        let alike = self.mask.is_none_or(|mask| mask == sign && is_heavy(sign));
        alike && self.letters > 0 && self.gap == 0 && self.stretch == 0 && self.splits == 0
    }

    /// Whether enough of it is seen for a word to be recognised in the end.
    fn is_readable(&self) -> bool {
        let most = if self.real == 0 { MOST_READ_UNSEEN } else { MOST_READ };
        self.digits + self.signs <= most && (self.wild > 1 || self.guessed <= self.real + UNSEEN)
    }

    /// With one more letter, the one of `bit`, written as `cell`.
    fn with(mut self, cell: &Cell, bit: Letters) -> Self {
        self.gap = 0;
        if bit == JOINT {
            return self;
        }
        self.letters += 1;
        self.guessed += u8::from(!cell.is(is::LETTER));
        self.again = 0;
        self.open = false;
        self.see(cell, bit);
        self
    }

    /// With the last letter once more.
    fn stretched(mut self, cell: &Cell, last: Letters) -> Self {
        if last == JOINT {
            return self;
        }
        self.gap = 0;
        self.stretch += 1;
        self.again += 1;
        self.run = self.run.max(self.again);
        self.see(cell, last);
        self
    }

    fn see(&mut self, cell: &Cell, bit: Letters) {
        let first = self.real + self.digits + self.signs == 0;
        self.real += u8::from(cell.is(is::LETTER));
        self.digits += u8::from(cell.is(is::DIGIT));
        self.signs += u8::from(!cell.is(is::LETTER | is::DIGIT));
        self.look += u8::from(cell.is(is::LOOK));
        self.marked += u8::from(cell.is(is::MARKED));
        self.foreign += u8::from(cell.is(is::FOREIGN));
        self.veiled |= !first && cell.is(is::VEILED);
        self.soft |= !first && cell.is(is::SOFT);
        self.swapped += u8::from(cell.raw == 'v' && bit == tape::bit('u'));
        let upper = cell.is(is::UPPER);
        self.capitals += u8::from(upper);
        self.switches += u8::from(!first && cell.is(is::LETTER) && upper != self.was_upper);
        self.was_upper = upper;
    }
}
