//! How the vocabularies of makers cut texts, as data: what is known of each that bounds a count from above.
//!
//! The numbers were measured against the vocabularies that their makers publish (`tests/counts`), with room above the worst
//! that was seen. No vocabulary needs more tokens than a text has bytes.

use callsign_wire::hub::part::MediaKind;
use tiktoken_rs::tokenizer::{Tokenizer, get_tokenizer};

use crate::tokens::image::{self, Dimensions};
use crate::tokens::sample::{Cut, Vocabulary};

/// How the models of one maker count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Family {
    /// Whose vocabulary counts.
    pub(crate) vocabulary: Vocabulary,
    /// Tokens for 1000 tokens of that vocabulary.
    text: u64,
    /// And besides, for 1000 bytes that are not ASCII.
    foreign: u64,
    /// And besides, for 1000 digits: many vocabularies take them one by one.
    digits: u64,
    /// And besides, for 1000 bytes: long runs of one character are one token here and many there.
    run: u64,
    /// What a question has besides its words where it offers tools.
    pub(crate) tools: u64,
    picture: Picture,
}

/// How pictures count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Picture {
    /// OpenAI's tiles: so many for the whole and for each tile; never less than `least`.
    Tiles { whole: u64, tile: u64, least: u64 },
    /// A token for so many pixels, up to a number.
    Area { pixels: u64, most: u64 },
    /// Gemini's tiles.
    Crops,
}

/// What Anthropic and others tell the model of its tools besides their schemas.
/// <https://docs.anthropic.com/en/docs/agents-and-tools/tool-use/overview#pricing>
const TOOLS: u64 = 700;

const EXACT: Family = Family {
    vocabulary: Vocabulary::O200k,
    text: 1000,
    foreign: 0,
    digits: 0,
    run: 0,
    tools: 32,
    picture: Picture::Tiles { whole: 85, tile: 170, least: 3_900 },
};

const OTHER: Family = Family {
    vocabulary: Vocabulary::O200k,
    text: 1600,
    foreign: 500,
    digits: 700,
    run: 65,
    tools: TOOLS,
    picture: Picture::Area { pixels: 196, most: 16_384 },
};

/// A family by parts of its models' names; the first that fits holds.
const FAMILIES: &[(&[&str], Family)] = &[
    (&["claude"], Family { digits: 350, picture: Picture::Area { pixels: 740, most: 4_900 }, ..OTHER }),
    (&["gemini", "gemma"], Family { text: 1250, foreign: 350, run: 32, picture: Picture::Crops, ..OTHER }),
    (
        &["mixtral", "mistral", "codestral", "devstral", "magistral", "pixtral", "voxtral"],
        Family { text: 1300, foreign: 400, ..OTHER },
    ),
    (&["llama"], Family { text: 1300, foreign: 360, digits: 0, run: 32, ..OTHER }),
    (&["qwen", "qwq"], Family { text: 1300, foreign: 360, run: 32, ..OTHER }),
    (&["deepseek"], Family { text: 1300, foreign: 300, digits: 350, run: 32, ..OTHER }),
];

/// OpenAI's models whose pictures count otherwise. <https://platform.openai.com/docs/guides/images-vision#calculating-costs>
const PICTURES: &[(&str, Picture)] =
    &[("gpt-4o-mini", Picture::Tiles { whole: 2_833, tile: 5_667, least: 0 })];

/// The longest answers of models by the beginnings of their names, for requests that name no limit: a provider refuses more.
const LONGEST: &[(&str, u64)] = &[
    ("gpt-3.5", 4_096),
    ("gpt-4-turbo", 4_096),
    ("gpt-4o", 16_384),
    ("gpt-4.1", 32_768),
    ("gpt-4", 4_096),
    ("gpt-5", 128_000),
    ("o1", 100_000),
    ("o3", 100_000),
    ("o4", 100_000),
    ("gemini-1", 8_192),
    ("gemini-2.0", 8_192),
    ("gemini", 65_536),
];
/// The same of models that are not known: most allow it.
const LONGEST_ELSE: u64 = 8_192;

/// The longest answer that a model of this name is sure to allow.
pub fn longest_answer(model: &str) -> u64 {
    let own = model.rsplit('/').next().unwrap_or(model).to_ascii_lowercase();
    LONGEST.iter().find(|(name, _)| own.starts_with(name)).map_or(LONGEST_ELSE, |(_, tokens)| *tokens)
}

/// As a picture that cannot be seen may cost most: long and narrow ones have the most of OpenAI's tiles.
const UNSEEN: Dimensions = (8_192, 3_072);
/// A picture looked at in its original size, at most.
const ORIGINAL: u64 = 12_000;

// === impl Family ===

impl Family {
    /// The family of a model, by its name alone: data, of OpenAI's models that of their own library.
    pub fn of(model: &str) -> Self {
        let model = model.to_ascii_lowercase();
        if let Some((_, family)) =
            FAMILIES.iter().find(|(names, _)| names.iter().any(|name| model.contains(name)))
        {
            return *family;
        }
        let own = model.rsplit('/').next().unwrap_or(&model);
        let vocabulary = match get_tokenizer(own) {
            Some(Tokenizer::O200kBase | Tokenizer::O200kHarmony) => Vocabulary::O200k,
            Some(Tokenizer::Cl100kBase) => Vocabulary::Cl100k,
            _ => return OTHER,
        };
        let special = PICTURES.iter().find(|(name, _)| own.starts_with(name));
        Self { vocabulary, picture: special.map_or(EXACT.picture, |(_, picture)| *picture), ..EXACT }
    }

    /// Makes ready what counts, which takes some tenths of a second.
    pub fn prepare(&self) {
        let _ready = self.vocabulary.prepared();
    }

    /// As many tokens as a text has at most that was cut so.
    pub(crate) fn bound(&self, cut: Cut) -> u64 {
        let all = [
            (cut.tokens, self.text),
            (cut.foreign, self.foreign),
            (cut.digits, self.digits),
            (cut.bytes, self.run),
        ];
        let milli =
            all.iter().fold(0_u128, |sum, (count, rate)| sum + u128::from(*count) * u128::from(*rate));
        // Some put one before everything else.
        u64::try_from(milli.div_ceil(1000)).unwrap_or(u64::MAX).min(cut.bytes.saturating_add(1))
    }

    /// As many as a picture has at most.
    pub(crate) fn picture(&self, size: Option<Dimensions>, detail: Option<&str>) -> u64 {
        let size = size.unwrap_or(UNSEEN);
        match self.picture {
            Picture::Tiles { .. } if detail == Some("original") => ORIGINAL,
            Picture::Tiles { whole, tile, least } => image::tiled(size, (whole, tile)).max(least),
            Picture::Area { pixels, most } => {
                size.0.saturating_mul(size.1).div_ceil(pixels).saturating_add(64).min(most)
            }
            Picture::Crops => image::cropped(size),
        }
    }

    /// As many as a second of sound or of moving pictures has at most.
    /// <https://ai.google.dev/gemini-api/docs/tokens>, OpenAI's has ten.
    pub(crate) const fn second(kind: MediaKind) -> u64 {
        match kind {
            MediaKind::Video => 330,
            _ => 32,
        }
    }
}
