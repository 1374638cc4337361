//! `tracing`: where traces are sent, which, and with what.

use callsign_plan::tracing::{Collector, Content, Detail, Protocol, Tracing};
use secrecy::SecretString;

use crate::diagnostic::{Code, Findings};
use crate::lower::address;
use crate::lower::scalars::{is_set, text};
use crate::tree::Node;

/// Millionths of all in a percent.
const PERCENT: f64 = 10_000.0;
/// Where `PostHog` takes spans of generative AI. <https://posthog.com/docs/llm-analytics/installation/opentelemetry>
const POSTHOG_PATH: &str = "/i/v0/ai/otel";

pub(crate) fn lower(document: &Node, findings: &mut Findings<'_>) -> Tracing {
    let Some(node) = document.get("tracing") else { return Tracing::default() };
    Tracing {
        collector: collector(node, findings),
        exporters: exporters(node).iter().filter_map(|node| exporter(node, findings)).collect(),
        share: share(node, findings),
        detail: detail(node),
    }
}

fn exporters(node: &Node) -> Vec<&Node> {
    let written = node.get("exporters").map_or(&[][..], Node::items).iter();
    written.filter(|node| node.get("enabled").and_then(Node::text) != Some("false")).collect()
}

/// `PostHog` takes spans by OTLP, and makes its own events of those of generative AI.
fn exporter(node: &Node, findings: &mut Findings<'_>) -> Option<Collector> {
    let url = text(node, "url")?;
    check_address(node, "url", findings);
    let endpoint = format!("{}{POSTHOG_PATH}", url.trim_end_matches('/')).into();
    let key = node.get("api_key").and_then(Node::text).map(str::trim).filter(|key| !key.is_empty());
    if key.is_none() {
        let at = node.get("api_key").map_or(node.span, |node| node.span);
        findings
            .report(Code::BadKey, at, "an exporter to PostHog needs its key")
            .label("no key")
            .help("write `api_key: $POSTHOG_API_KEY` and set that variable to the project's token");
    }
    let headers = key.map(|key| ("authorization".into(), SecretString::from(format!("Bearer {key}"))));
    let headers = headers.into_iter().collect();
    Some(Collector { endpoint, protocol: Protocol::Http, headers, content: content(node) })
}

fn content(node: &Node) -> Content {
    if is_set(node, "capture_messages") { Content::Told } else { Content::Untold }
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
    Some(Collector { endpoint, protocol, headers, content: content(node) })
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
            .help(format!("write an address such as `{key}: http://127.0.0.1:4317`"));
    }
}

/// What says how a collector is spoken to, where none is written.
fn report_idle(node: &Node, findings: &mut Findings<'_>) {
    for key in ["protocol", "headers", "capture_messages"] {
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
    // Of several exporters the first that names a header says who a user is.
    let user_header = exporters(node).into_iter().find_map(|node| text(node, "distinct_id_header"));
    Detail {
        user_header: user_header.map(|name| name.to_ascii_lowercase().into()),
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
