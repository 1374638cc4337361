//! What the reader of an imported configuration has to know. Knows nothing of what is imported.

use std::fmt;

use crate::diagnostic::Span;

/// Something that an import could not carry over as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The line of the other gateway's text, from 1.
    pub line: usize,
    /// The key, such as `litellm_settings.cache`.
    pub path: String,
    /// How it stands with it.
    pub standing: Standing,
    /// Why, and what to do.
    pub message: String,
}

/// How it stands with a key that is told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Standing {
    /// It is left out.
    Lost,
    /// It is carried over once somebody does something.
    Open,
    /// It is carried over, and means something else in part.
    Changed,
}

/// Collects notices while a configuration is read.
#[derive(Debug, Default)]
pub(super) struct Notices(Vec<(u32, Notice)>);

// === impl Standing ===

impl Standing {
    /// How it is told.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lost => "not taken over",
            Self::Open => "to do",
            Self::Changed => "differs",
        }
    }
}

// === impl Notice ===

impl fmt::Display for Notice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: `{}`: {}", self.standing.name(), self.path, self.message)
    }
}

// === impl Notices ===

impl Notices {
    pub(super) fn lost(&mut self, path: &str, at: Span, message: impl AsRef<str>) {
        self.note(Standing::Lost, path, at, message.as_ref());
    }

    pub(super) fn open(&mut self, path: &str, at: Span, message: impl AsRef<str>) {
        self.note(Standing::Open, path, at, message.as_ref());
    }

    pub(super) fn changed(&mut self, path: &str, at: Span, message: impl AsRef<str>) {
        self.note(Standing::Changed, path, at, message.as_ref());
    }

    fn note(&mut self, standing: Standing, path: &str, at: Span, message: &str) {
        let notice = Notice { line: 0, path: one_line(path), standing, message: one_line(message) };
        if !self.0.iter().any(|(start, known)| *start == at.start && *known == notice) {
            self.0.push((at.start, notice));
        }
    }

    /// All of them, in the order of `text`.
    pub(super) fn finish(mut self, text: &str) -> Vec<Notice> {
        self.0.sort_by_key(|(start, _)| *start);
        let mut breaks =
            text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at).peekable();
        let mut line = 1;
        let mut placed = Vec::with_capacity(self.0.len());
        for (start, notice) in self.0 {
            while breaks.next_if(|at| *at < start as usize).is_some() {
                line += 1;
            }
            placed.push(Notice { line, ..notice });
        }
        placed
    }
}

/// Nothing from a file may begin a line of its own, in a comment or on a terminal.
fn one_line(text: &str) -> String {
    text.chars()
        .map(|letter| {
            if letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}') { '\u{fffd}' } else { letter }
        })
        .collect()
}
