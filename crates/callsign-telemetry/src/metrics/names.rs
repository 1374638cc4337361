//! The names that OpenTelemetry's conventions for generative AI give to metrics, spans and their attributes; nobody else spells one.
//!
//! Read from <https://github.com/open-telemetry/semantic-conventions-genai> at revision 27f82f09c4e797dda0832f0030e3bd3e747e4b9d;
//! for Prometheus they are written as OpenTelemetry's compatibility specification says: dots become underscores, the unit `s` becomes
//! `_seconds`, units in braces go, counters end in `_total`.

use callsign_wire::dialect::{Matter, Operation};

/// `gen_ai.client.inference.usage.input_tokens`
pub const INPUT_TOKENS: &str = "gen_ai_client_inference_usage_input_tokens";
/// `gen_ai.client.inference.usage.output_tokens`
pub const OUTPUT_TOKENS: &str = "gen_ai_client_inference_usage_output_tokens";
/// `gen_ai.client.inference.usage.cache_read.input_tokens`
pub const CACHE_READ_TOKENS: &str = "gen_ai_client_inference_usage_cache_read_input_tokens";
/// `gen_ai.client.inference.usage.cache_write.input_tokens`
pub const CACHE_WRITE_TOKENS: &str = "gen_ai_client_inference_usage_cache_write_input_tokens";
/// `gen_ai.client.inference.usage.reasoning.output_tokens`
pub const REASONING_TOKENS: &str = "gen_ai_client_inference_usage_reasoning_output_tokens";
/// `gen_ai.client.operation.duration`
pub const DURATION: &str = "gen_ai_client_operation_duration";
/// `gen_ai.client.operation.time_to_first_chunk`
pub const FIRST_CHUNK: &str = "gen_ai_client_operation_time_to_first_chunk";
/// `gen_ai.client.operation.time_per_output_chunk`
pub const PER_CHUNK: &str = "gen_ai_client_operation_time_per_output_chunk";

/// What the conventions ask the three histograms' buckets to be.
pub const SECONDS: [f64; 14] =
    [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];

/// Labels of metrics.
pub mod label {
    /// `gen_ai.operation.name`
    pub const OPERATION: &str = "gen_ai_operation_name";
    /// `gen_ai.provider.name`
    pub const PROVIDER: &str = "gen_ai_provider_name";
    /// `gen_ai.request.model`
    pub const REQUEST_MODEL: &str = "gen_ai_request_model";
    /// `gen_ai.response.model`
    pub const RESPONSE_MODEL: &str = "gen_ai_response_model";
    /// `error.type`
    pub const ERROR: &str = "error_type";
}

/// Attributes of spans.
pub mod attribute {
    /// What is done.
    pub const OPERATION: &str = "gen_ai.operation.name";
    /// Whose model it is.
    pub const PROVIDER: &str = "gen_ai.provider.name";
    /// The model asked for.
    pub const REQUEST_MODEL: &str = "gen_ai.request.model";
    /// The model that answered.
    pub const RESPONSE_MODEL: &str = "gen_ai.response.model";
    /// Whether a stream is asked for.
    pub const STREAM: &str = "gen_ai.request.stream";
    /// Seconds until the first chunk.
    pub const FIRST_CHUNK: &str = "gen_ai.response.time_to_first_chunk";
    /// All input tokens.
    pub const INPUT_TOKENS: &str = "gen_ai.usage.input_tokens";
    /// All output tokens.
    pub const OUTPUT_TOKENS: &str = "gen_ai.usage.output_tokens";
    /// Those read from a cache.
    pub const CACHE_READ_TOKENS: &str = "gen_ai.usage.cache_read.input_tokens";
    /// Those written to a cache.
    pub const CACHE_WRITE_TOKENS: &str = "gen_ai.usage.cache_write.input_tokens";
    /// Those of reasoning.
    pub const REASONING_TOKENS: &str = "gen_ai.usage.reasoning.output_tokens";
    /// Why it failed.
    pub const ERROR: &str = "error.type";
    /// The status of HTTP.
    pub const STATUS: &str = "http.response.status_code";
}

/// What `gen_ai.operation.name` says of an operation. Of those that the conventions do not name, their path says it.
pub fn operation(operation: Operation) -> &'static str {
    match (operation, operation.matter()) {
        (Operation::Completions, _) => "text_completion",
        (Operation::GenerateContent | Operation::StreamGenerateContent, _) => "generate_content",
        (_, Matter::Conversation) => "chat",
        (_, Matter::Embedding) => "embeddings",
        (_, Matter::Count) => "count_tokens",
        (operation, Matter::Other) => operation.path().trim_start_matches('/'),
    }
}

/// What `gen_ai.provider.name` says of a provider of the configuration.
pub fn provider(name: &str) -> &str {
    match name {
        "azure" | "azure_openai" => "azure.ai.openai",
        "bedrock" | "amazon_bedrock" => "aws.bedrock",
        "gemini" | "google" => "gcp.gemini",
        "vertexai" | "vertex_ai" => "gcp.vertex_ai",
        "mistral" => "mistral_ai",
        "moonshotai" | "moonshot" => "moonshot_ai",
        "xai" | "grok" => "x_ai",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_have_the_names_of_the_conventions() {
        let cases = [
            (Operation::ChatCompletions, "chat"),
            (Operation::Messages, "chat"),
            (Operation::Responses, "chat"),
            (Operation::Completions, "text_completion"),
            (Operation::StreamGenerateContent, "generate_content"),
            (Operation::BatchEmbedContents, "embeddings"),
            (Operation::CountTokens, "count_tokens"),
            (Operation::Other("/audio/speech"), "audio/speech"),
        ];
        for (asked, name) in cases {
            assert_eq!(operation(asked), name);
        }
    }
}
