//! `history`: what is remembered of exchanges that are over.

use callsign_plan::history::{History, Kept};

use crate::diagnostic::{Code, Findings};
use crate::lower::scalars::{duration, whole};
use crate::quantity;
use crate::tree::Node;

/// What is remembered; what nobody wrote is as usual.
pub(crate) fn lower(document: &Node, findings: &mut Findings<'_>) -> History {
    let usual = History::default();
    let Some(node) = document.get("history") else { return usual };
    let size = node.get("max_size").and_then(|node| quantity::size(node.text()?).ok());
    History {
        kept: kept(node, findings),
        retention: duration(node, "retention").unwrap_or(usual.retention),
        size: size.unwrap_or(usual.size),
        exchanges_per_second: whole(node, "exchanges_per_second").unwrap_or(usual.exchanges_per_second),
    }
}

fn kept(node: &Node, findings: &mut Findings<'_>) -> Kept {
    let path = node.get("path").and_then(Node::text);
    if node.get("enabled").and_then(Node::text) != Some("false") {
        return path.map_or(Kept::Usually, |path| Kept::At(path.into()));
    }
    for key in ["path", "retention", "max_size", "exchanges_per_second"] {
        if let Some(entry) = node.entry(key) {
            let message = format!("`{key}` has no effect beside `enabled: false`");
            findings
                .report(Code::NoEffect, entry.at, message)
                .label("has no effect")
                .help("remove one of them");
        }
    }
    Kept::Nowhere
}
