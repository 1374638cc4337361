//! What was tried, written into an error that came from a provider.

use super::{Attempt, encode};
use crate::dialect::Dialect;
use crate::json::{self, Kind, Top};

/// A provider's error with `attempts` as the last member of its `error`, every other byte kept. `None` where there is no
/// such object, or it has `attempts` already, or its dialect has no place for them.
pub fn with_attempts(dialect: Dialect, body: &[u8], attempts: &[Attempt<'_>]) -> Option<Vec<u8>> {
    if matches!(dialect, Dialect::Gemini | Dialect::Bedrock) {
        return None;
    }
    let mut errors = Vec::new();
    json::document(body, |member| {
        if member.is("error") {
            errors.push(member.place);
        }
    })
    .ok()?;
    // Who reads an error that stands twice is anyone's guess.
    let [place] = errors.as_slice() else { return None };
    let empty = is_empty_object_without_attempts(body.get(place.clone())?)?;
    let brace = place.end.checked_sub(1)?;
    let comma: &[u8] = if empty { b"" } else { b"," };
    let list = encode(&attempts);
    let (head, tail) = body.split_at_checked(brace)?;
    Some([head, comma, b"\"attempts\":", &list, tail].concat())
}

/// Whether the error object is empty; `None` for anything that is no object or has attempts.
fn is_empty_object_without_attempts(error: &[u8]) -> Option<bool> {
    if Kind::of(error) != Kind::Object {
        return None;
    }
    let mut told = false;
    match json::document(error, |member| told |= member.is("attempts")).ok()? {
        Top::Object { empty, .. } if !told => Some(empty),
        _ => None,
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_types, reason = "what is told apart here is read back as values")]
mod tests;
