//! Splicing changes one value and no other byte.
#![expect(clippy::disallowed_types, reason = "the reference that results are held against")]

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::peek;

fn splice_json(body: &str, to: &str) -> String {
    let body = Bytes::copy_from_slice(body.as_bytes());
    let peeked = peek::json(&body).unwrap();
    let spliced = model(&body, &peeked, to);
    let length = spliced.len();
    let chunks = spliced.clone().into_chunks().concat();
    let whole = spliced.into_bytes();
    assert_eq!((chunks.as_slice(), length), (whole.as_ref(), whole.len()));
    String::from_utf8(chunks).unwrap()
}

#[test]
fn model_is_replaced_or_added() {
    let cases = [
        (r#"{"model":"a"}"#, r#"{"model":"gpt-4o"}"#),
        (r#"{"model":""}"#, r#"{"model":"gpt-4o"}"#),
        (r#"{"model":null,"n":1}"#, r#"{"model":"gpt-4o","n":1}"#),
        (r#"{ "n" : 1 , "mod\u0065l" : "\u0061" }"#, r#"{ "n" : 1 , "mod\u0065l" : "gpt-4o" }"#),
        (r#"{"n":1}"#, r#"{"model":"gpt-4o","n":1}"#),
        ("\n{ \"n\":1}", "\n{\"model\":\"gpt-4o\", \"n\":1}"),
        ("{}", r#"{"model":"gpt-4o"}"#),
        (" { } ", r#" {"model":"gpt-4o" } "#),
    ];
    for (body, expected) in cases {
        assert_eq!(splice_json(body, "gpt-4o"), expected, "{body}");
    }
    assert_eq!(splice_json(r#"{"model":"a"}"#, "a\"\\\u{1}é"), r#"{"model":"a\"\\\u0001é"}"#);
}

#[test]
fn same_text_leaves_the_body_itself() {
    let body = Bytes::from_static(br#"{"model":"gpt-4o","n":1}"#);
    let peeked = peek::json(&body).unwrap();
    let whole = model(&body, &peeked, "gpt-4o").into_bytes();
    assert_eq!(whole.as_ptr(), body.as_ptr());
}

#[test]
fn surrounding_bytes_are_not_copied() {
    let body = Bytes::from_static(br#"{"a":1,"model":"x","n":1}"#);
    let peeked = peek::json(&body).unwrap();
    let [head, _, tail] = model(&body, &peeked, "y").into_chunks();
    assert_eq!(head.as_ptr(), body.as_ptr());
    assert_eq!(tail.as_ptr(), body[body.len() - tail.len()..].as_ptr());
}

#[test]
fn body_that_was_not_peeked_into_is_left_alone() {
    let peeked = peek::json(br#"{"something":"long","model":"x"}"#).unwrap();
    let other = Bytes::from_static(b"{}");
    assert_eq!(model(&other, &peeked, "y").into_bytes(), other);
}

#[test]
fn bodies_of_real_clients_keep_every_other_byte() {
    let fixtures = [
        include_str!("../../fixtures/openai_chat_tools.json"),
        include_str!("../../fixtures/anthropic_thinking.json"),
        include_str!("../../fixtures/responses_reasoning.json"),
        include_str!("../../fixtures/oddities.json"),
    ];
    let history = "The quick brown fox said \\\"hello\\\".\\n".repeat(140_000);
    let long = format!(r#"{{"messages":[{{"role":"user","content":"{history}"}}],"model":"@MODEL@"}}"#);
    for fixture in fixtures.into_iter().chain([long.as_str()]) {
        assert_eq!(fixture.matches("@MODEL@").count(), 1);
        let spliced = splice_json(&fixture.replace("@MODEL@", "fast.v1"), "azure/gpt-4o");
        assert!(spliced == fixture.replace("@MODEL@", "azure/gpt-4o"), "{fixture:.200}");
    }
}

fn splice_form(body: &[u8], to: &str) -> Vec<u8> {
    let body = Bytes::copy_from_slice(body);
    let peeked = peek::multipart("multipart/form-data; boundary=\"b b\"", &body).unwrap();
    model(&body, &peeked, to).into_bytes().to_vec()
}

#[test]
fn part_of_a_form_is_replaced_or_added() {
    let part = "--b b\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\n";
    let cases = [
        (format!("{part}a\r\n--b b--"), format!("{part}whisper-1\r\n--b b--")),
        (format!("{part}\r\n--b b--"), format!("{part}whisper-1\r\n--b b--")),
        (format!("{part}whisper-1\r\n--b b--"), format!("{part}whisper-1\r\n--b b--")),
        ("--b b--".to_owned(), format!("{part}whisper-1\r\n--b b--")),
        (
            "pre\r\n--b b \r\nContent-Disposition: form-data; name=n\r\n\r\n1\r\n--b b--".to_owned(),
            format!(
                "pre\r\n{part}whisper-1\r\n--b b \r\nContent-Disposition: form-data; name=n\r\n\r\n1\r\n--b b--"
            ),
        ),
    ];
    for (body, expected) in cases {
        assert_eq!(
            String::from_utf8(splice_form(body.as_bytes(), "whisper-1")).unwrap(),
            expected,
            "{body:?}"
        );
    }
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from)
    ];
    leaf.prop_recursive(4, 30, 5, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::btree_map("model|stream|[a-z]{0,3}|.{0,4}", inner, 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn request() -> impl Strategy<Value = Value> {
    let model = proptest::option::of(prop_oneof![Just(Value::Null), any::<String>().prop_map(Value::from)]);
    (proptest::collection::btree_map("[a-z]{0,3}|.{0,4}|stream", value(), 0..5), model).prop_map(
        |(members, model)| {
            let mut body: serde_json::Map<String, Value> = members.into_iter().collect();
            body.remove("model");
            body.extend(model.map(|model| ("model".to_owned(), model)));
            Value::Object(body)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn spliced_body_means_the_original_with_the_model_replaced(request in request(), to in any::<String>(), pretty in any::<bool>()) {
        let body = if pretty { serde_json::to_string_pretty(&request) } else { serde_json::to_string(&request) }.unwrap();
        let spliced: Value = serde_json::from_str(&splice_json(&body, &to)).unwrap();
        let mut expected = request;
        expected["model"] = Value::from(to);
        prop_assert_eq!(spliced, expected);
    }

    #[test]
    fn spliced_body_peeks_as_the_new_model_and_splices_back(request in request(), to in ".{1,20}") {
        let body = serde_json::to_string(&request).unwrap();
        let there = splice_json(&body, &to);
        prop_assert_eq!(peek::json(there.as_bytes()).unwrap().model, peek::Asked::Named(to));
        if let Some(Value::String(original)) = request.get("model") {
            prop_assert_eq!(splice_json(&there, original), body);
        }
    }

    #[test]
    fn form_keeps_its_other_parts(
        before in proptest::collection::vec(any::<u8>(), 0..60),
        after in proptest::collection::vec(any::<u8>(), 0..60),
        from in proptest::option::of("[ -~]{0,20}"),
        to in "[ -~]{1,20}",
    ) {
        let part = |name: &str, value: &[u8]| {
            [format!("--b b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n").as_bytes(), value, b"\r\n"].concat()
        };
        prop_assume!(![&before, &after].iter().any(|bytes| bytes.windows(5).any(|window| window == b"--b b")));
        let model_part = |value: &Option<String>| value.as_ref().map(|value| part("model", value.as_bytes())).unwrap_or_default();
        let close = b"--b b--\r\n".to_vec();
        let body = [part("x", &before), model_part(&from), part("y", &after), close.clone()].concat();
        let expected = match from {
            Some(_) => [part("x", &before), model_part(&Some(to.clone())), part("y", &after), close].concat(),
            None => [model_part(&Some(to.clone())), part("x", &before), part("y", &after), close].concat(),
        };
        prop_assert_eq!(splice_form(&body, &to), expected);
    }
}
