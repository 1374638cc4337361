//! When two bodies say the same, by what each dialect's own reference says.

use callsign_wire::dialect::Dialect;
use serde_json::{Map, Value, json};

/// Panics with the first place where `written` and `given` differ.
pub(crate) fn assert_same(dialect: Dialect, name: &str, written: &Value, given: &Value) {
    let (written, given) = (normal(dialect, "", written), normal(dialect, "", given));
    if let Some(place) = difference("", &written, &given) {
        panic!("{dialect:?} {name} differs at `{place}`:\nwritten {written:#}\ngiven   {given:#}");
    }
}

/// A body without the liberties that its dialect's reference grants: absent is `null`, numbers have one spelling,
/// a string is a list of one text.
fn normal(dialect: Dialect, key: &str, value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.iter().filter(|(_, value)| !value.is_null());
            let normal = members.map(|(key, value)| (spelling(dialect, key), normal(dialect, key, value)));
            Value::Object(normal.collect::<Map<_, _>>())
        }
        Value::Array(elements) => elements.iter().map(|element| normal(dialect, "", element)).collect(),
        Value::Number(number) => json!(number.as_f64()),
        Value::String(text) => text_normal(dialect, key, text),
        other => other.clone(),
    }
}

/// Protocol buffers read `snake_case` and `camelCase` alike. <https://protobuf.dev/programming-guides/json/>
fn spelling(dialect: Dialect, key: &str) -> String {
    if dialect != Dialect::Gemini {
        return key.to_owned();
    }
    let mut upper = false;
    let letters = key.chars().filter_map(|letter| match letter {
        '_' => {
            upper = true;
            None
        }
        letter if std::mem::take(&mut upper) => Some(letter.to_ascii_uppercase()),
        letter => Some(letter),
    });
    letters.collect()
}

fn text_normal(dialect: Dialect, key: &str, text: &str) -> Value {
    match (dialect, key) {
        (Dialect::OpenAiChat, "content") | (Dialect::Anthropic, "content" | "system") => {
            json!([{"type": "text", "text": text}])
        }
        (Dialect::OpenAiChat, "stop") => json!([text]),
        _ => json!(text),
    }
}

fn difference(path: &str, written: &Value, given: &Value) -> Option<String> {
    match (written, given) {
        (Value::Object(left), Value::Object(right)) => {
            let keys = left.keys().chain(right.keys());
            keys.filter(|key| left.get(*key) != right.get(*key)).find_map(|key| {
                let path = format!("{path}.{key}");
                difference(
                    &path,
                    left.get(key).unwrap_or(&Value::Null),
                    right.get(key).unwrap_or(&Value::Null),
                )
            })
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => left
            .iter()
            .zip(right)
            .enumerate()
            .find_map(|(index, (left, right))| difference(&format!("{path}[{index}]"), left, right)),
        _ => (written != given).then(|| path.to_owned()),
    }
}
