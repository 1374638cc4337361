//! JSON as protocol buffers read it: members in `camelCase` or `snake_case`, whole numbers with a fraction of zero or
//! between quotes. <https://protobuf.dev/programming-guides/json/>

use std::borrow::Cow;

use crate::hub::extras::{Extras, Json};
use crate::hub::flaw::DecodeError;
use crate::json::object::Object;
use crate::json::walk::Node;
use crate::json::writer::Writer;

/// The members of a message, each under its `camelCase` name.
pub(crate) fn object(node: Node<'_>) -> Result<Object<'_>, DecodeError> {
    Object::respelled(node, camel)
}

/// Takes a member that is a message.
pub(crate) fn member<'a>(object_of: &mut Object<'a>, name: &str) -> Result<Option<Object<'a>>, DecodeError> {
    object_of.take(name).map(|node| object(node).map_err(|error| error.within(name))).transpose()
}

/// Takes a number of things, which SDKs may send as `40.0` or `"40"`.
pub(crate) fn count(object: &mut Object<'_>, name: &str) -> Result<Option<u64>, DecodeError> {
    let Some(node) = object.take(name) else { return Ok(None) };
    let read = node.text().or_else(|| std::str::from_utf8(node.spelled()).ok().map(Cow::Borrowed));
    let number = read.and_then(|text| whole(&text));
    number.map(Some).ok_or_else(|| DecodeError::expected("an integer of at least 0").within(name))
}

/// Takes an integer, which SDKs may send as `-1.0` or `"-1"`.
pub(crate) fn integer(object: &mut Object<'_>, name: &str) -> Result<Option<i64>, DecodeError> {
    let Some(node) = object.take(name) else { return Ok(None) };
    let read = node.text().or_else(|| std::str::from_utf8(node.spelled()).ok().map(Cow::Borrowed));
    let number = read.and_then(|text| whole(&text));
    number.map(Some).ok_or_else(|| DecodeError::expected("an integer").within(name))
}

/// Adds the members that are left of the message `name` to those of the message around it, as `name.member`.
pub(super) fn keep(extras: &mut Extras, name: &str, inner: Object<'_>) {
    keep_all(extras, name, &inner.rest());
}

/// The same for members that were taken out before.
pub(super) fn keep_all(extras: &mut Extras, name: &str, inner: &Extras) {
    for (member, json) in inner.iter() {
        let place = format!("{name}.{member}");
        if inner.telling().any(|(telling, _)| telling == member) {
            extras.push(&place, json.clone());
        } else {
            extras.push_quiet(&place, json.clone());
        }
    }
}

/// Writes those of `extras` that stood inside of the message `name`.
pub(super) fn write_kept(writer: &mut Writer, extras: &Extras, name: &str) {
    for (key, json) in extras.iter() {
        let inner = key.strip_prefix(name).and_then(|rest| rest.strip_prefix('.'));
        if let Some(member) = inner.filter(|member| !member.contains('.')) {
            writer.key(member).json(json);
        }
    }
}

/// Writes those of `extras` that stood inside of no other message.
pub(super) fn write_plain(writer: &mut Writer, extras: &Extras) {
    for (key, json) in extras.iter().filter(|(key, _)| !key.contains('.')) {
        writer.key(key).json(json);
    }
}

/// Whether a member of the message `name` was kept.
pub(super) fn keeps(extras: &Extras, name: &str) -> bool {
    extras.iter().any(|(key, _)| key.strip_prefix(name).is_some_and(|rest| rest.starts_with('.')))
}

/// A value without the white space between its tokens, by which answers are laid out for the eye.
pub(super) fn compact(node: Node<'_>) -> String {
    let mut inside = false;
    let mut escaped = false;
    let kept = node.spelled().iter().copied().filter(|byte| {
        let closes = *byte == b'"' && !escaped;
        escaped = inside && *byte == b'\\' && !escaped;
        inside ^= closes;
        inside || !matches!(byte, b' ' | b'\n' | b'\r' | b'\t')
    });
    String::from_utf8(kept.collect()).unwrap_or_default()
}

/// The same, as a value.
pub(super) fn compact_json(node: Node<'_>) -> Json {
    Json::written(compact(node).into_bytes())
}

fn whole<T: std::str::FromStr>(text: &str) -> Option<T> {
    // What has a fraction of zero is shown without it.
    text.parse().ok().or_else(|| text.parse::<f64>().ok()?.to_string().parse().ok())
}

fn camel(key: Cow<'_, str>) -> Cow<'_, str> {
    if !key.contains('_') {
        return key;
    }
    let mut upper = false;
    let letters = key.chars().filter_map(|letter| match letter {
        '_' => {
            upper = true;
            None
        }
        letter if std::mem::take(&mut upper) => Some(letter.to_ascii_uppercase()),
        letter => Some(letter),
    });
    Cow::Owned(letters.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_sdks_spell_them() {
        for (text, expected) in [
            ("40", Some(40)),
            ("40.0", Some(40)),
            (r#""40""#, Some(40)),
            ("4e1", Some(40)),
            ("40.5", None),
            ("-1", None),
            ("true", None),
            (r#""x""#, None),
        ] {
            let text = format!(r#"{{"top_k":{text}}}"#);
            let read = object(Node::read(text.as_bytes()).unwrap());
            let number = read.and_then(|mut object| count(&mut object, "topK"));
            assert_eq!(number.ok().flatten(), expected, "{text}");
        }
    }

    #[test]
    fn white_space_between_tokens_is_left_out() {
        let text = "{ \"a b\" :\n [ 1 , \"x \\\" \\\\\" ,\tnull ] }";
        let node = Node::read(text.as_bytes()).unwrap();
        assert_eq!(compact(node), r#"{"a b":[1,"x \" \\",null]}"#);
    }

    #[test]
    fn one_member_under_two_names_stands_twice() {
        let node = Node::read(br#"{"topK":1,"top_k":1}"#).unwrap();
        assert_eq!(object(node).unwrap_err().to_string(), "`topK` stands twice");
    }
}
