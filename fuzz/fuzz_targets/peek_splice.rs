//! Any JSON body: accepted exactly when `serde_json` accepts it, and spliced without touching another byte.

#![no_main]

use bytes::Bytes;
use callsign_wire::peek::{self, Asked, PeekError};
use callsign_wire::reply::{self, Names};
use callsign_wire::splice;
use libfuzzer_sys::fuzz_target;
use serde::de::IgnoredAny;
use serde_json::Value;

const MODEL: &str = "openai/\"gpt\\4o\u{e9}";

fuzz_target!(|body: &[u8]| {
    let valid = std::str::from_utf8(body).is_ok_and(|text| serde_json::from_str::<IgnoredAny>(text).is_ok());
    let body = Bytes::copy_from_slice(body);
    let _ = reply::json(&body, &Names { model: Some(MODEL.to_owned()), previous: Some(MODEL.to_owned()) });
    let peeked = match peek::json(&body) {
        Ok(peeked) => peeked,
        Err(PeekError::Syntax { .. }) => return assert!(!valid),
        Err(_) => return assert!(valid),
    };
    assert!(valid);
    let spliced = splice::model(&body, &peeked, MODEL);
    assert_eq!(spliced.len(), spliced.clone().into_chunks().iter().map(Bytes::len).sum::<usize>());
    let spliced = spliced.into_bytes();
    let again = peek::json(&spliced).expect("a spliced body is valid");
    assert_eq!((again.model, again.stream), (Asked::Named(MODEL.to_owned()), peeked.stream));
    same_but_for_the_model(&body, &spliced);
});

/// Bodies that a `Value` can hold mean the same, but for the model.
fn same_but_for_the_model(body: &[u8], spliced: &[u8]) {
    let Ok(mut expected) = serde_json::from_slice::<Value>(body) else { return };
    expected["model"] = Value::from(MODEL);
    assert_eq!(serde_json::from_slice::<Value>(spliced).expect("still within a value's bounds"), expected);
}
