//! Finds what is written so that a filter would not read it, and writes it out; bounded in depth, in number and in length.

mod coded;
mod spaced;

use super::cipher::{self, BACKWARDS};
use super::features::Clues;
use super::lexicon::Lexicon;

/// How a text was hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hiding {
    /// Not at all.
    Plain,
    /// Letters or parts of words set apart.
    Spaced,
    /// Base64 or base32.
    Base,
    /// Numbers for characters: hexadecimal, binary, decimal, Morse.
    Numbers,
    /// Escapes for characters, as in addresses and pages.
    Escapes,
    /// Another letter for each letter.
    Cipher,
    /// Backwards.
    Backwards,
    /// Characters that cannot be seen.
    Unseen,
}

/// How many ways there are, with none.
pub const WAYS: usize = 8;

/// What was written out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) hiding: Hiding,
    pub(super) text: String,
}

/// Pieces of one text that are looked at.
const MOST: usize = 32;
/// Bytes of a text that a cipher is solved in; one that is longer is looked at from its start.
const SOLVED: usize = 16 * 1024;

// === impl Hiding ===

impl Hiding {
    /// Whether what was hidden so may hide something again.
    pub(super) fn may_nest(self) -> bool {
        matches!(self, Self::Base | Self::Numbers | Self::Escapes | Self::Unseen)
    }
}

/// Everything hidden in `text`, of which a first reading left `clues`.
pub(super) fn unmask(text: &str, clues: &Clues, lexicon: &Lexicon) -> Vec<Piece> {
    let mut pieces = Vec::new();
    if may_be_unseen(text) {
        unseen(text, &mut pieces);
    }
    coded::find(text, &mut pieces);
    turned(text, clues, &mut pieces);
    let respelled =
        clues.letters > 4 || clues.joined > 2 && clues.joined * 6 > clues.words.min(600) || clues.latin > 2;
    if let Some(text) = respelled.then(|| spaced::respell(head(text), lexicon)).flatten() {
        pieces.push(Piece { hiding: Hiding::Spaced, text });
    }
    pieces.truncate(MOST);
    pieces
}

/// The start of a text, cut between characters.
fn head(text: &str) -> &str {
    text.get(..text.floor_char_boundary(SOLVED)).unwrap_or(text)
}

/// The text solved by the cipher that most of its telling words are in.
fn turned(text: &str, clues: &Clues, pieces: &mut Vec<Piece>) {
    let counts = clues.ciphers.iter().zip(0_u8..);
    let Some((&count, cipher)) = counts.max_by_key(|(count, _)| **count) else { return };
    let count = usize::try_from(count).unwrap_or(0);
    if count < 2 || count * 40 < clues.words && count < 8 {
        return;
    }
    let text = head(text);
    if cipher != BACKWARDS {
        pieces.push(Piece { hiding: Hiding::Cipher, text: cipher::solve(text, cipher) });
        return;
    }
    pieces.push(Piece { hiding: Hiding::Backwards, text: cipher::solve(text, BACKWARDS) });
    let words: Vec<_> = text.split_whitespace().map(|word| cipher::solve(word, BACKWARDS)).collect();
    pieces.push(Piece { hiding: Hiding::Backwards, text: words.join(" ") });
}

/// Whether the first two bytes of such characters are anywhere; without a branch, so that many bytes are looked at at once.
fn may_be_unseen(text: &str) -> bool {
    let pairs =
        text.bytes().zip(text.bytes().skip(1)).map(|(first, second)| u16::from_be_bytes([first, second]));
    pairs.fold(0, |found, pair| found | u8::from(matches!(pair, 0xEFB8 | 0xF3A0))) != 0
}

/// What is written in tag characters, or in the selectors that hang on a picture.
fn unseen(text: &str, pieces: &mut Vec<Piece>) {
    let (mut tags, mut bytes) = (String::new(), Vec::new());
    for letter in text.chars() {
        match u32::from(letter) {
            code @ 0xE0020..=0xE007E => tags.extend(char::from_u32(code - 0xE0000)),
            code @ 0xFE00..=0xFE0F => bytes.extend(u8::try_from(code - 0xFE00)),
            code @ 0xE0100..=0xE01EF => bytes.extend(u8::try_from(code - 0xE0100 + 16)),
            _ => {}
        }
    }
    for text in [Some(tags), String::from_utf8(bytes).ok()].into_iter().flatten() {
        if text.chars().filter(char::is_ascii_alphabetic).count() > 5 {
            pieces.push(Piece { hiding: Hiding::Unseen, text });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_characters_that_carry_text_unseen_are_worth_a_look() {
        for text in ["a\u{E0041}b", "x\u{FE00}", "\u{FE0F}", "\u{E0100}"] {
            assert!(may_be_unseen(text), "{text:?}");
        }
        for text in ["", "plain", "\u{FEFF}mark", "full ｗｉｄｔｈ", "\u{FFFD}", "\u{F0000}"] {
            assert!(!may_be_unseen(text), "{text:?}");
        }
    }
}
