//! `tracing`: where traces are sent, which, and with what.

use callsign_plan::tracing::{Collector, Detail, Protocol, Tracing};

use crate::diagnostic::{Code, Findings};
use crate::lower::address;
use crate::lower::scalars::{is_set, text};
use crate::tree::Node;

/// Millionths of all in a percent.
const PERCENT: f64 = 10_000.0;

pub(crate) fn lower(document: &Node, findings: &mut Findings<'_>) -> Tracing {
    let Some(node) = document.get("tracing") else { return Tracing::default() };
    Tracing { collector: collector(node, findings), share: share(node, findings), detail: detail(node) }
}

fn collector(node: &Node, findings: &mut Findings<'_>) -> Option<Collector> {
    let headers = address::headers(node, findings);
    let planos = node.entry("opentracing_grpc_endpoint");
    let key = if node.entry("endpoint").is_some() { "endpoint" } else { "opentracing_grpc_endpoint" };
    if let Some(entry) = planos.filter(|_| key == "endpoint") {
        findings
            .report(Code::NoEffect, entry.at, "`opentracing_grpc_endpoint` is another name for `endpoint`")
            .label("has no effect")
            .help("remove it");
    }
    let Some(endpoint) = text(node, key) else {
        report_idle(node, findings);
        return None;
    };
    check_address(node, key, findings);
    let protocol = match node.get("protocol").and_then(Node::text) {
        Some("http") => Protocol::Http,
        _ => Protocol::Grpc,
    };
    Some(Collector { endpoint, protocol, headers })
}

fn check_address(node: &Node, key: &str, findings: &mut Findings<'_>) {
    let Some(value) = node.get(key) else { return };
    let written = value.text().unwrap_or_default();
    let is_address = ["http://", "https://"].iter().any(|scheme| {
        written.strip_prefix(scheme).is_some_and(|host| !host.is_empty() && !host.starts_with('/'))
    });
    if !is_address {
        let message = format!("`{key}` should be an address that begins with `http://` or `https://`");
        findings
            .report(Code::BadUrl, value.span, message)
            .label("not an address")
            .help(format!("write `{key}: http://127.0.0.1:4317`"));
    }
}

/// What says how a collector is spoken to, where none is written.
fn report_idle(node: &Node, findings: &mut Findings<'_>) {
    for key in ["protocol", "headers"] {
        let Some(entry) = node.entry(key) else { continue };
        findings
            .report(Code::NoEffect, entry.at, format!("`{key}` has no effect without `endpoint`"))
            .label("has no effect")
            .help("write `endpoint`, or remove it");
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "from 0 to 100 percent, which is looked at before"
)]
fn share(node: &Node, findings: &mut Findings<'_>) -> Option<u32> {
    let value = node.get("random_sampling")?;
    let percent: f64 = value.text()?.parse().ok()?;
    if percent > 100.0 {
        findings
            .report(Code::BadNumber, value.span, "`random_sampling` is a share in percent")
            .label("more than all")
            .help("write a number from 0 to 100");
        return None;
    }
    Some((percent * PERCENT).round() as u32)
}

fn detail(node: &Node) -> Detail {
    let attributes = node.get("span_attributes");
    let prefixes = attributes.and_then(|node| node.get("header_prefixes"));
    let fixed = attributes.and_then(|node| node.get("static"));
    let texts = prefixes.into_iter().flat_map(Node::items).filter_map(Node::text);
    let pairs = fixed.into_iter().flat_map(Node::entries);
    Detail {
        phases: is_set(node, "trace_arch_internal"),
        // Names of headers know no capitals.
        header_prefixes: texts
            .filter(|text| !text.is_empty())
            .map(|text| text.to_ascii_lowercase().into())
            .collect(),
        fixed: pairs
            .filter_map(|entry| Some((entry.key.as_ref().into(), entry.value.text()?.into())))
            .collect(),
    }
}
