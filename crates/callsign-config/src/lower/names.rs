//! What a reference means: the same order of lookup as for a client, but without guessing.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use callsign_plan::ids::{AliasId, TargetId};
use callsign_plan::target::Model;

use crate::builtin;
use crate::diagnostic::{Code, Findings, Span};
use crate::lower::entries::{Entries, ReadEntry};
use crate::lower::speech::Speech;
use crate::lower::targets::Targets;
use crate::nearest::did_you_mean;
use crate::tree::Node;

/// Everything that can be referred to.
pub(crate) struct Names {
    aliases: HashMap<Arc<str>, AliasId>,
    named: HashMap<Arc<str>, usize>,
    full: HashMap<String, usize>,
    bare: HashMap<Arc<str>, Vec<usize>>,
    wildcards: HashMap<Arc<str>, usize>,
    known: HashMap<Arc<str>, Vec<usize>>,
    models: Vec<NamedModel>,
    /// What would be a model but for an error that is told.
    unread: HashSet<Arc<str>>,
    /// Names that may be offered as what was meant.
    offered: Vec<Arc<str>>,
    /// How many more names may be compared with a mistyped one, so that a file full of mistakes is still quick.
    fuel: Cell<usize>,
}

/// A model that an entry configures.
struct NamedModel {
    target: TargetId,
    /// Its full name as written.
    written: Arc<str>,
    speech: Speech,
}

/// What a reference means.
#[derive(Debug)]
pub(crate) enum Found {
    Alias(AliasId),
    /// The model of this entry.
    Model(usize),
    /// A model that a `provider/*` entry covers.
    Covered(usize, Arc<str>),
    /// `provider/*` itself.
    Wildcard,
    /// Several models have this id; their full names.
    Ambiguous(Vec<String>),
    Nothing,
}

// === impl Names ===

impl Names {
    /// Indexes entries and alias names, and warns of aliases that hide a model.
    pub(crate) fn index(
        document: &Node,
        entries: &Entries,
        targets: &Targets,
        findings: &mut Findings<'_>,
    ) -> Self {
        let mut names = Self {
            aliases: HashMap::new(),
            named: HashMap::new(),
            full: HashMap::new(),
            bare: HashMap::new(),
            wildcards: HashMap::new(),
            known: HashMap::new(),
            models: Vec::new(),
            unread: entries.unread.clone(),
            offered: Vec::new(),
            fuel: Cell::new(200_000),
        };
        for read in &entries.read {
            names.add_entry(read, targets);
        }
        let aliases = document.get("model_aliases").map_or(&[][..], Node::entries);
        for (position, alias) in (0..).zip(aliases) {
            names.warn_if_hiding(&alias.key, alias.at, &entries.read, findings);
            names.aliases.insert(Arc::clone(&alias.key), AliasId(position));
            names.offered.push(Arc::clone(&alias.key));
        }
        names
    }

    fn add_entry(&mut self, read: &ReadEntry, targets: &Targets) {
        let Some(target) = targets.get(read.entry.target) else { return };
        let place = self.models.len();
        let mut offered = Vec::new();
        let id = match &target.model {
            Model::Fixed(id) => &**id,
            Model::Asked => "*",
        };
        let full = format!("{}/{id}", target.provider);
        if let Some(name) = &read.entry.name {
            self.named.entry(Arc::clone(name)).or_insert(place);
        }
        if let Model::Fixed(id) = &target.model {
            // A second entry for the same model is reached by its name alone.
            if !self.full.contains_key(&full) {
                self.bare.entry(Arc::clone(id)).or_default().push(place);
                self.full.insert(full.clone(), place);
            }
            offered.extend([Arc::clone(id), full.as_str().into()]);
        } else {
            self.wildcards.entry(Arc::clone(&target.provider)).or_insert(place);
            for id in &read.entry.known {
                self.known.entry(Arc::clone(id)).or_default().push(place);
                offered.push(Arc::clone(id));
            }
        }
        // What a variable holds is never offered, and neither is a name beside it.
        if *read.written == *full {
            self.offered.append(&mut offered);
        }
        self.offered.extend(read.written_name.clone());
        let (target, written) = (read.entry.target, Arc::clone(&read.written));
        self.models.push(NamedModel { target, written, speech: read.speech.clone() });
    }

    fn warn_if_hiding(&self, alias: &str, at: Span, entries: &[ReadEntry], findings: &mut Findings<'_>) {
        let hidden = self.named.get(alias).or_else(|| self.bare.get(alias).and_then(|places| places.first()));
        let Some(entry) = hidden.and_then(|place| entries.get(*place)) else { return };
        let message = format!("the alias `{alias}` hides a model of the same name");
        findings
            .report(Code::HidesModel, at, message)
            .label("clients get the alias")
            .also(entry.at, "hidden; still there by its full name")
            .help("this is allowed; rename the alias if it is not meant");
    }

    /// What `reference` means.
    pub(crate) fn find(&self, reference: &str) -> Found {
        if let Some(alias) = self.aliases.get(reference) {
            return Found::Alias(*alias);
        }
        if let Some(place) = self.named.get(reference).or_else(|| self.full.get(reference)) {
            return Found::Model(*place);
        }
        match self.bare.get(reference).map(Vec::as_slice) {
            Some([place]) => return Found::Model(*place),
            Some(places) => return Found::Ambiguous(self.full_names(places)),
            None => {}
        }
        if let Some((provider, id)) = reference.split_once('/')
            && let Some(place) = self.wildcards.get(provider)
        {
            match id {
                "*" => return Found::Wildcard,
                "" => return Found::Nothing,
                id => return Found::Covered(*place, id.into()),
            }
        }
        match self.known.get(reference).map(Vec::as_slice) {
            Some([place]) => Found::Covered(*place, reference.into()),
            Some(places) => {
                let full = |name: &String| name.replacen('*', reference, 1);
                Found::Ambiguous(self.full_names(places).iter().map(full).collect())
            }
            None => Found::Nothing,
        }
    }

    fn full_names(&self, places: &[usize]) -> Vec<String> {
        places
            .iter()
            .filter_map(|place| self.models.get(*place))
            .map(|model| model.written.to_string())
            .collect()
    }

    /// The target of an entry.
    pub(crate) fn target(&self, place: usize) -> Option<(TargetId, &Speech)> {
        self.models.get(place).map(|model| (model.target, &model.speech))
    }

    /// Whether a model of this id is configured, under whatever alias.
    pub(crate) fn full_name_of(&self, bare: &str) -> Option<String> {
        let places = self.bare.get(bare).or_else(|| self.known.get(bare))?;
        let place = places.first().or_else(|| self.named.get(bare))?;
        self.models.get(*place).map(|model| model.written.replacen('*', bare, 1))
    }

    /// Reports a reference that cannot be used; `written` is its text as it stands in the file.
    pub(crate) fn report(&self, found: &Found, written: &str, at: Span, findings: &mut Findings<'_>) {
        match found {
            Found::Ambiguous(full) => {
                let quoted: Vec<_> = full.iter().map(|name| format!("`{name}`")).collect();
                let help = format!("write {}", quoted.join(" or "));
                let message = format!("`{written}` is a model of several providers");
                findings.report(Code::AmbiguousTarget, at, message).label("which one?").help(help);
            }
            Found::Wildcard => {
                let message = format!("`{written}` stands for many models, and a target is one");
                findings
                    .report(Code::WildcardTarget, at, message)
                    .label("which model?")
                    .help("write one model's id instead of `*`");
            }
            _ if self.is_unread(written) => {}
            _ => {
                let help = self.suggestion(written, findings.has_room(Code::UnknownTarget));
                let message = format!("`{written}` is neither a model nor an alias of this file");
                findings.report(Code::UnknownTarget, at, message).label("not defined").help(help);
            }
        }
    }

    fn is_unread(&self, written: &str) -> bool {
        let covers = |(provider, _): (&str, &str)| self.unread.contains(format!("{provider}/*").as_str());
        self.unread.contains(written) || written.split_once('/').is_some_and(covers)
    }

    fn suggestion(&self, written: &str, wanted: bool) -> String {
        let left = self.fuel.get();
        if wanted && left > 0 {
            self.fuel.set(left.saturating_sub(self.offered.len()));
            // Bare and full names of one model are equally near; the shorter is what people write.
            let unique: HashSet<&str> = self.offered.iter().map(|name| &**name).collect();
            let mut unique: Vec<_> = unique.into_iter().collect();
            unique.sort_unstable_by_key(|name| (std::cmp::Reverse(name.len()), *name));
            if let Some(help) = did_you_mean(written, unique) {
                return help;
            }
        }
        let provider =
            builtin::providers().find(|facts| facts.models.contains(&written)).map(|facts| facts.name);
        match provider {
            Some(provider) => format!("add `- model: {provider}/{written}` to `model_providers`"),
            None => format!("add a model for `{written}` to `model_providers`"),
        }
    }
}
