//! Private keys in armour: PEM, OpenSSH, PGP, `PuTTY`; with line ends, or with `\n` in one line.

use super::Sighting;
use super::alphabet::{BASE64, UPPER, holds};
use super::kinds::PRIVATE_KEY;
use super::view::View;

/// What a private key in armour begins with.
pub(super) const BEGIN: &str = "-----BEGIN";
/// What `PuTTY`'s own form begins with.
pub(super) const PUTTY: &str = "PuTTY-User-Key-File-";

/// The longest key there is to mask; RSA of 16384 bits has 13 KB.
pub(super) const LONGEST: usize = 16 << 10;
/// How far apart the lines of a key may be: headers may stand between.
const GAP: usize = 200;
/// The shortest run that counts as a line of a key.
const LINE: usize = 16;
/// The shortest body that counts as a key.
const BODY: usize = 40;

/// The private key whose armour begins at `at`.
pub(super) fn armoured(view: &View<'_>, at: usize) -> Option<Sighting> {
    view.claim(at);
    let label = at + BEGIN.len();
    let mut end = label;
    while end - label < 60 && view.at(end).is_some_and(|byte| byte == b' ' || holds(UPPER, byte)) {
        end += 1;
    }
    let name = view.slice(label..end);
    let private = name.ends_with(b" PRIVATE KEY") || name.ends_with(b" PRIVATE KEY BLOCK");
    if !private || !view.has(end, "-----") {
        return None;
    }
    body(view, end + 5, "-----END").map(|end| Sighting::new(PRIVATE_KEY, at..end))
}

/// The key file of `PuTTY` that begins at `at`.
pub(super) fn putty(view: &View<'_>, at: usize) -> Option<Sighting> {
    view.claim(at);
    body(view, at + PUTTY.len(), "Private-MAC:").map(|end| Sighting::new(PRIVATE_KEY, at..end))
}

/// Where the body that begins at `start` ends: behind the line that begins with `last`, or with its last line if that is missing.
fn body(view: &View<'_>, start: usize, last: &str) -> Option<usize> {
    let (mut at, mut end, mut held) = (start, start, 0);
    while at - start < LONGEST && at - end < GAP {
        let run = view.run(at, BASE64, LONGEST - (at - start));
        if run - at >= LINE {
            held += run - at;
            end = run;
        }
        if view.has(run, last) || (run > at && closes(view, at, run, last)) {
            return (held >= BODY).then(|| line_end(view, run));
        }
        let Some(byte) = view.at(run) else { break };
        if !byte.is_ascii() || (byte == b'"' && held >= BODY && ends_value(view, run + 1)) {
            break;
        }
        at = run + 1;
    }
    (held >= BODY).then_some(end)
}

/// Whether what stands behind a quote before `at` shows that a value ended there, and no piece of a longer one.
fn ends_value(view: &View<'_>, mut at: usize) -> bool {
    let start = at;
    while at - start < 40 && view.at(at).is_some_and(|byte| byte.is_ascii_whitespace()) {
        at += 1;
    }
    matches!(view.at(at), Some(b',' | b'}' | b']' | b')' | b';'))
}

/// Whether the run from `at` to `run` is the beginning of `last`, whose own letters are of the body's alphabet.
fn closes(view: &View<'_>, at: usize, run: usize, last: &str) -> bool {
    run - at < last.len() && view.has(at, last)
}

/// Where the line that closes the armour ends.
fn line_end(view: &View<'_>, at: usize) -> usize {
    let mut end = at;
    while end - at < 80
        && view
            .at(end)
            .is_some_and(|byte| byte == b'-' || byte == b' ' || byte == b':' || holds(BASE64, byte))
    {
        end += 1;
    }
    let line = view.slice(at..end);
    let dashes = line.windows(5).rposition(|window| window == b"-----").filter(|&at| at > 8);
    dashes.map_or(end, |dash| at + dash + 5)
}
