//! Targets as the operator sees them: those of the configuration, and those that a wildcard was asked for.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use callsign_plan::ids::TargetId;
use callsign_telemetry::rollup::Subject;
use serde_json::{Value, json};

use super::pages::{Asked, Sheet};
use super::{Operator, aside, numbers};
use crate::listen::unix_milliseconds;
use crate::state::vitals::CLOSED;
use crate::state::world::World;

/// One row: the name that is shown, the one that is counted by, and the target where the configuration has it.
struct Row {
    name: Arc<str>,
    counted: Arc<str>,
    target: Option<TargetId>,
}

/// A page of them, the busiest first.
pub(super) async fn list(
    State(operator): State<Operator>,
    page: Result<Query<Asked>, QueryRejection>,
) -> Response {
    aside(move || {
        let page = Sheet::of(page)?;
        let (world, now) = (operator.reloader.in_force(), unix_milliseconds());
        let mut rollups = operator.memory.rollups();
        let mut found = rows(&world, rollups.targets());
        found.retain(|row| page.matches(&row.name));
        found.sort_by_cached_key(|row| {
            (Reverse(rollups.requests(Subject::Target(&row.counted), now)), Arc::clone(&row.name))
        });
        let tell = |row: &Row| {
            let (breaker, in_flight) = row.target.map_or((CLOSED, 0), |id| world.standing(id));
            json!({
                "name": &*row.name,
                "provider": provider(&row.counted),
                "breaker": breaker,
                "in_flight": in_flight,
                "numbers": numbers::tell(&rollups.numbers(Subject::Target(&row.counted), now)),
            })
        };
        let told: Vec<Value> = page.cut(&found).iter().map(tell).collect();
        Ok(page.tell("targets", &told, found.len()))
    })
    .await
}

fn rows(world: &World, seen: Vec<Arc<str>>) -> Vec<Row> {
    let mut rows: BTreeMap<Arc<str>, Row> = BTreeMap::new();
    let mut counted = std::collections::BTreeSet::new();
    for (number, target) in world.catalog.parts().targets.iter().enumerate() {
        let Ok(id) = u32::try_from(number).map(TargetId) else { continue };
        let (name, by) = (Arc::clone(&target.name), world.name_of(id));
        counted.insert(Arc::clone(&by));
        rows.insert(Arc::clone(&name), Row { name, counted: by, target: Some(id) });
    }
    for name in seen.into_iter().filter(|name| !counted.contains(name)) {
        rows.entry(Arc::clone(&name)).or_insert(Row { counted: Arc::clone(&name), name, target: None });
    }
    rows.into_values().collect()
}

fn provider(name: &str) -> &str {
    name.split_once('/').map_or(name, |(provider, _)| provider)
}
