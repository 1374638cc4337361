//! What the escapes of a string mean.

/// The text that a string's inside means; `None` where half of a surrogate pair means no character, or an escape is none.
pub(super) fn resolved(inside: &str) -> Option<String> {
    let mut text = String::with_capacity(inside.len());
    let mut rest = inside;
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        let (plain, escape) = rest.split_at_checked(at)?;
        text.push_str(plain);
        let (letter, after) = first(escape)?;
        text.push(letter);
        rest = after;
    }
    text.push_str(rest);
    Some(text)
}

/// The same, with U+FFFD for every escape that means no character.
pub(super) fn resolved_lossily(inside: &str) -> String {
    let mut text = String::with_capacity(inside.len());
    let mut rest = inside;
    while let Some((plain, escape)) =
        memchr::memchr(b'\\', rest.as_bytes()).and_then(|at| rest.split_at_checked(at))
    {
        text.push_str(plain);
        if let Some((letter, after)) = first(escape) {
            text.push(letter);
            rest = after;
        } else {
            text.push(char::REPLACEMENT_CHARACTER);
            let length = if escape.starts_with("\\u") { "\\u0000".len() } else { 1 };
            let after = escape.split_at_checked(length).or_else(|| escape.split_at_checked(1));
            rest = after.map_or("", |(_, after)| after);
        }
    }
    text.push_str(rest);
    text
}

/// The character that an escape means, and what follows it.
fn first(escape: &str) -> Option<(char, &str)> {
    let (_, escaped) = escape.split_at_checked(1)?;
    let (letter, after) = escaped.split_at_checked(1)?;
    let letter = match letter {
        "n" => '\n',
        "t" => '\t',
        "r" => '\r',
        "\"" => '"',
        "\\" => '\\',
        "/" => '/',
        "b" => '\u{8}',
        "f" => '\u{c}',
        "u" => return unit(after).and_then(|(unit, after)| character(unit, after)),
        _ => return None,
    };
    Some((letter, after))
}

/// The character that a unit of UTF-16 means, with the other half of its pair where it is one.
fn character(unit: u32, after: &str) -> Option<(char, &str)> {
    if !(0xD800..0xDC00).contains(&unit) {
        return char::from_u32(unit).map(|letter| (letter, after));
    }
    let (low, after) = self::unit(after.strip_prefix("\\u")?)?;
    let low = low.checked_sub(0xDC00).filter(|low| *low < 0x400)?;
    char::from_u32(0x1_0000 + ((unit - 0xD800) << 10) + low).map(|letter| (letter, after))
}

/// Four hexadecimal digits.
fn unit(text: &str) -> Option<(u32, &str)> {
    let (digits, after) = text.split_at_checked(4)?;
    // A sign would be read as a part of a number.
    let digits = Some(digits).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    Some((u32::from_str_radix(digits, 16).ok()?, after))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn escapes_mean_characters() {
        for (inside, expected) in [
            (r#"a\n\t\r\b\f\/\\\"z"#, Some("a\n\t\r\u{8}\u{c}/\\\"z")),
            (r"\u0041\u00e9\u20AC", Some("A\u{e9}\u{20ac}")),
            (r"\ud83d\ude00!", Some("\u{1f600}!")),
            (r"\ud83d", None),
            (r"\ud83dx", None),
            (r"\ud83d\n", None),
            (r"\ud83d\u0041", None),
            (r"\ude00", None),
            (r"\u+041", None),
            (r"\u00", None),
            (r"\x", None),
            (r"\", None),
        ] {
            assert_eq!(resolved(inside).as_deref(), expected, "{inside}");
        }
    }

    proptest! {
        #[test]
        fn escapes_mean_what_serde_says(inside in r#"([a-z\u{e9}]|\\["\\/bfnrtux]|\\u[0-9a-fA-Fd]{4}|\\ud[89ab][0-9a-f]{2}|\\ud[c-f][0-9a-f]{2}){0,12}"#) {
            let expected = serde_json::from_str::<String>(&format!("\"{inside}\"")).ok();
            prop_assert_eq!(resolved(&inside), expected);
        }
    }
}
