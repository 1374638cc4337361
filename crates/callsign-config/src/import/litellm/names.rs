//! Every name that clients may ask for: what it becomes, and how targets call it.

use std::collections::{HashMap, HashSet};

use super::Import;
use super::deployment::Models;
use super::settings::Settings;
use crate::diagnostic::Span;

/// All names, groups first.
pub(super) struct Names {
    pub(super) all: Vec<Name>,
    by_text: HashMap<String, usize>,
    by_id: HashMap<String, usize>,
    /// Names that an alias may not take.
    taken: HashSet<String>,
    /// Patterns such as `openai/*`: what stands before the `*`, and the provider here.
    patterns: Vec<(String, String)>,
}

/// One name.
pub(super) struct Name {
    /// What clients ask for.
    pub(super) text: String,
    pub(super) at: Span,
    pub(super) means: Means,
    /// The alias that it becomes; where there is none, an entry answers to it.
    pub(super) alias: Option<String>,
}

/// What a name means.
pub(super) enum Means {
    /// These deployments.
    Group(Vec<usize>),
    /// Another name, or a model that a pattern covers.
    Other { target: String, hidden: bool },
    /// Nothing; the reason was told.
    Nothing,
}

/// What a target leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Link {
    /// A name.
    Name(usize),
    /// A model or an entry.
    Model(String),
}

/// More names that lead to names than anybody writes.
const LONGEST_WAY: usize = 50;

// === impl Names ===

impl Names {
    /// Works out what every name becomes, and gives entries the names that tell them apart.
    pub(super) fn of(models: &mut Models, settings: &Settings, import: &mut Import) -> Self {
        let mut names = Self {
            all: Vec::new(),
            by_text: HashMap::new(),
            by_id: HashMap::new(),
            taken: HashSet::new(),
            patterns: Vec::new(),
        };
        names.groups(models);
        names.tell_apart(models, settings);
        names.ids(models);
        names.others(settings, import);
        names.refuse_dead_ends(models, settings, import);
        for place in 0..names.all.len() {
            names.choose_alias(place, models, settings, import);
        }
        names.mark_default(models, settings, import);
        names
    }

    fn groups(&mut self, models: &Models) {
        for (place, deployment) in models.deployments.iter().enumerate() {
            let Some(entry) = models.entries.get(deployment.entry) else { continue };
            if entry.id == "*" {
                let start = deployment.group.split('*').next().unwrap_or_default().to_owned();
                self.patterns.push((start, entry.provider.clone()));
                continue;
            }
            let known = self.by_text.get(&deployment.group).and_then(|known| self.all.get_mut(*known));
            if let Some(Name { means: Means::Group(members), .. }) = known {
                members.push(place);
                continue;
            }
            self.by_text.insert(deployment.group.clone(), self.all.len());
            let (text, at) = (deployment.group.clone(), deployment.at);
            self.all.push(Name { text, at, means: Means::Group(vec![place]), alias: None });
        }
    }

    /// Entries of one model need a name each, which nothing else has.
    fn tell_apart(&mut self, models: &mut Models, settings: &Settings) {
        self.taken.extend(self.all.iter().map(|name| name.text.clone()));
        self.taken.extend(settings.group_aliases.iter().map(|alias| alias.name.clone()));
        self.taken.extend(models.entries.iter().flat_map(|entry| [entry.full(), entry.id.clone()]));
        let mut seen: HashMap<String, u64> = HashMap::new();
        for entry in &mut models.entries {
            let count = seen.entry(entry.full()).or_default();
            *count += 1;
            if *count > 1 && entry.id != "*" {
                entry.name = Some(fresh(&mut self.taken, &format!("{}-{count}", entry.id)));
            }
        }
    }

    fn ids(&mut self, models: &Models) {
        for deployment in &models.deployments {
            if let Some(id) = &deployment.id {
                self.by_id.entry(id.clone()).or_insert(deployment.entry);
            }
        }
    }

    fn others(&mut self, settings: &Settings, import: &mut Import) {
        for alias in &settings.group_aliases {
            let message = if self.by_text.contains_key(&alias.name) {
                "there is a `model_name` of this name, which stays; rename one of them"
            } else {
                let means = Means::Other { target: alias.target.clone(), hidden: alias.hidden };
                self.by_text.insert(alias.name.clone(), self.all.len());
                self.all.push(Name { text: alias.name.clone(), at: alias.at, means, alias: None });
                continue;
            };
            import.notices.lost(&alias.path, alias.at, message);
        }
    }

    /// A name that leads to no model means nothing.
    fn refuse_dead_ends(&mut self, models: &Models, settings: &Settings, import: &mut Import) {
        let dead: Vec<usize> =
            (0..self.all.len()).filter(|place| self.group(*place, models).is_none()).collect();
        for place in dead {
            let Some(name) = self.all.get_mut(place) else { continue };
            name.means = Means::Nothing;
            let written = settings.group_aliases.iter().find(|alias| alias.name == name.text);
            let Some(alias) = written else { continue };
            let message = format!("`{}` leads to no model of this file", alias.target);
            import.notices.lost(&alias.path, alias.at, message);
        }
    }

    /// Where a name leads in the end: to a group, or to a single model.
    pub(super) fn group(&self, place: usize, models: &Models) -> Option<Link> {
        let mut place = place;
        // More steps than there are names go in a circle.
        for _ in 0..=self.all.len().min(LONGEST_WAY) {
            let Means::Other { target, .. } = &self.all.get(place)?.means else {
                return Some(Link::Name(place));
            };
            match self.link(target, models)? {
                Link::Name(next) => place = next,
                model @ Link::Model(_) => return Some(model),
            }
        }
        None
    }

    /// An entry answers to its own model's name, and to its `name`; whatever asks for more is an alias.
    fn choose_alias(&mut self, place: usize, models: &mut Models, settings: &Settings, import: &mut Import) {
        let Some(name) = self.all.get(place) else { return };
        if matches!(name.means, Means::Nothing) {
            return;
        }
        if let Means::Group(members) = &name.means
            && let [member] = members.as_slice()
            && !needs_alias(&name.text, *member, models, settings)
            && Self::entry_answers(&name.text, *member, models)
        {
            return;
        }
        let text = name.text.clone();
        let better = alias_name(&text);
        let alias = if better == text { better } else { fresh(&mut self.taken, &better) };
        if alias != text {
            let message = format!(
                "an alias has letters, digits, `.`, `-` and `_`, so clients have to ask for `{alias}`"
            );
            import.notices.open(&text, name.at, message);
        }
        if let Some(name) = self.all.get_mut(place) {
            name.alias = Some(alias);
        }
    }

    fn entry_answers(text: &str, member: usize, models: &mut Models) -> bool {
        let Some(place) = models.deployments.get(member).map(|deployment| deployment.entry) else {
            return false;
        };
        let is_shared = models.deployments.iter().filter(|deployment| deployment.entry == place).count() > 1;
        let has_one_id = models.entries.iter().filter(|entry| entry.id == text).count() == 1;
        let is_full = models.entries.iter().any(|entry| entry.full() == text);
        let Some(entry) = models.entries.get_mut(place) else { return false };
        if entry.name.is_none() && (entry.full() == text || entry.id == text && has_one_id) {
            return true;
        }
        // A name that an alias can have is an alias: that is what Callsign is about.
        if is_shared || is_full || alias_name(text) == text {
            return false;
        }
        entry.name = Some(text.to_owned());
        true
    }

    fn mark_default(&self, models: &mut Models, settings: &Settings, import: &mut Import) {
        let Some((text, at)) = &settings.default else { return };
        let name = self.by_text.get(text).and_then(|place| self.all.get(*place));
        if let Some(Name { means: Means::Group(members), .. }) = name
            && let [member] = members.as_slice()
            && let Some(place) = models.deployments.get(*member).map(|deployment| deployment.entry)
            && let Some(entry) = models.entries.get_mut(place)
        {
            entry.is_default = true;
            let message = "it answers requests that name no model; those that name one get that";
            import.notices.changed("general_settings.completion_model", *at, message);
            return;
        }
        let message = "`default: true` belongs to an entry of one model; let clients name the alias";
        import.notices.lost("general_settings.completion_model", *at, message);
    }

    /// What `text` means as the target of a fallback or of another name.
    pub(super) fn link(&self, text: &str, models: &Models) -> Option<Link> {
        if let Some(place) = self.by_text.get(text) {
            let is_dead = self.all.get(*place).is_none_or(|name| matches!(name.means, Means::Nothing));
            return (!is_dead).then_some(Link::Name(*place));
        }
        if let Some(entry) = self.by_id.get(text).and_then(|place| models.entries.get(*place)) {
            return Some(Link::Model(entry.reference()));
        }
        let fits = |(start, _): &&(String, String)| !start.is_empty() && text.starts_with(start.as_str());
        let (start, provider) = self.patterns.iter().find(fits)?;
        let id = text.strip_prefix(start.as_str()).filter(|_| start.ends_with('/'))?;
        let plain = |letter: char| !letter.is_whitespace() && !letter.is_control();
        (!id.is_empty() && id != "*" && id.chars().all(plain))
            .then(|| Link::Model(format!("{provider}/{id}")))
    }

    /// A name for an alias of the import's own.
    pub(super) fn fresh(&mut self, wanted: &str) -> String {
        fresh(&mut self.taken, wanted)
    }
}

fn needs_alias(text: &str, member: usize, models: &Models, settings: &Settings) -> bool {
    let own = models.deployments.get(member);
    let own = own.is_some_and(|deployment| {
        deployment.timeout.is_some() || deployment.retries.is_some_and(|count| count > 0)
    });
    let falls = |rule: &super::settings::Rule| rule.from == text || rule.from == "*";
    let retries = settings.retries.is_some_and(|(count, _)| count > 0);
    own || retries || settings.latency.is_some() || settings.fallbacks.iter().any(falls)
}

/// The nearest name that an alias may have.
fn alias_name(text: &str) -> String {
    let good = |letter: char| letter.is_ascii_alphanumeric() || ".-_".contains(letter);
    let name: String = text.chars().map(|letter| if good(letter) { letter } else { '-' }).collect();
    if name.trim_matches('-').is_empty() { "model".to_owned() } else { name }
}

fn fresh(taken: &mut HashSet<String>, wanted: &str) -> String {
    let mut name = wanted.to_owned();
    let mut number = 2_u64;
    while !taken.insert(name.clone()) {
        name = format!("{wanted}-{number}");
        number += 1;
    }
    name
}
