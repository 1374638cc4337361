//! The admin listener as the dashboard asks it: aliases and their numbers, history, exchanges, plans, and who is let in.
#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "tests report by panicking")]

mod admin {
    mod closed;
    mod numbers;
    mod past;
    mod scene;
    mod secured;
    mod trial;
}
