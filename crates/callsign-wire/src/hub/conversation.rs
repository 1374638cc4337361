//! A request, in no dialect: what was said so far, and how the answer is wished to be.

use super::extras::{Extras, Json};
use super::part::{Part, Piece};
use super::wish::{Format, Sampling, Thinking, Tier, Tool, ToolChoice};
use crate::dialect::Dialect;

/// What a model is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Conversation {
    /// The dialect that it came in, whose `extras` these are.
    pub dialect: Dialect,
    /// What was said so far, in order; what the system says stands where it was said.
    pub turns: Vec<Turn>,
    /// The tools that may be used.
    pub tools: Vec<Tool>,
    /// Which of them are to be used.
    pub tool_choice: Option<ToolChoice>,
    /// Whether several may be used at once.
    pub parallel_tools: Option<bool>,
    /// How words are chosen.
    pub sampling: Sampling,
    /// The largest number of tokens that the answer may have, thoughts included.
    pub max_tokens: Option<u64>,
    /// The form that the answer must have.
    pub format: Option<Format>,
    /// `low`, `medium`, `high`: how wordy the answer shall be.
    pub verbosity: Option<String>,
    /// How much the model should think.
    pub thinking: Option<Thinking>,
    /// Whether the answer is to come in pieces.
    pub stream: bool,
    /// Whether a stream is to end with what it took. OpenAI's chat alone must be asked for it.
    pub include_usage: Option<bool>,
    /// Who the end user is, so that providers can tell abuse apart.
    pub user: Option<String>,
    /// The client's own notes about the request.
    pub metadata: Option<Json>,
    /// How fast, and at what price, the answer is to come.
    pub tier: Option<Tier>,
    /// What requests with the same beginning have in common, so that they meet the same cache.
    pub cache_key: Option<String>,
    /// Whether the provider may keep the answer, to be referred to later.
    pub store: Option<bool>,
    /// Features that Anthropic's clients switch on beside the body, in a header.
    pub betas: Vec<String>,
    /// What only its own dialect knows.
    pub extras: Extras,
}

/// Something that was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// Who said it.
    pub role: Role,
    /// What.
    pub pieces: Vec<Piece>,
    /// Which of several of this role, where the dialect tells them apart.
    pub name: Option<String>,
    /// Its number in the client's list; `None` where it stood in a field of its own.
    pub origin: Option<usize>,
    /// What only its own dialect knows of it.
    pub extras: Extras,
}

/// Who says something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// The one who runs the model.
    System,
    /// The same under OpenAI's newer name.
    Developer,
    /// The one who asks.
    User,
    /// The model.
    Assistant,
    /// A tool: OpenAI's own role for results.
    Tool,
}

// === impl Conversation ===

impl Conversation {
    /// A conversation in which nothing is said yet.
    pub fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            turns: Vec::new(),
            tools: Vec::new(),
            tool_choice: None,
            parallel_tools: None,
            sampling: Sampling::default(),
            max_tokens: None,
            format: None,
            verbosity: None,
            thinking: None,
            stream: false,
            include_usage: None,
            user: None,
            metadata: None,
            tier: None,
            cache_key: None,
            store: None,
            betas: Vec::new(),
            extras: Extras::default(),
        }
    }

    /// Where a turn stood, in the client's terms: `messages[2]`, `system`.
    pub fn place(&self, turn: &Turn) -> String {
        let (list, field) = match self.dialect {
            Dialect::OpenAiChat => ("messages", "messages"),
            Dialect::OpenAiResponses => ("input", "instructions"),
            Dialect::Anthropic | Dialect::Bedrock => ("messages", "system"),
            Dialect::Gemini => ("contents", "systemInstruction"),
        };
        turn.origin.map_or_else(|| field.to_owned(), |index| format!("{list}[{index}]"))
    }

    /// Where a piece of a turn stood, in the client's terms: `messages[2].content[0]`, `messages[2].tool_calls[1]`.
    pub fn place_of(&self, turn: &Turn, index: usize) -> String {
        let place = self.place(turn);
        let is_call = |piece: &Piece| matches!(piece.part, Part::ToolCall(_));
        match self.dialect {
            Dialect::Gemini => format!("{place}.parts[{index}]"),
            Dialect::OpenAiChat if turn.pieces.get(index).is_some_and(is_call) => {
                let before = turn.pieces.iter().take(index).filter(|piece| is_call(piece)).count();
                format!("{place}.tool_calls[{before}]")
            }
            Dialect::OpenAiChat if turn.role == Role::Tool => place,
            Dialect::OpenAiResponses if turn.pieces.get(index).is_some_and(is_item) => place,
            _ => format!("{place}.content[{index}]"),
        }
    }

    /// The name of the tool that the call `id` wants.
    pub fn tool_of(&self, id: &str) -> Option<&str> {
        let pieces = self.turns.iter().flat_map(|turn| &turn.pieces);
        pieces.into_iter().find_map(|piece| match &piece.part {
            Part::ToolCall(call) if call.id == id => Some(call.name.as_str()),
            _ => None,
        })
    }
}

/// What is an item by itself in the Responses API, not a part of a message.
fn is_item(piece: &Piece) -> bool {
    matches!(piece.part, Part::ToolCall(_) | Part::ToolResult(_) | Part::Reasoning(_))
}

// === impl Turn ===

impl Turn {
    /// A turn of which nothing else is said.
    pub fn of(role: Role, pieces: Vec<Piece>) -> Self {
        Self { role, pieces, name: None, origin: None, extras: Extras::default() }
    }
}

// === impl Role ===

impl Role {
    /// Whether it is the one who runs the model.
    pub const fn is_system(self) -> bool {
        matches!(self, Self::System | Self::Developer)
    }
}
