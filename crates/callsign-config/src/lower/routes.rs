//! The route of an alias: one target, a split, a pool, and what is tried after it.

use callsign_plan::alias::{Algorithm, Chain, Fallback, Member, Pool, Route, Share, Split, Sticky};
use callsign_plan::ids::TargetId;
use callsign_plan::target::{Place, Target};
use callsign_plan::units::Weight;

use crate::diagnostic::{Code, Findings, Span};
use crate::lower::address;
use crate::lower::chains;
use crate::lower::credential;
use crate::lower::cycles::References;
use crate::lower::names::{Found, Names};
use crate::lower::scalars::{duration, price, timeouts};
use crate::lower::speech::Speech;
use crate::lower::targets::Targets;
use crate::quantity;
use crate::tree::{Entry, Node, Value};

/// Lowers the route of one alias.
pub(crate) struct Routing<'r, 't> {
    pub(crate) names: &'r Names,
    pub(crate) targets: &'r mut Targets,
    pub(crate) findings: &'r mut Findings<'t>,
    pub(crate) references: &'r mut References,
    pub(crate) alias: &'r Entry,
}

/// What a target may say of its own, beside its model.
const OWN_KEYS: &[&str] = &["endpoint", "access_key", "timeout", "timeouts", "price"];

// === impl Routing ===

impl Routing<'_, '_> {
    /// The route of the alias; `None` after a mistake that leaves none.
    pub(crate) fn route(&mut self) -> Option<Route> {
        let node = &self.alias.value;
        let primary = self.primary(node);
        self.check_sticky(node, primary.as_ref());
        let written = node.get("fallbacks").map_or(&[][..], Node::items);
        let fallbacks: Vec<Fallback> =
            (0..).zip(written).filter_map(|(position, item)| self.fallback(item, position)).collect();
        let primary = primary?;
        if fallbacks.is_empty() {
            return Some(primary);
        }
        Some(Route::Chain(Chain { primary: Box::new(primary), fallbacks }))
    }

    fn primary(&mut self, node: &Node) -> Option<Route> {
        let target = node.entry("target");
        let beside = node.entry("targets");
        let balance = node.entry("load_balance");
        let inside = balance.and_then(|entry| entry.value.entry("targets"));
        self.refuse_both([target, beside.or(inside).or(balance)]);
        self.refuse_both([beside, inside]);
        match (target, beside.or(inside), balance) {
            (Some(entry), _, _) => self.reference(&entry.value),
            (None, Some(targets), Some(balance)) => self.pool(targets, &balance.value),
            (None, Some(targets), None) => self.split(targets, node),
            (None, None, _) => {
                self.report_no_target(balance.map_or(self.alias.at, |entry| entry.at));
                None
            }
        }
    }

    fn refuse_both(&mut self, keys: [Option<&Entry>; 2]) {
        let [Some(one), Some(other)] = keys else { return };
        let message = if one.key == other.key {
            "the targets of a pool stand beside `load_balance` or inside it, not both".to_owned()
        } else {
            format!("an alias has `{}` or `{}`, not both", one.key, other.key)
        };
        self.findings
            .report(Code::Conflict, other.at, message)
            .label("this one too")
            .also(one.at, "the alias has this already")
            .help("keep one of them; for what is tried after a failure there is `fallbacks`");
    }

    fn report_no_target(&mut self, at: Span) {
        // A mistyped key was most likely the one that is missing.
        if self.alias.value.entries().iter().any(|entry| matches!(entry.value.value, Value::Broken)) {
            return;
        }
        let message = format!("the alias `{}` leads nowhere", self.alias.key.escape_debug());
        self.findings
            .report(Code::NoTarget, at, message)
            .label("no target")
            .help("write `target:` and a model");
    }

    /// What a plain reference leads to.
    fn reference(&mut self, value: &Node) -> Option<Route> {
        self.resolve(value).map(|(route, _)| route)
    }

    fn resolve(&mut self, value: &Node) -> Option<(Route, Option<Speech>)> {
        let (text, written) = value.text().zip(value.written())?;
        match self.names.find(text) {
            Found::Alias(alias) => {
                self.references.note(alias, value.span);
                Some((Route::Alias(alias), None))
            }
            Found::Model(place) => {
                let (target, speech) = self.names.target(place)?;
                Some((Route::Target(target), Some(speech.clone())))
            }
            Found::Covered(place, id) => {
                let (wildcard, speech) = self.names.target(place)?;
                let target = self.targets.of_wildcard(wildcard, &id);
                Some((Route::Target(target), Some(speech.clone())))
            }
            found => {
                self.names.report(&found, written, value.span, self.findings);
                None
            }
        }
    }

    /// A target with settings of its own: a part of a split, a member of a pool, or a fallback.
    fn own_target(&mut self, item: &Node, key: &str, slot: &str) -> Option<Route> {
        let (route, speech) = self.resolve(item.get(key)?)?;
        let own = OWN_KEYS.iter().filter_map(|key| item.entry(key));
        match (&route, speech) {
            (Route::Target(target), Some(speech)) if own.clone().next().is_some() => {
                self.changed(*target, &speech, item, slot).map(Route::Target)
            }
            (Route::Alias(_), _) => {
                for entry in own {
                    let message = format!("`{}` belongs to a model, and this is an alias", entry.key);
                    self.findings
                        .report(Code::MisplacedKey, entry.at, message)
                        .label("does not belong here")
                        .help("write it where that alias names its model");
                }
                Some(route)
            }
            _ => Some(route),
        }
    }

    fn changed(&mut self, base: TargetId, speech: &Speech, item: &Node, slot: &str) -> Option<TargetId> {
        let mut target = self.targets.get(base)?.clone();
        let mut name = target.name.to_string();
        if let Some(at) = item.entry("endpoint").map(|entry| entry.at) {
            if matches!(target.place, Place::Simulated(_)) {
                self.findings
                    .report(Code::MisplacedKey, at, "the built-in provider `demo` has no endpoint")
                    .label("does not belong here")
                    .help("remove it");
            }
            let address = address::url(item, "endpoint", self.findings)?;
            target.place = speech.place(&address);
            // The entry's host was that of its own URL.
            target.http_host = None;
            name = format!("{name}@{}", address.label);
        }
        if OWN_KEYS.iter().skip(1).any(|key| item.entry(key).is_some()) {
            // Only the same place under the same settings is one target with one health.
            name = format!("{name}~{}.{slot}", self.alias.key);
            self.change_settings(&mut target, speech, item);
        }
        Some(self.targets.intern(&name, |name| Target { name, ..target }))
    }

    fn change_settings(&mut self, target: &mut Target, speech: &Speech, item: &Node) {
        if item.entry("access_key").is_some()
            && let Some(key) = credential::key(item, speech.auth, self.findings)
        {
            target.credential = key;
        }
        target.max_latency = duration(item, "timeout").or(target.max_latency);
        target.timeouts = timeouts(item).or(target.timeouts);
        target.price = price(item).or(target.price);
    }

    fn fallback(&mut self, item: &Node, position: usize) -> Option<Fallback> {
        let conditions = chains::conditions(item, position, self.findings);
        let route = self.own_target(item, "target", &format!("fallback{}", position + 1))?;
        Some(Fallback { route, conditions })
    }

    fn split(&mut self, written: &Entry, node: &Node) -> Option<Route> {
        let items = written.value.items();
        if let [only] = items
            && only.entry("weight").is_none()
        {
            return self.own_target(only, "model", "1");
        }
        if items.is_empty() {
            self.report_no_target(written.at);
            return None;
        }
        let shares = self.parts(items);
        self.check_weights(written, items);
        let sticky = self.sticky(node);
        let shares =
            shares.into_iter().map(|(route, weight)| Share { route, weight: weight.unwrap_or_default() });
        Some(Route::Split(Split { shares: shares.collect(), sticky }))
    }

    fn parts(&mut self, items: &[Node]) -> Vec<(Route, Option<Weight>)> {
        let mut parts = Vec::with_capacity(items.len());
        for (position, item) in items.iter().enumerate() {
            let route = self.own_target(item, "model", &(position + 1).to_string());
            parts.extend(route.map(|route| (route, weight(item))));
        }
        parts
    }

    fn check_weights(&mut self, written: &Entry, items: &[Node]) {
        let unweighted = items.iter().filter(|item| item.entry("weight").is_none());
        let mut complete = true;
        for item in unweighted {
            complete = false;
            self.findings
                .report(Code::MissingWeight, item.span, "this part of a split has no `weight`")
                .label("how much of the traffic?")
                .help("write weights that sum to 100, or `load_balance` to spread requests evenly");
        }
        let weights: Option<Vec<Weight>> = items.iter().map(weight).collect();
        // A weight that is no number is reported already.
        let Some(weights) = weights.filter(|_| complete) else { return };
        let sum: u128 = weights.iter().map(|weight| u128::from(weight.0)).sum();
        let sum = u64::try_from(sum).unwrap_or(u64::MAX);
        if sum == 0 {
            self.findings
                .report(Code::NoWeight, written.at, "all weights are 0, so nothing would get a request")
                .label("sum to 0")
                .help("give at least one of them a weight; they sum to 100");
            return;
        }
        if sum != Weight::WHOLE.0 {
            self.report_sum(written, &weights, sum);
        }
        self.warn_of_paused(items);
    }

    fn report_sum(&mut self, written: &Entry, weights: &[Weight], sum: u64) {
        const MOST_SHOWN: usize = 8;
        let mut shown: Vec<_> = weights.iter().take(MOST_SHOWN).map(Weight::to_string).collect();
        if weights.len() > MOST_SHOWN {
            shown.push("…".to_owned());
        }
        let (direction, gap) = match sum.checked_sub(Weight::WHOLE.0) {
            Some(gap) => ("too much", gap),
            None => ("missing", Weight::WHOLE.0 - sum),
        };
        let total = Weight(sum);
        let message =
            format!("the weights of `{}` sum to {total}, not to 100", self.alias.key.escape_debug());
        self.findings
            .report(Code::WeightSum, written.at, message)
            .label(format!("{} = {total}", shown.join(" + ")))
            .help(format!("{} {direction}", Weight(gap)));
    }

    fn warn_of_paused(&mut self, items: &[Node]) {
        for node in
            items.iter().filter(|item| weight(item) == Some(Weight(0))).filter_map(|item| item.get("weight"))
        {
            self.findings
                .report(Code::PausedTarget, node.span, "this part gets no traffic")
                .label("a weight of 0 pauses it")
                .help("this is allowed; remove the part if it is not coming back");
        }
    }

    fn pool(&mut self, written: &Entry, balance: &Node) -> Option<Route> {
        let items = written.value.items();
        if items.is_empty() {
            self.report_no_target(written.at);
            return None;
        }
        let algorithm = balance.get("algorithm").and_then(Node::text).and_then(algorithm);
        for node in items.iter().filter_map(|item| item.get("weight")) {
            self.check_pool_weight(node, algorithm);
        }
        let members = self.parts(items).into_iter();
        let members = members.map(|(route, weight)| Member { route, weight: weight.unwrap_or(Weight::ONE) });
        Some(Route::Pool(Pool { algorithm: algorithm?, members: members.collect() }))
    }

    fn check_pool_weight(&mut self, node: &Node, algorithm: Option<Algorithm>) {
        let weight = node.text().and_then(|text| quantity::weight(text).ok());
        if weight == Some(Weight(0)) {
            self.findings
                .report(Code::PoolWeight, node.span, "a pool member needs a weight above 0")
                .label("0 is no weight in a pool")
                .help("remove the member, or use a split without `load_balance`");
        } else if algorithm == Some(Algorithm::RoundRobin) {
            self.findings
                .report(Code::NoEffect, node.span, "`round_robin` gives every member the same share")
                .label("has no effect")
                .help("write `algorithm: weighted`, or remove the weights");
        }
    }

    fn sticky(&mut self, node: &Node) -> Option<Sticky> {
        let node = node.get("sticky")?;
        let name = node.get("name");
        if node.get("by").and_then(Node::text)? == "header" {
            return self.sticky_header(node, name);
        }
        if let Some(name) = name {
            self.findings
                .report(Code::NoEffect, name.span, "`name` is for `by: header` only")
                .label("has no effect")
                .help("remove it, or write `by: header`");
        }
        Some(Sticky::User)
    }

    fn sticky_header(&mut self, node: &Node, name: Option<&Node>) -> Option<Sticky> {
        let token = |text: &&str| {
            !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        };
        if let Some(text) = name.and_then(Node::text).filter(token) {
            return Some(Sticky::Header(text.to_ascii_lowercase().into()));
        }
        let at = name.map_or(node.span, |name| name.span);
        self.findings
            .report(Code::MissingKey, at, "`by: header` needs the `name` of a header")
            .label("which header?")
            .help("write `name: x-session-id` or the like");
        None
    }

    fn check_sticky(&mut self, node: &Node, primary: Option<&Route>) {
        let Some(entry) = node.entry("sticky") else { return };
        match primary {
            // Where the alias leads nowhere, whether this belongs cannot be told.
            Some(Route::Split(_)) | None => {}
            Some(_) => {
                self.findings
                    .report(
                        Code::MisplacedKey,
                        entry.at,
                        "`sticky` belongs to a split, and this alias is none",
                    )
                    .label("does not belong here")
                    .help("write `targets` with weights, or remove it");
            }
        }
    }
}

fn weight(item: &Node) -> Option<Weight> {
    quantity::weight(item.get("weight")?.text()?).ok()
}

fn algorithm(word: &str) -> Option<Algorithm> {
    Some(match word {
        "round_robin" => Algorithm::RoundRobin,
        "least_connections" => Algorithm::LeastConnections,
        "weighted" => Algorithm::Weighted,
        "least_latency" => Algorithm::LeastLatency,
        "consistent_hash" => Algorithm::ConsistentHash,
        _ => return None,
    })
}
