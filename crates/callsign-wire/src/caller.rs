//! Who asks, and how the prompt begins: what keeps related requests together.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

/// The user that a body names: `safety_identifier` or `user` of OpenAI's dialects, `metadata.user_id` of
/// Anthropic's. <https://platform.openai.com/docs/api-reference/chat/create>,
/// <https://docs.anthropic.com/en/api/messages>
pub fn user(body: &[u8]) -> Option<String> {
    let named: Named<'_> = serde_json::from_slice(body).ok()?;
    let in_metadata = named.metadata.and_then(|metadata| {
        let metadata: Metadata<'_> = serde_json::from_str(metadata.get()).ok()?;
        text(metadata.user_id)
    });
    text(named.safety_identifier).or_else(|| text(named.user)).or(in_metadata)
}

/// The parts of a body that stay the same while a conversation goes on: what the system says, and the messages up
/// to the first of the user's. At most `longest` bytes of each, as they stand in the body.
pub fn prompt_beginning(body: &[u8], longest: usize) -> Option<Vec<u8>> {
    let prompt: Prompt<'_> = serde_json::from_slice(body).ok()?;
    let mut beginning = Vec::new();
    let mut add = |text: &str| beginning.extend(text.bytes().take(longest));
    for value in
        [prompt.system, prompt.instructions, prompt.system_instruction, prompt.text].into_iter().flatten()
    {
        add(value.get());
    }
    for value in [prompt.messages, prompt.input, prompt.contents].into_iter().flatten() {
        match serde_json::from_str::<Vec<&RawValue>>(value.get()) {
            Ok(messages) => opening(&messages).for_each(&mut add),
            Err(_) => add(value.get()),
        }
    }
    Some(beginning).filter(|beginning| !beginning.is_empty())
}

#[derive(Deserialize)]
struct Named<'a> {
    #[serde(borrow)]
    safety_identifier: Option<&'a RawValue>,
    #[serde(borrow)]
    user: Option<&'a RawValue>,
    #[serde(borrow)]
    metadata: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Metadata<'a> {
    #[serde(borrow)]
    user_id: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Prompt<'a> {
    #[serde(borrow)]
    system: Option<&'a RawValue>,
    #[serde(borrow)]
    instructions: Option<&'a RawValue>,
    #[serde(borrow, rename = "prompt")]
    text: Option<&'a RawValue>,
    #[serde(borrow)]
    messages: Option<&'a RawValue>,
    #[serde(borrow)]
    input: Option<&'a RawValue>,
    #[serde(borrow, rename = "systemInstruction", alias = "system_instruction")]
    system_instruction: Option<&'a RawValue>,
    #[serde(borrow)]
    contents: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Role<'a> {
    #[serde(borrow)]
    role: Option<Cow<'a, str>>,
}

fn text(value: Option<&RawValue>) -> Option<String> {
    serde_json::from_str::<String>(value?.get()).ok().filter(|text| !text.is_empty())
}

/// The messages up to the first of the user's.
fn opening<'m>(messages: &[&'m RawValue]) -> impl Iterator<Item = &'m str> {
    let is_users = |message: &&RawValue| {
        let role = serde_json::from_str::<Role<'_>>(message.get()).ok().and_then(|message| message.role);
        role.as_deref() == Some("user")
    };
    let end = messages.iter().position(is_users).map_or(messages.len(), |place| place + 1);
    messages.iter().take(end).map(|message| message.get())
}

#[cfg(test)]
mod tests {
    use super::{prompt_beginning, user};

    #[test]
    fn user_is_found_where_each_dialect_puts_it() {
        for (body, expected) in [
            (r#"{"user":"u1"}"#, Some("u1")),
            (r#"{"user":"u1","safety_identifier":"s\u0031"}"#, Some("s1")),
            (r#"{"metadata":{"user_id":"m1"}}"#, Some("m1")),
            (r#"{"user":"","metadata":{"user_id":"m1"}}"#, Some("m1")),
            (r#"{"metadata":{"user_id":null}}"#, None),
            (r#"{"metadata":"x","user":7}"#, None),
            (r#"{"messages":[{"user":"inside"}]}"#, None),
            ("[", None),
        ] {
            assert_eq!(user(body.as_bytes()).as_deref(), expected, "{body}");
        }
    }

    #[test]
    fn prompt_begins_the_same_while_a_conversation_goes_on() {
        let first = r#"{"messages":[{"role":"system","content":"S"},{"role":"user","content":"A"}]}"#;
        let later = r#"{"stream":true,"messages":[{"role":"system","content":"S"},{"role":"user","content":"A"},{"role":"assistant","content":"B"},{"role":"user","content":"C"}]}"#;
        let other = r#"{"messages":[{"role":"system","content":"S"},{"role":"user","content":"Z"}]}"#;
        let beginning = |body: &str| prompt_beginning(body.as_bytes(), 1024);
        assert_eq!(beginning(first), beginning(later));
        assert_ne!(beginning(first), beginning(other));
        let gemini = r#"{"contents":[{"role":"user","parts":[{"text":"A"}]},{"role":"model","parts":[]}],"systemInstruction":{"parts":[]}}"#;
        assert_eq!(
            beginning(gemini),
            Some(br#"{"parts":[]}{"role":"user","parts":[{"text":"A"}]}"#.to_vec())
        );
        assert_eq!(beginning("{}"), None);
        assert_eq!(beginning(r#"{"prompt":"abc"}"#).as_deref(), Some(br#""abc""#.as_slice()));
        assert_eq!(prompt_beginning(br#"{"input":"abcdef"}"#, 3).as_deref(), Some(br#""ab"#.as_slice()));
    }
}
