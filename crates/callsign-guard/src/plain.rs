//! Texts without what hides values in them: zero-width characters dropped; wide, mathematical and foreign digits, wide letters, odd spaces and
//! odd hyphens as ASCII. Letters of other scripts stay what they are, and places lead back to the text as it came.

use std::ops::Range;

use crate::fold::{self, Look};

/// A text that holds something to be made plain, and the same made plain.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Plain {
    text: String,
    /// From which byte of the plain text on the original goes on at which byte.
    shifts: Vec<(usize, usize)>,
    /// The plain byte of a last character of which only the next would tell what it is.
    open: Option<usize>,
}

/// What a character that is not ASCII is made.
enum Made {
    /// Itself.
    Own,
    /// Nothing.
    Nothing,
    /// This byte.
    Byte(u8),
    /// This byte, if a letter or digit of ASCII stands beside it.
    Beside(u8),
    /// A hyphen, if digits or capitals stand on both sides.
    Dash,
}

/// What is made plain so far.
#[derive(Default)]
struct Making {
    plain: Plain,
    /// The last character that is seen.
    before: Option<char>,
    /// How many that are not seen have come since.
    unseen: usize,
    /// A character of which the next tells what it is: where it stands.
    pending: Option<(usize, char)>,
}

/// A longer run of what is not seen is seen as a break, so that what belongs together stays bounded.
const UNSEEN_RUN: usize = 16;
/// The first digit of every script that counts by tens and is written with Latin text, beside the wide and the mathematical ones.
const ZEROS: [char; 19] = [
    '\u{660}', '\u{6f0}', '\u{7c0}', '\u{966}', '\u{9e6}', '\u{a66}', '\u{ae6}', '\u{b66}', '\u{be6}',
    '\u{c66}', '\u{ce6}', '\u{d66}', '\u{e50}', '\u{ed0}', '\u{f20}', '\u{1040}', '\u{17e0}', '\u{1810}',
    '\u{ff10}',
];
/// From here on scripts need joiners and marks to write words at all.
const JOINED: char = '\u{600}';

impl Made {
    /// What becomes of `character`, which is not ASCII and stands behind `before`.
    fn of(character: char, before: Option<char>) -> Self {
        match character {
            '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => {
                Self::Byte(b' ')
            }
            '\u{2010}' | '\u{2011}' | '\u{2212}' | '\u{fe63}' | '\u{ff0d}' => Self::Byte(b'-'),
            '\u{2012}'..='\u{2015}' | '\u{b7}' | '\u{2022}' | '\u{2027}' | '\u{2043}' | '\u{30fc}' => {
                Self::Dash
            }
            '\u{2024}' | '\u{fe52}' => Self::Beside(b'.'),
            '\u{2044}' | '\u{2215}' => Self::Beside(b'/'),
            '\u{fe6b}' => Self::Byte(b'@'),
            '\u{ff01}'..='\u{ff5e}' => Self::wide(character),
            '\u{1d400}'..='\u{1d7ff}' => Self::mathematical(character),
            _ if before.is_none_or(|before| before < JOINED) && fold::look(character) == Look::Nothing => {
                Self::Nothing
            }
            _ => digit(character).map_or(Self::Own, Self::Byte),
        }
    }

    fn wide(character: char) -> Self {
        let narrow = u32::from(character) - 0xfee0;
        match u8::try_from(narrow) {
            Ok(byte) if byte.is_ascii_alphanumeric() || b"+@_".contains(&byte) => Self::Byte(byte),
            Ok(byte) => Self::Beside(byte),
            Err(_) => Self::Own,
        }
    }

    fn mathematical(character: char) -> Self {
        match fold::look(character) {
            Look::Like(byte) if character.is_uppercase() => Self::Byte(byte.to_ascii_uppercase()),
            Look::Like(byte) => Self::Byte(byte),
            _ => Self::Own,
        }
    }
}

fn digit(character: char) -> Option<u8> {
    let zero = ZEROS.iter().rev().find(|&&zero| zero <= character)?;
    let value = u8::try_from(u32::from(character) - u32::from(*zero)).ok()?;
    (value < 10).then(|| b'0' + value)
}

/// Whether `character` is drawn onto the one before it.
fn clings(character: char) -> bool {
    matches!(character, '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}' | '\u{fe00}'..='\u{fe0f}' | '\u{fe20}'..='\u{fe2f}')
}

// === impl Plain ===

impl Plain {
    /// `text` made plain; `None` if it is so already. What is ASCII throughout costs one quick look.
    pub(crate) fn of(text: &str) -> Option<Self> {
        if text.is_ascii() {
            return None;
        }
        let mut before = None;
        let strange = |(at, character): (usize, char)| {
            let plain = character.is_ascii() || matches!(Made::of(character, before), Made::Own);
            before = Some(character);
            (!plain).then_some(at)
        };
        let first = text.char_indices().find_map(strange)?;
        let mut making = Making::default();
        let head = text.get(..first).unwrap_or_default();
        making.plain.text.reserve(text.len());
        making.plain.text.push_str(head);
        making.before = head.chars().next_back();
        for (at, character) in text.char_indices().skip_while(|(at, _)| *at < first) {
            making.take(at, character);
        }
        Some(making.finish())
    }

    /// The whole text.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// As much of it as is so whatever follows the original.
    pub(crate) fn certain(&self) -> &str {
        self.open.and_then(|open| self.text.get(..open)).unwrap_or(&self.text)
    }

    /// Where in the original that stands which made plain byte `at`.
    pub(crate) fn place(&self, at: usize) -> usize {
        let next = self.shifts.partition_point(|&(plain, _)| plain <= at);
        let shift = next.checked_sub(1).and_then(|last| self.shifts.get(last));
        shift.map_or(at, |&(plain, original)| original + at - plain)
    }

    /// The first plain byte that stands at or behind byte `original` of the original.
    pub(crate) fn behind(&self, original: usize) -> usize {
        let next = self.shifts.partition_point(|&(_, place)| place <= original);
        let shift = next.checked_sub(1).and_then(|last| self.shifts.get(last));
        let at = shift.map_or(original, |&(plain, place)| plain + original - place);
        self.shifts.get(next).map_or(at, |&(plain, _)| at.min(plain))
    }

    /// What of `original` a part of the plain text stands for: with all that hides within and with what is drawn onto its last character.
    pub(crate) fn span(&self, original: &str, span: &Range<usize>) -> Range<usize> {
        let start = self.place(span.start);
        let Some(last) = span.end.checked_sub(1).filter(|&last| last >= span.start) else {
            return start..start;
        };
        let mut end = original.ceil_char_boundary(self.place(last) + 1);
        let rest = original.get(end..self.settled(original, span.end)).unwrap_or_default();
        end +=
            rest.chars().take(UNSEEN_RUN).take_while(|&next| clings(next)).map(char::len_utf8).sum::<usize>();
        start..end
    }

    /// The byte of `original` up to which all is settled if that is so of the plain text up to `settled`.
    pub(crate) fn settled(&self, original: &str, settled: usize) -> usize {
        if settled >= self.text.len() { original.len() } else { self.place(settled) }
    }
}

// === impl Making ===

impl Making {
    fn take(&mut self, at: usize, character: char) {
        let made = if character.is_ascii() { Made::Own } else { Made::of(character, self.before) };
        if matches!(made, Made::Nothing) {
            self.unseen += 1;
            if self.unseen <= UNSEEN_RUN {
                return;
            }
            return self.see(at, character, character);
        }
        self.unseen = 0;
        match made {
            Made::Byte(byte) => self.see(at, character, char::from(byte)),
            Made::Beside(byte) if self.before.is_some_and(|before| before.is_ascii_alphanumeric()) => {
                self.see(at, character, char::from(byte));
            }
            Made::Beside(_) | Made::Dash => {
                self.decide(None);
                self.pending = Some((at, character));
            }
            Made::Own | Made::Nothing => self.see(at, character, character),
        }
    }

    /// Adds `character` of the original as what it is `made`.
    fn see(&mut self, at: usize, character: char, made: char) {
        self.decide(Some(made));
        self.push(at, character, made);
    }

    fn push(&mut self, at: usize, character: char, made: char) {
        let here = self.plain.text.len();
        if self.plain.place(here) != at {
            self.plain.shifts.push((here, at));
        }
        self.plain.text.push(made);
        self.before = Some(made);
        if made != character {
            self.plain.shifts.push((here + made.len_utf8(), at + character.len_utf8()));
        }
    }

    /// Adds what the character that comes `next` decides.
    fn decide(&mut self, next: Option<char>) {
        let Some((at, character)) = self.pending.take() else { return };
        let made = match Made::of(character, self.before) {
            Made::Beside(byte) if next.is_some_and(|next| next.is_ascii_alphanumeric()) => char::from(byte),
            Made::Dash if self.before.is_some_and(|before| parts(before) || before == ')') => {
                if next.is_some_and(|next| parts(next) || next == '(') { '-' } else { character }
            }
            _ => character,
        };
        self.push(at, character, made);
    }

    fn finish(mut self) -> Plain {
        if self.pending.is_some() {
            self.plain.open = Some(self.plain.text.len());
        }
        self.decide(None);
        self.plain
    }
}

/// Whether what is written in groups may have `character` beside a hyphen.
fn parts(character: char) -> bool {
    character.is_ascii_digit() || character.is_ascii_uppercase()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Plain;

    fn plain(text: &str) -> String {
        Plain::of(text).map_or_else(|| text.to_owned(), |plain| plain.text().to_owned())
    }

    #[test]
    fn what_hides_values_is_taken_away() {
        for (text, expected) in [
            ("４１１１－１１１１　１１１１", "4111-1111 1111"),
            ("4\u{200b}1\u{ad}1\u{2060}1", "4111"),
            ("4\u{332}1\u{20e3}", "41"),
            ("ｊｏｈｎ＠Ｅｘａｍｐｌｅ．ｃｏｍ", "john@Example.com"),
            ("𝟺𝟏𝟙 𝐉𝐨𝐡𝐧", "411 John"),
            ("٤١١١ ४१११", "4111 4111"),
            ("555\u{a0}123\u{202f}4", "555 123 4"),
            ("555–123—4 — (5)–1", "555-123-4 — (5)-1"),
            ("call me—555", "call me—555"),
            ("電話：０３（１２３４）５６", "電話:03(1234)56"),
            ("中文，没有数字。", "中文，没有数字。"),
            ("می\u{200c}روم e\u{301}", "می\u{200c}روم e"),
            ("café ñandú", "café ñandú"),
            ("–", "–"),
        ] {
            assert_eq!(plain(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_long_run_of_what_is_not_seen_is_a_break() {
        let run = "\u{200b}".repeat(20);
        assert_eq!(plain(&format!("1{run}2")), format!("1{}2", "\u{200b}".repeat(4)));
    }

    #[test]
    fn texts_that_hide_nothing_are_not_copied() {
        for text in ["", "ASCII", "Zürich, Łódź und 東京", "Привет, мир"] {
            assert_eq!(Plain::of(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn places_lead_back(text in "[a1 A)\u{200b}\u{301}１ａ－，–\u{a0}é日]{0,24}") {
            let Some(plain) = Plain::of(&text) else { return Ok(()) };
            let mut last = 0;
            for (at, character) in plain.text().char_indices() {
                let span = plain.span(&text, &(at..at + character.len_utf8()));
                prop_assert!(text.is_char_boundary(span.start) && text.is_char_boundary(span.end));
                prop_assert!(last <= span.start && span.start < span.end);
                prop_assert_eq!(plain.behind(span.start), at);
                last = span.end;
            }
            prop_assert!(plain.settled(&text, plain.text().len()) == text.len());
        }

        /// What is certain of a beginning stays so.
        #[test]
        fn what_is_certain_stays(text in "[a1A)\u{200b}\u{301}１ａ－，–：日]{0,16}") {
            for (cut, _) in text.char_indices() {
                let beginning = text.get(..cut).unwrap();
                let certain = Plain::of(beginning).map_or_else(|| beginning.to_owned(), |plain| plain.certain().to_owned());
                prop_assert!(plain(&text).starts_with(&certain), "{certain:?} of {beginning:?}");
            }
        }
    }
}
