//! Waiting that ends: every wait of a test has a limit and says what it waited for.

use std::future::Future;
use std::time::Duration;

/// How long a test waits for something that is bound to happen. Generous, because machines are busy.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// The result of `future`, or a panic that names `what` once [`PATIENCE`] is over.
pub async fn soon<F: Future>(what: &str, future: F) -> F::Output {
    within(PATIENCE, what, future).await
}

/// The result of `future`, or a panic that names `what` once `limit` is over.
pub async fn within<F: Future>(limit: Duration, what: &str, future: F) -> F::Output {
    tokio::time::timeout(limit, future).await.unwrap_or_else(|_| panic!("waited {limit:?} for {what}"))
}
