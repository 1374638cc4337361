//! Attempts to override instructions, to break the safety policy, or to read the system prompt.

/// What was made of a text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Verdict {
    /// How much it looks like an attempt, from 0 to 1.
    pub score: f32,
    /// Whether that is enough to act on.
    pub hit: bool,
}

/// Judges texts; made once, asked often.
#[derive(Debug, Default)]
pub struct Detector {}

impl Detector {
    /// Makes the model ready.
    pub fn new() -> Self {
        Self::default()
    }

    /// What `text` looks like: the worst of its parts, of whatever length.
    pub fn judge(&self, _text: &str) -> Verdict {
        Verdict { score: 0.0, hit: false }
    }
}
