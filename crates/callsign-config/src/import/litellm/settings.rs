//! `router_settings`, `litellm_settings` and `general_settings`: what they say of routes, times and the listener.

use std::time::Duration;

use super::deployment::{seconds, whole};
use super::{Import, advice};
use crate::diagnostic::Span;
use crate::import::section::Section;
use crate::import::write::Piece;
use crate::quantity;
use crate::tree::{Node, Value};

/// What is set for all models.
#[derive(Default)]
pub(super) struct Settings {
    pub(super) fallbacks: Vec<Rule>,
    pub(super) group_aliases: Vec<GroupAlias>,
    /// How a pool is balanced.
    pub(super) strategy: Strategy,
    /// Tries on one target after the first, and where that stands.
    pub(super) retries: Option<(u64, Span)>,
    /// How long a target may keep the caller waiting.
    pub(super) latency: Option<String>,
    /// What answers a request that names no model.
    pub(super) default: Option<(String, Span)>,
    limits: Vec<(String, Piece)>,
}

/// How a pool is balanced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Strategy {
    /// By weights, where there are any.
    #[default]
    Shares,
    /// By this algorithm.
    Algorithm(&'static str),
}

/// Where a failure of one name leads.
pub(super) struct Rule {
    pub(super) kind: RuleKind,
    /// The name; `*` for every one that has no rule of its own.
    pub(super) from: String,
    pub(super) to: Vec<(String, Span)>,
    pub(super) path: String,
    pub(super) at: Span,
}

/// Which failures a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RuleKind {
    Any,
    Context,
    Content,
}

/// A further name of a group.
pub(super) struct GroupAlias {
    pub(super) name: String,
    pub(super) target: String,
    pub(super) hidden: bool,
    pub(super) path: String,
    pub(super) at: Span,
}

/// Where each kind of rule stands.
const RULES: [(&str, RuleKind); 3] = [
    ("context_window_fallbacks", RuleKind::Context),
    ("content_policy_fallbacks", RuleKind::Content),
    ("fallbacks", RuleKind::Any),
];

/// More fallbacks for one name than anybody waits for.
const MOST_FALLBACKS: usize = 16;

/// The longest that a listener lets an exchange take by itself.
const USUAL_TIMEOUT: Duration = Duration::from_mins(5);

/// The listener's settings that count something: `LiteLLM`'s key, Callsign's, and the unit.
const LIMITS: [(&str, &str, &str); 2] =
    [("max_request_size_mb", "body", "MB"), ("global_max_parallel_requests", "in_flight", "")];

// === impl Settings ===

impl Settings {
    /// Reads all sections but the models.
    pub(super) fn read(root: &Node, import: &mut Import) -> Self {
        let mut settings = Self::default();
        let mut file = Section::new(root, "");
        for key in ["model_list", "credential_list"] {
            file.take(key);
        }
        let empty = Node { span: root.span, value: Value::Null };
        let mut section = |key: &'static str| Section::new(file.take(key).unwrap_or(&empty), key);
        let (mut router, mut library) = (section("router_settings"), section("litellm_settings"));
        let mut general = section("general_settings");
        // What the router says wins, so it is read last.
        settings.common(&mut library, import);
        settings.common(&mut router, import);
        settings.general(&mut general, import);
        advice::report(&router, advice::SETTINGS, import);
        advice::report(&library, advice::SETTINGS, import);
        advice::report(&general, advice::GENERAL, import);
        advice::report(&file, advice::FILE, import);
        settings
    }

    /// What may stand in either of two sections.
    fn common(&mut self, section: &mut Section<'_>, import: &mut Import) {
        for (key, kind) in RULES {
            if let Some(node) = section.take(key) {
                self.rules(node, kind, &section.path(key), import);
            }
        }
        if let Some(node) = section.take("default_fallbacks") {
            let path = section.path("default_fallbacks");
            self.rule("*", node, (RuleKind::Any, &path), import);
        }
        if let Some(node) = section.take("model_group_alias") {
            self.group_aliases(node, &section.path("model_group_alias"), import);
        }
        if let Some(node) = section.take("routing_strategy") {
            self.strategy = strategy(node, &section.path("routing_strategy"), import);
        }
        let at = section.peek("num_retries").map(|node| node.span);
        self.retries = whole(section, "num_retries", import).zip(at).or(self.retries);
        for key in ["request_timeout", "timeout"] {
            self.latency = seconds(section, key, import).or(self.latency.take());
        }
        drop_params(section, import);
    }

    fn rules(&mut self, node: &Node, kind: RuleKind, path: &str, import: &mut Import) {
        let of_items = node.items().iter().flat_map(Node::entries);
        let mut found = false;
        for entry in node.entries().iter().chain(of_items) {
            found = true;
            self.rule(&entry.key, &entry.value, (kind, &format!("{path}.{}", entry.key)), import);
        }
        let is_empty = matches!(&node.value, Value::List(items) if items.is_empty());
        if !found && !is_empty {
            import.notices.lost(path, node.span, "it is not a list of `{name: [other, …]}`");
        }
    }

    fn rule(&mut self, from: &str, to: &Node, (kind, path): (RuleKind, &str), import: &mut Import) {
        let single = to.text().map(|_| to);
        let mut names: Vec<_> =
            to.items().iter().chain(single).filter_map(|item| fallback(item, path, import)).collect();
        if let Some((_, at)) = names.get(MOST_FALLBACKS) {
            let message = format!(
                "LiteLLM tries 5 fallbacks unless it is told otherwise; those behind the first {MOST_FALLBACKS} are left out"
            );
            import.notices.lost(path, *at, message);
        }
        names.truncate(MOST_FALLBACKS);
        let rule = Rule { kind, from: from.to_owned(), to: names, path: path.to_owned(), at: to.span };
        self.fallbacks.retain(|known| known.kind != kind || known.from != from);
        self.fallbacks.push(rule);
    }

    fn group_aliases(&mut self, node: &Node, path: &str, import: &mut Import) {
        for entry in node.entries() {
            let path = format!("{path}.{}", entry.key);
            let target = entry.value.get("model").unwrap_or(&entry.value).text();
            let Some(target) = target.map(str::trim) else {
                import.notices.lost(&path, entry.at, "it names no model");
                continue;
            };
            let hidden = entry.value.get("hidden").and_then(Node::text);
            let hidden = hidden.is_some_and(|text| text.eq_ignore_ascii_case("true"));
            let name = entry.key.to_string();
            self.group_aliases.retain(|known| known.name != name);
            self.group_aliases.push(GroupAlias {
                name,
                target: target.to_owned(),
                hidden,
                path,
                at: entry.at,
            });
        }
    }

    fn general(&mut self, section: &mut Section<'_>, import: &mut Import) {
        let default = section.take_text("completion_model");
        self.default = default.map(|(name, at)| (name.to_owned(), at));
        for (theirs, ours, unit) in LIMITS {
            let Some(number) = whole(section, theirs, import) else { continue };
            // More than that is no limit to anybody.
            if (1..=1_000_000).contains(&number) {
                self.limits.push((ours.to_owned(), Piece::plain(&format!("{number}{unit}"))));
            }
        }
    }

    /// The whole configuration.
    pub(super) fn document(&self, entries: Piece, aliases: Vec<(String, Piece)>) -> Piece {
        let mut document = Vec::new();
        document.extend(self.listener().map(|listener| ("listeners".to_owned(), listener)));
        document.push(("model_providers".to_owned(), entries));
        if !aliases.is_empty() {
            document.push(("model_aliases".to_owned(), Piece::Map(aliases)));
        }
        if let Some(latency) = &self.latency {
            let guardrails = Piece::map([("max_latency", Piece::plain(&latency))]);
            document.push(("guardrails".to_owned(), guardrails));
        }
        Piece::Map(document)
    }

    fn listener(&self) -> Option<Piece> {
        let longest = self
            .latency
            .as_ref()
            .filter(|latency| quantity::duration(latency).is_ok_and(|latency| latency > USUAL_TIMEOUT));
        let mut pairs = vec![("type".to_owned(), Piece::text("model"))];
        pairs.extend(longest.map(|latency| ("timeout".to_owned(), Piece::plain(&latency))));
        if !self.limits.is_empty() {
            pairs.push(("limits".to_owned(), Piece::Map(self.limits.clone())));
        }
        (pairs.len() > 1).then(|| Piece::List(vec![Piece::Map(pairs)]))
    }
}

fn drop_params(section: &mut Section<'_>, import: &mut Import) {
    let Some((text, at)) = section.take_text("drop_params") else { return };
    let message = if text.eq_ignore_ascii_case("true") {
        "what a translation cannot carry is left out and named in `x-callsign-losses`; between one dialect nothing is"
    } else {
        "write `on_loss: refuse` on aliases whose requests must arrive whole"
    };
    import.notices.changed(&section.path("drop_params"), at, message);
}

/// A name, or a mapping with the name as `model`.
fn fallback(item: &Node, path: &str, import: &mut Import) -> Option<(String, Span)> {
    if let Some(name) = item.text() {
        return Some((name.trim().to_owned(), item.span));
    }
    let name = item.get("model").and_then(Node::text);
    if item.entries().len() > usize::from(name.is_some()) || name.is_none() {
        let message = "a fallback gets the request as it came; what else is said of it is left out";
        import.notices.lost(path, item.span, message);
    }
    name.map(|name| (name.trim().to_owned(), item.span))
}

fn strategy(node: &Node, path: &str, import: &mut Import) -> Strategy {
    match node.text().map(str::trim) {
        Some("simple-shuffle") => Strategy::Shares,
        Some("least-busy") => Strategy::Algorithm("least_connections"),
        Some("latency-based-routing") => Strategy::Algorithm("least_latency"),
        Some("usage-based-routing" | "usage-based-routing-v2") => {
            let message = "Callsign does not count tokens a minute; the member with the fewest requests under way is asked";
            import.notices.changed(path, node.span, message);
            Strategy::Algorithm("least_connections")
        }
        _ => {
            let message = "Callsign has no such algorithm; members take turns";
            import.notices.changed(path, node.span, message);
            Strategy::Algorithm("round_robin")
        }
    }
}
