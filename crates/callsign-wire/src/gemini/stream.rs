//! Streams of this dialect, read into the hub's events and written from them: each event is a whole answer with a piece
//! of the content, and nothing says the end but that every candidate has its `finishReason`.
//! <https://ai.google.dev/api/generate-content#method:-models.streamgeneratecontent>

mod ear;
mod mouth;

pub(crate) use ear::Ear;
pub(crate) use mouth::Mouth;

#[cfg(test)]
mod tests;
