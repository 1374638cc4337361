//! An answer's `model` respelled as the alias that was asked for, and its `previous_response_id` as the client knows it; every
//! other byte is kept.

use std::ops::Range;

use bytes::Bytes;

use crate::frame::sse::Frame;
use crate::json::{self, Kind, Member};

/// What an answer is to say in place of what its provider says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Names {
    /// In place of its `model`.
    pub model: Option<String>,
    /// In place of its `previous_response_id`: what was said before it was put before the question here, so that its provider
    /// knows of no answer before it.
    pub previous: Option<String>,
}

/// Values that are to be replaced, in order, and by what.
type Places<'n> = Vec<(Range<usize>, &'n str)>;

/// A whole answer with these members of its top level respelled; unchanged where it has none.
pub fn json(body: &Bytes, names: &Names) -> Bytes {
    let mut places = Vec::new();
    let read = json::document(body, |member| note(&member, names, &mut places));
    if read.is_err() {
        return body.clone();
    }
    replace(body, &places)
}

/// An event of a stream with these members respelled: the top level's (OpenAI), or those of `message` (Anthropic's
/// `message_start`) or `response` (the Responses API). Unchanged where there is none.
pub fn frame(frame: Frame, names: &Names) -> Frame {
    let Some(data) = frame.data.as_ref().filter(|data| data.starts_with(b"{")) else {
        return frame;
    };
    let places = places_in_event(data, names);
    let in_raw: Option<Places<'_>> =
        places.iter().map(|(place, name)| Some((frame.place_in_raw(place)?, *name))).collect();
    let Some(in_raw) = in_raw.filter(|places| !places.is_empty()) else {
        return frame;
    };
    let data = replace(data, &places);
    let raw = replace(&frame.raw, &in_raw);
    frame.respelled(raw, data)
}

fn places_in_event<'n>(data: &[u8], names: &'n Names) -> Places<'n> {
    let mut places = Vec::new();
    let read = json::document(data, |member| {
        note(&member, names, &mut places);
        if (member.is("message") || member.is("response")) && Kind::of(member.value) == Kind::Object {
            note_inner(&member, names, &mut places);
        }
    });
    if read.is_err() {
        places.clear();
    }
    places
}

fn note_inner<'n>(outer: &Member<'_>, names: &'n Names, places: &mut Places<'n>) {
    let before = places.len();
    // It was read once already as part of the whole, so it is well-formed.
    if json::document(outer.value, |member| note(&member, names, places)).is_err() {
        places.truncate(before);
    }
    for (place, _) in places.iter_mut().skip(before) {
        *place = outer.place.start + place.start..outer.place.start + place.end;
    }
}

fn note<'n>(member: &Member<'_>, names: &'n Names, places: &mut Places<'n>) {
    let kind = Kind::of(member.value);
    let name = if member.is("model") && kind == Kind::Text {
        names.model.as_deref()
    } else if member.is("previous_response_id") && matches!(kind, Kind::Null | Kind::Text) {
        names.previous.as_deref()
    } else {
        None
    };
    places.extend(name.map(|name| (member.place.clone(), name)));
}

/// `bytes` with others in each of `places`.
fn replace(bytes: &Bytes, places: &[(Range<usize>, &str)]) -> Bytes {
    if places.is_empty() {
        return bytes.clone();
    }
    let mut out = Vec::with_capacity(bytes.len() + places.len() * 64);
    let mut done = 0;
    for (place, name) in places {
        out.extend_from_slice(bytes.get(done..place.start).unwrap_or_default());
        out.extend_from_slice(&json::quote(name));
        done = place.end;
    }
    out.extend_from_slice(bytes.get(done..).unwrap_or_default());
    out.into()
}

// === impl Names ===

impl Names {
    /// A model's name, and nothing else.
    pub fn model(name: impl Into<String>) -> Self {
        Self { model: Some(name.into()), previous: None }
    }

    /// Whether there is anything to be respelled.
    pub const fn is_empty(&self) -> bool {
        self.model.is_none() && self.previous.is_none()
    }
}

#[cfg(test)]
mod tests;
