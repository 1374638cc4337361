//! An answer's `model` respelled as the alias that was asked for, every other byte kept.

use std::ops::Range;

use bytes::Bytes;

use crate::frame::sse::Frame;
use crate::json::{self, Kind, Member};

/// A whole answer with its top-level `model` respelled; unchanged where there is none.
pub fn json(body: &Bytes, model: &str) -> Bytes {
    let mut places = Vec::new();
    let read = json::document(body, |member| note_model(&member, &mut places));
    if read.is_err() {
        return body.clone();
    }
    replace(body, &places, model)
}

/// An event of a stream with its model respelled: the top level's (OpenAI), or that of `message` (Anthropic's
/// `message_start`) or `response` (the Responses API). Unchanged where there is none.
pub fn frame(frame: Frame, model: &str) -> Frame {
    let Some(data) = frame.data.as_ref().filter(|data| data.starts_with(b"{")) else {
        return frame;
    };
    let places = places_in_event(data);
    let in_raw: Option<Vec<_>> = places.iter().map(|place| frame.place_in_raw(place)).collect();
    let Some(in_raw) = in_raw.filter(|places| !places.is_empty()) else {
        return frame;
    };
    let data = replace(data, &places, model);
    let raw = replace(&frame.raw, &in_raw, model);
    frame.respelled(raw, data)
}

fn places_in_event(data: &[u8]) -> Vec<Range<usize>> {
    let mut places = Vec::new();
    let read = json::document(data, |member| {
        note_model(&member, &mut places);
        if (member.is("message") || member.is("response")) && Kind::of(member.value) == Kind::Object {
            note_inner_model(&member, &mut places);
        }
    });
    if read.is_err() {
        places.clear();
    }
    places
}

fn note_inner_model(outer: &Member<'_>, places: &mut Vec<Range<usize>>) {
    let before = places.len();
    // It was read once already as part of the whole, so it is well-formed.
    if json::document(outer.value, |member| note_model(&member, places)).is_err() {
        places.truncate(before);
    }
    for place in places.iter_mut().skip(before) {
        *place = outer.place.start + place.start..outer.place.start + place.end;
    }
}

fn note_model(member: &Member<'_>, places: &mut Vec<Range<usize>>) {
    if member.is("model") && Kind::of(member.value) == Kind::Text {
        places.push(member.place.clone());
    }
}

/// `bytes` with `model` in place of each of `places`, which stand in order.
fn replace(bytes: &Bytes, places: &[Range<usize>], model: &str) -> Bytes {
    if places.is_empty() {
        return bytes.clone();
    }
    let quoted = json::quote(model);
    let mut out = Vec::with_capacity(bytes.len() + places.len() * quoted.len());
    let mut done = 0;
    for place in places {
        out.extend_from_slice(bytes.get(done..place.start).unwrap_or_default());
        out.extend_from_slice(&quoted);
        done = place.end;
    }
    out.extend_from_slice(bytes.get(done..).unwrap_or_default());
    out.into()
}

#[cfg(test)]
mod tests;
