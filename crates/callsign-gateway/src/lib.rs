//! Sockets and time: a request's way from the listener to a target and back.
//!
//! Read `exchange.rs` first: it tells one request from top to bottom. The rooms stand below in the order in which
//! a request walks through them.

mod gateway;

mod exchange;

mod listen;

mod admit;

mod ask;

mod conversations;

mod guard;

mod dispatch;

mod translation;

mod upstream;

mod relay;

mod observe;
mod record;

mod admin;
mod alarm;
pub mod forecast;
mod pieces;
mod refusal;
pub mod reload;
mod state;

pub use admin::plan::tell_change;
pub use callsign_store::usual_path as usual_state_file;
pub use gateway::{Drained, Gateway, Inherited, Runtime, Settings, StartError};
pub use observe::{Form, Logbook, TracingError};
pub use record::tell::decision as tell_decision;
