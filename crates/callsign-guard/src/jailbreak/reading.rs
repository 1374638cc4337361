//! Reads a text word by word, whatever it is dressed up as; knows nothing of what the words are worth.

use super::hash::{self, spread};
use super::lexicon::{Lexicon, PREFIXES};
use super::spelling::{self, Reading, Sort};

/// How a word was dressed up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dress {
    /// In letters made for show.
    Styled,
    /// With characters in it that cannot be seen.
    Hidden,
    /// With letters of other alphabets that look the same.
    Alike,
    /// With digits and signs for letters.
    Leet,
    /// With heaps of accents.
    Heaped,
}

/// One word.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Token {
    /// The whole word's hash.
    pub(super) hash: u64,
    /// Those of its first letters, as many as `PREFIXES` says; zero where it is no longer than that.
    pub(super) stems: [u64; 3],
    /// How many letters it has.
    pub(super) length: usize,
    /// Whether it is one of those scripts that put no space between words.
    pub(super) alone: bool,
    /// Whether something other than a space or nothing stood before it.
    pub(super) joined: bool,
}

/// What takes the words of a text, in order.
pub(super) trait Reader {
    /// Four letters in a row within a word.
    fn gram(&mut self, hash: u64);
    /// A word.
    fn word(&mut self, token: &Token);
    /// So many of one mark in a row.
    fn mark(&mut self, mark: char, count: usize);
    /// The word that comes next was dressed up.
    fn dressed(&mut self, dress: Dress);
    /// The last letter of the word just read, the one before it, and how many it has.
    fn spelled(&mut self, last: Option<char>, before: Option<char>, length: usize);
}

/// Letters of a word that count; longer ones are no words.
const LONGEST: usize = 40;

/// A word being read.
#[derive(Debug, Default)]
struct Draft {
    letters: Vec<char>,
    styled: usize,
    hidden: usize,
    accents: usize,
    signs: usize,
    wide: bool,
}

/// Reads `text` to `reader`.
pub(super) fn read<R: Reader>(text: &str, lexicon: &Lexicon, reader: &mut R) {
    let mut draft = Draft::default();
    let mut run = Run::default();
    let mut rest = text;
    loop {
        if draft.is_fresh()
            && let Some((word, after)) = plain(rest)
        {
            run.flush(reader);
            tell(word, lexicon, reader, &mut run);
            // The space that follows most words says nothing.
            rest = after.strip_prefix(' ').unwrap_or(after);
            continue;
        }
        let mut letters = rest.chars();
        let Some(letter) = letters.next() else { break };
        rest = letters.as_str();
        match spelling::sort(letter) {
            Sort::Letter(plain) => draft.push(plain),
            Sort::Styled(plain) => {
                draft.styled += 1;
                draft.push(plain);
            }
            Sort::Hidden => draft.hidden += 1,
            Sort::Accent => draft.accents += 1,
            Sort::Mark if is_sign(letter) && draft.goes_on(rest.chars().next()) => {
                draft.signs += 1;
                draft.push(letter);
                continue;
            }
            sort => {
                draft.finish(lexicon, reader, &mut run);
                run.step(letter, sort, reader);
                continue;
            }
        }
        if draft.letters.len() == 1 {
            run.flush(reader);
        }
    }
    draft.finish(lexicon, reader, &mut run);
    run.flush(reader);
}

/// A word of nothing but ASCII letters at the start of a text, and what follows it: most words, and they need no closer look.
fn plain(text: &str) -> Option<(&[u8], &str)> {
    let bytes = text.as_bytes();
    let end = bytes.iter().position(|byte| !byte.is_ascii_alphabetic()).unwrap_or(bytes.len());
    let next = bytes.get(end).copied().unwrap_or(b' ');
    let goes_on =
        !next.is_ascii() || next.is_ascii_digit() || matches!(next, b'_') || is_sign(char::from(next));
    if end == 0 || end > LONGEST || goes_on {
        return None;
    }
    let (_, after) = text.split_at_checked(end)?;
    Some((bytes.get(..end)?, after))
}

/// Tells `reader` of a word that `plain` found.
fn tell<R: Reader>(word: &[u8], lexicon: &Lexicon, reader: &mut R, run: &mut Run) {
    let letters = || word.iter().map(|byte| char::from(byte.to_ascii_lowercase()));
    let mut token = token(letters());
    token.joined = std::mem::take(&mut run.joined);
    if !lexicon.knows(token.hash) {
        grams(letters(), word.len(), reader);
    }
    reader.word(&token);
    reader.spelled(letters().next_back(), letters().nth_back(1), word.len());
}

/// What is to be known of a word of these letters.
fn token(letters: impl Iterator<Item = char>) -> Token {
    let (mut token, mut hash) = (Token::default(), hash::EMPTY);
    for letter in letters {
        hash = hash::letter(hash, letter);
        token.length += 1;
        if let Some(stem) = token.length.checked_sub(PREFIXES[0]).and_then(|place| token.stems.get_mut(place))
        {
            *stem = spread(hash);
        }
    }
    token.hash = spread(hash);
    token
}

/// Each four letters in a row, the word's end counted as a letter.
fn grams<R: Reader>(letters: impl Iterator<Item = char>, length: usize, reader: &mut R) {
    if length < 4 {
        return;
    }
    let mut last = 1_u64;
    for (place, letter) in letters.chain(['\u{2}']).enumerate() {
        last = last << 16 | u64::from(u32::from(letter) & 0xFFFF);
        if place > 1 {
            reader.gram(last);
        }
    }
}

/// Marks between words, gathered while they repeat.
#[derive(Debug, Default)]
struct Run {
    mark: Option<char>,
    count: usize,
    joined: bool,
}

/// Whether a sign may stand for a letter.
fn is_sign(letter: char) -> bool {
    matches!(letter, '@' | '$' | '!' | '|' | '+' | '€')
}

// === impl Run ===

impl Run {
    fn step<R: Reader>(&mut self, letter: char, sort: Sort, reader: &mut R) {
        match sort {
            Sort::Alone(plain) => {
                self.flush(reader);
                let hash = spread(hash::letter(hash::EMPTY, plain));
                reader.word(&Token { hash, length: 1, alone: true, ..Token::default() });
            }
            Sort::Mark if self.mark == Some(letter) => self.count += 1,
            Sort::Mark | Sort::Line => {
                self.flush(reader);
                self.mark = Some(if sort == Sort::Line { '\n' } else { letter });
                self.count = 1;
                self.joined = sort == Sort::Mark;
            }
            _ => {
                self.flush(reader);
                self.joined = false;
            }
        }
    }

    fn flush<R: Reader>(&mut self, reader: &mut R) {
        if let Some(mark) = self.mark.take() {
            reader.mark(mark, self.count);
        }
    }
}

// === impl Draft ===

impl Draft {
    #[inline]
    fn push(&mut self, letter: char) {
        self.wide |= !letter.is_ascii();
        if self.letters.len() < LONGEST {
            self.letters.push(letter);
        }
    }

    /// Whether a sign here is within a word.
    fn goes_on(&self, next: Option<char>) -> bool {
        !self.letters.is_empty() && next.is_some_and(|next| next.is_alphanumeric() || is_sign(next))
    }

    /// Whether nothing of a word has been read.
    fn is_fresh(&self) -> bool {
        self.letters.is_empty() && self.hidden + self.accents + self.styled + self.signs == 0
    }

    #[inline]
    fn finish<R: Reader>(&mut self, lexicon: &Lexicon, reader: &mut R, run: &mut Run) {
        if self.letters.is_empty() {
            self.hidden = 0;
        } else {
            self.tell(lexicon, reader, run);
        }
    }

    fn tell<R: Reader>(&mut self, lexicon: &Lexicon, reader: &mut R, run: &mut Run) {
        let dress = self.undress(lexicon);
        let mut token = token(self.letters.iter().copied());
        token.joined = std::mem::take(&mut run.joined);
        if !lexicon.knows(token.hash) {
            grams(self.letters.iter().copied(), self.letters.len(), reader);
        }
        if let Some(dress) = dress {
            reader.dressed(dress);
        }
        reader.word(&token);
        let [first_last, last] = [1, 0].map(|back| self.letters.iter().copied().nth_back(back));
        reader.spelled(last, first_last, self.letters.len());
        self.letters.clear();
        (self.styled, self.hidden, self.accents, self.signs, self.wide) = (0, 0, 0, 0, false);
    }

    /// Writes the word as it is meant to be read, and says how it was dressed up.
    fn undress(&mut self, lexicon: &Lexicon) -> Option<Dress> {
        let latin = self.letters.iter().filter(|letter| letter.is_ascii_lowercase()).count();
        if self.wide && latin > 0 && latin < self.letters.len() {
            let mut alike = 0;
            for letter in &mut self.letters {
                if let Some(plain) = spelling::latin(*letter) {
                    (*letter, alike) = (plain, alike + 1);
                }
            }
            if alike > 0 {
                return Some(Dress::Alike);
            }
        }
        let digits = self.letters.iter().filter(|letter| letter.is_ascii_digit()).count();
        if self.signs + digits > 0 && self.letters.len() > 2 && latin > 0 && self.unleet(lexicon) {
            return Some(Dress::Leet);
        }
        match () {
            () if self.hidden > 0 && latin > 1 => Some(Dress::Hidden),
            () if self.styled > 1 => Some(Dress::Styled),
            () if self.accents > 2 && latin > 0 => Some(Dress::Heaped),
            () => None,
        }
    }

    /// Reads digits as letters where that makes a word that is known.
    fn unleet(&mut self, lexicon: &Lexicon) -> bool {
        for reading in [Reading::First, Reading::Second] {
            let plain = self.letters.iter().map(|&letter| spelling::leet(letter, reading));
            if lexicon.knows(spread(plain.clone().fold(hash::EMPTY, hash::letter))) {
                self.letters = plain.collect();
                return true;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, Default, PartialEq)]
    struct Told(Vec<String>);

    impl Reader for Told {
        fn gram(&mut self, hash: u64) {
            self.0.push(format!("gram {hash}"));
        }

        fn word(&mut self, token: &Token) {
            self.0.push(format!("{token:?}"));
        }

        fn mark(&mut self, mark: char, count: usize) {
            self.0.push(format!("mark {mark} {count}"));
        }

        fn dressed(&mut self, dress: Dress) {
            self.0.push(format!("{dress:?}"));
        }

        fn spelled(&mut self, last: Option<char>, before: Option<char>, length: usize) {
            self.0.push(format!("{last:?} {before:?} {length}"));
        }
    }

    proptest! {
        #[test]
        fn plain_words_are_read_as_all_others_are(word in "[A-Za-z]{1,40}") {
            let (lexicon, mut quick, mut careful) = (Lexicon::new(), Told::default(), Told::default());
            let (letters, after) = plain(&word).ok_or_else(|| TestCaseError::fail("not plain"))?;
            prop_assert_eq!(after, "");
            tell(letters, &lexicon, &mut quick, &mut Run::default());
            let mut draft = Draft::default();
            word.chars().for_each(|letter| draft.push(letter.to_ascii_lowercase()));
            draft.finish(&lexicon, &mut careful, &mut Run::default());
            prop_assert_eq!(quick, careful);
        }
    }

    #[test]
    fn words_that_may_be_dressed_up_are_not_plain() {
        for word in ["1gnore", "ign0re", "ignore_all", "p@ss", "ignоre", "n\u{200B}o", "", " a"] {
            assert_eq!(plain(word), None, "{word}");
        }
        assert_eq!(plain("Ignore, all").map(|(word, _)| word.len()), Some(6));
    }
}
