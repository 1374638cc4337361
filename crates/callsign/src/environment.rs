//! The environment, read in this one place.

use std::ffi::OsString;

/// The variable's value, where it is set, not empty and Unicode.
pub(crate) fn variable(name: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "the binary is where the environment is read")]
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The environment whose overlays hold, where one was chosen.
pub(crate) fn chosen() -> Option<String> {
    variable("CALLSIGN_ENV")
}

/// The variable's value as it is, where it is set.
pub(crate) fn raw(name: &str) -> Option<OsString> {
    #[expect(clippy::disallowed_methods, reason = "the binary is where the environment is read")]
    std::env::var_os(name)
}
