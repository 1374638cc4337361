//! Instructions per peeked and spliced body and per framed event. Needs valgrind and `gungraun-runner` of the same version as the
//! `gungraun` in `Cargo.lock`; run by `cargo bench -p callsign-wire`.
#![expect(
    missing_docs,
    clippy::unwrap_used,
    reason = "macros write public items, and a failure ends the run"
)]

use std::hint::black_box;

use bytes::Bytes;
use callsign_wire::dialect::Operation;
use callsign_wire::frame::sse::{Frame, Framer};
use callsign_wire::opening::{self, Opening};
use callsign_wire::{peek, reply, splice};
use gungraun::prelude::*;

/// A chat of at least `size` bytes, a third of it escapes and short strings as in real ones.
fn chat(size: usize) -> Bytes {
    let text = r#"The quick brown fox jumps over the lazy dog and says \"hi\".\n"#.repeat(8);
    let message = format!(r#"{{"role":"user","content":"{text}"}},"#);
    let history = message.repeat(size / message.len());
    let rest = r#"{"role":"user","content":"Go on."}],"model":"fast.v1","temperature":0.2,"stream":true}"#;
    Bytes::from(format!(r#"{{"messages":[{history}{rest}"#))
}

/// An answer of about 1 KB, as OpenAI sends them.
fn answer() -> Bytes {
    let text = r#"The quick brown fox jumps over the lazy dog and says \"hi\".\n"#.repeat(7);
    let usage = r#"{"prompt_tokens":19,"completion_tokens":130,"total_tokens":149,"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,"accepted_prediction_tokens":0}}"#;
    let message = format!(r#"{{"role":"assistant","content":"{text}","refusal":null,"annotations":[]}}"#);
    let answer = Bytes::from(format!(
        r#"{{"id":"chatcmpl-9","object":"chat.completion","created":1741569952,"model":"gpt-4o","choices":[{{"index":0,"message":{message},"logprobs":null,"finish_reason":"stop"}}],"usage":{usage},"service_tier":"default","system_fingerprint":"fp_1"}}"#
    ));
    // What is made once in a process's life is not to be counted.
    black_box((
        opening::whole(Operation::ChatCompletions, &answer),
        opening::looks_whole(Operation::ChatCompletions, &answer),
    ));
    answer
}

fn events(count: usize) -> Bytes {
    let event = r#"data: {"id":"chatcmpl-9","object":"chat.completion.chunk","model":"gpt-4o","choices":[{"delta":{"content":"hello"}}]}"#;
    Bytes::from(format!("{event}\n\n").repeat(count))
}

fn first_event() -> Frame {
    Frame::from(events(1))
}

#[library_benchmark]
#[bench::of_1_kb(chat(1_000))]
#[bench::of_100_kb(chat(100_000))]
fn peek_and_splice(body: Bytes) -> [Bytes; 3] {
    let peeked = peek::json(&body).unwrap();
    black_box(splice::model(&body, black_box(&peeked), "openai/gpt-4o")).into_chunks()
}

#[library_benchmark]
#[bench::one(events(1))]
#[bench::hundred_in_one_chunk(events(100))]
fn frame_events(chunk: Bytes) -> usize {
    let mut framer = Framer::default();
    framer.push(chunk);
    std::iter::from_fn(|| black_box(framer.next_frame().unwrap())).count()
}

#[library_benchmark]
#[bench::one(first_event())]
fn respell_event(frame: Frame) -> Frame {
    reply::frame(frame, "fast.v1")
}

#[library_benchmark]
#[bench::of_1_kb(answer())]
fn open_answer(body: Bytes) -> Opening {
    opening::whole(Operation::ChatCompletions, &body)
}

#[library_benchmark]
#[bench::of_1_kb(answer())]
fn glance_at_answer(body: Bytes) -> bool {
    opening::looks_whole(Operation::ChatCompletions, &body)
}

#[library_benchmark]
#[bench::one(first_event())]
fn open_event(frame: Frame) -> Opening {
    opening::event(Operation::ChatCompletions, &frame)
}

library_benchmark_group!(
    name = wire,
    benchmarks = [peek_and_splice, frame_events, respell_event, open_answer, glance_at_answer, open_event]
);

mod counted {
    use gungraun::main;

    use super::wire;

    main!(library_benchmark_groups = wire);

    pub(super) fn run() {
        main();
    }
}

/// `cargo test --all-targets` runs this too, where neither valgrind nor the runner need be: only `cargo bench` counts.
fn main() {
    if std::env::args().any(|argument| argument == "--bench" || argument == "--gungraun-run") {
        counted::run();
    }
}
