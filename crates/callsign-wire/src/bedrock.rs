//! Amazon Bedrock Converse. <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html>
//!
//! The model and whether the answer is streamed stand in the path, so no body says them. What the API leaves to each model
//! goes into `additionalModelRequestFields`, in the words of the model's [`Family`](crate::quirks::Family).

mod block;
mod carry;
mod citation;
pub(crate) mod count;
mod entry;
mod media;
mod rest;
mod usage;

pub(crate) mod reply;
pub(crate) mod request;
pub(crate) mod stream;

#[cfg(test)]
mod tests;
