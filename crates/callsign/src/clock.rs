//! The date, read in this one place.

use std::time::{SystemTime, UNIX_EPOCH};

/// The day: seconds since 1970-01-01 UTC.
pub(crate) fn today() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
}
