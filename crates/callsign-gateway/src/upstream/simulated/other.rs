//! The further OpenAI-like paths: moderations and rerank; everything else is refused.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::SimulatedAsk;
use super::error::Complaint;
use super::reply::tokens;
use super::stage::Answer;
use super::wish;

/// The answer to a request on a further path.
pub(super) fn answer(ask: &SimulatedAsk<'_>, path: &str) -> Result<Answer, Complaint> {
    let is_json =
        ask.content_type.is_none_or(|kind| kind.to_ascii_lowercase().starts_with("application/json"));
    match path {
        "/moderations" if is_json => moderations(ask),
        "/rerank" if is_json => rerank(ask),
        _ => Err(Complaint::unknown(path)),
    }
}

/// What a moderation looks for.
const CATEGORIES: [&str; 13] = [
    "harassment",
    "harassment/threatening",
    "hate",
    "hate/threatening",
    "illicit",
    "illicit/violent",
    "self-harm",
    "self-harm/instructions",
    "self-harm/intent",
    "sexual",
    "sexual/minors",
    "violence",
    "violence/graphic",
];

/// Most inputs of a moderation, and most documents of a rerank.
const MOST_ITEMS: usize = 1_000;
/// Words of a query that count.
const QUERY: usize = 256;

/// Nothing is ever flagged.
fn moderations(ask: &SimulatedAsk<'_>) -> Result<Answer, Complaint> {
    let body = wish::parse(ask.body)?;
    let inputs = match body.get("input") {
        None => return Err(Complaint::field("input", "is missing")),
        Some(Value::Array(many)) if many.len() > MOST_ITEMS => return Err(too_many("input")),
        Some(Value::Array(many)) if many.iter().all(Value::is_string) => many.len(),
        Some(_) => 1,
    };
    let all = |value: Value| {
        CATEGORIES.iter().map(|name| ((*name).to_owned(), value.clone())).collect::<Map<_, _>>()
    };
    let result = json!({
        "flagged": false,
        "categories": all(json!(false)),
        "category_scores": all(json!(0.0)),
        "category_applied_input_types": all(json!(["text"])),
    });
    let results = vec![result; inputs];
    Ok(Answer::json(200, &json!({"id": ask.id("modr-"), "model": ask.model, "results": results})))
}

/// Documents rank by the share of the query's words that they hold.
fn rerank(ask: &SimulatedAsk<'_>) -> Result<Answer, Complaint> {
    let body = wish::parse(ask.body)?;
    let documents = wish::required_array(&body, "documents")?;
    if documents.len() > MOST_ITEMS {
        return Err(too_many("documents"));
    }
    let query =
        body.get("query").and_then(Value::as_str).ok_or_else(|| Complaint::field("query", "is missing"))?;
    let query: Vec<String> = words(query).take(QUERY).collect();
    let mut ranked: Vec<(usize, usize)> =
        documents.iter().map(|one| shared(&query, one)).enumerate().collect();
    ranked.sort_by_key(|(index, shared)| (std::cmp::Reverse(*shared), *index));
    let most = wish::number(&body, &["top_n"]).unwrap_or(documents.len());
    let results = ranked
        .into_iter()
        .take(most)
        .map(|(index, shared)| json!({"index": index, "relevance_score": share(shared, query.len())}));
    let results: Vec<Value> = results.collect();
    Ok(Answer::json(200, &json!({"id": ask.id("rerank-"), "model": ask.model, "results": results})))
}

fn too_many(field: &'static str) -> Complaint {
    Complaint::field(field, &format!("has more than {MOST_ITEMS} items"))
}

fn words(text: &str) -> impl Iterator<Item = String> {
    tokens(text).map(|token| token.trim().to_lowercase())
}

fn shared(query: &[String], document: &Value) -> usize {
    let text = wish::text_of(document);
    let document: HashSet<String> = words(&text).collect();
    query.iter().filter(|word| document.contains(*word)).count()
}

fn share(part: usize, whole: usize) -> f64 {
    let number = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    number(part) / number(whole).max(1.0)
}
