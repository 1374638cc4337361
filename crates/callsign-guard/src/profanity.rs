//! Swear words and slurs, however they are written; `docs/guardrails/profanity.md` says what is found and what is not.
//!
//! A text becomes a row of cells (`tape`), each with the letters it may stand for; from every cell where a word may begin, all
//! readings are followed through a tree of the listed words (`walk`), and what was read is judged by its writing and surroundings
//! (`judge`). Nothing farther than 64 cells after the beginning of a finding has a say in it.

mod judge;
mod tape;
mod trie;
mod walk;
mod words;

use std::ops::Range;

use judge::{AHEAD, BEHIND, Place};
use tape::{Tape, is};
use walk::{LONGEST, Reading, Walker};
use words::{Kind, Shape, Words};

use crate::finding::{Category, Finding};
use crate::fold::{self, Look};

/// How many bytes are looked at in one go.
const BLOCK: usize = 1 << 14;
/// How many bytes the surroundings of a word may have: cells of four bytes, each after a run of unseen characters.
const SURROUNDINGS: usize = (LONGEST + AHEAD + BEHIND) * 4 * 18;

/// Finds them; made once, asked often.
#[derive(Debug)]
pub struct Detector {
    words: Words,
}

/// A word that is meant: its cells and how bad it is.
struct Hit {
    end: usize,
    kind: Kind,
}

/// What stands in place of a finding where it is masked.
pub fn label(_kind: &str) -> &'static str {
    "****"
}

// === impl Detector ===

impl Default for Detector {
    fn default() -> Self {
        Self::new()
    }
}

impl Detector {
    /// Compiles what it looks with.
    pub fn new() -> Self {
        Self { words: Words::new() }
    }

    /// Adds to `found` what `text` holds, in the order of the text. The kinds are `mild`, `strong` and `slur`.
    pub fn find(&self, text: &str, found: &mut Vec<Finding>) {
        let mut walker = Walker::default();
        let (mut from, mut free) = (0, 0);
        while from < text.len() {
            let to = boundary(text, from + BLOCK);
            free = self.find_in(text, from..to, free, &mut walker, found);
            from = to;
        }
    }

    /// Adds the words that begin in `block` and not before `free`; the end of the last finding.
    fn find_in(
        &self,
        text: &str,
        block: Range<usize>,
        mut free: usize,
        walker: &mut Walker,
        found: &mut Vec<Finding>,
    ) -> usize {
        let base = boundary(text, block.start.saturating_sub(SURROUNDINGS));
        let window = text.get(base..boundary(text, block.end + SURROUNDINGS)).unwrap_or_default();
        let tape = Tape::of(window, base);
        for (index, cell) in tape.cells().iter().enumerate() {
            if cell.at < block.start || cell.at < free {
                continue;
            }
            if cell.at >= block.end {
                break;
            }
            let Some(Hit { end, kind }) = self.hit(&tape, index, walker) else { continue };
            let Some(last) = tape.before(end) else { continue };
            free = last.end;
            found.push(Finding { category: Category::Profanity, kind: kind.name(), span: cell.at..free });
        }
        free
    }

    /// The byte of a growing `text` up to which nothing changes whatever follows: every finding that begins before it is found in
    /// `text` already, and ends where it will end.
    pub fn settled(&self, text: &str) -> usize {
        let (base, first) = tail(text);
        let tape = Tape::of(text.get(base..).unwrap_or_default(), base);
        let mut walker = Walker::default();
        for (index, cell) in tape.cells().iter().enumerate() {
            if cell.at < first {
                continue;
            }
            tape.overrun();
            self.hit(&tape, index, &mut walker);
            if tape.overrun() {
                return cell.at;
            }
        }
        text.len()
    }

    /// The longest word meant that begins at cell `start`.
    fn hit(&self, tape: &Tape, start: usize, walker: &mut Walker) -> Option<Hit> {
        let cell = tape.get(start)?;
        let mut best = None;
        if self.may_begin(tape, start, cell) {
            walker.walk(&self.words, tape, start, &mut |reading| self.weigh(tape, start, reading, &mut best));
        }
        if best.is_none() && self.words.scripts.begins(cell.raw) {
            return self.script(tape, start);
        }
        best
    }

    /// Whether a word of letters may begin at `cell`.
    fn may_begin(&self, tape: &Tape, start: usize, cell: &tape::Cell) -> bool {
        if tape.had(start, is::LETTER | is::DIGIT) {
            return cell.is(is::LETTER) && self.words.begins(self.words.inner, tape, start);
        }
        (cell.is(is::LETTER | is::DIGIT) || matches!(cell.raw, '$' | '@')) && self.words.begins(self.words.all, tape, start)
    }

    fn weigh(&self, tape: &Tape, start: usize, reading: Reading, best: &mut Option<Hit>) {
        let Some(entry) = self.words.entry(reading.entry) else { return };
        let place = Place { words: &self.words, tape, start, reading, entry };
        if !place.meant() {
            return;
        }
        let mut end = reading.end;
        // The rest of a word that holds it anywhere goes with it: `fuckaroo`.
        while entry.shape == Shape::Anywhere && end < start + LONGEST && tape.has(end, is::LETTER) {
            end += 1;
        }
        *best = Some(Hit { end, kind: entry.kind });
    }

    /// The longest word of a script without look-alikes that begins at cell `start`.
    fn script(&self, tape: &Tape, start: usize) -> Option<Hit> {
        let mut best = None;
        let mut node = 0;
        for index in start..start + LONGEST {
            if index > start && node == 0 {
                break;
            }
            let Some(next) = tape.get(index).and_then(|cell| self.words.scripts.step(node, cell.raw)) else { break };
            node = next;
            let Some(entry) = self.words.entry(self.words.scripts.entry(node)) else { continue };
            let alone = entry.shape == Shape::Anywhere
                || !tape.had(start, is::LETTER) && (entry.shape == Shape::Compound || !tape.has(index + 1, is::LETTER));
            if alone {
                best = Some(Hit { end: index + 1, kind: entry.kind });
            }
        }
        best
    }
}

/// The last boundary of characters at or before byte `at`.
fn boundary(text: &str, at: usize) -> usize {
    if at >= text.len() {
        return text.len();
    }
    (0..=at).rev().find(|&at| text.is_char_boundary(at)).unwrap_or_default()
}

/// Where the last cells of `text` begin that may still change, with their surroundings and without.
fn tail(text: &str) -> (usize, usize) {
    let (mut seen, mut unseen, mut first) = (0, 0, text.len());
    for (at, character) in text.char_indices().rev() {
        unseen = if fold::look(character) == Look::Nothing { unseen + 1 } else { 0 };
        seen += usize::from(unseen == 0 || unseen > tape::UNSEEN_RUN);
        if seen <= LONGEST + AHEAD {
            first = at;
        }
        if seen > LONGEST + AHEAD + BEHIND {
            return (at, first);
        }
    }
    (0, first)
}

#[cfg(test)]
mod tests;
