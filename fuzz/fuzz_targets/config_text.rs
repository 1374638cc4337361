//! Any configuration text: an answer, never a panic, and within the fuzzer's limits of time and memory.

#![no_main]

use callsign_config::{MissingKeys, Setting, Source, load};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let environment = |name: &str| (name.len() % 2 == 0).then(|| name.to_lowercase());
    let source = Source { name: "fuzz.yaml", bytes };
    for keys in [MissingKeys::Refuse, MissingKeys::Allow] {
        let _ = load(&source, &Setting { environment: &environment, keys, chosen: Some("dev"), date: 1 << 30 });
    }
});
