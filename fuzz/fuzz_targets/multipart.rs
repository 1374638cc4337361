//! Any form, behind a content type (the first line of the input): spliced so that it peeks as the new model, and as the old one
//! when spliced back.

#![no_main]

use bytes::Bytes;
use callsign_wire::peek::{self, Asked};
use callsign_wire::splice;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let mut parts = input.splitn(2, |byte| *byte == b'\n');
    let content_type = String::from_utf8_lossy(parts.next().unwrap_or_default()).into_owned();
    let body = Bytes::copy_from_slice(parts.next().unwrap_or_default());
    let Ok(peeked) = peek::multipart(&content_type, &body) else { return };
    let model = "a-model";
    let spliced = splice::model(&body, &peeked, model).into_bytes();
    let again = peek::multipart(&content_type, &spliced).expect("a spliced form is valid");
    assert_eq!((again.model.clone(), again.stream), (Asked::Named(model.to_owned()), peeked.stream));
    if let Asked::Named(name) = &peeked.model {
        assert_eq!(splice::model(&spliced, &again, name).into_bytes(), body);
    }
});
