//! Conversations of the Responses API at any target, through the real binary.
#![expect(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests report by panicking")]

mod responses {
    mod elsewhere;
    mod owned;
    mod places;
    mod scene;
    mod turns;

    #[expect(dead_code, reason = "made for more than is asked of it here")]
    #[path = "../translate/tongue.rs"]
    mod tongue;
}
