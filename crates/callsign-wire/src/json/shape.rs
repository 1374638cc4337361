//! Whether bytes have the shape of one whole JSON object: a quick look that finds what is cut, mangled or no JSON at all,
//! without reading values.
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
pub(crate) fn is_object(text: &[u8]) -> bool {
    let text = text.trim_ascii();
    let Some(inside) = text.strip_prefix(b"{").and_then(|rest| rest.strip_suffix(b"}")) else { return false };
    if !matches!(inside.trim_ascii_start().first(), None | Some(b'"')) {
        return false;
    }
    let mut shape = Shape::default();
    let (blocks, rest) = inside.as_chunks::<BLOCK>();
    let whole = blocks.iter().all(|block| shape.add(block));
    let mut last = [b' '; BLOCK];
    last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    whole && shape.add(&last) && shape.is_closed()
}

/// What has been seen of an object's inside.
#[derive(Default)]
struct Shape {
    depth: i64,
    /// All ones inside a string.
    in_string: u64,
    /// Whether the block before ended in a backslash that escapes.
    escaping: bool,
}

// === impl Shape ===

impl Shape {
    /// Whether nothing is wrong so far.
    fn add(&mut self, block: &[u8; BLOCK]) -> bool {
        let mut found = Found::default();
        for (place, lane) in block.as_chunks::<LANES>().0.iter().enumerate() {
            found.add(u8x16::new(*lane), place * LANES);
        }
        let quotes = found.quotes & !self.escaped(found.backslashes);
        let inside = through_strings(quotes) ^ self.in_string;
        // An arithmetic shift spreads the last byte's state over the next block.
        self.in_string = 0u64.wrapping_sub(inside >> 63);
        self.depth += i64::from((found.opens & !inside).count_ones());
        self.depth -= i64::from((found.closes & !inside).count_ones());
        self.depth >= 0
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

/// What a block holds, a bit for each byte.
#[derive(Default)]
struct Found {
    quotes: u64,
    backslashes: u64,
    opens: u64,
    closes: u64,
}

// === impl Found ===

impl Found {
    fn add(&mut self, lane: u8x16, place: usize) {
        let bits = |lane: u8x16, byte: u8| u64::from(lane.simd_eq(u8x16::splat(byte)).to_bitmask()) << place;
        let folded = lane | u8x16::splat(CASE);
        self.quotes |= bits(lane, b'"');
        self.backslashes |= bits(lane, b'\\');
        self.opens |= bits(folded, b'{');
        self.closes |= bits(folded, b'}');
    }
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

    use super::is_object;

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
            assert_eq!(is_object(text.as_bytes()), expected, "{text}");
            let long = format!(r#"{{"long":"{}\\\"","inner":{text}}}"#, "x\\\\y".repeat(40));
            if text.trim_start().starts_with('{') {
                assert_eq!(is_object(long.as_bytes()), expected || text == "{garbage}", "{long}");
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

    proptest! {
        /// Every object passes, and none that is cut anywhere does.
        #[test]
        fn whole_objects_pass_and_cut_ones_do_not(
            members in prop::collection::btree_map("[a-z\"\\\\]{0,20}", any_json(), 0..8),
            cut in any::<prop::sample::Index>(),
        ) {
            let text = Value::from_iter(members).to_string();
            prop_assert!(is_object(text.as_bytes()), "{}", text);
            let cut = &text.as_bytes()[..cut.index(text.len())];
            prop_assert!(!is_object(cut), "{}", String::from_utf8_lossy(cut));
        }

        #[test]
        fn nothing_panics(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            is_object(&bytes);
        }
    }
}
