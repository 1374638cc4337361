//! Requests of this dialect, read into the hub and written from it.

mod decode;
mod encode;
mod input;
mod wishes;

pub(crate) use decode::decode;
pub(super) use decode::tier_named;
pub(crate) use encode::encode;
pub(super) use wishes::tier_name;

#[cfg(test)]
#[expect(clippy::disallowed_types, reason = "bodies are compared as values")]
mod tests;
