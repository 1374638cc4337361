//! What comes from other dialects and goes to them, told as data. The laws hold what comes from this one.
#![expect(clippy::disallowed_types, reason = "bodies are compared as values")]

mod answers;
mod requests;
mod streams;

use serde_json::Value;

use crate::hub::loss::{Fate, Losses};

fn value(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(bytes)))
}

/// The losses in short: `temperature~` was changed, `seed` is gone.
fn told(losses: &Losses) -> Vec<String> {
    let mark = |fate| if fate == Fate::Changed { "~" } else { "" };
    losses.iter().map(|loss| format!("{}{}", loss.path, mark(loss.fate))).collect()
}
