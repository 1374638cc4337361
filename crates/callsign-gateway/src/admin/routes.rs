//! Routes and guardrails as the operator's API tells them.

use std::collections::BTreeMap;

use callsign_plan::alias::{Chain, Pool, Route, Split, Sticky};
use callsign_plan::catalog::Catalog;
use callsign_plan::guard::Guardrails;
use callsign_plan::ids::TargetId;
use callsign_plan::outline::{FilterOutline, GuardOutline};
use callsign_plan::units::{Money, Weight};
use serde_json::{Value, json};

/// A target that an alias leads to, and which share of the alias's requests is to go there, where a split says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Reached {
    pub(super) target: TargetId,
    pub(super) share: Option<f64>,
}

/// So many steps are followed: aliases of aliases can lead to one target in more ways than anybody could count.
const STEPS: usize = 4096;

/// What a route means.
pub(super) fn tell(catalog: &Catalog, route: &Route) -> Value {
    match route {
        Route::Target(id) => {
            json!({ "kind": "target", "name": catalog.target(*id).map(|target| &*target.name) })
        }
        Route::Alias(id) => {
            json!({ "kind": "alias", "name": catalog.alias(*id).map(|alias| &*alias.name) })
        }
        Route::Split(split) => tell_split(catalog, split),
        Route::Pool(pool) => tell_pool(catalog, pool),
        Route::Chain(chain) => tell_chain(catalog, chain),
    }
}

fn tell_split(catalog: &Catalog, split: &Split) -> Value {
    let by = match &split.sticky {
        None => "request".to_owned(),
        Some(Sticky::User) => "user".to_owned(),
        Some(Sticky::Header(name)) => format!("header {name}"),
    };
    let part = |share: &callsign_plan::alias::Share| {
        let (weight, part) = (number(share.weight), fraction(share.weight));
        json!({ "weight": weight, "share": part, "route": tell(catalog, &share.route) })
    };
    json!({ "kind": "split", "by": by, "parts": split.shares.iter().map(part).collect::<Vec<_>>() })
}

fn tell_pool(catalog: &Catalog, pool: &Pool) -> Value {
    let member = |member: &callsign_plan::alias::Member| json!({ "weight": number(member.weight), "route": tell(catalog, &member.route) });
    let members: Vec<_> = pool.members.iter().map(member).collect();
    json!({ "kind": "pool", "algorithm": pool.algorithm.name(), "members": members })
}

fn tell_chain(catalog: &Catalog, chain: &Chain) -> Value {
    let fallback = |fallback: &callsign_plan::alias::Fallback| {
        let on: Vec<_> = fallback.conditions.iter().map(|condition| condition.name()).collect();
        json!({ "on": on, "route": tell(catalog, &fallback.route) })
    };
    let fallbacks: Vec<_> = chain.fallbacks.iter().map(fallback).collect();
    json!({ "kind": "chain", "first": tell(catalog, &chain.primary), "fallbacks": fallbacks })
}

/// A weight as it is written.
#[expect(clippy::cast_precision_loss, reason = "weights are far below 2^52")]
fn number(weight: Weight) -> f64 {
    weight.0 as f64 / Weight::ONE.0 as f64
}

/// Which part of a split it is.
#[expect(clippy::cast_precision_loss, reason = "weights are far below 2^52")]
fn fraction(weight: Weight) -> f64 {
    weight.0 as f64 / Weight::WHOLE.0 as f64
}

/// The targets that a route leads to, in the order in which they stand in it.
pub(super) fn reached(catalog: &Catalog, route: &Route) -> Vec<Reached> {
    let mut walk = Walk { catalog, found: Vec::new(), places: BTreeMap::new(), steps: 0 };
    walk.follow(route, None);
    walk.found
}

struct Walk<'c> {
    catalog: &'c Catalog,
    found: Vec<Reached>,
    places: BTreeMap<u32, usize>,
    steps: usize,
}

impl Walk<'_> {
    fn follow(&mut self, route: &Route, share: Option<f64>) {
        self.steps += 1;
        if self.steps > STEPS {
            return;
        }
        match route {
            Route::Target(target) => self.reach(*target, share),
            Route::Alias(id) => {
                if let Some(alias) = self.catalog.alias(*id) {
                    self.follow(&alias.route, share);
                }
            }
            Route::Split(split) => {
                let whole = share.unwrap_or(1.0);
                split
                    .shares
                    .iter()
                    .for_each(|part| self.follow(&part.route, Some(whole * fraction(part.weight))));
            }
            Route::Pool(pool) => pool.members.iter().for_each(|member| self.follow(&member.route, None)),
            Route::Chain(chain) => {
                self.follow(&chain.primary, share);
                chain.fallbacks.iter().for_each(|fallback| self.follow(&fallback.route, None));
            }
        }
    }

    fn reach(&mut self, target: TargetId, share: Option<f64>) {
        let place = *self.places.entry(target.0).or_insert(self.found.len());
        match self.found.get_mut(place) {
            Some(known) => {
                known.share = known.share.map_or(share, |known| Some(known + share.unwrap_or_default()));
            }
            None => self.found.push(Reached { target, share }),
        }
    }
}

/// The rules of an alias in a few words each.
pub(super) fn guardrails(catalog: &Catalog, guardrails: &Guardrails) -> Vec<String> {
    let outline = GuardOutline::of(catalog, guardrails);
    let mut told: Vec<String> = Vec::new();
    told.extend(outline.max_latency_ms.map(|latency| format!("max_latency {latency} ms")));
    told.extend(outline.max_cost_per_request.map(|cost| format!("max_cost {}", Money(cost))));
    told.extend(outline.block_categories.iter().map(|category| format!("block {category}")));
    told.extend(outline.content_filters.iter().map(|(name, filter)| rule(name, filter)));
    told.extend(outline.referees.iter().map(|(name, filter)| rule(name, filter)));
    told
}

fn rule(name: &str, filter: &FilterOutline) -> String {
    let side = if filter.apply_to == "both" { String::new() } else { format!(" ({})", filter.apply_to) };
    format!("{} {name}{side}", filter.action)
}
