//! What translation could not carry, in classes: a client invents as many names as it likes, and none of them becomes a label.

/// The names that dialects give to what may be lost. Another is told as `*`.
const KNOWN: &[&str] = &[
    "annotations",
    "arguments",
    "audio",
    "cache_control",
    "candidateCount",
    "choices",
    "citations",
    "container",
    "content",
    "contents",
    "context_management",
    "description",
    "detail",
    "dimensions",
    "encoding_format",
    "extra_content",
    "file",
    "filename",
    "frequency_penalty",
    "function",
    "function_call",
    "functionCallingConfig",
    "functions",
    "generationConfig",
    "guardrailConfig",
    "id",
    "image_url",
    "include",
    "index",
    "inferenceConfig",
    "input",
    "input_audio",
    "input_schema",
    "input_type",
    "instructions",
    "is_error",
    "json_schema",
    "labels",
    "logit_bias",
    "logprobs",
    "max_completion_tokens",
    "max_output_tokens",
    "max_tokens",
    "max_tool_calls",
    "mcp_servers",
    "message",
    "messages",
    "metadata",
    "modalities",
    "n",
    "name",
    "output",
    "output_config",
    "outputConfig",
    "parallel_tool_calls",
    "parameters",
    "parts",
    "performanceConfig",
    "prediction",
    "presence_penalty",
    "previous_response_id",
    "prompt_cache_key",
    "prompt_cache_retention",
    "reasoning",
    "reasoning_content",
    "reasoning_effort",
    "refusal",
    "response_format",
    "responseSchema",
    "role",
    "safety_identifier",
    "safetySettings",
    "schema",
    "seal",
    "seed",
    "service_tier",
    "signature",
    "source",
    "stop",
    "stop_reason",
    "stop_sequences",
    "store",
    "stream",
    "stream_options",
    "strict",
    "summary",
    "system",
    "systemInstruction",
    "taskType",
    "temperature",
    "text",
    "thinking",
    "thinkingConfig",
    "thoughtSignature",
    "title",
    "tool_calls",
    "tool_choice",
    "toolConfig",
    "tools",
    "top_k",
    "top_logprobs",
    "top_p",
    "truncation",
    "type",
    "usage",
    "user",
    "verbosity",
    "web_search_options",
];

/// The classes of what `x-callsign-losses` tells, each with what became of it: `seed, messages[2].name;changed` are
/// `(seed, dropped)` and `(messages.name, changed)`.
pub(super) fn classes(header: &str) -> impl Iterator<Item = (String, &'static str)> {
    header.split(", ").filter(|loss| !loss.is_empty()).map(|loss| {
        let (path, fate) = match loss.split_once(';') {
            Some((path, _)) => (path, "changed"),
            None => (loss, "dropped"),
        };
        (class(path), fate)
    })
}

fn class(path: &str) -> String {
    // Deeper there is nothing that says more.
    let mut steps: Vec<&str> = path.split('.').take(DEPTH).map(|step| known(bare(step))).collect();
    steps.dedup();
    steps.join(".")
}

const DEPTH: usize = 4;

/// Without `[2]`.
fn bare(step: &str) -> &str {
    step.split_once('[').map_or(step, |(name, _)| name)
}

fn known(step: &str) -> &'static str {
    KNOWN.iter().find(|known| **known == step).copied().unwrap_or("*")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_classes_without_the_clients_own_names() {
        let cases: [(&str, &[(&str, &str)]); 5] = [
            ("seed", &[("seed", "dropped")]),
            ("seed, messages[2].name;changed", &[("seed", "dropped"), ("messages.name", "changed")]),
            ("messages[0].content[1].patient_4711", &[("messages.content.*", "dropped")]),
            ("x-secret, and 3 more", &[("*", "dropped"), ("*", "dropped")]),
            ("", &[]),
        ];
        for (header, expected) in cases {
            let told: Vec<_> = classes(header).collect();
            let told: Vec<_> = told.iter().map(|(class, fate)| (class.as_str(), *fate)).collect();
            assert_eq!(told, expected, "{header}");
        }
    }
}
