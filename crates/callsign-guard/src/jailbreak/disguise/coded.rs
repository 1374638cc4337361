//! Texts written as numbers or in the alphabets that carry bytes.

use super::{Hiding, MOST, Piece};

/// What a chunk between spaces is part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Code {
    Base64,
    Hexadecimal,
    Binary,
    Decimal,
    Morse,
}

/// Bytes of an alphabet's text below which it is a word.
const SHORTEST: usize = 16;
/// Bytes of coded text that are looked at.
const LONGEST: usize = 64 * 1024;
/// Morse's letters from `a` on.
const MORSE: [&str; 26] = [
    ".-", "-...", "-.-.", "-..", ".", "..-.", "--.", "....", "..", ".---", "-.-", ".-..", "--", "-.", "---",
    ".--.", "--.-", ".-.", "...", "-", "..-", "...-", ".--", "-..-", "-.--", "--..",
];

/// Coded chunks in a row.
#[derive(Debug, Default)]
struct Row {
    code: Option<Code>,
    bytes: Vec<u8>,
    chunks: usize,
}

/// Adds what is coded in `text`.
pub(super) fn find(text: &str, pieces: &mut Vec<Piece>) {
    let mut row = Row::default();
    let mut left = LONGEST;
    for chunk in text.split_ascii_whitespace() {
        if pieces.len() >= MOST || left == 0 {
            return;
        }
        let code = if may_be_coded(chunk) { sort(chunk) } else { None };
        if let Some(code) = code {
            left = left.saturating_sub(chunk.len());
            row.push(code, chunk, pieces);
            continue;
        }
        if row.code.is_some() {
            row.end(pieces);
        }
        if chunk.len() >= SHORTEST {
            left = left.saturating_sub(inside(chunk, pieces));
        }
    }
    row.end(pieces);
}

/// Tells most words of a language from what a closer look is worth.
fn may_be_coded(chunk: &str) -> bool {
    match chunk.as_bytes() {
        // Of what begins with a letter, only two digits of a byte may be a number, with a mark or two behind them.
        [first, rest @ ..] if first.is_ascii_alphabetic() && rest.len() < 4 => {
            let digits = first.is_ascii_hexdigit() && rest.first().is_some_and(u8::is_ascii_hexdigit);
            digits && rest.get(1).is_none_or(u8::is_ascii_punctuation)
        }
        [first, ..] => match chunk.len() {
            1..=4 => true,
            5..=7 => !first.is_ascii_alphabetic(),
            8..=12 => matches!(first, b'0' | b'1' | b'[' | b'(' | b'"'),
            length => length >= 40,
        },
        [] => false,
    }
}

/// What the whole of a chunk may be part of.
fn sort(chunk: &str) -> Option<Code> {
    let bare = number(chunk);
    let all = |wanted: fn(&u8) -> bool| !bare.is_empty() && bare.bytes().all(|byte| wanted(&byte));
    let first = chunk.bytes().next()?;
    if matches!(first, b'.' | b'-' | b'/' | b'|')
        && chunk.len() < 8
        && chunk.bytes().all(|byte| b".-/|".contains(&byte))
    {
        return Some(Code::Morse);
    }
    if !first.is_ascii_alphanumeric() && !b"[(\"'`,\\+/".contains(&first) {
        return None;
    }
    match bare.len() {
        8 if all(|byte| matches!(byte, b'0' | b'1')) => Some(Code::Binary),
        2 if all(u8::is_ascii_digit) && !chunk.starts_with("0x") => Some(Code::Decimal),
        3 if all(u8::is_ascii_digit) => Some(Code::Decimal),
        2 if all(u8::is_ascii_hexdigit) => Some(Code::Hexadecimal),
        40.. if all(|byte| is_base64(*byte)) => Some(Code::Base64),
        _ => None,
    }
}

/// A number without what commonly stands around it.
fn number(chunk: &str) -> &str {
    let bare =
        chunk.trim_matches(|mark: char| matches!(mark, ',' | ';' | '[' | ']' | '(' | ')' | '"' | '\''));
    bare.strip_prefix("0x")
        .or_else(|| bare.strip_prefix("\\x"))
        .or_else(|| bare.strip_prefix("0b"))
        .unwrap_or(bare)
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'-' | b'_')
}

/// Whether bytes are a text that somebody may have written.
fn written(bytes: Vec<u8>) -> Option<String> {
    let text = String::from_utf8(bytes).ok()?;
    let count = text.chars().count();
    let plain = text.chars().filter(|letter| letter.is_alphabetic() || *letter == ' ').count();
    let strange =
        text.chars().any(|letter| letter.is_control() && !letter.is_whitespace() || letter == '\u{FFFD}');
    (count > 5 && plain * 10 >= count * 7 && !strange).then_some(text)
}

fn keep(hiding: Hiding, bytes: Vec<u8>, pieces: &mut Vec<Piece>) -> bool {
    let text = written(bytes);
    let found = text.is_some();
    pieces.extend(text.map(|text| Piece { hiding, text }));
    found
}

// === impl Row ===

impl Row {
    fn push(&mut self, code: Code, chunk: &str, pieces: &mut Vec<Piece>) {
        // Two digits may be of either base: the row's first chunk that is sure decides.
        let same = self.code.is_none_or(|known| {
            known == code
                || matches!(
                    (known, code),
                    (Code::Hexadecimal | Code::Decimal, Code::Hexadecimal | Code::Decimal)
                )
        });
        if !same {
            self.end(pieces);
        }
        self.code = match (self.code, code) {
            (Some(Code::Hexadecimal), _) => Some(Code::Hexadecimal),
            _ => Some(code),
        };
        self.chunks += 1;
        self.bytes.extend(number_or_all(code, chunk).bytes());
        self.bytes.push(b' ');
    }

    fn end(&mut self, pieces: &mut Vec<Piece>) {
        let Some(code) = self.code.take() else { return };
        let chunks = std::mem::take(&mut self.chunks);
        let text = String::from_utf8(std::mem::take(&mut self.bytes)).unwrap_or_default();
        let radix =
            |radix| text.split(' ').filter_map(|number| u8::from_str_radix(number, radix).ok()).collect();
        match code {
            Code::Base64 => {
                alphabets(&text.replace(' ', ""), pieces);
            }
            Code::Hexadecimal if chunks > 5 => {
                keep(Hiding::Numbers, radix(16), pieces);
            }
            Code::Decimal if chunks > 5 && !keep(Hiding::Numbers, radix(10), pieces) => {
                keep(Hiding::Numbers, radix(16), pieces);
            }
            Code::Binary if chunks > 3 => {
                keep(Hiding::Numbers, radix(2), pieces);
            }
            Code::Morse if chunks > 5 => {
                keep(Hiding::Numbers, morse(&text), pieces);
            }
            _ => {}
        }
    }
}

fn number_or_all(code: Code, chunk: &str) -> &str {
    if code == Code::Morse { chunk } else { number(chunk) }
}

fn morse(text: &str) -> Vec<u8> {
    let letter = |signs: &str| {
        (b'a'..=b'z').zip(MORSE).find(|(_, known)| *known == signs).map_or(b' ', |(letter, _)| letter)
    };
    text.split(' ').filter(|signs| !signs.is_empty()).map(letter).collect()
}

/// Looks for coded text within a chunk, and says how many bytes were looked at.
fn inside(chunk: &str, pieces: &mut Vec<Piece>) -> usize {
    let escapes = chunk.bytes().filter(|byte| matches!(byte, b'%' | b'\\' | b'&' | b'=')).count();
    if escapes > 2 && keep_escapes(chunk, pieces) {
        return chunk.len();
    }
    let mut looked = 0;
    let long = |run: &&[u8]| run.len() >= SHORTEST;
    for run in chunk.as_bytes().split(|byte| !is_base64(*byte)).filter(long) {
        looked += run.len();
        alphabets(str::from_utf8(run).unwrap_or_default(), pieces);
    }
    looked
}

fn keep_escapes(chunk: &str, pieces: &mut Vec<Piece>) -> bool {
    let (bytes, count) = unescape(chunk);
    count > 2 && count * 12 >= bytes.len() && keep(Hiding::Escapes, bytes, pieces)
}

/// A chunk with its escapes written out, and how many there were.
fn unescape(chunk: &str) -> (Vec<u8>, usize) {
    let (mut bytes, mut count, mut rest) = (Vec::new(), 0, chunk);
    while let Some(first) = rest.chars().next() {
        if let Some((letter, after)) = escape(rest) {
            let mut room = [0; 4];
            match letter {
                Ok(byte) => bytes.push(byte),
                Err(letter) => bytes.extend(letter.encode_utf8(&mut room).bytes()),
            }
            (count, rest) = (count + 1, after);
            continue;
        }
        let (plain, after) = rest.split_at_checked(first.len_utf8()).unwrap_or((rest, ""));
        bytes.extend(if plain == "+" { " " } else { plain }.bytes());
        rest = after;
    }
    (bytes, count)
}

/// The byte or character that an escape at the start stands for, and what follows it.
fn escape(text: &str) -> Option<(Result<u8, char>, &str)> {
    for (opening, length) in [("%", 2), ("\\x", 2), ("=", 2), ("\\u", 4)] {
        let digits = text.strip_prefix(opening).and_then(|rest| rest.split_at_checked(length));
        let code = digits.and_then(|(digits, after)| Some((u32::from_str_radix(digits, 16).ok()?, after)));
        if let Some((code, after)) = code {
            let letter = u8::try_from(code).map_err(|_| char::from_u32(code).unwrap_or('?'));
            return Some((letter, after));
        }
    }
    let (code, after) = text.strip_prefix("&#")?.split_once(';')?;
    let code = code
        .strip_prefix(['x', 'X'])
        .map_or_else(|| code.parse().ok(), |code| u32::from_str_radix(code, 16).ok());
    Some((Err(char::from_u32(code?)?), after))
}

/// Reads a run as binary digits, as hexadecimal ones, as base32 or as base64, whichever makes a text.
fn alphabets(run: &str, pieces: &mut Vec<Piece>) {
    let run = run.trim_end_matches('=');
    let all = |wanted: fn(u8) -> bool| run.bytes().all(wanted);
    if all(|byte| matches!(byte, b'0' | b'1')) {
        keep(Hiding::Numbers, bits(run, 1, nibble), pieces);
        return;
    }
    let found = all(|byte| byte.is_ascii_hexdigit()) && keep(Hiding::Numbers, bits(run, 4, nibble), pieces)
        || all(|byte| matches!(byte, b'A'..=b'Z' | b'2'..=b'7'))
            && keep(Hiding::Base, bits(run, 5, base32), pieces);
    if !found && !all(|byte| byte.is_ascii_lowercase()) {
        keep(Hiding::Base, bits(run, 6, base64), pieces);
    }
}

/// Bytes out of digits of so many bits each.
fn bits(run: &str, width: u32, digit: fn(u8) -> Option<u8>) -> Vec<u8> {
    let (mut bytes, mut held, mut filled) = (Vec::with_capacity(run.len()), 0_u32, 0);
    for value in run.bytes().map_while(digit) {
        held = held << width | u32::from(value);
        filled += width;
        if filled >= 8 {
            filled -= 8;
            bytes.extend(u8::try_from(held >> filled & 0xFF));
        }
    }
    bytes
}

fn nibble(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

fn base32(byte: u8) -> Option<u8> {
    if byte.is_ascii_uppercase() { Some(byte - b'A') } else { Some(byte.checked_sub(b'2')? + 26) }
}

fn base64(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_short_chunk_that_is_coded_is_passed_over(chunk in r#"[a-zA-F0-9x.,;()\["'|-]{1,4}"#) {
            prop_assert!(sort(&chunk).is_none() || may_be_coded(&chunk), "{}", chunk);
        }
    }

    #[test]
    fn short_numbers_are_seen_as_such() {
        for number in ["fe", "4a,", "be]", "101", "0x41", "01101001", "..-"] {
            assert!(may_be_coded(number) && sort(number).is_some(), "{number}");
        }
    }
}
