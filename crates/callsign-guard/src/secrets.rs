//! Keys, tokens, passwords: what proves to somebody's machine that one is somebody.
//!
//! One search finds every prefix, mark and telling name at once; each belongs to a rule, which looks at what stands around it through a
//! `View`. The view notes whether the rule asked for more than there is, and so tells what of a growing text is settled.

mod address;
mod alphabet;
mod header;
mod jwt;
pub mod kinds;
mod makers;
mod name;
mod pem;
mod setting;
mod token;
mod tokens;
mod value;
mod view;

use std::ops::Range;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use crate::finding::{Category, Finding};
use crate::plain::Plain;
use alphabet::{BASE64, DOTTED, VISIBLE, holds};
pub use kinds::label;
use tokens::{SHAPES, Shape};
use view::View;

/// How far behind its beginning a rule may look before it knows whether there is a finding.
pub const REACH: usize = 17 << 10;

/// How much of an unfinished word is held back although no rule has claimed it: a key's prefix, and what may stand before a mark.
const TAIL: usize = 96;

/// How far before a secret the word may stand that tells of it: its name, and what a sentence has between.
const LEAD: usize = 640;

/// Words in the names of settings, besides those of makers.
const NAMES: [&str; 19] = [
    "pass",
    "pwd",
    "secret",
    "token",
    "key",
    "cred",
    "auth",
    "kennwort",
    "senha",
    "contrase",
    "wachtwoord",
    "parola",
    "mnemonic",
    "phrase",
    "пароль",
    "密码",
    "パスワード",
    "_pw",
    "salt",
];

/// Names of cookies that stand for a session.
const COOKIES: [&str; 7] =
    ["session", "sessionid", "sessid", "connect.sid", "auth_token", "remember_token", "_session"];

/// Finds them; made once, asked often.
#[derive(Debug)]
pub struct Detector {
    search: AhoCorasick,
    rules: Vec<Rule>,
}

/// What to do where a word of the search stands.
#[derive(Debug, Clone, Copy)]
enum Rule {
    Shape(&'static Shape),
    Mark(&'static token::Mark),
    At(fn(&View<'_>, usize) -> Option<Sighting>),
    After(fn(&View<'_>, usize) -> Option<Sighting>),
    Name,
}

/// What a rule saw.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Sighting {
    kind: &'static str,
    span: Range<usize>,
}

// === impl Detector ===

impl Detector {
    /// Compiles what it looks with.
    #[expect(
        clippy::missing_panics_doc,
        reason = "only more words than an index can tell apart would make it panic"
    )]
    pub fn new() -> Self {
        let (words, rules): (Vec<&str>, Vec<Rule>) = rules().unzip();
        let search = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::DFA))
            .build(words);
        #[expect(clippy::expect_used, reason = "fails only for more words than an index can tell apart")]
        let search = search.expect("the words of the search are few and short");
        Self { search, rules }
    }

    /// Adds to `found` what `text` holds, in no particular order; findings may overlap.
    pub fn find(&self, text: &str, found: &mut Vec<Finding>) {
        self.find_from(text, 0, found);
    }

    /// Adds to `found` what begins at byte `from` of `text` or later; what stands before is looked at only as far as it tells of that.
    pub fn find_from(&self, text: &str, from: usize, found: &mut Vec<Finding>) {
        let Some(plain) = Plain::of(text) else { return self.find_plain(text, from, found) };
        let known = found.len();
        self.find_plain(plain.text(), plain.behind(from), found);
        for finding in found.iter_mut().skip(known) {
            finding.span = plain.span(text, &finding.span);
        }
    }

    fn find_plain(&self, text: &str, from: usize, found: &mut Vec<Finding>) {
        let view = View::new(text);
        let mut own = Vec::new();
        let first = text.floor_char_boundary(from.saturating_sub(LEAD));
        self.look(&view, text, first, |sighting| {
            own.extend(sighting.filter(|sighting| sighting.span.start >= from));
        });
        own.sort_by_key(|sighting| {
            (sighting.span.start, sighting.span.end, kinds::is_generic(sighting.kind), sighting.kind)
        });
        own.dedup_by(|one, other| one.span == other.span);
        found.extend(own.into_iter().map(|Sighting { kind, span }| Finding {
            category: Category::Secrets,
            kind,
            span,
        }));
    }

    /// The byte of a growing `text` up to which nothing changes whatever follows: every finding that begins before it is found in
    /// `text` already, and ends where it will end.
    pub fn settled(&self, text: &str) -> usize {
        match Plain::of(text) {
            None => self.settled_plain(text),
            Some(plain) => plain.settled(text, self.settled_plain(plain.certain())),
        }
    }

    fn settled_plain(&self, text: &str) -> usize {
        let view = View::new(text);
        let tail = unfinished_word(text);
        let mut settled = tail;
        let from = text.floor_char_boundary(tail.saturating_sub(REACH));
        self.look(&view, text, from, |_| settled = settled.min(view.open().unwrap_or(settled)));
        text.floor_char_boundary(settled)
    }

    /// Tells `see` what each rule makes of each of its places in `text` from `from` on.
    fn look(&self, view: &View<'_>, text: &str, from: usize, mut see: impl FnMut(Option<Sighting>)) {
        let part = text.get(from..).unwrap_or_default();
        for hit in self.search.find_overlapping_iter(part) {
            let Some(rule) = self.rules.get(hit.pattern().as_usize()) else { continue };
            view.rewind();
            see(rule.look(view, from + hit.start()..from + hit.end()));
        }
        for word in long_words(text, from) {
            view.rewind();
            view.claim(word.start);
            // The word's end is where the text's may be.
            view.run(word.start, DOTTED | BASE64, usize::MAX);
            see(token::bare(view, word));
        }
    }
}

impl Default for Detector {
    fn default() -> Self {
        Self::new()
    }
}

/// Each word of the search and its rule.
fn rules() -> impl Iterator<Item = (&'static str, Rule)> {
    let shapes = SHAPES.iter().map(|shape| (shape.prefix, Rule::Shape(shape)));
    let marks = token::MARKS.iter().map(|mark| (mark.text, Rule::Mark(mark)));
    let names =
        NAMES.into_iter().chain(makers::MAKERS.iter().map(|(name, _)| *name)).map(|word| (word, Rule::Name));
    let cookies = COOKIES.into_iter().map(|word| (word, Rule::After(header::cookie)));
    let connections = address::CONNECTIONS.into_iter().map(|word| (word, Rule::At(address::connection)));
    let signatures = address::SIGNATURES.into_iter().map(|word| (word, Rule::After(address::signature)));
    let others: [(&'static str, Rule); 11] = [
        (pem::BEGIN, Rule::At(pem::armoured)),
        (pem::PUTTY, Rule::At(pem::putty)),
        (jwt::BEGIN, Rule::At(jwt::token)),
        (address::SEPARATOR, Rule::At(address::login)),
        (header::NAME_TEXT, Rule::At(header::authorization)),
        (header::BEARER, Rule::At(header::bearer)),
        ("basic", Rule::At(header::basic)),
        (" -u", Rule::After(address::curl)),
        (" --user", Rule::After(address::curl)),
        (" -p", Rule::After(address::client)),
        (":5432:", Rule::After(address::pgpass)),
    ];
    shapes.chain(marks).chain(names).chain(cookies).chain(connections).chain(signatures).chain(others)
}

/// Where the last word of `text` begins, if it is not finished; not further back than a key may reach before anything tells of it.
fn unfinished_word(text: &str) -> usize {
    let tail = text.bytes().rev().take(TAIL).take_while(|&byte| holds(VISIBLE, byte)).count();
    text.len() - tail
}

/// The words of `text` from `from` on that are long enough for a key without a prefix, and short enough.
fn long_words(text: &str, from: usize) -> impl Iterator<Item = Range<usize>> {
    let bytes = text.as_bytes();
    let mut at = from;
    std::iter::from_fn(move || {
        while at < bytes.len() {
            let rest = bytes.get(at..).unwrap_or_default();
            let length = rest.iter().position(|&byte| !holds(DOTTED | BASE64, byte)).unwrap_or(rest.len());
            let word = at..at + length;
            at += length + 1;
            if (40..=token::LONGEST_BARE).contains(&length) {
                return Some(word);
            }
        }
        None
    })
}

// === impl Rule ===

impl Rule {
    fn look(self, view: &View<'_>, word: Range<usize>) -> Option<Sighting> {
        match self {
            Self::Shape(shape) => token::prefixed(view, shape, word.start),
            Self::Mark(mark) => token::marked(view, mark, word.start),
            Self::At(rule) => rule(view, word.start),
            Self::After(rule) => rule(view, word.end),
            Self::Name => setting::setting(view, word),
        }
    }
}

// === impl Sighting ===

impl Sighting {
    fn new(kind: &'static str, span: Range<usize>) -> Self {
        Self { kind, span }
    }
}

#[cfg(test)]
mod tests;
