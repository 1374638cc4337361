//! An object taken apart member by member, so that what nobody asked for is known to be left.

use std::borrow::Cow;

use super::walk::{Elements, Node};
use super::{Kind, text};
use crate::hub::extras::{Extras, Json};
use crate::hub::flaw::DecodeError;

/// The members of an object that nobody took yet.
#[derive(Debug)]
pub(crate) struct Object<'a> {
    members: Vec<(Cow<'a, str>, Node<'a>)>,
}

// === impl Object ===

impl<'a> Object<'a> {
    /// The members of a value; an error where it is no object, or one that names a member twice.
    pub(crate) fn of(node: Node<'a>) -> Result<Self, DecodeError> {
        Self::respelled(node, |key| key)
    }

    /// The same, with every key spelled as `respell` spells it.
    pub(crate) fn respelled(
        node: Node<'a>,
        respell: impl Fn(Cow<'a, str>) -> Cow<'a, str>,
    ) -> Result<Self, DecodeError> {
        if node.kind() != Kind::Object {
            return Err(DecodeError::expected("an object"));
        }
        let mut members: Vec<(Cow<'a, str>, Node<'a>)> = Vec::with_capacity(8);
        for member in node.members() {
            let key = respell(key(member.key)?);
            if members.iter().any(|(before, _)| *before == key) {
                return Err(DecodeError::twice().within(&key));
            }
            members.push((key, Node::of(&member)));
        }
        Ok(Self { members })
    }

    /// Takes a member; `None` where it is absent or `null`, which say the same in every dialect.
    pub(crate) fn take(&mut self, name: &str) -> Option<Node<'a>> {
        let at = self.members.iter().position(|(key, _)| key == name)?;
        let (_, node) = self.members.remove(at);
        Some(node).filter(|node| node.kind() != Kind::Null)
    }

    /// Looks at a member and leaves it.
    pub(crate) fn peek(&self, name: &str) -> Option<Node<'a>> {
        self.members.iter().find(|(key, _)| key == name).map(|(_, node)| *node)
    }

    /// Takes a string.
    pub(crate) fn text(&mut self, name: &str) -> Result<Option<String>, DecodeError> {
        self.text_ref(name).map(|text| text.map(Cow::into_owned))
    }

    /// Takes a string without copying it where it has no escapes.
    pub(crate) fn text_ref(&mut self, name: &str) -> Result<Option<Cow<'a, str>>, DecodeError> {
        self.take(name).map(|node| said(node).map_err(|error| error.within(name))).transpose()
    }

    /// Takes a string that must be there.
    pub(crate) fn required_text(&mut self, name: &str) -> Result<String, DecodeError> {
        self.text(name)?.ok_or_else(|| DecodeError::missing(name))
    }

    /// Takes a boolean.
    pub(crate) fn boolean(&mut self, name: &str) -> Result<Option<bool>, DecodeError> {
        let Some(node) = self.take(name) else { return Ok(None) };
        match node.spelled() {
            b"true" => Ok(Some(true)),
            b"false" => Ok(Some(false)),
            _ => Err(DecodeError::expected("a boolean").within(name)),
        }
    }

    /// Takes a number of things: an integer that is not negative.
    pub(crate) fn count(&mut self, name: &str) -> Result<Option<u64>, DecodeError> {
        self.parsed(name, "an integer of at least 0")
    }

    /// Takes an integer.
    pub(crate) fn integer(&mut self, name: &str) -> Result<Option<i64>, DecodeError> {
        self.parsed(name, "an integer")
    }

    /// Takes a number.
    pub(crate) fn number(&mut self, name: &str) -> Result<Option<f64>, DecodeError> {
        self.parsed(name, "a number")
    }

    /// Takes a value as it is spelled.
    pub(crate) fn json(&mut self, name: &str) -> Option<Json> {
        self.take(name).map(Json::of)
    }

    /// Takes an object.
    pub(crate) fn object(&mut self, name: &str) -> Result<Option<Self>, DecodeError> {
        self.take(name).map(|node| Self::of(node).map_err(|error| error.within(name))).transpose()
    }

    /// Takes an array's elements.
    pub(crate) fn elements(&mut self, name: &str) -> Result<Option<Elements<'a>>, DecodeError> {
        let Some(node) = self.take(name) else { return Ok(None) };
        if node.kind() == Kind::Array {
            Ok(Some(node.elements()))
        } else {
            Err(DecodeError::expected("an array").within(name))
        }
    }

    /// Takes an array and reads each of its elements; errors say which one it was. An absent array is an empty one.
    pub(crate) fn each<T>(
        &mut self,
        name: &str,
        mut read: impl FnMut(Node<'a>) -> Result<T, DecodeError>,
    ) -> Result<Vec<T>, DecodeError> {
        let elements = self.elements(name)?.into_iter().flatten();
        let read =
            elements.enumerate().map(|(index, node)| read(node).map_err(|error| error.at(name, index)));
        read.collect()
    }

    /// What nobody took.
    pub(crate) fn rest(self) -> Extras {
        Extras::of(self.members.into_iter().map(|(key, node)| (key.into_owned(), Json::of(node))))
    }

    fn parsed<T: std::str::FromStr>(
        &mut self,
        name: &str,
        wanted: &'static str,
    ) -> Result<Option<T>, DecodeError> {
        let Some(node) = self.take(name) else { return Ok(None) };
        let number = std::str::from_utf8(node.spelled()).ok().filter(|_| node.kind() == Kind::Number);
        let parsed = number.and_then(|number| number.parse().ok());
        parsed.map(Some).ok_or_else(|| DecodeError::expected(wanted).within(name))
    }
}

/// What a string says.
pub(crate) fn said(node: Node<'_>) -> Result<Cow<'_, str>, DecodeError> {
    if node.kind() != Kind::Text {
        return Err(DecodeError::expected("a string"));
    }
    node.text().ok_or_else(|| DecodeError::expected("a string of whole characters"))
}

fn key(spelled: &[u8]) -> Result<Cow<'_, str>, DecodeError> {
    if memchr::memchr(b'\\', spelled).is_none() {
        return std::str::from_utf8(spelled)
            .map(Cow::Borrowed)
            .map_err(|_| DecodeError::expected("valid utf-8"));
    }
    let quoted = [b"\"", spelled, b"\""].concat();
    let said = text(&quoted).map(|key| Cow::Owned(key.into_owned()));
    said.ok_or_else(|| DecodeError::expected("keys of whole characters"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(text: &str) -> Result<Object<'_>, DecodeError> {
        Object::of(Node::read(text.as_bytes()).unwrap())
    }

    #[test]
    fn what_nobody_took_is_left_in_order() {
        let mut read = object(r#"{"z":{"k": [1, 2]},"a":"x","\u006e":3,"gone":null}"#).unwrap();
        assert_eq!(read.text("a").unwrap().as_deref(), Some("x"));
        assert_eq!(read.count("n").unwrap(), Some(3));
        assert_eq!(read.text("gone").unwrap(), None);
        let rest: Vec<_> = read.rest().iter().map(|(key, json)| format!("{key}={}", json.as_str())).collect();
        assert_eq!(rest, [r#"z={"k": [1, 2]}"#]);
    }

    #[test]
    fn errors_name_the_place() {
        for (text, expected) in [
            (r#"{"n":"1"}"#, "`n` must be an integer of at least 0"),
            (r#"{"n":-1}"#, "`n` must be an integer of at least 0"),
            (r#"{"list":{}}"#, "`list` must be an array"),
            (r#"{"list":["x",1]}"#, "`list[1]` must be a string"),
            (r#"{"list":["\ud800"]}"#, "`list[0]` must be a string of whole characters"),
            (r#"{"n":1,"\u006e":2}"#, "`n` stands twice"),
            ("[]", "the body must be an object"),
        ] {
            let read = object(text).and_then(|mut object| {
                object.count("n")?;
                object.each("list", |node| said(node).map(Cow::into_owned))
            });
            assert_eq!(read.unwrap_err().to_string(), expected, "{text}");
        }
    }
}
