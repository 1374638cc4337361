//! Any configuration of `LiteLLM`: an answer, never a panic, and what comes out is YAML that a configuration is read from.

#![no_main]

use callsign_config::diagnostic::{Code, Diagnostic, Severity};
use callsign_config::{MissingKeys, Setting, Source, import, load};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(imported) = import::litellm(&Source { name: "fuzz.yaml", bytes }) else { return };
    let environment = |_: &str| Some("word".to_owned());
    let source = Source { name: "made.yaml", bytes: imported.text.as_bytes() };
    let loaded =
        load(&source, &Setting { environment: &environment, keys: MissingKeys::Allow, chosen: None, date: 1 << 30 });
    // An address that a variable holds is none here, and anchors may make a small text large; nothing else may be wrong.
    let may_be = |code| matches!(code, Code::BadUrl | Code::TooLarge | Code::TooManyValues);
    let is_wrong = |found: &&Diagnostic| found.severity() == Severity::Error && !may_be(found.code);
    let wrong = loaded.diagnostics.iter().find(is_wrong);
    assert!(wrong.is_none(), "{wrong:?}\n{}", imported.text);
});
