//! `model_aliases`: each alias with its route and everything else that is said of it.

use std::time::Duration;

use callsign_plan::alias::{Alias, Deprecation, MidStream, OnLoss, ResponseModel, Retries};
use callsign_plan::catalog::Listener;
use callsign_plan::guard::Guardrails;

use crate::diagnostic::{Code, Findings};
use crate::lower::ceilings::Ceilings;
use crate::lower::cycles::{self, References};
use crate::lower::guardrails;
use crate::lower::names::{Found, Names};
use crate::lower::referees::Asked;
use crate::lower::retired;
use crate::lower::review::Review;
use crate::lower::routes::Routing;
use crate::lower::scalars::{duration, is_set, text, timeouts, whole};
use crate::lower::targets::Targets;
use crate::quantity;
use crate::tree::{Entry, Node};

/// All aliases, in the order written; the targets that only they need are added to `targets`. `date` is the day they are
/// looked at.
pub(crate) fn lower(
    document: &Node,
    names: &Names,
    targets: &mut Targets,
    (listeners, date): (&[Listener], u64),
    findings: &mut Findings<'_>,
) -> Vec<Alias> {
    let defaults = guardrails::lower(document, &Guardrails::default(), names, findings);
    let written = document.get("model_aliases").map_or(&[][..], Node::entries);
    let shortest = listeners.iter().map(|listener| listener.timeout).min().unwrap_or(Duration::MAX);
    let mut references = References::default();
    let mut asked = Asked::of(document, names);
    let mut aliases = Vec::with_capacity(written.len());
    for entry in written {
        references.begin();
        check_name(entry, findings);
        let errors = findings.errors();
        let mut guardrails = guardrails::lower(&entry.value, &defaults, names, findings);
        asked.settle(&entry.value, &mut guardrails);
        let mut routing = Routing { names, targets, findings, references: &mut references, alias: entry };
        // A route with a mistake in it has parts missing, and nothing should be concluded from it.
        let route = routing.route();
        let route = route.filter(|_| routing.findings.errors() == errors);
        check_requirements(&entry.value, findings);
        let deprecated = deprecation(&entry.value, names, findings);
        aliases.push(route.map(|route| Alias {
            name: entry.key.clone(),
            route,
            guardrails,
            timeouts: timeouts(&entry.value),
            retries: retries(&entry.value),
            mid_stream: mid_stream(&entry.value),
            response_model: response_model(&entry.value),
            on_loss: on_loss(&entry.value),
            description: text(&entry.value, "description"),
            hidden: is_set(&entry.value, "hidden"),
            deprecated,
        }));
    }
    if let Some(order) = cycles::order(&references, written, names, findings) {
        asked.check(&references, written, findings);
        Review::new(&aliases, targets, &references, &order).warn(written, shortest, findings);
        retired::warn(&aliases, &references, (written, date), findings);
        Ceilings::new(document, &aliases, targets, date).check(written, findings);
    }
    // Where one is missing there is an error, and nobody looks at the rest.
    aliases.into_iter().collect::<Option<_>>().unwrap_or_default()
}

fn check_name(entry: &Entry, findings: &mut Findings<'_>) {
    let good = |letter: char| letter.is_ascii_alphanumeric() || ".-_".contains(letter);
    if !entry.key.is_empty() && entry.key.chars().all(good) {
        return;
    }
    let better: String = entry.key.chars().map(|letter| if good(letter) { letter } else { '-' }).collect();
    let help = match better.trim_matches('-') {
        "" => "use letters, digits, `.`, `-` and `_`".to_owned(),
        better => format!("use letters, digits, `.`, `-` and `_`, such as `{better}`"),
    };
    let message = format!("`{}` cannot be the name of an alias", entry.key.escape_debug());
    findings.report(Code::BadAliasName, entry.at, message).label("holds other characters").help(help);
}

fn retries(node: &Node) -> Option<Retries> {
    const BACKOFF: Duration = Duration::from_millis(250);
    let node = node.get("retries")?;
    let attempts = whole(node, "attempts").unwrap_or(0);
    Some(Retries { attempts, backoff: duration(node, "backoff").unwrap_or(BACKOFF) })
}

fn mid_stream(node: &Node) -> Option<MidStream> {
    match node.get("mid_stream")?.text()? {
        "resume" => Some(MidStream::Resume),
        _ => Some(MidStream::Error),
    }
}

fn response_model(node: &Node) -> ResponseModel {
    match node.get("response_model").and_then(Node::text) {
        Some("alias") => ResponseModel::Alias,
        _ => ResponseModel::Upstream,
    }
}

fn on_loss(node: &Node) -> OnLoss {
    match node.get("on_loss").and_then(Node::text) {
        Some("refuse") => OnLoss::Refuse,
        _ => OnLoss::Report,
    }
}

fn deprecation(node: &Node, names: &Names, findings: &mut Findings<'_>) -> Option<Deprecation> {
    let node = node.get("deprecated")?;
    let date = |key| node.get(key).and_then(|node| quantity::date(node.text()?));
    let (since, sunset) = (date("since"), date("sunset"));
    if let (Some(since), Some(sunset), Some(at)) = (since, sunset, node.get("sunset").map(|node| node.span))
        && sunset < since
    {
        findings
            .report(Code::BadDate, at, "`sunset` comes before `since`")
            .label("earlier than `since`")
            .help("an alias is deprecated first and switched off later");
    }
    let successor = node.get("successor");
    if let Some((text, node)) = successor.and_then(|node| Some((node.text()?, node))) {
        let found = names.find(text);
        if !matches!(found, Found::Alias(_) | Found::Model(_) | Found::Covered(..)) {
            names.report(&found, node.written().unwrap_or_default(), node.span, findings);
        }
    }
    Some(Deprecation { since, sunset, successor: text(node, "successor") })
}

fn check_requirements(node: &Node, findings: &mut Findings<'_>) {
    for item in node.get("requires").map_or(&[][..], Node::items) {
        let Some(text) = item.text() else { continue };
        if matches!(text, "tools" | "vision" | "json_schema") || context_tokens(text).is_some() {
            continue;
        }
        let message = format!("nobody knows the requirement `{}`", item.written().unwrap_or_default());
        findings
            .report(Code::BadRequirement, item.span, message)
            .label("not known")
            .help("write `tools`, `vision`, `json_schema`, or a context such as `context>=200k`");
    }
}

fn context_tokens(text: &str) -> Option<u64> {
    quantity::tokens(text.strip_prefix("context")?.trim_start().strip_prefix(">=")?).ok()
}
