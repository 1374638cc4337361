//! The configuration in force, and the wish for the next one.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use callsign_plan::outline::Outline;
use serde_json::{Value, json};

use super::{Operator, refuse};
use crate::refusal::Refusal;
use crate::reload::{Outcome, Standing};

/// What is in force.
pub(super) async fn show(State(Operator { reloader, .. }): State<Operator>) -> Response {
    Json(tell(&reloader.standing())).into_response()
}

/// What every name means.
pub(super) async fn outline(State(Operator { reloader, .. }): State<Operator>) -> Response {
    Json(Outline::of(&reloader.world().catalog)).into_response()
}

/// Reads the configuration anew: 200 with what became of it, 422 where it may not be put in force.
pub(super) async fn reload(State(Operator { reloader, .. }): State<Operator>) -> Response {
    let Ok(outcome) = tokio::task::spawn_blocking(move || reloader.reload()).await else {
        return refuse(&Refusal::bug("the configuration could not be read"));
    };
    let (status, word, standing) = match outcome {
        Outcome::Unchanged(standing) => (StatusCode::OK, "unchanged", standing),
        Outcome::Installed(standing) => (StatusCode::OK, "installed", standing),
        Outcome::Rejected(standing, _) => (StatusCode::UNPROCESSABLE_ENTITY, "rejected", standing),
    };
    (status, Json(json!({ "outcome": word, "config": tell(&standing) }))).into_response()
}

fn tell(standing: &Standing) -> Value {
    json!({
        "revision": standing.revision,
        "digest": standing.digest,
        "place": standing.place,
        "since_ms": standing.since_ms,
        "remarks": standing.remarks,
        "needs_restart": standing.needs_restart,
        "rejected": standing.rejected.as_ref().map(|rejected| &rejected.report),
    })
}
