//! How an answer is wished to be: its tools, its form, its length, its thinking.

use super::extras::{Extras, Json};
use super::part::CacheHint;
use crate::dialect::Dialect;

/// A tool that a model may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tool {
    /// Its name; empty for a built-in tool without one.
    pub name: String,
    /// What it does.
    pub description: Option<String>,
    /// What it is.
    pub kind: ToolKind,
    /// Whether the arguments must follow the schema to the letter.
    pub strict: Option<bool>,
    /// That the tools up to this one are worth keeping in a cache.
    pub cache: Option<CacheHint>,
    /// What only its own dialect knows of it.
    pub extras: Extras,
}

/// Kinds of tools.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ToolKind {
    /// The client's own, with the JSON schema of its arguments.
    Function {
        /// The schema; `None` where the tool takes no arguments and the dialect lets that go unsaid.
        schema: Option<Json>,
    },
    /// The client's own, taking plain text, with the grammar that this follows.
    Custom {
        /// `{"type":"grammar",…}` or `{"type":"text"}`, as OpenAI spells it.
        format: Option<Json>,
    },
    /// The provider's own (web search, code execution), or a namespace of them: the whole element as it is spelled.
    BuiltIn {
        /// The dialect.
        dialect: Dialect,
        /// What it calls the tool: `web_search_20250305`.
        kind: String,
        /// The whole element.
        json: Json,
    },
}

/// Which tools are to be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ToolChoice {
    /// Any or none.
    Auto,
    /// None.
    None,
    /// At least one.
    Required,
    /// This one.
    Tool(String),
    /// Something that one dialect alone knows (`allowed_tools`).
    Opaque(Dialect, Json),
}

/// How words are chosen. Ranges are those of the dialect that it came in; encoders move what is out of theirs.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sampling {
    /// 0 to 2 (OpenAI, Gemini), 0 to 1 (Anthropic, Bedrock).
    pub temperature: Option<f64>,
    /// 0 to 1.
    pub top_p: Option<f64>,
    /// At least 1.
    pub top_k: Option<u64>,
    /// -2 to 2.
    pub frequency_penalty: Option<f64>,
    /// -2 to 2.
    pub presence_penalty: Option<f64>,
    /// For repeatable answers.
    pub seed: Option<i64>,
    /// Where to stop. OpenAI takes 4, Gemini 5.
    pub stop: Vec<String>,
    /// How many answers (`n`, `candidateCount`).
    pub candidates: Option<u64>,
    /// With the log probabilities of the words, and of how many others for each.
    pub logprobs: Option<Logprobs>,
}

/// That log probabilities are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Logprobs {
    /// Of how many other words at each place.
    pub top: Option<u64>,
}

/// The form that an answer must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Format {
    /// Any.
    Text,
    /// Some JSON object.
    JsonObject,
    /// JSON that follows a schema.
    JsonSchema {
        /// What the schema is called.
        name: Option<String>,
        /// What it is for.
        description: Option<String>,
        /// The schema.
        schema: Json,
        /// Whether it must be followed to the letter.
        strict: Option<bool>,
    },
}

/// How much a model should think.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Thinking {
    /// Whether at all.
    pub mode: Option<ThinkingMode>,
    /// How hard.
    pub effort: Option<Effort>,
    /// With how many tokens.
    pub budget: Option<u64>,
    /// Whether and how thoughts are shown: `auto`, `concise`, `detailed`, `summarized`, `omitted`.
    pub show: Option<String>,
}

/// Whether a model should think.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ThinkingMode {
    /// It must not.
    Off,
    /// It must.
    On,
    /// As it sees fit.
    Adaptive,
}

/// How hard a model should think, from OpenAI's `reasoning.effort` and Anthropic's `output_config.effort`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effort {
    /// Not at all.
    None,
    /// As little as there is.
    Minimal,
    /// A little.
    Low,
    /// As usual.
    Medium,
    /// Much.
    High,
    /// Very much.
    XHigh,
    /// As much as there is.
    Max,
}

/// How fast, and at what price, an answer is to come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tier {
    /// As the provider sees fit.
    Auto,
    /// The usual (`default`, `standard`, `standard_only`).
    Standard,
    /// Slower and cheaper.
    Flex,
    /// Faster and dearer.
    Priority,
    /// Something that one dialect alone knows.
    Other(Dialect, String),
}

// === impl Effort ===

impl Effort {
    const ALL: [(Self, &'static str); 7] = [
        (Self::None, "none"),
        (Self::Minimal, "minimal"),
        (Self::Low, "low"),
        (Self::Medium, "medium"),
        (Self::High, "high"),
        (Self::XHigh, "xhigh"),
        (Self::Max, "max"),
    ];

    /// The effort of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(effort, _)| *effort)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(effort, _)| *effort == self).map_or("medium", |(_, name)| *name)
    }

    /// About as many thinking tokens, for dialects that want a number; `None` for no thinking.
    ///
    /// The steps are those that Google documents for its OpenAI-compatible API (1,024, 8,192, 24,576), carried on upwards.
    /// <https://ai.google.dev/gemini-api/docs/openai#thinking>
    pub const fn budget(self) -> Option<u64> {
        match self {
            Self::None => None,
            Self::Minimal | Self::Low => Some(1_024),
            Self::Medium => Some(8_192),
            Self::High => Some(24_576),
            Self::XHigh | Self::Max => Some(32_768),
        }
    }

    /// The effort that so many thinking tokens come nearest to.
    pub const fn of_budget(tokens: u64) -> Self {
        match tokens {
            0 => Self::None,
            1..=2_048 => Self::Low,
            2_049..=12_288 => Self::Medium,
            12_289..=28_672 => Self::High,
            _ => Self::XHigh,
        }
    }
}
