//! `routing_preferences`: checked and warned of, until Callsign routes by preference.

use std::collections::HashMap;

use crate::diagnostic::{Code, Findings, Span};
use crate::lower::names::{Found, Names};
use crate::tree::Node;

/// Checks the preferences at the top and those inside entries.
pub(crate) fn check(document: &Node, names: &Names, findings: &mut Findings<'_>) {
    let mut seen: HashMap<&str, Span> = HashMap::new();
    let lists = ["model_providers", "llm_providers"].into_iter().filter_map(|key| document.get(key));
    let inline = lists.flat_map(Node::items).filter_map(|item| item.entry("routing_preferences"));
    for entry in document.entry("routing_preferences").into_iter().chain(inline) {
        if entry.value.items().is_empty() {
            continue;
        }
        findings
            .report(Code::RoutingPreferences, entry.at, "Callsign does not route by preference yet")
            .label("checked, but has no effect")
            .help("the model or alias named in the request is used");
        for item in entry.value.items() {
            check_name(item, &mut seen, findings);
            check_models(item, names, findings);
        }
    }
}

fn check_name<'d>(item: &'d Node, seen: &mut HashMap<&'d str, Span>, findings: &mut Findings<'_>) {
    let Some((name, at)) = item.get("name").and_then(|node| Some((node.text()?, node.span))) else { return };
    if let Some(first) = seen.insert(name, at) {
        findings
            .report(Code::DuplicateName, at, "two preferences have one name")
            .label("again here")
            .also(first, "first here")
            .help("give this one another name");
    }
}

fn check_models(item: &Node, names: &Names, findings: &mut Findings<'_>) {
    for model in item.get("models").map_or(&[][..], Node::items) {
        let Some((text, written)) = model.text().zip(model.written()) else { continue };
        let found = names.find(text);
        if !matches!(found, Found::Alias(_) | Found::Model(_) | Found::Covered(..)) {
            names.report(&found, written, model.span, findings);
        }
    }
}
