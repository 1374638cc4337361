//! How each operation is guarded, and what is refused because nobody could look at it.

use callsign_guard::rules::Side;
use callsign_wire::dialect::{Dialect, Operation};
use callsign_wire::texts::{self, Declared};
use http::header;

use crate::ask::{Ask, is_multipart};
use crate::refusal::{Code, Refusal};
use crate::state::policies::Policy;

/// How the answers of an operation are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answers {
    /// Whole, or as a stream of the hub's events.
    Conversation,
    /// Whole, or as the events of the completions of old.
    Completions,
    /// Whole alone: nobody understands their streams.
    Whole,
    /// Whole: they should hold a number and nothing else.
    Counts,
    /// They hold no text: vectors.
    Textless,
    /// Not at all: sounds and films.
    Unseen,
}

/// How the answers of `operation` are looked at. Every operation says so here, or the gateway is not built.
pub(super) fn of(operation: Operation) -> Answers {
    match operation {
        Operation::ChatCompletions
        | Operation::Responses
        | Operation::Messages
        | Operation::GenerateContent
        | Operation::StreamGenerateContent
        | Operation::Converse
        | Operation::ConverseStream => Answers::Conversation,
        Operation::Completions => Answers::Completions,
        Operation::CountInputTokens
        | Operation::CountTokens
        | Operation::CountContentTokens
        | Operation::CountConverseTokens => Answers::Counts,
        Operation::Embeddings
        | Operation::EmbedContent
        | Operation::BatchEmbedContents
        | Operation::InvokeModel => Answers::Textless,
        Operation::Other("/audio/speech" | "/videos") => Answers::Unseen,
        Operation::Other(_) => Answers::Whole,
    }
}

/// Refuses what nobody could look at, whatever happens when a check fails: this one cannot even begin.
pub(super) fn check(ask: &Ask, policy: &Policy) -> Result<(), Refusal> {
    let unseen = unseen_question(ask, policy).or_else(|| unseen_answer(ask, policy));
    unseen.map_or(Ok(()), |why| Err(refusal(policy, &why)))
}

/// The refusal of what cannot be looked at.
pub(super) fn refusal(policy: &Policy, why: &str) -> Refusal {
    let message = format!("the guardrails of `{}` cannot check this request: {why}", policy.alias);
    Refusal::new(Code::NotGuarded, message)
}

/// Why the question cannot be looked at.
fn unseen_question(ask: &Ask, policy: &Policy) -> Option<String> {
    if !policy.looks(Side::Input) {
        return None;
    }
    if is_form(ask) {
        return Some(format!(
            "`{}` takes a file in a form; use an alias without guardrails of the input",
            ask.operation.path()
        ));
    }
    if ask.thread.as_ref().is_some_and(|thread| thread.is_elsewhere()) {
        let why = "what was said before `previous_response_id` is not kept here; send the whole conversation";
        return Some(why.to_owned());
    }
    let is_kept = ask.operation.dialect() == Dialect::OpenAiResponses
        && texts::declares(&ask.body, Declared::Conversation);
    is_kept.then(|| {
        "the provider alone knows what was said in its `conversation`; send the whole of it".to_owned()
    })
}

/// Why the answer could not be looked at.
fn unseen_answer(ask: &Ask, policy: &Policy) -> Option<String> {
    if !policy.looks(Side::Output) {
        return None;
    }
    let path = ask.operation.path();
    match of(ask.operation) {
        Answers::Unseen => {
            Some(format!("the answers of `{path}` are no text; use guardrails with `apply_to: input`"))
        }
        Answers::Whole if ask.peeked.stream => Some(format!("`{path}` is checked whole; leave `stream` out")),
        // As one array a word may be cut between two of its elements.
        Answers::Conversation
            if ask.operation == Operation::StreamGenerateContent && !asks_for_events(ask) =>
        {
            Some("a stream in one array is not read word by word; ask with `?alt=sse`".to_owned())
        }
        Answers::Conversation if !is_form(ask) && texts::declares(&ask.body, Declared::Sound) => {
            Some("nobody listens to the sound of an answer; ask for text alone".to_owned())
        }
        _ => None,
    }
}

fn asks_for_events(ask: &Ask) -> bool {
    ask.query.as_deref().is_some_and(|query| query.split('&').any(|pair| pair == "alt=sse"))
}

fn is_form(ask: &Ask) -> bool {
    let content_type = ask.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    content_type.is_some_and(is_multipart)
}
