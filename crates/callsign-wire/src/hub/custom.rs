//! Custom tools, which take plain text, for dialects that know functions alone: the text travels as the one argument
//! `input`.

use super::extras::Json;
use super::wish::{Tool, ToolKind};
use crate::json::walk::Node;
use crate::json::writer::Writer;

/// The argument that holds the text.
const INPUT: &str = "input";

/// The function that is offered in place of a custom tool; `None` where `tool` is none.
pub fn offered(tool: &Tool) -> Option<Tool> {
    let ToolKind::Custom { format } = &tool.kind else { return None };
    let grammar = format.as_ref().and_then(grammar);
    let description = tool.description.clone().into_iter().chain(grammar);
    let description = description.collect::<Vec<_>>().join("\n\n");
    Some(Tool {
        description: (!description.is_empty()).then_some(description),
        kind: ToolKind::Function { schema: Some(schema()) },
        ..tool.clone()
    })
}

/// The arguments of the function for a custom tool's input.
pub fn wrapped(input: &str) -> String {
    let mut writer = Writer::default();
    writer.object(|writer| writer.key(INPUT).text(input));
    Json::written(writer.into_bytes()).as_str().to_owned()
}

/// The custom tool's input that a function's arguments hold. A model that sends something else meant all of it.
pub fn unwrapped(arguments: &str) -> String {
    let input = Node::read(arguments.as_bytes()).and_then(|node| node.get(INPUT)?.text());
    input.map_or_else(|| arguments.to_owned(), std::borrow::Cow::into_owned)
}

fn schema() -> Json {
    let mut writer = Writer::default();
    writer.object(|writer| {
        writer.key("type").text("object");
        writer.key("properties").object(|writer| {
            writer.key(INPUT).object(|writer| {
                writer.key("type").text("string");
                writer.key("description").text("The whole input of the tool, as plain text.");
            });
        });
        writer.key("required").array(|writer| writer.text(INPUT));
        writer.key("additionalProperties").boolean(false);
    });
    Json::written(writer.into_bytes())
}

/// What a model is told of a grammar that nobody enforces; chat keeps it in an object of its own.
fn grammar(format: &Json) -> Option<String> {
    let node = format.node();
    let grammar = node.get("grammar").unwrap_or(node);
    let definition = grammar.get("definition")?.text()?;
    let syntax = grammar.get("syntax").and_then(Node::text).unwrap_or_default();
    Some(format!("The text in `{INPUT}` must follow this {syntax} grammar:\n{definition}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hub::extras::Extras;

    #[test]
    fn inputs_travel_as_one_argument() {
        for input in ["", "*** Begin Patch\n+\"a\\b\"\n*** End Patch\n", "{\"input\":1}"] {
            assert_eq!(unwrapped(&wrapped(input)), input);
        }
        assert_eq!(unwrapped("*** Begin"), "*** Begin");
        assert_eq!(unwrapped(r#"{"patch":"x"}"#), r#"{"patch":"x"}"#);
    }

    #[test]
    fn a_custom_tool_is_offered_with_its_grammar() {
        let flat = r#"{"type":"grammar","syntax":"lark","definition":"start: x"}"#;
        let nested = r#"{"type":"grammar","grammar":{"syntax":"lark","definition":"start: x"}}"#;
        for (format, told) in [
            (Some(flat), "Edits.\n\nThe text in `input` must follow this lark grammar:\nstart: x"),
            (Some(nested), "Edits.\n\nThe text in `input` must follow this lark grammar:\nstart: x"),
            (Some(r#"{"type":"text"}"#), "Edits."),
            (None, "Edits."),
        ] {
            let kind = ToolKind::Custom { format: format.and_then(Json::read) };
            let (name, description) = ("edit".to_owned(), Some("Edits.".to_owned()));
            let tool = Tool { name, description, kind, strict: None, cache: None, extras: Extras::default() };
            let offered = offered(&tool).unwrap();
            assert_eq!(offered.description.as_deref(), Some(told));
            let ToolKind::Function { schema: Some(schema) } = offered.kind else { panic!("no function") };
            assert!(schema.as_str().contains(r#""required":["input"]"#), "{schema:?}");
        }
    }
}
