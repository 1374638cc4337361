//! Single values out of a checked tree. What is absent or broken is `None`; the check has reported it.

use std::sync::Arc;
use std::time::Duration;

use callsign_plan::target::{Price, Timeouts};

use crate::quantity;
use crate::tree::Node;

/// The text of `key`.
pub(crate) fn text(node: &Node, key: &str) -> Option<Arc<str>> {
    node.get(key)?.text().map(Arc::from)
}

/// Whether `key` is `true`.
pub(crate) fn is_set(node: &Node, key: &str) -> bool {
    node.get(key).and_then(Node::text) == Some("true")
}

/// The whole number of `key`.
pub(crate) fn whole<N: std::str::FromStr>(node: &Node, key: &str) -> Option<N> {
    node.get(key)?.text()?.parse().ok()
}

/// The duration of `key`.
pub(crate) fn duration(node: &Node, key: &str) -> Option<Duration> {
    quantity::duration(node.get(key)?.text()?).ok()
}

/// The number of tokens of `key`.
pub(crate) fn tokens(node: &Node, key: &str) -> Option<u64> {
    quantity::tokens(node.get(key)?.text()?).ok()
}

/// The `timeouts` of an alias, an entry or a target.
pub(crate) fn timeouts(node: &Node) -> Timeouts {
    let Some(node) = node.get("timeouts") else { return Timeouts::default() };
    Timeouts {
        connect: duration(node, "connect"),
        first_token: duration(node, "first_token"),
        idle: duration(node, "idle"),
        total: duration(node, "total"),
    }
}

/// The `price` of an entry or a target.
pub(crate) fn price(node: &Node) -> Option<Price> {
    let node = node.get("price")?;
    let money = |key| quantity::money(node.get(key)?.text()?).ok();
    Some(Price {
        input: money("input")?,
        output: money("output")?,
        cached_input: money("cached_input"),
        cache_write: money("cache_write"),
        reasoning: money("reasoning"),
        request: money("request"),
    })
}
