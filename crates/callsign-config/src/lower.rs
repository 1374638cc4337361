//! From a checked tree to the parts of the catalog: what words mean together, where the shape alone cannot tell.

pub(crate) mod address;
mod aliases;
mod ceilings;
mod chains;
mod credential;
mod cycles;
mod entries;
mod grants;
mod guardrails;
mod history;
mod listeners;
mod names;
mod preferences;
mod prices;
mod reach;
mod referees;
mod retired;
mod review;
mod routes;
mod scalars;
mod speech;
mod storage;
mod targets;
mod tracing;

use callsign_plan::catalog::Parts;
use callsign_plan::target::Timeouts;

use crate::Setting;
use crate::diagnostic::Findings;
use crate::tree::Node;

/// Turns a checked document into the parts of a catalog. With errors among the findings the parts are not complete.
pub(crate) fn lower(document: &Node, setting: &Setting<'_>, findings: &mut Findings<'_>) -> Parts {
    let mut targets = targets::Targets::default();
    let listeners = listeners::lower(document, findings);
    let admin = listeners::lower_admin(document, &listeners, findings);
    let entries = entries::lower(document, setting, &mut targets, findings);
    let names = names::Names::index(document, &entries, &targets, findings);
    let aliases = aliases::lower(document, &names, &mut targets, (&listeners, setting.date), findings);
    preferences::check(document, &names, findings);
    let overrides = document.get("overrides");
    let connect = overrides.and_then(|node| scalars::duration(node, "upstream_connect_timeout"));
    let upstream_ca = overrides.and_then(|node| node.get("upstream_tls_ca_path")?.text());
    Parts {
        listeners,
        admin,
        entries: entries.read.into_iter().map(|entry| entry.entry).collect(),
        targets: targets.into_all(),
        aliases,
        timeouts: Timeouts { connect, ..Timeouts::default() },
        upstream_ca: upstream_ca.map(Into::into),
        storage: storage::lower(document, findings),
        prices: prices::lower(document, findings),
        history: history::lower(document, findings),
        tracing: tracing::lower(document, findings),
    }
}
