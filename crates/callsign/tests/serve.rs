//! Scenarios through the real binary: an upstream that does as scripted, the gateway as a child process, a client that
//! looks at bytes.
#![expect(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests report by panicking")]

mod serve {
    mod ambiguous;
    mod bytes;
    mod cancel;
    mod ceilings;
    mod cost;
    mod demo;
    mod drain;
    mod endpoints;
    mod failures;
    mod headers;
    mod imported;
    mod lifecycle;
    mod limits;
    mod listeners;
    mod models;
    mod names;
    mod providers;
    mod refusals;
    mod reload;
    mod respell;
    mod scene;
    mod seed;
    mod streams;
    mod succession;
    mod time;
    mod transport;
}
