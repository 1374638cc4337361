//! What is read out of bodies, and what is refused.
#![expect(clippy::disallowed_types, reason = "the reference that results are held against")]

use proptest::prelude::*;
use serde::Deserialize;
use serde::de::{MapAccess, Visitor};
use serde_json::Value;

use super::*;

fn named(name: &str) -> Asked {
    Asked::Named(name.to_owned())
}

#[test]
fn model_and_stream_are_read() {
    let cases = [
        (r#"{"model":"a","stream":true}"#, named("a"), true),
        (r#"{"stream":true,"model":"a"}"#, named("a"), true),
        (r#"{"\u006dodel":"\u0061\n\ud83d\ude84é","\u0073tream" : true }"#, named("a\n🚄é"), true),
        (r#"{"model":"a","stream":false}"#, named("a"), false),
        (r#"{"model":"a","stream":"true"}"#, named("a"), false),
        (r#"{"model":"a","stream":1}"#, named("a"), false),
        (r#"{"model":"a","stream":null}"#, named("a"), false),
        (r#"{"model":null}"#, Asked::Absent, false),
        (r#"{"model":""}"#, Asked::Empty, false),
        (r#"{"Model":"a","models":["b"],"mode":"c"}"#, Asked::Absent, false),
        (r#"{"a":{"model":"x","stream":true},"b":[{"model":"y"}]}"#, Asked::Absent, false),
        ("{}", Asked::Absent, false),
        (" \r\n\t{ } \n", Asked::Absent, false),
    ];
    for (body, model, stream) in cases {
        let peeked = json(body.as_bytes()).unwrap();
        assert_eq!((peeked.model, peeked.stream), (model, stream), "{body}");
    }
}

#[test]
fn refusals_name_what_is_wrong_and_quote_nothing() {
    let cases = [
        ("", "the body is not valid json: the text ends too early at line 1 column 1"),
        (
            "{\"secret\": \"tést\",\n \"é\" 1}",
            "the body is not valid json: expected `:` after a key at line 2 column 6",
        ),
        (
            "\u{feff}{}",
            "the body is not valid json: a byte order mark is not allowed, send plain utf-8 at line 1 column 1",
        ),
        ("[1]", "the body must be a json object, not an array"),
        ("null", "the body must be a json object, not null"),
        ("\"secret\"", "the body must be a json object, not a string"),
        (r#"{"model":"secret","model":"secret"}"#, "the body has more than one `model`, send it once"),
        (r#"{"model":"a","x":1,"mod\u0065l":"a"}"#, "the body has more than one `model`, send it once"),
        (r#"{"stream":true,"stream":true}"#, "the body has more than one `stream`, send it once"),
        (r#"{"model":7}"#, "`model` must be a string, not a number"),
        (r#"{"model":{"secret":1}}"#, "`model` must be a string, not an object"),
        (r#"{"model":["secret"]}"#, "`model` must be a string, not an array"),
        (r#"{"model":true}"#, "`model` must be a string, not a boolean"),
        (r#"{"model":"\ud800"}"#, "`model` must be valid unicode text"),
    ];
    for (body, message) in cases {
        assert_eq!(json(body.as_bytes()).unwrap_err().to_string(), message, "{body}");
    }
    let error = json(b"{\"a\":\n\"b\xff\"}").unwrap_err();
    assert_eq!(error.to_string(), "the body is not valid json: not valid utf-8 at line 2 column 3");
}

#[test]
fn refusals_name_the_parameter_to_blame() {
    let param = |body: &[u8]| json(body).unwrap_err().param();
    assert_eq!(param(br#"{"model":7}"#), Some("model"));
    assert_eq!(param(br#"{"stream":1,"stream":1}"#), Some("stream"));
    assert_eq!(param(b"{"), None);
}

const FORM: &str = "multipart/form-data; boundary=XX";

fn form(body: &str) -> Result<(Asked, bool), String> {
    multipart(FORM, body.as_bytes())
        .map(|peeked| (peeked.model, peeked.stream))
        .map_err(|error| error.to_string())
}

fn field(name: &str, value: &str) -> String {
    format!("--XX\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
}

#[test]
fn forms_are_read() {
    let file = "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"model\"\r\nContent-Type: audio/wav\r\n\r\n\r\n--X\r\n\0--XX\n\r\n";
    let cases = [
        (field("model", "whisper") + "--XX--\r\n", named("whisper"), false),
        (field("model", "whisper") + "--XX--", named("whisper"), false),
        (field("stream", "true") + file + &field("model", "a b") + "--XX--", named("a b"), true),
        (field("stream", "True") + "--XX--\r\nepilogue --XX", Asked::Absent, true),
        (field("stream", "false") + "--XX--", Asked::Absent, false),
        ("preamble\r\n".to_owned() + &field("model", "") + "--XX-- \t\r\n", Asked::Empty, false),
        ("--XX \t\r\nX-A: 1\r\ncontent-disposition:form-data;NAME=model\r\n\r\nm\r\n--XX--".to_owned(), named("m"), false),
        ("--XX\r\nContent-Disposition: form-data; filename*=UTF-8''a; name=\"mo\\del\\\"\"\r\n\r\nm\r\n--XX--".to_owned(), Asked::Absent, false),
        (field("model", "a\r\n--X") + "--XX--", named("a\r\n--X"), false),
        ("--XX--".to_owned(), Asked::Absent, false),
    ];
    for (body, model, stream) in cases {
        assert_eq!(form(&body), Ok((model, stream)), "{body:?}");
    }
}

#[test]
fn forms_that_two_readers_could_split_differently_are_refused() {
    let ok = field("a", "b");
    let cases = [
        (String::new(), "boundary named in the content type does not occur"),
        ("--X--".to_owned(), "does not occur"),
        (ok.clone(), "closing boundary is missing"),
        (ok.clone() + "--XXX\r\n", "not a boundary line"),
        (ok.clone() + "--XX-\r\n", "not a boundary line"),
        (ok.clone() + "--XX--x", "not a boundary line"),
        (ok.clone() + "--XX", "not a boundary line"),
        (ok.replace("\r\n", "\n") + "--XX--", "lines must end in CR LF"),
        (
            "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\n--XX--".to_owned(),
            "lines must end in CR LF",
        ),
        ("--XX\r\n--XX--".to_owned(), "every part needs a head"),
        ("--XX\r\n\r\nvalue\r\n--XX--".to_owned(), "every part needs a head"),
        ("--XX\r\nContent-Type: a\r\n\r\nvalue\r\n--XX--".to_owned(), "every part needs a head"),
        (
            "--XX\r\nContent-Disposition: form-data; name=a; name=b\r\n\r\nv\r\n--XX--".to_owned(),
            "every part needs a head",
        ),
        (
            "--XX\r\nContent-Disposition: form-data; name=\"a\r\n\r\nv\r\n--XX--".to_owned(),
            "every part needs a head",
        ),
        (
            "--XX\r\nContent-Disposition: form-data; name=\"a\"x\r\n\r\nv\r\n--XX--".to_owned(),
            "every part needs a head",
        ),
        (
            "--XX\r\nContent-Disposition: attachment; name=a\r\n\r\nv\r\n--XX--".to_owned(),
            "every part needs a head",
        ),
        (
            "--XX\r\nContent-Disposition: form-data;\r\n name=a\r\n\r\nv\r\n--XX--".to_owned(),
            "every part needs a head",
        ),
        (
            "--XX\r\nContent-Disposition : form-data; name=a\r\n\r\nv\r\n--XX--".to_owned(),
            "every part needs a head",
        ),
        (
            "--XX\r\nContent-Disposition: form-data; name=a\nX: y\r\n\r\nv\r\n--XX--".to_owned(),
            "lines must end in CR LF",
        ),
        (field("model", "a") + &field("model", "a") + "--XX--", "more than one `model`"),
        (field("stream", "1") + &field("stream", "0") + "--XX--", "more than one `stream`"),
        (
            "--XX\r\nContent-Disposition: form-data; name=model; filename=x\r\n\r\nv\r\n--XX--".to_owned(),
            "`model` must be a string, not a file",
        ),
    ];
    for (body, message) in cases {
        let found = form(&body).unwrap_err();
        assert!(found.contains(message), "{body:?}: {found}");
    }
    let bytes = [field("model", "").trim_end().as_bytes(), b"\r\n\r\n\xff\r\n--XX--"].concat();
    assert_eq!(multipart(FORM, &bytes), Err(PeekError::ModelText));
}

#[test]
fn boundary_is_taken_from_the_content_type() {
    let body =
        b"--a'()+_,-./:=? z\r\nContent-Disposition: form-data; name=model\r\n\r\nm\r\n--a'()+_,-./:=? z--";
    let quoted = "Multipart/Form-Data; charset=utf-8; Boundary=\"a'()+_,-./:=? z\"";
    assert_eq!(multipart(quoted, body).unwrap().model, named("m"));
    let escaped = "multipart/form-data;boundary=\"a'()+_,-./:\\=? z\" ;";
    assert_eq!(multipart(escaped, body).unwrap().model, named("m"));
    let long = format!("multipart/form-data; boundary={}", "b".repeat(71));
    let refused = [
        ("application/json", FormError::ContentType),
        ("", FormError::ContentType),
        ("multipart/mixed; boundary=a", FormError::ContentType),
        ("multipart/form-data", FormError::Boundary),
        ("multipart/form-data; boundary", FormError::Boundary),
        ("multipart/form-data; boundary=", FormError::Boundary),
        ("multipart/form-data; boundary=\"\"", FormError::Boundary),
        ("multipart/form-data; boundary=\"a", FormError::Boundary),
        ("multipart/form-data; boundary=\"a\"b", FormError::Boundary),
        ("multipart/form-data; boundary=a; boundary=a", FormError::Boundary),
        ("multipart/form-data; boundary=\"a\u{e9}\"", FormError::Boundary),
        (long.as_str(), FormError::Boundary),
    ];
    for (content_type, error) in refused {
        assert_eq!(multipart(content_type, body), Err(PeekError::Form(error)), "{content_type:?}");
    }
}

#[test]
fn large_file_in_a_form_is_passed_over() {
    // Bytes full of near misses of the boundary.
    let mut body = b"--XX\r\nContent-Disposition: form-data; name=file; filename=f\r\n\r\n".to_vec();
    body.extend(b"\r\n--X\r\n-\0".iter().cycle().take(25 << 20));
    body.extend_from_slice(b"\r\n");
    body.extend_from_slice(field("model", "m").as_bytes());
    body.extend_from_slice(b"--XX--\r\n");
    assert_eq!(multipart(FORM, &body).unwrap().model, named("m"));
}

/// The members of an object with repeated ones kept, as `serde_json` reads them.
struct Pairs(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Pairs;
            fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Collect)
    }
}

fn reference(body: &str) -> Option<(Asked, bool)> {
    let pairs = serde_json::from_str::<Pairs>(body).ok()?.0;
    let only = |key: &str| {
        let mut found = pairs.iter().filter(|(name, _)| name == key).map(|(_, value)| value);
        let first = found.next();
        found.next().is_none().then_some(first)
    };
    let model = match only("model")? {
        None | Some(Value::Null) => Asked::Absent,
        Some(Value::String(name)) if name.is_empty() => Asked::Empty,
        Some(Value::String(name)) => named(name),
        Some(_) => return None,
    };
    Some((model, only("stream")? == Some(&Value::Bool(true))))
}

fn object() -> impl Strategy<Value = String> {
    let key = proptest::sample::select(vec![
        "model",
        "stream",
        "\\u006dodel",
        "strea\\u006D",
        "Model",
        "messages",
        "x",
        "",
        "mo\\tdel",
    ]);
    let value = proptest::sample::select(vec![
        "\"a\"",
        "\"\"",
        "null",
        "true",
        "false",
        "1.0e+2",
        "{}",
        "[]",
        "{\"model\":\"x\"}",
        "\"\\u0061\\\"é\"",
        "[{\"stream\":true}]",
        "\"\\\\\"",
    ]);
    let space = proptest::sample::select(vec!["", " ", "\n\t"]);
    let member = (key, value, space)
        .prop_map(|(key, value, space)| format!("{space}\"{key}\"{space}:{space}{value}{space}"));
    proptest::collection::vec(member, 0..6).prop_map(|members| format!("{{{}}}", members.join(",")))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn objects_are_read_as_the_reference_reads_them(body in object()) {
        let found = json(body.as_bytes()).ok().map(|peeked| (peeked.model, peeked.stream));
        prop_assert_eq!(found, reference(&body), "{}", body);
    }

    #[test]
    fn any_form_is_read_without_a_panic(head in "[ -~]{0,60}", body in "(--XX|\r\n|--|[a-z;:=\" ]|name=model|content-disposition: form-data){0,30}") {
        // Whether it is accepted does not matter here.
        drop(multipart(&head, body.as_bytes()));
        drop(multipart(FORM, body.as_bytes()));
    }
}
