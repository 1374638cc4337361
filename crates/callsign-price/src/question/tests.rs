//! Invariant: no question is counted short. Held against the vocabularies that makers publish.

use std::collections::HashMap;

use callsign_wire::dialect::Dialect;
use callsign_wire::translate;
use proptest::prelude::*;
use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
struct Sample {
    name: String,
    text: String,
    #[serde(flatten)]
    counts: HashMap<String, u64>,
}

fn samples() -> Vec<Sample> {
    serde_json::from_str(include_str!("../../tests/counts/counts.json")).unwrap()
}

fn question(dialect: Dialect, body: &str) -> Result<Question, Unseen> {
    Question::of(&translate::conversation(dialect, body.as_bytes()).unwrap())
}

fn words(question: &Question, model: &str) -> u64 {
    question.closely(&Family::of(model), &mut Cuts::default()).text
}

#[test]
fn no_text_is_counted_short_for_any_maker() {
    for sample in samples() {
        let question = Question { fixed: 0, ..Question::plain(vec![sample.text.clone()], 0) };
        for (maker, truth) in &sample.counts {
            let told = words(&question, maker);
            assert!(told >= *truth, "{}: {told} for {truth} of {maker}", sample.name);
            assert!(told <= sample.text.len() as u64 + 1, "{}: {told} of {maker}", sample.name);
        }
    }
}

#[test]
fn openais_own_are_counted_to_the_token() {
    for sample in samples() {
        let question = Question { fixed: 0, ..Question::plain(vec![sample.text.clone()], 0) };
        for maker in ["gpt-4o", "gpt-4"] {
            let (told, truth) = (words(&question, maker), sample.counts[maker]);
            let seams = 2 * sample.text.len() as u64 / 512;
            assert!(told <= truth + seams, "{}: {told} for {truth} of {maker}", sample.name);
        }
    }
}

#[test]
fn prose_is_not_counted_twice() {
    for sample in samples().iter().filter(|sample| ["prose", "rust", "py", "json"].contains(&&*sample.name)) {
        let question = Question { fixed: 0, ..Question::plain(vec![sample.text.clone()], 0) };
        for (maker, truth) in &sample.counts {
            let told = words(&question, maker);
            assert!(told <= truth * 2, "{}: {told} for {truth} of {maker}", sample.name);
        }
    }
}

/// What OpenAI's and Anthropic's documentation say that these take.
#[test]
fn documented_requests_are_not_counted_short() {
    let openai = r#"{"model":"m","messages":[
        {"role":"system","content":"You are a helpful, pattern-following assistant that translates corporate jargon into plain English."},
        {"role":"system","name":"example_user","content":"New synergies will help drive top-line growth."},
        {"role":"system","name":"example_assistant","content":"Things working well together will increase revenue."},
        {"role":"system","name":"example_user","content":"Let's circle back when we have more bandwidth to touch base on opportunities for increased leverage."},
        {"role":"system","name":"example_assistant","content":"Let's talk later when we're less busy about how to do better."},
        {"role":"user","content":"This late pivot means we don't have time to boil the ocean for the client deliverable."}]}"#;
    let told = words(&question(Dialect::OpenAiChat, openai).unwrap(), "gpt-4o");
    assert!((124..=200).contains(&told), "{told}");
    let anthropic = r#"{"model":"m","max_tokens":9,"system":"You are a scientist","messages":[{"role":"user","content":"Hello, Claude"}]}"#;
    let told = words(&question(Dialect::Anthropic, anthropic).unwrap(), "claude-opus-4-6");
    assert!((14..=90).contains(&told), "{told}");
    let tools = r#"{"model":"m","max_tokens":9,"tools":[{"name":"get_weather","description":"Get the current weather in a given location",
        "input_schema":{"type":"object","properties":{"location":{"type":"string","description":"The city and state, e.g. San Francisco, CA"}},
        "required":["location"]}}],"messages":[{"role":"user","content":"What's the weather like in San Francisco?"}]}"#;
    let told = words(&question(Dialect::Anthropic, tools).unwrap(), "claude-opus-4-6");
    assert!((403..=1200).contains(&told), "{told}");
}

#[test]
fn media_are_not_counted_short() {
    let png = |width: u32, height: u32| {
        let head = [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".as_slice(), &width.to_be_bytes(), &height.to_be_bytes()]
            .concat();
        Question { pictures: vec![(image::dimensions(&base64(&head)), None)], ..Question::default() }
    };
    for (model, (width, height), least, most) in [
        ("gpt-4o", (1024, 1024), 765, 4_000),
        ("gpt-4o-mini", (1024, 1024), 25_501, 25_501),
        ("claude-opus-4-6", (1092, 1092), 1_590, 1_800),
        ("claude-opus-4-6", (200, 200), 54, 200),
        ("gemini-2.5-pro", (960, 540), 6 * 258, 2_240),
        ("gemini-2.5-pro", (3072, 3072), 16 * 258, 36 * 258),
        ("qwen-vl-max", (1024, 1024), 1_338, 16_384),
    ] {
        let told = png(width, height).roughly(&Family::of(model)).media;
        assert!((least..=most).contains(&told), "{model} {width}: {told}");
    }
    let unseen = Question { pictures: vec![(None, None)], ..Question::default() };
    assert!(unseen.roughly(&Family::of("gpt-4o-mini")).media >= 48_169);
}

#[test]
fn pages_are_counted_where_they_are_named() {
    let pdf = "%PDF-1.7\n1 0 obj <</Type /Pages /Count 2>> 2 0 obj <</Type /Page>> 3 0 obj <</Type/Page>>";
    assert_eq!(pages(&base64(pdf.as_bytes()), 3_000_000), 2);
    assert_eq!(pages(&base64(b"%PDF-1.7 /ObjStm /Type /Page"), 3_000), 3);
    assert_eq!(pages(&base64(b"%PDF-1.7"), 9_000_000), MOST_PAGES);
}

#[test]
fn what_only_the_provider_has_is_refused() {
    let with = |part: &str| {
        let body =
            format!(r#"{{"model":"m","max_tokens":9,"messages":[{{"role":"user","content":[{part}]}}]}}"#);
        question(Dialect::Anthropic, &body)
    };
    let url = r#"{"type":"document","source":{"type":"url","url":"https://example.com/a.pdf"}}"#;
    assert_eq!(with(url), Err(Unseen::Elsewhere));
    let file = r#"{"type":"document","source":{"type":"file","file_id":"f"}}"#;
    assert_eq!(with(file), Err(Unseen::Upload));
    let picture = r#"{"type":"image","source":{"type":"url","url":"https://example.com/a.png"}}"#;
    assert!(with(picture).is_ok());
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let chunks = bytes.chunks(3).flat_map(|chunk| {
        let number = (0..3).fold(0, |number, at| number << 8 | usize::from(*chunk.get(at).unwrap_or(&0)));
        (0..=chunk.len()).map(move |at| char::from(DIGITS[number >> (18 - 6 * at) & 63]))
    });
    chunks.collect()
}

proptest! {
    #[test]
    fn texts_cut_in_pieces_are_not_counted_short(text in "[a-zA-Z0-9 \\n\\t.,{}\"漢字éж=-]{0,6000}") {
        let whole = tiktoken_rs::o200k_base_singleton().count_ordinary(&text) as u64;
        let question = Question { fixed: 0, ..Question::plain(vec![text], 0) };
        prop_assert!(words(&question, "gpt-4o") >= whole);
    }
}
