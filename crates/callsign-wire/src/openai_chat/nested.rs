//! What is left of objects inside of a node: kept among its extras by the path to it, `response_format.mode`, so that a
//! loss names its place, and written back where it stood.

use crate::hub::extras::{Extras, Json};
use crate::json::writer::Writer;

/// The members whose objects are taken apart.
const TAKEN_APART: [&str; 10] = [
    "response_format",
    "response_format.json_schema",
    "stream_options",
    "reasoning",
    "thinking",
    "function",
    "custom",
    "image_url",
    "file",
    "input_audio",
];

/// Keeps what is left of the member `name`'s object.
pub(super) fn keep(extras: &mut Extras, name: &str, rest: &Extras) {
    for (key, json) in rest.iter() {
        extras.push(&format!("{name}.{key}"), json.clone());
    }
}

/// Declares those to be no loss that are empty or off, or by which a provider names and counts its own things.
pub(super) fn hush(extras: &mut Extras) {
    const BOOKKEEPING: [&str; 7] =
        ["id", "index", "object", "status", "system_fingerprint", "usage", "x_groq"];
    // An empty object asks for the search as it is.
    let says_nothing = |name: &str, json: &Json| {
        json.node().is_blank() && (name != "web_search_options" || json.as_str() == "null")
    };
    extras.hush(|name, json| {
        BOOKKEEPING.contains(&name) || json.as_str() == "false" || says_nothing(name, json)
    });
}

/// Writes what was left of the member `name`'s object.
pub(super) fn write(writer: &mut Writer, extras: &Extras, name: &str) {
    for (key, json) in extras.iter() {
        if let Some((TakenApart(object), member)) = split(key)
            && object == name
        {
            writer.key(member).json(json);
        }
    }
}

/// Whether something was left of the member `name`'s object.
pub(super) fn has(extras: &Extras, name: &str) -> bool {
    extras.iter().any(|(key, _)| split(key).is_some_and(|(TakenApart(object), _)| object == name))
}

/// Writes what was left of the node itself.
pub(super) fn write_own(writer: &mut Writer, extras: &Extras) {
    for (key, json) in extras.iter().filter(|(key, _)| split(key).is_none()) {
        writer.key(key).json(json);
    }
}

struct TakenApart<'a>(&'a str);

/// A path, taken apart at the longest object that is known.
fn split(key: &str) -> Option<(TakenApart<'_>, &str)> {
    let objects = TAKEN_APART.iter().filter_map(|object| {
        let member = key.strip_prefix(object)?.strip_prefix('.')?;
        Some((TakenApart(object), member))
    });
    objects.max_by_key(|(TakenApart(object), _)| object.len())
}
