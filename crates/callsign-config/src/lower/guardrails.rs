//! `guardrails`: those of an alias, with the file's own as defaults.

use callsign_plan::guard::{Action, ApplyTo, Category, CostLimit, Filter, Guardrails, OnCost, OnFailure};

use crate::diagnostic::{Code, Findings};
use crate::lower::names::Names;
use crate::lower::referees;
use crate::lower::scalars::{duration, is_set, whole};
use crate::quantity;
use crate::tree::Node;

/// Reads the `guardrails` of `node`; what it leaves out is taken from `defaults`.
pub(crate) fn lower(
    node: &Node,
    defaults: &Guardrails,
    names: &Names,
    findings: &mut Findings<'_>,
) -> Guardrails {
    let Some(node) = node.get("guardrails") else { return defaults.clone() };
    let max_cost = cost_limit(node, defaults, findings);
    let guardrails = Guardrails {
        max_latency: duration(node, "max_latency").or(defaults.max_latency),
        max_cost,
        block: node.get("block_categories").map_or_else(|| defaults.block.clone(), block),
        filters: node.get("content_filters").map_or_else(|| defaults.filters.clone(), filters),
        referees: match node.get("content_filters") {
            Some(node) => referees::lower(node, names, findings),
            None => defaults.referees.clone(),
        },
        on_failure: match node.get("on_failure").and_then(Node::text) {
            Some("allow") => OnFailure::Allow,
            Some(_) => OnFailure::Refuse,
            None => defaults.on_failure,
        },
    };
    warn(node, &guardrails, findings);
    guardrails
}

/// Says what of the checks of texts has no effect.
fn warn(node: &Node, guardrails: &Guardrails, findings: &mut Findings<'_>) {
    if !guardrails.checks_text()
        && let Some(entry) = node.entry("on_failure")
    {
        let message = "`on_failure` has no effect where nothing is looked for in texts";
        findings
            .report(Code::NoEffect, entry.at, message.to_owned())
            .label("has no effect")
            .help("write `block_categories` or `content_filters`, or remove it");
    }
    for node in node.get("content_filters").map_or(&[][..], Node::items) {
        let Some(filter) = filter(node) else { continue };
        warn_of_restore(node, filter, findings);
        warn_of_block(node, filter, guardrails, findings);
    }
}

fn warn_of_restore(node: &Node, filter: Filter, findings: &mut Findings<'_>) {
    let Some(entry) = node.entry("restore").filter(|_| filter.restore) else { return };
    let why = match (filter.action, filter.apply_to) {
        (Action::Block | Action::Flag, _) => "nothing is masked",
        (Action::Mask, ApplyTo::Output) => "nothing is masked in the request",
        (Action::Mask, ApplyTo::Input | ApplyTo::Both) => return,
    };
    findings
        .report(Code::NoEffect, entry.at, format!("`restore` has no effect where {why}"))
        .label("has no effect")
        .help("write `action: mask` and `apply_to: input` or `both`, or remove it");
}

/// Whatever blocks a category leaves nothing for a filter of it.
fn warn_of_block(node: &Node, filter: Filter, guardrails: &Guardrails, findings: &mut Findings<'_>) {
    let Some(entry) = node.entry("type").filter(|_| guardrails.block.contains(&filter.category)) else {
        return;
    };
    let name = entry.value.text().unwrap_or_default();
    findings
        .report(
            Code::NoEffect,
            entry.at,
            format!("the filter has no effect where `block_categories` blocks `{name}`"),
        )
        .label("is blocked already")
        .help("remove the filter, or take it out of `block_categories`");
}

fn cost_limit(node: &Node, defaults: &Guardrails, findings: &mut Findings<'_>) -> Option<CostLimit> {
    let written = node.get("max_cost_per_request").and_then(|node| quantity::money(node.text()?).ok());
    let ceiling = written.or(defaults.max_cost.map(|limit| limit.ceiling));
    if node.entry("max_cost_per_request").is_none() && ceiling.is_none() {
        for key in ["on_cost", "min_output_tokens"] {
            let Some(entry) = node.entry(key) else { continue };
            let message = format!("`{key}` has no effect without `max_cost_per_request`");
            findings
                .report(Code::NoEffect, entry.at, message)
                .label("has no effect")
                .help("write `max_cost_per_request`, or remove it");
        }
    }
    let on_cost = match node.get("on_cost").and_then(Node::text) {
        Some("refuse") => OnCost::Refuse,
        Some(_) => OnCost::Clamp,
        None => defaults.max_cost.map_or(OnCost::Clamp, |limit| limit.on_cost),
    };
    let usual = defaults.max_cost.map_or(16, |limit| limit.min_output_tokens);
    Some(CostLimit {
        ceiling: ceiling?,
        on_cost,
        min_output_tokens: whole(node, "min_output_tokens").unwrap_or(usual),
    })
}

fn block(node: &Node) -> Vec<Category> {
    let mut categories = Vec::new();
    for category in node.items().iter().filter_map(category) {
        if !categories.contains(&category) {
            categories.push(category);
        }
    }
    categories
}

fn filters(node: &Node) -> Vec<Filter> {
    node.items().iter().filter_map(filter).collect()
}

fn filter(node: &Node) -> Option<Filter> {
    let word = |key| node.get(key).and_then(Node::text);
    Some(Filter {
        category: category(node.get("type")?)?,
        action: match word("action") {
            Some("block") => Action::Block,
            Some("flag") => Action::Flag,
            _ => Action::Mask,
        },
        apply_to: match word("apply_to") {
            Some("input") => ApplyTo::Input,
            Some("output") => ApplyTo::Output,
            _ => ApplyTo::Both,
        },
        restore: is_set(node, "restore"),
    })
}

fn category(node: &Node) -> Option<Category> {
    match node.text()? {
        "jailbreak" => Some(Category::Jailbreak),
        "PII" | "pii" => Some(Category::Pii),
        "secrets" => Some(Category::Secrets),
        "profanity" => Some(Category::Profanity),
        "prompt_leak" => Some(Category::PromptLeak),
        "sensitive_data" => Some(Category::SensitiveData),
        _ => None,
    }
}
