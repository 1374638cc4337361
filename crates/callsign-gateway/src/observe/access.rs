//! The access log: one line for each exchange.

use callsign_telemetry::exchange::Exchange;

use super::Watcher;

/// Writes the lines.
#[derive(Debug)]
pub(super) struct AccessLog;

impl Watcher for AccessLog {
    fn saw(&mut self, exchange: &Exchange) {
        if tracing::enabled!(target: "access", tracing::Level::INFO) {
            line(exchange);
        }
    }
}

fn line(exchange: &Exchange) {
    let request = &*exchange.id;
    let asked = exchange.asked.as_ref();
    let alias = asked.and_then(|asked| asked.alias.as_deref());
    // A name that is an alias would only be said twice.
    let asked = asked.map(|asked| &*asked.name).filter(|name| Some(*name) != alias);
    let model = exchange.model.as_deref().unwrap_or_default();
    let losses = exchange.losses.as_deref();
    let Exchange { status, bytes, .. } = *exchange;
    let (attempts, error, ended) =
        (exchange.attempts.len(), exchange.error.unwrap_or(""), exchange.ended.name());
    let ms = exchange.took.as_millis();
    let cost_nanodollars = exchange.cost().map(|cost| cost.0);
    tracing::info!(target: "access", request, alias, asked, model, status, attempts, error, ended, losses, bytes, ms, cost_nanodollars, "exchange");
}
