//! The table of targets: each place a request can go to stands in it once.

use std::collections::HashMap;
use std::sync::Arc;

use callsign_plan::ids::TargetId;
use callsign_plan::target::{Model, Target};

use crate::builtin;

/// Targets by their stable names.
#[derive(Default)]
pub(crate) struct Targets {
    all: Vec<Target>,
    by_name: HashMap<Arc<str>, TargetId>,
}

// === impl Targets ===

impl Targets {
    /// Adds a target of its own, whatever its name.
    pub(crate) fn add(&mut self, target: Target) -> TargetId {
        let id = TargetId(u32::try_from(self.all.len()).unwrap_or(u32::MAX));
        self.by_name.entry(Arc::clone(&target.name)).or_insert(id);
        self.all.push(target);
        id
    }

    /// The target of this name, made by `make` if there is none.
    pub(crate) fn intern(&mut self, name: &str, make: impl FnOnce(Arc<str>) -> Target) -> TargetId {
        match self.by_name.get(name) {
            Some(id) => *id,
            None => self.add(make(name.into())),
        }
    }

    /// `model` of the wildcard `id`, as a target of its own.
    pub(crate) fn of_wildcard(&mut self, id: TargetId, model: &str) -> TargetId {
        let Some(wildcard) = self.get(id).cloned() else { return id };
        let name = wildcard
            .name
            .strip_suffix('*')
            .map_or_else(|| format!("{}/{model}", wildcard.provider), |prefix| format!("{prefix}{model}"));
        let context = wildcard.context.or_else(|| builtin::context(&wildcard.provider, model));
        self.intern(&name, |name| Target { name, model: Model::Fixed(model.into()), context, ..wildcard })
    }

    pub(crate) fn get(&self, id: TargetId) -> Option<&Target> {
        self.all.get(id.0 as usize)
    }

    pub(crate) fn into_all(self) -> Vec<Target> {
        self.all
    }
}
