//! What an operator sees of the real binary: metrics, traces at a collector, and logs; and that nobody waits for any of it.
#![expect(clippy::expect_used, clippy::string_slice, reason = "tests report by panicking")]

mod observe {
    mod content;
    mod logs;
    mod metrics;
    mod scene;
    mod traces;
}
