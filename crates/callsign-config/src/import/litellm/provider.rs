//! Which of Callsign's providers a model of `LiteLLM`'s means, as data.

use crate::builtin;

/// How a provider of `LiteLLM`'s is reached.
#[derive(Debug)]
pub(super) struct Row {
    /// What stands before the first slash there.
    theirs: &'static str,
    /// The same provider here.
    pub(super) ours: &'static str,
    /// The variable that its key is read from, where the configuration names none.
    pub(super) key: Option<&'static str>,
    /// The variable that its address is read from, where the configuration names none.
    pub(super) base: Option<&'static str>,
    pub(super) kind: Kind,
}

/// What an entry of the provider needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A key, or an address, or both.
    Plain,
    /// An address below which Anthropic's paths begin.
    Anthropic,
    /// A resource and perhaps a version.
    Azure,
    /// A resource of Azure AI Foundry.
    Foundry,
    /// A region and what signs.
    Bedrock,
    /// A project and a location.
    Vertex,
}

/// A model, taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Named<'m> {
    /// A provider's model.
    Of(&'m str, &'m str),
    /// A model whose provider nobody names.
    Bare(&'m str),
}

const fn hosted(theirs: &'static str, ours: &'static str, key: &'static str) -> Row {
    Row { theirs, ours, key: Some(key), base: None, kind: Kind::Plain }
}

const fn own(theirs: &'static str, ours: &'static str, base: &'static str) -> Row {
    Row { theirs, ours, key: None, base: Some(base), kind: Kind::Plain }
}

/// <https://docs.litellm.ai/docs/providers>
static ROWS: &[Row] = &[
    hosted("openai", "openai", "OPENAI_API_KEY"),
    hosted("text-completion-openai", "openai", "OPENAI_API_KEY"),
    hosted("custom_openai", "openai", "OPENAI_API_KEY"),
    hosted("openai_like", "openai", "OPENAI_LIKE_API_KEY"),
    Row { kind: Kind::Anthropic, ..hosted("anthropic", "anthropic", "ANTHROPIC_API_KEY") },
    Row { kind: Kind::Anthropic, ..hosted("anthropic_text", "anthropic", "ANTHROPIC_API_KEY") },
    Row {
        base: Some("AZURE_API_BASE"),
        kind: Kind::Azure,
        ..hosted("azure", "azure_openai", "AZURE_API_KEY")
    },
    Row {
        base: Some("AZURE_API_BASE"),
        kind: Kind::Azure,
        ..hosted("azure_text", "azure_openai", "AZURE_API_KEY")
    },
    Row {
        base: Some("AZURE_AI_API_BASE"),
        kind: Kind::Foundry,
        ..hosted("azure_ai", "azure_openai", "AZURE_AI_API_KEY")
    },
    Row { key: None, kind: Kind::Bedrock, ..hosted("bedrock", "amazon_bedrock", "") },
    Row { key: None, kind: Kind::Bedrock, ..hosted("bedrock_converse", "amazon_bedrock", "") },
    Row { key: None, kind: Kind::Vertex, ..hosted("vertex_ai", "vertex_ai", "") },
    Row { key: None, kind: Kind::Vertex, ..hosted("vertex_ai_beta", "vertex_ai", "") },
    hosted("gemini", "gemini", "GEMINI_API_KEY"),
    hosted("groq", "groq", "GROQ_API_KEY"),
    hosted("mistral", "mistral", "MISTRAL_API_KEY"),
    hosted("deepseek", "deepseek", "DEEPSEEK_API_KEY"),
    hosted("together_ai", "together_ai", "TOGETHERAI_API_KEY"),
    hosted("xai", "xai", "XAI_API_KEY"),
    hosted("moonshot", "moonshotai", "MOONSHOT_API_KEY"),
    hosted("zai", "zhipu", "ZAI_API_KEY"),
    hosted("dashscope", "qwen", "DASHSCOPE_API_KEY"),
    hosted("openrouter", "openrouter", "OPENROUTER_API_KEY"),
    hosted("vercel_ai_gateway", "vercel", "VERCEL_AI_GATEWAY_API_KEY"),
    hosted("cohere", "cohere", "COHERE_API_KEY"),
    hosted("cohere_chat", "cohere", "COHERE_API_KEY"),
    hosted("fireworks_ai", "fireworks_ai", "FIREWORKS_AI_API_KEY"),
    hosted("cerebras", "cerebras", "CEREBRAS_API_KEY"),
    hosted("perplexity", "perplexity", "PERPLEXITYAI_API_KEY"),
    hosted("nvidia_nim", "nvidia", "NVIDIA_NIM_API_KEY"),
    hosted("huggingface", "huggingface", "HUGGINGFACE_API_KEY"),
    hosted("github", "github", "GITHUB_API_KEY"),
    Row { key: None, ..hosted("ollama", "ollama", "") },
    Row { key: None, ..hosted("ollama_chat", "ollama", "") },
    own("hosted_vllm", "vllm", "HOSTED_VLLM_API_BASE"),
    Row { key: None, ..hosted("vllm", "vllm", "") },
    own("lm_studio", "lm_studio", "LM_STUDIO_API_BASE"),
    own("llamafile", "llama_cpp", "LLAMAFILE_API_BASE"),
    Row {
        base: Some("LITELLM_PROXY_API_BASE"),
        ..hosted("litellm_proxy", "litellm_proxy", "LITELLM_PROXY_API_KEY")
    },
];

/// Whose models begin so, where the name is in no list.
const BEGINNINGS: &[(&str, &str)] = &[
    ("gpt-", "openai"),
    ("chatgpt-", "openai"),
    ("ft:", "openai"),
    ("o1", "openai"),
    ("o3", "openai"),
    ("o4", "openai"),
    ("text-embedding-", "openai"),
    ("dall-e-", "openai"),
    ("whisper-", "openai"),
    ("tts-", "openai"),
    ("claude-", "anthropic"),
    ("command-", "cohere"),
    ("gemini-", "vertex_ai"),
];

/// The row of this provider.
pub(super) fn row(theirs: &str) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.theirs == theirs)
}

/// Takes a model apart; `custom` is the provider that stands beside it.
pub(super) fn named<'m>(model: &'m str, custom: Option<&'m str>) -> Named<'m> {
    if let Some(provider) = custom {
        let id = model.strip_prefix(provider).and_then(|rest| rest.strip_prefix('/'));
        return Named::Of(provider, id.unwrap_or(model));
    }
    if let Some((provider, id)) = model.split_once('/') {
        return Named::Of(provider, id);
    }
    let listed = |facts: &&builtin::ProviderFacts| facts.models.contains(&model);
    // A bare Gemini model is Vertex AI's there.
    let listed = builtin::providers().find(listed).map(|facts| facts.name).filter(|name| *name != "gemini");
    let listed = listed.filter(|name| row(name).is_some());
    let begun =
        || BEGINNINGS.iter().find(|(start, _)| model.starts_with(start)).map(|(_, provider)| *provider);
    match listed.or_else(begun) {
        Some(provider) => Named::Of(provider, model),
        None => Named::Bare(model),
    }
}

/// The id of a model of Bedrock's without the words before it that say which API is used, and the region among them.
pub(super) fn bedrock_id(id: &str) -> (&str, Option<&str>) {
    const APIS: [&str; 3] = ["converse", "invoke", "converse_like"];
    let (mut id, mut region) = (id, None);
    while let Some((first, rest)) = id.split_once('/') {
        match first {
            first if APIS.contains(&first) => {}
            first if is_region(first) => region = Some(first),
            _ => break,
        }
        id = rest;
    }
    (id, region)
}

/// Whether this is written as `us-west-2` is.
fn is_region(word: &str) -> bool {
    let plain = |letter: u8| letter.is_ascii_alphanumeric() || letter == b'-';
    word.split('-').count() >= 3
        && word.ends_with(|letter: char| letter.is_ascii_digit())
        && word.bytes().all(plain)
}

/// The id of a deployment of Azure's without the word before it that says which kind it is.
pub(super) fn azure_id(id: &str) -> &str {
    const KINDS: [&str; 4] = ["o_series/", "gpt5_series/", "responses/", "chat/"];
    KINDS.iter().find_map(|kind| id.strip_prefix(kind)).unwrap_or(id)
}

#[cfg(test)]
mod tests {
    use super::bedrock_id;

    #[test]
    fn only_what_can_be_a_region_is_one() {
        for (id, expected) in [
            ("converse/us-west-2/anthropic.claude-x", ("anthropic.claude-x", Some("us-west-2"))),
            ("us-gov-west-1/m", ("m", Some("us-gov-west-1"))),
            ("arn:aws:bedrock:us-east-1/m", ("arn:aws:bedrock:us-east-1/m", None)),
            ("us-w;;est-2/m", ("us-w;;est-2/m", None)),
            ("invoke/team/m", ("team/m", None)),
        ] {
            assert_eq!(bedrock_id(id), expected, "{id}");
        }
    }
}
