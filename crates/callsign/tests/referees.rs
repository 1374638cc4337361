//! Services and models that are asked about texts: what they are sent, what follows from what they say, and what happens when
//! they say nothing.
#![expect(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests report by panicking")]

mod referees {
    mod answers;
    mod costs;
    mod failures;
    mod memory;
    mod questions;
    mod scene;
}
