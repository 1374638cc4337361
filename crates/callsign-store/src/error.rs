//! Why the store cannot do what was asked of it. No message holds a password, or anything of what is kept.

use std::path::PathBuf;

/// The store does not work. No fault of the client's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// There is no place for a file.
    #[error("no folder for the state file is known; set `HOME`, or write `path` under `state_storage`")]
    NoPlace,
    /// The file cannot be made, opened or written.
    #[error(
        "the state file `{}` cannot be used: {reason}; mend it, or write another `path` under `state_storage`",
        path.display()
    )]
    File {
        /// Where it is.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// What was written to reach the database cannot be understood. It may hold a password, so it is not repeated.
    #[error(
        "`connection_string` cannot be read; write `postgresql://user:password@host:5432/database`, with percent signs for what is special in a URL"
    )]
    ConnectionString,
    /// The certificates that the database's is to be held against cannot be read.
    #[error("the certificates in `{path}` cannot be used: {reason}; `sslrootcert` names a PEM file")]
    Certificates {
        /// Where they should be.
        path: String,
        /// Why not.
        reason: String,
    },
    /// There are tables already, and they are not Callsign's.
    #[error("the state file holds something else than Callsign's state; write another `path`")]
    Foreign,
    /// A later version of Callsign has been here.
    #[error(
        "the state was written by a later version of Callsign (its form is {found}, this version knows {known}); upgrade, or use another database"
    )]
    Later {
        /// The form found.
        found: i64,
        /// The last form that this version knows.
        known: i64,
    },
    /// The database cannot be reached, or does not let us in.
    #[error("the database of `state_storage` cannot be reached: {0}")]
    Unreachable(String),
    /// The engine refused.
    #[error("the state could not be read or written: {0}")]
    Failed(String),
    /// One response is more than there is room for.
    #[error("a response of {bytes} bytes does not fit into a store of {limit}; raise `max_size`")]
    TooLarge {
        /// What it would take.
        bytes: u64,
        /// What there is.
        limit: u64,
    },
    /// More is waiting to be written than may wait.
    #[error("the store is behind: too much waits to be written or read")]
    Busy,
    /// It took too long.
    #[error("the store did not answer in time")]
    Late,
    /// Its threads are gone.
    #[error("the store is closed")]
    Closed,
}

/// There is no conversation to go on from.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConversationError {
    /// Nothing of this name is kept for this owner: never was, expired, deleted, or somebody else's.
    #[error("no response `{id}` is kept; it may have expired or been deleted")]
    Missing {
        /// What was asked for.
        id: String,
    },
    /// An earlier turn is gone, so what was said cannot be told in full.
    #[error("the conversation of `{id}` is incomplete: an earlier response was deleted; begin anew")]
    Broken {
        /// What was asked for.
        id: String,
    },
    /// It has more turns than the limit.
    #[error("the conversation of `{id}` has {turns} turns, more than {limit}; begin anew")]
    TooLong {
        /// What was asked for.
        id: String,
        /// How many it has.
        turns: u64,
        /// How many are allowed.
        limit: u64,
    },
    /// It has more bytes than the limit.
    #[error("the conversation of `{id}` has {bytes} bytes, more than {limit}; begin anew")]
    TooLarge {
        /// What was asked for.
        id: String,
        /// How large it is.
        bytes: u64,
        /// How large it may be.
        limit: u64,
    },
    /// The store does not work.
    #[error(transparent)]
    Store(#[from] StoreError),
}
