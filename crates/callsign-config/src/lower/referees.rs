//! Those of `content_filters` that ask somebody outside: a webhook, or a model behind an alias.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use callsign_plan::guard::{Action, ApplyTo, Form, Guardrails, Referee, Who};
use callsign_plan::target::{AuthScheme, Credential};

use crate::diagnostic::{Code, Findings, Span};
use crate::lower::address;
use crate::lower::credential;
use crate::lower::cycles::References;
use crate::lower::names::{Found, Names};
use crate::lower::scalars::{duration, text};
use crate::tree::{Entry, Node};

/// Which aliases ask which others about texts, and where that is written.
pub(crate) struct Asked<'n> {
    names: &'n Names,
    /// What the file's own guardrails ask.
    usual: Vec<(usize, Span)>,
    by_alias: Vec<Vec<(usize, Span)>>,
}

const WEBHOOK: &str = "webhook";
const MODEL: &str = "model";

/// Keys that mean something in some filters alone.
const KEYS: &[(&str, &[&str])] = &[
    ("url", &[WEBHOOK]),
    ("form", &[WEBHOOK]),
    ("access_key", &[WEBHOOK]),
    ("alias", &[MODEL]),
    ("instructions", &[MODEL]),
    ("timeout", &[WEBHOOK, MODEL]),
    ("cache", &[WEBHOOK, MODEL]),
];

/// Those among `content_filters` who are asked.
pub(crate) fn lower(node: &Node, names: &Names, findings: &mut Findings<'_>) -> Vec<Referee> {
    node.items().iter().filter_map(|node| referee(node, names, findings)).collect()
}

fn referee(node: &Node, names: &Names, findings: &mut Findings<'_>) -> Option<Referee> {
    let kind = node.get("type")?.text()?;
    warn(node, kind, findings);
    let (who, usual) = match kind {
        WEBHOOK => (webhook(node, findings)?, 2),
        MODEL => (model(node, names, findings)?, 10),
        _ => return None,
    };
    Some(Referee {
        who,
        timeout: duration(node, "timeout").unwrap_or(Duration::from_secs(usual)),
        cache: duration(node, "cache").unwrap_or(Duration::from_mins(5)),
        action: action(node, kind, findings),
        apply_to: match node.get("apply_to").and_then(Node::text) {
            Some("both") => ApplyTo::Both,
            Some("output") => ApplyTo::Output,
            _ => ApplyTo::Input,
        },
    })
}

fn webhook(node: &Node, findings: &mut Findings<'_>) -> Option<Who> {
    need(
        node,
        WEBHOOK,
        ("url", "the service that is asked, such as `url: https://guard.example.com/check`"),
        findings,
    )?;
    let credential = match node.entry("access_key") {
        Some(_) => credential::key(node, AuthScheme::Bearer, findings)?,
        None => Credential::None,
    };
    let form = match node.get("form").and_then(Node::text) {
        Some("openai_moderation") => Form::OpenAiModeration,
        _ => Form::Json,
    };
    Some(Who::Webhook { url: address::service(node, "url", findings)?, form, credential })
}

fn model(node: &Node, names: &Names, findings: &mut Findings<'_>) -> Option<Who> {
    need(node, MODEL, ("alias", "the alias that is asked, such as `alias: guard`"), findings)?;
    let value = node.get("alias")?;
    let found = names.find(value.text()?);
    let Found::Alias(alias) = found else {
        report_no_alias(value, &found, names, findings);
        return None;
    };
    Some(Who::Model { alias, instructions: text(node, "instructions") })
}

fn report_no_alias(value: &Node, found: &Found, names: &Names, findings: &mut Findings<'_>) {
    let written = value.written().unwrap_or_default();
    match found {
        Found::Model(_) | Found::Covered(..) => {
            let message = format!("`{written}` is a model, and the check asks an alias");
            findings.report(Code::UnknownTarget, value.span, message).label("not an alias").help(format!(
                "write `guard: {{target: {written}}}` under `model_aliases`, and `alias: guard` here"
            ));
        }
        _ => names.report(found, written, value.span, findings),
    }
}

/// Reports a key that is not there; what is broken was reported before.
fn need(node: &Node, kind: &str, (key, what): (&str, &str), findings: &mut Findings<'_>) -> Option<()> {
    if node.entry(key).is_none() {
        findings
            .report(Code::MissingKey, node.span, format!("a `{kind}` filter needs `{key}`"))
            .label(format!("`{key}` is missing here"))
            .help(format!("`{key}:` is for {what}"));
        return None;
    }
    Some(())
}

fn action(node: &Node, kind: &str, findings: &mut Findings<'_>) -> Action {
    let Some(value) = node.get("action") else { return Action::Block };
    match value.text() {
        Some("flag") => Action::Flag,
        Some("mask") => {
            findings
                .report(Code::Conflict, value.span, format!("what a `{kind}` flags cannot be masked"))
                .label("nobody says where it stands in the text")
                .help("write `action: block` or `action: flag`");
            Action::Block
        }
        _ => Action::Block,
    }
}

/// Says what has no effect in a filter of this kind.
fn warn(node: &Node, kind: &str, findings: &mut Findings<'_>) {
    let restore: &[_] = if [WEBHOOK, MODEL].contains(&kind) { &[("restore", &[][..])] } else { &[] };
    for (key, kinds) in KEYS.iter().chain(restore) {
        let Some(entry) = node.entry(key).filter(|_| !kinds.contains(&kind)) else { continue };
        let message = format!("`{key}` has no effect in a filter of the type `{kind}`");
        findings.report(Code::NoEffect, entry.at, message).label("has no effect").help("remove it");
    }
}

// === impl Asked ===

impl<'n> Asked<'n> {
    /// What the file's own guardrails ask.
    pub(crate) fn of(document: &Node, names: &'n Names) -> Self {
        let usual = written(document, names).unwrap_or_default();
        Self { names, usual, by_alias: Vec::new() }
    }

    /// Notes whom the next alias asks. Where the file's own guardrails ask a model, the alias that leads to it asks none of
    /// them: it would have to ask itself.
    pub(crate) fn settle(&mut self, alias: &Node, guardrails: &mut Guardrails) {
        let number = self.by_alias.len();
        let asked = match written(alias, self.names) {
            Some(asked) => asked,
            None if self.usual.iter().any(|(asked, _)| *asked == number) => {
                guardrails.referees.retain(|referee| !matches!(referee.who, Who::Model { .. }));
                Vec::new()
            }
            None => self.usual.clone(),
        };
        self.by_alias.push(asked);
    }

    /// Reports each check that leads back to what it checks.
    pub(crate) fn check(&self, references: &References, aliases: &[Entry], findings: &mut Findings<'_>) {
        let mut reached: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        let mut reported: Vec<Span> = Vec::new();
        for (alias, asked) in self.by_alias.iter().enumerate() {
            for (asked, span) in asked {
                let reached = reached.entry(*asked).or_insert_with(|| self.reached(*asked, references));
                if reached.contains(&alias) && !reported.contains(span) {
                    reported.push(*span);
                    report_circle(*span, [alias, *asked], aliases, findings);
                }
            }
        }
    }

    /// The alias itself and all that it leads to, by its routes and by whom it asks.
    fn reached(&self, start: usize, references: &References) -> BTreeSet<usize> {
        let (mut reached, mut next) = (BTreeSet::new(), vec![start]);
        while let Some(alias) = next.pop() {
            if reached.insert(alias) {
                let asked = self.by_alias.get(alias).into_iter().flatten();
                next.extend(references.of(alias).chain(asked.map(|(asked, _)| *asked)));
            }
        }
        reached
    }
}

/// The aliases that the `content_filters` of `node` ask; nothing where it has none.
fn written(node: &Node, names: &Names) -> Option<Vec<(usize, Span)>> {
    let filters = node.get("guardrails")?.get("content_filters")?;
    let asked = |filter: &Node| {
        filter.get("type")?.text().filter(|kind| *kind == MODEL)?;
        let value = filter.get("alias")?;
        let Found::Alias(alias) = names.find(value.text()?) else { return None };
        Some((alias.0 as usize, value.span))
    };
    Some(filters.items().iter().filter_map(asked).collect())
}

fn report_circle(span: Span, [alias, asked]: [usize; 2], aliases: &[Entry], findings: &mut Findings<'_>) {
    let name = |number: usize| aliases.get(number).map_or("?", |entry| &entry.key);
    let (alias, asked) = (name(alias), name(asked));
    let message = if alias == asked {
        format!("`{alias}` is asked about its own texts")
    } else {
        format!("`{asked}` is asked about the texts of `{alias}`, and leads back to it")
    };
    findings
        .report(Code::AliasCycle, span, message)
        .label("closes the circle")
        .help("ask an alias that leads to a model, and asks no other about its own texts");
}
