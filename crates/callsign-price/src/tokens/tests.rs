//! What must hold of estimates.

use callsign_wire::dialect::Dialect;
use callsign_wire::translate;

use super::*;

fn estimated(dialect: Dialect, body: &str) -> u64 {
    estimate(&translate::conversation(dialect, body.as_bytes()).expect("a request"))
}

/// Within 0.8 to 1.3 of the truth.
fn near(told: u64, truth: u64) -> bool {
    told * 10 >= truth * 8 && told * 10 <= truth * 13
}

/// OpenAI's own example, and what its API counts.
#[test]
fn messages_cost_what_openai_says() {
    let body = r#"{"model":"m","messages":[
        {"role":"system","content":"You are a helpful, pattern-following assistant that translates corporate jargon into plain English."},
        {"role":"system","name":"example_user","content":"New synergies will help drive top-line growth."},
        {"role":"system","name":"example_assistant","content":"Things working well together will increase revenue."},
        {"role":"system","name":"example_user","content":"Let's circle back when we have more bandwidth to touch base on opportunities for increased leverage."},
        {"role":"system","name":"example_assistant","content":"Let's talk later when we're less busy about how to do better."},
        {"role":"user","content":"This late pivot means we don't have time to boil the ocean for the client deliverable."}]}"#;
    assert_eq!(estimated(Dialect::OpenAiChat, body), 124);
}

#[test]
fn tools_cost_about_what_openai_says() {
    let body = r#"{"model":"m","messages":[
        {"role":"system","content":"You are a helpful assistant that can answer to questions about the weather."},
        {"role":"user","content":"What's the weather like in Pittsburgh?"}],
        "tools":[{"type":"function","function":{"name":"get_current_weather","description":"Get the current weather in a given location",
        "parameters":{"type":"object","properties":{"location":{"type":"string","description":"The city and state, e.g. San Francisco, CA"},
        "unit":{"type":"string","description":"The unit of temperature to return","enum":["celsius","fahrenheit"]}},"required":["location"]}}}]}"#;
    let told = estimated(Dialect::OpenAiChat, body);
    assert!(near(told, 101), "{told}");
}

#[test]
fn everything_that_is_said_counts() {
    let plain = r#"{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"Hi"}]}"#;
    let base = estimated(Dialect::Anthropic, plain);
    for more in [
        r#"{"role":"assistant","content":[{"type":"tool_use","id":"t1","name":"look","input":{"at":"the moon"}}]},
           {"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":"It is full tonight."}]}"#,
        r#"{"role":"assistant","content":[{"type":"thinking","thinking":"Let me think about it.","signature":"c2ln"}]}"#,
        r#"{"role":"user","content":[{"type":"document","source":{"type":"text","media_type":"text/plain","data":"One two three four"}}]}"#,
        r#"{"role":"user","content":[{"type":"image","source":{"type":"url","url":"https://example.com/a.png"}}]}"#,
        r#"{"role":"user","content":[{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"JVBERi0xLjc="}}]}"#,
    ] {
        let body = plain.replace(r#""Hi"}"#, &format!(r#""Hi"}},{more}"#));
        assert!(estimated(Dialect::Anthropic, &body) > base + 4, "{more}");
    }
    let system = plain.replacen('{', r#"{"system":"Answer in verse.","#, 1);
    assert!(estimated(Dialect::Anthropic, &system) > base);
}

#[test]
fn media_cost_what_their_rules_say() {
    use callsign_wire::hub::part::{Media, MediaKind, Source};
    let base64 = |bytes: usize| Source::Base64("A".repeat(bytes / 3 * 4));
    for (kind, source, media_type, detail, expected) in [
        (MediaKind::Image, Source::Url("https://x".into()), None, None, 765),
        (MediaKind::Image, base64(3_000), None, Some("low"), 85),
        (MediaKind::Document, base64(300_000), Some("application/pdf"), None, 10_000),
        (MediaKind::Document, base64(3_000), Some("text/csv"), None, 750),
        (MediaKind::Document, Source::File("file-1".into()), None, None, 2_000),
        (MediaKind::Audio, base64(480_000), Some("audio/wav"), None, 100),
        (MediaKind::Audio, base64(480_000), Some("audio/mpeg"), None, 300),
        (MediaKind::Video, Source::Url("https://x".into()), Some("video/mp4"), None, 18_000),
    ] {
        let (media_type, detail) = (media_type.map(str::to_owned), detail.map(str::to_owned));
        let media = Media { kind, source, media_type, name: None, detail };
        assert_eq!(media::size(&media), Size::Tokens(expected), "{media:?}");
    }
}
