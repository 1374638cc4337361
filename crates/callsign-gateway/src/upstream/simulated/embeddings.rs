//! Embeddings: unit vectors that depend on the words alone, so texts with words in common lie close together.

use serde_json::{Value, json};

use super::SimulatedAsk;
use super::error::Complaint;
use super::reply::tokens;
use super::stage::Answer;
use super::wish;

/// Numbers per vector where the request names none.
const DIMENSIONS: usize = 256;
/// Most numbers per vector.
const MOST_DIMENSIONS: usize = 4096;
/// Most inputs per request, as at the real provider.
const MOST_INPUTS: usize = 2048;
/// Most numbers of an answer, all vectors together.
const MOST_NUMBERS: usize = 1 << 22;
/// Most numbers that are drawn for an answer, one vector for each token: a fraction of a second's work.
const MOST_DRAWN: usize = 1 << 27;

/// The answer to an embeddings request.
pub(super) fn answer(ask: &SimulatedAsk<'_>) -> Result<Answer, Complaint> {
    let body = wish::parse(ask.body)?;
    let dimensions = wish::number(&body, &["dimensions"]).unwrap_or(DIMENSIONS);
    if !(1..=MOST_DIMENSIONS).contains(&dimensions) {
        return Err(Complaint::field("dimensions", &format!("is not between 1 and {MOST_DIMENSIONS}")));
    }
    let base64 = body.get("encoding_format").and_then(Value::as_str) == Some("base64");
    let inputs: Vec<Vec<String>> = inputs(&body)?.into_iter().map(words).collect();
    let used: usize = inputs.iter().map(Vec::len).sum();
    if inputs.len() * dimensions > MOST_NUMBERS || used.saturating_mul(dimensions) > MOST_DRAWN {
        return Err(Complaint::field(
            "input",
            "is more than the simulated provider embeds at once; send it in parts",
        ));
    }
    let mut data = Vec::new();
    for (index, words) in inputs.iter().enumerate() {
        let vector = vector(words, dimensions);
        let embedding = if base64 { json!(as_base64(&vector)) } else { json!(vector) };
        data.push(json!({"object": "embedding", "index": index, "embedding": embedding}));
    }
    let usage = json!({"prompt_tokens": used, "total_tokens": used});
    Ok(Answer::json(200, &json!({"object": "list", "data": data, "model": ask.model, "usage": usage})))
}

fn inputs(body: &Value) -> Result<Vec<&Value>, Complaint> {
    match body.get("input") {
        None => Err(Complaint::field("input", "is missing")),
        Some(Value::Array(many)) if many.len() > MOST_INPUTS => {
            Err(Complaint::field("input", &format!("has more than {MOST_INPUTS} items")))
        }
        Some(Value::Array(many)) if many.iter().any(|one| one.is_string() || one.is_array()) => {
            Ok(many.iter().collect())
        }
        Some(one) => Ok(vec![one]),
    }
}

/// An input is a text, or an array of token numbers.
fn words(input: &Value) -> Vec<String> {
    match input {
        Value::Array(numbers) => numbers.iter().map(Value::to_string).collect(),
        other => {
            tokens(other.as_str().unwrap_or_default()).map(|token| token.trim().to_lowercase()).collect()
        }
    }
}

/// The sum of one pseudo-random vector per word, scaled to length 1.
fn vector(words: &[String], dimensions: usize) -> Vec<f32> {
    let mut sum = vec![0.0_f32; dimensions];
    for word in words.iter().map(String::as_str).chain(words.is_empty().then_some("")) {
        let mut state = hash(word);
        for number in &mut sum {
            *number += next(&mut state);
        }
    }
    let length = sum.iter().map(|number| number * number).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
    sum.into_iter().map(|number| number / length).collect()
}

/// FNV-1a.
fn hash(word: &str) -> u64 {
    word.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// `SplitMix64`, scaled to -1..1.
fn next(state: &mut u64) -> f32 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    let [high, low, ..] = (mixed ^ (mixed >> 31)).to_be_bytes();
    f32::from(i16::from_be_bytes([high, low])) / 32_768.0
}

/// The vector's little-endian bytes in base64: what openai-python asks for by itself.
fn as_base64(vector: &[f32]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bytes: Vec<u8> = vector.iter().flat_map(|number| number.to_le_bytes()).collect();
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let bits = (0..3).fold(0_u32, |bits, at| bits << 8 | u32::from(group.get(at).copied().unwrap_or(0)));
        for position in 0..4 {
            let index = (bits >> (18 - 6 * position) & 63) as usize;
            let letter = ALPHABET.get(index).map_or('=', |letter| char::from(*letter));
            text.push(if position <= group.len() { letter } else { '=' });
        }
    }
    text
}
