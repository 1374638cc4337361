//! What a request proves who it is with: `Authorization`, `Bearer`, `Basic`, cookies.

use super::Sighting;
use super::alphabet::{BLANK, NAME, TOKEN68, holds};
use super::jwt::decode;
use super::kinds::{AUTH_HEADER, BASIC_AUTH_HEADER, BEARER_HEADER, SESSION_COOKIE};
use super::value::{Tally, contains, entropy, is_common, is_expression, is_random, is_stand_in, is_wordy};
use super::view::View;

/// The header's name; sought in whatever case.
pub(super) const NAME_TEXT: &str = "authorization";
/// The scheme that also stands alone; sought in whatever case.
pub(super) const BEARER: &str = "bearer";
/// The longest credential.
pub(super) const LONGEST: usize = 4096;

/// What the header whose name stands at `at` proves who the caller is with.
pub(super) fn authorization(view: &View<'_>, at: usize) -> Option<Sighting> {
    view.claim(at);
    let name = at + NAME_TEXT.len();
    let mut value = name;
    while value - name < 12 && view.at(value).is_some_and(|byte| b"\"'`\\:= \t,>(".contains(&byte)) {
        value += 1;
    }
    let between = view.slice(name..value);
    let bare = between.iter().all(|byte| b": \t".contains(byte));
    if !between.iter().any(|byte| b":=,>(".contains(byte)) {
        return None;
    }
    let scheme_end = view.run(value, NAME, 24);
    let start = view.run(scheme_end, BLANK, 4);
    let schemed = start > scheme_end && view.at(start).is_some_and(|byte| holds(TOKEN68, byte));
    let start = if schemed { start } else { value };
    let end = credential_end(view, start);
    let kind = kind(view.slice(value..scheme_end), schemed);
    let credential = view.slice(start..end);
    let real = if kind == BASIC_AUTH_HEADER { is_basic(credential) } else { is_token(credential, schemed) };
    let from = if bare && schemed { at } else { start };
    real.then(|| Sighting::new(kind, from..end))
}

fn kind(scheme: &[u8], schemed: bool) -> &'static str {
    match scheme.to_ascii_lowercase().as_slice() {
        b"basic" if schemed => BASIC_AUTH_HEADER,
        b"bearer" if schemed => BEARER_HEADER,
        _ => AUTH_HEADER,
    }
}

/// The token after the word `bearer` at `at`.
pub(super) fn bearer(view: &View<'_>, at: usize) -> Option<Sighting> {
    let word = at + BEARER.len();
    let start = view.run(word, BLANK, 4);
    if start == word || !view.word_begins(at) {
        return None;
    }
    view.claim(start);
    let end = credential_end(view, start);
    is_token(view.slice(start..end), true).then(|| Sighting::new(BEARER_HEADER, start..end))
}

/// The name and password in base64 after the word `basic` at `at`.
pub(super) fn basic(view: &View<'_>, at: usize) -> Option<Sighting> {
    let word = at + "basic".len();
    let start = view.run(word, BLANK, 4);
    if start == word || !view.word_begins(at) {
        return None;
    }
    view.claim(start);
    let end = credential_end(view, start);
    let credential = view.slice(start..end);
    let decoded = credential.len() >= 12 && is_login(credential) == Some(true);
    decoded.then(|| Sighting::new(BASIC_AUTH_HEADER, start..end))
}

/// The session that a cookie whose name ends at `at` stands for.
pub(super) fn cookie(view: &View<'_>, name_end: usize) -> Option<Sighting> {
    if view.at(name_end) != Some(b'=') {
        return None;
    }
    let start = name_end + 1;
    view.claim(start);
    let is_value = |byte: u8| holds(TOKEN68, byte) || byte == b'%' || byte == b':' || byte == b'|';
    let mut end = start;
    while end - start < LONGEST && view.at(end).is_some_and(is_value) {
        end += 1;
    }
    let value = view.slice(start..end);
    (value.len() >= 20 && is_random(value)).then(|| Sighting::new(SESSION_COOKIE, start..end))
}

fn credential_end(view: &View<'_>, start: usize) -> usize {
    let end = view.run(start, TOKEN68, LONGEST);
    let tail = view.slice(start..end).iter().rev().take_while(|byte| b".,-".contains(byte)).count();
    end - tail
}

/// Whether `value` is a token, rather than the word for one; without a scheme before it must look like one all the more.
fn is_token(value: &[u8], schemed: bool) -> bool {
    let tally = Tally::of(value);
    let mixed = tally.digit > 0 || (tally.upper > 1 && tally.lower > 1);
    let likely = schemed && value.len() >= 16 && mixed && entropy(value) >= 2.8 && !is_wordy(value);
    (likely || is_random(value)) && !is_stand_in(value) && !is_expression(value)
}

/// Whether `value` holds a name and a password, or something that looks like that and cannot be read.
fn is_basic(value: &[u8]) -> bool {
    let tally = Tally::of(value);
    let mixed = tally.lower > 1 && tally.upper > 1;
    value.len() >= 8
        && !is_stand_in(value)
        && is_login(value).unwrap_or(value.len() >= 16 && mixed && !is_wordy(value))
}

/// Whether `value` in base64 is a name and a password of somebody; none if it is no text of that sort.
fn is_login(value: &[u8]) -> Option<bool> {
    let text = decode(value).filter(|text| text.iter().all(u8::is_ascii_graphic))?;
    let colon = text.iter().position(|&byte| byte == b':')?;
    let password = text.get(colon + 1..).unwrap_or_default();
    let name = text.get(..colon).unwrap_or_default();
    Some(password.len() >= 4 && password != name && !is_common(password) && !is_stand_in(&text))
}

/// Whether `value`, called `auth` in a file, is a login in base64, as Docker and npm keep it.
pub(super) fn is_encoded_login(value: &[u8]) -> bool {
    value.len() >= 12 && is_login(value) == Some(true) && !contains(value, b" ")
}
