//! People's names, where the words around them or a known given name make them sure.

mod words;

use std::collections::HashSet;
use std::sync::LazyLock;

use super::cues::Need;
use super::reader::{Reader, is_word};
use words::{GREETINGS, LABELS, LIKELY, OTHERS, PARTICLES, SURE, TITLES};

/// Given names of some eighty languages that are no other word, one a line, in order of their bytes.
/// From the lists of the Python package Faker (MIT licence).
static GIVEN: &str = include_str!("person/given.txt");
/// Given names that are also words, places or surnames: they count only where the words before ask for a name.
static AMBIGUOUS: &str = include_str!("person/given_ambiguous.txt");

/// How many parts a name may have.
const PARTS: usize = 5;
/// The longest name.
const LONGEST: usize = 80;

type Words = HashSet<String, foldhash::fast::FixedState>;

/// Those, with a capital and in capitals.
static OTHER_WORDS: LazyLock<Words> = LazyLock::new(|| {
    let mut words = Words::with_hasher(foldhash::fast::FixedState::with_seed(2));
    for word in OTHERS.split_ascii_whitespace() {
        words.insert(word.to_ascii_uppercase());
        let (first, rest) = word.split_at_checked(1).unwrap_or((word, ""));
        words.insert(first.to_ascii_uppercase() + rest);
    }
    words
});

static TITLE_WORDS: LazyLock<Words> =
    LazyLock::new(|| TITLES.iter().map(|title| (*title).to_owned()).collect());

/// The last words of the phrases that ask for a name: where another word stands before, none does.
static LAST_WORDS: LazyLock<Words> = LazyLock::new(|| {
    let mut words = Words::with_hasher(foldhash::fast::FixedState::with_seed(3));
    for phrase in SURE.iter().chain(LIKELY.iter()).chain(GREETINGS.iter()) {
        let word = phrase.trim_end_matches(' ').rsplit([' ', '\'', '’', '-']).next().unwrap_or_default();
        words.insert(word.to_owned());
    }
    words
});

/// Which names may be among the given ones: a filter that is rarely wrong and never says no to one that is.
static FILTER: LazyLock<Box<[u64]>> = LazyLock::new(|| {
    let mut bits = vec![0_u64; FILTER_WORDS];
    for name in GIVEN.lines().chain(AMBIGUOUS.lines()) {
        for bit in filter_bits(name) {
            if let Some(word) = bits.get_mut(bit / 64) {
                *word |= 1 << (bit % 64);
            }
        }
    }
    bits.into_boxed_slice()
});

/// Words of the filter: ten bits a name.
const FILTER_WORDS: usize = 4096;

/// The places of a name in the filter.
fn filter_bits(name: &str) -> [usize; 2] {
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let bits = u64::try_from(FILTER_WORDS * 64).unwrap_or(1);
    [hash >> 20, hash >> 41].map(|part| usize::try_from(part % bits).unwrap_or(0))
}

/// How sure the words before a place are that a name begins there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Before {
    Asked,
    Greeted,
    Likely,
    Silent,
}

/// One part of a name.
struct Part {
    start: usize,
    end: usize,
}

/// A name: where it ends.
pub(super) fn person(reader: &Reader) -> Option<(usize, Need)> {
    let first = part(reader, reader.from())?;
    let word = reader.between(first.start, first.end);
    if OTHER_WORDS.contains(word) && !is_title(word) {
        return None;
    }
    if is_title(word) {
        return titled(reader, &first).map(|end| (end, Need::Nothing));
    }
    if continues(reader) || is_other(word) {
        return None;
    }
    let known = is_given(word, GIVEN);
    let before = if known { Before::Likely } else { before(reader) };
    let doubtful = before == Before::Likely && !known && is_given(word, AMBIGUOUS);
    let wanted = known || doubtful || matches!(before, Before::Asked | Before::Greeted);
    let parts = if wanted { parts(reader, first) } else { return None };
    let end = parts.last().map(|part| part.end)?;
    let surname = parts.len() > 1;
    let enough = match before {
        _ if surname => true,
        Before::Silent | Before::Likely if known => {
            matches!(self::before(reader), Before::Asked | Before::Greeted)
        }
        Before::Greeted => is_given(word, AMBIGUOUS),
        Before::Asked => word.chars().count() > 2,
        _ => false,
    };
    enough.then_some((end, Need::Nothing))
}

/// A name in a script without capitals, where the words before ask for one: up to three words.
pub(super) fn without_capitals(reader: &Reader) -> Option<(usize, Need)> {
    if !matches!(before(reader), Before::Asked | Before::Greeted) {
        return None;
    }
    let (mut at, mut end) = (reader.from(), None);
    for _ in 0..4 {
        let stop = reader.word_end(at);
        let word = reader.between(at, stop);
        let scripted = !word.is_empty()
            && word.chars().all(|letter| is_word(letter) && !letter.is_ascii() && !letter.is_numeric());
        if !scripted || stop > reader.from() + LONGEST {
            break;
        }
        end = Some(stop);
        if reader.at(stop) != Some(b' ') {
            break;
        }
        at = stop + 1;
    }
    end.filter(|end| end - reader.from() > 3).map(|end| (end, Need::Nothing))
}

/// The name after a title, the title included.
fn titled(reader: &Reader, title: &Part) -> Option<usize> {
    let mut at = title.end;
    for _ in 0..3 {
        at += usize::from(reader.at(at) == Some(b'.'));
        at += usize::from(reader.at(at) == Some(b' '));
        let next = part(reader, at)?;
        if at == title.end {
            return None;
        }
        let word = reader.between(next.start, next.end);
        if !is_title(word) {
            return if is_other(word) || word.chars().count() < 2 {
                None
            } else {
                parts(reader, next).last().map(|part| part.end)
            };
        }
        at = next.end;
    }
    None
}

/// A word with a capital at `at`, hyphens and apostrophes inside allowed; or an initial with its dot.
fn part(reader: &Reader, at: usize) -> Option<Part> {
    if !reader.char_at(at)?.is_uppercase() {
        return None;
    }
    let (mut end, mut small, mut capitals) = (at, 0, 0);
    while let Some(next) = reader.char_at(end) {
        let joint = matches!(next, '-' | '\'' | '’' | 'ʼ')
            && reader.char_at(end + next.len_utf8()).is_some_and(char::is_alphabetic);
        if !next.is_alphabetic() && !joint || end > at + 40 {
            break;
        }
        small += usize::from(next.is_lowercase());
        capitals += usize::from(next.is_uppercase());
        end += next.len_utf8();
    }
    if matches!(reader.at(end), Some(b'0'..=b'9' | b'_' | b'@')) {
        return None;
    }
    let initial = capitals == 1 && small == 0;
    if initial {
        return (reader.at(end) == Some(b'.')).then_some(Part { start: at, end: end + 1 });
    }
    (small > 0 && capitals <= 4).then_some(Part { start: at, end })
}

/// The parts of a name, the first one known: words with capitals, initials, particles before one of these.
fn parts(reader: &Reader, first: Part) -> Vec<Part> {
    let mut parts = vec![first];
    while parts.len() < PARTS {
        let Some(at) = parts.last().map(|part| part.end) else { break };
        let Some(next) = next_part(reader, at) else { break };
        let word = reader.between(next.start, next.end);
        if is_other(word.trim_end_matches("'s").trim_end_matches("’s")) || next.end > reader.from() + LONGEST
        {
            break;
        }
        let owner =
            ["'s", "’s"].iter().find(|ending| word.ends_with(*ending)).map(|ending| next.end - ending.len());
        parts.push(Part { end: owner.unwrap_or(next.end), ..next });
        if owner.is_some() {
            break;
        }
    }
    while parts.len() > 1
        && parts.last().is_some_and(|part| reader.between(part.start, part.end).chars().count() < 2)
    {
        parts.pop();
    }
    parts
}

/// The part after `at`: one space away, at most two particles between.
fn next_part(reader: &Reader, at: usize) -> Option<Part> {
    let mut at = at;
    for _ in 0..3 {
        (reader.at(at)? == b' ').then_some(())?;
        at += 1;
        if let Some(part) = part(reader, at) {
            return Some(part);
        }
        let end = reader.word_end(at);
        if !PARTICLES.iter().any(|particle| *particle == reader.between(at, end)) {
            return None;
        }
        at = end;
    }
    None
}

/// Whether a word with a capital stands right before, so that a name does not begin here but goes on.
fn continues(reader: &Reader) -> bool {
    let from = reader.from();
    let before = reader.char_before(from);
    if before.is_some_and(|before| matches!(before, '-' | '\'' | '’' | '_' | '/' | '.' | '@' | '#' | '$')) {
        return !reader.left_of(from, 1).starts_with(['-', '/'])
            || reader.char_before(from - 1).is_some_and(char::is_alphanumeric);
    }
    false
}

fn is_title(word: &str) -> bool {
    TITLE_WORDS.contains(word)
}

/// Whether a word is no part of a name.
fn is_other(word: &str) -> bool {
    OTHER_WORDS.contains(word)
}

/// Whether the first part of `word` is a line of `names`.
fn is_given(word: &str, names: &str) -> bool {
    let word = word.split(['-', '\'', '’']).next().unwrap_or(word);
    if !filter_bits(word)
        .iter()
        .all(|bit| FILTER.get(bit / 64).is_some_and(|bits| bits >> (bit % 64) & 1 == 1))
    {
        return false;
    }
    let (mut low, mut high) = (0, names.len());
    while low < high {
        let middle = low.midpoint(high);
        let bytes = names.as_bytes();
        let start = bytes
            .get(low..middle)
            .and_then(|before| before.iter().rposition(|&byte| byte == b'\n'))
            .map_or(low, |at| low + at + 1);
        let end = bytes
            .get(start..)
            .and_then(|rest| rest.iter().position(|&byte| byte == b'\n'))
            .map_or(names.len(), |at| start + at);
        let line = bytes.get(start..end).unwrap_or_default();
        match line.cmp(word.as_bytes()) {
            std::cmp::Ordering::Equal => return true,
            std::cmp::Ordering::Less => low = end + 1,
            std::cmp::Ordering::Greater => high = start,
        }
    }
    false
}

/// What the words before make of the place.
fn before(reader: &Reader) -> Before {
    let left = reader.left_of(reader.from(), 40);
    let Some(last) = left.chars().next_back() else { return Before::Silent };
    if last == ' ' && !asking_is_near(left) {
        return Before::Silent;
    }
    let lower = left.to_lowercase();
    let lower = lower.as_str();
    if matches!(last, ':' | '"' | '=' | '\t' | '|') || lower.ends_with(": ") {
        return if labelled(lower) { Before::Greeted } else { Before::Silent };
    }
    let ends = |phrases: &[&str]| phrases.iter().any(|phrase| ends_with_words(lower, phrase));
    if ends(&SURE) {
        Before::Asked
    } else if ends(&GREETINGS) {
        Before::Greeted
    } else if ends(&LIKELY) {
        Before::Likely
    } else {
        Before::Silent
    }
}

/// Whether the last word before is one that may ask for a name, or a colon.
fn asking_is_near(left: &str) -> bool {
    let left = left.trim_end_matches(' ');
    if left.ends_with([':', ',', '"', '=', '|']) {
        return true;
    }
    let start = left.rfind([' ', '\'', '’', '-', '\n', '(', '"']).map_or(0, |at| at + 1);
    let word = left.get(start..).unwrap_or(left);
    if word.bytes().all(|byte| byte.is_ascii_lowercase()) {
        LAST_WORDS.contains(word)
    } else {
        LAST_WORDS.contains(word.to_lowercase().as_str())
    }
}

/// Whether `text` ends with `phrase`, a word's beginning before it.
fn ends_with_words(text: &str, phrase: &str) -> bool {
    text.strip_suffix(phrase).is_some_and(|rest| !rest.ends_with(char::is_alphanumeric))
}

/// Whether a label for a name stands before a colon, a quote or an equals sign.
fn labelled(left: &str) -> bool {
    let label = left.trim_end_matches(|character: char| !character.is_alphanumeric());
    let label = label.replace(['_', '-'], " ");
    LABELS.iter().any(|known| {
        label.strip_suffix(*known).is_some_and(|rest| {
            let line = rest.trim_end_matches(['"', '\'', '*', '{', ' ', '>', '-', '(']);
            let own = line.is_empty() || line.ends_with(['\n', ',', ';', '.', ':', '|', '}', '[', '\t']);
            own || !rest.ends_with(char::is_alphanumeric)
                && !matches!(*known, "from" | "to" | "name" | "user name" | "holder" | "owner")
        })
    })
}
