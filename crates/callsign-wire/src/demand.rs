//! What a request asks for that costs something, read from the body as a target gets it; and the largest answer lowered in it,
//! every other byte left as it was.

use std::ops::Range;

use crate::dialect::{Dialect, Operation};
use crate::json::walk::Node;
use crate::json::{self, Kind, Member};

mod foreign;

/// What a request asks for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Demand {
    /// The largest number of tokens that an answer may have; `None` where nobody said.
    pub limit: Option<u64>,
    /// How many answers there are to be at most.
    pub copies: u64,
    /// How many tokens of thinking were asked for.
    pub budget: Option<u64>,
    /// At what price, in the provider's word; `None` for the usual.
    pub tier: Option<String>,
    /// What may cost something that nobody can tell before.
    pub unbounded: Option<String>,
    /// Whether something of it is to be kept in a cache for an hour.
    pub hour: bool,
    /// Whether something of it is to be kept in a cache at all.
    pub cached: bool,
}

/// Why a limit cannot be lowered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// The body is no JSON object.
    #[error("the body is no JSON object")]
    Body,
    /// Its thinking needs more than the limit.
    #[error("its thinking needs at least 1024 tokens and the answer some more")]
    Thinking,
    /// Answers to this operation have no limit.
    #[error("its answers have no limit")]
    Operation,
}

/// Completions are as long as this where nobody says. <https://platform.openai.com/docs/api-reference/completions>
const OF_COMPLETIONS: u64 = 16;
/// The least that Anthropic takes for `budget_tokens`.
const LEAST_BUDGET: u64 = 1024;
/// What is left for the answer itself beside its thinking, where both are lowered: as much again as the least.
const BESIDE_BUDGET: u64 = 16;

/// Where the limits of a dialect stand, from the top.
type Paths = &'static [&'static [&'static str]];

/// The names of the largest answer.
const fn limits(operation: Operation) -> Paths {
    match operation {
        Operation::ChatCompletions => &[&["max_completion_tokens"], &["max_tokens"]],
        Operation::Completions | Operation::Messages => &[&["max_tokens"]],
        Operation::Responses => &[&["max_output_tokens"]],
        Operation::GenerateContent | Operation::StreamGenerateContent => &[
            &["generationConfig", "maxOutputTokens"],
            &["generationConfig", "max_output_tokens"],
            &["generation_config", "maxOutputTokens"],
            &["generation_config", "max_output_tokens"],
        ],
        Operation::Converse | Operation::ConverseStream => &[&["inferenceConfig", "maxTokens"]],
        _ => &[],
    }
}

/// The names of the tokens of thinking, where the answer must have more than these.
const fn budgets(operation: Operation) -> Paths {
    match operation {
        Operation::Messages => &[&["thinking", "budget_tokens"]],
        Operation::Converse | Operation::ConverseStream => &[
            &["additionalModelRequestFields", "thinking", "budget_tokens"],
            &["additionalModelRequestFields", "reasoning_config", "budget_tokens"],
        ],
        _ => &[],
    }
}

/// Reads what the body of a request for `operation` asks for; `None` where it is no JSON object.
pub fn read(operation: Operation, body: &[u8]) -> Option<Demand> {
    let top = Node::read(body)?;
    if top.kind() != Kind::Object {
        return None;
    }
    // Should a name stand there twice, nobody knows which of them holds.
    let largest = |paths: Paths| {
        let each = paths.iter().flat_map(|path| places(top, body, path));
        each.filter_map(|(_, node)| number(node)).max()
    };
    let usual = (operation == Operation::Completions).then_some(OF_COMPLETIONS);
    let tier = ["service_tier", "serviceTier"].iter().find_map(|name| top.get(name));
    let hints = foreign::hints(operation, body);
    Some(Demand {
        limit: largest(limits(operation)).or(usual),
        copies: copies(operation, top, body),
        budget: largest(budgets(operation)),
        tier: tier.and_then(|node| Some(node.text().or_else(|| node.get("type")?.text())?.into_owned())),
        unbounded: foreign::unbounded(operation, top),
        hour: hints.hour,
        cached: hints.any,
    })
}

fn copies(operation: Operation, top: Node<'_>, body: &[u8]) -> u64 {
    let of = |paths: Paths| {
        let each = paths.iter().flat_map(|path| places(top, body, path));
        each.filter_map(|(_, node)| number(node)).max().unwrap_or(1).max(1)
    };
    match operation {
        Operation::ChatCompletions => of(&[&["n"]]),
        Operation::Completions => of(&[&["n"], &["best_of"]]).saturating_mul(prompts(top)),
        Operation::GenerateContent | Operation::StreamGenerateContent => of(&[
            &["generationConfig", "candidateCount"],
            &["generationConfig", "candidate_count"],
            &["generation_config", "candidateCount"],
            &["generation_config", "candidate_count"],
        ]),
        _ => 1,
    }
}

/// How many prompts a request for completions has: a list of texts, or of lists of tokens, is so many.
fn prompts(top: Node<'_>) -> u64 {
    let each = top.members().filter(|member| member.is("prompt")).map(|member| {
        let prompt = Node::of(&member);
        let is_one = prompt.elements().next().is_none_or(|first| first.kind() == Kind::Number);
        if is_one { 1 } else { prompt.elements().count() as u64 }
    });
    each.sum::<u64>().max(1)
}

/// A number of tokens, rounded up; what is no number that large says nothing.
fn number(node: Node<'_>) -> Option<u64> {
    let spelled = node.text();
    let text = spelled.as_deref().or_else(|| std::str::from_utf8(node.spelled()).ok())?;
    text.parse().ok().or_else(|| {
        let number: f64 = text.parse().ok().filter(|number: &f64| number.is_finite() && *number >= 0.0)?;
        format!("{:.0}", number.ceil()).parse().ok()
    })
}

/// The body with a largest answer of `limit` tokens, thinking included; `named` is what a dialect with two names calls it where
/// the body has neither.
pub fn lower(operation: Operation, body: &[u8], limit: u64, named: &str) -> Result<Vec<u8>, Unfit> {
    let top = Node::read(body).filter(|top| top.kind() == Kind::Object).ok_or(Unfit::Body)?;
    let mut edits = Vec::new();
    for path in limits(operation) {
        edits.extend(
            places(top, body, path).into_iter().filter(|(_, node)| number(*node).is_none_or(|n| n > limit)),
        );
    }
    let mut edits: Vec<Edit> =
        edits.into_iter().map(|(place, _)| Edit { place, text: limit.to_string() }).collect();
    let is_there =
        limits(operation).iter().any(|path| top.at(path).is_some_and(|node| number(node).is_some()));
    if !is_there && edits.is_empty() {
        edits.push(added(operation, (top, body), limit, named)?);
    }
    for path in budgets(operation) {
        for (place, node) in places(top, body, path) {
            let Some(budget) = number(node).filter(|budget| *budget >= limit) else { continue };
            let lowered = limit.saturating_sub(BESIDE_BUDGET).min(budget);
            if lowered < LEAST_BUDGET {
                return Err(Unfit::Thinking);
            }
            edits.push(Edit { place, text: lowered.to_string() });
        }
    }
    Ok(edited(body, edits))
}

/// A part of a body to be replaced.
struct Edit {
    place: Range<usize>,
    text: String,
}

/// Where the values at the end of a path stand: all of them, should a name stand there twice.
fn places<'a>(top: Node<'a>, body: &[u8], path: &[&str]) -> Vec<(Range<usize>, Node<'a>)> {
    let mut nodes = vec![top];
    for name in path {
        nodes = nodes
            .into_iter()
            .flat_map(|node| node.members().filter(|member| member.is(name)).map(|member| Node::of(&member)))
            .collect();
    }
    nodes.into_iter().filter_map(|node| Some((place_of(node, body)?, node))).collect()
}

/// Where in `body` a value stands that was found in it.
fn place_of(node: Node<'_>, body: &[u8]) -> Option<Range<usize>> {
    let start = (node.spelled().as_ptr() as usize).checked_sub(body.as_ptr() as usize)?;
    let end = start.checked_add(node.spelled().len())?;
    (end <= body.len()).then_some(start..end)
}

/// The limit put where there is none.
fn added(
    operation: Operation,
    (top, body): (Node<'_>, &[u8]),
    limit: u64,
    named: &str,
) -> Result<Edit, Unfit> {
    let paths = limits(operation);
    let path = paths.iter().find(|path| **path == [named]).or(paths.first()).ok_or(Unfit::Operation)?;
    let existing =
        paths.iter().find(|path| path.len() == 2 && top.get(path.first().unwrap_or(&"")).is_some());
    let (object, text) = match existing.or(Some(path)).copied().unwrap_or_default() {
        [group, name] => match top.get(group) {
            Some(node) if node.kind() == Kind::Object => (node, format!(r#""{name}":{limit}"#)),
            // `null` says as little as nothing at all.
            Some(node) => {
                let place = place_of(node, body).ok_or(Unfit::Body)?;
                return Ok(Edit { place, text: format!(r#"{{"{name}":{limit}}}"#) });
            }
            None => (top, format!(r#""{group}":{{"{name}":{limit}}}"#)),
        },
        [name] => (top, format!(r#""{name}":{limit}"#)),
        _ => return Err(Unfit::Operation),
    };
    let at = place_of(object, body).ok_or(Unfit::Body)?.start + 1;
    let comma = if object.is_blank() { "" } else { "," };
    Ok(Edit { place: at..at, text: text + comma })
}

fn edited(body: &[u8], mut edits: Vec<Edit>) -> Vec<u8> {
    edits.sort_by_key(|edit| edit.place.start);
    let mut out = Vec::with_capacity(body.len() + 32);
    let mut from = 0;
    for edit in edits {
        out.extend_from_slice(body.get(from..edit.place.start).unwrap_or_default());
        out.extend_from_slice(edit.text.as_bytes());
        from = edit.place.end;
    }
    out.extend_from_slice(body.get(from..).unwrap_or_default());
    out
}

/// The texts of a request that is no conversation: the prompts of completions, the inputs of embeddings. Tokens that are given
/// as numbers are counted.
pub fn texts(operation: Operation, body: &[u8]) -> (Vec<String>, u64) {
    let (mut texts, mut tokens) = (Vec::new(), 0);
    let names: &[&str] = match operation {
        Operation::Completions => &["prompt", "suffix"],
        _ => &["input", "content", "requests", "inputText", "texts", "title"],
    };
    let each = |member: Member<'_>| {
        if names.iter().any(|name| member.is(name)) {
            gather(Node::of(&member), &mut texts, &mut tokens);
        }
    };
    let _checked = json::document(body, each);
    (texts, tokens)
}

/// Everything that is text in a value, however deep; numbers are tokens.
fn gather(node: Node<'_>, texts: &mut Vec<String>, tokens: &mut u64) {
    let mut open = vec![node];
    while let Some(node) = open.pop() {
        match node.kind() {
            Kind::Text => texts.extend(node.text().map(std::borrow::Cow::into_owned)),
            Kind::Number => *tokens = tokens.saturating_add(1),
            Kind::Array => open.extend(node.elements()),
            Kind::Object => open.extend(node.members().map(|member| Node::of(&member))),
            Kind::Bool | Kind::Null => {}
        }
    }
}

/// The dialects whose providers fill a cache only where they are told to.
pub const fn caches_when_told(dialect: Dialect) -> bool {
    matches!(dialect, Dialect::Anthropic | Dialect::Bedrock)
}

#[cfg(test)]
mod tests;
