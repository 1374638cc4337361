//! Bodies that came to another dialect's path. Cursor sends Responses bodies to chat completions; others write one dialect's
//! form with another one's SDK. The members tell: only those count that no other dialect has.

use crate::dialect::Dialect;
use crate::json::Kind;
use crate::json::walk::Node;

/// The dialect that a body is in by its shape; `None` where it may be in several, so that the path decides. `body` was
/// found to be well-formed JSON before, and is no embedding's or other operation's.
pub fn shape_of(body: &[u8]) -> Option<Dialect> {
    let body = Node::checked(body);
    let mut top = Top::default();
    for member in body.members() {
        top.see(member.key, Node::of(&member));
    }
    match (top.messages, top.input, top.contents) {
        (None, false, true) => Some(Dialect::Gemini),
        (None, true, false) => Some(Dialect::OpenAiResponses),
        (Some(_), false, false) if top.marks != Marks::NONE => top.marks.dialect(),
        (Some(messages), false, false) => of_messages(messages).dialect(),
        _ => None,
    }
}

/// What the members of a body are.
#[derive(Default)]
struct Top<'a> {
    messages: Option<Node<'a>>,
    input: bool,
    contents: bool,
    marks: Marks,
}

/// Marks of the dialects whose bodies have `messages`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Marks {
    chat: u32,
    anthropic: u32,
    bedrock: u32,
}

/// What OpenAI's chat alone has. Whatever `max_tokens`, `temperature`, `thinking`, `user` and the like stand in says nothing.
const CHAT: [&[u8]; 22] = [
    b"audio",
    b"frequency_penalty",
    b"function_call",
    b"functions",
    b"logit_bias",
    b"logprobs",
    b"max_completion_tokens",
    b"modalities",
    b"n",
    b"parallel_tool_calls",
    b"prediction",
    b"presence_penalty",
    b"prompt_cache_key",
    b"reasoning_effort",
    b"response_format",
    b"safety_identifier",
    b"seed",
    b"stop",
    b"stream_options",
    b"top_logprobs",
    b"verbosity",
    b"web_search_options",
];

const ANTHROPIC: [&[u8]; 7] = [
    b"anthropic_version",
    b"container",
    b"context_management",
    b"mcp_servers",
    b"output_config",
    b"output_format",
    b"stop_sequences",
];

const BEDROCK: [&[u8]; 7] = [
    b"additionalModelRequestFields",
    b"additionalModelResponseFieldPaths",
    b"guardrailConfig",
    b"inferenceConfig",
    b"performanceConfig",
    b"requestMetadata",
    b"toolConfig",
];

// === impl Top ===

impl<'a> Top<'a> {
    fn see(&mut self, key: &'a [u8], value: Node<'a>) {
        let list = value.kind() == Kind::Array;
        match key {
            b"messages" => self.messages = Some(value).filter(|_| list).or(self.messages),
            b"input" => self.input = list || value.kind() == Kind::Text,
            b"contents" => self.contents = list || value.kind() == Kind::Object,
            b"system" => self.marks = self.marks.and(of_system(value)),
            b"tools" => self.marks = self.marks.and(of_tools(value)),
            b"tool_choice" => self.marks = self.marks.and(of_choice(value)),
            _ => self.marks = self.marks.and(of_key(key)),
        }
    }
}

// === impl Marks ===

impl Marks {
    const NONE: Self = Self { chat: 0, anthropic: 0, bedrock: 0 };
    const CHAT: Self = Self { chat: 1, ..Self::NONE };
    const ANTHROPIC: Self = Self { anthropic: 1, ..Self::NONE };
    const BEDROCK: Self = Self { bedrock: 1, ..Self::NONE };

    const fn and(self, other: Self) -> Self {
        Self {
            chat: self.chat + other.chat,
            anthropic: self.anthropic + other.anthropic,
            bedrock: self.bedrock + other.bedrock,
        }
    }

    /// The one dialect that is marked.
    const fn dialect(self) -> Option<Dialect> {
        match (self.chat, self.anthropic, self.bedrock) {
            (1.., 0, 0) => Some(Dialect::OpenAiChat),
            (0, 1.., 0) => Some(Dialect::Anthropic),
            (0, 0, 1..) => Some(Dialect::Bedrock),
            _ => None,
        }
    }
}

fn of_key(key: &[u8]) -> Marks {
    let lists =
        [(&CHAT[..], Marks::CHAT), (&ANTHROPIC[..], Marks::ANTHROPIC), (&BEDROCK[..], Marks::BEDROCK)];
    let found = lists.into_iter().find(|(list, _)| list.binary_search(&key).is_ok());
    found.map_or(Marks::NONE, |(_, mark)| mark)
}

/// Chat has no `system` beside its messages; Bedrock's texts have no type.
fn of_system(system: Node<'_>) -> Marks {
    match system.kind() {
        Kind::Text => Marks::ANTHROPIC,
        Kind::Array => system.elements().next().map_or(Marks::NONE, of_block),
        _ => Marks::NONE,
    }
}

fn of_tools(tools: Node<'_>) -> Marks {
    let Some(tool) = tools.elements().next() else { return Marks::NONE };
    if tool.get("input_schema").is_some() {
        Marks::ANTHROPIC
    } else if tool.get("function").is_some() || tool.get("custom").is_some() {
        Marks::CHAT
    } else {
        Marks::NONE
    }
}

fn of_choice(choice: Node<'_>) -> Marks {
    let kind = choice.get("type").and_then(Node::text);
    match (choice.kind(), kind.as_deref()) {
        (Kind::Text, _) | (_, Some("function" | "custom" | "allowed_tools")) => Marks::CHAT,
        (_, Some("auto" | "any" | "tool" | "none")) => Marks::ANTHROPIC,
        _ => Marks::NONE,
    }
}

/// The marks of the first message that has any: the others need not be looked at.
fn of_messages(messages: Node<'_>) -> Marks {
    messages.elements().map(of_message).find(|marks| *marks != Marks::NONE).unwrap_or(Marks::NONE)
}

fn of_message(message: Node<'_>) -> Marks {
    let mut marks = Marks::NONE;
    for member in message.members() {
        let value = Node::of(&member);
        let found = match member.key {
            b"role" if value.says("tool") || value.says("developer") || value.says("function") => Marks::CHAT,
            b"tool_calls" | b"tool_call_id" | b"function_call" | b"refusal" => Marks::CHAT,
            b"content" => value.elements().map(of_block).fold(Marks::NONE, Marks::and),
            _ => Marks::NONE,
        };
        marks = marks.and(found);
    }
    marks
}

fn of_block(block: Node<'_>) -> Marks {
    let kind = block.get("type").and_then(Node::text);
    match kind.as_deref() {
        Some("image_url" | "input_audio" | "file" | "refusal" | "video_url") => Marks::CHAT,
        Some(
            "tool_use" | "tool_result" | "thinking" | "redacted_thinking" | "image" | "document"
            | "server_tool_use" | "search_result" | "container_upload",
        ) => Marks::ANTHROPIC,
        None if block.kind() == Kind::Object => Marks::BEDROCK,
        _ => Marks::NONE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_tell_the_dialect() {
        let hi = r#""messages":[{"role":"user","content":"hi"}]"#;
        let chat = Some(Dialect::OpenAiChat);
        let anthropic = Some(Dialect::Anthropic);
        for (body, expected) in [
            (format!(r#"{{"model":"m",{hi}}}"#), None),
            (format!(r#"{{"model":"m",{hi},"max_tokens":9,"stream":true,"temperature":1}}"#), None),
            (format!(r#"{{{hi},"stream_options":{{"include_usage":true}}}}"#), chat),
            (format!(r#"{{{hi},"tools":[{{"type":"function","function":{{"name":"f"}}}}]}}"#), chat),
            (format!(r#"{{{hi},"tool_choice":"auto"}}"#), chat),
            (format!(r#"{{{hi},"system":"be brief"}}"#), anthropic),
            (format!(r#"{{{hi},"system":[{{"type":"text","text":"x"}}]}}"#), None),
            (format!(r#"{{{hi},"system":[{{"text":"x"}}]}}"#), Some(Dialect::Bedrock)),
            (format!(r#"{{{hi},"tools":[{{"name":"f","input_schema":{{}}}}]}}"#), anthropic),
            (format!(r#"{{{hi},"tool_choice":{{"type":"any"}}}}"#), anthropic),
            // Marks of two dialects are none of either.
            (format!(r#"{{{hi},"system":"x","stop":["y"]}}"#), None),
            (format!(r#"{{{hi},"input":"x"}}"#), None),
            (r#"{"model":"m","input":"hi"}"#.to_owned(), Some(Dialect::OpenAiResponses)),
            (
                r#"{"model":"m","input":[{"role":"user","content":"x"}],"tools":[{"type":"function","name":"f"}]}"#
                    .to_owned(),
                Some(Dialect::OpenAiResponses),
            ),
            (r#"{"contents":[{"parts":[{"text":"hi"}]}]}"#.to_owned(), Some(Dialect::Gemini)),
            (r#"{"model":"m","prompt":"hi"}"#.to_owned(), None),
            ("[]".to_owned(), None),
            ("{}".to_owned(), None),
        ] {
            assert_eq!(shape_of(body.as_bytes()), expected, "{body}");
        }
    }

    #[test]
    fn messages_tell_the_dialect_too() {
        for (message, expected) in [
            (r#"{"role":"tool","tool_call_id":"a","content":"x"}"#, Some(Dialect::OpenAiChat)),
            (r#"{"role":"developer","content":"x"}"#, Some(Dialect::OpenAiChat)),
            (r#"{"role":"system","content":"x"}"#, None),
            (r#"{"role":"user","content":[{"type":"text","text":"x"}]}"#, None),
            (
                r#"{"role":"user","content":[{"type":"image_url","image_url":{"url":"u"}}]}"#,
                Some(Dialect::OpenAiChat),
            ),
            (
                r#"{"role":"user","content":[{"type":"tool_result","tool_use_id":"a"}]}"#,
                Some(Dialect::Anthropic),
            ),
            (
                r#"{"role":"assistant","content":[{"type":"thinking","thinking":"x"}]}"#,
                Some(Dialect::Anthropic),
            ),
            (r#"{"role":"user","content":[{"text":"x"}]}"#, Some(Dialect::Bedrock)),
        ] {
            let body = format!(r#"{{"model":"m","messages":[{{"role":"user","content":"hi"}},{message}]}}"#);
            assert_eq!(shape_of(body.as_bytes()), expected, "{message}");
        }
    }

    #[test]
    fn lists_are_in_order() {
        for list in [&CHAT[..], &ANTHROPIC[..], &BEDROCK[..]] {
            assert!(list.is_sorted(), "{list:?}");
        }
    }

    #[test]
    fn what_is_no_json_has_no_shape_and_does_no_harm() {
        for body in ["", "{", r#"{"messages":"#, r#"{"messages":[{"role""#, "\u{0}", r#"{"a":[[[["#] {
            assert_eq!(shape_of(body.as_bytes()), None, "{body}");
        }
    }
}
