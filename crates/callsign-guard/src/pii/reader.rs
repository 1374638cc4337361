//! A text that is still growing, read so that it is known afterwards whether its end was in the way.

use std::cell::Cell;

/// How far after its beginning anything is looked at to decide what begins there. A match, and what is read after it to judge it, end
/// within that many bytes.
pub(super) const REACH: usize = 256;

/// Reads a text from one place on.
///
/// Whoever asks for what stands at the end of the text has seen the end: more text could have changed the answer. Beyond [`REACH`]
/// there is nothing to see, whatever the text holds, so no answer waits for more than that.
pub(super) struct Reader<'t> {
    text: &'t str,
    from: usize,
    touched: Cell<bool>,
}

#[cfg(test)]
thread_local! {
    /// How many bytes were asked for so far.
    pub(super) static ASKED: Cell<usize> = const { Cell::new(0) };
}

/// Whether a letter or digit of any script, or what joins letters in scripts of India.
pub(super) fn is_word(character: char) -> bool {
    character.is_alphanumeric()
        || matches!(character, '\u{0900}'..='\u{0963}' | '\u{0980}'..='\u{0DFF}' | '\u{0E31}'..='\u{0E4E}' | '\u{200C}' | '\u{200D}')
}

/// Whether of a script that writes no spaces between words, so that a Latin word or a number may stand right beside it.
pub(super) fn is_unspaced(character: char) -> bool {
    character as u32 >= 0x0E00 && character.is_alphanumeric()
}

// === impl Reader ===

impl<'t> Reader<'t> {
    /// Reads `text` from `from` on; what stands before it may be looked at freely.
    pub(super) fn new(text: &'t str, from: usize) -> Self {
        Self { text, from, touched: Cell::new(false) }
    }

    /// Where this one began.
    pub(super) fn from(&self) -> usize {
        self.from
    }

    /// Whether the end of the text was seen.
    pub(super) fn touched(&self) -> bool {
        self.touched.get()
    }

    /// The byte at `at`.
    #[inline]
    pub(super) fn at(&self, at: usize) -> Option<u8> {
        #[cfg(test)]
        ASKED.with(|asked| asked.set(asked.get() + 1));
        if at >= self.from + REACH {
            return None;
        }
        let byte = self.text.as_bytes().get(at).copied();
        if byte.is_none() {
            self.touched.set(true);
        }
        byte
    }

    /// The byte at `at`, if there is one yet: a shortcut, for whoever comes to the same answer without it.
    pub(super) fn glance(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    /// The character that begins at `at`.
    pub(super) fn char_at(&self, at: usize) -> Option<char> {
        let byte = self.at(at)?;
        if byte < 0x80 {
            return Some(char::from(byte));
        }
        self.text.get(at..)?.chars().next()
    }

    /// The character before `at`.
    pub(super) fn char_before(&self, at: usize) -> Option<char> {
        match at.checked_sub(1).and_then(|before| self.text.as_bytes().get(before)) {
            None => None,
            Some(&byte) if byte < 0x80 => Some(char::from(byte)),
            Some(_) => self.text.get(..at)?.chars().next_back(),
        }
    }

    /// The byte before `at`.
    pub(super) fn byte_before(&self, at: usize) -> Option<u8> {
        at.checked_sub(1).and_then(|before| self.text.as_bytes().get(before)).copied()
    }

    /// What stands between two places that were read already; empty where they are none.
    pub(super) fn between(&self, start: usize, end: usize) -> &'t str {
        self.text.get(start..end).unwrap_or_default()
    }

    /// At most `most` bytes before `at`.
    pub(super) fn left_of(&self, at: usize, most: usize) -> &'t str {
        let mut start = at.saturating_sub(most);
        while !self.text.is_char_boundary(start) {
            start += 1;
        }
        self.between(start, at)
    }

    /// Where the letters and digits that begin at `at` end.
    pub(super) fn word_end(&self, mut at: usize) -> usize {
        while let Some(character) = self.char_at(at).filter(|&character| is_word(character)) {
            at += character.len_utf8();
        }
        at
    }

    /// Where the ASCII letters and digits that begin at `at` end.
    pub(super) fn ascii_word_end(&self, mut at: usize) -> usize {
        while self.at(at).is_some_and(|byte| byte.is_ascii_alphanumeric()) {
            at += 1;
        }
        at
    }

    /// Where the digits that begin at `at` end.
    pub(super) fn digits_end(&self, mut at: usize) -> usize {
        while self.at(at).is_some_and(|byte| byte.is_ascii_digit()) {
            at += 1;
        }
        at
    }

    /// Whether a capital, a digit, a letter beyond ASCII or a small word that joins names (`de`, `la`, `van`) stands at `at`.
    pub(super) fn name_follows(&self, at: usize) -> bool {
        match self.at(at) {
            Some(b'A'..=b'Z' | b'0'..=b'9' | b'#' | 0x80..) => true,
            Some(b'd' | b'l' | b'n' | b's' | b't' | b'v') => {
                let end = self.ascii_word_end(at);
                end - at < 6
                    && matches!(
                        self.between(at, end),
                        "de" | "da"
                            | "das"
                            | "do"
                            | "dos"
                            | "du"
                            | "des"
                            | "d"
                            | "del"
                            | "della"
                            | "delle"
                            | "dei"
                            | "degli"
                            | "di"
                            | "la"
                            | "le"
                            | "les"
                            | "las"
                            | "los"
                            | "l"
                            | "no"
                            | "nr"
                            | "st"
                            | "saint"
                            | "sainte"
                            | "san"
                            | "santa"
                            | "van"
                            | "von"
                            | "ter"
                    )
            }
            _ => false,
        }
    }

    /// Whether a digit stands in the word at `at` or in the next one, one separator away.
    pub(super) fn digit_is_near(&self, at: usize) -> bool {
        let end = self.ascii_word_end(at);
        if self.between(at, end).bytes().any(|byte| byte.is_ascii_digit()) {
            return true;
        }
        if end > at + 6 || !matches!(self.at(end), Some(b' ' | b'-' | b'.' | 0x80..)) {
            return false;
        }
        (end + 1..end + 8)
            .find(|&at| {
                !self.at(at).is_some_and(|byte| {
                    byte.is_ascii_uppercase() || byte >= 0x80 || matches!(byte, b' ' | b'-')
                })
            })
            .is_some_and(|at| self.at(at).is_some_and(|byte| byte.is_ascii_digit()))
    }

    /// Whether `word` stands at `at`, in whatever case of ASCII.
    pub(super) fn stands(&self, at: usize, word: &str) -> bool {
        word.bytes()
            .zip(at..)
            .all(|(byte, at)| self.at(at).is_some_and(|found| found.eq_ignore_ascii_case(&byte)))
    }

    /// Whether a word or number may end at `at`: no letter or digit follows.
    pub(super) fn ends(&self, at: usize) -> bool {
        self.char_at(at).is_none_or(|next| !is_word(next) || is_unspaced(next))
    }

    /// Whether `at` is a word's end and not amid a number, a path or a name made of several parts (`1.2`, `a-b`, `3,4`).
    pub(super) fn ends_apart(&self, at: usize) -> bool {
        if !self.ends(at) {
            return false;
        }
        match self.at(at) {
            Some(b'.' | b',' | b':' | b'\'') => !self.at(at + 1).is_some_and(|byte| byte.is_ascii_digit()),
            Some(b'-' | b'_' | b'/' | b'=' | b'\\' | b'@') => {
                !self.at(at + 1).is_some_and(|byte| byte.is_ascii_alphanumeric())
            }
            Some(b'%' | b'$') => false,
            _ => true,
        }
    }

    /// Whether what begins at `at` is no part of a longer number, path, amount or name made of several parts.
    pub(super) fn begins_apart(&self, at: usize) -> bool {
        let Some(before) = self.byte_before(at) else { return true };
        match before {
            b'-' | b'_' | b'.' | b'/' | b',' | b'\\' | b'&' | b'@' | b'+' | b'~' => {
                !self.char_before(at - 1).is_some_and(|character| is_word(character) || character == '/')
            }
            b'$' | b'#' | b'%' | b'^' => false,
            _ => !matches!(self.char_before(at), Some('€' | '£' | '¥' | '₹')),
        }
    }
}
