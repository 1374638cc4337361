//! Who made a model, told from its id, which names the maker before the model: `us.anthropic.claude-…`. What a model takes
//! beyond the common settings is its maker's.
//!
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/models-supported.html>

/// Whose words a model takes beyond the common settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) enum Maker {
    /// Claude's: those of models of which nothing is known, too (imported ones, profiles of one's own).
    #[default]
    Anthropic,
    /// Nova's: `inferenceConfig.topK`.
    Amazon,
    /// Mistral's: `top_k`.
    Mistral,
    /// Another's, of which only the common settings are known.
    Other,
}

/// The makers as ids name them.
const MAKERS: [(&str, Maker); 3] =
    [("anthropic", Maker::Anthropic), ("amazon", Maker::Amazon), ("mistral", Maker::Mistral)];

// === impl Maker ===

impl Maker {
    /// Who made the model of this id, or of the resource with this name (`arn:…/us.anthropic.claude-…`).
    pub(super) fn of(model: &str) -> Self {
        let id = model.rsplit_once('/').map_or(model, |(_, id)| id);
        if !id.contains('.') {
            return Self::default();
        }
        let named = |part: &str| MAKERS.iter().find(|(name, _)| *name == part).map(|(_, maker)| *maker);
        id.split('.').find_map(named).unwrap_or(Self::Other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_names_its_maker() {
        for (model, maker) in [
            ("anthropic.claude-sonnet-4-5-20250929-v1:0", Maker::Anthropic),
            ("us.anthropic.claude-opus-4-6-v1", Maker::Anthropic),
            ("arn:aws:bedrock:eu-west-1:1:inference-profile/eu.anthropic.claude-x-v1:0", Maker::Anthropic),
            ("arn:aws:bedrock:us-east-1:1:application-inference-profile/abc123", Maker::Anthropic),
            ("global.amazon.nova-2-lite-v1:0", Maker::Amazon),
            ("amazon.nova-pro-v1:0", Maker::Amazon),
            ("mistral.mistral-large-2407-v1:0", Maker::Mistral),
            ("minimax.minimax-m2.1", Maker::Other),
            ("us.meta.llama4-scout-17b-instruct-v1:0", Maker::Other),
            ("m", Maker::Anthropic),
        ] {
            assert_eq!(Maker::of(model), maker, "{model}");
        }
    }
}
