//! Text, counted as `o200k_base` cuts it: to the last token where there is little of it, by samples where there is much.

use std::sync::OnceLock;

use tiktoken_rs::CoreBPE;

/// So many bytes are counted. Of more text as much, in samples that stand at even distances, which are taken for the whole.
const COUNTED: usize = 128 << 10;
/// Text is counted in pieces of at most so many bytes: no text, however odd, then costs more than its length.
const PIECE: usize = 1 << 10;
/// About how many bytes a token has, should there be no vocabulary.
const BYTES_PER_TOKEN: u64 = 4;

static NEWER: OnceLock<Option<CoreBPE>> = OnceLock::new();
static OLDER: OnceLock<Option<CoreBPE>> = OnceLock::new();

/// A vocabulary of OpenAI's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Vocabulary {
    /// `o200k_base`, since GPT-4o.
    O200k,
    /// `cl100k_base`, of GPT-4, GPT-3.5 and the embeddings.
    Cl100k,
}

impl Vocabulary {
    /// Makes it ready, which takes some tenths of a second.
    pub(crate) fn prepared(self) -> Option<&'static CoreBPE> {
        let found = match self {
            Self::O200k => NEWER.get_or_init(|| tiktoken_rs::o200k_base().ok()),
            Self::Cl100k => OLDER.get_or_init(|| tiktoken_rs::cl100k_base().ok()),
        };
        found.as_ref()
    }

    /// Whether that has been done.
    pub(crate) fn is_ready(self) -> bool {
        match self {
            Self::O200k => NEWER.get().is_some(),
            Self::Cl100k => OLDER.get().is_some(),
        }
    }
}

/// What a text comes to when it is cut to the last byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Cut {
    /// At most so many tokens of the vocabulary.
    pub(crate) tokens: u64,
    /// All its bytes.
    pub(crate) bytes: u64,
    /// Those that are not ASCII.
    pub(crate) foreign: u64,
    /// Its digits.
    pub(crate) digits: u64,
}

/// Cuts all of these texts, and leaves nothing to chance.
pub(crate) fn cut<'a>(vocabulary: Vocabulary, texts: impl Iterator<Item = &'a str>) -> Cut {
    let vocabulary = vocabulary.prepared();
    texts.fold(Cut::default(), |sum, text| sum.and(text, vocabulary))
}

impl Cut {
    fn and(self, text: &str, vocabulary: Option<&CoreBPE>) -> Self {
        let count = |test: fn(&u8) -> bool| text.bytes().filter(&test).count() as u64;
        let (mut tokens, mut pieces) = (0, 0);
        for piece in Pieces(text) {
            tokens += vocabulary.map_or(piece.len(), |vocabulary| vocabulary.count_ordinary(piece)) as u64;
            pieces += 1_u64;
        }
        // A cut may spare a token or two where it parts what would have been cut otherwise.
        let seams = pieces.saturating_sub(1).saturating_mul(2);
        let bytes = text.len() as u64;
        Self {
            tokens: self.tokens.saturating_add(tokens.saturating_add(seams).min(bytes)),
            bytes: self.bytes.saturating_add(bytes),
            foreign: self.foreign.saturating_add(count(|byte| !byte.is_ascii())),
            digits: self.digits.saturating_add(count(u8::is_ascii_digit)),
        }
    }
}

/// How many tokens these texts have.
pub(super) fn count(texts: &[&str]) -> u64 {
    let total = texts.iter().fold(0, |total, text| total + text.len());
    let (mut seen, mut counted, mut tokens) = (0, 0, 0);
    for piece in texts.iter().flat_map(|text| Pieces(text)) {
        // Whether what was counted lags behind its share of what was seen.
        if total <= COUNTED || share(COUNTED, seen, total) >= counted {
            tokens += of(piece);
            counted += piece.len();
        }
        seen += piece.len();
    }
    if counted == 0 { 0 } else { scaled(tokens, total, counted) }
}

/// `part` of `whole` as `seen` is of `total`.
fn share(whole: usize, seen: usize, total: usize) -> usize {
    usize::try_from(scaled(whole as u64, seen, total)).unwrap_or(usize::MAX)
}

fn scaled(number: u64, by: usize, of: usize) -> u64 {
    let scaled = u128::from(number) * by as u128 / (of as u128).max(1);
    u64::try_from(scaled).unwrap_or(u64::MAX)
}

/// How many tokens one piece has.
fn of(piece: &str) -> u64 {
    match Vocabulary::O200k.prepared() {
        Some(vocabulary) => vocabulary.count_ordinary(piece) as u64,
        None => (piece.len() as u64).div_ceil(BYTES_PER_TOKEN),
    }
}

/// A text in pieces: cut before white space where there is some, since a token often begins with it and seldom goes beyond.
struct Pieces<'a>(&'a str);

impl<'a> Iterator for Pieces<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        if self.0.is_empty() {
            return None;
        }
        let (piece, rest) = self.0.split_at_checked(self.end()).unwrap_or((self.0, ""));
        self.0 = rest;
        Some(piece)
    }
}

impl Pieces<'_> {
    fn end(&self) -> usize {
        if self.0.len() <= PIECE {
            return self.0.len();
        }
        let end = self.0.floor_char_boundary(PIECE);
        let late = self.0.floor_char_boundary(PIECE / 2);
        let last = self.0.get(late..end).and_then(|half| half.rfind(char::is_whitespace));
        last.map_or(end, |at| late + at).max(1)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn whole(text: &str) -> u64 {
        Vocabulary::O200k.prepared().expect("a vocabulary").count_ordinary(text) as u64
    }

    #[test]
    fn known_texts_have_their_known_counts() {
        for (text, expected) in [
            ("", 0),
            ("hello world", 2),
            ("tiktoken is great!", 6),
            ("antidisestablishmentarianism", 6),
            ("2 + 2 = 4", 7),
            ("お誕生日おめでとう", 8),
        ] {
            assert_eq!(count(&[text]), expected, "{text}");
        }
    }

    #[test]
    fn cutting_and_sampling_hardly_change_the_count() {
        let prose = include_str!("../../../../ARCHITECTURE.md");
        let code = include_str!("../tokens.rs");
        for text in [prose.to_owned(), code.to_owned(), prose.repeat(30), [prose, code].concat().repeat(40)] {
            let (told, truth) = (count(&[&text]), whole(&text));
            let off = told.abs_diff(truth) * 100 / truth;
            assert!(off <= 2, "{told} for {truth}");
        }
    }

    #[test]
    fn texts_that_are_hard_to_cut_are_counted() {
        for text in [" ", "a", "A", "\n", "\u{1f469}\u{200d}", "漢", "0", "=", "\t ", "é\u{301}"] {
            let tokens = count(&[&text.repeat(1 << 20)]);
            assert!(tokens > 0, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn pieces_are_the_text(text in "[a-z \\n漢é]{0,4000}") {
            let joined: String = Pieces(&text).collect();
            prop_assert_eq!(&joined, &text);
            prop_assert!(Pieces(&text).all(|piece| piece.len() <= PIECE));
        }

        #[test]
        fn any_text_is_counted(text in any::<String>()) {
            prop_assert_eq!(count(&[&text]), whole(&text));
        }
    }
}
