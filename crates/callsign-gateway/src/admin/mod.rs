//! The operator's socket: what became of the latest exchanges.

mod configuration;
mod guard;
mod health;
mod telling;

use std::sync::Arc;

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use callsign_wire::dialect::Dialect;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::ask::shown;
use crate::listen::Drain;
use crate::observe::Observed;
use crate::record::ring::Ring;
use crate::record::tell::{tell, tell_briefly};
use crate::refusal::{Code, Refusal};
use crate::reload::Reloader;

/// The records of all workers.
pub(crate) type Rings = Arc<[Arc<Ring>]>;

/// How many exchanges are listed, where nobody says.
const LISTED: usize = 50;
/// The most that are listed.
const MOST_LISTED: usize = 1000;

/// What the operator may look at and change.
#[derive(Debug, Clone)]
pub(crate) struct Operator {
    /// What became of exchanges.
    pub(crate) rings: Rings,
    /// The configuration in force.
    pub(crate) reloader: Arc<Reloader>,
    /// How it ends.
    pub(crate) drain: Drain,
    /// What there is to tell of metrics, and what decides which lines are logged.
    pub(crate) observed: Observed,
}

/// Serves the operator until the drain is over.
pub(crate) async fn serve(socket: TcpListener, operator: Operator, over: CancellationToken) {
    let routes = Router::new()
        .route("/api/v1/exchanges", get(list))
        .route("/api/v1/exchanges/{id}", get(one))
        .route("/api/v1/config", get(configuration::show))
        .route("/api/v1/outline", get(configuration::outline))
        .route(DRAIN, post(health::drain))
        .route("/metrics", get(telling::metrics))
        .route(LOG_LEVEL, get(telling::log_level).put(telling::set_log_level))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route(RELOAD, post(configuration::reload))
        .route(GUARD, post(guard::judge))
        .method_not_allowed_fallback(not_allowed)
        .fallback(nothing)
        .with_state(operator);
    let served = axum::serve(socket, routes).with_graceful_shutdown(async move { over.cancelled().await });
    if let Err(error) = served.await {
        tracing::error!(%error, "the admin listener has ended");
    }
}

#[derive(Deserialize)]
struct Page {
    limit: Option<usize>,
}

async fn list(
    State(Operator { rings, .. }): State<Operator>,
    page: Result<Query<Page>, QueryRejection>,
) -> Response {
    let Ok(Query(page)) = page else {
        let message = "the query cannot be read; it may hold `limit` once, a whole number, as in `?limit=50`";
        return refuse(&Refusal::new(Code::InvalidRequest, message));
    };
    let most = page.limit.unwrap_or(LISTED).min(MOST_LISTED);
    let mut entries: Vec<_> = rings.iter().flat_map(|ring| ring.latest(most)).collect();
    entries.sort_by_key(|entry| std::cmp::Reverse((entry.began_ms, entry.id.clone())));
    let told: Vec<Value> = entries.iter().take(most).map(tell_briefly).collect();
    Json(json!({ "exchanges": told })).into_response()
}

async fn one(
    State(Operator { rings, .. }): State<Operator>,
    id: Result<Path<String>, PathRejection>,
) -> Response {
    // An id that is no text is nobody's.
    let found = id.ok().and_then(|Path(id)| rings.iter().find_map(|ring| ring.find(&id)));
    if let Some(entry) = found {
        return Json(tell(&entry)).into_response();
    }
    let message = "no exchange of this id is kept; the latest 256 of each worker are";
    refuse(&Refusal::new(Code::NotFound, message))
}

/// Where a new configuration is asked for.
const RELOAD: &str = "/api/v1/reload";
/// Where the end is asked for.
const DRAIN: &str = "/api/v1/drain";
/// Where a text is looked at.
const GUARD: &str = "/api/v1/guard";
/// Which lines are logged.
const LOG_LEVEL: &str = "/api/v1/log-level";
/// For those who ask for something else.
const SERVED: &str = "`GET /api/v1/exchanges`, `GET /api/v1/exchanges/{id}`, `GET /api/v1/config`, `GET /api/v1/outline`, `POST /api/v1/reload`, `POST /api/v1/drain`, `POST /api/v1/guard`, `GET` and `PUT /api/v1/log-level`, `GET /metrics`, `GET /healthz` and `GET /readyz`";

async fn nothing(uri: Uri) -> Response {
    let message = format!("nothing is served at `{}`; there is {SERVED}", shown(uri.path()));
    refuse(&Refusal::new(Code::NotFound, message))
}

async fn not_allowed(method: Method, uri: Uri) -> Response {
    let taken = match uri.path() {
        RELOAD | DRAIN | GUARD => "POST",
        LOG_LEVEL => "GET, HEAD, PUT",
        _ => "GET, HEAD",
    };
    let message = format!("`{}` takes {taken}, not {}", shown(uri.path()), shown(method.as_str()));
    refuse(&Refusal::new(Code::MethodNotAllowed, message))
}

/// Every error has one form, which is that of `OpenAI`'s dialect.
fn refuse(refusal: &Refusal) -> Response {
    let status = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let kind = refusal.kind().name(Dialect::OpenAiChat);
    let error = json!({ "message": refusal.message(), "type": kind, "code": refusal.code().name() });
    (status, Json(json!({ "error": error }))).into_response()
}
