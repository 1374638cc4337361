//! Routes through the real binary: providers that fail in every way, and what the client, the upstreams and the record see.
#![expect(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests report by panicking")]

mod routes {
    mod cases;
    mod compose;
    mod conditions;
    mod fault_table;
    mod faults;
    mod justice;
    mod latency;
    mod pools;
    mod record;
    mod recorded;
    mod resume;
    mod retries;
    mod scene;
    mod speech;
    mod splits;
    mod stage;
    mod troubled;
}
