//! The providers that Callsign knows, as data: one row each. No code looks at a provider's name.

mod clouds;
mod windows;

use callsign_plan::layout::Publisher;
use callsign_plan::target::AuthScheme;
use callsign_wire::dialect::{Dialect, Dialects};
use callsign_wire::quirks;
use callsign_wire::resume::Prefill;

/// What is known of a provider.
#[derive(Debug, Clone, Copy)]
pub struct ProviderFacts {
    /// What stands before the first slash of a model.
    pub name: &'static str,
    /// Where it is reached; `None` where every customer has an address of their own.
    pub base_url: Option<&'static str>,
    /// The part of its address that the customer chooses.
    pub site: Site,
    /// The usual path prefix, used where a `base_url` has no path.
    pub prefix: &'static str,
    /// What it speaks.
    pub dialects: Dialects,
    /// How it is made to go on from a text. Most take a last message of the assistant's for a finished one.
    pub prefill: Prefill,
    /// How it speaks `OpenAI`'s chat.
    pub chat: quirks::Chat,
    /// How its paths are made.
    pub paths: Paths,
    /// How a key is sent.
    pub auth: AuthScheme,
    /// The environment variable that usually holds the key; `None` where no key is needed.
    pub key_variable: Option<&'static str>,
    /// Models that it serves; not all of them, and none where they are many or the operator's own.
    pub models: &'static [&'static str],
    /// How many tokens the contexts of some of its models hold.
    pub windows: &'static [(&'static str, u64)],
    /// What else it can be spoken to in, as `provider_interface` names it.
    pub faces: &'static [Face],
    /// How it is shown who asks, where an entry does not say.
    pub usual: Usual,
    /// What an entry needs besides its key.
    pub needs: &'static [&'static str],
}

/// How a provider is shown who asks, where an entry does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Usual {
    /// By the key in the usual variable.
    Key,
    /// By that key, or else by this if the environment speaks of it.
    KeyOr(GrantKind),
    /// By this; the usual variable only tells that it is there.
    Grant(GrantKind),
}

/// The types of `auth`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantKind {
    /// `aws_sigv4`
    SigV4,
    /// `google`
    Google,
    /// `entra`
    Entra,
}

/// A further way to speak to a provider.
#[derive(Debug, Clone, Copy)]
pub struct Face {
    /// Its `provider_interface`.
    pub interface: &'static str,
    /// What is spoken there.
    pub dialects: Dialects,
    /// How its paths are made.
    pub paths: Paths,
    /// The usual path prefix.
    pub prefix: &'static str,
    /// How a key is sent.
    pub auth: AuthScheme,
    /// How a model is made to go on from a text.
    pub prefill: Prefill,
    /// How `OpenAI`'s chat is spoken there.
    pub chat: quirks::Chat,
}

/// How the URL paths of a provider are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paths {
    /// The prefix and the operation.
    Prefix,
    /// Azure's deployments.
    AzureDeployments,
    /// Google's `models/{model}:{method}`.
    Gemini,
    /// Vertex AI's models of a publisher.
    Vertex(Publisher),
    /// Vertex AI's `OpenAI`-compatible endpoint.
    VertexOpenAi,
    /// Bedrock's `model/{model}/{verb}`.
    Bedrock,
    /// There are none: the provider is simulated.
    Simulated,
}

/// The part of a provider's address that the customer chooses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Site {
    /// None, or all of it.
    Plain,
    /// Bedrock's `region`.
    AwsRegion,
    /// Vertex AI's `location`.
    GoogleLocation,
}

/// Azure's `api-version`, where an entry has none.
pub(crate) const AZURE_API_VERSION: &str = "2025-01-01-preview";

impl GrantKind {
    /// The `type` of `auth`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SigV4 => "aws_sigv4",
            Self::Google => "google",
            Self::Entra => "entra",
        }
    }
}

impl ProviderFacts {
    /// A good model to begin with, where one is known.
    pub fn default_model(&self) -> Option<&'static str> {
        self.models.first().copied()
    }

    /// The way to speak to it that `interface` names.
    pub(crate) fn face(&self, interface: &str) -> Option<&'static Face> {
        self.faces.iter().find(|face| face.interface == interface)
    }

    /// Whether it runs on the operator's own machine, free of charge and without a key.
    pub const fn is_local(&self) -> bool {
        self.key_variable.is_none()
    }
}

/// Every provider that is built in.
pub fn providers() -> impl Iterator<Item = &'static ProviderFacts> {
    PROVIDERS.iter()
}

/// The built-in provider of this name.
pub(crate) fn provider(name: &str) -> Option<&'static ProviderFacts> {
    PROVIDERS.iter().find(|facts| facts.name == name)
}

/// How the names of models begin that the provider serves at another interface than its usual one, and that interface.
pub(crate) fn other_interface(provider: &str, id: &str) -> Option<(&'static str, &'static str)> {
    let googles = self::provider(provider)?.paths == Paths::Vertex(Publisher::Google);
    clouds::NOT_GOOGLES.into_iter().find(|(beginning, _)| googles && id.starts_with(beginning))
}

/// Whose words the models take that are spoken to in these dialects.
pub(crate) fn families(dialects: Dialects) -> quirks::Families {
    if dialects.contains(Dialect::Bedrock) {
        return quirks::Families::ByMaker(&clouds::FAMILIES);
    }
    quirks::Families::default()
}

/// How many tokens the context of this model holds, where that is known.
pub(crate) fn context(provider_name: &str, model: &str) -> Option<u64> {
    let windows = provider(provider_name)?.windows;
    windows.iter().find(|(id, _)| *id == model).map(|(_, tokens)| *tokens)
}

const CHAT: Dialects = Dialects::NONE.with(Dialect::OpenAiChat);
const OPENAI: Dialects = Dialects::NONE.with(Dialect::OpenAiChat).with(Dialect::OpenAiResponses);
const RESPONSES: Dialects = Dialects::NONE.with(Dialect::OpenAiResponses);
const ANTHROPIC: Dialects = Dialects::NONE.with(Dialect::Anthropic);
const EVERY_CLIENT: Dialects = OPENAI.with(Dialect::Anthropic);

/// An OpenAI-compatible provider with a key.
const fn hosted(
    name: &'static str,
    base_url: &'static str,
    prefix: &'static str,
    variable: &'static str,
) -> ProviderFacts {
    ProviderFacts {
        name,
        base_url: Some(base_url),
        site: Site::Plain,
        prefix,
        dialects: CHAT,
        prefill: Prefill::Asked,
        chat: quirks::Chat::USUAL,
        paths: Paths::Prefix,
        auth: AuthScheme::Bearer,
        key_variable: Some(variable),
        models: &[],
        windows: &[],
        faces: &[],
        usual: Usual::Key,
        needs: &[],
    }
}

/// An OpenAI-compatible server of the operator's own.
const fn local(name: &'static str, base_url: &'static str) -> ProviderFacts {
    ProviderFacts { key_variable: None, ..hosted(name, base_url, "/v1", "") }
}

impl ProviderFacts {
    const fn serving(self, models: &'static [&'static str]) -> Self {
        Self { models, ..self }
    }

    /// The same, serving the Responses API as well.
    const fn responding(self) -> Self {
        Self { dialects: OPENAI, ..self }
    }

    const fn chatting(self, chat: quirks::Chat) -> Self {
        Self { chat, ..self }
    }

    const fn prefilled(self, prefill: Prefill) -> Self {
        Self { prefill, ..self }
    }

    const fn holding(self, windows: &'static [(&'static str, u64)]) -> Self {
        Self { windows, ..self }
    }
}

const ANTHROPIC_ROW: ProviderFacts = ProviderFacts {
    dialects: ANTHROPIC,
    prefill: Prefill::Message,
    auth: AuthScheme::XApiKey,
    ..hosted("anthropic", "https://api.anthropic.com", "/v1", "ANTHROPIC_API_KEY")
}
.serving(ANTHROPIC_MODELS)
.holding(windows::ANTHROPIC);

const GEMINI_ROW: ProviderFacts = ProviderFacts {
    dialects: Dialects::NONE.with(Dialect::OpenAiChat).with(Dialect::Gemini),
    paths: Paths::Gemini,
    auth: AuthScheme::GoogApiKey,
    ..hosted("gemini", "https://generativelanguage.googleapis.com", "/v1beta/openai", "GEMINI_API_KEY")
}
.serving(GEMINI_MODELS)
.holding(windows::GEMINI);

static PROVIDERS: &[ProviderFacts] = &[
    hosted("openai", "https://api.openai.com", "/v1", "OPENAI_API_KEY")
        .responding()
        .chatting(quirks::Chat::OPENAI)
        .serving(OPENAI_MODELS)
        .holding(windows::OPENAI),
    ANTHROPIC_ROW,
    ProviderFacts { name: "claude", ..ANTHROPIC_ROW },
    GEMINI_ROW,
    ProviderFacts { name: "google", ..GEMINI_ROW },
    hosted("groq", "https://api.groq.com", "/openai/v1", "GROQ_API_KEY")
        .responding()
        .serving(GROQ_MODELS)
        .holding(windows::GROQ),
    // <https://docs.mistral.ai/capabilities/completion/prefix>
    hosted("mistral", "https://api.mistral.ai", "/v1", "MISTRAL_API_KEY")
        .chatting(quirks::Chat::MISTRAL)
        .serving(MISTRAL_MODELS)
        .prefilled(Prefill::MessageWithPrefix),
    // <https://api-docs.deepseek.com/guides/chat_prefix_completion>
    hosted("deepseek", "https://api.deepseek.com", "/v1", "DEEPSEEK_API_KEY")
        .chatting(quirks::Chat::THINKING)
        .serving(DEEPSEEK_MODELS)
        .prefilled(Prefill::MessageWithPrefix),
    hosted("together_ai", "https://api.together.xyz", "/v1", "TOGETHER_API_KEY"),
    hosted("together", "https://api.together.xyz", "/v1", "TOGETHER_API_KEY"),
    hosted("xai", "https://api.x.ai", "/v1", "XAI_API_KEY")
        .responding()
        .serving(XAI_MODELS)
        .holding(windows::XAI),
    hosted("moonshotai", "https://api.moonshot.ai", "/v1", "MOONSHOTAI_API_KEY")
        .chatting(quirks::Chat::THINKING)
        .serving(MOONSHOT_MODELS)
        .holding(windows::MOONSHOT),
    hosted("zhipu", "https://api.z.ai", "/api/paas/v4", "ZHIPU_API_KEY")
        .chatting(quirks::Chat::THINKING)
        .serving(ZHIPU_MODELS),
    hosted("qwen", "https://dashscope-intl.aliyuncs.com", "/compatible-mode/v1", "DASHSCOPE_API_KEY")
        .serving(QWEN_MODELS),
    hosted("xiaomi", "https://api.xiaomimimo.com", "/v1", "MIMO_API_KEY").serving(XIAOMI_MODELS),
    hosted("openrouter", "https://openrouter.ai", "/api/v1", "OPENROUTER_API_KEY")
        .responding()
        .chatting(quirks::Chat::OPENROUTER),
    hosted("vercel", "https://ai-gateway.vercel.sh", "/v1", "AI_GATEWAY_API_KEY").responding(),
    hosted("digitalocean", "https://inference.do-ai.run", "/v1", "DO_API_KEY"),
    hosted("cohere", "https://api.cohere.ai", "/compatibility/v1", "COHERE_API_KEY").serving(COHERE_MODELS),
    hosted("fireworks", "https://api.fireworks.ai", "/inference/v1", "FIREWORKS_API_KEY").responding(),
    hosted("fireworks_ai", "https://api.fireworks.ai", "/inference/v1", "FIREWORKS_API_KEY").responding(),
    hosted("cerebras", "https://api.cerebras.ai", "/v1", "CEREBRAS_API_KEY").serving(CEREBRAS_MODELS),
    hosted("perplexity", "https://api.perplexity.ai", "", "PERPLEXITY_API_KEY").serving(PERPLEXITY_MODELS),
    hosted("nvidia", "https://integrate.api.nvidia.com", "/v1", "NVIDIA_API_KEY"),
    hosted("huggingface", "https://router.huggingface.co", "/v1", "HF_TOKEN").responding(),
    hosted("github", "https://models.github.ai", "/inference", "GITHUB_TOKEN"),
    hosted("github_models", "https://models.github.ai", "/inference", "GITHUB_TOKEN"),
    ProviderFacts {
        dialects: RESPONSES,
        ..hosted("chatgpt", "https://chatgpt.com", "/backend-api/codex", "CHATGPT_ACCESS_TOKEN")
    },
    clouds::AZURE,
    ProviderFacts { name: "azure", ..clouds::AZURE },
    clouds::BEDROCK,
    ProviderFacts { name: "amazon", ..clouds::BEDROCK },
    ProviderFacts { name: "bedrock", ..clouds::BEDROCK },
    clouds::VERTEX,
    ProviderFacts { name: "vertexai", ..clouds::VERTEX },
    ProviderFacts { base_url: None, ..local("plano", "") },
    ProviderFacts { base_url: None, ..local("arch", "") },
    local("ollama", "http://localhost:11434").responding(),
    local("lm_studio", "http://localhost:1234").responding(),
    local("lmstudio", "http://localhost:1234").responding(),
    // <https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html>
    local("vllm", "http://localhost:8000").responding().prefilled(Prefill::ContinueFinal),
    local("llama_cpp", "http://localhost:8080").responding(),
    local("llamacpp", "http://localhost:8080").responding(),
    ProviderFacts { base_url: None, dialects: EVERY_CLIENT, paths: Paths::Simulated, ..local("demo", "") }
        .serving(&["echo"]),
];

const OPENAI_MODELS: &[&str] = &[
    "gpt-4o-mini",
    "gpt-4o",
    "gpt-4.1",
    "gpt-4.1-mini",
    "gpt-4.1-nano",
    "gpt-4-turbo",
    "gpt-4",
    "gpt-3.5-turbo",
    "gpt-5",
    "gpt-5-mini",
    "gpt-5-nano",
    "gpt-5-pro",
    "gpt-5-codex",
    "gpt-5.1",
    "gpt-5.1-codex",
    "gpt-5.1-codex-mini",
    "gpt-5.1-codex-max",
    "gpt-5.2",
    "gpt-5.2-pro",
    "gpt-5.2-codex",
    "gpt-5.3-codex",
    "gpt-5.4",
    "gpt-5.4-mini",
    "gpt-5.4-nano",
    "gpt-5.4-pro",
    "gpt-5.5",
    "gpt-5.5-pro",
    "o1",
    "o1-pro",
    "o3",
    "o3-mini",
    "o3-pro",
    "o4-mini",
    "gpt-image-1",
    "gpt-4o-mini-tts",
    "gpt-4o-transcribe",
    "whisper-1",
    "tts-1",
    "text-embedding-3-small",
    "text-embedding-3-large",
    "omni-moderation-latest",
];

const ANTHROPIC_MODELS: &[&str] = &[
    "claude-sonnet-4-5",
    "claude-opus-4-8",
    "claude-opus-4-7",
    "claude-opus-4-6",
    "claude-sonnet-4-6",
    "claude-opus-4-5",
    "claude-opus-4-5-20251101",
    "claude-haiku-4-5",
    "claude-haiku-4-5-20251001",
    "claude-sonnet-4-5-20250929",
    "claude-opus-4-1",
    "claude-opus-4-1-20250805",
    "claude-opus-4-20250514",
    "claude-sonnet-4-20250514",
    "claude-3-7-sonnet-20250219",
    "claude-3-5-sonnet-20241022",
    "claude-3-5-haiku-20241022",
    "claude-3-haiku-20240307",
];

const GEMINI_MODELS: &[&str] = &[
    "gemini-2.5-flash",
    "gemini-2.5-pro",
    "gemini-2.5-flash-lite",
    "gemini-2.0-flash",
    "gemini-3-pro-preview",
    "gemini-3-flash-preview",
    "gemini-3.1-pro-preview",
    "gemini-3.5-flash",
    "gemini-flash-latest",
    "gemini-pro-latest",
];

const GROQ_MODELS: &[&str] = &[
    "llama-3.3-70b-versatile",
    "llama-3.1-8b-instant",
    "openai/gpt-oss-120b",
    "openai/gpt-oss-20b",
    "qwen/qwen3-32b",
    "meta-llama/llama-4-scout-17b-16e-instruct",
];

const MISTRAL_MODELS: &[&str] = &[
    "mistral-small-latest",
    "mistral-medium-latest",
    "mistral-large-latest",
    "ministral-3b-latest",
    "ministral-8b-latest",
    "magistral-small-latest",
    "magistral-medium-latest",
    "codestral-latest",
    "devstral-latest",
    "open-mistral-nemo",
    "mistral-embed",
];

const DEEPSEEK_MODELS: &[&str] =
    &["deepseek-chat", "deepseek-reasoner", "deepseek-v4-flash", "deepseek-v4-pro"];

const XAI_MODELS: &[&str] =
    &["grok-4", "grok-4.3", "grok-4-fast", "grok-3", "grok-3-mini", "grok-code-fast-1", "grok-build-0.1"];

const MOONSHOT_MODELS: &[&str] =
    &["kimi-k2.6", "kimi-k2.5", "moonshot-v1-auto", "moonshot-v1-8k", "moonshot-v1-32k", "moonshot-v1-128k"];

const ZHIPU_MODELS: &[&str] =
    &["glm-4.6", "glm-4.5", "glm-4.5-air", "glm-4.7", "glm-5", "glm-5-turbo", "glm-5.1"];

const QWEN_MODELS: &[&str] = &[
    "qwen-plus",
    "qwen-max",
    "qwen-turbo",
    "qwen-flash",
    "qwen3-max",
    "qwen3-coder-plus",
    "qwen3-coder-flash",
    "qwen3.7-max",
    "qwen3.7-plus",
];

const XIAOMI_MODELS: &[&str] =
    &["mimo-v2.5", "mimo-v2.5-pro", "mimo-v2-flash", "mimo-v2-omni", "mimo-v2-pro"];

const COHERE_MODELS: &[&str] = &["command-a-03-2025", "command-r-plus-08-2024", "command-r-08-2024"];

const CEREBRAS_MODELS: &[&str] = &["llama-3.3-70b", "llama3.1-8b", "gpt-oss-120b", "qwen-3-32b"];

const PERPLEXITY_MODELS: &[&str] = &["sonar", "sonar-pro", "sonar-reasoning-pro", "sonar-deep-research"];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn rows_are_well_formed() {
        let mut names = HashSet::new();
        for row in providers() {
            assert!(names.insert(row.name), "{} stands twice", row.name);
            assert!(row.prefix.is_empty() || row.prefix.starts_with('/'), "{}", row.name);
            assert!(!row.prefix.ends_with('/'), "{}", row.name);
            if let Some(base_url) = row.base_url {
                let url = url::Url::parse(base_url).unwrap();
                assert_eq!(url.path(), "/", "{}: the path belongs into `prefix`", row.name);
                assert!(!base_url.ends_with('/'), "{}", row.name);
            }
            assert!(row.key_variable != Some(""), "{}", row.name);
            // `init` has to know what to write of a provider that is not reached everywhere alike.
            let unplaced = row.base_url.is_none() && row.key_variable.is_some();
            assert_eq!(unplaced, !row.needs.is_empty(), "{}", row.name);
            for face in row.faces {
                let known = crate::document::INTERFACES.iter().any(|word| word.name == face.interface);
                assert!(known, "{}: {}", row.name, face.interface);
            }
            let models: HashSet<_> = row.models.iter().collect();
            assert_eq!(models.len(), row.models.len(), "{}: a model stands twice", row.name);
            let holding: HashSet<_> = row.windows.iter().map(|(id, _)| id).collect();
            assert_eq!(holding.len(), row.windows.len(), "{}: a window stands twice", row.name);
            assert!(holding.is_subset(&models), "{}: a window of a model that is not listed", row.name);
        }
    }

    #[test]
    fn every_interface_is_a_provider() {
        for interface in crate::document::INTERFACES {
            assert!(provider(interface.name).is_some(), "{}", interface.name);
        }
    }
}
