//! Keys that show by themselves what they are: by a prefix, by a mark in their midst, or by their shape alone.

use std::ops::Range;

use super::Sighting;
use super::alphabet::{ALNUM, Alphabet, BASE64, DIGIT, DOTTED, HEX, TOKEN68, URL, WORD, holds};
use super::kinds::{
    AWS_SECRET_ACCESS_KEY, AZURE_CLIENT_SECRET, DISCORD_TOKEN, FACEBOOK_TOKEN, MAILCHIMP_KEY, MAXMIND_KEY,
    TELEGRAM_BOT_TOKEN, TERRAFORM_TOKEN,
};
use super::tokens::{Part, Shape};
use super::value::{contains, is_key_body, is_random, is_wordy};
use super::view::View;

/// A prefix this short may be the end of a word or the name of something.
const WEAK_PREFIX: usize = 5;

/// A kind of key that is known by what stands in its midst.
#[derive(Debug)]
pub(super) struct Mark {
    kind: &'static str,
    pub(super) text: &'static str,
    before: (Alphabet, usize, usize),
    after: (Alphabet, usize, usize),
}

const fn mark(
    kind: &'static str,
    text: &'static str,
    before: (Alphabet, usize, usize),
    after: (Alphabet, usize, usize),
) -> Mark {
    Mark { kind, text, before, after }
}

pub(super) static MARKS: [Mark; 6] = [
    mark(TERRAFORM_TOKEN, ".atlasv1.", (ALNUM, 14, 14), (DOTTED, 56, 80)),
    mark(AZURE_CLIENT_SECRET, "Q~", (TOKEN68, 4, 4), (TOKEN68, 31, 34)),
    mark(MAILCHIMP_KEY, "-us", (HEX, 32, 32), (DIGIT, 1, 2)),
    mark(MAXMIND_KEY, "_mmk", (WORD, 36, 36), (WORD, 0, 0)),
    mark(FACEBOOK_TOKEN, "|", (DIGIT, 15, 16), (URL, 26, 40)),
    mark(TELEGRAM_BOT_TOKEN, ":AA", (DIGIT, 8, 12), (URL, 30, 36)),
];

/// How long a key without prefix or mark may be: what `settled` holds back of a word that no rule claims must be as long.
pub(super) const LONGEST_BARE: usize = 76;

/// The key of `shape` whose prefix stands at `at`.
pub(super) fn prefixed(view: &View<'_>, shape: &Shape, at: usize) -> Option<Sighting> {
    if !view.word_begins(at)
        || !view.has(at, shape.prefix)
        || (shape.prefix.len() <= WEAK_PREFIX && in_blob(view, at))
    {
        return None;
    }
    view.claim(at);
    let body = at + shape.prefix.len();
    let end = through(view, shape.parts, body)?;
    let value = view.slice(body..end);
    let weak = (shape.prefix.len() <= WEAK_PREFIX || value.len() < 12) && is_wordy(value);
    let real = !weak && is_key_body(value) && contains(value, shape.within.as_bytes());
    real.then(|| Sighting::new(shape.kind, at..end))
}

/// Whether `at` lies in a long run of base64, such as a picture, where any prefix occurs by chance.
fn in_blob(view: &View<'_>, at: usize) -> bool {
    matches!(view.before(at), Some(b'+' | b'/')) && at - view.run_before(at, BASE64, 48) >= 48
}

/// Where `parts` end that begin at `at`.
fn through(view: &View<'_>, parts: &[Part], mut at: usize) -> Option<usize> {
    for (index, part) in parts.iter().enumerate() {
        let closing = index + 1 == parts.len();
        at = match *part {
            Part::Text(text) => view.has(at, text).then(|| at + text.len())?,
            Part::Run(alphabet, fewest, most) if fewest == most && !closing => {
                let end = view.run(at, alphabet, most);
                (end - at == most).then_some(end)?
            }
            Part::Run(alphabet, fewest, most) => {
                let end = view.run(at, alphabet, most + 1);
                let end = if closing { trimmed(view, at, end) } else { end };
                (fewest..=most).contains(&(end - at)).then_some(end)?
            }
        };
    }
    view.at(at).is_none_or(|byte| !byte.is_ascii_alphanumeric()).then_some(at)
}

/// Without the full stop or dash that ends a sentence rather than a key.
fn trimmed(view: &View<'_>, start: usize, end: usize) -> usize {
    let value = view.slice(start..end);
    let tail = value.iter().rev().take_while(|&&byte| byte == b'.').count();
    end - tail
}

/// The key in whose midst `mark` stands at `at`.
pub(super) fn marked(view: &View<'_>, mark: &Mark, at: usize) -> Option<Sighting> {
    let (alphabet, least, most) = mark.before;
    let start = view.run_before(at, alphabet, most);
    if at - start < least || !view.word_begins(start) || !view.has(at, mark.text) {
        return None;
    }
    view.claim(start);
    let after = at + mark.text.len();
    let (alphabet, least, most) = mark.after;
    let end = trimmed(view, after, view.run(after, alphabet, most + 1));
    let fits = (least..=most).contains(&(end - after)) && view.at(end).is_none_or(|byte| !holds(WORD, byte));
    (fits && is_key_body(view.slice(start..end))).then(|| Sighting::new(mark.kind, start..end))
}

/// What the bare word at `word` is, if its shape or what stands before it tells.
pub(super) fn bare(view: &View<'_>, word: Range<usize>) -> Option<Sighting> {
    let value = view.slice(word.clone());
    if is_discord(value) {
        return Some(Sighting::new(DISCORD_TOKEN, word));
    }
    let plain = value.len() == 40 && value.iter().all(|&byte| holds(BASE64, byte));
    let hex = value.iter().all(|&byte| holds(HEX, byte));
    (plain && !hex && is_random(value) && near_aws(view, word.start))
        .then(|| Sighting::new(AWS_SECRET_ACCESS_KEY, word))
}

/// A bot's token: its number in base64, a time, a signature.
fn is_discord(value: &[u8]) -> bool {
    let lengths: Vec<usize> = value.split(|&byte| byte == b'.').map(<[u8]>::len).collect();
    let [id, time, sign] = *lengths.as_slice() else { return false };
    let first = value.first().is_some_and(|byte| b"MNO".contains(byte));
    let alphabet = value.iter().all(|&byte| byte == b'.' || holds(URL, byte));
    let sizes = (23..=28).contains(&id) && (5..=7).contains(&time) && (27..=38).contains(&sign);
    first && alphabet && sizes && is_random(value)
}

/// Whether an access key's id, or Amazon's name, stands shortly before `at`.
fn near_aws(view: &View<'_>, at: usize) -> bool {
    let before = view.back(at, 120);
    [&b"AKIA"[..], b"ASIA", b"aws", b"AWS", b"secret_access", b"SecretAccess"]
        .iter()
        .any(|word| contains(before, word))
}
