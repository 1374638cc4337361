//! One value of a body replaced, and every other byte left as the client sent it.

use bytes::{BufMut, Bytes, BytesMut};

use crate::peek::{Peeked, Place};

/// A body in three pieces, of which the first and the last are the client's own bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spliced {
    head: Bytes,
    replacement: Bytes,
    tail: Bytes,
}

// === impl Spliced ===

impl Spliced {
    /// The whole length in bytes.
    pub fn len(&self) -> usize {
        self.head.len() + self.replacement.len() + self.tail.len()
    }

    /// Whether there is nothing at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The pieces in order; any may be empty.
    pub fn into_chunks(self) -> [Bytes; 3] {
        [self.head, self.replacement, self.tail]
    }

    /// One buffer; no copy where nothing was replaced.
    pub fn into_bytes(self) -> Bytes {
        if self.replacement.is_empty() && self.tail.is_empty() {
            return self.head;
        }
        let mut whole = BytesMut::with_capacity(self.len());
        whole.put(self.head);
        whole.put(self.replacement);
        whole.put(self.tail);
        whole.freeze()
    }

    /// A body in which nothing was replaced.
    pub fn untouched(body: &Bytes) -> Self {
        Self { head: body.clone(), replacement: Bytes::new(), tail: Bytes::new() }
    }

    /// `body` with the bytes from `start` to `end` replaced.
    fn at(body: &Bytes, start: usize, end: usize, replacement: Vec<u8>) -> Self {
        match body.get(start..end) {
            Some(old) if old != replacement => {
                Self { head: body.slice(..start), replacement: replacement.into(), tail: body.slice(end..) }
            }
            // The same text already, or not the body that was peeked into.
            _ => Self::untouched(body),
        }
    }
}

/// The body with `model` in place of the model that it named, or added where it named none.
///
/// `peeked` must come from these very bytes.
pub fn model(body: &Bytes, peeked: &Peeked, model: &str) -> Spliced {
    match &peeked.place {
        Place::Path => Spliced::untouched(body),
        Place::Value(place) => Spliced::at(body, place.start, place.end, crate::json::quote(model)),
        Place::Part(place) => Spliced::at(body, place.start, place.end, model.as_bytes().to_vec()),
        Place::Member { at, only } => {
            let mut member = br#""model":"#.to_vec();
            member.extend_from_slice(&crate::json::quote(model));
            if !*only {
                member.push(b',');
            }
            Spliced::at(body, *at, *at, member)
        }
        Place::NewPart(delimiter) => {
            let mut part = body.get(delimiter.clone()).unwrap_or_default().to_vec();
            part.extend_from_slice(b"\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\n");
            part.extend_from_slice(model.as_bytes());
            part.extend_from_slice(b"\r\n");
            Spliced::at(body, delimiter.start, delimiter.start, part)
        }
    }
}

#[cfg(test)]
mod tests;
