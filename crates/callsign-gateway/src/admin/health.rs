//! Whether the gateway lives, whether it takes requests, and the wish that it end.
//!
//! The paths are those of Kubernetes' own components. <https://kubernetes.io/docs/reference/using-api/health-checks/>

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::Operator;

/// It answers, so it lives.
pub(super) async fn alive() -> Response {
    Json(json!({ "status": "ok" })).into_response()
}

/// 200 while new requests are taken, 503 once it drains.
pub(super) async fn ready(State(Operator { drain, .. }): State<Operator>) -> Response {
    if drain.asked.is_cancelled() || drain.begun.is_cancelled() {
        return (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": "draining" }))).into_response();
    }
    Json(json!({ "status": "ok" })).into_response()
}

/// Lets what is under way come to its end, and ends; as SIGTERM does.
pub(super) async fn drain(State(Operator { drain, .. }): State<Operator>) -> Response {
    drain.asked.cancel();
    (StatusCode::ACCEPTED, Json(json!({ "status": "draining" }))).into_response()
}
