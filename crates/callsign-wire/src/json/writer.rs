//! JSON written straight into bytes: commas and escapes are seen to, everything else is the caller's.

use super::plain::before_special;
use crate::hub::extras::{Extras, Json};

/// JSON text under way.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    out: Vec<u8>,
    /// Whether a value stands before the next one.
    follows: bool,
}

const HEX: &[u8; 16] = b"0123456789abcdef";

// === impl Writer ===

impl Writer {
    /// Room for about `bytes`.
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self { out: Vec::with_capacity(bytes), follows: false }
    }

    /// Writes behind what stands in `out` already.
    pub(crate) const fn behind(out: Vec<u8>) -> Self {
        Self { out, follows: false }
    }

    /// The text.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.out
    }

    /// An object with what `fill` writes into it.
    pub(crate) fn object(&mut self, fill: impl FnOnce(&mut Self)) {
        self.enclosed((b'{', b'}'), fill);
    }

    /// An array with what `fill` writes into it.
    pub(crate) fn array(&mut self, fill: impl FnOnce(&mut Self)) {
        self.enclosed((b'[', b']'), fill);
    }

    /// A member's key; its value comes next.
    pub(crate) fn key(&mut self, key: &str) -> &mut Self {
        self.separate();
        self.quoted(key);
        self.out.push(b':');
        self.follows = false;
        self
    }

    /// A string.
    pub(crate) fn text(&mut self, text: &str) {
        self.separate();
        self.quoted(text);
    }

    /// An integer.
    pub(crate) fn count(&mut self, number: u64) {
        self.shown(number);
    }

    /// An integer that may be negative.
    pub(crate) fn integer(&mut self, number: i64) {
        self.shown(number);
    }

    /// A number; what JSON has no spelling for becomes `null`.
    pub(crate) fn number(&mut self, number: f64) {
        if number.is_finite() { self.shown(number) } else { self.null() }
    }

    /// A number of 32 bits, with no more digits than tell it from its neighbours.
    pub(crate) fn single(&mut self, number: f32) {
        if number.is_finite() { self.shown(number) } else { self.null() }
    }

    /// A boolean.
    pub(crate) fn boolean(&mut self, value: bool) {
        self.bare(if value { b"true" } else { b"false" });
    }

    /// `null`.
    pub(crate) fn null(&mut self) {
        self.bare(b"null");
    }

    /// A value as it is spelled.
    pub(crate) fn json(&mut self, json: &Json) {
        self.bare(json.as_str().as_bytes());
    }

    /// Members as they came.
    pub(crate) fn extras(&mut self, extras: &Extras) {
        for (key, json) in extras.iter() {
            self.key(key).json(json);
        }
    }

    /// A member that is a string, where there is one.
    pub(crate) fn text_member(&mut self, key: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.key(key).text(text);
        }
    }

    /// A member that is an integer, where there is one.
    pub(crate) fn count_member(&mut self, key: &str, number: Option<u64>) {
        if let Some(number) = number {
            self.key(key).count(number);
        }
    }

    /// A member that is a number, where there is one.
    pub(crate) fn number_member(&mut self, key: &str, number: Option<f64>) {
        if let Some(number) = number {
            self.key(key).number(number);
        }
    }

    /// A member that is a boolean, where there is one.
    pub(crate) fn boolean_member(&mut self, key: &str, value: Option<bool>) {
        if let Some(value) = value {
            self.key(key).boolean(value);
        }
    }

    /// A member as it is spelled, where there is one.
    pub(crate) fn json_member(&mut self, key: &str, json: Option<&Json>) {
        if let Some(json) = json {
            self.key(key).json(json);
        }
    }

    fn enclosed(&mut self, (open, close): (u8, u8), fill: impl FnOnce(&mut Self)) {
        self.separate();
        self.out.push(open);
        self.follows = false;
        fill(self);
        self.out.push(close);
        self.follows = true;
    }

    fn separate(&mut self) {
        if self.follows {
            self.out.push(b',');
        }
        self.follows = true;
    }

    fn bare(&mut self, value: &[u8]) {
        self.separate();
        self.out.extend_from_slice(value);
    }

    fn shown(&mut self, value: impl std::fmt::Display) {
        use std::io::Write as _;
        self.separate();
        // Writing into memory cannot fail.
        let written = write!(self.out, "{value}");
        debug_assert!(written.is_ok(), "memory is not a file");
    }

    fn quoted(&mut self, text: &str) {
        self.out.push(b'"');
        let mut rest = text.as_bytes();
        loop {
            let (plain, special) = rest.split_at(before_special(rest));
            self.out.extend_from_slice(plain);
            let Some((byte, after)) = special.split_first() else { break };
            self.escape(*byte);
            rest = after;
        }
        self.out.push(b'"');
    }

    fn escape(&mut self, byte: u8) {
        let short = match byte {
            b'"' | b'\\' => byte,
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            0x08 => b'b',
            0x0C => b'f',
            _ => {
                let digit = |value: u8| HEX.get(usize::from(value)).copied().unwrap_or(b'0');
                self.out.extend_from_slice(b"\\u00");
                self.out.extend_from_slice(&[digit(byte >> 4), digit(byte & 0xF)]);
                return;
            }
        };
        self.out.extend_from_slice(&[b'\\', short]);
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_types, reason = "what is written is read back as values")]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn commas_stand_between_values_only() {
        let mut writer = Writer::default();
        writer.object(|writer| {
            writer.key("a").array(|writer| {
                writer.count(1);
                writer.object(|_| {});
                writer.null();
            });
            writer.number_member("b", Some(0.5));
            writer.text_member("none", None);
            writer.boolean_member("c", Some(true));
            writer.key("d").number(f64::NAN);
            writer.key("e").integer(-3);
        });
        let text = String::from_utf8(writer.into_bytes()).unwrap();
        assert_eq!(text, r#"{"a":[1,{},null],"b":0.5,"c":true,"d":null,"e":-3}"#);
    }

    proptest! {
        #[test]
        fn any_text_is_read_back(
            text in prop_oneof![any::<String>(), "([a-z]{0,80}[\"\\\\\n\u{e9}]){0,4}[a-z]{0,70}"],
            key in ".{0,8}",
        ) {
            let mut writer = Writer::default();
            writer.object(|writer| writer.key(&key).text(&text));
            let read: Value = serde_json::from_slice(&writer.into_bytes()).unwrap();
            prop_assert_eq!(read, json!({ key: text }));
        }

        #[test]
        fn any_number_is_read_back(number in any::<f64>().prop_filter("finite", |number| number.is_finite())) {
            let mut writer = Writer::default();
            writer.number(number);
            let text = String::from_utf8(writer.into_bytes()).unwrap();
            prop_assert!(serde_json::from_str::<Value>(&text).is_ok());
            prop_assert_eq!(text.parse::<f64>().unwrap().to_bits(), number.to_bits());
        }
    }
}
