//! Where the gateway keeps what outlives a process, how much of it and how long. What is kept is not said here.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

/// What `state_storage` means.
#[derive(Debug, Clone, Default)]
pub struct Storage {
    /// What keeps it.
    pub engine: Engine,
    /// How much is kept.
    pub limits: Limits,
}

/// What keeps the state.
#[derive(Debug, Clone, Default)]
pub enum Engine {
    /// Nobody chose: a `SQLite` file at the usual place, or memory where no file can be.
    #[default]
    Automatic,
    /// The process itself; gone when it ends.
    Memory,
    /// A file.
    Sqlite {
        /// Where it is; `None` for the usual place.
        path: Option<PathBuf>,
    },
    /// A database, which several gateways may share.
    Postgres {
        /// How to reach it: a URL or `key=value` pairs, the password among them.
        connection: SecretString,
    },
}

/// How much is kept, and how long. What goes beyond makes room by dropping the conversations that rested longest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most responses.
    pub entries: u64,
    /// Most bytes of them all; `None` is what suits the engine.
    pub size: Option<u64>,
    /// How long a conversation is kept after its last turn.
    pub ttl: Duration,
    /// Most turns of one conversation.
    pub turns: u64,
    /// Most bytes of one conversation.
    pub conversation: u64,
}

// === impl Limits ===

impl Default for Limits {
    /// `OpenAI` keeps responses for 30 days. A conversation is no larger than the largest request that could carry it.
    fn default() -> Self {
        Self {
            entries: 100_000,
            size: None,
            ttl: Duration::from_hours(30 * 24),
            turns: 10_000,
            conversation: 64 << 20,
        }
    }
}
