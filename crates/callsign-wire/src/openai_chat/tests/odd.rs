//! Values where nobody expects them: whatever a body holds, reading it does no harm.

use std::path::PathBuf;

use bytes::Bytes;
use serde_json::{Value, json};

use crate::dialect::Dialect;
use crate::hub::loss::Losses;
use crate::openai_chat::{reply, request};
use crate::quirks::Chat;
use crate::translate::{self, Terms, Voice};

fn fixtures(kind: &str) -> Vec<(String, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/speech/openai_chat").join(kind);
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths.map(|path| (path.display().to_string(), std::fs::read(path).unwrap())).collect()
}

/// Where the values of a body are, as JSON pointers.
fn places(value: &Value, place: &str, places_of: &mut Vec<String>) {
    places_of.push(place.to_owned());
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                places(value, &format!("{place}/{key}"), places_of);
            }
        }
        Value::Array(elements) => {
            for (at, value) in elements.iter().enumerate() {
                places(value, &format!("{place}/{at}"), places_of);
            }
        }
        _ => {}
    }
}

/// The body with each of its values replaced by each odd one.
fn bent(body: &[u8]) -> Vec<Value> {
    let odd = [
        json!(null),
        json!(-1.5e300),
        json!("odd"),
        json!([]),
        json!({}),
        json!([{"type": "text"}]),
        json!(true),
    ];
    let body: Value = serde_json::from_slice(body).unwrap();
    let mut found = Vec::new();
    places(&body, "", &mut found);
    let bend = |place: &String| {
        odd.each_ref().map(|odd| {
            let mut bent = body.clone();
            *bent.pointer_mut(place).unwrap() = odd.clone();
            bent
        })
    };
    found.iter().flat_map(bend).collect()
}

#[test]
fn odd_values_in_requests_are_errors_with_a_place_or_read() {
    let terms = Terms {
        model: "m",
        max_tokens: 1,
        chat: Chat::USUAL,
        thinking: crate::quirks::ThinkingForm::Usual,
        family: crate::quirks::Family::Claude,
    };
    for (name, body) in fixtures("requests") {
        for body in bent(&body) {
            let bytes = body.to_string();
            match request::decode(bytes.as_bytes()) {
                Ok(read) => {
                    let written = request::encode(&read, terms, &mut Losses::default());
                    let written = written.map(|written| serde_json::from_slice::<Value>(&written).unwrap());
                    assert_eq!(written.is_ok(), !read.turns.is_empty(), "{name}: {body}");
                }
                Err(error) => {
                    assert!(!error.path().is_empty() || !body.is_object(), "{name}: {error}: {body}");
                }
            }
        }
    }
}

#[test]
fn odd_values_in_replies_are_errors_with_a_place_or_read() {
    for (name, body) in fixtures("replies") {
        for body in bent(&body) {
            match reply::decode(body.to_string().as_bytes()) {
                Ok(read) => {
                    let written = reply::encode(&read, &Voice::default(), &mut Losses::default());
                    assert!(serde_json::from_slice::<Value>(&written).is_ok(), "{name}: {body}");
                }
                Err(error) => {
                    assert!(!error.path().is_empty() || !body.is_object(), "{name}: {error}: {body}");
                }
            }
        }
    }
}

#[test]
fn odd_values_in_chunks_are_errors_or_heard() {
    for (name, stream) in fixtures("streams") {
        let text = String::from_utf8(stream).unwrap();
        let chunks = text.split("\n\n").filter_map(|event| event.strip_prefix("data: {"));
        for chunk in chunks.take(3) {
            for body in bent(format!("{{{chunk}").as_bytes()) {
                let stream = format!("{}\n\ndata: {body}\n\n{text}", text.split("\n\n").next().unwrap());
                let mut listener = translate::listener(Dialect::OpenAiChat);
                let mut speaker = translate::speaker(Dialect::OpenAiChat, Voice::default());
                let (mut events, mut out) = (Vec::new(), Vec::new());
                let heard = listener.push(Bytes::from(stream), &mut events);
                let ended = heard.and_then(|()| listener.end(&mut events));
                for event in events {
                    speaker.say(event, &mut out);
                }
                let said = String::from_utf8(out).unwrap();
                let data = said.split_terminator("\n\n").map(|event| event.strip_prefix("data: ").unwrap());
                let data = data.filter(|data| *data != "[DONE]");
                for data in data {
                    assert!(serde_json::from_str::<Value>(data).is_ok(), "{name}: {data} {ended:?}");
                }
            }
        }
    }
}
