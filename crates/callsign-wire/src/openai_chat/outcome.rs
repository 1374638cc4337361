//! How an answer ends and what it took, in this dialect's words.

use crate::dialect::Dialect;
use crate::hub::extras::{Extras, Json};
use crate::hub::flaw::DecodeError;
use crate::hub::reply::Finish;
use crate::hub::usage::Usage;
use crate::hub::wish::Tier;
use crate::json::object::Object;
use crate::json::walk::Node;
use crate::json::writer::Writer;

/// Why a choice ends. Compatible servers have words of their own.
pub(super) fn finish(reason: &str) -> Option<Finish> {
    Some(match reason {
        "" => return None,
        "stop" | "end_turn" | "eos" | "eos_token" | "STOP" => Finish::Stop,
        "stop_sequence" => Finish::StopSequence(None),
        "length" | "max_tokens" | "MAX_TOKENS" => Finish::Length,
        "model_length" | "model_context_window_exceeded" => Finish::ContextFull,
        "tool_calls" | "function_call" | "tool_use" => Finish::ToolCalls,
        "content_filter" | "sensitive" | "safety" | "SAFETY" => Finish::Filtered,
        // Google's endpoint adds its own reason: `content_filter: PROHIBITED_CONTENT`.
        other if other.starts_with("content_filter") => Finish::Filtered,
        other => Finish::Other(Dialect::OpenAiChat, other.to_owned()),
    })
}

/// The word for why a choice ends, and whether it says less than was meant.
pub(super) fn finish_word(finish: &Finish) -> (&str, Exactness) {
    match finish {
        Finish::Stop | Finish::StopSequence(_) => ("stop", Exactness::Exact),
        Finish::Length | Finish::ContextFull => ("length", Exactness::Exact),
        Finish::ToolCalls => ("tool_calls", Exactness::Exact),
        Finish::Filtered => ("content_filter", Exactness::Exact),
        Finish::Other(Dialect::OpenAiChat, word) => (word, Exactness::Exact),
        Finish::Paused | Finish::Other(..) => ("stop", Exactness::Less),
    }
}

/// Whether a word says all that was meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exactness {
    /// It does.
    Exact,
    /// It says less.
    Less,
}

/// Reads `service_tier`.
pub(super) fn tier(name: &str) -> Tier {
    match name {
        "auto" => Tier::Auto,
        "default" => Tier::Standard,
        "flex" => Tier::Flex,
        "priority" => Tier::Priority,
        other => Tier::Other(Dialect::OpenAiChat, other.to_owned()),
    }
}

/// The word for a tier; `None` where only another dialect has it.
pub(super) fn tier_word(tier: &Tier) -> Option<&str> {
    match tier {
        Tier::Auto => Some("auto"),
        Tier::Standard => Some("default"),
        Tier::Flex => Some("flex"),
        Tier::Priority => Some("priority"),
        // OpenAI's two APIs have the same words.
        Tier::Other(Dialect::OpenAiChat | Dialect::OpenAiResponses, name) => Some(name),
        Tier::Other(..) => None,
    }
}

/// Where a reply keeps what was left of the counts.
pub(super) const USAGE: &str = "usage";
const IN_DETAIL: &str = "prompt_tokens_details";
const OUT_DETAIL: &str = "completion_tokens_details";

/// Reads what an answer took, of which nothing says what holds of `before`, and what is left of the object.
pub(super) fn usage(node: Node<'_>, before: &Usage) -> Result<(Usage, Extras), DecodeError> {
    let mut object = Object::of(node)?;
    let input = object.count("prompt_tokens")?.unwrap_or(before.input);
    let said = object.count("completion_tokens")?.unwrap_or(before.output);
    let total = object.count("total_tokens")?.unwrap_or(0);
    let mut left = Extras::default();
    let mut details = object.object(IN_DETAIL)?;
    let cache_read = below(details.as_mut(), "cached_tokens")?;
    let cache_write = below(details.as_mut(), "cache_write_tokens")?;
    keep(&mut left, IN_DETAIL, details);
    let mut details = object.object(OUT_DETAIL)?;
    let counted = below(details.as_mut(), "reasoning_tokens")?;
    keep(&mut left, OUT_DETAIL, details);
    // Moonshot and DeepSeek count cached tokens at the top.
    let beside = [object.count("cached_tokens")?, object.count("prompt_cache_hit_tokens")?];
    let cache_read = cache_read.or_else(|| beside.into_iter().flatten().next());
    left.append(object.rest());
    // Some servers (xAI, Google's endpoint) count thoughts apart from the output, and in the total alone.
    let apart = total.saturating_sub(input.saturating_add(said));
    let reasoning = counted.or_else(|| Some(apart).filter(|apart| *apart > 0));
    let output = said.saturating_add(apart);
    Ok((Usage { input, cache_read, cache_write, cache_write_hour: None, output, reasoning }, left))
}

fn below(details: Option<&mut Object<'_>>, name: &str) -> Result<Option<u64>, DecodeError> {
    details.map_or(Ok(None), |details| details.count(name))
}

fn keep(left: &mut Extras, name: &str, details: Option<Object<'_>>) {
    for (key, json) in details.map(Object::rest).unwrap_or_default().iter() {
        left.push(&format!("{name}.{key}"), json.clone());
    }
}

/// What was left of `usage`, in one member; `None` where nothing was.
pub(super) fn usage_left(left: &Extras) -> Option<Json> {
    (!left.is_empty()).then(|| {
        let mut writer = Writer::default();
        writer.object(|writer| writer.extras(left));
        Json::written(writer.into_bytes())
    })
}

/// Writes what an answer took, with what was left of it.
pub(super) fn write_usage(writer: &mut Writer, usage: &Usage, left: Option<&Json>) {
    let left = left.map(|left| left.node().members().collect::<Vec<_>>()).unwrap_or_default();
    let beside = |writer: &mut Writer, object: &str| {
        for member in &left {
            let key = String::from_utf8_lossy(member.key);
            let (place, name) = key.split_once('.').unwrap_or(("", &key));
            if place == object {
                writer.key(name).json(&Json::of(Node::of(member)));
            }
        }
    };
    let has = |object: &str| left.iter().any(|member| member.key.starts_with(object.as_bytes()));
    writer.object(|writer| {
        writer.key("prompt_tokens").count(usage.input);
        writer.key("completion_tokens").count(usage.output);
        writer.key("total_tokens").count(usage.total());
        if usage.cache_read.is_some() || usage.cache_write.is_some() || has(IN_DETAIL) {
            writer.key(IN_DETAIL).object(|writer| {
                writer.count_member("cached_tokens", usage.cache_read);
                writer.count_member("cache_write_tokens", usage.cache_write);
                beside(writer, IN_DETAIL);
            });
        }
        if usage.reasoning.is_some() || has(OUT_DETAIL) {
            writer.key(OUT_DETAIL).object(|writer| {
                writer.count_member("reasoning_tokens", usage.reasoning);
                beside(writer, OUT_DETAIL);
            });
        }
        beside(writer, "");
    });
}
