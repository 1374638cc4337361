//! What is to be done about what is found: for each way and topic an action, the strictest of all that ask for one.

use crate::finding::{Category, Finding};

/// What is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// Attempts to override instructions or to break the safety policy.
    Jailbreak,
    /// Attempts to read the system prompt, and answers that tell it.
    PromptLeak,
    /// Personal data.
    Pii,
    /// Keys, tokens, passwords.
    Secrets,
    /// Swear words and slurs.
    Profanity,
    /// Cards, accounts, and whatever else money can be had with.
    Financial,
}

/// Which way a text goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// To a model.
    Input,
    /// To a client.
    Output,
}

/// What is done about a finding; later ones are stricter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// It passes, and is noted.
    Flag,
    /// Something else stands in its place.
    Mask,
    /// Nothing passes.
    Block,
}

/// What is done about one topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// What.
    pub action: Action,
    /// Whether what was masked in a request is put back into its answer.
    pub restore: bool,
}

/// What is done about everything, both ways.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rules {
    input: [Option<Rule>; TOPICS.len()],
    output: [Option<Rule>; TOPICS.len()],
}

/// Every topic.
pub const TOPICS: [Topic; 6] =
    [Topic::Jailbreak, Topic::PromptLeak, Topic::Pii, Topic::Secrets, Topic::Profanity, Topic::Financial];

// === impl Topic ===

impl Topic {
    /// Its name in errors and records.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Jailbreak => "jailbreak",
            Self::PromptLeak => "prompt_leak",
            Self::Pii => "pii",
            Self::Secrets => "secrets",
            Self::Profanity => "profanity",
            Self::Financial => "financial",
        }
    }

    /// The topics that a finding belongs to.
    pub fn of(finding: &Finding) -> impl Iterator<Item = Self> {
        let (main, money) = match finding.category {
            Category::Pii => (Self::Pii, is_of_money(finding.kind)),
            Category::Secrets => (Self::Secrets, false),
            Category::Profanity => (Self::Profanity, false),
        };
        std::iter::once(main).chain(money.then_some(Self::Financial))
    }
}

/// Whether a kind of personal data is about money.
fn is_of_money(kind: &str) -> bool {
    const WORDS: [&str; 14] = [
        "credit", "debit", "payment", "iban", "bank", "routing", "swift", "bic", "aba", "cvv", "cvc",
        "clabe", "sort", "ifsc",
    ];
    kind.split('_').any(|word| WORDS.contains(&word))
}

// === impl Side ===

impl Side {
    /// Its name in records.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Output => "output",
        }
    }
}

// === impl Action ===

impl Action {
    /// Its name in records.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Flag => "flag",
            Self::Mask => "mask",
            Self::Block => "block",
        }
    }
}

// === impl Rule ===

impl Rule {
    /// Whichever is stricter; what both mask is put back only where both say so.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match self.action.cmp(&other.action) {
            std::cmp::Ordering::Less => other,
            std::cmp::Ordering::Greater => self,
            std::cmp::Ordering::Equal => Self { restore: self.restore && other.restore, ..self },
        }
    }
}

// === impl Rules ===

impl Rules {
    /// Adds what somebody asks for.
    pub fn add(&mut self, side: Side, topic: Topic, rule: Rule) {
        let table = match side {
            Side::Input => &mut self.input,
            Side::Output => &mut self.output,
        };
        if let Some(place) = table.get_mut(topic as usize) {
            *place = Some(place.map_or(rule, |before| before.and(rule)));
        }
    }

    /// What is done about a topic.
    pub fn of(&self, side: Side, topic: Topic) -> Option<Rule> {
        let table = match side {
            Side::Input => &self.input,
            Side::Output => &self.output,
        };
        table.get(topic as usize).copied().flatten()
    }

    /// What is done about a finding.
    pub fn about(&self, side: Side, finding: &Finding) -> Option<Rule> {
        Topic::of(finding).filter_map(|topic| self.of(side, topic)).reduce(Rule::and)
    }

    /// Whether findings of this category are of any interest.
    pub fn looks_for(&self, side: Side, category: Category) -> bool {
        let topics = match category {
            Category::Pii => [Topic::Pii, Topic::Financial].as_slice(),
            Category::Secrets => &[Topic::Secrets],
            Category::Profanity => &[Topic::Profanity],
        };
        topics.iter().any(|topic| self.of(side, *topic).is_some())
    }

    /// Whether anything is looked for this way.
    pub fn looks(&self, side: Side) -> bool {
        TOPICS.iter().any(|topic| self.of(side, *topic).is_some())
    }

    /// The same where nothing may be withheld: what would block is masked.
    #[must_use]
    pub fn softened(&self) -> Self {
        let soft = |rule: Rule| {
            if rule.action == Action::Block { Rule { action: Action::Mask, restore: false } } else { rule }
        };
        let table = |rules: &[Option<Rule>; TOPICS.len()]| rules.map(|rule| rule.map(soft));
        Self { input: table(&self.input), output: table(&self.output) }
    }

    /// Whether anything is put back into answers.
    pub fn restores(&self) -> bool {
        self.input.iter().flatten().any(|rule| rule.action == Action::Mask && rule.restore)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCK: Rule = Rule { action: Action::Block, restore: false };
    const MASK: Rule = Rule { action: Action::Mask, restore: false };
    const PUT_BACK: Rule = Rule { action: Action::Mask, restore: true };
    const FLAG: Rule = Rule { action: Action::Flag, restore: true };

    #[test]
    fn the_strictest_holds() {
        for (first, second, expected) in [
            (BLOCK, PUT_BACK, BLOCK),
            (FLAG, MASK, MASK),
            (PUT_BACK, PUT_BACK, PUT_BACK),
            (PUT_BACK, MASK, MASK),
            (FLAG, PUT_BACK, PUT_BACK),
        ] {
            for (first, second) in [(first, second), (second, first)] {
                let mut rules = Rules::default();
                rules.add(Side::Input, Topic::Pii, first);
                rules.add(Side::Input, Topic::Pii, second);
                assert_eq!(rules.of(Side::Input, Topic::Pii), Some(expected));
                assert!(!rules.looks(Side::Output), "each way has rules of its own");
            }
        }
    }

    #[test]
    fn a_finding_has_the_rules_of_all_its_topics() {
        let finding = |category, kind| Finding { category, kind, span: 0..1 };
        let mut rules = Rules::default();
        rules.add(Side::Output, Topic::Financial, BLOCK);
        rules.add(Side::Output, Topic::Secrets, FLAG);
        for (category, kind, expected) in [
            (Category::Pii, "email", None),
            (Category::Pii, "identity_card", None),
            (Category::Pii, "credit_card", Some(BLOCK)),
            (Category::Pii, "us_bank_account", Some(BLOCK)),
            (Category::Secrets, "aws_access_key_id", Some(FLAG)),
            (Category::Profanity, "profanity", None),
        ] {
            assert_eq!(rules.about(Side::Output, &finding(category, kind)), expected, "{kind}");
        }
        assert!(
            rules.looks_for(Side::Output, Category::Pii)
                && !rules.looks_for(Side::Output, Category::Profanity)
        );
        rules.add(Side::Output, Topic::Pii, MASK);
        assert_eq!(rules.about(Side::Output, &finding(Category::Pii, "credit_card")), Some(BLOCK));
    }
}
