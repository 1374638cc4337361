//! One value of a body replaced, and every other byte left as the client sent it.

use std::ops::Range;

use bytes::Bytes;

use crate::peek::{Peeked, Place};

/// A body of which one part is replaced; every other byte is the client's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spliced {
    body: Bytes,
    place: Range<usize>,
    replacement: Vec<u8>,
}

// === impl Spliced ===

impl Spliced {
    /// The whole length in bytes.
    pub fn len(&self) -> usize {
        self.body.len() - self.place.len() + self.replacement.len()
    }

    /// Whether there is nothing at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The pieces in order; any may be empty.
    pub fn into_chunks(self) -> [Bytes; 3] {
        let Self { mut body, place, replacement } = self;
        let tail = body.split_off(place.end);
        body.truncate(place.start);
        [body, replacement.into(), tail]
    }

    /// One buffer; no copy where nothing was replaced.
    pub fn into_bytes(self) -> Bytes {
        if self.place.is_empty() && self.replacement.is_empty() {
            return self.body;
        }
        let mut whole = Vec::with_capacity(self.len());
        whole.extend_from_slice(self.body.get(..self.place.start).unwrap_or_default());
        whole.extend_from_slice(&self.replacement);
        whole.extend_from_slice(self.body.get(self.place.end..).unwrap_or_default());
        whole.into()
    }

    /// A body in which nothing was replaced.
    pub fn untouched(body: &Bytes) -> Self {
        Self { body: body.clone(), place: body.len()..body.len(), replacement: Vec::new() }
    }

    /// `body` with the bytes from `start` to `end` replaced.
    fn at(body: &Bytes, start: usize, end: usize, replacement: Vec<u8>) -> Self {
        match body.get(start..end) {
            Some(old) if old != replacement => Self { body: body.clone(), place: start..end, replacement },
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
