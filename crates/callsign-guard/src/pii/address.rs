//! Street addresses and boxes: house numbers, words for streets in many languages, postcodes.

use super::cues::Need;
use super::reader::{Reader, is_word};

mod label;
mod words;

use words::{CJK_AREAS, CJK_STREETS, ENDINGS, List, WEAK_ENDINGS, listed};

/// The longest address.
const LONGEST: usize = 140;

/// One word or number of an address, and what stands before it.
#[derive(Debug, Clone, Copy)]
struct Token<'t> {
    text: &'t str,
    end: usize,
    /// A comma or a line's end stands before it.
    parted: bool,
}

/// What was read of an address so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sure {
    /// Only with a postcode.
    Doubtful,
    /// Enough by itself.
    Street,
}

/// An address: where it ends.
pub(super) fn address(reader: &Reader) -> Option<(usize, Need)> {
    let first = reader.char_at(reader.from())?;
    if first as u32 >= 0x2E80 {
        return eastern(reader).map(|end| (end, Need::Nothing));
    }
    if let Some(end) = label::labelled(reader) {
        return Some((end, Need::Nothing));
    }
    let (end, sure) = if first.is_ascii_digit() {
        numbered(reader)?
    } else {
        unit_first(reader).or_else(|| street_first(reader)).or_else(|| street_ending(reader))?
    };
    match (tail(reader, end), sure) {
        (Some(end), _) => Some((end, Need::Nothing)),
        (None, Sure::Street) => Some((end, Need::Peace)),
        (None, Sure::Doubtful) => Some((end, Need::Cue)),
    }
}

/// Whether an address may begin with `word`: a street's or a unit's.
pub(super) fn may_begin(word: &str) -> bool {
    listed(List::Before, word) || listed(List::Units, word)
}

/// An address that begins with a word in small letters: a street, a unit, or whatever a label announces.
pub(super) fn in_small_letters(reader: &Reader, word: &str) -> Option<(usize, Need)> {
    let begins = may_begin(word) || reader.left_of(reader.from(), 3).contains(':');
    if begins { address(reader) } else { None }
}

/// The token after `at`.
fn token<'t>(reader: &Reader<'t>, at: usize) -> Option<Token<'t>> {
    let (mut start, mut parted) = (at, false);
    while let Some(next) = reader.char_at(start).filter(|&next| !is_word(next)) {
        let joins = matches!(
            next,
            ' ' | ',' | '\n' | '.' | '-' | '/' | '#' | '\'' | '’' | '(' | '№' | '°' | '–' | '&'
        );
        if !joins || start - at > 3 {
            return None;
        }
        parted |= matches!(next, ',' | '\n' | '(');
        start += next.len_utf8();
    }
    let end = reader.word_end(start);
    (end > start && end <= reader.from() + LONGEST).then(|| Token {
        text: reader.between(start, end),
        end,
        parted,
    })
}

fn lower(word: &str) -> String {
    word.to_lowercase()
}

fn is_number(word: &str) -> bool {
    word.starts_with(|first: char| first.is_ascii_digit()) && word.len() <= 7
}

/// Whether a word begins with a capital, or with a letter of a script that has none.
fn is_capital(word: &str) -> bool {
    word.starts_with(|first: char| first.is_uppercase() || first.is_alphabetic() && !first.is_lowercase())
}

/// `7833 Leonard Squares`, `12, chemin de Albert`, `2/405 Smith Mew`, `56 rue Foch`; `94, Kar Marg, Karnal 007899`.
fn numbered(reader: &Reader) -> Option<(usize, Sure)> {
    let mut at = reader.word_end(reader.from());
    if at - reader.from() > 6 || !reader.begins_apart(reader.from()) {
        return None;
    }
    if matches!(reader.at(at), Some(b'/' | b'-'))
        && reader.at(at + 1).is_some_and(|byte| byte.is_ascii_digit())
    {
        at = reader.word_end(at + 1);
    }
    if !matches!(reader.at(at), Some(b' ' | b',' | b'\n')) {
        return None;
    }
    let (number, mut names) = (at, 0);
    let mut found = None;
    while let Some(token) = token(reader, at) {
        let word = lower(token.text);
        if names == 0 && listed(List::Before, &word) {
            return after_street(reader, token.end, Sure::Street);
        }
        if names > 0 && is_capital(token.text) && listed(List::Streets, &word) {
            found = Some((token.end, Sure::Street));
        } else if names > 0 && is_capital(token.text) && listed(List::Weak, &word) && found.is_none() {
            found = Some((token.end, Sure::Doubtful));
        } else if found.is_some_and(|(end, _)| end < token.end) {
            break;
        }
        let fits = is_capital(token.text) || is_ordinal(&word) || listed(List::Particles, &word);
        if !fits || token.parted && names > 0 || names > 4 {
            break;
        }
        (names, at) = (names + 1, token.end);
    }
    found.or_else(|| (names > 0 && tail_is_near(reader, number)).then_some((number, Sure::Doubtful)))
}

/// Whether a comma or a line's end stands between the words after a house number, and a postcode of five or six digits after them.
fn tail_is_near(reader: &Reader, number: usize) -> bool {
    let (mut at, mut parted, mut words) = (number, false, 0);
    while let Some(token) = token(reader, at) {
        let postcode =
            matches!(token.text.len(), 5 | 6) && token.text.bytes().all(|byte| byte.is_ascii_digit());
        if postcode && words > 1 {
            return parted;
        }
        if !(is_capital(token.text) || is_number(token.text)) || words > 10 {
            return false;
        }
        parted |= token.parted && words > 0;
        (at, words) = (token.end, words + 1);
    }
    false
}

fn is_ordinal(word: &str) -> bool {
    word.starts_with(|first: char| first.is_ascii_digit())
        && ["st", "nd", "rd", "th"].iter().any(|ending| word.ends_with(ending))
}

/// `Flat 24, …`, `Unit 6405 Box 6224`, `P.O. Box 12`, `House No. 6`: what follows has to hold a postcode, but for boxes.
fn unit_first(reader: &Reader) -> Option<(usize, Sure)> {
    let may_be_box =
        matches!(reader.at(reader.from()), Some(b'P' | b'p' | b'B' | b'b' | b'C' | b'c' | b'A' | b'a'));
    let box_end = [
        "P.O. Box ",
        "PO Box ",
        "P O Box ",
        "POB ",
        "Postfach ",
        "Boîte postale ",
        "Casella postale ",
        "Apartado ",
        "Postbus ",
    ]
    .iter()
    .find(|words| may_be_box && reader.stands(reader.from(), words))
    .map(|words| reader.from() + words.len());
    if let Some(at) = box_end {
        let end = reader.digits_end(at);
        return (end > at).then_some((end, Sure::Street));
    }
    let end = reader.word_end(reader.from());
    let word = reader.between(reader.from(), end);
    if matches!(word, "FPO" | "APO" | "DPO" | "fpo" | "apo" | "dpo") {
        let area = token(reader, end).filter(|area| matches!(area.text, "AA" | "AE" | "AP"))?;
        let code = token(reader, area.end).filter(|code| code.text.len() == 5 && is_number(code.text))?;
        return Some((code.end, Sure::Street));
    }
    if !listed(List::Units, word) {
        return None;
    }
    let number = token(reader, end)?;
    let number = if ["no", "nr", "number", "num"].contains(&lower(number.text).as_str()) {
        token(reader, number.end)?
    } else {
        number
    };
    (is_number(number.text) && !number.parted).then_some((number.end, Sure::Doubtful))
}

/// `Via Roma 12`, `Contrada Mazzeo, 0`, `ul. Kilińskiego 36/40`, `пр. Зеленый, д. 1`.
fn street_first(reader: &Reader) -> Option<(usize, Sure)> {
    let end = reader.word_end(reader.from());
    let word = reader.between(reader.from(), end);
    if word.len() > 24 || !listed(List::Before, word) || word == "via" || !reader.begins_apart(reader.from())
    {
        return None;
    }
    after_street(reader, end, Sure::Street)
}

/// After a word for a street: names, then a house number.
fn after_street(reader: &Reader, from: usize, sure: Sure) -> Option<(usize, Sure)> {
    let (mut at, mut names) = (from, 0);
    let numbered = reader.at(reader.from()).is_some_and(|first| first.is_ascii_digit());
    while let Some(token) = token(reader, at) {
        let word = lower(token.text);
        if names > 0 && is_number(token.text) && !numbered {
            return Some((house(reader, token.end), sure));
        }
        if names > 0 && token.parted {
            break;
        }
        let fits = is_capital(token.text)
            || is_number(token.text)
            || listed(List::Particles, &word)
            || ["n", "no", "nr", "num", "д", "буд", "b", "km"].contains(&word.as_str());
        if !fits || names > 6 || token.text.len() > 32 {
            break;
        }
        names += usize::from(is_capital(token.text) || is_number(token.text));
        at = token.end;
    }
    (names > 0 && at > from).then_some((at, if numbered { sure } else { Sure::Doubtful }))
}

/// After a house number: its letter, and a second number.
fn house(reader: &Reader, end: usize) -> usize {
    let range = matches!(reader.at(end), Some(b'/' | b'-'))
        && reader.at(end + 1).is_some_and(|byte| byte.is_ascii_digit());
    if range { reader.ascii_word_end(end + 1) } else { end }
}

/// `Hauptstraße 5`, `Jähnstr. 33`, `Ringvägen 99`, `Lange Straße 3`, `Király utca 15`.
fn street_ending(reader: &Reader) -> Option<(usize, Sure)> {
    if !is_capital(reader.between(reader.from(), reader.from() + reader.char_at(reader.from())?.len_utf8()))
        || !reader.begins_apart(reader.from())
    {
        return None;
    }
    let (mut at, mut words) = (reader.from(), 0);
    while let Some(token) = token(reader, at) {
        let fits = is_capital(token.text)
            || listed(List::Particles, token.text)
            || listed(List::Suffixes, token.text);
        let before_a_place = words == 1 && token.text == "in";
        if words > 0 && token.parted || words > 4 || before_a_place || !fits {
            return None;
        }
        (at, words) = (token.end, words + 1);
        if !number_follows(reader, at) {
            continue;
        }
        let sure = street_word(&lower(token.text), words);
        let number = self::token(reader, at)?;
        if !is_number(number.text) || number.parted || number.text.len() > 5 {
            return None;
        }
        let end = house(reader, number.end);
        return sure
            .or_else(|| postcode_follows(reader, end).then_some(Sure::Street))
            .map(|sure| (end, sure));
    }
    None
}

/// Whether a comma or a line's end, a postcode and a town follow a house number: `Rovníková 20, 978 84 Proč`.
fn postcode_follows(reader: &Reader, end: usize) -> bool {
    let Some(first) = token(reader, end).filter(|token| token.parted) else { return false };
    let short = first.text.chars().count() <= 3 && first.text.chars().all(char::is_uppercase);
    let Some(code) = (if short { token(reader, first.end) } else { Some(first) }) else { return false };
    let digits = code.text.bytes().all(|byte| byte.is_ascii_digit());
    let Some(next) = token(reader, code.end).filter(|next| !next.parted && digits) else { return false };
    let year = code.text.len() == 4 && (code.text.starts_with("19") || code.text.starts_with("20"));
    match code.text.len() {
        4..=6 => !year && is_capital(next.text),
        3 => next.text.len() == 2 && next.text.bytes().all(|byte| byte.is_ascii_digit()),
        _ => false,
    }
}

/// Whether a number stands after `at`, a dot and one space between at most.
fn number_follows(reader: &Reader, at: usize) -> bool {
    let at = at + usize::from(reader.at(at) == Some(b'.'));
    let at = at + usize::from(reader.at(at) == Some(b' '));
    reader.at(at).is_some_and(|byte| byte.is_ascii_digit())
}

/// Whether a word is a street's name by its ending, and how surely.
fn street_word(word: &str, words: usize) -> Option<Sure> {
    if words > 1 && listed(List::Suffixes, word) {
        return Some(Sure::Street);
    }
    let ends = |endings: &str| {
        endings.split_ascii_whitespace().any(|ending| word.len() > ending.len() + 2 && word.ends_with(ending))
    };
    if ends(ENDINGS) { Some(Sure::Street) } else { ends(WEAK_ENDINGS).then_some(Sure::Doubtful) }
}

/// Where an address ends whose street ended at `from`, if a postcode follows: town, state, province, country's names between.
fn tail(reader: &Reader, from: usize) -> Option<usize> {
    let (mut at, mut end, mut words) = (from, None, 0);
    let mut state = false;
    while let Some(token) = token(reader, at) {
        let word = lower(token.text);
        let number = is_number(token.text) || is_half_postcode(token.text);
        if !(number || is_capital(token.text) || listed(List::Particles, &word))
            || words > 14
            || sentence_ends(reader, at, token.text)
        {
            break;
        }
        if is_postcode(reader, &token, state) {
            end = Some(town(reader, token.end));
        }
        state = listed(List::States, token.text);
        (at, words) = (token.end, words + 1);
    }
    end
}

/// Whether a full stop and a space stand after a longer word at `at`.
fn sentence_ends(reader: &Reader, at: usize, next: &str) -> bool {
    let before = reader.left_of(at, 6);
    let short = before.bytes().rev().take_while(u8::is_ascii_alphabetic).count() < 4;
    reader.at(at) == Some(b'.') && reader.at(at + 1) == Some(b' ') && !short && is_capital(next)
        || listed(List::NotPostal, next)
}

/// Letters and digits mixed, as British, Canadian and Dutch postcodes are.
fn is_half_postcode(text: &str) -> bool {
    (2..=7).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
        && text.bytes().any(|byte| byte.is_ascii_digit())
        && text.bytes().any(|byte| byte.is_ascii_uppercase())
}

/// Whether a token is a postcode, or the last half of one.
fn is_postcode(reader: &Reader, token: &Token, state: bool) -> bool {
    let text = token.text;
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let length = text.len();
    if digits {
        let czech = length == 2
            && reader.left_of(token.end, 6).bytes().filter(u8::is_ascii_digit).count() == 5
            && reader.left_of(token.end, 3).starts_with(' ');
        return czech
            || matches!(length, 5 | 6)
            || length == 4 && (token.parted || state || next_is_capital(reader, token.end))
            || length == 3
                && reader.left_of(token.end - 3, 5).trim_start_matches(' ').ends_with(['-', ' '])
                && reader.left_of(token.end - 3, 5).bytes().filter(u8::is_ascii_digit).count() >= 3;
    }
    let british = length == 3
        && text.starts_with(|first: char| first.is_ascii_digit())
        && text.bytes().skip(1).all(|byte| byte.is_ascii_uppercase());
    let canadian = is_half_postcode(text) && matches!(length, 6 | 7);
    let dutch = length == 6 && text.bytes().take(4).all(|byte| byte.is_ascii_digit());
    british
        || canadian
        || dutch
        || length == 3 && is_half_postcode(text) && text.as_bytes().first().is_some_and(u8::is_ascii_digit)
}

fn next_is_capital(reader: &Reader, end: usize) -> bool {
    reader.at(end) == Some(b' ') && reader.char_at(end + 1).is_some_and(char::is_uppercase)
}

/// After a postcode: the rest of it, the town, the province in brackets.
fn town(reader: &Reader, from: usize) -> usize {
    let (mut end, mut words) = (from, 0);
    while let Some(token) = token(reader, end) {
        let plus_four = reader.at(end) == Some(b'-') && is_number(token.text);
        let line = reader.between(end, token.end - token.text.len()).contains('\n');
        let named =
            is_capital(token.text) && words < 5 && !line && !reader.between(end, token.end).contains(". ");
        if !(plus_four || named && !listed(List::NotPostal, token.text)) {
            break;
        }
        end = token.end;
        words += 1;
    }
    if reader.at(end) == Some(b')') && reader.between(from, end).contains('(') { end + 1 } else { end }
}

/// Chinese, Japanese and Korean addresses: areas, then a street, then a number.
fn eastern(reader: &Reader) -> Option<usize> {
    let (mut at, mut areas, mut streets, mut digits) = (reader.from(), 0, 0, 0);
    let mut end = None;
    if reader.char_before(at).is_some_and(|before| before as u32 >= 0x2E80 && is_word(before)) {
        return None;
    }
    while let Some(next) =
        reader.char_at(at).filter(|&next| is_word(next) || matches!(next, ' ' | '-' | '(' | ')'))
    {
        if at > reader.from() + LONGEST {
            break;
        }
        at += next.len_utf8();
        areas += usize::from(CJK_AREAS.contains(next));
        streets += usize::from(CJK_STREETS.contains(next));
        if next.is_ascii_digit() || "号號番座".contains(next) {
            digits += 1;
            end = Some(at);
        }
    }
    (areas > 1 && streets > 0 && digits > 0).then_some(end)?
}
