//! Aliases as the operator sees them: what each means, and how it and its targets do.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::response::Response;
use callsign_plan::alias::{Alias, Deprecation};
use callsign_plan::ids::TargetId;
use callsign_telemetry::rollup::Subject;
use serde_json::{Value, json};

use super::pages::{Asked, Sheet};
use super::routes::{self, Reached};
use super::{Operator, aside, numbers};
use crate::listen::unix_milliseconds;
use crate::observe::chronicle::Memory;
use crate::refusal::{Code, Refusal};
use crate::state::world::World;

/// What one alias's telling needs.
struct Sight<'s> {
    world: &'s World,
    memory: &'s Memory,
    now: u64,
}

/// A page of them, the busiest first.
pub(super) async fn list(
    State(operator): State<Operator>,
    page: Result<Query<Asked>, QueryRejection>,
) -> Response {
    aside(move || {
        let page = Sheet::of(page)?;
        let (world, now) = (operator.reloader.in_force(), unix_milliseconds());
        let busy: BTreeMap<_, _> = operator.memory.rollups().busy(now).into_iter().collect();
        let aliases = world.catalog.parts().aliases.iter();
        let mut found: Vec<&Alias> = aliases.filter(|alias| matches(alias, &page)).collect();
        found.sort_by_key(|alias| (Reverse(busy.get(&alias.name)), &alias.name));
        let sight = Sight { world: &world, memory: &operator.memory, now };
        let told: Vec<Value> = page.cut(&found).iter().map(|alias| sight.tell(alias)).collect();
        Ok(page.tell("aliases", &told, found.len()))
    })
    .await
}

fn matches(alias: &Alias, page: &Sheet) -> bool {
    page.matches(&alias.name) || alias.description.as_ref().is_some_and(|about| page.matches(about))
}

/// One of them.
pub(super) async fn one(
    State(operator): State<Operator>,
    name: Result<Path<String>, PathRejection>,
) -> Response {
    aside(move || {
        let world = operator.reloader.in_force();
        let named = |name: &String| world.catalog.parts().aliases.iter().find(|alias| *alias.name == **name);
        let Some(alias) = name.as_ref().ok().and_then(|Path(name)| named(name)) else {
            let message = "no alias has this name; `GET /api/v1/aliases` lists them";
            return Err(Refusal::new(Code::NotFound, message));
        };
        let now = unix_milliseconds();
        let mut told = Sight { world: &world, memory: &operator.memory, now }.tell(alias);
        if let Some(members) = told.as_object_mut() {
            members.insert("conditions".to_owned(), last_hour(&operator.memory, &alias.name, now));
        }
        Ok(told)
    })
    .await
}

/// Why others were asked in the last hour, each with how often that was.
fn last_hour(memory: &Memory, alias: &str, now: u64) -> Value {
    let minute = now / 60_000;
    let minutes = memory.rollups().minutes(Subject::Alias(alias), minute.saturating_sub(59), minute);
    let mut conditions: BTreeMap<&'static str, u64> = BTreeMap::new();
    for (condition, count) in minutes.values().flat_map(|tally| &tally.conditions) {
        *conditions.entry(condition).or_default() += count;
    }
    json!(conditions)
}

// === impl Sight ===

impl Sight<'_> {
    fn tell(&self, alias: &Alias) -> Value {
        let catalog = &self.world.catalog;
        let reached = routes::reached(catalog, &alias.route);
        let numbers = self.memory.rollups().numbers(Subject::Alias(&alias.name), self.now);
        json!({
            "name": &*alias.name,
            "description": alias.description.as_deref(),
            "hidden": alias.hidden,
            "deprecated": alias.deprecated.as_ref().map(deprecated),
            "route": routes::tell(catalog, &alias.route),
            "guardrails": routes::guardrails(catalog, &alias.guardrails),
            "numbers": numbers::tell(&numbers),
            "targets": self.targets(alias, &reached),
        })
    }

    fn targets(&self, alias: &Alias, reached: &[Reached]) -> Vec<Value> {
        let mut rollups = self.memory.rollups();
        let mut number =
            |id: TargetId| rollups.numbers_of_part((&alias.name, &self.world.name_of(id)), self.now);
        let each: Vec<_> = reached.iter().map(|one| (one, number(one.target))).collect();
        let served: u64 = each.iter().map(|(_, numbers)| numbers.served()).sum();
        let tell = |(one, of): &(&Reached, callsign_telemetry::rollup::Numbers)| {
            let (breaker, in_flight) = self.world.standing(one.target);
            json!({
                "name": self.world.catalog.target(one.target).map(|target| &*target.name),
                "configured": one.share,
                "seen": numbers::share(of.served(), served),
                "breaker": breaker,
                "in_flight": in_flight,
                "numbers": numbers::tell(of),
            })
        };
        each.iter().map(tell).collect()
    }
}

fn deprecated(deprecation: &Deprecation) -> Value {
    let Deprecation { since, sunset, successor } = deprecation;
    json!({ "since": since, "sunset": sunset, "successor": successor.as_deref() })
}
