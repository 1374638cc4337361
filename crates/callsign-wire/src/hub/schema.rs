//! The schema of a function's arguments, made what every server takes.

use super::extras::Json;
use crate::json::Kind;
use crate::json::walk::Node;
use crate::json::writer::Writer;

/// Writes the schema of a function as every server of OpenAI's dialects takes it: with a type, and properties even where
/// there are none.
pub(crate) fn write_schema(writer: &mut Writer, schema: Option<&Json>) {
    let node = schema.map(Json::node).filter(|node| node.kind() == Kind::Object);
    let has = |name: &str| node.is_some_and(|node| node.get(name).is_some());
    let combined = ["anyOf", "oneOf", "allOf", "$ref"].iter().any(|name| has(name));
    match schema {
        Some(schema) if combined || (has("type") && has("properties")) => writer.json(schema),
        _ => writer.object(|writer| {
            if let Some(node) = node {
                for member in node.members() {
                    let key = String::from_utf8_lossy(member.key);
                    writer.key(&key).json(&Json::of(Node::of(&member)));
                }
            }
            if !has("type") {
                writer.key("type").text("object");
            }
            if !has("properties") {
                writer.key("properties").object(|_| {});
            }
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemas_have_a_type_and_properties() {
        for (given, expected) in [
            (None, r#"{"type":"object","properties":{}}"#),
            (Some("{}"), r#"{"type":"object","properties":{}}"#),
            (Some(r#"{"type":"object"}"#), r#"{"type":"object","properties":{}}"#),
            (Some(r#"{"properties":{"a":{}}}"#), r#"{"properties":{"a":{}},"type":"object"}"#),
            (Some(r#"{"type":"object","properties":{}}"#), r#"{"type":"object","properties":{}}"#),
            (Some(r##"{"$ref":"#/$defs/a"}"##), r##"{"$ref":"#/$defs/a"}"##),
        ] {
            let mut writer = Writer::default();
            write_schema(&mut writer, given.and_then(Json::read).as_ref());
            assert_eq!(Json::written(writer.into_bytes()).as_str(), expected, "{given:?}");
        }
    }
}
