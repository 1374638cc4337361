//! The targets that a name can lead to.

use std::collections::BTreeSet;

use callsign_plan::alias::Route;
use callsign_plan::catalog::{Catalog, Found};
use callsign_plan::ids::{AliasId, TargetId};

struct Reach<'c> {
    catalog: &'c Catalog,
    seen: BTreeSet<AliasId>,
    targets: Vec<TargetId>,
}

/// Each target once, in the order in which they are written.
pub(super) fn targets(catalog: &Catalog, found: Found) -> Vec<TargetId> {
    let mut reach = Reach { catalog, seen: BTreeSet::new(), targets: Vec::new() };
    match found {
        Found::Alias(id) => reach.alias(id),
        Found::Target(id) | Found::Wildcard(id, _) => reach.targets.push(id),
    }
    reach.targets
}

// === impl Reach ===

impl Reach<'_> {
    fn alias(&mut self, id: AliasId) {
        if let Some(alias) = self.catalog.alias(id).filter(|_| self.seen.insert(id)) {
            self.route(&alias.route);
        }
    }

    fn route(&mut self, route: &Route) {
        match route {
            Route::Target(id) if self.targets.contains(id) => {}
            Route::Target(id) => self.targets.push(*id),
            Route::Alias(id) => self.alias(*id),
            Route::Split(split) => split.shares.iter().for_each(|share| self.route(&share.route)),
            Route::Pool(pool) => pool.members.iter().for_each(|member| self.route(&member.route)),
            Route::Chain(chain) => {
                self.route(&chain.primary);
                chain.fallbacks.iter().for_each(|fallback| self.route(&fallback.route));
            }
        }
    }
}
