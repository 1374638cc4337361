//! `model_aliases`: each name with its deployments and what is tried after them.

use super::Import;
use super::deployment::{Deployment, Models, Weight};
use super::names::{Link, Means, Name, Names};
use super::settings::{Rule, RuleKind, Settings, Strategy};
use crate::import::write::Piece;

/// Tries on one target after the first; Callsign allows no more.
const MOST_RETRIES: u64 = 10;

/// The keys of an alias.
type Body = Vec<(String, Piece)>;

/// All aliases, in the order of the names, those of the import's own behind those that need them.
pub(super) fn aliases(
    models: &Models,
    names: &mut Names,
    settings: &Settings,
    import: &mut Import,
) -> Vec<(String, Piece)> {
    report_rules(names, settings, import);
    let count = names.all.len();
    let mut routing = Routing {
        models,
        names,
        settings,
        import,
        ways: vec![Vec::new(); count],
        bases: vec![None; count],
        aliases: Vec::new(),
    };
    routing.note_others();
    let fallbacks: Vec<_> = (0..count).map(|place| routing.rules(place)).collect();
    for (place, fallbacks) in fallbacks.into_iter().enumerate() {
        routing.alias(place, fallbacks);
    }
    routing.aliases
}

fn report_rules(names: &Names, settings: &Settings, import: &mut Import) {
    for rule in &settings.fallbacks {
        if rule.from != "*" && !names.all.iter().any(|name| name.text == rule.from) {
            let message =
                format!("`{}` is no `model_name`; write an alias for it with these `fallbacks`", rule.from);
            import.notices.lost(&rule.path, rule.at, message);
        }
    }
}

struct Routing<'r> {
    models: &'r Models,
    names: &'r mut Names,
    settings: &'r Settings,
    import: &'r mut Import,
    /// Which names each name leads to.
    ways: Vec<Vec<usize>>,
    /// Aliases that stand for the deployments of a name without its fallbacks.
    bases: Vec<Option<String>>,
    aliases: Vec<(String, Piece)>,
}

/// A target with the keys that go with it.
struct Part {
    reference: String,
    timeout: Option<String>,
}

// === impl Routing ===

impl Routing<'_> {
    /// Names that mean other names lead there whatever comes.
    fn note_others(&mut self) {
        for place in 0..self.names.all.len() {
            let Some(Name { means: Means::Other { target, .. }, .. }) = self.names.all.get(place) else {
                continue;
            };
            if let Some(Link::Name(other)) = self.names.link(target, self.models) {
                self.note_way(place, other);
            }
        }
    }

    fn note_way(&mut self, from: usize, to: usize) {
        if let Some(ways) = self.ways.get_mut(from)
            && !ways.contains(&to)
        {
            ways.push(to);
        }
    }

    fn leads(&self, from: usize, to: usize) -> bool {
        let mut seen = vec![false; self.ways.len()];
        let mut open = vec![from];
        while let Some(place) = open.pop() {
            if place == to {
                return true;
            }
            if seen.get_mut(place).is_some_and(|seen| !std::mem::replace(seen, true)) {
                open.extend(self.ways.get(place).into_iter().flatten());
            }
        }
        false
    }

    /// The fallbacks that rules give to a name.
    fn rules(&mut self, place: usize) -> Vec<Piece> {
        let Some(name) = self.names.all.get(place).filter(|name| name.alias.is_some()) else {
            return Vec::new();
        };
        let is_group = matches!(name.means, Means::Group(_));
        let (text, settings) = (name.text.clone(), self.settings);
        let mut fallbacks = Vec::new();
        for kind in [RuleKind::Context, RuleKind::Content, RuleKind::Any] {
            let of_kind = || settings.fallbacks.iter().filter(move |rule| rule.kind == kind);
            let usual = || of_kind().find(|rule| rule.from == "*" && is_group);
            if let Some(rule) = of_kind().find(|rule| rule.from == text).or_else(usual) {
                self.rule(place, rule, &mut fallbacks);
            }
        }
        fallbacks
    }

    fn rule(&mut self, place: usize, rule: &Rule, fallbacks: &mut Vec<Piece>) {
        for (target, at) in &rule.to {
            let Some(link) = self.names.link(target, self.models) else {
                let message = format!("`{target}` is no model of this file");
                self.import.notices.lost(&rule.path, *at, message);
                continue;
            };
            if link == Link::Name(place) {
                if rule.from != "*" {
                    let message =
                        format!("`{target}` falls back to itself; `retries` of an alias tries again");
                    self.import.notices.lost(&rule.path, *at, message);
                }
                continue;
            }
            let fallback = self.fallback(place, &link, rule.kind);
            if !fallbacks.contains(&fallback) {
                fallbacks.push(fallback);
            }
        }
    }

    fn fallback(&mut self, place: usize, link: &Link, kind: RuleKind) -> Piece {
        let part = match link {
            Link::Name(other) if self.leads(*other, place) => self.base(*other),
            Link::Name(other) => {
                self.note_way(place, *other);
                self.part(*other)
            }
            Link::Model(reference) => Part { reference: reference.clone(), timeout: None },
        };
        let conditions = match kind {
            RuleKind::Any => None,
            RuleKind::Context => Some("context_length_exceeded"),
            RuleKind::Content => Some("content_filtered"),
        };
        let conditions = conditions.map(|condition| ("conditions".to_owned(), Piece::texts(&[condition])));
        Piece::Map(part.pairs("target").into_iter().chain(conditions).collect())
    }

    /// How a target calls a name.
    fn part(&self, place: usize) -> Part {
        let name = self.names.all.get(place);
        let reference = match name.and_then(|name| name.alias.clone()) {
            Some(alias) => alias,
            None => self.members(place).first().map(|member| self.reference(member)).unwrap_or_default(),
        };
        Part { reference, timeout: None }
    }

    /// How a target calls the deployments of a name, without the fallbacks that would lead in a circle.
    fn base(&mut self, place: usize) -> Part {
        let place = match self.names.group(place, self.models) {
            Some(Link::Name(group)) => group,
            Some(Link::Model(reference)) => return Part { reference, timeout: None },
            None => place,
        };
        if let [member] = self.members(place).as_slice() {
            return self.member(member);
        }
        let known = self.bases.get(place).cloned().flatten();
        let reference = known.unwrap_or_else(|| {
            let alias = self.names.all.get(place).and_then(|name| name.alias.clone());
            self.names.fresh(&format!("{}.deployments", alias.unwrap_or_default()))
        });
        if let Some(base) = self.bases.get_mut(place) {
            *base = Some(reference.clone());
        }
        Part { reference, timeout: None }
    }

    /// The deployments of a group, each once.
    fn members(&self, place: usize) -> Vec<&Deployment> {
        let Some(Name { means: Means::Group(members), .. }) = self.names.all.get(place) else {
            return Vec::new();
        };
        let mut found: Vec<&Deployment> = Vec::new();
        for member in members.iter().filter_map(|member| self.models.deployments.get(*member)) {
            if !found.iter().any(|known| known.entry == member.entry) {
                found.push(member);
            }
        }
        found
    }

    fn reference(&self, member: &Deployment) -> String {
        self.models.entries.get(member.entry).map(super::deployment::Entry::reference).unwrap_or_default()
    }

    fn member(&self, member: &Deployment) -> Part {
        Part { reference: self.reference(member), timeout: member.timeout.clone() }
    }

    // === Aliases ===

    fn alias(&mut self, place: usize, rules: Vec<Piece>) {
        let Some(name) = self.names.all.get(place) else { return };
        let Some(alias) = name.alias.clone() else {
            for member in self.members(place).into_iter().cloned().collect::<Vec<_>>() {
                self.report_limits(&member, None);
            }
            return;
        };
        let mut body = match &name.means {
            Means::Other { target, hidden } => {
                let (hidden, link) = (*hidden, self.names.link(target, self.models));
                let part = match link {
                    Some(Link::Name(other)) => self.part(other),
                    Some(Link::Model(reference)) => Part { reference, timeout: None },
                    None => return,
                };
                let hidden = hidden.then(|| ("hidden".to_owned(), Piece::plain(&true)));
                part.pairs("target").into_iter().chain(hidden).collect()
            }
            Means::Group(_) => self.deployments(place, &alias),
            Means::Nothing => return,
        };
        if let Some(base) = self.bases.get(place).cloned().flatten() {
            let retries = body.iter().find(|(key, _)| key == "retries").cloned();
            body.push(("hidden".to_owned(), Piece::plain(&true)));
            self.aliases.push((base.clone(), Piece::Map(body)));
            body = vec![("target".to_owned(), Piece::text(&base))];
            body.extend(retries);
        }
        add_fallbacks(&mut body, rules);
        self.aliases.push((alias, Piece::Map(body)));
    }

    /// The deployments of a group: those of the first `order`, and the others as fallbacks.
    fn deployments(&mut self, place: usize, alias: &str) -> Body {
        let members: Vec<Deployment> = self.members(place).into_iter().cloned().collect();
        let mut orders: Vec<u64> = members.iter().map(order).collect();
        orders.sort_unstable();
        orders.dedup();
        let mut tiers = orders
            .iter()
            .map(|tier| members.iter().filter(|member| order(member) == *tier).collect::<Vec<&Deployment>>());
        let mut body = self.tier(&tiers.next().unwrap_or_default());
        let mut fallbacks = Vec::new();
        for (number, tier) in (2..).zip(tiers) {
            fallbacks.push(self.later_tier(&tier, &format!("{alias}.order-{number}")));
        }
        body.extend(self.retries(&members));
        add_fallbacks(&mut body, fallbacks);
        body
    }

    fn later_tier(&mut self, tier: &[&Deployment], wanted: &str) -> Piece {
        if let [member] = tier {
            self.report_limits(member, None);
            return Piece::Map(self.member(member).pairs("target"));
        }
        let mut body = self.tier(tier);
        body.push(("hidden".to_owned(), Piece::plain(&true)));
        let name = self.names.fresh(wanted);
        self.aliases.push((name.clone(), Piece::Map(body)));
        Piece::map([("target", Piece::text(&name))])
    }

    /// Deployments of which one is as good as the other.
    fn tier(&mut self, tier: &[&Deployment]) -> Body {
        if let [member] = tier {
            self.report_limits(member, None);
            let part = self.member(member);
            return match part.timeout {
                None => part.pairs("target"),
                Some(_) => vec![("targets".to_owned(), Piece::List(vec![Piece::Map(part.pairs("model"))]))],
            };
        }
        let has = |slot: &usize| tier.iter().any(|member| weight(member, *slot).is_some());
        let slot = match self.settings.strategy {
            Strategy::Shares => (0..3).find(has),
            Strategy::Algorithm(_) => None,
        };
        let algorithm = match (self.settings.strategy, slot) {
            (Strategy::Algorithm(algorithm), _) => algorithm,
            (Strategy::Shares, Some(_)) => "weighted",
            (Strategy::Shares, None) => "round_robin",
        };
        let members = tier.iter().map(|member| self.pool_member(member, slot)).collect();
        vec![
            ("load_balance".to_owned(), Piece::map([("algorithm", Piece::text(algorithm))])),
            ("targets".to_owned(), Piece::List(members)),
        ]
    }

    fn pool_member(&mut self, member: &Deployment, slot: Option<usize>) -> Piece {
        self.report_limits(member, slot);
        let mut pairs = self.member(member).pairs("model");
        match slot.map(|slot| weight(member, slot)) {
            Some(Some(weight)) => pairs.push(("weight".to_owned(), Piece::plain(&weight.number))),
            Some(None) => {
                let message = "others of this name have a weight and this one has none; it counts as 1";
                self.import.notices.changed(&member.group, member.at, message);
            }
            None => {}
        }
        Piece::Map(pairs)
    }

    /// Limits of requests and tokens are shares at most.
    fn report_limits(&mut self, member: &Deployment, slot: Option<usize>) {
        for place in 1..3 {
            let Some(limit) = weight(member, place) else { continue };
            let notices = &mut self.import.notices;
            if slot == Some(place) {
                notices.changed(&limit.path, limit.at, "it is the member's share here, and no limit");
            } else {
                let message =
                    "Callsign counts no requests of a target; its 429 leads to the next member or fallback";
                notices.lost(&limit.path, limit.at, message);
            }
        }
    }

    /// Tries on one target; a pool asks its next member instead.
    fn retries(&mut self, members: &[Deployment]) -> Option<(String, Piece)> {
        let [member] = members else {
            let own = members.iter().filter(|member| member.retries.is_some_and(|count| count > 0));
            let own: Vec<_> = own.map(|member| (member.group.clone(), member.at)).collect();
            let common = self.settings.retries.filter(|(count, _)| *count > 0);
            let common = common.map(|(_, at)| ("num_retries".to_owned(), at));
            for (path, at) in own.into_iter().chain(common) {
                let message = "a pool asks each member once, the next one instead of the same one again";
                self.import.notices.changed(&path, at, message);
            }
            return None;
        };
        let attempts = member.retries.or(self.settings.retries.map(|(count, _)| count))?;
        if attempts > MOST_RETRIES {
            let message = format!("Callsign tries a target again {MOST_RETRIES} times at most");
            self.import.notices.changed(&member.group, member.at, message);
        }
        let attempts = attempts.min(MOST_RETRIES);
        (attempts > 0).then(|| ("retries".to_owned(), Piece::map([("attempts", Piece::plain(&attempts))])))
    }
}

// === impl Part ===

impl Part {
    /// As pairs, the reference under `key`.
    fn pairs(&self, key: &str) -> Body {
        let timeout = self.timeout.as_ref().map(|timeout| ("timeout".to_owned(), Piece::plain(&timeout)));
        let reference = (key.to_owned(), Piece::text(&self.reference));
        std::iter::once(reference).chain(timeout).collect()
    }
}

fn add_fallbacks(body: &mut Body, more: Vec<Piece>) {
    if more.is_empty() {
        return;
    }
    match body.iter_mut().find(|(key, _)| key == "fallbacks") {
        Some((_, Piece::List(fallbacks))) => fallbacks.extend(more),
        _ => body.push(("fallbacks".to_owned(), Piece::List(more))),
    }
}

/// Deployments without an `order` come last.
fn order(member: &Deployment) -> u64 {
    member.order.unwrap_or(u64::MAX)
}

fn weight(member: &Deployment, slot: usize) -> Option<&Weight> {
    member.weights.get(slot).and_then(Option::as_ref)
}
