//! Reads an answer.

use crate::dialect::Dialect;
use crate::gemini::part::{self, Calls};
use crate::gemini::{grounding, logprobs, outcome, proto};
use crate::hub::extras::{Extras, Json};
use crate::hub::flaw::DecodeError;
use crate::hub::reply::{Choice, Finish, Reply};
use crate::hub::usage::Usage;
use crate::json::object::Object;
use crate::json::walk::Node;

/// What every answer says and no client of another dialect would miss.
const REMARKS: [&str; 8] = [
    "avgLogprobs",
    "createTime",
    "finishMessage",
    "modelStatus",
    "safetyRatings",
    "sdkHttpResponse",
    "tokenCount",
    "automaticFunctionCallingHistory",
];

/// Reads an answer.
pub(crate) fn decode(body: &[u8]) -> Result<Reply, DecodeError> {
    let node = Node::read(body).ok_or_else(DecodeError::not_json)?;
    let mut answer = proto::object(node)?;
    let mut reply = Reply::new(Dialect::Gemini);
    reply.id = answer.text("responseId")?;
    reply.model = answer.text("modelVersion")?;
    let mut calls = Calls::of_answer(reply.id.as_deref());
    let candidates = answer.each("candidates", |node| choice(node, &mut calls))?;
    let counts = answer.peek("usageMetadata").map(Json::of);
    reply.usage = read_usage(&mut answer, &Usage::default())?;
    if blocked(&answer) && candidates.is_empty() {
        reply.choices.push(Choice { finish: Some(Finish::Filtered), ..Choice::default() });
    }
    reply.extras = answer.rest();
    reply.extras.hush(|name, _| REMARKS.contains(&name));
    if let Some(counts) = counts {
        reply.extras.push_quiet("usageMetadata", counts);
    }
    // A stream has no place for them but its beginning.
    for (index, (choice, extras)) in candidates.into_iter().enumerate() {
        proto::keep_all(&mut reply.extras, &format!("candidates[{index}]"), &extras);
        reply.choices.push(choice);
    }
    Ok(reply)
}

/// Takes what it took.
pub(in crate::gemini) fn read_usage(
    answer: &mut Object<'_>,
    before: &Usage,
) -> Result<Option<Usage>, DecodeError> {
    let counts = proto::member(answer, "usageMetadata")?;
    let counts = counts.map(|counts| outcome::usage(counts, before)).transpose();
    counts.map_err(|error| error.within("usageMetadata"))
}

/// Whether the question was refused on policy.
pub(in crate::gemini) fn blocked(answer: &Object<'_>) -> bool {
    let feedback = answer.peek("promptFeedback");
    let reason = feedback.and_then(|node| node.get("blockReason").or_else(|| node.get("block_reason")));
    reason.is_some_and(|reason| !reason.is_blank() && !reason.says("BLOCKED_REASON_UNSPECIFIED"))
}

/// A candidate, and what only this dialect knows of it.
fn choice(node: Node<'_>, calls: &mut Calls) -> Result<(Choice, Extras), DecodeError> {
    let mut candidate = proto::object(node)?;
    let mut choice = Choice::default();
    let content = candidate.peek("content");
    if let Some(mut content) = proto::member(&mut candidate, "content")? {
        for (index, node) in content.elements("parts")?.into_iter().flatten().enumerate() {
            part::read(node, calls, &mut choice.pieces)
                .map_err(|error| error.at("parts", index).within("content"))?;
        }
    }
    let reason = candidate.text("finishReason")?.unwrap_or_default();
    choice.finish = outcome::finish(&reason);
    let (grounding, cited) = (candidate.take("groundingMetadata"), candidate.take("citationMetadata"));
    let found = grounding::found(grounding, cited);
    let told = !found.is_empty();
    grounding::attach(found, &mut choice.pieces);
    let words = candidate.take("logprobsResult");
    choice.logprobs = words.map(logprobs::as_chat);
    let index = candidate.take("index");
    let mut extras = remarks(candidate);
    for (name, node) in [("groundingMetadata", grounding), ("citationMetadata", cited)] {
        match node.map(Json::of) {
            Some(json) if told || json.node().is_blank() => extras.push_quiet(name, json),
            Some(json) => extras.push(name, json),
            None => {}
        }
    }
    // What one word of the hub stands for several of this dialect's, the own word is kept beside.
    let exact = choice.finish.as_ref().is_some_and(|finish| outcome::reason(finish) == (&reason, true));
    let reason = (!exact && !reason.is_empty()).then(|| text(&reason));
    let content = content.filter(|_| choice.pieces.is_empty()).map(Json::of);
    let (words, index) = (words.map(Json::of), index.map(Json::of));
    let kept = [("finishReason", reason), ("content", content), ("logprobsResult", words), ("index", index)];
    for (name, json) in kept {
        if let Some(json) = json {
            extras.push_quiet(name, json);
        }
    }
    Ok((choice, extras))
}

/// What is left of a candidate once its members are taken.
pub(in crate::gemini) fn remarks(candidate: Object<'_>) -> Extras {
    let mut extras = candidate.rest();
    extras.hush(|name, _| REMARKS.contains(&name));
    extras
}

fn text(said: &str) -> Json {
    let mut writer = crate::json::writer::Writer::default();
    writer.text(said);
    Json::written(writer.into_bytes())
}
