//! A text as a row of cells: what is seen of it, each cell with the letters it may stand for.

use std::cell::Cell as Mark;

use crate::fold::{self, Look};

/// A set of letters: bits 0 to 25 are Latin, 26 to 57 Cyrillic, then ñ ö ä ü å, and last the joint between the words of a phrase.
pub(super) type Letters = u64;

/// The joint between the words of a phrase: spaces, a hyphen or an underscore.
pub(super) const JOINT: Letters = 1 << 63;
/// The Cyrillic letters.
pub(super) const CYRILLIC: Letters = 0xffff_ffff << 26;
/// The vowels, of both scripts.
pub(super) const VOWELS: Letters =
    word("aeiouy") | 1 << 26 | 1 << 31 | 1 << 34 | 1 << 40 | 1 << 45 | 1 << 54 | 1 << 56 | 1 << 57;

/// Letters that need their mark: without it they are others.
const MARKED_LETTERS: [char; 5] = ['ñ', 'ö', 'ä', 'ü', 'å'];
/// Cyrillic letters and the Latin ones that look like them.
const TWINS: [(char, char); 16] = [
    ('а', 'a'),
    ('в', 'b'),
    ('с', 'c'),
    ('е', 'e'),
    ('н', 'h'),
    ('к', 'k'),
    ('м', 'm'),
    ('о', 'o'),
    ('р', 'p'),
    ('т', 't'),
    ('у', 'y'),
    ('х', 'x'),
    ('г', 'r'),
    ('п', 'n'),
    ('и', 'u'),
    ('у', 'u'),
];
/// What is seen of a longer run of unseen characters: a break, so that what is looked at stays bounded.
pub(super) const UNSEEN_RUN: usize = 16;

/// What a cell is; several at once.
pub(super) mod is {
    pub(crate) const LETTER: u16 = 1;
    pub(crate) const UPPER: u16 = 1 << 1;
    pub(crate) const DIGIT: u16 = 1 << 2;
    pub(crate) const SPACE: u16 = 1 << 3;
    /// Punctuation that may stand between the letters of a disguised word.
    pub(crate) const SIGN: u16 = 1 << 4;
    /// May be put in place of any letter.
    pub(crate) const WILD: u16 = 1 << 5;
    /// May be put in place of a vowel.
    pub(crate) const VOWEL: u16 = 1 << 6;
    /// Looks like a letter without being one of any language's alphabet.
    pub(crate) const LOOK: u16 = 1 << 7;
    /// A letter with a mark, such as an accent.
    pub(crate) const MARKED: u16 = 1 << 8;
    /// A common letter of another script that has look-alikes here.
    pub(crate) const FOREIGN: u16 = 1 << 9;
    /// Something unseen, other than a soft hyphen or an accent, stands before it.
    pub(crate) const VEILED: u16 = 1 << 10;
    /// A soft hyphen stands before it.
    pub(crate) const SOFT: u16 = 1 << 11;
}

/// One thing seen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cell {
    /// Its first byte in the text.
    pub(super) at: usize,
    /// The byte after it.
    pub(super) end: usize,
    /// The letters it may stand for.
    pub(super) letters: Letters,
    /// The character itself, as a small letter.
    pub(super) raw: char,
    /// What it is.
    pub(super) flags: u16,
}

/// The cells of a text, and whether anyone has looked past their end.
#[derive(Debug, Default)]
pub(super) struct Tape {
    cells: Vec<Cell>,
    overrun: Mark<bool>,
}

// === impl Tape ===

impl Tape {
    /// The cells of `text`, which begins at byte `base` of the whole.
    pub(super) fn of(text: &str, base: usize) -> Self {
        let mut cells: Vec<Cell> = Vec::with_capacity(text.len());
        let (mut unseen, mut veil) = (0, 0);
        for (offset, character) in text.char_indices() {
            let at = base + offset;
            let mut seen =
                Cell { at, end: at + character.len_utf8(), letters: 0, raw: character, flags: veil };
            if character.is_ascii() {
                seen.fill_ascii(character);
                cells.push(seen);
            } else if !seen.fill(character, &mut cells) {
                unseen += 1;
                if unseen > UNSEEN_RUN {
                    cells.push(seen);
                }
                veil |= veil_of(character);
                continue;
            }
            (unseen, veil) = (0, 0);
        }
        Self { cells, overrun: Mark::new(false) }
    }

    /// The number of the cell that begins at byte `at`.
    pub(super) fn index(&self, at: usize) -> usize {
        self.cells.partition_point(|cell| cell.at < at)
    }

    /// Cell `index`; asking past the end is remembered.
    pub(super) fn get(&self, index: usize) -> Option<&Cell> {
        let cell = self.cells.get(index);
        if cell.is_none() {
            self.overrun.set(true);
        }
        cell
    }

    /// The cell before `index`.
    pub(super) fn before(&self, index: usize) -> Option<&Cell> {
        index.checked_sub(1).and_then(|before| self.cells.get(before))
    }

    /// Whether cell `index` is one of `flags`.
    pub(super) fn has(&self, index: usize, flags: u16) -> bool {
        self.get(index).is_some_and(|cell| cell.is(flags))
    }

    /// Whether the cell before `index` is one of `flags`.
    pub(super) fn had(&self, index: usize, flags: u16) -> bool {
        self.before(index).is_some_and(|cell| cell.is(flags))
    }

    /// Its cells.
    pub(super) fn cells(&self) -> &[Cell] {
        &self.cells
    }

    /// Whether anyone has looked past the end since this was asked last.
    pub(super) fn overrun(&self) -> bool {
        self.overrun.replace(false)
    }
}

// === impl Cell ===

impl Cell {
    /// Whether it is one of `flags`.
    pub(super) fn is(&self, flags: u16) -> bool {
        self.flags & flags != 0
    }

    fn fill_ascii(&mut self, character: char) {
        if let Some(&(letters, flags)) =
            usize::try_from(u32::from(character)).ok().and_then(|at| ASCII.get(at))
        {
            self.letters = letters;
            self.flags |= flags;
            self.raw = character.to_ascii_lowercase();
        }
    }

    /// Adds the cells of a character that is not ASCII; `false` if nothing is seen of it.
    fn fill(mut self, character: char, cells: &mut Vec<Self>) -> bool {
        let look = fold::look(character);
        self.raw = small(character);
        match look {
            Look::Nothing => return false,
            Look::Like(like) => cells.push(self.like(character, like)),
            Look::Pair(first, second) => {
                cells.push(self.like(character, first));
                cells.push(self.like(character, second));
            }
            Look::Own(own) => {
                self.letters = bit(own);
                self.flags |= kind_of(character);
                cells.push(self);
            }
        }
        true
    }

    /// As what looks `like` an ASCII character.
    fn like(mut self, character: char, like: u8) -> Self {
        let (letters, flags) = ASCII.get(usize::from(like)).copied().unwrap_or_default();
        self.letters = letters | bit(self.raw);
        self.flags |= flags | strangeness(character);
        if character.is_uppercase() {
            self.flags |= is::UPPER;
        }
        self
    }
}

/// The letters of an ASCII character, and what it is.
pub(super) fn ascii(byte: u8) -> (Letters, u16) {
    ASCII.get(usize::from(byte)).copied().unwrap_or_default()
}

/// The letters that the first cell of `character` may stand for, and what it is; `None` if nothing is seen of it.
pub(super) fn seen(character: char) -> Option<(Letters, u16)> {
    if let Ok(byte) = u8::try_from(character)
        && byte.is_ascii()
    {
        return Some(ascii(byte));
    }
    match fold::look(character) {
        Look::Nothing => None,
        Look::Like(like) => {
            let (letters, flags) = ascii(like);
            Some((letters | bit(small(character)), flags | strangeness(character)))
        }
        // What is two cells is left for a closer look.
        Look::Pair(first, _) => Some((ascii(first).0, 0)),
        Look::Own(own) => Some((bit(own), kind_of(character))),
    }
}

/// What a character that is no look-alike is.
fn kind_of(character: char) -> u16 {
    if character.is_whitespace() {
        return is::SPACE;
    }
    let foreign = if common_foreign(character) { is::FOREIGN } else { 0 };
    let upper = if character.is_uppercase() { is::UPPER } else { 0 };
    match character {
        '•' | '●' | '█' | '■' | '▓' | '○' | '★' | '∗' | '⁎' | '✱' | '✶' => {
            is::SIGN | is::WILD
        }
        '·' | '–' | '—' | '‐' | '‑' | '…' | '‧' | '・' => is::SIGN,
        _ if character.is_alphabetic() => is::LETTER | foreign | upper,
        _ if character.is_numeric() => is::DIGIT,
        _ => 0,
    }
}

/// In which way a look-alike is not the plain letter.
fn strangeness(character: char) -> u16 {
    match character {
        _ if common_foreign(character) => is::FOREIGN,
        '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' => is::MARKED,
        _ => is::LOOK,
    }
}

/// Whether `character` is a letter of everyday Greek, Russian or Armenian.
fn common_foreign(character: char) -> bool {
    matches!(character, '\u{370}'..='\u{3ff}' | '\u{410}'..='\u{44f}' | '\u{401}' | '\u{451}' | '\u{531}'..='\u{587}' | '\u{1f00}'..='\u{1fff}')
}

/// What an unseen character makes of the next cell: accents and marks of other scripts belong to how words are written.
fn veil_of(unseen: char) -> u16 {
    match unseen {
        '\u{ad}' => is::SOFT,
        '\u{300}'..='\u{36f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' => 0,
        _ => is::VEILED,
    }
}

/// The small letter of `character`, `ё` as `е`.
pub(super) fn small(character: char) -> char {
    if character.is_ascii() {
        return character.to_ascii_lowercase();
    }
    match character.to_lowercase().next() {
        Some('ё') => 'е',
        Some(small) => small,
        None => character,
    }
}

/// The bit of a letter; none for what is no letter here.
#[expect(clippy::indexing_slicing, reason = "the loop ends where the table does")]
pub(super) const fn bit(letter: char) -> Letters {
    match letter {
        'a'..='z' => 1 << (letter as u32 - 'a' as u32),
        'а'..='я' => 1 << (letter as u32 - 'а' as u32 + 26),
        'ё' => 1 << 31,
        ' ' => JOINT,
        _ => {
            let mut at = 0;
            while at < MARKED_LETTERS.len() {
                if MARKED_LETTERS[at] == letter {
                    return 1 << (58 + at);
                }
                at += 1;
            }
            0
        }
    }
}

/// The bits of a few Latin letters.
#[expect(clippy::indexing_slicing, reason = "the loop ends where the table does")]
const fn word(letters: &str) -> Letters {
    let bytes = letters.as_bytes();
    let (mut set, mut at) = (0, 0);
    while at < bytes.len() {
        set |= bit(bytes[at] as char);
        at += 1;
    }
    set
}

/// What each ASCII character may stand for, and what it is.
#[expect(clippy::indexing_slicing, clippy::cast_possible_truncation, reason = "the loop ends at 128")]
static ASCII: [(Letters, u16); 128] = {
    let mut table = [(0, 0); 128];
    let mut at = 0;
    while at < 128 {
        let character = at as u8 as char;
        table[at] = (ascii_letters(character), ascii_flags(character));
        at += 1;
    }
    table
};

const fn ascii_letters(character: char) -> Letters {
    let small = character.to_ascii_lowercase();
    match small {
        'v' => word("vu"),
        'a'..='z' => bit(small) | twins(small),
        '0' => word("o") | bit('о'),
        '1' | '|' | '!' => word("il"),
        '3' => word("e") | bit('з') | bit('е'),
        '4' => word("a") | bit('ч') | bit('а'),
        '@' => word("a") | bit('а'),
        '5' | '$' => word("s"),
        '6' => word("gb") | bit('б'),
        '7' | '+' => word("t"),
        '8' => word("b") | bit('в'),
        '9' => word("g"),
        ' ' | '\t' | '\n' | '\r' | '-' | '_' => JOINT,
        _ => 0,
    }
}

const fn ascii_flags(character: char) -> u16 {
    match character {
        'a'..='z' => is::LETTER,
        'A'..='Z' => is::LETTER | is::UPPER,
        '0'..='9' => is::DIGIT,
        ' ' | '\t' | '\n' | '\r' => is::SPACE,
        '*' | '#' => is::SIGN | is::WILD,
        '%' | '&' | '?' => is::WILD,
        '@' | '$' | '!' => is::VOWEL,
        '-' | '_' => is::SIGN | is::VOWEL,
        '.' | '~' | '^' | '\'' | '`' | '|' | '\\' | '/' | ',' | '=' | '+' | ':' => is::SIGN,
        _ => 0,
    }
}

/// The Cyrillic letters that look like `small`.
#[expect(clippy::indexing_slicing, reason = "the loop ends where the table does")]
const fn twins(small: char) -> Letters {
    let (mut set, mut at) = (0, 0);
    while at < TWINS.len() {
        if TWINS[at].1 as u32 == small as u32 {
            set |= bit(TWINS[at].0);
        }
        at += 1;
    }
    set
}
