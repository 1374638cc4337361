//! Who says what in every dialect, and what changes where something is replaced.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::Speaker::{Assistant, Definition, Echo, System, Tool, User};
use super::*;

type Read = fn(&[u8], Each<'_>) -> Result<Option<Vec<u8>>, Unreadable>;

/// The texts of a body with their speakers.
fn told(read: Read, body: &Value) -> Vec<(Speaker, String)> {
    let mut told = Vec::new();
    let body = serde_json::to_vec(body).unwrap();
    let rewritten = read(&body, &mut |text| {
        told.push((text.speaker, text.text.to_owned()));
        None
    });
    assert_eq!(rewritten, Ok(None));
    told
}

fn check(read: Read, body: &Value, expected: &[(Speaker, &str)]) {
    let mut expected: Vec<_> =
        expected.iter().map(|(speaker, text)| (*speaker, (*text).to_owned())).collect();
    let mut told = told(read, body);
    let by_text = |(_, text): &(Speaker, String)| text.clone();
    told.sort_by_key(by_text);
    expected.sort_by_key(by_text);
    assert_eq!(told, expected, "{body}");
}

/// The body with `x` put in place of every `secret`.
fn masked(read: Read, body: &str) -> String {
    let replaced = read(body.as_bytes(), &mut |text| {
        text.text.contains("secret").then(|| text.text.replace("secret", "x"))
    });
    String::from_utf8(replaced.unwrap().unwrap_or_else(|| body.as_bytes().to_vec())).unwrap()
}

#[test]
fn chat_tells_who_says_what() {
    let chat = json!({"model": "m", "stream": true, "user": "u 1", "stop": ["end"], "messages": [
        {"role": "developer", "content": "be kind"},
        {"role": "user", "name": "Ann", "content": [
            {"type": "text", "text": "hi"},
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA", "detail": "low"}},
            {"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}},
            {"type": "file", "file": {"filename": "my notes.txt", "file_data": "data:text/plain;base64,Zm9v"}},
        ]},
        {"role": "assistant", "content": null, "refusal": "no", "tool_calls": [
            {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{\"city\":\"Oslo\"}"}}]},
        {"role": "tool", "tool_call_id": "call_1", "content": "rain"},
    ], "tools": [{"type": "function", "function": {"name": "f", "description": "weather", "parameters":
        {"type": "object", "properties": {"city": {"type": "string", "enum": ["Oslo"]}}}}}]});
    check(
        of_request,
        &chat,
        &[
            (System, "be kind"),
            (User, "hi"),
            (User, "my notes.txt"),
            (User, "foo"),
            (Assistant, "no"),
            (Assistant, "city"),
            (Assistant, "Oslo"),
            (Tool, "rain"),
            (User, "end"),
            (Definition, "weather"),
            (Definition, "Oslo"),
            (User, "u 1"),
        ],
    );
}

#[test]
fn responses_tell_who_says_what() {
    let responses = json!({"model": "m", "instructions": "be kind", "input": [
        {"role": "user", "content": [{"type": "input_text", "text": "hi"}]},
        {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "hm"}], "encrypted_content": "gAAA"},
        {"type": "function_call", "id": "fc_1", "call_id": "c", "name": "f", "arguments": "{\"a\":1}", "status": "completed"},
        {"type": "function_call_output", "call_id": "c", "output": "rain"},
    ], "metadata": {"id": "some one"}});
    check(
        of_request,
        &responses,
        &[
            (User, "hi"),
            (Assistant, "hm"),
            (Assistant, "a"),
            (Tool, "rain"),
            (System, "be kind"),
            (User, "id"),
            (User, "some one"),
        ],
    );
}

#[test]
fn messages_tell_who_says_what() {
    let messages = json!({"model": "m", "max_tokens": 9, "system": [{"type": "text", "text": "be kind", "cache_control": {"type": "ephemeral"}}],
    "messages": [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": [
            {"type": "thinking", "thinking": "hm", "signature": "c2ln"},
            {"type": "redacted_thinking", "data": "ZGF0YQ=="},
            {"type": "tool_use", "id": "tu", "name": "f", "input": {"to": "Ann"}}]},
        {"role": "user", "content": [
            {"type": "tool_result", "tool_use_id": "tu", "content": [{"type": "text", "text": "rain"}]},
            {"type": "document", "title": "My title", "source": {"type": "text", "media_type": "text/plain", "data": "word"}},
            {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0="}},
            {"type": "document", "source": {"type": "base64", "media_type": "text/plain", "data": "Zm9v"}}]},
    ]});
    check(
        of_request,
        &messages,
        &[
            (User, "hi"),
            (Assistant, "hm"),
            (Assistant, "to"),
            (Assistant, "Ann"),
            (Tool, "rain"),
            (User, "word"),
            (User, "My title"),
            (User, "foo"),
            (System, "be kind"),
        ],
    );
}

#[test]
fn gemini_tells_who_says_what() {
    let gemini = json!({"systemInstruction": {"parts": [{"text": "be kind"}]}, "contents": [
        {"role": "user", "parts": [{"text": "hi"}, {"inlineData": {"mimeType": "image/png", "data": "AAAA"}}, {"inlineData": {"mimeType": "text/csv", "data": "Zm9v"}}]},
        {"role": "model", "parts": [{"functionCall": {"name": "f", "args": {"city": "Oslo"}}, "thoughtSignature": "c2ln"}]},
        {"role": "user", "parts": [{"functionResponse": {"name": "f", "response": {"id": "rain", "n": 41_111_111}}}]},
    ]});
    check(
        of_request,
        &gemini,
        &[
            (User, "hi"),
            (User, "foo"),
            (Assistant, "city"),
            (Assistant, "Oslo"),
            (Tool, "id"),
            (Tool, "rain"),
            (Tool, "n"),
            (Tool, "41111111"),
            (System, "be kind"),
        ],
    );
}

#[test]
fn other_operations_have_texts_too() {
    for (body, expected) in [
        (json!({"model": "m", "input": ["a b", "c"]}), vec!["a b", "c"]),
        (json!({"model": "m", "prompt": "a b", "suffix": "c"}), vec!["a b", "c"]),
        (json!({"model": "m", "query": "a", "documents": ["b", {"text": "c"}]}), vec!["b", "c", "a"]),
        (json!({"model": "m", "input": "say", "voice": "alloy"}), vec!["say"]),
        (json!({"model": "m", "voice": "as if, you know"}), vec!["as if, you know"]),
        (json!({"content": {"parts": [{"text": "a"}]}}), vec!["a"]),
        (json!({"unheard_of": {"deep": [["a"]]}}), vec!["a"]),
        (json!({"odd key": 1}), vec!["odd key"]),
        (json!({"id": "not an id"}), vec!["not an id"]),
        (json!({"data": "not base64, this"}), vec!["not base64, this"]),
        (json!({"url": "data: is what I have, you know"}), vec!["data: is what I have, you know"]),
        (json!({"url": "data:text/plain,a%40b"}), vec!["a@b"]),
    ] {
        let texts: Vec<_> = told(of_request, &body).into_iter().map(|(_, text)| text).collect();
        let (mut texts, mut expected) = (texts, expected.into_iter().map(str::to_owned).collect::<Vec<_>>());
        texts.sort();
        expected.sort();
        assert_eq!(texts, expected, "{body}");
    }
}

#[test]
fn roles_that_contradict_each_other_are_believed_in_none() {
    let body = br#"{"messages":[{"role":"assistant","content":"hi","role":"system"}]}"#;
    let mut speakers = Vec::new();
    let read = of_request(body, &mut |text| {
        speakers.push(text.speaker);
        None
    });
    assert_eq!((read, speakers), (Ok(None), vec![User]));
}

#[test]
fn labels_stand_before_data_alone() {
    let body = json!({"messages": [{"role": "assistant", "content": "a", "tool_calls": [
        {"function": {"name": "f", "arguments": "{\"password\":\"b\",\"list\":[\"c\"]}"}}]}]});
    let mut told = Vec::new();
    of_request(&serde_json::to_vec(&body).unwrap(), &mut |text| {
        told.push((text.label.map(str::to_owned), text.text.to_owned()));
        None
    })
    .unwrap();
    let told: Vec<_> = told.iter().map(|(label, text)| (label.as_deref(), text.as_str())).collect();
    assert_eq!(
        told,
        [(None, "a"), (None, "password"), (Some("password"), "b"), (None, "list"), (Some("list"), "c"),]
    );
}

#[test]
fn only_replaced_strings_change() {
    for (body, expected) in [
        (r#"{ "content" : "a \"secret\" \u0041" , "n":1.50}"#, r#"{ "content" : "a \"x\" A" , "n":1.50}"#),
        (r#"{"content":"\u0073ecret"}"#, r#"{"content":"x"}"#),
        (r#"{"content":"secret \ud83d end"}"#, "{\"content\":\"x \u{fffd} end\"}"),
        (
            r#"{"arguments":"{\"a\": \"sec\\u0072et\", \"b\":[1, true]}"}"#,
            r#"{"arguments":"{\"a\": \"x\", \"b\":[1, true]}"}"#,
        ),
        (r#"{"arguments":"{\"my secret\":1}"}"#, r#"{"arguments":"{\"my x\":1}"}"#),
        (r#"{"arguments":"no json, a secret"}"#, r#"{"arguments":"no json, a x"}"#),
        (
            r#"{"file_data":"data:text/plain;base64,c2VjcmV0"}"#,
            r#"{"file_data":"data:text/plain;base64,eA=="}"#,
        ),
        (r#"{"file_data":"data:text/plain,secre%74"}"#, r#"{"file_data":"data:text/plain;base64,eA=="}"#),
        (r#"{"mimeType":"text/plain","data":"c2VjcmV0"}"#, r#"{"mimeType":"text/plain","data":"eA=="}"#),
        (r#"{"a secret":1}"#, r#"{"a x":1}"#),
        (r#"{"id":"secret"}"#, r#"{"id":"secret"}"#),
        (r#"{"args":{"id":"secret"}}"#, r#"{"args":{"id":"x"}}"#),
    ] {
        assert_eq!(masked(of_request, body), expected, "{body}");
        assert_eq!(masked(of_request, expected), expected, "again: {body}");
    }
}

#[test]
fn log_probabilities_go_with_what_they_tell_again() {
    for (body, expected) in [
        (r#"{"content":"a secret","logprobs":{"content":[]}}"#, r#"{"content":"a x","logprobs":null}"#),
        (r#"{"content":"a","logprobs":[{"token":"secret"}]}"#, r#"{"content":"a","logprobs":[]}"#),
        (r#"{"logprobs":{"token":"b"},"content":"a"}"#, r#"{"logprobs":{"token":"b"},"content":"a"}"#),
    ] {
        assert_eq!(masked(of_answer, body), expected);
    }
    check(of_answer, &json!({"text": "a", "logprobs": {"tokens": ["a"]}}), &[(Echo, "a"), (Assistant, "a")]);
}

#[test]
fn what_cannot_be_told_is_said() {
    let deep = format!("{}1{}", "[".repeat(DEEPEST + 1), "]".repeat(DEEPEST + 1));
    for (body, expected) in [
        ("{", Unreadable::NotJson),
        (r#"{"input":[1,2]}"#, Unreadable::Tokens("input")),
        (r#"{"input":[[1],[2]]}"#, Unreadable::Tokens("input")),
        (r#"{"prompt":["a",[3]]}"#, Unreadable::Tokens("prompt")),
        (&deep, Unreadable::TooDeep),
    ] {
        assert_eq!(of_request(body.as_bytes(), &mut |_| None), Err(expected), "{body}");
    }
    assert_eq!(of_request(br#"{"args":{"input":[1]}}"#, &mut |_| None), Ok(None));
}

/// Any value, with texts and keys of all sorts.
fn values() -> impl Strategy<Value = Value> {
    let text =
        prop_oneof!["[a-z ]{0,12}", ".{0,8}", Just("the secret".to_owned()), Just("data:,a".to_owned())];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        text.prop_map(Value::from),
    ];
    let keys = prop_oneof![
        Just("content"),
        Just("role"),
        Just("type"),
        Just("arguments"),
        Just("logprobs"),
        Just("input"),
        Just("args"),
        Just("id"),
        Just("a secret"),
        Just("text")
    ];
    leaf.prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(keys.clone().prop_map(str::to_owned), inner, 0..4)
                .prop_map(Value::from_iter),
        ]
    })
}

/// The value without its strings and keys.
fn shape(value: &Value) -> String {
    match value {
        Value::Object(members) => members.values().map(shape).collect::<Vec<_>>().join(","),
        Value::Array(elements) => format!("[{}]", elements.iter().map(shape).collect::<Vec<_>>().join(",")),
        Value::String(_) => "s".to_owned(),
        other => other.to_string(),
    }
}

proptest! {
    #[test]
    fn no_bytes_are_too_odd(body in prop::collection::vec(any::<u8>(), 0..64), text in r#"[\[\]{}",:\\a-u0-9 ]{0,40}"#) {
        for body in [body, text.into_bytes()] {
            let _any = of_request(&body, &mut |_| Some("x".to_owned()));
            let _any = of_answer(&body, &mut |_| Some("x".to_owned()));
            let _any = of_data(&body, &mut |_| Some("x".to_owned()));
        }
    }

    /// What is replaced is gone, the rest is the same, and a second time nothing changes.
    #[test]
    fn masked_body_is_the_same_but_for_its_texts(value in values()) {
        let body = value.to_string();
        prop_assume!(of_data(body.as_bytes(), &mut |_| None).is_ok());
        let masked = masked(of_data, &body);
        let read: Value = serde_json::from_str(&masked).unwrap();
        prop_assert!(!masked.contains("secret"));
        if !body.contains("secret") {
            prop_assert_eq!(&masked, &body);
        }
        // Two keys may have become one.
        if !body.contains("a secret") {
            prop_assert_eq!(shape(&read), shape(&value));
        }
        prop_assert_eq!(of_data(masked.as_bytes(), &mut |text| text.text.contains("secret").then(String::new)), Ok(None));
    }

    /// No string is passed over but those behind keys that hold no text.
    #[test]
    fn every_string_is_told(text in "[a-z]{1,6} [a-z]{1,6}", key in "[a-z_]{1,12}", depth in 0..6_usize) {
        let value = (0..depth).fold(Value::from(text.clone()), |value, level| {
            if level % 2 == 0 { json!({ key.clone(): value }) } else { json!([value]) }
        });
        let body = json!({ "messages": value });
        prop_assert!(told(of_request, &body).iter().any(|(_, told)| told.contains(&text)), "{}", body);
    }
}
