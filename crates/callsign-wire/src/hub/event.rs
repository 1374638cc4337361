//! A stream, in no dialect: an answer in the order in which it becomes known.
//!
//! The grammar, which every decoder keeps and every encoder may rely on: one `Start`; then parts, each an `Open`, any
//! number of `Delta`s and a `Close`, which may overlap; one `Finish` for each choice, after the last part of it was closed;
//! `Usage` and `More` at any time after `Start`, the last one holds; `End` last and once. A `Failed` may stand anywhere and
//! is the last.

use super::extras::{Extras, Json};
use super::part::{Citation, Media, Opaque, ReasoningForm};
use super::reply::Finish;
use super::seal::Seal;
use super::usage::Usage;
use super::wish::Tier;
use crate::dialect::Dialect;
use crate::error_body::ErrorKind;

/// One thing that became known of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// It begins.
    Start(Start),
    /// A part of it begins.
    Open {
        /// The number of the part, counted from 0 over all choices in order of opening.
        part: u32,
        /// The choice that it belongs to.
        choice: u32,
        /// What it is.
        opened: Opened,
        /// What only its own dialect knows of it.
        extras: Extras,
    },
    /// A part of it goes on.
    Delta {
        /// The number of the part.
        part: u32,
        /// What is added.
        delta: Delta,
    },
    /// A part of it is whole.
    Close {
        /// The number of the part.
        part: u32,
    },
    /// A choice is whole.
    Finish {
        /// Which.
        choice: u32,
        /// Why it ends, as the provider says it: see [`Finish::seen`].
        finish: Option<Finish>,
        /// What only its own dialect knows of it.
        extras: Extras,
    },
    /// What it took so far: all of it, not what was added.
    Usage(Usage),
    /// More is known of the whole answer than when it began.
    More(More),
    /// The log probabilities of a choice's latest words, as OpenAI's chat spells them.
    Logprobs {
        /// Which choice.
        choice: u32,
        /// `{"content":[…]}`
        json: Json,
    },
    /// It is whole.
    End,
    /// It broke: the provider says so.
    Failed(Failed),
}

/// What is known when an answer begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Start {
    /// The dialect that it came in, whose `extras` these are.
    pub dialect: Dialect,
    /// The provider's name for it.
    pub id: Option<String>,
    /// The model that answers, as the provider calls it.
    pub model: Option<String>,
    /// When, in seconds since 1970.
    pub created: Option<u64>,
    /// What it took until now.
    pub usage: Option<Usage>,
    /// How fast, and at what price, it comes.
    pub tier: Option<Tier>,
    /// What only its own dialect knows.
    pub extras: Extras,
}

/// What becomes known of a whole answer while it comes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct More {
    /// How fast, and at what price, it came.
    pub tier: Option<Tier>,
    /// What only its own dialect knows.
    pub extras: Extras,
}

/// What a part of a stream is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opened {
    /// Words.
    Text,
    /// Words by which a model declines.
    Refusal,
    /// Thoughts.
    Reasoning {
        /// What they are.
        form: ReasoningForm,
        /// Whether the provider hides them and shows only the seal.
        redacted: bool,
    },
    /// A tool is called.
    ToolCall {
        /// What its result refers to.
        id: String,
        /// The tool.
        name: String,
        /// Whether the tool takes plain text in place of JSON.
        custom: bool,
        /// Gemini binds its seals to calls.
        seal: Option<Seal>,
    },
    /// A picture or a sound, whole.
    Media(Media),
    /// Something that one dialect alone knows, whole.
    Opaque(Opaque),
}

/// What is added to a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delta {
    /// Words, of a text, a refusal, or thoughts.
    Text(String),
    /// Another paragraph of thoughts begins.
    Paragraph,
    /// A piece of the JSON text of a call's arguments.
    Arguments(String),
    /// What the words are based on.
    Citation(Citation),
    /// The proof of thoughts; a later one replaces it.
    Seal(Seal),
}

/// The provider's own error inside a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    /// Its kind.
    pub kind: ErrorKind,
    /// The provider's code, or an empty string.
    pub code: String,
    /// The provider's words.
    pub message: String,
}

// === impl Event ===

impl Event {
    /// That a choice is whole, of which nothing else is to be said.
    pub fn finish(choice: u32, finish: Option<Finish>) -> Self {
        Self::Finish { choice, finish, extras: Extras::default() }
    }

    /// The event that tells of what only one dialect knows of the whole answer, if there is anything.
    pub fn more(extras: Extras) -> Option<Self> {
        let tells = !extras.is_empty() || extras.has_notes();
        tells.then_some(Self::More(More { tier: None, extras }))
    }

    /// The event that tells of this tier, where it is another than the one that was told before.
    pub fn retold(tier: Option<Tier>, before: Option<&Tier>) -> Option<Self> {
        let tier = tier.filter(|tier| before != Some(tier))?;
        Some(Self::More(More { tier: Some(tier), extras: Extras::default() }))
    }
}

// === impl Start ===

impl Start {
    /// A beginning of which nothing is known.
    pub fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            id: None,
            model: None,
            created: None,
            usage: None,
            tier: None,
            extras: Extras::default(),
        }
    }
}
