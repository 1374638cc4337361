//! How many tokens the contexts of well-known models hold, as their providers document it: one row for each model.
//!
//! A number too small would pass a model over that could have answered. So names whose model changes (`…-latest`) are
//! left out, and models whose context grows with a header of the request.

type Windows = &'static [(&'static str, u64)];

/// Models of `OpenAI`.
pub(super) const OPENAI: Windows = &[
    ("gpt-4o-mini", 128_000),
    ("gpt-4o", 128_000),
    ("gpt-4.1", 1_047_576),
    ("gpt-4.1-mini", 1_047_576),
    ("gpt-4.1-nano", 1_047_576),
    ("gpt-4-turbo", 128_000),
    ("gpt-4", 8_192),
    ("gpt-3.5-turbo", 16_385),
    ("gpt-5", 400_000),
    ("gpt-5-mini", 400_000),
    ("gpt-5-nano", 400_000),
    ("gpt-5-codex", 400_000),
    ("gpt-5.1", 400_000),
    ("gpt-5.1-codex", 400_000),
    ("gpt-5.1-codex-mini", 400_000),
    ("gpt-5.1-codex-max", 400_000),
    ("gpt-5.2", 400_000),
    ("gpt-5.2-pro", 400_000),
    ("o1", 200_000),
    ("o3", 200_000),
    ("o3-mini", 200_000),
    ("o4-mini", 200_000),
];

/// Models of Anthropic.
pub(super) const ANTHROPIC: Windows = &[
    ("claude-opus-4-5", 200_000),
    ("claude-opus-4-5-20251101", 200_000),
    ("claude-haiku-4-5", 200_000),
    ("claude-haiku-4-5-20251001", 200_000),
    ("claude-opus-4-1", 200_000),
    ("claude-opus-4-1-20250805", 200_000),
    ("claude-opus-4-20250514", 200_000),
    ("claude-3-7-sonnet-20250219", 200_000),
    ("claude-3-5-sonnet-20241022", 200_000),
    ("claude-3-5-haiku-20241022", 200_000),
    ("claude-3-haiku-20240307", 200_000),
];

/// Models of Google.
pub(super) const GEMINI: Windows = &[
    ("gemini-2.5-flash", 1_048_576),
    ("gemini-2.5-pro", 1_048_576),
    ("gemini-2.5-flash-lite", 1_048_576),
    ("gemini-2.0-flash", 1_048_576),
    ("gemini-3-pro-preview", 1_048_576),
];

/// Models of Groq.
pub(super) const GROQ: Windows = &[
    ("llama-3.3-70b-versatile", 131_072),
    ("llama-3.1-8b-instant", 131_072),
    ("openai/gpt-oss-120b", 131_072),
    ("openai/gpt-oss-20b", 131_072),
    ("qwen/qwen3-32b", 131_072),
    ("meta-llama/llama-4-scout-17b-16e-instruct", 131_072),
];

/// Models of xAI.
pub(super) const XAI: Windows = &[("grok-4", 256_000), ("grok-3", 131_072), ("grok-3-mini", 131_072)];

/// Models of Moonshot.
pub(super) const MOONSHOT: Windows = &[
    ("kimi-k2.5", 262_144),
    ("moonshot-v1-8k", 8_192),
    ("moonshot-v1-32k", 32_768),
    ("moonshot-v1-128k", 131_072),
];
