//! Gemini's `Schema`, a part of `OpenAPI`'s, told as JSON schema. <https://ai.google.dev/api/caching#Schema>

use std::borrow::Cow;

use crate::hub::extras::Json;
use crate::json::Kind;
use crate::json::walk::Node;
use crate::json::writer::Writer;

/// Members that hold whole numbers, which protocol buffers may put between quotes.
const COUNTS: [&str; 6] =
    ["maxItems", "minItems", "maxLength", "minLength", "maxProperties", "minProperties"];

/// More levels than this come of malice alone; what is below them stays as it is.
const DEEPEST: usize = 64;

/// The JSON schema that says the same.
pub(super) fn as_json_schema(schema: Node<'_>) -> Json {
    let mut writer = Writer::with_capacity(schema.spelled().len() + 64);
    write(&mut writer, schema, DEEPEST);
    Json::written(writer.into_bytes())
}

fn write(writer: &mut Writer, schema: Node<'_>, levels: usize) {
    if schema.kind() != Kind::Object || levels == 0 {
        return writer.json(&Json::of(schema));
    }
    let nullable = schema.get("nullable").is_some_and(|node| node.spelled() == b"true");
    writer.object(|writer| {
        for member in schema.members() {
            let node = Node::of(&member);
            write_member(writer, &camel(&said(member.key)), node, Level { nullable, left: levels - 1 });
        }
    });
}

/// Where in a schema one is.
#[derive(Clone, Copy)]
struct Level {
    nullable: bool,
    left: usize,
}

fn write_member(writer: &mut Writer, name: &str, node: Node<'_>, level: Level) {
    match name {
        "nullable" => {}
        "type" => write_type(writer.key("type"), node, level.nullable),
        "properties" | "defs" | "$defs" => {
            writer.key(if name == "properties" { name } else { "$defs" }).object(|writer| {
                for property in node.members() {
                    write(writer.key(&said(property.key)), Node::of(&property), level.left);
                }
            });
        }
        "ref" => writer.key("$ref").json(&Json::of(node)),
        "items" | "additionalProperties" => write(writer.key(name), node, level.left),
        "anyOf" | "prefixItems" => writer.key(name).array(|writer| {
            node.elements().for_each(|element| write(writer, element, level.left));
            if level.nullable && name == "anyOf" {
                writer.object(|writer| writer.key("type").text("null"));
            }
        }),
        "example" => writer.key("examples").array(|writer| writer.json(&Json::of(node))),
        _ => match node.text().filter(|_| COUNTS.contains(&name)).and_then(|text| text.parse().ok()) {
            Some(count) => writer.key(name).count(count),
            None => writer.key(name).json(&Json::of(node)),
        },
    }
}

fn write_type(writer: &mut Writer, node: Node<'_>, nullable: bool) {
    let Some(name) = node.text() else { return writer.json(&Json::of(node)) };
    let name = name.to_ascii_lowercase();
    if !nullable || name == "null" {
        return writer.text(&name);
    }
    writer.array(|writer| {
        writer.text(&name);
        writer.text("null");
    });
}

/// A key without its escapes.
fn said(key: &[u8]) -> String {
    let quoted = [b"\"", key, b"\""].concat();
    crate::json::text(&quoted).unwrap_or_default().into_owned()
}

fn camel(name: &str) -> Cow<'_, str> {
    match name {
        "any_of" => "anyOf".into(),
        "max_items" => "maxItems".into(),
        "min_items" => "minItems".into(),
        "max_length" => "maxLength".into(),
        "min_length" => "minLength".into(),
        "max_properties" => "maxProperties".into(),
        "min_properties" => "minProperties".into(),
        "prefix_items" => "prefixItems".into(),
        "additional_properties" => "additionalProperties".into(),
        "property_ordering" => "propertyOrdering".into(),
        other => other.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemas_say_the_same_as_json_schema() {
        for (schema, expected) in [
            (r#"{"type":"STRING"}"#, r#"{"type":"string"}"#),
            (r#"{"type":"string","nullable":true}"#, r#"{"type":["string","null"]}"#),
            (
                r#"{"type":"ARRAY","minItems":"2","items":{"type":"INTEGER","format":"int32"}}"#,
                r#"{"type":"array","minItems":2,"items":{"type":"integer","format":"int32"}}"#,
            ),
            (
                r#"{"type":"OBJECT","properties":{"type":{"type":"STRING","enum":["A"]}},"required":["type"]}"#,
                r#"{"type":"object","properties":{"type":{"type":"string","enum":["A"]}},"required":["type"]}"#,
            ),
            (
                r#"{"any_of":[{"type":"NUMBER"}],"nullable":true}"#,
                r#"{"anyOf":[{"type":"number"},{"type":"null"}]}"#,
            ),
            (
                r##"{"ref":"#/$defs/a","defs":{"a":{"type":"BOOLEAN"}},"example":3}"##,
                r##"{"$ref":"#/$defs/a","$defs":{"a":{"type":"boolean"}},"examples":[3]}"##,
            ),
            ("true", "true"),
        ] {
            let json = as_json_schema(Node::read(schema.as_bytes()).unwrap());
            assert_eq!(json.as_str(), expected, "{schema}");
        }
    }

    #[test]
    fn depth_does_not_exhaust_the_stack() {
        let deep = format!("{}{}", r#"{"items":"#.repeat(100_000), "}".repeat(100_000)).replace(":}", ":1}");
        let json = as_json_schema(Node::read(deep.as_bytes()).unwrap());
        assert_eq!(json.as_str().len(), deep.len());
    }
}
