//! The JSON Schema of the configuration, for editors. Made from the tables that the check itself uses.

use serde_json::{Map, Value, json};

use crate::document::CONFIGURATION;
use crate::shape::{Field, Kind, Standing, Table, Word};

/// The JSON Schema (draft 2020-12) of a configuration, with descriptions.
pub fn schema() -> Value {
    let mut definitions = Map::new();
    define(&CONFIGURATION, &mut definitions);
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Callsign configuration",
        "$ref": "#/$defs/configuration",
        "$defs": definitions,
    })
}

fn define(table: &'static Table, definitions: &mut Map<String, Value>) {
    if definitions.contains_key(table.name) {
        return;
    }
    // Taken before the fields are looked at: an alias may hold aliases.
    definitions.insert(table.name.to_owned(), Value::Null);
    let mut properties = Map::new();
    for field in table.fields {
        properties.insert(field.name.to_owned(), property(field, definitions));
    }
    let required: Vec<_> =
        table.fields.iter().filter(|field| field.required).map(|field| field.name).collect();
    let mut definition = json!({
        "type": ["object", "null"],
        "description": table.about,
        "properties": properties,
        "additionalProperties": false,
    });
    if let Some(definition) = definition.as_object_mut().filter(|_| !required.is_empty()) {
        definition.insert("required".to_owned(), json!(required));
    }
    definitions.insert(table.name.to_owned(), definition);
}

fn property(field: &'static Field, definitions: &mut Map<String, Value>) -> Value {
    let mut property = of_kind(&field.kind, definitions);
    let about = match field.standing {
        Standing::Served | Standing::Elsewhere => field.about.to_owned(),
        Standing::Unserved => format!("{} (Not served by this version.)", field.about),
        Standing::Ignored(reason) => format!("Plano's; Callsign does not act on it: {reason}."),
    };
    if let Some(property) = property.as_object_mut() {
        property.insert("description".to_owned(), json!(about));
        if matches!(field.standing, Standing::Ignored(_)) {
            property.insert("deprecated".to_owned(), json!(true));
        }
    }
    property
}

fn of_kind(kind: &'static Kind, definitions: &mut Map<String, Value>) -> Value {
    match kind {
        Kind::Text | Kind::Secret | Kind::Date => json!({ "type": ["string", "number", "boolean"] }),
        Kind::Flag => json!({ "anyOf": [{ "type": "boolean" }, { "enum": ["true", "false"] }, variable()] }),
        Kind::Whole { least, most } => {
            json!({ "anyOf": [{ "type": "integer", "minimum": least, "maximum": most }, variable()] })
        }
        Kind::Decimal { .. } => {
            let text = json!({ "type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?$" });
            json!({ "anyOf": [{ "type": "number", "minimum": 0 }, text, variable()] })
        }
        Kind::Money => {
            let text = json!({ "type": "string", "pattern": r"^\$?[0-9]+(\.[0-9]+)?$" });
            json!({ "anyOf": [{ "type": "number", "minimum": 0 }, text, variable()] })
        }
        Kind::Duration | Kind::Delay => {
            json!({ "anyOf": [{ "type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?(ms|s|m|h)$" }, variable()] })
        }
        Kind::Size => {
            let text = json!({ "type": "string", "pattern": r"^[0-9]+ ?(B|[kK]B|MB|GB|KiB|MiB|GiB)?$" });
            json!({ "anyOf": [{ "type": "integer", "minimum": 0 }, text, variable()] })
        }
        Kind::Tokens => {
            let text = json!({ "type": "string", "pattern": "^[0-9]+ ?[kKmM]?$" });
            json!({ "anyOf": [{ "type": "integer", "minimum": 1 }, text, variable()] })
        }
        Kind::Words(words) => of_words(words),
        Kind::List(kind) => json!({ "type": ["array", "null"], "items": of_kind(kind, definitions) }),
        Kind::Named(kind) => {
            json!({ "type": ["object", "null"], "additionalProperties": of_kind(kind, definitions) })
        }
        Kind::Table(table) => reference(table, definitions),
        Kind::ListOrTable(kind, table) => {
            let list = json!({ "type": ["array", "null"], "items": of_kind(kind, definitions) });
            json!({ "anyOf": [list, reference(table, definitions)] })
        }
        Kind::Any => json!({}),
    }
}

fn of_words(words: &[Word]) -> Value {
    let each = words.iter().map(|word| json!({ "const": word.name, "description": word.about }));
    json!({ "anyOf": each.chain([variable()]).collect::<Vec<_>>() })
}

/// A text that an environment variable completes.
fn variable() -> Value {
    json!({ "type": "string", "pattern": r"\$[A-Za-z_{]" })
}

fn reference(table: &'static Table, definitions: &mut Map<String, Value>) -> Value {
    define(table, definitions);
    json!({ "$ref": format!("#/$defs/{}", table.name) })
}
