//! What the words around a value say of it: that it is of some kind, that it is somebody's, that it is nobody's.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use aho_corasick::{AhoCorasick, MatchKind};

use super::kinds::{AGAINST, DATE_OF_BIRTH, EVENTS, GROUPS, KINDS, PERSONAL};
use super::reader::{Reader, is_unspaced};

/// How many bytes before a value are read for words.
const LEFT: usize = 56;
/// How many bytes after it.
const RIGHT: usize = 28;
/// Stands for another value in a tidied window.
const VALUE: char = '\u{1}';
/// Stands for the end of a sentence.
const STOP: char = '\u{2}';

/// What it takes to believe a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Need {
    /// Nothing: no other thing looks like it.
    Nothing,
    /// That nothing nearby says that it is something else.
    Peace,
    /// That somebody is spoken of nearby, or a word for its kind.
    Person,
    /// A word for its kind.
    Cue,
}

/// Why a value is believed, the best reason first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reason {
    /// A word for its kind stands nearby: of how many kinds it is one.
    Cue(usize),
    /// Its form.
    Form,
}

/// What a word says of the value beside it.
#[derive(Debug, Clone, Default)]
struct Sense {
    against: bool,
    personal: bool,
    kinds: Vec<&'static str>,
}

/// One word found beside a value.
#[derive(Debug, Clone, Copy)]
struct Cue {
    sense: usize,
    /// Another value stands between.
    consumed: bool,
    /// A sentence ends between.
    apart: bool,
}

/// Every word that says something.
pub(super) struct Cues {
    words: AhoCorasick,
    senses: Vec<Sense>,
}

/// What stands around one place; read when asked for.
pub(super) struct Surroundings<'r, 't> {
    cues: &'r Cues,
    reader: &'r Reader<'t>,
    left: OnceCell<Vec<Cue>>,
}

/// What the words on the left say of a kind.
enum Left {
    Own(usize),
    Against,
    Else { personal: bool, other: bool },
}

/// The words between bars, groups opened.
fn words(listed: &'static str) -> impl Iterator<Item = &'static str> {
    listed.split('|').flat_map(|word| match GROUPS.iter().find(|(name, _)| *name == word) {
        Some((_, words)) => words.split('|'),
        None => word.split('|'),
    })
}

/// How a cue is looked for: between spaces, but for a star at its end and for scripts that write none.
fn pattern(word: &str) -> String {
    let (stem, any) = word.strip_suffix('*').map_or((word, false), |stem| (stem, true));
    let stem = stem.trim().to_lowercase();
    if stem.chars().next().is_some_and(is_unspaced) {
        return stem;
    }
    if any { format!(" {stem}") } else { format!(" {stem} ") }
}

/// `window` in lower case, one space between words, other values as one mark each: `"dateOfBirth": "` is ` date of birth `.
fn tidy(window: &str) -> String {
    let mut tidied = String::with_capacity(window.len() + 8);
    tidied.push(' ');
    let mut rest = window;
    while let Some(first) = rest.chars().next() {
        let length = rest.find(|character: char| !character.is_alphanumeric()).unwrap_or(rest.len());
        let (word, after) = rest.split_at_checked(length.max(first.len_utf8())).unwrap_or((rest, ""));
        if length > 0 {
            push_word(&mut tidied, word);
        } else if first == '@' {
            push_mark(&mut tidied, VALUE);
        } else if matches!(first, '.' | '!' | '?' | '。') && after.starts_with([' ', '\n']) {
            push_mark(&mut tidied, STOP);
        }
        rest = after;
    }
    tidied
}

fn push_mark(tidied: &mut String, mark: char) {
    tidied.push(mark);
    tidied.push(' ');
}

/// Adds one word, humps split; a word with more than three digits is a value.
fn push_word(tidied: &mut String, word: &str) {
    let digits = word.chars().filter(char::is_ascii_digit).count();
    if digits > 3 || word.starts_with(|first: char| first.is_ascii_digit()) {
        return push_mark(tidied, VALUE);
    }
    let mut small = false;
    for character in word.chars() {
        if small && character.is_uppercase() {
            tidied.push(' ');
        }
        small = character.is_lowercase();
        tidied.extend(character.to_lowercase());
    }
    tidied.push(' ');
}

// === impl Cues ===

impl Cues {
    /// Makes the words ready.
    pub(super) fn new() -> Option<Self> {
        let mut senses: BTreeMap<String, Sense> = BTreeMap::new();
        for kind in KINDS {
            for word in words(kind.cues).filter(|word| !word.is_empty()) {
                senses.entry(pattern(word)).or_default().kinds.push(kind.name);
            }
        }
        for word in words(EVENTS) {
            senses.entry(pattern(word)).or_default().kinds.push("event");
        }
        for word in words(AGAINST) {
            senses.entry(pattern(word)).or_default().against = true;
        }
        for word in words(PERSONAL) {
            senses.entry(pattern(word)).or_default().personal = true;
        }
        let words = AhoCorasick::builder().match_kind(MatchKind::Standard).build(senses.keys()).ok()?;
        Some(Self { words, senses: senses.into_values().collect() })
    }

    /// The words of `tidied`, the last one first.
    fn of(&self, tidied: &str) -> Vec<Cue> {
        let mut found: Vec<_> = self
            .words
            .find_overlapping_iter(tidied)
            .map(|found| (found.end(), found.len(), found.pattern()))
            .collect();
        found.sort_by_key(|&(end, length, _)| (std::cmp::Reverse(end), std::cmp::Reverse(length)));
        let between = |end: usize| tidied.get(end..).unwrap_or_default();
        found
            .into_iter()
            .map(|(end, _, pattern)| Cue {
                sense: pattern.as_usize(),
                consumed: between(end).contains(VALUE),
                apart: between(end).contains(STOP),
            })
            .collect()
    }

    fn sense(&self, cue: Cue) -> Option<&Sense> {
        self.senses.get(cue.sense)
    }
}

// === impl Surroundings ===

impl<'r, 't> Surroundings<'r, 't> {
    /// What stands around the place that `reader` reads from.
    pub(super) fn new(cues: &'r Cues, reader: &'r Reader<'t>) -> Self {
        Self { cues, reader, left: OnceCell::new() }
    }

    /// Why what ends at `end` is a `kind`, if it is one.
    pub(super) fn reason(&self, kind: &str, need: Need, end: usize) -> Option<Reason> {
        let left = self.left(kind);
        match (&left, need) {
            (&Left::Own(kinds), _) => return Some(Reason::Cue(kinds)),
            (_, Need::Nothing) => return Some(Reason::Form),
            (Left::Against, _) => return None,
            _ if self.is_figure() => return None,
            (Left::Else { other: true, .. }, Need::Person) => return None,
            _ => {}
        }
        let Left::Else { personal, .. } = left else { return None };
        let right = self.right(end);
        for sense in right.iter().rev().filter_map(|&cue| self.cues.sense(cue)) {
            if sense.kinds.contains(&kind) {
                return Some(Reason::Cue(sense.kinds.len()));
            }
            if sense.against {
                return None;
            }
        }
        let personal =
            personal || right.iter().filter_map(|&cue| self.cues.sense(cue)).any(|sense| sense.personal);
        (need == Need::Peace || need == Need::Person && personal).then_some(Reason::Form)
    }

    /// Whether it is a number of JSON, whose key would say what it is: `"id": 123`.
    fn is_figure(&self) -> bool {
        self.reader.left_of(self.reader.from(), 3).trim_end().ends_with("\":")
    }

    /// Whether a word for another kind, or against any, stands nearest before it.
    pub(super) fn claimed(&self, kind: &str) -> bool {
        matches!(self.left(kind), Left::Against | Left::Else { other: true, .. })
    }

    fn left(&self, kind: &str) -> Left {
        let cues = self.left.get_or_init(|| {
            let window = self.reader.left_of(self.reader.from(), LEFT);
            self.cues.of(&tidy(window))
        });
        let (mut personal, mut other) = (false, false);
        for &cue in cues {
            let Some(sense) = self.cues.sense(cue) else { continue };
            // One birth has one date; other things are listed.
            if sense.kinds.contains(&kind) && !(cue.consumed && kind == DATE_OF_BIRTH) {
                return Left::Own(sense.kinds.len());
            }
            personal |= sense.personal;
            if cue.consumed {
                continue;
            }
            if sense.against && !cue.apart && !other {
                return Left::Against;
            }
            other |= !sense.kinds.is_empty() && !cue.apart;
        }
        Left::Else { personal, other }
    }

    /// The words after `end`, the nearest one last: up to the next value, or to where the clause ends.
    fn right(&self, end: usize) -> Vec<Cue> {
        let mut at = end;
        while let Some(next) = self.reader.char_at(at) {
            if matches!(next, ',' | ';' | '.' | '!' | '?' | '\n' | '。' | '"' | '}')
                || next.is_numeric()
                || at >= end + RIGHT
            {
                break;
            }
            at += next.len_utf8();
        }
        let mut cues = self.cues.of(&tidy(self.reader.between(end, at)));
        cues.retain(|cue| !cue.apart);
        cues
    }
}
