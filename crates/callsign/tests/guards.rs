//! Guardrails that look at texts, through the real binary.
#![expect(
    clippy::excessive_nesting,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests report by panicking"
)]

mod guards {
    mod answers;
    mod conversations;
    mod matrix;
    mod operator;
    mod questions;
    mod restored;
    mod scene;
    mod streams;

    #[expect(dead_code, reason = "made for more than is asked of it here")]
    #[path = "../translate/tongue.rs"]
    mod tongue;
}
