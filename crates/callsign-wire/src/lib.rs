//! The dialects that clients and providers speak. Pure: no sockets, no clock, no dice.

pub mod dialect;

mod base64;
pub mod brought;
pub mod calendar;
pub mod caller;
mod json;
mod multipart;
pub mod peek;
pub mod splice;
pub mod texts;

pub mod frame;
pub mod reply;

pub mod ending;
pub mod opening;
pub mod resume;

pub mod complaint;
pub mod error_body;
pub mod models;
pub mod retry_after;

pub mod homeward;
pub mod hub;
pub mod misplaced;
pub mod quirks;
pub mod translate;

pub mod count;
pub mod embedding;

pub mod demand;
pub mod used;

mod allowed;
mod thinking_form;
mod tool_names;

mod anthropic;
mod bedrock;
pub mod gemini;
mod openai_chat;
pub mod openai_responses;
