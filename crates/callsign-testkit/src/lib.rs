//! What the scenario tests stand on: upstreams that do as scripted, the gateway and a database as child processes, clients
//! that see bytes.
//!
//! Nothing here knows what a correct gateway does; that is for the tests to say.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::panic,
    reason = "a test kit reports by panicking"
)]

pub mod client;
pub mod collector;
pub mod deadline;
pub mod gate;
pub mod gateway;
pub mod ledger;
pub mod postgres;
pub mod raw;
pub mod reply;
mod script_body;
pub mod secure;
pub mod upstream;
