//! Environment variables: those that a text names, and those that take the place of a secret written out.

use std::collections::{BTreeSet, HashMap};

use crate::tree::{Node, Value};

/// Which variables are named, and by whom.
#[derive(Debug, Default)]
pub(super) struct Variables {
    taken: BTreeSet<String>,
    by_secret: HashMap<String, String>,
    read: BTreeSet<String>,
}

/// How `LiteLLM` names a variable.
const REFERENCE: &str = "os.environ/";

/// The variable that a text names, if it does.
pub(super) fn named(text: &str) -> Option<&str> {
    text.trim().strip_prefix(REFERENCE)
}

/// Whether a shell could set it.
pub(super) fn is_name(name: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    name.bytes().all(letter) && name.bytes().next().is_some_and(|first| !first.is_ascii_digit())
}

// === impl Variables ===

impl Variables {
    /// Those that `root` names are nobody else's.
    pub(super) fn of(root: &Node) -> Self {
        let mut variables = Self::default();
        variables.gather(root);
        variables
    }

    fn gather(&mut self, node: &Node) {
        match &node.value {
            Value::List(items) => items.iter().for_each(|item| self.gather(item)),
            Value::Map(entries) => entries.iter().for_each(|entry| self.gather(&entry.value)),
            Value::Scalar(_) => self.taken.extend(node.text().and_then(named).map(str::to_owned)),
            Value::Null | Value::Broken => {}
        }
    }

    /// Notes that what is made reads `name`.
    pub(super) fn read(&mut self, name: &str) {
        self.read.insert(name.to_owned());
    }

    /// The variable that holds `secret` from now on: one for each, named after `owner` and `key`.
    pub(super) fn instead_of(&mut self, secret: &str, owner: &str, key: &str) -> String {
        if let Some(known) = self.by_secret.get(secret) {
            return known.clone();
        }
        let plain =
            |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_uppercase() } else { '_' };
        let owner: String = owner.chars().map(plain).collect();
        let owner = owner.trim_matches('_');
        let start =
            if owner.starts_with(|letter: char| letter.is_ascii_alphabetic()) { "" } else { "MODEL_" };
        let key: String = key.chars().map(plain).collect();
        let base = format!("{start}{owner}_{key}").replace("__", "_");
        let numbered = (2..).map(|number| format!("{base}_{number}"));
        let free = std::iter::once(base.clone()).chain(numbered).find(|name| !self.taken.contains(name));
        let name = free.unwrap_or(base);
        self.taken.insert(name.clone());
        self.by_secret.insert(secret.to_owned(), name.clone());
        name
    }

    /// All that what is made reads, in their order.
    pub(super) fn all_read(&self) -> Vec<&str> {
        self.read.iter().map(String::as_str).collect()
    }
}
