//! What characters look like: look-alikes, wide, mathematical and enclosed letters, accents and leetspeak as plain letters.
//!
//! The table `fold/looks.txt` is made of the Unicode Character Database's compatibility decompositions and of the confusables of
//! UTS 39 (Unicode-3.0 licence), cut to what looks like a printable ASCII character or a pair of letters. Scripts whose letters
//! resemble no Latin ones (CJK, Arabic, Hebrew, the Indic ones) are not in it.

use std::sync::LazyLock;

/// What a character looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// Nothing is seen of it: zero-width, combining and tag characters, soft hyphens.
    Nothing,
    /// Like a printable ASCII character; a letter is a small one.
    Like(u8),
    /// Like two small letters.
    Pair(u8, u8),
    /// Like no ASCII character: itself, as a small letter where it has one.
    Own(char),
}

/// A text as it looks, and where each byte of that comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Folded {
    text: String,
    places: Vec<usize>,
}

/// What `character` looks like.
pub fn look(character: char) -> Look {
    match u8::try_from(character) {
        Ok(byte) if byte.is_ascii() => Look::Like(byte.to_ascii_lowercase()),
        _ if unseen(character) => Look::Nothing,
        _ => LOOKS.of(character),
    }
}

/// The letters that a digit or sign stands for in leetspeak, the likeliest first.
pub fn leet(sign: char) -> &'static [u8] {
    match sign {
        '0' => b"o",
        '1' | '!' | '|' => b"il",
        '2' => b"z",
        '3' => b"e",
        '4' | '@' => b"a",
        '5' | '$' => b"s",
        '6' => b"gb",
        '7' | '+' => b"t",
        '8' => b"b",
        '9' => b"g",
        _ => b"",
    }
}

/// `text` as it looks: what is not seen dropped, what looks like ASCII as that, everything in small letters; digits stay digits.
pub fn fold(text: &str) -> Folded {
    let mut folded =
        Folded { text: String::with_capacity(text.len()), places: Vec::with_capacity(text.len()) };
    for (at, character) in text.char_indices() {
        match look(character) {
            Look::Nothing => {}
            Look::Like(byte) => folded.push(at, char::from(byte)),
            Look::Pair(first, second) => {
                folded.push(at, char::from(first));
                folded.push(at, char::from(second));
            }
            Look::Own(own) => folded.push(at, own),
        }
    }
    folded
}

/// Whether nothing is seen of `character`.
///
/// Vowel signs of Arabic, Hebrew, Thai and Indic words are seen: they tell words apart.
fn unseen(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
        | '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{180b}'..='\u{180f}' | '\u{1ab0}'..='\u{1aff}'
        | '\u{1dc0}'..='\u{1dff}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{20d0}'..='\u{20ff}' | '\u{fe00}'..='\u{fe0f}' | '\u{fe20}'..='\u{fe2f}' | '\u{fff9}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

// === the table ===

/// What the characters of the first two planes look like, in pages of 256; page 0 knows none.
struct Looks {
    pages: Vec<u16>,
    looks: Vec<[u8; 2]>,
}

static LOOKS: LazyLock<Looks> = LazyLock::new(|| Looks::read(include_str!("fold/looks.txt")));

impl Looks {
    /// Each line: what they look like, a tab, and the characters that look so.
    fn read(table: &str) -> Self {
        let mut looks = Self { pages: vec![0; 0x200], looks: vec![[0; 2]; 256] };
        for (like, characters) in table.lines().filter_map(|line| line.split_once('\t')) {
            let mut bytes = like.bytes();
            let pair = [bytes.next().unwrap_or_default(), bytes.next().unwrap_or_default()];
            for character in characters.chars() {
                looks.put(character, pair);
            }
        }
        looks
    }

    fn put(&mut self, character: char, pair: [u8; 2]) {
        let (page, low) = split(character);
        let Some(number) = self.pages.get_mut(page) else { return };
        if *number == 0 {
            *number = u16::try_from(self.looks.len() / 256).unwrap_or_default();
            self.looks.resize(self.looks.len() + 256, [0; 2]);
        }
        if let Some(look) = self.looks.get_mut(usize::from(*number) * 256 + low) {
            *look = pair;
        }
    }

    fn of(&self, character: char) -> Look {
        let small = small(character);
        match self.pair(character).or_else(|| self.pair(small)) {
            None => Look::Own(small),
            Some([first, 0]) => Look::Like(first),
            Some([first, second]) => Look::Pair(first, second),
        }
    }

    fn pair(&self, character: char) -> Option<[u8; 2]> {
        let (page, low) = split(character);
        let number = self.pages.get(page).copied().unwrap_or_default();
        self.looks.get(usize::from(number) * 256 + low).copied().filter(|&[first, _]| first != 0)
    }
}

/// The page of `character` and its place there.
fn split(character: char) -> (usize, usize) {
    let point = usize::try_from(u32::from(character)).unwrap_or_default();
    (point >> 8, point & 0xff)
}

/// The small letter of `character`, where that is one character.
fn small(character: char) -> char {
    let mut small = character.to_lowercase();
    match (small.next(), small.next()) {
        (Some(one), None) => one,
        _ => character,
    }
}

// === impl Folded ===

impl Folded {
    fn push(&mut self, at: usize, character: char) {
        self.text.push(character);
        self.places.resize(self.text.len(), at);
    }

    /// The text as it looks.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where in the original the character stands that made byte `at` of the folded text; `None` at or past its end.
    pub fn place(&self, at: usize) -> Option<usize> {
        self.places.get(at).copied()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Look, fold, leet, look};

    #[test]
    fn what_looks_like_letters_folds_to_them() {
        let cases = [
            ("ｆｕｃｋ", "fuck"),
            ("𝐟𝓾𝖈𝚔 𝔉𝕌ℂ𝕂", "fuck fuck"),
            ("ⓢⓗⓘⓣ 🅂🄷🄸🅃 🅢🅗🅘🅣 🆂🅷🅸🆃 🇸🇭🇮🇹", "shit shit shit shit shit"),
            ("Çüñtø ßẞ Æœ", "cunto ssss aeoe"),
            ("с\u{43e}ск ѕһіт", "cock shit"),
            ("αβεικορτυχ", "abeikoptux"),
            ("f\u{200b}u\u{ad}c\u{301}k\u{e0041}", "fuck"),
            ("ᶠᵘᶜᵏ ₛₕᵢₜ ꜰᴜᴄᴋ", "fuck shit fuck"),
            ("ꓝꓴꓚꓗ", "fuck"),
            ("ı ł đ ħ İ", "i l d h i"),
            ("５００！ ＠＄", "500! @$"),
            ("日本語 العربية हिन्दी ไทย", "日本語 العربية हिन्दी ไทย"),
            ("A1 b_C", "a1 b_c"),
        ];
        for (text, expect) in cases {
            assert_eq!(fold(text).text(), expect, "{text}");
        }
    }

    #[test]
    fn a_sign_stands_for_letters() {
        for (sign, letters) in
            [('1', "il"), ('!', "il"), ('@', "a"), ('$', "s"), ('7', "t"), ('a', ""), ('*', "")]
        {
            assert_eq!(leet(sign), letters.as_bytes(), "{sign}");
        }
    }

    #[test]
    fn what_is_not_seen_is_nothing() {
        for character in "\u{ad}\u{200b}\u{200d}\u{2060}\u{feff}\u{301}\u{fe0f}\u{e0061}".chars() {
            assert_eq!(look(character), Look::Nothing, "{character:?}");
        }
    }

    proptest! {
        #[test]
        fn every_byte_of_a_folded_text_has_a_place_in_order(text in any::<String>()) {
            let folded = fold(&text);
            let places: Vec<_> = (0..folded.text().len()).map(|at| folded.place(at).unwrap()).collect();
            prop_assert!(places.is_sorted());
            prop_assert!(places.iter().all(|&at| text.is_char_boundary(at) && at < text.len()));
            prop_assert_eq!(folded.place(folded.text().len()), None);
        }

        #[test]
        fn folding_twice_changes_nothing_more(text in any::<String>()) {
            let once = fold(&text);
            let twice = fold(once.text());
            prop_assert_eq!(twice.text(), once.text());
        }
    }
}
