//! What is told of metrics and spans: the manual, the dashboard and the alerts name what there is, labels stay bounded whatever clients
//! invent, and a checker of Prometheus's own finds nothing to complain of.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    reason = "tests report by panicking"
)]

mod exposition {
    mod deployed;
    mod families;
    mod otlp;
    mod sample;
    mod spans;
    mod told;
}
