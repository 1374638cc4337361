//! A text that comes in pieces, let through as far as nothing that follows can change what is found in it.

use std::ops::Range;

use crate::mask;
use crate::rules::Action;
use crate::screen::{Hit, Screen};

/// The part of a text that waits, and what went before it.
#[derive(Debug, Default)]
pub struct Window {
    /// The end of what was let through, as it came, and what waits.
    text: String,
    /// Where in it that begins which waits.
    released: usize,
    /// Hits that begin before this place were told.
    told: usize,
    /// How long the text was when it was last looked at.
    looked: usize,
}

/// What a piece lets through.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Released {
    /// What may go on.
    pub text: String,
    /// What was found in it.
    pub hits: Vec<Hit>,
    /// Whether something else stands in the place of some of it.
    pub masked: bool,
}

/// Nothing more may go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// Something was found that lets nothing pass.
    Blocked(Vec<Hit>),
    /// So much waits that it would never be cleared.
    Full,
}

/// So much of what was let through stays, so that what waits is understood: as far as any detector looks back.
const CONTEXT: usize = 640;
/// No more than this waits: ten times the longest private key.
const LONGEST: usize = 64 << 10;
/// Where more than this waits, each look is worth waiting for some more.
const LONG: usize = 1 << 10;

// === impl Window ===

impl Window {
    /// How much waits, in bytes.
    pub fn waiting(&self) -> usize {
        self.text.len() - self.released
    }

    /// Takes the next piece.
    pub fn push(&mut self, screen: &Screen<'_>, piece: &str) -> Result<Released, Stop> {
        self.text.push_str(piece);
        let new = self.text.len().saturating_sub(self.looked);
        if self.waiting() > LONG && new < self.waiting() / 8 {
            return Ok(Released::default());
        }
        let settled = floor(&self.text, screen.settled(&self.text));
        let released = self.release(screen, settled)?;
        if self.waiting() > LONGEST {
            return Err(Stop::Full);
        }
        Ok(released)
    }

    /// The text is whole.
    pub fn finish(&mut self, screen: &Screen<'_>) -> Result<Released, Stop> {
        let released = self.release(screen, self.text.len())?;
        *self = Self::default();
        Ok(released)
    }

    fn release(&mut self, screen: &Screen<'_>, settled: usize) -> Result<Released, Stop> {
        self.looked = self.text.len();
        if self.text.is_empty() {
            return Ok(Released::default());
        }
        let mut hits = screen.hits_from(&self.text, self.told.min(self.released));
        // What begins later may become something else.
        hits.retain(|hit| hit.span.start < settled && hit.span.end > self.released);
        let blocking: Vec<Hit> =
            hits.iter().filter(|hit| hit.rule.action == Action::Block).cloned().collect();
        if !blocking.is_empty() {
            return Err(Stop::Blocked(blocking));
        }
        let parts: Vec<(Range<usize>, String)> = mask::masked(&hits)
            .into_iter()
            .map(|(span, hit)| (span, mask::label(hit.topic, hit.kind)))
            .collect();
        let end = parts.last().map_or(settled, |(span, _)| settled.max(span.end)).max(self.released);
        let text = self.written(&parts, end);
        let (told, masked) = (self.told, !parts.is_empty());
        hits.retain(|hit| hit.span.start >= told);
        (self.released, self.told) = (end, settled.max(told));
        self.forget();
        Ok(Released { text, hits, masked })
    }

    /// What waits up to `end`, with labels in place of these parts.
    fn written(&self, parts: &[(Range<usize>, String)], end: usize) -> String {
        let mut out = String::new();
        let mut at = self.released;
        for (span, label) in parts {
            out.push_str(self.text.get(at..span.start.max(at)).unwrap_or_default());
            out.push_str(label);
            at = span.end.max(at);
        }
        out.push_str(self.text.get(at..end).unwrap_or_default());
        out
    }

    /// Lets go of what is no longer needed to understand what waits.
    fn forget(&mut self) {
        let Some(spare) = self.released.checked_sub(2 * CONTEXT) else { return };
        let from = floor(&self.text, spare + CONTEXT);
        // Half a word could be taken for another one.
        let before = self.text.get(from..self.released).unwrap_or_default();
        let cut = from + before.find(char::is_whitespace).unwrap_or_default();
        self.text.drain(..cut);
        self.released -= cut;
        self.told = self.told.saturating_sub(cut);
        self.looked = self.looked.saturating_sub(cut);
    }
}

fn floor(text: &str, mut place: usize) -> usize {
    place = place.min(text.len());
    while !text.is_char_boundary(place) {
        place -= 1;
    }
    place
}

#[cfg(test)]
mod tests;
