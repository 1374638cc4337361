//! OpenAI Chat Completions. <https://platform.openai.com/docs/api-reference/chat>

pub(crate) mod reply;
pub(crate) mod request;
pub(crate) mod stream;
