//! Which models the first aliases lead to: a table by role, best choice first.

use super::Surroundings;

/// The built-in model that always answers.
pub(super) const DEMO: &str = "demo/echo";

/// What an alias is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Quick and cheap.
    Fast,
    /// Thinks.
    Smart,
    /// Writes.
    Creative,
    /// Runs on this machine.
    Local,
}

/// A provider's model for a role.
type Choice = (&'static str, &'static str);

const FAST: &[Choice] = &[
    ("openai", "gpt-4o-mini"),
    ("anthropic", "claude-haiku-4-5"),
    ("gemini", "gemini-2.5-flash"),
    ("groq", "llama-3.1-8b-instant"),
    ("mistral", "mistral-small-latest"),
    ("deepseek", "deepseek-chat"),
    ("xai", "grok-4-fast"),
    ("openrouter", "openai/gpt-4o-mini"),
    ("vercel", "openai/gpt-4o-mini"),
    ("together_ai", "meta-llama/Llama-3.3-70B-Instruct-Turbo"),
];

const SMART: &[Choice] = &[
    ("openai", "gpt-4o"),
    ("anthropic", "claude-sonnet-4-5"),
    ("gemini", "gemini-2.5-pro"),
    ("groq", "llama-3.3-70b-versatile"),
    ("mistral", "mistral-large-latest"),
    ("deepseek", "deepseek-reasoner"),
    ("xai", "grok-4"),
    ("openrouter", "openai/gpt-4o"),
    ("vercel", "openai/gpt-4o"),
    ("together_ai", "meta-llama/Llama-3.3-70B-Instruct-Turbo"),
];

const CREATIVE: &[Choice] = &[
    ("anthropic", "claude-sonnet-4-5"),
    ("openrouter", "anthropic/claude-sonnet-4.5"),
    ("vercel", "anthropic/claude-sonnet-4.5"),
];

// === impl Role ===

impl Role {
    /// The model for this role, as `provider/id`.
    pub(super) fn model(self, surroundings: &Surroundings) -> String {
        let local = || {
            let ollama = surroundings.ollama.as_ref()?;
            ollama.chat_model().map(|model| format!("ollama/{model}"))
        };
        let hosted = match self {
            Self::Fast => best(surroundings, FAST),
            Self::Smart => best(surroundings, SMART),
            Self::Creative => best(surroundings, CREATIVE).or_else(|| best(surroundings, SMART)),
            Self::Local => return local().unwrap_or_else(|| DEMO.to_owned()),
        };
        hosted.or_else(|| any_known(surroundings)).or_else(local).unwrap_or_else(|| DEMO.to_owned())
    }
}

fn best(surroundings: &Surroundings, choices: &[Choice]) -> Option<String> {
    let is_keyed = |provider: &str| surroundings.keyed.iter().any(|one| one.facts.name == provider);
    choices
        .iter()
        .find(|(provider, _)| is_keyed(provider))
        .map(|(provider, model)| format!("{provider}/{model}"))
}

/// A provider outside the table, by the model it is best known for.
fn any_known(surroundings: &Surroundings) -> Option<String> {
    surroundings.keyed.iter().filter(|one| one.facts.base_url.is_some()).find_map(|one| {
        let model = one.facts.default_model()?;
        Some(format!("{}/{model}", one.facts.name))
    })
}
