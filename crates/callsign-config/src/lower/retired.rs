//! Aliases that lead to others which are deprecated or switched off.

use callsign_plan::alias::{Alias, Deprecation};

use crate::diagnostic::{Code, Findings, Span};
use crate::lower::cycles::References;
use crate::tree::{Entry, Node};

/// Where an alias is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    InUse,
    Deprecated,
    SwitchedOff,
}

/// Warns of every reference to an alias that is further on in its life than the alias that refers to it.
pub(crate) fn warn(
    aliases: &[Option<Alias>],
    references: &References,
    (written, date): (&[Entry], u64),
    findings: &mut Findings<'_>,
) {
    let stage = |place: usize| {
        let deprecation = aliases.get(place).and_then(Option::as_ref)?.deprecated.as_ref();
        Some(deprecation.map_or(Stage::InUse, |deprecation| Stage::of(deprecation, date)))
    };
    for place in 0..aliases.len() {
        let Some(own) = stage(place) else { continue };
        for (referred, at) in references.places_of(place) {
            if let Some((entry, stage)) =
                written.get(referred).zip(stage(referred).filter(|stage| *stage > own))
            {
                report(entry, stage, at, findings);
            }
        }
    }
}

fn report(entry: &Entry, stage: Stage, at: Span, findings: &mut Findings<'_>) {
    let Some(deprecated) = entry.value.entry("deprecated") else { return };
    let name = entry.key.escape_debug();
    let (message, label, there) = match stage {
        Stage::SwitchedOff => (
            format!("the alias `{name}` is past its `sunset`"),
            "nothing is asked there",
            "switched off here",
        ),
        Stage::Deprecated | Stage::InUse => {
            (format!("the alias `{name}` is deprecated"), "will be switched off", "deprecated here")
        }
    };
    let said = deprecated.value.get("sunset").filter(|_| stage == Stage::SwitchedOff);
    let help = match deprecated.value.get("successor").and_then(Node::written) {
        Some(successor) => format!("write its successor `{successor}`"),
        None => "write another target, or remove it".to_owned(),
    };
    findings
        .report(Code::RetiredAlias, at, message)
        .label(label)
        .also(said.map_or(deprecated.at, |node| node.span), there)
        .help(help);
}

// === impl Stage ===

impl Stage {
    fn of(deprecation: &Deprecation, date: u64) -> Self {
        let past = |time: Option<u64>| time.is_some_and(|time| time <= date);
        if past(deprecation.sunset) {
            return Self::SwitchedOff;
        }
        // Without a date it is deprecated as it stands.
        if past(deprecation.since) || deprecation.since.is_none() { Self::Deprecated } else { Self::InUse }
    }
}
