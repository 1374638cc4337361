//! What servers that speak one dialect expect differently. Providers are data: these are the words of that data, and no
//! code looks at a model's or a provider's name.

/// How a server speaks OpenAI's chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Chat {
    /// What it calls the largest answer.
    pub limit: Limit,
    /// Which members it takes.
    pub members: Members,
    /// Where what the system says may stand.
    pub system: System,
    /// In what form it wants the thoughts of earlier turns back.
    pub thoughts: Thoughts,
    /// How the parts of a prompt are marked that are worth keeping.
    pub cache: Cache,
    /// What the identifiers of tool calls may look like.
    pub call_ids: CallIds,
    /// Whether its model takes `reasoning_effort`.
    pub effort: Effort,
}

/// What the largest answer is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Limit {
    /// `max_tokens`: what every compatible server knows, but no reasoning model of OpenAI's takes.
    MaxTokens,
    /// `max_completion_tokens`: OpenAI and Azure.
    MaxCompletionTokens,
}

/// Which members a server takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Members {
    /// Only those that all servers have in common; others are refused (Mistral).
    Few,
    /// What most compatible servers know or pass over.
    Usual,
    /// Everything that OpenAI's own reference lists.
    OpenAi,
}

/// Where what the system says may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum System {
    /// Wherever it was said.
    Anywhere,
    /// At the beginning: the templates of some open models refuse it elsewhere.
    First,
}

/// In what form the thoughts of earlier turns go back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Thoughts {
    /// Not at all: OpenAI and most others.
    Omit,
    /// In `reasoning_content`: `DeepSeek`, Moonshot, `Z.ai`.
    Content,
    /// In `reasoning_details`, with their seals: `OpenRouter`.
    Details,
    /// As `extra_content`, seals alone: Google's own endpoint.
    Seals,
}

/// How the parts of a prompt are marked that are worth keeping in a cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cache {
    /// Not at all: the server sees for itself.
    Unmarked,
    /// With `cache_control`: `OpenRouter`, `LiteLLM`.
    CacheControl,
}

/// What the identifiers of tool calls may look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CallIds {
    /// Anything of up to 40 bytes.
    Short,
    /// Nine letters and digits: Mistral.
    Nine,
}

/// Whether a model takes `reasoning_effort`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effort {
    /// It does, or it is not known.
    Told,
    /// It refuses it.
    Untold,
}

/// In what form a model takes a wish for thinking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ThinkingForm {
    /// As its dialect's usual models do: Anthropic's takes either, Gemini's and Bedrock's take a number of tokens.
    #[default]
    Usual,
    /// As effort: Claude from 4.6 on (`adaptive`), Gemini from 3 on (`thinkingLevel`).
    Effort,
    /// As a number of tokens: Claude up to 4.5, Gemini 2.5.
    Budget,
}

/// Whose words a model at Bedrock takes beyond the settings that all have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Family {
    /// Claude's: those of models of which nothing is known, too (imported ones, profiles of one's own).
    #[default]
    Claude,
    /// Nova's: `inferenceConfig.topK`, `reasoningConfig`.
    Nova,
    /// Mistral's: `top_k`.
    Mistral,
    /// Another's, of which only the common settings are known.
    Other,
}

/// What is known of the families of a target's models.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Families {
    /// All are of this one.
    One(Family),
    /// Ids name the maker before the model (`us.amazon.nova-…`, `arn:…/eu.anthropic.claude-…`), and these makers' models are of
    /// a family. <https://docs.aws.amazon.com/bedrock/latest/userguide/models-supported.html>
    ByMaker(&'static [(&'static str, Family)]),
}

/// How a model at Bedrock wants to be asked for embeddings: as its maker spells them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Embedding {
    /// One text at a time: Amazon's Titan, version 2.
    #[default]
    Titan,
    /// Up to 96 texts: Cohere.
    Cohere,
}

// === impl Families ===

impl Default for Families {
    fn default() -> Self {
        Self::One(Family::default())
    }
}

impl Families {
    /// The family of the model of this id, or of the resource with this name.
    pub fn of(self, model: &str) -> Family {
        let makers = match self {
            Self::One(family) => return family,
            Self::ByMaker(makers) => makers,
        };
        let id = model.rsplit_once('/').map_or(model, |(_, id)| id);
        if !id.contains('.') {
            return Family::default();
        }
        let made = |part: &str| makers.iter().find(|(maker, _)| *maker == part).map(|(_, family)| *family);
        id.split('.').find_map(made).unwrap_or(Family::Other)
    }
}

// === impl Chat ===

impl Chat {
    /// A compatible server of which nothing is known.
    pub const USUAL: Self = Self {
        limit: Limit::MaxTokens,
        members: Members::Usual,
        system: System::Anywhere,
        thoughts: Thoughts::Omit,
        cache: Cache::Unmarked,
        call_ids: CallIds::Short,
        effort: Effort::Told,
    };

    /// OpenAI and Azure.
    pub const OPENAI: Self =
        Self { limit: Limit::MaxCompletionTokens, members: Members::OpenAi, ..Self::USUAL };

    /// Mistral.
    pub const MISTRAL: Self = Self { members: Members::Few, call_ids: CallIds::Nine, ..Self::USUAL };

    /// `DeepSeek`, Moonshot, `Z.ai`: thoughts go back as text.
    pub const THINKING: Self = Self { thoughts: Thoughts::Content, ..Self::USUAL };

    /// `OpenRouter`.
    pub const OPENROUTER: Self =
        Self { thoughts: Thoughts::Details, cache: Cache::CacheControl, ..Self::USUAL };

    /// Gemini, at Google's OpenAI-compatible endpoint.
    pub const GOOGLE: Self = Self { thoughts: Thoughts::Seals, ..Self::USUAL };
}

impl Default for Chat {
    fn default() -> Self {
        Self::USUAL
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_names_its_maker() {
        let makers = Families::ByMaker(&[
            ("anthropic", Family::Claude),
            ("amazon", Family::Nova),
            ("mistral", Family::Mistral),
        ]);
        for (model, family) in [
            ("anthropic.claude-sonnet-4-5-20250929-v1:0", Family::Claude),
            ("us.anthropic.claude-opus-4-6-v1", Family::Claude),
            ("arn:aws:bedrock:eu-west-1:1:inference-profile/eu.anthropic.claude-x-v1:0", Family::Claude),
            ("arn:aws:bedrock:us-east-1:1:application-inference-profile/abc123", Family::Claude),
            ("global.amazon.nova-2-lite-v1:0", Family::Nova),
            ("amazon.nova-pro-v1:0", Family::Nova),
            ("mistral.mistral-large-2407-v1:0", Family::Mistral),
            ("minimax.minimax-m2.1", Family::Other),
            ("us.meta.llama4-scout-17b-instruct-v1:0", Family::Other),
            ("m", Family::Claude),
        ] {
            assert_eq!(makers.of(model), family, "{model}");
            assert_eq!(Families::One(Family::Nova).of(model), Family::Nova, "{model}");
        }
    }
}
