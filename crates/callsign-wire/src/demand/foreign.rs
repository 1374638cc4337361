//! What in a request may cost something that its bytes do not tell: tools that the provider runs, texts that it alone has.

use memchr::memmem;

use crate::dialect::{Dialect, Operation};
use crate::json::Kind;
use crate::json::walk::Node;

/// What a request says of caches.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Hints {
    pub(super) any: bool,
    pub(super) hour: bool,
}

/// Looks for marks of caches. One that is part of a text is taken for one, which costs no more than caution.
pub(super) fn hints(operation: Operation, body: &[u8]) -> Hints {
    let marks: &[&[u8]] = match operation.dialect() {
        Dialect::Anthropic => &[b"cache_control"],
        Dialect::Bedrock => &[b"cachePoint", b"cache_control"],
        _ => &[],
    };
    let any = marks.iter().any(|mark| memmem::find(body, mark).is_some());
    Hints { any, hour: any && memmem::find(body, b"1h").is_some() }
}

/// Members of the top that cost something apart from tokens, or tokens that only the provider can count.
const fn members(dialect: Dialect) -> &'static [&'static str] {
    match dialect {
        // OpenRouter takes other models and plug-ins, xAI searches, OpenAI compares with a prediction at a price.
        Dialect::OpenAiChat => &[
            "web_search_options",
            "search_parameters",
            "plugins",
            "models",
            "prediction",
            "mcp_servers",
            "compound_custom",
        ],
        Dialect::OpenAiResponses => {
            &["previous_response_id", "conversation", "prompt", "context_management", "plugins", "models"]
        }
        Dialect::Anthropic => &["mcp_servers", "container", "context_management", "inference_geo"],
        Dialect::Gemini => &["cachedContent", "cached_content"],
        Dialect::Bedrock => &["promptVariables", "guardrailConfig", "performanceConfig"],
    }
}

/// Kinds of tools that the client runs itself, by how they begin.
const fn own_tools(dialect: Dialect) -> &'static [&'static str] {
    match dialect {
        Dialect::OpenAiChat => &["function", "custom"],
        Dialect::OpenAiResponses => {
            &["function", "custom", "local_shell", "apply_patch", "computer_use_preview", "namespace"]
        }
        Dialect::Anthropic => &["custom", "bash_", "text_editor_", "computer_", "memory_"],
        Dialect::Gemini => &["functionDeclarations", "function_declarations", "computerUse", "computer_use"],
        Dialect::Bedrock => &["toolSpec", "cachePoint"],
    }
}

/// The name of something in the request that may cost what nobody can tell before.
pub(super) fn unbounded(operation: Operation, top: Node<'_>) -> Option<String> {
    let dialect = operation.dialect();
    // An empty object switches on what it has no settings for.
    let set =
        |name: &&&str| top.get(name).is_some_and(|node| !node.is_blank() || node.kind() == Kind::Object);
    if let Some(name) = members(dialect).iter().find(set) {
        return Some((*name).to_owned());
    }
    if top.get("speed").is_some_and(|speed| !speed.is_blank() && !speed.says("standard")) {
        return Some("speed".to_owned());
    }
    tool(dialect, top).or_else(|| reference(dialect, top)).or_else(|| beside(dialect, top))
}

/// A tool that the provider runs.
fn tool(dialect: Dialect, top: Node<'_>) -> Option<String> {
    let tools = match dialect {
        Dialect::Bedrock => top.at(&["toolConfig", "tools"]),
        _ => top.get("tools"),
    }?;
    let is_own = |kind: &str| {
        own_tools(dialect).iter().any(|own| kind == *own || (own.ends_with('_') && kind.starts_with(own)))
    };
    tools.elements().find_map(|tool| {
        let kind = match dialect {
            // Which tool it is, says the only member that it has.
            Dialect::Gemini | Dialect::Bedrock => {
                let kinds = tool.members().map(|member| String::from_utf8_lossy(member.key).into_owned());
                return kinds.into_iter().find(|kind| !is_own(kind)).map(|kind| format!("the tool `{kind}`"));
            }
            _ => tool.get("type").and_then(Node::text)?,
        };
        (!is_own(&kind)).then(|| format!("the tool `{kind}`"))
    })
}

/// An item that only the provider has.
fn reference(dialect: Dialect, top: Node<'_>) -> Option<String> {
    if dialect != Dialect::OpenAiResponses {
        return None;
    }
    let mut items = top.get("input")?.elements();
    items
        .any(|item| item.get("type").is_some_and(|kind| kind.says("item_reference")))
        .then(|| "item_reference".to_owned())
}

/// Settings for one maker's models, in which another limit may stand.
fn beside(dialect: Dialect, top: Node<'_>) -> Option<String> {
    if dialect != Dialect::Bedrock {
        return None;
    }
    let fields = top.get("additionalModelRequestFields").filter(|fields| fields.kind() == Kind::Object)?;
    let names = fields.members().map(|member| String::from_utf8_lossy(member.key).into_owned());
    let known = ["thinking", "reasoning_config", "top_k", "topK", "reasoning_effort", "anthropic_beta"];
    names
        .into_iter()
        .find(|name| !known.contains(&name.as_str()))
        .map(|name| format!("additionalModelRequestFields.{name}"))
}
