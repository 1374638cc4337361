//! The store on each of its engines, by the same cases; then what only a file or only a database can suffer.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod cases;
mod database;
mod engines;
mod files;
mod model;
mod scene;
