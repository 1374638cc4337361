//! Identifiers and names as the API takes them (`^[a-zA-Z0-9_-]+$`), and back, without remembering any.
//!
//! What it refuses is escaped behind a mark: `_` is doubled, every other byte that is not allowed becomes `_` and two
//! digits. Reading undoes exactly what writing did, so a name that merely looks escaped stays as it is.

use std::borrow::Cow;

/// The longest name that a tool may have.
pub(crate) const LONGEST: usize = 128;

const MARK: &str = "cs__";

/// `name` as the API takes it.
pub(crate) fn written(name: &str) -> Cow<'_, str> {
    if is_allowed(name) && original(name).is_none() {
        return Cow::Borrowed(name);
    }
    Cow::Owned(escaped(name))
}

/// What [`written`] was given.
pub(crate) fn read(name: String) -> String {
    original(&name).unwrap_or(name)
}

/// What was escaped, where `name` is what [`written`] makes of something.
fn original(name: &str) -> Option<String> {
    let plain = unescaped(name.strip_prefix(MARK)?)?;
    let had_to_be = !is_allowed(&plain) || original(&plain).is_some();
    (had_to_be && escaped(&plain) == name).then_some(plain)
}

fn is_allowed(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

fn escaped(name: &str) -> String {
    let mut out = String::with_capacity(MARK.len() + name.len() + 8);
    out.push_str(MARK);
    for byte in name.bytes() {
        match byte {
            b'_' => out.push_str("__"),
            b'-' => out.push('-'),
            byte if byte.is_ascii_alphanumeric() => out.push(char::from(byte)),
            byte => {
                out.push('_');
                out.extend([byte >> 4, byte & 0xF].map(digit));
            }
        }
    }
    out
}

fn digit(value: u8) -> char {
    char::from_digit(u32::from(value), 16).unwrap_or('0').to_ascii_uppercase()
}

fn unescaped(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'_' {
            out.push(byte);
            continue;
        }
        match bytes.next()? {
            b'_' => out.push(b'_'),
            high => {
                let low = bytes.next()?;
                let value =
                    |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
                out.push(value(high)? << 4 | value(low)?);
            }
        }
    }
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_what_is_refused_is_escaped() {
        for (name, expected) in [
            ("call_9aF-1", "call_9aF-1"),
            ("functions.get_weather:0", "cs__functions_2Eget__weather_3A0"),
            ("cs__plain", "cs__plain"),
            ("cs__a_2Eb", "cs__cs____a__2Eb"),
            ("", "cs__"),
            ("ä", "cs___C3_A4"),
        ] {
            assert_eq!(written(name), expected, "{name}");
            assert_eq!(read(expected.to_owned()), name);
        }
    }

    proptest! {
        #[test]
        fn every_name_comes_back(name in "(cs__)?([a-z_.:-]|_2E|\\PC){0,12}") {
            let there = written(&name).into_owned();
            prop_assert!(is_allowed(&there));
            prop_assert_eq!(read(there), name);
        }

        #[test]
        fn every_allowed_name_goes_back(name in "(cs__){0,2}[a-z0-9A-F_-]{1,12}") {
            let read = read(name.clone());
            prop_assert_eq!(written(&read), name);
        }
    }
}
