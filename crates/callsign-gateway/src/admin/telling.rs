//! Metrics, and which lines are logged.

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use callsign_telemetry::metrics::Format;
use serde::Deserialize;
use serde_json::json;

use super::{Operator, refuse};
use crate::refusal::{Code, Refusal};

/// All metrics as they are now.
pub(super) async fn metrics(
    State(Operator { observed, .. }): State<Operator>,
    headers: HeaderMap,
) -> Response {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    let format = Format::accepted(accept);
    match observed.readings.tell(format) {
        Ok(told) => ([(header::CONTENT_TYPE, format.media_type())], told).into_response(),
        Err(error) => refuse(&Refusal::bug(&error.to_string())),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Level {
    filter: String,
}

/// Which lines are logged.
pub(super) async fn log_level(State(Operator { observed, .. }): State<Operator>) -> Response {
    Json(json!({ "filter": observed.logbook.filter() })).into_response()
}

/// Lets other lines be logged from now on.
pub(super) async fn set_log_level(
    State(Operator { observed, .. }): State<Operator>,
    level: Result<Json<Level>, JsonRejection>,
) -> Response {
    let Ok(Json(Level { filter })) = level else {
        let message =
            "the body cannot be read; write `{\"filter\": \"info\"}` with `content-type: application/json`";
        return refuse(&Refusal::new(Code::InvalidRequest, message));
    };
    match observed.logbook.set(&filter) {
        Ok(()) => Json(json!({ "filter": observed.logbook.filter() })).into_response(),
        Err(why) => {
            let message = format!(
                "this is no filter: {why}; write `info`, or one such as `warn,callsign_gateway=debug`"
            );
            refuse(&Refusal::new(Code::InvalidRequest, message))
        }
    }
}
