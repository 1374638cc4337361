//! The choice among some of the tools, told to targets in their own way: by name where the dialect has a word for it, else by
//! offering no others.

use std::borrow::Cow;

use crate::dialect::Dialect;
use crate::hub::conversation::Conversation;
use crate::hub::extras::Json;
use crate::hub::wish::{ToolChoice, ToolKind};
use crate::json::walk::Node;
use crate::json::writer::Writer;
use crate::quirks::{Chat, Members};

/// Tools of which alone the model may choose.
#[derive(Debug, PartialEq, Eq)]
struct Allowed {
    /// Whether it must.
    required: bool,
    names: Vec<String>,
}

/// The conversation with such a choice as the target takes it.
pub(crate) fn fitted(
    dialect: Dialect,
    conversation: Cow<'_, Conversation>,
    chat: Chat,
) -> Cow<'_, Conversation> {
    let Some(ToolChoice::Opaque(from, json)) = &conversation.tool_choice else { return conversation };
    if *from == dialect || dialect == Dialect::Gemini {
        return conversation;
    }
    let Some(allowed) = Allowed::read(*from, json.node()).filter(|allowed| allowed.is_offered(&conversation))
    else {
        return conversation;
    };
    let mut fitted = conversation;
    let changed = fitted.to_mut();
    let knows_the_word = match dialect {
        Dialect::OpenAiResponses => true,
        Dialect::OpenAiChat => chat.members == Members::OpenAi,
        Dialect::Anthropic | Dialect::Bedrock | Dialect::Gemini => false,
    };
    if knows_the_word {
        changed.tool_choice = Some(ToolChoice::Opaque(Dialect::OpenAiResponses, allowed.written()));
    } else {
        changed.tools.retain(|tool| allowed.names.contains(&tool.name));
        changed.tool_choice = Some(if allowed.required { ToolChoice::Required } else { ToolChoice::Auto });
    }
    fitted
}

// === impl Allowed ===

impl Allowed {
    fn read(from: Dialect, choice: Node<'_>) -> Option<Self> {
        let read = if from == Dialect::Gemini { Self::of_gemini(choice) } else { Self::of_openai(choice) };
        read.filter(|allowed| !allowed.names.is_empty())
    }

    /// <https://ai.google.dev/api/caching#FunctionCallingConfig>
    fn of_gemini(choice: Node<'_>) -> Option<Self> {
        let get = |camel, snake| choice.get(camel).or_else(|| choice.get(snake));
        let names = get("allowedFunctionNames", "allowed_function_names")?.elements();
        let names: Option<Vec<String>> = names.map(|name| name.text().map(Cow::into_owned)).collect();
        let required = choice.get("mode")?.text()?.eq_ignore_ascii_case("ANY");
        Some(Self { required, names: names? })
    }

    /// <https://platform.openai.com/docs/guides/function-calling#allowed-tools>
    fn of_openai(choice: Node<'_>) -> Option<Self> {
        choice.get("type").filter(|kind| kind.says("allowed_tools"))?;
        let choice = choice.get("allowed_tools").unwrap_or(choice);
        let required = choice.get("mode")?.says("required");
        let names = choice.get("tools")?.elements().map(|tool| {
            let inner = ["function", "custom"].into_iter().find_map(|kind| tool.at(&[kind, "name"]));
            tool.get("name").or(inner)?.text().map(Cow::into_owned)
        });
        let names: Option<Vec<String>> = names.collect();
        Some(Self { required, names: names? })
    }

    /// Whether all of them are tools of the client's own.
    fn is_offered(&self, conversation: &Conversation) -> bool {
        self.names.iter().all(|name| {
            let is_own = |kind: &ToolKind| !matches!(kind, ToolKind::BuiltIn { .. });
            conversation.tools.iter().any(|tool| tool.name == *name && is_own(&tool.kind))
        })
    }

    /// In the words of the Responses API.
    fn written(&self) -> Json {
        let mut writer = Writer::default();
        writer.object(|writer| {
            writer.key("type").text("allowed_tools");
            writer.key("mode").text(if self.required { "required" } else { "auto" });
            writer.key("tools").array(|writer| {
                self.names.iter().for_each(|name| write_name(writer, name));
            });
        });
        Json::written(writer.into_bytes())
    }
}

fn write_name(writer: &mut Writer, name: &str) {
    writer.object(|writer| {
        writer.key("type").text("function");
        writer.key("name").text(name);
    });
}
