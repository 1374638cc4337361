//! Errors in no form, in events and within each other; what providers send stands in `tests/complaints.rs`.

use bytes::Bytes;
use proptest::prelude::*;

use super::{Complaint, event_complaint, read};
use crate::dialect::Operation;
use crate::frame::sse::Frame;

const NONE: Complaint = Complaint {
    quota: false,
    context: false,
    policy: false,
    model_missing: false,
    overloaded: false,
    rate: false,
};
const RATE: Complaint = Complaint { rate: true, ..NONE };
const OVERLOADED: Complaint = Complaint { overloaded: true, ..NONE };
const QUOTA: Complaint = Complaint { quota: true, ..NONE };
const CONTEXT: Complaint = Complaint { context: true, ..NONE };

#[test]
fn bodies_in_no_form_are_read_by_their_words() {
    for (status, body, expected) in [
        (429, "Too Many Requests".to_owned(), RATE),
        (503, "upstream is overloaded".to_owned(), OVERLOADED),
        (503, "<html><body>Too many requests, the server is overloaded</body></html>".to_owned(), NONE),
        (200, "Too Many Requests".to_owned(), NONE),
        (429, String::new(), NONE),
        (400, format!("{}prompt is too long", " ".repeat(5000)), NONE),
    ] {
        assert_eq!(read(status, body.as_bytes()), expected, "{status} {body:.40}");
    }
}

#[test]
fn numbers_count_only_where_no_status_came_with_the_error() {
    let body = br#"{"error":{"message":"Provider returned error","code":429}}"#;
    assert_eq!(read(200, body), RATE);
    assert_eq!(read(500, body), NONE);
}

#[test]
fn what_the_client_said_is_not_read() {
    let body = br#"{"error":{"message":"bad","code":"invalid","flagged_input":"rate limit exceeded","param":"model_not_found"}}"#;
    assert_eq!(read(400, body), NONE);
}

#[test]
fn phrases_need_their_parts_in_order() {
    for (message, expected) in [
        ("not found: the file that the model wrote", NONE),
        ("The tool model not found", NONE),
        ("model 'x' not found", Complaint { model_missing: true, ..NONE }),
        ("Lower the rate: limits were exceeded", NONE),
    ] {
        let body = format!(r#"{{"error":{{"message":"{message}"}}}}"#);
        assert_eq!(read(400, body.as_bytes()), expected, "{message}");
    }
}

#[test]
fn errors_within_errors_end_somewhere() {
    let deep = format!("{}\"rate limit exceeded\"{}", r#"{"error":"#.repeat(200), "}".repeat(200));
    assert_eq!(read(400, deep.as_bytes()), NONE);
    let near = format!("{}\"rate limit exceeded\"{}", r#"{"error":"#.repeat(5), "}".repeat(5));
    assert_eq!(read(400, near.as_bytes()), RATE);
}

#[test]
fn events_tell_their_complaints() {
    for (operation, event, expected) in [
        (
            Operation::ChatCompletions,
            "data: {\"error\":{\"code\":429,\"message\":\"Provider returned error\"}}\n\n",
            RATE,
        ),
        (Operation::ChatCompletions, "data: {\"error\":{\"code\":402,\"message\":\"no\"}}\n\n", QUOTA),
        (
            Operation::ChatCompletions,
            "data: {\"choices\":[{\"delta\":{\"content\":\"rate limit exceeded\"}}]}\n\n",
            NONE,
        ),
        (Operation::ChatCompletions, "event: error\ndata: the model is overloaded\n\n", OVERLOADED),
        (
            Operation::Messages,
            "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n",
            OVERLOADED,
        ),
        (
            Operation::Responses,
            "data: {\"type\":\"response.failed\",\"response\":{\"status\":\"failed\",\"error\":{\"code\":\"server_is_overloaded\",\"message\":\"\"}}}\n\n",
            OVERLOADED,
        ),
        (
            Operation::Responses,
            "data: {\"type\":\"error\",\"code\":\"context_length_exceeded\",\"message\":\"Your input exceeds the context window of this model.\"}\n\n",
            CONTEXT,
        ),
    ] {
        assert_eq!(event_complaint(operation, &Frame::from(Bytes::from(event))), expected, "{event}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read(status in 100_u16..600, body in proptest::collection::vec(any::<u8>(), 0..512)) {
        read(status, &body);
    }

    #[test]
    fn any_text_in_an_error_is_read(text in ".{0,80}") {
        let body = serde_json::json!({"error": {"message": text, "code": text, "metadata": {"raw": text}}});
        read(429, &serde_json::to_vec(&body).unwrap());
    }
}
