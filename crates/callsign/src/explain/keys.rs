//! Keys that are not set here: a dry run takes them for set, and says so.

use std::collections::BTreeSet;

use callsign_plan::catalog::{Catalog, Parts};
use callsign_plan::ids::TargetId;
use callsign_plan::target::{Credential, Target};

use crate::unknown::listed;

/// The same configuration as it is where every key is set.
pub(super) fn assumed(catalog: &Catalog) -> Catalog {
    let parts = catalog.parts();
    Catalog::new(Parts {
        listeners: parts.listeners.clone(),
        admin: parts.admin.clone(),
        entries: parts.entries.clone(),
        targets: parts.targets.iter().cloned().map(with_key).collect(),
        aliases: parts.aliases.clone(),
        timeouts: parts.timeouts,
        upstream_ca: parts.upstream_ca.clone(),
        prices: parts.prices.clone(),
        storage: parts.storage.clone(),
        history: parts.history.clone(),
        tracing: parts.tracing.clone(),
    })
}

fn with_key(target: Target) -> Target {
    match target.credential {
        Credential::Missing { .. } => Target { credential: Credential::None, ..target },
        _ => target,
    }
}

/// What is to be said of keys that `tried` targets lack here.
pub(super) fn note(catalog: &Catalog, tried: impl Iterator<Item = TargetId>) -> Option<String> {
    let missing: BTreeSet<&str> = tried
        .filter_map(|id| match &catalog.target(id)?.credential {
            Credential::Missing { variable } => Some(&**variable),
            _ => None,
        })
        .collect();
    let names: Vec<&str> = missing.into_iter().collect();
    let said = match names.as_slice() {
        [] => return None,
        [_] => "is not set here and counts as set",
        _ => "are not set here and count as set",
    };
    Some(format!("{} {said}; `--strict-keys` passes such targets over", listed(&names)))
}
