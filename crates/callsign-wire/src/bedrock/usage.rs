//! What an answer took. Cached input is counted apart here; in the hub it is part of all input.

use crate::hub::extras::Extras;
use crate::hub::flaw::DecodeError;
use crate::hub::usage::Usage;
use crate::json::object::Object;
use crate::json::writer::Writer;

/// Reads the numbers; what else stands there is for this dialect only.
pub(super) fn read(mut object: Object<'_>) -> Result<(Usage, Extras), DecodeError> {
    let fresh = object.count("inputTokens")?.unwrap_or(0);
    let output = object.count("outputTokens")?.unwrap_or(0);
    // It is the sum of the others.
    object.count("totalTokens")?;
    let cache_read = object.count("cacheReadInputTokens")?;
    let cache_write = object.count("cacheWriteInputTokens")?;
    let cache_write_hour = hour(&mut object)?;
    let cached = cache_read.unwrap_or(0).saturating_add(cache_write.unwrap_or(0));
    let input = fresh.saturating_add(cached);
    let mut extras = object.rest();
    extras.hush(|_, _| true);
    Ok((Usage { input, cache_read, cache_write, cache_write_hour, output, reasoning: None }, extras))
}

/// Takes how much is kept for an hour. An empty list says nothing and stays.
fn hour(object: &mut Object<'_>) -> Result<Option<u64>, DecodeError> {
    if object.peek("cacheDetails").is_none_or(crate::json::walk::Node::is_blank) {
        return Ok(None);
    }
    let details = object.each("cacheDetails", |node| {
        let mut detail = Object::of(node)?;
        let hour = detail.text_ref("ttl")?.is_some_and(|ttl| ttl == "1h");
        Ok(if hour { detail.count("inputTokens")?.unwrap_or(0) } else { 0 })
    })?;
    Ok(Some(details.into_iter().fold(0, u64::saturating_add)))
}

/// Writes the numbers into the object that is open.
pub(super) fn write(writer: &mut Writer, usage: &Usage) {
    writer.key("inputTokens").count(usage.fresh_input());
    writer.key("outputTokens").count(usage.output);
    writer.key("totalTokens").count(usage.total());
    writer.count_member("cacheReadInputTokens", usage.cache_read);
    writer.count_member("cacheWriteInputTokens", usage.cache_write);
    let (Some(hour), all) = (usage.cache_write_hour, usage.cache_write.unwrap_or(0)) else { return };
    writer.key("cacheDetails").array(|writer| {
        let minutes = all.saturating_sub(hour);
        for (ttl, tokens) in [("1h", hour), ("5m", minutes)] {
            // An empty list would say that nothing is known.
            if tokens > 0 || (ttl == "5m" && hour == 0) {
                writer.object(|writer| {
                    writer.key("ttl").text(ttl);
                    writer.key("inputTokens").count(tokens);
                });
            }
        }
    });
}
