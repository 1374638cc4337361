//! Providers that are reached differently by each customer: their rows of the table, each with its other interfaces.

use callsign_plan::layout::Publisher;
use callsign_plan::target::AuthScheme;
use callsign_wire::dialect::{Dialect, Dialects};
use callsign_wire::quirks::{self, Family};
use callsign_wire::resume::Prefill;

use super::{ANTHROPIC, CHAT, Face, GrantKind, OPENAI, Paths, ProviderFacts, Site, Usual, hosted};

const CONVERSE: Dialects = Dialects::NONE.with(Dialect::Bedrock);
const CONTENT: Dialects = Dialects::NONE.with(Dialect::Gemini);

/// <https://docs.aws.amazon.com/bedrock/latest/userguide/apis.html>
pub(super) const BEDROCK: ProviderFacts = ProviderFacts {
    base_url: None,
    site: Site::AwsRegion,
    dialects: CONVERSE,
    paths: Paths::Bedrock,
    faces: &[
        Face {
            interface: "openai",
            dialects: OPENAI,
            paths: Paths::Prefix,
            prefix: "/openai/v1",
            auth: AuthScheme::Bearer,
            prefill: Prefill::Asked,
            chat: quirks::Chat::OPENAI,
        },
        Face {
            interface: "anthropic",
            dialects: ANTHROPIC,
            paths: Paths::Prefix,
            prefix: "/anthropic/v1",
            auth: AuthScheme::Bearer,
            prefill: Prefill::Message,
            chat: quirks::Chat::USUAL,
        },
    ],
    usual: Usual::KeyOr(GrantKind::SigV4),
    needs: &["region: us-east-1"],
    ..hosted("amazon_bedrock", "", "", "AWS_BEARER_TOKEN_BEDROCK")
};

/// <https://cloud.google.com/vertex-ai/generative-ai/docs/reference/rest>
pub(super) const VERTEX: ProviderFacts = ProviderFacts {
    base_url: None,
    site: Site::GoogleLocation,
    dialects: CONTENT,
    paths: Paths::Vertex(Publisher::Google),
    auth: AuthScheme::GoogApiKey,
    faces: &[
        Face {
            interface: "anthropic",
            dialects: ANTHROPIC,
            paths: Paths::Vertex(Publisher::Anthropic),
            prefix: "/v1",
            auth: AuthScheme::Bearer,
            prefill: Prefill::Message,
            chat: quirks::Chat::USUAL,
        },
        Face {
            interface: "openai",
            dialects: CHAT,
            paths: Paths::VertexOpenAi,
            prefix: "/v1",
            auth: AuthScheme::Bearer,
            prefill: Prefill::Asked,
            chat: quirks::Chat::GOOGLE,
        },
    ],
    usual: Usual::Grant(GrantKind::Google),
    needs: &["project: PROJECT", "location: global"],
    ..hosted("vertex_ai", "", "/v1", "GOOGLE_APPLICATION_CREDENTIALS")
};

/// Whose words the models of makers take that Bedrock serves.
pub(super) const FAMILIES: [(&str, Family); 3] =
    [("anthropic", Family::Claude), ("amazon", Family::Nova), ("mistral", Family::Mistral)];

/// What Vertex AI serves at another interface than Gemini's, by how the names of these models begin.
/// <https://cloud.google.com/vertex-ai/generative-ai/docs/model-garden/available-models>
pub(super) const NOT_GOOGLES: [(&str, &str); 8] = [
    ("claude-", "anthropic"),
    ("codestral-", "openai"),
    ("deepseek-", "openai"),
    ("kimi-", "openai"),
    ("llama-", "openai"),
    ("meta/", "openai"),
    ("mistral-", "openai"),
    ("openai/", "openai"),
];

/// <https://learn.microsoft.com/en-us/azure/ai-foundry/openai/reference>; Anthropic's models as Foundry serves them.
pub(super) const AZURE: ProviderFacts = ProviderFacts {
    base_url: None,
    dialects: OPENAI,
    chat: quirks::Chat::OPENAI,
    paths: Paths::AzureDeployments,
    auth: AuthScheme::ApiKey,
    faces: &[Face {
        interface: "anthropic",
        dialects: ANTHROPIC,
        paths: Paths::Prefix,
        prefix: "/anthropic/v1",
        auth: AuthScheme::XApiKey,
        prefill: Prefill::Message,
        chat: quirks::Chat::USUAL,
    }],
    usual: Usual::KeyOr(GrantKind::Entra),
    needs: &["base_url: https://ADDRESS"],
    ..hosted("azure_openai", "", "", "AZURE_OPENAI_API_KEY")
};
