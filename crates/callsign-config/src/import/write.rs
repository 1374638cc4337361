//! YAML as people write it. Knows nothing of what it says.

use std::fmt::{Display, Write as _};

/// A value to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// A text in which `$` begins a variable.
    Text(String),
    /// A number or a word that is no text.
    Plain(String),
    List(Vec<Self>),
    Map(Vec<(String, Self)>),
}

/// Words that YAML does not take for a text.
const WORDS: [&str; 10] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan"];

// === impl Piece ===

impl Piece {
    /// A text that means itself.
    pub(super) fn text(text: &str) -> Self {
        Self::Text(text.replace('$', "$$"))
    }

    /// What a variable holds.
    pub(super) fn variable(name: &str) -> Self {
        Self::Text(format!("${name}"))
    }

    pub(super) fn plain(word: &dyn Display) -> Self {
        Self::Plain(word.to_string())
    }

    pub(super) fn map<const N: usize>(pairs: [(&str, Self); N]) -> Self {
        Self::Map(pairs.map(|(key, value)| (key.to_owned(), value)).into())
    }

    pub(super) fn texts(texts: &[&str]) -> Self {
        Self::List(texts.iter().map(|text| Self::text(text)).collect())
    }

    /// Writes a document.
    pub(super) fn document(&self) -> String {
        let mut written = String::new();
        self.block(0, &mut written);
        written
    }

    fn is_short(&self) -> bool {
        match self {
            Self::Text(_) | Self::Plain(_) => true,
            Self::List(items) => items.iter().all(|item| matches!(item, Self::Text(_) | Self::Plain(_))),
            Self::Map(_) => false,
        }
    }

    fn short(&self) -> String {
        match self {
            Self::Text(text) => quoted(text),
            Self::Plain(word) => word.clone(),
            Self::List(items) => {
                format!("[{}]", items.iter().map(Self::short).collect::<Vec<_>>().join(", "))
            }
            Self::Map(_) => "{}".to_owned(),
        }
    }

    fn block(&self, depth: usize, written: &mut String) {
        match self {
            Self::Map(pairs) => {
                for (place, (key, value)) in pairs.iter().enumerate() {
                    // The first pair of a list's item stands behind its dash.
                    let indent = if place == 0 && written.ends_with("- ") { 0 } else { depth };
                    value.pair(key, (indent, depth), written);
                }
            }
            Self::List(items) => {
                for item in items {
                    // Writing to a string cannot fail.
                    _ = write!(written, "{}- ", "  ".repeat(depth));
                    if item.is_short() {
                        written.push_str(&(item.short() + "\n"));
                    } else {
                        item.block(depth + 1, written);
                    }
                }
            }
            scalar => written.push_str(&(scalar.short() + "\n")),
        }
    }

    fn pair(&self, key: &str, (indent, depth): (usize, usize), written: &mut String) {
        _ = write!(written, "{}{}:", "  ".repeat(indent), quoted(key));
        if self.is_short() {
            _ = writeln!(written, " {}", self.short());
            return;
        }
        written.push('\n');
        self.block(depth + 1, written);
    }
}

fn quoted(text: &str) -> String {
    let first = |letter: char| letter.is_ascii_alphabetic() || "$/_".contains(letter);
    let later = |letter: char| letter.is_ascii_alphanumeric() || "$/_.-@".contains(letter);
    let is_plain = text.starts_with(first) && text.chars().all(later);
    if is_plain && !WORDS.contains(&text.to_ascii_lowercase().as_str()) || is_address(text) {
        return text.to_owned();
    }
    let mut quoted = String::from('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            letter if letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{feff}') => {
                _ = write!(quoted, "\\u{:04x}", u32::from(letter));
            }
            letter => quoted.push(letter),
        }
    }
    quoted + "\""
}

/// A URL reads better without quotation marks, and its colons are followed by no space.
fn is_address(text: &str) -> bool {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "/_.-:".contains(letter);
    text.starts_with("http") && text.chars().all(plain) && !text.ends_with(':')
}
