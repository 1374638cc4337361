//! Letters for letters: alphabets moved along or turned round, words and texts backwards.

/// The alphabet backwards; one to twenty-five move it along by so many letters.
pub(super) const MIRRORED: u8 = 26;
/// The text itself backwards.
pub(super) const BACKWARDS: u8 = 27;
/// How many ciphers there are, the one that changes nothing among them.
pub(super) const COUNT: usize = 28;

/// `text` in a cipher.
pub(super) fn write(text: &str, cipher: u8) -> String {
    if cipher == BACKWARDS {
        text.chars().rev().collect()
    } else {
        text.chars().map(|letter| turn(letter, cipher)).collect()
    }
}

/// What `text`, written in a cipher, says.
pub(super) fn solve(text: &str, cipher: u8) -> String {
    write(text, if cipher < MIRRORED { 26 - cipher } else { cipher })
}

fn turn(letter: char, cipher: u8) -> char {
    let Ok(byte) = u8::try_from(letter) else { return letter };
    let first = match byte {
        b'a'..=b'z' => b'a',
        b'A'..=b'Z' => b'A',
        _ => return letter,
    };
    let place = byte - first;
    char::from(first + if cipher == MIRRORED { 25 - place } else { (place + cipher % 26) % 26 })
}
