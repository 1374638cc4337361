//! What real providers' error bodies complain of. The bodies are as documented or as people met them, with names and
//! numbers of accounts replaced.

use std::collections::BTreeSet;
use std::path::Path;

use callsign_wire::complaint::{self, Complaint};

/// File, status, and what it speaks of.
const BODIES: &[(&str, u16, &str)] = &[
    ("anthropic-bad-request", 400, ""),
    ("anthropic-billing", 402, "quota"),
    ("anthropic-context-limit", 400, "context"),
    ("anthropic-credit-balance", 400, "quota"),
    ("anthropic-model-not-found", 404, "model"),
    ("anthropic-output-blocked", 400, "policy"),
    ("anthropic-overloaded", 529, "overloaded"),
    ("anthropic-permission", 403, ""),
    ("anthropic-prompt-too-long", 400, "context"),
    ("anthropic-rate-limit", 429, "rate"),
    ("anthropic-usage-limit", 400, "quota"),
    ("azure-blocked", 403, "policy"),
    ("azure-content-filter", 400, "policy"),
    ("azure-deployment-not-found", 404, "model"),
    ("azure-rate-limit", 429, "rate"),
    ("azure-wrong-key", 401, ""),
    ("bedrock-bad-model", 400, "model"),
    ("bedrock-context-limit", 400, "context"),
    ("bedrock-max-tokens", 400, ""),
    ("bedrock-on-demand", 400, "model"),
    ("bedrock-throttling", 429, "rate"),
    ("bedrock-throttling-typed", 429, "rate"),
    ("bedrock-tokens-per-day", 429, "quota rate"),
    ("bedrock-too-long", 400, "context"),
    ("cohere-model-not-found", 404, "model"),
    ("cohere-too-many-tokens", 400, "context"),
    ("cohere-trial-limit", 429, "rate"),
    ("dashscope-inspection", 400, "policy"),
    ("deepseek-balance", 402, "quota"),
    ("deepseek-content-risk", 400, "policy"),
    ("deepseek-model", 400, "model"),
    ("fastapi-detail", 422, ""),
    ("fireworks-context", 400, "context"),
    ("fireworks-model", 404, "model"),
    ("fireworks-usage-limits", 429, "quota rate"),
    ("gemini-context-array", 400, "context"),
    ("gemini-exhausted", 429, "rate"),
    ("gemini-model-not-found", 404, "model"),
    ("gemini-no-capacity", 429, "overloaded rate"),
    ("gemini-overloaded", 503, "overloaded"),
    ("gemini-passed-on-as-text", 429, "rate"),
    ("gemini-quota-array", 429, "quota rate"),
    ("gemini-wrong-key", 400, ""),
    ("groq-context", 400, "context"),
    ("groq-decommissioned", 400, "model"),
    ("groq-rate-limit", 429, "rate"),
    ("groq-tokens-per-day", 429, "quota rate"),
    ("llamacpp-context", 400, "context"),
    ("llamacpp-loading", 503, "overloaded"),
    ("mistral-both-contents", 400, ""),
    ("mistral-capacity", 429, "overloaded"),
    ("mistral-context", 400, "context"),
    ("mistral-invalid-model", 400, "model"),
    ("mistral-rate-limit", 429, "rate"),
    ("moonshot-overloaded", 429, "overloaded"),
    ("ollama-context", 400, "context"),
    ("ollama-model-not-found", 404, "model"),
    ("ollama-native-model-not-found", 404, "model"),
    ("openai-account-inactive", 429, "quota"),
    ("openai-bad-parameter", 400, ""),
    ("openai-billing-hard-limit", 400, "quota"),
    ("openai-content-policy", 400, "policy"),
    ("openai-context-length", 400, "context"),
    ("openai-input-tokens-limit", 400, "context"),
    ("openai-insufficient-quota", 429, "quota"),
    ("openai-invalid-prompt", 400, "policy"),
    ("openai-model-not-found", 404, "model"),
    ("openai-moderation-blocked", 400, "policy"),
    ("openai-overloaded", 503, "overloaded"),
    ("openai-rate-limit", 429, "rate"),
    ("openai-request-too-large-for-tpm", 429, "rate"),
    ("openai-server-error", 500, ""),
    ("openai-string-too-long", 400, "context"),
    ("openai-unknown-url", 404, ""),
    ("openai-user-too-long", 400, ""),
    ("openai-wrong-key", 401, ""),
    ("openrouter-credits", 402, "quota"),
    ("openrouter-moderation", 403, "policy"),
    ("openrouter-no-endpoints", 404, "model"),
    ("openrouter-raw-context", 400, "context"),
    ("openrouter-upstream-rate-limit", 429, "rate"),
    ("together-context", 400, "context"),
    ("together-model", 400, "model"),
    ("together-rate-limit", 429, "quota rate"),
    ("vllm-context", 400, "context"),
    ("vllm-max-tokens", 400, ""),
    ("vllm-model-not-found", 404, "model"),
    ("vllm-nested-context", 400, "context"),
    ("xai-credits", 403, "quota"),
    ("xai-prompt-length", 400, "context"),
    ("xai-rate-limit", 429, "rate"),
];

fn complaint(words: &str) -> Complaint {
    let mut complaint = Complaint::default();
    for word in words.split_whitespace() {
        match word {
            "quota" => complaint.quota = true,
            "context" => complaint.context = true,
            "policy" => complaint.policy = true,
            "model" => complaint.model_missing = true,
            "overloaded" => complaint.overloaded = true,
            "rate" => complaint.rate = true,
            other => unreachable!("no complaint is called {other}"),
        }
    }
    complaint
}

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/errors")
}

#[test]
fn bodies_of_providers_are_understood() {
    let wrong: Vec<String> = BODIES
        .iter()
        .filter_map(|(name, status, expected)| {
            let body = std::fs::read(folder().join(format!("{name}.json"))).expect(name);
            let found = complaint::read(*status, &body);
            (found != complaint(expected)).then(|| format!("{name}: expected `{expected}`, found {found:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_body_stands_in_the_table() {
    let files: BTreeSet<String> = std::fs::read_dir(folder())
        .expect("the folder of bodies")
        .map(|entry| {
            entry.expect("an entry").path().file_stem().expect("a name").to_string_lossy().into_owned()
        })
        .collect();
    let told: BTreeSet<String> = BODIES.iter().map(|(name, ..)| (*name).to_owned()).collect();
    assert_eq!(files, told);
}
