//! Why an answer ends and what it took, both ways.
//! <https://ai.google.dev/api/generate-content#FinishReason>

use super::proto;
use crate::dialect::Dialect;
use crate::hub::flaw::DecodeError;
use crate::hub::reply::Finish;
use crate::hub::usage::Usage;
use crate::json::object::Object;
use crate::json::writer::Writer;

/// The reason that stands for all of policy's.
const FILTERED: &str = "SAFETY";

const POLICY: [&str; 12] = [
    FILTERED,
    "RECITATION",
    "BLOCKLIST",
    "PROHIBITED_CONTENT",
    "SPII",
    "LANGUAGE",
    "IMAGE_SAFETY",
    "IMAGE_PROHIBITED_CONTENT",
    "IMAGE_RECITATION",
    "MODEL_ARMOR",
    "PUP_LIMITED_DISABLED",
    "ESCALATION",
];

/// What a `finishReason` says; nothing while there is more to come.
pub(super) fn finish(reason: &str) -> Option<Finish> {
    match reason {
        "" | "FINISH_REASON_UNSPECIFIED" => None,
        "STOP" => Some(Finish::Stop),
        "MAX_TOKENS" => Some(Finish::Length),
        policy if POLICY.contains(&policy) => Some(Finish::Filtered),
        other => Some(Finish::Other(Dialect::Gemini, other.to_owned())),
    }
}

/// The `finishReason` that says it, and whether it says as much. Answers that wait for tools just stop here.
pub(super) fn reason(finish: &Finish) -> (&str, bool) {
    match finish {
        Finish::Stop | Finish::StopSequence(_) | Finish::ToolCalls => ("STOP", true),
        Finish::Length | Finish::ContextFull => ("MAX_TOKENS", true),
        Finish::Filtered => (FILTERED, true),
        Finish::Other(Dialect::Gemini, reason) => (reason, true),
        Finish::Paused | Finish::Other(..) => ("OTHER", false),
    }
}

/// Reads `usageMetadata`, of which nothing says what holds of `before`. What tools brought in is input; thoughts are
/// output that is counted apart.
pub(super) fn usage(mut counts: Object<'_>, before: &Usage) -> Result<Usage, DecodeError> {
    let mut count = |name| proto::count(&mut counts, name);
    let (prompt, tools) = (count("promptTokenCount")?, count("toolUsePromptTokenCount")?);
    let (words, thoughts) = (count("candidatesTokenCount")?, count("thoughtsTokenCount")?);
    let cache_read = count("cachedContentTokenCount")?;
    let sum = |one: Option<u64>, other: Option<u64>, before: u64| {
        let said = one.or(other).map(|_| one.unwrap_or_default().saturating_add(other.unwrap_or_default()));
        said.unwrap_or(before)
    };
    let (input, output) = (sum(prompt, tools, before.input), sum(words, thoughts, before.output));
    Ok(Usage { input, output, cache_read, reasoning: thoughts, ..Usage::default() })
}

/// Writes `usageMetadata`.
pub(super) fn write_usage(writer: &mut Writer, usage: &Usage) {
    writer.key("usageMetadata").object(|writer| {
        writer.key("promptTokenCount").count(usage.input);
        let words = usage.output.saturating_sub(usage.reasoning.unwrap_or_default());
        writer.key("candidatesTokenCount").count(words);
        writer.key("totalTokenCount").count(usage.total());
        writer.count_member("thoughtsTokenCount", usage.reasoning);
        writer.count_member("cachedContentTokenCount", usage.cache_read);
    });
}
