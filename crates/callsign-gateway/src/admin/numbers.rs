//! Numbers as the operator's API tells them.

use callsign_telemetry::rollup::Numbers;
use serde_json::{Value, json};

/// The numbers of the last minute.
pub(super) fn tell(numbers: &Numbers) -> Value {
    json!({
        "requests_per_second": per_second(numbers.total, numbers),
        "errors_per_second": per_second(numbers.errors, numbers),
        "error_share": share(numbers.errors, numbers.total),
        "p50_ms": numbers.p50_ms,
        "p95_ms": numbers.p95_ms,
        "first_p50_ms": numbers.first_p50_ms,
        "first_p95_ms": numbers.first_p95_ms,
        "cost_nanodollars": numbers.cost_nanodollars,
        "input_tokens": numbers.input_tokens,
        "output_tokens": numbers.output_tokens,
        "total": numbers.total,
    })
}

#[expect(clippy::cast_precision_loss, reason = "a rate for people")]
fn per_second(count: u64, numbers: &Numbers) -> f64 {
    let span = numbers.span.as_secs_f64();
    if span > 0.0 { (count as f64 / span * 1000.0).round() / 1000.0 } else { 0.0 }
}

/// Which part of a whole it is; nothing is no part of nothing.
#[expect(clippy::cast_precision_loss, reason = "a share for people")]
pub(super) fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}
