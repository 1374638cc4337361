//! From one dialect to another, by way of the hub: where a dialect becomes behaviour.
//!
//! A request is read as its client's dialect and written in the target's; the answer is read in the target's and
//! written in the client's. Dialects that are the same never come here: their bytes pass.

use std::borrow::Cow;

use bytes::Bytes;

use crate::dialect::Dialect;
use crate::frame::halves::Halves;
use crate::frame::sse::{Frame, Framer};
use crate::hub::conversation::Conversation;
use crate::hub::event::Event;
use crate::hub::extras::Json;
use crate::hub::flaw::{DecodeError, EncodeError};
use crate::hub::loss::Losses;
use crate::hub::pairing;
use crate::hub::part::{Part, Piece};
use crate::hub::reply::{Finish, Reply};
use crate::{
    allowed, anthropic, bedrock, gemini, openai_chat, openai_responses, quirks, thinking_form, tool_names,
};

/// What a request to a target needs besides the conversation.
#[derive(Debug, Clone, Copy)]
pub struct Terms<'a> {
    /// What the target calls the model.
    pub model: &'a str,
    /// The largest answer, in tokens, where the dialect requires one and the client said none.
    pub max_tokens: u64,
    /// What a server of OpenAI's chat expects in its own way.
    pub chat: quirks::Chat,
    /// In what form the model takes a wish for thinking.
    pub thinking: quirks::ThinkingForm,
    /// Whose words the model takes, where it is one of Bedrock's.
    pub family: quirks::Family,
}

/// What an answer to a client needs besides the reply.
#[derive(Debug, Clone, Default)]
pub struct Voice {
    /// What the answer's own identifier is made of, where the target's dialect has other ones.
    pub id: String,
    /// Now, in seconds since 1970.
    pub now: u64,
    /// The model's name, where the client is to see another than the target's.
    pub model: Option<String>,
    /// Whether an OpenAI chat stream ends with what it took.
    pub include_usage: bool,
    /// About how many tokens the question has, for streams that begin with that number.
    pub input_tokens: u64,
    /// The client's request, of which the Responses API repeats much in its answers.
    pub request: Option<Json>,
}

/// Why a stream cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StreamError {
    /// An event is no event of its dialect.
    #[error("an event of the stream cannot be read: {0}")]
    Malformed(#[from] DecodeError),
    /// An event is larger than anything honest.
    #[error(transparent)]
    TooLong(#[from] crate::frame::sse::TooLong),
    /// The frames of a binary stream do not hold together.
    #[error("the stream's frames are broken: {0}")]
    Frames(#[from] crate::frame::aws::Flaw),
    /// It ended before it said that it was over.
    #[error("the stream has no end")]
    Cut,
}

/// Understands a stream in one dialect, however its bytes are cut into pieces.
pub trait Listen: std::fmt::Debug + Send + Sync {
    /// Takes the next bytes and adds what they make known.
    fn push(&mut self, bytes: Bytes, heard: &mut Vec<Event>) -> Result<(), StreamError>;

    /// The stream has ended: adds what that makes known, or says what is missing.
    fn end(&mut self, heard: &mut Vec<Event>) -> Result<(), StreamError>;
}

/// Speaks a stream in one dialect.
pub trait Speak: std::fmt::Debug + Send + Sync {
    /// Adds the bytes that say `event`. The last event is `End` or `Failed`, which the caller tells in its own words.
    fn say(&mut self, event: Event, out: &mut Vec<u8>);

    /// What could not be carried so far.
    fn losses(&self) -> &Losses;
}

/// Reads a request as its client's dialect. `body` was found to be well-formed JSON before.
pub fn conversation(dialect: Dialect, body: &[u8]) -> Result<Conversation, DecodeError> {
    match dialect {
        Dialect::OpenAiChat => openai_chat::request::decode(body),
        Dialect::OpenAiResponses => openai_responses::request::decode(body),
        Dialect::Anthropic => anthropic::request::decode(body),
        Dialect::Gemini => gemini::request::decode(body),
        Dialect::Bedrock => bedrock::request::decode(body),
    }
}

/// Writes a request in a target's dialect.
pub fn request(
    dialect: Dialect,
    conversation: &Conversation,
    terms: Terms<'_>,
    losses: &mut Losses,
) -> Result<Vec<u8>, EncodeError> {
    paired(dialect, conversation)?;
    let fitted = fitted(dialect, conversation, terms, losses)?;
    let conversation = fitted.as_ref();
    match dialect {
        Dialect::OpenAiChat => openai_chat::request::encode(conversation, terms, losses),
        Dialect::OpenAiResponses => openai_responses::request::encode(conversation, terms, losses),
        Dialect::Anthropic => anthropic::request::encode(conversation, terms, losses),
        Dialect::Gemini => gemini::request::encode(conversation, terms, losses),
        Dialect::Bedrock => bedrock::request::encode(conversation, terms, losses),
    }
}

/// The conversation with what a target's own data asks for.
pub(crate) fn fitted<'a>(
    dialect: Dialect,
    conversation: &'a Conversation,
    terms: Terms<'_>,
    losses: &mut Losses,
) -> Result<Cow<'a, Conversation>, EncodeError> {
    let named = tool_names::fitted(dialect, conversation, terms.chat)?;
    let named = allowed::fitted(dialect, named, terms.chat);
    Ok(thinking_form::fitted(dialect, named, terms.thinking, losses))
}

/// What every provider refuses is refused here; a target of the client's own dialect judges for itself.
pub(crate) fn paired(dialect: Dialect, conversation: &Conversation) -> Result<(), EncodeError> {
    if conversation.dialect == dialect {
        return Ok(());
    }
    let refused =
        |error: DecodeError| EncodeError { path: error.path().to_owned(), reason: error.to_string() };
    pairing::check(conversation).map_err(refused)?;
    at_hand(conversation)
}

/// Whether what is asked stands in the request. What a provider keeps for the Responses API no other one knows, and without
/// it another question would be answered.
fn at_hand(conversation: &Conversation) -> Result<(), EncodeError> {
    const KEPT: [(&str, &str); 2] = [
        ("conversation", "send what was said in `input`, or go on with `previous_response_id`"),
        ("prompt", "send its text in `instructions` and `input`"),
    ];
    let is_own = conversation.dialect == Dialect::OpenAiResponses;
    let named = |name: &str| conversation.extras.get(name).is_some_and(|json| !json.node().is_blank());
    match KEPT.into_iter().find(|(name, _)| is_own && named(name)) {
        None => Ok(()),
        Some((name, instead)) => {
            let reason =
                format!("`{name}` is kept at a provider whose API this target does not speak, {instead}");
            Err(EncodeError { path: name.to_owned(), reason })
        }
    }
}

/// Reads a whole answer of a target. One that holds none, which no client could be told, is an error.
pub fn reply(dialect: Dialect, body: &[u8]) -> Result<Reply, DecodeError> {
    let mut reply = match dialect {
        Dialect::OpenAiChat => openai_chat::reply::decode(body),
        Dialect::OpenAiResponses => openai_responses::reply::decode(body),
        Dialect::Anthropic => anthropic::reply::decode(body),
        Dialect::Gemini => gemini::reply::decode(body),
        Dialect::Bedrock => bedrock::reply::decode(body),
    }?;
    if reply.choices.is_empty() {
        return Err(DecodeError::said("holds no answer"));
    }
    tool_names::read_back(&mut reply);
    Ok(reply)
}

/// Writes a whole answer in a client's dialect.
pub fn answer(dialect: Dialect, reply: &Reply, voice: &Voice, losses: &mut Losses) -> Vec<u8> {
    if dialect == Dialect::Anthropic && reply.usage.is_none() {
        // Its clients cannot do without; what stands there is no count.
        losses.changed("usage");
    }
    let finished = without_cut_call(dialect, reply, losses);
    let reply = finished.as_ref().unwrap_or(reply);
    match dialect {
        Dialect::OpenAiChat => openai_chat::reply::encode(reply, voice, losses),
        Dialect::OpenAiResponses => openai_responses::reply::encode(reply, voice, losses),
        Dialect::Anthropic => anthropic::reply::encode(reply, voice, losses),
        Dialect::Gemini => gemini::reply::encode(reply, voice, losses),
        Dialect::Bedrock => bedrock::reply::encode(reply, voice, losses),
    }
}

/// The answer without the call at its end that was cut off: where calls hold values, not their text, it would look whole.
fn without_cut_call(dialect: Dialect, reply: &Reply, losses: &mut Losses) -> Option<Reply> {
    let choice = reply.choices.first()?;
    let is_cut = choice.finish == Some(Finish::Length) && choice.pieces.last().is_some_and(is_broken_call);
    let holds_values = matches!(dialect, Dialect::Anthropic | Dialect::Gemini | Dialect::Bedrock);
    if !is_cut || !holds_values || dialect == reply.dialect {
        return None;
    }
    let mut finished = reply.clone();
    for choice in finished.choices.iter_mut().take(1) {
        choice.pieces.pop();
        losses.dropped(format!("content[{}]", choice.pieces.len()));
    }
    Some(finished)
}

fn is_broken_call(piece: &Piece) -> bool {
    matches!(&piece.part, Part::ToolCall(call) if call.is_broken())
}

/// One who understands a target's stream.
pub fn listener(dialect: Dialect) -> Box<dyn Listen> {
    match dialect {
        Dialect::OpenAiChat => Box::new(Events::of(dialect, openai_chat::stream::Ear::default())),
        Dialect::OpenAiResponses => Box::new(Events::of(dialect, openai_responses::stream::Ear::default())),
        Dialect::Anthropic => Box::new(Events::of(dialect, anthropic::stream::Ear::default())),
        Dialect::Gemini => Box::new(Events::of(dialect, gemini::stream::Ear::default())),
        Dialect::Bedrock => Box::new(bedrock::stream::Ear::default()),
    }
}

/// One who speaks to a client.
pub fn speaker(dialect: Dialect, voice: Voice) -> Box<dyn Speak> {
    match dialect {
        Dialect::OpenAiChat => Box::new(openai_chat::stream::Mouth::new(voice)),
        Dialect::OpenAiResponses => Box::new(openai_responses::stream::Mouth::new(voice)),
        Dialect::Anthropic => Box::new(anthropic::stream::Mouth::new(voice)),
        Dialect::Gemini => Box::new(gemini::stream::Mouth::new(voice)),
        Dialect::Bedrock => Box::new(bedrock::stream::Mouth::new(voice)),
    }
}

/// Understands the server-sent events of one dialect.
pub(crate) trait Hear: std::fmt::Debug + Send + Sync {
    /// Adds what one event makes known.
    fn hear(&mut self, frame: &Frame, heard: &mut Vec<Event>) -> Result<(), DecodeError>;

    /// The stream has ended: adds what that makes known. Whether it was whole.
    fn end(&mut self, heard: &mut Vec<Event>) -> bool;
}

/// A stream of server-sent events.
#[derive(Debug)]
struct Events<H> {
    dialect: Dialect,
    framer: Framer,
    halves: Halves,
    ear: H,
}

// === impl Events ===

impl<H: Hear> Events<H> {
    fn of(dialect: Dialect, ear: H) -> Self {
        Self { dialect, framer: Framer::default(), halves: Halves::default(), ear }
    }

    /// Gives the calls of the events since `before` the names that the client knows.
    fn read_back(&self, before: usize, heard: &mut [Event]) {
        if tool_names::is_openai(self.dialect) {
            tool_names::read_back_events(heard.get_mut(before..).unwrap_or_default());
        }
    }
}

impl<H: Hear> Listen for Events<H> {
    fn push(&mut self, bytes: Bytes, heard: &mut Vec<Event>) -> Result<(), StreamError> {
        self.framer.push(bytes);
        while let Some(mut frame) = self.framer.next_frame()? {
            if let Some(mended) = frame.data.as_ref().and_then(|data| self.halves.mend(data)) {
                frame.data = Some(mended);
            }
            let before = heard.len();
            self.ear.hear(&frame, heard)?;
            self.read_back(before, heard);
        }
        Ok(())
    }

    fn end(&mut self, heard: &mut Vec<Event>) -> Result<(), StreamError> {
        let before = heard.len();
        let framer = std::mem::take(&mut self.framer);
        if let Some(frame) = framer.finish().frame {
            self.ear.hear(&frame, heard)?;
        }
        let whole = self.ear.end(heard);
        self.read_back(before, heard);
        if whole { Ok(()) } else { Err(StreamError::Cut) }
    }
}

#[cfg(test)]
mod named;

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Dialect; 5] = [
        Dialect::OpenAiChat,
        Dialect::OpenAiResponses,
        Dialect::Anthropic,
        Dialect::Gemini,
        Dialect::Bedrock,
    ];

    #[test]
    fn results_without_their_calls_reach_no_target_of_another_dialect() {
        let body = br#"{"max_tokens":9,"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"a"}]}]}"#;
        let conversation = conversation(Dialect::Anthropic, body).unwrap();
        let terms = Terms {
            model: "m",
            max_tokens: 9,
            chat: quirks::Chat::USUAL,
            thinking: crate::quirks::ThinkingForm::Usual,
            family: crate::quirks::Family::Claude,
        };
        for target in ALL {
            let written = request(target, &conversation, terms, &mut Losses::default());
            let refused = written.err().map(|error| error.path);
            let expected = (target != Dialect::Anthropic).then(|| "messages[0]".to_owned());
            assert_eq!(refused, expected, "{target:?}");
        }
    }

    #[test]
    fn members_that_say_nothing_are_no_loss_anywhere() {
        let body = br#"{"model":"m","input":"hi","include":["reasoning.encrypted_content"],"truncation":"disabled","background":false}"#;
        let conversation = conversation(Dialect::OpenAiResponses, body).unwrap();
        for (target, chat) in
            ALL.into_iter().flat_map(|target| [(target, quirks::Chat::USUAL), (target, quirks::Chat::OPENAI)])
        {
            let mut losses = Losses::default();
            request(
                target,
                &conversation,
                Terms {
                    model: "m",
                    max_tokens: 9,
                    chat,
                    thinking: quirks::ThinkingForm::Usual,
                    family: quirks::Family::Claude,
                },
                &mut losses,
            )
            .unwrap();
            assert!(losses.is_empty(), "{target:?}: {}", losses.header(100));
        }
    }

    #[test]
    fn what_holds_no_answer_is_none() {
        for (dialect, body) in [
            (Dialect::OpenAiChat, r#"{"object":"chat.completion","choices":[]}"#),
            (Dialect::Gemini, r#"{"usageMetadata":{"promptTokenCount":3}}"#),
            (Dialect::Gemini, "{}"),
        ] {
            let read = reply(dialect, body.as_bytes());
            assert_eq!(read.unwrap_err().to_string(), "the body holds no answer", "{body}");
        }
    }
}
