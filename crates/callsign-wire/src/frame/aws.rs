//! Amazon's binary event stream: so far only the one message that ends a stream with an exception.
//!
//! A message is a prelude (total length, headers' length, CRC-32 of both), headers, payload, and the CRC-32 of all before
//! it; numbers are big-endian.

/// A header whose value is text: type 7, and a length of two bytes.
const TEXT: u8 = 7;

/// The message that reports `kind` with a JSON `payload`.
pub(crate) fn exception(kind: &str, payload: &[u8]) -> Vec<u8> {
    let mut headers = Vec::new();
    for (name, value) in
        [(":exception-type", kind), (":content-type", "application/json"), (":message-type", "exception")]
    {
        put_header(&mut headers, name, value);
    }
    message(&headers, payload)
}

fn message(headers: &[u8], payload: &[u8]) -> Vec<u8> {
    let total = 12 + headers.len() + payload.len() + 4;
    let mut out = Vec::with_capacity(total);
    for length in [total, headers.len()] {
        out.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
    }
    out.extend_from_slice(&crc32(&out).to_be_bytes());
    out.extend_from_slice(headers);
    out.extend_from_slice(payload);
    out.extend_from_slice(&crc32(&out).to_be_bytes());
    out
}

fn put_header(out: &mut Vec<u8>, name: &str, value: &str) {
    out.push(u8::try_from(name.len()).unwrap_or(u8::MAX));
    out.extend_from_slice(name.as_bytes());
    out.push(TEXT);
    out.extend_from_slice(&u16::try_from(value.len()).unwrap_or(u16::MAX).to_be_bytes());
    out.extend_from_slice(value.as_bytes());
}

/// The CRC of zip and Ethernet, bit by bit: messages are short and rare.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _| if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 };
    !bytes.iter().fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), step))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksum_is_the_well_known_one() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn empty_message_is_the_reference_vector() {
        // The smallest message of Amazon's own test suite for the format.
        let expected = [0, 0, 0, 0x10, 0, 0, 0, 0, 0x05, 0xC2, 0x48, 0xEB, 0x7D, 0x98, 0xC8, 0xFF];
        assert_eq!(message(b"", b""), expected);
    }

    #[test]
    fn exception_names_its_kind_and_carries_its_payload() {
        let message = exception("throttlingException", b"{}");
        let total = u32::from_be_bytes(message[..4].try_into().unwrap()) as usize;
        assert_eq!(total, message.len());
        let text = String::from_utf8_lossy(&message);
        for part in
            [":exception-type\u{7}\0\u{13}throttlingException", ":message-type\u{7}\0\u{9}exception", "{}"]
        {
            assert!(text.contains(part), "{part:?} in {text:?}");
        }
    }
}
