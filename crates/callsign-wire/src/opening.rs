//! What the beginning of an answer says, before anything of it went to the client: a broken one can still be replaced.

pub(crate) mod gemini;
mod signs;

use std::borrow::Cow;
use std::sync::LazyLock;

use memchr::memmem::Finder;

use crate::dialect::Operation;
use crate::frame::sse::Frame;
use crate::json::shape;
use crate::json::walk::Node;
use crate::json::{self, Kind, Member, Top};
use signs::{Sign, Signs};

/// What the first event that counts, or a whole answer, turns out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Opening {
    /// Nothing of the answer yet: a role, a ping, a comment. Wait for the next event. As a whole it is no answer.
    Nothing,
    /// The answer has begun.
    Meaningful,
    /// The provider refused on policy before it said anything.
    Filtered,
    /// An error in place of an answer.
    Error,
    /// Nothing that this operation's clients could read.
    Unreadable,
    /// The stream says that it is over.
    End,
}

/// What one event of a stream says.
pub fn event(operation: Operation, event: &Frame) -> Opening {
    let Some(data) = event.data.as_deref() else {
        return Opening::Nothing;
    };
    if data.trim_ascii() == b"[DONE]" {
        return Opening::End;
    }
    if event.event.as_deref() == Some(b"error") {
        return Opening::Error;
    }
    let (mut error, mut said) = (false, None);
    let top = json::document(data, |member| match key(&member).as_ref() {
        b"choices" => said = Some(Node::of(&member)),
        name => error |= is_error(name, &member),
    });
    match top {
        Ok(Top::Object { .. }) if error => return Opening::Error,
        Ok(Top::Object { .. }) => {}
        _ if is_free_form(operation) => return Opening::Meaningful,
        _ => return Opening::Unreadable,
    }
    let (object, name) = (Node::checked(data), event.event.as_deref());
    match operation {
        Operation::ChatCompletions => choices(said, chat_choice),
        Operation::Completions => choices(said, completion_choice),
        Operation::Messages => message_event(object, name),
        Operation::Responses => response_event(object, name),
        Operation::GenerateContent | Operation::StreamGenerateContent => gemini::said(object),
        _ => Opening::Meaningful,
    }
}

/// What a whole answer says that came with status 200.
pub fn whole(operation: Operation, body: &[u8]) -> Opening {
    if may_be_no_json(operation) && !looks_like_an_object(body) {
        return if body.is_empty() { Opening::Unreadable } else { Opening::Meaningful };
    }
    let (mut error, mut suspect) = (false, is_of_gemini(operation));
    let top = json::document(body, |member| match key(&member).as_ref() {
        b"choices" | b"stop_reason" | b"status" => suspect |= is_suspect(operation, member.value),
        name => error |= is_error(name, &member),
    });
    match top {
        Ok(Top::Object { .. }) if error => Opening::Error,
        Ok(Top::Object { .. }) => {
            let object = Node::checked(body);
            let said = if suspect { closer_look(operation, object) } else { Opening::Meaningful };
            if said != Opening::Meaningful || holds_answer(operation, object) {
                said
            } else {
                Opening::Nothing
            }
        }
        // Without `alt=sse` Gemini streams one array.
        Ok(Top::Other(Kind::Array)) if is_of_gemini(operation) || is_free_form(operation) => {
            Opening::Meaningful
        }
        Ok(Top::Other(_)) | Err(_) => Opening::Unreadable,
    }
}

/// Whether a whole answer is good as far as a quick look tells: it has the shape of one object, it holds what its clients
/// look for, and no word in it asks for a closer look by [`whole`]. What is mangled without losing its shape passes.
pub fn looks_whole(operation: Operation, body: &[u8]) -> bool {
    if may_be_no_json(operation) || is_of_gemini(operation) {
        return false;
    }
    let signs = Signs::of(operation);
    let mut answers = answer_of(operation).is_none();
    let calm = shape::is_object(body, |string| {
        let sign = signs.read(string);
        answers |= sign == Some(Sign::Answer);
        sign != Some(Sign::Doubt)
    });
    calm && answers
}

/// What a key says. Hardly one is escaped, so that comparing it with names need not see to that.
fn key<'a>(member: &Member<'a>) -> Cow<'a, [u8]> {
    if memchr::memchr(b'\\', member.key).is_none() {
        return Cow::Borrowed(member.key);
    }
    let said = json::text(&[b"\"", member.key, b"\""].concat()).map(Cow::into_owned);
    Cow::Owned(said.unwrap_or_default().into_bytes())
}

/// How the end of a choice is spelled that failed or was refused. Making a finder costs more than looking with it.
static BAD_ENDS: LazyLock<[Finder<'static>; 2]> =
    LazyLock::new(|| [Finder::new(br#""error""#), Finder::new(br#""content_filter""#)]);

/// Whether a value could mean that a whole answer is none; most do not, and cost no second look.
fn is_suspect(operation: Operation, value: &[u8]) -> bool {
    match operation {
        Operation::ChatCompletions | Operation::Completions => {
            BAD_ENDS.iter().any(|end| end.find(value).is_some())
        }
        Operation::Messages => value == br#""refusal""#,
        Operation::Responses => value == br#""failed""# || value == br#""incomplete""#,
        _ => false,
    }
}

fn closer_look(operation: Operation, object: Node<'_>) -> Opening {
    match operation {
        Operation::ChatCompletions => answered(choices(object.get("choices"), whole_chat_choice)),
        Operation::Completions => answered(choices(object.get("choices"), completion_choice)),
        Operation::Messages if object.get("content").is_none_or(has_no_text) => Opening::Filtered,
        Operation::Responses => response_object(object),
        Operation::GenerateContent | Operation::StreamGenerateContent => answered(gemini::said(object)),
        _ => Opening::Meaningful,
    }
}

/// Whether a whole answer holds what its clients read first, though that may say nothing.
fn holds_answer(operation: Operation, object: Node<'_>) -> bool {
    let Some(name) = answer_of(operation) else { return true };
    let Some(value) = object.get(name) else { return false };
    match (operation, value.kind()) {
        (Operation::CountTokens | Operation::CountInputTokens, kind) => kind == Kind::Number,
        (
            Operation::ChatCompletions
            | Operation::Completions
            | Operation::GenerateContent
            | Operation::StreamGenerateContent,
            Kind::Array,
        ) => !value.is_blank(),
        (Operation::Messages, Kind::Array) => {
            !value.is_blank() || object.get("stop_reason").is_some_and(|reason| !reason.is_blank())
        }
        (_, kind) => kind == Kind::Array,
    }
}

/// The member of a whole answer that its clients read first.
const fn answer_of(operation: Operation) -> Option<&'static str> {
    match operation {
        Operation::ChatCompletions | Operation::Completions => Some("choices"),
        Operation::Messages => Some("content"),
        Operation::Responses => Some("output"),
        Operation::Embeddings => Some("data"),
        Operation::CountTokens | Operation::CountInputTokens => Some("input_tokens"),
        Operation::GenerateContent | Operation::StreamGenerateContent => Some("candidates"),
        _ => None,
    }
}

/// A whole answer that says nothing is one nevertheless.
fn answered(opening: Opening) -> Opening {
    if opening == Opening::Nothing { Opening::Meaningful } else { opening }
}

/// Anthropic's blocks without a word in any of them.
fn has_no_text(content: Node<'_>) -> bool {
    content.elements().all(|block| is_empty_block(block))
}

/// Operations whose answers are Gemini's, each event of a stream a whole one.
const fn is_of_gemini(operation: Operation) -> bool {
    matches!(operation, Operation::GenerateContent | Operation::StreamGenerateContent)
}

/// Operations whose events and answers have no one form.
const fn is_free_form(operation: Operation) -> bool {
    !matches!(
        operation,
        Operation::ChatCompletions
            | Operation::Completions
            | Operation::Messages
            | Operation::Responses
            | Operation::GenerateContent
            | Operation::StreamGenerateContent
    )
}

/// Whether a body begins as an object does, and not as plain text in braces.
fn looks_like_an_object(body: &[u8]) -> bool {
    let inside = body.trim_ascii_start().strip_prefix(b"{").map(<[u8]>::trim_ascii_start);
    inside.and_then(<[u8]>::first).is_some_and(|byte| matches!(byte, b'"' | b'}'))
}

/// Sound, or a transcript as plain text.
fn may_be_no_json(operation: Operation) -> bool {
    matches!(operation, Operation::Other(path) if path.starts_with("/audio/"))
}

/// Whether a member makes an answer an error: one in `error`, as most dialects spell it, or the flat form of vLLM and
/// Mistral. Some providers write an `error` that says nothing into every answer.
fn is_error(name: &[u8], member: &Member<'_>) -> bool {
    match name {
        b"error" => !Node::of(member).is_blank() && member.value != b"false",
        b"object" => member.value == br#""error""#,
        _ => false,
    }
}

/// The strongest of what the choices of a chunk say.
fn choices(choices: Option<Node<'_>>, each: fn(Node<'_>) -> Opening) -> Opening {
    let mut strongest = Opening::Nothing;
    for choice in choices.into_iter().flat_map(Node::elements) {
        match each(choice) {
            Opening::Nothing => {}
            Opening::Meaningful => return Opening::Meaningful,
            other => strongest = other,
        }
    }
    strongest
}

fn chat_choice(choice: Node<'_>) -> Opening {
    spoken_choice(choice, "delta")
}

fn whole_chat_choice(choice: Node<'_>) -> Opening {
    spoken_choice(choice, "message")
}

fn completion_choice(choice: Node<'_>) -> Opening {
    spoken_choice(choice, "text")
}

/// What a choice says whose words stand in `part`.
fn spoken_choice(choice: Node<'_>, part: &str) -> Opening {
    let mut end = Opening::Nothing;
    for member in choice.members() {
        if member.is(part) && has_something(Node::of(&member)) {
            return Opening::Meaningful;
        }
        if member.is("finish_reason") {
            end = finish(Node::of(&member));
        }
    }
    end
}

fn has_something(words: Node<'_>) -> bool {
    match words.kind() {
        Kind::Object => words.members().any(|member| is_part(&member) && !Node::of(&member).is_blank()),
        _ => !words.is_blank(),
    }
}

/// Whether a member of a chat's delta, or of its message, is something to a client.
pub(crate) fn is_part(member: &Member<'_>) -> bool {
    matches!(
        key(member).as_ref(),
        b"content"
            | b"reasoning_content"
            | b"reasoning"
            | b"reasoning_details"
            | b"refusal"
            | b"tool_calls"
            | b"function_call"
            | b"audio"
            | b"images"
    )
}

/// What the end of a choice says that held nothing. `OpenRouter` ends a choice that failed with `error`.
fn finish(reason: Node<'_>) -> Opening {
    match reason.text().as_deref() {
        None => Opening::Nothing,
        Some("content_filter") => Opening::Filtered,
        Some("error") => Opening::Error,
        Some(_) => Opening::Meaningful,
    }
}

/// The type that an event's data names, or else its `event` line.
pub(crate) fn event_type<'a>(object: Node<'a>, name: Option<&'a [u8]>) -> Cow<'a, str> {
    object.get("type").and_then(Node::text).or_else(|| name.map(String::from_utf8_lossy)).unwrap_or_default()
}

fn message_event(object: Node<'_>, name: Option<&[u8]>) -> Opening {
    match event_type(object, name).as_ref() {
        "error" => Opening::Error,
        "content_block_start" => something(!object.get("content_block").is_none_or(is_empty_block)),
        "content_block_delta" => something(!object.get("delta").is_none_or(is_empty_block)),
        "message_delta" => match object.at(&["delta", "stop_reason"]).and_then(Node::text).as_deref() {
            None => Opening::Nothing,
            Some("refusal") => Opening::Filtered,
            Some(_) => Opening::Meaningful,
        },
        "message_stop" => Opening::Meaningful,
        _ => Opening::Nothing,
    }
}

const fn something(is: bool) -> Opening {
    if is { Opening::Meaningful } else { Opening::Nothing }
}

/// A block of text or thinking, or a piece of one, without a word in it.
fn is_empty_block(block: Node<'_>) -> bool {
    let held = match block.get("type").and_then(Node::text).as_deref() {
        Some("text" | "text_delta") => "text",
        Some("thinking" | "thinking_delta") => "thinking",
        _ => return false,
    };
    block.get(held).is_none_or(Node::is_blank)
}

fn response_event(object: Node<'_>, name: Option<&[u8]>) -> Opening {
    match event_type(object, name).as_ref() {
        "error" | "response.failed" => Opening::Error,
        "response.incomplete" => object.get("response").map_or(Opening::Meaningful, response_object),
        "response.completed" | "response.output_item.done" => Opening::Meaningful,
        "response.output_item.added" => something(object.get("item").is_some_and(is_call)),
        other => something(is_delta(other)),
    }
}

/// Whether an event of the Responses API adds a piece to something.
pub(crate) fn is_delta(kind: &str) -> bool {
    kind.strip_suffix("delta").is_some_and(|kind| kind.ends_with('.'))
}

/// An item that is neither a message nor reasoning, both of which begin empty.
fn is_call(item: Node<'_>) -> bool {
    item.get("type").is_some_and(|kind| !kind.says("message") && !kind.says("reasoning"))
}

/// A response by its status.
fn response_object(response: Node<'_>) -> Opening {
    let filtered =
        || response.at(&["incomplete_details", "reason"]).is_some_and(|reason| reason.says("content_filter"));
    match response.get("status").and_then(Node::text).as_deref() {
        Some("failed") => Opening::Error,
        Some("incomplete") if filtered() && response.get("output").is_none_or(Node::is_blank) => {
            Opening::Filtered
        }
        _ => Opening::Meaningful,
    }
}

#[cfg(test)]
mod tests;
