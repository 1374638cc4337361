//! The operator's socket: what became of the latest exchanges.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::record::ring::Ring;
use crate::record::tell::{tell, tell_briefly};

/// The records of all workers.
pub(crate) type Rings = Arc<[Arc<Ring>]>;

/// How many exchanges are listed, where nobody says.
const LISTED: usize = 50;
/// The most that are listed.
const MOST_LISTED: usize = 1000;

/// Serves the operator until the drain is over.
pub(crate) async fn serve(socket: TcpListener, rings: Rings, over: CancellationToken) {
    let routes = Router::new()
        .route("/api/v1/exchanges", get(list))
        .route("/api/v1/exchanges/{id}", get(one))
        .fallback(nothing)
        .with_state(rings);
    let served = axum::serve(socket, routes).with_graceful_shutdown(async move { over.cancelled().await });
    if let Err(error) = served.await {
        tracing::error!(%error, "the admin listener has ended");
    }
}

#[derive(Deserialize)]
struct Page {
    limit: Option<usize>,
}

async fn list(State(rings): State<Rings>, Query(page): Query<Page>) -> Json<Value> {
    let most = page.limit.unwrap_or(LISTED).min(MOST_LISTED);
    let mut entries: Vec<_> = rings.iter().flat_map(|ring| ring.latest(most)).collect();
    entries.sort_by_key(|entry| std::cmp::Reverse((entry.began_ms, entry.id.clone())));
    let told: Vec<Value> = entries.iter().take(most).map(tell_briefly).collect();
    Json(json!({ "exchanges": told }))
}

async fn one(State(rings): State<Rings>, Path(id): Path<String>) -> Response {
    match rings.iter().find_map(|ring| ring.find(&id)) {
        Some(entry) => Json(tell(&entry)).into_response(),
        None => absent("no exchange of this id is kept; the latest 256 of each worker are"),
    }
}

async fn nothing() -> Response {
    absent("nothing is served here; there is `GET /api/v1/exchanges` and `GET /api/v1/exchanges/{id}`")
}

fn absent(message: &str) -> Response {
    (StatusCode::NOT_FOUND, Json(json!({ "error": { "message": message } }))).into_response()
}
