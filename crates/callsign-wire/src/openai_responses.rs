//! OpenAI Responses. <https://platform.openai.com/docs/api-reference/responses>

pub(crate) mod count;
pub mod history;
pub mod listing;
pub(crate) mod reply;
pub(crate) mod request;
pub(crate) mod stream;

mod content;
mod item;
mod sealed;
