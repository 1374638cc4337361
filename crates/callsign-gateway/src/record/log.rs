//! The access log: one line for each exchange.

use tokio::sync::mpsc;

use super::Entry;

/// Where lines go, if the log wants them.
#[derive(Debug, Clone, Default)]
pub(super) struct Log(Option<mpsc::Sender<Entry>>);

/// Lines waiting to be written. A slow log drops lines rather than slowing requests.
const WAITING: usize = 4096;

// === impl Log ===

impl Log {
    /// A log and the task that writes it.
    pub(super) fn new() -> (Self, Option<impl Future<Output = ()> + Send + 'static>) {
        if !tracing::enabled!(target: "access", tracing::Level::INFO) {
            return (Self(None), None);
        }
        let (sender, receiver) = mpsc::channel(WAITING);
        (Self(Some(sender)), Some(write(receiver)))
    }

    /// Sends a record to be written.
    pub(super) fn send(&self, entry: &Entry) {
        let Some(sink) = &self.0 else { return };
        if sink.try_send(entry.clone()).is_err() {
            tracing::debug!("the log is too slow, a record was dropped");
        }
    }
}

async fn write(mut entries: mpsc::Receiver<Entry>) {
    while let Some(entry) = entries.recv().await {
        line(&entry);
    }
}

fn line(entry: &Entry) {
    let request = entry.id.as_str();
    let alias = entry.asked.as_ref().and_then(|asked| asked.alias.as_deref());
    // A name that is an alias would only be said twice.
    let asked = entry.asked.as_ref().map(|asked| &*asked.name).filter(|name| Some(*name) != alias);
    let model = entry.model.as_ref().and_then(|model| model.to_str().ok()).unwrap_or_default();
    let losses = entry.losses.as_ref().and_then(|losses| losses.to_str().ok());
    let Entry { status, bytes, .. } = *entry;
    let (attempts, error, ended) = (entry.attempts.len(), entry.error.unwrap_or(""), entry.ended.name());
    let ms = entry.took.as_millis();
    let cost_nanodollars = entry.cost().map(|cost| cost.0);
    tracing::info!(target: "access", request, alias, asked, model, status, attempts, error, ended, losses, bytes, ms, cost_nanodollars, "exchange");
}
