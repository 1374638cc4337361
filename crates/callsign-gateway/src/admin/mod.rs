//! The operator's socket: what aliases mean and how they do, what became of exchanges, the configuration and what would change.

mod aliases;
mod configuration;
mod dashboard;
pub(crate) mod door;
mod exchanges;
mod guard;
mod health;
mod history;
mod live;
pub(crate) mod lock;
mod numbers;
mod openapi;
mod pages;
pub(crate) mod plan;
mod playground;
mod routes;
mod secured;
mod targets;
mod telling;

use std::io;
use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::extract::connect_info::Connected;
use axum::http::{Method, StatusCode, Uri};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post, put};
use axum::serve::{IncomingStream, Listener};
use axum::{Json, Router};
use callsign_wire::dialect::Dialect;
use serde_json::{Value, json};
use std::net::SocketAddr;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::ask::shown;
use crate::listen::Drain;
use crate::observe::Observed;
use crate::observe::chronicle::Memory;
use crate::record::ring::Ring;
use crate::refusal::{Code, Refusal};
use crate::reload::Reloader;
use crate::upstream::Upstream;
use door::Door;
use live::Told;
use lock::Lock;
use secured::{Peer, Secured};

/// The records of all workers.
pub(crate) type Rings = Arc<[Arc<Ring>]>;

/// What the operator may look at and change.
#[derive(Debug, Clone)]
pub(crate) struct Operator {
    /// What became of exchanges.
    pub(crate) rings: Rings,
    /// The configuration in force.
    pub(crate) reloader: Arc<Reloader>,
    /// How it ends.
    pub(crate) drain: Drain,
    /// What is remembered.
    pub(crate) memory: Memory,
    /// Who is let in.
    pub(crate) door: Arc<Door>,
    /// What connections are encrypted with, if they are.
    pub(crate) lock: Option<Arc<Lock>>,
    /// Where clients connect.
    pub(crate) model: Option<SocketAddr>,
    /// What is told live.
    pub(crate) told: Told,
    /// The way out, for those who are asked about texts.
    pub(crate) upstream: Arc<Upstream>,
    /// What there is to tell of metrics, and what decides which lines are logged.
    pub(crate) observed: Observed,
}

/// One thing that is served.
struct Served {
    method: Method,
    path: &'static str,
    by: MethodRouter<Operator>,
}

/// Everything that is served here.
fn served() -> Vec<Served> {
    let get = |path, by| Served { method: Method::GET, path, by };
    let post = |path, by| Served { method: Method::POST, path, by };
    vec![
        get("/api/v1/aliases", self::get(aliases::list)),
        get("/api/v1/aliases/{name}", self::get(aliases::one)),
        get("/api/v1/targets", self::get(targets::list)),
        get("/api/v1/history", self::get(history::tell)),
        get("/api/v1/exchanges", self::get(exchanges::list)),
        get("/api/v1/exchanges/{id}", self::get(exchanges::one)),
        get("/api/v1/live", self::get(live::follow)),
        get("/api/v1/config", self::get(configuration::show)),
        get("/api/v1/outline", self::get(configuration::outline)),
        get("/api/v1/openapi.json", self::get(openapi::tell)),
        get("/metrics", self::get(telling::metrics)),
        get(LOG_LEVEL, self::get(telling::log_level)),
        Served { method: Method::PUT, path: LOG_LEVEL, by: put(telling::set_log_level) },
        get("/healthz", self::get(health::alive)),
        get("/readyz", self::get(health::ready)),
        post("/api/v1/drain", self::post(health::drain)),
        post("/api/v1/reload", self::post(configuration::reload)),
        post("/api/v1/guard", self::post(guard::judge)),
        post("/api/v1/plan", self::post(plan::plan).layer(DefaultBodyLimit::max(plan::LARGEST))),
        post("/api/v1/playground/{*path}", self::post(playground::play).layer(DefaultBodyLimit::disable())),
    ]
}

/// Serves the operator until the drain is over.
pub(crate) async fn serve(socket: TcpListener, operator: Operator, over: CancellationToken) {
    let (door, told) = (Arc::clone(&operator.door), Arc::clone(&operator.told));
    let (lock, attendants) = (operator.lock.clone(), operator.drain.attendants.clone());
    operator.drain.attendants.spawn(live::tick(operator.clone(), told, over.clone()));
    let routes =
        served().into_iter().fold(Router::new(), |routes, served| routes.route(served.path, served.by));
    let routes = routes
        .merge(dashboard::routes())
        .method_not_allowed_fallback(not_allowed)
        .fallback(nothing)
        .layer(from_fn_with_state(door, door::enter))
        .with_state(operator);
    let served = match lock {
        None => listen(socket, routes, over).await,
        Some(lock) => match Secured::new(socket, lock, &attendants, over.clone()) {
            Ok(secured) => listen(secured, routes, over).await,
            Err(error) => Err(error),
        },
    };
    if let Err(error) = served {
        tracing::error!(%error, "the admin listener has ended");
    }
}

async fn listen<L>(listener: L, routes: Router, over: CancellationToken) -> io::Result<()>
where
    L: Listener,
    L::Addr: std::fmt::Debug,
    Peer: for<'a> Connected<IncomingStream<'a, L>>,
{
    let routes = routes.into_make_service_with_connect_info::<Peer>();
    axum::serve(listener, routes).with_graceful_shutdown(async move { over.cancelled().await }).await
}

/// Does what takes a while where no request waits for it: this listener shares its thread with those of clients.
async fn aside(work: impl FnOnce() -> Result<Value, Refusal> + Send + 'static) -> Response {
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(told)) => Json(told).into_response(),
        Ok(Err(refusal)) => refuse(&refusal),
        Err(_) => refuse(&Refusal::bug("an answer for the operator could not be made")),
    }
}

/// Which lines are logged.
const LOG_LEVEL: &str = "/api/v1/log-level";

async fn nothing(uri: Uri) -> Response {
    let message =
        format!("nothing is served at `{}`; `GET /api/v1/openapi.json` tells what is", shown(uri.path()));
    refuse(&Refusal::new(Code::NotFound, message))
}

async fn not_allowed(method: Method, uri: Uri) -> Response {
    let path = uri.path();
    let posted = |served: &Served| served.method == Method::POST && served.path == path;
    let taken = if path.starts_with(playground::PREFIX) || served().iter().any(posted) {
        "POST"
    } else if path == LOG_LEVEL {
        "GET, HEAD, PUT"
    } else {
        "GET, HEAD"
    };
    let message = format!("`{}` takes {taken}, not {}", shown(path), shown(method.as_str()));
    refuse(&Refusal::new(Code::MethodNotAllowed, message))
}

/// Every error has one form, which is that of `OpenAI`'s dialect.
fn refuse(refusal: &Refusal) -> Response {
    let status = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let kind = refusal.kind().name(Dialect::OpenAiChat);
    let error = json!({ "message": refusal.message(), "type": kind, "code": refusal.code().name() });
    (status, Json(json!({ "error": error }))).into_response()
}
