//! One look at a text with everything that the rules ask for: what was found, and what is to be done about it.

use std::fmt;
use std::ops::Range;

use crate::finding::{Category, Finding};
use crate::jailbreak::Verdict;
use crate::leak::{self, Leak};
use crate::rules::{Action, Rule, Rules, Side, Topic};
use crate::{jailbreak, pii, profanity, secrets};

/// One who finds things in texts.
pub trait Look: fmt::Debug + Send + Sync {
    /// Adds to `found` what `text` holds, in no particular order; findings may overlap.
    fn find(&self, text: &str, found: &mut Vec<Finding>);

    /// The byte of a growing `text` up to which nothing changes whatever follows.
    fn settled(&self, text: &str) -> usize;

    /// Adds to `found` what begins at byte `from` of `text` or later, which is the only part that is new.
    fn find_from(&self, text: &str, from: usize, found: &mut Vec<Finding>) {
        let near = beginning(text, from.saturating_sub(NEAR));
        let known = found.len();
        self.find(text.get(near..).unwrap_or_default(), found);
        for finding in found.iter_mut().skip(known) {
            finding.span = finding.span.start + near..finding.span.end + near;
        }
    }
}

/// One who judges texts as wholes.
pub trait Judge: fmt::Debug + Send + Sync {
    /// What `text` looks like.
    fn judge(&self, text: &str) -> Verdict;
}

/// All who look at texts.
#[derive(Debug)]
pub struct Detectors {
    /// For personal data.
    pub pii: Box<dyn Look>,
    /// For keys, tokens and passwords.
    pub secrets: Box<dyn Look>,
    /// For swear words and slurs.
    pub profanity: Box<dyn Look>,
    /// For attempts to get around instructions.
    pub jailbreak: Box<dyn Judge>,
}

/// Something in a text, and what is to be done about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// What it is about.
    pub topic: Topic,
    /// What it is exactly.
    pub kind: &'static str,
    /// What is done about it.
    pub rule: Rule,
    /// Where it stands, in bytes of the text.
    pub span: Range<usize>,
}

/// A look at texts that go one way.
#[derive(Debug, Clone, Copy)]
pub struct Screen<'a> {
    /// All who look.
    pub detectors: &'a Detectors,
    /// What is looked for.
    pub rules: &'a Rules,
    /// Which way the texts go.
    pub side: Side,
    /// The system prompt that must not be told.
    pub leak: Option<&'a Leak>,
}

/// So much before something tells what it is, as far as everybody but those who look for secrets goes.
const NEAR: usize = 256;
/// A longer text needs no label to tell what it is.
const LONGEST_LABELLED: usize = 512;
/// A shorter text talks nobody into anything.
const SHORTEST_JUDGED: usize = 12;

macro_rules! looks {
    ($($detector:ty),*) => {
        $(
            impl Look for $detector {
                fn find(&self, text: &str, found: &mut Vec<Finding>) {
                    self.find(text, found);
                }

                fn settled(&self, text: &str) -> usize {
                    self.settled(text)
                }
            }
        )*
    };
}

looks!(pii::Detector, profanity::Detector);

impl Look for secrets::Detector {
    fn find(&self, text: &str, found: &mut Vec<Finding>) {
        self.find(text, found);
    }

    fn settled(&self, text: &str) -> usize {
        self.settled(text)
    }

    fn find_from(&self, text: &str, from: usize, found: &mut Vec<Finding>) {
        self.find_from(text, from, found);
    }
}

impl Judge for jailbreak::Detector {
    fn judge(&self, text: &str) -> Verdict {
        self.judge(text)
    }
}

// === impl Detectors ===

impl Default for Detectors {
    fn default() -> Self {
        Self::new()
    }
}

impl Detectors {
    /// Makes everything ready.
    pub fn new() -> Self {
        Self {
            pii: Box::new(pii::Detector::new()),
            secrets: Box::new(secrets::Detector::new()),
            profanity: Box::new(profanity::Detector::new()),
            jailbreak: Box::new(jailbreak::Detector::new()),
        }
    }

    fn each(&self) -> [(Category, &dyn Look); 3] {
        [
            (Category::Pii, self.pii.as_ref()),
            (Category::Secrets, self.secrets.as_ref()),
            (Category::Profanity, self.profanity.as_ref()),
        ]
    }
}

// === impl Screen ===

impl Screen<'_> {
    /// What `text` holds that somebody wants something done about, by place.
    pub fn hits(&self, text: &str) -> Vec<Hit> {
        self.hits_of(text, &|detector, found| detector.find(text, found))
    }

    /// The same where all but what begins at byte `from` or later is known.
    pub fn hits_from(&self, text: &str, from: usize) -> Vec<Hit> {
        self.hits_of(text, &|detector, found| detector.find_from(text, from, found))
    }

    fn hits_of(&self, text: &str, look: &dyn Fn(&dyn Look, &mut Vec<Finding>)) -> Vec<Hit> {
        let mut found = Vec::new();
        for (_, detector) in self.looking() {
            look(detector, &mut found);
        }
        let hit = |finding: Finding| {
            let rule = self.rules.about(self.side, &finding)?;
            let topic = self.topic(&finding, rule);
            Some(Hit { topic, kind: finding.kind, rule, span: finding.span })
        };
        let mut hits: Vec<Hit> = found.into_iter().filter_map(hit).collect();
        self.add_leaks(text, &mut hits);
        hits.sort_by_key(|hit| (hit.span.start, std::cmp::Reverse(hit.span.end)));
        hits
    }

    /// The same of a text whose key tells what it is: `password: …`.
    pub fn labelled_hits(&self, label: Option<&str>, text: &str) -> Vec<Hit> {
        let Some(label) = label.filter(|_| text.len() <= LONGEST_LABELLED) else { return self.hits(text) };
        let start = label.len() + ": ".len();
        let mut hits = self.hits(&format!("{label}: {text}"));
        hits.retain(|hit| hit.span.end > start);
        for hit in &mut hits {
            hit.span = hit.span.start.saturating_sub(start)..hit.span.end - start;
        }
        hits
    }

    /// What `text` tries to talk a model into.
    pub fn attempts(&self, text: &str) -> impl Iterator<Item = Hit> {
        let whole = 0..text.len();
        let judged = |topic: Topic, kind: &'static str, is: &dyn Fn() -> bool| {
            let rule = self.rules.of(self.side, topic)?;
            (text.len() >= SHORTEST_JUDGED && is()).then(|| Hit { topic, kind, rule, span: whole.clone() })
        };
        let jailbreak = judged(Topic::Jailbreak, "attempt", &|| self.detectors.jailbreak.judge(text).hit);
        let leak = judged(Topic::PromptLeak, "request", &|| leak::asks(text));
        jailbreak.into_iter().chain(leak)
    }

    /// The byte of a growing `text` up to which its hits are what they will be.
    pub fn settled(&self, text: &str) -> usize {
        let detectors = self.looking().map(|(_, detector)| detector.settled(text));
        let leak = self.leaks().map(|(leak, _)| leak.settled(text));
        detectors.chain(leak).fold(text.len(), usize::min)
    }

    fn looking(&self) -> impl Iterator<Item = (Category, &dyn Look)> {
        self.detectors.each().into_iter().filter(|(category, _)| self.rules.looks_for(self.side, *category))
    }

    fn leaks(&self) -> Option<(&Leak, Rule)> {
        let rule = self.rules.of(Side::Output, Topic::PromptLeak)?;
        Some((self.leak.filter(|_| self.side == Side::Output)?, rule))
    }

    fn add_leaks(&self, text: &str, hits: &mut Vec<Hit>) {
        let Some((leak, rule)) = self.leaks() else { return };
        let hit = |span| Hit { topic: Topic::PromptLeak, kind: "system_prompt", rule, span };
        hits.extend(leak.find(text).into_iter().map(hit));
    }

    /// The topic whose rule it is.
    fn topic(&self, finding: &Finding, rule: Rule) -> Topic {
        let asks =
            |topic: &Topic| self.rules.of(self.side, *topic).is_some_and(|own| own.action == rule.action);
        Topic::of(finding).find(asks).unwrap_or(Topic::Pii)
    }
}

/// Where the first word begins behind `place`: half of one could be taken for another.
fn beginning(text: &str, place: usize) -> usize {
    if place == 0 {
        return 0;
    }
    let place = text.floor_char_boundary(place);
    let rest = text.get(place..).unwrap_or_default();
    rest.find(char::is_whitespace).filter(|space| *space < NEAR / 2).map_or(place, |space| place + space)
}

/// Whether anything among `hits` lets nothing pass.
pub fn blocks(hits: &[Hit]) -> bool {
    hits.iter().any(|hit| hit.rule.action == Action::Block)
}
