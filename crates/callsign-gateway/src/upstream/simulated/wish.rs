//! What a request wants of the model, whatever its dialect.

use serde_json::Value;

use super::error::Complaint;
use super::reply::tokens;

/// What a request wants of the model.
#[derive(Debug, PartialEq)]
pub(super) struct Wish {
    /// The last thing the user said.
    pub(super) prompt: String,
    /// Tokens of everything that was sent.
    pub(super) input_tokens: usize,
    /// Most tokens of the answer.
    pub(super) limit: Option<usize>,
    /// The answer ends before the first of these.
    pub(super) stops: Vec<String>,
    /// What the answer is made of.
    pub(super) form: Form,
}

/// What an answer is made of.
#[derive(Debug, PartialEq)]
pub(super) enum Form {
    /// Prose.
    Text,
    /// A JSON document of this schema.
    Json(Value),
    /// A call of a tool whose arguments have this schema.
    Call {
        /// The tool.
        name: String,
        /// The schema of its arguments.
        schema: Value,
    },
}

/// The request's body, which is a JSON object in every dialect.
pub(super) fn parse(body: &[u8]) -> Result<Value, Complaint> {
    match serde_json::from_slice(body) {
        Ok(document @ Value::Object(_)) => Ok(document),
        Ok(_) => Err(Complaint::invalid("the body is not a JSON object".to_owned())),
        Err(error) => Err(Complaint::invalid(format!("the body is not valid JSON: {error}"))),
    }
}

/// The array `field`, without which the request makes no sense.
pub(super) fn required_array<'a>(body: &'a Value, field: &'static str) -> Result<&'a [Value], Complaint> {
    match body.get(field) {
        Some(Value::Array(items)) => Ok(items),
        Some(_) => Err(Complaint::field(field, "is not an array")),
        None => Err(Complaint::field(field, "is missing")),
    }
}

/// Whether `field` is `true`.
pub(super) fn flag(body: &Value, field: &str) -> bool {
    body.get(field).and_then(Value::as_bool).unwrap_or(false)
}

/// The first of `fields` that is a whole number.
pub(super) fn number(body: &Value, fields: &[&str]) -> Option<usize> {
    let found = fields.iter().find_map(|field| body.get(field).and_then(Value::as_u64));
    found.and_then(|number| usize::try_from(number).ok())
}

/// A string, or an array of strings.
pub(super) fn strings(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

/// The text in a message's content: a string, or parts in the manner of any of the dialects.
pub(super) fn text_of(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => {
            parts.iter().map(text_of).filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ")
        }
        Value::Object(part) => {
            let text = ["text", "content", "output", "arguments"].iter().find_map(|field| part.get(*field));
            text.map(text_of).unwrap_or_default()
        }
        _ => String::new(),
    }
}

/// The text of the last of `messages` that the user wrote.
pub(super) fn last_prompt(messages: &[Value]) -> String {
    let from_user = |message: &&Value| message.get("role").and_then(Value::as_str) == Some("user");
    let texts = messages.iter().rev().filter(from_user).map(text_of);
    texts.into_iter().find(|text| !text.is_empty()).unwrap_or_default()
}

/// Tokens of `parts`: of the text of messages, and of tools as JSON.
pub(super) fn count(parts: &[Option<&Value>], tools: Option<&Value>) -> usize {
    let texts: usize = parts.iter().flatten().map(|part| tokens(&text_of(part)).count()).sum();
    let tools = tools.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    texts + tools.iter().map(|tool| tokens(&tool.to_string()).count()).sum::<usize>()
}

/// The tool called `name`, or the first one where no name is given.
pub(super) fn tool<'a>(tools: Option<&'a Value>, name: Option<&str>) -> Option<&'a Value> {
    let tools = tools.and_then(Value::as_array)?;
    match name {
        None => tools.first(),
        Some(name) => tools.iter().find(|tool| tool.get("name").and_then(Value::as_str) == Some(name)),
    }
}
