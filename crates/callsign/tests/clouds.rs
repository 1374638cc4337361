//! Clouds through the real binary: identity services and providers that check what they are shown.
#![expect(clippy::expect_used, clippy::panic, reason = "tests report by panicking")]

mod clouds {
    mod aws;
    mod azure;
    mod google;
    mod scene;
    mod trouble;
}
