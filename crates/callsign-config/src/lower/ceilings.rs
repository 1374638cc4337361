//! Ceilings on costs: whether the price of every target below them is known, and whether they afford anything.

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;

use callsign_plan::alias::{Alias, Route};
use callsign_plan::guard::CostLimit;
use callsign_plan::ids::TargetId;
use callsign_plan::target::{Model, Place, Target};
use callsign_price::book::{Book, Shelf};
use callsign_price::question::Bound;
use callsign_price::tariff::{Caching, Tariff};

use crate::diagnostic::{Code, Findings, Span};
use crate::lower::targets::Targets;
use crate::tree::{Entry, Node};

/// As many tokens as the smallest question has at most.
const SMALLEST: u64 = 40;

/// What prices are looked up with.
pub(crate) struct Ceilings<'a> {
    aliases: &'a [Option<Alias>],
    targets: &'a Targets,
    /// Seconds since 1970-01-01 UTC.
    date: u64,
    /// Whether other prices are read later.
    is_more: bool,
    shelves: HashMap<String, Option<Shelf>>,
    book: Option<Book>,
}

// === impl Ceilings ===

impl<'a> Ceilings<'a> {
    pub(crate) fn new(
        document: &Node,
        aliases: &'a [Option<Alias>],
        targets: &'a Targets,
        date: u64,
    ) -> Self {
        let is_more = document
            .get("prices")
            .is_some_and(|node| node.entry("file").is_some() || node.entry("url").is_some());
        Self { aliases, targets, date, is_more, shelves: HashMap::new(), book: None }
    }

    /// Looks at every alias that has a ceiling.
    pub(crate) fn check(mut self, written: &[Entry], findings: &mut Findings<'_>) {
        let mut told = BTreeSet::new();
        for (place, entry) in written.iter().enumerate() {
            let Some(alias) = self.aliases.get(place).and_then(Option::as_ref) else { continue };
            let Some(limit) = alias.guardrails.max_cost else { continue };
            let ceiling = entry.value.get("guardrails").and_then(|node| node.entry("max_cost_per_request"));
            let at = ceiling.map_or(entry.at, |entry| entry.at);
            for id in self.reached(alias) {
                let Some(target) = self.targets.get(id) else { continue };
                match self.tariff(target) {
                    None if told.insert(id) => self.report(&entry.key, target, at, findings),
                    None => {}
                    Some(tariff) => warn_of_nothing(&tariff, limit, (&entry.key, target, at), findings),
                }
            }
        }
    }

    /// The targets that an alias may lead to.
    fn reached(&self, alias: &Alias) -> BTreeSet<TargetId> {
        let (mut targets, mut entered) = (BTreeSet::new(), BTreeSet::new());
        let mut routes = vec![&alias.route];
        while let Some(route) = routes.pop() {
            match route {
                Route::Target(id) => {
                    targets.insert(*id);
                }
                Route::Alias(id) => {
                    let inner = self.aliases.get(id.0 as usize).and_then(Option::as_ref);
                    routes.extend(inner.filter(|_| entered.insert(id.0)).map(|alias| &alias.route));
                }
                Route::Split(split) => routes.extend(split.shares.iter().map(|share| &share.route)),
                Route::Pool(pool) => routes.extend(pool.members.iter().map(|member| &member.route)),
                Route::Chain(chain) => {
                    routes.push(&chain.primary);
                    routes.extend(chain.fallbacks.iter().map(|fallback| &fallback.route));
                }
            }
        }
        targets
    }

    fn tariff(&mut self, target: &Target) -> Option<Tariff> {
        if let Some(price) = &target.price {
            return Some(Tariff::of(price));
        }
        let Model::Fixed(model) = &target.model else { return None };
        if !self.shelves.contains_key(&*target.provider) {
            let prices = self.book.get_or_insert_with(Book::bundled).shelf(&target.provider);
            self.shelves.insert(target.provider.to_string(), prices);
        }
        self.shelves.get(&*target.provider)?.as_ref()?.tariff(model, None, self.date)
    }

    fn report(&self, alias: &str, target: &Target, at: Span, findings: &mut Findings<'_>) {
        let code = if self.is_more { Code::PriceElsewhere } else { Code::UnknownPrice };
        let name = quoted(target, findings);
        let message = format!("`{alias}` limits what a request costs, and no price is known of {name}");
        findings.report(code, at, message).label("cannot be held").help(if self.is_more {
            "until `prices` tells it, the target is passed over; or give it a `price`"
        } else {
            "give it `price: {input: …, output: …}` per million tokens"
        });
    }
}

/// Warns of a ceiling that leaves nothing for an answer even to the smallest question.
fn warn_of_nothing(
    tariff: &Tariff,
    limit: CostLimit,
    (alias, target, at): (&str, &Target, Span),
    findings: &mut Findings<'_>,
) {
    let smallest = Bound { text: SMALLEST, media: 0 };
    let affords = tariff.affords(smallest, Caching::Never, limit.ceiling);
    let Some(tokens) = affords.filter(|tokens| *tokens < u64::from(limit.min_output_tokens)) else { return };
    let message = format!(
        "the ceiling of `{alias}`, {}, affords {tokens} tokens of {} in answer to the smallest question",
        limit.ceiling,
        quoted(target, findings)
    );
    let help = format!("raise it, or lower `min_output_tokens` ({})", limit.min_output_tokens);
    findings.report(Code::CeilingTooLow, at, message).label("too low").help(help);
}

/// A target's name, where all of it may be shown.
fn quoted(target: &Target, findings: &Findings<'_>) -> String {
    if findings.holds(&target.name) { format!("`{}`", target.name) } else { "a target".to_owned() }
}

/// Whether a place is this machine.
pub(crate) fn is_loopback(place: &Place) -> bool {
    let Place::Server { origin, .. } = place else { return true };
    let authority = origin.split_once("://").map_or(&**origin, |(_, authority)| authority);
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next(),
        None => authority.split(':').next(),
    };
    host.is_some_and(|host| {
        host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    })
}
