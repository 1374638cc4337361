//! Whole answers of this dialect, read into the hub and written from it.
//! <https://ai.google.dev/api/generate-content#v1beta.GenerateContentResponse>

mod decode;
mod encode;

pub(crate) use decode::decode;
pub(super) use decode::{blocked, read_usage, remarks};
pub(crate) use encode::encode;
pub(super) use encode::{PARAGRAPH, write_finish};

#[cfg(test)]
mod tests;
