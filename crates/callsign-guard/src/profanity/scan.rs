//! Where in a text a word may begin: a quick look at every place that never misses one and lets few others through.

use super::tape::{self, JOINT, Letters, is};
use super::words::Words;

/// How many classes of ASCII characters there may be.
const CLASSES: usize = 64;

/// Which three ASCII characters a word may begin with: for each pair of classes a row with a bit for each third class.
#[derive(Debug)]
pub(super) struct Scan {
    classes: Vec<u8>,
    all: Vec<u64>,
    inner: Vec<u64>,
}

/// What a look at a place knows of the characters from there on.
#[derive(Clone, Copy)]
struct Look<'l> {
    words: &'l Words,
    root: u32,
    text: &'l str,
}

/// How far into a word of the list a look is.
#[derive(Clone, Copy)]
struct Step {
    node: u32,
    last: Letters,
    depth: u8,
    at: usize,
}

// === impl Scan ===

impl Scan {
    /// Tries every three classes of characters on the words.
    pub(super) fn new(words: &Words) -> Self {
        let mut kinds = Vec::new();
        let mut classes = Vec::new();
        for byte in 0..128 {
            let kind = kind(byte);
            let known = kinds.iter().position(|&(known, _)| known == kind);
            classes.push(u8::try_from(known.unwrap_or(kinds.len())).unwrap_or_default());
            if known.is_none() {
                kinds.push((kind, byte));
            }
        }
        let bytes: Vec<u8> = kinds.iter().take(CLASSES).map(|&(_, byte)| byte).collect();
        Self { classes, all: rows(words, words.all, &bytes), inner: rows(words, words.inner, &bytes) }
    }

    /// Whether a word may begin with three bytes, of which the others may be missing or not ASCII.
    fn passes(&self, inside: bool, [first, second, third]: [u8; 3]) -> bool {
        let rows = if inside { &self.inner } else { &self.all };
        let class = |byte: u8| self.classes.get(usize::from(byte)).copied();
        let (Some(first), Some(second)) = (class(first), class(second)) else { return true };
        let row = rows.get(usize::from(first) * CLASSES + usize::from(second)).copied().unwrap_or_default();
        row != 0 && class(third).is_none_or(|third| row >> third & 1 != 0)
    }

    /// The first place at or after `from` where a word may begin.
    pub(super) fn next(&self, words: &Words, text: &str, from: usize) -> Option<usize> {
        let bytes = text.as_bytes();
        let mut at = from;
        let mut inside = inside(text, from);
        while let Some(&byte) = bytes.get(at) {
            if byte < 128 {
                let next = |ahead: usize| bytes.get(at + ahead).copied().unwrap_or(128);
                let root = if inside { words.inner } else { words.all };
                if self.passes(inside, [byte, next(1), next(2)])
                    && !is_repeated(bytes, at, 1)
                    && may_begin(words, root, text.get(at..).unwrap_or_default())
                {
                    return Some(at);
                }
                inside = byte.is_ascii_alphanumeric();
                at += 1;
                continue;
            }
            let character = text.get(at..).and_then(|rest| rest.chars().next())?;
            let Some((_, flags)) = tape::seen(character) else {
                at += character.len_utf8();
                continue;
            };
            let root = if inside { words.inner } else { words.all };
            let again = is_repeated(bytes, at, character.len_utf8());
            if !again && may_begin(words, root, text.get(at..).unwrap_or_default()) {
                return Some(at);
            }
            inside = flags & (is::LETTER | is::DIGIT) != 0;
            at += character.len_utf8();
        }
        None
    }
}

/// Whether the character of `length` bytes at `at` stands amid a run of itself: a word that begins with it was read from the run's
/// beginning, where the letter is repeated, or will be from its end.
fn is_repeated(bytes: &[u8], at: usize, length: usize) -> bool {
    let Some(first) = at.checked_sub(3 * length) else { return false };
    let run = bytes.get(first..at + 3 * length).unwrap_or_default();
    let mut each = run.chunks_exact(length);
    let Some(character) = each.next() else { return false };
    each.len() == 5 && each.all(|other| other == character)
}

/// Whether a letter or a digit stands before byte `from`.
fn inside(text: &str, from: usize) -> bool {
    let before = text.get(..from).unwrap_or_default();
    let flags = before.chars().rev().find_map(|character| tape::seen(character).map(|(_, flags)| flags));
    flags.is_some_and(|flags| flags & (is::LETTER | is::DIGIT) != 0)
}

/// What tells ASCII characters apart here: signs by themselves, others by their letters and what they are.
fn kind(byte: u8) -> (Letters, u16, u8) {
    let (letters, flags) = tape::ascii(byte.to_ascii_lowercase());
    (letters, flags, if flags & (is::SIGN | is::VOWEL | is::WILD) != 0 { byte } else { 0 })
}

/// For each pair of `bytes` a row with a bit for each third that a word of the tree at `root` may begin with.
fn rows(words: &Words, root: u32, bytes: &[u8]) -> Vec<u64> {
    let begins = |bytes: &[u8]| std::str::from_utf8(bytes).is_ok_and(|text| may_begin(words, root, text));
    let row = |first: u8, second: u8| {
        let thirds = bytes.iter().enumerate().filter(|&(_, &third)| begins(&[first, second, third]));
        if begins(&[first, second]) { thirds.fold(0, |row, (class, _)| row | 1 << class) } else { 0 }
    };
    let mut rows = vec![0; CLASSES * CLASSES];
    for (&first, rows) in bytes.iter().zip(rows.chunks_mut(CLASSES)).filter(|&(&first, _)| begins(&[first])) {
        for (&second, place) in bytes.iter().zip(rows) {
            *place = row(first, second);
        }
    }
    rows
}

/// Whether a word may begin with `text`, whatever follows.
fn may_begin(words: &Words, root: u32, text: &str) -> bool {
    (Look { words, root, text }).viable() || words.scripts.begins(text)
}

// === impl Look ===

impl Look<'_> {
    /// Whether a word of the tree may begin the text.
    fn viable(self) -> bool {
        let Some((character, letters, _)) = self.at(0) else { return true };
        self.children(Step { node: self.root, last: 0, depth: 0, at: 0 }, letters, character.len_utf8())
    }

    /// The character at byte `at`, its letters and what it is; `None` where the text ends.
    fn at(self, at: usize) -> Option<(char, Letters, u16)> {
        let byte = *self.text.as_bytes().get(at)?;
        if byte < 128 {
            let (letters, flags) = tape::ascii(byte);
            return Some((char::from(byte), letters, flags));
        }
        let character = self.text.get(at..)?.chars().next()?;
        let (letters, flags) = tape::seen(character).unwrap_or_default();
        Some((character, letters, flags))
    }

    /// Whether the word goes on with one of `letters`, and then with what follows.
    fn children(self, step: Step, letters: Letters, length: usize) -> bool {
        let node = self.words.forest.node(step.node);
        let mut letters = letters & node.children;
        while letters != 0 {
            let last = letters & letters.wrapping_neg();
            letters ^= last;
            if self.on(Step { node: node.child(last), last, depth: step.depth + 1, at: step.at + length }) {
                return true;
            }
        }
        false
    }

    /// Whether a word that has come to `step` may go on with what follows.
    fn on(self, step: Step) -> bool {
        let node = self.words.forest.node(step.node);
        if node.entry != 0 {
            return true;
        }
        let Some((character, letters, flags)) = self.at(step.at) else { return true };
        let length = character.len_utf8();
        if step.depth > 40 || flags == 0 && !character.is_ascii() {
            return true;
        }
        if flags & is::LETTER != 0 {
            let again = letters & step.last != 0
                && self.on(Step { at: step.at + length, depth: step.depth + 1, ..step });
            return again || self.children(step, letters, length);
        }
        if flags & (is::WILD | is::VOWEL | is::DIGIT) != 0 || letters & node.children & !JOINT != 0 {
            return true;
        }
        let again = step.last & letters & JOINT != 0
            && self.on(Step { at: step.at + length, depth: step.depth + 1, ..step });
        let joint = self.children(step, letters & JOINT, length);
        again || joint || flags & (is::SIGN | is::SPACE) != 0 && self.past(step, character)
    }

    /// Whether a word may go on after `sign` between its letters.
    fn past(self, step: Step, sign: char) -> bool {
        if self.root == self.words.inner || step.depth > 1 && !super::walk::splits(sign) {
            return false;
        }
        let Some((next, letters, flags)) = self.at(step.at + sign.len_utf8()) else { return true };
        let node = self.words.forest.node(step.node);
        // A letter alone, a sign, a letter, the sign again: all letters are set apart.
        let apart = step.depth == 1
            && (flags == 0 && !next.is_ascii()
                || next == sign
                || letters & (node.children | step.last) != 0
                    && self
                        .at(step.at + sign.len_utf8() + next.len_utf8())
                        .is_none_or(|(third, ..)| third == sign || !third.is_ascii()));
        let split = super::walk::splits(sign) && (flags == 0 || letters & (node.children | step.last) != 0);
        apart || split
    }
}
