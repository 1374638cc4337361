//! Requests of this dialect, read into the hub and written from it.
//! <https://ai.google.dev/api/generate-content#request-body>

mod arrange;
mod config;
mod decode;
mod encode;
mod thinking;
mod tools;

pub(super) use arrange::own_entries;
pub(crate) use decode::decode;
pub(crate) use encode::encode;
pub(super) use encode::write_prompt;

#[cfg(test)]
mod tests;
