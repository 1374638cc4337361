//! A plan in words: for a terminal, for programs, for a pull request.

use std::fmt::Write as _;

use callsign_gateway::tell_change;
use callsign_plan::change::{Change, Leaning, Subject, Values, Whose};
use serde_json::json;

use crate::cli::PlanFormat;

/// The changes in this form.
pub(super) fn tell(changes: &[Change], format: PlanFormat) -> String {
    match format {
        PlanFormat::Text => text(changes),
        PlanFormat::Json => {
            format!("{:#}\n", json!({ "changes": changes.iter().map(tell_change).collect::<Vec<_>>() }))
        }
        PlanFormat::Markdown => markdown(changes),
    }
}

/// A heading, and what belongs below it.
type Group = (&'static str, fn(&Change) -> bool);

/// The headings, and what stands below each.
const GROUPS: [Group; 4] = [
    ("Aliases", |change| {
        matches!(
            change,
            Change::AliasAdded { .. }
                | Change::AliasRemoved { .. }
                | Change::Retargeted { .. }
                | Change::Moved { .. }
        )
    }),
    ("Guardrails", |change| matches!(change, Change::Guard { .. })),
    ("Prices", |change| matches!(change, Change::Price { .. })),
    ("Targets and settings", |change| {
        matches!(change, Change::TargetAdded { .. } | Change::TargetRemoved { .. } | Change::Setting { .. })
    }),
];

fn text(changes: &[Change]) -> String {
    if changes.is_empty() {
        return "nothing would change\n".to_owned();
    }
    grouped(changes).fold(String::new(), |mut told, (heading, changes)| {
        _ = writeln!(told, "{heading}");
        for change in changes {
            _ = writeln!(told, "  {} {}", sign(change), sentence(change, &|name| name.to_owned()));
        }
        told
    })
}

fn markdown(changes: &[Change]) -> String {
    if changes.is_empty() {
        return "Nothing would change.\n".to_owned();
    }
    grouped(changes).fold(String::new(), |mut told, (heading, changes)| {
        _ = writeln!(told, "### {heading}\n");
        for change in changes {
            let mark = if change.is_risky() { "**look twice:** " } else { "" };
            _ = writeln!(told, "- {mark}{}", sentence(change, &code));
        }
        told.push('\n');
        told
    })
}

fn grouped(changes: &[Change]) -> impl Iterator<Item = (&'static str, Vec<&Change>)> {
    GROUPS.into_iter().filter_map(|(heading, belongs)| {
        let below: Vec<_> = changes.iter().filter(|change| belongs(change)).collect();
        (!below.is_empty()).then_some((heading, below))
    })
}

/// A name as code, whatever it holds.
fn code(name: &str) -> String {
    format!("`{}`", name.replace('`', "'"))
}

fn sign(change: &Change) -> char {
    match change {
        Change::AliasAdded { .. } | Change::TargetAdded { .. } => '+',
        Change::AliasRemoved { .. } | Change::TargetRemoved { .. } => '-',
        Change::Guard { leaning: Leaning::Looser, .. } => '!',
        _ => '~',
    }
}

/// One change in one line; `name` writes names and values.
fn sentence(change: &Change, name: &dyn Fn(&str) -> String) -> String {
    match change {
        Change::AliasAdded { alias, route } => format!("{}: new, {}", name(alias), name(route)),
        Change::AliasRemoved { alias, instead: None } => format!("{}: gone", name(alias)),
        Change::AliasRemoved { alias, instead: Some(other) } => {
            format!("{}: gone, the name means {} now", name(alias), name(other))
        }
        Change::Retargeted { alias, before, after } => {
            format!("{}: {} becomes {}", name(alias), name(before), name(after))
        }
        Change::Moved { alias, whose, from, to, share } => {
            let whose = match whose {
                Whose::Callers => "keys",
                Whose::Anybody => "requests",
            };
            format!(
                "{}: {} of {whose} move from {} to {}",
                name(alias),
                percent(*share),
                name(from),
                name(to)
            )
        }
        Change::Guard { alias, key, values, leaning } => {
            let leaning = match leaning {
                Leaning::Looser => "looser",
                Leaning::Stricter => "stricter",
            };
            format!("{}: {} is {leaning}: {}", name(alias), name(key), between(values, name))
        }
        Change::Setting { subject, key, values } => {
            let of = match subject {
                Subject::Alias(one) | Subject::Target(one) => format!("{}: ", name(one)),
                Subject::File => String::new(),
            };
            let late = if change.needs_restart() { " (counts after a restart)" } else { "" };
            format!("{of}{}: {}{late}", name(key), between(values, name))
        }
        Change::TargetAdded { target } => format!("{}: new", name(target)),
        Change::TargetRemoved { target } => format!("{}: gone", name(target)),
        Change::Price { target, values } => {
            format!("{}: a million tokens: {}", name(target), between(values, name))
        }
    }
}

fn between(values: &Values, name: &dyn Fn(&str) -> String) -> String {
    let one = |value: &Option<String>| value.as_deref().map_or_else(|| "nothing".to_owned(), name);
    format!("{} becomes {}", one(&values.before), one(&values.after))
}

/// Millionths as `5 %`, `0.25 %`.
fn percent(share: u32) -> String {
    let hundredths = (share + 50) / 100;
    let text = format!("{}.{:02}", hundredths / 100, hundredths % 100);
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}
