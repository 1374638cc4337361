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

    /// The aliases that `alias` refers to.
    pub(crate) fn of(&self, alias: usize) -> impl Iterator<Item = usize> + '_ {
        self.by_alias.get(alias).into_iter().flatten().map(|(referred, _)| *referred)
    }

    /// The same, each with the place where it stands.
    pub(crate) fn places_of(&self, alias: usize) -> impl Iterator<Item = (usize, Span)> + '_ {
        self.by_alias.get(alias).into_iter().flatten().copied()
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

/// Reports each reference that closes a circle; without any, gives the aliases in an order in which each comes
/// after all that it refers to. Walks every reference once, without recursion.
pub(crate) fn order(
    references: &References,
    aliases: &[Entry],
    names: &Names,
    findings: &mut Findings<'_>,
) -> Option<Vec<usize>> {
    let count = references.by_alias.len();
    let mut way = Way { references, visits: vec![Visit::Not; count], order: Vec::with_capacity(count) };
    let mut circles = false;
    for start in 0..count {
        if way.visits.get(start) == Some(&Visit::Not) {
            way.walk(start, &mut |path, span| {
                circles = true;
                report_circle(path, span, (aliases, names), findings);
            });
        }
    }
    (!circles).then_some(way.order)
}

/// The way along all references.
struct Way<'r> {
    references: &'r References,
    visits: Vec<Visit>,
    order: Vec<usize>,
}

// === impl Way ===

impl Way<'_> {
    fn walk(&mut self, start: usize, found: &mut dyn FnMut(&[usize], Span)) {
        // Each step: the alias, and the position of its next reference.
        let mut path = vec![(start, 0)];
        self.mark(start, Visit::UnderWay);
        while let Some((alias, position)) = path.last_mut() {
            let Some((next, span)) = self.references.next(*alias, *position) else {
                let alias = *alias;
                self.mark(alias, Visit::Done);
                self.order.push(alias);
                path.pop();
                continue;
            };
            *position += 1;
            match self.visits.get(next) {
                Some(Visit::Not) => {
                    self.mark(next, Visit::UnderWay);
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

    fn mark(&mut self, alias: usize, visit: Visit) {
        if let Some(slot) = self.visits.get_mut(alias) {
            *slot = visit;
        }
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
