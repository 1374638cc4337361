//! What would move if one configuration took the place of another.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::draw;
use crate::outline::{
    AliasOutline, FilterOutline, GuardOutline, Outline, PartOutline, PriceOutline, RouteOutline,
};
use crate::units::Weight;

/// One difference between two configurations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A name that there was not.
    AliasAdded {
        /// The alias.
        alias: String,
        /// What it means.
        route: String,
    },
    /// A name that is gone: whoever asks for it gets 404, or another thing of this name.
    AliasRemoved {
        /// The alias.
        alias: String,
        /// What of another kind has this name now.
        instead: Option<String>,
    },
    /// An alias that means something else.
    Retargeted {
        /// The alias.
        alias: String,
        /// What it meant.
        before: String,
        /// What it means.
        after: String,
    },
    /// First attempts that go elsewhere.
    Moved {
        /// The alias.
        alias: String,
        /// Whether it is callers that move, or any requests.
        whose: Whose,
        /// Where they went first.
        from: String,
        /// Where they go first.
        to: String,
        /// How many, in millionths of all.
        share: u32,
    },
    /// A guardrail that holds less, or more.
    Guard {
        /// The alias.
        alias: String,
        /// Which, by its key.
        key: String,
        /// As it was, as it is.
        values: Values,
        /// Which way.
        leaning: Leaning,
    },
    /// Something else that is written of an alias or a target.
    Setting {
        /// Of what.
        subject: Subject,
        /// Which, by its key.
        key: String,
        /// As it was, as it is.
        values: Values,
    },
    /// A target that there was not.
    TargetAdded {
        /// The target.
        target: String,
    },
    /// A target that is gone.
    TargetRemoved {
        /// The target.
        target: String,
    },
    /// A target that costs something else.
    Price {
        /// The target.
        target: String,
        /// For a million tokens, as it was, as it is.
        values: Values,
    },
}

/// Whose requests move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// Those of so many callers: the split is sticky.
    Callers,
    /// So many of all.
    Anybody,
}

/// Which way a guardrail changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leaning {
    /// More passes than before.
    Looser,
    /// Less passes.
    Stricter,
}

/// What something is written of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// An alias.
    Alias(String),
    /// A target.
    Target(String),
    /// Neither: the whole file.
    File,
}

/// A value before and after; `None` where none was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Values {
    /// As it was.
    pub before: Option<String>,
    /// As it is.
    pub after: Option<String>,
}

/// Callers that are asked where they would go.
const CALLERS: u32 = 20_000;
/// All, in millionths.
const ALL: u64 = 1_000_000;
/// Aliases that lead to one another are followed so far: a catalog has no circles, an outline from elsewhere might.
const DEEPEST: usize = 64;

/// Parts of the file that a gateway reads when it starts, and not when it reloads. Dots part the keys of maps.
pub const READ_AT_START: [&str; 6] =
    ["listeners", "admin", "history", "state_storage", "tracing", "overrides.upstream_tls_ca_path"];

/// Everything that differs, in the order of names: what clients meet first.
pub fn changes(before: &Outline, after: &Outline) -> Vec<Change> {
    let mut changes = Vec::new();
    aliases(before, after, &mut changes);
    for (name, old) in &before.aliases {
        if let Some(new) = after.aliases.get(name) {
            moves((before, after), name, (old, new), &mut changes);
        }
    }
    targets(before, after, &mut changes);
    whole_file(before, after, &mut changes);
    changes
}

// === impl Change ===

impl Change {
    /// Whether somebody should look twice: a name that is gone, or a guardrail that lets more pass.
    pub fn is_risky(&self) -> bool {
        matches!(self, Self::AliasRemoved { .. } | Self::Guard { leaning: Leaning::Looser, .. })
    }

    /// Whether a gateway that runs goes on as before until it is started anew.
    pub fn needs_restart(&self) -> bool {
        let Self::Setting { subject: Subject::File, key, .. } = self else { return false };
        READ_AT_START.iter().any(|part| {
            key.strip_prefix(part).is_some_and(|below| below.is_empty() || below.starts_with('.'))
        })
    }
}

fn aliases(before: &Outline, after: &Outline, changes: &mut Vec<Change>) {
    for name in names(&before.aliases, &after.aliases) {
        match (before.aliases.get(name), after.aliases.get(name)) {
            (None, Some(new)) => {
                changes.push(Change::AliasAdded { alias: name.clone(), route: told(&new.route) });
            }
            (Some(_), None) => {
                changes.push(Change::AliasRemoved { alias: name.clone(), instead: after.other(name) });
            }
            (Some(old), Some(new)) => alias(name, (old, new), changes),
            (None, None) => {}
        }
    }
}

fn alias(name: &str, (old, new): (&AliasOutline, &AliasOutline), changes: &mut Vec<Change>) {
    if old.route != new.route {
        let (before, after) = (told(&old.route), told(&new.route));
        changes.push(Change::Retargeted { alias: name.to_owned(), before, after });
    }
    guards(name, (&old.guardrails, &new.guardrails), changes);
    settings(&Subject::Alias(name.to_owned()), (&old.settings, &new.settings), changes);
}

fn settings(
    subject: &Subject,
    (old, new): (&BTreeMap<String, String>, &BTreeMap<String, String>),
    changes: &mut Vec<Change>,
) {
    for key in names(old, new) {
        if let Some(values) = Values::differing(old.get(key).cloned(), new.get(key).cloned()) {
            changes.push(Change::Setting { subject: subject.clone(), key: key.clone(), values });
        }
    }
}

fn targets(before: &Outline, after: &Outline, changes: &mut Vec<Change>) {
    for name in names(&before.targets, &after.targets) {
        match (before.targets.get(name), after.targets.get(name)) {
            (None, _) => changes.push(Change::TargetAdded { target: name.clone() }),
            (Some(_), None) => changes.push(Change::TargetRemoved { target: name.clone() }),
            (Some(old), Some(new)) => {
                let price = |price: Option<PriceOutline>| price.map(PriceOutline::told);
                if let Some(values) = Values::differing(price(old.price), price(new.price)) {
                    changes.push(Change::Price { target: name.clone(), values });
                }
                settings(&Subject::Target(name.clone()), (&old.settings, &new.settings), changes);
            }
        }
    }
}

fn whole_file(before: &Outline, after: &Outline, changes: &mut Vec<Change>) {
    let file = |key: String, values| Change::Setting { subject: Subject::File, key, values };
    if let Some(values) = Values::differing(before.default.clone(), after.default.clone()) {
        changes.push(file("default".to_owned(), values));
    }
    for name in names(&before.names, &after.names) {
        let values = Values::differing(before.names.get(name).cloned(), after.names.get(name).cloned());
        changes.extend(values.map(|values| file(format!("name {name}"), values)));
    }
    // Of a gateway that does not tell them nothing is known.
    if let (Some(old), Some(new)) = (&before.settings, &after.settings) {
        settings(&Subject::File, (old, new), changes);
    }
}

fn names<'o, T>(old: &'o BTreeMap<String, T>, new: &'o BTreeMap<String, T>) -> BTreeSet<&'o String> {
    old.keys().chain(new.keys()).collect()
}

// === guardrails ===

fn guards(alias: &str, (old, new): (&GuardOutline, &GuardOutline), changes: &mut Vec<Change>) {
    let mut note = |key: &str, values: Option<Values>, looser: bool| {
        let leaning = if looser { Leaning::Looser } else { Leaning::Stricter };
        let (alias, key) = (alias.to_owned(), key.to_owned());
        changes.extend(values.map(|values| Change::Guard { alias, key, values, leaning }));
    };
    let latency = |time: Option<u64>| time.map(|time| format!("{:?}", Duration::from_millis(time)));
    note(
        "max_latency",
        Values::differing(latency(old.max_latency_ms), latency(new.max_latency_ms)),
        limit(new.max_latency_ms) > limit(old.max_latency_ms),
    );
    let money = |money: Option<u64>| money.map(dollars);
    note(
        "max_cost_per_request",
        Values::differing(money(old.max_cost_per_request), money(new.max_cost_per_request)),
        limit(new.max_cost_per_request) > limit(old.max_cost_per_request),
    );
    note(
        "on_cost",
        Values::differing(old.on_cost.clone(), new.on_cost.clone()),
        new.on_cost.as_deref() != Some("refuse"),
    );
    for category in old.block_categories.symmetric_difference(&new.block_categories) {
        let (before, after) =
            (old.block_categories.contains(category), new.block_categories.contains(category));
        let word = |blocks: bool| blocks.then(|| "blocks".to_owned());
        note(&format!("block_categories.{category}"), Values::differing(word(before), word(after)), before);
    }
    for (key, before, after) in [
        ("content_filters", &old.content_filters, &new.content_filters),
        ("referees", &old.referees, &new.referees),
    ] {
        for name in names(before, after) {
            let (before, after) = (before.get(name), after.get(name));
            let values = Values::differing(before.map(FilterOutline::told), after.map(FilterOutline::told));
            note(&format!("{key}.{name}"), values, rank(after) < rank(before));
        }
    }
    let failure = Values::differing(Some(old.on_failure.clone()), Some(new.on_failure.clone()));
    note("on_failure", failure, new.on_failure == "allow");
}

/// No limit is the highest.
fn limit(written: Option<u64>) -> u64 {
    written.unwrap_or(u64::MAX)
}

/// How much a filter holds back: where it looks, and then what it does.
fn rank(filter: Option<&FilterOutline>) -> (u8, u8, bool) {
    let Some(filter) = filter else { return (0, 0, false) };
    let action = match filter.action.as_str() {
        "block" => 3,
        "mask" => 2,
        _ => 1,
    };
    let place = if filter.apply_to == "both" { 2 } else { 1 };
    (place, action, !filter.restore)
}

// === traffic ===

fn moves(
    (before, after): (&Outline, &Outline),
    alias: &str,
    (old, new): (&AliasOutline, &AliasOutline),
    changes: &mut Vec<Change>,
) {
    let sticky = is_sticky(&old.route) || is_sticky(&new.route);
    let moved = if sticky { callers(before, after, alias) } else { requests(before, after, alias) };
    let whose = if sticky { Whose::Callers } else { Whose::Anybody };
    for ((from, to), share) in moved {
        changes.push(Change::Moved { alias: alias.to_owned(), whose, from, to, share });
    }
}

type Moves = BTreeMap<(String, String), u32>;

fn is_sticky(route: &RouteOutline) -> bool {
    match route {
        RouteOutline::Split { sticky, .. } => sticky.is_some(),
        RouteOutline::Chain { primary, .. } => is_sticky(primary),
        RouteOutline::To(_) | RouteOutline::Pool { .. } => false,
    }
}

/// Where callers with keys go, by asking many of them.
fn callers(before: &Outline, after: &Outline, alias: &str) -> Moves {
    let mut moved: BTreeMap<(String, String), u64> = BTreeMap::new();
    for caller in 0..CALLERS {
        let key = format!("caller-{caller}");
        let (from, to) = (before.first(alias, &key), after.first(alias, &key));
        if from != to {
            *moved.entry((from, to)).or_default() += 1;
        }
    }
    let share = |count: u64| u32::try_from(estimate(count * ALL / u64::from(CALLERS))).unwrap_or(u32::MAX);
    moved.into_iter().map(|(way, count)| (way, share(count))).collect()
}

/// A share with the digits that a sample of so many tells: whole percents, and tenths below one.
fn estimate(share: u64) -> u64 {
    let unit = if share < 10_000 { 1_000 } else { 10_000 };
    if share < unit { share } else { (share + unit / 2) / unit * unit }
}

/// Where requests go, by shares: as few move as can.
fn requests(before: &Outline, after: &Outline, alias: &str) -> Moves {
    let (old, new) = (before.shares(alias), after.shares(alias));
    let less = |one: &BTreeMap<String, u64>, other: &BTreeMap<String, u64>| -> Vec<(String, u64)> {
        let left = |(name, share): (&String, &u64)| {
            Some((name.clone(), share.checked_sub(*other.get(name).unwrap_or(&0)).filter(|left| *left > 0)?))
        };
        one.iter().filter_map(left).collect()
    };
    let (losers, mut winners) = (less(&old, &new), less(&new, &old));
    let mut moved = Moves::new();
    for (from, mut left) in losers {
        for (to, wanted) in &mut winners {
            let share = left.min(*wanted);
            (left, *wanted) = (left - share, *wanted - share);
            if share > 0 {
                moved.insert((from.clone(), to.clone()), u32::try_from(share).unwrap_or(u32::MAX));
            }
        }
    }
    moved
}

impl Outline {
    /// What of another kind has an alias's name.
    fn other(&self, name: &str) -> Option<String> {
        self.names.get(name).cloned().or_else(|| {
            let bare = |target: &&String| target.split_once('/').is_some_and(|(_, id)| id == name);
            self.targets.keys().find(|target| target.as_str() == name || bare(target)).cloned()
        })
    }

    /// The target, or pool of targets, that a caller's first attempt goes to.
    fn first(&self, alias: &str, key: &str) -> String {
        let mut name = alias.to_owned();
        for _ in 0..DEEPEST {
            let Some(alias) = self.aliases.get(&name) else { return name };
            match first_of(&alias.route, (&name, key)) {
                Ok(next) => name = next,
                Err(pool) => return pool,
            }
        }
        name
    }

    /// Where first attempts go, in millionths.
    fn shares(&self, alias: &str) -> BTreeMap<String, u64> {
        let mut shares = BTreeMap::new();
        self.add(&RouteOutline::To(alias.to_owned()), (ALL, DEEPEST), &mut shares);
        shares
    }

    fn add(&self, route: &RouteOutline, (share, deep): (u64, usize), shares: &mut BTreeMap<String, u64>) {
        let Some(deep) = deep.checked_sub(1).filter(|_| share > 0) else { return };
        match route {
            RouteOutline::To(name) => match self.aliases.get(name) {
                Some(alias) => self.add(&alias.route, (share, deep), shares),
                None => *shares.entry(name.clone()).or_default() += share,
            },
            RouteOutline::Chain { primary, .. } => self.add(primary, (share, deep), shares),
            RouteOutline::Pool { .. } => *shares.entry(told(route)).or_default() += share,
            RouteOutline::Split { parts, .. } => {
                let part = |part: &PartOutline| {
                    u128::from(share) * u128::from(part.weight) / u128::from(Weight::WHOLE.0)
                };
                for one in parts {
                    let share = u64::try_from(part(one)).unwrap_or(share);
                    self.add(&one.route, (share, deep), shares);
                }
            }
        }
    }
}

/// The next name on a caller's way, or the pool where it ends.
fn first_of(route: &RouteOutline, (alias, key): (&str, &str)) -> Result<String, String> {
    match route {
        RouteOutline::To(name) => Ok(name.clone()),
        RouteOutline::Chain { primary, .. } => first_of(primary, (alias, key)),
        RouteOutline::Pool { .. } => Err(told(route)),
        RouteOutline::Split { parts, .. } => {
            let names: Vec<String> = parts.iter().map(|part| told(&part.route)).collect();
            let weighed = names.iter().zip(parts).map(|(name, part)| (name.as_str(), Weight(part.weight)));
            let part = draw::by_key(alias, key.as_bytes(), weighed).and_then(|part| parts.get(part));
            part.map_or_else(|| Err(told(route)), |part| first_of(&part.route, (alias, key)))
        }
    }
}

// === for people ===

/// A route in one line.
fn told(route: &RouteOutline) -> String {
    match route {
        RouteOutline::To(name) => name.clone(),
        RouteOutline::Split { sticky, parts } => {
            let parts: Vec<String> =
                parts.iter().map(|part| format!("{} % {}", Weight(part.weight), told(&part.route))).collect();
            let sticky = sticky.as_ref().map(|sticky| format!(" by {sticky}")).unwrap_or_default();
            format!("split{sticky} ({})", parts.join(", "))
        }
        RouteOutline::Pool { algorithm, members } => {
            let uneven = members.iter().any(|member| member.weight != Weight::ONE.0);
            let member = |member: &PartOutline| {
                let weight = if uneven { format!("{} × ", Weight(member.weight)) } else { String::new() };
                format!("{weight}{}", told(&member.route))
            };
            format!("{algorithm} pool ({})", members.iter().map(member).collect::<Vec<_>>().join(", "))
        }
        RouteOutline::Chain { primary, fallbacks } => {
            let fallbacks = fallbacks.iter().map(|fallback| {
                format!(", then {} on {}", told(&fallback.route), fallback.conditions.join(" or "))
            });
            format!("{}{}", told(primary), fallbacks.collect::<String>())
        }
    }
}

/// Nano-dollars with all their decimals, at least two.
fn dollars(nanos: u64) -> String {
    let decimals = format!("{:09}", nanos % 1_000_000_000);
    format!("${}.{:0<2}", nanos / 1_000_000_000, decimals.trim_end_matches('0'))
}

impl PriceOutline {
    fn told(self) -> String {
        let further = [
            (self.cached_input, "cached"),
            (self.cache_write, "into a cache"),
            (self.reasoning, "of reasoning"),
            (self.request, "for each request"),
        ];
        let further = further.into_iter().filter_map(|(price, what)| Some((price?, what)));
        further.fold(
            format!("{} in, {} out", dollars(self.input), dollars(self.output)),
            |told, (price, what)| format!("{told}, {} {what}", dollars(price)),
        )
    }
}

impl FilterOutline {
    fn told(&self) -> String {
        format!("{}, {}{}", self.action, self.apply_to, if self.restore { ", restored" } else { "" })
    }
}

impl Values {
    fn differing(before: Option<String>, after: Option<String>) -> Option<Self> {
        (before != after).then_some(Self { before, after })
    }
}

#[cfg(test)]
mod tests;
