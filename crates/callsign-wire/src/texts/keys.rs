//! What keys tell of the values behind them: who says them, and which hold no text. The words of all dialects together.

use super::Speaker;
use crate::json::Kind;
use crate::json::walk::Node;

/// What is known of a value by the way to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scope {
    pub(super) speaker: Speaker,
    pub(super) form: Form,
    /// Whether it stands in the outermost object.
    pub(super) top: bool,
    pub(super) is_answer: bool,
    /// Whether it is what came of a tool's use, as Gemini spells that.
    pub(super) is_response: bool,
}

/// Whether the keys of a value are words of a dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// They are.
    Fixed,
    /// They are anybody's: arguments, results, metadata.
    Free,
}

/// The last step on the way to a value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step<'k, 'b> {
    /// The key, also for the elements of an array behind it.
    pub(super) key: &'k str,
    /// The object that it stands in.
    pub(super) beside: Option<Node<'b>>,
}

// === impl Scope ===

impl Scope {
    pub(super) const fn request() -> Self {
        Self { speaker: Speaker::User, form: Form::Fixed, top: true, is_answer: false, is_response: false }
    }

    pub(super) const fn answer() -> Self {
        Self {
            speaker: Speaker::Assistant,
            form: Form::Fixed,
            top: true,
            is_answer: true,
            is_response: false,
        }
    }

    /// The same inside an object that stands behind `key`.
    pub(super) fn within(self, object: Node<'_>, key: &str) -> Self {
        if self.form == Form::Free || matches!(self.speaker, Speaker::Echo | Speaker::Definition) {
            return Self { top: false, ..self };
        }
        let is_response = matches!(key, "functionResponse" | "function_response");
        let speaker = match speaker_of(object) {
            _ if is_response || key == "toolResult" => Speaker::Tool,
            Some(speaker) => speaker,
            None => self.speaker,
        };
        Self { speaker, is_response, ..self }
    }

    /// The same behind a key of an object that was entered.
    pub(super) fn behind(self, key: &str, value: Node<'_>) -> Self {
        let scope = Self { top: false, ..self };
        if self.form == Form::Free || self.speaker == Speaker::Echo {
            return scope;
        }
        let top = Self { top: self.top && value.kind() == Kind::Array, ..self };
        match key {
            "system" | "instructions" | "system_instruction" | "systemInstruction" => {
                Self { speaker: Speaker::System, ..scope }
            }
            "tools" | "functions" | "toolConfig" | "tool_config" | "response_format" | "json_schema"
            | "responseSchema" | "response_schema" | "responseJsonSchema" | "output_format" => {
                Self { speaker: Speaker::Definition, ..scope }
            }
            "logprobs" | "logprobsResult" if self.is_answer && value.kind() != Kind::Null => {
                Self { speaker: Speaker::Echo, ..scope }
            }
            "metadata" | "args" | "json" => Self { form: Form::Free, ..scope },
            "arguments" | "input" | "output" if value.kind() == Kind::Object => {
                Self { form: Form::Free, ..scope }
            }
            "response" if self.is_response => Self { form: Form::Free, ..scope },
            "input" | "prompt" => top,
            _ => scope,
        }
    }
}

/// Who says what an object holds, if it tells. One that tells in two ways is believed in neither.
fn speaker_of(object: Node<'_>) -> Option<Speaker> {
    let (mut roles, mut kind) = (Vec::new(), None);
    for member in object.members() {
        if member.is("role") {
            roles.push(Node::of(&member).text().map_or(Speaker::User, |role| of_role(&role)));
        } else if member.is("type") {
            kind = Node::of(&member).text();
        }
    }
    match roles.as_slice() {
        [] => kind.and_then(|kind| of_kind(&kind)),
        [first, rest @ ..] => {
            Some(if rest.iter().all(|role| role == first) { *first } else { Speaker::User })
        }
    }
}

fn of_role(role: &str) -> Speaker {
    match role {
        "system" | "developer" => Speaker::System,
        "assistant" | "model" => Speaker::Assistant,
        "tool" | "function" => Speaker::Tool,
        _ => Speaker::User,
    }
}

fn of_kind(kind: &str) -> Option<Speaker> {
    match kind {
        "function_call" | "custom_tool_call" | "reasoning" => Some(Speaker::Assistant),
        kind if kind.ends_with("_output") || kind.ends_with("_result") => Some(Speaker::Tool),
        _ => None,
    }
}

/// Whether a key is one as protocols have them: a word that could not itself be what somebody looks for.
pub(super) fn is_word(key: &str) -> bool {
    const LONGEST: usize = 64;
    let starts =
        key.bytes().next().is_none_or(|byte| byte.is_ascii_alphabetic() || byte == b'_' || byte == b'$');
    starts
        && key.len() <= LONGEST
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'$'))
}

/// Whether a string behind this key is JSON in its turn.
pub(super) fn is_json(key: &str) -> bool {
    matches!(key, "arguments" | "partial_json")
}

/// Whether a string holds no text: the key says so, and the string does not belie it.
pub(super) fn holds_no_text(text: &str, step: &Step<'_, '_>) -> bool {
    (is_textless(step.key) || is_base64_of_medium(step)) && text.bytes().all(is_of_token)
}

/// What identifiers, names, media types, dates and base64 are made of.
const fn is_of_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'_' | b'-' | b'.' | b':' | b'/' | b'+' | b'=' | b'~' | b'|' | b'#')
}

fn is_textless(key: &str) -> bool {
    matches!(
        key,
        "id" | "name"
            | "role"
            | "type"
            | "model"
            | "object"
            | "status"
            | "format"
            | "detail"
            | "voice"
            | "service_tier"
            | "system_fingerprint"
            | "finish_reason"
            | "finishReason"
            | "stop_reason"
            | "media_type"
            | "mime_type"
            | "mimeType"
            | "modelVersion"
            | "signature"
            | "encrypted_content"
            | "encrypted_index"
            | "thoughtSignature"
            | "thought_signature"
            | "obfuscation"
            | "b64_json"
            | "partial_image_b64"
            | "embedding"
    ) || key.ends_with("_id")
        || key.ends_with("Id")
}

/// Sounds, pictures and sealed thoughts; not the plain text of a document, nor a text in base64.
fn is_base64_of_medium(step: &Step<'_, '_>) -> bool {
    let Some(object) = step.beside.filter(|_| matches!(step.key, "data" | "bytes")) else { return false };
    !object.get("type").is_some_and(|kind| kind.says("text")) && !super::media::is_textual_beside(object)
}

/// The key of a question that is spelled in numbers of tokens, if `list`, which stands behind `key`, is one.
pub(super) fn tokens(list: Node<'_>, scope: Scope, key: &str) -> Option<&'static str> {
    let key = match key {
        "input" => "input",
        "prompt" => "prompt",
        _ => return None,
    };
    let is_number = |node: Node<'_>| node.kind() == Kind::Number;
    let spelled = scope.form == Form::Fixed && !scope.is_answer && list.elements().any(is_number);
    spelled.then_some(key)
}
