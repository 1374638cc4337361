//! Any event and any body: what they say is told without a panic, what is unreadable is no JSON, and what is written into a
//! provider's bytes leaves the rest of them as it was.

#![no_main]

use bytes::Bytes;
use callsign_wire::complaint;
use callsign_wire::dialect::{Dialect, Operation};
use callsign_wire::ending;
use callsign_wire::error_body::{Attempt, with_attempts};
use callsign_wire::frame::sse::Frame;
use callsign_wire::opening::{self, Opening};
use callsign_wire::resume::{self, Prefill};
use libfuzzer_sys::fuzz_target;
use serde::de::IgnoredAny;
use serde_json::Value;

const OPERATIONS: [Operation; 6] = [
    Operation::ChatCompletions,
    Operation::Completions,
    Operation::Messages,
    Operation::Responses,
    Operation::Embeddings,
    Operation::Other("/audio/transcriptions"),
];
const HOW: [Prefill; 4] =
    [Prefill::Message, Prefill::MessageWithPrefix, Prefill::ContinueFinal, Prefill::Asked];

fuzz_target!(|input: &[u8]| {
    let event = Frame::from(Bytes::copy_from_slice(input));
    let valid = std::str::from_utf8(input).is_ok_and(|text| serde_json::from_str::<IgnoredAny>(text).is_ok());
    for operation in OPERATIONS {
        let opening = opening::event(operation, &event);
        assert!(event.data.is_some() || opening == Opening::Nothing);
        complaint::event_complaint(operation, &event);
        resume::said(operation, &event);
        ending::of(operation, input);
        let whole = opening::whole(operation, input);
        assert!(valid || whole == Opening::Unreadable || matches!(operation, Operation::Other(_)));
        resumed(operation, input);
    }
    complaint::read(400, input);
    complaint::read(200, input);
    told(input);
    marked(&event);
});

/// Nothing but the messages, or the prompt, changes in a request that goes on.
fn resumed(operation: Operation, body: &[u8]) {
    for how in HOW {
        let Some(continued) = resume::request(operation, body, "so \"far\"\n", how) else { continue };
        let (Ok(mut before), Ok(mut after)) = (value(body), value(&continued.body)) else { continue };
        for name in ["messages", "prompt", "continue_final_message", "add_generation_prompt"] {
            before.as_object_mut().expect("an object").remove(name);
            after.as_object_mut().expect("an object").remove(name);
        }
        assert_eq!(before, after);
    }
}

/// Attempts are the only thing that is new in an error.
fn told(body: &[u8]) {
    let attempts = [Attempt { model: "a/b", condition: "timeout", status: None, ms: 1 }];
    let Some(told) = with_attempts(Dialect::OpenAiChat, body, &attempts) else { return };
    let (Ok(before), Ok(mut after)) = (value(body), value(&told)) else { return };
    assert!(after["error"].as_object_mut().expect("an object").remove("attempts").is_some());
    assert_eq!(before, after);
}

/// A mark is the only thing that is new in an event.
fn marked(event: &Frame) {
    let told = resume::marked(&event.raw, "a/b", 7);
    if told == event.raw {
        return;
    }
    let told = Frame::from(Bytes::from(told));
    assert_eq!(told.event, event.event);
    let (Some(before), Some(after)) = (&event.data, &told.data) else { panic!("an event with data") };
    let (Ok(mut before), Ok(mut after)) = (value(before), value(after)) else { return };
    // Of members that stand twice the last counts, so an event's own hides the mark.
    before.as_object_mut().expect("an object").remove("callsign");
    after.as_object_mut().expect("an object").remove("callsign");
    assert_eq!(before, after);
}

fn value(text: &[u8]) -> serde_json::Result<Value> {
    serde_json::from_slice(text)
}
