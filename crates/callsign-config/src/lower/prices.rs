//! `prices`: where newer prices come from.

use std::time::Duration;

use callsign_plan::price::PriceSource;

use crate::diagnostic::{Code, Findings};
use crate::lower::scalars::{duration, text};
use crate::tree::Node;

/// How often an address is asked, where nothing is written.
const REFRESH: Duration = Duration::from_hours(24);

pub(crate) fn lower(document: &Node, findings: &mut Findings<'_>) -> PriceSource {
    let Some(node) = document.get("prices") else { return PriceSource::default() };
    let url = text(node, "url");
    if let Some((url, at)) = url.as_ref().zip(node.get("url").map(|node| node.span))
        && !["http://", "https://"].iter().any(|scheme| url.len() > scheme.len() && url.starts_with(scheme))
    {
        findings
            .report(Code::BadUrl, at, "`url` should be an address that begins with `https://` or `http://`")
            .label("not an address")
            .help("write `url: https://…/data.json`");
    }
    if url.is_none()
        && let Some(entry) = node.entry("refresh")
    {
        findings
            .report(Code::NoEffect, entry.at, "`refresh` has no effect without `url`")
            .label("has no effect")
            .help("write `url`, or remove it");
    }
    PriceSource {
        file: text(node, "file").map(|path| path.to_string().into()),
        url,
        refresh: duration(node, "refresh").unwrap_or(REFRESH),
    }
}
