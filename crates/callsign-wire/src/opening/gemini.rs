//! Openings and endings of Gemini's answers: every event is a whole answer with a piece of the content.
//! <https://ai.google.dev/api/generate-content#v1beta.GenerateContentResponse>

use super::Opening;
use crate::json::walk::Node;

/// What an event, or a whole answer, says.
pub(super) fn said(answer: Node<'_>) -> Opening {
    let mut strongest = Opening::Nothing;
    for candidate in answer.get("candidates").into_iter().flat_map(Node::elements) {
        match spoken(candidate) {
            Opening::Nothing => {}
            Opening::Meaningful => return Opening::Meaningful,
            other => strongest = other,
        }
    }
    if is_blocked(answer) { Opening::Filtered } else { strongest }
}

/// Whether an event says that the answer is over.
pub(crate) fn ends(answer: Node<'_>) -> bool {
    let candidates = answer.get("candidates").into_iter().flat_map(Node::elements);
    is_blocked(answer) || candidates.into_iter().any(|candidate| reason(candidate).is_some())
}

fn spoken(candidate: Node<'_>) -> Opening {
    let parts = candidate.at(&["content", "parts"]).into_iter().flat_map(Node::elements);
    if parts.into_iter().any(says_something) {
        return Opening::Meaningful;
    }
    match reason(candidate).and_then(Node::text).as_deref() {
        None => Opening::Nothing,
        Some("SAFETY" | "BLOCKLIST" | "PROHIBITED_CONTENT" | "SPII" | "IMAGE_SAFETY" | "RECITATION") => {
            Opening::Filtered
        }
        Some(_) => Opening::Meaningful,
    }
}

/// A part that is more than an empty text.
fn says_something(part: Node<'_>) -> bool {
    part.members().any(|member| {
        let is_remark = member.is("thought") || member.is("thoughtSignature");
        !is_remark && !Node::of(&member).is_blank()
    })
}

fn reason(candidate: Node<'_>) -> Option<Node<'_>> {
    candidate
        .get("finishReason")
        .filter(|reason| !reason.is_blank() && !reason.says("FINISH_REASON_UNSPECIFIED"))
}

fn is_blocked(answer: Node<'_>) -> bool {
    answer.at(&["promptFeedback", "blockReason"]).is_some_and(|reason| !reason.is_blank())
}
