//! A text as a rule sees it: whoever looks past its end, or lets a run end there, is noted, because more text may change what he saw.

use std::cell::Cell;
use std::ops::Range;

use super::alphabet::{Alphabet, holds};

/// A text and what was asked of it since `rewind`.
#[derive(Debug)]
pub(super) struct View<'a> {
    bytes: &'a [u8],
    ended: Cell<bool>,
    claim: Cell<usize>,
    /// How many bytes were asked for so far, those of slices too.
    #[cfg(test)]
    pub(super) asked: Cell<usize>,
}

impl<'a> View<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            bytes: text.as_bytes(),
            ended: Cell::new(false),
            claim: Cell::new(usize::MAX),
            #[cfg(test)]
            asked: Cell::new(0),
        }
    }

    /// Forgets what was asked.
    pub(super) fn rewind(&self) {
        self.ended.set(false);
        self.claim.set(usize::MAX);
    }

    /// Says that a finding, if there is one, begins at `start` or later.
    pub(super) fn claim(&self, start: usize) {
        self.claim.set(self.claim.get().min(start));
    }

    /// Where a finding would begin that more text might make, end elsewhere or take away; none if more text changes nothing.
    pub(super) fn open(&self) -> Option<usize> {
        self.ended.get().then(|| self.claim.get().min(self.bytes.len()))
    }

    /// Counts what is asked for.
    #[cfg(test)]
    fn ask(&self, bytes: usize) {
        self.asked.set(self.asked.get() + bytes);
    }

    /// Only tests count.
    #[cfg(not(test))]
    #[expect(clippy::unused_self, reason = "tests count here")]
    const fn ask(&self, _bytes: usize) {}

    /// The byte at `at`.
    pub(super) fn at(&self, at: usize) -> Option<u8> {
        self.ask(1);
        let byte = self.bytes.get(at).copied();
        if byte.is_none() {
            self.ended.set(true);
        }
        byte
    }

    /// The byte before `at`.
    pub(super) fn before(&self, at: usize) -> Option<u8> {
        self.bytes.get(at.checked_sub(1)?).copied()
    }

    /// Where the run of `alphabet` from `from` ends; after `most` bytes at the latest.
    pub(super) fn run(&self, from: usize, alphabet: Alphabet, most: usize) -> usize {
        let rest = self.bytes.get(from..).unwrap_or_default();
        let rest = rest.get(..most).unwrap_or(rest);
        let length = rest.iter().position(|&byte| !holds(alphabet, byte)).unwrap_or(rest.len());
        self.ask(length + 1);
        if from + length >= self.bytes.len() && length < most {
            self.ended.set(true);
        }
        from + length
    }

    /// Where the run of `alphabet` that ends at `end` begins; at most `most` bytes before.
    pub(super) fn run_before(&self, end: usize, alphabet: Alphabet, most: usize) -> usize {
        let head = self.bytes.get(..end).unwrap_or_default();
        let length = head.iter().rev().take(most).take_while(|&&byte| holds(alphabet, byte)).count();
        self.ask(length + 1);
        end - length
    }

    /// Whether `literal` stands at `at`.
    pub(super) fn has(&self, at: usize, literal: &str) -> bool {
        let literal = literal.as_bytes();
        let rest = self.bytes.get(at..).unwrap_or_default();
        let shared = rest.len().min(literal.len());
        let alike = rest.get(..shared) == literal.get(..shared);
        if alike && shared < literal.len() {
            self.ended.set(true);
        }
        alike && shared == literal.len()
    }

    /// The bytes of `span` that there are.
    pub(super) fn slice(&self, span: Range<usize>) -> &'a [u8] {
        let slice = self.bytes.get(span.start..span.end.min(self.bytes.len())).unwrap_or_default();
        self.ask(slice.len());
        slice
    }

    /// At most `most` bytes before `end`.
    pub(super) fn back(&self, end: usize, most: usize) -> &'a [u8] {
        self.slice(end.saturating_sub(most)..end)
    }

    /// Whether a key may begin at `at`: not in the middle of a word, unless the word is the letter of an escape such as `\n`.
    pub(super) fn word_begins(&self, at: usize) -> bool {
        match self.before(at) {
            Some(b'n' | b't' | b'r') => at.checked_sub(1).and_then(|at| self.before(at)) == Some(b'\\'),
            Some(byte) => !byte.is_ascii_alphanumeric(),
            None => true,
        }
    }
}
