//! Values that stay as they are spelled, and the members of an object that no concept of the hub takes up.

use std::fmt;

use crate::json::walk::Node;

/// A well-formed JSON value as it is spelled.
#[derive(Clone, PartialEq, Eq)]
pub struct Json(Box<str>);

/// Members that only one dialect knows, in the order in which they came.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Extras(Vec<(String, Json)>);

// === impl Json ===

impl Json {
    /// The value of a checked text.
    pub(crate) fn of(node: Node<'_>) -> Self {
        // The text was checked to be UTF-8 when it was checked to be JSON.
        Self(std::str::from_utf8(node.spelled()).unwrap_or("null").into())
    }

    /// The value that `text` is, if it is one.
    pub fn read(text: &str) -> Option<Self> {
        Node::read(text.as_bytes()).map(Self::of)
    }

    /// A value as our own writer made it.
    pub(crate) fn written(bytes: Vec<u8>) -> Self {
        Self(String::from_utf8(bytes).unwrap_or_default().into())
    }

    /// The value as it is spelled.
    pub const fn as_str(&self) -> &str {
        &self.0
    }

    /// The value, to be looked into.
    pub(crate) fn node(&self) -> Node<'_> {
        Node::checked(self.0.as_bytes())
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

// === impl Extras ===

impl Extras {
    /// These members.
    pub fn of(members: impl IntoIterator<Item = (String, Json)>) -> Self {
        Self(members.into_iter().collect())
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The members in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Json)> {
        self.0.iter().map(|(key, json)| (key.as_str(), json))
    }

    /// The member of this name.
    pub fn get(&self, name: &str) -> Option<&Json> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, json)| json)
    }

    /// Adds a member.
    pub fn push(&mut self, name: &str, json: Json) {
        self.0.push((name.to_owned(), json));
    }

    /// Adds the members of another.
    pub fn append(&mut self, mut other: Self) {
        self.0.append(&mut other.0);
    }
}
