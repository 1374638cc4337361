//! A name, an operator, a value: `password = "…"`, `--token …`, `"api_key": "…"`, `<secret>…</secret>`, `the password is …`.

use std::ops::Range;

use super::Sighting;
use super::alphabet::{BLANK, LETTER, NAME, VISIBLE, holds};
use super::header::is_encoded_login;
use super::kinds::TOKEN;
use super::name::{self, Sort};
use super::value::{
    Tally, contains, is_common, is_crypt, is_expression, is_numbered_word, is_password, is_random,
    is_stand_in, is_uuid, is_wordy,
};
use super::view::View;

/// The longest name.
const LONGEST_NAME: usize = 64;
/// The longest value.
pub(super) const LONGEST_VALUE: usize = 2048;
/// A longer bare value is judged by its beginning: others may begin within it, each of which would be judged to the same end.
const MOST_JUDGED: usize = 192;
/// How many words may stand between a name and what it is, in a sentence.
const WORDS: usize = 6;

/// Words that go before another and are one name with it: `API key`, `client secret`.
const OWNERS: [&str; 23] = [
    "api",
    "access",
    "secret",
    "auth",
    "client",
    "private",
    "account",
    "signing",
    "encryption",
    "master",
    "license",
    "bot",
    "global",
    "deploy",
    "service",
    "recovery",
    "seed",
    "subscription",
    "webhook",
    "session",
    "bearer",
    "admin",
    "aws",
];

/// What people say, besides writing it in files, that a secret is.
const SPOKEN: [&str; 14] = [
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "pwd",
    "key",
    "token",
    "secret",
    "mnemonic",
    "phrase",
    "passwort",
    "kennwort",
    "senha",
    "credentials",
];

/// How a value follows its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Link {
    /// `=`, `:` and their like.
    Assigned,
    /// As an argument, or compared: only what stands in quotes is a value.
    Quoted,
    /// In a sentence.
    Said,
    /// Next to it, with nothing between.
    Beside,
}

/// A value and what stands around it.
#[derive(Debug)]
struct Value {
    span: Range<usize>,
    quoted: bool,
}

/// The secret of the setting in whose name the word that ends at `at` stands.
pub(super) fn setting(view: &View<'_>, word: Range<usize>) -> Option<Sighting> {
    let start = view.run_before(word.start, NAME, LONGEST_NAME);
    let end = view.run(word.end, NAME, LONGEST_NAME);
    let name_end =
        end - view.slice(word.end..end).iter().rev().take_while(|byte| b".-".contains(byte)).count();
    if word.start - start >= LONGEST_NAME || end - word.end >= LONGEST_NAME {
        return None;
    }
    let (link, at) = link(view, start..name_end)?;
    let whole = owner(view, start)..name_end;
    let (sort, kind) = name::sort(std::str::from_utf8(view.slice(whole)).ok()?)?;
    if in_resource_name(view, start) {
        return None;
    }
    if sort == Sort::Phrase {
        return seed(view, at).map(|span| Sighting::new(kind, span));
    }
    let value = value(view, at, in_query(view, start))?;
    if link == Link::Quoted && !value.quoted {
        return None;
    }
    let text = view.slice(value.span.clone());
    let judged = if value.quoted { text } else { text.get(..MOST_JUDGED).unwrap_or(text) };
    is_secret(judged, sort, link, value.quoted).then(|| Sighting::new(told(kind, text), value.span))
}

/// Keys of some makers are told by their value where the name says only that it is one.
fn told(kind: &'static str, value: &[u8]) -> &'static str {
    if value.starts_with(b"eyJ") && value.contains(&b'.') && kind == TOKEN { super::kinds::JWT } else { kind }
}

/// Where the name begins that ends with what begins at `start`: with the two words before if they belong to it.
fn owner(view: &View<'_>, start: usize) -> usize {
    let mut first = start;
    for _ in 0..2 {
        if view.before(first) != Some(b' ') {
            break;
        }
        let before = view.run_before(first - 1, NAME, 24);
        let word = view.slice(before..first - 1).to_ascii_lowercase();
        let belongs =
            std::str::from_utf8(&word).is_ok_and(|word| OWNERS.contains(&word) || name::is_maker(word));
        if !belongs {
            break;
        }
        first = before;
    }
    first
}

/// Whether the name at `start` is of a cloud's name for something: `arn:aws:secretsmanager:…:secret:…`.
fn in_resource_name(view: &View<'_>, start: usize) -> bool {
    view.before(start) == Some(b':') && contains(view.back(start, 100), b"arn:")
}

/// Whether the name at `start` is of a query: its value ends at `&`.
fn in_query(view: &View<'_>, start: usize) -> bool {
    matches!(view.before(start), Some(b'?' | b'&'))
}

/// How a value follows the name at `name`, and where it begins.
fn link(view: &View<'_>, name: Range<usize>) -> Option<(Link, usize)> {
    let mut at = name.end;
    while at - name.end < 4 && view.at(at).is_some_and(|byte| b"\"'`]\\*".contains(&byte)) {
        at += 1;
    }
    let closed = at > name.end;
    let spaced = view.run(at, BLANK, 40);
    let after = |length: usize| view.run(spaced + length, BLANK, 40);
    let assigned = |length: usize| Some((Link::Assigned, after(length)));
    match (view.at(spaced)?, view.at(spaced + 1)) {
        (b'=' | b'!', Some(b'=')) => {
            let third = view.at(spaced + 2) == Some(b'=');
            Some((Link::Quoted, after(if third { 3 } else { 2 })))
        }
        (b'=', Some(b'>' | b'~'))
        | (b':' | b'?' | b'+', Some(b'='))
        | (b'-', Some(b'>'))
        | (b'<', Some(b'-')) => assigned(2),
        (b':', Some(b':')) => (view.at(spaced + 2) == Some(b'=')).then(|| (Link::Assigned, after(3))),
        (b':', Some(b'*')) => assigned(3),
        (b'=', _) => assigned(1),
        (b':', _) => Some((Link::Assigned, typed(view, after(1)))),
        (b'>', _) => Some((Link::Assigned, spaced + 1)),
        (b'|', _) if spaced > at && in_table(view, name.start) => assigned(1),
        (b'\n' | b'\r', _) => listed(view, spaced),
        (b',', _) if closed => Some((Link::Quoted, after(1))),
        (b'(', _) => Some((Link::Quoted, after(1))),
        (byte, _) if spaced > at => spoken(view, name, spaced, (byte, closed)),
        _ => None,
    }
}

/// Whether a table's bar stands before the name at `at`.
fn in_table(view: &View<'_>, at: usize) -> bool {
    let begin = view.run_before(at, BLANK, 8);
    let begin = if view.before(begin) == Some(b'*') { view.run_before(begin - 2, BLANK, 8) } else { begin };
    view.before(begin) == Some(b'|')
}

/// The value on the line after its name, as Kubernetes lists them: `- name: X` and then `value: …`.
fn listed(view: &View<'_>, at: usize) -> Option<(Link, usize)> {
    let mut at = at;
    for _ in 0..2 {
        at += usize::from(matches!(view.at(at), Some(b'\n' | b'\r')));
    }
    let word = view.run(at, BLANK, 40);
    (word > at && view.has(word, "value:")).then(|| (Link::Assigned, view.run(word + 6, BLANK, 40)))
}

/// Behind a type, as in `password: str = "…"`, or else `at`.
fn typed(view: &View<'_>, at: usize) -> usize {
    let end = view.run(at, NAME, 32);
    let spaced = view.run(end, BLANK, 4);
    if end > at && spaced > end && view.at(spaced) == Some(b'=') && view.at(spaced + 1) == Some(b' ') {
        return view.run(spaced + 1, BLANK, 4);
    }
    at
}

/// The value after a blank: an attribute's, an option's, a sentence's.
fn spoken(
    view: &View<'_>,
    name: Range<usize>,
    at: usize,
    (first, closed): (u8, bool),
) -> Option<(Link, usize)> {
    for attribute in ["value=", "content=", "Value="] {
        if closed && view.has(at, attribute) {
            return Some((Link::Quoted, at + attribute.len()));
        }
    }
    let option = view.slice(name.start..name.end).starts_with(b"-");
    if option || in_command(view, name.start) || in_netrc(view, name.start) {
        return (first != b'-').then_some((Link::Assigned, at));
    }
    let said = view.slice(name);
    if !SPOKEN.iter().any(|word| ends_with(said, word)) {
        return None;
    }
    if is_quote(Some(first)) {
        return Some((Link::Said, at));
    }
    sentence(view, at).or_else(|| beside(view, at))
}

/// The value right behind its name, if it is no word.
fn beside(view: &View<'_>, at: usize) -> Option<(Link, usize)> {
    let end = view.run(at, VISIBLE, 128);
    let tally = Tally::of(view.slice(at..end));
    (tally.digit > 0 && tally.lower + tally.upper > 0).then_some((Link::Beside, at))
}

/// Whether the word before `at` sets what follows: `ENV`, `setx`, `set -x`.
fn in_command(view: &View<'_>, at: usize) -> bool {
    [&b"ENV "[..], b"ARG ", b"setx ", b"set -x ", b"set -gx ", b"set "]
        .iter()
        .any(|word| view.back(at, 8).ends_with(word))
}

fn ends_with(name: &[u8], word: &str) -> bool {
    name.len()
        .checked_sub(word.len())
        .and_then(|at| name.get(at..))
        .is_some_and(|end| end.eq_ignore_ascii_case(word.as_bytes()))
}

/// Whether the line before `at` is one of `.netrc`: `machine … login … password …`.
fn in_netrc(view: &View<'_>, at: usize) -> bool {
    let before = view.back(at, 200);
    contains(before, b"machine ") && contains(before, b"login ")
}

/// What the words from `at` come to: `… for the database is X`, `… to X`, `…: X`.
fn sentence(view: &View<'_>, mut at: usize) -> Option<(Link, usize)> {
    for _ in 0..WORDS {
        let end = view.run(at, NAME, 24);
        let word = view.slice(at..end);
        let next = view.run(end, BLANK, 4);
        if name::is_about(word) {
            return None;
        }
        let colon = view.at(end) == Some(b':');
        if colon && end > at && view.run(end + 1, BLANK, 4) > end + 1 {
            return Some((Link::Said, view.run(end + 1, BLANK, 4)));
        }
        if next == end || word.is_empty() {
            return if view.at(at) == Some(b'=') {
                Some((Link::Said, view.run(at + 1, BLANK, 4)))
            } else {
                None
            };
        }
        if [&b"is"[..], b"was", b"to", b"as", b"are", b"ist", b"es", b"est", b"be", b"lautet", b"equals"]
            .contains(&word)
        {
            let colon = usize::from(view.at(next) == Some(b':'));
            return Some((Link::Said, view.run(next + colon, BLANK, 4)));
        }
        at = next;
    }
    None
}

/// The value that begins at `at`.
fn value(view: &View<'_>, at: usize, query: bool) -> Option<Value> {
    view.claim(at);
    let mut start = at;
    if view.at(start).is_some_and(|byte| holds(LETTER, byte) || byte == b'@') && is_quote(view.at(start + 1))
    {
        start += 1;
    }
    let escaped = view.at(start) == Some(b'\\') && is_quote(view.at(start + 1));
    let start = start + usize::from(escaped);
    let quote = view.at(start).filter(|&byte| is_quote(Some(byte)));
    match quote {
        Some(quote) => quoted(view, start + 1, quote, escaped),
        None => bare(view, at, query),
    }
}

fn is_quote(byte: Option<u8>) -> bool {
    matches!(byte, Some(b'"' | b'\'' | b'`'))
}

fn quoted(view: &View<'_>, start: usize, quote: u8, escaped: bool) -> Option<Value> {
    let mut at = start;
    while at - start < LONGEST_VALUE {
        let byte = view.at(at)?;
        if byte == quote || (escaped && byte == b'\\') {
            return (at > start).then_some(Value { span: start..at, quoted: true });
        }
        if byte == b'\n' || byte == b'\r' {
            return None;
        }
        at += if byte == b'\\' && !escaped { 2 } else { 1 };
    }
    None
}

fn bare(view: &View<'_>, at: usize, query: bool) -> Option<Value> {
    let is_end =
        |byte: u8| !holds(VISIBLE, byte) || b"\"'`<>".contains(&byte) || (query && b"&#;".contains(&byte));
    let mut end = at;
    while end - at < LONGEST_VALUE && !is_end(view.at(end).unwrap_or(b' ')) {
        end += 1;
    }
    if end - at >= LONGEST_VALUE {
        return None;
    }
    let value = view.slice(at..end);
    let escape = value.windows(2).position(|pair| matches!(pair, [b'\\', b'n' | b'r' | b't']));
    let cut =
        value.iter().position(|&byte| byte == b';').unwrap_or(value.len()).min(escape.unwrap_or(value.len()));
    let value = value.get(..cut)?;
    let adjoins = cut == end - at && matches!(view.at(end), Some(b'"' | b'\'' | b'`' | b'<'));
    if adjoins && value.last().is_some_and(|byte| b"([{".contains(byte)) {
        return None;
    }
    let tail = value.iter().rev().take_while(|byte| b",.)]}\\:".contains(byte)).count();
    let end = at + value.len() - tail;
    (end > at).then_some(Value { span: at..end, quoted: false })
}

/// Whether `value` is a secret of `sort`.
fn is_secret(value: &[u8], sort: Sort, link: Link, quoted: bool) -> bool {
    if is_common(value) || is_stand_in(value) || is_crypt(value) || (!quoted && is_expression(value)) {
        return false;
    }
    match sort {
        Sort::Password => is_word_of_pass(value, link, quoted),
        Sort::Key => is_key(value, link, quoted),
        Sort::Perhaps => {
            is_key(value, link, quoted)
                && (value.len() >= 32 || is_mixed(value) && value.len() >= 24)
                && is_random(value)
                && !is_uuid(value)
        }
        Sort::Login => is_encoded_login(value) || (value.len() >= 24 && is_mixed(value) && is_random(value)),
        Sort::Phrase => false,
    }
}

fn is_word_of_pass(value: &[u8], link: Link, quoted: bool) -> bool {
    let words = value.contains(&b' ');
    let numbered = is_numbered_word(value) && value.len() >= 6 && (link != Link::Said || value.len() >= 7);
    let sentence = words && Tally::of(value).digit == 0;
    let told = is_password(value) || numbered;
    let code = quoted
        && (value.starts_with(b"$") || value.starts_with(b"{") || value.starts_with(b"%"))
        && is_expression(value);
    let fits = match link {
        Link::Assigned | Link::Quoted => true,
        Link::Said => !is_hyphened(value) && !is_uuid(value),
        Link::Beside => is_password(value) && is_mixed_word(value) && !is_wordy(value),
    };
    told && !sentence && !code && fits
}

/// Of at least three sorts of bytes, one of them digits.
fn is_mixed_word(value: &[u8]) -> bool {
    let Tally { lower, upper, digit, other } = Tally::of(value);
    digit > 0 && [lower, upper, other].iter().filter(|&&count| count > 0).count() >= 2
}

/// `12-character`, `SHA256-hashed`, `base64-encoded`.
fn is_hyphened(value: &[u8]) -> bool {
    value.contains(&b'-') && is_wordy(value)
}

fn is_key(value: &[u8], link: Link, quoted: bool) -> bool {
    let plain = value.iter().all(|&byte| holds(VISIBLE, byte) && (quoted || !b"(){}[]".contains(&byte)));
    let clear = link != Link::Beside || (value.len() >= 20 && is_mixed(value));
    let tally = Tally::of(value);
    let short = value.len() >= 10
        && tally.digit > 0
        && tally.lower > 0
        && (tally.upper > 0 || tally.other > 0)
        && !is_wordy(value)
        && !is_stand_in(value);
    let path = value.starts_with(b"/") && value.len() < 24;
    let publishable = value.starts_with(b"pk_live")
        || value.starts_with(b"pk_test")
        || value.starts_with(b"AC") && value.len() == 34;
    plain
        && clear
        && !path
        && !publishable
        && !is_expression(value)
        && (is_random(value) || (short && link == Link::Assigned))
}

fn is_mixed(value: &[u8]) -> bool {
    let tally = Tally::of(value);
    tally.lower > 1 && tally.upper > 1 && tally.digit > 1
}

/// Twelve to twenty-four short words from `at` on, none of which a sentence is made of.
fn seed(view: &View<'_>, at: usize) -> Option<Range<usize>> {
    const COMMON: [&[u8]; 12] = [
        b"the", b"and", b"for", b"are", b"with", b"your", b"not", b"but", b"from", b"has", b"which",
        b"phrase",
    ];
    let start = at + usize::from(is_quote(view.at(at)));
    view.claim(start);
    let (mut end, mut count, mut next) = (start, 0, start);
    while count <= 24 {
        let stop = view.run(next, LETTER, 9);
        let word = view.slice(next..stop);
        if !(3..=8).contains(&word.len())
            || !word.iter().all(u8::is_ascii_lowercase)
            || COMMON.contains(&word)
        {
            break;
        }
        (end, count) = (stop, count + 1);
        next = view.run(stop, BLANK, 2);
        if next == stop {
            break;
        }
    }
    ((12..=24).contains(&count) && count % 3 == 0).then_some(start..end)
}
