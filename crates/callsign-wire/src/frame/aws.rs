//! Amazon's binary event stream, in which Bedrock streams.
//!
//! A message is a prelude (total length, headers' length, CRC-32 of both), headers, payload, and the CRC-32 of all before
//! it; numbers are big-endian. <https://smithy.io/2.0/aws/amazon-eventstream.html>
//!
//! `aws-smithy-eventstream` decodes the same, and brings the types of Amazon's whole SDK along.

use bytes::{Buf, Bytes, BytesMut};

/// A header whose value is text: type 7, and a length of two bytes.
const TEXT: u8 = 7;

/// The lengths and their checksum.
const PRELUDE: usize = 12;

/// The checksum at a message's end.
const CHECKSUM: usize = 4;

/// No message is longer: Amazon's own limit is 16 MiB of payload and 128 KiB of headers.
const LONGEST: usize = (16 << 20) + (128 << 10) + PRELUDE + CHECKSUM;

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    headers: Bytes,
    /// What it carries: JSON, for Bedrock.
    pub payload: Bytes,
}

/// Why bytes are no messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// The lengths do not match their checksum.
    #[error("the checksum of a message's lengths is wrong")]
    Prelude,
    /// The message does not match its checksum.
    #[error("the checksum of a message is wrong")]
    Checksum,
    /// The lengths cannot be.
    #[error("the lengths of a message cannot be")]
    Length,
    /// A header cannot be read.
    #[error("a header of a message cannot be read")]
    Header,
}

/// Splits a stream into messages, however its bytes are cut.
#[derive(Debug, Default)]
pub struct Messages {
    held: BytesMut,
}

// === impl Messages ===

impl Messages {
    /// Takes the next bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        self.held.extend_from_slice(bytes);
    }

    /// The next message that has come whole.
    pub fn next_message(&mut self) -> Result<Option<Message>, Flaw> {
        let Some(prelude) = self.held.first_chunk::<PRELUDE>() else { return Ok(None) };
        let (total, headers) = lengths(prelude)?;
        if self.held.len() < total {
            return Ok(None);
        }
        let mut message = self.held.split_to(total).freeze();
        let told = message.split_off(total - CHECKSUM).get_u32();
        if crc32fast::hash(&message) != told {
            return Err(Flaw::Checksum);
        }
        message.advance(PRELUDE);
        let headers = message.split_to(headers);
        check(&headers)?;
        Ok(Some(Message { headers, payload: message }))
    }

    /// Whether the bytes end where a message does.
    pub fn is_between(&self) -> bool {
        self.held.is_empty()
    }
}

/// The length of a whole message and of its headers.
fn lengths(prelude: &[u8; PRELUDE]) -> Result<(usize, usize), Flaw> {
    let mut rest = prelude.as_slice();
    let (total, headers, told) = (rest.get_u32(), rest.get_u32(), rest.get_u32());
    if crc32fast::hash(prelude.get(..8).unwrap_or_default()) != told {
        return Err(Flaw::Prelude);
    }
    let total = usize::try_from(total).map_err(|_| Flaw::Length)?;
    let headers = usize::try_from(headers).map_err(|_| Flaw::Length)?;
    let least = headers.checked_add(PRELUDE + CHECKSUM).ok_or(Flaw::Length)?;
    if total < least || total > LONGEST { Err(Flaw::Length) } else { Ok((total, headers)) }
}

fn check(headers: &Bytes) -> Result<(), Flaw> {
    let mut rest = headers.clone();
    while !rest.is_empty() {
        take_header(&mut rest).ok_or(Flaw::Header)?;
    }
    Ok(())
}

/// A header's name, and its value where that is text.
fn take_header(rest: &mut Bytes) -> Option<(Bytes, Option<Bytes>)> {
    let length = usize::from(rest.try_get_u8().ok()?);
    let name = take(rest, length)?;
    let kind = rest.try_get_u8().ok()?;
    let length = match kind {
        0 | 1 => 0,
        2 => 1,
        3 => 2,
        4 => 4,
        5 | 8 => 8,
        9 => 16,
        6 | TEXT => usize::from(rest.try_get_u16().ok()?),
        _ => return None,
    };
    let value = take(rest, length)?;
    Some((name, Some(value).filter(|_| kind == TEXT)))
}

fn take(rest: &mut Bytes, length: usize) -> Option<Bytes> {
    (rest.len() >= length).then(|| rest.split_to(length))
}

// === impl Message ===

impl Message {
    /// The text of a header.
    pub fn header(&self, name: &str) -> Option<String> {
        let mut rest = self.headers.clone();
        while !rest.is_empty() {
            let (found, value) = take_header(&mut rest)?;
            if found == name.as_bytes() {
                return String::from_utf8(value?.to_vec()).ok();
            }
        }
        None
    }
}

/// The message that brings an event of this kind with a JSON `payload`.
pub fn event(kind: &str, payload: &[u8]) -> Vec<u8> {
    let headers = [(":event-type", kind), (":content-type", "application/json"), (":message-type", "event")];
    message(&headers, payload)
}

/// The message that reports the exception `kind` with a JSON `payload`.
pub fn exception(kind: &str, payload: &[u8]) -> Vec<u8> {
    let headers =
        [(":exception-type", kind), (":content-type", "application/json"), (":message-type", "exception")];
    message(&headers, payload)
}

fn message(headers: &[(&str, &str)], payload: &[u8]) -> Vec<u8> {
    let mut spelled = Vec::new();
    for (name, value) in headers {
        put_header(&mut spelled, name, value);
    }
    let total = PRELUDE + spelled.len() + payload.len() + CHECKSUM;
    let mut out = Vec::with_capacity(total);
    for length in [total, spelled.len()] {
        out.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
    }
    out.extend_from_slice(&crc32fast::hash(&out).to_be_bytes());
    out.extend_from_slice(&spelled);
    out.extend_from_slice(payload);
    out.extend_from_slice(&crc32fast::hash(&out).to_be_bytes());
    out
}

fn put_header(out: &mut Vec<u8>, name: &str, value: &str) {
    out.push(u8::try_from(name.len()).unwrap_or(u8::MAX));
    out.extend_from_slice(name.as_bytes());
    out.push(TEXT);
    out.extend_from_slice(&u16::try_from(value.len()).unwrap_or(u16::MAX).to_be_bytes());
    out.extend_from_slice(value.as_bytes());
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The smallest message of Amazon's own test suite for the format.
    const EMPTY: [u8; 16] = [0, 0, 0, 0x10, 0, 0, 0, 0, 0x05, 0xC2, 0x48, 0xEB, 0x7D, 0x98, 0xC8, 0xFF];

    fn read(pieces: &[&[u8]]) -> Result<Vec<Message>, Flaw> {
        let mut messages = Messages::default();
        let mut found = Vec::new();
        for piece in pieces {
            messages.push(piece);
            while let Some(message) = messages.next_message()? {
                found.push(message);
            }
        }
        Ok(found)
    }

    #[test]
    fn empty_message_is_the_reference_vector() {
        assert_eq!(message(&[], b""), EMPTY);
        let found = read(&[&EMPTY]).unwrap();
        assert_eq!(found, [Message { headers: Bytes::new(), payload: Bytes::new() }]);
    }

    #[test]
    fn messages_are_read_as_they_were_written() {
        let bytes = [event("messageStop", b"{\"a\":1}"), exception("throttlingException", b"{}")].concat();
        for cut in 0..=bytes.len() {
            let (head, tail) = bytes.split_at(cut);
            let found = read(&[head, tail]).unwrap();
            assert_eq!(found.len(), 2);
            assert_eq!(found[0].header(":event-type").as_deref(), Some("messageStop"));
            assert_eq!(found[0].payload, &b"{\"a\":1}"[..]);
            assert_eq!(found[1].header(":exception-type").as_deref(), Some("throttlingException"));
            assert_eq!(found[1].header(":message-type").as_deref(), Some("exception"));
            assert_eq!(found[1].header(":none"), None);
        }
    }

    #[test]
    fn headers_of_every_type_are_passed_over() {
        let mut headers = Vec::new();
        for (kind, value) in [
            (0, &[][..]),
            (1, &[]),
            (2, &[1]),
            (3, &[1, 2]),
            (4, &[1, 2, 3, 4]),
            (5, &[1, 2, 3, 4, 5, 6, 7, 8]),
            (6, &[0, 1, 9]),
            (8, &[1, 2, 3, 4, 5, 6, 7, 8]),
            (9, &[0; 16]),
        ] {
            headers.extend_from_slice(&[1, b'x', kind]);
            headers.extend_from_slice(value);
        }
        put_header(&mut headers, ":last", "here");
        let message = Message { headers: headers.into(), payload: Bytes::new() };
        assert_eq!(check(&message.headers), Ok(()));
        assert_eq!(message.header(":last").as_deref(), Some("here"));
        assert_eq!(message.header("x"), None);
    }

    #[test]
    fn damage_is_found() {
        let good = event("contentBlockDelta", b"{}");
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 0x20;
            let found = read(&[&bad]);
            assert!(found.is_err() || found == Ok(Vec::new()), "byte {at}: {found:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _read = read(&[&bytes]);
        }

        #[test]
        fn headers_of_any_bytes_are_survived(headers in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _checked = check(&Bytes::from(headers));
        }
    }
}
