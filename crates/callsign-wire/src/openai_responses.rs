//! OpenAI Responses. <https://platform.openai.com/docs/api-reference/responses>

pub(crate) mod reply;
pub(crate) mod request;
pub(crate) mod stream;
