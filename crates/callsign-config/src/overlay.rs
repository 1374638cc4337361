//! Overlays: what the file says of aliases for one environment, put over what it says of them for all. Mappings merge key by
//! key, everything else replaces what was there, as in RFC 7396.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::diagnostic::{Code, Findings, Span};
use crate::nearest::did_you_mean;
use crate::tree::{Entry, Node, Value};

/// The key of overlays, of the file's and of an alias's own.
const KEY: &str = "env";
const ALIASES: &str = "model_aliases";

/// Says more than one way to answer; the keys beside each fall with it.
const WAYS: [(&str, &[&str]); 2] =
    [("target", &["targets", "load_balance", "sticky"]), ("targets", &["target"])];

/// Puts the overlays of the environment `chosen` over the tree, those in aliases first; answers the names of all.
pub(crate) fn apply(root: &mut Node, chosen: Option<&str>, findings: &mut Findings<'_>) -> Vec<Arc<str>> {
    let names = names(root, findings);
    // A file that knows no environments is the same in each.
    let Some(chosen) = chosen.filter(|_| !names.is_empty()) else { return names };
    if !names.iter().any(|name| **name == *chosen) {
        report_unknown(chosen, &names, root, findings);
        return names;
    }
    for alias in aliases_mut(root) {
        if let Some(overlay) = take(&mut alias.value, chosen) {
            merge_alias(&mut alias.value, overlay);
        }
    }
    if let Some(overlays) = whole(root, chosen).and_then(|overlay| remove(overlay, ALIASES)) {
        merge_aliases(root, overlays);
    }
    names
}

/// The names of all environments that the file knows.
fn names(root: &Node, findings: &mut Findings<'_>) -> Vec<Arc<str>> {
    let mut names = BTreeSet::new();
    for overlay in root.get(KEY).map(Node::entries).unwrap_or_default() {
        names.insert(Arc::clone(&overlay.key));
        for alias in overlay.value.get(ALIASES).map(Node::entries).unwrap_or_default() {
            report_nested(&alias.value, findings);
        }
    }
    for alias in root.get(ALIASES).map(Node::entries).unwrap_or_default() {
        for overlay in alias.value.get(KEY).map(Node::entries).unwrap_or_default() {
            names.insert(Arc::clone(&overlay.key));
            report_nested(&overlay.value, findings);
        }
    }
    names.into_iter().collect()
}

fn report_nested(overlay: &Node, findings: &mut Findings<'_>) {
    if let Some(entry) = overlay.entry(KEY) {
        findings
            .report(Code::MisplacedKey, entry.at, "an overlay has no environments of its own")
            .label("inside of another `env`")
            .help("write it beside the other one");
    }
}

fn report_unknown(chosen: &str, names: &[Arc<str>], root: &Node, findings: &mut Findings<'_>) {
    let known: Vec<&str> = names.iter().map(|name| &**name).collect();
    let at = root.entry(KEY).map_or_else(Span::default, |entry| entry.at);
    let help = did_you_mean(chosen, known.iter().copied())
        .unwrap_or_else(|| format!("known here: {}", known.join(", ")));
    findings
        .report(
            Code::UnknownEnvironment,
            at,
            format!("`CALLSIGN_ENV` is `{chosen}`, which has no `env` here"),
        )
        .label("not among these")
        .help(format!("{help}; where nothing differs write `env: {{{chosen}: {{}}}}`"));
}

fn aliases_mut(root: &mut Node) -> &mut [Entry] {
    match find_mut(root, ALIASES).map(|node| &mut node.value) {
        Some(Value::Map(aliases)) => aliases,
        _ => &mut [],
    }
}

fn find_mut<'n>(node: &'n mut Node, key: &str) -> Option<&'n mut Node> {
    let Value::Map(entries) = &mut node.value else { return None };
    entries.iter_mut().find(|entry| &*entry.key == key).map(|entry| &mut entry.value)
}

/// The file's own overlay of this name.
fn whole<'n>(root: &'n mut Node, chosen: &str) -> Option<&'n mut Node> {
    find_mut(root, KEY).and_then(|overlays| find_mut(overlays, chosen))
}

/// Takes an alias's overlay of this name, if it is one: anything else stays to be complained of.
fn take(alias: &mut Node, chosen: &str) -> Option<Vec<Entry>> {
    let overlays = find_mut(alias, KEY)?;
    find_mut(overlays, chosen).filter(|overlay| matches!(overlay.value, Value::Map(_)))?;
    remove(overlays, chosen)
}

/// Takes the mapping behind `key`.
fn remove(node: &mut Node, key: &str) -> Option<Vec<Entry>> {
    let Value::Map(entries) = &mut node.value else { return None };
    let at =
        entries.iter().position(|entry| &*entry.key == key && matches!(entry.value.value, Value::Map(_)))?;
    match entries.remove(at).value.value {
        Value::Map(inside) => Some(inside),
        _ => None,
    }
}

fn merge_aliases(root: &mut Node, overlays: Vec<Entry>) {
    for overlay in overlays {
        match (
            find_mut(root, ALIASES).and_then(|aliases| find_mut(aliases, &overlay.key)),
            overlay.value.value,
        ) {
            (Some(alias), Value::Map(entries)) => merge_alias(alias, entries),
            (Some(alias), value) => alias.value = value,
            (None, value) => {
                let value = Node { value, ..overlay.value };
                add_alias(root, Entry { value, ..overlay });
            }
        }
    }
}

/// Adds an alias that only this environment has.
fn add_alias(root: &mut Node, alias: Entry) {
    if let Some(Value::Map(aliases)) = find_mut(root, ALIASES).map(|aliases| &mut aliases.value) {
        aliases.push(alias);
    } else if let Value::Map(entries) = &mut root.value {
        entries.retain(|entry| &*entry.key != ALIASES);
        let (at, span) = (alias.at, alias.value.span);
        let value = Node { span, value: Value::Map(vec![alias]) };
        entries.push(Entry { key: ALIASES.into(), at, value });
    }
}

fn merge_alias(alias: &mut Node, overlay: Vec<Entry>) {
    if let Value::Map(entries) = &mut alias.value {
        for (way, others) in WAYS {
            if overlay.iter().any(|entry| &*entry.key == way) {
                entries.retain(|entry| !others.contains(&&*entry.key));
            }
        }
    }
    merge(alias, overlay);
}

/// Puts `overlay` over a value: mappings key by key.
fn merge(value: &mut Node, overlay: Vec<Entry>) {
    let Value::Map(entries) = &mut value.value else {
        value.value = Value::Map(overlay);
        return;
    };
    for over in overlay {
        let Some(entry) = entries.iter_mut().find(|entry| entry.key == over.key) else {
            entries.push(over);
            continue;
        };
        entry.at = over.at;
        match over.value.value {
            Value::Map(inside) => merge(&mut entry.value, inside),
            _ => entry.value = over.value,
        }
    }
}
