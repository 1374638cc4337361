//! Swear words and slurs, however they are written; `docs/guardrails/profanity.md` says what is found and what is not.
//!
//! A text becomes a row of cells (`tape`), each with the letters it may stand for; from every cell where a word may begin, all
//! readings are followed through a tree of the listed words (`walk`), and what was read is judged by its writing and surroundings
//! (`judge`). Nothing farther than 64 cells after the beginning of a finding has a say in it.

mod judge;
mod scan;
mod tape;
mod trie;
mod walk;
mod words;

use judge::{AHEAD, BEHIND, Place};
use scan::Scan;
use tape::{Tape, is};
use walk::{LONGEST, Reading, Walker};
use words::{Kind, Shape, Words};

use crate::finding::{Category, Finding};
use crate::fold::{self, Look};

/// How many cells are looked at in one go, from where a word may begin.
const AROUND: usize = 2 * (LONGEST + AHEAD);

/// Finds them; made once, asked often.
#[derive(Debug)]
pub struct Detector {
    words: Words,
    scan: Scan,
}

/// A part of a text, and for which of its bytes it holds all their surroundings.
#[derive(Debug, Default)]
struct View {
    tape: Tape,
    from: usize,
    to: usize,
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
        let words = Words::new();
        Self { scan: Scan::new(&words), words }
    }

    /// Adds to `found` what `text` holds, in the order of the text. The kinds are `mild`, `strong` and `slur`.
    pub fn find(&self, text: &str, found: &mut Vec<Finding>) {
        self.find_by(&mut Walker::default(), text, found);
    }

    fn find_by(&self, walker: &mut Walker, text: &str, found: &mut Vec<Finding>) {
        let mut view = View::default();
        let mut from = 0;
        while let Some(at) = self.scan.next(&self.words, text, from) {
            view.show(text, at);
            from = match self.hit(&view.tape, view.tape.index(at), walker) {
                Some((kind, end)) => {
                    found.push(Finding { category: Category::Profanity, kind: kind.name(), span: at..end });
                    end
                }
                None => after(text, at),
            };
        }
    }

    /// The byte of a growing `text` up to which nothing changes whatever follows: every finding that begins before it is found in
    /// `text` already, and ends where it will end.
    pub fn settled(&self, text: &str) -> usize {
        let mut walker = Walker::default();
        let mut view = View::default();
        let mut from = tail(text);
        while let Some(at) = self.scan.next(&self.words, text, from) {
            view.show(text, at);
            view.tape.overrun();
            let hit = self.hit(&view.tape, view.tape.index(at), &mut walker);
            if view.tape.overrun() {
                return at;
            }
            from = hit.map_or_else(|| after(text, at), |(_, end)| end);
        }
        text.len()
    }

    /// The longest word meant that begins at cell `start`: how bad it is, and the byte where it ends.
    fn hit(&self, tape: &Tape, start: usize, walker: &mut Walker) -> Option<(Kind, usize)> {
        let cell = tape.get(start)?;
        let mut best = None;
        let inside = tape.had(start, is::LETTER | is::DIGIT);
        if if inside {
            cell.is(is::LETTER)
        } else {
            cell.is(is::LETTER | is::DIGIT) || matches!(cell.raw, '$' | '@')
        } {
            walker.walk(&self.words, tape, start, &mut |reading| self.weigh(tape, start, reading, &mut best));
        }
        let Hit { end, kind } = best.or_else(|| self.script(tape, start))?;
        Some((kind, tape.before(end)?.end))
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
            let Some(next) = tape.get(index).and_then(|cell| self.words.scripts.step(node, cell.raw)) else {
                break;
            };
            node = next;
            let Some(entry) = self.words.entry(self.words.scripts.entry(node)) else { continue };
            let alone = entry.shape == Shape::Anywhere
                || !tape.had(start, is::LETTER)
                    && (entry.shape == Shape::Compound || !tape.has(index + 1, is::LETTER));
            if alone {
                best = Some(Hit { end: index + 1, kind: entry.kind });
            }
        }
        best
    }
}

/// The boundary of characters after byte `at`.
fn after(text: &str, at: usize) -> usize {
    (at + 1..text.len()).find(|&at| text.is_char_boundary(at)).unwrap_or(text.len())
}

/// The byte of `text` before which nothing is so near the end that it may change.
fn tail(text: &str) -> usize {
    back(text, LONGEST + AHEAD)
}

/// The byte of `text` where its last `count` cells begin.
fn back(text: &str, count: usize) -> usize {
    let mut cells = Count::default();
    text.char_indices().rev().find(|&(_, character)| cells.add(character) == count).map_or(0, |(at, _)| at)
}

/// Counts cells.
#[derive(Default)]
struct Count {
    cells: usize,
    unseen: usize,
}

impl Count {
    /// How many cells there are with those of `character`.
    fn add(&mut self, character: char) -> usize {
        self.unseen = if fold::look(character) == Look::Nothing { self.unseen + 1 } else { 0 };
        self.cells += usize::from(self.unseen == 0 || self.unseen > tape::UNSEEN_RUN);
        self.cells
    }
}

// === impl View ===

impl View {
    /// Shows byte `at` of `text` and its surroundings.
    fn show(&mut self, text: &str, at: usize) {
        if self.from <= at && at < self.to {
            return;
        }
        let before = text.get(..at).unwrap_or_default();
        let rest = text.get(at..).unwrap_or_default();
        let base = back(before, BEHIND + 1);
        let mut cells = Count::default();
        let mut end = rest
            .char_indices()
            .filter(|&(_, character)| cells.add(character) > AROUND)
            .map(|(end, _)| at + end);
        let end = end.next().unwrap_or(text.len());
        self.tape = Tape::of(text.get(base..end).unwrap_or_default(), base);
        self.from = at;
        self.to = if end == text.len() {
            end
        } else {
            at.max(base + back(text.get(base..end).unwrap_or_default(), LONGEST + AHEAD + 4)) + 1
        };
    }
}

#[cfg(test)]
mod tests;
