//! `state_storage`: where conversations are kept.

use callsign_plan::storage::{Engine, Limits, Storage};
use secrecy::SecretString;

use crate::diagnostic::{Code, Findings};
use crate::lower::scalars::{duration, whole};
use crate::quantity;
use crate::tree::{Entry, Node};

/// Where conversations are kept; what nobody wrote is left to the gateway.
pub(crate) fn lower(document: &Node, findings: &mut Findings<'_>) -> Storage {
    let Some(entry) = document.entry("state_storage") else { return Storage::default() };
    let node = &entry.value;
    let usual = Limits::default();
    let size = node.get("max_size").and_then(|node| quantity::size(node.text()?).ok());
    let limits = Limits {
        entries: whole(node, "max_entries").unwrap_or(usual.entries),
        size: size.or(usual.size),
        ttl: duration(node, "ttl").unwrap_or(usual.ttl),
        ..usual
    };
    Storage { engine: engine(entry, findings), limits }
}

fn engine(entry: &Entry, findings: &mut Findings<'_>) -> Engine {
    let node = &entry.value;
    let kind = node.get("type").and_then(Node::text).unwrap_or_default();
    for (key, of) in [("connection_string", "postgres"), ("path", "sqlite")] {
        if !kind.is_empty() && kind != of {
            report_idle(node, (key, of), findings);
        }
    }
    match kind {
        "memory" => Engine::Memory,
        "sqlite" => Engine::Sqlite { path: node.get("path").and_then(Node::text).map(Into::into) },
        "postgres" => postgres(entry, findings),
        // The check has reported what is missing or unknown.
        _ => Engine::Automatic,
    }
}

fn postgres(entry: &Entry, findings: &mut Findings<'_>) -> Engine {
    let written = entry.value.entry("connection_string");
    if written.is_none() {
        findings
            .report(
                Code::MissingKey,
                entry.at,
                "`state_storage` of type `postgres` needs `connection_string`",
            )
            .label("`connection_string` is missing here")
            .help("write `connection_string: $DATABASE_URL` and set that variable");
    }
    let connection = written.and_then(|entry| entry.value.text()).unwrap_or_default();
    Engine::Postgres { connection: SecretString::from(connection.trim()) }
}

fn report_idle(node: &Node, (key, of): (&str, &str), findings: &mut Findings<'_>) {
    let Some(entry) = node.entry(key) else { return };
    let message = format!("`{key}` is for `type: {of}` only");
    findings.report(Code::NoEffect, entry.at, message).label("has no effect").help("remove it");
}
