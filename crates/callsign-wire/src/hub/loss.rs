//! What a translation could not carry. Nothing is dropped or changed without an entry here.

use std::fmt::Write as _;

/// One thing that did not come through as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// Where it stood, in the terms of the one who said it: `messages[2].name`.
    pub path: String,
    /// What became of it.
    pub fate: Fate,
}

/// What became of something that could not be carried as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fate {
    /// It is gone.
    Dropped,
    /// It says less, or says it elsewhere: a number moved into the range, a schema told as a tool.
    Changed,
}

/// Everything that one translation could not carry.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Losses(Vec<Loss>);

// === impl Losses ===

impl Losses {
    /// Notes that what stood at `path` is gone.
    pub fn dropped(&mut self, path: impl Into<String>) {
        self.note(path.into(), Fate::Dropped);
    }

    /// Notes that what stood at `path` was changed.
    pub fn changed(&mut self, path: impl Into<String>) {
        self.note(path.into(), Fate::Changed);
    }

    /// Notes what is left of an object's members, which another dialect has no place for.
    pub fn extras(&mut self, path: &str, extras: &super::extras::Extras) {
        for (name, _) in extras.telling() {
            let joint = if path.is_empty() { "" } else { "." };
            self.dropped(format!("{path}{joint}{name}"));
        }
    }

    /// Whether everything came through.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The losses in the order in which they were met.
    pub fn iter(&self) -> impl Iterator<Item = &Loss> {
        self.0.iter()
    }

    /// Adds those of another translation.
    pub fn append(&mut self, other: Self) {
        for loss in other.0 {
            self.note(loss.path, loss.fate);
        }
    }

    /// As a header's value, at most `longest` bytes: `seed, temperature;changed, and 3 more`.
    pub fn header(&self, longest: usize) -> String {
        let mut value = String::new();
        for (index, loss) in self.0.iter().enumerate() {
            let mark = if loss.fate == Fate::Changed { ";changed" } else { "" };
            let joint = if value.is_empty() { "" } else { ", " };
            // The rest must fit behind it in any case.
            if value.len() + joint.len() + loss.path.len() + mark.len() + 20 > longest {
                let written = write!(value, "{joint}and {} more", self.0.len() - index);
                debug_assert!(written.is_ok(), "memory is not a file");
                break;
            }
            value.extend([joint, &visible(&loss.path), mark]);
        }
        value
    }

    fn note(&mut self, path: String, fate: Fate) {
        let loss = Loss { path, fate };
        if !self.0.contains(&loss) {
            self.0.push(loss);
        }
    }
}

/// A path may hold a client's own member names: what no header may hold becomes `?`.
fn visible(path: &str) -> String {
    path.chars().map(|letter| if letter.is_ascii_graphic() { letter } else { '?' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_names_each_loss_once_and_stays_short() {
        let mut losses = Losses::default();
        losses.dropped("seed");
        losses.changed("temperature");
        losses.dropped("seed");
        losses.dropped("metadata.naïve key");
        assert_eq!(losses.header(200), "seed, temperature;changed, metadata.na?ve?key");
        assert_eq!(losses.header(40), "seed, and 2 more");
        assert_eq!(losses.header(10), "and 3 more");
    }
}
