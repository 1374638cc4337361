//! Numbers as they change: one telling a second for however many look on. Who reads slowly misses some; nothing is piled up.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use callsign_plan::ids::TargetId;
use callsign_telemetry::rollup::Subject;
use futures_util::stream;
use serde_json::{Map, Value, json};
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::{Operator, numbers, refuse};
use crate::listen::unix_milliseconds;
use crate::refusal::{Code, Refusal};
use crate::state::vitals::CLOSED;

/// What is told, one telling after another.
pub(super) type Told = Arc<watch::Sender<Bytes>>;

/// Between two tellings.
const EVERY: Duration = Duration::from_secs(1);
/// Most aliases of one telling; the busiest.
const MOST: usize = 500;
/// Most who look on at once.
const LOOKING: usize = 256;

/// Tells, while anybody looks on.
pub(super) async fn tick(operator: Operator, told: Told, over: CancellationToken) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = over.cancelled() => return,
        }
        if told.receiver_count() == 0 {
            continue;
        }
        let operator = operator.clone();
        if let Ok(event) = tokio::task::spawn_blocking(move || event(&operator)).await {
            told.send_replace(event);
        }
    }
}

/// A stream of tellings. It ends with the gateway, so that a page finds the next one.
pub(super) async fn follow(State(operator): State<Operator>) -> Response {
    if operator.told.receiver_count() >= LOOKING {
        return refuse(&Refusal::new(Code::Overloaded, "too many look on already; try again later"));
    }
    let (mut receiver, begun) = (operator.told.subscribe(), operator.drain.begun.clone());
    let first = tokio::task::spawn_blocking(move || event(&operator)).await.unwrap_or_default();
    // What was told meanwhile is older than the first.
    receiver.mark_unchanged();
    let events = stream::unfold((receiver, begun, Some(first)), |(mut receiver, begun, first)| async move {
        let event = match first {
            Some(first) => first,
            None => next(&mut receiver, &begun).await?,
        };
        Some((Ok::<_, std::convert::Infallible>(event), (receiver, begun, None)))
    });
    let mut response = Body::from_stream(events).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

async fn next(receiver: &mut watch::Receiver<Bytes>, begun: &CancellationToken) -> Option<Bytes> {
    tokio::select! {
        changed = receiver.changed() => changed.ok()?,
        () = begun.cancelled() => return None,
    }
    Some(receiver.borrow_and_update().clone())
}

fn event(operator: &Operator) -> Bytes {
    Bytes::from(format!("event: numbers\ndata: {}\n\n", now(operator)))
}

fn now(operator: &Operator) -> Value {
    let (now, standing) = (unix_milliseconds(), operator.reloader.standing());
    let mut rollups = operator.memory.rollups();
    let mut busy = rollups.busy(now);
    busy.sort_by_key(|(_, requests)| std::cmp::Reverse(*requests));
    let aliases: Map<String, Value> = busy
        .iter()
        .take(MOST)
        .map(|(name, _)| (name.to_string(), numbers::tell(&rollups.numbers(Subject::Alias(name), now))))
        .collect();
    let all = numbers::tell(&rollups.numbers(Subject::All, now));
    drop(rollups);
    json!({
        "time_ms": now,
        "all": all,
        "aliases": aliases,
        "breakers": breakers(operator),
        "reload": { "generation": standing.revision, "rejected": standing.rejected.is_some() },
    })
}

/// Those that are not closed.
fn breakers(operator: &Operator) -> Map<String, Value> {
    let world = operator.reloader.in_force();
    let targets = world.catalog.parts().targets.iter().zip(0_u32..);
    let standing = targets.map(|(target, number)| (target, world.standing(TargetId(number)).0));
    standing
        .filter(|(_, breaker)| *breaker != CLOSED)
        .map(|(target, breaker)| (target.name.to_string(), json!(breaker)))
        .collect()
}
