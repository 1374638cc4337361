//! Amazon Bedrock Converse. <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html>

pub(crate) mod reply;
pub(crate) mod request;
pub(crate) mod stream;
