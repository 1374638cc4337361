//! Why a body cannot be understood: where, and what would be right. Never holds text of the body but the names of its
//! members.

use std::fmt::Write as _;

/// A body that its dialect does not allow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecodeError {
    path: String,
    flaw: Flaw,
}

/// What is wrong at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Flaw {
    Missing,
    Expected(&'static str),
    Twice,
    NotJson,
    Said(String),
}

/// A conversation that a target's dialect cannot be asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct EncodeError {
    /// The place in the client's terms, or the hub's.
    pub path: String,
    /// Why, as a whole sentence for the client.
    pub reason: String,
}

// === impl DecodeError ===

impl DecodeError {
    /// Something else must stand here: `wanted` completes "must be …".
    pub const fn expected(wanted: &'static str) -> Self {
        Self { path: String::new(), flaw: Flaw::Expected(wanted) }
    }

    /// The member `name` must be there.
    pub fn missing(name: &str) -> Self {
        Self { path: name.to_owned(), flaw: Flaw::Missing }
    }

    /// A member stands twice.
    pub const fn twice() -> Self {
        Self { path: String::new(), flaw: Flaw::Twice }
    }

    /// The text is no JSON at all.
    pub const fn not_json() -> Self {
        Self { path: String::new(), flaw: Flaw::NotJson }
    }

    /// Anything else: `said` completes "`path` …".
    pub fn said(said: impl Into<String>) -> Self {
        Self { path: String::new(), flaw: Flaw::Said(said.into()) }
    }

    /// The same, inside of the member `name`.
    #[must_use]
    pub fn within(mut self, name: &str) -> Self {
        let joint = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        self.path = format!("{name}{joint}{}", self.path);
        self
    }

    /// The same, inside of the element `index` of the member `name`.
    #[must_use]
    pub fn at(self, name: &str, index: usize) -> Self {
        let mut place = name.to_owned();
        // Writing into memory cannot fail.
        let written = write!(place, "[{index}]");
        debug_assert!(written.is_ok(), "memory is not a file");
        self.within(&place)
    }

    /// Where: `messages[2].content`; empty for the body itself.
    pub fn path(&self) -> &str {
        &self.path
    }
}

// === impl EncodeError ===

impl EncodeError {
    /// A question of which nothing can be said to the target.
    pub(crate) fn unsayable(path: String) -> Self {
        let reason = format!(
            "nothing of `{path}` can be said to this target, send text, or media in a form that it takes"
        );
        Self { path, reason }
    }
}

impl std::fmt::Display for DecodeError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.path.is_empty() {
            formatter.write_str("the body ")?;
        } else {
            write!(formatter, "`{}` ", self.path)?;
        }
        match &self.flaw {
            Flaw::Missing => formatter.write_str("is required"),
            Flaw::Expected(wanted) => write!(formatter, "must be {wanted}"),
            Flaw::Twice => formatter.write_str("stands twice"),
            Flaw::NotJson => formatter.write_str("is not valid json"),
            Flaw::Said(said) => formatter.write_str(said),
        }
    }
}

impl std::error::Error for DecodeError {}
