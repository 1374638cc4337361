//! What outlives a process: the responses that later requests go on from, and what became of exchanges (`history`).
//!
//! Below the gateway. Knows no HTTP, and of what it keeps only that it is JSON text; the time is an argument. The same
//! statements (`statements`, `ledger`) run on either engine, `SQLite` or `PostgreSQL`; an engine only runs them (`session`).
//! All writes go through one thread in the order they came, in batches (`writer`); reads have threads of their own.

mod error;
mod owner;
mod response;
mod store;

mod queue;
mod reader;
mod unwritten;
mod writer;

mod ledger;
mod session;
mod statements;

pub mod history;
mod place;
mod postgres;
mod sqlite;

pub use error::{ConversationError, StoreError};
pub use owner::Owner;
pub use place::usual_path;
pub use response::{Conversation, StoredResponse, Turn};
pub use store::{Opened, Receipt, Store};
