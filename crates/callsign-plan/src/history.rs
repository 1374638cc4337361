//! What is remembered of exchanges that are over, where and how long. No text of theirs is among it.

use std::path::PathBuf;
use std::time::Duration;

/// What `history` means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    /// Whether anything is kept beyond the end of the process.
    pub kept: Kept,
    /// How long it is kept.
    pub retention: Duration,
    /// Most bytes of the file.
    pub size: u64,
    /// How many exchanges of a second are kept that ended well; those that did not are all kept.
    pub exchanges_per_second: u32,
}

/// Where history is kept.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Kept {
    /// In a file at the usual place.
    #[default]
    Usually,
    /// In this file.
    At(PathBuf),
    /// In the process alone; gone when it ends.
    Nowhere,
}

// === impl History ===

impl Default for History {
    /// A week, in no more room than a conversation store takes a quarter of.
    fn default() -> Self {
        Self {
            kept: Kept::Usually,
            retention: Duration::from_hours(7 * 24),
            size: 256 << 20,
            exchanges_per_second: 10,
        }
    }
}
