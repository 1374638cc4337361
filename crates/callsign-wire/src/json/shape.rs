//! Whether bytes have the shape of one whole JSON object, and where one ends: a quick look that finds what is cut, mangled or
//! no JSON at all, without reading values.
//!
//! Bits stand for bytes, 64 at a time, as in Langdale and Lemire, "Parsing Gigabytes of JSON per Second" (2019).

use wide::u8x16;

/// Bytes looked at in one go, a bit of a word for each.
const BLOCK: usize = 64;
const LANES: usize = 16;
/// Sets apart `[` from `{` and `]` from `}`, and nothing else that matters.
const CASE: u8 = b'{' ^ b'[';

/// Whether `text` is one object whose strings all end and whose braces and brackets pair up in number. What stands
/// between them is not read.
///
/// `each` is shown the text behind the quote that begins each string, key or value, and answers whether to look on.
pub(crate) fn is_object<'a>(text: &'a [u8], mut each: impl FnMut(&'a [u8]) -> bool) -> bool {
    let text = text.trim_ascii();
    let Some(inside) = text.strip_prefix(b"{").and_then(|rest| rest.strip_suffix(b"}")) else { return false };
    if !matches!(inside.trim_ascii_start().first(), None | Some(b'"')) {
        return false;
    }
    let mut shape = Shape::default();
    let (blocks, rest) = inside.as_chunks::<BLOCK>();
    let mut last = [b' '; BLOCK];
    last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    let mut number = 0;
    while number <= blocks.len() {
        let mut starts = shape.add(blocks.get(number).unwrap_or(&last));
        while starts != 0 {
            let behind = number * BLOCK + starts.trailing_zeros() as usize + 1;
            if !each(inside.get(behind..).unwrap_or_default()) {
                return false;
            }
            starts &= starts - 1;
        }
        if shape.depth < 0 {
            return false;
        }
        number += 1;
        if shape.in_text {
            let ahead = inside.get(number * BLOCK..).unwrap_or_default();
            number += memchr::memchr2(b'"', b'\\', ahead).unwrap_or(ahead.len()) / BLOCK;
        }
    }
    shape.is_closed()
}

/// How many bytes the object or array has that a well-formed text begins with.
pub(crate) fn container(text: &[u8]) -> usize {
    let mut shape = Shape::default();
    let mut start = 0;
    while let Some(rest) = text.get(start..).filter(|rest| !rest.is_empty()) {
        let mut padded = [b' '; BLOCK];
        let block = rest.first_chunk().unwrap_or_else(|| {
            padded.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
            &padded
        });
        if let Some(end) = shape.end_in(block) {
            return start + end;
        }
        start += BLOCK;
        if shape.in_text {
            let ahead = text.get(start..).unwrap_or_default();
            start += memchr::memchr2(b'"', b'\\', ahead).unwrap_or(ahead.len()) / BLOCK * BLOCK;
        }
    }
    text.len()
}

/// What has been seen of an object's inside.
#[derive(Default)]
struct Shape {
    depth: i64,
    /// All ones inside a string.
    in_string: u64,
    /// Whether the block before ended in a backslash that escapes.
    escaping: bool,
    /// Whether the block before was nothing but text, as most of a long string are.
    in_text: bool,
}

/// The strings of a block.
struct Strings {
    /// Their bytes.
    inside: u64,
    /// Their first quotes.
    begin: u64,
}

// === impl Shape ===

impl Shape {
    /// Takes a block in; answers where strings begin in it.
    fn add(&mut self, block: &[u8; BLOCK]) -> u64 {
        let lanes = lanes(block);
        let strings = self.strings(lanes);
        if !self.in_text {
            let (opening, closing) = pairs(lanes, strings.inside);
            self.depth += i64::from(opening.count_ones()) - i64::from(closing.count_ones());
        }
        strings.begin
    }

    /// Takes a block in; answers how many of its bytes come before the depth is again what it was at the beginning.
    fn end_in(&mut self, block: &[u8; BLOCK]) -> Option<usize> {
        let lanes = lanes(block);
        let strings = self.strings(lanes);
        if self.in_text {
            return None;
        }
        let (opening, mut closing) = pairs(lanes, strings.inside);
        let mut depth = self.depth;
        self.depth += i64::from(opening.count_ones()) - i64::from(closing.count_ones());
        while closing != 0 {
            let place = closing.trailing_zeros();
            depth -= 1;
            if depth + i64::from((opening & !(u64::MAX << place)).count_ones()) == 0 {
                return Some(place as usize + 1);
            }
            closing &= closing - 1;
        }
        None
    }

    /// Finds the strings of the next block.
    fn strings(&mut self, lanes: [u8x16; 4]) -> Strings {
        if !has_marks(lanes) {
            self.escaping = false;
            self.in_text = self.in_string != 0;
            return Strings { inside: self.in_string, begin: 0 };
        }
        self.in_text = false;
        let backslashes = places(lanes, b'\\');
        let quotes = places(lanes, b'"') & !self.escaped(backslashes);
        let inside = through_strings(quotes) ^ self.in_string;
        // An arithmetic shift spreads the last byte's state over the next block.
        self.in_string = 0u64.wrapping_sub(inside >> 63);
        Strings { inside, begin: quotes & inside }
    }

    fn is_closed(&self) -> bool {
        self.depth == 0 && self.in_string == 0 && !self.escaping
    }

    /// The bytes that a backslash before them escapes.
    fn escaped(&mut self, backslashes: u64) -> u64 {
        let mut escaped = u64::from(self.escaping);
        if backslashes == 0 {
            self.escaping = false;
            return escaped;
        }
        let mut left = backslashes & !escaped;
        self.escaping = false;
        while left != 0 {
            let place = left.trailing_zeros();
            let next = 1u64.checked_shl(place + 1).unwrap_or(0);
            self.escaping = next == 0;
            escaped |= next;
            left &= !(1 << place) & !next;
        }
        escaped
    }
}

/// The braces and brackets that open outside of strings, and those that close.
fn pairs(lanes: [u8x16; 4], inside: u64) -> (u64, u64) {
    let folded = lanes.map(|lane| lane | u8x16::splat(CASE));
    (places(folded, b'{') & !inside, places(folded, b'}') & !inside)
}

fn lanes(block: &[u8; BLOCK]) -> [u8x16; 4] {
    let mut lanes = [u8x16::ZERO; 4];
    let parts = block.as_chunks::<LANES>().0;
    lanes.iter_mut().zip(parts).for_each(|(lane, part)| *lane = u8x16::new(*part));
    lanes
}

/// Whether there is a quote or a backslash.
fn has_marks(lanes: [u8x16; 4]) -> bool {
    let marks = lanes.map(|lane| lane.simd_eq(u8x16::splat(b'"')) | lane.simd_eq(u8x16::splat(b'\\')));
    let [first, second, third, fourth] = marks;
    (first | second | third | fourth).any()
}

/// Where a byte stands in a block.
fn places(lanes: [u8x16; 4], byte: u8) -> u64 {
    let [first, second, third, fourth] =
        lanes.map(|lane| u64::from(lane.simd_eq(u8x16::splat(byte)).to_bitmask()));
    first | second << LANES | third << (2 * LANES) | fourth << (3 * LANES)
}

/// Each bit from a quote to the one that ends its string: the exclusive or of all bits up to there.
const fn through_strings(quotes: u64) -> u64 {
    let mut bits = quotes;
    bits ^= bits << 1;
    bits ^= bits << 2;
    bits ^= bits << 4;
    bits ^= bits << 8;
    bits ^= bits << 16;
    bits ^ (bits << 32)
}

#[cfg(test)]
#[expect(clippy::disallowed_types, reason = "arbitrary JSON is made from values")]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::{container, is_object};

    #[test]
    fn what_is_cut_or_no_json_is_found() {
        let cases = [
            (r"{}", true),
            (" {\"a\":1}\r\n", true),
            (r#"{"a":"}","b":["{",{"c":"\"]"}]}"#, true),
            (r#"{"a":"\\"}"#, true),
            ("", false),
            ("{", false),
            ("[]", false),
            ("<html></html>", false),
            ("{garbage}", false),
            ("not json", false),
            (r#"{"a":"b}"#, false),
            (r#"{"a":"b\"}"#, false),
            (r#"{"a":[1,2}"#, false),
            (r#"{"a":1}}"#, false),
            (r#"{"a":{"b":1}"#, false),
        ];
        for (text, expected) in cases {
            assert_eq!(is_object(text.as_bytes(), |_| true), expected, "{text}");
            let long = format!(r#"{{"long":"{}\\\"","inner":{text}}}"#, "x\\\\y".repeat(40));
            if text.trim_start().starts_with('{') {
                assert_eq!(is_object(long.as_bytes(), |_| true), expected || text == "{garbage}", "{long}");
            }
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            any::<i32>().prop_map(Value::from),
            "[a-z\"\\\\{}\\[\\] \u{e9}\n]{0,80}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::btree_map("[a-z\"\\\\{]{0,30}", inner, 0..6).prop_map(Value::from_iter),
            ]
        })
    }

    /// What stands behind the quotes that begin the strings, byte for byte.
    fn strings(text: &str) -> Vec<&[u8]> {
        let (mut found, mut inside, mut escaped) = (Vec::new(), false, false);
        for (place, byte) in text.bytes().enumerate() {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => {
                    inside = !inside;
                    found.extend(inside.then(|| &text.as_bytes()[place + 1..]));
                }
                _ => {}
            }
        }
        found
    }

    fn shown(text: &str) -> Vec<&[u8]> {
        let mut shown = Vec::new();
        assert!(is_object(text.as_bytes(), |string| {
            shown.push(string);
            true
        }));
        shown
    }

    #[test]
    fn strings_are_shown_wherever_long_ones_begin_and_end() {
        for (before, long) in
            (0..130).flat_map(|before| [0, 1, 62, 63, 64, 65, 200, 700].map(|long| (before, long)))
        {
            for last in ["", "\\\"", "\\\\", "\\n."] {
                let text = format!(
                    r#"{{"{}":"{}{last}","error":[{{"k":"v"}}]}}"#,
                    "b".repeat(before),
                    "x".repeat(long)
                );
                let expected: Vec<_> =
                    strings(&text).into_iter().map(|string| &string[..string.len() - 1]).collect();
                assert_eq!(shown(&text), expected, "{text}");
            }
        }
        assert!(!is_object(br#"{"a":"b"}"#, |string| string != b"b\""));
    }

    proptest! {
        #[test]
        fn every_string_is_shown(members in prop::collection::btree_map("[a-z\"\\\\]{0,20}", any_json(), 0..8)) {
            let text = Value::from_iter(members).to_string();
            let expected: Vec<_> =
                strings(&text).into_iter().map(|string| &string[..string.len() - 1]).collect();
            prop_assert_eq!(shown(&text), expected);
        }

        /// Every object passes, and none that is cut anywhere does.
        #[test]
        fn whole_objects_pass_and_cut_ones_do_not(
            members in prop::collection::btree_map("[a-z\"\\\\]{0,20}", any_json(), 0..8),
            cut in any::<prop::sample::Index>(),
        ) {
            let text = Value::from_iter(members).to_string();
            prop_assert!(is_object(text.as_bytes(), |_| true), "{}", text);
            let cut = &text.as_bytes()[..cut.index(text.len())];
            prop_assert!(!is_object(cut, |_| true), "{}", String::from_utf8_lossy(cut));
        }

        #[test]
        fn containers_are_told_from_what_follows_them(
            members in prop::collection::btree_map("[a-z\"\\\\]{0,20}", any_json(), 0..8),
            long in "[a-z\"\\\\{}]{0,200}",
            after in "[\\]\\[}{,\"a-z]{0,80}",
        ) {
            let object = Value::from_iter(members).to_string();
            let array = format!("[{object},{},{{}},[]]", Value::from(long));
            for text in [object, array] {
                prop_assert_eq!(container(format!("{text}{after}").as_bytes()), text.len(), "{}{}", text, after);
            }
        }

        #[test]
        fn nothing_panics(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            is_object(&bytes, |_| true);
            prop_assert!(container(&bytes) <= bytes.len());
        }
    }
}
