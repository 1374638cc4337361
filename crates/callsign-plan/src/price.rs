//! Where prices come from besides those that are compiled in.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Where newer prices are read from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PriceSource {
    /// A file, read with every configuration.
    pub file: Option<PathBuf>,
    /// An address, asked from time to time.
    pub url: Option<Arc<str>>,
    /// How often.
    pub refresh: Duration,
}
