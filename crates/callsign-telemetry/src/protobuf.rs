//! Protocol Buffers' wire format, as far as spans and what is answered to them need it. What the fields mean is not known here.
//!
//! <https://protobuf.dev/programming-guides/encoding/>

/// A field's place in its message, with what stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field<'b> {
    /// A number or a truth.
    Number(u64),
    /// Text, bytes or a message.
    Bytes(&'b [u8]),
}

/// The fields of a message, in order. What cannot be read ends them.
pub(crate) struct Fields<'b>(&'b [u8]);

/// Numbers of variable length.
const NUMBER: u8 = 0;
/// Eight bytes.
const FIXED: u8 = 1;
/// A length, and so many bytes.
const BYTES: u8 = 2;
/// Four bytes.
const SHORT: u8 = 5;
/// The bits of a tag that tell what follows.
const KIND_BITS: u32 = 3;
/// All but the last byte of a number.
const MORE: u8 = 0x80;
/// The length of most messages here: of 128 to 16,383 bytes.
const USUAL: usize = 2;

/// How many bytes a number takes.
pub(crate) const fn size(number: u64) -> usize {
    // Seven bits each.
    (70 - (number | 1).leading_zeros() as usize) / 7
}

/// How many bytes text takes, together with its length and its tag.
pub(crate) const fn size_of_bytes(length: usize) -> usize {
    1 + size(length as u64) + length
}

#[expect(clippy::cast_possible_truncation, reason = "seven bits at a time are wanted")]
pub(crate) fn number(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= u64::from(MORE) {
        bytes.push(number as u8 | MORE);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// The field `field` of a message, a number.
pub(crate) fn number_field(bytes: &mut Vec<u8>, field: u8, value: u64) {
    tagged(bytes, (field, NUMBER), value);
}

/// The field `field` of a message, eight bytes.
pub(crate) fn fixed_field(bytes: &mut Vec<u8>, field: u8, value: u64) {
    tag(bytes, field, FIXED);
    bytes.extend_from_slice(&value.to_le_bytes());
}

/// The field `field` of a message, four bytes.
pub(crate) fn short_field(bytes: &mut Vec<u8>, field: u8, value: u32) {
    tag(bytes, field, SHORT);
    bytes.extend_from_slice(&value.to_le_bytes());
}

/// The field `field` of a message: text, bytes, or a message that is written already.
pub(crate) fn bytes_field(bytes: &mut Vec<u8>, field: u8, value: &[u8]) {
    length(bytes, field, value.len());
    bytes.extend_from_slice(value);
}

/// What stands before the field `field`, whose bytes are so many and are written next.
pub(crate) fn length(bytes: &mut Vec<u8>, field: u8, length: usize) {
    tagged(bytes, (field, BYTES), length as u64);
}

/// The field `field` of a message, a message of whatever `write` writes. Its length is known when it is whole.
pub(crate) fn message_field(bytes: &mut Vec<u8>, field: u8, write: impl FnOnce(&mut Vec<u8>)) {
    tag(bytes, field, BYTES);
    let place = bytes.len();
    bytes.extend_from_slice(&[0; USUAL]);
    write(bytes);
    let length = (bytes.len() - place - USUAL) as u64;
    let mut written = Vec::new();
    match bytes.get_mut(place..place + USUAL) {
        #[expect(clippy::cast_possible_truncation, reason = "it is below 1 << 14")]
        Some(usual) if size(length) == USUAL => {
            usual.copy_from_slice(&[length as u8 | MORE, (length >> 7) as u8]);
        }
        _ => {
            number(&mut written, length);
            bytes.splice(place..place + USUAL, written);
        }
    }
}

/// A tag and a number; of most fields both take one byte, and are written at once.
#[expect(clippy::cast_possible_truncation, reason = "both were looked at")]
fn tagged(bytes: &mut Vec<u8>, (field, kind): (u8, u8), value: u64) {
    let mark = u64::from(field) << KIND_BITS | u64::from(kind);
    if (mark | value) < u64::from(MORE) {
        return bytes.extend_from_slice(&[mark as u8, value as u8]);
    }
    number(bytes, mark);
    number(bytes, value);
}

/// All fields that are used here are among the first sixteen, whose tag is one byte; the sixteenth takes two.
fn tag(bytes: &mut Vec<u8>, field: u8, kind: u8) {
    number(bytes, u64::from(field) << KIND_BITS | u64::from(kind));
}

// === impl Fields ===

impl<'b> Fields<'b> {
    pub(crate) const fn of(message: &'b [u8]) -> Self {
        Self(message)
    }

    fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..u64::BITS).step_by(7) {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            number |= u64::from(byte & !MORE) << shift;
            if byte & MORE == 0 {
                return Some(number);
            }
        }
        None
    }

    fn bytes(&mut self, length: usize) -> Option<&'b [u8]> {
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }
}

impl<'b> Iterator for Fields<'b> {
    type Item = (u64, Field<'b>);

    fn next(&mut self) -> Option<Self::Item> {
        let tag = self.number()?;
        let field = match u8::try_from(tag & 7).ok()? {
            NUMBER => Field::Number(self.number()?),
            FIXED => Field::Bytes(self.bytes(8)?),
            SHORT => Field::Bytes(self.bytes(4)?),
            BYTES => {
                let length = usize::try_from(self.number()?).ok()?;
                Field::Bytes(self.bytes(length)?)
            }
            _ => return None,
        };
        Some((tag >> KIND_BITS, field))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use prost::encoding::{decode_varint, encode_varint, encoded_len_varint};

    use super::*;

    proptest! {
        #[test]
        fn numbers_are_written_and_read_as_everybody_does(value: u64, shift in 0_u32..64) {
            let value = value >> shift;
            let (mut ours, mut theirs) = (Vec::new(), Vec::new());
            number(&mut ours, value);
            encode_varint(value, &mut theirs);
            prop_assert_eq!(&ours, &theirs);
            prop_assert_eq!(size(value), encoded_len_varint(value));
            prop_assert_eq!(Fields::of(&ours).number(), decode_varint(&mut &*theirs).ok());
        }

        #[test]
        fn messages_of_any_length_have_the_shortest_prefix(length in 0_usize..40_000) {
            let mut bytes = vec![9];
            message_field(&mut bytes, 3, |bytes| bytes.resize(bytes.len() + length, 7));
            let mut expected = vec![9];
            bytes_field(&mut expected, 3, &vec![7; length]);
            prop_assert_eq!(bytes, expected);
        }

        #[test]
        fn whatever_comes_is_read_to_an_end(bytes: Vec<u8>) {
            prop_assert!(Fields::of(&bytes).count() <= bytes.len());
        }
    }
}
