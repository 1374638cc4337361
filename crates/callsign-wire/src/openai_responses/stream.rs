//! Streams of this dialect, read into the hub's events and written from them.

mod ear;
mod envelope;
mod lines;
mod mouth;
mod parts;
mod track;
mod words;

pub(crate) use ear::Ear;
pub(crate) use mouth::Mouth;

#[cfg(test)]
#[expect(clippy::disallowed_types, reason = "what is said is read back as values")]
mod tests;
