//! Anthropic Messages. <https://docs.anthropic.com/en/api/messages>

pub(crate) mod reply;
pub(crate) mod request;
pub(crate) mod stream;
