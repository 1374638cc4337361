//! What this dialect reads and writes, beyond what the fixtures show.

mod odd;
mod reading;
mod replies;
mod streams;
mod writing;

use serde_json::Value;

use crate::hub::loss::{Fate, Losses};

fn value(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(body)))
}

/// The losses as a test names them: `top_k`, `stop~` for what was changed.
fn told(losses: &Losses) -> Vec<String> {
    let told = losses.iter().map(|loss| match loss.fate {
        Fate::Dropped => loss.path.clone(),
        Fate::Changed => format!("{}~", loss.path),
    });
    told.collect()
}
