//! temporary
#![allow(warnings, clippy::all)]
#[path = "../benches/instructions/agent.rs"]
mod agent;
use callsign_wire::dialect::Dialect::{self, *};
use callsign_wire::hub::loss::Losses;
use callsign_wire::{peek, splice, translate};
use std::hint::black_box;
use std::time::Instant;
fn min(n: usize, mut f: impl FnMut()) -> f64 {
    (0..n)
        .map(|_| {
            let t = Instant::now();
            f();
            t.elapsed().as_nanos() as f64 / 1000.0
        })
        .fold(f64::MAX, f64::min)
}
fn main() {
    for d in [OpenAiChat, Anthropic, OpenAiResponses, Gemini, Bedrock] {
        let body = agent::request(d);
        let s = min(3000, || {
            let p = peek::json(&body).unwrap();
            black_box(splice::model(&body, &p, "t").into_chunks());
        });
        println!("{d:?} {} bytes, splice {s:.1} us", body.len());
        for t in [OpenAiChat, Anthropic, OpenAiResponses, Gemini, Bedrock] {
            if t == d {
                continue;
            }
            let all = min(3000, || {
                black_box(peek::json(&body).unwrap());
                let c = translate::conversation(d, &body).unwrap();
                let mut l = Losses::default();
                black_box(translate::request(t, &c, agent::TERMS, &mut l).unwrap());
            });
            let read = min(2000, || {
                black_box(translate::conversation(d, &body).unwrap());
            });
            println!("   to {t:?} {all:.1} us (read {read:.1})");
        }
    }
    for t in [OpenAiChat, Anthropic, OpenAiResponses, Gemini] {
        for c in [OpenAiChat, Anthropic, OpenAiResponses, Gemini, Bedrock] {
            if t == c {
                continue;
            }
            let best = (0..2000)
                .map(|_| {
                    let mut passage = agent::Passage::begun(t, c);
                    let now = Instant::now();
                    passage = passage.carried();
                    let e = now.elapsed().as_nanos() as f64 / 1000.0;
                    black_box(passage);
                    e
                })
                .fold(f64::MAX, f64::min);
            println!("event {t:?} to {c:?} {best:.2} us");
        }
    }
}
