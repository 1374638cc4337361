//! The smallest JSON document that a schema accepts, as far as a simulation needs to know schemas.

use serde_json::{Map, Value, json};

/// Deepest level that is still filled in, so that a schema that contains itself ends.
const DEPTH: usize = 16;
/// Most values of a document, so that one that branches at every level stays small.
const VALUES: usize = 1_000;
/// A longer text counts as several values.
const LONG: usize = 64;

/// The smallest document that `schema` accepts.
pub(super) fn sketch(schema: &Value) -> Value {
    Pen { root: schema, left: VALUES }.draw(schema, DEPTH)
}

/// Draws one document.
struct Pen<'s> {
    /// The whole schema, which references point into.
    root: &'s Value,
    /// Values that may still be drawn.
    left: usize,
}

// === impl Pen ===

impl Pen<'_> {
    fn draw(&mut self, schema: &Value, depth: usize) -> Value {
        let (Some(depth), true) = (depth.checked_sub(1), self.spend(0)) else { return Value::Null };
        let chosen = schema.get("const").or_else(|| schema.get("default"));
        if let Some(value) = chosen.or_else(|| first(schema, "enum")).or_else(|| first(schema, "examples")) {
            return if self.spend(value.to_string().len()) { value.clone() } else { Value::Null };
        }
        let elsewhere = referenced(schema, self.root)
            .or_else(|| first(schema, "anyOf"))
            .or_else(|| first(schema, "oneOf"))
            .or_else(|| first(schema, "allOf"));
        if let Some(other) = elsewhere {
            return self.draw(other, depth);
        }
        match kind(schema) {
            "string" => json!(string(schema)),
            "integer" | "number" => schema.get("minimum").cloned().unwrap_or_else(|| json!(0)),
            "boolean" => json!(false),
            "array" => self.array(schema, depth),
            "null" => Value::Null,
            _ => self.object(schema, depth),
        }
    }

    /// Whether there is room for a value with a text of this many bytes.
    fn spend(&mut self, bytes: usize) -> bool {
        let left = self.left.checked_sub(1 + bytes / LONG);
        self.left = left.unwrap_or(0);
        left.is_some()
    }

    fn array(&mut self, schema: &Value, depth: usize) -> Value {
        let count = schema.get("minItems").and_then(Value::as_u64).unwrap_or(0).min(16);
        let none = Value::Null;
        let items = schema.get("items").unwrap_or(&none);
        (0..count).map(|_| self.draw(items, depth)).collect()
    }

    fn object(&mut self, schema: &Value, depth: usize) -> Value {
        let required =
            schema.get("required").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let mut fields = Map::new();
        for name in required.iter().filter_map(Value::as_str) {
            if !self.spend(name.len()) {
                break;
            }
            let property = schema.get("properties").and_then(|all| all.get(name));
            let value = property.map(|property| self.draw(property, depth));
            fields.insert(name.to_owned(), value.unwrap_or_else(|| json!("simulated")));
        }
        Value::Object(fields)
    }
}

fn kind(schema: &Value) -> &str {
    match schema.get("type") {
        Some(Value::Array(kinds)) => kinds.iter().find_map(Value::as_str).unwrap_or_default(),
        Some(kind) => kind.as_str().unwrap_or_default(),
        None => "object",
    }
}

fn first<'a>(schema: &'a Value, field: &str) -> Option<&'a Value> {
    schema.get(field).and_then(Value::as_array).and_then(|choices| choices.first())
}

fn referenced<'a>(schema: &Value, root: &'a Value) -> Option<&'a Value> {
    let reference = schema.get("$ref").and_then(Value::as_str)?;
    root.pointer(reference.strip_prefix('#')?)
}

fn string(schema: &Value) -> String {
    let shortest = schema.get("minLength").and_then(Value::as_u64).unwrap_or(0);
    let text = match schema.get("format").and_then(Value::as_str) {
        Some("date-time") => "1970-01-01T00:00:00Z",
        Some("date") => "1970-01-01",
        Some("email") => "someone@example.com",
        Some("uri") => "https://example.com",
        Some("uuid") => "00000000-0000-0000-0000-000000000000",
        _ => "simulated",
    };
    let missing = usize::try_from(shortest).unwrap_or(0).saturating_sub(text.len()).min(4096);
    format!("{text}{}", "x".repeat(missing))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sketches_are_the_smallest_documents_of_their_schemas() {
        let cases = [
            (json!(null), json!({})),
            (json!({"type": "object"}), json!({})),
            (json!({"type": "string"}), json!("simulated")),
            (json!({"type": "string", "minLength": 12}), json!("simulatedxxx")),
            (json!({"type": "string", "format": "date"}), json!("1970-01-01")),
            (json!({"type": ["integer", "null"], "minimum": 3}), json!(3)),
            (json!({"type": "boolean"}), json!(false)),
            (json!({"type": "array", "items": {"type": "null"}, "minItems": 2}), json!([null, null])),
            (json!({"enum": ["b", "a"]}), json!("b")),
            (json!({"const": 7}), json!(7)),
            (json!({"anyOf": [{"type": "number"}, {"type": "null"}]}), json!(0)),
            (
                json!({"$defs": {"a": {"type": "number"}}, "type": "object", "required": ["x", "y"],
                    "properties": {"x": {"$ref": "#/$defs/a"}, "z": {"type": "string"}}}),
                json!({"x": 0, "y": "simulated"}),
            ),
        ];
        for (schema, expected) in cases {
            assert_eq!(sketch(&schema), expected, "{schema}");
        }
    }

    #[test]
    fn a_schema_inside_itself_ends() {
        let schema = json!({"type": "object", "required": ["next"], "properties": {"next": {"$ref": "#"}}});
        assert!(sketch(&schema).to_string().len() < 1000);
    }

    #[test]
    fn a_schema_that_doubles_at_each_level_stays_small() {
        let schema = json!({"type": "array", "minItems": 16, "items": {"$ref": "#"}});
        assert!(sketch(&schema).to_string().len() < 100_000);
    }

    #[test]
    fn long_texts_are_not_repeated_without_end() {
        let long = "x".repeat(10_000);
        for item in [json!({"const": long}), json!({"type": "object", "required": [long]})] {
            let row = json!({"type": "array", "minItems": 16, "items": item});
            let schema = json!({"type": "array", "minItems": 16, "items": row});
            assert!(sketch(&schema).to_string().len() < 100_000);
        }
    }
}
