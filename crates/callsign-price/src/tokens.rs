//! How many tokens a question has, about: for targets that do not count themselves.
//!
//! Text is cut as `o200k_base` cuts it, the vocabulary of OpenAI's models since GPT-4o; those of other makers come within a
//! fifth or so of it. What a conversation costs besides its words follows OpenAI's account of its chat format
//! (<https://cookbook.openai.com/examples/how_to_count_tokens_with_tiktoken>); for media see the rules in `media`.

pub(crate) mod image;
mod media;
pub(crate) mod sample;

use callsign_wire::hub::conversation::{Conversation, Role, Turn};
use callsign_wire::hub::part::{Part, Piece, ToolCall};
use callsign_wire::hub::wish::{Format, Tool, ToolKind};

use media::Size;

/// What a message costs besides its words.
const MESSAGE: u64 = 4;
/// What the name of the one who speaks costs besides its words.
const NAME: u64 = 1;
/// What begins the answer.
const OPENING: u64 = 3;
/// What a tool, or a call of one, costs besides its words.
const TOOL: u64 = 7;

/// What there is to count.
#[derive(Debug, Default)]
struct Tally<'a> {
    texts: Vec<&'a str>,
    fixed: u64,
}

/// About how many tokens a model has to read to answer `conversation`.
///
/// The first use takes some tenths of a second, to make the vocabulary ready; every other is bounded however much text
/// there is, since of long ones only samples are counted.
pub fn estimate(conversation: &Conversation) -> u64 {
    let mut tally = Tally { texts: Vec::new(), fixed: OPENING };
    conversation.turns.iter().for_each(|turn| tally.turn(turn));
    conversation.tools.iter().for_each(|tool| tally.tool(tool));
    if let Some(Format::JsonSchema { schema, .. }) = &conversation.format {
        tally.texts.push(schema.as_str());
    }
    tally.fixed.saturating_add(sample::count(&tally.texts))
}

/// How many tokens these texts have, about.
pub fn of<'a>(texts: impl IntoIterator<Item = &'a str>) -> u64 {
    sample::count(&texts.into_iter().collect::<Vec<_>>())
}

// === impl Tally ===

impl<'a> Tally<'a> {
    fn add(&mut self, tokens: u64) {
        self.fixed = self.fixed.saturating_add(tokens);
    }

    fn turn(&mut self, turn: &'a Turn) {
        // A tool's results are messages of their own.
        if turn.role != Role::Tool {
            self.add(MESSAGE);
        }
        if let Some(name) = &turn.name {
            self.add(NAME);
            self.texts.push(name);
        }
        self.pieces(&turn.pieces);
    }

    fn pieces(&mut self, pieces: &'a [Piece]) {
        for piece in pieces {
            self.part(&piece.part);
        }
    }

    fn part(&mut self, part: &'a Part) {
        match part {
            Part::Text(text) => self.texts.push(&text.text),
            Part::Refusal(text) => self.texts.push(text),
            Part::Media(media) => match media::size(media) {
                Size::Tokens(tokens) => self.add(tokens),
                Size::Text(text) => self.texts.push(text),
            },
            Part::ToolCall(call) => self.call(call),
            Part::ToolResult(result) => {
                self.add(MESSAGE);
                self.pieces(&result.pieces);
            }
            // Too much said is better here than too little: clients fold their history by this number.
            Part::Reasoning(thoughts) => self.texts.extend(thoughts.paragraphs.iter().map(String::as_str)),
            Part::Opaque(opaque) => self.texts.push(opaque.json.as_str()),
        }
    }

    fn call(&mut self, call: &'a ToolCall) {
        self.add(TOOL);
        self.texts.extend([call.name.as_str(), &call.arguments]);
    }

    fn tool(&mut self, tool: &'a Tool) {
        self.add(TOOL);
        self.texts.push(&tool.name);
        self.texts.extend(tool.description.as_deref());
        let spelled = match &tool.kind {
            ToolKind::Function { schema } => schema.as_ref(),
            ToolKind::Custom { format } => format.as_ref(),
            ToolKind::BuiltIn { json, .. } => Some(json),
        };
        self.texts.extend(spelled.map(callsign_wire::hub::extras::Json::as_str));
    }
}

#[cfg(test)]
mod tests;
