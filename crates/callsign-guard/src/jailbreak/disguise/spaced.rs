//! Words taken apart: letters with spaces or marks between them, words cut by marks, the children's cipher that moves letters behind.

use super::super::hash::{EMPTY, Word, spread};
use super::super::lexicon::Lexicon;

/// A word and what stands before it.
#[derive(Debug, Clone, Copy)]
struct Part<'a> {
    gap: &'a str,
    word: &'a str,
}

/// Letters in a row that are words taken apart.
const ROW: usize = 4;
/// Parts of one word.
const PARTS: usize = 10;
/// Words of a text that is written out as a whole.
const SHORT: usize = 120;
/// Words after one put together that are kept with it.
const AROUND: usize = 12;
/// Letters of a word that is looked for in a row without gaps.
const WORD: usize = 14;

/// The stretches of a text whose words could be put together again, if there are any; the rest of a long one is left out.
pub(super) fn respell(text: &str, lexicon: &Lexicon) -> Option<String> {
    let parts = split(text);
    let mut told = String::new();
    let (mut rest, mut found, mut far) = (parts.as_slice(), 0, 0);
    while let Some((first, after)) = rest.split_first() {
        let row = rest.iter().take_while(|part| part.word.chars().nth(1).is_none()).count();
        if row >= ROW {
            let (letters, after) = rest.split_at(row);
            told.push(' ');
            join(letters, lexicon, &mut told);
            (found, far, rest) = (found + row, 0, after);
            continue;
        }
        let joined = whole(rest, lexicon).or_else(|| moved(first.word, lexicon).map(|word| (word, 1)));
        if let Some((word, count)) = joined {
            told.push(' ');
            told.push_str(&word);
            (found, far) = (found + count, 0);
            rest = rest.get(count..).unwrap_or_default();
            continue;
        }
        far += 1;
        if far < AROUND || parts.len() < SHORT {
            told.push_str(if first.gap.contains('\n') { "\n" } else { " " });
            told.push_str(first.word);
        }
        rest = after;
    }
    (found > 2).then_some(told)
}

fn split(text: &str) -> Vec<Part<'_>> {
    let (mut parts, mut rest) = (Vec::new(), text);
    while let Some(start) = rest.find(char::is_alphanumeric) {
        let (gap, after) = rest.split_at_checked(start).unwrap_or((rest, ""));
        let end = after.find(|letter: char| !letter.is_alphanumeric()).unwrap_or(after.len());
        let (word, after) = after.split_at_checked(end).unwrap_or((after, ""));
        parts.push(Part { gap, word });
        rest = after;
    }
    parts
}

/// Letters put together; the longer gaps among them stand between words.
fn join(letters: &[Part<'_>], lexicon: &Lexicon, told: &mut String) {
    let least = letters.iter().skip(1).map(|part| part.gap.chars().count()).min().unwrap_or(0);
    let mut words = vec![String::new()];
    for (place, part) in letters.iter().enumerate() {
        if place > 0 && part.gap.chars().count() > least {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.push_str(part.word);
        }
    }
    for word in &words {
        told.push_str(&apart(word, lexicon));
        told.push(' ');
    }
}

/// A row of letters as the known words that it is made of, the longest first.
fn apart(row: &str, lexicon: &Lexicon) -> String {
    let letters: Vec<char> = row.chars().collect();
    let (mut told, mut rest) = (String::new(), letters.as_slice());
    while !rest.is_empty() {
        let longest = (2..=WORD.min(rest.len())).rev().find(|&length| {
            let word: String = rest.iter().take(length).collect();
            lexicon.knows(Word::of(&word).hash())
        });
        let (word, after) = rest.split_at(longest.unwrap_or(1));
        if longest.is_some() && !told.is_empty() {
            told.push(' ');
        }
        told.extend(word);
        if longest.is_some() && !after.is_empty() {
            told.push(' ');
        }
        rest = after;
    }
    told
}

/// The known word that parts with single marks between them make, and how many parts it took.
fn whole(parts: &[Part<'_>], lexicon: &Lexicon) -> Option<(String, usize)> {
    let single = |part: &Part<'_>| {
        let mut gap = part.gap.chars();
        gap.next().is_some_and(|mark| !mark.is_whitespace()) && gap.next().is_none()
    };
    let first = parts.first().filter(|_| parts.get(1).is_some_and(single))?;
    let (mut hash, mut length, mut found) = (Word::go_on(EMPTY, first.word), first.word.len(), None);
    for (count, part) in parts.iter().enumerate().skip(1).take(PARTS) {
        if !single(part) {
            break;
        }
        (hash, length) = (Word::go_on(hash, part.word), length + part.word.len());
        if length > 4 && lexicon.knows(spread(hash)) {
            found = Some(count + 1);
        }
    }
    found.map(|count| (parts.iter().take(count).map(|part| part.word).collect(), count))
}

/// The known word whose first letters were moved behind it.
fn moved(word: &str, lexicon: &Lexicon) -> Option<String> {
    let body = word.strip_suffix("ay").filter(|body| body.len() > 2 && body.is_ascii())?;
    let known = |word: &String| lexicon.knows(Word::of(word).hash());
    let ways = (0..4).filter_map(|length| {
        let (start, end) = body.split_at_checked(body.len().checked_sub(length)?)?;
        Some(format!("{end}{start}"))
    });
    let bare = [body.strip_suffix('w'), body.strip_suffix('y')].into_iter().flatten().map(str::to_owned);
    bare.chain(ways).find(known)
}
