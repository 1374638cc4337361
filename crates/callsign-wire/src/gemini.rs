//! Google generateContent. <https://ai.google.dev/api/generate-content>

pub(crate) mod reply;
pub(crate) mod request;
pub(crate) mod stream;
