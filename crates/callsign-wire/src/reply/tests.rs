//! Respelling changes the model's name and no other byte.

use proptest::prelude::*;

use super::*;

fn json_of(body: &str) -> String {
    let body = Bytes::copy_from_slice(body.as_bytes());
    String::from_utf8(json(&body, &Names::model("fast.v1")).to_vec()).unwrap()
}

#[test]
fn top_level_model_of_an_answer_is_respelled() {
    let cases = [
        (
            r#"{"id":"x","model":"gpt-4o-2024-08-06","n":1.0e+2}"#,
            r#"{"id":"x","model":"fast.v1","n":1.0e+2}"#,
        ),
        ("{ \"model\" : \"a\\\"b\"\n}\n", "{ \"model\" : \"fast.v1\"\n}\n"),
        (r#"{"model":"a","model":"b"}"#, r#"{"model":"fast.v1","model":"fast.v1"}"#),
    ];
    for (body, expected) in cases {
        assert_eq!(json_of(body), expected);
    }
}

#[test]
fn answer_without_a_model_stays_the_same_bytes() {
    for body in [
        "",
        "{}",
        "[{\"model\":\"a\"}]",
        r#"{"model":null}"#,
        r#"{"model":7}"#,
        r#"{"data":{"model":"a"}}"#,
        r#"{"response":{"model":"a"}}"#,
        r#"{"model":"a""#,
        "<html>",
    ] {
        let body = Bytes::copy_from_slice(body.as_bytes());
        let respelled = json(&body, &Names::model("fast.v1"));
        assert_eq!(respelled, body);
        assert_eq!(respelled.as_ptr(), body.as_ptr());
    }
}

fn frame_of(raw: &str) -> (String, Option<String>) {
    let text = |bytes: &Bytes| String::from_utf8(bytes.to_vec()).unwrap();
    let frame = frame(Frame::from(Bytes::copy_from_slice(raw.as_bytes())), &Names::model("fast.v1"));
    (text(&frame.raw), frame.data.as_ref().map(text))
}

#[test]
fn model_of_an_event_is_respelled_where_its_dialect_has_it() {
    let events = [
        r#"data: {"id":"c","object":"chat.completion.chunk","model":"@","choices":[{"delta":{"content":"\"model\":\"x\""}}]}"#,
        "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m\", \"model\" : \"@\",\"usage\":{\"model\":\"kept\"}}}",
        "event: response.created\r\ndata:{\"type\":\"response.created\",\"response\":{\"model\":\"@\",\"tools\":[{\"model\":\"kept\"}]},\"sequence_number\":0}",
        ": hi\nid: 7\ndata: {\ndata:  \"a\":1,\ndata:   \"model\":\ndata: \"@\" , \"b\":\ndata: 2}\nretry: 3",
        r#"data: {"model":"@","message":{"model":"@"},"response":{"model":"@"}}"#,
    ];
    for event in events {
        let raw = format!("{event}\n\n");
        let (respelled, data) = frame_of(&raw.replace('@', "gpt-4o-mini-2024-07-18"));
        let expected = raw.replace('@', "fast.v1");
        assert_eq!(respelled, expected);
        let reread = Frame::from(Bytes::from(expected)).data.unwrap();
        assert_eq!(data.unwrap().as_bytes(), reread.as_ref(), "{event}");
    }
}

#[test]
fn event_without_a_model_stays_the_same_bytes() {
    let events = [
        "data: [DONE]",
        ": ping",
        "event: ping",
        "data: {\"type\":\"ping\"}",
        "data: {\"model\":null}",
        "data: {\"message\":\"model\"}",
        "data: {\"delta\":{\"model\":\"a\"}}",
        "data: {\"model\":\"a\"",
        "data: not json",
    ];
    for event in events {
        let raw = Bytes::from(format!("{event}\n\n"));
        let respelled = frame(Frame::from(raw.clone()), &Names::model("fast.v1"));
        assert_eq!(respelled.raw.as_ptr(), raw.as_ptr(), "{event}");
        assert_eq!(respelled, Frame::from(raw));
    }
}

#[test]
fn first_event_behind_a_byte_order_mark_is_respelled_too() {
    let mut framer = crate::frame::sse::Framer::default();
    framer.push(Bytes::from("\u{feff}data: {\"model\":\"a\"}\n\n"));
    let first = framer.next_frame().unwrap().unwrap();
    assert_eq!(frame(first, &Names::model("b")).raw, "\u{feff}data: {\"model\":\"b\"}\n\n");
}

#[test]
fn answers_name_the_one_before_them_as_the_client_does() {
    let names = Names { model: None, previous: Some("resp_1".to_owned()) };
    for (told, expected) in [
        (
            r#"{"model":"m","previous_response_id": null }"#,
            r#"{"model":"m","previous_response_id": "resp_1" }"#,
        ),
        (r#"{"previous_response_id":"resp_0"}"#, r#"{"previous_response_id":"resp_1"}"#),
        (r#"{"metadata":{"previous_response_id":null}}"#, r#"{"metadata":{"previous_response_id":null}}"#),
    ] {
        assert_eq!(json(&Bytes::from(told), &names), expected);
        let event = |response: &str| format!("data: {{\"response\":{response},\"model\":\"m\"}}\n\n");
        assert_eq!(frame(Frame::from(Bytes::from(event(told))), &names).raw, event(expected));
    }
    let both = Names { model: Some("fast".to_owned()), ..names };
    let told = Bytes::from(r#"{"previous_response_id":null,"model":"m"}"#);
    assert_eq!(json(&told, &both), r#"{"previous_response_id":"resp_1","model":"fast"}"#);
}

proptest! {
    #[test]
    fn any_event_keeps_its_line_structure(lines in proptest::collection::vec(proptest::sample::select(vec![
        "data: {", "data: \"model\":\"x\"", "data:,\"a\":[]", "data: }", ": c", "event: e", "data: {\"model\":\"y\"}", "data: \"response\":{\"model\":", "data: \"z\"}",
    ]), 0..8)) {
        let raw = lines.join("\n") + "\n\n";
        let before = Frame::from(Bytes::from(raw));
        let after = frame(before.clone(), &Names::model("fast.v1"));
        // What a client reads from the respelled bytes is the respelled data.
        prop_assert_eq!(&Frame::from(after.raw.clone()), &after);
        prop_assert_eq!(&after.event, &before.event);
        prop_assert_eq!(after.data == before.data, after.raw == before.raw);
    }
}
