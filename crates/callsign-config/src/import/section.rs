//! A mapping that is read key by key, so that what nobody asked for can be told.

use crate::diagnostic::Span;
use crate::tree::{Entry, Node, Value};

/// A mapping and what was read of it.
pub(super) struct Section<'n> {
    node: &'n Node,
    /// Where keys are looked for that the mapping lacks.
    beside: Option<&'n Node>,
    path: String,
    used: Vec<&'static str>,
}

// === impl Section ===

impl<'n> Section<'n> {
    pub(super) fn new(node: &'n Node, path: impl Into<String>) -> Self {
        Self { node, beside: None, path: path.into(), used: Vec::new() }
    }

    /// Looks into `node` too, for keys that the mapping lacks.
    pub(super) fn look_beside(&mut self, node: &'n Node) {
        self.beside = Some(node);
    }

    /// Where the mapping stands.
    pub(super) fn at(&self) -> Span {
        self.node.span
    }

    /// The value of `key`, which counts as read.
    pub(super) fn take(&mut self, key: &'static str) -> Option<&'n Node> {
        self.used.push(key);
        self.peek(key)
    }

    /// The text of `key`, which counts as read if it is a text.
    pub(super) fn take_text(&mut self, key: &'static str) -> Option<(&'n str, Span)> {
        let node = self.peek(key)?;
        let text = node.text()?;
        self.used.push(key);
        Some((text.trim(), node.span))
    }

    /// The value of `key`, which does not count as read by that.
    pub(super) fn peek(&self, key: &str) -> Option<&'n Node> {
        self.node.get(key).or_else(|| self.beside?.get(key))
    }

    /// The path of one of its keys.
    pub(super) fn path(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// What was not read.
    pub(super) fn rest(&self) -> impl Iterator<Item = &'n Entry> {
        let beside = self.beside.map_or(&[][..], Node::entries).iter();
        let beside = beside.filter(|entry| self.node.get(&entry.key).is_none());
        let all = self.node.entries().iter().chain(beside);
        all.filter(|entry| !self.used.contains(&&*entry.key) && !matches!(entry.value.value, Value::Null))
    }
}
