//! The cursor is held against `serde_json`, and its corners against the grammar.

use proptest::prelude::*;
use serde::de::IgnoredAny;

use super::plain::{BLOCK, STRIDE, WORD, specials, specials_of_word};
use super::*;

fn is_special(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

/// The string at the start of `text`, read byte by byte: where it ends, or what is wrong where.
fn string_byte_by_byte(text: &[u8]) -> Result<usize, (usize, Reason)> {
    let mut at = 1;
    loop {
        match text.get(at) {
            None => return Err((at, Reason::Ended)),
            Some(b'"') => return Ok(at + 1),
            Some(b'\\') => at = escape_byte_by_byte(text, at + 1)?,
            Some(0..0x20) => return Err((at, Reason::Control)),
            Some(_) => at += 1,
        }
    }
}

fn escape_byte_by_byte(text: &[u8], at: usize) -> Result<usize, (usize, Reason)> {
    match text.get(at) {
        None => Err((at, Reason::Ended)),
        Some(b'u') => (at + 1..at + 5).try_fold(at + 1, |_, digit| match text.get(digit) {
            None => Err((digit, Reason::Ended)),
            Some(byte) if byte.is_ascii_hexdigit() => Ok(digit + 1),
            Some(_) => Err((digit, Reason::Escape)),
        }),
        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(at + 1),
        Some(_) => Err((at, Reason::Escape)),
    }
}

fn string_by_the_cursor(text: &[u8]) -> Result<usize, (usize, Reason)> {
    let mut cursor = Cursor::new(text, 0);
    cursor.string().map(|()| cursor.at).map_err(|flaw| (flaw.at, flaw.reason))
}

fn accepts(text: &[u8]) -> bool {
    document(text, |_| {}).is_ok()
}

/// What `serde_json` says of text that must also be UTF-8 throughout.
fn reference_accepts(text: &[u8]) -> bool {
    std::str::from_utf8(text).is_ok_and(|text| serde_json::from_str::<IgnoredAny>(text).is_ok())
}

const ACCEPTED: &[&str] = &[
    "0",
    "-0",
    "-0.0e-0",
    "1E400",
    "1.0e+2",
    "123456789012345678901234567890",
    "\"\"",
    "\"\\ud800\"",
    "\"\u{7f}\"",
    " [ ] ",
    "{\"a\":{}}",
    "[[],[[]],{}]",
    "\r\n\t null \n",
    "{\"a\":1,\"a\":2}",
];

const REJECTED: &[&str] = &[
    "",
    " ",
    "01",
    "-",
    "-a",
    "1.",
    ".5",
    "1e",
    "1e+",
    "+1",
    "0x1",
    "nul",
    "nulll",
    "True",
    "\"",
    "\"\\",
    "\"\\x\"",
    "\"\\u12g4\"",
    "\"\\u123",
    "\"\n\"",
    "\"\0\"",
    "[",
    "[1",
    "[1,",
    "[1,]",
    "[,1]",
    "[1 2]",
    "{",
    "{\"a\"",
    "{\"a\":",
    "{\"a\":1",
    "{\"a\":1,",
    "{\"a\":1,}",
    "{,}",
    "{a:1}",
    "{'a':1}",
    "{\"a\" 1}",
    "{1:2}",
    "[}",
    "{]",
    "[1}",
    "{\"a\":1]",
    "1 2",
    "{} {}",
    "\u{b}1",
    "\u{a0}1",
    "\u{feff}{}",
    "/**/1",
    "NaN",
    "{\"a\":}",
    "]",
    "}",
    ",",
];

#[test]
fn grammar_is_followed_to_the_letter() {
    for text in ACCEPTED {
        assert!(accepts(text.as_bytes()), "{text:?}");
        assert!(reference_accepts(text.as_bytes()), "{text:?}");
    }
    for text in REJECTED {
        assert!(!accepts(text.as_bytes()), "{text:?}");
        assert!(!reference_accepts(text.as_bytes()), "{text:?}");
    }
}

#[test]
fn flaws_are_named_and_placed() {
    let cases: [(&[u8], usize, Reason); 14] = [
        (b"{\"a\":1,}", 7, Reason::Key),
        (b"{\"a\" 1}", 5, Reason::Colon),
        (b"{\"a\":1 \"b\"}", 7, Reason::MemberEnd),
        (b"{\"a\":[1 2]}", 8, Reason::ElementEnd),
        (b"{\"a\":[{\"b\":1 2}]}", 13, Reason::MemberEnd),
        (b"{\"a\":tru}", 8, Reason::Value),
        (b"{\"a\":01}", 6, Reason::Number),
        (b"{\"a\":\"\\q\"}", 7, Reason::Escape),
        (b"{\"a\":\"x\ty\"}", 7, Reason::Control),
        (b"{\"a\":\"x", 7, Reason::Ended),
        (b"{} x", 3, Reason::Trailing),
        (b"{\"a\":\"ok\xff\"}", 8, Reason::Utf8),
        (b"\xEF\xBB\xBF{}", 0, Reason::ByteOrderMark),
        (b"", 0, Reason::Ended),
    ];
    for (text, at, reason) in cases {
        let flaw = document(text, |_| {}).unwrap_err();
        assert_eq!(flaw, Flaw { at, reason }, "{}", String::from_utf8_lossy(text));
    }
}

#[test]
fn deep_nesting_neither_overflows_nor_confuses() {
    let deep = 200_000;
    assert!(!accepts("[".repeat(deep).as_bytes()));
    assert!(!accepts("{\"a\":".repeat(deep).as_bytes()));
    for depth in [1, 63, 64, 65, 127, 128, 129, 1000, deep] {
        // Objects and arrays by turns, in a pattern that does not repeat every 64 levels.
        let pattern: Vec<bool> = (0..depth).map(|level| level % 3 == 0 || level % 7 == 2).collect();
        let open: String = pattern.iter().map(|object| if *object { "{\"k\":" } else { "[" }).collect();
        let close: String = pattern.iter().rev().map(|object| if *object { '}' } else { ']' }).collect();
        assert!(accepts(format!("{open}1{close}").as_bytes()), "{depth}");
        let wrong = close.replacen('}', ")", 1).replacen(']', "}", 1).replacen(')', "]", 1);
        assert!(!accepts(format!("{open}1{wrong}").as_bytes()) || wrong == close, "{depth}");
    }
}

#[test]
fn every_length_of_string_ends_where_it_ends() {
    for length in 0..300 {
        let plain = "é".repeat(length / 2) + &"x".repeat(length % 2);
        for (tail, reason) in [
            ("\"", None),
            ("", Some(Reason::Ended)),
            ("\n\"", Some(Reason::Control)),
            ("\\q\"", Some(Reason::Escape)),
        ] {
            let text = format!("\"{plain}{tail}");
            let found = document(text.as_bytes(), |_| {}).err().map(|flaw| flaw.reason);
            assert_eq!(found, reason, "{length} {tail:?}");
        }
        let mut bad = format!("\"{}\"", "x".repeat(length + 1)).into_bytes();
        bad[length + 1] = 0xC3;
        assert_eq!(document(&bad, |_| {}), Err(Flaw { at: length + 1, reason: Reason::Utf8 }));
    }
}

#[test]
fn every_byte_alone_and_in_a_string_is_judged_as_the_reference_judges_it() {
    for byte in 0..=u8::MAX {
        for text in [
            vec![byte],
            vec![b'"', byte, b'"'],
            [&[b'"'][..], &[byte; 70], b"\""].concat(),
            vec![b'[', byte, b'1', b']'],
        ] {
            assert_eq!(accepts(&text), reference_accepts(&text), "{text:?}");
        }
    }
}

#[test]
fn keys_are_the_same_however_they_are_spelled() {
    let key = |key: &'static [u8]| Member { key, place: 0..0, value: b"" };
    for spelling in [
        &b"model"[..],
        b"\\u006dodel",
        b"mod\\u0065l",
        b"\\u006d\\u006f\\u0064\\u0065\\u006c",
        b"\\u006D\\u006F\\u0064\\u0065\\u006C",
    ] {
        assert!(key(spelling).is("model"), "{}", String::from_utf8_lossy(spelling));
    }
    for other in
        [&b"Model"[..], b"models", b"mode", b"", b"\\\\model", b"mo\\tdel", b"\\ud800odel", b"model\\u0000"]
    {
        assert!(!key(other).is("model"), "{}", String::from_utf8_lossy(other));
    }
}

/// Pieces of which nearly valid documents are made.
fn soup() -> impl Strategy<Value = Vec<u8>> {
    let pieces: Vec<&'static [u8]> = vec![
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b":",
        b"\"",
        b"\\",
        b"\"a\"",
        b"\"model\"",
        b"\"stream\"",
        b"\"\\u006dodel\"",
        b"0",
        b"-",
        b"1",
        b".5",
        b"e",
        b"E+3",
        b"true",
        b"false",
        b"null",
        b" ",
        b"\n",
        b"\t",
        b"\\u00e9",
        b"\\ud800",
        b"\\n",
        b"\xc3\xa9",
        b"\xff",
        b"\x01",
        b"\xEF\xBB\xBF",
        b"abcdefghijklmnopqrstuvwxyz0123456789",
    ];
    proptest::collection::vec(proptest::sample::select(pieces), 0..24).prop_map(|pieces| pieces.concat())
}

/// A valid document, as text.
fn valid() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        any::<i64>().prop_map(|number| number.to_string()),
        any::<f64>().prop_filter_map("finite", |number| number.is_finite().then(|| format!("{number:e}"))),
        any::<String>().prop_map(|text| serde_json::to_string(&text).unwrap()),
        "[a-z\"\\\\]{60,140}".prop_map(|text| serde_json::to_string(&text).unwrap()),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6)
                .prop_map(|items| format!("[{}]", items.join(", "))),
            proptest::collection::vec((any::<String>(), inner), 0..6).prop_map(|members| object_of(&members)),
        ]
    })
}

fn object_of(members: &[(String, String)]) -> String {
    let member = |(key, value): &(String, String)| format!("{}:{value}", serde_json::to_string(key).unwrap());
    format!("{{{}}}", members.iter().map(member).collect::<Vec<_>>().join(",\n"))
}

#[test]
fn special_byte_anywhere_in_a_long_string_is_found() {
    let longest = WORD + 3 * STRIDE + BLOCK;
    for at in 0..longest {
        for special in [b"\"".as_slice(), b"\\q", b"\\n", b"\\u00e9", b"\\\"", b"\n", b"\0", b"\x1f", b"\\"] {
            let mut text = [b"\"".as_slice(), &vec![b'x'; longest], b"\""].concat();
            text.splice(at + 1..=at, special.iter().copied());
            assert_eq!(string_by_the_cursor(&text), string_byte_by_byte(&text), "{special:?} at {at}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_bytes_are_judged_as_the_reference_judges_them(text in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert_eq!(accepts(&text), reference_accepts(&text));
    }

    #[test]
    fn nearly_valid_documents_are_judged_as_the_reference_judges_them(text in soup()) {
        prop_assert_eq!(accepts(&text), reference_accepts(&text), "{}", String::from_utf8_lossy(&text));
    }

    #[test]
    fn valid_documents_are_accepted_and_mutated_ones_judged_as_the_reference_judges_them(
        text in valid(),
        edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3),
    ) {
        let mut text = text.into_bytes();
        prop_assert!(accepts(&text));
        for (index, byte) in edits {
            let at = index.index(text.len());
            text[at] = byte;
        }
        prop_assert_eq!(accepts(&text), reference_accepts(&text), "{}", String::from_utf8_lossy(&text));
    }

    #[test]
    fn special_bytes_of_a_block_are_found(block in any::<[u8; BLOCK]>(), plain in any::<u64>()) {
        let mut block = block;
        for (at, byte) in block.iter_mut().enumerate() {
            *byte |= if plain >> at & 1 == 1 { 0x80 } else { 0 };
        }
        let expected = (0..BLOCK).filter(|at| is_special(block[*at])).fold(0, |bits, at| bits | 1_u64 << at);
        prop_assert_eq!(specials(&block), expected);
        for word in block.as_chunks::<WORD>().0 {
            let expected = (0..WORD).filter(|at| is_special(word[*at])).fold(0, |bits, at| bits | 1_u64 << at);
            prop_assert_eq!(specials_of_word(word), expected);
        }
    }

    #[test]
    fn strings_of_any_length_end_and_fail_where_they_do_byte_by_byte(
        pieces in proptest::collection::vec((0..1300_usize, proptest::sample::select(vec![
            "", "", "\\", "\"", "\\\\", "\\\"", "\\n", "\\/\\b\\f\\r\\t", "\\u00e9", "\\uD83D\\ude00", "\\u00g", "\\x", "\n", "\0",
            "\u{1f}", "\u{7f}", "é", "模", " ",
        ])), 0..6),
        filler in proptest::sample::select(vec!["x", " ", "!", "#", "[", "]", "é", "~"]),
        tail in 0..130_usize,
    ) {
        let pieces = pieces.iter().map(|(run, piece)| filler.repeat(*run) + piece);
        let text = format!("\"{}{}\"{}", pieces.collect::<String>(), filler.repeat(tail), "\"".repeat(tail % 3));
        prop_assert_eq!(string_by_the_cursor(text.as_bytes()), string_byte_by_byte(text.as_bytes()), "{}", text);
    }

    #[test]
    fn strings_thick_with_escapes_are_judged_as_the_reference_judges_them(
        pieces in proptest::collection::vec(proptest::sample::select(vec![
            "\\", "\"", "\\\\", "\\\"", "\\n", "\\u00e9", "\\u00", "\\x", "\n", "abc", "abcdefghijklmnopqrstuvwxyz", "é", "/",
        ]), 0..40),
    ) {
        let text = format!("\"{}\"", pieces.concat());
        prop_assert_eq!(accepts(text.as_bytes()), reference_accepts(text.as_bytes()), "{}", text);
        let long = format!("\"{}{}\"", pieces.concat(), "z".repeat(40));
        prop_assert_eq!(accepts(long.as_bytes()), reference_accepts(long.as_bytes()), "{}", long);
    }

    #[test]
    fn quoted_text_reads_back(original in any::<String>()) {
        let quoted = quote(&original);
        prop_assert_eq!(text(&quoted).unwrap(), original);
    }
}
