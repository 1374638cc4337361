//! What stands in the place of what was found, and how that is put back.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind};
use memchr::memmem;

use crate::rules::{Action, Topic};
use crate::screen::Hit;
use crate::{pii, profanity, secrets};

/// What was masked in one request, so that it can be put back into its answer. Nobody keeps it longer than that, and it tells
/// nothing of what it holds.
#[derive(Default)]
pub struct Ledger {
    by_token: HashMap<String, String>,
    by_value: HashMap<String, String>,
    numbers: HashMap<String, Numbers>,
}

/// The numbers of the tokens of one name.
#[derive(Default)]
struct Numbers {
    last: usize,
    /// Those that the request brought.
    taken: HashSet<usize>,
}

/// Puts values back into a text that comes in pieces, in which tokens may be cut anywhere.
#[derive(Debug, Default)]
pub struct Restoring {
    held: String,
}

/// The name of a word that must not be said, whose label is stars.
const SWORN: &str = "PROFANITY";
/// No token has a longer number.
const MOST_DIGITS: usize = 9;
/// No token is longer.
const LONGEST_TOKEN: usize = 80;

/// What stands in the place of what was found: `[EMAIL]`, `****`.
pub fn label(topic: Topic, kind: &str) -> String {
    match topic {
        Topic::Profanity => profanity::label(kind).to_owned(),
        Topic::Secrets => secrets::label(kind).to_owned(),
        Topic::Pii | Topic::Financial => pii::label(kind).to_owned(),
        Topic::Jailbreak | Topic::PromptLeak => format!("[{}]", kind.to_ascii_uppercase()),
    }
}

/// The parts of a text that are masked, those that overlap as one, each with the hit that names it.
pub fn masked<'h>(hits: &'h [Hit]) -> Vec<(Range<usize>, &'h Hit)> {
    let mut parts: Vec<(Range<usize>, &'h Hit)> = Vec::new();
    let mut masks: Vec<&Hit> = hits.iter().filter(|hit| hit.rule.action == Action::Mask).collect();
    masks.sort_by_key(|hit| (hit.span.start, std::cmp::Reverse(hit.span.end)));
    for hit in masks {
        match parts.last_mut() {
            Some((before, _)) if hit.span.start < before.end => before.end = before.end.max(hit.span.end),
            _ => parts.push((hit.span.clone(), hit)),
        }
    }
    parts
}

/// `text` with its hits masked for good; `None` where none is to be.
pub fn plain(text: &str, hits: &[Hit]) -> Option<String> {
    replaced(text, hits, |out, _, hit| out.push_str(&label(hit.topic, hit.kind)))
}

/// `text` with its hits masked so that some of them can be put back; `None` where none is to be masked. `said` is the request that
/// it stands in: what looks like a token there already is nobody's.
pub fn mask(text: &str, hits: &[Hit], (ledger, said): (&mut Ledger, &[u8])) -> Option<String> {
    let mut masks: Vec<&Hit> = hits.iter().filter(|hit| hit.rule.action == Action::Mask).collect();
    masks.sort_by_key(|hit| hit.span.start);
    let mut masks = masks.into_iter().peekable();
    replaced(text, hits, |out, span, hit| {
        // Where hits overlap, all of it must be restorable for any of it to be restored.
        let mut restore = true;
        while let Some(other) = masks.next_if(|other| other.span.start < span.end) {
            restore &= other.rule.restore;
        }
        if restore {
            out.push_str(ledger.token(hit, text.get(span).unwrap_or_default(), said));
        } else {
            out.push_str(&label(hit.topic, hit.kind));
        }
    })
}

/// `text` with what `put` writes in place of each part that is masked; `None` where none is.
fn replaced(
    text: &str,
    hits: &[Hit],
    mut put: impl FnMut(&mut String, Range<usize>, &Hit),
) -> Option<String> {
    let parts = masked(hits);
    if parts.is_empty() {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for (span, hit) in parts {
        out.push_str(text.get(at..span.start).unwrap_or_default());
        at = span.end;
        put(&mut out, span, hit);
    }
    out.push_str(text.get(at..).unwrap_or_default());
    Some(out)
}

// === impl Ledger ===

impl std::fmt::Debug for Ledger {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Ledger").field("tokens", &self.by_token.len()).finish_non_exhaustive()
    }
}

impl Ledger {
    /// Whether nothing was masked that could be put back.
    pub fn is_empty(&self) -> bool {
        self.by_token.is_empty()
    }

    /// What stands for `value`: the same wherever it stands.
    fn token(&mut self, hit: &Hit, value: &str, said: &[u8]) -> &str {
        let Self { by_token, by_value, numbers } = self;
        by_value.entry(value.to_owned()).or_insert_with(|| {
            let label = label(hit.topic, hit.kind);
            let bracketed = label.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
            let name = bracketed.unwrap_or(SWORN).to_owned();
            let number = numbers.entry(name.clone()).or_insert_with(|| Numbers::of(&name, said)).next();
            let numbered = format!("[{name}_{number}]");
            by_token.insert(numbered.clone(), value.to_owned());
            numbered
        })
    }

    /// `text` with values in place of their tokens; `None` where it has none of them.
    pub fn restored(&self, text: &str) -> Option<String> {
        if self.is_empty() || !text.contains('[') {
            return None;
        }
        let mut restoring = Restoring::default();
        let mut out = restoring.push(self, text);
        out.push_str(&restoring.finish());
        (out != text).then_some(out)
    }

    /// `text` with tokens in place of their values; `None` where it has none of them. Swear words are nobody's secret.
    pub fn concealed(&self, text: &str) -> Option<String> {
        let values = self.by_value.iter().filter(|(_, token)| !token.contains(SWORN));
        let (values, tokens): (Vec<&String>, Vec<&String>) = values.unzip();
        let search = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&values);
        let Ok(search) = search else {
            // More than can be searched for at once.
            let each = values.iter().zip(&tokens);
            return Some(
                each.fold(text.to_owned(), |text, (value, token)| text.replace(value.as_str(), token)),
            );
        };
        (!values.is_empty() && search.is_match(text)).then(|| search.replace_all(text, &tokens))
    }
}

// === impl Restoring ===

impl Restoring {
    /// Takes the next piece; gives what is sure.
    pub fn push(&mut self, ledger: &Ledger, piece: &str) -> String {
        if ledger.is_empty() {
            return piece.to_owned();
        }
        self.held.push_str(piece);
        let held = std::mem::take(&mut self.held);
        let (mut out, mut rest) = (String::with_capacity(held.len()), held.as_str());
        while let Some((before, token)) = rest.find('[').and_then(|at| rest.split_at_checked(at)) {
            out.push_str(before);
            let length = token_length(token);
            match token.split_at_checked(length) {
                // It may go on in the next piece.
                Some((_, "")) if !token.ends_with(']') && length <= LONGEST_TOKEN => {
                    token.clone_into(&mut self.held);
                    return out;
                }
                Some((token, after)) => {
                    out.push_str(ledger.by_token.get(token).map_or(token, String::as_str));
                    rest = after;
                }
                None => {
                    out.push_str(token);
                    rest = "";
                }
            }
        }
        out.push_str(rest);
        out
    }

    /// What is left.
    pub fn finish(&mut self) -> String {
        std::mem::take(&mut self.held)
    }
}

// === impl Numbers ===

impl Numbers {
    /// Those of what looks like tokens of this name in `said`.
    fn of(name: &str, said: &[u8]) -> Self {
        let begin = format!("[{name}_");
        let number = |at: usize| {
            let rest = said.get(at + begin.len()..)?;
            let digits = rest.iter().take(MOST_DIGITS).take_while(|byte| byte.is_ascii_digit());
            digits.fold(None, |number: Option<usize>, digit| {
                Some(number.unwrap_or(0) * 10 + usize::from(digit - b'0'))
            })
        };
        let taken = memmem::find_iter(said, begin.as_bytes()).filter_map(number).collect();
        Self { last: 0, taken }
    }

    fn next(&mut self) -> usize {
        loop {
            self.last += 1;
            if !self.taken.contains(&self.last) {
                return self.last;
            }
        }
    }
}

/// How far what begins with a bracket could be a token, or the beginning of one.
fn token_length(text: &str) -> usize {
    let inside = text
        .bytes()
        .skip(1)
        .take_while(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_');
    let length = 1 + inside.count();
    length + usize::from(text.as_bytes().get(length) == Some(&b']'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::rules::Rule;

    fn hit(kind: &'static str, span: Range<usize>, restore: bool) -> Hit {
        Hit { topic: Topic::Pii, kind, rule: Rule { action: Action::Mask, restore }, span }
    }

    fn check(text: &str, hits: &[Hit], expected: Option<&str>) -> Ledger {
        let mut ledger = Ledger::default();
        assert_eq!(mask(text, hits, (&mut ledger, b"")).as_deref(), expected, "{text}");
        ledger
    }

    #[test]
    fn labels_stand_in_the_place_of_hits() {
        check("a b@c.d e", &[hit("email", 2..7, false)], Some("a [EMAIL] e"));
        check("a b@c.d e", &[], None);
        let flagged =
            Hit { rule: Rule { action: Action::Flag, restore: false }, ..hit("email", 2..7, false) };
        check("a b@c.d e", &[flagged], None);
        let sworn = Hit { topic: Topic::Profanity, ..hit("profanity", 0..1, false) };
        check("a b@c.d e", &[sworn], Some("**** b@c.d e"));
    }

    #[test]
    fn hits_that_overlap_leave_nothing_between_them() {
        let (mail, phone, iban) = ("email", "phone", "iban");
        let hits = [hit(mail, 1..4, false), hit(phone, 3..7, false), hit(iban, 7..8, false)];
        check("0123456789", &hits, Some("0[EMAIL][IBAN]89"));
        let ledger =
            check("0123456789", &[hit(mail, 1..4, true), hit(phone, 3..7, false)], Some("0[EMAIL]789"));
        assert!(ledger.is_empty(), "what must not be put back is not kept");
    }

    #[test]
    fn what_is_put_back_is_numbered_by_what_it_is() {
        let (hits, text) =
            ([hit("email", 0..3, true), hit("email", 4..7, true), hit("email", 8..11, true)], "a@b c@d a@b");
        let ledger = check(text, &hits, Some("[EMAIL_1] [EMAIL_2] [EMAIL_1]"));
        for (said, expected) in [
            ("to [EMAIL_1], [EMAIL_2]!", Some("to a@b, c@d!")),
            ("[EMAIL_3] [EMAIL_1", None),
            ("[[EMAIL_1]]", Some("[a@b]")),
            ("plain", None),
        ] {
            assert_eq!(ledger.restored(said).as_deref(), expected, "{said}");
        }
        assert_eq!(ledger.concealed("for a@b.").as_deref(), Some("for [EMAIL_1]."));
        assert_eq!(ledger.concealed("for nobody"), None);
        assert!(!format!("{ledger:?}").contains('@'));
    }

    /// Hundreds of thousands of hits would take hours if each were compared with each.
    #[test]
    fn many_hits_are_masked_in_one_go() {
        let (count, mut text, mut hits) = (200_000, String::new(), Vec::new());
        for number in 0..count {
            let start = text.len();
            text.push_str(&number.to_string());
            text.push_str("@b ");
            hits.push(hit("email", start..text.len() - 1, true));
            hits.push(hit("phone", start..text.len() - 3, true));
        }
        let mut ledger = Ledger::default();
        let masked = mask(&text, &hits, (&mut ledger, text.as_bytes())).unwrap();
        assert!(masked.starts_with("[EMAIL_1] [EMAIL_2] ") && masked.ends_with(&format!("[EMAIL_{count}] ")));
        assert_eq!(ledger.restored(&masked).as_deref(), Some(text.as_str()));
        assert_eq!(ledger.concealed(&text).as_deref(), Some(masked.as_str()));
    }

    #[test]
    fn tokens_that_stand_there_already_are_nobodys() {
        let mut ledger = Ledger::default();
        let masked = mask("a@b", &[hit("email", 0..3, true)], (&mut ledger, b"see [EMAIL_1] and [PHONE_7]"));
        assert_eq!(masked.as_deref(), Some("[EMAIL_2]"));
        assert_eq!(ledger.restored("[EMAIL_1]"), None);
    }

    proptest! {
        /// However a text is cut, the same comes out.
        #[test]
        fn pieces_restore_as_the_whole_does(pieces in prop::collection::vec("[a\\[\\]]{0,3}|\\[EMAIL_1\\]|\\[EM|AIL_1\\]|_1|[A-Z]{90}|\u{e9}", 0..12)) {
            let mut ledger = Ledger::default();
            mask("a@b", &[hit("email", 0..3, true)], (&mut ledger, b""));
            let whole = pieces.concat();
            let mut restoring = Restoring::default();
            let mut out: String = pieces.iter().map(|piece| restoring.push(&ledger, piece)).collect();
            out += &restoring.finish();
            prop_assert_eq!(out, ledger.restored(&whole).unwrap_or(whole));
        }
    }
}
