//! Instructions per peeked and spliced body and per framed event, and the same where they are translated. Needs valgrind and `gungraun-runner` of the same version as the
//! `gungraun` in `Cargo.lock`; run by `cargo bench -p callsign-wire`.
#![expect(
    missing_docs,
    clippy::unwrap_used,
    reason = "macros write public items, and a failure ends the run"
)]

#[path = "instructions/agent.rs"]
mod agent;

use std::hint::black_box;

use agent::Passage;
use bytes::Bytes;
use callsign_wire::dialect::Dialect::{Anthropic, Gemini, OpenAiChat, OpenAiResponses};
use callsign_wire::dialect::{Dialect, Operation};
use callsign_wire::frame::sse::{Frame, Framer};
use callsign_wire::hub::loss::Losses;
use callsign_wire::opening::{self, Opening};
use callsign_wire::translate;
use callsign_wire::{
    peek,
    reply::{self, Names},
    splice,
};
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

fn names() -> Names {
    Names { model: Some("fast.v1".to_owned()), previous: None }
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
#[bench::one(first_event(), names())]
fn respell_event(frame: Frame, names: Names) -> Frame {
    reply::frame(frame, &names)
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

// What the translations below are measured by: the same body to a target of its own dialect.
#[library_benchmark]
#[bench::chat(agent::request(OpenAiChat))]
#[bench::anthropic(agent::request(Anthropic))]
#[bench::responses(agent::request(OpenAiResponses))]
#[bench::gemini(agent::request(Gemini))]
fn splice_agent(body: Bytes) -> [Bytes; 3] {
    let peeked = peek::json(&body).unwrap();
    black_box(splice::model(&body, black_box(&peeked), "target-model")).into_chunks()
}

#[library_benchmark]
#[bench::chat_to_anthropic(OpenAiChat, Anthropic, agent::request(OpenAiChat))]
#[bench::chat_to_responses(OpenAiChat, OpenAiResponses, agent::request(OpenAiChat))]
#[bench::chat_to_gemini(OpenAiChat, Gemini, agent::request(OpenAiChat))]
#[bench::anthropic_to_chat(Anthropic, OpenAiChat, agent::request(Anthropic))]
#[bench::anthropic_to_responses(Anthropic, OpenAiResponses, agent::request(Anthropic))]
#[bench::anthropic_to_gemini(Anthropic, Gemini, agent::request(Anthropic))]
#[bench::responses_to_anthropic(OpenAiResponses, Anthropic, agent::request(OpenAiResponses))]
#[bench::responses_to_chat(OpenAiResponses, OpenAiChat, agent::request(OpenAiResponses))]
#[bench::gemini_to_anthropic(Gemini, Anthropic, agent::request(Gemini))]
fn translate_agent(client: Dialect, target: Dialect, body: Bytes) -> (Vec<u8>, Losses) {
    black_box(peek::json(&body).unwrap());
    let conversation = black_box(translate::conversation(client, &body).unwrap());
    let mut losses = Losses::default();
    (translate::request(target, &conversation, agent::TERMS, &mut losses).unwrap(), losses)
}

#[library_benchmark]
#[bench::chat_to_anthropic(Passage::begun(OpenAiChat, Anthropic))]
#[bench::chat_to_responses(Passage::begun(OpenAiChat, OpenAiResponses))]
#[bench::chat_to_gemini(Passage::begun(OpenAiChat, Gemini))]
#[bench::anthropic_to_chat(Passage::begun(Anthropic, OpenAiChat))]
#[bench::anthropic_to_responses(Passage::begun(Anthropic, OpenAiResponses))]
#[bench::responses_to_chat(Passage::begun(OpenAiResponses, OpenAiChat))]
#[bench::responses_to_anthropic(Passage::begun(OpenAiResponses, Anthropic))]
#[bench::gemini_to_chat(Passage::begun(Gemini, OpenAiChat))]
#[bench::gemini_to_anthropic(Passage::begun(Gemini, Anthropic))]
fn translate_event(passage: Passage) -> Passage {
    passage.carried()
}

library_benchmark_group!(
    name = wire,
    benchmarks = [
        peek_and_splice,
        frame_events,
        respell_event,
        open_answer,
        glance_at_answer,
        open_event,
        splice_agent,
        translate_agent,
        translate_event
    ]
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
