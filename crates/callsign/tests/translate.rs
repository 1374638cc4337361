//! Clients of one dialect and targets of another, through the real binary.
#![expect(
    clippy::excessive_nesting,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests report by panicking"
)]

mod translate {
    mod bad_input;
    mod counts;
    mod embeddings;
    mod faults;
    mod headers;
    mod losses;
    mod matrix;
    mod tongue;
}
