//! Aliases that lead back to themselves.

use std::sync::Arc;

use callsign_plan::ids::AliasId;

use crate::diagnostic::{Code, Findings, Span};
use crate::lower::names::Names;
use crate::tree::Entry;

/// Which aliases an alias refers to, and where.
#[derive(Debug, Default)]
pub(crate) struct References {
    by_alias: Vec<Vec<(usize, Span)>>,
}

// === impl References ===

impl References {
    /// Begins the references of the next alias.
    pub(crate) fn begin(&mut self) {
        self.by_alias.push(Vec::new());
    }

    /// Notes that the current alias refers to `alias` at `span`.
    pub(crate) fn note(&mut self, alias: AliasId, span: Span) {
        if let Some(current) = self.by_alias.last_mut() {
            current.push((alias.0 as usize, span));
        }
    }

    fn next(&self, alias: usize, position: usize) -> Option<(usize, Span)> {
        self.by_alias.get(alias)?.get(position).copied()
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Visit {
    Not,
    UnderWay,
    Done,
}

/// Reports each reference that closes a circle. Walks every reference once, without recursion.
pub(crate) fn report(references: &References, aliases: &[Entry], names: &Names, findings: &mut Findings<'_>) {
    let mut visits = vec![Visit::Not; references.by_alias.len()];
    for start in 0..visits.len() {
        if visits.get(start) == Some(&Visit::Not) {
            walk(start, references, &mut visits, &mut |path, span| {
                report_circle(path, span, (aliases, names), findings);
            });
        }
    }
}

fn walk(start: usize, references: &References, visits: &mut [Visit], found: &mut dyn FnMut(&[usize], Span)) {
    // Each step: the alias, and the position of its next reference.
    let mut path = vec![(start, 0)];
    mark(visits, start, Visit::UnderWay);
    while let Some((alias, position)) = path.last_mut() {
        let Some((next, span)) = references.next(*alias, *position) else {
            mark(visits, *alias, Visit::Done);
            path.pop();
            continue;
        };
        *position += 1;
        match visits.get(next) {
            Some(Visit::Not) => {
                mark(visits, next, Visit::UnderWay);
                path.push((next, 0));
            }
            Some(Visit::UnderWay) => {
                let circle: Vec<_> =
                    path.iter().map(|(alias, _)| *alias).skip_while(|alias| *alias != next).collect();
                found(&circle, span);
            }
            _ => {}
        }
    }
}

fn mark(visits: &mut [Visit], alias: usize, visit: Visit) {
    if let Some(slot) = visits.get_mut(alias) {
        *slot = visit;
    }
}

fn report_circle(
    path: &[usize],
    span: Span,
    (aliases, names): (&[Entry], &Names),
    findings: &mut Findings<'_>,
) {
    /// A longer way is not read; its ends tell enough.
    const MOST_SHOWN: usize = 12;
    let name = |place: &usize| aliases.get(*place).map_or_else(|| "?".into(), |entry| Arc::clone(&entry.key));
    let mut shown: Vec<Arc<str>> = path.iter().take(MOST_SHOWN).map(name).collect();
    if path.len() > MOST_SHOWN {
        shown.push("…".into());
    }
    shown.extend(path.first().map(name));
    let first = path.first().map(name).unwrap_or_default();
    let help = match names.full_name_of(&first) {
        Some(full) => format!("for the model, write its full name: `{full}`"),
        None => "let one of them lead to a model".to_owned(),
    };
    findings
        .report(Code::AliasCycle, span, format!("aliases lead back to themselves: {}", shown.join(" → ")))
        .label("closes the circle")
        .help(help);
}
