//! Which bytes a part of a key may hold.

/// A set of ASCII bytes, as bits of the table below.
pub(super) type Alphabet = u16;

/// `0-9`
pub(super) const DIGIT: Alphabet = 1;
/// `0-9a-f`
pub(super) const LOWER_HEX: Alphabet = 1 << 1;
/// `0-9a-fA-F`
pub(super) const HEX: Alphabet = 1 << 2;
/// `A-Za-z`
pub(super) const LETTER: Alphabet = 1 << 3;
/// `0-9a-z`
pub(super) const LOWER: Alphabet = 1 << 4;
/// `0-9A-Z`
pub(super) const UPPER: Alphabet = 1 << 5;
/// `0-9A-Za-z`
pub(super) const ALNUM: Alphabet = 1 << 6;
/// `0-9A-Za-z_-`, base64 for URLs.
pub(super) const URL: Alphabet = 1 << 7;
/// `0-9A-Za-z_-.=`, with the dots between parts and the padding.
pub(super) const DOTTED: Alphabet = 1 << 8;
/// `0-9A-Za-z+/=`
pub(super) const BASE64: Alphabet = 1 << 9;
/// What a header carries a token in: `0-9A-Za-z._~+/=-`.
pub(super) const TOKEN68: Alphabet = 1 << 10;
/// What the names of settings are made of: `0-9A-Za-z_.-`.
pub(super) const NAME: Alphabet = 1 << 11;
/// Space and tab.
pub(super) const BLANK: Alphabet = 1 << 12;
/// Visible ASCII without quotes and angle brackets: what an address or a bare value goes on with.
pub(super) const BARE: Alphabet = 1 << 13;
/// Visible ASCII.
pub(super) const VISIBLE: Alphabet = 1 << 14;
/// `0-9A-Za-z_`
pub(super) const WORD: Alphabet = 1 << 15;

static TABLE: [Alphabet; 256] = table();

/// Whether `byte` is of `alphabet`.
pub(super) fn holds(alphabet: Alphabet, byte: u8) -> bool {
    TABLE.get(usize::from(byte)).is_some_and(|of| of & alphabet != 0)
}

const fn table() -> [Alphabet; 256] {
    let mut table = [0; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        #[expect(clippy::indexing_slicing, reason = "evaluated while compiling")]
        {
            table[byte as usize] = alphabets(byte);
        }
        byte += 1;
    }
    table
}

const fn alphabets(byte: u8) -> Alphabet {
    let mut of = 0;
    if byte.is_ascii_digit() {
        of |= DIGIT | LOWER_HEX | HEX | LOWER | UPPER;
    }
    if byte.is_ascii_hexdigit() {
        of |= HEX;
    }
    if byte.is_ascii_lowercase() {
        of |= LOWER | if byte <= b'f' { LOWER_HEX } else { 0 };
    }
    if byte.is_ascii_uppercase() {
        of |= UPPER;
    }
    if byte.is_ascii_alphabetic() {
        of |= LETTER;
    }
    if byte.is_ascii_alphanumeric() {
        of |= ALNUM | URL | DOTTED | BASE64 | TOKEN68 | NAME | WORD;
    }
    if byte.is_ascii_graphic() {
        of |= VISIBLE | if matches!(byte, b'"' | b'\'' | b'`' | b'<' | b'>') { 0 } else { BARE };
    }
    of | punctuation(byte)
}

const fn punctuation(byte: u8) -> Alphabet {
    match byte {
        b'_' => URL | DOTTED | TOKEN68 | NAME | WORD,
        b'-' => URL | DOTTED | TOKEN68 | NAME,
        b'.' => DOTTED | TOKEN68 | NAME,
        b'=' => DOTTED | BASE64 | TOKEN68,
        b'+' | b'/' => BASE64 | TOKEN68,
        b'~' => TOKEN68,
        b' ' | b'\t' => BLANK,
        _ => 0,
    }
}
