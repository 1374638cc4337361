//! What referees say, in each of the forms in which they say it. Whatever is in none of them is no verdict.

use std::collections::BTreeMap;

use serde::Deserialize;

/// What one says of a text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Verdict {
    /// Whether it should not pass.
    pub(crate) flagged: bool,
    /// As what, if that is said: words that may be shown.
    pub(crate) kinds: Vec<Box<str>>,
}

/// So many kinds are told, and no more.
const MOST_KINDS: usize = 8;
/// What is longer is no word.
const LONGEST_KIND: usize = 40;

/// The verdict on a whole text of which these are about the pieces: nothing where one is missing, unless another flags it.
pub(super) fn strictest(verdicts: Vec<Option<Verdict>>) -> Option<Verdict> {
    let is_complete = verdicts.iter().all(Option::is_some);
    let flagged: Vec<Verdict> = verdicts.into_iter().flatten().filter(|verdict| verdict.flagged).collect();
    if flagged.is_empty() {
        return is_complete.then(Verdict::default);
    }
    let names = flagged.iter().flat_map(|verdict| verdict.kinds.iter().map(AsRef::as_ref));
    Some(Verdict { flagged: true, kinds: kinds(names) })
}

/// `{"flagged": true, "categories": ["…"]}`.
pub(super) fn of_json(said: &[u8]) -> Option<Verdict> {
    #[derive(Deserialize)]
    struct Plain {
        flagged: bool,
        #[serde(default)]
        categories: Option<Vec<String>>,
    }
    let Plain { flagged, categories } = serde_json::from_slice(said).ok()?;
    let categories = categories.unwrap_or_default();
    Some(Verdict::new(flagged, categories.iter().map(String::as_str)))
}

/// What `OpenAI`'s moderations answer. <https://platform.openai.com/docs/api-reference/moderations/object>
pub(super) fn of_moderation(said: &[u8]) -> Option<Verdict> {
    #[derive(Deserialize)]
    struct Moderation {
        results: Vec<Judged>,
    }
    #[derive(Deserialize)]
    struct Judged {
        flagged: bool,
        #[serde(default)]
        categories: BTreeMap<String, Option<bool>>,
    }
    let Moderation { results } = serde_json::from_slice(said).ok()?;
    let flagged = results.iter().any(|judged| judged.flagged);
    let categories = results.iter().flat_map(|judged| &judged.categories);
    let names = categories.filter(|(_, holds)| **holds == Some(true)).map(|(name, _)| name.as_str());
    (!results.is_empty()).then(|| Verdict::new(flagged, names))
}

/// What a guard model answers: `safe`, or `unsafe` and the categories on the next line; or the plain form.
pub(super) fn of_words(said: &str) -> Option<Verdict> {
    let said = said.trim();
    if said.starts_with('{') {
        return of_json(said.as_bytes());
    }
    let mut lines = said.lines();
    let mut words = lines.next()?.split_whitespace();
    let word = words.next()?.trim_matches(|letter: char| !letter.is_ascii_alphanumeric());
    if word.eq_ignore_ascii_case("unsafe") {
        let names = lines.next().unwrap_or_default().split(',').map(str::trim);
        return Some(Verdict::new(true, names));
    }
    // Whoever goes on after it may be about to say the contrary.
    (word.eq_ignore_ascii_case("safe") && words.next().is_none()).then(Verdict::default)
}

// === impl Verdict ===

impl Verdict {
    fn new<'n>(flagged: bool, names: impl Iterator<Item = &'n str>) -> Self {
        Self { flagged, kinds: if flagged { kinds(names) } else { Vec::new() } }
    }
}

/// Those among `names` that are single words: a sentence might repeat what the referee was shown.
fn kinds<'n>(names: impl Iterator<Item = &'n str>) -> Vec<Box<str>> {
    let letter = |letter: char| letter.is_ascii_alphanumeric() || "_/.-".contains(letter);
    let mut kinds: Vec<Box<str>> = Vec::new();
    for name in names {
        let is_word = (1..=LONGEST_KIND).contains(&name.len()) && name.chars().all(letter);
        if is_word && kinds.len() < MOST_KINDS && !kinds.iter().any(|known| **known == *name) {
            kinds.push(name.into());
        }
    }
    kinds
}
