//! The request that carries an answer on, made of the client's own bytes.

use std::ops::Range;

use crate::dialect::Operation;
use crate::json::walk::Node;
use crate::json::{self, Kind, Top};

/// How a provider is made to go on from a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Prefill {
    /// A last message of the assistant's is gone on from.
    Message,
    /// The same, if it says `"prefix": true` (Mistral, `DeepSeek`).
    MessageWithPrefix,
    /// The same, if the request says so (vLLM).
    ContinueFinal,
    /// It has no such thing, so the user asks for it.
    Asked,
}

/// A request that carries an answer on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Continued {
    /// Its body.
    pub body: Vec<u8>,
    /// White space at the end of the text that the provider was not told of, since it refuses it. The answer may begin with
    /// it, and the client has it already.
    pub held: String,
}

/// What the user says where a provider must be asked.
const PLEA: &str = "Your answer was cut off. Go on exactly where it stops, with the next character. \
Do not repeat anything of it, do not say that you go on, and add nothing around it.";

/// The client's request with the answer so far, every other byte kept. `None` where the answer of another target could not
/// be told to be the same answer's.
pub fn request(operation: Operation, body: &[u8], text: &str, how: Prefill) -> Option<Continued> {
    let object = Asked::read(operation, body, how)?;
    if text.is_empty() {
        return Some(Continued { body: body.to_vec(), held: String::new() });
    }
    match operation {
        Operation::ChatCompletions => chat(body, &object, text, how),
        Operation::Messages => messages(body, &object, text, how),
        Operation::Completions => completion(body, &object, text),
        _ => None,
    }
}

/// What of a request matters here.
struct Asked {
    /// The byte after the body's brace.
    inside: usize,
    /// Where `messages` or `prompt` lies.
    place: Range<usize>,
}

// === impl Asked ===

impl Asked {
    fn read(operation: Operation, body: &[u8], how: Prefill) -> Option<Self> {
        let wanted = match operation {
            Operation::ChatCompletions | Operation::Messages => "messages",
            Operation::Completions => "prompt",
            _ => return None,
        };
        let (mut places, mut safe) = (Vec::new(), true);
        let top = json::document(body, |member| {
            safe &= is_safe(member.key, Node::of(&member), how);
            if member.is(wanted) {
                places.push(member.place);
            }
        });
        match (top, places.as_slice()) {
            (Ok(Top::Object { inside, .. }), [place]) if safe => Some(Self { inside, place: place.clone() }),
            _ => None,
        }
    }
}

/// Whether an answer can be carried on although the request has this member.
fn is_safe(key: &[u8], value: Node<'_>, how: Prefill) -> bool {
    // Nobody escapes a key that matters, unless to hide it.
    if key.contains(&b'\\') {
        return false;
    }
    if matches!(key, b"continue_final_message" | b"add_generation_prompt") {
        return how != Prefill::ContinueFinal;
    }
    if value.is_blank() || value.spelled() == b"false" {
        return true;
    }
    match key {
        b"n" | b"best_of" => value.spelled() == b"1",
        b"top_logprobs" => value.spelled() == b"0",
        b"tool_choice" | b"function_call" => is_free_choice(value),
        b"response_format" | b"output_format" => value.get("type").is_some_and(|kind| kind.says("text")),
        b"output_config" => value.get("format").is_none_or(Node::is_blank),
        b"modalities" => value.elements().all(|one| one.says("text")),
        b"thinking" => value.get("type").is_some_and(|kind| kind.says("disabled")),
        b"chat_template_kwargs" => !["thinking", "enable_thinking"].iter().any(|name| is_true(value, name)),
        b"reasoning_effort" => how == Prefill::Asked || value.says("none"),
        b"reasoning" => how == Prefill::Asked,
        b"echo"
        | b"logprobs"
        | b"suffix"
        | b"audio"
        | b"enable_thinking"
        | b"grammar"
        | b"guided_json"
        | b"guided_regex"
        | b"guided_choice"
        | b"guided_grammar"
        | b"structured_outputs" => false,
        _ => true,
    }
}

fn is_true(node: Node<'_>, name: &str) -> bool {
    node.get(name).is_some_and(|value| value.spelled() == b"true")
}

/// Whether the model may answer in text.
fn is_free_choice(choice: Node<'_>) -> bool {
    let free = |choice: Node<'_>| choice.says("auto") || choice.says("none");
    free(choice) || choice.get("type").is_some_and(free)
}

fn chat(body: &[u8], asked: &Asked, text: &str, how: Prefill) -> Option<Continued> {
    let prefix: &[u8] = if how == Prefill::MessageWithPrefix { b",\"prefix\":true" } else { b"" };
    let turns = turns(text, prefix, how);
    let switches: &[u8] = match how {
        Prefill::ContinueFinal => b"\"continue_final_message\":true,\"add_generation_prompt\":false,",
        _ => b"",
    };
    let body = with_turns(body, asked, &turns, switches)?;
    Some(Continued { body, held: String::new() })
}

fn messages(body: &[u8], asked: &Asked, text: &str, how: Prefill) -> Option<Continued> {
    // Only the last message must not end in white space.
    let told = if how == Prefill::Asked { text } else { text.trim_end() };
    let held = text.get(told.len()..).unwrap_or_default().to_owned();
    if told.trim().is_empty() {
        return Some(Continued { body: body.to_vec(), held: text.to_owned() });
    }
    let body = with_turns(body, asked, &turns(told, b"", how), b"")?;
    Some(Continued { body, held })
}

/// The assistant's turn, and the user's where it must ask.
fn turns(text: &str, prefix: &[u8], how: Prefill) -> Vec<u8> {
    let mut turns =
        [b"{\"role\":\"assistant\",\"content\":", json::quote(text).as_slice(), prefix, b"}"].concat();
    if how == Prefill::Asked {
        turns.extend_from_slice(b",{\"role\":\"user\",\"content\":");
        turns.extend_from_slice(&json::quote(PLEA));
        turns.push(b'}');
    }
    turns
}

/// The body with turns at the end of its messages and switches at its own beginning.
fn with_turns(body: &[u8], asked: &Asked, turns: &[u8], switches: &[u8]) -> Option<Vec<u8>> {
    let messages = Node::read(body.get(asked.place.clone())?)?;
    let last = messages.elements().last()?;
    let goes_on = last.kind() == Kind::Object && !last.get("role").is_some_and(|role| role.says("assistant"));
    let bracket = asked.place.end.checked_sub(1).filter(|_| goes_on)?;
    let (start, tail) = (body.get(..asked.inside)?, body.get(bracket..)?);
    Some([start, switches, body.get(asked.inside..bracket)?, b",", turns, tail].concat())
}

fn completion(body: &[u8], asked: &Asked, text: &str) -> Option<Continued> {
    let prompt = Node::read(body.get(asked.place.clone())?)?;
    prompt.text()?;
    let quote = asked.place.end.checked_sub(1)?;
    let quoted = json::quote(text);
    let bare = quoted.get(1..quoted.len() - 1)?;
    Some(Continued { body: [body.get(..quote)?, bare, body.get(quote..)?].concat(), held: String::new() })
}

#[cfg(test)]
#[expect(clippy::disallowed_types, reason = "what is told apart here is read back as values")]
mod tests;
