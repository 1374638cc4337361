//! The environment, read in this one place.

/// The variable's value, where it is set, not empty and Unicode.
pub(crate) fn variable(name: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "the binary is where the environment is read")]
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
