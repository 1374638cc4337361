//! What the guardrails of a configuration ask for, worked out once for every alias.

use std::fmt;
use std::sync::{Arc, OnceLock};

use callsign_guard::rules::{self, Rule, Rules, Side, Topic};
use callsign_guard::screen::Detectors;
use callsign_plan::catalog::{Catalog, Found};
use callsign_plan::guard::{Action, ApplyTo, Category, Filter, Guardrails, OnFailure};
use callsign_plan::ids::AliasId;

use crate::guard::referee::{Memory, Referee};

/// What is asked for the requests of one name.
#[derive(Debug)]
pub(crate) struct Policy {
    /// The alias, for messages.
    pub(crate) alias: Arc<str>,
    /// What is looked for, and what is done about it.
    pub(crate) rules: Rules,
    /// The same for errors, which are told in any case: what would block is masked.
    pub(crate) of_errors: Rules,
    /// Those outside who are asked as well.
    pub(crate) referees: Vec<Referee>,
    /// What happens when a check itself fails.
    pub(crate) on_failure: OnFailure,
}

/// The policies of a configuration.
pub(crate) struct Policies {
    by_alias: Vec<Option<Arc<Policy>>>,
    detectors: Arc<OnceLock<Arc<Detectors>>>,
    memory: Arc<Memory>,
}

// === impl Policy ===

impl Policy {
    /// The strictest of what the aliases ask for that a request may lead through; `None` where they ask for nothing.
    pub(crate) fn of(catalog: &Catalog, id: AliasId) -> Option<Self> {
        let within = catalog.aliases_within(Found::Alias(id));
        let all: Vec<&Guardrails> =
            within.iter().filter_map(|id| catalog.alias(*id)).map(|alias| &alias.guardrails).collect();
        let asking: Vec<&Guardrails> =
            all.into_iter().filter(|guardrails| guardrails.checks_text()).collect();
        if asking.is_empty() {
            return None;
        }
        let (mut rules, mut referees) = (Rules::default(), Vec::new());
        for guardrails in &asking {
            add(&mut rules, guardrails);
        }
        let outside = asking.iter().flat_map(|guardrails| &guardrails.referees);
        for referee in outside {
            Referee::compile(referee, catalog).join(&mut referees);
        }
        let allow = asking.iter().all(|guardrails| guardrails.on_failure == OnFailure::Allow);
        let on_failure = if allow { OnFailure::Allow } else { OnFailure::Refuse };
        let alias = catalog.alias(id).map(|alias| Arc::clone(&alias.name)).unwrap_or_default();
        Some(Self { alias, of_errors: rules.softened(), rules, referees, on_failure })
    }

    /// Whether anybody looks at texts that go this way.
    pub(crate) fn looks(&self, side: Side) -> bool {
        self.rules.looks(side) || self.refers(side)
    }

    /// Whether anybody outside is asked about them.
    pub(crate) fn refers(&self, side: Side) -> bool {
        self.referees.iter().any(|referee| referee.looks(side))
    }
}

fn add(rules: &mut Rules, guardrails: &Guardrails) {
    let block = Rule { action: rules::Action::Block, restore: false };
    for category in &guardrails.block {
        // What a model says breaks into nothing.
        let apply_to = if *category == Category::Jailbreak { ApplyTo::Input } else { ApplyTo::Both };
        add_rule(rules, *category, block, apply_to);
    }
    for Filter { category, action, apply_to, restore } in &guardrails.filters {
        let action = match action {
            Action::Mask => rules::Action::Mask,
            Action::Block => rules::Action::Block,
            Action::Flag => rules::Action::Flag,
        };
        let restore = *restore && action == rules::Action::Mask;
        add_rule(rules, *category, Rule { action, restore }, *apply_to);
    }
}

fn add_rule(rules: &mut Rules, category: Category, rule: Rule, apply_to: ApplyTo) {
    let topics: &[Topic] = match category {
        Category::Jailbreak => &[Topic::Jailbreak],
        Category::PromptLeak => &[Topic::PromptLeak],
        Category::Pii => &[Topic::Pii],
        Category::Secrets => &[Topic::Secrets],
        Category::Profanity => &[Topic::Profanity],
        Category::SensitiveData => &[Topic::Secrets, Topic::Financial],
    };
    for topic in topics {
        if apply_to != ApplyTo::Output {
            rules.add(Side::Input, *topic, rule);
        }
        if apply_to != ApplyTo::Input {
            rules.add(Side::Output, *topic, rule);
        }
    }
}

// === impl Policies ===

impl Policies {
    /// The policies of `catalog`, with the detectors of those before and what referees told them.
    pub(crate) fn compile(catalog: &Catalog, before: Option<&Self>) -> Self {
        let count = u32::try_from(catalog.parts().aliases.len()).unwrap_or(u32::MAX);
        let by_alias: Vec<_> =
            (0..count).map(|number| Policy::of(catalog, AliasId(number)).map(Arc::new)).collect();
        let detectors = before.map(|policies| Arc::clone(&policies.detectors)).unwrap_or_default();
        let memory = before.map(|policies| Arc::clone(&policies.memory)).unwrap_or_default();
        let policies = Self { by_alias, detectors, memory };
        if policies.by_alias.iter().any(Option::is_some) {
            // Before the first request, not with it.
            policies.detectors();
        }
        policies
    }

    /// What is asked for requests of this name.
    pub(crate) fn of(&self, found: Found) -> Option<&Arc<Policy>> {
        match found {
            Found::Alias(id) => self.by_alias.get(id.0 as usize)?.as_ref(),
            Found::Target(_) | Found::Wildcard(..) => None,
        }
    }

    /// What referees have said.
    pub(crate) fn memory(&self) -> &Memory {
        &self.memory
    }

    /// All who look at texts.
    pub(crate) fn detectors(&self) -> Arc<Detectors> {
        Arc::clone(self.detectors.get_or_init(Arc::default))
    }
}

impl fmt::Debug for Policies {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Policies").field("by_alias", &self.by_alias).finish_non_exhaustive()
    }
}
